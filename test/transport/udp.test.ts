import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import { utf8 } from '../../lib/base/bytes.ts'
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
} from '../../lib/base/errno.ts'
import type { Endpoint } from '../../lib/transport/address.ts'
import { turn } from '../../lib/transport/readiness.ts'
import { UdpSocket } from '../../lib/transport/udp/udp.ts'
import {
  bound as bind,
  deadPort,
  hasIPv6,
  LOOPBACK,
  LOOPBACK6,
  localOf,
  next,
  PATIENCE,
  until,
  whenReadable,
} from './helpers.ts'

const open: { close(): void }[] = []
const bound: typeof bind = (...args) => track(bind(...args))

function track<T extends { close(): void }>(socket: T): T {
  open.push(socket)
  return socket
}

afterEach(() => {
  for (const socket of open.splice(0)) {
    try {
      socket.close()
    } catch {
      // A dgram.Socket that is closed already throws.
    }
  }
})

describe.each(hasIPv6 ? [LOOPBACK, LOOPBACK6] : [LOOPBACK])('over $family', loopback => {
  test('a datagram goes there and back, with its sender', async () => {
    const server = bound(loopback)
    const client = track(new UdpSocket(loopback.family))
    expect(client.connect(localOf(server))).toBe(0)
    expect(client.peer).toEqual(localOf(server))
    expect(client.send(utf8('hello'))).toBe(5)
    const got = await next(server)
    expect(got.data).toEqual(utf8('hello'))
    expect(got.from).toMatchObject(localOf(client))
    expect(server.send(utf8('hi'), got.from)).toBe(2)
    expect((await next(client)).data).toEqual(utf8('hi'))
    expect(client.receive()).toBe(-EAGAIN)
  })

  test("the bytes of a sent datagram are the caller's again at once; given ones are refused as sent ones are", async () => {
    const server = bound(loopback)
    const client = bound(loopback)
    const data = utf8('first')
    expect(client.send(data, localOf(server))).toBe(5)
    data.fill(0)
    expect((await next(server)).data).toEqual(utf8('first'))
    expect(client.give(utf8('second'), localOf(server))).toBe(6)
    expect((await next(server)).data).toEqual(utf8('second'))
    expect(client.give(utf8('third'))).toBe(-EDESTADDRREQ)
    expect(client.give(new Uint8Array(0x10000), localOf(server))).toBe(-EMSGSIZE)
  })

  test('an empty datagram is a datagram', async () => {
    const server = bound(loopback)
    const client = bound(loopback)
    expect(client.send(new Uint8Array(0), localOf(server))).toBe(0)
    expect((await next(server)).data).toEqual(new Uint8Array(0))
  })

  test('the largest payload passes, one byte more is EMSGSIZE at once', async () => {
    const largest = loopback.family === 'IPv4' ? 65507 : 65527
    const server = bound(loopback)
    const client = bound(loopback)
    expect(client.send(new Uint8Array(largest + 1), localOf(server))).toBe(-EMSGSIZE)
    expect(client.send(new Uint8Array(largest), localOf(server))).toBe(largest)
    expect((await next(server)).data.length).toBe(largest)
    expect(client.failed).toBe(false)
  })

  test('ECONNREFUSED is the result of the next call, once', async () => {
    const client = track(new UdpSocket(loopback.family))
    const dead = bound(loopback)
    const to = localOf(dead)
    dead.close()
    client.connect(to)
    expect(client.send(utf8('x'))).toBe(1)
    if (process.platform !== 'linux') return
    expect(await whenReadable(client, PATIENCE)).toBe(true)
    expect(client.failed).toBe(true)
    expect(client.receive()).toBe(-ECONNREFUSED)
    expect(client.receive()).toBe(-EAGAIN)
    expect(client.send(utf8('x'))).toBe(1)
    await until(() => client.failed)
    expect(client.send(utf8('x'))).toBe(-ECONNREFUSED)
    expect(client.takeError()).toBe(0)
  })

  test('a peek leaves the datagram', async () => {
    const server = bound(loopback)
    const client = bound(loopback)
    client.send(utf8('one'), localOf(server))
    await whenReadable(server, PATIENCE)
    expect(server.peek()).toMatchObject({ data: utf8('one') })
    expect(server.receive()).toMatchObject({ data: utf8('one') })
    expect(server.peek()).toBe(-EAGAIN)
  })
})

describe('bind and connect', () => {
  test('take effect before they return', () => {
    const server = bound()
    expect(localOf(server).port).toBeGreaterThan(0)
    const client = track(new UdpSocket('IPv4'))
    expect(client.local).toBeNull()
    client.connect(localOf(server))
    expect(client.local).toMatchObject({ address: '127.0.0.1' })
  })

  test('report what the system says', () => {
    const taken = localOf(bound())
    expect(new UdpSocket('IPv4').bind(taken)).toBe(-EADDRINUSE)
    expect(new UdpSocket('IPv4').bind({ family: 'IPv4', address: '203.0.113.7', port: 0 })).toBe(-EADDRNOTAVAIL)
    expect(new UdpSocket('IPv4').bind(LOOPBACK6)).toBe(-EAFNOSUPPORT)
    expect(bound().bind(LOOPBACK)).toBe(-EINVAL)
    expect(new UdpSocket('IPv4').connect({ ...LOOPBACK6, port: 9 })).toBe(-EAFNOSUPPORT)
    expect(new UdpSocket('IPv4').connect(LOOPBACK)).toBe(-EINVAL)
  })

  test('a socket may be bound again after a failure', () => {
    const socket = track(new UdpSocket('IPv4'))
    expect(socket.bind(localOf(bound()))).toBe(-EADDRINUSE)
    expect(socket.bind(LOOPBACK)).toBe(0)
  })

  test('a connected socket may change its peer or lose it', async () => {
    const [a, b] = [bound(), bound()]
    const client = track(new UdpSocket('IPv4'))
    expect(client.disconnect()).toBe(-ENOTCONN)
    client.connect(localOf(a))
    expect(client.send(utf8('x'), localOf(b))).toBe(-EISCONN)
    expect(client.send(utf8('x'), localOf(a))).toBe(1)
    expect(client.connect(localOf(b))).toBe(0)
    client.send(utf8('y'))
    expect((await next(b)).data).toEqual(utf8('y'))
    expect(client.disconnect()).toBe(0)
    expect(client.send(utf8('z'))).toBe(-EDESTADDRREQ)
    expect(client.send(utf8('z'), localOf(a))).toBe(1)
    expect((await next(a)).data).toEqual(utf8('x'))
    expect((await next(a)).data).toEqual(utf8('z'))
  })

  const dual = hasIPv6 ? test : test.skip
  dual('an IPv6 socket takes IPv4, unless it is told not to', async () => {
    const server = bound({ family: 'IPv6', address: '::', port: 0 })
    const { port } = localOf(server)
    const client = bound()
    client.send(utf8('4'), { ...LOOPBACK, port })
    const got = await next(server)
    expect(got.from).toMatchObject({ family: 'IPv6', address: '::ffff:127.0.0.1' })
    expect(server.send(utf8('6'), localOf(client))).toBe(1)
    expect((await next(client)).data).toEqual(utf8('6'))
    server.connect(got.from)
    expect(server.send(utf8('again'), localOf(client))).toBe(5)
    const only = track(new UdpSocket('IPv6'))
    only.ipv6Only = true
    expect(only.send(utf8('x'), localOf(client))).toBeLessThan(0)
  })
})

describe('two sockets on one port', () => {
  /** The classic server: a listener, and a second socket that is bound to the same address and then connected. */
  function pair(): { listener: UdpSocket; second: UdpSocket; at: Endpoint } {
    const listener = bound(LOOPBACK, { reuseAddress: true })
    const at = localOf(listener)
    return { listener, at, second: bound(at, { reuseAddress: true }) }
  }

  test('the connected one gets its peer, the listener everybody else', async () => {
    const { listener, second, at } = pair()
    const [known, other] = [bound(), bound()]
    expect(second.connect(localOf(known))).toBe(0)
    known.send(utf8('known'), at)
    other.send(utf8('other'), at)
    expect((await next(second)).data).toEqual(utf8('known'))
    expect((await next(listener)).data).toEqual(utf8('other'))
    expect(second.receive()).toBe(-EAGAIN)
    expect(listener.receive()).toBe(-EAGAIN)
  })

  test('openssl#6934: a hello that came between bind and connect goes to the listener', async () => {
    const { listener, second, at } = pair()
    const [known, other] = [bound(), bound()]
    // The system gives it to the socket that was bound last.
    other.send(utf8('stray'), at)
    second.connect(localOf(known))
    known.send(utf8('mine'), at)
    expect((await next(second)).data).toEqual(utf8('mine'))
    const stray = await next(listener)
    expect(stray.data).toEqual(utf8('stray'))
    expect(stray.from).toMatchObject(localOf(other))
    expect(second.receive()).toBe(-EAGAIN)
  })

  test('openssl#6934: also when it was read in before the connect', async () => {
    const { listener, second, at } = pair()
    const [known, other] = [bound(), bound()]
    other.send(utf8('stray'), at)
    known.send(utf8('early'), at)
    await until(() => second.readable)
    second.connect(localOf(known))
    expect((await next(second)).data).toEqual(utf8('early'))
    expect((await next(listener)).data).toEqual(utf8('stray'))
  })

  test('a stray that nobody waits for is dropped and counted', async () => {
    const { listener, second, at } = pair()
    listener.close()
    const [known, other] = [bound(), bound()]
    other.send(utf8('stray'), at)
    second.connect(localOf(known))
    await until(() => second.strays === 1)
    expect(second.receive()).toBe(-EAGAIN)
  })
})

describe('bounds', () => {
  test('the receive queue drops and counts what does not fit, and keeps the oldest', async () => {
    const server = bound()
    server.receiveBuffer = 1
    const from = { ...LOOPBACK, port: 7 }
    for (let i = 0; i < 1000; i++) server.deliver({ data: Uint8Array.of(i >> 8, i), from })
    let kept = 0
    for (let got = server.receive(); typeof got !== 'number'; got = server.receive()) {
      expect(got.data).toEqual(Uint8Array.of(kept >> 8, kept))
      kept++
    }
    expect(kept).toBeGreaterThan(64)
    expect(kept).toBeLessThan(200)
    expect(server.dropped).toBe(1000 - kept)
  })

  test('a flood of empty datagrams is bounded too', () => {
    const server = bound()
    for (let i = 0; i < 10000; i++) server.deliver({ data: new Uint8Array(0), from: { ...LOOPBACK, port: 7 } })
    expect(10000 - server.dropped).toBeLessThan(1000)
  })

  test('the bytes sent are those of the moment of the call', async () => {
    const server = bound()
    const client = bound()
    const data = utf8('before')
    client.send(data, localOf(server))
    data.fill(0)
    expect((await next(server)).data).toEqual(utf8('before'))
  })

  test('a datagram that needs fragments is EMSGSIZE when asked not to fragment', () => {
    const client = track(new UdpSocket('IPv4'))
    client.connect(localOf(bound()))
    const { pathMtu } = client
    expect(pathMtu).toBe(process.platform === 'linux' ? 65535 : null)
    client.dontFragment = true
    expect(client.send(new Uint8Array(65507))).toBe(65507)
  })

  test('the MTU is unknown before there is a peer', () => {
    expect(bound().pathMtu).toBeNull()
  })
})

describe('waiting', () => {
  test('times out, and a datagram that came in time counts although the program was busy', async () => {
    const server = bound()
    const client = bound()
    expect(await whenReadable(server, 1)).toBe(false)
    const waiting = whenReadable(server, 5)
    client.send(utf8('x'), localOf(server))
    const end = performance.now() + 30
    while (performance.now() < end);
    expect(await waiting).toBe(true)
  })

  test('0 lets the loop turn once', async () => {
    const server = bound()
    bound().send(utf8('x'), localOf(server))
    expect(server.readable).toBe(false)
    await turn()
    expect(await whenReadable(server, 0)).toBe(true)
  })

  test('ends when the socket is closed', async () => {
    const server = bound()
    const waiting = whenReadable(server, null)
    server.close()
    expect(await waiting).toBe(true)
    expect(server.receive()).toBe(-EBADF)
    expect(server.send(utf8('x'))).toBe(-EBADF)
    expect(server.bind(LOOPBACK)).toBe(-EBADF)
    expect(server.connect(LOOPBACK)).toBe(-EBADF)
    server.close()
  })

  test('only a wait keeps the process alive', async () => {
    const alive = () => process.getActiveResourcesInfo().filter(name => name === 'UDPWrap' || name === 'UDPWRAP').length
    // Handles that other tests closed go in the next turns.
    await until(() => alive() === 0)
    const before = alive()
    const server = bound()
    expect(alive()).toBe(before)
    const waiting = whenReadable(server, null)
    expect(alive()).toBe(before + 1)
    bound().send(utf8('x'), localOf(server))
    await waiting
    expect(alive()).toBe(before)
  })
})

describe("a program's own dgram.Socket", () => {
  async function made(port = 0): Promise<Socket> {
    const socket = track(createSocket('udp4'))
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  }

  test('is seen as it is, and the same each time', async () => {
    const socket = await made()
    const view = UdpSocket.adopt(socket)
    expect(UdpSocket.adopt(socket)).toBe(view)
    expect(view.local).toMatchObject(socket.address())
    const client = bound()
    client.send(utf8('in'), localOf(view))
    const { from } = await next(view)
    view.send(utf8('out'), from)
    expect((await next(client)).data).toEqual(utf8('out'))
    expect(view.connect(from)).toBe(-EINVAL)
  })

  test('may be connected, disconnected and closed by its program', async () => {
    // Linux takes a port of its own choice away with the peer.
    const socket = await made(deadPort())
    const view = UdpSocket.adopt(socket)
    const [peer, other] = [bound(), bound()]
    socket.connect(localOf(peer).port, '127.0.0.1')
    await once(socket, 'connect')
    expect(view.peer).toEqual(localOf(peer))
    expect(view.send(utf8('x'))).toBe(1)
    socket.disconnect()
    other.send(utf8('from another'), localOf(view))
    expect((await next(view)).data).toEqual(utf8('from another'))
    expect(view.connected).toBe(false)
    socket.close()
    await once(socket, 'close')
    expect(view.receive()).toBe(-EBADF)
    expect(() => UdpSocket.adopt(socket)).not.toThrow()
  })

  test('that is not bound yet', async () => {
    const socket = track(createSocket('udp4'))
    const view = UdpSocket.adopt(socket)
    expect(view.family).toBe('IPv4')
    expect(view.local).toBeNull()
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    bound().send(utf8('x'), localOf(view))
    expect((await next(view)).data).toEqual(utf8('x'))
  })

  test('that is closed is a mistake', () => {
    const socket = createSocket('udp4')
    socket.close()
    expect(() => UdpSocket.adopt(socket)).toThrow(TypeError)
  })

  test('sends to a dead port report ECONNREFUSED as well', async () => {
    if (process.platform !== 'linux') return
    const socket = await made()
    const view = UdpSocket.adopt(socket)
    socket.connect(deadPort(), '127.0.0.1')
    await once(socket, 'connect')
    view.send(utf8('x'))
    await until(() => view.failed)
    expect(view.receive()).toBe(-ECONNREFUSED)
  })
})

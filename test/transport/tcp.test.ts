import { once } from 'node:events'
import { createServer, connect as netConnect, type Server, Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as P from '../../lib/socket.ts'
import { ByteQueue } from '../../lib/transport/byte-queue.ts'
import { TcpSocket } from '../../lib/transport/tcp/tcp.ts'
import { realTranscript } from '../openssl/real.ts'
import { whenReadable, whenWritable } from './helpers.ts'
import { tcpTranscript } from './tcp-transcript.ts'

const open: { close(): void }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

const LOOPBACK = { family: 'IPv4', address: '127.0.0.1', port: 0 } as const
const LOOPBACK_6 = { family: 'IPv6', address: '::1', port: 0 } as const

function made(family: 'IPv4' | 'IPv6' = 'IPv4'): TcpSocket {
  const socket = new TcpSocket(family)
  open.push(socket)
  return socket
}

function listener(backlog = 5, at: typeof LOOPBACK | typeof LOOPBACK_6 = LOOPBACK) {
  const socket = made(at.family)
  expect(socket.bind(at)).toBe(0)
  expect(socket.listen(backlog)).toBe(0)
  const { local } = socket
  if (local === null) throw new Error('no address')
  return { socket, local }
}

async function accepted(from: TcpSocket): Promise<TcpSocket> {
  expect(await whenReadable(from, null)).toBe(true)
  const socket = from.accept()
  if (typeof socket === 'number') throw new Error(`accept: ${socket}`)
  open.push(socket)
  return socket
}

async function pair(backlog = 5, at: typeof LOOPBACK | typeof LOOPBACK_6 = LOOPBACK) {
  const { socket, local } = listener(backlog, at)
  const client = made(at.family)
  expect(client.connect(local)).toBe(-P.EINPROGRESS)
  const server = await accepted(socket)
  expect(await whenWritable(client, null)).toBe(true)
  expect(client.takeError()).toBe(0)
  return { client, server }
}

async function readAll(from: TcpSocket, count: number): Promise<Uint8Array> {
  const all = new Uint8Array(count)
  for (let done = 0; done < count; ) {
    await whenReadable(from, null)
    const got = from.receiveInto(all.subarray(done), false)
    if (typeof got === 'number' || got.length === 0) throw new Error(`ended after ${done}`)
    done += got.length
  }
  return all
}

/** Bytes that tell where they belong. */
function pattern(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
}

test('the calls give what those of the system give, one by one', async () => {
  const ours = await tcpTranscript()
  expect(ours.length).toBeGreaterThan(80)
  const real = realTranscript(new URL('./tcp.c', import.meta.url))
  if (real !== null) expect(ours).toEqual(real)
})

describe('streams', () => {
  test.each([LOOPBACK, LOOPBACK_6])('both ways over $family, and the addresses of both', async at => {
    const { client, server } = await pair(5, at)
    expect(client.peer).toEqual(server.local)
    expect(server.peer).toEqual(client.local)
    expect(client.send(pattern(1000))).toBe(1000)
    expect(await readAll(server, 1000)).toEqual(pattern(1000))
    expect(server.send(pattern(10))).toBe(10)
    expect(await readAll(client, 10)).toEqual(pattern(10))
  })

  test('what the program changes after a write is not what arrives', async () => {
    const { client, server } = await pair()
    const data = pattern(100)
    client.send(data)
    data.fill(0)
    expect(await readAll(server, 100)).toEqual(pattern(100))
  })

  test('a writer is stopped, a reader that does not read holds no more than its buffer, and nothing is lost', async () => {
    const { client, server } = await pair()
    const data = pattern(1 << 24)
    let sent = 0
    // Until neither the system nor the reader takes any more.
    for (;;) {
      const taken = client.send(data.subarray(sent))
      if (taken > 0) sent += taken
      else if (!(await whenWritable(client, 200))) break
    }
    expect(client.send(data.subarray(sent))).toBe(-P.EAGAIN)
    const held = server.receiveInto(new Uint8Array(1 << 24), true)
    if (typeof held === 'number') throw new Error('nothing arrived')
    // One more piece of 64 KiB may have been on its way.
    expect(held.length).toBeLessThanOrEqual(server.settings.receiveBuffer + 65536)
    expect(sent).toBeLessThan(data.length)
    const received = readAll(server, data.length)
    while (sent < data.length) {
      await whenWritable(client, null)
      sent += Math.max(0, client.send(data.subarray(sent)))
    }
    expect(Buffer.compare(await received, data)).toBe(0)
  })

  test('what was written before close arrives', async () => {
    const { client, server } = await pair()
    const data = pattern(100_000)
    expect(client.send(data)).toBe(data.length)
    client.close()
    expect(client.send(data)).toBe(-P.EBADF)
    expect(client.readable && client.writable && client.failed).toBe(true)
    expect(Buffer.compare(await readAll(server, data.length), data)).toBe(0)
    await whenReadable(server, null)
    expect(server.receiveInto(new Uint8Array(1), false)).toMatchObject({ length: 0 })
  })

  test('one end of a half-closed connection can go on', async () => {
    const { client, server } = await pair()
    client.shutdown(P.SHUT_WR)
    await whenReadable(server, null)
    expect(server.receiveInto(new Uint8Array(1), false)).toMatchObject({ length: 0 })
    expect(server.send(pattern(70_000))).toBe(70_000)
    expect(Buffer.compare(await readAll(client, 70_000), pattern(70_000))).toBe(0)
  })
})

describe('listeners', () => {
  test('the port is known at once, and so is that it is taken', () => {
    const { local } = listener()
    expect(local.port).toBeGreaterThan(0)
    expect(made().bind(local)).toBe(-P.EADDRINUSE)
    expect(made().bind({ family: 'IPv4', address: '192.0.2.1', port: 0 })).toBe(-P.EADDRNOTAVAIL)
    expect(made().bind(LOOPBACK_6)).toBe(-P.EAFNOSUPPORT)
    expect(made('IPv6').bind(LOOPBACK)).toBe(-P.EINVAL)
  })

  test('what is accepted has the options of the listener', async () => {
    const { socket, local } = listener()
    socket.setOption(P.IPPROTO_TCP, P.TCP_NODELAY, 1)
    socket.setOption(P.SOL_SOCKET, P.SO_RCVBUF, 5000)
    made().connect(local)
    const server = await accepted(socket)
    expect(server.getOption(P.IPPROTO_TCP, P.TCP_NODELAY)).toBe(1)
    expect(server.getOption(P.SOL_SOCKET, P.SO_RCVBUF)).toBe(10000)
    socket.setOption(P.SOL_SOCKET, P.SO_RCVBUF, 9000)
    expect(server.getOption(P.SOL_SOCKET, P.SO_RCVBUF)).toBe(10000)
  })

  test('no more wait than the backlog has room for: one more than asked for, as in Linux', async () => {
    const { socket, local } = listener(2)
    const clients = Array.from({ length: 6 }, () => netConnect(local.port, local.address))
    const ends = clients.map(client => {
      client.on('error', () => {})
      return new Promise<boolean>(resolve => {
        client.on('close', () => resolve(true))
        client.on('data', () => resolve(false))
      })
    })
    await whenReadable(socket, null)
    const reset = new Promise<void>(resolve => {
      let left = 3
      for (const end of ends) void end.then(closed => closed && --left === 0 && resolve())
    })
    await reset
    const servers = [socket.accept(), socket.accept(), socket.accept()]
    expect(socket.accept()).toBe(-P.EAGAIN)
    for (const server of servers) {
      if (typeof server === 'number') throw new Error('too few waited')
      expect(server.send(Uint8Array.of(1))).toBe(1)
      open.push(server)
    }
    expect((await Promise.all(ends)).filter(closed => closed)).toHaveLength(3)
    for (const client of clients) client.destroy()
  })
})

describe("the program's own sockets", () => {
  async function served(): Promise<{ server: Server; port: number }> {
    const server = createServer({ allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    const address = server.address()
    return { server, port: typeof address === 'object' && address !== null ? address.port : 0 }
  }

  test('a net.Server accepts, a net.Socket is read and written', async () => {
    const { server, port } = await served()
    const l = P.fileno(server)
    const socket = netConnect(port, '127.0.0.1')
    const c = P.fileno(socket)
    expect(P.fileno(socket)).toBe(c)
    expect(P.fileno(server)).toBe(l)
    await P.select(l + 1, new Set([l]), null, null, null)
    const address: P.sockaddr = {}
    const s = P.accept(l, address)
    await P.select(c + 1, null, new Set([c]), null, null)
    expect(P.ntohs(address.sin_port ?? 0)).toBe(socket.localPort)
    expect(P.write(c, Buffer.from('to the server'))).toBe(13)
    await P.select(s + 1, new Set([s]), null, null, null)
    const buf = Buffer.alloc(50)
    expect(buf.toString('latin1', 0, P.read(s, buf))).toBe('to the server')
    P.close(s)
    P.close(c)
    expect(socket.destroyed || socket.writableEnded).toBe(true)
    expect(P.close(c)).toBe(-1)
  })

  test('one that closes itself gives its descriptor back', async () => {
    const { port } = await served()
    const socket = netConnect(port, '127.0.0.1')
    const fd = P.fileno(socket)
    socket.destroy()
    await once(socket, 'close')
    expect(P.close(fd)).toBe(-1)
    expect(P.errno()).toBe(P.EBADF)
  })

  /** A program's socket that Node closes as soon as the peer ends, after the peer did that. */
  async function endedByPeer(end: (peer: TcpSocket) => void) {
    const { server, port } = await served()
    const listening = TcpSocket.adopt(server)
    const socket = netConnect(port, '127.0.0.1')
    const fd = P.fileno(socket)
    const closed = new Promise(resolve => socket.once('close', resolve))
    const peer = await accepted(listening)
    end(peer)
    await closed
    return { fd, socket }
  }

  test('one that the peer ended keeps its descriptor until it is closed: what waits can be read, and the end', async () => {
    const { fd, socket } = await endedByPeer(peer => {
      peer.send(Buffer.from('last words'))
      peer.close()
    })
    expect(socket.destroyed).toBe(true)
    expect(P.fileno(socket)).toBe(fd)
    const buf = Buffer.alloc(4)
    let text = ''
    for (let got = P.read(fd, buf); got > 0; got = P.read(fd, buf)) text += buf.toString('latin1', 0, got)
    expect(text).toBe('last words')
    expect(P.read(fd, buf)).toBe(0)
    expect(P.write(fd, buf)).toBe(-1)
    expect(P.errno()).toBe(P.EPIPE)
    expect(P.close(fd)).toBe(0)
    expect(P.read(fd, buf)).toBe(-1)
    expect(P.errno()).toBe(P.EBADF)
  })

  test('one that the peer reset says so once, then that it is over', async () => {
    const { fd, socket } = await endedByPeer(peer => {
      expect(peer.setOption(P.SOL_SOCKET, P.SO_LINGER, { l_onoff: 1, l_linger: 0 })).toBe(0)
      peer.close()
    })
    expect(socket.destroyed).toBe(true)
    expect(P.read(fd, new Uint8Array(1))).toBe(-1)
    expect(P.errno()).toBe(P.ECONNRESET)
    expect(P.read(fd, new Uint8Array(1))).toBe(0)
    expect(P.close(fd)).toBe(0)
  })

  test('one adopted after the end was seen says that it is over', async () => {
    const { server, port } = await served()
    const listening = TcpSocket.adopt(server)
    const socket = netConnect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.resume()
    const peer = await accepted(listening)
    peer.shutdown(P.SHUT_WR)
    await once(socket, 'end')
    const view = TcpSocket.adopt(socket)
    expect(view.receiveInto(new Uint8Array(1), false)).toEqual({ length: 0, whole: 0, from: null })
    view.close()
  })

  test('one that is closed by its own means wakes who waits for it', async () => {
    const { server, port } = await served()
    const listening = TcpSocket.adopt(server)
    const waiting = whenReadable(listening, null)
    server.close()
    expect(await waiting).toBe(true)
    expect(listening.accept()).toBe(-P.EINVAL)
    expect(port).toBeGreaterThan(0)
  })

  test('one that is ended by its own means takes no more', async () => {
    const { server, port } = await served()
    const listening = TcpSocket.adopt(server)
    const socket = netConnect(port, '127.0.0.1')
    const view = TcpSocket.adopt(socket)
    expect(await whenWritable(view, null)).toBe(true)
    expect(view.send(Uint8Array.of(1))).toBe(1)
    socket.end()
    expect(view.send(Uint8Array.of(2))).toBe(-P.EPIPE)
    const peer = await accepted(listening)
    expect(await readAll(peer, 1)).toEqual(Uint8Array.of(1))
    view.close()
  })

  test('text is refused', () => {
    const socket = new Socket()
    socket.setEncoding('utf8')
    expect(() => P.fileno(socket)).toThrow(TypeError)
  })
})

describe('bytes in pieces', () => {
  test('come out as they went in, however they are cut', () => {
    const data = pattern(1000)
    for (const size of [1, 2, 7, 19]) {
      const queue = new ByteQueue()
      for (let at = 0; at < data.length; at += size) queue.push(data.subarray(at, at + size))
      const out = new Uint8Array(data.length)
      let done = 0
      while (done < out.length) {
        const length = Math.min(7, out.length - done)
        const part = out.subarray(done, done + length)
        expect(queue.peek(part)).toBe(length)
        expect(part).toEqual(data.subarray(done, done + length))
        expect(queue.read(part)).toBe(length)
        done += length
        expect(queue.length).toBe(out.length - done)
      }
      expect(out).toEqual(data)
      expect(queue.read(new Uint8Array(1))).toBe(0)
    }
  })

  test('small pieces cost more than their bytes', () => {
    const queue = new ByteQueue()
    for (let i = 0; i < 100; i++) queue.push(new Uint8Array(1))
    expect(queue.cost).toBeGreaterThan(100 * 200)
    queue.clear()
    expect(queue.cost).toBe(0)
  })
})

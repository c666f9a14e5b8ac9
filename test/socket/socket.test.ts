import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as posix from '../../lib/socket.ts'

const { AF_INET, AF_INET6, INADDR_LOOPBACK, SOCK_DGRAM, SOL_SOCKET } = posix

const open: number[] = []
afterEach(() => {
  for (const fd of open.splice(0)) posix.close(fd)
})

function made(family = AF_INET): number {
  const fd = posix.socket(family, SOCK_DGRAM)
  open.push(fd)
  return fd
}

function onLoopback(): { fd: number; at: posix.sockaddr } {
  const fd = made()
  const at: posix.sockaddr = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: posix.htonl(INADDR_LOOPBACK) } }
  expect(posix.bind(fd, at)).toBe(0)
  expect(posix.getsockname(fd, at)).toBe(0)
  return { fd, at }
}

describe('addresses', () => {
  test('byte order is that of a little-endian machine, everywhere', () => {
    expect(posix.htons(4433)).toBe(0x5111)
    expect(posix.ntohs(posix.htons(65535))).toBe(65535)
    expect(posix.htonl(INADDR_LOOPBACK)).toBe(0x0100007f)
    expect(posix.htonl(0x000000ff)).toBe(0xff000000)
    expect(posix.ntohl(posix.htonl(0xfedcba98))).toBe(0xfedcba98)
    expect(posix.inet_addr('127.0.0.1')).toBe(posix.htonl(INADDR_LOOPBACK))
    expect(posix.inet_addr('127.1')).toBe(posix.INADDR_NONE)
  })

  test('inet_pton and inet_ntop', () => {
    const four = { s_addr: 0 }
    expect(posix.inet_pton(AF_INET, '192.0.2.1', four)).toBe(1)
    expect(four.s_addr).toBe(0x010200c0)
    expect(posix.inet_ntop(AF_INET, four)).toBe('192.0.2.1')
    expect(posix.inet_pton(AF_INET, '::1', four)).toBe(0)
    const six = { s6_addr: new Uint8Array(16) }
    expect(posix.inet_pton(AF_INET6, '2001:db8::1', six)).toBe(1)
    expect(posix.inet_ntop(AF_INET6, six)).toBe('2001:db8::1')
    expect(posix.inet_ntop(AF_INET6, six.s6_addr)).toBe('2001:db8::1')
    expect(posix.inet_pton(AF_INET6, '1.2.3.4', six)).toBe(0)
    expect(posix.inet_pton(77, '1.2.3.4', four)).toBe(-1)
    expect(posix.errno()).toBe(posix.EAFNOSUPPORT)
    expect(posix.inet_ntop(AF_INET, six)).toBeNull()
  })

  test('the constants cannot be spoilt', () => {
    posix.in6addr_any.s6_addr.fill(1)
    expect(posix.inet_ntop(AF_INET6, posix.in6addr_any)).toBe('::')
    expect(() => posix.inet_pton(AF_INET6, '::5', posix.in6addr_any)).toThrow(TypeError)
    expect(posix.inet_ntop(AF_INET6, posix.in6addr_loopback)).toBe('::1')
  })

  test('a malformed address is EINVAL or EAFNOSUPPORT', () => {
    const fd = made()
    expect(posix.bind(fd, {})).toBe(-1)
    expect(posix.errno()).toBe(posix.EAFNOSUPPORT)
    expect(posix.bind(fd, { sin6_family: AF_INET6, sin6_addr: { s6_addr: new Uint8Array(5) } })).toBe(-1)
    expect(posix.errno()).toBe(posix.EINVAL)
  })

  test('an address that is filled again loses the fields of the other family', () => {
    const address: posix.sockaddr = { sin6_family: AF_INET6, sin6_port: 1, sin6_addr: posix.in6addr_any }
    posix.getsockname(made(), address)
    expect(address).toEqual({ ss_family: AF_INET, sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: 0 } })
  })
})

test.each([
  [posix.SOCK_STREAM, posix.IPPROTO_UDP],
  [posix.SOCK_DGRAM, posix.IPPROTO_TCP],
])('sockets of type %d, protocol %d are EPROTONOSUPPORT', (type, protocol) => {
  expect(posix.socket(AF_INET, type, protocol)).toBe(-1)
  expect(posix.errno()).toBe(posix.EPROTONOSUPPORT)
})

test('SO_ERROR tells of ECONNREFUSED once', async () => {
  if (process.platform !== 'linux') return
  const { fd: gone, at } = onLoopback()
  const fd = made()
  posix.connect(fd, at)
  posix.close(gone)
  posix.send(fd, Uint8Array.of(1))
  const entry = { fd, events: posix.POLLIN, revents: 0 }
  expect(await posix.poll([entry], 1, 5000)).toBe(1)
  expect(entry.revents & posix.POLLERR).toBe(posix.POLLERR)
  const error = { value: 0 }
  posix.getsockopt(fd, SOL_SOCKET, posix.SO_ERROR, error)
  expect(error.value).toBe(posix.ECONNREFUSED)
  expect(posix.recv(fd, new Uint8Array(1))).toBe(-1)
  expect(posix.errno()).toBe(posix.EAGAIN)
})

test('options that count when binding are refused afterwards', () => {
  const { fd } = onLoopback()
  expect(posix.setsockopt(fd, SOL_SOCKET, posix.SO_REUSEADDR, 0)).toBe(0)
  expect(posix.setsockopt(fd, SOL_SOCKET, posix.SO_REUSEADDR, 1)).toBe(-1)
  expect(posix.errno()).toBe(posix.EINVAL)
  const six = made(AF_INET6)
  expect(posix.setsockopt(six, posix.IPPROTO_IPV6, posix.IPV6_V6ONLY, 1)).toBe(0)
  const only = { value: 0 }
  expect(posix.getsockopt(six, posix.IPPROTO_IPV6, posix.IPV6_V6ONLY, only)).toBe(0)
  expect(only.value).toBe(1)
})

describe('select and poll', () => {
  test('wait for the first of several, and keep only what is ready', async () => {
    const [a, b] = [onLoopback(), onLoopback()]
    const reads: posix.fd_set = new Set([a.fd, b.fd])
    const excepts: posix.fd_set = new Set([a.fd])
    const waiting = posix.select(Math.max(a.fd, b.fd) + 1, reads, null, excepts, { tv_sec: 5, tv_usec: 0 })
    posix.sendto(a.fd, Uint8Array.of(1), 1, 0, b.at)
    expect(await waiting).toBe(1)
    expect([...reads]).toEqual([b.fd])
    expect(excepts.size).toBe(0)
  })

  test('descriptors from nfds on are not looked at', async () => {
    const { fd, at } = onLoopback()
    posix.sendto(fd, Uint8Array.of(1), 1, 0, at)
    const reads: posix.fd_set = new Set([fd])
    expect(await posix.select(fd, reads, null, null, { tv_sec: 0, tv_usec: 10 })).toBe(0)
  })

  test('time runs out', async () => {
    const { fd } = onLoopback()
    const reads: posix.fd_set = new Set([fd])
    expect(await posix.select(fd + 1, reads, null, null, { tv_sec: 0, tv_usec: 1000 })).toBe(0)
    expect(reads.size).toBe(0)
    expect(await posix.poll([{ fd, events: posix.POLLIN, revents: 0 }], 1, 1)).toBe(0)
  })

  test('a loop that is always ready still receives', async () => {
    const { fd, at } = onLoopback()
    posix.sendto(fd, Uint8Array.of(1), 1, 0, at)
    const buffer = new Uint8Array(1)
    let turns = 0
    while (posix.recv(fd, buffer) !== 1 && turns < 1000) {
      turns++
      await posix.select(fd + 1, null, new Set([fd]), null, null)
    }
    expect(turns).toBeLessThan(1000)
  })

  test('closing ends a wait', async () => {
    const { fd } = onLoopback()
    const waiting = posix.select(fd + 1, new Set([fd]), null, null, null)
    posix.close(fd)
    expect(await waiting).toBe(1)
  })
})

describe('fileno', () => {
  test('gives one descriptor to a dgram.Socket, until it is closed', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const fd = posix.fileno(socket)
    expect(fd).toBeGreaterThanOrEqual(3)
    expect(posix.fileno(socket)).toBe(fd)
    const at: posix.sockaddr = {}
    expect(posix.getsockname(fd, at)).toBe(0)
    expect(posix.ntohs(at.sin_port ?? 0)).toBe(socket.address().port)
    socket.close()
    await once(socket, 'close')
    expect(posix.recv(fd, new Uint8Array(1))).toBe(-1)
    expect(posix.errno()).toBe(posix.EBADF)
  })

  test('close(fd) closes the dgram.Socket', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    expect(posix.close(posix.fileno(socket))).toBe(0)
    await once(socket, 'close')
  })
})

test('lengths beyond the buffer are a mistake', () => {
  const { fd, at } = onLoopback()
  expect(() => posix.sendto(fd, new Uint8Array(1), 2, 0, at)).toThrow(TypeError)
  expect(() => posix.sendto(fd, new Uint8Array(1), -1, 0, at)).toThrow(TypeError)
})

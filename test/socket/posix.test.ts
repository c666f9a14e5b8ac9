import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import * as posix from '../../lib/socket.ts'
import { transcriptOf } from '../transport/counterpart.ts'

const { AF_INET, AF_INET6, AF_UNSPEC, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET, POLLIN, POLLOUT } = posix

/** The calls of posix.c, in its order, with its labels. */
async function transcript(): Promise<string[]> {
  const lines: string[] = []
  const say = (label: string, result: number) => lines.push(`${label} ${result} ${result < 0 ? posix.errno() : 0}`)
  const in4 = (text: string, port: number): posix.sockaddr_in => {
    const address = { sin_family: AF_INET, sin_port: posix.htons(port), sin_addr: { s_addr: 0 } }
    posix.inet_pton(AF_INET, text, address.sin_addr)
    return address
  }
  const bytes = (text: string) => new TextEncoder().encode(text)
  const big = new Uint8Array(70000)
  const a: posix.sockaddr = in4('127.0.0.1', 0)
  const b: posix.sockaddr = {}
  const v = { value: 0 }

  say('socket domain', posix.socket(77, SOCK_DGRAM, 0))
  say('socket type', posix.socket(AF_INET, 77, 0))
  say('socket tcp as udp', posix.socket(AF_INET, SOCK_DGRAM, posix.IPPROTO_TCP))
  const s = posix.socket(AF_INET, SOCK_DGRAM, posix.IPPROTO_UDP)
  const c = posix.socket(AF_INET, SOCK_DGRAM, 0)
  const n = posix.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)
  say('getfl blocking', posix.fcntl(s, posix.F_GETFL) & posix.O_NONBLOCK)
  say('getfl nonblocking', posix.fcntl(n, posix.F_GETFL) & posix.O_NONBLOCK)
  say('setfl', posix.fcntl(s, posix.F_SETFL, posix.O_NONBLOCK))
  say('getfl set', posix.fcntl(s, posix.F_GETFL) & posix.O_NONBLOCK)
  say('fcntl bad', posix.fcntl(s, 9999))
  say('getsockname unbound', posix.getsockname(s, b))
  lines.push(`${b.sin_family} ${b.sin_addr?.s_addr}`)
  say('getpeername unconnected', posix.getpeername(s, b))
  say('send unconnected', posix.send(c, bytes('x')))
  say('recv empty', posix.recv(c, big, 10))
  say('bind foreign', posix.bind(s, in4('203.0.113.7', 0)))
  say('bind', posix.bind(s, a))
  say('bind again', posix.bind(s, a))
  say('getsockname', posix.getsockname(s, a))
  lines.push(`${a.sin_family} ${posix.ntohl(a.sin_addr?.s_addr ?? 0).toString(16)}`)
  say('bind taken', posix.bind(n, a))
  say('listen', posix.listen(s, 5))
  say('accept', posix.accept(s))
  say('sendto port 0', posix.sendto(c, bytes('x'), 1, 0, in4('127.0.0.1', 0)))
  say('sendto too long', posix.sendto(c, big, 65508, 0, a))
  say('sendto', posix.sendto(c, bytes('hello'), 5, 0, a))
  const p = { fd: s, events: POLLIN, revents: 0 }
  say('poll', await posix.poll([p], 1, 2000))
  lines.push(`${p.revents}`)
  say('recv peek', posix.recv(s, big, 3, posix.MSG_PEEK))
  say('recv peek trunc', posix.recv(s, big, 3, posix.MSG_PEEK | posix.MSG_TRUNC))
  say('recvfrom short', posix.recvfrom(s, big, 3, 0, b))
  lines.push(`${new TextDecoder().decode(big.subarray(0, 3))} ${b.sin_family}`)
  say('recv gone', posix.recv(s, big, 10))
  say('connect broadcast', posix.connect(n, in4('255.255.255.255', 9)))
  say('connect', posix.connect(c, a))
  say('getpeername', posix.getpeername(c, b))
  lines.push(`${Number(b.sin_port === a.sin_port)}`)
  say('send', posix.send(c, new Uint8Array(0)))
  say('poll', await posix.poll([p], 1, 2000))
  say('recv empty datagram', posix.recv(s, big, 10))
  say('disconnect', posix.connect(c, { ss_family: AF_UNSPEC }))
  say('getpeername disconnected', posix.getpeername(c, b))

  const m = posix.socket(AF_INET, SOCK_DGRAM, 0)
  const get = (label: string, name: number, shown = true) => {
    say(label, posix.getsockopt(m, SOL_SOCKET, name, v))
    if (shown) lines.push(`${v.value}`)
  }
  const size = (label: string, name: number, value: number) => {
    say(label, posix.setsockopt(m, SOL_SOCKET, name, value))
    posix.getsockopt(m, SOL_SOCKET, name, v)
    lines.push(`${v.value}`)
  }
  const time = (label: string, name: number) => {
    const tv = { tv_sec: 9, tv_usec: 9 }
    say(label, posix.getsockopt(m, SOL_SOCKET, name, tv))
    lines.push(`${tv.tv_sec} ${tv.tv_usec}`)
  }
  say('option unknown', posix.setsockopt(m, SOL_SOCKET, 9999, 1))
  say('option level', posix.setsockopt(s, 9999, 1, 1))
  say('v6only on IPv4', posix.setsockopt(s, posix.IPPROTO_IPV6, posix.IPV6_V6ONLY, 1))
  say('reuseaddr', posix.setsockopt(m, SOL_SOCKET, posix.SO_REUSEADDR, 1))
  get('get reuseaddr', posix.SO_REUSEADDR)
  get('get type', posix.SO_TYPE)
  get('get protocol', posix.SO_PROTOCOL)
  get('get domain', posix.SO_DOMAIN)
  get('get error', posix.SO_ERROR)
  get('get unknown', 9999, false)
  size('rcvbuf', posix.SO_RCVBUF, 1)
  size('rcvbuf', posix.SO_RCVBUF, 100000)
  size('sndbuf', posix.SO_SNDBUF, 1)
  say('rcvtimeo microseconds', posix.setsockopt(m, SOL_SOCKET, posix.SO_RCVTIMEO, { tv_sec: 1, tv_usec: 1000000 }))
  say('rcvtimeo', posix.setsockopt(m, SOL_SOCKET, posix.SO_RCVTIMEO, { tv_sec: 5, tv_usec: 500000 }))
  time('get rcvtimeo', posix.SO_RCVTIMEO)
  time('get sndtimeo', posix.SO_SNDTIMEO)

  const now = { tv_sec: 0, tv_usec: 0 }
  const r: posix.fd_set = new Set()
  const w: posix.fd_set = new Set()
  posix.FD_SET(s, r)
  say('select nothing', await posix.select(s + 1, r, null, null, now))
  lines.push(`${Number(posix.FD_ISSET(s, r))}`)
  posix.FD_SET(s, r)
  posix.FD_SET(s, w)
  posix.FD_SET(c, w)
  say('select writable', await posix.select(Math.max(s, c) + 1, r, w, null, now))
  lines.push([posix.FD_ISSET(s, r), posix.FD_ISSET(s, w), posix.FD_ISSET(c, w)].map(Number).join(' '))
  say('select negative', await posix.select(1, null, null, null, { tv_sec: -1, tv_usec: 0 }))
  say('select nfds', await posix.select(-1, null, null, null, now))
  const ps = [
    { fd: 900, events: POLLIN, revents: 0 },
    { fd: -1, events: POLLIN, revents: 7 },
    { fd: c, events: POLLIN | POLLOUT, revents: 0 },
  ]
  say('poll several', await posix.poll(ps, 3, 0))
  lines.push(ps.map(({ revents }) => revents).join(' '))

  say('close', posix.close(s))
  say('close again', posix.close(s))
  posix.FD_ZERO(r)
  posix.FD_SET(s, r)
  say('select closed', await posix.select(s + 1, r, null, null, now))
  say('recv closed', posix.recv(s, big, 1))
  say('send closed', posix.send(900, big, 1))
  say('bind closed', posix.bind(900, a))
  say('connect closed', posix.connect(900, a))
  say('listen closed', posix.listen(900, 1))
  say('fcntl closed', posix.fcntl(900, posix.F_GETFL))
  say('getsockopt closed', posix.getsockopt(900, SOL_SOCKET, posix.SO_TYPE, v))
  const again = posix.socket(AF_INET, SOCK_DGRAM, 0)
  say('family', Number(again >= 0))
  const a6 = { sin6_family: AF_INET6, sin6_port: posix.htons(9), sin6_addr: posix.in6addr_loopback }
  say('IPv4 sendto IPv6', posix.sendto(c, bytes('x'), 1, 0, a6))
  say('IPv4 connect IPv6', posix.connect(c, a6))
  for (const fd of [c, n, m, again]) posix.close(fd)
  return lines
}

const linux = process.platform === 'linux' ? transcriptOf(fileURLToPath(new URL('./posix.c', import.meta.url))) : null
const compared = linux === null ? test.skip : test

compared('every call answers as Linux does', async () => {
  expect(linux?.length).toBeGreaterThan(80)
  expect(await transcript()).toEqual(linux)
})

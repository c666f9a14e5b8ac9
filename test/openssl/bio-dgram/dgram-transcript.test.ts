import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { utf8 } from '../../../lib/base/bytes.ts'
import { errno, setErrno } from '../../../lib/base/errno.ts'
import { type BIO, BIO_free, BIO_get_init, BIO_new, BIO_test_flags } from '../../../lib/openssl/bio/bio.ts'
import { BIO_method_name, BIO_method_type } from '../../../lib/openssl/bio/chain.ts'
import * as dgram from '../../../lib/openssl/bio/datagram/dgram.ts'
import { BIO_ctrl, BIO_gets, BIO_puts, BIO_read, BIO_write } from '../../../lib/openssl/bio/io.ts'
import * as macros from '../../../lib/openssl/bio/macros.ts'
import * as addr from '../../../lib/openssl/bio/socket/addr.ts'
import * as sock from '../../../lib/openssl/bio/socket/sock.ts'
import * as constants from '../../../lib/openssl/constants/bio.ts'
import * as posix from '../../../lib/socket.ts'
import { transcriptOf } from '../../transport/counterpart.ts'
import { hasIPv6 } from '../../transport/helpers.ts'

const { AF_INET, AF_INET6, F_SETFL, O_NONBLOCK, POLLIN, SOCK_DGRAM } = posix

/** The calls of dgram.c for one family, in its order, with its labels. */
async function run(family: number): Promise<string[]> {
  const lines: string[] = []
  let cur: BIO
  const say = (label: string, call: () => number | boolean) => {
    setErrno(0)
    const result = Number(call())
    const error = errno()
    lines.push(`${label} ${result} ${result < 0 ? error : 0} ${BIO_test_flags(cur, 15)}`)
  }
  const ctrl = (label: string, bio: BIO | null, cmd: number, larg = 0, parg: unknown = null) =>
    say(label, () => BIO_ctrl(bio, cmd, larg, parg))
  const ready = (fd: number) => posix.poll([{ fd, events: POLLIN, revents: 0 }], 1, 3000)
  const made = (bio: BIO | null): BIO => {
    if (bio === null) throw new Error('no BIO')
    return bio
  }

  const buf = new Uint8Array(70000)
  const raw = { s_addr: 0, s6_addr: posix.in6addr_loopback.s6_addr }
  const bytes = family === AF_INET ? Uint8Array.of(127, 0, 0, 1) : raw.s6_addr
  const largest = family === AF_INET ? 65507 : 65527
  const [any, at, peer, unset] = [addr.BIO_ADDR_new(), addr.BIO_ADDR_new(), addr.BIO_ADDR_new(), addr.BIO_ADDR_new()]
  addr.BIO_ADDR_rawmake(any, family, bytes, bytes.length, 0)
  let s = posix.socket(family, SOCK_DGRAM, 0)
  const c = posix.socket(family, SOCK_DGRAM, 0)
  posix.fcntl(s, F_SETFL, O_NONBLOCK)
  posix.fcntl(c, F_SETFL, O_NONBLOCK)
  sock.BIO_bind(s, any, 0)
  sock.BIO_bind(c, any, 0)
  sock.BIO_sock_info(s, constants.BIO_SOCK_INFO_ADDRESS, { addr: at })

  const b = made(dgram.BIO_new_dgram(c, constants.BIO_NOCLOSE))
  const d = made(dgram.BIO_new_dgram(s, constants.BIO_NOCLOSE))
  const tv = { tv_sec: 0, tv_usec: 0 }
  const time = (tv_sec: number, tv_usec: number) => Object.assign(tv, { tv_sec, tv_usec })
  cur = b
  lines.push(`${BIO_method_type(b)} ${BIO_method_name(b)}`)
  say('get fd', () => macros.BIO_get_fd(b) === c)
  say('get close', () => macros.BIO_get_close(b))
  ctrl('mtu discover', b, constants.BIO_CTRL_DGRAM_MTU_DISCOVER)
  ctrl('query mtu', b, constants.BIO_CTRL_DGRAM_QUERY_MTU)
  ctrl('get mtu', b, constants.BIO_CTRL_DGRAM_GET_MTU)
  ctrl('set mtu', b, constants.BIO_CTRL_DGRAM_SET_MTU, 1200)
  ctrl('get mtu', b, constants.BIO_CTRL_DGRAM_GET_MTU)
  ctrl('mtu exceeded', b, constants.BIO_CTRL_DGRAM_MTU_EXCEEDED)
  ctrl('fallback', b, constants.BIO_CTRL_DGRAM_GET_FALLBACK_MTU)
  say('overhead', () => dgram.BIO_dgram_get_mtu_overhead(b))
  ctrl('dont frag', b, constants.BIO_CTRL_DGRAM_SET_DONT_FRAG, 1)
  say('get peer', () => dgram.BIO_dgram_get_peer(b, peer))
  say('peer family', () => addr.BIO_ADDR_family(peer))
  say('flush', () => macros.BIO_flush(b))
  say('pending', () => macros.BIO_pending(b))
  say('wpending', () => macros.BIO_wpending(b))
  say('eof', () => macros.BIO_eof(b))
  say('reset', () => macros.BIO_reset(b))
  ctrl('info', b, constants.BIO_CTRL_INFO)
  say('unknown', () => BIO_ctrl(b, 9999, 0))
  say('ktls', () => BIO_ctrl(b, 73, 0))
  ctrl('push', b, constants.BIO_CTRL_PUSH)
  say('recv exp', () => dgram.BIO_dgram_recv_timedout(b))
  say('send exp', () => dgram.BIO_dgram_send_timedout(b))
  ctrl('set recv timeout', b, constants.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, time(5, 500000))
  say(
    'set recv timeout wrong',
    () => BIO_ctrl(b, constants.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, time(0, 1000000)) === -1,
  )
  ctrl('get recv timeout', b, constants.BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, time(9, 9))
  lines.push(`${tv.tv_sec} ${tv.tv_usec}`)
  ctrl('get send timeout', b, constants.BIO_CTRL_DGRAM_GET_SEND_TIMEOUT, 0, tv)
  lines.push(`${tv.tv_sec} ${tv.tv_usec}`)
  ctrl('set send timeout', b, constants.BIO_CTRL_DGRAM_SET_SEND_TIMEOUT, 0, time(1, 248000))
  ctrl('get send timeout', b, constants.BIO_CTRL_DGRAM_GET_SEND_TIMEOUT, 0, tv)
  lines.push(`${tv.tv_sec} ${tv.tv_usec}`)
  ctrl('set next timeout', b, constants.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, time(0, 0))

  say('write no peer', () => BIO_write(b, utf8('x')))
  say('read empty', () => BIO_read(b, buf, 10))
  say('recv exp', () => dgram.BIO_dgram_recv_timedout(b))
  say('recv exp again', () => dgram.BIO_dgram_recv_timedout(b))
  say('read empty', () => BIO_read(b, buf, 10))
  say('send exp', () => dgram.BIO_dgram_send_timedout(b))
  say('read 0', () => BIO_read(b, buf, 0))
  say('gets', () => BIO_gets(b, buf, 10))

  say('set peer', () => dgram.BIO_dgram_set_peer(b, at))
  say('set peer unset', () => dgram.BIO_dgram_set_peer(b, unset))
  say('get peer', () => dgram.BIO_dgram_get_peer(b, peer))
  ctrl('get peer 4', b, constants.BIO_CTRL_DGRAM_GET_PEER, 4, peer)
  ctrl('get peer 999', b, constants.BIO_CTRL_DGRAM_GET_PEER, 999, peer)
  ctrl('fallback', b, constants.BIO_CTRL_DGRAM_GET_FALLBACK_MTU)
  say('overhead', () => dgram.BIO_dgram_get_mtu_overhead(b))
  ctrl('dont frag', b, constants.BIO_CTRL_DGRAM_SET_DONT_FRAG)
  say('write', () => BIO_write(b, utf8('hello')))
  say('puts', () => BIO_puts(b, 'text'))
  say('write too long', () => BIO_write(b, buf, largest + 1))
  ctrl('mtu exceeded', b, constants.BIO_CTRL_DGRAM_MTU_EXCEEDED)
  say('read empty', () => BIO_read(b, buf, 10))
  say('write clears retry', () => BIO_write(b, utf8('third')))

  cur = d
  await ready(s)
  await ready(s)
  ctrl('peek mode', d, constants.BIO_CTRL_DGRAM_SET_PEEK_MODE, 1)
  say('peek', () => BIO_read(d, buf, 100))
  say('peek', () => BIO_read(d, buf, 100))
  ctrl('peek mode off', d, constants.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE)
  say('short read', () => BIO_read(d, buf, 2))
  say('read next', () => BIO_read(d, buf, 100))
  lines.push(new TextDecoder().decode(buf.subarray(0, 4)))
  say('read next', () => BIO_read(d, buf, 100))
  say('read none', () => BIO_read(d, buf, 100))
  say('get peer', () => dgram.BIO_dgram_get_peer(d, peer))
  sock.BIO_sock_info(c, constants.BIO_SOCK_INFO_ADDRESS, { addr: unset })
  say('peer is the sender', () => addr.BIO_ADDR_rawport(peer) === addr.BIO_ADDR_rawport(unset))
  say('answer', () => BIO_write(d, utf8('answer')))
  cur = b
  await ready(c)
  say('read answer', () => BIO_read(b, buf, 100))
  say('number read', () => macros.BIO_number_read(b))
  say('number written', () => macros.BIO_number_written(b))

  sock.BIO_connect(c, at, constants.BIO_SOCK_NONBLOCK)
  say('set connected', () => dgram.BIO_ctrl_set_connected(b, at))
  ctrl('query mtu', b, constants.BIO_CTRL_DGRAM_QUERY_MTU)
  ctrl('get mtu', b, constants.BIO_CTRL_DGRAM_GET_MTU)
  say('write connected', () => BIO_write(b, utf8('hello')))
  say('write too long', () => BIO_write(b, buf, largest + 1))
  say('get peer', () => dgram.BIO_dgram_get_peer(b, peer))
  posix.close(s)
  say('write to nobody', () => BIO_write(b, utf8('hello')))
  await ready(c)
  say('read refused', () => BIO_read(b, buf, 10))
  say('recv exp', () => dgram.BIO_dgram_recv_timedout(b))
  say('read empty', () => BIO_read(b, buf, 10))
  say('not connected', () => dgram.BIO_ctrl_set_connected(b, null))
  say('get peer', () => dgram.BIO_dgram_get_peer(b, peer))
  say('dgram connect', () => dgram.BIO_ctrl_dgram_connect(b, at))
  say('get peer', () => dgram.BIO_dgram_get_peer(b, peer))
  say('set close', () => macros.BIO_set_close(b, constants.BIO_CLOSE))
  say('get close', () => macros.BIO_get_close(b))
  s = posix.socket(family, SOCK_DGRAM, 0)
  say('set fd closes', () => macros.BIO_set_fd(b, s, constants.BIO_CLOSE))
  say('closed', () => sock.BIO_closesocket(c))
  BIO_free(b)
  cur = d
  say('free closes', () => sock.BIO_closesocket(s))

  const none = (cur = made(dgram.BIO_new_dgram(-1, constants.BIO_NOCLOSE)))
  say('no fd', () => macros.BIO_get_fd(none))
  say('no fd read', () => BIO_read(none, buf, 10))
  say('no fd write', () => BIO_write(none, buf, 10))
  say('no fd set timeout', () => BIO_ctrl(none, constants.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, time(1, 0)) === -1)
  say('no fd get timeout', () => BIO_ctrl(none, constants.BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, tv) === -1)
  ctrl('no fd query', none, constants.BIO_CTRL_DGRAM_QUERY_MTU)
  ctrl('no fd discover', none, constants.BIO_CTRL_DGRAM_MTU_DISCOVER)
  const fresh = (cur = made(BIO_new(dgram.BIO_s_datagram())))
  say('fresh fd', () => macros.BIO_get_fd(fresh) === -1)
  say('fresh init', () => BIO_get_init(fresh))
  say('fresh close', () => macros.BIO_get_close(fresh))
  return lines
}

const real =
  process.platform === 'linux' && hasIPv6
    ? transcriptOf(fileURLToPath(new URL('./dgram.c', import.meta.url)), 'crypto')
    : null
const compared = real === null ? test.skip : test

compared('every command and call answers as OpenSSL does', async () => {
  expect(real?.length).toBeGreaterThan(180)
  const nonFatal = Array.from({ length: 140 }, (_, number) => number).filter(dgram.BIO_dgram_non_fatal_error)
  const ours = [...(await run(AF_INET)), ...(await run(AF_INET6)), nonFatal.join(' ')]
  expect(ours).toEqual(real)
})

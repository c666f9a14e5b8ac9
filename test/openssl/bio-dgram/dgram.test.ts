import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import { utf8 } from '../../../lib/base/bytes.ts'
import { EAGAIN, EBADF, errno, setErrno } from '../../../lib/base/errno.ts'
import { type BIO, BIO_free } from '../../../lib/openssl/bio/bio.ts'
import { BIO_dup_chain } from '../../../lib/openssl/bio/chain.ts'
import {
  BIO_dgram_get_peer,
  BIO_dgram_recv_timedout,
  BIO_dgram_set_peer,
  BIO_new_dgram,
} from '../../../lib/openssl/bio/datagram/dgram.ts'
import { BIO_ctrl, BIO_read, BIO_recvmmsg, BIO_sendmmsg, BIO_write } from '../../../lib/openssl/bio/io.ts'
import { BIO_get_fd, BIO_set_fd, BIO_should_retry } from '../../../lib/openssl/bio/macros.ts'
import type { BIO_MSG } from '../../../lib/openssl/bio/method.ts'
import {
  BIO_ADDR,
  BIO_ADDR_copy,
  BIO_ADDR_dup,
  BIO_ADDR_family,
  BIO_ADDR_free,
  BIO_ADDR_hostname_string,
  BIO_ADDR_new,
  BIO_ADDR_rawaddress,
  BIO_ADDR_rawmake,
  BIO_ADDR_rawport,
} from '../../../lib/openssl/bio/socket/addr.ts'
import { BIO_ADDRINFO, BIO_lookup } from '../../../lib/openssl/bio/socket/addr-lookup.ts'
import {
  BIO_bind,
  BIO_connect,
  BIO_sock_info,
  BIO_socket,
  BIO_socket_wait,
} from '../../../lib/openssl/bio/socket/sock.ts'
import { waitFor } from '../../../lib/openssl/bio/wait.ts'
import * as constants from '../../../lib/openssl/constants/bio.ts'
import { BIO_R_LOCAL_ADDR_NOT_AVAILABLE } from '../../../lib/openssl/constants/bio-datagram.ts'
import { ERR_LIB_BIO, ERR_LIB_SYS } from '../../../lib/openssl/constants/err.ts'
import { ERR_GET_LIB, ERR_GET_REASON } from '../../../lib/openssl/err/codes.ts'
import { ERR_get_error } from '../../../lib/openssl/err/get.ts'
import { ERR_clear_error } from '../../../lib/openssl/err/put.ts'
import * as posix from '../../../lib/socket.ts'
import { turn } from '../../../lib/transport/readiness.ts'

const { BIO_CLOSE, BIO_NOCLOSE } = constants
const { AF_INET, SOCK_DGRAM } = posix

const bios: BIO[] = []
afterEach(() => {
  for (const bio of bios.splice(0)) if (!bio.freed) BIO_free(bio)
})

/** A BIO on a new socket of the loop-back interface, and its address. */
function made(): { bio: BIO; fd: number; at: BIO_ADDR } {
  const fd = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
  const at = BIO_ADDR_new()
  BIO_ADDR_rawmake(at, AF_INET, Uint8Array.of(127, 0, 0, 1))
  expect(BIO_bind(fd, at, 0)).toBe(1)
  BIO_sock_info(fd, constants.BIO_SOCK_INFO_ADDRESS, { addr: at })
  return { bio: kept(BIO_new_dgram(fd, BIO_CLOSE)), fd, at }
}

function kept(bio: BIO | null): BIO {
  if (bio === null) throw new Error('no BIO')
  bios.push(bio)
  return bio
}

const buffer = new Uint8Array(2000)
const setTimer = (bio: BIO, cmd: number, tv_sec: number, tv_usec: number) => BIO_ctrl(bio, cmd, 0, { tv_sec, tv_usec })

describe('waiting, for openssl-shim/promises', () => {
  test('ends when a datagram comes, and is no time-out', async () => {
    const [a, b] = [made(), made()]
    expect(BIO_read(a.bio, buffer)).toBe(-1)
    expect(errno()).toBe(EAGAIN)
    expect(BIO_should_retry(a.bio)).toBeTruthy()
    const waiting = waitFor(a.bio, 'read', null)
    BIO_dgram_set_peer(b.bio, a.at)
    BIO_write(b.bio, utf8('x'))
    expect(await waiting).toBe(true)
    expect(BIO_dgram_recv_timedout(a.bio)).toBe(0)
    expect(BIO_read(a.bio, buffer)).toBe(1)
  })

  test.each([
    ['the limit given', 1, 0, 0],
    ["the socket's receive time-out", null, 1000, 0],
    ['the DTLS timer', null, 0, 1000],
    ['the first of all', 60_000, 10_000_000, 1000],
  ])('runs out with %s, and tells so once', async (_, limit, receive, next) => {
    const { bio } = made()
    setTimer(bio, constants.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, Math.floor(receive / 1e6), receive % 1e6)
    if (next > 0) {
      const at = Date.now() * 1000 + next
      setTimer(bio, constants.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, Math.floor(at / 1e6), at % 1e6)
    }
    expect(await waitFor(bio, 'read', limit)).toBe(false)
    expect(BIO_dgram_recv_timedout(bio)).toBe(1)
    expect(BIO_dgram_recv_timedout(bio)).toBe(0)
  })

  test('a DTLS timer that is over does not wait; one that is stopped does not count', async () => {
    const { bio } = made()
    setTimer(bio, constants.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 1, 0)
    expect(await waitFor(bio, 'read', null)).toBe(false)
    setTimer(bio, constants.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, 0)
    let over = false
    void waitFor(bio, 'read', null).then(() => (over = true))
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(over).toBe(false)
  })

  test('the time-outs belong to the socket, as SO_RCVTIMEO does', () => {
    const { bio, fd } = made()
    setTimer(bio, constants.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 5, 500000)
    const other = kept(BIO_new_dgram(fd, BIO_NOCLOSE))
    const time = { tv_sec: 0, tv_usec: 0 }
    expect(BIO_ctrl(other, constants.BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, time)).toBe(16)
    expect(time).toEqual({ tv_sec: 5, tv_usec: 500000 })
    posix.getsockopt(fd, posix.SOL_SOCKET, posix.SO_RCVTIMEO, Object.assign(time, { tv_sec: 0 }))
    expect(time.tv_sec).toBe(5)
  })

  test('a descriptor with O_NONBLOCK does not wait', async () => {
    const { bio, fd } = made()
    posix.fcntl(fd, posix.F_SETFL, posix.O_NONBLOCK)
    expect(await waitFor(bio, 'read', null)).toBe(false)
    expect(BIO_dgram_recv_timedout(bio)).toBe(0)
  })

  test('closing the descriptor ends it', async () => {
    const { bio, fd } = made()
    const waiting = waitFor(bio, 'read', null)
    posix.close(fd)
    expect(await waiting).toBe(true)
    expect(BIO_read(bio, buffer)).toBe(-1)
    expect(errno()).toBe(EBADF)
    expect(BIO_should_retry(bio)).toBeFalsy()
  })

  test('writing is always worth a try on an idle socket', async () => {
    expect(await waitFor(made().bio, 'write', null)).toBe(true)
  })

  test('BIO_socket_wait', async () => {
    const { fd } = made()
    expect(await BIO_socket_wait(fd, 1, 0)).toBe(1)
    expect(await BIO_socket_wait(fd, 1, 1)).toBe(0)
    expect(await BIO_socket_wait(fd, 0, Math.ceil(Date.now() / 1000) + 5)).toBe(1)
    expect(await BIO_socket_wait(999, 1, Math.ceil(Date.now() / 1000) + 5)).toBe(-1)
  })
})

describe('descriptors', () => {
  test('a number that stands for another socket by now is not closed with the BIO', () => {
    const { bio, fd } = made()
    posix.close(fd)
    const again = posix.socket(AF_INET, SOCK_DGRAM)
    expect(again).toBe(fd)
    BIO_free(bio)
    expect(posix.close(again)).toBe(0)
  })

  test('the server of the samples: one BIO moves to a connected socket of the same address', async () => {
    const listener = made()
    const client = made()
    posix.close(listener.fd)
    const first = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
    const second = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
    expect(BIO_bind(first, listener.at, constants.BIO_SOCK_REUSEADDR)).toBe(1)
    const bio = kept(BIO_new_dgram(first, BIO_NOCLOSE))
    BIO_dgram_set_peer(client.bio, listener.at)
    BIO_write(client.bio, utf8('hello'))
    expect(await waitFor(bio, 'read', 5000)).toBe(true)
    expect(BIO_read(bio, buffer)).toBe(5)
    const peer = BIO_ADDR_new()
    expect(BIO_dgram_get_peer(bio, peer)).toBe(16)
    expect(BIO_bind(second, listener.at, constants.BIO_SOCK_REUSEADDR)).toBe(1)
    expect(BIO_connect(second, peer, 0)).toBe(1)
    BIO_set_fd(bio, second, BIO_CLOSE)
    BIO_ctrl(bio, constants.BIO_CTRL_DGRAM_SET_CONNECTED, 0, peer)
    BIO_write(client.bio, utf8('second'))
    expect(await waitFor(bio, 'read', 5000)).toBe(true)
    expect(BIO_read(bio, buffer)).toBe(6)
    expect(BIO_get_fd(bio)).toBe(second)
    posix.close(first)
  })

  test('a BIO on a dgram.Socket', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const bio = kept(BIO_new_dgram(socket, BIO_CLOSE))
    expect(BIO_get_fd(bio)).toBe(posix.fileno(socket))
    const client = made()
    const at = BIO_ADDR_new()
    BIO_sock_info(BIO_get_fd(bio), constants.BIO_SOCK_INFO_ADDRESS, { addr: at })
    expect(posix.ntohs(BIO_ADDR_rawport(at))).toBe(socket.address().port)
    BIO_dgram_set_peer(client.bio, at)
    BIO_write(client.bio, utf8('in'))
    await waitFor(bio, 'read', 5000)
    expect(BIO_read(bio, buffer)).toBe(2)
    expect(BIO_write(bio, utf8('back'))).toBe(4)
    await waitFor(client.bio, 'read', 5000)
    expect(BIO_read(client.bio, buffer)).toBe(4)
    BIO_free(bio)
    await once(socket, 'close')
  })

  test('a copy of a BIO uses the same socket', async () => {
    const { bio } = made()
    const target = made()
    const copy = kept(BIO_dup_chain(bio))
    copy.shutdown = BIO_NOCLOSE
    BIO_dgram_set_peer(copy, target.at)
    expect(BIO_write(copy, utf8('x'))).toBe(1)
    await waitFor(target.bio, 'read', 5000)
    expect(BIO_read(target.bio, buffer)).toBe(1)
  })

  test('a successful call leaves errno 0', async () => {
    const [a, b] = [made(), made()]
    setErrno(99)
    BIO_dgram_set_peer(b.bio, a.at)
    BIO_write(b.bio, utf8('x'))
    expect(errno()).toBe(0)
  })

  test('wrong arguments are a mistake', () => {
    const { bio } = made()
    expect(() => BIO_ctrl(bio, constants.BIO_CTRL_DGRAM_SET_PEER, 0, {})).toThrow(TypeError)
    expect(() => BIO_ctrl(bio, constants.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, 5)).toThrow(TypeError)
    expect(() => BIO_ctrl(bio, constants.BIO_C_SET_FD, 0, { value: 'x' })).toThrow(TypeError)
  })
})

describe('BIO_sendmmsg and BIO_recvmmsg', () => {
  const message = (data: Uint8Array, peer: BIO_ADDR | null = null): BIO_MSG => ({
    data,
    data_len: data.length,
    peer,
    local: null,
    flags: 7,
  })

  test('move several datagrams, with their addresses', async () => {
    const [a, b] = [made(), made()]
    const count = { value: 0 }
    const out = [message(utf8('one'), a.at), message(utf8('three'), a.at)]
    expect(BIO_sendmmsg(b.bio, out, 0, 2, 0, count)).toBe(1)
    expect([count.value, out[0]?.flags]).toEqual([2, 0])
    const into = [0, 1, 2].map(() => message(new Uint8Array(4), BIO_ADDR_new()))
    await waitFor(a.bio, 'read', 5000)
    // The first one ends the wait; the other is read in the same turn.
    await turn()
    expect(BIO_recvmmsg(a.bio, into, 0, 3, 0, count)).toBe(1)
    expect(count.value).toBe(2)
    expect(into.map(({ data_len }) => data_len)).toEqual([3, 4, 4])
    expect(into[1]?.data).toEqual(utf8('thre'))
    expect(into[0]?.peer?.endpoint).toMatchObject({ address: '127.0.0.1' })
  })

  test('say why nothing was moved', () => {
    const { bio, at } = made()
    const count = { value: 9 }
    ERR_clear_error()
    expect(BIO_recvmmsg(bio, [message(buffer)], 0, 1, 0, count)).toBe(0)
    let code = ERR_get_error()
    expect([count.value, ERR_GET_LIB(code), ERR_GET_REASON(code)]).toEqual([0, ERR_LIB_SYS, EAGAIN])
    expect(BIO_sendmmsg(bio, [{ ...message(utf8('x'), at), local: at }], 0, 1, 0, count)).toBe(0)
    code = ERR_get_error()
    expect([ERR_GET_LIB(code), ERR_GET_REASON(code)]).toEqual([ERR_LIB_BIO, BIO_R_LOCAL_ADDR_NOT_AVAILABLE])
  })
})

describe('BIO_ADDR', () => {
  test('copies stand alone', () => {
    const { at } = made()
    const duplicate = BIO_ADDR_dup(at)
    expect(BIO_ADDR_rawmake(at, AF_INET, Uint8Array.of(192, 0, 2, 1))).toBe(1)
    expect(duplicate && BIO_ADDR_hostname_string(duplicate, 1)).toBe('127.0.0.1')
    const target = BIO_ADDR_new()
    expect(BIO_ADDR_copy(target, at)).toBe(1)
    expect(BIO_ADDR_hostname_string(target, 1)).toBe('192.0.2.1')
    expect(BIO_ADDR_dup(null)).toBeNull()
  })

  test('wrong use is a mistake', () => {
    const { at } = made()
    expect(() => BIO_ADDR_rawaddress(at, new Uint8Array(3))).toThrow(TypeError)
    expect(() => BIO_ADDR_rawmake(at, AF_INET, new Uint8Array(3), 4)).toThrow(TypeError)
    BIO_ADDR_free(at)
    BIO_ADDR_free(null)
    expect(() => BIO_ADDR_family(at)).toThrow('BIO_ADDR object was freed')
    expect(() => BIO_ADDR_free(at)).toThrow(TypeError)
  })

  test('a look-up gives what can be bound', () => {
    const res: { value: BIO_ADDRINFO | null } = { value: null }
    expect(BIO_lookup('localhost', '0', constants.BIO_LOOKUP_SERVER, AF_INET, SOCK_DGRAM, res)).toBe(1)
    expect(res.value).toBeInstanceOf(BIO_ADDRINFO)
    const fd = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0)
    expect(BIO_bind(fd, res.value?.address ?? new BIO_ADDR(), 0)).toBe(1)
    posix.close(fd)
  })

  test('ports above 65535 are refused, where getaddrinfo would wrap them', () => {
    ERR_clear_error()
    const res = { value: null }
    expect(BIO_lookup('127.0.0.1', '65536', constants.BIO_LOOKUP_CLIENT, AF_INET, SOCK_DGRAM, res)).toBe(0)
    expect(ERR_GET_LIB(ERR_get_error())).toBe(ERR_LIB_BIO)
  })
})

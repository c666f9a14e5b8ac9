import { afterEach, describe, expect, test } from '@jest/globals'
import { EBADF, errno } from '../../../lib/base/errno.ts'
import * as N from '../../../lib/index.ts'
import * as B from '../../../lib/promises.ts'
import { close, SOCK_DGRAM, SOCK_STREAM, write } from '../../../lib/socket.ts'
import { bound, context, descriptors, present } from './stage.ts'

// Who waits hears of it when what it waits for goes: no promise is left that nothing can settle.

const open: number[] = []
afterEach(() => {
  for (const fd of open.splice(0)) close(fd)
  B.ERR_clear_error()
})

const buffer = () => Buffer.alloc(1000)
const pause = () => new Promise(done => setTimeout(done, 5))

async function connected(type: number): Promise<[number, number]> {
  const fds = await descriptors(type)
  open.push(...fds)
  return fds
}

async function ends(type: number): Promise<[B.SSL, B.SSL]> {
  const method = type === SOCK_STREAM ? B.TLS_method() : B.DTLS_method()
  const [one, two] = await connected(type)
  const c = present(B.SSL_new(context(false, method)))
  const s = present(B.SSL_new(context(true, method)))
  expect([B.SSL_set_fd(c, one), B.SSL_set_fd(s, two)]).toEqual([1, 1])
  return [c, s]
}

async function established(type: number): Promise<[B.SSL, B.SSL]> {
  const [c, s] = await ends(type)
  expect(await Promise.all([B.SSL_connect(c), B.SSL_accept(s)])).toEqual([1, 1])
  return [c, s]
}

async function freedWhile(ssl: B.SSL, call: Promise<unknown>): Promise<void> {
  const refused = expect(call).rejects.toThrow(/^(s|ssl): SSL object was freed$/)
  await pause()
  B.SSL_free(ssl)
  await refused
}

describe.each([
  ['DTLS over UDP', SOCK_DGRAM],
  ['TLS over TCP', SOCK_STREAM],
])('%s on a descriptor that stays open', (_name, type) => {
  test('SSL_free ends the handshake that waits', async () => {
    const [c] = await ends(type)
    await freedWhile(c, B.SSL_connect(c))
  })

  test('SSL_free ends a read and the shutdown that waits', async () => {
    const [c, s] = await established(type)
    await freedWhile(s, B.SSL_read(s, buffer()))
    expect(await B.SSL_shutdown(c)).toBe(0)
    await freedWhile(c, B.SSL_shutdown(c))
  })

  test('close of the descriptor ends a read with EBADF', async () => {
    const [c] = await established(type)
    const reading = B.SSL_read(c, buffer())
    await pause()
    close(B.SSL_get_fd(c))
    expect(await reading).toBe(-1)
    expect([B.SSL_get_error(c, -1), errno()]).toEqual([B.SSL_ERROR_SYSCALL, EBADF])
  })

  test('a read goes on with the BIO that is set while it waits', async () => {
    const [c, s] = await established(type)
    const reading = B.SSL_read(s, buffer())
    await pause()
    const mem = present(B.BIO_new(type === SOCK_STREAM ? B.BIO_s_mem() : B.BIO_s_dgram_mem()))
    B.BIO_up_ref(mem)
    B.SSL_set0_rbio(s, mem)
    B.SSL_set0_wbio(c, mem)
    expect(N.SSL_write(c, Buffer.from('another way'))).toBe(11)
    expect(await reading).toBe(11)
  })

  test('two reads get one record each, two handshakes are both done', async () => {
    const [c, s] = await ends(type)
    expect(await Promise.all([B.SSL_connect(c), B.SSL_connect(c), B.SSL_accept(s), B.SSL_accept(s)])).toEqual([
      1, 1, 1, 1,
    ])
    const reads = Promise.all([B.SSL_read(c, buffer()), B.SSL_read(c, buffer())])
    await B.SSL_write(s, Buffer.alloc(3))
    await B.SSL_write(s, Buffer.alloc(4))
    expect(await reads).toEqual([3, 4])
  })
})

test('SSL_free ends a wait on a BIO that others hold', async () => {
  const bio = present(B.BIO_new(B.BIO_s_mem()))
  const s = present(B.SSL_new(context(true)))
  B.BIO_up_ref(bio)
  B.SSL_set_bio(s, bio, bio)
  await freedWhile(s, B.SSL_accept(s))
  expect(N.BIO_write(bio, buffer())).toBe(1000)
})

test('SSL_free ends DTLSv1_listen and SSL_accept_connection', async () => {
  const { fd } = bound(SOCK_DGRAM)
  open.push(fd)
  const s = present(B.SSL_new(context(true)))
  B.SSL_set_fd(s, fd)
  await freedWhile(s, B.DTLSv1_listen(s, B.BIO_ADDR_new()))
  const listener = present(B.SSL_new_listener(context(true), 0))
  B.SSL_set_fd(listener, fd)
  await freedWhile(listener, B.SSL_accept_connection(listener, 0))
})

test('close of its descriptor ends SSL_accept_connection, and errno says so', async () => {
  const { fd } = bound(SOCK_DGRAM)
  const listener = present(B.SSL_new_listener(context(true), 0))
  B.SSL_set_fd(listener, fd)
  const accepting = B.SSL_accept_connection(listener, 0)
  await pause()
  close(fd)
  expect(await accepting).toBeNull()
  expect([B.SSL_get_error(listener, -1), errno()]).toEqual([B.SSL_ERROR_SYSCALL, EBADF])
})

describe('BIO_free ends a read', () => {
  const kinds: [string, number, (fd: number) => B.BIO | null][] = [
    ['a datagram BIO', SOCK_DGRAM, fd => B.BIO_new_dgram(fd, B.BIO_NOCLOSE)],
    ['a socket BIO', SOCK_STREAM, fd => B.BIO_new_socket(fd, B.BIO_NOCLOSE)],
    ['a BIO_s_fd', SOCK_DGRAM, fd => B.BIO_new_fd(fd, B.BIO_NOCLOSE)],
    ['a memory BIO', SOCK_DGRAM, () => B.BIO_new(B.BIO_s_mem())],
    ["a BIO of the program's own", SOCK_DGRAM, ownKind],
  ]
  test.each(kinds)('of %s', async (_name, type, make) => {
    const [fd] = await connected(type)
    const bio = present(make(fd))
    const refused = expect(B.BIO_read(bio, buffer())).rejects.toThrow('b: BIO object was freed')
    await pause()
    B.BIO_free(bio)
    await refused
  })
})

test('a read goes on with the descriptor that is set while it waits', async () => {
  const [[one], [two, peer]] = [await connected(SOCK_DGRAM), await connected(SOCK_DGRAM)]
  const bio = present(B.BIO_new_dgram(one, B.BIO_NOCLOSE))
  const reading = B.BIO_read(bio, buffer())
  await pause()
  B.BIO_set_fd(bio, two, B.BIO_NOCLOSE)
  write(peer, Buffer.from('over here'))
  expect(await reading).toBe(9)
  B.BIO_free(bio)
})

test('the end of a pair that is shut down, or emptied, lets its own write go on', async () => {
  const [one, two]: { value: B.BIO | null }[] = [{ value: null }, { value: null }]
  B.BIO_new_bio_pair(present(one), 1, present(two), 1)
  const bio = present(one?.value)
  expect(N.BIO_write(bio, buffer(), 1)).toBe(1)
  const first = B.BIO_write(bio, buffer(), 1)
  await pause()
  B.BIO_reset(bio)
  expect(await first).toBe(1)
  const second = B.BIO_write(bio, buffer(), 1)
  await pause()
  B.BIO_shutdown_wr(bio)
  expect(await second).toBe(-1)
  expect(B.ERR_GET_REASON(B.ERR_get_error())).toBe(B.BIO_R_BROKEN_PIPE)
  B.BIO_free(bio)
  B.BIO_free(present(two?.value))
})

test('two writes to a stream follow each other, whole', async () => {
  const [one, two]: { value: B.BIO | null }[] = [{ value: null }, { value: null }]
  B.BIO_new_bio_pair(present(one), 0, present(two), 0)
  const c = present(B.SSL_new(context(false, B.TLS_method())))
  const s = present(B.SSL_new(context(true, B.TLS_method())))
  B.SSL_set_bio(c, one?.value ?? null, one?.value ?? null)
  B.SSL_set_bio(s, two?.value ?? null, two?.value ?? null)
  expect(await Promise.all([B.SSL_connect(c), B.SSL_accept(s)])).toEqual([1, 1])
  // More than the pair holds at once.
  const writes = Promise.all([B.SSL_write(c, Buffer.alloc(60_000, 1)), B.SSL_write(c, Buffer.alloc(1000, 2))])
  const all = Buffer.alloc(61_000)
  let done = 0
  while (done < all.length) {
    const got = await B.SSL_read(s, all.subarray(done))
    if (got <= 0) break
    done += got
  }
  expect(await writes).toEqual([60_000, 1000])
  expect([done, all.indexOf(2)]).toEqual([61_000, 60_000])
  B.SSL_free(c)
  B.SSL_free(s)
})

test('two writes to a BIO follow each other, whole', async () => {
  const [one, two] = await connected(SOCK_STREAM)
  const bio = present(B.BIO_new_socket(one, B.BIO_NOCLOSE))
  // More than the system's buffers take at once.
  const first = Buffer.alloc(1 << 23, 1)
  const writes = Promise.all([B.BIO_write(bio, first), B.BIO_write(bio, Buffer.alloc(1000, 2))])
  const peer = present(B.BIO_new_socket(two, B.BIO_NOCLOSE))
  const last = Buffer.alloc(first.length + 1000)
  for (let done = 0; done < last.length; ) {
    const got = await B.BIO_read(peer, last.subarray(done))
    if (got <= 0) break
    done += got
  }
  expect(await writes).toEqual([first.length, 1000])
  expect(last.indexOf(2)).toBe(first.length)
  B.BIO_free(bio)
  B.BIO_free(peer)
})

test('a connection goes through a BIO that connects when it is first used', async () => {
  const accepting = present(B.BIO_new_accept('127.0.0.1:0'))
  expect(await B.BIO_do_accept(accepting)).toBe(1)
  const c = present(B.SSL_new(context(false, B.TLS_method())))
  const s = present(B.SSL_new(context(true, B.TLS_method())))
  const bio = present(B.BIO_new_connect(`localhost:${B.BIO_get_accept_port(accepting)}`))
  B.BIO_set_conn_ip_family(bio, B.BIO_FAMILY_IPV4)
  B.SSL_set_bio(c, bio, bio)
  B.SSL_set_bio(s, accepting, accepting)
  // The server's BIO accepts when it is first read.
  expect(await Promise.all([B.SSL_connect(c), B.SSL_accept(s)])).toEqual([1, 1])
  B.SSL_free(c)
  B.SSL_free(s)
})

function ownKind(): B.BIO | null {
  const method = B.BIO_meth_new(B.BIO_get_new_index(), 'mine')
  B.BIO_meth_set_read(method, b => {
    N.BIO_set_retry_read(b)
    return -1
  })
  return B.BIO_new(method)
}

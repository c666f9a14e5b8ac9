import { afterEach, expect, test } from '@jest/globals'
import * as N from '../../../lib/index.ts'
import * as B from '../../../lib/promises.ts'
import { AF_INET, close, connect, listen, ntohs, SOCK_DGRAM, SOCK_STREAM } from '../../../lib/socket.ts'
import { bound, context } from './stage.ts'

// What blocks in C is waited for: BIOs of every kind, in chains, without a retry to be seen.

const open: B.BIO[] = []
afterEach(() => {
  for (const bio of open.splice(0).reverse()) B.BIO_free_all(bio)
  B.ERR_clear_error()
})

function kept(bio: B.BIO | null): B.BIO {
  if (bio === null) throw new Error('no BIO')
  open.push(bio)
  return bio
}

const bytes = (text: string) => new TextEncoder().encode(text)
const buf = Buffer.alloc(1000)

async function listening(host = '127.0.0.1:0'): Promise<{ a: B.BIO; port: string }> {
  const a = kept(B.BIO_new_accept(host))
  expect(await B.BIO_do_accept(a)).toBe(1)
  return { a, port: B.BIO_get_accept_port(a) ?? '' }
}

async function connected(): Promise<{ c: B.BIO; s: B.BIO }> {
  const { a, port } = await listening()
  const c = kept(B.BIO_new_connect(`127.0.0.1:${port}`))
  const [done, accepted] = await Promise.all([B.BIO_do_connect(c), B.BIO_do_accept(a)])
  expect([done, accepted]).toEqual([1, 1])
  return { c, s: kept(B.BIO_pop(a)) }
}

test('connecting, accepting, reading and writing', async () => {
  const { c, s } = await connected()
  const reading = B.BIO_read(s, buf)
  expect(await B.BIO_write(c, bytes('hello'))).toBe(5)
  expect(await reading).toBe(5)
  expect(buf.toString('latin1', 0, 5)).toBe('hello')
})

test('the first read or write connects', async () => {
  const { a, port } = await listening()
  const c = kept(B.BIO_new_connect('localhost'))
  B.BIO_set_conn_port(c, port)
  B.BIO_set_conn_ip_family(c, B.BIO_FAMILY_IPV4)
  const written = { value: 0 }
  const writing = B.BIO_write_ex(c, bytes('at once'), undefined, written)
  expect(await B.BIO_read(a, buf)).toBe(7)
  expect(await writing).toBe(1)
  expect(written.value).toBe(7)
})

test('a stream takes all of a write, as a blocking write(2) does', async () => {
  const { c, s } = await connected()
  const data = Buffer.alloc(1 << 21, 'abcdefg')
  const written = { value: 0 }
  const writing = B.BIO_write_ex(c, data, data.length, written)
  const parts: Buffer[] = []
  for (let left = data.length; left > 0; ) {
    const part = Buffer.alloc(50_000)
    const got = await B.BIO_read(s, part)
    parts.push(part.subarray(0, got))
    left -= got
  }
  expect(await writing).toBe(1)
  expect(written.value).toBe(data.length)
  expect(Buffer.compare(Buffer.concat(parts), data)).toBe(0)
})

test('lines are waited for to their end', async () => {
  const { c, s } = await connected()
  const lines = kept(B.BIO_push(B.BIO_new(B.BIO_f_buffer()), s))
  open.splice(open.indexOf(s), 1)
  const first = B.BIO_gets(lines, buf)
  N.BIO_puts(c, 'in two ')
  await new Promise(done => setTimeout(done, 20))
  N.BIO_puts(c, 'parts\nand')
  expect(await first).toBe(13)
  expect(buf.toString('latin1', 0, 13)).toBe('in two parts\n')
  const second = B.BIO_get_line(lines, buf)
  await B.BIO_puts(c, ' more\n')
  expect(await second).toBe(9)
  expect(buf.toString('latin1', 0, 10)).toBe('and more\n\0')
  expect(await B.BIO_puts(lines, 'buffered')).toBe(8)
  expect(await B.BIO_flush(lines)).toBe(1)
  expect(await B.BIO_read(c, buf)).toBe(8)
})

test('the end of a stream is an answer', async () => {
  const { c, s } = await connected()
  const line = B.BIO_get_line(s, buf)
  N.BIO_puts(c, 'unfinished')
  B.BIO_reset(c)
  expect(await line).toBe(10)
  expect(await B.BIO_read(s, buf)).toBe(0)
  expect(B.BIO_eof(s)).toBe(1)
})

test('a BIO made non-blocking is not waited for', async () => {
  const { a, port } = await listening()
  const c = kept(B.BIO_new_connect(`127.0.0.1:${port}`))
  B.BIO_set_nbio(c, 1)
  await B.BIO_do_connect(c)
  expect(await B.BIO_do_accept(a)).toBe(1)
  while ((await B.BIO_do_connect(c)) !== 1) expect(B.BIO_get_retry_reason(c)).toBe(B.BIO_RR_CONNECT)
  expect(await B.BIO_read(c, buf)).toBe(-1)
  expect(B.BIO_should_read(c)).not.toBe(0)
})

test('a connection that is refused says so', async () => {
  const c = kept(B.BIO_new_connect('127.0.0.1:1'))
  expect(await B.BIO_do_connect(c)).toBe(0)
  expect(B.ERR_GET_REASON(B.ERR_peek_last_error())).toBe(B.BIO_R_NBIO_CONNECT_ERROR)
})

test('a name that nobody knows', async () => {
  // RFC 6761 section 6.4: never resolved, with a name server or without.
  const c = kept(B.BIO_new_connect('nobody.invalid:1'))
  expect(await B.BIO_do_connect(c)).toBe(-1)
  expect(B.ERR_GET_LIB(B.ERR_peek_last_error())).toBe(B.ERR_LIB_BIO)
})

test('BIO_do_connect_retry tries until somebody listens, or until the time is over', async () => {
  // A bound port refuses until it listens, and nobody else can have it.
  const { fd, at } = bound(SOCK_STREAM)
  const port = ntohs(at.sin_port ?? 0)
  const c = kept(B.BIO_new_connect(`127.0.0.1:${port}`))
  expect(await B.BIO_do_connect_retry(c, -1, 1)).toBe(-1)
  expect(B.ERR_get_error()).not.toBe(0)
  B.ERR_clear_error()
  B.BIO_reset(c)
  expect(await B.BIO_do_connect_retry(c, 0.05, 1)).toBe(0)
  expect(B.ERR_GET_REASON(B.ERR_peek_last_error())).toBe(B.BIO_R_CONNECT_TIMEOUT)
  B.ERR_clear_error()
  const trying = B.BIO_do_connect_retry(c, 30, 1)
  expect(listen(fd, 1)).toBe(0)
  expect(await trying).toBe(1)
  expect(B.ERR_peek_error()).toBe(0)
  close(fd)
})

test('BIO_f_ssl waits for its datagrams and sends its flights again', async () => {
  const { client, server } = datagrams()
  const c = kept(B.BIO_push(B.BIO_new_ssl(context(false), 1), client))
  const s = kept(B.BIO_push(B.BIO_new_ssl(context(true), 0), server))
  // The first flight is lost: the server is deaf until then.
  expect(N.BIO_do_handshake(c)).toBe(-1)
  await new Promise(done => setTimeout(done, 20))
  expect(N.BIO_read(server, buf)).toBeGreaterThan(0)
  expect(await Promise.all([B.BIO_do_handshake(c), B.BIO_do_handshake(s)])).toEqual([1, 1])
  const reading = B.BIO_read(s, buf)
  expect(await B.BIO_puts(c, 'protected')).toBe(9)
  expect(await reading).toBe(9)
  expect(buf.toString('latin1', 0, 9)).toBe('protected')
}, 10_000)

test('TLS through the chains that programs build: buffered and connecting here, copied for each client there', async () => {
  const { a, port } = await listening()
  B.BIO_set_accept_bios(a, B.BIO_new_ssl(context(true, B.TLS_method()), 0))
  const c = kept(B.BIO_new_buffer_ssl_connect(context(false, B.TLS_method())))
  B.BIO_set_conn_hostname(c, `127.0.0.1:${port}`)
  const accepting = B.BIO_do_accept(a).then(async accepted => {
    const s = kept(B.BIO_pop(a))
    return { s, done: [accepted, await B.BIO_do_handshake(s)] }
  })
  expect(await B.BIO_do_handshake(c)).toBe(1)
  const { s, done } = await accepting
  expect(done).toEqual([1, 1])
  expect([await B.BIO_puts(c, 'GET /'), await B.BIO_flush(c), await B.BIO_read(s, buf)]).toEqual([5, 1, 5])
  expect(await B.BIO_puts(s, 'line one\nline two\n')).toBe(18)
  expect([await B.BIO_gets(c, buf), await B.BIO_gets(c, buf)]).toEqual([9, 9])
  expect(buf.toString('latin1', 0, 9)).toBe('line two\n')
  B.BIO_ssl_shutdown(s)
  expect(await B.BIO_read(c, buf)).toBe(0)
  expect(B.ERR_peek_error()).toBe(0)
})

function datagrams(): { client: B.BIO; server: B.BIO } {
  const made = [bound(SOCK_DGRAM), bound(SOCK_DGRAM)]
  const [client, server] = made.map(({ fd }, i) => {
    const { at } = made[1 - i] ?? {}
    const peer = B.BIO_ADDR_new()
    connect(fd, at ?? {})
    B.BIO_ADDR_rawmake(peer, AF_INET, Uint8Array.of(127, 0, 0, 1), 4, at?.sin_port)
    const bio = B.BIO_new_dgram(fd, B.BIO_CLOSE)
    if (bio !== null) B.BIO_ctrl_set_connected(bio, peer)
    return bio
  })
  if (!client || !server) throw new Error('no BIO')
  return { client, server }
}

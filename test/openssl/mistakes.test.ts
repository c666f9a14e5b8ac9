import { createSocket } from 'node:dgram'
import { afterEach, expect, test } from '@jest/globals'
import * as O from '../../lib/index.ts'
import * as P from '../../lib/promises.ts'
import * as S from '../../lib/socket.ts'

/** What TypeScript finds, and a program in JavaScript does all the same: it is told what is wrong, and what to do. */

const open: number[] = []
afterEach(() => {
  for (const fd of open.splice(0)) S.close(fd)
})

const wrong = (value: unknown): never => value as never

function udp(): number {
  const fd = S.socket(S.AF_INET, S.SOCK_DGRAM)
  open.push(fd)
  return fd
}

function client(): O.SSL {
  const ssl = O.SSL_new(O.SSL_CTX_new(O.DTLS_client_method()))
  O.SSL_set_fd(ssl, udp())
  return ssl
}

const at = { sin_family: S.AF_INET, sin_port: S.htons(4433), sin_addr: { s_addr: S.inet_addr('127.0.0.1') } }

test.each<[name: string, mistake: () => unknown, told: string]>([
  ['a string for bytes', () => O.SSL_write(client(), wrong('x')), 'buf: a Uint8Array is needed, this is a string'],
  ['an ArrayBuffer', () => O.SSL_write(client(), wrong(new ArrayBuffer(1))), 'buf: a Uint8Array is needed'],
  ['no await', () => O.SSL_get_error(client(), wrong(P.BIO_flush(null))), 'an await is missing'],
  [
    'a method not called',
    () => O.SSL_CTX_new(wrong(O.DTLS_method)),
    'method: an SSL_METHOD is needed, this is a function',
  ],
  ['a kind of BIO not called', () => O.BIO_new(wrong(O.BIO_s_mem)), 'is it to be called?'],
  [
    'no place for a result',
    () => O.SSL_read_ex(client(), new Uint8Array(1), 1, wrong(0)),
    'readbytes: an object { value }',
  ],
  ['a length beyond the buffer', () => O.SSL_write(client(), new Uint8Array(3), 10), '10 is beyond the 3 bytes'],
  ['a context for a connection', () => O.SSL_connect(wrong(O.SSL_CTX_new(O.TLS_method()))), 'ssl: an SSL is needed'],
  [
    'no file type',
    () => O.SSL_use_PrivateKey_file(client(), 'key.pem', wrong(undefined)),
    'type: an integer is needed',
  ],
  [
    'a port as text',
    () => S.bind(udp(), { ...at, sin_port: wrong('4433') }),
    'sin_port: a 16-bit number in network order',
  ],
  ['a port of 17 bits', () => S.bind(udp(), { ...at, sin_port: 70_000 }), 'sin_port: a 16-bit number in network order'],
  ['an address as text', () => S.connect(udp(), { ...at, sin_addr: wrong('::1') }), 'sin_addr: an object { s_addr }'],
  ['s_addr as text', () => S.connect(udp(), { ...at, sin_addr: { s_addr: wrong('::1') } }), 'as inet_addr gives it'],
  ["Node's way to bind", () => S.bind(udp(), wrong(4433)), 'addr: an object such as sockaddr_in'],
  ['what is no socket', () => O.SSL_set_fd(client(), wrong({})), 'socket: a descriptor, dgram.Socket, net.Socket'],
])('%s', (_name, mistake, told) => {
  expect(mistake).toThrow(TypeError)
  expect(mistake).toThrow(told)
})

test.each<[name: string, mistake: () => Promise<unknown>, told: string]>([
  ['an array for a set', () => S.select(9, wrong([3]), null, null, null), 'fds: a Set of descriptors is needed'],
  ['one entry for several', () => S.poll(wrong({ fd: 3 }), 1, 0), 'fds: an array of { fd, events, revents } is needed'],
])('%s', async (_name, mistake, told) => {
  await expect(mistake).rejects.toThrow(told)
})

test('what was freed', () => {
  const ssl = client()
  O.SSL_free(ssl)
  expect(() => O.SSL_read(ssl, new Uint8Array(1))).toThrow(new TypeError('ssl: SSL object was freed'))
  expect(() => O.SSL_free(ssl)).toThrow(new TypeError('ssl: SSL object was freed'))
})

test("a socket of Node's that is closed", () => {
  const socket = createSocket('udp4')
  socket.close()
  expect(() => O.BIO_new_dgram(socket, O.BIO_NOCLOSE)).toThrow('socket: the dgram.Socket is closed')
})

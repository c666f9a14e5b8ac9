import { describe, expect, test } from '@jest/globals'
import {
  BIO_free,
  BIO_new_mem_buf,
  BIO_read,
  BUF_reverse,
  OPENSSL_memdup,
  SSL_SESSION_get_id,
  SSL_SESSION_new,
  SSL_SESSION_set1_id,
} from '../../lib/index.ts'
import { need } from '../openssl/ssl/pair.ts'

/** What a Buffer's own `slice` gives is a view: whoever keeps bytes of the program's has to copy them. */
describe('a Buffer that the program goes on using', () => {
  test('BIO_new_mem_buf copies it, and leaves it alone when it is freed', () => {
    const given = Buffer.from('Hello World')
    const bio = need(BIO_new_mem_buf(given))
    given[0] = 0x4a
    const read = new Uint8Array(5)
    BIO_read(bio, read)
    BIO_free(bio)
    expect(Buffer.from(read).toString()).toBe('Hello')
    expect(given.toString()).toBe('Jello World')
  })

  test('BUF_reverse and OPENSSL_memdup do not touch it', () => {
    const given = Buffer.from('abc')
    const out = new Uint8Array(3)
    BUF_reverse(out, given, 3)
    need(OPENSSL_memdup(given, 3)).fill(0)
    expect(Buffer.from(out).toString()).toBe('cba')
    expect(given.toString()).toBe('abc')
  })

  test('a session keeps the id that was set', () => {
    const session = need(SSL_SESSION_new())
    const given = Buffer.from('an id')
    SSL_SESSION_set1_id(session, given, given.length)
    given.fill(0)
    expect(Buffer.from(SSL_SESSION_get_id(session)).toString()).toBe('an id')
  })
})

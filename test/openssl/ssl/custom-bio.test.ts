import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { need } from './pair.ts'

test('a BIO whose ctrl clears its retry flags, as filters do, is still waited for', () => {
  const method = O.BIO_meth_new(O.BIO_get_new_index() | O.BIO_TYPE_SOURCE_SINK, 'clearing')
  O.BIO_meth_set_create(method, b => {
    O.BIO_set_init(b, 1)
    return 1
  })
  O.BIO_meth_set_write(method, (_b, data) => data.length)
  O.BIO_meth_set_read(method, b => {
    O.BIO_set_retry_read(b)
    return -1
  })
  let told = 0
  O.BIO_meth_set_ctrl(method, (b, cmd) => {
    O.BIO_clear_retry_flags(b)
    if (cmd === O.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT) told++
    return cmd === O.BIO_CTRL_FLUSH ? 1 : 0
  })
  const bio = need(O.BIO_new(method))
  const ssl = need(O.SSL_new(need(O.SSL_CTX_new(O.DTLS_client_method()))))
  O.SSL_set_bio(ssl, bio, bio)
  expect(O.SSL_connect(ssl)).toBe(-1)
  expect(told).toBe(1)
  expect(O.SSL_get_error(ssl, -1)).toBe(O.SSL_ERROR_WANT_READ)
  O.SSL_free(ssl)
})

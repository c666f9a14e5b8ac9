import { beforeEach, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { c, s, setUp, shakeHands } from './pair.ts'

/** What is counted; what is said and done is compared with libssl in ssl-io's scenes. */

beforeEach(() => {
  setUp('p256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 0)
  expect(shakeHands()).toBe(11)
  O.SSL_set_options(s, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
})

function run(): void {
  for (let round = 0; round < 6; round++) for (const ssl of [c, s]) O.SSL_read(ssl, Buffer.alloc(10))
  for (const ssl of [c, s]) expect(O.SSL_renegotiate_pending(ssl)).toBe(0)
}

/** Handshakes begun, and those of them inside a connection, of the client's context and of the server's. */
function counts(): number[] {
  const [cc, sc] = [O.SSL_get_SSL_CTX(c), O.SSL_get_SSL_CTX(s)]
  return [
    O.SSL_CTX_sess_connect(cc),
    O.SSL_CTX_sess_connect_renegotiate(cc),
    O.SSL_CTX_sess_accept(sc),
    O.SSL_CTX_sess_accept_renegotiate(sc),
  ]
}

test('a renegotiation counts once on each side, whoever has asked for it', () => {
  expect(counts()).toEqual([1, 0, 1, 0])
  O.SSL_renegotiate(c)
  run()
  expect(counts()).toEqual([1, 1, 1, 1])
  O.SSL_renegotiate(s)
  run()
  expect(counts()).toEqual([1, 2, 1, 2])
})

test('one that is refused does not count', () => {
  O.SSL_clear_options(s, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
  O.SSL_set_options(c, O.SSL_OP_NO_RENEGOTIATION)
  O.SSL_renegotiate(s)
  for (const ssl of [s, c]) O.SSL_read(ssl, Buffer.alloc(10))
  expect(counts()).toEqual([1, 0, 1, 0])
  expect(O.SSL_read(s, Buffer.alloc(10))).toBe(-1)
  expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.SSL_R_NO_RENEGOTIATION)
})

test('a connection counts those that it began, by function and by SSL_ctrl', () => {
  for (const how of [O.SSL_renegotiate, O.SSL_renegotiate_abbreviated]) {
    how(c)
    run()
  }
  expect([O.SSL_num_renegotiations(c), O.SSL_num_renegotiations(s)]).toEqual([2, 0])
  expect(O.SSL_ctrl(c, O.SSL_CTRL_GET_NUM_RENEGOTIATIONS, 0, null)).toBe(2)
  expect(O.SSL_ctrl(c, O.SSL_CTRL_CLEAR_NUM_RENEGOTIATIONS, 0, null)).toBe(2)
  O.SSL_renegotiate(s)
  run()
  expect([O.SSL_num_renegotiations(c), O.SSL_num_renegotiations(s)]).toEqual([1, 1])
  expect(O.SSL_ctrl(c, O.SSL_CTRL_GET_TOTAL_RENEGOTIATIONS, 0, null)).toBe(3)
  expect(O.SSL_clear(c)).toBe(1)
  expect([O.SSL_num_renegotiations(c), O.SSL_total_renegotiations(c)]).toEqual([0, 0])
})

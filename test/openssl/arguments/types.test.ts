import { afterEach, describe, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { fileno } from '../../../lib/socket.ts'

// A programmer's mistake is a TypeError that names the argument, and nothing has happened.

const functions: Readonly<Record<string, unknown>> = O

function call(name: string, args: readonly unknown[]): unknown {
  const called = functions[name]
  if (typeof called !== 'function') throw new Error(`no function ${name}`)
  return Reflect.apply(called, undefined, args)
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('NULL')
  return value
}

const ctx = present(O.SSL_CTX_new(O.DTLS_method()))
const ssl = present(O.SSL_new(ctx))
const session = O.SSL_SESSION_new()
const BYTES = new Uint8Array(20)

afterEach(() => O.ERR_clear_error())

describe('wrong types', () => {
  const mistakes: [string, readonly unknown[], string][] = [
    ['SSL_CTX_set1_groups', [ctx, undefined], 'glist'],
    ['SSL_set1_sigalgs', [ssl, null, 2], 'slist'],
    ['SSL_CTX_set0_chain', [ctx, 3], 'sk'],
    ['SSL_CTX_set0_chain', [ctx, [ssl]], 'sk'],
    ['SSL_set1_chain', [ssl, 'x'], 'sk'],
    ['SSL_dup_CA_list', [undefined], 'sk'],
    ['SSL_set_alpn_protos', [ssl, 'h2'], 'protos'],
    ['SSL_get0_alpn_selected', [ssl, null], 'data'],
    ['SSL_select_next_proto', [null, null, BYTES, 0, BYTES, 0], 'out'],
    ['SSL_SESSION_get_id', [session, 0], 'len'],
    ['SSL_SESSION_get0_ticket', [session, null, null], 'len'],
    ['SSL_SESSION_get0_alpn_selected', [session, undefined, undefined], 'alpn'],
    ['SSL_SESSION_set_cipher', [session, {}], 'cipher'],
    ['SSL_get0_raw_cipherlist', [ssl, 5], 'plst'],
    ['SSL_set1_host', [ssl, 5], 'hostname'],
    ['SSL_set1_param', [ssl, {}], 'param'],
    ['SSL_set_fd', [ssl, null], 'socket'],
    ['DTLS_set_timer_cb', [ssl, 'no function'], 'cb'],
    ['SSL_CTX_set_client_CA_list', [ctx, {}], 'name_list'],
    ['BIO_set_info_callback', [O.BIO_new(O.BIO_s_connect()), {}], 'fp'],
    ['SSL_get_ex_new_index', [0, null, 'no function'], 'new_func'],
    ['BIO_get_retry_BIO', [O.BIO_new(O.BIO_s_mem()), 1], 'reason'],
  ]
  test.each(mistakes)('%s(%s)', (name, args, argument) => {
    expect(() => call(name, args)).toThrow(TypeError)
    expect(() => call(name, args)).toThrow(new RegExp(`^${argument}: `))
  })

  test('fileno of what is no socket', () => {
    expect(() => Reflect.apply(fileno, undefined, [{}])).toThrow(/^socket: /)
  })
})

describe('a negative length, which C takes for a huge one', () => {
  const mistakes: [string, readonly unknown[], string][] = [
    ['SSL_CTX_set_session_id_context', [ctx, BYTES, -1], 'sid_ctx_len'],
    ['SSL_SESSION_set1_id', [session, BYTES, -1], 'sid_len'],
    ['SSL_set_session_ticket_ext', [ssl, BYTES, -1], 'ext_len'],
    ['SSL_export_keying_material', [ssl, BYTES, 4, 'label', -1, null, 0, 0], 'llen'],
    ['SSL_export_keying_material', [ssl, BYTES, 4, 'label', 6, null, 0, 0], 'llen'],
    ['SSL_CTX_set_alpn_protos', [ctx, BYTES, -1], 'protos_len'],
    ['EVP_DigestUpdate', [digest(), BYTES, -1], 'count'],
    ['CRYPTO_memcmp', [BYTES, BYTES, -1], 'len'],
  ]
  test.each(mistakes)('%s', (name, args, argument) => {
    expect(() => call(name, args)).toThrow(new RegExp(`^${argument}: `))
  })

  test('ticket keys of a negative length are refused as by OpenSSL, where it is an int', () => {
    expect(O.SSL_CTX_set_tlsext_ticket_keys(ctx, BYTES, -1)).toBe(0)
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.SSL_R_INVALID_TICKET_KEYS_LENGTH)
  })
})

test('a BIO that is none leaves the one that is set', () => {
  const con = present(O.SSL_new(ctx))
  const bio = present(O.BIO_new(O.BIO_s_mem()))
  O.SSL_set_bio(con, bio, bio)
  expect(() => call('SSL_set0_rbio', [con, {}])).toThrow(/^rbio: /)
  expect(() => call('SSL_set0_wbio', [con, {}])).toThrow(/^wbio: /)
  expect([O.SSL_get_rbio(con), O.SSL_get_wbio(con), O.BIO_write(bio, BYTES)]).toEqual([bio, bio, 20])
  O.SSL_free(con)
})

test('SSL_dup gives null when a callback refuses to copy its value', () => {
  let refuses = true
  const index = O.SSL_get_ex_new_index(0, null, null, () => Number(!refuses), null)
  const con = present(O.SSL_new(ctx))
  O.SSL_set_ex_data(con, index, 'mine')
  expect(O.SSL_dup(con)).toBeNull()
  refuses = false
  const copy = present(O.SSL_dup(con))
  expect(O.SSL_get_ex_data(copy, index)).toBe('mine')
  O.SSL_free(copy)
  O.SSL_free(con)
})

test("a read within a read, as in a tunnel, does not touch the outer one's bytes", () => {
  const inner = present(O.SSL_new(ctx))
  const below = present(O.BIO_new(O.BIO_s_mem()))
  O.SSL_set_bio(inner, below, below)
  O.SSL_set_connect_state(inner)
  const method = O.BIO_meth_new(O.BIO_get_new_index(), 'tunnel')
  let kept = true
  let left = 2
  O.BIO_meth_set_read(method, (b, data) => {
    if (left-- === 0) {
      O.BIO_set_retry_read(b)
      return -1
    }
    data.fill(7, 0, 13)
    O.BIO_write(below, new Uint8Array(13).fill(9))
    O.SSL_do_handshake(inner)
    kept &&= data.subarray(0, 13).every(byte => byte === 7)
    return 13
  })
  const outer = present(O.SSL_new(ctx))
  const bio = O.BIO_new(method)
  O.SSL_set0_rbio(outer, bio)
  O.SSL_set0_wbio(outer, O.BIO_new(O.BIO_s_null()))
  O.SSL_set_accept_state(outer)
  expect(O.SSL_do_handshake(outer)).toBe(-1)
  expect([kept, left]).toEqual([true, -1])
})

function digest(): O.EVP_MD_CTX {
  const md = O.EVP_MD_CTX_new()
  O.EVP_DigestInit_ex(md, O.EVP_sha256(), null)
  return md
}

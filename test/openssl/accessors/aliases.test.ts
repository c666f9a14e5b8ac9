import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'

test('names of old are the names of now', () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [O.SSLv23_method(), O.TLS_method()],
    [O.SSLv23_client_method(), O.TLS_client_method()],
    [O.SSLv23_server_method(), O.TLS_server_method()],
    [O.EVP_PKEY_cmp, O.EVP_PKEY_eq],
    [O.SSL_SESSION_get_time_ex, O.SSL_SESSION_get_time],
    [O.SSL_SESSION_set_time_ex, O.SSL_SESSION_set_time],
    [O.SSL_CTX_flush_sessions_ex, O.SSL_CTX_flush_sessions],
    [O.SSL_flush_sessions, O.SSL_CTX_flush_sessions],
    [O.SSL_add_session, O.SSL_CTX_add_session],
    [O.SSL_remove_session, O.SSL_CTX_remove_session],
    [O.EVP_PKEY_bits, O.EVP_PKEY_get_bits],
    [O.EVP_PKEY_security_bits, O.EVP_PKEY_get_security_bits],
    [O.EVP_PKEY_size, O.EVP_PKEY_get_size],
    [O.EVP_PKEY_get_base_id, O.EVP_PKEY_get_id],
    [O.X509_STORE_get1_cert, O.X509_STORE_CTX_get1_certs],
    [O.X509_STORE_get1_certs, O.X509_STORE_CTX_get1_certs],
    [O.X509_STORE_get1_crl, O.X509_STORE_CTX_get1_crls],
    [O.X509_STORE_get1_crls, O.X509_STORE_CTX_get1_crls],
    [O.X509_STORE_get_by_subject, O.X509_STORE_CTX_get_by_subject],
    [O.X509_STORE_set_verify_cb_func, O.X509_STORE_set_verify_cb],
    [O.X509_STORE_set_verify_func, O.X509_STORE_set_verify],
    [O.X509_STORE_set_lookup_crls_cb, O.X509_STORE_set_lookup_crls],
    [O.X509_STORE_CTX_trusted_stack, O.X509_STORE_CTX_set0_trusted_stack],
    [O.X509_STORE_CTX_set_chain, O.X509_STORE_CTX_set0_untrusted],
  ]
  for (const [old, now] of pairs) expect(old).toBe(now)
})

test('the datagram kind of SCTP, without an association behind it', () => {
  const bio = O.BIO_new(O.BIO_s_datagram_sctp())
  if (bio === null) throw new Error('no BIO')
  expect(O.BIO_method_type(bio)).toBe(O.BIO_TYPE_DGRAM_SCTP)
  expect(O.BIO_method_name(bio)).toBe('datagram sctp socket')
  expect(O.BIO_dgram_sctp_wait_for_dry(bio)).toBeLessThanOrEqual(0)
  O.BIO_free(bio)
})

test('every kind of stack is an array with the functions of C', () => {
  const numbers = (sk: unknown[]): number[] => sk.map(Number)
  const ciphers = O.SSL_CTX_get_ciphers(O.SSL_CTX_new(O.DTLS_method()) ?? fail())
  const [a, b, c] = ciphers ?? []
  if (a === undefined || b === undefined || c === undefined) return fail()
  const sk = O.sk_SSL_CIPHER_new((one, other) => (one === other ? 0 : one === a ? -1 : 1))
  expect(
    numbers([O.sk_SSL_CIPHER_push(sk, b), O.sk_SSL_CIPHER_unshift(sk, a), O.sk_SSL_CIPHER_insert(sk, c, 1)]),
  ).toEqual([1, 2, 3])
  expect(sk).toEqual([a, c, b])
  expect(O.sk_SSL_CIPHER_find(sk, a)).toBe(0)
  expect(O.sk_SSL_CIPHER_dup(sk)).toEqual(sk)
  expect(O.sk_SSL_CIPHER_set(sk, 1, a)).toBe(a)
  expect([O.sk_SSL_CIPHER_pop(sk), O.sk_SSL_CIPHER_shift(sk), O.sk_SSL_CIPHER_delete(sk, 0)]).toEqual([b, a, a])
  const freed: unknown[] = []
  O.sk_SSL_CIPHER_push(sk, c)
  O.sk_SSL_CIPHER_pop_free(sk, cipher => freed.push(cipher))
  expect([freed, O.sk_SSL_CIPHER_num(sk), O.sk_SSL_CIPHER_new_null()]).toEqual([[c], 0, []])
  const texts = O.sk_OPENSSL_STRING_new_null()
  expect([O.sk_OPENSSL_STRING_push(texts, 'one'), O.sk_OPENSSL_STRING_num(texts)]).toEqual([1, 1])
  O.sk_OPENSSL_STRING_free(texts)
})

function fail(): never {
  throw new Error('null where an object was due')
}

import { generateKeyPairSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { CERTIFICATES } from '../ssl-io/configure.ts'

// What has no transcript: streams, stacks of what C has no constructor for, and the calls with a va_list.

const folder = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => O.ERR_clear_error())

function need<T>(value: T | null): T {
  if (value === null) throw new Error('null where an object was due')
  return value
}

/** Writes to a file, and reads it from its beginning, as C's FILE. */
function through<T>(write: (fp: O.FILE) => number, read: (fp: O.FILE) => T): T {
  const file = join(folder, 'file')
  const out = openSync(file, 'w')
  expect(write({ fd: out })).toBe(1)
  closeSync(out)
  const input = openSync(file, 'r')
  try {
    return read({ fd: input })
  } finally {
    closeSync(input)
  }
}

const x = need(O.PEM_read_bio_X509(need(O.BIO_new_file(`${CERTIFICATES}p256.pem`, 'r'))))
const key = need(O.EVP_EC_gen('P-256'))

test('keys, certificates and parameters go through streams in DER and PEM', () => {
  expect(
    O.EVP_PKEY_eq(
      need(
        through(
          fp => O.i2d_PUBKEY_fp(fp, key),
          fp => O.d2i_PUBKEY_fp(fp),
        ),
      ),
      key,
    ),
  ).toBe(1)
  expect(
    O.EVP_PKEY_eq(
      need(
        through(
          fp => O.i2d_PrivateKey_fp(fp, key),
          fp => O.d2i_PrivateKey_fp(fp),
        ),
      ),
      key,
    ),
  ).toBe(1)
  expect(
    O.X509_cmp(
      need(
        through(
          fp => O.i2d_X509_fp(fp, x),
          fp => O.d2i_X509_fp(fp),
        ),
      ),
      x,
    ),
  ).toBe(0)
  const dh = O.DH_new()
  const [p, g] = [need(O.BN_new()), need(O.BN_new())]
  O.BN_set_word(p, 23)
  O.BN_set_word(g, 5)
  O.DH_set0_pqg(dh, p, null, g)
  const back: O.Out<O.BIGNUM | null> = { value: null }
  O.DH_get0_pqg(
    need(
      through(
        fp => O.PEM_write_DHparams(fp, dh),
        fp => O.PEM_read_DHparams(fp),
      ),
    ),
    back,
    null,
    null,
  )
  expect(need(back.value).value).toBe(23n)
})

test('an encrypted key goes through a stream, and a plain one is none', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const sealed = privateKey.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' })
  const encrypted = (fp: O.FILE) => {
    const bio = need(O.BIO_new_fp(fp, O.BIO_NOCLOSE))
    return Number(O.BIO_write(bio, sealed) === sealed.length && O.BIO_free(bio) === 1)
  }
  expect(through(encrypted, fp => O.d2i_PKCS8_fp(fp))).toBeInstanceOf(O.X509_SIG)
  expect(
    through(
      fp => O.i2d_PrivateKey_fp(fp, key),
      fp => O.d2i_PKCS8_fp(fp),
    ),
  ).toBeNull()
})

test('a certificate is taken from the beginning of bytes', () => {
  const der = need(O.BIO_new(O.BIO_s_mem()))
  O.i2d_X509_bio(der, x)
  const bytes = new Uint8Array(2000)
  const length = O.BIO_read(der, bytes)
  const place = { value: bytes.subarray(0, length + 3) }
  const kept: O.Out<O.X509 | null> = { value: null }
  expect(O.d2i_X509(kept, place)).toBe(kept.value)
  expect(O.X509_cmp(need(kept.value), x)).toBe(0)
  expect(place.value).toHaveLength(3)
  expect(O.d2i_X509(null, { value: bytes.subarray(0, length) }, length - 1)).toBeNull()
})

test('a session is shown on a stream', () => {
  const session = O.SSL_SESSION_new()
  O.SSL_SESSION_set_protocol_version(session, O.DTLS1_2_VERSION)
  O.SSL_SESSION_set1_id(session, Uint8Array.of(0xab, 0xcd))
  const text = through(
    fp => O.SSL_SESSION_print_fp(fp, session),
    () => readFileSync(join(folder, 'file'), 'latin1'),
  )
  expect(text).toMatch(/^SSL-Session:\n {4}Protocol {2}: DTLSv1\.2\n/)
  expect(text).toContain('    Session-ID: ABCD\n')
})

test('a session goes through a stream', () => {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const ssl = need(O.SSL_new(ctx))
  const session = O.SSL_SESSION_new()
  const [suite] = need(O.SSL_get1_supported_ciphers(ssl) ?? O.SSL_get_ciphers(ssl))
  O.SSL_SESSION_set_protocol_version(session, O.DTLS1_2_VERSION)
  O.SSL_SESSION_set_cipher(session, suite ?? need<O.SSL_CIPHER>(null))
  O.SSL_SESSION_set1_id(session, Uint8Array.of(1, 2, 3))
  O.SSL_SESSION_set1_master_key(session, new Uint8Array(48).fill(7))
  const back = need(
    through(
      fp => O.PEM_write_SSL_SESSION(fp, session),
      fp => O.PEM_read_SSL_SESSION(fp),
    ),
  )
  expect([...O.SSL_SESSION_get_id(back)]).toEqual([1, 2, 3])
  const der: O.Out<Uint8Array | null> = { value: null }
  O.i2d_SSL_SESSION(back, der)
  const again = need(O.d2i_SSL_SESSION_ex(null, { value: need(der.value) }, undefined, null, null))
  expect([...O.SSL_SESSION_get_id(again)]).toEqual([1, 2, 3])
})

test('what 3.2 and 1.0.2 have beside 3.0', () => {
  const method = O.BIO_meth_new(O.BIO_get_new_index(), 'own')
  const many: O.BioMmsg = () => 1
  expect([O.BIO_meth_get_sendmmsg(method), O.BIO_meth_get_recvmmsg(method)]).toEqual([null, null])
  expect([O.BIO_meth_set_sendmmsg(method, many), O.BIO_meth_set_recvmmsg(method, many)]).toEqual([1, 1])
  expect([O.BIO_meth_get_sendmmsg(method), O.BIO_meth_get_recvmmsg(method)]).toEqual([many, many])
  const [tls, dtls] = [O.TLS_method(), O.DTLS_method()].map(m => need(O.SSL_new(need(O.SSL_CTX_new(m)))))
  expect([O.SSL_is_tls(need(tls ?? null)), O.SSL_is_tls(need(dtls ?? null))]).toEqual([1, 0])
  expect(O.SSL_client_hello_get_extension_order(need(tls ?? null), null, { value: 0 })).toBe(0)
  O.CRYPTO_set_locking_callback(null)
  O.CRYPTO_set_id_callback(null)
  O.CRYPTO_THREADID_set_numeric(null, 1)
  O.CRYPTO_THREADID_set_pointer(null, null)
  expect([O.CRYPTO_get_locking_callback(), O.CRYPTO_THREADID_set_callback(null)]).toEqual([null, 0])
  expect([O.SSL_COMP_get0_name(null), O.SSL_COMP_get_id(null), O.SSL_COMP_set0_compression_methods(null)]).toEqual([
    null,
    -1,
    null,
  ])
})

test('a hello shows the order of its extensions', () => {
  const [cc, sc] = [need(O.SSL_CTX_new(O.TLS_method())), need(O.SSL_CTX_new(O.TLS_method()))]
  const orders: (number[] | number)[] = []
  O.SSL_CTX_set_client_hello_cb(sc, ssl => {
    const [types, count] = [[] as number[], { value: 0 }]
    orders.push(O.SSL_client_hello_get_extension_order(ssl, null, count))
    orders.push(O.SSL_client_hello_get_extension_order(ssl, types, { value: count.value - 1 }), [...types])
    orders.push(O.SSL_client_hello_get_extension_order(ssl, types, count), types.slice(0, 2))
    return O.SSL_CLIENT_HELLO_ERROR
  })
  const [c, s] = [need(O.SSL_new(cc)), need(O.SSL_new(sc))]
  const [one, two] = [O.BIO_new(O.BIO_s_mem()), O.BIO_new(O.BIO_s_mem())]
  O.BIO_up_ref(need(one))
  O.BIO_up_ref(need(two))
  O.SSL_set_bio(c, one, two)
  O.SSL_set_bio(s, two, one)
  O.SSL_connect(c)
  O.SSL_accept(s)
  expect(orders).toEqual([1, 0, [], 1, [O.TLSEXT_TYPE_ec_point_formats, O.TLSEXT_TYPE_supported_groups]])
})

test('an RSA key is taken from its DER', () => {
  const ctx = need(O.SSL_CTX_new(O.TLS_method()))
  const ssl = need(O.SSL_new(ctx))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = privateKey.export({ format: 'der', type: 'pkcs1' })
  expect([O.SSL_CTX_use_RSAPrivateKey_ASN1(ctx, der), O.SSL_use_RSAPrivateKey_ASN1(ssl, der)]).toEqual([1, 1])
  const [one, other] = [need(O.SSL_CTX_get0_privatekey(ctx)), need(O.SSL_get_privatekey(ssl))]
  expect([one.key?.equals(privateKey), O.EVP_PKEY_eq(one, other)]).toEqual([true, 1])
  expect(O.SSL_use_RSAPrivateKey_ASN1(ssl, der, 9)).toBe(0)
})

test('errors are made with arguments in arrays', () => {
  const data = { value: '' }
  O.ERR_new()
  O.ERR_vset_error(O.ERR_LIB_SSL, 193, '%s and %d', ['one', 2])
  expect(O.ERR_peek_last_error_all(null, null, null, data, null)).toBe(0x0a0000c1)
  expect(data.value).toBe('one and 2')
  O.ERR_add_error_vdata(3, [' a', null, 'b'])
  O.ERR_peek_last_error_all(null, null, null, data, null)
  expect(data.value).toBe('one and 2 a<NULL>b')
  const lib = O.ERR_get_next_error_library()
  expect(O.ERR_load_strings_const([{ error: O.ERR_PACK(lib, 0, 7), string: 'seven' }])).toBe(1)
  expect(O.ERR_reason_error_string(O.ERR_PACK(lib, 0, 7))).toBe('seven')
})

test('stacks of compression methods, of which there are none, are those of anything', () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [O.sk_SSL_COMP_new_null, O.OPENSSL_sk_new_null],
    [O.sk_SSL_COMP_new, O.OPENSSL_sk_new],
    [O.sk_SSL_COMP_num, O.OPENSSL_sk_num],
    [O.sk_SSL_COMP_value, O.OPENSSL_sk_value],
    [O.sk_SSL_COMP_set, O.OPENSSL_sk_set],
    [O.sk_SSL_COMP_push, O.OPENSSL_sk_push],
    [O.sk_SSL_COMP_unshift, O.OPENSSL_sk_unshift],
    [O.sk_SSL_COMP_pop, O.OPENSSL_sk_pop],
    [O.sk_SSL_COMP_shift, O.OPENSSL_sk_shift],
    [O.sk_SSL_COMP_insert, O.OPENSSL_sk_insert],
    [O.sk_SSL_COMP_delete, O.OPENSSL_sk_delete],
    [O.sk_SSL_COMP_find, O.OPENSSL_sk_find],
    [O.sk_SSL_COMP_dup, O.OPENSSL_sk_dup],
    [O.sk_SSL_COMP_free, O.OPENSSL_sk_free],
    [O.sk_SSL_COMP_pop_free, O.OPENSSL_sk_pop_free],
    [O.sk_X509_CRL_push, O.OPENSSL_sk_push],
  ]
  for (const [one, any] of pairs) expect(one).toBe(any)
  const profiles = O.sk_SRTP_PROTECTION_PROFILE_new_null()
  const names: string[] = []
  O.sk_SRTP_PROTECTION_PROFILE_push(profiles, { name: 'a profile', id: 1 })
  O.sk_SRTP_PROTECTION_PROFILE_pop_free(profiles, one => names.push(one.name))
  expect([names, profiles]).toEqual([['a profile'], []])
})

test('an OtherName is made of its parts', () => {
  const [name, id] = [O.GENERAL_NAME_new(), need(O.OBJ_txt2obj('1.2.3.4', 1))]
  const value = new O.ASN1_TYPE(12, new O.ASN1_STRING(12, Buffer.from('hello')))
  expect(O.GENERAL_NAME_set0_othername(name, id, value)).toBe(1)
  const back: O.Out<O.ASN1_TYPE | null> = { value: null }
  const kind: O.Out<O.ASN1_OBJECT | null> = { value: null }
  expect(O.GENERAL_NAME_get0_otherName(name, kind, back)).toBe(1)
  expect(O.OBJ_cmp(need(kind.value), id)).toBe(0)
  expect(need(back.value).type).toBe(12)
  expect(need(back.value).value).toEqual(value.value)
})

test('a program’s own check of the signatures has the last word', () => {
  const [store, ctx] = [O.X509_STORE_new(), O.X509_STORE_CTX_new()]
  O.X509_STORE_load_file(store, `${CERTIFICATES}authority.pem`)
  O.X509_STORE_CTX_init(ctx, store, x, null)
  expect(O.X509_verify_cert(ctx)).toBe(1)
  O.X509_STORE_CTX_cleanup(ctx)
  O.X509_STORE_CTX_init(ctx, store, x, null)
  O.X509_STORE_CTX_set_verify(ctx, () => 0)
  expect(O.X509_verify_cert(ctx)).toBe(0)
})

test('a certificate is moved into the chain', () => {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const ssl = need(O.SSL_new(ctx))
  O.SSL_use_certificate_file(ssl, `${CERTIFICATES}p256.pem`, O.SSL_FILETYPE_PEM)
  const issuer = need(O.PEM_read_bio_X509(need(O.BIO_new_file(`${CERTIFICATES}authority.pem`, 'r'))))
  expect(O.SSL_add0_chain_cert(ssl, issuer)).toBe(1)
  const chain: O.Out<O.X509[] | null> = { value: null }
  O.SSL_get0_chain_certs(ssl, chain)
  expect(chain.value).toEqual([issuer])
  // The reference was moved, not copied.
  expect(issuer.references).toBe(1)
  O.SSL_free(ssl)
  expect(issuer.freed).toBe(true)
})

test('what has no effect has none', () => {
  const ctx = need(O.SSL_CTX_new(O.TLS_method()))
  const ssl = need(O.SSL_new(ctx))
  O.SSL_set_debug(ssl, 1)
  O.SSL_CTX_set_tmp_rsa_callback(ctx, null)
  O.SSL_set_tmp_rsa_callback(ssl, null)
  O.OPENSSL_cleanup()
  expect([O.SSL_get_state(ssl), O.ERR_get_error()]).toEqual([0, 0])
  expect(() => O.SSL_set_debug(need<O.SSL>(Object.create(null)), 1)).toThrow(TypeError)
})

test('a BIO of a pair of datagram BIOs waits for its other half', () => {
  const bio = need(O.BIO_new(O.BIO_s_dgram_pair()))
  expect(O.BIO_method_name(bio)).toBe('BIO dgram pair')
  expect(O.BIO_write(bio, Uint8Array.of(1))).toBeLessThanOrEqual(0)
})

import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'
import { CERTIFICATES } from '../ssl-io/configure.ts'

// Each call as it stands in rest.c.

const lines: string[] = []
const data = Uint8Array.from({ length: 100 }, (_, at) => at)
const out = new Uint8Array(300)
const tag = new Uint8Array(16)
const bio = need(O.BIO_new(O.BIO_s_mem()))

function errors(): string {
  let text = ''
  for (let e: number; (e = O.ERR_get_error()) !== 0; ) text += ` ${e.toString(16).toUpperCase().padStart(8, '0')}`
  return text
}

const T = (what: string, value: number | boolean): number => lines.push(`${what} ${Number(value)}${errors()}`)
const H = (bytes: Uint8Array, length: number): number =>
  lines.push(Buffer.from(bytes.subarray(0, length)).toString('hex'))

function wrote(): void {
  const text = { value: new Uint8Array(0) }
  O.BIO_get_mem_data(bio, text)
  lines.push(...Buffer.from(text.value).toString('latin1').split('\n').slice(0, -1))
  O.BIO_reset(bio)
}

function need<V>(value: V | null): V {
  if (value === null) throw new Error('null where an object was due')
  return value
}

function digests(): void {
  const all = [O.EVP_md_null(), O.EVP_shake128(), O.EVP_shake256()]
  for (const md of all) {
    const n = { value: 99 }
    T('type', O.EVP_MD_type(md))
    T('size', O.EVP_MD_size(md))
    T('block', O.EVP_MD_block_size(md))
    T('digest', O.EVP_Digest(Buffer.from('abc'), 3, out, n, md, null))
    T('n', n.value)
    H(out, n.value)
  }
  T('name', O.EVP_get_digestbyname('shake128') === all[1])
}

type Kind = 'plain' | 'aead' | 'ccm'

function cipher(c: O.EVP_CIPHER, kind: Kind, length: number): void {
  const x = O.EVP_CIPHER_CTX_new()
  const [n, m] = [{ value: -7 }, { value: -7 }]
  const aead = kind !== 'plain'
  const iv = aead ? data.subarray(50) : null
  lines.push(`== ${properties(c)} ${O.EVP_CIPHER_mode(c).toString(16)}`)
  T('init', O.EVP_EncryptInit_ex(x, c, null, null, null))
  if (aead) {
    T('iv 0', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_IVLEN, 0, null))
    T('iv 12', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_IVLEN, 12, null))
    T('tag 17', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_TAG, 17, null))
    T('tag 8', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_TAG, 8, null))
    T('odd', O.EVP_CIPHER_CTX_ctrl(x, 999, 0, null))
  }
  T('key', O.EVP_EncryptInit_ex(x, null, null, data, iv))
  if (kind === 'ccm') {
    T('length', O.EVP_EncryptUpdate(x, null, n, null, length))
    T('n', n.value)
  }
  if (aead) T('more', O.EVP_EncryptUpdate(x, null, n, data, 10))
  n.value = -7
  T('update', O.EVP_EncryptUpdate(x, out, n, data, length))
  T('n', n.value)
  T('final', O.EVP_EncryptFinal_ex(x, out.subarray(n.value), m))
  T('m', m.value)
  const whole = n.value + m.value
  H(out, whole)
  if (aead) {
    T('tag 16', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_GET_TAG, 16, tag))
    T('tag', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_GET_TAG, 8, tag))
    H(tag, 8)
  }
  for (const bad of [false, true]) if (!decipher(x, c, kind, whole, bad)) break
  O.EVP_CIPHER_CTX_free(x)
}

/** False: nothing more is done with it. */
function decipher(x: O.EVP_CIPHER_CTX, c: O.EVP_CIPHER, kind: Kind, whole: number, bad: boolean): boolean {
  const [n, m] = [{ value: -7 }, { value: -7 }]
  const [back, input] = [new Uint8Array(200), out.slice(0, 200)]
  const aead = kind !== 'plain'
  if (bad) input[1] = (input[1] ?? 0) ^ 1
  T('decrypt', O.EVP_DecryptInit_ex(x, c, null, null, null))
  if (aead) {
    O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_IVLEN, 12, null)
    O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_TAG, 8, null)
    T('tag', O.EVP_CIPHER_CTX_ctrl(x, O.EVP_CTRL_AEAD_SET_TAG, 8, tag))
  }
  T('key', O.EVP_DecryptInit_ex(x, null, null, data, aead ? data.subarray(50) : null))
  if (kind === 'ccm') T('length', O.EVP_DecryptUpdate(x, null, n, null, whole))
  if (aead) T('more', O.EVP_DecryptUpdate(x, null, n, data, 10))
  n.value = -7
  T('update', O.EVP_DecryptUpdate(x, back, n, input, whole))
  T('n', n.value)
  if (bad && !aead) return false
  T('final', O.EVP_DecryptFinal_ex(x, back.subarray(n.value), m))
  if (!bad) {
    T('m', m.value)
    H(back, n.value + m.value)
  }
  return true
}

const properties = (c: O.EVP_CIPHER): string =>
  [O.EVP_CIPHER_nid(c), O.EVP_CIPHER_block_size(c), O.EVP_CIPHER_iv_length(c), O.EVP_CIPHER_key_length(c)].join(' ')

function ciphers(): void {
  const x = O.EVP_CIPHER_CTX_new()
  const n = { value: 0 }
  cipher(O.EVP_aes_128_ccm(), 'ccm', 24)
  cipher(O.EVP_aes_192_ccm(), 'ccm', 1)
  cipher(O.EVP_aes_256_ccm(), 'ccm', 50)
  cipher(O.EVP_aes_128_ocb(), 'aead', 24)
  cipher(O.EVP_aes_192_ocb(), 'aead', 16)
  cipher(O.EVP_aes_256_ocb(), 'aead', 50)
  cipher(O.EVP_aes_128_wrap(), 'plain', 24)
  cipher(O.EVP_aes_192_wrap(), 'plain', 16)
  cipher(O.EVP_aes_256_wrap(), 'plain', 32)
  cipher(O.EVP_aes_128_wrap_pad(), 'plain', 21)
  cipher(O.EVP_aes_192_wrap_pad(), 'plain', 16)
  cipher(O.EVP_aes_256_wrap_pad(), 'plain', 7)
  O.EVP_EncryptInit_ex(x, O.EVP_aes_128_wrap(), null, data, null)
  T('half a block', O.EVP_EncryptUpdate(x, out, n, data, 20))
  T('n', n.value)
  lines.push(`== ${properties(O.EVP_rc4())}`)
  T('rc4', O.EVP_EncryptInit_ex(x, O.EVP_rc4(), null, data, null))
}

function codes(): void {
  const h = need(O.EVP_PKEY_new_mac_key(O.EVP_PKEY_HMAC, null, data, 20))
  const same = need(O.EVP_PKEY_new_raw_private_key(O.EVP_PKEY_HMAC, null, data, 20))
  const p: O.Out<O.EVP_PKEY_CTX | null> = { value: null }
  const n = { value: 0 }
  T('id', O.EVP_PKEY_id(h))
  T('bits', O.EVP_PKEY_bits(h))
  T('size', O.EVP_PKEY_size(h))
  T('strength', O.EVP_PKEY_security_bits(h))
  lines.push(O.EVP_PKEY_get0_type_name(h) ?? 'none')
  T('bytes', O.EVP_PKEY_get0_hmac(h, n) !== null)
  T('equal', O.EVP_PKEY_eq(h, same))
  T('is', O.EVP_PKEY_is_a(h, 'hmac'))
  const nothing = O.EVP_PKEY_new_mac_key(O.EVP_PKEY_HMAC, null, data, 0) !== null
  O.ERR_clear_error()
  T('nothing', nothing)
  let m = O.EVP_MD_CTX_new()
  T('init', O.EVP_DigestSignInit(m, p, O.EVP_sha256(), null, h))
  T('update', O.EVP_DigestSignUpdate(m, data, 30))
  n.value = 0
  T('length', O.EVP_DigestSignFinal(m, null, n))
  T('n', n.value)
  n.value = 10
  T('short', O.EVP_DigestSignFinal(m, out, n))
  n.value = 100
  T('final', O.EVP_DigestSignFinal(m, out, n))
  T('n', n.value)
  H(out, n.value)
  O.EVP_MD_CTX_free(m)
  m = O.EVP_MD_CTX_new()
  T('init', O.EVP_DigestSignInit(m, null, O.EVP_sha1(), null, same))
  n.value = 100
  T('once', O.EVP_DigestSign(m, out, n, data, 7))
  H(out, n.value)
  O.EVP_MD_CTX_free(m)
  m = O.EVP_MD_CTX_new()
  T('no digest', O.EVP_DigestSignInit(m, null, null, null, h))
  T('check', O.EVP_DigestVerifyInit(m, null, O.EVP_sha256(), null, h))
}

function parameters(): void {
  const dh = O.DH_new()
  const [p, g] = [need(O.BN_new()), need(O.BN_new())]
  const pub: O.Out<O.BIGNUM | null> = { value: p }
  const priv: O.Out<O.BIGNUM | null> = { value: p }
  const [k, none] = [O.EVP_PKEY_new(), O.EVP_PKEY_new()]
  const [ec, ed] = [need(O.EVP_EC_gen('P-256')), need(O.EVP_PKEY_Q_keygen(null, null, 'ED25519'))]
  const group = need(O.EC_GROUP_new_by_curve_name(O.NID_X9_62_prime256v1))
  O.BN_set_word(p, 23)
  O.BN_set_word(g, 5)
  O.DH_set0_pqg(dh, p, null, g)
  O.DH_get0_key(dh, pub, priv)
  T('keys', Number(pub.value !== null) * 10 + Number(priv.value !== null))
  T('write', O.PEM_write_bio_DHparams(bio, dh))
  wrote()
  O.EVP_PKEY_assign_DH(k, dh)
  T('former', O.EVP_PKEY_get0(k) === dh)
  T('former', O.EVP_PKEY_get0(ec) !== null)
  T('former', O.EVP_PKEY_get0(none) !== null)
  T('former', O.EVP_PKEY_get0(null) !== null)
  for (const key of [k, ec, ed, none]) {
    T('write', O.PEM_write_bio_Parameters(bio, key))
    wrote()
  }
  T('dsa', O.EVP_PKEY_get0_DSA(ec) !== null)
  T('dsa', O.EVP_PKEY_get1_DSA(ec) !== null)
  T('dsa', O.EVP_PKEY_set1_DSA(none, null))
  T('dsa', O.EVP_PKEY_assign_DSA(none, null))
  T('poly1305', O.EVP_PKEY_assign_POLY1305(none, null))
  T('siphash', O.EVP_PKEY_assign_SIPHASH(none, null))
  T('engine', O.EVP_PKEY_get0_engine(ec) !== null)
  T('engine', O.EVP_PKEY_set1_engine(ec, null))
  O.EC_GROUP_set_point_conversion_form(group, O.POINT_CONVERSION_UNCOMPRESSED)
  O.EC_GROUP_free(group)
}

function blocks(): void {
  for (const length of [0, 1, 3, 47, 48, 49, 70, 96]) {
    T('block', O.PEM_write_bio(bio, 'THING', '', data, length))
    wrote()
  }
  T('header', O.PEM_write_bio(bio, 'THING', 'A: b\nC: d\n', data, 3))
  wrote()
  T('missing', O.RAND_load_file(`${CERTIFICATES}nothing`, 10))
  T('some', O.RAND_load_file(`${CERTIFICATES}p256.pem`, 10))
  T('none', O.RAND_load_file(`${CERTIFICATES}p256.pem`, 0))
  T('all', O.RAND_load_file(`${CERTIFICATES}p256.pem`, -1))
  T('most', O.RAND_load_file(`${CERTIFICATES}p256.pem`, 100000))
  T('directory', O.RAND_load_file(CERTIFICATES, 5))
}

const ELEMENTS = [
  [0x30, 3, 1, 2, 3],
  [0x30, 5, 1, 2, 3],
  [0x02, 1, 5],
  [0x30, 0x80, 0, 0],
  [0x1f, 0x81, 0x01, 2, 1, 2],
  [0xa1, 0x81, 3, 1, 2, 3],
  [0x04, 0],
  [0x04],
  [0x30, 0x84, 1, 1, 1, 1],
  [0x5f, 0x21, 1, 7],
  [0x04, 0x82, 0, 1, 9],
  [0x24, 0x80, 4, 0, 0, 0],
  [0x04, 0x80],
  [0x1f, 0x81],
  [0x04, 0x82, 1],
  [0x04, 0x85, 0, 0, 0, 0, 1, 9],
  [0x30, 0x84, 0x80, 0, 0, 0],
  [0xc1, 1, 1],
]

function elements(): void {
  for (const bytes of ELEMENTS) {
    const p = { value: Uint8Array.from(bytes) }
    const [n, number, kind] = [{ value: -7 }, { value: -7 }, { value: -7 }]
    const ret = O.ASN1_get_object(p, n, number, kind, bytes.length)
    lines.push(`${ret} at ${bytes.length - p.value.length} ${n.value} ${number.value} ${kind.value}${errors()}`)
  }
}

function certificates(): void {
  const x = O.X509_new()
  const [ec, ed, rsa] = [
    need(O.EVP_EC_gen('P-256')),
    need(O.EVP_PKEY_Q_keygen(null, null, 'ED25519')),
    need(O.EVP_RSA_gen(1024)),
  ]
  const used: O.Out<O.EVP_MD | null> = { value: null }
  const fallback = { value: -1 }
  let m = O.EVP_MD_CTX_new()
  O.X509_NAME_add_entry_by_txt(O.X509_get_subject_name(x), 'CN', O.MBSTRING_ASC, 'a', -1, -1, 0)
  O.X509_gmtime_adj(O.X509_getm_notBefore(x), 0)
  O.X509_gmtime_adj(O.X509_getm_notAfter(x), 100)
  O.X509_set_pubkey(x, ec)
  T('unsigned', O.X509_digest_sig(x, used, fallback) !== null)
  const digest = () => {
    T('digest', O.ASN1_STRING_length(need(O.X509_digest_sig(x, used, fallback))))
    T('used', O.EVP_MD_type(need(used.value)))
    T('fallback', fallback.value)
  }
  O.X509_sign(x, ec, O.EVP_sha384())
  digest()
  O.X509_set_pubkey(x, ed)
  O.X509_sign(x, ed, null)
  digest()
  O.EVP_DigestSignInit(m, null, O.EVP_sha256(), null, ec)
  T('sign', O.X509_sign_ctx(x, m) > 60)
  T('nid', O.X509_get_signature_nid(x))
  T('verify', O.X509_verify(x, ec))
  O.EVP_MD_CTX_free(m)
  m = O.EVP_MD_CTX_new()
  O.EVP_DigestSignInit(m, null, O.EVP_sha384(), null, rsa)
  T('sign', O.X509_sign_ctx(x, m))
  T('nid', O.X509_get_signature_nid(x))
  T('verify', O.X509_verify(x, rsa))
}

test('what few programs touch is as in the real library', () => {
  O.ERR_clear_error()
  for (const part of [digests, ciphers, codes, parameters, blocks, elements, certificates]) part()
  const source = readFileSync(new URL('rest.c', import.meta.url), 'utf8')
  const real = realTranscript(`#define DIR ${JSON.stringify(CERTIFICATES)}\n${source}`)
  expect(lines.length).toBeGreaterThan(400)
  if (real !== null) expect(lines).toEqual(real)
})

test('PSS is not for X509_sign_ctx, nor a context with nothing begun', () => {
  const rsa = need(O.EVP_RSA_gen(1024))
  const m = O.EVP_MD_CTX_new()
  const p: O.Out<O.EVP_PKEY_CTX | null> = { value: null }
  expect(O.X509_sign_ctx(O.X509_new(), m)).toBe(0)
  O.EVP_DigestSignInit(m, p, O.EVP_sha256(), null, rsa)
  O.EVP_PKEY_CTX_set_rsa_padding(need(p.value), 6)
  expect(O.X509_sign_ctx(O.X509_new(), m)).toBe(0)
  expect(errors()).toMatch(/^ 03000097 030.010C$/i)
})

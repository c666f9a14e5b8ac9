import { describe, expect, test } from '@jest/globals'
import { fromHex } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const [PUBLIC_KEY, KEYPAIR, KEY_PARAMETERS] = [0x86, 0x87, 0x84]
const AB = Buffer.from('ab')

class Talk {
  readonly lines: string[] = []

  readonly T = (what: string, result: number | boolean): void => {
    this.lines.push(`${what} ${Number(result)}`)
    for (let e = O.ERR_get_error(); e !== 0; e = O.ERR_get_error())
      this.lines.push(` error ${e.toString(16).padStart(8, '0')} ${O.ERR_reason_error_string(e)}`)
  }

  readonly puts = (text: string | null): void => void this.lines.push(text ?? 'null')
}

function have<V>(value: V | null): V {
  if (value === null) throw new Error('nothing was made')
  return value
}

const bitsOf = ({ value }: O.Out<O.EVP_PKEY | null>): number => (value === null ? -1 : O.EVP_PKEY_get_bits(value))

function making({ T }: Talk): void {
  const k: O.Out<O.EVP_PKEY | null> = { value: null }
  T('id', O.EVP_PKEY_CTX_new_id(12345, null) !== null)
  T('name', O.EVP_PKEY_CTX_new_from_name(null, 'nonsense', null) !== null)
  let c = have(O.EVP_PKEY_CTX_new_id(O.EVP_PKEY_RSA, null))
  T('early', O.EVP_PKEY_keygen(c, k))
  T('early bits', O.EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024))
  T('init', O.EVP_PKEY_keygen_init(c))
  T('few bits', O.EVP_PKEY_CTX_set_rsa_keygen_bits(c, 100))
  T('curve of rsa', O.EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, 415))
  T('bits', O.EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024))
  T('keygen', O.EVP_PKEY_keygen(c, k))
  T('bits', bitsOf(k))
  O.EVP_PKEY_CTX_free(c)
  c = have(O.EVP_PKEY_CTX_new_from_name(null, 'ec', null))
  T('init', O.EVP_PKEY_keygen_init(c))
  T('unknown curve', O.EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, 99999))
  T('bits of ec', O.EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024))
  T('curve', O.EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, 715))
  T('encoding', O.EVP_PKEY_CTX_set_ec_param_enc(c, O.OPENSSL_EC_NAMED_CURVE))
  T('keygen', O.EVP_PKEY_keygen(c, k))
  T('bits', bitsOf(k))
  O.EVP_PKEY_CTX_free(c)
  c = have(O.EVP_PKEY_CTX_new_id(O.EVP_PKEY_EC, null))
  T('init', O.EVP_PKEY_keygen_init(c))
  T('group', O.EVP_PKEY_CTX_set_group_name(c, 'P-256'))
  T('generate', O.EVP_PKEY_generate(c, k))
  T('bits', bitsOf(k))
  O.EVP_PKEY_CTX_free(c)
  c = have(O.EVP_PKEY_CTX_new_id(O.EVP_PKEY_ED25519, null))
  T('init', O.EVP_PKEY_keygen_init(c))
  T('generate', O.EVP_PKEY_generate(c, k))
  T('id', O.EVP_PKEY_get_id(have(k.value)))
  O.EVP_PKEY_CTX_free(c)
}

function agreeing({ T }: Talk, k: O.EVP_PKEY, k2: O.EVP_PKEY, k3: O.EVP_PKEY, r: O.EVP_PKEY, x: O.EVP_PKEY): void {
  const [a, b] = [new Uint8Array(100), new Uint8Array(100)]
  const [n, m] = [{ value: 100 }, { value: 100 }]
  let c = have(O.EVP_PKEY_CTX_new(k, null))
  const d = have(O.EVP_PKEY_CTX_new_from_pkey(null, k2, null))
  T('own', O.EVP_PKEY_CTX_get0_pkey(c) === k)
  T('early', O.EVP_PKEY_derive(c, a, n))
  T('early peer', O.EVP_PKEY_derive_set_peer(c, k2))
  T('init', O.EVP_PKEY_derive_init(c))
  T('alone', O.EVP_PKEY_derive(c, a, n))
  T('rsa', O.EVP_PKEY_derive_set_peer(c, r))
  T('other curve', O.EVP_PKEY_derive_set_peer(c, k3))
  T('peer', O.EVP_PKEY_derive_set_peer(c, k2))
  T('length', O.EVP_PKEY_derive(c, null, n))
  T('length', n.value)
  n.value = 10
  T('short', O.EVP_PKEY_derive(c, a, n))
  T('length', n.value)
  n.value = 100
  T('derive', O.EVP_PKEY_derive(c, a, n))
  O.EVP_PKEY_derive_init(d)
  O.EVP_PKEY_derive_set_peer(d, k)
  T('derive', O.EVP_PKEY_derive(d, b, m))
  T('same', n.value === m.value && Buffer.compare(a.subarray(0, n.value), b.subarray(0, m.value)) === 0)
  O.EVP_PKEY_CTX_free(c)
  O.EVP_PKEY_CTX_free(d)
  c = have(O.EVP_PKEY_CTX_new(r, null))
  T('init of rsa', O.EVP_PKEY_derive_init(c))
  O.EVP_PKEY_CTX_free(c)
  c = have(O.EVP_PKEY_CTX_new(x, null))
  T('init', O.EVP_PKEY_derive_init(c))
  T('other kind', O.EVP_PKEY_derive_set_peer(c, k2))
  T('peer', O.EVP_PKEY_derive_set_peer(c, x))
  n.value = 100
  T('derive', O.EVP_PKEY_derive(c, a, n))
  T('length', n.value)
  O.EVP_PKEY_CTX_free(c)
}

function parts(talk: Talk, k: O.EVP_PKEY, k3: O.EVP_PKEY, r: O.EVP_PKEY, x: O.EVP_PKEY, ed: O.EVP_PKEY): void {
  const { T, puts } = talk
  const pub: O.Out<Uint8Array | null> = { value: null }
  const [z, u] = [{ value: 0 }, { value: '' }]
  const n = O.EVP_PKEY_get1_encoded_public_key(k, pub)
  const [e, o] = [O.EVP_PKEY_new(), have(O.EVP_EC_gen('P-256'))]
  const point = have(pub.value)
  T('encoded', n)
  T('form', point[0] ?? -1)
  T('set empty', O.EVP_PKEY_set1_encoded_public_key(e, point, n))
  T('set other curve', O.EVP_PKEY_set1_encoded_public_key(k3, point, n))
  T('set short', O.EVP_PKEY_set1_encoded_public_key(o, point, n - 1))
  T('set', O.EVP_PKEY_set1_encoded_public_key(o, point, n))
  T('same', O.EVP_PKEY_eq(o, k))
  T('encoded', O.EVP_PKEY_get1_tls_encodedpoint(x, pub))
  T('set', O.EVP_PKEY_set1_tls_encodedpoint(x, have(pub.value), 32))
  T('encoded', O.EVP_PKEY_get1_encoded_public_key(ed, pub))
  T('encoded', O.EVP_PKEY_get1_encoded_public_key(r, pub))
  T('parameters', O.EVP_PKEY_cmp_parameters(k, k3))
  T('parameters', O.EVP_PKEY_parameters_eq(k, o))
  T('parameters', O.EVP_PKEY_cmp_parameters(k, r))
  T('parameters', O.EVP_PKEY_cmp_parameters(r, r))
  puts(O.EVP_PKEY_get0_description(k))
  puts(O.EVP_PKEY_get0_description(r))
  puts(O.EVP_PKEY_get0_description(x))
  T('description', O.EVP_PKEY_get0_description(e) !== null)
  T('size', O.EVP_PKEY_get_size_t_param(k, 'bits', z))
  T('size', z.value)
  T('size', O.EVP_PKEY_get_size_t_param(r, 'max-size', z))
  T('size', z.value)
  T('size', O.EVP_PKEY_get_size_t_param(r, 'security-bits', z))
  T('size', z.value)
  T('size', O.EVP_PKEY_get_size_t_param(r, 'nonsense', z))
  T('text', O.EVP_PKEY_get_utf8_string_param(k, O.OSSL_PKEY_PARAM_GROUP_NAME, u, 50, z))
  puts(u.value)
  T('length', z.value)
  T('text', O.EVP_PKEY_get_utf8_string_param(r, 'group', u, 50, z))
  for (const name of ['default-digest', 'point-format', 'encoding']) {
    T('text', O.EVP_PKEY_get_utf8_string_param(k, name, u, 50, z))
    puts(u.value)
  }
  T('rsa', O.EVP_PKEY_get0_RSA(k) !== null)
  T('rsa', O.EVP_PKEY_get1_RSA(r) !== null)
  T('ec', O.EVP_PKEY_get1_EC_KEY(k) !== null)
  T('ec', O.EVP_PKEY_get0_EC_KEY(r) !== null)
  T('hmac', O.EVP_PKEY_get0_hmac(r, z) !== null)
  T('poly1305', O.EVP_PKEY_get0_poly1305(r, z) !== null)
  T('siphash', O.EVP_PKEY_get0_siphash(r, z) !== null)
  T('assign', O.EVP_PKEY_assign(e, 99, point))
  T('assign', O.EVP_PKEY_assign(e, O.EVP_PKEY_RSA, null))
  T('assign', O.EVP_PKEY_assign(e, O.EVP_PKEY_EC, O.EVP_PKEY_get1_EC_KEY(k)))
  T('same', O.EVP_PKEY_eq(e, k))
}

function curves({ T, lines }: Talk): void {
  const all: O.EC_builtin_curve[] = []
  O.EC_get_builtin_curves(all, 100)
  const key = O.EC_KEY_new()
  const group = have(O.EC_GROUP_new_by_curve_name(415))
  T('number', O.EC_get_builtin_curves(null, 0))
  for (const { nid, comment } of all) lines.push(...`${nid} ${comment} ${comment.charCodeAt(0)}`.split('\n'))
  T('unknown', O.EC_GROUP_new_by_curve_name(6) !== null)
  T('without', O.EC_KEY_generate_key(key))
  O.EC_GROUP_set_asn1_flag(group, O.OPENSSL_EC_NAMED_CURVE)
  T('group', O.EC_KEY_set_group(key, group))
  O.EC_GROUP_free(group)
  T('key', O.EC_KEY_generate_key(key))
  O.EC_KEY_free(key)
}

function data({ T }: Talk, k: O.EVP_PKEY): void {
  const none = [O.OSSL_PARAM_construct_end()]
  const b = O.OSSL_PARAM_BLD_new()
  const pub: O.Out<Uint8Array | null> = { value: null }
  O.EVP_PKEY_get1_encoded_public_key(k, pub)
  let c = have(O.EVP_PKEY_CTX_new_from_name(null, 'EC', null))
  const made: O.Out<O.EVP_PKEY | null> = { value: null }
  const bn = O.BN_new()
  O.OSSL_PARAM_BLD_push_utf8_string(b, 'group', 'prime256v1', 0)
  O.OSSL_PARAM_BLD_push_octet_string(b, 'pub', have(pub.value))
  let p = O.OSSL_PARAM_BLD_to_param(b)
  T('early', O.EVP_PKEY_fromdata(c, made, PUBLIC_KEY, p))
  T('init', O.EVP_PKEY_fromdata_init(c))
  T('public', O.EVP_PKEY_fromdata(c, made, PUBLIC_KEY, p))
  T('same', O.EVP_PKEY_eq(have(made.value), k))
  O.OSSL_PARAM_free(p)
  T('nothing', O.EVP_PKEY_fromdata(c, made, PUBLIC_KEY, none))
  O.OSSL_PARAM_BLD_push_utf8_string(b, 'group', 'P-256', 0)
  O.BN_set_word(bn, 1)
  O.OSSL_PARAM_BLD_push_BN(b, 'priv', bn)
  const generator = fromHex('036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296')
  O.OSSL_PARAM_BLD_push_octet_string(b, 'pub', generator, 33)
  p = O.OSSL_PARAM_BLD_to_param(b)
  T('pair', O.EVP_PKEY_fromdata(c, made, KEYPAIR, p))
  T('bits', bitsOf(made))
  O.OSSL_PARAM_free(p)
  O.EVP_PKEY_CTX_free(c)
  c = have(O.EVP_PKEY_CTX_new_from_name(null, 'RSA', null))
  O.EVP_PKEY_fromdata_init(c)
  T('nothing', O.EVP_PKEY_fromdata(c, made, PUBLIC_KEY, none))
  bn.value = 2n ** 1023n + 12345n
  O.OSSL_PARAM_BLD_push_BN(b, 'n', bn)
  bn.value = 65537n
  O.OSSL_PARAM_BLD_push_BN(b, 'e', bn)
  p = O.OSSL_PARAM_BLD_to_param(b)
  T('rsa', O.EVP_PKEY_fromdata(c, made, PUBLIC_KEY, p))
  T('bits', bitsOf(made))
  O.OSSL_PARAM_free(p)
  O.OSSL_PARAM_BLD_free(b)
  O.EVP_PKEY_CTX_free(c)
}

function signAndVerify({ T }: Talk, what: string, k: O.EVP_PKEY, md: O.EVP_MD | null, pss = false): void {
  const s = new Uint8Array(200)
  const n = { value: 0 }
  const c: O.Out<O.EVP_PKEY_CTX | null> = { value: null }
  let m = O.EVP_MD_CTX_new()
  T(what, O.EVP_DigestSignInit(m, c, md, null, k))
  if (c.value === null) return
  if (pss) {
    T('padding', O.EVP_PKEY_CTX_set_rsa_padding(c.value, 6))
    T('salt', O.EVP_PKEY_CTX_set_rsa_pss_saltlen(c.value, 20))
  }
  T('length', O.EVP_DigestSign(m, null, n, AB, 2))
  T('length', n.value)
  n.value = 200
  T('sign', O.EVP_DigestSign(m, s, n, AB, 2))
  O.EVP_MD_CTX_free(m)
  m = O.EVP_MD_CTX_new()
  T('init', O.EVP_DigestVerifyInit(m, c, md, null, k))
  if (pss) {
    O.EVP_PKEY_CTX_set_rsa_padding(have(c.value), 6)
    O.EVP_PKEY_CTX_set_rsa_pss_saltlen(have(c.value), 20)
  }
  T('verify', O.EVP_DigestVerify(m, s, n.value, AB, 2))
  O.EVP_MD_CTX_free(m)
  if (pss) return
  m = O.EVP_MD_CTX_new()
  O.EVP_DigestVerifyInit(m, null, md, null, k)
  T('other', O.EVP_DigestVerify(m, s, n.value, Buffer.from('ac'), 2))
  O.EVP_MD_CTX_free(m)
}

function pieces({ T }: Talk, r: O.EVP_PKEY): void {
  const s = new Uint8Array(200)
  const n = { value: 10 }
  let m = O.EVP_MD_CTX_new()
  O.EVP_DigestSignInit(m, null, O.EVP_sha384(), null, r)
  T('update', O.EVP_DigestSignUpdate(m, Buffer.from('a'), 1))
  T('update', O.EVP_DigestSignUpdate(m, Buffer.from('bc'), 1))
  T('short', O.EVP_DigestSignFinal(m, s, n))
  n.value = 200
  T('final', O.EVP_DigestSignFinal(m, s, n))
  T('again', O.EVP_DigestSignFinal(m, s, n))
  O.EVP_MD_CTX_free(m)
  m = O.EVP_MD_CTX_new()
  O.EVP_DigestVerifyInit(m, null, O.EVP_sha384(), null, r)
  T('update', O.EVP_DigestVerifyUpdate(m, AB, 2))
  T('final', O.EVP_DigestVerifyFinal(m, s, n.value))
  O.EVP_MD_CTX_free(m)
  m = O.EVP_MD_CTX_new()
  O.EVP_DigestVerifyInit(m, null, O.EVP_sha384(), null, r)
  T('cut', O.EVP_DigestVerify(m, s, n.value - 1, AB, 2))
  O.EVP_MD_CTX_free(m)
}

function transcript(): string[] {
  const talk = new Talk()
  const [k, k2, k3] = [have(O.EVP_EC_gen('P-256')), have(O.EVP_EC_gen('P-256')), have(O.EVP_EC_gen('P-384'))]
  const r = have(O.EVP_RSA_gen(1024))
  const [x, ed] = [have(O.EVP_PKEY_Q_keygen(null, null, 'X25519')), have(O.EVP_PKEY_Q_keygen(null, null, 'ED25519'))]
  making(talk)
  agreeing(talk, k, k2, k3, r, x)
  parts(talk, k, k3, r, x, ed)
  curves(talk)
  data(talk, k)
  signAndVerify(talk, 'rsa', r, O.EVP_sha256())
  signAndVerify(talk, 'rsa', r, null)
  signAndVerify(talk, 'pss', r, O.EVP_sha256(), true)
  signAndVerify(talk, 'ed25519', ed, null)
  signAndVerify(talk, 'ed25519 with a digest', ed, O.EVP_sha256())
  signAndVerify(talk, 'ec', k, null)
  signAndVerify(talk, 'x25519', x, O.EVP_sha256())
  pieces(talk, r)
  return talk.lines
}

test('keys are made, taken apart and used as the real library does', () => {
  const ours = transcript()
  const real = realTranscript(new URL('keys.c', import.meta.url))
  if (real !== null) expect(ours).toEqual(real)
  expect(ours.filter(line => line === 'verify 1').length).toBe(5)
})

describe('numbers that do not belong together', () => {
  const fromdata = (
    name: string,
    selection: number,
    ...params: [string, O.BIGNUM | string | Uint8Array][]
  ): boolean => {
    const b = O.OSSL_PARAM_BLD_new()
    for (const [key, value] of params) {
      if (value instanceof O.BIGNUM) O.OSSL_PARAM_BLD_push_BN(b, key, value)
      else if (typeof value === 'string') O.OSSL_PARAM_BLD_push_utf8_string(b, key, value)
      else O.OSSL_PARAM_BLD_push_octet_string(b, key, value)
    }
    const c = have(O.EVP_PKEY_CTX_new_from_name(null, name, null))
    const made: O.Out<O.EVP_PKEY | null> = { value: null }
    O.EVP_PKEY_fromdata_init(c)
    const result = O.EVP_PKEY_fromdata(c, made, selection, O.OSSL_PARAM_BLD_to_param(b))
    O.ERR_clear_error()
    expect(made.value !== null).toBe(result === 1)
    return result === 1
  }
  const number = (value: bigint): O.BIGNUM => Object.assign(O.BN_new(), { value })
  const generator = fromHex('036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296')

  test('are no key', () => {
    const group: [string, string] = ['group', 'prime256v1']
    expect(fromdata('EC', KEYPAIR, group, ['priv', number(1n)], ['pub', generator])).toBe(true)
    expect(fromdata('EC', KEYPAIR, group, ['priv', number(2n)], ['pub', generator])).toBe(false)
    expect(fromdata('EC', KEYPAIR, group, ['priv', number(0n)])).toBe(false)
    expect(fromdata('EC', PUBLIC_KEY, group, ['pub', generator.subarray(1)])).toBe(false)
    expect(fromdata('EC', PUBLIC_KEY, ['group', 'P-999'], ['pub', generator])).toBe(false)
    expect(fromdata('EC', KEY_PARAMETERS, group)).toBe(false)
    expect(fromdata('RSA', PUBLIC_KEY, ['n', number(15n)])).toBe(false)
    expect(fromdata('RSA', KEYPAIR, ['n', number(15n)], ['e', number(3n)], ['d', number(3n)])).toBe(false)
    expect(fromdata('X25519', PUBLIC_KEY, ['pub', generator])).toBe(false)
  })

  test('those of the other kinds are', () => {
    const [priv, pub] = [new Uint8Array(32).fill(9), new Uint8Array(32).fill(1)]
    expect(fromdata('X25519', KEYPAIR, ['priv', priv])).toBe(true)
    expect(fromdata('X25519', KEYPAIR, ['priv', priv], ['pub', pub])).toBe(false)
    expect(fromdata('X25519', PUBLIC_KEY, ['pub', pub])).toBe(true)
    expect(fromdata('DH', KEY_PARAMETERS, ['p', number(2n ** 127n - 1n)], ['g', number(2n)])).toBe(true)
    expect(fromdata('DH', KEY_PARAMETERS, ['g', number(2n)])).toBe(false)
  })
})

test('an RSA key has the exponent that was asked for, and is read from numbers in a buffer', () => {
  const c = have(O.EVP_PKEY_CTX_new_id(O.EVP_PKEY_RSA, null))
  const exponent = Object.assign(O.BN_new(), { value: 3n })
  O.EVP_PKEY_keygen_init(c)
  expect(O.EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024)).toBe(1)
  expect(O.EVP_PKEY_CTX_set1_rsa_keygen_pubexp(c, exponent)).toBe(1)
  const made: O.Out<O.EVP_PKEY | null> = { value: null }
  expect(O.EVP_PKEY_keygen(c, made)).toBe(1)
  O.EVP_PKEY_CTX_free(c)
  const jwk = have(made.value).key?.export({ format: 'jwk' })
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
  expect(bytes(jwk?.e)).toEqual(Buffer.of(3))
  const names = ['n', 'e', 'd', 'rsa-factor1', 'rsa-factor2', 'rsa-exponent1', 'rsa-exponent2', 'rsa-coefficient1']
  const values = [jwk?.n, jwk?.e, jwk?.d, jwk?.p, jwk?.q, jwk?.dp, jwk?.dq, jwk?.qi]
  const params = names.map((name, at) => O.OSSL_PARAM_construct_BN(name, bytes(values[at]).reverse()))
  const d = have(O.EVP_PKEY_CTX_new_from_name(null, 'RSA', null))
  const again: O.Out<O.EVP_PKEY | null> = { value: null }
  O.EVP_PKEY_fromdata_init(d)
  expect(O.EVP_PKEY_fromdata(d, again, KEYPAIR, [...params, O.OSSL_PARAM_construct_end()])).toBe(1)
  expect(O.EVP_PKEY_eq(have(again.value), have(made.value))).toBe(1)
  expect(again.value?.key?.type).toBe('private')
})

import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../../lib/base/bytes.ts'
import { BIO_free, BIO_new } from '../../../lib/openssl/bio/bio.ts'
import { BIO_read, BIO_write } from '../../../lib/openssl/bio/io.ts'
import { BIO_s_mem } from '../../../lib/openssl/bio/memory/mem.ts'
import {
  EVP_CTRL_AEAD_SET_TAG,
  EVP_CTRL_CCM_GET_TAG,
  EVP_PKEY_ED25519,
  EVP_PKEY_RSA,
  EVP_PKEY_X25519,
} from '../../../lib/openssl/constants/evp.ts'
import { ERR_clear_error, ERR_get_error } from '../../../lib/openssl/err/index.ts'
import * as V from '../../../lib/openssl/evp/index.ts'
import {
  ASN1_INTEGER_get,
  d2i_AutoPrivateKey,
  d2i_PUBKEY,
  i2d_PrivateKey,
  i2d_PUBKEY,
  PEM_read_bio_PrivateKey,
  PEM_read_bio_PUBKEY,
  PEM_write_bio_PrivateKey,
  PEM_write_bio_PUBKEY,
} from '../../../lib/openssl/x509/index.ts'

const need = <T>(value: T | null): T => {
  if (value === null) throw new Error('null where an object was due')
  return value
}
const out = (): { value: number } => ({ value: 0 })

describe('digests and codes', () => {
  test.each([
    ['md5', V.EVP_md5(), '900150983cd24fb0d6963f7d28e17f72'],
    ['sha1', V.EVP_sha1(), 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', V.EVP_sha256(), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('%s of abc, in pieces and at once', (name, md, digest) => {
    const whole = new Uint8Array(64)
    const length = out()
    expect(V.EVP_Digest(Buffer.from('abc!'), 3, whole, length, md)).toBe(1)
    expect(toHex(whole.subarray(0, length.value))).toBe(digest)
    const ctx = V.EVP_MD_CTX_new()
    V.EVP_DigestInit_ex(ctx, md)
    for (const piece of ['a', 'b', 'c']) V.EVP_DigestUpdate(ctx, Buffer.from(piece))
    expect(V.EVP_DigestFinal_ex(ctx, whole, length)).toBe(1)
    expect(toHex(whole.subarray(0, length.value))).toBe(digest)
    expect(V.EVP_DigestUpdate(ctx, Buffer.from('x'))).toBe(0)
    expect(V.EVP_get_digestbyname(name.toUpperCase())).toBe(md)
  })

  test('HMAC of RFC 4231 case 2, with C order of arguments and in pieces', () => {
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    const data = Buffer.from('what do ya want for nothing?')
    const md = new Uint8Array(V.EVP_MD_get_size(V.EVP_sha256()))
    const length = out()
    expect(V.HMAC(V.EVP_sha256(), Buffer.from('Jefe....'), 4, data, data.length, md, length)).toBe(md)
    expect([toHex(md), length.value]).toEqual([expected, 32])
    expect(toHex(need(V.HMAC(V.EVP_sha256(), 'Jefe', undefined, data)))).toBe(expected)
    const ctx = V.HMAC_CTX_new()
    expect(V.HMAC_Init_ex(ctx, null, 0)).toBe(0)
    V.HMAC_Init_ex(ctx, Buffer.from('Jefe'), 4, V.EVP_sha256())
    V.HMAC_Update(ctx, data.subarray(0, 5))
    V.HMAC_Update(ctx, data.subarray(5))
    V.HMAC_Final(ctx, md, length)
    expect(toHex(md)).toBe(expected)
    expect(V.HMAC_Init_ex(ctx, null, 0)).toBe(1)
    const { key } = ctx
    V.HMAC_CTX_free(ctx)
    expect(key).toEqual(new Uint8Array(4))
  })

  test('a buffer that is too small is a mistake that is named', () => {
    expect(() => V.HMAC(V.EVP_sha256(), 'k', undefined, Buffer.from('d'), undefined, new Uint8Array(31))).toThrow(
      'md: 32 bytes are needed',
    )
  })
})

describe('ciphers', () => {
  /** NIST GCM test case 4. */
  const key = fromHex('feffe9928665731c6d6a8f9467308308')
  const iv = fromHex('cafebabefacedbaddecaf888')
  const plain = fromHex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  )
  const aad = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
  const sealed =
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091'
  const tag = '5bc94fbc3221a5db94fae95ae7121a47'

  test('GCM seals, and opens only with the right tag', () => {
    const ctx = V.EVP_CIPHER_CTX_new()
    const buffer = new Uint8Array(100)
    const length = out()
    V.EVP_EncryptInit_ex(ctx, V.EVP_aes_128_gcm(), null, null, null)
    V.EVP_EncryptInit_ex(ctx, null, null, key, iv)
    V.EVP_EncryptUpdate(ctx, null, length, aad)
    expect(V.EVP_EncryptUpdate(ctx, buffer, length, plain)).toBe(1)
    expect(toHex(buffer.subarray(0, length.value))).toBe(sealed)
    expect(V.EVP_EncryptFinal_ex(ctx, buffer, length)).toBe(1)
    const made = new Uint8Array(16)
    V.EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_CCM_GET_TAG, 16, made)
    expect(toHex(made)).toBe(tag)
    for (const good of [true, false]) {
      V.EVP_DecryptInit_ex(ctx, V.EVP_aes_128_gcm(), null, key, iv)
      V.EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, good ? made : made.map(octet => octet ^ 1))
      V.EVP_DecryptUpdate(ctx, null, length, aad)
      V.EVP_DecryptUpdate(ctx, buffer, length, fromHex(sealed))
      expect(V.EVP_DecryptFinal_ex(ctx, new Uint8Array(16), length)).toBe(Number(good))
    }
  })

  test('CBC pads, and refuses bad padding', () => {
    const ctx = V.EVP_CIPHER_CTX_new()
    const buffer = new Uint8Array(64)
    const [first, last] = [out(), out()]
    V.EVP_EncryptInit_ex(ctx, V.EVP_aes_256_cbc(), null, new Uint8Array(32), new Uint8Array(16))
    V.EVP_EncryptUpdate(ctx, buffer, first, Buffer.from('sixteen bytes...and more'))
    V.EVP_EncryptFinal_ex(ctx, buffer.subarray(first.value), last)
    expect([first.value, last.value]).toEqual([16, 16])
    const cipherText = buffer.slice(0, 32)
    V.EVP_DecryptInit_ex(ctx, V.EVP_aes_256_cbc(), null, new Uint8Array(32), new Uint8Array(16))
    V.EVP_DecryptUpdate(ctx, buffer, first, cipherText)
    expect(V.EVP_DecryptFinal_ex(ctx, buffer.subarray(first.value), last)).toBe(1)
    expect(Buffer.from(buffer.subarray(0, first.value + last.value)).toString()).toBe('sixteen bytes...and more')
    V.EVP_DecryptInit_ex(ctx, null, null, new Uint8Array(32), new Uint8Array(16))
    V.EVP_DecryptUpdate(ctx, buffer, first, cipherText.subarray(0, 16))
    expect(V.EVP_DecryptFinal_ex(ctx, buffer, last)).toBe(0)
    expect(ERR_get_error()).toBe(0x03000064)
  })

  test('without a cipher or with a short key nothing begins', () => {
    ERR_clear_error()
    const ctx = V.EVP_CIPHER_CTX_new()
    expect(V.EVP_EncryptInit_ex(ctx, null, null, key, iv)).toBe(0)
    expect(ERR_get_error()).toBe(0x03000083)
    expect(() => V.EVP_EncryptInit_ex(ctx, V.EVP_aes_256_cbc(), null, key, null)).toThrow('key: too short')
    expect(V.EVP_get_cipherbyname('AES-128-GCM')).toBe(V.EVP_aes_128_gcm())
  })
})

describe('keys', () => {
  const kinds: [string, V.EVP_PKEY][] = [
    ['RSA', need(V.EVP_RSA_gen(1024))],
    ['EC', need(V.EVP_EC_gen('secp384r1'))],
    ['ED25519', need(V.EVP_PKEY_Q_keygen(null, null, 'ED25519'))],
    ['ED448', need(V.EVP_PKEY_Q_keygen(null, null, 'ed448'))],
    ['X25519', need(V.EVP_PKEY_Q_keygen(null, null, 'X25519'))],
  ]

  test.each(kinds)('%s goes through PEM and DER and comes back', (name, key) => {
    expect(V.EVP_PKEY_is_a(key, name)).toBe(1)
    const bio = need(BIO_new(BIO_s_mem()))
    PEM_write_bio_PrivateKey(bio, key)
    PEM_write_bio_PrivateKey(bio, key, V.EVP_aes_256_cbc(), Buffer.from('secret'))
    PEM_write_bio_PUBKEY(bio, key)
    const plain = need(PEM_read_bio_PrivateKey(bio))
    const opened = need(PEM_read_bio_PrivateKey(bio, null, null, 'secret'))
    const half = need(PEM_read_bio_PUBKEY(bio))
    BIO_free(bio)
    expect([V.EVP_PKEY_eq(key, plain), V.EVP_PKEY_eq(key, opened), V.EVP_PKEY_eq(key, half)]).toEqual([1, 1, 1])
    const der = { value: null as Uint8Array | null }
    expect(i2d_PrivateKey(key, der)).toBe(der.value?.length)
    expect(V.EVP_PKEY_eq(key, need(d2i_AutoPrivateKey(null, { value: need(der.value) })))).toBe(1)
    expect([i2d_PrivateKey(half), i2d_PUBKEY(half)]).toEqual([0, i2d_PUBKEY(key)])
  })

  test('raw keys, of RFC 8032 section 7.1', () => {
    const pair = need(
      V.EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519,
        null,
        fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'),
      ),
    )
    const half = need(
      V.EVP_PKEY_new_raw_public_key(
        EVP_PKEY_ED25519,
        null,
        fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
      ),
    )
    expect(V.EVP_PKEY_eq(pair, half)).toBe(1)
    const alice = need(V.EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, null, new Uint8Array(32).fill(1)))
    expect([V.EVP_PKEY_get_bits(alice), V.EVP_PKEY_get_security_bits(alice)]).toEqual([253, 128])
    expect(V.EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, null, new Uint8Array(31))).toBeNull()
    expect(V.EVP_PKEY_new_raw_private_key(EVP_PKEY_RSA, null, new Uint8Array(32))).toBeNull()
    expect([ERR_get_error(), ERR_get_error()]).toEqual([0x030000a3, 0x0300009c])
  })

  test('unknown curves and sizes are refused with an error', () => {
    expect([V.EVP_EC_gen('nonsense'), V.EVP_RSA_gen(511), V.EVP_PKEY_Q_keygen(null, null, 'nonsense')]).toEqual([
      null,
      null,
      null,
    ])
    expect(ERR_get_error()).toBe(0x0800008d)
    ERR_clear_error()
    expect(d2i_PUBKEY(null, { value: Uint8Array.of(0x30, 0) })).toBeNull()
    expect(ERR_get_error()).not.toBe(0)
  })

  test('the types of the calls before 3.0 carry keys into an EVP_PKEY', () => {
    const e = V.BN_new()
    V.BN_set_word(e, 65537)
    const rsa = V.RSA_new()
    const pkey = V.EVP_PKEY_new()
    expect(V.EVP_PKEY_assign_RSA(pkey, rsa)).toBe(0)
    expect([V.RSA_generate_key_ex(rsa, 1024, e), V.EVP_PKEY_assign_RSA(pkey, rsa), V.EVP_PKEY_get_bits(pkey)]).toEqual([
      1, 1, 1024,
    ])
    const ec = need(V.EC_KEY_new_by_curve_name(415))
    const second = V.EVP_PKEY_new()
    expect([
      V.EC_KEY_generate_key(ec),
      V.EVP_PKEY_assign_EC_KEY(second, ec),
      V.EVP_PKEY_get0_type_name(second),
    ]).toEqual([1, 1, 'EC'])
    expect([V.EC_KEY_new_by_curve_name(13), ERR_get_error()]).toEqual([null, 0x08000081]) // commonName, no curve
    expect([V.EC_curve_nid2nist(415), V.EC_curve_nist2nid('P-521')]).toEqual(['P-256', 716])
  })

  test('a freed key may not be used', () => {
    const key = need(V.EVP_EC_gen('P-256'))
    V.EVP_PKEY_up_ref(key)
    V.EVP_PKEY_free(key)
    expect(V.EVP_PKEY_get_bits(key)).toBe(256)
    V.EVP_PKEY_free(key)
    expect(() => V.EVP_PKEY_get_bits(key)).toThrow('pkey: EVP_PKEY object was freed')
  })
})

describe('numbers and randomness', () => {
  test('numbers of any size go to ASN.1 and back', () => {
    const number = V.BN_bin2bn(fromHex('0123456789abcdef0123'))
    expect(V.BN_num_bits(number)).toBe(73)
    const integer = V.BN_to_ASN1_INTEGER(number)
    expect(toHex(integer.data)).toBe('0123456789abcdef0123')
    expect(ASN1_INTEGER_get(integer)).toBe(-1)
    expect(V.ASN1_INTEGER_to_BN(integer).value).toBe(number.value)
  })

  test.each([
    [64, -1, 0],
    [64, 0, 1],
    [9, 1, 1],
    [1, 0, 0],
  ])('BN_rand of %d bits, top %d, bottom %d', (bits, top, bottom) => {
    const number = V.BN_new()
    for (let round = 0; round < 50; round++) {
      expect(V.BN_rand(number, bits, top, bottom)).toBe(1)
      expect(V.BN_num_bits(number)).toBeLessThanOrEqual(bits)
      if (top >= 0) expect(V.BN_num_bits(number)).toBe(bits)
      if (top >= 1) expect((number.value >> BigInt(bits - 2)) & 1n).toBe(1n)
      if (bottom === 1) expect(number.value & 1n).toBe(1n)
    }
  })

  test('RAND_bytes fills what it is asked for and no more', () => {
    const buffer = new Uint8Array(64)
    expect(V.RAND_bytes(buffer, 32)).toBe(1)
    expect(buffer.subarray(0, 32).some(octet => octet !== 0)).toBe(true)
    expect(buffer.subarray(32)).toEqual(new Uint8Array(32))
    expect(() => V.RAND_bytes(buffer, 65)).toThrow('num: 65 is beyond the 64 bytes of the buffer')
  })

  test('memory BIO with several things in it: what follows stays', () => {
    const bio = need(BIO_new(BIO_s_mem()))
    PEM_write_bio_PrivateKey(bio, need(V.EVP_EC_gen('P-256')))
    BIO_write(bio, Buffer.from('rest'))
    expect(PEM_read_bio_PrivateKey(bio)).not.toBeNull()
    const rest = Buffer.alloc(10)
    expect(rest.toString('latin1', 0, BIO_read(bio, rest))).toBe('rest')
  })
})

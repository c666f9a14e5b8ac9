import { describe, expect, test } from '@jest/globals'
import {
  defaultSignatureAlgorithms,
  parseSignatureAlgorithms,
  signatureAlgorithmBits,
  signatureAlgorithmNids,
  signatureAlgorithmsFromNids,
} from '../../../lib/openssl/ssl/algorithms/lists/signature-algorithms.ts'

describe('SSL_CTX_set1_sigalgs_list, measured on libssl 3.0', () => {
  test.each([
    ['RSA+SHA256', [0x0401]],
    ['SHA256+RSA', [0x0401]],
    ['RSA+sha256', [0x0401]],
    ['PSS+SHA384', [0x0805]],
    ['RSA-PSS+SHA256', [0x0804]],
    ['rsa_pss_pss_sha256', [0x0809]],
    ['ed25519:ed448', [0x0807, 0x0808]],
    ['ECDSA+SHA1', [0x0203]],
    ['DSA+SHA256', [0x0402]],
    ['DSA+SHA1:RSA+SHA224', [0x0202, 0x0301]],
    ['ECDSA+SHA512', [0x0603]],
    ['rsa_pkcs1_sha1', [0x0201]],
    [' RSA+SHA256 : ECDSA+SHA256', [0x0401, 0x0403]],
    [
      'rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512:rsa_pkcs1_sha1:rsa_pkcs1_sha224',
      [0x0401, 0x0501, 0x0601, 0x0201, 0x0301],
    ],
    [
      'rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:rsa_pss_rsae_sha384:PSS+SHA512',
      [0x0809, 0x080a, 0x080b, 0x0805, 0x0806],
    ],
    ['ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512', [0x0403, 0x0503, 0x0603]],
    ['ECDSA+sha224:DSA+sha512:RSA+sha384:DSA+sha1', [0x0303, 0x0602, 0x0501, 0x0202]],
  ])('%j', (text, ids) => {
    expect(parseSignatureAlgorithms(text)).toEqual(ids)
  })

  test.each([
    // RSA-PSS with a hash is the rsae scheme, which stands here twice.
    'RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:ed25519:rsa_pss_rsae_sha256',
    'RSA+SHA256:RSA+SHA256',
    'RSA+MD5',
    'RSA',
    'RSA+',
    '+SHA256',
    'RSA+Sha256',
    'ecdsa_sha1',
    '',
    ':',
    'RSA+SHA256:',
    'RSA+SHA256:nonsense',
    'RSA+SHA-256',
    'RSA+SHA2-256',
    'RSA+RSA+SHA256',
    'RSA+SHA3-256',
    'Ed25519',
    'SHA256+SHA384',
    'RSA+ECDSA',
    'PSS+SHA1',
    'ECDSA+MD5',
  ])('%j is refused', text => {
    expect(parseSignatureAlgorithms(text)).toBeNull()
  })

  test('letters that only look like a name in upper case are refused', () => {
    expect(parseSignatureAlgorithms('RSA+\u017fha256')).toBeNull()
  })
})

test('SSL_CTX_set1_sigalgs, measured on libssl 3.0', () => {
  expect(signatureAlgorithmsFromNids([672, 6, 673, 408])).toEqual([0x0401, 0x0503])
  expect(signatureAlgorithmsFromNids([0, 1087, 0, 1088])).toEqual([0x0807, 0x0808])
  expect(signatureAlgorithmsFromNids([672, 912, 64, 6])).toEqual([0x0804, 0x0201])
  expect(signatureAlgorithmsFromNids([672, 6, 672, 6])).toEqual([0x0401, 0x0401])
  expect(signatureAlgorithmsFromNids([675, 116])).toEqual([0x0302])
  for (const wrong of [[6, 672], [672, 6, 0, 0], [4, 6], [672, 6, 673], [672], []])
    expect(signatureAlgorithmsFromNids(wrong)).toBeNull()
})

describe('the default offer at each security level, from the ClientHellos of libssl 3.0', () => {
  test.each([
    [
      0,
      '0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601 0303 0203 0301 0201 0302 0202 0402 0502 0602',
    ],
    [1, '0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601 0303 0301 0302 0402 0502 0602'],
    [2, '0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601 0303 0301 0302 0402 0502 0602'],
    [3, '0403 0503 0603 0807 0808 0809 080a 080b 0804 0805 0806 0401 0501 0601 0402 0502 0602'],
    [4, '0503 0603 0808 080a 080b 0805 0806 0501 0601 0502 0602'],
    [5, '0603 080b 0806 0601 0602'],
  ])('level %d', (level, offer) => {
    expect(hex(defaultSignatureAlgorithms(level))).toBe(offer)
  })
})

test('an unknown scheme has no bits and no NIDs', () => {
  expect(signatureAlgorithmBits(0x0101)).toBe(0)
  expect(signatureAlgorithmNids(0x0101)).toBeNull()
  expect(signatureAlgorithmBits(0x0808)).toBe(224)
  expect(signatureAlgorithmNids(0x0403)).toMatchObject({ hash: 672, key: 408 })
})

function hex(ids: readonly number[]): string {
  return ids.map(id => id.toString(16).padStart(4, '0')).join(' ')
}

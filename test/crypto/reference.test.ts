import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex, utf8 } from '../../lib/base/bytes.ts'
import { ccm, chacha20Poly1305, gcm, poly1305 } from './reference.ts'

describe('the reference that the sealers are compared with', () => {
  test("GCM: test case 4 of the GCM specification's appendix B", () => {
    const sealed = gcm(
      'aes-128-ecb',
      fromHex('feffe9928665731c6d6a8f9467308308'),
      fromHex('cafebabefacedbaddecaf888'),
      fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
      fromHex(
        'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      ),
    )
    expect(toHex(sealed)).toBe(
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
    )
  })

  test('CCM: packet vector 1 of RFC 3610', () => {
    const sealed = ccm(
      'aes-128-ecb',
      fromHex('c0c1c2c3c4c5c6c7c8c9cacbcccdcecf'),
      fromHex('00000003020100a0a1a2a3a4a5'),
      fromHex('0001020304050607'),
      fromHex('08090a0b0c0d0e0f101112131415161718191a1b1c1d1e'),
      8,
    )
    expect(toHex(sealed)).toBe('588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0')
  })

  test('Poly1305: RFC 8439 section 2.5.2', () => {
    const key = fromHex('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b')
    expect(toHex(poly1305(key, utf8('Cryptographic Forum Research Group')))).toBe('a8061dc1305136c6c22b8baf0c0127a9')
  })

  test('ChaCha20-Poly1305: RFC 8439 section 2.8.2', () => {
    const key = fromHex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f')
    const text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    const sealed = chacha20Poly1305(
      key,
      fromHex('070000004041424344454647'),
      fromHex('50515253c0c1c2c3c4c5c6c7'),
      utf8(text),
    )
    expect(toHex(sealed)).toBe(
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
    )
  })
})

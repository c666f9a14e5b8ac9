import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { concat, fromHex, toHex, utf8 } from '../../lib/base/bytes.ts'
import { digest, HASHES, type HashName, hmac, Transcript } from '../../lib/crypto/hash.ts'

const NAMES = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const

/** RFC 2202 for MD5 and SHA-1, RFC 4231 for SHA-2: key, data, results. */
const HMAC_VECTORS: readonly [key: string, data: string, results: Partial<Record<HashName, string>>][] = [
  [
    '0b'.repeat(20),
    toHex(utf8('Hi There')),
    {
      sha1: 'b617318655057264e28bc0b6fb378c8ef146be00',
      sha224: '896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22',
      sha256: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      sha384: 'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
    },
  ],
  ['0b'.repeat(16), toHex(utf8('Hi There')), { md5: '9294727a3638bb1c13f48ef8158bfc9d' }],
  [
    toHex(utf8('Jefe')),
    toHex(utf8('what do ya want for nothing?')),
    {
      md5: '750c783e6ab0b503eaa86e310a5db738',
      sha1: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
      sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      sha512:
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    },
  ],
  [
    'aa'.repeat(80),
    toHex(utf8('Test Using Larger Than Block-Size Key - Hash Key First')),
    { md5: '6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd', sha1: 'aa4ae5e15272d00e95705637ce8a3b55ed402112' },
  ],
  [
    'aa'.repeat(131),
    toHex(utf8('Test Using Larger Than Block-Size Key - Hash Key First')),
    { sha256: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54' },
  ],
]

describe('hashes', () => {
  test('are those of node:crypto, for whatever cut of the data', () => {
    const data = Uint8Array.from({ length: 300 }, (_, i) => i)
    for (const name of NAMES) {
      for (const cut of [0, 1, 63, 64, 128, 300]) {
        const expected = new Uint8Array(createHash(name).update(data).digest())
        expect(digest(name, data.subarray(0, cut), data.subarray(cut))).toEqual(expected)
        expect(expected.length).toBe(HASHES[name].length)
      }
    }
  })

  test('of nothing: RFC 1321 and FIPS 180', () => {
    expect(toHex(digest('md5'))).toBe('d41d8cd98f00b204e9800998ecf8427e')
    expect(toHex(digest('sha1'))).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709')
    expect(digest('md5-sha1')).toEqual(concat(digest('md5'), digest('sha1')))
  })

  test('HMAC: RFC 2202 and RFC 4231', () => {
    for (const [key, data, results] of HMAC_VECTORS) {
      for (const name of NAMES) {
        const expected = results[name]
        if (expected === undefined) continue
        const bytes = fromHex(data)
        expect(toHex(hmac(name, fromHex(key), bytes))).toBe(expected)
        expect(toHex(hmac(name, fromHex(key), bytes.subarray(0, 3), bytes.subarray(3)))).toBe(expected)
      }
    }
  })
})

describe('transcript', () => {
  const messages = ['first', 'second', 'third'].map(utf8)

  test.each(['md5-sha1', 'sha256', 'sha384'] as const)('%s: before and after choosing the hash', hash => {
    const transcript = new Transcript()
    for (const [i, message] of messages.entries()) {
      transcript.add(message)
      if (i === 1) transcript.choose(hash)
      expect(transcript.digest(hash)).toEqual(digest(hash, ...messages.slice(0, i + 1)))
    }
    expect(transcript.messages()).toEqual(concat(...messages))
    transcript.releaseMessages()
    transcript.add(utf8('fourth'))
    expect(transcript.digest(hash)).toEqual(digest(hash, ...messages, utf8('fourth')))
  })

  test('copies what it is given', () => {
    const transcript = new Transcript()
    const message = utf8('message')
    transcript.add(message)
    message.fill(0)
    expect(transcript.messages()).toEqual(utf8('message'))
  })

  test('another hash can be asked for as long as the messages are there', () => {
    const transcript = new Transcript()
    transcript.add(utf8('a'))
    transcript.choose('sha256')
    expect(transcript.digest('sha384')).toEqual(digest('sha384', utf8('a')))
    transcript.releaseMessages()
    expect(() => transcript.digest('sha384')).toThrow('no longer')
    expect(() => transcript.messages()).toThrow('no longer')
    expect(() => transcript.choose('md5-sha1')).toThrow('no longer')
  })

  test('keeps the messages when no hash is chosen yet', () => {
    const transcript = new Transcript()
    transcript.add(utf8('a'))
    transcript.releaseMessages()
    expect(transcript.messages()).toEqual(utf8('a'))
  })

  test('starts over', () => {
    const transcript = new Transcript()
    transcript.choose('sha256')
    transcript.add(utf8('a'))
    transcript.releaseMessages()
    transcript.reset()
    transcript.add(utf8('b'))
    expect(transcript.digest('sha384')).toEqual(digest('sha384', utf8('b')))
  })
})

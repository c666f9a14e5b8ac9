import { constants, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { readAlgorithm, verifySigned } from '../../lib/pki/algorithm.ts'
import { context, DerReader, encode, encodeOid, encodeUnsigned, sequence } from '../../lib/pki/der.ts'
import { verifyPss } from '../../lib/pki/pss.ts'

interface Group {
  readonly key: string
  readonly digest: string
  readonly mask: string
  readonly salt: number
  readonly tests: (readonly [number: string, message: Uint8Array, signature: Uint8Array, good: boolean])[]
}

function readVectors(): Group[] {
  const text = readFileSync(new URL('pss-vectors.txt', import.meta.url), 'utf8')
  const keys = new Map<string, string>()
  const groups: Group[] = []
  const bytes = (hex: string): Uint8Array => Buffer.from(hex === '-' ? '' : hex, 'hex')
  for (const line of text.trim().split('\n')) {
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = line.split(' ')
    if (first === 'key') keys.set(second, third)
    else if (first === 'group')
      groups.push({ key: keys.get(second) ?? '', digest: third, mask: fourth, salt: Number(fifth), tests: [] })
    else if (first !== '#') groups.at(-1)?.tests.push([first, bytes(second), bytes(third), fourth === '1'])
  }
  return groups
}

const OIDS: Readonly<Record<string, string>> = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  'sha512-224': '2.16.840.1.101.3.4.2.5',
  'sha512-256': '2.16.840.1.101.3.4.2.6',
}

/** RSASSA-PSS with its parameters, as a certificate names it. */
function algorithmOf({ digest, mask, salt }: Omit<Group, 'key' | 'tests'>): ReturnType<typeof readAlgorithm> {
  const hash = (name: string): Uint8Array => sequence(encodeOid(OIDS[name] ?? ''))
  const params = sequence(
    encode(context(0, true), hash(digest)),
    encode(context(1, true), sequence(encodeOid('1.2.840.113549.1.1.8'), hash(mask))),
    encode(context(2, true), encodeUnsigned(Uint8Array.of(salt >> 8, salt & 0xff))),
  )
  return readAlgorithm(new DerReader(sequence(encodeOid('1.2.840.113549.1.1.10'), params)))
}

describe('the vectors of Project Wycheproof', () => {
  test.each(readVectors().map(group => [`${group.digest}, mask ${group.mask}, salt ${group.salt}`, group] as const))(
    '%s',
    (_, group) => {
      const key = createPublicKey({ key: Buffer.from(group.key, 'hex'), format: 'der', type: 'spki' })
      const parameters = { digest: group.digest, maskDigest: group.mask, saltLength: group.salt }
      expect(group.tests.length).toBeGreaterThan(0)
      for (const [number, data, signature, good] of group.tests) {
        expect([number, verifySigned(algorithmOf(group), data, signature, key)]).toEqual([number, good])
        expect([number, verifyPss(parameters, data, signature, key)]).toEqual([number, good])
      }
    },
  )
})

describe('a key that is restricted', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', {
    modulusLength: 1025,
    hashAlgorithm: 'sha256',
    mgf1HashAlgorithm: 'sha256',
  })
  const data = Buffer.from('signed')
  const signature = sign('sha256', data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 40 })
  // Without a length of its own, the salt is at least as long as the digest.
  const own = { digest: 'sha256', maskDigest: 'sha256', saltLength: 40 }

  test('verifies what keeps to its restrictions', () => {
    expect(verifyPss(own, data, signature, publicKey)).toBe(true)
  })

  test.each([
    ['another digest', { ...own, digest: 'sha1' }],
    ['another mask', { ...own, maskDigest: 'sha1' }],
    ['a shorter salt', { ...own, saltLength: 31 }],
    ['another salt', { ...own, saltLength: 41 }],
  ])('refuses %s', (_, parameters) => {
    expect(verifyPss(parameters, data, signature, publicKey)).toBe(false)
  })
})

import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { latin1 } from '../../lib/base/bytes.ts'
import { PkiFailure } from '../../lib/pki/failure.ts'
import { nextPem, pemBlocks } from '../../lib/pki/pem.ts'
import { isPrivateKeyLabel, readPrivateKeyDer, readPrivateKeyPem, readPublicKeyDer } from '../../lib/pki/private-key.ts'
import { mutated, seeded } from './seeded.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
const ed = generateKeyPairSync('ed448').privateKey
const convert = (input: string, ...args: string[]): string =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString()

/** What openssl makes of the keys: the label, the text, whether it is encrypted. */
const FORMS: readonly [name: string, text: string, key: KeyObject, encrypted: boolean][] = [
  ['PKCS#8', pem(ed), ed, false],
  ['PKCS#1', convert(pem(rsa), 'rsa', '-traditional'), rsa, false],
  ['SEC1, after its parameters', convert(pem(ec), 'ec', '-param_out') + convert(pem(ec), 'ec'), ec, false],
  ['encrypted PKCS#8', convert(pem(ec), 'pkcs8', '-topk8', '-passout', 'pass:secret'), ec, true],
  [
    'encrypted PKCS#8 of old times',
    convert(pem(rsa), 'pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', '-passout', 'pass:secret'),
    rsa,
    true,
  ],
  ['encrypted PKCS#1', convert(pem(rsa), 'rsa', '-traditional', '-aes256', '-passout', 'pass:secret'), rsa, true],
  ['encrypted SEC1', convert(pem(ec), 'ec', '-aes128', '-passout', 'pass:secret'), ec, true],
]

describe.each(FORMS)('%s', (_, text, key, encrypted) => {
  const block = [...pemBlocks(text)].find(candidate => isPrivateKeyLabel(candidate.label))
  if (block === undefined) throw new Error('no key')

  test('is read from PEM; the pass phrase is asked for only when it is needed, and wiped', () => {
    const phrases: Uint8Array[] = []
    const read = readPrivateKeyPem(block, () => {
      phrases.push(Buffer.from('secret'))
      return phrases.at(-1) ?? null
    })
    expect(read.equals(key)).toBe(true)
    expect(phrases.length).toBe(Number(encrypted))
    for (const phrase of phrases) expect([...phrase]).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('is read from DER, where DER says what it is', () => {
    if (block.headers.length > 0) expect(() => readPrivateKeyDer(block.data, () => 'secret')).toThrow(PkiFailure)
    else expect(readPrivateKeyDer(block.data, () => 'secret').equals(key)).toBe(true)
  })

  test('a wrong or missing pass phrase is bad-decrypt', () => {
    const reason = { reason: 'bad-decrypt' }
    for (const phrase of ['wrong', '', null]) {
      if (encrypted) expect(() => readPrivateKeyPem(block, () => phrase)).toThrow(expect.objectContaining(reason))
      else expect(readPrivateKeyPem(block, () => phrase).equals(key)).toBe(true)
    }
  })

  test('mutations throw PkiFailure and nothing else', () => {
    const random = seeded(3)
    for (let round = 0; round < 60; round++) {
      try {
        readPrivateKeyDer(mutated(block.data, random), () => 'secret')
      } catch (error) {
        if (!(error instanceof PkiFailure)) throw error
      }
      try {
        const changed = nextPem(latin1(mutated(Buffer.from(block.text), random)))
        if (changed !== null) readPrivateKeyPem(changed, () => 'secret')
      } catch (error) {
        if (!(error instanceof PkiFailure)) throw error
      }
    }
  })
})

test('a key that is too large is not looked at', () => {
  expect(() => readPrivateKeyDer(new Uint8Array(100_000))).toThrow(expect.objectContaining({ reason: 'too-large' }))
})

test('a public key is read from its SubjectPublicKeyInfo and from nothing else', () => {
  const spki = new Uint8Array(createPrivateKey(pem(rsa)).export({ format: 'der', type: 'pkcs8' }))
  expect(() => readPublicKeyDer(spki)).toThrow(expect.objectContaining({ reason: 'unsupported-key' }))
})

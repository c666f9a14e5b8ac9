import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parseCertificate } from '../../lib/pki/certificate.ts'
import { encodeUnsigned } from '../../lib/pki/der.ts'
import { extensionFromText } from '../../lib/pki/extension-text.ts'
import { ExtensionId } from '../../lib/pki/extensions.ts'
import { PkiFailure } from '../../lib/pki/failure.ts'
import { type IssueDigest, issueCertificate, spkiOf } from '../../lib/pki/issue.ts'
import { writePem } from '../../lib/pki/pem.ts'
import { caExtensions, issue, NOW, nameOf } from './authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'issue-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pss = generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
  hashAlgorithm: 'sha384',
  mgf1HashAlgorithm: 'sha384',
}).privateKey
const KEYS: readonly [string, KeyObject, IssueDigest | null][] = [
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha512'],
  ['RSA-PSS restricted to SHA-384', pss, 'sha384'],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'sha384'],
  ['Ed25519', generateKeyPairSync('ed25519').privateKey, null],
  ['Ed448', generateKeyPairSync('ed448').privateKey, null],
]

function contents(key: KeyObject, from = NOW, to = NOW + 1000): Parameters<typeof issueCertificate>[0] {
  const name = nameOf('signed', ['2.5.4.6', 'DE'])
  return {
    version: 3,
    serial: encodeUnsigned(Uint8Array.of(1)),
    issuer: name,
    subject: name,
    notBefore: from,
    notAfter: to,
    spki: spkiOf(key),
    extensions: caExtensions(),
  }
}

test.each(KEYS)('openssl accepts what a %s key signs', (_, key, digest) => {
  const der = issueCertificate(contents(key, Date.UTC(2020, 0, 1), Date.UTC(2060, 0, 1)), key, digest)
  expect(parseCertificate(der).isSignedBy(parseCertificate(der))).toBe(true)
  const input = writePem('CERTIFICATE', der)
  const file = join(folder, 'ca.pem')
  writeFileSync(file, input)
  const answer = execFileSync('openssl', ['verify', '-check_ss_sig', '-CAfile', file], { input, encoding: 'utf8' })
  expect(answer).toContain(': OK')
})

test('a key does not sign with what it cannot', () => {
  const [, rsa] = KEYS[0] ?? []
  const [, ed] = KEYS[3] ?? []
  if (rsa === undefined || ed === undefined) throw new Error('no keys')
  expect(() => issueCertificate(contents(rsa), rsa, null)).toThrow(PkiFailure)
  expect(() => issueCertificate(contents(ed), ed, 'sha256')).toThrow(PkiFailure)
  expect(() => issueCertificate(contents(pss), pss, 'sha256')).toThrow(PkiFailure)
})

describe('extensions from text', () => {
  const about = { subjectKeyBits: Uint8Array.of(1, 2, 3), issuer: issue('issuer').certificate }

  test.each([
    [ExtensionId.basicConstraints, 'CA:TRUE,nonsense:1'],
    [ExtensionId.basicConstraints, 'CA:MAYBE'],
    [ExtensionId.keyUsage, 'digitalSignature,nonsense'],
    [ExtensionId.extendedKeyUsage, 'nonsense'],
    [ExtensionId.subjectAltName, 'IP:1.2.3'],
    [ExtensionId.subjectAltName, 'DNS:'],
    [ExtensionId.subjectAltName, 'DNS:müller'],
    [ExtensionId.subjectKeyIdentifier, '123'],
    [ExtensionId.subjectKeyIdentifier, ''],
    [ExtensionId.authorityKeyIdentifier, 'nonsense'],
    ['1.2.3', 'anything'],
  ])('%s from %p is refused', (oid, text) => {
    expect(() => extensionFromText(oid, text, about)).toThrow(PkiFailure)
  })

  test('an authority key identifier names the issuer by key, or by name and number', () => {
    const byKey = extensionFromText(ExtensionId.authorityKeyIdentifier, 'keyid', about)
    const both = extensionFromText(ExtensionId.authorityKeyIdentifier, 'keyid,issuer:always', about)
    expect(Buffer.from(byKey.value).includes(Buffer.from(about.issuer.skid ?? []))).toBe(true)
    expect(Buffer.from(both.value).includes(Buffer.from(about.issuer.serial))).toBe(true)
    expect(() => extensionFromText(ExtensionId.authorityKeyIdentifier, 'keyid', { ...about, issuer: null })).toThrow(
      PkiFailure,
    )
  })
})

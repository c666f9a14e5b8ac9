import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import * as pkijs from 'pkijs'
import type { KeyType } from '../../lib/crypto/signatures.ts'
import { MAX_CERTIFICATE_LENGTH, parseCertificate } from '../../lib/pki/certificate.ts'
import { credential, matches } from '../../lib/pki/credential.ts'
import { encode, Tag } from '../../lib/pki/der.ts'
import { ExtensionId, KeyUsage } from '../../lib/pki/extensions.ts'
import { PkiFailure } from '../../lib/pki/failure.ts'
import { onelineName } from '../../lib/pki/name-print.ts'
import { caGrade } from '../../lib/pki/path/purpose.ts'
import { caExtensions, ext, issue, NOW } from './authority.ts'
import { mutated, seeded } from './seeded.ts'

const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Made {
  readonly name: string
  readonly options: readonly string[]
  readonly keyType: KeyType
  readonly securityBits: number
}

const KINDS: readonly Made[] = [
  { name: 'RSA', options: ['rsa:2048', '-sha256'], keyType: 'rsa', securityBits: 128 },
  { name: 'RSA with SHA-1', options: ['rsa:1024', '-sha1'], keyType: 'rsa', securityBits: 63 },
  {
    name: 'RSA signing with PSS',
    options: ['rsa:2048', '-sha384', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:20'],
    keyType: 'rsa',
    securityBits: 192,
  },
  {
    name: 'RSA-PSS',
    options: ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048', '-sha256'],
    keyType: 'rsa-pss',
    securityBits: 128,
  },
  {
    name: 'P-256',
    options: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-sha256'],
    keyType: 'ec',
    securityBits: 128,
  },
  {
    name: 'P-384',
    options: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'],
    keyType: 'ec',
    securityBits: 192,
  },
  {
    name: 'P-521',
    options: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-sha512'],
    keyType: 'ec',
    securityBits: 256,
  },
  { name: 'Ed25519', options: ['ed25519'], keyType: 'ed25519', securityBits: 128 },
  { name: 'Ed448', options: ['ed448'], keyType: 'ed448', securityBits: 224 },
]

function make({ name, options }: Made): { der: Uint8Array; keyPem: string } {
  const file = join(folder, name.replaceAll(' ', '-'))
  const [algorithm = '', ...rest] = options
  const subject = '/C=DE/O=Müller & Söhne/CN=leaf.example.com'
  const extras = [
    '-addext',
    'subjectAltName=DNS:leaf.example.com,IP:127.0.0.1,email:a@b.c',
    '-addext',
    'keyUsage=critical,digitalSignature,keyCertSign',
    '-addext',
    'extendedKeyUsage=serverAuth',
  ]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-nodes',
      '-utf8',
      '-newkey',
      algorithm,
      ...rest,
      '-keyout',
      `${file}.key`,
      '-out',
      `${file}.crt`,
      '-outform',
      'DER',
      '-subj',
      subject,
      '-days',
      '30',
      ...extras,
    ],
    { stdio: 'pipe' },
  )
  return { der: new Uint8Array(readFileSync(`${file}.crt`)), keyPem: readFileSync(`${file}.key`, 'utf8') }
}

describe.each(KINDS)('a certificate that openssl made: $name', kind => {
  const { der, keyPem } = make(kind)
  const certificate = parseCertificate(der)
  const node = new X509Certificate(der)

  test('says what Node and pkijs read in it', () => {
    const other = pkijs.Certificate.fromBER(der)
    expect(Buffer.from(certificate.serial).toString('hex').replace(/^00/, '').toUpperCase()).toBe(node.serialNumber)
    expect(certificate.notBefore).toBe(Date.parse(node.validFrom))
    expect(certificate.notAfter).toBe(Date.parse(node.validTo))
    expect(certificate.version).toBe(other.version + 1)
    expect(certificate.signatureAlgorithm.oid).toBe(other.signatureAlgorithm.algorithmId)
    expect(certificate.extensions.map(extension => extension.oid)).toEqual(
      other.extensions?.map(extension => extension.extnID),
    )
    expect(Buffer.from(certificate.tbs).equals(Buffer.from(other.tbsView))).toBe(true)
    expect(certificate.subject.entries.map(entry => entry.oid)).toEqual(
      other.subject.typesAndValues.map(value => value.type),
    )
  })

  test('brings its key, its usages and its names', () => {
    expect(certificate.keyType).toBe(kind.keyType)
    expect(certificate.publicKey?.equals(node.publicKey)).toBe(true)
    expect(certificate.scheme?.securityBits).toBe(kind.securityBits)
    expect(certificate.basicConstraints).toEqual({ ca: true, pathLength: null })
    expect(certificate.keyUsage).toBe(KeyUsage.digitalSignature | KeyUsage.keyCertSign)
    expect(certificate.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(certificate.subjectAltNames?.map(name => [name.type, Buffer.from(name.value).toString('latin1')])).toEqual([
      [2, 'leaf.example.com'],
      [7, '\x7f\0\0\x01'],
      [1, 'a@b.c'],
    ])
    expect(certificate.akid?.keyId).toEqual(certificate.skid)
  })

  test('is signed by itself, and not when a bit of it changes', () => {
    expect(certificate.selfSigned).toBe(true)
    expect(certificate.isSignedBy(certificate)).toBe(true)
    const changed = new Uint8Array(der)
    const at = Buffer.from(der).indexOf('leaf.example.com')
    changed[at] = 0x4d
    expect(parseCertificate(changed).isSignedBy(certificate)).toBe(false)
  })

  test('matches its private key and no other', () => {
    const key = createPrivateKey(keyPem)
    expect(matches(certificate, key)).toBe(true)
    expect(matches(certificate, createPublicKey(key))).toBe(true)
    expect(matches(certificate, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)).toBe(false)
    expect(credential([der], key).leaf).toBe(certificate)
  })
})

describe('reading', () => {
  const party = issue('leaf', { extensions: [...caExtensions(3), ext.names([2, 'a.b'])] })
  const { der } = party.certificate

  test('gives the same object for the same bytes, and keeps a copy of them', () => {
    const bytes = new Uint8Array(issue('other').certificate.der)
    const first = parseCertificate(bytes)
    expect(parseCertificate(new Uint8Array(bytes))).toBe(first)
    const kept = new Uint8Array(first.der)
    bytes.fill(0)
    expect(first.der).toEqual(kept)
  })

  test('forgets the certificates it has not seen for long', () => {
    const first = parseCertificate(der)
    for (let i = 0; i < 300; i++) parseCertificate(issue(`filler ${i}`, { key: party.key }).certificate.der)
    expect(parseCertificate(der)).not.toBe(first)
  })

  test('refuses every truncation and every byte too many', () => {
    for (let length = 0; length < der.length; length++)
      expect(() => parseCertificate(der.subarray(0, length))).toThrow(PkiFailure)
    expect(() => parseCertificate(Uint8Array.of(...der, 0))).toThrow(PkiFailure)
  })

  test('throws PkiFailure and nothing else for mutations, and every getter of what passes works', () => {
    const random = seeded(1)
    let passed = 0
    for (let round = 0; round < 5000; round++) {
      const bytes = mutated(der, random)
      try {
        const certificate = parseCertificate(bytes)
        void [certificate.publicKey, certificate.selfSigned, onelineName(certificate.subject)]
        expect(certificate.isSignedBy(party.certificate)).toBe(Buffer.compare(bytes, der) === 0)
        passed++
      } catch (error) {
        if (!(error instanceof PkiFailure)) throw error
      }
    }
    expect(passed).toBeGreaterThan(50)
  })

  test('refuses what is too large without looking at it', () => {
    expect(() => parseCertificate(new Uint8Array(MAX_CERTIFICATE_LENGTH + 1))).toThrow('certificate too large')
  })

  test.each([
    ['an extension twice', [ext.usage(0x80), ext.usage(0x80)]],
    [
      'a key usage without a usage',
      [{ oid: ExtensionId.keyUsage, critical: true, value: encode(Tag.bitString, Uint8Array.of(0, 0)) }],
    ],
    [
      'a negative path length',
      [
        {
          oid: ExtensionId.basicConstraints,
          critical: true,
          value: encode(Tag.sequence, encode(Tag.integer, Uint8Array.of(0xff))),
        },
      ],
    ],
    ['a DNS name beyond ASCII', [ext.names([2, 'm\xfcller.de'])]],
    [
      'a basicConstraints with more behind it',
      [{ oid: ExtensionId.basicConstraints, critical: true, value: Uint8Array.of(0x30, 0, 5, 0) }],
    ],
  ])('holds %s against a certificate', (_, extensions) => {
    const { certificate } = issue('bad', { extensions, identifiers: false })
    expect([certificate.invalid, caGrade(certificate), certificate.selfSigned]).toEqual([true, 0, false])
  })

  test('reads both forms of time', () => {
    const late = issue('late', { from: Date.UTC(1970, 0, 1), to: Date.UTC(9999, 11, 31, 23, 59, 59) }).certificate
    expect(late.notBefore).toBe(0)
    expect(late.notAfter).toBe(Date.UTC(9999, 11, 31, 23, 59, 59))
    const near = issue('near', { from: NOW, to: Date.UTC(2049, 11, 31, 23, 59, 59) }).certificate
    expect(near.notAfter).toBe(Date.UTC(2049, 11, 31, 23, 59, 59))
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { encode, encodeOid, encodeTime, sequence, Tag } from '../../lib/pki/der.ts'
import { type Extension, ExtensionId } from '../../lib/pki/extensions.ts'
import type { IssueDigest } from '../../lib/pki/issue.ts'
import { Name } from '../../lib/pki/name.ts'
import { SuiteB } from '../../lib/pki/path/suite-b.ts'
import { NO_SETTINGS } from '../../lib/pki/path/trust-settings.ts'
import { VerifyError } from '../../lib/pki/path/verify-error.ts'
import { VerifyFlag } from '../../lib/pki/path/verify-parameters.ts'
import {
  caExtensions,
  certificatePoints,
  crlNumber,
  crlScope,
  ext,
  issue,
  issueCrl,
  listScope,
  NOW,
  nameOf,
  newKey,
  type Party,
  reissue,
} from './authority.ts'
import { type Case, testCases, transcript } from './verify-cases.ts'

/** One chain for every result that a verification can have, so that one can see what leads to it. */

const DAY = 86_400_000
const SERVER = '1.3.6.1.5.5.7.3.1'
const ANY_POLICY = '2.5.29.32.0'

const root = issue('Root', { extensions: caExtensions() })
const inter = issue('Intermediate', { by: root, extensions: caExtensions() })
const leaf = issue('leaf.example.com', {
  by: inter,
  extensions: [ext.basic(false), ext.names([2, 'leaf.example.com'], [1, 'joe@example.com'])],
})
const certs = (...parties: readonly Party[]): Party['certificate'][] => parties.map(({ certificate }) => certificate)
const chain = (...parties: readonly Party[]): Pick<Case, 'target' | 'untrusted' | 'trusted'> => ({
  target: (parties[0] ?? root).certificate,
  untrusted: certs(...parties.slice(1)),
  trusted: certs(root),
})
const good = chain(leaf, inter)
const under = (by: Party, extensions: readonly Extension[] = [ext.basic(false)], subject?: Name): Party =>
  issue('end', { by, extensions, ...(subject === undefined ? {} : { subject }) })
/** A chain with an intermediate that has these extensions. */
const middle = (extensions: readonly Extension[]): Pick<Case, 'target' | 'untrusted' | 'trusted'> => {
  const party = issue('Middle', { by: root, extensions })
  return chain(under(party), party)
}
const leafWith = (...extensions: readonly Extension[]): Pick<Case, 'target' | 'untrusted' | 'trusted'> =>
  chain(under(inter, extensions), inter)

const strict = { flags: VerifyFlag.x509Strict }
const lists = (...crls: Party[]): Pick<Case, 'crls' | 'flags'> => ({
  crls: crls.map(party => issueCrl(party)),
  flags: VerifyFlag.crlCheck,
})
const utc = (text: string): Uint8Array => encode(Tag.utcTime, Buffer.from(text))
const validity = (from: Uint8Array, to: Uint8Array): Uint8Array => sequence(from, to)
const rotten = Uint8Array.from(leaf.certificate.spki, (octet, at) => (at > 30 ? octet ^ 0x55 : octet))
const weak = issue('Weak', {
  by: inter,
  key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  identifiers: false,
})
const explicitKey = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey
const client = issue('user', {
  by: inter,
  subject: nameOf(['2.5.4.10', 'Org'], 'user'),
  extensions: [ext.basic(false)],
})
const proxyName = (of: Party, name = 'proxy'): Name =>
  Name.of([
    ...of.certificate.subject.entries,
    { oid: '2.5.4.3', tag: Tag.utf8String, value: Buffer.from(name), set: of.certificate.subject.entries.length },
  ])
const proxyOf = (by: Party, pathLength: number | null = null, subject = proxyName(by)): Party =>
  issue('proxy', { by, subject, extensions: [ext.proxy(pathLength)] })
const proxies = { flags: VerifyFlag.allowProxyCerts }
const suiteChain = (
  curve: string,
  digest: IssueDigest,
  leafCurve: string,
  leafDigest: IssueDigest,
): Pick<Case, 'target' | 'trusted' | 'flags'> => {
  const top = issue('Suite B', { key: newKey(curve), digest, extensions: caExtensions() })
  const target = issue('leaf', { by: top, key: newKey(leafCurve), digest: leafDigest }).certificate
  return { target, trusted: certs(top), flags: VerifyFlag.suiteB }
}
const weakRoot = issue('Weak', {
  key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  identifiers: false,
  extensions: caExtensions(),
})
const policy = { flags: VerifyFlag.policyCheck | VerifyFlag.explicitPolicy }
const held = ext.addresses([1, [[[10], 0]]])
const owner = issue('Owner', { extensions: [...caExtensions(), held, ext.asNumbers([[1, 9]])] })
const holder = (...extensions: Extension[]): Pick<Case, 'target' | 'untrusted' | 'trusted'> => ({
  target: under(owner, extensions).certificate,
  trusted: certs(owner),
})
const heir = issue('Heir', { extensions: [ext.addresses([1, null])] })
const nameless = issue('x', { by: root, subject: Name.of([]), extensions: caExtensions() })
const manyPolicies = Array.from({ length: 600 }, (_, at) => `1.2.3.${at}`)

const CASES: Readonly<Record<string, readonly Omit<Case, 'name' | 'error'>[]>> = {
  unspecified: [
    { ...chain(reissue(leaf, inter, { spki: rotten }), inter), at: 0 },
    { target: reissue(under(root), root, { spki: rotten }).certificate, trusted: certs(root) },
    {
      ...((): Pick<Case, 'target' | 'untrusted' | 'trusted'> => {
        const one = issue('One', { by: root, extensions: [...caExtensions(), ext.constraints([[2, 'a.example']])] })
        const odd = Name.of([{ oid: '2.5.4.3', tag: Tag.bitString, value: Uint8Array.of(0, 0x78), set: 0 }])
        return chain(under(one, [], odd), one)
      })(),
    },
  ],
  unableToGetIssuerCert: [{ target: leaf.certificate, trusted: certs(inter), at: 1 }],
  unableToGetCrl: [{ ...good, flags: VerifyFlag.crlCheck, at: 0 }],
  certSignatureFailure: [
    { ...chain(reissue(leaf, root, {}), inter), at: 0 },
    { ...chain(reissue(leaf, inter, { outer: sequence(encodeOid('1.2.840.10045.4.3.3')) }), inter), at: 0 },
  ],
  crlSignatureFailure: [{ ...good, ...lists(inter), crls: [issueCrl(inter, { key: root.key })], at: 0 }],
  certNotYetValid: [{ ...chain(issue('x', { by: inter, from: NOW + DAY }), inter), at: 0 }],
  certHasExpired: [{ ...good, time: NOW + 400 * DAY, at: 2 }],
  crlNotYetValid: [{ ...good, ...lists(inter), crls: [issueCrl(inter, { from: NOW + DAY / 2 })], at: 0 }],
  crlHasExpired: [{ ...good, ...lists(inter), time: NOW + 2 * DAY, at: 0 }],
  errorInCertNotBeforeField: [
    { ...chain(reissue(leaf, inter, { validity: validity(utc('2401010000Z'), encodeTime(NOW + DAY)) }), inter), at: 0 },
  ],
  errorInCertNotAfterField: [
    {
      ...chain(reissue(leaf, inter, { validity: validity(encodeTime(NOW - DAY), utc('340101000000+0100')) }), inter),
      at: 0,
    },
    {
      ...chain(reissue(leaf, inter, { validity: validity(encodeTime(NOW - DAY), utc('320230000000Z')) }), inter),
      at: 0,
    },
  ],
  errorInCrlLastUpdateField: [
    { ...good, ...lists(inter), crls: [issueCrl(inter, { from: utc('240101000060Z') })], at: 0 },
  ],
  errorInCrlNextUpdateField: [{ ...good, ...lists(inter), crls: [issueCrl(inter, { to: utc('3401010000Z') })], at: 0 }],
  outOfMem: [
    {
      ...((): Pick<Case, 'target' | 'untrusted' | 'trusted'> => {
        const one = issue('One', { by: root, extensions: [...caExtensions(), ext.policies(...manyPolicies)] })
        return chain(under(one, [ext.policies(...manyPolicies)]), one)
      })(),
      flags: VerifyFlag.policyCheck,
    },
  ],
  depthZeroSelfSignedCert: [{ target: root.certificate, trusted: [], at: 0 }],
  selfSignedCertInChain: [{ ...chain(leaf, inter, root), trusted: [], at: 2 }],
  unableToGetIssuerCertLocally: [
    { ...chain(leaf), trusted: [], at: 0 },
    { ...leafWith({ oid: ExtensionId.keyUsage, critical: true, value: Uint8Array.of(3, 1) }), at: 0 },
    { ...chain(reissue(leaf, inter, { algorithm: sequence(encodeOid('1.2.3.4')) }), inter), at: 0 },
    { ...chain(reissue(leaf, inter, { algorithm: sequence(encodeOid('1.3.101.112')) }), inter), at: 0 },
  ],
  certChainTooLong: [{ ...good, depth: 0, at: 1 }],
  certRevoked: [{ ...good, ...lists(inter), crls: [issueCrl(inter, { revoked: [[leaf, 1]] })], at: 0 }],
  pathLengthExceeded: [
    {
      ...((): Pick<Case, 'target' | 'untrusted' | 'trusted'> => {
        const short = issue('Short', { by: root, extensions: caExtensions(0) })
        const below = issue('Below', { by: short, extensions: caExtensions() })
        return chain(under(below), below, short)
      })(),
      at: 2,
    },
  ],
  invalidPurpose: [{ ...leafWith(ext.extended('1.3.6.1.5.5.7.3.4')), purpose: 2, at: 0 }],
  certRejected: [
    { ...good, settings: { ...NO_SETTINGS, rejected: [SERVER] }, trust: 3, at: 2 },
    { ...good, settings: { ...NO_SETTINGS, trusted: ['1.3.6.1.5.5.7.3.2'] }, trust: 3, at: 2 },
    {
      target: leaf.certificate,
      trusted: certs(leaf),
      settings: { ...NO_SETTINGS, rejected: ['2.5.29.37.0'] },
      trust: 3,
      flags: VerifyFlag.partialChain,
      at: 0,
    },
  ],
  keyusageNoCertsign: [
    ((): Omit<Case, 'name' | 'error'> => {
      const mute = issue('Mute', { extensions: [ext.basic(true), ext.usage(0x80)] })
      return { target: mute.certificate, trusted: certs(mute), flags: VerifyFlag.checkSsSignature, at: 0 }
    })(),
  ],
  unhandledCriticalExtension: [
    { ...leafWith(ext.unknown(true)), at: 0 },
    {
      ...chain(
        issue('x', { by: inter, identifiers: false, extensions: [{ ...ext.skid(Uint8Array.of(1)), critical: true }] }),
        inter,
      ),
      at: 0,
    },
  ],
  keyusageNoCrlSign: [
    ((): Omit<Case, 'name' | 'error'> => {
      const party = issue('Middle', { by: root, extensions: [ext.basic(true), ext.usage(0x04)] })
      return { ...chain(under(party), party), ...lists(party), at: 0 }
    })(),
  ],
  unhandledCriticalCrlExtension: [
    { ...good, ...lists(inter), crls: [issueCrl(inter, { extensions: [ext.unknown(true)] })], at: 0 },
    {
      ...good,
      ...lists(inter),
      crls: [issueCrl(inter, { extensions: [{ ...crlNumber(1), critical: true }] })],
      at: 0,
    },
    { ...good, ...lists(inter), crls: [issueCrl(inter, { revoked: [[inter, null, ext.unknown(true)]] })], at: 0 },
  ],
  invalidNonCa: [
    {
      ...((): Pick<Case, 'target' | 'untrusted' | 'trusted'> => {
        const authority = issue('CA', {
          by: root,
          subject: nameOf(['2.5.4.10', 'Org'], 'CA'),
          extensions: [ext.basic(true), ext.usage(0x84)],
        })
        return chain(proxyOf(authority), authority)
      })(),
      ...proxies,
      at: 1,
    },
  ],
  proxyPathLengthExceeded: [
    ((): Omit<Case, 'name' | 'error'> => {
      const first = proxyOf(client, 0)
      return { ...chain(proxyOf(first), first, client, inter), ...proxies, at: 1 }
    })(),
  ],
  keyusageNoDigitalSignature: [
    ((): Omit<Case, 'name' | 'error'> => {
      const mute = issue('user', {
        by: inter,
        subject: client.certificate.subject,
        extensions: [ext.basic(false), ext.usage(0x20)],
      })
      return { ...chain(proxyOf(mute), mute, inter), ...proxies, at: 1 }
    })(),
  ],
  proxyCertificatesNotAllowed: [{ ...chain(proxyOf(client), client, inter), at: 0 }],
  invalidExtension: [
    {
      ...holder(
        ext.addresses([
          1,
          [
            [[10, 1], 0],
            [[10, 0], 0],
          ],
        ]),
      ),
      at: 0,
    },
    { ...holder(ext.addresses([1, [{ from: [[10, 0], 0], to: [[10, 0], 0] }]])), at: 0 },
    { ...holder(ext.asNumbers([3, 4])), at: 0 },
  ],
  invalidPolicyExtension: [
    { ...leafWith(ext.policies('1.2.3', '1.2.3')), flags: VerifyFlag.policyCheck, at: 0 },
    { ...middle([...caExtensions(), ext.policies('1.2.3'), ext.mappings(['1.2.3', ANY_POLICY])]), ...policy, at: 1 },
  ],
  noExplicitPolicy: [{ ...good, ...policy, at: 0 }],
  differentCrlScope: [{ ...good, ...lists(inter), crls: [issueCrl(inter, { extensions: [crlScope(2)] })], at: 0 }],
  unnestedResource: [
    { ...holder(ext.addresses([1, [[[11], 0]]])), at: 1 },
    { ...holder(ext.addresses([2, [[[0x20], 0]]])), at: 1 },
    { ...holder(ext.asNumbers([10])), at: 1 },
    { ...holder(ext.asNumbers(undefined, [1])), at: 1 },
    { ...leafWith(ext.asNumbers([10])), at: 1 },
    { target: heir.certificate, trusted: certs(heir), at: 1 },
  ],
  permittedViolation: [{ ...constrained(ext.constraints([[2, 'a.example']]), ext.names([2, 'b.example'])), at: 0 }],
  excludedViolation: [
    { ...constrained(ext.constraints([], [[2, 'b.example']]), ext.names([2, 'x.b.example'])), at: 0 },
  ],
  subtreeMinmax: [
    {
      ...constrained(
        {
          oid: ExtensionId.nameConstraints,
          critical: true,
          value: sequence(
            encode(0xa0, sequence(encode(0x82, Buffer.from('a.example')), encode(0x80, Uint8Array.of(1)))),
          ),
        },
        ext.names([2, 'a.example']),
      ),
      at: 0,
    },
  ],
  unsupportedConstraintType: [
    { ...constrained(ext.constraints([[8, Uint8Array.of(42, 3)]]), ext.names([8, Uint8Array.of(42, 3)])), at: 0 },
  ],
  unsupportedNameSyntax: [{ ...constrained(ext.constraints([[6, '.example']]), ext.names([6, 'urn:x'])), at: 0 }],
  crlPathValidationError: [
    ((): Omit<Case, 'name' | 'error'> => {
      const stranger = issue('Stranger', { extensions: caExtensions() })
      const target = under(inter, [certificatePoints([{ uri: 'http://a/1' }, stranger.certificate.subject])])
      const crl = issueCrl(stranger, { extensions: [listScope({ uri: 'http://a/1', flags: [4] })] })
      return {
        ...chain(target, inter, stranger),
        ownCrls: [crl],
        flags: VerifyFlag.crlCheck | VerifyFlag.extendedCrlSupport,
        at: 0,
      }
    })(),
  ],
  suiteBInvalidVersion: [
    {
      target: issue('old', { by: root, version: 1, identifiers: false }).certificate,
      trusted: certs(root),
      flags: VerifyFlag.suiteB,
      at: 0,
    },
  ],
  suiteBInvalidAlgorithm: [
    { target: weak.certificate, untrusted: certs(inter), trusted: certs(root), flags: VerifyFlag.suiteB, at: 0 },
  ],
  suiteBInvalidCurve: [{ ...suiteChain('P-521', 'sha512', 'P-256', 'sha512'), at: 1 }],
  suiteBInvalidSignatureAlgorithm: [{ ...suiteChain('P-384', 'sha256', 'P-384', 'sha256'), at: 0 }],
  suiteBLosNotAllowed: [{ ...suiteChain('P-256', 'sha256', 'P-256', 'sha256'), flags: SuiteB.only192, at: 0 }],
  suiteBCannotSignP384WithP256: [{ ...suiteChain('P-256', 'sha256', 'P-384', 'sha256'), at: 0 }],
  hostnameMismatch: [{ ...good, host: 'other.example.com', at: 0 }],
  emailMismatch: [{ ...good, email: 'jane@example.com', at: 0 }],
  ipAddressMismatch: [{ ...good, ip: '127.0.0.1', at: 0 }],
  eeKeyTooSmall: [{ ...chain(weak, inter), level: 2, at: 0 }],
  caKeyTooSmall: [
    {
      target: issue('x', { by: weakRoot, akid: Uint8Array.of(9) }).certificate,
      trusted: certs(weakRoot),
      level: 2,
      at: 1,
    },
  ],
  caMdTooWeak: [{ ...chain(issue('x', { by: inter, digest: 'sha1' }), inter), level: 1, at: 0 }],
  proxySubjectNameViolation: [
    {
      ...chain(proxyOf(client, null, nameOf(['2.5.4.10', 'Org'], 'other', 'proxy')), client, inter),
      ...proxies,
      at: 0,
    },
    {
      ...chain(proxyOf(client, null, nameOf(['2.5.4.10', 'Org'], 'user', 'a', 'b')), client, inter),
      ...proxies,
      at: 0,
    },
  ],
  signatureAlgorithmInconsistency: [
    { ...chain(reissue(leaf, inter, { outer: sequence(encodeOid('1.2.840.10045.4.3.3')) }), inter), ...strict, at: 0 },
  ],
  invalidCa: [{ ...middle([ext.basic(false)]), at: 1 }],
  pathlenInvalidForNonCa: [{ ...leafWith(ext.basic(false, 0)), ...strict, at: 0 }],
  pathlenWithoutKuKeyCertSign: [{ ...middle([ext.basic(true, 0)]), ...strict, at: 1 }],
  kuKeyCertSignInvalidForNonCa: [{ ...leafWith(ext.basic(false), ext.usage(0x84)), ...strict, at: 0 }],
  issuerNameEmpty: [{ ...chain(under(nameless), nameless), ...strict, at: 0 }],
  subjectNameEmpty: [{ ...chain(under(inter, [ext.basic(false)], Name.of([])), inter), ...strict, at: 0 }],
  missingAuthorityKeyIdentifier: [{ ...chain(issue('x', { by: inter, identifiers: false }), inter), ...strict, at: 0 }],
  missingSubjectKeyIdentifier: [
    ((): Omit<Case, 'name' | 'error'> => {
      const bare = issue('Bare', {
        by: root,
        identifiers: false,
        extensions: [...caExtensions(), ext.akid(root.certificate.skid ?? new Uint8Array())],
      })
      return { ...chain(issue('x', { by: bare, akid: Uint8Array.of(1) }), bare), ...strict, at: 1 }
    })(),
  ],
  emptySubjectAltName: [{ ...leafWith({ ...ext.names(), critical: true }), ...strict, at: 0 }],
  emptySubjectSanNotCritical: [
    { ...chain(under(inter, [ext.basic(false), ext.names([2, 'a.example'])], Name.of([])), inter), ...strict, at: 0 },
  ],
  caBconsNotCritical: [{ ...middle([ext.basic(true, null, false), ext.usage(0x06)]), ...strict, at: 1 }],
  caCertMissingKeyUsage: [{ ...middle([ext.basic(true)]), ...strict, at: 1 }],
  extensionsRequireVersion3: [{ ...chain(issue('x', { by: inter, version: 1 }), inter), ...strict, at: 0 }],
  ecKeyExplicitParams: [{ ...chain(issue('x', { by: inter, key: explicitKey, identifiers: false }), inter), at: 0 }],
}

function constrained(constraints: Extension, names: Extension): Pick<Case, 'target' | 'untrusted' | 'trusted'> {
  const party = issue('Constrained', { by: root, extensions: [...caExtensions(), constraints] })
  return chain(under(party, [names]), party)
}

/** Results that no chain brings about, and why. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  unableToDecryptCertSignature: 'OpenSSL has no place that gives it',
  unableToDecryptCrlSignature: 'OpenSSL has no place that gives it',
  unableToDecodeIssuerPublicKey: 'such an issuer is not taken for one; a function of the program may take it',
  unableToVerifyLeafSignature: 'only after another error was waved through: see below',
  noIssuerPublicKey: 'an answer of X509_check_issued',
  certUntrusted: 'OpenSSL has no place that gives it',
  subjectIssuerMismatch: 'an answer of X509_check_issued',
  akidSkidMismatch: 'an answer of X509_check_issued',
  akidIssuerSerialMismatch: 'an answer of X509_check_issued',
  unableToGetCrlIssuer: 'lists are chosen by their issuer; a function of the program may choose others',
  unsupportedExtensionFeature: 'OpenSSL has no place that gives it',
  applicationVerification: 'for programs',
  unsupportedConstraintSyntax: 'OpenSSL has no place that gives it',
  pathLoop: 'OpenSSL has no place that gives it: an issuer is used once',
  daneNoMatch: 'no DANE here',
  invalidCall: 'not of a chain: X509_verify_cert without a certificate, or twice',
  storeLookup: 'not of a chain: a function of the program fails to look for an issuer',
  noValidScts: 'no Certificate Transparency here',
  ocspVerifyNeeded: 'for programs',
  ocspVerifyFailed: 'for programs',
  ocspCertUnknown: 'for programs',
  unsupportedSignatureAlgorithm: 'an answer of X509_check_issued',
  signatureAlgorithmMismatch: 'an answer of X509_check_issued',
  authorityKeyIdentifierCritical: 'a critical key identifier is not honoured: unhandledCriticalExtension comes first',
  subjectKeyIdentifierCritical: 'a critical key identifier is not honoured: unhandledCriticalExtension comes first',
}

const errorOf = (name: string): number => new Map<string, number>(Object.entries(VerifyError)).get(name) ?? -1

testCases(
  Object.entries(CASES).flatMap(([name, cases]) =>
    cases.map(
      (item, at): Case => ({
        ...item,
        name: `${errorOf(name)} ${name}${at === 0 ? '' : `, ${at + 1}`}`,
        error: errorOf(name),
      }),
    ),
  ),
)

test('every result has a chain, or a reason why not', () => {
  const named = [...Object.keys(CASES), ...Object.keys(UNREACHABLE), 'ok']
  expect(Object.keys(VerifyError).filter(name => !named.includes(name))).toEqual([])
  expect(new Set(named).size).toBe(named.length)
})

test('the first certificate is not verified when it stands alone and is not trusted', () => {
  const alone: Case = { name: '', ...chain(leaf), trusted: [], error: 0 }
  expect(transcript(alone, true)).toMatch(/^0\/20@0 0\/21@0 /)
})

import { generateKeyPairSync } from 'node:crypto'
import { type Certificate, parseCertificate } from '../../lib/pki/certificate.ts'
import type { Crl } from '../../lib/pki/crl.ts'
import type { IssueDigest } from '../../lib/pki/issue.ts'
import { SuiteB } from '../../lib/pki/path/suite-b.ts'
import { VerifyFlag } from '../../lib/pki/path/verify-parameters.ts'
import {
  caExtensions,
  crlPoint,
  crlScope,
  distributionPoints,
  ext,
  type GeneralNameSpec,
  issue,
  issueCrl,
  NOW,
  nameOf,
  newKey,
  type Party,
} from './authority.ts'
import { type Case, testCases } from './verify-cases.ts'

const DAY = 86_400_000
const SERVER = '1.3.6.1.5.5.7.3.1'
const CLIENT = '1.3.6.1.5.5.7.3.2'

const root = issue('Root', { extensions: caExtensions() })
const inter = issue('Intermediate', { by: root, extensions: caExtensions() })
const leaf = issue('leaf.example.com', {
  by: inter,
  extensions: [ext.basic(false), ext.names([2, 'leaf.example.com'], [7, Uint8Array.of(127, 0, 0, 1)])],
})
const certs = (...parties: readonly Party[]): Certificate[] => parties.map(party => party.certificate)

/** The same certificate with one bit of the signature turned over. */
function forged(party: Party): Certificate {
  const der = new Uint8Array(party.certificate.der)
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  return parseCertificate(der)
}

function under(by: Party, options: Parameters<typeof issue>[1] = {}): Certificate {
  return issue('end', { by, extensions: [ext.basic(false)], ...options }).certificate
}

function chainCase(name: string, middle: Party, error: number, more: Partial<Case> = {}): Case {
  return { name, target: under(middle), untrusted: certs(middle), trusted: certs(root), error, ...more }
}

function constrained(
  name: string,
  constraints: ReturnType<typeof ext.constraints>,
  names: readonly GeneralNameSpec[],
  error: number,
): Case {
  const middle = issue('Constrained', { by: root, extensions: [...caExtensions(), constraints] })
  const target = under(middle, { extensions: [ext.names(...names)] })
  return { name, target, untrusted: certs(middle), trusted: certs(root), error }
}

/** Lists of the issuer of the leaf, when they are asked for. */
function revocationCases(): Case[] {
  const good = { target: leaf.certificate, untrusted: certs(inter), trusted: certs(root) }
  const noCrlSign = issue('NoCrlSign', { by: root, extensions: [ext.basic(true), ext.usage(0x04)] })
  const rootList = issueCrl(root)
  const one = (name: string, crl: Crl | null, error: number, flags: number = VerifyFlag.crlCheck): Case => ({
    name: `list: ${name}`,
    ...good,
    crls: crl === null ? [] : [crl, rootList],
    flags,
    error,
  })
  const all = VerifyFlag.crlCheck | VerifyFlag.crlCheckAll
  const revoked = (reason: number | null): Crl =>
    issueCrl(inter, {
      revoked: [
        [inter, 0],
        [leaf, reason],
      ],
    })
  return [
    one('there is none', null, 3),
    one('only of another issuer', issueCrl(root), 3),
    one('nothing revoked', issueCrl(inter), 0),
    one('another one revoked', issueCrl(inter, { revoked: [[inter, 1]] }), 0),
    one('revoked', revoked(null), 23),
    one('revoked with a reason', revoked(1), 23),
    one('taken from the list again', revoked(8), 0),
    one('not asked for', revoked(1), 0, 0),
    one('expired', issueCrl(inter, { to: NOW - DAY / 2 }), 12),
    one('expires this second', issueCrl(inter, { to: NOW }), 12),
    one('not yet valid', issueCrl(inter, { from: NOW + DAY / 2 }), 11),
    one('without an end', issueCrl(inter, { to: null }), 0),
    one('expired and revoked', issueCrl(inter, { to: NOW - DAY / 2, revoked: [[leaf, 1]] }), 12),
    one('signed with another key', issueCrl(inter, { key: root.key }), 8),
    one('of every certificate', issueCrl(inter), 0, all),
    { ...one('of every certificate, the root is missing', null, 3, all), crls: [issueCrl(inter)] },
    {
      ...one('the intermediate is revoked', null, 23, all),
      crls: [issueCrl(inter), issueCrl(root, { revoked: [[inter, 4]] })],
    },
    {
      ...one('an expired one beside a good one', null, 23),
      crls: [issueCrl(inter, { to: NOW - DAY / 2 }), revoked(1)],
    },
    {
      ...one('the newer of two', null, 0),
      crls: [issueCrl(inter, { from: NOW - 3 * DAY, revoked: [[leaf, 1]] }), issueCrl(inter)],
    },
    one('for users only', issueCrl(inter, { extensions: [crlScope(1)] }), 0),
    one('for authorities only', issueCrl(inter, { extensions: [crlScope(2)] }), 44),
    one('for attributes only', issueCrl(inter, { extensions: [crlScope(5)] }), 44),
    one(
      'of a distribution point that the certificate does not name',
      issueCrl(inter, { extensions: [crlPoint('http://a/1')] }),
      44,
    ),
    {
      ...one(
        'of a distribution point that the certificate names',
        issueCrl(inter, { extensions: [crlPoint('http://a/1')] }),
        0,
      ),
      target: under(inter, { extensions: [distributionPoints('http://a/0', 'http://a/1')] }),
    },
    {
      ...one('of another distribution point', issueCrl(inter, { extensions: [crlPoint('http://a/2')] }), 44),
      target: under(inter, { extensions: [distributionPoints('http://a/0', 'http://a/1')] }),
    },
    one('indirect', issueCrl(inter, { extensions: [crlScope(4)] }), 3),
    one('with an unknown critical extension', issueCrl(inter, { extensions: [ext.unknown(true)] }), 36),
    one('with the key identifier of another', issueCrl(inter, { extensions: [ext.akid(Uint8Array.of(7))] }), 3),
    {
      ...chainCase('list: the issuer may not sign lists', noCrlSign, 35),
      crls: [issueCrl(noCrlSign)],
      flags: VerifyFlag.crlCheck,
    },
  ]
}

/** Chains of two: curve and digest of the root, curve of the leaf and the digest it is signed with. */
function suiteBCases(): Case[] {
  const { only128, only192, both } = SuiteB
  const errors: readonly (readonly [
    string,
    IssueDigest,
    string,
    IssueDigest,
    ...(readonly [number, number, number]),
  ])[] = [
    ['P-384', 'sha384', 'P-256', 'sha384', 0, 60, 60],
    ['P-256', 'sha256', 'P-256', 'sha256', 0, 0, 60],
    ['P-256', 'sha256', 'P-384', 'sha256', 61, 60, 60],
    ['P-384', 'sha384', 'P-384', 'sha384', 0, 60, 0],
    ['P-384', 'sha256', 'P-384', 'sha256', 59, 60, 59],
    ['P-521', 'sha512', 'P-256', 'sha512', 58, 58, 60],
    ['P-256', 'sha384', 'P-256', 'sha256', 59, 59, 60],
    ['P-256', 'sha256', 'P-521', 'sha256', 58, 58, 58],
  ]
  const old = issue('Suite B, version 1', { by: root, version: 1, identifiers: false })
  return [
    ...errors.flatMap(([rootCurve, rootDigest, curve, digest, ...results]) => {
      const top = issue('Suite B', { key: newKey(rootCurve), digest: rootDigest, extensions: caExtensions() })
      const target = issue('leaf', { by: top, key: newKey(curve), digest }).certificate
      return [both, only128, only192].map((flags, i) => ({
        name: `Suite B: ${curve} under ${rootCurve} by ${digest} and ${rootDigest}, ${flags.toString(16)}`,
        ...{ target, trusted: certs(top), flags, error: results[i] ?? 0 },
      }))
    }),
    { name: 'Suite B: version 1', target: old.certificate, trusted: certs(root), flags: both, error: 56 },
  ]
}

function cases(): Case[] {
  const good = { target: leaf.certificate, untrusted: certs(inter), trusted: certs(root) }
  const selfSigned = issue('self', { extensions: [ext.basic(false)] })
  const mimic = issue('Root', { extensions: caExtensions() })
  const otherInter = issue('Intermediate', { key: inter.key, by: mimic, extensions: caExtensions() })
  const staleInter = issue('Intermediate', { key: inter.key, by: root, to: NOW - DAY, extensions: caExtensions() })
  const v1Root = issue('V1', { version: 1, identifiers: false })
  const noBasic = issue('NoBasic', { by: root, extensions: [ext.usage(0x06)] })
  const notCa = issue('NotCa', { by: root, extensions: [ext.basic(false)] })
  const noSign = issue('NoSign', { by: root, extensions: [ext.basic(true), ext.usage(0x80)] })
  const short = issue('Short', { by: root, extensions: caExtensions(0) })
  const below = issue('Below', { by: short, extensions: caExtensions() })
  const deep = [root]
  for (let i = 0; i < 4; i++) deep.push(issue(`Deep ${i}`, { by: deep[i] ?? root, extensions: caExtensions() }))
  const deepest = deep.at(-1) ?? root
  const rsaRoot = issue('Weak', {
    key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
    identifiers: false,
    extensions: caExtensions(),
  })
  const sha1 = issue('Sha1', { by: root, digest: 'sha1', extensions: caExtensions() })
  const serverEku = issue('Eku', { by: root, extensions: [...caExtensions(), ext.extended(SERVER)] })
  const expiredRoot = issue('Expired Root', { to: NOW - DAY, extensions: caExtensions() })
  const expiredInter = issue('Expired', { by: root, to: NOW - DAY, extensions: caExtensions() })
  const wrongAkid = under(inter, { akid: Uint8Array.of(1, 2, 3) })
  const folded = issue('x', {
    by: { ...inter, certificate: inter.certificate },
    subject: nameOf('  LEAF   two '),
    extensions: [ext.basic(false)],
  })
  const list: Case[] = [
    { name: 'good chain', ...good, error: 0 },
    {
      name: 'good chain, untrusted in any order, with strangers',
      ...good,
      untrusted: certs(mimic, leaf, inter, selfSigned),
      error: 0,
    },
    { name: 'good chain, root sent along', ...good, untrusted: certs(inter, root), error: 0 },
    { name: 'good, everything trusted', ...good, untrusted: [], trusted: certs(root, inter), error: 0 },
    {
      name: 'odd white space and case in names',
      target: folded.certificate,
      untrusted: certs(inter),
      trusted: certs(root),
      error: 0,
    },
    {
      name: 'untrusted first, alternative chain',
      target: leaf.certificate,
      untrusted: certs(otherInter, mimic),
      trusted: certs(root, inter),
      error: 0,
    },
    { name: 'no issuer at all', target: leaf.certificate, trusted: certs(), error: 20 },
    { name: 'intermediate missing', target: leaf.certificate, trusted: certs(root), error: 20 },
    { name: 'root not trusted', ...good, trusted: certs(selfSigned), error: 20 },
    { name: 'root sent but not trusted', ...good, untrusted: certs(inter, root), trusted: [], error: 19 },
    { name: 'self-signed, unknown', target: selfSigned.certificate, trusted: certs(root), error: 18 },
    { name: 'self-signed, trusted', target: selfSigned.certificate, trusted: certs(selfSigned), error: 0 },
    {
      name: 'root with the same name and another key',
      target: leaf.certificate,
      untrusted: certs(otherInter, mimic),
      trusted: certs(root),
      error: 19,
    },
    { name: 'intermediate trusted, chain not complete', ...good, untrusted: [], trusted: certs(inter), error: 2 },
    { name: 'partial chain', ...good, untrusted: [], trusted: certs(inter), flags: VerifyFlag.partialChain, error: 0 },
    {
      name: 'partial chain, leaf trusted',
      ...good,
      untrusted: [],
      trusted: certs(leaf),
      flags: VerifyFlag.partialChain,
      error: 0,
    },
    { name: 'leaf trusted without partial chain', ...good, untrusted: [], trusted: certs(leaf), error: 20 },
    { name: 'forged leaf', ...good, target: forged(leaf), error: 7 },
    { name: 'forged intermediate', ...good, untrusted: [forged(inter)], error: 7 },
    { name: 'forged root is not looked at', ...good, trusted: [forged(root)], error: 0 },
    { name: 'forged root, when asked', ...good, trusted: [forged(root)], flags: VerifyFlag.checkSsSignature, error: 7 },
    {
      name: 'expired leaf',
      target: under(inter, { to: NOW - DAY }),
      untrusted: certs(inter),
      trusted: certs(root),
      error: 10,
    },
    {
      name: 'leaf not yet valid',
      target: under(inter, { from: NOW + DAY }),
      untrusted: certs(inter),
      trusted: certs(root),
      error: 9,
    },
    {
      name: 'expires this second',
      target: under(inter, { to: NOW }),
      untrusted: certs(inter),
      trusted: certs(root),
      error: 10,
    },
    {
      name: 'begins this second',
      target: under(inter, { from: NOW }),
      untrusted: certs(inter),
      trusted: certs(root),
      error: 0,
    },
    { name: 'expired root', target: under(expiredRoot), trusted: certs(expiredRoot), error: 10 },
    chainCase('expired intermediate', expiredInter, 10),
    {
      name: 'expired, time not checked',
      target: under(expiredRoot),
      trusted: certs(expiredRoot),
      flags: VerifyFlag.noCheckTime,
      time: NOW,
      error: 10,
    },
    chainCase('intermediate is not an authority', notCa, 79),
    chainCase('intermediate without basicConstraints', noBasic, 79),
    chainCase('intermediate may not sign', noSign, 79),
    { name: 'version 1 root', target: under(v1Root), trusted: certs(v1Root), error: 0 },
    {
      name: 'version 1 root, strict',
      target: under(v1Root),
      trusted: certs(v1Root),
      flags: VerifyFlag.x509Strict,
      error: 79,
    },
    {
      name: 'untrusted first, the sent chain cut back to a trusted issuer',
      target: leaf.certificate,
      untrusted: certs(otherInter, mimic),
      trusted: certs(root, inter),
      flags: VerifyFlag.trustedFirst,
      error: 0,
    },
    {
      name: 'untrusted first, cutting back forbidden',
      target: leaf.certificate,
      untrusted: certs(otherInter, mimic),
      trusted: certs(root, inter),
      flags: VerifyFlag.trustedFirst | VerifyFlag.noAltChains,
      error: 19,
    },
    {
      name: 'untrusted first, nothing to cut back to',
      target: leaf.certificate,
      untrusted: certs(otherInter, mimic),
      trusted: certs(selfSigned),
      flags: VerifyFlag.trustedFirst,
      error: 19,
    },
    {
      name: 'untrusted first, deep chain',
      target: under(deepest),
      untrusted: certs(...deep.slice(1)),
      trusted: certs(root),
      flags: VerifyFlag.trustedFirst,
      error: 0,
    },
    {
      name: 'two intermediates of the same name, one expired',
      target: leaf.certificate,
      untrusted: certs(staleInter, inter),
      trusted: certs(root),
      error: 0,
    },
    {
      name: 'only the expired intermediate of that name',
      target: leaf.certificate,
      untrusted: certs(staleInter),
      trusted: certs(root),
      error: 10,
    },
    { name: 'path length', target: under(below), untrusted: certs(short, below), trusted: certs(root), error: 25 },
    chainCase('path length 0 kept', short, 0),
    {
      name: 'depth 4 allowed',
      target: under(deepest),
      untrusted: certs(...deep.slice(1)),
      trusted: certs(root),
      depth: 4,
      error: 0,
    },
    {
      name: 'depth 3 exceeded',
      target: under(deepest),
      untrusted: certs(...deep.slice(1)),
      trusted: certs(root),
      depth: 3,
      error: 22,
    },
    { name: 'depth 0 exceeded', ...good, depth: 0, error: 22 },
    { name: 'depth 1', ...good, depth: 1, error: 0 },
    {
      name: 'unknown critical extension',
      target: under(inter, { extensions: [ext.unknown(true)] }),
      untrusted: certs(inter),
      trusted: certs(root),
      error: 34,
    },
    {
      name: 'unknown extension',
      target: under(inter, { extensions: [ext.unknown(false)] }),
      untrusted: certs(inter),
      trusted: certs(root),
      error: 0,
    },
    {
      name: 'critical ignored',
      target: under(inter, { extensions: [ext.unknown(true)] }),
      untrusted: certs(inter),
      trusted: certs(root),
      flags: VerifyFlag.ignoreCritical,
      error: 0,
    },
    { name: 'server purpose', ...good, purpose: 2, error: 0 },
    {
      name: 'client certificate as server',
      target: under(inter, { extensions: [ext.extended(CLIENT)] }),
      untrusted: certs(inter),
      trusted: certs(root),
      purpose: 2,
      error: 26,
    },
    {
      name: 'client purpose, key encipherment only',
      target: under(inter, { extensions: [ext.usage(0x20)] }),
      untrusted: certs(inter),
      trusted: certs(root),
      purpose: 1,
      error: 26,
    },
    chainCase('purpose of the authority', serverEku, 26, { purpose: 1 }),
    chainCase('purpose of the authority fits', serverEku, 0, { purpose: 2 }),
    {
      name: 'wrong authority key identifier',
      target: wrongAkid,
      untrusted: certs(inter),
      trusted: certs(root),
      error: 20,
    },
    { name: 'host name', ...good, host: 'LEAF.example.com', error: 0 },
    { name: 'wrong host name', ...good, host: 'other.example.com', error: 62 },
    { name: 'address', ...good, ip: '127.0.0.1', error: 0 },
    { name: 'wrong address', ...good, ip: '127.0.0.2', error: 64 },
    {
      name: 'weak root at level 2',
      target: under(rsaRoot, { akid: Uint8Array.of(9) }),
      trusted: certs(rsaRoot),
      level: 2,
      error: 67,
    },
    {
      name: 'weak root at level 1',
      target: under(rsaRoot, { akid: Uint8Array.of(9) }),
      trusted: certs(rsaRoot),
      level: 1,
      error: 0,
    },
    { name: 'leaf key too small at level 4', ...good, level: 4, error: 66 },
    chainCase('SHA-1 at level 1', sha1, 68, { level: 1 }),
    chainCase('SHA-1 at level 0', sha1, 0, { level: 0 }),
    { name: 'strict, well made', ...good, flags: VerifyFlag.x509Strict, error: 0 },
    chainCase(
      'strict, no key identifiers',
      issue('Bare', { by: root, identifiers: false, extensions: caExtensions() }),
      85,
      { flags: VerifyFlag.x509Strict },
    ),
    chainCase(
      'strict, basicConstraints not critical',
      issue('Soft', { by: root, extensions: [ext.basic(true, null, false), ext.usage(0x06)] }),
      89,
      { flags: VerifyFlag.x509Strict },
    ),
    chainCase('strict, authority without key usage', issue('Loose', { by: root, extensions: [ext.basic(true)] }), 92, {
      flags: VerifyFlag.x509Strict,
    }),
    ...revocationCases(),
    constrained('DNS name permitted', ext.constraints([[2, 'example.com']]), [[2, 'a.example.com']], 0),
    constrained('DNS name not permitted', ext.constraints([[2, 'example.com']]), [[2, 'a.example.org']], 47),
    constrained('DNS name that only ends alike', ext.constraints([[2, 'example.com']]), [[2, 'badexample.com']], 47),
    constrained('DNS name excluded', ext.constraints([], [[2, '.bad.com']]), [[2, 'x.BAD.com']], 48),
    constrained(
      'address permitted',
      ext.constraints([[7, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0)]]),
      [[7, Uint8Array.of(10, 1, 2, 3)]],
      0,
    ),
    constrained(
      'address not permitted',
      ext.constraints([[7, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0)]]),
      [[7, Uint8Array.of(11, 1, 2, 3)]],
      47,
    ),
    constrained('e-mail of a host', ext.constraints([[1, 'example.com']]), [[1, 'joe@Example.com']], 0),
    constrained('e-mail of another host', ext.constraints([[1, 'example.com']]), [[1, 'joe@a.example.com']], 47),
    constrained(
      'e-mail, local part in another case',
      ext.constraints([[1, 'joe@example.com']]),
      [[1, 'Joe@example.com']],
      47,
    ),
    constrained('URI of a domain', ext.constraints([[6, '.example.com']]), [[6, 'https://a.example.com/x']], 0),
    constrained('URI without host', ext.constraints([[6, '.example.com']]), [[6, 'urn:x']], 53),
    constrained(
      'constraint of a type nobody supports',
      ext.constraints([[8, Uint8Array.of(42, 3)]]),
      [[8, Uint8Array.of(42, 3)]],
      51,
    ),
    ...suiteBCases(),
  ]
  return list
}

testCases(cases())

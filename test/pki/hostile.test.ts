import { describe, expect, test } from '@jest/globals'
import { type Certificate, parseCertificate } from '../../lib/pki/certificate.ts'
import { type Crl, parseCrl } from '../../lib/pki/crl.ts'
import { type Extension, ExtensionId } from '../../lib/pki/extensions.ts'
import { PkiFailure } from '../../lib/pki/failure.ts'
import { evaluatePolicies } from '../../lib/pki/path/policy.ts'
import { encodeTrustSettings, parseTrustSettings } from '../../lib/pki/path/trust-settings.ts'
import { TrustStore } from '../../lib/pki/path/trust-store.ts'
import { verification } from '../../lib/pki/path/verify.ts'
import { DEFAULT_PARAMETERS, VerifyFlag } from '../../lib/pki/path/verify-parameters.ts'
import {
  caExtensions,
  certificateIssuer,
  certificatePoints,
  crlNumber,
  ext,
  freshest,
  issue,
  issueCrl,
  listScope,
  NOW,
  type Party,
} from './authority.ts'
import { mutated, seeded } from './seeded.ts'

// Whatever the bytes: a `PkiFailure` or an answer, and never the answer that something forged is good.

const everything = [
  ext.policies('1.2.3', '2.5.29.32.0'),
  ext.mappings(['1.2.3', '1.2.4']),
  ext.policyConstraints(1, 1),
  ext.inhibitAny(1),
  ext.constraints([[2, 'a.example']], [[1, 'b.example']]),
  ext.addresses([1, [[[10], 0]]], [2, null]),
  ext.asNumbers([[1, 9], 12], null),
  freshest(),
]
const root = issue('Root', {
  extensions: [...caExtensions(), ext.addresses([1, [[[10], 0]]], [2, [[[32], 0]]]), ext.asNumbers([[1, 99]], [1])],
})
const inter = issue('Intermediate', { by: root, extensions: [...caExtensions(), ...everything] })
const leaf = issue('end', {
  by: inter,
  extensions: [
    ext.basic(false),
    ext.names([2, 'x.a.example'], [1, 'joe@a.example'], [6, 'http://a.example'], [7, Uint8Array.of(10, 0, 0, 1)]),
    certificatePoints([{ uri: 'http://a/1' }, inter.certificate.subject], [{ relative: [['2.5.4.3', 'lists']] }]),
    ext.extended('1.3.6.1.5.5.7.3.1'),
    ext.policies('1.2.4'),
  ],
})
const list = issueCrl(inter, {
  revoked: [[root, 1, certificateIssuer(root.certificate.subject)]],
  extensions: [crlNumber(1), listScope({ uri: 'http://a/1', flags: [4] }), freshest()],
})
const flags =
  VerifyFlag.trustedFirst |
  VerifyFlag.useCheckTime |
  VerifyFlag.crlCheck |
  VerifyFlag.extendedCrlSupport |
  VerifyFlag.useDeltas |
  VerifyFlag.policyCheck

function verifies(target: Certificate, middle: Certificate, crl: Crl, overrule: boolean): boolean {
  const trust = new TrustStore()
  trust.add(root.certificate)
  return verification({
    target,
    untrusted: [middle],
    trust,
    crls: [crl],
    parameters: { ...DEFAULT_PARAMETERS, flags, time: NOW, purpose: 2, policies: ['1.2.3'], hosts: ['x.a.example'] },
    callback: ok => overrule || ok !== 0,
  }).run()
}

/** What `read` makes of changed bytes, and how often it made something. */
function survivors(rounds: number, seed: number, bytes: Uint8Array, read: (bytes: Uint8Array) => void): number {
  const random = seeded(seed)
  let count = 0
  for (let round = 0; round < rounds; round++) {
    const changed = mutated(bytes, random)
    if (Buffer.compare(changed, bytes) === 0) continue
    try {
      read(changed)
      count++
    } catch (failure) {
      if (!(failure instanceof PkiFailure)) throw failure
    }
  }
  return count
}

test('the chain is good', () => {
  expect(verifies(leaf.certificate, inter.certificate, list, false)).toBe(true)
})

test('a reason code ends where its list says', () => {
  const behind: Extension = { oid: ExtensionId.reasonCode, critical: false, value: Uint8Array.of(0x0a, 1, 1, 0) }
  expect(() => issueCrl(inter, { revoked: [[leaf, null, behind]] })).toThrow(PkiFailure)
})

describe('changed bytes', () => {
  const forged = (
    party: Party,
    seed: number,
    chain: (certificate: Certificate) => [Certificate, Certificate],
  ): number =>
    survivors(1000, seed, party.certificate.der, bytes => {
      const [target, middle] = chain(parseCertificate(bytes))
      expect(verifies(target, middle, list, false)).toBe(false)
      verifies(target, middle, list, true)
    })

  test('of a leaf', () => {
    expect(forged(leaf, 1, certificate => [certificate, inter.certificate])).toBeGreaterThan(50)
  })

  test('of an intermediate', () => {
    expect(forged(inter, 2, certificate => [leaf.certificate, certificate])).toBeGreaterThan(50)
  })

  test('of a revocation list', () => {
    const count = survivors(1500, 3, list.der, bytes => {
      const crl = parseCrl(bytes)
      expect(verifies(leaf.certificate, inter.certificate, crl, false)).toBe(false)
      verifies(leaf.certificate, inter.certificate, crl, true)
    })
    expect(count).toBeGreaterThan(50)
  })

  test('of trust settings', () => {
    const settings = encodeTrustSettings({
      trusted: ['1.3.6.1.5.5.7.3.1'],
      rejected: ['1.3.6.1.5.5.7.3.2'],
      alias: Buffer.from('root'),
      keyId: Uint8Array.of(1, 2),
    })
    expect(survivors(2000, 4, settings, parseTrustSettings)).toBeGreaterThan(50)
  })
})

describe('policies that would grow without end (CVE-2023-0464)', () => {
  /** Each policy of a level is mapped to all of the next: the tree of RFC 5280 would have 8 times as many each time. */
  const oids = (level: number): string[] => Array.from({ length: 8 }, (_, at) => `1.2.${level}.${at}`)
  const links = Array.from({ length: 8 }, (_, level) => [
    ext.policies(...oids(level)),
    ext.mappings(...oids(level).flatMap(from => oids(level + 1).map(to => [from, to] as const))),
  ])
  const chain: Party[] = [root]
  for (const extensions of links)
    chain.unshift(issue('Link', { by: chain[0] ?? root, extensions: [...caExtensions(), ...extensions] }))

  test('end the evaluation', () => {
    const settings = { explicit: true, inhibitAny: false, inhibitMapping: false, wanted: ['1.2.0.0'] }
    const certificates = chain.map(({ certificate }) => certificate)
    expect(evaluatePolicies(certificates, settings)).toEqual({ result: 'too-large', tree: null, explicit: true })
    expect(evaluatePolicies(certificates, { ...settings, inhibitMapping: true }).result).not.toBe('too-large')
  })
})

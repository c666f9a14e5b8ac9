import type { Extension } from '../../lib/pki/extensions.ts'
import { VerifyError } from '../../lib/pki/path/verify-error.ts'
import { VerifyFlag } from '../../lib/pki/path/verify-parameters.ts'
import { caExtensions, ext, issue, nameOf, newKey, type Party } from './authority.ts'
import { seeded } from './seeded.ts'
import { type Case, testCases } from './verify-cases.ts'

// Certificate policies (RFC 5280 section 6.1), after the groups 4.8 to 4.12 of NIST's PKITS, and chains made at random.

const [P1, P2, P3, P4] = ['1.3.6.1.4.1.1.1', '1.3.6.1.4.1.1.2', '1.3.6.1.4.1.1.3', '1.3.6.1.4.1.1.40']
const ANY = '2.5.29.32.0'
const { policyCheck, explicitPolicy, inhibitAny, inhibitMap } = VerifyFlag
const NONE = VerifyError.noExplicitPolicy
const BAD = VerifyError.invalidPolicyExtension

/** A self-issued certificate with the key of its issuer would be self-signed. */
const [key, otherKey] = [newKey(), newKey()]
const root = issue('Root', { extensions: caExtensions() })

/** Extensions of the certificates below the root; `'self'` before them: issued by and for the same name. */
type Link = readonly Extension[] | readonly ['self', ...Extension[]]

/** A chain below the root, the leaf last. */
function chain(...links: readonly Link[]): Pick<Case, 'target' | 'untrusted' | 'trusted'> {
  const parties: Party[] = [root]
  for (const [depth, link] of links.entries()) {
    const by = parties.at(-1) ?? root
    const self = link[0] === 'self'
    const extensions = link.flatMap(item => (item === 'self' ? [] : [item]))
    const isLeaf = depth === links.length - 1
    const subject = self ? by.certificate.subject : nameOf(`Link ${depth}`)
    const own = isLeaf ? [ext.basic(false)] : caExtensions()
    parties.push(issue('', { by, key: by.key === key ? otherKey : key, subject, extensions: [...own, ...extensions] }))
  }
  const certificates = parties.slice(1).map(({ certificate }) => certificate)
  const target = certificates.at(-1) ?? root.certificate
  return { target, untrusted: certificates.slice(0, -1), trusted: [root.certificate] }
}

const says = (...policies: string[]): Extension[] => [ext.policies(...policies)]

function policy(name: string, links: readonly Link[], flags: number, policies: readonly string[], error: number): Case {
  return { name, ...chain(...links), flags: flags | policyCheck, policies, error }
}

const NAMED: Case[] = [
  policy('all certificates, same policy', [says(P1), says(P1)], explicitPolicy, [P1], 0),
  policy('all certificates, same policy, any wanted', [says(P1), says(P1)], explicitPolicy, [ANY], 0),
  policy('all certificates, same policy, another wanted', [says(P1), says(P1)], explicitPolicy, [P2], NONE),
  policy('all certificates, no policies', [[], []], 0, [], 0),
  policy('all certificates, no policies, explicit', [[], []], explicitPolicy, [P1], NONE),
  policy('different policies', [says(P1), says(P2)], explicitPolicy, [P1, P2], NONE),
  policy('different policies, not explicit', [says(P1), says(P2)], 0, [P1], 0),
  policy('overlapping policies', [says(P1, P2, P3), says(P2, P3), says(P3, P1)], explicitPolicy, [P3], 0),
  policy('an intermediate without policies', [says(P1), [], says(P1)], explicitPolicy, [P1], NONE),
  policy('anyPolicy all the way', [says(ANY), says(ANY)], explicitPolicy, [P1], 0),
  policy('anyPolicy above', [says(ANY), says(P1)], explicitPolicy, [P1], 0),
  policy('anyPolicy below', [says(P1), says(ANY)], explicitPolicy, [P1], 0),
  policy('anyPolicy below, inhibited', [says(P1), says(ANY)], explicitPolicy | inhibitAny, [P1], NONE),
  policy('the leaf wants a policy', [says(P1), [ext.policyConstraints(0)]], 0, [P1], NONE),
  policy('an authority wants one at once', [[ext.policyConstraints(0)], []], 0, [P1], NONE),
  policy('an authority wants one two below, there is one below', [[ext.policyConstraints(2)], []], 0, [P1], 0),
  policy('an authority wants one after two', [[ext.policyConstraints(2)], [], [], []], 0, [P1], NONE),
  policy('the least demand counts', [[ext.policyConstraints(5)], [ext.policyConstraints(1)], [], []], 0, [P1], NONE),
  policy('self-issued ones do not count', [[ext.policyConstraints(2)], ['self'], []], 0, [P1], 0),
  policy('a mapping', [[...says(P1), ext.mappings([P1, P2])], says(P2)], explicitPolicy, [P1], 0),
  policy('a mapping, by its name below', [[...says(P1), ext.mappings([P1, P2])], says(P2)], explicitPolicy, [P2], NONE),
  policy(
    'a mapping, inhibited',
    [[...says(P1), ext.mappings([P1, P2])], says(P2)],
    explicitPolicy | inhibitMap,
    [P1],
    NONE,
  ),
  policy(
    'a mapping, inhibited by the one above',
    [[...says(P1), ext.policyConstraints(null, 0)], [...says(P1), ext.mappings([P1, P2])], says(P2)],
    explicitPolicy,
    [P1],
    NONE,
  ),
  policy(
    'mapped twice',
    [[...says(P1), ext.mappings([P1, P2])], [...says(P2), ext.mappings([P2, P3])], says(P3)],
    explicitPolicy,
    [P1],
    0,
  ),
  policy('one to many', [[...says(P1), ext.mappings([P1, P2], [P1, P3])], says(P3)], explicitPolicy, [P1], 0),
  policy('many to one', [[...says(P1, P2), ext.mappings([P1, P3], [P2, P3])], says(P3)], explicitPolicy, [P2], 0),
  policy('mapped out of anyPolicy', [[...says(ANY), ext.mappings([P1, P2])], says(P2)], explicitPolicy, [P1], 0),
  policy(
    'a mapping of what is not there',
    [[...says(P1), ext.mappings([P3, P2])], says(P2)],
    explicitPolicy,
    [P3],
    NONE,
  ),
  policy(
    'a mapping and anyPolicy below',
    [[...says(P1), ext.mappings([P1, P2], [P1, P4])], says(ANY)],
    explicitPolicy,
    [P1],
    0,
  ),
  policy('anyPolicy inhibited at once', [[...says(ANY), ext.inhibitAny(0)], says(ANY)], explicitPolicy, [P1], NONE),
  policy('anyPolicy inhibited after one', [[...says(ANY), ext.inhibitAny(1)], says(ANY)], explicitPolicy, [P1], 0),
  policy(
    'anyPolicy of a self-issued one where it is inhibited',
    [[...says(ANY), ext.inhibitAny(0)], ['self', ...says(ANY)], says(P1)],
    explicitPolicy,
    [P1],
    0,
  ),
  policy('inhibitAnyPolicy without policies', [[ext.inhibitAny(0)], says(P1)], 0, [P1], 0),
  policy('the same policy twice', [says(P1, P1), says(P1)], 0, [P1], BAD),
  policy('anyPolicy twice', [says(ANY, ANY), says(P1)], 0, [P1], BAD),
  policy('no policy at all in the extension', [says(), says(P1)], 0, [P1], 0),
  policy('a mapping to anyPolicy', [[...says(P1), ext.mappings([P1, ANY])], says(P1)], 0, [P1], BAD),
  policy('a mapping without pairs', [[...says(P1), ext.mappings()], says(P1)], 0, [P1], BAD),
  policy('constraints without a count', [[ext.policyConstraints(null)], says(P1)], 0, [P1], BAD),
  policy('a negative count', [[ext.policyConstraints(0x80)], says(P1)], 0, [P1], BAD),
  policy('mappings twice', [[...says(P1), ext.mappings([P1, P2]), ext.mappings([P1, P2])], says(P2)], 0, [P1], BAD),
  policy('only the trust anchor', [], explicitPolicy, [P1], 0),
  policy('what was found is told', [says(P1, P3), says(P3, P1)], VerifyFlag.notifyPolicy | explicitPolicy, [P1, P3], 0),
  policy('not asked for', [says(P1, P1), says(P1)], 0, [], BAD),
  { ...policy('not checked', [says(P1, P1), says(P1)], 0, [], 0), flags: 0 },
]

/** Policies, mappings and limits as the dice fall; libcrypto says what comes of them. */
function atRandom(count: number): Case[] {
  const below = seeded(20_240_601)
  const oids = [P1, P2, P3, P4, ANY, '2.5.4.99.1']
  const pick = (): string => oids[below(oids.length)] ?? P1
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make)
  const link = (): Link => {
    const extensions: Extension[] = []
    if (below(8) > 0) extensions.push(ext.policies(...new Set([pick(), ...some(3, pick)])))
    if (below(3) === 0) extensions.push(ext.mappings([pick(), pick()], ...some(3, () => [pick(), pick()] as const)))
    if (below(5) === 0) extensions.push(ext.policyConstraints(below(2) ? below(4) : null, below(2) ? below(3) : null))
    if (below(5) === 0) extensions.push(ext.inhibitAny(below(3)))
    return below(6) === 0 ? ['self', ...extensions] : extensions
  }
  return Array.from({ length: count }, (_, at) => ({
    name: `at random, ${at}`,
    ...chain(...[link(), ...some(3, link), link()]),
    flags:
      policyCheck |
      ([0, explicitPolicy, explicitPolicy, inhibitAny, inhibitMap, explicitPolicy | inhibitMap].at(below(6)) ?? 0) |
      (below(4) === 0 ? VerifyFlag.notifyPolicy : 0),
    policies: some(3, pick),
  }))
}

testCases([...NAMED, ...atRandom(120)])

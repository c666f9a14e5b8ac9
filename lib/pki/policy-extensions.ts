import type { Certificate } from './certificate.ts'
import { compareOids, context, DerReader, readOid, readSmallInteger, readWhole, Tag } from './der.ts'
import { type Extension, ExtensionId } from './extensions.ts'
import { malformed, PkiFailure } from './failure.ts'

/** anyPolicy (RFC 5280 section 4.2.1.4). */
export const ANY_POLICY = '2.5.29.32.0'

/** One qualifier of a policy: its identifier and the DER of its value. */
export interface PolicyQualifier {
  readonly oid: string
  readonly value: Uint8Array
}

/** A policy as it stands in one certificate, or as a mapping or anyPolicy brings it forth. */
export interface PolicyData {
  readonly policy: string
  /** The contents of policyQualifiers, for `readQualifiers`; null without any. */
  readonly qualifiers: Uint8Array | null
  /** certificatePolicies is critical where it stands. */
  readonly critical: boolean
  /** What the policy is called in the certificates below, when it is mapped. */
  readonly expected: string[]
  /** A mapping speaks of it. */
  mapped: boolean
  /** It is not in the certificate: a mapping brought it out of anyPolicy. */
  readonly fromAny: boolean
}

/** What a certificate says about policies; the counts are null when nothing is said. */
export interface PolicyStatement {
  /** Null without certificatePolicies. */
  readonly policies: readonly PolicyData[] | null
  readonly any: PolicyData | null
  /** Certificates after which a policy must be there, mappings and anyPolicy end. */
  readonly requireExplicit: number | null
  readonly inhibitMapping: number | null
  readonly inhibitAny: number | null
}

/** Policies, and mappings, that one certificate may name. */
const MAX_POLICIES = 1024

/**
 * What a certificate says about policies (policy_cache_new of OpenSSL); null when it contradicts itself or cannot be
 * read. Mappings and inhibitAnyPolicy count only beside certificatePolicies.
 */
export function policyStatement(certificate: Certificate): PolicyStatement | null {
  try {
    return readStatement(certificate)
  } catch (failure) {
    if (failure instanceof PkiFailure) return null
    throw failure
  }
}

function readStatement(certificate: Certificate): PolicyStatement {
  const constraints = parse(certificate, ExtensionId.policyConstraints, parseConstraints)
  const limits = constraints ?? { requireExplicit: null, inhibitMapping: null }
  const critical = certificate.extension(ExtensionId.certificatePolicies)?.critical === true
  const named = parse(certificate, ExtensionId.certificatePolicies, der => parsePolicies(der, critical)) ?? []
  if (named.length === 0) return { policies: null, any: null, inhibitAny: null, ...limits }
  const any = named.find(({ policy }) => policy === ANY_POLICY) ?? null
  const policies = new SortedPolicies(named.filter(data => data !== any))
  const mappings = parse(certificate, ExtensionId.policyMappings, parseMappings) ?? []
  for (const [from, to] of mappings) map(policies, any, from, to)
  const inhibitAny = parse(certificate, ExtensionId.inhibitAnyPolicy, parseCount)
  return { policies: policies.list, any, inhibitAny, ...limits }
}

function map(policies: SortedPolicies, any: PolicyData | null, from: string, to: string): void {
  const known = policies.find(from)
  if (known !== undefined) {
    known.mapped = true
    known.expected.push(to)
  } else if (any !== null) policies.add({ ...any, policy: from, expected: [to], fromAny: true })
}

/** In the order in which OpenSSL comes upon them: a search sorts, what is added after the last one stands at the end. */
class SortedPolicies {
  readonly #known = new Map<string, PolicyData>()
  #last: PolicyData | null = null

  constructor(policies: readonly PolicyData[]) {
    for (const data of policies) {
      if (this.find(data.policy) !== undefined) throw malformed('policy twice')
      this.add(data)
    }
  }

  get list(): PolicyData[] {
    const sorted = [...this.#known.values()].filter(data => data !== this.#last)
    sorted.sort((a, b) => compareOids(a.policy, b.policy))
    return this.#last === null ? sorted : [...sorted, this.#last]
  }

  find(policy: string): PolicyData | undefined {
    this.#last = null
    return this.#known.get(policy)
  }

  add(data: PolicyData): void {
    this.#known.set(data.policy, data)
    this.#last = data
  }
}

function parse<T>(certificate: Certificate, oid: string, read: (der: Uint8Array) => T): T | null {
  const [extension, ...others]: Extension[] = certificate.extensions.filter(other => other.oid === oid)
  if (others.length > 0) throw malformed(`extension ${oid} twice`)
  return extension === undefined ? null : read(extension.value)
}

function parsePolicies(der: Uint8Array, critical: boolean): PolicyData[] {
  const named = readWhole(der, Tag.sequence, reader => readList(reader, item => readPolicy(item, critical)))
  if (named.filter(({ policy }) => policy === ANY_POLICY).length > 1) throw malformed('anyPolicy twice')
  return named
}

function readPolicy(reader: DerReader, critical: boolean): PolicyData {
  const item = reader.enter(Tag.sequence)
  const policy = readOid(item)
  const qualifiers = item.done ? null : item.next(Tag.sequence).contents
  item.end()
  if (qualifiers !== null) readQualifiers(qualifiers)
  return { policy, qualifiers, critical, expected: [], mapped: false, fromAny: false }
}

/** The qualifiers of a policy, from their contents. */
export function readQualifiers(contents: Uint8Array): PolicyQualifier[] {
  return readList(new DerReader(contents), readQualifier)
}

function readQualifier(reader: DerReader): PolicyQualifier {
  const item = reader.enter(Tag.sequence)
  const qualifier = { oid: readOid(item), value: item.next().encoding }
  item.end()
  return qualifier
}

/** RFC 5280 section 4.2.1.5: neither from nor to anyPolicy, and not empty. */
function parseMappings(der: Uint8Array): (readonly [from: string, to: string])[] {
  const mappings = readWhole(der, Tag.sequence, reader => readList(reader, readMapping))
  if (mappings.length === 0 || mappings.flat().includes(ANY_POLICY)) throw malformed('not a policy mapping')
  return mappings
}

function readMapping(reader: DerReader): readonly [from: string, to: string] {
  const item = reader.enter(Tag.sequence)
  const mapping = [readOid(item), readOid(item)] as const
  item.end()
  return mapping
}

/** RFC 5280 section 4.2.1.11: one of the two must be there. */
function parseConstraints(der: Uint8Array): Pick<PolicyStatement, 'requireExplicit' | 'inhibitMapping'> {
  return readWhole(der, Tag.sequence, reader => {
    const count = (tag: number): number | null =>
      reader.peek === context(tag, false) ? readSmallInteger(reader, context(tag, false)) : null
    const limits = { requireExplicit: count(0), inhibitMapping: count(1) }
    if (limits.requireExplicit === null && limits.inhibitMapping === null) throw malformed('empty policy constraints')
    return limits
  })
}

function parseCount(der: Uint8Array): number {
  const reader = new DerReader(der)
  const count = readSmallInteger(reader)
  reader.end()
  return count
}

function readList<T>(reader: DerReader, read: (reader: DerReader) => T): T[] {
  const items: T[] = []
  while (!reader.done) if (items.push(read(reader)) > MAX_POLICIES) throw malformed('too many policies')
  return items
}

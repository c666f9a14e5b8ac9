import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type Certificate, parseCertificate } from '../../lib/pki/certificate.ts'
import { type Crl, parseCrl } from '../../lib/pki/crl.ts'
import { context, DerReader, encode, encodeOid, encodeTime, encodeUnsigned, sequence, Tag } from '../../lib/pki/der.ts'
import { type Extension, ExtensionId } from '../../lib/pki/extensions.ts'
import { encodeExtension, type IssueDigest, issueCertificate, keyIdentifier, spkiOf } from '../../lib/pki/issue.ts'
import { Name } from '../../lib/pki/name.ts'

/** The moment the tests play at: 2024-06-01 12:00:00 UTC. */
export const NOW = Date.UTC(2024, 5, 1, 12)
const DAY = 86_400_000

/** A general name: its context tag number and its contents. */
export type GeneralNameSpec = readonly [type: number, value: string | Uint8Array]

/** Builders of extension bodies. */
export const ext = {
  basic: (ca: boolean, pathLength: number | null = null, critical = true): Extension => ({
    oid: ExtensionId.basicConstraints,
    critical,
    value: sequence(
      ...(ca ? [encode(Tag.boolean, Uint8Array.of(0xff))] : []),
      ...(pathLength === null ? [] : [encodeUnsigned(Uint8Array.of(pathLength))]),
    ),
  }),
  /** `usage`: KeyUsage bits of the first octet. */
  usage: (usage: number): Extension => ({
    oid: ExtensionId.keyUsage,
    critical: true,
    value: encode(Tag.bitString, Uint8Array.of(trailingZeros(usage), usage)),
  }),
  extended: (...oids: string[]): Extension => ({
    oid: ExtensionId.extendedKeyUsage,
    critical: false,
    value: sequence(...oids.map(encodeOid)),
  }),
  names: (...names: readonly GeneralNameSpec[]): Extension => ({
    oid: ExtensionId.subjectAltName,
    critical: false,
    value: sequence(...names.map(([type, value]) => encode(context(type, false), bytes(value)))),
  }),
  constraints: (permitted: readonly GeneralNameSpec[], excluded: readonly GeneralNameSpec[] = []): Extension => ({
    oid: ExtensionId.nameConstraints,
    critical: true,
    value: sequence(
      ...[permitted, excluded].flatMap((subtrees, tag) =>
        subtrees.length === 0
          ? []
          : [
              encode(
                context(tag, true),
                ...subtrees.map(([type, value]) => sequence(encode(context(type, false), bytes(value)))),
              ),
            ],
      ),
    ),
  }),
  skid: (id: Uint8Array): Extension => ({
    oid: ExtensionId.subjectKeyIdentifier,
    critical: false,
    value: encode(Tag.octetString, id),
  }),
  akid: (id: Uint8Array): Extension => ({
    oid: ExtensionId.authorityKeyIdentifier,
    critical: false,
    value: sequence(encode(context(0, false), id)),
  }),
  unknown: (critical: boolean): Extension => ({ oid: '1.2.3.4.5', critical, value: encode(Tag.null) }),
  /** `pathLength`: proxies that may follow. */
  proxy: (pathLength: number | null = null): Extension => ({
    oid: ExtensionId.proxyCertInfo,
    critical: true,
    value: sequence(...small(pathLength), sequence(encodeOid('1.3.6.1.5.5.7.21.1'))),
  }),
  policies: (...oids: readonly string[]): Extension => ({
    oid: ExtensionId.certificatePolicies,
    critical: false,
    value: sequence(...oids.map(oid => sequence(encodeOid(oid)))),
  }),
  mappings: (...pairs: readonly (readonly [from: string, to: string])[]): Extension => ({
    oid: ExtensionId.policyMappings,
    critical: true,
    value: sequence(...pairs.map(pair => sequence(...pair.map(encodeOid)))),
  }),
  policyConstraints: (requireExplicit: number | null, inhibitMapping: number | null = null): Extension => ({
    oid: ExtensionId.policyConstraints,
    critical: true,
    value: sequence(
      ...[requireExplicit, inhibitMapping].flatMap((count, tag) =>
        count === null ? [] : [encode(context(tag, false), Uint8Array.of(count))],
      ),
    ),
  }),
  inhibitAny: (count: number): Extension => ({
    oid: ExtensionId.inhibitAnyPolicy,
    critical: true,
    value: encodeUnsigned(Uint8Array.of(count)),
  }),
  /** Families of addresses: each a list of prefixes, or of pairs of such for ranges, or null to inherit. */
  addresses: (...families: readonly (readonly [afi: number, list: readonly AddressSpec[] | null])[]): Extension => ({
    oid: ExtensionId.ipAddrBlocks,
    critical: true,
    value: sequence(
      ...families.map(([afi, list]) =>
        sequence(
          encode(Tag.octetString, Uint8Array.of(0, afi)),
          list === null ? encode(Tag.null) : sequence(...list.map(addressOf)),
        ),
      ),
    ),
  }),
  /** Numbers of autonomous systems, and of routing domains; null to inherit, undefined for none. */
  asNumbers: (
    ...lists: readonly (readonly (number | readonly [number, number])[] | null | undefined)[]
  ): Extension => ({
    oid: ExtensionId.autonomousSystems,
    critical: true,
    value: sequence(
      ...lists.flatMap((list, tag) =>
        list === undefined
          ? []
          : [encode(context(tag, true), list === null ? encode(Tag.null) : sequence(...list.map(asNumberOf)))],
      ),
    ),
  }),
}

/** The bits of a prefix: its octets, and how many bits of the last are not of it. */
export type PrefixSpec = readonly [octets: readonly number[], unused: number]
export type AddressSpec = PrefixSpec | { readonly from: PrefixSpec; readonly to: PrefixSpec }

function addressOf(spec: AddressSpec): Uint8Array {
  if ('from' in spec) return sequence(addressOf(spec.from), addressOf(spec.to))
  const [octets, unused] = spec
  return encode(Tag.bitString, Uint8Array.of(unused, ...octets))
}

function asNumberOf(item: number | readonly [number, number]): Uint8Array {
  if (typeof item === 'number') return encodeUnsigned(Uint8Array.of(item >> 8, item & 0xff))
  return sequence(...item.map(asNumberOf))
}

function small(value: number | null): Uint8Array[] {
  return value === null ? [] : [encodeUnsigned(Uint8Array.of(value))]
}

const bytes = (value: string | Uint8Array): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value, 'latin1') : value

function trailingZeros(octet: number): number {
  let count = 0
  while (count < 7 && ((octet >> count) & 1) === 0) count++
  return count
}

/** A name of one common name, or of `[oid, value]` pairs. */
export function nameOf(...attributes: readonly (string | readonly [oid: string, value: string])[]): Name {
  return Name.of(
    attributes.map((attribute, set) => {
      const [oid, value] = typeof attribute === 'string' ? ['2.5.4.3', attribute] : attribute
      return {
        oid,
        tag: oid === '1.2.840.113549.1.9.1' ? Tag.ia5String : Tag.utf8String,
        value: Buffer.from(value),
        set,
      }
    }),
  )
}

export interface Party {
  readonly certificate: Certificate
  readonly key: KeyObject
}

export interface Wanted {
  readonly subject?: Name
  readonly key?: KeyObject
  readonly by?: Party
  readonly from?: number
  readonly to?: number
  readonly version?: number
  readonly digest?: IssueDigest | null
  readonly extensions?: readonly Extension[]
  /** Key identifiers, as a well kept authority adds them; on unless said otherwise. */
  readonly identifiers?: boolean
  readonly akid?: Uint8Array
}

let serial = 0

export const newKey = (curve = 'P-256'): KeyObject => generateKeyPairSync('ec', { namedCurve: curve }).privateKey

/** A certificate made for a test, self-signed without `by`. */
export function issue(commonName: string, wanted: Wanted = {}): Party {
  const key = wanted.key ?? newKey()
  const subject = wanted.subject ?? nameOf(commonName)
  const spki = spkiOf(key)
  const bits = spki.subarray(spki.length - 65)
  const extensions = [...(wanted.extensions ?? [])]
  if (wanted.identifiers !== false) {
    const own = keyIdentifier(bits)
    extensions.push(ext.skid(own), ext.akid(wanted.akid ?? wanted.by?.certificate.skid ?? own))
  }
  const contents = {
    version: wanted.version ?? 3,
    serial: encodeUnsigned(Uint8Array.of(1, ++serial >> 8, serial & 0xff)),
    issuer: wanted.by?.certificate.subject ?? subject,
    subject,
    notBefore: wanted.from ?? NOW - 30 * DAY,
    notAfter: wanted.to ?? NOW + 300 * DAY,
    spki,
    extensions,
  }
  const digest = wanted.digest === undefined ? 'sha256' : wanted.digest
  return { certificate: parseCertificate(issueCertificate(contents, wanted.by?.key ?? key, digest)), key }
}

/** Parts of a certificate that are made otherwise, in DER; `outer` is the algorithm beside the signature. */
export interface Changes {
  readonly validity?: Uint8Array
  readonly algorithm?: Uint8Array
  readonly outer?: Uint8Array
  readonly spki?: Uint8Array
  readonly issuer?: Uint8Array
}

/** The same certificate with parts of it changed, signed anew with SHA-256 by an ECDSA key. */
export function reissue({ certificate, key }: Party, by: Party, changes: Changes): Party {
  const reader = new DerReader(certificate.tbs).enter(Tag.sequence)
  const parts: Uint8Array[] = []
  while (!reader.done) parts.push(reader.next().encoding)
  const order = [undefined, undefined, changes.algorithm, changes.issuer, changes.validity, undefined, changes.spki]
  const algorithm = changes.outer ?? changes.algorithm ?? certificate.signatureAlgorithm.der
  const tbs = sequence(...parts.map((part, at) => order[at] ?? part))
  const signature = encode(Tag.bitString, Uint8Array.of(0), sign('sha256', tbs, by.key))
  return { certificate: parseCertificate(sequence(tbs, algorithm, signature)), key }
}

/** Extensions of an authority. */
export const caExtensions = (pathLength: number | null = null): Extension[] => [
  ext.basic(true, pathLength),
  ext.usage(0x06),
]

export interface WantedCrl {
  readonly revoked?: readonly (readonly [party: Party, reason: number | null, ...extensions: Extension[]])[]
  /** Milliseconds, or a Time in DER. */
  readonly from?: number | Uint8Array
  readonly to?: number | Uint8Array | null
  readonly extensions?: readonly Extension[]
  /** Signs with another key than the issuer's. */
  readonly key?: KeyObject
}

/** A revocation list made for a test. */
export function issueCrl(by: Party, wanted: WantedCrl = {}): Crl {
  const algorithm = sequence(encodeOid('1.2.840.10045.4.3.2'))
  const entries = (wanted.revoked ?? []).map(([party, reason, ...others]) => {
    const extensions = [...(reason === null ? [] : [reasonCode(reason)]), ...others]
    return sequence(
      encode(Tag.integer, party.certificate.serial),
      encodeTime(NOW - 2 * DAY),
      ...(extensions.length === 0 ? [] : [sequence(...extensions.map(encodeExtension))]),
    )
  })
  const time = (value: number | Uint8Array): Uint8Array => (typeof value === 'number' ? encodeTime(value) : value)
  const next = wanted.to === undefined ? NOW + DAY : wanted.to
  const tbs = sequence(
    encodeUnsigned(Uint8Array.of(1)),
    algorithm,
    by.certificate.subject.der,
    time(wanted.from ?? NOW - DAY),
    ...(next === null ? [] : [time(next)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    ...(wanted.extensions === undefined
      ? []
      : [encode(context(0, true), sequence(...wanted.extensions.map(encodeExtension)))]),
  )
  const signature = sign('sha256', tbs, wanted.key ?? by.key)
  return parseCrl(sequence(tbs, algorithm, encode(Tag.bitString, Uint8Array.of(0), signature)))
}

const reasonCode = (reason: number): Extension => ({
  oid: '2.5.29.21',
  critical: false,
  value: encode(Tag.enumerated, Uint8Array.of(reason)),
})

/** An issuing distribution point with one of its flags: 1 only users, 2 only authorities, 4 indirect, 5 only attributes. */
export const crlScope = (flag: number): Extension => ({
  oid: ExtensionId.issuingDistributionPoint,
  critical: true,
  value: sequence(encode(context(flag, false), Uint8Array.of(0xff))),
})

/** What else an issuing distribution point may say. */
export interface ScopeSpec {
  readonly uri?: string
  /** Attributes of a name relative to the issuer's, `[oid, value]`. */
  readonly relative?: readonly (readonly [oid: string, value: string])[]
  /** ReasonFlags. */
  readonly reasons?: Uint8Array
  /** 1 only users, 2 only authorities, 4 indirect, 5 only attributes. */
  readonly flags?: readonly number[]
}

/** A distribution point: in a certificate, or with `flags` in a list. `issuers`: who signs the lists. */
function point(
  { uri, relative, reasons, flags = [] }: ScopeSpec,
  tagOfReasons: number,
  issuers: readonly Name[],
): Uint8Array {
  const flag = (wanted: readonly number[]): Uint8Array[] =>
    wanted.filter(tag => flags.includes(tag)).map(tag => encode(context(tag, false), Uint8Array.of(0xff)))
  return sequence(
    ...(uri === undefined ? [] : [pointName(uri)]),
    ...(relative === undefined ? [] : [relativeName(relative)]),
    ...flag([1, 2]),
    ...(reasons === undefined ? [] : [encode(context(tagOfReasons, false), reasons)]),
    ...flag([4, 5]),
    ...(issuers.length === 0
      ? []
      : [encode(context(2, true), ...issuers.map(({ der }) => encode(context(4, true), der)))]),
  )
}

/** An issuing distribution point. */
export const listScope = (spec: ScopeSpec): Extension => ({
  oid: ExtensionId.issuingDistributionPoint,
  critical: true,
  value: point(spec, 3, []),
})

/** A distribution point of a certificate, and who signs its lists. */
export type PointSpec = readonly [spec: ScopeSpec, ...issuers: Name[]]

/** The distribution points of a certificate. */
export const certificatePoints = (...points: readonly PointSpec[]): Extension => ({
  oid: ExtensionId.crlDistributionPoints,
  critical: false,
  value: sequence(...points.map(([spec, ...issuers]) => point(spec, 1, issuers))),
})

/** Numbers of lists and their differences, and where newer ones lie. */
export const crlNumber = (number: number): Extension => ({
  oid: ExtensionId.crlNumber,
  critical: false,
  value: encodeUnsigned(Uint8Array.of(number)),
})
export const deltaOf = (number: number): Extension => ({
  oid: ExtensionId.deltaCrlIndicator,
  critical: true,
  value: encodeUnsigned(Uint8Array.of(number)),
})
export const freshest = (): Extension => ({
  oid: ExtensionId.freshestCrl,
  critical: false,
  value: point({ uri: 'http://a/delta' }, 1, []),
})

/** The issuer of a revoked certificate, in an entry. */
export const certificateIssuer = (name: Name): Extension => ({
  oid: ExtensionId.certificateIssuer,
  critical: true,
  value: sequence(encode(context(4, true), name.der)),
})

const relativeName = (attributes: readonly (readonly [oid: string, value: string])[]): Uint8Array =>
  encode(
    context(0, true),
    encode(
      context(1, true),
      ...attributes.map(([oid, value]) => sequence(encodeOid(oid), encode(Tag.utf8String, bytes(value)))),
    ),
  )

/** DistributionPointName with one URI. */
const pointName = (uri: string): Uint8Array =>
  encode(context(0, true), encode(context(0, true), encode(context(6, false), bytes(uri))))

/** An issuing distribution point of a list, and the distribution points of a certificate. */
export const crlPoint = (uri: string): Extension => ({
  oid: ExtensionId.issuingDistributionPoint,
  critical: true,
  value: sequence(pointName(uri)),
})
export const distributionPoints = (...uris: string[]): Extension => ({
  oid: ExtensionId.crlDistributionPoints,
  critical: false,
  value: sequence(...uris.map(uri => sequence(pointName(uri)))),
})

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type Certificate, parseCertificate } from '../../lib/pki/certificate.ts'
import { type Crl, parseCrl } from '../../lib/pki/crl.ts'
import { context, encode, encodeOid, encodeTime, encodeUnsigned, sequence, Tag } from '../../lib/pki/der.ts'
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

/** Extensions of an authority. */
export const caExtensions = (pathLength: number | null = null): Extension[] => [
  ext.basic(true, pathLength),
  ext.usage(0x06),
]

export interface WantedCrl {
  readonly revoked?: readonly (readonly [party: Party, reason: number | null])[]
  readonly from?: number
  readonly to?: number | null
  readonly extensions?: readonly Extension[]
  /** Signs with another key than the issuer's. */
  readonly key?: KeyObject
}

/** A revocation list made for a test. */
export function issueCrl(by: Party, wanted: WantedCrl = {}): Crl {
  const algorithm = sequence(encodeOid('1.2.840.10045.4.3.2'))
  const entries = (wanted.revoked ?? []).map(([party, reason]) =>
    sequence(
      encode(Tag.integer, party.certificate.serial),
      encodeTime(NOW - 2 * DAY),
      ...(reason === null ? [] : [sequence(encodeExtension(reasonCode(reason)))]),
    ),
  )
  const next = wanted.to === undefined ? NOW + DAY : wanted.to
  const tbs = sequence(
    encodeUnsigned(Uint8Array.of(1)),
    algorithm,
    by.certificate.subject.der,
    encodeTime(wanted.from ?? NOW - DAY),
    ...(next === null ? [] : [encodeTime(next)]),
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

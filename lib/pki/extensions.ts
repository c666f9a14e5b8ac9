import {
  context,
  DerReader,
  encode,
  readBoolean,
  readInteger,
  readNamedBits,
  readOid,
  readSmallInteger,
  readWhole,
  Tag,
} from './der.ts'
import { malformed } from './failure.ts'
import { Name } from './name.ts'

/** One extension of a certificate or of a revocation list (RFC 5280 section 4.1.2.9). */
export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** The contents of extnValue: the DER of the extension's own structure. */
  readonly value: Uint8Array
}

/** Object identifiers of the extensions that are understood here. */
export const ExtensionId = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  certificateIssuer: '2.5.29.29',
  reasonCode: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  freshestCrl: '2.5.29.46',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ipAddrBlocks: '1.3.6.1.5.5.7.1.7',
  autonomousSystems: '1.3.6.1.5.5.7.1.8',
  proxyCertInfo: '1.3.6.1.5.5.7.1.14',
  ocspNonce: '1.3.6.1.5.5.7.48.1.2',
  ocspCrlId: '1.3.6.1.5.5.7.48.1.3',
  ocspAcceptableResponses: '1.3.6.1.5.5.7.48.1.4',
  ocspArchiveCutoff: '1.3.6.1.5.5.7.48.1.6',
  ocspServiceLocator: '1.3.6.1.5.5.7.48.1.7',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
  netscapeCertType: '2.16.840.1.113730.1.1',
} as const

/** KeyUsage bits with the values of OpenSSL's KU_* (the second octet of the bit string is the high one). */
export const KeyUsage = {
  digitalSignature: 0x80,
  nonRepudiation: 0x40,
  keyEncipherment: 0x20,
  dataEncipherment: 0x10,
  keyAgreement: 0x08,
  keyCertSign: 0x04,
  crlSign: 0x02,
  encipherOnly: 0x01,
  decipherOnly: 0x8000,
} as const

export interface BasicConstraints {
  readonly ca: boolean
  /** Intermediate certificates that may follow; null when unlimited. */
  readonly pathLength: number | null
}

/** GeneralName (RFC 5280 section 4.2.1.6); `type` is the context tag number, the same as OpenSSL's GEN_*. */
export interface GeneralName {
  readonly type: number
  /** The contents: characters of an e-mail address, DNS name or URI, 4 or 16 octets of an IP address, DER otherwise. */
  readonly value: Uint8Array
  /** Set for `type` 4. */
  readonly directoryName: Name | null
}

export const GeneralNameType = {
  other: 0,
  email: 1,
  dns: 2,
  x400: 3,
  directory: 4,
  ediParty: 5,
  uri: 6,
  ip: 7,
  rid: 8,
} as const

export interface AuthorityKeyIdentifier {
  readonly keyId: Uint8Array | null
  readonly issuer: readonly GeneralName[] | null
  readonly serial: Uint8Array | null
}

/** One permitted or excluded subtree: `base` of an IP subtree is address and mask, 8 or 32 octets. */
export interface GeneralSubtree {
  readonly base: GeneralName
  /** RFC 5280 wants 0 and absent; anything else is refused when the subtree is applied. */
  readonly plain: boolean
}

export interface NameConstraints {
  readonly permitted: readonly GeneralSubtree[]
  readonly excluded: readonly GeneralSubtree[]
}

const MAX_EXTENSIONS = 128
const MAX_NAMES = 4096

/**
 * `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`. An extension that is there twice (RFC 5280 section 4.2 forbids it)
 * is found out by who asks for it.
 */
export function readExtensions(reader: DerReader): Extension[] {
  const extensions: Extension[] = []
  while (!reader.done) {
    const item = reader.enter(Tag.sequence)
    const oid = readOid(item)
    const critical = item.peek === Tag.boolean && readBoolean(item)
    const value = item.next(Tag.octetString).contents
    item.end()
    if (extensions.push({ oid, critical, value }) > MAX_EXTENSIONS) throw malformed('too many extensions')
  }
  return extensions
}

export function parseBasicConstraints(der: Uint8Array): BasicConstraints {
  return readWhole(der, Tag.sequence, reader => ({
    ca: reader.peek === Tag.boolean && readBoolean(reader),
    pathLength: reader.done ? null : readSmallInteger(reader),
  }))
}

export function parseKeyUsage(der: Uint8Array): number {
  const usage = parseBits(der)
  if (usage === 0) throw malformed('keyUsage without a usage')
  return usage
}

/** A named bit list of at most two octets that matter. */
export function parseBits(der: Uint8Array): number {
  const reader = new DerReader(der)
  const bits = readNamedBits(reader)
  reader.end()
  return (bits[0] ?? 0) | ((bits[1] ?? 0) << 8)
}

export function parseExtendedKeyUsage(der: Uint8Array): readonly string[] {
  return readWhole(der, Tag.sequence, reader => {
    const usages: string[] = []
    while (!reader.done) if (usages.push(readOid(reader)) > MAX_EXTENSIONS) throw malformed('too many key purposes')
    return usages
  })
}

export function parseOctetString(der: Uint8Array): Uint8Array {
  const reader = new DerReader(der)
  const { contents } = reader.next(Tag.octetString)
  reader.end()
  return contents
}

export function parseGeneralNames(der: Uint8Array): readonly GeneralName[] {
  return readWhole(der, Tag.sequence, readGeneralNames)
}

export function readGeneralNames(reader: DerReader): GeneralName[] {
  const names: GeneralName[] = []
  while (!reader.done) if (names.push(readGeneralName(reader)) > MAX_NAMES) throw malformed('too many general names')
  return names
}

const CONSTRUCTED_NAMES: ReadonlySet<number> = new Set([
  GeneralNameType.other,
  GeneralNameType.x400,
  GeneralNameType.directory,
  GeneralNameType.ediParty,
])

export function encodeGeneralName({ type, value }: GeneralName): Uint8Array {
  return encode(context(type, CONSTRUCTED_NAMES.has(type)), value)
}

function readGeneralName(reader: DerReader): GeneralName {
  const { tag, contents } = reader.next()
  const type = tag & 0x1f
  if (type > GeneralNameType.rid || tag !== context(type, CONSTRUCTED_NAMES.has(type)))
    throw malformed('not a GeneralName')
  const isText = type === GeneralNameType.email || type === GeneralNameType.dns || type === GeneralNameType.uri
  if (isText && contents.some(octet => octet >= 0x80)) throw malformed('IA5String with an octet above 7F')
  return { type, value: contents, directoryName: type === GeneralNameType.directory ? Name.parse(contents) : null }
}

export function parseAuthorityKeyIdentifier(der: Uint8Array): AuthorityKeyIdentifier {
  return readWhole(der, Tag.sequence, reader => {
    const keyId = reader.optional(context(0, false))?.contents ?? null
    const issuer = reader.peek === context(1, true) ? readGeneralNames(reader.enter(context(1, true))) : null
    const serial = reader.peek === context(2, false) ? readInteger(reader, context(2, false)) : null
    return { keyId, issuer, serial }
  })
}

export function parseNameConstraints(der: Uint8Array): NameConstraints {
  return readWhole(der, Tag.sequence, reader => ({
    permitted: reader.peek === context(0, true) ? readSubtrees(reader.enter(context(0, true))) : [],
    excluded: reader.peek === context(1, true) ? readSubtrees(reader.enter(context(1, true))) : [],
  }))
}

function readSubtrees(reader: DerReader): GeneralSubtree[] {
  const subtrees: GeneralSubtree[] = []
  while (!reader.done) {
    const item = reader.enter(Tag.sequence)
    const base = readGeneralName(item)
    // An explicit minimum of 0 is not DER but harmless; any other minimum, or a maximum, is not understood by anyone.
    const plainMinimum = item.peek !== context(0, false) || readSmallInteger(item, context(0, false)) === 0
    const maximum = item.optional(context(1, false))
    item.end()
    if (subtrees.push({ base, plain: plainMinimum && maximum === null }) > MAX_NAMES)
      throw malformed('too many subtrees')
  }
  return subtrees
}

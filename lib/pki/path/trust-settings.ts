import { concat } from '../../base/bytes.ts'
import { context, type DerReader, encode, encodeOid, readOid, readWhole, sequence, Tag } from '../der.ts'
import { malformed } from '../failure.ts'

/**
 * What the owner of a trust store notes beside a certificate: the purposes that it is trusted or rejected for, by object
 * identifier, a name and a key identifier (OpenSSL's X509_CERT_AUX, the second half of a TRUSTED CERTIFICATE block).
 */
export interface TrustSettings {
  /** Null: nothing is said; a list, however short, trusts for nothing else. */
  readonly trusted: readonly string[] | null
  readonly rejected: readonly string[] | null
  /** UTF-8. */
  readonly alias: Uint8Array | null
  readonly keyId: Uint8Array | null
}

export const NO_SETTINGS: TrustSettings = { trusted: null, rejected: null, alias: null, keyId: null }

/** How X509_check_trust answers. */
export type TrustAnswer = 'trusted' | 'rejected' | 'neutral'

const ANY_PURPOSE = '2.5.29.37.0'

/** The purposes that X509_TRUST_* stand for; `blanket`: anyExtendedKeyUsage and self-signed roots will do too. */
const TRUSTS: ReadonlyMap<number, { readonly oid: string; readonly blanket: boolean }> = new Map([
  [2, { oid: '1.3.6.1.5.5.7.3.2', blanket: true }],
  [3, { oid: '1.3.6.1.5.5.7.3.1', blanket: true }],
  [4, { oid: '1.3.6.1.5.5.7.3.4', blanket: true }],
  [5, { oid: '1.3.6.1.5.5.7.3.3', blanket: true }],
  [6, { oid: '1.3.6.1.5.5.7.3.9', blanket: false }],
  [7, { oid: '1.3.6.1.5.5.7.48.1', blanket: false }],
  [8, { oid: '1.3.6.1.5.5.7.3.8', blanket: true }],
])
const TRUST_DEFAULT = 0
const TRUST_COMPATIBLE = 1

/**
 * Whether a certificate out of the trust store is trusted for what is wanted (X509_check_trust).
 * @param selfSigned - by its own word; false to trust nobody for that alone
 * @param trust - X509_TRUST_*
 */
export function judgeTrust(settings: TrustSettings | null, selfSigned: boolean, trust: number): TrustAnswer {
  const byNature: TrustAnswer = selfSigned ? 'trusted' : 'neutral'
  if (trust === TRUST_COMPATIBLE) return byNature
  const row = TRUSTS.get(trust) ?? { oid: ANY_PURPOSE, blanket: trust === TRUST_DEFAULT }
  const names = (oid: string): boolean => oid === row.oid || (row.blanket && oid === ANY_PURPOSE)
  if (settings?.rejected?.some(names) === true) return 'rejected'
  // Who lists purposes trusts for no other.
  const listed = settings?.trusted ?? null
  if (listed !== null) return listed.some(names) ? 'trusted' : 'rejected'
  return row.blanket ? byNature : 'neutral'
}

/** X509_CERT_AUX. Throws `PkiFailure`. */
export function parseTrustSettings(der: Uint8Array): TrustSettings {
  return readWhole(der, Tag.sequence, reader => {
    const trusted = reader.peek === Tag.sequence ? readOids(reader.enter(Tag.sequence)) : null
    const rejected = reader.peek === context(0, true) ? readOids(reader.enter(context(0, true))) : null
    const alias = reader.optional(Tag.utf8String)?.contents.slice() ?? null
    const keyId = reader.optional(Tag.octetString)?.contents.slice() ?? null
    // Algorithms of the owner's choice, which nobody writes.
    reader.optional(context(1, true))
    return { trusted, rejected, alias, keyId }
  })
}

export function encodeTrustSettings({ trusted, rejected, alias, keyId }: TrustSettings): Uint8Array {
  return sequence(
    ...(trusted === null ? [] : [sequence(...trusted.map(encodeOid))]),
    ...(rejected === null ? [] : [encode(context(0, true), concat(...rejected.map(encodeOid)))]),
    ...(alias === null ? [] : [encode(Tag.utf8String, alias)]),
    ...(keyId === null ? [] : [encode(Tag.octetString, keyId)]),
  )
}

const MAX_PURPOSES = 128

function readOids(reader: DerReader): string[] {
  const oids: string[] = []
  while (!reader.done) if (oids.push(readOid(reader)) > MAX_PURPOSES) throw malformed('too many purposes')
  return oids
}

import { copy } from '../base/bytes.ts'
import { context, type DerReader, readBoolean, readNamedBits, readWhole, Tag } from './der.ts'
import { type GeneralName, GeneralNameType, readGeneralNames } from './extensions.ts'
import { malformed } from './failure.ts'
import { Name, readAttributes } from './name.ts'
import { sameBytes } from './path/trust-store.ts'

/** Every reason for a revocation, as bits of ReasonFlags in the order of `KeyUsage`; bit 0 is not used. */
export const ALL_REASONS = 0x807f

/** Where a list lies (RFC 5280 section 4.2.1.13): under full names, or under one that continues its issuer's. */
export interface PointName {
  readonly full: readonly GeneralName[]
  readonly relative: Name | null
}

/** One distribution point of a certificate. */
export interface DistributionPoint {
  /** Null: the lists of `issuers`, wherever they lie. */
  readonly name: PointName | null
  /** The reasons that its lists cover. */
  readonly reasons: number
  /** Who signs its lists; null: the issuer of the certificate. */
  readonly issuers: readonly GeneralName[] | null
}

/** What a list says it covers (RFC 5280 section 5.2.5). */
export interface ListScope {
  readonly onlyUsers: boolean
  readonly onlyCas: boolean
  readonly onlyAttributes: boolean
  /** It also has certificates of other issuers. */
  readonly indirect: boolean
  /** The reasons that it covers, when it says so; null: all. */
  readonly reasons: number | null
  /** The distribution point, which a certificate must name too; null: any certificate. */
  readonly name: PointName | null
  /** It wants more than one kind of certificate alone. */
  readonly invalid: boolean
}

const MAX_POINTS = 4096

/** The distribution points of a certificate of this issuer. */
export function parseDistributionPoints(der: Uint8Array, issuer: Name): readonly DistributionPoint[] {
  return readWhole(der, Tag.sequence, reader => {
    const points: DistributionPoint[] = []
    while (!reader.done)
      if (points.push(readPoint(reader.enter(Tag.sequence), issuer)) > MAX_POINTS)
        throw malformed('too many distribution points')
    return points
  })
}

function readPoint(reader: DerReader, issuer: Name): DistributionPoint {
  const nameReader = reader.peek === context(0, true) ? reader.enter(context(0, true)) : null
  const reasons = readReasons(reader, 1)
  const issuers = reader.peek === context(2, true) ? readGeneralNames(reader.enter(context(2, true))) : null
  reader.end()
  if (nameReader === null && (issuers?.length ?? 0) === 0) throw malformed('distribution point without a place')
  const signer = issuers?.find(name => name.type === GeneralNameType.directory)?.directoryName ?? issuer
  return {
    name: nameReader === null ? null : readPointName(nameReader, signer),
    reasons: reasons ?? ALL_REASONS,
    issuers,
  }
}

/** The issuing distribution point of a list of this issuer. */
export function parseListScope(der: Uint8Array, issuer: Name): ListScope {
  return readWhole(der, Tag.sequence, reader => {
    const name = reader.peek === context(0, true) ? readPointName(reader.enter(context(0, true)), issuer) : null
    const onlyUsers = readFlag(reader, 1)
    const onlyCas = readFlag(reader, 2)
    const reasons = readReasons(reader, 3)
    const indirect = readFlag(reader, 4)
    const onlyAttributes = readFlag(reader, 5)
    const invalid = [onlyUsers, onlyCas, onlyAttributes].filter(Boolean).length > 1
    return { onlyUsers, onlyCas, onlyAttributes, indirect, reasons, name, invalid }
  })
}

function readPointName(reader: DerReader, issuer: Name): PointName {
  const full = reader.peek === context(0, true) ? readGeneralNames(reader.enter(context(0, true))) : null
  const relative = full === null ? continued(issuer, reader.enter(context(1, true))) : null
  reader.end()
  return { full: full ?? [], relative }
}

/** The issuer's name and one relative distinguished name more. */
function continued(issuer: Name, reader: DerReader): Name {
  const set = (issuer.entries.at(-1)?.set ?? -1) + 1
  return Name.of([
    ...issuer.entries,
    ...readAttributes(reader, set).map(entry => ({ ...entry, value: copy(entry.value) })),
  ])
}

function readFlag(reader: DerReader, tag: number): boolean {
  return reader.peek === context(tag, false) && readBoolean(reader, context(tag, false))
}

function readReasons(reader: DerReader, tag: number): number | null {
  if (reader.peek !== context(tag, false)) return null
  const bits = readNamedBits(reader, context(tag, false))
  return ((bits[0] ?? 0) | ((bits[1] ?? 0) << 8)) & ALL_REASONS
}

/** Whether two places are the same in one of their names; a place that is not told is every place. */
export function placesMeet(a: PointName | null, b: PointName | null): boolean {
  if (a === null || b === null) return true
  if (a.relative !== null && b.relative !== null) return a.relative.equals(b.relative)
  const relative = a.relative ?? b.relative
  if (relative !== null) return [...a.full, ...b.full].some(name => name.directoryName?.equals(relative) === true)
  return a.full.some(name => b.full.some(other => sameGeneralName(name, other)))
}

function sameGeneralName(a: GeneralName, b: GeneralName): boolean {
  if (a.type !== b.type) return false
  if (a.directoryName !== null && b.directoryName !== null) return a.directoryName.equals(b.directoryName)
  return sameBytes(a.value, b.value)
}

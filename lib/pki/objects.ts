import { OBJECT_TABLE } from './object-table.ts'

/** An object identifier as OpenSSL's table knows it; `oid` is empty for the few numbers that have no identifier. */
export interface KnownObject {
  readonly nid: number
  readonly oid: string
  readonly short: string
  readonly long: string
}

/** The object with this dotted identifier, or null. */
export function objectByOid(oid: string): KnownObject | null {
  return BY_OID.get(oid) ?? null
}

/** The object with this number (NID_*), or null. */
export function objectByNid(nid: number): KnownObject | null {
  return BY_NID.get(nid) ?? null
}

/** The object with this short or long name; both are told apart by case, as in OpenSSL. */
export function objectByName(name: string): KnownObject | null {
  return BY_SHORT.get(name) ?? BY_LONG.get(name) ?? null
}

const OBJECTS: readonly KnownObject[] = OBJECT_TABLE.map(([nid, oid, short, long]) => ({ nid, oid, short, long }))
const BY_NID: ReadonlyMap<number, KnownObject> = new Map(OBJECTS.map(object => [object.nid, object]))
/** Of two objects with one identifier the elder counts. */
const BY_OID: ReadonlyMap<string, KnownObject> = new Map(
  OBJECTS.toReversed().flatMap(object => (object.oid === '' ? [] : [[object.oid, object]])),
)
const BY_SHORT: ReadonlyMap<string, KnownObject> = new Map(OBJECTS.map(object => [object.short, object]))
const BY_LONG: ReadonlyMap<string, KnownObject> = new Map(OBJECTS.map(object => [object.long, object]))

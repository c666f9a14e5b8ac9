import { encodeOid } from '../../pki/der.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { type KnownObject, objectByName, objectByNid, objectByOid } from '../../pki/objects.ts'
import { requireInteger, requireString } from '../boundary.ts'

/** An object identifier: `oid` in dotted form. */
export class ASN1_OBJECT {
  readonly oid: string

  constructor(oid: string) {
    this.oid = oid
  }
}

const UNDEFINED: KnownObject = { nid: 0, oid: '', short: 'UNDEF', long: 'undefined' }

const byNid = (n: number): KnownObject | null => (requireInteger(n, 'n') === 0 ? UNDEFINED : objectByNid(n))

/** The object with a number (OBJ_nid2obj(3)). @returns null when the number is not in the table */
export function OBJ_nid2obj(n: number): ASN1_OBJECT | null {
  const known = byNid(n)
  return known === null ? null : new ASN1_OBJECT(known.oid)
}

/** The short name of a number, such as `CN`; null when it is not in the table. */
export function OBJ_nid2sn(n: number): string | null {
  return byNid(n)?.short ?? null
}

/** The long name of a number, such as `commonName`; null when it is not in the table. */
export function OBJ_nid2ln(n: number): string | null {
  return byNid(n)?.long ?? null
}

/** The number of an object; 0 (NID_undef) when it is not in the table. */
export function OBJ_obj2nid(o: ASN1_OBJECT | null): number {
  return o === null ? 0 : (objectByOid(o.oid)?.nid ?? 0)
}

/** The number for a short name; 0 when it is not in the table. */
export function OBJ_sn2nid(s: string): number {
  const known = objectByName(requireString(s, 's'))
  return known?.short === s ? known.nid : 0
}

/** The number for a long name; 0 when it is not in the table. */
export function OBJ_ln2nid(s: string): number {
  const known = objectByName(requireString(s, 's'))
  return known?.long === s ? known.nid : 0
}

/** The number for a short name, a long name or a dotted identifier; 0 when it is not in the table. */
export function OBJ_txt2nid(s: string): number {
  return (objectByName(requireString(s, 's')) ?? objectByOid(s))?.nid ?? 0
}

/** The object for a name or a dotted identifier. @param no_name - 1: only the dotted form @returns null for neither */
export function OBJ_txt2obj(s: string, no_name: number): ASN1_OBJECT | null {
  const known = no_name === 0 ? objectByName(requireString(s, 's')) : null
  const oid = known?.oid ?? requireString(s, 's')
  return isOid(oid) ? new ASN1_OBJECT(oid) : null
}

/** The long name of an object, or its dotted form when it has none or `no_name` is 1. */
export function OBJ_obj2txt(a: ASN1_OBJECT, no_name: number): string {
  return (no_name === 0 ? objectByOid(a.oid)?.long : undefined) ?? a.oid
}

/** 0 when both are the same identifier. */
export function OBJ_cmp(a: ASN1_OBJECT, b: ASN1_OBJECT): number {
  return a.oid === b.oid ? 0 : a.oid < b.oid ? -1 : 1
}

/** Does nothing: objects are values here. @harmless what is not used any more is collected */
export function ASN1_OBJECT_free(a: ASN1_OBJECT | null): void {
  void a
}

function isOid(text: string): boolean {
  try {
    return encodeOid(text).length > 0
  } catch (error) {
    if (error instanceof PkiFailure) return false
    throw error
  }
}

import { encodeOid } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { type KnownObject, objectByName, objectByNid, objectByOid } from '../../../pki/objects.ts'
import { requireInteger, requireString } from '../../boundary.ts'
import { ERR_LIB_ASN1, ERR_LIB_OBJ } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

/** An object identifier: `oid` in dotted form. */
export class ASN1_OBJECT {
  readonly oid: string

  constructor(oid: string) {
    this.oid = oid
  }
}

const UNDEFINED: KnownObject = { nid: 0, oid: '', short: 'UNDEF', long: 'undefined' }

const byNid = (n: number): KnownObject | null => (requireInteger(n, 'n') === 0 ? UNDEFINED : objectByNid(n))

/**
 * The object with a number (OBJ_nid2obj(3)).
 * @param n - NID_*
 * @returns null when the number is not in the table
 */
export function OBJ_nid2obj(n: number): ASN1_OBJECT | null {
  const known = byNid(n)
  return known === null ? null : new ASN1_OBJECT(known.oid)
}

/**
 * The short name of a number, such as `CN`; null when it is not in the table.
 * @param n - NID_*
 */
export function OBJ_nid2sn(n: number): string | null {
  return byNid(n)?.short ?? null
}

/**
 * The long name of a number, such as `commonName`; null when it is not in the table.
 * @param n - NID_*
 */
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

/** The number for a short name, a long name or a dotted identifier; 0 when it is not in the table, as OBJ_txt2obj. */
export function OBJ_txt2nid(s: string): number {
  return OBJ_obj2nid(OBJ_txt2obj(s, 0))
}

const OBJ_R_UNKNOWN_OBJECT_NAME = 103

/**
 * The object for a name or a dotted identifier (OBJ_txt2obj(3)).
 * @param no_name - 1: only the dotted form
 * @returns null with OBJ_R_UNKNOWN_OBJECT_NAME, or with an ASN1 error for what is no identifier
 */
export function OBJ_txt2obj(s: string, no_name: number): ASN1_OBJECT | null {
  const known = no_name === 0 ? objectByName(requireString(s, 's')) : null
  if (known !== null) return new ASN1_OBJECT(known.oid)
  if (no_name === 0 && !/^\d/.test(s)) {
    raise(ERR_LIB_OBJ, OBJ_R_UNKNOWN_OBJECT_NAME)
    return null
  }
  const reason = oidFault(requireString(s, 's'))
  if (reason === null) return new ASN1_OBJECT(s.replaceAll(' ', '.'))
  raise(ERR_LIB_ASN1, reason)
  return null
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

const ASN1_R_FIRST_NUM_TOO_LARGE = 122
const ASN1_R_INVALID_DIGIT = 130
const ASN1_R_INVALID_SEPARATOR = 131
const ASN1_R_MISSING_SECOND_NUMBER = 138
const ASN1_R_SECOND_NUMBER_TOO_LARGE = 147

/** What is wrong with a dotted identifier (a2d_ASN1_OBJECT); null for a good one. */
function oidFault(text: string): number | null {
  if (!/^[0-2]/.test(text)) return ASN1_R_FIRST_NUM_TOO_LARGE
  if (text.length === 1) return ASN1_R_MISSING_SECOND_NUMBER
  if (!/^.[. ]/.test(text)) return ASN1_R_INVALID_SEPARATOR
  if (!/^.(?:[. ]\d*)+$/.test(text)) return ASN1_R_INVALID_DIGIT
  try {
    encodeOid(text.replaceAll(' ', '.'))
    return null
  } catch (error) {
    if (error instanceof PkiFailure) return ASN1_R_SECOND_NUMBER_TOO_LARGE
    throw error
  }
}

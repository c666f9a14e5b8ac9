import { createHash } from 'node:crypto'
import { type Out, requireBytes, requireInstance, requireInteger, requireString } from '../../boundary.ts'
import { ERR_LIB_X509, ERR_R_PASSED_NULL_PARAMETER } from '../../constants/err.ts'
import { X509_R_INVALID_FIELD_NAME, X509_R_UNKNOWN_NID } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { EVP_MD } from '../../evp/md.ts'
import { ASN1_OBJECT, OBJ_nid2obj, OBJ_txt2obj } from '../asn1/objects.ts'
import { X509_NAME, X509_NAME_ENTRY, X509_NAME_get_index_by_OBJ } from './name.ts'
import { attempt, entryValue, insertEntry } from './name-value.ts'

// Attributes on their own, before X509_NAME_add_entry takes a copy of them into a name.

const objectOf = (obj: unknown): ASN1_OBJECT => requireInstance(obj, ASN1_OBJECT, 'obj')
const entryOf = (ne: unknown): X509_NAME_ENTRY => requireInstance(ne, X509_NAME_ENTRY, 'ne')

/** An attribute without a kind and a value. */
export function X509_NAME_ENTRY_new(): X509_NAME_ENTRY {
  return new X509_NAME_ENTRY({ oid: '', tag: 0, value: new Uint8Array(), set: 0 })
}

/** A copy of an attribute. */
export function X509_NAME_ENTRY_dup(ne: X509_NAME_ENTRY): X509_NAME_ENTRY {
  return new X509_NAME_ENTRY(entryOf(ne).entry)
}

/** Sets the kind of an attribute. @returns 1, or 0 with an error for null */
export function X509_NAME_ENTRY_set_object(ne: X509_NAME_ENTRY, obj: ASN1_OBJECT | null): number {
  const entry = entryOf(ne)
  if (obj === null) {
    raise(ERR_LIB_X509, ERR_R_PASSED_NULL_PARAMETER)
    return 0
  }
  entry.entry = { ...entry.entry, oid: objectOf(obj).oid }
  return 1
}

/**
 * Sets the value of an attribute, whose kind must be set.
 * @param type - MBSTRING_ASC, MBSTRING_UTF8 (the string type follows from the attribute) or V_ASN1_* (taken as it is)
 * @param len - bytes to take; -1 for all
 * @returns 1, or 0 with an error when the value does not fit
 */
export function X509_NAME_ENTRY_set_data(
  ne: X509_NAME_ENTRY,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
): number {
  const entry = entryOf(ne)
  return attempt(() => {
    const value = entryValue(entry.entry.oid, requireInteger(type, 'type'), bytes, len)
    entry.entry = { ...entry.entry, ...value }
  })
}

/**
 * An attribute of a kind.
 * @param ne - holds the attribute to set, or takes a new one; null: a new one
 * @returns it, or null with an error; the rest as X509_NAME_ENTRY_set_data
 */
export function X509_NAME_ENTRY_create_by_OBJ(
  ne: Out<X509_NAME_ENTRY | null> | null,
  obj: ASN1_OBJECT,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
): X509_NAME_ENTRY | null {
  const entry = ne?.value ?? X509_NAME_ENTRY_new()
  if (X509_NAME_ENTRY_set_object(entry, obj) !== 1) return null
  if (X509_NAME_ENTRY_set_data(entry, type, bytes, len) !== 1) return null
  if (ne !== null) ne.value = entry
  return entry
}

/** X509_NAME_ENTRY_create_by_OBJ by the number of the kind. */
export function X509_NAME_ENTRY_create_by_NID(
  ne: Out<X509_NAME_ENTRY | null> | null,
  nid: number,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
): X509_NAME_ENTRY | null {
  const object = OBJ_nid2obj(nid)
  if (object !== null) return X509_NAME_ENTRY_create_by_OBJ(ne, object, type, bytes, len)
  raise(ERR_LIB_X509, X509_R_UNKNOWN_NID)
  return null
}

/** X509_NAME_ENTRY_create_by_OBJ by the name of the kind, `CN`, `commonName` or dotted. */
export function X509_NAME_ENTRY_create_by_txt(
  ne: Out<X509_NAME_ENTRY | null> | null,
  field: string,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
): X509_NAME_ENTRY | null {
  const object = OBJ_txt2obj(requireString(field, 'field'), 0)
  if (object !== null) return X509_NAME_ENTRY_create_by_OBJ(ne, object, type, bytes, len)
  raise(ERR_LIB_X509, X509_R_INVALID_FIELD_NAME, `name=${field}`)
  return null
}

/**
 * Adds a copy of an attribute to a name.
 * @param loc - the position; -1 for the end
 * @param set - 0: a name part of its own; -1: joined to the one before; 1: to the one that stands at `loc`
 * @returns 1, or 0 without a name
 */
export function X509_NAME_add_entry(name: X509_NAME | null, ne: X509_NAME_ENTRY, loc: number, set: number): number {
  if (name === null) return 0
  requireInstance(name, X509_NAME, 'name').name = insertEntry(name.name, entryOf(ne).entry, loc, set)
  return 1
}

/** X509_NAME_add_entry_by_txt for an object. */
export function X509_NAME_add_entry_by_OBJ(
  name: X509_NAME,
  obj: ASN1_OBJECT,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
  loc = -1,
  set = 0,
): number {
  const entry = X509_NAME_ENTRY_create_by_OBJ(null, obj, type, bytes, len)
  return entry === null ? 0 : X509_NAME_add_entry(name, entry, loc, set)
}

/** X509_NAME_get_text_by_NID for an object, which need not be in the table. */
export function X509_NAME_get_text_by_OBJ(
  name: X509_NAME,
  obj: ASN1_OBJECT,
  buf: Uint8Array | null,
  len?: number,
): number {
  const at = X509_NAME_get_index_by_OBJ(name, obj, -1)
  const value = name.name.entries[at]?.value
  if (value === undefined) return -1
  if (buf === null) return value.length
  const count = Math.min(value.length, (len ?? requireBytes(buf, 'buf').length) - 1)
  if (count < 0) return 0
  buf.set(value.subarray(0, count))
  buf[count] = 0
  return count
}

/** Puts a copy of a name in place of another. @param xn - holds the one that is replaced @returns 1 */
export function X509_NAME_set(xn: Out<X509_NAME | null>, name: X509_NAME): number {
  xn.value = new X509_NAME(requireInstance(name, X509_NAME, 'name').name)
  return 1
}

/** The digest of the DER of a name. @param md - takes EVP_MD_size bytes @param len - takes their number @returns 1 */
export function X509_NAME_digest(
  data: X509_NAME,
  type: EVP_MD,
  md: Uint8Array,
  len: Out<number> | null = null,
): number {
  const algorithm = requireInstance(type, EVP_MD, 'type')
  md.set(
    createHash(algorithm.name)
      .update(requireInstance(data, X509_NAME, 'data').name.der)
      .digest(),
  )
  if (len !== null) len.value = algorithm.size
  return 1
}

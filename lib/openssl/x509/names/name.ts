import { createHash } from 'node:crypto'
import { Name, type NameEntry } from '../../../pki/name.ts'
import { onelineName, plainName, printName } from '../../../pki/name-print.ts'
import { objectByNid } from '../../../pki/objects.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_free } from '../../bio/bio.ts'
import { BIO_new_fp } from '../../bio/file.ts'
import { BIO_write } from '../../bio/io.ts'
import type { FILE } from '../../bio/stdio.ts'
import { type Out, requireInstance, requireInteger, requireString } from '../../boundary.ts'
import { BIO_NOCLOSE } from '../../constants/bio.ts'
import { ERR_LIB_X509 } from '../../constants/err.ts'
import { X509_R_INVALID_FIELD_NAME, X509_R_UNKNOWN_NID } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_STRING } from '../asn1/asn1.ts'
import { ASN1_OBJECT, OBJ_txt2obj } from '../asn1/objects.ts'
import { attempt, entryValue, insertEntry } from './name-value.ts'

/** A distinguished name that programs may add to; what a certificate hands out changes with it until it is signed. */
export class X509_NAME {
  name: Name

  constructor(name: Name = Name.of([])) {
    this.name = name
  }
}

/** One attribute of a name; changes to it do not reach the name. */
export class X509_NAME_ENTRY {
  entry: NameEntry

  constructor(entry: NameEntry) {
    this.entry = entry
  }
}

const nameOf = (value: unknown): Name => requireInstance(value, X509_NAME, 'name').name

/** An empty name. */
export function X509_NAME_new(): X509_NAME {
  return new X509_NAME()
}

/** Does nothing: names are collected. @harmless what is not used any more is collected */
export function X509_NAME_free(a: X509_NAME | null): void {
  void a
}

/** A copy (X509_NAME_dup(3)). */
export function X509_NAME_dup(a: X509_NAME): X509_NAME {
  return new X509_NAME(nameOf(a))
}

/** 0 when both names are equal after folding case and white space; else which sorts first (X509_NAME_cmp(3)). */
export function X509_NAME_cmp(a: X509_NAME, b: X509_NAME): number {
  return Math.sign(nameOf(a).compare(nameOf(b)))
}

/**
 * The DER of a name.
 * @param pderlen - takes its length in bytes
 * @returns 1
 */
export function X509_NAME_get0_der(nm: X509_NAME, pder: Out<Uint8Array> | null, pderlen: Out<number> | null): number {
  const { der } = nameOf(nm)
  if (pder !== null) pder.value = der
  if (pderlen !== null) pderlen.value = der.length
  return 1
}

/** The number that file names in a hashed directory begin with (X509_NAME_hash(3)). */
export function X509_NAME_hash(x: X509_NAME): number {
  return nameHash(nameOf(x))
}

export function nameHash(name: Name): number {
  return createHash('sha1').update(name.canonicalContents).digest().readUInt32LE(0)
}

/**
 * Adds an attribute by its name, `CN` or `commonName` or dotted (X509_NAME_add_entry_by_txt(3)).
 * @param type - MBSTRING_ASC, MBSTRING_UTF8 (the string type follows from the attribute) or V_ASN1_* (taken as it is)
 * @param bytes - the value; a string is taken by its characters
 * @param len - bytes to take; -1 for all
 * @param loc - the position; -1 for the end
 * @param set - 0: a name part of its own; -1: joined to the one before; 1: to the one that stands at `loc`
 * @returns 1, or 0 with X509_R_INVALID_FIELD_NAME, or with an ASN1 error when the value does not fit
 */
export function X509_NAME_add_entry_by_txt(
  name: X509_NAME,
  field: string,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
  loc = -1,
  set = 0,
): number {
  const object = OBJ_txt2obj(requireString(field, 'field'), 0)
  if (object !== null) return addEntry(name, object.oid, type, bytes, len, loc, set)
  raise(ERR_LIB_X509, X509_R_INVALID_FIELD_NAME, `name=${field}`)
  return 0
}

/** Adds an attribute by its number; the rest as X509_NAME_add_entry_by_txt. */
export function X509_NAME_add_entry_by_NID(
  name: X509_NAME,
  nid: number,
  type: number,
  bytes: Uint8Array | string,
  len = -1,
  loc = -1,
  set = 0,
): number {
  const known = objectByNid(requireInteger(nid, 'nid'))
  if (known !== null) return addEntry(name, known.oid, type, bytes, len, loc, set)
  raise(ERR_LIB_X509, X509_R_UNKNOWN_NID)
  return 0
}

/** The number of attributes. */
export function X509_NAME_entry_count(name: X509_NAME | null): number {
  return name === null ? 0 : nameOf(name).entries.length
}

/** The attribute at a position; null beyond the end. */
export function X509_NAME_get_entry(name: X509_NAME, loc: number): X509_NAME_ENTRY | null {
  const entry = nameOf(name).entries[requireInteger(loc, 'loc')]
  return entry === undefined ? null : new X509_NAME_ENTRY(entry)
}

/**
 * The position of the next attribute with a number after `lastpos` (-1 to begin); -1 for none, -2 for an unknown
 * number.
 * @param nid - NID_*
 */
export function X509_NAME_get_index_by_NID(name: X509_NAME, nid: number, lastpos: number): number {
  const oid = objectByNid(nid)?.oid
  if (oid === undefined) return -2
  const from = Math.max(-1, requireInteger(lastpos, 'lastpos')) + 1
  const found = nameOf(name)
    .entries.slice(from)
    .findIndex(entry => entry.oid === oid)
  return found < 0 ? -1 : found + from
}

/**
 * The value of the first attribute with a number, as its bytes stand (X509_NAME_get_text_by_NID(3)).
 * @param buf - takes the text and a NUL; null: only the length is wanted
 * @param len - bytes of `buf` to use
 * @param nid - NID_*
 * @returns the length without the NUL, cut to fit; -1 when there is none
 */
export function X509_NAME_get_text_by_NID(name: X509_NAME, nid: number, buf: Uint8Array | null, len?: number): number {
  const at = X509_NAME_get_index_by_NID(name, nid, -1)
  const value = nameOf(name).entries[at]?.value
  if (value === undefined) return -1
  if (buf === null) return value.length
  const count = Math.min(value.length, (len ?? buf.length) - 1)
  if (count < 0) return 0
  buf.set(value.subarray(0, count))
  buf[count] = 0
  return count
}

/** The value of an attribute. */
export function X509_NAME_ENTRY_get_data(ne: X509_NAME_ENTRY): ASN1_STRING {
  return new ASN1_STRING(ne.entry.tag, ne.entry.value)
}

/** The kind of an attribute. */
export function X509_NAME_ENTRY_get_object(ne: X509_NAME_ENTRY): ASN1_OBJECT {
  return new ASN1_OBJECT(ne.entry.oid)
}

/** The part of the name an attribute belongs to, counted from 0. */
export function X509_NAME_ENTRY_set(ne: X509_NAME_ENTRY): number {
  return ne.entry.set
}

/**
 * The name as `/C=DE/O=...` (X509_NAME_oneline(3)).
 * @param buf - takes the text and a NUL as well, when given
 * @param size - room in bytes: an attribute that does not fit whole is left out with all after it; ignored without
 * `buf`
 */
export function X509_NAME_oneline(a: X509_NAME | null, buf: Uint8Array | null = null, size = buf?.length ?? 0): string {
  if (a === null) return 'NO X509_NAME'
  const room = buf === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.min(size, buf.length) - 1)
  const text = onelineName(nameOf(a), room)
  buf?.set(Buffer.from(`${text}\0`, 'latin1').subarray(0, buf.length))
  return text
}

/** Writes a name in the form `C=DE, O=...`. @returns 1, or 0 when the BIO does not take it */
export function X509_NAME_print(bp: BIO, name: X509_NAME, obase: number): number {
  void obase
  const text = Buffer.from(plainName(nameOf(name)), 'latin1')
  return Number(text.length === 0 || BIO_write(bp, text) === text.length)
}

/**
 * Writes a name (X509_NAME_print_ex(3)).
 * @param indent - blanks in front of each line
 * @param flags - XN_FLAG_ONELINE, XN_FLAG_RFC2253, XN_FLAG_MULTILINE or single bits; XN_FLAG_COMPAT for X509_NAME_print
 * @returns the number of bytes written, 1 with XN_FLAG_COMPAT; -1 (0 with XN_FLAG_COMPAT) on failure
 */
export function X509_NAME_print_ex(out: BIO, nm: X509_NAME, indent: number, flags: number): number {
  if (flags === 0) return X509_NAME_print(out, nm, indent)
  const text = printName(nameOf(nm), requireInteger(indent, 'indent'), requireInteger(flags, 'flags'))
  if (text === null) return -1
  const bytes = Buffer.from(text, 'latin1')
  return bytes.length === 0 || BIO_write(out, bytes) === bytes.length ? bytes.length : -1
}

/** X509_NAME_print_ex to a stream such as `process.stdout`. */
export function X509_NAME_print_ex_fp(fp: FILE, nm: X509_NAME, indent: number, flags: number): number {
  const out = BIO_new_fp(fp, BIO_NOCLOSE)
  if (out === null) return -1
  const count = X509_NAME_print_ex(out, nm, indent, flags)
  BIO_free(out)
  return count
}

/** X509_NAME_get_index_by_NID for an object, which need not be in the table. */
export function X509_NAME_get_index_by_OBJ(name: X509_NAME, obj: ASN1_OBJECT, lastpos: number): number {
  const from = Math.max(-1, requireInteger(lastpos, 'lastpos')) + 1
  const found = nameOf(name)
    .entries.slice(from)
    .findIndex(entry => entry.oid === obj.oid)
  return found < 0 ? -1 : found + from
}

/** Takes an attribute out; the parts after it move down. @returns it, or null beyond the end */
export function X509_NAME_delete_entry(name: X509_NAME, loc: number): X509_NAME_ENTRY | null {
  const entries = [...nameOf(name).entries]
  const taken = entries[requireInteger(loc, 'loc')]
  if (taken === undefined) return null
  const alone = entries.filter(entry => entry.set === taken.set).length === 1
  entries.splice(loc, 1)
  name.name = Name.of(entries.map(entry => (alone && entry.set > taken.set ? { ...entry, set: entry.set - 1 } : entry)))
  return new X509_NAME_ENTRY(taken)
}

/** Does nothing: attributes are values here. @harmless what is not used any more is collected */
export function X509_NAME_ENTRY_free(a: X509_NAME_ENTRY | null): void {
  void a
}

function addEntry(
  name: X509_NAME,
  oid: string,
  type: number,
  bytes: Uint8Array | string,
  len: number,
  loc: number,
  set: number,
): number {
  return attempt(() => {
    const value = entryValue(oid, requireInteger(type, 'type'), bytes, len)
    requireInstance(name, X509_NAME, 'name').name = insertEntry(name.name, { oid, ...value }, loc, set)
  })
}

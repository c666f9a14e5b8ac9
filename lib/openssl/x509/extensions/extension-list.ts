import type { Extension } from '../../../pki/extensions.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { objectByNid } from '../../../pki/objects.ts'
import { type Out, requireInstance, requireInteger } from '../../boundary.ts'
import { ERR_LIB_X509V3 } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'
import { decodeExtension, encodeExtensionValue, X509_EXTENSION } from './extension-value.ts'

/** The C functions on the extensions of one kind of object (X509v3_get_ext_by_NID(3), X509V3_get_d2i(3)). */
export interface ExtensionList<T> {
  /** The number of extensions. */
  readonly count: (x: T) => number
  /** The position of the next one with a number after `lastpos` (-1 to begin); -1 for none, -2 for an unknown number. */
  readonly byNid: (x: T, nid: number, lastpos: number) => number
  /** The same for an object, which need not be in the table. */
  readonly byObject: (x: T, obj: ASN1_OBJECT, lastpos: number) => number
  /** The position of the next one that is critical, or that is not. @param crit - 0: that is not */
  readonly byCritical: (x: T, crit: number, lastpos: number) => number
  /** The one at a position; null beyond the end. */
  readonly get: (x: T, loc: number) => X509_EXTENSION | null
  /** Takes one out; null when there is none at this position. */
  readonly remove: (x: T, loc: number) => X509_EXTENSION | null
  /** Adds one. @param loc - the position; -1 for the end @returns 1 */
  readonly add: (x: T, ex: X509_EXTENSION, loc: number) => number
  /**
   * One decoded: GENERAL_NAMES for NID_subject_alt_name, BASIC_CONSTRAINTS, AUTHORITY_KEYID, an ASN1_STRING for the key
   * identifier, the key usage bits and a nonce, an array of ASN1_OBJECT for the extended key usage, an ASN1_INTEGER for the
   * numbers and the reason of a revocation, an ASN1_TIME.
   * @param crit - takes 1 when critical, 0 when not, -1 when there is none, -2 when there are several
   * @param idx - null: the only one; else begins after this position and takes the position found
   * @returns null when there is none, or with an error when it cannot be decoded
   */
  readonly decoded: (x: T, nid: number, crit?: Out<number> | null, idx?: Out<number> | null) => unknown
  /**
   * Adds one from the object that `decoded` gives.
   * @param flags - X509V3_ADD_*: what to do when there is one, or none
   * @returns 1, or 0 with an error
   */
  readonly addDecoded: (x: T, nid: number, value: unknown, crit: number, flags: number) => number
}

export function extensionList<T>(extensionsOf: (x: T) => Extension[]): ExtensionList<T> {
  const next = (x: T, lastpos: number, fits: (extension: Extension) => boolean): number => {
    const from = Math.max(-1, requireInteger(lastpos, 'lastpos')) + 1
    const found = extensionsOf(x).slice(from).findIndex(fits)
    return found < 0 ? -1 : found + from
  }
  const byNid = (x: T, nid: number, lastpos: number): number => {
    const oid = objectByNid(requireInteger(nid, 'nid'))?.oid
    return oid === undefined ? -2 : next(x, lastpos, extension => extension.oid === oid)
  }
  const decoded = (x: T, nid: number, crit: Out<number> | null = null, idx: Out<number> | null = null): unknown => {
    const at = byNid(x, nid, idx?.value ?? -1)
    const several = at >= 0 && idx === null && byNid(x, nid, at) >= 0
    const extension = several ? undefined : extensionsOf(x)[at]
    if (idx !== null) idx.value = at < 0 ? -1 : at
    if (crit !== null) crit.value = several ? -2 : extension === undefined ? -1 : Number(extension.critical)
    return extension === undefined ? null : decodeOrRaise(extension)
  }
  return {
    count: x => extensionsOf(x).length,
    byNid,
    byObject: (x, obj, lastpos) => {
      const { oid } = requireInstance(obj, ASN1_OBJECT, 'obj')
      return next(x, lastpos, extension => extension.oid === oid)
    },
    byCritical: (x, crit, lastpos) => next(x, lastpos, extension => extension.critical === (crit !== 0)),
    get: (x, loc) => wrap(extensionsOf(x)[requireInteger(loc, 'loc')]),
    remove: (x, loc) => wrap(requireInteger(loc, 'loc') < 0 ? undefined : extensionsOf(x).splice(loc, 1)[0]),
    add: (x, ex, loc) => {
      const list = extensionsOf(x)
      const { extension } = requireInstance(ex, X509_EXTENSION, 'ex')
      list.splice(requireInteger(loc, 'loc') < 0 ? list.length : loc, 0, extension)
      return 1
    },
    decoded,
    addDecoded: (x, nid, value, crit, flags) => {
      const at = (flags & ADD_OPERATIONS) === X509V3_ADD_APPEND ? -1 : byNid(x, nid, -1)
      return addValue(extensionsOf(x), at, nid, value, crit, requireInteger(flags, 'flags'))
    },
  }
}

/** What X509_add1_ext_i2d and its kin do when there is such an extension, or none (X509V3_add1_i2d(3)). */
export const X509V3_ADD_DEFAULT = 0
export const X509V3_ADD_APPEND = 1
export const X509V3_ADD_REPLACE = 2
export const X509V3_ADD_REPLACE_EXISTING = 3
export const X509V3_ADD_KEEP_EXISTING = 4
export const X509V3_ADD_DELETE = 5
export const X509V3_ADD_SILENT = 0x10
const ADD_OPERATIONS = 0xf

function addValue(list: Extension[], at: number, nid: number, value: unknown, crit: number, flags: number): number {
  const operation = flags & ADD_OPERATIONS
  const silent = (flags & X509V3_ADD_SILENT) !== 0
  if (at >= 0 && operation === X509V3_ADD_KEEP_EXISTING) return 1
  if (at >= 0 && operation === X509V3_ADD_DEFAULT) return silent ? 0 : failed(X509V3_R_EXTENSION_EXISTS)
  if (at < 0 && (operation === X509V3_ADD_REPLACE_EXISTING || operation === X509V3_ADD_DELETE))
    return silent ? 0 : failed(X509V3_R_EXTENSION_NOT_FOUND)
  if (operation === X509V3_ADD_DELETE) return list.splice(at, 1).length
  const made = X509V3_EXT_i2d(nid, crit, value)
  if (made === null) return failed(X509V3_R_ERROR_CREATING_EXTENSION)
  list.splice(at < 0 ? list.length : at, at < 0 ? 0 : 1, made.extension)
  return 1
}

/**
 * An extension from the object that X509V3_EXT_d2i gives for it.
 * @returns null with X509V3_R_UNKNOWN_EXTENSION for one that has none
 */
export function X509V3_EXT_i2d(ext_nid: number, crit: number, ext_struc: unknown): X509_EXTENSION | null {
  const oid = objectByNid(requireInteger(ext_nid, 'ext_nid'))?.oid ?? ''
  const value = encodeExtensionValue(oid, ext_struc)
  if (value !== null) return new X509_EXTENSION({ oid, critical: crit !== 0, value })
  failed(X509V3_R_UNKNOWN_EXTENSION)
  return null
}

/** One extension decoded, as X509_get_ext_d2i. */
export function X509V3_EXT_d2i(ext: X509_EXTENSION): unknown {
  return decodeOrRaise(requireInstance(ext, X509_EXTENSION, 'ext').extension)
}

function decodeOrRaise(extension: Extension): unknown {
  try {
    return decodeExtension(extension)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_X509V3, X509V3_R_ERROR_IN_EXTENSION, error.message)
    return null
  }
}

function wrap(extension: Extension | undefined): X509_EXTENSION | null {
  return extension === undefined ? null : new X509_EXTENSION(extension)
}

function failed(reason: number): 0 {
  raise(ERR_LIB_X509V3, reason)
  return 0
}

const X509V3_R_EXTENSION_NOT_FOUND = 102
const X509V3_R_ERROR_IN_EXTENSION = 128
const X509V3_R_UNKNOWN_EXTENSION = 129
const X509V3_R_ERROR_CREATING_EXTENSION = 144
const X509V3_R_EXTENSION_EXISTS = 145

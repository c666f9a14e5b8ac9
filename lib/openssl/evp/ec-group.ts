import { requireInstance, requireInteger } from '../boundary.ts'
import { CURVES } from './curves.ts'
import { curveName, EC_KEY } from './keygen.ts'

/** A curve by its name. */
export class EC_GROUP {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A named curve (EC_GROUP_new_by_curve_name(3)).
 * @param nid - NID_X9_62_prime256v1, NID_secp384r1, ...
 * @returns null with EC_R_UNKNOWN_GROUP
 */
export function EC_GROUP_new_by_curve_name(nid: number): EC_GROUP | null {
  const name = curveName(nid)
  return name === null ? null : new EC_GROUP(name)
}

/** Does nothing. @harmless a name holds no memory of its own */
export function EC_GROUP_free(group: EC_GROUP | null): void {
  void group
}

/** Does nothing: keys always name their curve (OPENSSL_EC_NAMED_CURVE). @harmless keys always name their curve */
export function EC_GROUP_set_asn1_flag(group: EC_GROUP, flag: number): void {
  void group
  void flag
}

/** Does nothing: points are written uncompressed, the only form that TLS has left (RFC 8422 section 5.1.2). @harmless points are written uncompressed */
export function EC_GROUP_set_point_conversion_form(group: EC_GROUP, form: number): void {
  requireInstance(group, EC_GROUP, 'group')
  requireInteger(form, 'form')
}

/** A key without a curve, for EC_KEY_set_group. */
export function EC_KEY_new(): EC_KEY {
  return new EC_KEY(null)
}

/** Gives a key its curve. @returns 1 */
export function EC_KEY_set_group(key: EC_KEY, group: EC_GROUP): number {
  requireInstance(key, EC_KEY, 'key').curve = requireInstance(group, EC_GROUP, 'group').name
  return 1
}

/** One of the curves that OpenSSL has. */
export interface EC_builtin_curve {
  nid: number
  comment: string
}

/**
 * The curves that OpenSSL has, in its order (EC_get_builtin_curves(3)).
 * @param r - its elements take as many as there is room for; null: only the number is wanted
 * @returns how many there are
 */
export function EC_get_builtin_curves(r: EC_builtin_curve[] | null, nitems = 0): number {
  if (r !== null)
    for (const [at, [nid, , comment]] of CURVES.slice(0, requireInteger(nitems, 'nitems')).entries())
      r[at] = { nid, comment }
  return CURVES.length
}

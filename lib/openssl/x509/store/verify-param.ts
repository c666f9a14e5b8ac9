import { parseIp } from '../../../pki/path/identity.ts'
import { Purpose } from '../../../pki/path/purpose.ts'
import { DEFAULT_PARAMETERS, VerifyFlag, type VerifyParameters } from '../../../pki/path/verify-parameters.ts'
import { requireBytes, requireInstance, requireInteger, requireLength } from '../../boundary.ts'
import { ERR_LIB_X509 } from '../../constants/err.ts'
import {
  X509_V_FLAG_POLICY_CHECK,
  X509_V_FLAG_POLICY_MASK,
  X509_V_FLAG_USE_CHECK_TIME,
} from '../../constants/x509-vfy.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'

/** How parameters are inherited (X509_VP_FLAG_*). */
const Inherit = { default: 1, overwrite: 2, resetFlags: 4, locked: 8, once: 16 } as const
const X509V3_R_INVALID_PURPOSE = 146
const ERR_LIB_X509V3 = 34

/** What to check for in a verification (X509_VERIFY_PARAM_set_flags(3)). -1, 0 and empty mean "not set". */
export class X509_VERIFY_PARAM {
  name: string | null = null
  flags = 0
  inheritFlags = 0
  depth = -1
  purpose = 0
  trust = 0
  authLevel = -1
  /** Seconds since 1970; counts only with X509_V_FLAG_USE_CHECK_TIME. */
  checkTime = 0
  hosts: string[] = []
  hostFlags = 0
  email: string | null = null
  ip: Uint8Array | null = null
  peerName: string | null = null
  /** Policies that would do; null when none was asked for. */
  policies: ASN1_OBJECT[] | null = null

  /** For the engine, with the time used when none was set, in milliseconds. */
  parameters(now: number): VerifyParameters {
    return {
      time: (this.flags & VerifyFlag.useCheckTime) !== 0 ? this.checkTime * 1000 : now,
      flags: this.flags,
      depth: this.depth < 0 ? DEFAULT_PARAMETERS.depth : this.depth,
      purpose: this.purpose,
      trust: this.trust,
      authLevel: this.authLevel,
      hosts: this.hosts,
      hostFlags: this.hostFlags,
      email: this.email,
      ip: this.ip,
      policies: this.policies?.map(({ oid }) => oid) ?? null,
    }
  }
}

const paramOf = (value: unknown): X509_VERIFY_PARAM => requireInstance(value, X509_VERIFY_PARAM, 'param')

/** Parameters with nothing set. */
export function X509_VERIFY_PARAM_new(): X509_VERIFY_PARAM {
  return new X509_VERIFY_PARAM()
}

/** Does nothing: parameters are collected. @harmless what is not used any more is collected */
export function X509_VERIFY_PARAM_free(param: X509_VERIFY_PARAM | null): void {
  void param
}

/** Adds X509_V_FLAG_* bits. @returns 1 */
export function X509_VERIFY_PARAM_set_flags(param: X509_VERIFY_PARAM, flags: number): number {
  const added = (flags & X509_V_FLAG_POLICY_MASK) !== 0 ? flags | X509_V_FLAG_POLICY_CHECK : flags
  paramOf(param).flags |= requireInteger(added, 'flags')
  return 1
}

/** Takes bits away. @returns 1 */
export function X509_VERIFY_PARAM_clear_flags(param: X509_VERIFY_PARAM, flags: number): number {
  paramOf(param).flags &= ~requireInteger(flags, 'flags')
  return 1
}

/** X509_V_FLAG_* joined. */
export function X509_VERIFY_PARAM_get_flags(param: X509_VERIFY_PARAM): number {
  return paramOf(param).flags
}

/** X509_VP_FLAG_* bits: how X509_VERIFY_PARAM_inherit treats this object. @returns 1 */
export function X509_VERIFY_PARAM_set_inh_flags(param: X509_VERIFY_PARAM, flags: number): number {
  paramOf(param).inheritFlags = flags
  return 1
}

/** X509_VP_FLAG_* joined. */
export function X509_VERIFY_PARAM_get_inh_flags(param: X509_VERIFY_PARAM): number {
  return paramOf(param).inheritFlags
}

/**
 * Sets what the certificate must be good for (X509_VERIFY_PARAM_set_purpose(3)).
 * @param purpose - X509_PURPOSE_SSL_CLIENT, ...
 * @returns 1, or 0 with an error for an unknown one
 */
export function X509_VERIFY_PARAM_set_purpose(param: X509_VERIFY_PARAM, purpose: number): number {
  if (purpose < Purpose.sslClient || purpose > Purpose.timestampSign) {
    raise(ERR_LIB_X509V3, X509V3_R_INVALID_PURPOSE)
    return 0
  }
  paramOf(param).purpose = purpose
  return 1
}

const X509_R_INVALID_TRUST = 123
const MAX_TRUST = 8

/**
 * Sets what the trust anchor must be trusted for (X509_VERIFY_PARAM_set_trust(3)).
 * @param trust - X509_TRUST_*: what trusted certificates must be trusted for, by the settings of their owner
 * @returns 1, or 0 with an error for an unknown one
 */
export function X509_VERIFY_PARAM_set_trust(param: X509_VERIFY_PARAM, trust: number): number {
  if (trust < 1 || trust > MAX_TRUST) {
    raise(ERR_LIB_X509, X509_R_INVALID_TRUST)
    return 0
  }
  paramOf(param).trust = trust
  return 1
}

/**
 * Bounds the length of the chain (X509_VERIFY_PARAM_set_depth(3)).
 * @param depth - intermediate certificates allowed between leaf and trust anchor
 */
export function X509_VERIFY_PARAM_set_depth(param: X509_VERIFY_PARAM, depth: number): void {
  paramOf(param).depth = requireInteger(depth, 'depth')
}

/** The depth set; -1 when not. */
export function X509_VERIFY_PARAM_get_depth(param: X509_VERIFY_PARAM): number {
  return paramOf(param).depth
}

/**
 * Sets how strong the chain must be (X509_VERIFY_PARAM_set_auth_level(3)).
 * @param auth_level - security level 0 to 5 for the keys and digests of the chain
 */
export function X509_VERIFY_PARAM_set_auth_level(param: X509_VERIFY_PARAM, auth_level: number): void {
  paramOf(param).authLevel = requireInteger(auth_level, 'auth_level')
}

/** The level set; -1 when not. */
export function X509_VERIFY_PARAM_get_auth_level(param: X509_VERIFY_PARAM): number {
  return paramOf(param).authLevel
}

/**
 * Sets the time of the verification (X509_VERIFY_PARAM_set_time(3)).
 * @param t - seconds since 1970 that validity is judged at, in place of now
 */
export function X509_VERIFY_PARAM_set_time(param: X509_VERIFY_PARAM, t: number): void {
  paramOf(param).checkTime = t
  param.flags |= X509_V_FLAG_USE_CHECK_TIME
}

/** The time that is verified for, in seconds since 1970; 0 for now. */
export function X509_VERIFY_PARAM_get_time(param: X509_VERIFY_PARAM): number {
  return paramOf(param).checkTime
}

/** Sets the only host name that will do; null or empty: no check. @returns 1, or 0 for a name with a NUL */
export function X509_VERIFY_PARAM_set1_host(param: X509_VERIFY_PARAM, name: string | null, namelen = 0): number {
  const host = trimHost(name, namelen)
  if (host === undefined) return 0
  paramOf(param).hosts = host === '' ? [] : [host]
  return 1
}

/** Adds a host name that will do as well. @returns 1, or 0 for a name with a NUL */
export function X509_VERIFY_PARAM_add1_host(param: X509_VERIFY_PARAM, name: string | null, namelen = 0): number {
  const host = trimHost(name, namelen)
  if (host === undefined) return 0
  if (host !== '') paramOf(param).hosts.push(host)
  return 1
}

/** The name at a position; null beyond the end. */
export function X509_VERIFY_PARAM_get0_host(param: X509_VERIFY_PARAM, idx: number): string | null {
  return paramOf(param).hosts[idx] ?? null
}

/** One NUL at the end is what a C string may bring along; any other is an attempt to hide something. */
function trimHost(name: string | null, length: number): string | undefined {
  const used = (name ?? '').slice(0, length === 0 ? undefined : length)
  const host = used.length > 1 && used.endsWith('\0') ? used.slice(0, -1) : used
  return host.includes('\0') ? undefined : host
}

/**
 * Sets how names are compared (X509_VERIFY_PARAM_set_hostflags(3)).
 * @param flags - X509_CHECK_FLAG_*
 */
export function X509_VERIFY_PARAM_set_hostflags(param: X509_VERIFY_PARAM, flags: number): void {
  paramOf(param).hostFlags = flags
}

/** X509_CHECK_FLAG_* joined. */
export function X509_VERIFY_PARAM_get_hostflags(param: X509_VERIFY_PARAM): number {
  return paramOf(param).hostFlags
}

/** The name in the certificate that matched; null before, and when none did. */
export function X509_VERIFY_PARAM_get0_peername(param: X509_VERIFY_PARAM): string | null {
  return paramOf(param).peerName
}

/** Moves the name that matched from one object to the other. */
export function X509_VERIFY_PARAM_move_peername(to: X509_VERIFY_PARAM, from: X509_VERIFY_PARAM | null): void {
  to.peerName = from?.peerName ?? null
  if (from !== null) from.peerName = null
}

/** The e-mail address that must be in the certificate; null: no check. @returns 1 */
export function X509_VERIFY_PARAM_set1_email(param: X509_VERIFY_PARAM, email: string | null, emaillen = 0): number {
  paramOf(param).email = email === null ? null : email.slice(0, emaillen === 0 ? undefined : emaillen)
  return 1
}

/** The address that must match; null for none. */
export function X509_VERIFY_PARAM_get0_email(param: X509_VERIFY_PARAM): string | null {
  return paramOf(param).email
}

/**
 * The address that must be in the certificate.
 * @param ip - 4 or 16 bytes; null: no check
 * @param iplen - bytes of `ip`; all of it when left out
 * @returns 1, or 0 for another length
 */
export function X509_VERIFY_PARAM_set1_ip(param: X509_VERIFY_PARAM, ip: Uint8Array | null, iplen?: number): number {
  if (ip === null) {
    paramOf(param).ip = null
    return 1
  }
  const length = requireLength(iplen, requireBytes(ip, 'ip'), 'iplen')
  if (length !== 0 && length !== 4 && length !== 16) return 0
  paramOf(param).ip = length === 0 ? null : new Uint8Array(ip.subarray(0, length))
  return 1
}

/** The address as text. @returns 1, or 0 when it is not an address */
export function X509_VERIFY_PARAM_set1_ip_asc(param: X509_VERIFY_PARAM, ipasc: string): number {
  const ip = parseIp(ipasc)
  return ip === null ? 0 : X509_VERIFY_PARAM_set1_ip(param, ip)
}

/** The address as text; null when none was set. */
export function X509_VERIFY_PARAM_get1_ip_asc(param: X509_VERIFY_PARAM): string | null {
  const { ip } = paramOf(param)
  if (ip === null) return null
  if (ip.length === 4) return ip.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => ((ip[2 * index] ?? 0) << 8) | (ip[2 * index + 1] ?? 0))
  return groups.map(group => group.toString(16).toUpperCase()).join(':')
}

/** Fills in what `to` has not set (X509_VERIFY_PARAM_inherit; the flags are joined). @returns 1 */
export function X509_VERIFY_PARAM_inherit(to: X509_VERIFY_PARAM, from: X509_VERIFY_PARAM | null): number {
  if (from === null) return 1
  const how = to.inheritFlags | from.inheritFlags
  if ((how & Inherit.once) !== 0) to.inheritFlags = 0
  if ((how & Inherit.locked) !== 0) return 1
  const overwrite = (how & Inherit.overwrite) !== 0
  const wanted = <T>(source: T, target: T, unset: T): boolean =>
    overwrite || (source !== unset && ((how & Inherit.default) !== 0 || target === unset))
  if (wanted(from.purpose, to.purpose, 0)) to.purpose = from.purpose
  if (wanted(from.trust, to.trust, 0)) to.trust = from.trust
  if (wanted(from.depth, to.depth, -1)) to.depth = from.depth
  if (wanted(from.authLevel, to.authLevel, -1)) to.authLevel = from.authLevel
  if (overwrite || (to.flags & X509_V_FLAG_USE_CHECK_TIME) === 0) {
    to.checkTime = from.checkTime
    to.flags &= ~X509_V_FLAG_USE_CHECK_TIME
  }
  to.flags = ((how & Inherit.resetFlags) !== 0 ? 0 : to.flags) | from.flags
  if (wanted(from.hostFlags, to.hostFlags, 0)) to.hostFlags = from.hostFlags
  if (wanted(from.hosts.length, to.hosts.length, 0)) to.hosts = [...from.hosts]
  if (wanted(from.email, to.email, null)) to.email = from.email
  if (wanted(from.ip, to.ip, null)) to.ip = from.ip
  if (wanted(from.policies, to.policies, null)) X509_VERIFY_PARAM_set1_policies(to, from.policies)
  return 1
}

/** Copies everything that is set, over what is there (X509_VERIFY_PARAM_set1). @returns 1 */
export function X509_VERIFY_PARAM_set1(to: X509_VERIFY_PARAM, from: X509_VERIFY_PARAM): number {
  paramOf(to)
  paramOf(from)
  const saved = to.inheritFlags
  to.inheritFlags |= Inherit.default
  const result = X509_VERIFY_PARAM_inherit(to, from)
  to.inheritFlags = saved
  return result
}

/** Names the parameters. @returns 1 */
export function X509_VERIFY_PARAM_set1_name(param: X509_VERIFY_PARAM, name: string): number {
  paramOf(param).name = name
  return 1
}

/** The name of the parameters; null for none. */
export function X509_VERIFY_PARAM_get0_name(param: X509_VERIFY_PARAM): string | null {
  return paramOf(param).name
}

/** Adds a policy that will do; checked with X509_V_FLAG_POLICY_CHECK. @returns 1 */
export function X509_VERIFY_PARAM_add0_policy(param: X509_VERIFY_PARAM, policy: ASN1_OBJECT): number {
  const { policies } = paramOf(param)
  param.policies = [...(policies ?? []), requireInstance(policy, ASN1_OBJECT, 'policy')]
  return 1
}

/** Sets the policies that will do, and X509_V_FLAG_POLICY_CHECK; null: none. @returns 1 */
export function X509_VERIFY_PARAM_set1_policies(
  param: X509_VERIFY_PARAM,
  policies: readonly ASN1_OBJECT[] | null,
): number {
  paramOf(param).policies = policies === null ? null : [...policies]
  if (policies !== null) param.flags |= X509_V_FLAG_POLICY_CHECK
  return 1
}

/** Parameters that programs have added, by name. */
const added = new Map<string, X509_VERIFY_PARAM>()

/** Adds parameters to those known by name; they take the place of others of that name. @returns 1 */
export function X509_VERIFY_PARAM_add0_table(param: X509_VERIFY_PARAM): number {
  added.set(paramOf(param).name ?? '', param)
  return 1
}

/** How many sets of parameters are known by name. */
export function X509_VERIFY_PARAM_get_count(): number {
  return NAMED.size + added.size
}

/** A set of parameters by its position, those of this library first; null beyond the end. */
export function X509_VERIFY_PARAM_get0(id: number): X509_VERIFY_PARAM | null {
  return [...NAMED.values(), ...added.values()][requireInteger(id, 'id')] ?? null
}

/** Forgets the parameters that were added. */
export function X509_VERIFY_PARAM_table_cleanup(): void {
  added.clear()
}

/**
 * A set of parameters known by name: `default`, `pkcs7`, `smime_sign`, `ssl_client`, `ssl_server`; null for another.
 */
export function X509_VERIFY_PARAM_lookup(name: string): X509_VERIFY_PARAM | null {
  return added.get(name) ?? NAMED.get(name) ?? null
}

const named = (name: string, purpose: number, trust: number): [string, X509_VERIFY_PARAM] => {
  const param = Object.assign(new X509_VERIFY_PARAM(), { name, purpose, trust })
  return [name, param]
}

const NAMED: ReadonlyMap<string, X509_VERIFY_PARAM> = new Map([
  [
    'default',
    Object.assign(new X509_VERIFY_PARAM(), {
      name: 'default',
      flags: VerifyFlag.trustedFirst,
      depth: DEFAULT_PARAMETERS.depth,
    }),
  ],
  named('pkcs7', Purpose.smimeSign, 4),
  named('smime_sign', Purpose.smimeSign, 4),
  named('ssl_client', Purpose.sslClient, 2),
  named('ssl_server', Purpose.sslServer, 3),
])

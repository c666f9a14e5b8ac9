import { groupById } from '../../../crypto/groups.ts'
import type { HandshakeContext } from '../../../handshake/context.ts'
import { give, type Out, requireInteger, requireList, requireString } from '../../boundary.ts'
import { ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT } from '../../constants/err.ts'
import { SSL_OP_CIPHER_SERVER_PREFERENCE, SSL_SECOP_CURVE_SHARED } from '../../constants/ssl.ts'
import { SSL_R_BAD_LENGTH } from '../../constants/sslerr.ts'
import { raise } from '../../err/raise.ts'
import { refuse, refuseNoList } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { groupsOf } from '../engine/offers.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { groupName, groupNid, groupOfNid, groupsFromNids, parseGroupsList } from './lists/groups.ts'
import { permits } from './policy.ts'

/**
 * Sets the groups for key exchange and for the curves of certificates, best first (SSL_CTX_set1_groups(3)).
 * @param glist - NIDs, such as NID_X9_62_prime256v1 @param glistlen - their number
 * @returns 1, or 0 for an unknown or double one, with SSL_R_BAD_LENGTH for none
 */
export function SSL_CTX_set1_groups(ctx: SSL_CTX, glist: readonly number[], glistlen?: number): number {
  return setGroups(liveCtx(ctx), glist, glistlen)
}

/** SSL_CTX_set1_groups for one connection. */
export function SSL_set1_groups(ssl: SSL, glist: readonly number[], glistlen?: number): number {
  return setGroups(liveSsl(ssl), glist, glistlen)
}

/**
 * Sets the groups by name, such as `X25519:P-256:secp384r1` (SSL_CTX_set1_groups_list(3)).
 * @returns 1, or 0: with ERR_R_PASSED_INVALID_ARGUMENT for an unknown name, with nothing queued for a double or empty one,
 * with CONF_R_LIST_CANNOT_BE_NULL for null
 */
export function SSL_CTX_set1_groups_list(ctx: SSL_CTX, list: string | null): number {
  return setGroupsList(liveCtx(ctx), list)
}

/** SSL_CTX_set1_groups_list for one connection. */
export function SSL_set1_groups_list(ssl: SSL, list: string | null): number {
  return setGroupsList(liveSsl(ssl), list)
}

/** SSL_CTX_set1_groups by another name. */
export const SSL_CTX_set1_curves: typeof SSL_CTX_set1_groups = SSL_CTX_set1_groups
export const SSL_set1_curves: typeof SSL_set1_groups = SSL_set1_groups
export const SSL_CTX_set1_curves_list: typeof SSL_CTX_set1_groups_list = SSL_CTX_set1_groups_list
export const SSL_set1_curves_list: typeof SSL_set1_groups_list = SSL_set1_groups_list

/**
 * The groups that the client sent (SSL_get1_groups(3)).
 * @param groups - takes their NIDs, or TLSEXT_nid_unknown joined with the number; null: only the number is wanted
 * @returns their number; 0 on a client
 */
export function SSL_get1_groups(ssl: SSL, groups: number[] | null = null): number {
  const { role, connection } = liveSsl(ssl)
  const offered = role === 'server' ? (connection?.negotiated.peer.groups ?? []) : []
  if (groups !== null) for (const [at, id] of offered.entries()) groups[at] = groupNid(id)
  return offered.length
}

/** SSL_get1_groups by another name. */
export const SSL_get1_curves: typeof SSL_get1_groups = SSL_get1_groups

/**
 * A group that this server shares with the client (SSL_get_shared_group(3)).
 * @param n - its place, the best is 0; -1 asks for the number of groups
 * @returns its NID, NID_undef beyond the end; 0 on a client
 */
export function SSL_get_shared_group(s: SSL, n: number): number {
  const ssl = liveSsl(s)
  const negotiated = ssl.isServer ? ssl.connection?.negotiated : undefined
  const shared = negotiated === undefined ? [] : sharedGroups(ssl, negotiated)
  if (requireInteger(n, 'n') === -1) return shared.length
  const id = shared[n]
  return id === undefined ? 0 : groupNid(id)
}

/** SSL_get_shared_group by another name. */
export const SSL_get_shared_curve: typeof SSL_get_shared_group = SSL_get_shared_group

/** The NID of the group that the key exchange used; NID_undef before, and without elliptic curves (SSL_get_negotiated_group(3)). */
export function SSL_get_negotiated_group(s: SSL): number {
  const id = liveSsl(s).connection?.negotiated.group ?? null
  return id === null ? 0 : groupNid(id)
}

/** The name of the group that the key exchange used; null before. */
export function SSL_get0_group_name(s: SSL): string | null {
  const id = liveSsl(s).connection?.negotiated.group ?? null
  return id === null ? null : groupName(id)
}

/** The point formats that the peer sent, a byte each. @param plst - takes them, when given @returns their number */
export function SSL_get0_ec_point_formats(s: SSL, plst: Out<Uint8Array | null> | null = null): number {
  const formats = liveSsl(s).connection?.negotiated.peer.pointFormats ?? null
  give(plst, formats === null ? null : Uint8Array.from(formats), 'plst')
  return formats?.length ?? 0
}

/** The TLS name for what SSL_get1_groups and its kin gave, such as `secp256r1`; null when it is not known. */
export function SSL_group_to_name(s: SSL, id: number): string | null {
  liveSsl(s)
  const group = groupOfNid(requireInteger(id, 'id'))
  return group === undefined ? null : groupName(group)
}

function setGroups({ settings }: Owner, glist: readonly number[], glistlen?: number): number {
  const nids = requireList(glist, 'glist').slice(0, requireInteger(glistlen ?? glist.length, 'glistlen'))
  if (nids.length === 0) return refuse(SSL_R_BAD_LENGTH)
  const ids = groupsFromNids(nids)
  if (ids === null) return 0
  settings.groups = ids
  return 1
}

function setGroupsList({ settings }: Owner, list: string | null): number {
  if (list === null) return refuseNoList()
  const ids = parseGroupsList(requireString(list, 'list'))
  if (ids === 'unknown-group') raise(ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT, `group '${list}' cannot be set`)
  if (typeof ids === 'string') return 0
  settings.groups = ids
  return 1
}

/** In the order of who has the say; none with a client that sent no list. */
function sharedGroups(ssl: SSL, { peer }: HandshakeContext): number[] {
  const own = groupsOf(ssl.settings)
  const theirs = peer.groups ?? []
  const [first, second] = (ssl.settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) !== 0 ? [own, theirs] : [theirs, own]
  return first.filter(id => {
    const group = groupById(id)
    // Finite fields are for TLS 1.3 only.
    if (group === undefined || group.kind === 'ff' || !second.includes(id)) return false
    return permits(ssl, SSL_SECOP_CURVE_SHARED, group.securityBits, groupNid(id), Uint8Array.of(id >> 8, id))
  })
}

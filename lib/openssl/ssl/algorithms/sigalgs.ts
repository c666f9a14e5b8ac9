import { type Out, requireInteger, requireList, requireString } from '../../boundary.ts'
import { EVP_PKEY_RSA } from '../../constants/evp.ts'
import {
  NID_ecdsa_with_SHA1,
  NID_ecdsa_with_SHA224,
  NID_ecdsa_with_SHA256,
  NID_ecdsa_with_SHA384,
  NID_ecdsa_with_SHA512,
  NID_md5_sha1,
  NID_sha1WithRSAEncryption,
  NID_sha224WithRSAEncryption,
  NID_sha256WithRSAEncryption,
  NID_sha384WithRSAEncryption,
  NID_sha512WithRSAEncryption,
} from '../../constants/obj-mac.ts'
import { SSL_OP_CIPHER_SERVER_PREFERENCE, SSL_SECOP_SIGALG_SHARED } from '../../constants/ssl.ts'
import { refuseNoList } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { schemesOf } from '../engine/offers.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import {
  parseSignatureAlgorithms,
  signatureAlgorithmBits,
  signatureAlgorithmNids,
  signatureAlgorithmsFromNids,
} from './lists/signature-algorithms.ts'
import { permits } from './policy.ts'

/**
 * Sets the signature algorithms, best first: what this side signs with and takes from the peer (SSL_CTX_set1_sigalgs(3)).
 * @param slist - pairs of NIDs, hash and key: `[NID_sha256, EVP_PKEY_EC]` @param slistlen - NIDs to read
 * @returns 1, or 0 for an unknown pair or a half one
 */
export function SSL_CTX_set1_sigalgs(ctx: SSL_CTX, slist: readonly number[], slistlen?: number): number {
  return setPairs(liveCtx(ctx), 'signatureSchemes', slist, slistlen)
}

/** SSL_CTX_set1_sigalgs for one connection. */
export function SSL_set1_sigalgs(ssl: SSL, slist: readonly number[], slistlen?: number): number {
  return setPairs(liveSsl(ssl), 'signatureSchemes', slist, slistlen)
}

/** Sets them by name, such as `ECDSA+SHA256:rsa_pss_rsae_sha256:ed25519`. @returns 1, or 0 for an unknown or double name, with CONF_R_LIST_CANNOT_BE_NULL for null */
export function SSL_CTX_set1_sigalgs_list(ctx: SSL_CTX, str: string | null): number {
  return setNames(liveCtx(ctx), 'signatureSchemes', str)
}

/** SSL_CTX_set1_sigalgs_list for one connection. */
export function SSL_set1_sigalgs_list(ssl: SSL, str: string | null): number {
  return setNames(liveSsl(ssl), 'signatureSchemes', str)
}

/** SSL_CTX_set1_sigalgs for client authentication: what a client signs with and a server asks for. */
export function SSL_CTX_set1_client_sigalgs(ctx: SSL_CTX, slist: readonly number[], slistlen?: number): number {
  return setPairs(liveCtx(ctx), 'clientSignatureSchemes', slist, slistlen)
}

/** SSL_CTX_set1_client_sigalgs for one connection. */
export function SSL_set1_client_sigalgs(ssl: SSL, slist: readonly number[], slistlen?: number): number {
  return setPairs(liveSsl(ssl), 'clientSignatureSchemes', slist, slistlen)
}

/** SSL_CTX_set1_sigalgs_list for client authentication. */
export function SSL_CTX_set1_client_sigalgs_list(ctx: SSL_CTX, str: string | null): number {
  return setNames(liveCtx(ctx), 'clientSignatureSchemes', str)
}

/** SSL_CTX_set1_client_sigalgs_list for one connection. */
export function SSL_set1_client_sigalgs_list(ssl: SSL, str: string | null): number {
  return setNames(liveSsl(ssl), 'clientSignatureSchemes', str)
}

/**
 * What the peer's hello or certificate request lists (SSL_get_sigalgs(3)).
 * @param idx - the place of the one to describe; -1: only the number is wanted
 * @param psign, phash, psignhash - take NIDs of key, hash and both; NID_undef when not known
 * @param rsig, rhash - take the two bytes of the wire
 * @returns the number of algorithms; 0 when there are none or `idx` is beyond the end
 */
export function SSL_get_sigalgs(
  s: SSL,
  idx: number,
  psign: Out<number> | null = null,
  phash: Out<number> | null = null,
  psignhash: Out<number> | null = null,
  rsig: Out<number> | null = null,
  rhash: Out<number> | null = null,
): number {
  const list = offeredByPeer(liveSsl(s))
  if (requireInteger(idx, 'idx') < 0) return list.length
  return describe(list, idx, { psign, phash, psignhash, rsig, rhash })
}

/** What both sides have, in the order of who has the say; the parameters and the result as SSL_get_sigalgs, but no -1. */
export function SSL_get_shared_sigalgs(
  s: SSL,
  idx: number,
  psign: Out<number> | null = null,
  phash: Out<number> | null = null,
  psignhash: Out<number> | null = null,
  rsig: Out<number> | null = null,
  rhash: Out<number> | null = null,
): number {
  return describe(sharedSchemes(liveSsl(s)), requireInteger(idx, 'idx'), { psign, phash, psignhash, rsig, rhash })
}

/** The hash that the peer signed with. @param psig_nid - takes its NID @returns 1, or 0 when it has not signed */
export function SSL_get_peer_signature_nid(ssl: SSL, psig_nid: Out<number>): number {
  return give(nidsOf(liveSsl(ssl), 'peerScheme')?.hash, psig_nid)
}

/** The hash that this side signed with. @param psig_nid - takes its NID @returns 1, or 0 when it has not signed */
export function SSL_get_signature_nid(ssl: SSL, psig_nid: Out<number>): number {
  return give(nidsOf(liveSsl(ssl), 'localScheme')?.hash, psig_nid)
}

/** The kind of key that the peer signed with. @param pnid - takes EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, ... @returns 1, or 0 */
export function SSL_get_peer_signature_type_nid(s: SSL, pnid: Out<number>): number {
  return give(nidsOf(liveSsl(s), 'peerScheme')?.key, pnid)
}

/** The kind of key that this side signed with. @param pnid - takes EVP_PKEY_RSA, EVP_PKEY_RSA_PSS, ... @returns 1, or 0 */
export function SSL_get_signature_type_nid(s: SSL, pnid: Out<number>): number {
  return give(nidsOf(liveSsl(s), 'localScheme')?.key, pnid)
}

type Place = 'signatureSchemes' | 'clientSignatureSchemes'

function setPairs({ settings }: Owner, place: Place, slist: readonly number[], slistlen?: number): number {
  const ids = signatureAlgorithmsFromNids(
    requireList(slist, 'slist').slice(0, requireInteger(slistlen ?? slist.length, 'slistlen')),
  )
  if (ids === null) return 0
  settings[place] = ids
  return 1
}

function setNames({ settings }: Owner, place: Place, str: string | null): number {
  if (str === null) return refuseNoList()
  const ids = parseSignatureAlgorithms(requireString(str, 'str'))
  if (ids === null) return 0
  settings[place] = ids
  return 1
}

/** A server hears it in the ClientHello, a client in the CertificateRequest. */
function offeredByPeer({ role, connection, certificateRequest }: SSL): readonly number[] {
  const offered =
    role === 'server' ? connection?.negotiated.peer.signatureSchemes : certificateRequest?.signatureSchemes
  return offered ?? []
}

function sharedSchemes(ssl: SSL): number[] {
  const { role, settings } = ssl
  const own = (role === 'client' ? settings.clientSignatureSchemes : null) ?? schemesOf(settings)
  const theirs = offeredByPeer(ssl)
  const isOurs = (settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) !== 0 || settings.suiteB !== 0
  const [first, second] = isOurs ? [own, theirs] : [theirs, own]
  return first.filter(id => {
    const nids = signatureAlgorithmNids(id)
    if (nids === null || !second.includes(id)) return false
    return permits(ssl, SSL_SECOP_SIGALG_SHARED, signatureAlgorithmBits(id), nids.hash, Uint8Array.of(id >> 8, id))
  })
}

interface Places {
  readonly psign: Out<number> | null
  readonly phash: Out<number> | null
  readonly psignhash: Out<number> | null
  readonly rsig: Out<number> | null
  readonly rhash: Out<number> | null
}

function describe(list: readonly number[], idx: number, places: Places): number {
  const id = list[idx]
  if (id === undefined) return 0
  const nids = signatureAlgorithmNids(id)
  if (places.psign !== null) places.psign.value = nids?.key ?? 0
  if (places.phash !== null) places.phash.value = nids?.hash ?? 0
  if (places.psignhash !== null) places.psignhash.value = BOTH.get(id) ?? 0
  if (places.rsig !== null) places.rsig.value = id & 0xff
  if (places.rhash !== null) places.rhash.value = id >> 8
  return list.length
}

function nidsOf({ connection }: SSL, side: 'peerScheme' | 'localScheme'): { hash: number; key: number } | null {
  const id = connection?.negotiated[side] ?? null
  if (id === null) return null
  // Below version 1.2 RSA signs MD5 and SHA-1 together, which has no number on the wire.
  return id === -1 ? { hash: NID_md5_sha1, key: EVP_PKEY_RSA } : signatureAlgorithmNids(id)
}

function give(nid: number | undefined, place: Out<number>): number {
  if (nid === undefined) return 0
  place.value = nid
  return 1
}

/** Hash and key as one algorithm; the others have no NID. */
const BOTH: ReadonlyMap<number, number> = new Map([
  [0x0403, NID_ecdsa_with_SHA256],
  [0x0503, NID_ecdsa_with_SHA384],
  [0x0603, NID_ecdsa_with_SHA512],
  [0x0303, NID_ecdsa_with_SHA224],
  [0x0203, NID_ecdsa_with_SHA1],
  [0x0401, NID_sha256WithRSAEncryption],
  [0x0501, NID_sha384WithRSAEncryption],
  [0x0601, NID_sha512WithRSAEncryption],
  [0x0301, NID_sha224WithRSAEncryption],
  [0x0201, NID_sha1WithRSAEncryption],
  // dsa_with_SHA256 and dsaWithSHA1, which are in no list of constants.
  [0x0402, 803],
  [0x0202, 113],
])

import { type Out, requireBytes, requireInteger } from '../../boundary.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * Sets what a server's CertificateRequest says of the kinds of certificate it takes (SSL_CTX_set1_client_certificate_types(3)).
 * Without it they follow from the signature algorithms.
 * @param clist - TLS_CT_*, a byte each; null: back to that
 * @param clistlen - their number
 * @returns 1, or 0 for more than 255
 */
export function SSL_CTX_set1_client_certificate_types(
  ctx: SSL_CTX,
  clist: Uint8Array | null,
  clistlen = clist?.length ?? 0,
): number {
  return setTypes(liveCtx(ctx), clist, clistlen)
}

/** SSL_CTX_set1_client_certificate_types for one connection. @returns 0 on a client as well */
export function SSL_set1_client_certificate_types(
  ssl: SSL,
  clist: Uint8Array | null,
  clistlen = clist?.length ?? 0,
): number {
  const s = liveSsl(ssl)
  return s.isServer ? setTypes(s, clist, clistlen) : 0
}

/** The kinds of certificate that the server's CertificateRequest lists, a byte each. @param clist - takes them, when given @returns their number */
export function SSL_get0_certificate_types(s: SSL, clist: Out<Uint8Array | null> | null = null): number {
  const { certificateRequest } = liveSsl(s)
  if (certificateRequest === null) return 0
  if (clist !== null) clist.value = Uint8Array.from(certificateRequest.types)
  return certificateRequest.types.length
}

function setTypes({ settings }: Owner, clist: Uint8Array | null, clistlen: number): number {
  settings.certificateTypes = null
  if (clist === null || requireInteger(clistlen, 'clistlen') === 0) return 1
  if (clistlen < 0 || clistlen > MAX_TYPES) return 0
  const types = requireBytes(clist, 'clist')
  if (clistlen > types.length) throw new TypeError(`clistlen: ${clistlen} is beyond the ${types.length} bytes of clist`)
  settings.certificateTypes = [...types.subarray(0, clistlen)]
  return 1
}

/** The list has a length of one byte (RFC 5246 section 7.4.4). */
const MAX_TYPES = 255

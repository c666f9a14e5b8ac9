import { requireInstance, requireInteger } from '../../boundary.ts'
import { ERR_LIB_X509 } from '../../constants/err.ts'
import { X509_R_UNKNOWN_PURPOSE_ID, X509_R_UNKNOWN_TRUST_ID } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { X509_PURPOSE_get_by_id, X509_PURPOSE_get_trust, X509_PURPOSE_get0 } from '../purpose.ts'
import { X509_STORE_CTX } from './store-ctx.ts'

/** Sets the purpose, and its trust, where the verification has none. @returns 1, or 0 with an error for an unknown purpose */
export function X509_STORE_CTX_set_purpose(ctx: X509_STORE_CTX, purpose: number): number {
  return X509_STORE_CTX_purpose_inherit(ctx, 0, requireInteger(purpose, 'purpose'), 0)
}

/** Sets the trust where the verification has none. @returns 1, or 0 with an error for an unknown trust */
export function X509_STORE_CTX_set_trust(ctx: X509_STORE_CTX, trust: number): number {
  return X509_STORE_CTX_purpose_inherit(ctx, 0, 0, requireInteger(trust, 'trust'))
}

/**
 * Sets purpose and trust where the verification has none of its own.
 * @param def_purpose - the purpose when `purpose` is 0
 * @param trust - 0: that of the purpose
 * @returns 1, or 0 with an error for an unknown purpose or trust
 */
export function X509_STORE_CTX_purpose_inherit(
  ctx: X509_STORE_CTX,
  def_purpose: number,
  purpose: number,
  trust: number,
): number {
  const { param } = requireInstance(ctx, X509_STORE_CTX, 'ctx')
  const wanted = purpose === 0 ? def_purpose : purpose
  const fallback = def_purpose === 0 ? wanted : def_purpose
  let wantedTrust = trust
  if (wanted !== 0) {
    const own = X509_PURPOSE_get0(X509_PURPOSE_get_by_id(wanted))
    const row = own?.trust === 0 ? X509_PURPOSE_get0(X509_PURPOSE_get_by_id(fallback)) : own
    if (row === null) return refused(X509_R_UNKNOWN_PURPOSE_ID)
    if (wantedTrust === 0) wantedTrust = X509_PURPOSE_get_trust(row)
  }
  if (wantedTrust < 0 || wantedTrust > MAX_TRUST) return refused(X509_R_UNKNOWN_TRUST_ID)
  if (param.purpose === 0) param.purpose = wanted
  if (param.trust === 0) param.trust = wantedTrust
  return 1
}

const MAX_TRUST = 8

function refused(reason: number): 0 {
  raise(ERR_LIB_X509, reason)
  return 0
}

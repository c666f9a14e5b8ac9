import { dhSecurityBits } from '../../../crypto/dh.ts'
import { requireCallback, requireInstance, requireInteger, requireLiveOrNull } from '../../boundary.ts'
import { ERR_R_DH_LIB, ERR_R_PASSED_NULL_PARAMETER } from '../../constants/err.ts'
import { SSL_SECOP_TMP_DH } from '../../constants/ssl.ts'
import { SSL_R_DH_KEY_TOO_SMALL } from '../../constants/sslerr.ts'
import { DH, dhParametersOf, EVP_PKEY_assign_DH } from '../../evp/dh.ts'
import { EC_KEY } from '../../evp/keygen.ts'
import { EVP_PKEY, EVP_PKEY_free } from '../../evp/pkey.ts'
import { OBJ_txt2nid } from '../../x509/asn1/objects.ts'
import type { SSL_tmp_dh_cb } from '../callbacks.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { SSL_CTX_set1_groups, SSL_set1_groups } from './groups.ts'
import { permits } from './policy.ts'

/**
 * Lets a server choose Diffie-Hellman parameters by the strength of its certificate (SSL_CTX_set_dh_auto(3)).
 * @param onoff - 1: on, 2: always 1024 bits, 0: off
 * @returns 1
 */
export function SSL_CTX_set_dh_auto(ctx: SSL_CTX, onoff: number): number {
  liveCtx(ctx).settings.dhAuto = requireInteger(onoff, 'onoff')
  return 1
}

/** SSL_CTX_set_dh_auto for one connection. */
export function SSL_set_dh_auto(s: SSL, onoff: number): number {
  liveSsl(s).settings.dhAuto = requireInteger(onoff, 'onoff')
  return 1
}

/**
 * Sets a server's Diffie-Hellman parameters (SSL_CTX_set0_tmp_dh_pkey(3)).
 * @param dhpkey - the caller's reference goes to the context, if it is taken
 * @returns 1, or 0 with SSL_R_DH_KEY_TOO_SMALL (security level), ERR_R_PASSED_NULL_PARAMETER, or ERR_R_DH_LIB for another kind
 *   of key
 */
export function SSL_CTX_set0_tmp_dh_pkey(ctx: SSL_CTX, dhpkey: EVP_PKEY | null): number {
  return setParameters(liveCtx(ctx), dhpkey)
}

/** SSL_CTX_set0_tmp_dh_pkey for one connection. */
export function SSL_set0_tmp_dh_pkey(s: SSL, dhpkey: EVP_PKEY | null): number {
  return setParameters(liveSsl(s), dhpkey)
}

/** SSL_CTX_set0_tmp_dh_pkey for the type of the calls before 3.0, which is copied. */
export function SSL_CTX_set_tmp_dh(ctx: SSL_CTX, dh: DH | null): number {
  return setDh(liveCtx(ctx), dh)
}

/** SSL_CTX_set_tmp_dh for one connection. */
export function SSL_set_tmp_dh(ssl: SSL, dh: DH | null): number {
  return setDh(liveSsl(ssl), dh)
}

/** Sets who is asked for parameters when none are set; it gives a DH, or a key object with them (SSL_CTX_set_tmp_dh_callback(3)). */
export function SSL_CTX_set_tmp_dh_callback(ctx: SSL_CTX, dh: SSL_tmp_dh_cb | null): void {
  liveCtx(ctx).settings.dhCallback = requireCallback(dh, 'dh')
}

/** SSL_CTX_set_tmp_dh_callback for one connection. */
export function SSL_set_tmp_dh_callback(ssl: SSL, dh: SSL_tmp_dh_cb | null): void {
  liveSsl(ssl).settings.dhCallback = requireCallback(dh, 'dh')
}

/** Sets the groups to the curve of a key, as programs did before there were lists. @returns 1, or 0 */
export function SSL_CTX_set_tmp_ecdh(ctx: SSL_CTX, ecdh: EC_KEY | null): number {
  return ecdh === null ? refuse(ERR_R_PASSED_NULL_PARAMETER) : SSL_CTX_set1_groups(ctx, [curveOf(ecdh)])
}

/** SSL_CTX_set_tmp_ecdh for one connection. */
export function SSL_set_tmp_ecdh(ssl: SSL, ecdh: EC_KEY | null): number {
  return ecdh === null ? refuse(ERR_R_PASSED_NULL_PARAMETER) : SSL_set1_groups(ssl, [curveOf(ecdh)])
}

/** Does nothing: groups are always chosen by themselves. @returns 1 when `state` is not 0 */
export function SSL_CTX_set_ecdh_auto(ctx: SSL_CTX, state: number): number {
  liveCtx(ctx)
  return Number(state !== 0)
}

/** SSL_CTX_set_ecdh_auto for one connection. */
export function SSL_set_ecdh_auto(ssl: SSL, state: number): number {
  liveSsl(ssl)
  return Number(state !== 0)
}

/**
 * There are no RSA keys for one connection since export suites are gone.
 * @returns 0
 * @harmless export suites are gone; without effect in OpenSSL as well
 */
export function SSL_CTX_need_tmp_RSA(ctx: SSL_CTX): number {
  liveCtx(ctx)
  return 0
}

/** SSL_CTX_need_tmp_RSA for one connection. @harmless export suites are gone; without effect in OpenSSL as well */
export function SSL_need_tmp_RSA(ssl: SSL): number {
  liveSsl(ssl)
  return 0
}

/** Does nothing. @returns 1 @harmless export suites are gone; without effect in OpenSSL as well */
export function SSL_CTX_set_tmp_rsa(ctx: SSL_CTX, rsa: unknown): number {
  liveCtx(ctx)
  void rsa
  return 1
}

/** SSL_CTX_set_tmp_rsa for one connection. @harmless export suites are gone; without effect in OpenSSL as well */
export function SSL_set_tmp_rsa(ssl: SSL, rsa: unknown): number {
  liveSsl(ssl)
  void rsa
  return 1
}

/** Does nothing. @harmless export suites are gone; without effect in OpenSSL as well */
export function SSL_CTX_set_tmp_rsa_callback(ctx: SSL_CTX, cb: unknown): void {
  liveCtx(ctx)
  void cb
}

/**
 * SSL_CTX_set_tmp_rsa_callback for one connection.
 * @harmless export suites are gone; without effect in OpenSSL as well
 */
export function SSL_set_tmp_rsa_callback(ssl: SSL, cb: unknown): void {
  liveSsl(ssl)
  void cb
}

function setDh(owner: Owner, dh: DH | null): number {
  if (dh === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const pkey = new EVP_PKEY(null)
  EVP_PKEY_assign_DH(pkey, requireInstance(dh, DH, 'dh'))
  const result = setParameters(owner, pkey)
  if (result === 0) EVP_PKEY_free(pkey)
  return result
}

/** The numbers are copied, so that the reference which comes with them can be given up at once. */
function setParameters(owner: Owner, dhpkey: EVP_PKEY | null): number {
  const pkey = requireLiveOrNull(dhpkey, EVP_PKEY, 'dhpkey')
  // As weak as can be.
  if (pkey === null) return refuse(SSL_R_DH_KEY_TOO_SMALL)
  const parameters = dhParametersOf(pkey)
  if (parameters === null) return refuse(ERR_R_DH_LIB)
  if (!permits(owner, SSL_SECOP_TMP_DH, dhSecurityBits(parameters), 0, pkey)) return refuse(SSL_R_DH_KEY_TOO_SMALL)
  owner.settings.dhParameters = parameters
  EVP_PKEY_free(pkey)
  return 1
}

function curveOf(ecdh: EC_KEY): number {
  return OBJ_txt2nid(requireInstance(ecdh, EC_KEY, 'ecdh').curve ?? '')
}

import { Alert } from '../../../base/alert.ts'
import type { Verdict } from '../../../handshake/config.ts'
import { SUSPEND, type Suspend } from '../../../handshake/wait.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import { CRYPTO_EX_INDEX_X509_STORE_CTX } from '../../constants/crypto.ts'
import { ERR_LIB_SSL, ERR_R_X509_LIB } from '../../constants/err.ts'
import { SSL_VERIFY_NONE } from '../../constants/ssl.ts'
import * as V from '../../constants/x509-vfy.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import { CRYPTO_get_ex_new_index } from '../../ex-data.ts'
import {
  type X509_STORE_CTX,
  X509_STORE_CTX_free,
  X509_STORE_CTX_get_error,
  X509_STORE_CTX_get0_param,
  X509_STORE_CTX_get1_chain,
  X509_STORE_CTX_init,
  X509_STORE_CTX_new,
  X509_STORE_CTX_set_default,
  X509_STORE_CTX_set_ex_data,
  X509_STORE_CTX_set_flags,
  X509_STORE_CTX_set_verify_cb,
  X509_verify_cert,
} from '../../x509/store/store-ctx.ts'
import {
  X509_VERIFY_PARAM_move_peername,
  X509_VERIFY_PARAM_set_auth_level,
  X509_VERIFY_PARAM_set1,
} from '../../x509/store/verify-param.ts'
import { wrapCertificate, type X509, X509_free } from '../../x509/x509.ts'
import type { SSL } from '../ssl.ts'

/**
 * Judges the peer's chain, leaf first, as OpenSSL's ssl_verify_cert_chain and its callers do: the result and the chain that
 * was built are kept whatever the verdict, and a client that set SSL_VERIFY_NONE goes on all the same.
 */
export function verifyPeerChain(ssl: SSL, chain: readonly Certificate[]): Verdict | Suspend {
  const presented = presentedBy(ssl, chain)
  ssl.retryVerify = false
  const accepted = verify(ssl, presented)
  const isClient = ssl.role === 'client'
  if (accepted && isClient && ssl.retryVerify) return SUSPEND
  if (!accepted && (!isClient || ssl.settings.verifyMode !== SSL_VERIFY_NONE))
    return { accepted: false, alert: alertOf(ssl.verifyResult) }
  if (isClient) ERR_clear_error()
  ssl.peerAccepted = true
  return { accepted: true }
}

/** The index under which a verification's X509_STORE_CTX knows its SSL. It is taken when first asked for. */
export function storeContextIndex(): number {
  index ??= CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_X509_STORE_CTX, 0, 'SSL for verify callback')
  return index
}

/** Gives up what the peer has shown. */
export function forgetPeer(ssl: SSL): void {
  for (const x of ssl.peerChain ?? []) X509_free(x)
  for (const x of ssl.verifiedChain ?? []) X509_free(x)
  ssl.peerChain = null
  ssl.peerAccepted = false
  ssl.verifiedChain = null
}

/** The alert that tells a peer what is wrong with its chain (OpenSSL's ssl_x509err2alert). */
function alertOf(verifyResult: number): number {
  return ALERTS.get(verifyResult) ?? Alert.certificateUnknown
}

let index: number | null = null

/**
 * The objects around what the peer sent; when a suspended verification comes again the same ones, and what the program has
 * put behind them meanwhile (SSL_get_peer_cert_chain gives it the very list).
 */
function presentedBy(ssl: SSL, chain: readonly Certificate[]): X509[] {
  const known = ssl.peerChain
  if (ssl.retryVerify && known !== null && chain.every((certificate, at) => known[at]?.certificate === certificate))
    return known
  forgetPeer(ssl)
  ssl.peerChain = chain.map(wrapCertificate)
  return ssl.peerChain
}

function verify(ssl: SSL, presented: readonly X509[]): boolean {
  const [leaf] = presented
  if (leaf === undefined) return false
  const ctx = X509_STORE_CTX_new()
  try {
    if (X509_STORE_CTX_init(ctx, ssl.settings.verifyStore ?? ssl.ctx.certStore, leaf, [...presented]) !== 1) {
      raise(ERR_LIB_SSL, ERR_R_X509_LIB)
      return false
    }
    prepare(ctx, ssl)
    const { certVerifyCallback, certVerifyArg } = ssl.ctx
    const result = certVerifyCallback === null ? X509_verify_cert(ctx) : certVerifyCallback(ctx, certVerifyArg)
    keepResult(ssl, ctx)
    return result > 0
  } finally {
    X509_STORE_CTX_free(ctx)
  }
}

/** The defaults of the purpose first, then whatever the program has set. */
function prepare(ctx: X509_STORE_CTX, ssl: SSL): void {
  const { securityLevel, suiteB, param, verifyCallback } = ssl.settings
  const checks = X509_STORE_CTX_get0_param(ctx)
  X509_VERIFY_PARAM_set_auth_level(checks, securityLevel)
  X509_STORE_CTX_set_flags(ctx, suiteB)
  X509_STORE_CTX_set_ex_data(ctx, storeContextIndex(), ssl)
  X509_STORE_CTX_set_default(ctx, ssl.role === 'server' ? 'ssl_client' : 'ssl_server')
  X509_VERIFY_PARAM_set1(checks, param)
  if (verifyCallback !== null) X509_STORE_CTX_set_verify_cb(ctx, verifyCallback)
}

function keepResult(ssl: SSL, ctx: X509_STORE_CTX): void {
  ssl.verifyResult = X509_STORE_CTX_get_error(ctx)
  if (ssl.session !== null) ssl.session.session.verifyResult = ssl.verifyResult
  for (const x of ssl.verifiedChain ?? []) X509_free(x)
  ssl.verifiedChain = X509_STORE_CTX_get1_chain(ctx)
  X509_VERIFY_PARAM_move_peername(ssl.settings.param, X509_STORE_CTX_get0_param(ctx))
}

const ALERTS: ReadonlyMap<number, number> = new Map([
  [V.X509_V_ERR_APPLICATION_VERIFICATION, Alert.handshakeFailure],
  [V.X509_V_ERR_CA_KEY_TOO_SMALL, Alert.badCertificate],
  [V.X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, Alert.badCertificate],
  [V.X509_V_ERR_CA_MD_TOO_WEAK, Alert.badCertificate],
  [V.X509_V_ERR_CERT_CHAIN_TOO_LONG, Alert.unknownCa],
  [V.X509_V_ERR_CERT_HAS_EXPIRED, Alert.certificateExpired],
  [V.X509_V_ERR_CERT_NOT_YET_VALID, Alert.badCertificate],
  [V.X509_V_ERR_CERT_REJECTED, Alert.badCertificate],
  [V.X509_V_ERR_CERT_REVOKED, Alert.certificateRevoked],
  [V.X509_V_ERR_CERT_SIGNATURE_FAILURE, Alert.decryptError],
  [V.X509_V_ERR_CERT_UNTRUSTED, Alert.badCertificate],
  [V.X509_V_ERR_CRL_HAS_EXPIRED, Alert.certificateExpired],
  [V.X509_V_ERR_CRL_NOT_YET_VALID, Alert.badCertificate],
  [V.X509_V_ERR_CRL_SIGNATURE_FAILURE, Alert.decryptError],
  [V.X509_V_ERR_DANE_NO_MATCH, Alert.badCertificate],
  [V.X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, Alert.unknownCa],
  [V.X509_V_ERR_EE_KEY_TOO_SMALL, Alert.badCertificate],
  [V.X509_V_ERR_EMAIL_MISMATCH, Alert.badCertificate],
  [V.X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, Alert.badCertificate],
  [V.X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, Alert.badCertificate],
  [V.X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, Alert.badCertificate],
  [V.X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, Alert.badCertificate],
  [V.X509_V_ERR_HOSTNAME_MISMATCH, Alert.badCertificate],
  [V.X509_V_ERR_INVALID_CA, Alert.unknownCa],
  [V.X509_V_ERR_INVALID_CALL, Alert.internalError],
  [V.X509_V_ERR_INVALID_PURPOSE, Alert.unsupportedCertificate],
  [V.X509_V_ERR_IP_ADDRESS_MISMATCH, Alert.badCertificate],
  [V.X509_V_ERR_OUT_OF_MEM, Alert.internalError],
  [V.X509_V_ERR_PATH_LENGTH_EXCEEDED, Alert.unknownCa],
  [V.X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, Alert.unknownCa],
  [V.X509_V_ERR_STORE_LOOKUP, Alert.internalError],
  [V.X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, Alert.badCertificate],
  [V.X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, Alert.badCertificate],
  [V.X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, Alert.badCertificate],
  [V.X509_V_ERR_UNABLE_TO_GET_CRL, Alert.unknownCa],
  [V.X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, Alert.unknownCa],
  [V.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, Alert.unknownCa],
  [V.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, Alert.unknownCa],
  [V.X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, Alert.unknownCa],
  [V.X509_V_ERR_UNSPECIFIED, Alert.internalError],
])

import { BIO_free_all } from '../bio/bio.ts'
import { requireInstance, requireLive, requireLiveOrNull } from '../boundary.ts'
import { CRYPTO_EX_INDEX_SSL, CRYPTO_EX_INDEX_SSL_CTX } from '../constants/crypto.ts'
import { ERR_LIB_SSL, ERR_R_INTERNAL_ERROR } from '../constants/err.ts'
import { SSL_NOTHING } from '../constants/ssl.ts'
import { SSL_R_NULL_SSL_CTX, SSL_R_NULL_SSL_METHOD_PASSED } from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import { EVP_PKEY_free } from '../evp/pkey.ts'
import { CRYPTO_free_ex_data, CRYPTO_new_ex_data } from '../ex-data.ts'
import { X509_STORE_free, X509_STORE_new } from '../x509/store/store.ts'
import { X509_free } from '../x509/x509.ts'
import { SSL_CTX } from './ctx.ts'
import { forgetPeer } from './engine/peer-verification.ts'
import { SSL_METHOD } from './method.ts'
import { SSL_CTX_flush_sessions } from './sessions/cache.ts'
import { dropBadSession, keepFound, replaceSession } from './sessions/hold.ts'
import type { Settings } from './settings.ts'
import { SSL } from './ssl.ts'

/**
 * Makes a context (SSL_CTX_new(3)): security level 2, the default cipher list, an empty certificate store.
 * @param method - DTLS_method() and its kin
 * @returns null with SSL_R_NULL_SSL_METHOD_PASSED for null
 */
export function SSL_CTX_new(method: SSL_METHOD): SSL_CTX
export function SSL_CTX_new(method: SSL_METHOD | null): SSL_CTX | null
export function SSL_CTX_new(method: SSL_METHOD | null): SSL_CTX | null {
  if (method === null) {
    raise(ERR_LIB_SSL, SSL_R_NULL_SSL_METHOD_PASSED)
    return null
  }
  const ctx = new SSL_CTX(requireInstance(method, SSL_METHOD, 'method'), X509_STORE_new())
  CRYPTO_new_ex_data(CRYPTO_EX_INDEX_SSL_CTX, ctx, ctx.exData)
  return ctx
}

/** Drops a reference; the last one frees what the context owns. */
export function SSL_CTX_free(ctx: SSL_CTX | null): void {
  const context = requireLiveOrNull(ctx, SSL_CTX, 'ctx')
  context?.dropReference(() => {
    // Before the values of the context go: the callback for sessions that leave may want them.
    SSL_CTX_flush_sessions(context, 0)
    context.ticketKeys?.wipe()
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_SSL_CTX, context, context.exData)
    releaseSettings(context.settings)
    for (const certificate of context.extraChain ?? []) X509_free(certificate)
    X509_STORE_free(context.certStore)
  })
}

/** Takes a reference. @returns 1 */
export function SSL_CTX_up_ref(ctx: SSL_CTX): number {
  requireLive(ctx, SSL_CTX, 'ctx').addReference()
  return 1
}

/**
 * Makes one end of a connection with its own copy of the context's settings (SSL_new(3)).
 * @returns null with SSL_R_NULL_SSL_CTX for null
 */
export function SSL_new(ctx: SSL_CTX): SSL
export function SSL_new(ctx: SSL_CTX | null): SSL | null
export function SSL_new(ctx: SSL_CTX | null): SSL | null {
  if (ctx === null) {
    raise(ERR_LIB_SSL, SSL_R_NULL_SSL_CTX)
    return null
  }
  const context = requireLive(ctx, SSL_CTX, 'ctx')
  context.addReference()
  const ssl = new SSL(context, context.settings.clone())
  CRYPTO_new_ex_data(CRYPTO_EX_INDEX_SSL, ssl, ssl.exData)
  return ssl
}

/** Drops a reference; the last one wipes the keys and frees the BIOs. Nothing is sent: call SSL_shutdown before. */
export function SSL_free(ssl: SSL | null): void {
  const s = requireLiveOrNull(ssl, SSL, 'ssl')
  s?.dropReference(() => {
    if (s.isListener) s.listener?.close()
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_SSL, s, s.exData)
    reset(s)
    replaceSession(s, null)
    BIO_free_all(s.wbio)
    BIO_free_all(s.rbio)
    s.rbio = null
    s.wbio = null
    releaseSettings(s.settings)
    if (s.ctx !== s.initialCtx) SSL_CTX_free(s.ctx)
    SSL_CTX_free(s.initialCtx)
  })
}

/** Takes a reference. @returns 1 */
export function SSL_up_ref(s: SSL): number {
  requireLive(s, SSL, 's').addReference()
  return 1
}

/**
 * Back to before the handshake, with role, settings and BIOs as they are (SSL_clear(3)). After SSL_shutdown the session stays
 * too, and the next handshake offers it.
 * @returns 1; 0 with ERR_R_INTERNAL_ERROR, and nothing done, while a renegotiation is pending
 */
export function SSL_clear(s: SSL): number {
  const ssl = requireLive(s, SSL, 's')
  if (ssl.connection?.renegotiating === true) {
    raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR)
    return 0
  }
  reset(ssl)
  return 1
}

function reset(ssl: SSL): void {
  if (dropBadSession(ssl)) replaceSession(ssl, null)
  keepFound(ssl, null)
  ssl.connection?.destroy()
  ssl.connection = null
  ssl.outstanding = []
  ssl.unfinishedWrite = null
  ssl.want = SSL_NOTHING
  ssl.shutdown = 0
  ssl.lastWarning = 0
  ssl.certificateRequest = null
  ssl.certificateRequests = 0
  ssl.forgottenRenegotiations = 0
  ssl.cookie = null
  forgetPeer(ssl)
  ssl.announcedDeadline = null
}

/** Gives back the references that a copy of the settings holds. */
function releaseSettings({ cert, chainStore, verifyStore }: Settings): void {
  for (const { certificate, key, chain } of cert.slots.values()) {
    X509_free(certificate)
    EVP_PKEY_free(key)
    for (const link of chain ?? []) X509_free(link)
  }
  X509_STORE_free(chainStore)
  X509_STORE_free(verifyStore)
}

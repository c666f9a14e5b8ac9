import type { Certificate } from '../../../pki/certificate.ts'
import type { Crl } from '../../../pki/crl.ts'
import type { Verification } from '../../../pki/path/verification.ts'
import { verifyErrorText } from '../../../pki/path/verify-error.ts'
import { requireInstance, requireInteger, requireLiveOrNull } from '../../boundary.ts'
import { CRYPTO_EX_INDEX_X509_STORE_CTX } from '../../constants/crypto.ts'
import { ERR_LIB_X509, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../../constants/err.ts'
import { X509_V_ERR_INVALID_CALL, X509_V_OK } from '../../constants/x509-vfy.ts'
import { raise } from '../../err/raise.ts'
import { CRYPTO_EX_DATA, CRYPTO_free_ex_data, CRYPTO_new_ex_data } from '../../ex-data.ts'
import { exDataOf } from '../../ex-data-of.ts'
import { X509_CRL } from '../crl.ts'
import { X509_PURPOSE_get_by_id, X509_PURPOSE_get_trust, X509_PURPOSE_get0 } from '../purpose.ts'
import { wrapCertificate, X509, X509_free, X509_up_ref } from '../x509.ts'
import { NO_HOOKS, type StoreHooks, X509_STORE, type X509_STORE_CTX_verify_cb } from './store.ts'
import { adopt, verificationOf } from './store-ctx-run.ts'
import {
  X509_VERIFY_PARAM,
  X509_VERIFY_PARAM_inherit,
  X509_VERIFY_PARAM_lookup,
  X509_VERIFY_PARAM_set_depth,
  X509_VERIFY_PARAM_set_flags,
  X509_VERIFY_PARAM_set_time,
} from './verify-param.ts'

const X509_R_NO_CERT_SET_FOR_US_TO_VERIFY = 105

/** One verification of one certificate, before, while and after it runs (X509_STORE_CTX_new(3)). */
export class X509_STORE_CTX {
  store: X509_STORE | null = null
  target: X509 | null = null
  untrusted: X509[] | null = null
  trustedStack: X509[] | null = null
  param = new X509_VERIFY_PARAM()
  verifyCallback: X509_STORE_CTX_verify_cb | null = null
  hooks: StoreHooks = { ...NO_HOOKS }
  /** Revocation lists that the program gave besides those of the store. */
  crls: X509_CRL[] = []
  error: number = X509_V_OK
  errorDepth = 0
  currentCert: X509 | null = null
  currentIssuer: X509 | null = null
  currentCrl: X509_CRL | null = null
  /** The verification that this one serves: that of a revocation list's issuer. */
  parent: X509_STORE_CTX | null = null
  chain: X509[] | null = null
  verification: Verification | null = null
  readonly exData = new CRYPTO_EX_DATA()
  /** The objects that were handed out for certificates of this verification, so that each has one. */
  readonly objects = new Map<Certificate, X509>()
  /** Those that functions of the program gave as trusted. */
  readonly handedOut = new Map<Certificate, X509>()
  readonly lists = new Map<Crl, X509_CRL>()

  /** The facade's object for a certificate of the chain: the program's own where it gave one. */
  objectOf(certificate: Certificate | null): X509 | null {
    if (certificate === null) return null
    const known =
      this.objects.get(certificate) ??
      [this.target, ...(this.untrusted ?? []), ...(this.trustedStack ?? this.store?.certificates ?? [])].find(
        x => x?.certificate === certificate,
      )
    const x = known ?? wrapCertificate(certificate)
    this.objects.set(certificate, x)
    return x
  }

  /** The trusted object for a certificate that the chain has from the store, though the peer may have sent it too. */
  trustedObjectOf(certificate: Certificate): X509 | null {
    const trusted = this.trustedStack ?? this.store?.certificates ?? []
    return trusted.find(x => x.certificate === certificate) ?? this.objectOf(certificate)
  }

  /** As `objectOf` for a revocation list. */
  listOf(crl: Crl | null): X509_CRL | null {
    if (crl === null) return null
    const own = [...this.crls, ...(this.store?.crls ?? [])].find(list => list.crl === crl)
    const list = this.lists.get(crl) ?? own ?? new X509_CRL(crl)
    this.lists.set(crl, list)
    return list
  }

  /** The context of a verification: this one, or a new one for that of a revocation list's issuer. */
  contextOf(state: Verification): X509_STORE_CTX {
    if (state.parent === null) return this
    const path = new X509_STORE_CTX()
    path.store = this.store
    path.target = this.objectOf(state.target)
    path.untrusted = this.untrusted
    path.param = this.param
    path.verifyCallback = this.verifyCallback
    path.crls = this.crls
    path.parent = this
    path.verification = state
    return path
  }
}

/** A context to be filled by X509_STORE_CTX_init. */
export function X509_STORE_CTX_new(): X509_STORE_CTX {
  return new X509_STORE_CTX()
}

/** Forgets everything. */
export function X509_STORE_CTX_free(ctx: X509_STORE_CTX | null): void {
  if (ctx !== null) X509_STORE_CTX_cleanup(ctx)
}

/** Forgets everything, for another X509_STORE_CTX_init. */
export function X509_STORE_CTX_cleanup(ctx: X509_STORE_CTX): void {
  const context = contextOf(ctx)
  context.hooks.cleanup?.(context)
  context.hooks = { ...NO_HOOKS }
  CRYPTO_free_ex_data(CRYPTO_EX_INDEX_X509_STORE_CTX, context, context.exData)
  for (const x of context.chain ?? []) X509_free(x)
  context.chain = null
  context.verification = null
  context.objects.clear()
  context.handedOut.clear()
  context.lists.clear()
}

/**
 * Prepares a verification (X509_STORE_CTX_init(3)).
 * @param trust_store - null: only what X509_STORE_CTX_set0_trusted_stack gives is trusted
 * @param target - the certificate to verify
 * @param untrusted - what the peer sent besides
 * @returns 1
 */
export function X509_STORE_CTX_init(
  ctx: X509_STORE_CTX,
  trust_store: X509_STORE | null,
  target: X509 | null,
  untrusted: X509[] | null,
): number {
  const context = contextOf(ctx)
  context.store = requireLiveOrNull(trust_store, X509_STORE, 'trust_store')
  context.target = requireLiveOrNull(target, X509, 'target')
  context.untrusted = untrusted
  context.trustedStack = null
  context.hooks = { ...(context.store?.hooks ?? NO_HOOKS) }
  context.crls = []
  context.error = X509_V_OK
  context.errorDepth = 0
  context.currentCert = null
  context.currentIssuer = null
  context.currentCrl = null
  context.parent = null
  context.chain = null
  context.verification = null
  context.verifyCallback = context.store?.verifyCallback ?? null
  context.param = new X509_VERIFY_PARAM()
  X509_VERIFY_PARAM_inherit(context.param, context.store?.param ?? null)
  X509_VERIFY_PARAM_inherit(context.param, X509_VERIFY_PARAM_lookup('default'))
  const { param } = context
  const purpose = X509_PURPOSE_get0(X509_PURPOSE_get_by_id(param.purpose))
  if (param.trust === 0 && purpose !== null) param.trust = X509_PURPOSE_get_trust(purpose)
  return CRYPTO_new_ex_data(CRYPTO_EX_INDEX_X509_STORE_CTX, context, context.exData)
}

/**
 * Builds and checks the chain (X509_verify_cert(3)).
 * @returns 1 when it is good; 0 when not, with the reason in X509_STORE_CTX_get_error; -1 when there is nothing to
 *   verify, the context has been used, or the verification cannot be carried through
 */
export function X509_verify_cert(ctx: X509_STORE_CTX): number {
  const context = contextOf(ctx)
  const target = context.target?.certificate ?? null
  if (target === null || context.verification !== null) {
    raise(ERR_LIB_X509, target === null ? X509_R_NO_CERT_SET_FOR_US_TO_VERIFY : ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
    context.error = X509_V_ERR_INVALID_CALL
    return -1
  }
  const verification = verificationOf(context, target)
  context.verification = verification
  const good = verification.run()
  adopt(context, verification)
  context.param.peerName = verification.peerName
  return verification.broken ? -1 : Number(good)
}

/** X509_verify_cert; without a certificate to verify, the first of the others is. */
export function X509_STORE_CTX_verify(ctx: X509_STORE_CTX): number {
  const context = contextOf(ctx)
  context.target ??= context.untrusted?.[0] ?? null
  return X509_verify_cert(context)
}

/** The revocation list that the error is about; null when it is about none. */
export function X509_STORE_CTX_get0_current_crl(ctx: X509_STORE_CTX): X509_CRL | null {
  return contextOf(ctx).currentCrl
}

/** X509_V_OK or the last error. */
export function X509_STORE_CTX_get_error(ctx: X509_STORE_CTX): number {
  return contextOf(ctx).error
}

/** Changes the error, as a callback does that waves a certificate through. */
export function X509_STORE_CTX_set_error(ctx: X509_STORE_CTX, s: number): void {
  const context = contextOf(ctx)
  context.error = requireInteger(s, 's')
  if (context.verification !== null) context.verification.error = context.error
}

/** The place in the chain of the current certificate, 0 for the leaf. */
export function X509_STORE_CTX_get_error_depth(ctx: X509_STORE_CTX): number {
  return contextOf(ctx).errorDepth
}

/** Changes the depth at which the error is, 0 for the leaf. */
export function X509_STORE_CTX_set_error_depth(ctx: X509_STORE_CTX, depth: number): void {
  contextOf(ctx).errorDepth = requireInteger(depth, 'depth')
}

/** The certificate that the error or the callback is about; null when it is about none. */
export function X509_STORE_CTX_get_current_cert(ctx: X509_STORE_CTX): X509 | null {
  return contextOf(ctx).currentCert
}

/** Changes the certificate that the error is about. */
export function X509_STORE_CTX_set_current_cert(ctx: X509_STORE_CTX, x: X509 | null): void {
  contextOf(ctx).currentCert = requireLiveOrNull(x, X509, 'x')
}

/** The issuer of the current certificate, when it is known. */
export function X509_STORE_CTX_get0_current_issuer(ctx: X509_STORE_CTX): X509 | null {
  return contextOf(ctx).currentIssuer
}

/** The certificate being verified. */
export function X509_STORE_CTX_get0_cert(ctx: X509_STORE_CTX): X509 | null {
  return contextOf(ctx).target
}

/** Sets the certificate to verify. */
export function X509_STORE_CTX_set_cert(ctx: X509_STORE_CTX, target: X509 | null): void {
  contextOf(ctx).target = requireLiveOrNull(target, X509, 'target')
}

/** The store of trusted certificates. */
export function X509_STORE_CTX_get0_store(ctx: X509_STORE_CTX): X509_STORE | null {
  return contextOf(ctx).store
}

/** The chain as far as it was built, leaf first, without references; null before the verification. */
export function X509_STORE_CTX_get0_chain(ctx: X509_STORE_CTX): X509[] | null {
  return contextOf(ctx).chain
}

/** X509_STORE_CTX_get0_chain by another name. */
export const X509_STORE_CTX_get_chain: typeof X509_STORE_CTX_get0_chain = X509_STORE_CTX_get0_chain

/** The chain with references of its own. */
export function X509_STORE_CTX_get1_chain(ctx: X509_STORE_CTX): X509[] | null {
  const { chain } = contextOf(ctx)
  if (chain === null) return null
  for (const x of chain) X509_up_ref(x)
  return [...chain]
}

/** What the peer sent besides the certificate; null for nothing. */
export function X509_STORE_CTX_get0_untrusted(ctx: X509_STORE_CTX): X509[] | null {
  return contextOf(ctx).untrusted
}

/** Sets what may be used to build the chain besides the store; nothing of it is trusted. */
export function X509_STORE_CTX_set0_untrusted(ctx: X509_STORE_CTX, sk: X509[] | null): void {
  contextOf(ctx).untrusted = sk
}

/** X509_STORE_CTX_set0_untrusted by another name. */
export const X509_STORE_CTX_set_chain: typeof X509_STORE_CTX_set0_untrusted = X509_STORE_CTX_set0_untrusted

/** How many certificates of the chain came from the peer. */
export function X509_STORE_CTX_get_num_untrusted(ctx: X509_STORE_CTX): number {
  return contextOf(ctx).verification?.untrustedCount ?? 0
}

/** Trusts these and nothing else. */
export function X509_STORE_CTX_set0_trusted_stack(ctx: X509_STORE_CTX, sk: X509[] | null): void {
  contextOf(ctx).trustedStack = sk
}

/** X509_STORE_CTX_set0_trusted_stack by another name. */
export const X509_STORE_CTX_trusted_stack: typeof X509_STORE_CTX_set0_trusted_stack = X509_STORE_CTX_set0_trusted_stack

/** Sets the callback of this verification. */
export function X509_STORE_CTX_set_verify_cb(ctx: X509_STORE_CTX, verify: X509_STORE_CTX_verify_cb | null): void {
  contextOf(ctx).verifyCallback = verify
}

/** The callback of the verification: one that leaves everything as it is when none was set. */
export function X509_STORE_CTX_get_verify_cb(ctx: X509_STORE_CTX): X509_STORE_CTX_verify_cb {
  return contextOf(ctx).verifyCallback ?? asItIs
}

const asItIs: X509_STORE_CTX_verify_cb = ok => ok

/** The parameters of the verification, to be changed in place. */
export function X509_STORE_CTX_get0_param(ctx: X509_STORE_CTX): X509_VERIFY_PARAM {
  return contextOf(ctx).param
}

/** Uses these parameters instead. */
export function X509_STORE_CTX_set0_param(ctx: X509_STORE_CTX, param: X509_VERIFY_PARAM): void {
  contextOf(ctx).param = requireInstance(param, X509_VERIFY_PARAM, 'param')
}

/**
 * Takes over the parameters of a name: `default`, `ssl_client`, `ssl_server` ...
 * @returns 1, or 0 for an unknown one
 */
export function X509_STORE_CTX_set_default(ctx: X509_STORE_CTX, name: string): number {
  const defaults = X509_VERIFY_PARAM_lookup(name)
  return defaults === null ? 0 : X509_VERIFY_PARAM_inherit(contextOf(ctx).param, defaults)
}

/** Adds X509_V_FLAG_*. */
export function X509_STORE_CTX_set_flags(ctx: X509_STORE_CTX, flags: number): void {
  X509_VERIFY_PARAM_set_flags(contextOf(ctx).param, flags)
}

/** Judges validity at another time. @param t - seconds since 1970 */
export function X509_STORE_CTX_set_time(ctx: X509_STORE_CTX, flags: number, t: number): void {
  void flags
  X509_VERIFY_PARAM_set_time(contextOf(ctx).param, t)
}

/** Sets how many intermediate certificates a chain may have. */
export function X509_STORE_CTX_set_depth(ctx: X509_STORE_CTX, depth: number): void {
  X509_VERIFY_PARAM_set_depth(contextOf(ctx).param, depth)
}

const programData = exDataOf<X509_STORE_CTX>(CRYPTO_EX_INDEX_X509_STORE_CTX, ctx => contextOf(ctx).exData)

/** What a program keeps on a verification: under an index (X509_STORE_CTX_get_ex_new_index(3)), or one value without. */
export const X509_STORE_CTX_get_ex_new_index = programData.newIndex
export const X509_STORE_CTX_set_ex_data = programData.set
export const X509_STORE_CTX_get_ex_data = programData.get
export const X509_STORE_CTX_set_app_data = programData.setApp
export const X509_STORE_CTX_get_app_data = programData.getApp

/**
 * What an X509_V_ERR_* means, in OpenSSL's words.
 * @param n - X509_V_OK or an X509_V_ERR_*
 */
export function X509_verify_cert_error_string(n: number): string {
  return verifyErrorText(requireInteger(n, 'n'))
}

function contextOf(value: unknown): X509_STORE_CTX {
  return requireInstance(value, X509_STORE_CTX, 'ctx')
}

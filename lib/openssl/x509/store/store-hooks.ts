import { checkSignatures } from '../../../pki/path/chain-signatures.ts'
import { checkPolicies } from '../../../pki/path/policy-path.ts'
import { checkList, checkRevocation, readList } from '../../../pki/path/revocation.ts'
import { requireCallback, requireInstance, requireLive } from '../../boundary.ts'
import {
  type StoreHooks,
  X509_STORE,
  type X509_STORE_CTX_cert_crl_fn,
  type X509_STORE_CTX_check_crl_fn,
  type X509_STORE_CTX_check_issued_fn,
  type X509_STORE_CTX_check_policy_fn,
  type X509_STORE_CTX_check_revocation_fn,
  type X509_STORE_CTX_cleanup_fn,
  type X509_STORE_CTX_get_crl_fn,
  type X509_STORE_CTX_get_issuer_fn,
  type X509_STORE_CTX_lookup_certs_fn,
  type X509_STORE_CTX_lookup_crls_fn,
  type X509_STORE_CTX_verify_fn,
} from './store.ts'
import { X509_STORE_CTX } from './store-ctx.ts'
import {
  checkIssued,
  X509_STORE_CTX_get1_certs,
  X509_STORE_CTX_get1_crls,
  X509_STORE_CTX_get1_issuer,
} from './store-search.ts'

// The steps of a verification that a program may do itself (X509_STORE_set_verify_cb_func(3)).

/** Nothing stands for the search of one list: it is part of the check. */
type BuiltIn = { readonly [K in Exclude<keyof StoreHooks, 'getCrl'>]: NonNullable<StoreHooks[K]> }

/** The steps as they are here, for functions that call them around their own work. */
const BUILT_IN: BuiltIn = {
  getIssuer: X509_STORE_CTX_get1_issuer,
  checkIssued,
  checkRevocation: ({ verification }) => Number(verification !== null && checkRevocation(verification)),
  checkCrl: ({ verification }, { crl }) => Number(verification !== null && checkList(verification, crl)),
  certCrl: ({ verification }, { crl }, { certificate }) => {
    if (verification === null || certificate === null) return 0
    const went = readList(verification, crl, certificate)
    return went === 'removed' ? 2 : Number(went)
  },
  checkPolicy: ({ verification }) => Number(verification !== null && checkPolicies(verification)),
  verify: ({ verification }) => Number(verification !== null && checkSignatures(verification)),
  lookupCerts: X509_STORE_CTX_get1_certs,
  lookupCrls: X509_STORE_CTX_get1_crls,
  cleanup: () => 1,
}

const storeOf = (xs: unknown): X509_STORE => requireLive(xs, X509_STORE, 'xs')
const contextOf = (ctx: unknown): X509_STORE_CTX => requireInstance(ctx, X509_STORE_CTX, 'ctx')

/** Sets how the issuer of a certificate is found; null: as this library does it. */
export function X509_STORE_set_get_issuer(xs: X509_STORE, fn: X509_STORE_CTX_get_issuer_fn | null): void {
  storeOf(xs).hooks.getIssuer = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_get_issuer has set; null for nothing. */
export function X509_STORE_get_get_issuer(xs: X509_STORE): X509_STORE_CTX_get_issuer_fn | null {
  return storeOf(xs).hooks.getIssuer
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_get_issuer(ctx: X509_STORE_CTX): X509_STORE_CTX_get_issuer_fn {
  return contextOf(ctx).hooks.getIssuer ?? BUILT_IN.getIssuer
}

/** Sets how it is judged whether one certificate may have issued another; null: as this library does it. */
export function X509_STORE_set_check_issued(xs: X509_STORE, fn: X509_STORE_CTX_check_issued_fn | null): void {
  storeOf(xs).hooks.checkIssued = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_check_issued has set; null for nothing. */
export function X509_STORE_get_check_issued(xs: X509_STORE): X509_STORE_CTX_check_issued_fn | null {
  return storeOf(xs).hooks.checkIssued
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_check_issued(ctx: X509_STORE_CTX): X509_STORE_CTX_check_issued_fn {
  return contextOf(ctx).hooks.checkIssued ?? BUILT_IN.checkIssued
}

/** Sets how revocation is checked; null: as this library does it. */
export function X509_STORE_set_check_revocation(xs: X509_STORE, fn: X509_STORE_CTX_check_revocation_fn | null): void {
  storeOf(xs).hooks.checkRevocation = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_check_revocation has set; null for nothing. */
export function X509_STORE_get_check_revocation(xs: X509_STORE): X509_STORE_CTX_check_revocation_fn | null {
  return storeOf(xs).hooks.checkRevocation
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_check_revocation(ctx: X509_STORE_CTX): X509_STORE_CTX_check_revocation_fn {
  return contextOf(ctx).hooks.checkRevocation ?? BUILT_IN.checkRevocation
}

/** Sets how the revocation list for a certificate is found; null: as this library does it. */
export function X509_STORE_set_get_crl(xs: X509_STORE, fn: X509_STORE_CTX_get_crl_fn | null): void {
  storeOf(xs).hooks.getCrl = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_get_crl has set; null for nothing. */
export function X509_STORE_get_get_crl(xs: X509_STORE): X509_STORE_CTX_get_crl_fn | null {
  return storeOf(xs).hooks.getCrl
}

/** The function that X509_STORE_set_get_crl had set when the verification was prepared; null for nothing. */
export function X509_STORE_CTX_get_get_crl(ctx: X509_STORE_CTX): X509_STORE_CTX_get_crl_fn | null {
  return contextOf(ctx).hooks.getCrl
}

/** Sets how it is judged whether a revocation list is good; null: as this library does it. */
export function X509_STORE_set_check_crl(xs: X509_STORE, fn: X509_STORE_CTX_check_crl_fn | null): void {
  storeOf(xs).hooks.checkCrl = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_check_crl has set; null for nothing. */
export function X509_STORE_get_check_crl(xs: X509_STORE): X509_STORE_CTX_check_crl_fn | null {
  return storeOf(xs).hooks.checkCrl
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_check_crl(ctx: X509_STORE_CTX): X509_STORE_CTX_check_crl_fn {
  return contextOf(ctx).hooks.checkCrl ?? BUILT_IN.checkCrl
}

/** Sets how a certificate is looked up in a revocation list; null: as this library does it. */
export function X509_STORE_set_cert_crl(xs: X509_STORE, fn: X509_STORE_CTX_cert_crl_fn | null): void {
  storeOf(xs).hooks.certCrl = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_cert_crl has set; null for nothing. */
export function X509_STORE_get_cert_crl(xs: X509_STORE): X509_STORE_CTX_cert_crl_fn | null {
  return storeOf(xs).hooks.certCrl
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_cert_crl(ctx: X509_STORE_CTX): X509_STORE_CTX_cert_crl_fn {
  return contextOf(ctx).hooks.certCrl ?? BUILT_IN.certCrl
}

/** Sets how policies are checked; null: as this library does it. */
export function X509_STORE_set_check_policy(xs: X509_STORE, fn: X509_STORE_CTX_check_policy_fn | null): void {
  storeOf(xs).hooks.checkPolicy = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_check_policy has set; null for nothing. */
export function X509_STORE_get_check_policy(xs: X509_STORE): X509_STORE_CTX_check_policy_fn | null {
  return storeOf(xs).hooks.checkPolicy
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_check_policy(ctx: X509_STORE_CTX): X509_STORE_CTX_check_policy_fn {
  return contextOf(ctx).hooks.checkPolicy ?? BUILT_IN.checkPolicy
}

/** Sets how trusted certificates are found by their subject; null: as this library does it. */
export function X509_STORE_set_lookup_certs(xs: X509_STORE, fn: X509_STORE_CTX_lookup_certs_fn | null): void {
  storeOf(xs).hooks.lookupCerts = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_lookup_certs has set; null for nothing. */
export function X509_STORE_get_lookup_certs(xs: X509_STORE): X509_STORE_CTX_lookup_certs_fn | null {
  return storeOf(xs).hooks.lookupCerts
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_lookup_certs(ctx: X509_STORE_CTX): X509_STORE_CTX_lookup_certs_fn {
  return contextOf(ctx).hooks.lookupCerts ?? BUILT_IN.lookupCerts
}

/** Sets how revocation lists are found by their issuer; null: as this library does it. */
export function X509_STORE_set_lookup_crls(xs: X509_STORE, fn: X509_STORE_CTX_lookup_crls_fn | null): void {
  storeOf(xs).hooks.lookupCrls = requireCallback(fn, 'fn')
}

/** What X509_STORE_set_lookup_crls has set; null for nothing. */
export function X509_STORE_get_lookup_crls(xs: X509_STORE): X509_STORE_CTX_lookup_crls_fn | null {
  return storeOf(xs).hooks.lookupCrls
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_lookup_crls(ctx: X509_STORE_CTX): X509_STORE_CTX_lookup_crls_fn {
  return contextOf(ctx).hooks.lookupCrls ?? BUILT_IN.lookupCrls
}

/** Sets what checks signatures and validity from the trust anchor down; null: as this library does it. */
export function X509_STORE_set_verify(xs: X509_STORE, verify: X509_STORE_CTX_verify_fn | null): void {
  storeOf(xs).hooks.verify = requireCallback(verify, 'verify')
}

/** X509_STORE_set_verify by another name. */
export const X509_STORE_set_verify_func: typeof X509_STORE_set_verify = X509_STORE_set_verify

/** What X509_STORE_set_verify has set; null for nothing. */
export function X509_STORE_get_verify(xs: X509_STORE): X509_STORE_CTX_verify_fn | null {
  return storeOf(xs).hooks.verify
}

/** X509_STORE_set_verify for one verification. */
export function X509_STORE_CTX_set_verify(ctx: X509_STORE_CTX, verify: X509_STORE_CTX_verify_fn | null): void {
  contextOf(ctx).hooks.verify = requireCallback(verify, 'verify')
}

/** The function that a verification uses: the program's, or that of this library. */
export function X509_STORE_CTX_get_verify(ctx: X509_STORE_CTX): X509_STORE_CTX_verify_fn {
  return contextOf(ctx).hooks.verify ?? BUILT_IN.verify
}

/** X509_STORE_set_lookup_crls by another name. */
export const X509_STORE_set_lookup_crls_cb: typeof X509_STORE_set_lookup_crls = X509_STORE_set_lookup_crls

/** Sets what is called when a verification is forgotten. */
export function X509_STORE_set_cleanup(xs: X509_STORE, cleanup: X509_STORE_CTX_cleanup_fn | null): void {
  storeOf(xs).hooks.cleanup = requireCallback(cleanup, 'cleanup')
}

/** What X509_STORE_set_cleanup has set; null for nothing. */
export function X509_STORE_get_cleanup(xs: X509_STORE): X509_STORE_CTX_cleanup_fn | null {
  return storeOf(xs).hooks.cleanup
}

/** The function that X509_STORE_set_cleanup had set when the verification was prepared; null for nothing. */
export function X509_STORE_CTX_get_cleanup(ctx: X509_STORE_CTX): X509_STORE_CTX_cleanup_fn | null {
  return contextOf(ctx).hooks.cleanup
}

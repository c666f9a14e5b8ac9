import { systemClock } from '../../../base/clock.ts'
import { likelyIssued } from '../../../pki/path/issued.ts'
import { VerifyError } from '../../../pki/path/verify-error.ts'
import { type Out, requireInstance, requireLive, requireString } from '../../boundary.ts'
import { X509_CRL } from '../crl.ts'
import { X509_NAME } from '../names/name.ts'
import { wrapCertificate, X509, X509_up_ref } from '../x509.ts'
import { X509_OBJECT, X509_STORE_load_store } from './lookup.ts'
import { X509_STORE, X509_STORE_load_file, X509_STORE_load_locations, X509_STORE_set_default_paths } from './store.ts'
import { X509_STORE_CTX } from './store-ctx.ts'

const contextOf = (ctx: unknown): X509_STORE_CTX => requireInstance(ctx, X509_STORE_CTX, 'ctx')
const nameOf = (nm: unknown): X509_NAME => requireInstance(nm, X509_NAME, 'nm')

/** The trusted certificates with a subject, with references of their own; null for none. */
export function X509_STORE_CTX_get1_certs(ctx: X509_STORE_CTX, nm: X509_NAME): X509[] | null {
  const context = contextOf(ctx)
  const found = context.store?.trust.certificates(nameOf(nm).name) ?? []
  const objects = found.map(certificate => context.objectOf(certificate) ?? wrapCertificate(certificate))
  for (const x of objects) X509_up_ref(x)
  return objects.length === 0 ? null : objects
}

/** The revocation lists of an issuer, with references of their own; null for none. */
export function X509_STORE_CTX_get1_crls(ctx: X509_STORE_CTX, nm: X509_NAME): X509_CRL[] | null {
  const { store } = contextOf(ctx)
  const lists = (store?.trust.crls(nameOf(nm).name) ?? []).map(
    crl => store?.crls.find(known => known.crl === crl)?.addReference() ?? new X509_CRL(crl),
  )
  return lists.length === 0 ? null : lists
}

/** X509_STORE_CTX_get1_certs and _get1_crls by their older names. */
export const X509_STORE_get1_certs: typeof X509_STORE_CTX_get1_certs = X509_STORE_CTX_get1_certs
export const X509_STORE_get1_cert: typeof X509_STORE_CTX_get1_certs = X509_STORE_CTX_get1_certs
export const X509_STORE_get1_crls: typeof X509_STORE_CTX_get1_crls = X509_STORE_CTX_get1_crls
export const X509_STORE_get1_crl: typeof X509_STORE_CTX_get1_crls = X509_STORE_CTX_get1_crls

/**
 * Finds the trusted issuer of a certificate: one that is valid now, or else the one that expires last.
 * @param issuer - takes it, with a reference
 * @returns 1, or 0 when there is none
 */
export function X509_STORE_CTX_get1_issuer(issuer: Out<X509 | null>, ctx: X509_STORE_CTX, x: X509): number {
  const subject = requireLive(x, X509, 'x')
  const candidates = (X509_STORE_CTX_get1_certs(ctx, subject.issuer) ?? []).filter(one => mayIssue(ctx, subject, one))
  const now = contextOf(ctx).param.parameters(systemClock.wall()).time
  const isValid = ({ certificate }: X509): boolean =>
    certificate !== null && (certificate.notBefore ?? Infinity) <= now && (certificate.notAfter ?? 0) > now
  const latest = (best: X509, one: X509): X509 =>
    (one.certificate?.notAfter ?? 0) > (best.certificate?.notAfter ?? 0) ? one : best
  issuer.value = candidates.find(isValid) ?? candidates.slice(1).reduce(latest, candidates[0] ?? subject)
  if (candidates.length === 0) issuer.value = null
  return Number(candidates.length > 0)
}

function mayIssue(ctx: X509_STORE_CTX, x: X509, issuer: X509): boolean {
  return (contextOf(ctx).hooks.checkIssued ?? checkIssued)(ctx, x, issuer) !== 0
}

/** Whether names, key identifiers and algorithms let one certificate be the issuer of the other: 1 or 0. */
export function checkIssued(_ctx: X509_STORE_CTX, x: X509, issuer: X509): number {
  const [above, below] = [issuer.certificate, x.certificate]
  return Number(above !== null && below !== null && likelyIssued(above, below) === VerifyError.ok)
}

const X509_LU_X509 = 1
const X509_LU_CRL = 2

/** Finds a certificate or a list by subject or issuer. @param type - 1 certificate, 2 list @returns it, or null */
export function X509_STORE_CTX_get_obj_by_subject(
  ctx: X509_STORE_CTX,
  type: number,
  name: X509_NAME,
): X509_OBJECT | null {
  const [found] =
    (type === X509_LU_X509
      ? X509_STORE_CTX_get1_certs(ctx, name)
      : type === X509_LU_CRL
        ? X509_STORE_CTX_get1_crls(ctx, name)
        : null) ?? []
  return found === undefined ? null : new X509_OBJECT(found)
}

/** X509_STORE_CTX_get_obj_by_subject into a place. @returns 1, or 0 when there is none */
export function X509_STORE_CTX_get_by_subject(
  ctx: X509_STORE_CTX,
  type: number,
  name: X509_NAME,
  ret: Out<X509_OBJECT | null>,
): number {
  ret.value = X509_STORE_CTX_get_obj_by_subject(ctx, type, name)
  return Number(ret.value !== null)
}

/** X509_STORE_CTX_get_by_subject by its older name. */
export const X509_STORE_get_by_subject: typeof X509_STORE_CTX_get_by_subject = X509_STORE_CTX_get_by_subject

/** X509_STORE_CTX_new in a library context, of which there is one. */
export function X509_STORE_CTX_new_ex(libctx: unknown, propq: string | null): X509_STORE_CTX {
  void libctx
  void propq
  return new X509_STORE_CTX()
}

/** Revocation lists that are looked through before those of the store. */
export function X509_STORE_CTX_set0_crls(ctx: X509_STORE_CTX, sk: X509_CRL[] | null): void {
  contextOf(ctx).crls = sk ?? []
}

/** Sets the chain that X509_STORE_CTX_get0_chain gives. */
export function X509_STORE_CTX_set0_verified_chain(ctx: X509_STORE_CTX, sk: X509[] | null): void {
  contextOf(ctx).chain = sk
}

/** The verification that this one serves, when it is that of a revocation list's issuer; else null. */
export function X509_STORE_CTX_get0_parent_ctx(ctx: X509_STORE_CTX): X509_STORE_CTX | null {
  return contextOf(ctx).parent
}

/** X509_STORE_load_file in a library context, of which there is one. */
export function X509_STORE_load_file_ex(
  xs: X509_STORE,
  file: string | null,
  libctx: unknown,
  propq: string | null,
): number {
  void libctx
  void propq
  return X509_STORE_load_file(xs, file)
}

/** X509_STORE_load_store in a library context, of which there is one. */
export function X509_STORE_load_store_ex(xs: X509_STORE, store: string, libctx: unknown, propq: string | null): number {
  void libctx
  void propq
  return X509_STORE_load_store(xs, requireString(store, 'store'))
}

/** X509_STORE_load_locations in a library context, of which there is one. */
export function X509_STORE_load_locations_ex(
  xs: X509_STORE,
  file: string | null,
  dir: string | null,
  libctx: unknown,
  propq: string | null,
): number {
  void libctx
  void propq
  return X509_STORE_load_locations(xs, file, dir)
}

/** X509_STORE_set_default_paths in a library context, of which there is one. */
export function X509_STORE_set_default_paths_ex(xs: X509_STORE, libctx: unknown, propq: string | null): number {
  void libctx
  void propq
  return X509_STORE_set_default_paths(xs)
}

/** Keeps other threads away from a store. @returns 1 @harmless threads share nothing */
export function X509_STORE_lock(xs: X509_STORE): number {
  requireLive(xs, X509_STORE, 'xs')
  return 1
}

/** Lets other threads at a store again. @returns 1 @harmless threads share nothing */
export function X509_STORE_unlock(xs: X509_STORE): number {
  requireLive(xs, X509_STORE, 'xs')
  return 1
}

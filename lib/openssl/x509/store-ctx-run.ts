import { systemClock } from '../../base/clock.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Crl } from '../../pki/crl.ts'
import type { Name } from '../../pki/name.ts'
import { type TrustLookup, TrustStore } from '../../pki/trust-store.ts'
import { Verification, type VerifySteps } from '../../pki/verify.ts'
import { type Out, requireLive } from '../boundary.ts'
import type { X509_CRL } from './crl.ts'
import { X509_NAME } from './name.ts'
import type { X509_STORE_CTX_get_issuer_fn } from './store.ts'
import type { X509_STORE_CTX } from './store-ctx.ts'
import { X509, X509_free, X509_up_ref } from './x509.ts'

/** The verification that a context describes: it looks where the program says, and asks what the program takes upon itself. */
export function verificationOf(context: X509_STORE_CTX, target: Certificate): Verification {
  return new Verification({
    target,
    untrusted: certificatesOf(context.untrusted ?? []),
    trust: trustOf(context),
    parameters: context.param.parameters(systemClock.wall()),
    callback: (ok, state) => report(context, ok, state),
    steps: stepsOf(context),
  })
}

/** Shows in the context how far a verification is. */
export function adopt(context: X509_STORE_CTX, state: Verification): void {
  context.error = state.error
  context.errorDepth = state.errorDepth
  context.currentCert = context.objectOf(state.current)
  context.currentIssuer = context.objectOf(state.currentIssuer)
  const fresh = state.chain.flatMap(certificate => context.objectOf(certificate) ?? [])
  for (const x of fresh) X509_up_ref(x)
  for (const x of context.chain ?? []) X509_free(x)
  context.chain = fresh
}

/** Shows the callback what the verification is at, and takes back the error that it may have changed. */
function report(context: X509_STORE_CTX, ok: boolean, state: Verification): boolean {
  const { verifyCallback } = context
  if (verifyCallback === null) return ok
  adopt(context, state)
  const goesOn = verifyCallback(Number(ok), context) !== 0
  state.error = context.error
  return goesOn
}

/** Where a verification looks: the program's functions, the stack that it trusts, or the store. */
function trustOf(context: X509_STORE_CTX): TrustLookup {
  const { hooks, store, trustedStack, crls } = context
  const found = trustedStack === null ? (store?.trust ?? new TrustStore()) : stackOf(trustedStack)
  const { getIssuer, lookupCerts, lookupCrls } = hooks
  return {
    certificates: subject => found.certificates(subject),
    ...(lookupCerts === null
      ? {}
      : { copies: (subject: Name) => taken(context, lookupCerts(context, new X509_NAME(subject))) }),
    crls: issuer => [
      ...crls.filter(({ crl }) => crl.issuer.equals(issuer)).map(({ crl }) => crl),
      ...(lookupCrls === null ? found.crls(issuer) : takenLists(lookupCrls(context, new X509_NAME(issuer)))),
    ],
    ...(getIssuer === null ? {} : { issuer: subject => issuerBy(getIssuer, context, subject) }),
  }
}

function stackOf(trusted: readonly X509[]): TrustLookup {
  const only = new TrustStore()
  for (const certificate of certificatesOf(trusted)) only.add(certificate)
  return only
}

/** The certificates of what a program found; the references that it took are given up with the context's. */
function taken(context: X509_STORE_CTX, found: readonly X509[] | null): Certificate[] {
  for (const x of found ?? []) if (x.certificate !== null) context.objects.set(x.certificate, x)
  return certificatesOf(found ?? [])
}

function takenLists(found: readonly X509_CRL[] | null): Crl[] {
  return (found ?? []).map(list => list.crl)
}

function issuerBy(
  getIssuer: X509_STORE_CTX_get_issuer_fn,
  context: X509_STORE_CTX,
  subject: Certificate,
): Certificate | null {
  const place: Out<X509 | null> = { value: null }
  const x = context.objectOf(subject)
  if (x === null || getIssuer(place, context, x) <= 0 || place.value === null) return null
  return taken(context, [place.value])[0] ?? null
}

/** The steps that the program has taken over; each sees the context as it is, and may change the error. */
function stepsOf(context: X509_STORE_CTX): VerifySteps {
  const { checkIssued, checkRevocation, checkPolicy, verify } = context.hooks
  const step = (run: ((ctx: X509_STORE_CTX) => number) | null): ((state: Verification) => boolean) | null =>
    run === null
      ? null
      : state => {
          adopt(context, state)
          const went = run(context) > 0
          state.error = context.error
          return went
        }
  return {
    mayIssue:
      checkIssued === null
        ? null
        : (issuer, subject) => {
            const [above, below] = [context.objectOf(issuer), context.objectOf(subject)]
            return above !== null && below !== null && checkIssued(context, below, above) !== 0
          },
    revocation: step(checkRevocation),
    policies: step(checkPolicy),
    signatures: step(verify),
  }
}

function certificatesOf(stack: readonly X509[]): Certificate[] {
  return stack.flatMap(x => requireLive(x, X509, 'x').certificate ?? [])
}

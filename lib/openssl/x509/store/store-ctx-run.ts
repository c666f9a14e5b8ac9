import { systemClock } from '../../../base/clock.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import type { Crl } from '../../../pki/crl.ts'
import type { Name } from '../../../pki/name.ts'
import { sameBytes, type TrustLookup, TrustStore } from '../../../pki/path/trust-store.ts'
import type { Verification, VerifySteps } from '../../../pki/path/verification.ts'
import { verification } from '../../../pki/path/verify.ts'
import { type Out, requireLive } from '../../boundary.ts'
import { settingsOf } from '../annotations.ts'
import type { X509_CRL } from '../crl.ts'
import { X509_NAME } from '../names/name.ts'
import { X509, X509_free, X509_up_ref } from '../x509.ts'
import type { X509_STORE_CTX_cert_crl_fn, X509_STORE_CTX_get_crl_fn, X509_STORE_CTX_get_issuer_fn } from './store.ts'
import type { X509_STORE_CTX } from './store-ctx.ts'

/** The verification that a context describes: it looks where the program says, and asks what the program takes upon itself. */
export function verificationOf(context: X509_STORE_CTX, target: Certificate): Verification {
  return verification({
    target,
    untrusted: certificatesOf(context.untrusted ?? []),
    trust: trustOf(context),
    crls: context.crls.map(({ crl }) => crl),
    parameters: context.param.parameters(systemClock.wall()),
    callback: (ok, state) => report(context.contextOf(state), ok, state),
    steps: stepsOf(context),
  })
}

/** Shows in the context how far a verification is. */
export function adopt(context: X509_STORE_CTX, state: Verification): void {
  context.error = state.error
  context.errorDepth = state.errorDepth
  context.currentCert = context.objectOf(state.current)
  context.currentIssuer = context.objectOf(state.currentIssuer)
  context.currentCrl = context.listOf(state.currentCrl)
  const fresh = state.chain.flatMap((certificate, at) =>
    at < state.untrustedCount ? (context.objectOf(certificate) ?? []) : (context.trustedObjectOf(certificate) ?? []),
  )
  for (const x of fresh) X509_up_ref(x)
  for (const x of context.chain ?? []) X509_free(x)
  context.chain = fresh
}

/** Shows the callback what the verification is at, and takes back the error that it may have changed. */
function report(context: X509_STORE_CTX, ok: 0 | 1 | 2, state: Verification): boolean {
  const { verifyCallback } = context
  if (verifyCallback === null) return ok !== 0
  adopt(context, state)
  const goesOn = verifyCallback(ok, context) !== 0
  state.error = context.error
  return goesOn
}

/** Where a verification looks: the program's functions, the stack that it trusts, or the store. */
function trustOf(context: X509_STORE_CTX): TrustLookup {
  const { hooks, store, trustedStack } = context
  const found: TrustLookup = trustedStack === null ? (store?.trust ?? new TrustStore()) : stackOf(trustedStack)
  const { getIssuer, lookupCerts, lookupCrls } = hooks
  return {
    certificates: subject => found.certificates(subject),
    ...(lookupCerts === null
      ? {}
      : { copies: (subject: Name) => taken(context, lookupCerts(context, new X509_NAME(subject))) }),
    // Trusted certificates are named apart from the store; its lists serve all the same.
    crls: issuer =>
      lookupCrls === null
        ? (store?.trust.crls(issuer) ?? [])
        : takenLists(context, lookupCrls(context, new X509_NAME(issuer))),
    settings: certificate => {
      const own = context.handedOut.get(certificate)
      return own === undefined ? (found.settings?.(certificate) ?? null) : settingsOf(own)
    },
    ...(getIssuer === null ? {} : { issuer: subject => issuerBy(getIssuer, context, subject) }),
  }
}

function stackOf(trusted: readonly X509[]): TrustLookup {
  const only = new TrustStore()
  for (const certificate of certificatesOf(trusted)) only.add(certificate)
  return {
    certificates: subject => only.certificates(subject),
    crls: () => [],
    settings: ({ der }) => {
      const own = trusted.find(x => x.certificate !== null && sameBytes(x.certificate.der, der))
      return own === undefined ? null : settingsOf(own)
    },
  }
}

/** The certificates of what a program found; the references that it took are given up with the context's. */
function taken(context: X509_STORE_CTX, found: readonly X509[] | null): Certificate[] {
  for (const x of found ?? [])
    if (x.certificate !== null) {
      context.objects.set(x.certificate, x)
      context.handedOut.set(x.certificate, x)
    }
  return certificatesOf(found ?? [])
}

function takenLists(context: X509_STORE_CTX, found: readonly X509_CRL[] | null): Crl[] {
  for (const list of found ?? []) context.lists.set(list.crl, list)
  return (found ?? []).map(list => list.crl)
}

function issuerBy(
  getIssuer: X509_STORE_CTX_get_issuer_fn,
  context: X509_STORE_CTX,
  subject: Certificate,
): Certificate | null | 'failed' {
  const place: Out<X509 | null> = { value: null }
  const x = context.objectOf(subject)
  const went = x === null ? 0 : getIssuer(place, context, x)
  if (went < 0) return 'failed'
  if (went === 0 || place.value === null) return null
  return taken(context, [place.value])[0] ?? null
}

/** The steps that the program has taken over; each sees the context as it is, and may change the error. */
function stepsOf(context: X509_STORE_CTX): VerifySteps {
  const { checkIssued, checkRevocation, getCrl, checkCrl, certCrl, checkPolicy, verify } = context.hooks
  const run = (state: Verification, step: (ctx: X509_STORE_CTX) => number): number => {
    const own = context.contextOf(state)
    adopt(own, state)
    const went = step(own)
    state.error = own.error
    return went
  }
  const whole = (step: ((ctx: X509_STORE_CTX) => number) | null): ((state: Verification) => boolean) | null =>
    step === null ? null : state => run(state, step) > 0
  return {
    mayIssue:
      checkIssued === null
        ? null
        : (issuer, subject) => {
            const [above, below] = [context.objectOf(issuer), context.objectOf(subject)]
            return above !== null && below !== null && checkIssued(context, below, above) !== 0
          },
    revocation: whole(checkRevocation),
    findCrl: getCrl === null ? null : (certificate, state) => listBy(context, getCrl, certificate, state),
    checkCrl:
      checkCrl === null
        ? null
        : (crl, state) => run(state, ctx => withList(context, crl, list => checkCrl(ctx, list))) !== 0,
    readCrl:
      certCrl === null
        ? null
        : (crl, certificate, state) =>
            CERT_CRL.get(run(state, ctx => listSays(context, ctx, certCrl, crl, certificate))) ?? true,
    policies: whole(checkPolicy),
    signatures: whole(verify),
  }
}

/** What X509_STORE_CTX_cert_crl_fn answers; anything else lets the certificate pass. */
const CERT_CRL: ReadonlyMap<number, boolean | 'removed'> = new Map<number, boolean | 'removed'>([
  [0, false],
  [2, 'removed'],
])

function withList(context: X509_STORE_CTX, crl: Crl, use: (list: X509_CRL) => number): number {
  const list = context.listOf(crl)
  return list === null ? 0 : use(list)
}

function listSays(
  context: X509_STORE_CTX,
  ctx: X509_STORE_CTX,
  certCrl: X509_STORE_CTX_cert_crl_fn,
  crl: Crl,
  certificate: Certificate,
): number {
  const x = context.objectOf(certificate)
  return x === null ? 0 : withList(context, crl, list => certCrl(ctx, list, x))
}

function listBy(
  context: X509_STORE_CTX,
  getCrl: X509_STORE_CTX_get_crl_fn,
  certificate: Certificate,
  state: Verification,
): Crl | null {
  const own = context.contextOf(state)
  adopt(own, state)
  const place: Out<X509_CRL | null> = { value: null }
  const x = context.objectOf(certificate)
  if (x === null || getCrl(own, place, x) === 0 || place.value === null) return null
  return takenLists(context, [place.value])[0] ?? null
}

function certificatesOf(stack: readonly X509[]): Certificate[] {
  return stack.flatMap(x => requireLive(x, X509, 'x').certificate ?? [])
}

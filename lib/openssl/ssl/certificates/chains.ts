import { type Out, requireInteger, requireList, requireLive, requireLiveOrNull, requireOut } from '../../boundary.ts'
import { ERR_LIB_SSL } from '../../constants/err.ts'
import {
  SSL_BUILD_CHAIN_FLAG_CHECK,
  SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR,
  SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR,
  SSL_BUILD_CHAIN_FLAG_NO_ROOT,
  SSL_BUILD_CHAIN_FLAG_UNTRUSTED,
  SSL_CERT_SET_FIRST,
  SSL_CERT_SET_NEXT,
  SSL_CERT_SET_SERVER,
} from '../../constants/ssl.ts'
import { SSL_R_CERTIFICATE_VERIFY_FAILED, SSL_R_NO_CERTIFICATE_SET } from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import {
  X509_STORE,
  X509_STORE_add_cert,
  X509_STORE_free,
  X509_STORE_new,
  X509_STORE_up_ref,
} from '../../x509/store/store.ts'
import {
  X509_STORE_CTX_free,
  X509_STORE_CTX_get_error,
  X509_STORE_CTX_get1_chain,
  X509_STORE_CTX_init,
  X509_STORE_CTX_new,
  X509_STORE_CTX_set_flags,
  X509_verify_cert,
  X509_verify_cert_error_string,
} from '../../x509/store/store-ctx.ts'
import { X509, X509_cmp, X509_free } from '../../x509/x509.ts'
import { certificateFault } from '../algorithms/policy.ts'
import type { SSL_CTX } from '../ctx.ts'
import { contextOf, liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import type { CERT, CertSlot } from './cert.ts'
import { currentSlot, issuersFault, refuse, replaceChain, SLOT_ORDER } from './slots.ts'

/**
 * Adds a certificate that is sent after every leaf without a chain of its own (SSL_CTX_add_extra_chain_cert(3)).
 * @param x509 - the caller's reference goes to the context
 * @returns 1
 */
export function SSL_CTX_add_extra_chain_cert(ctx: SSL_CTX, x509: X509): number {
  const context = liveCtx(ctx)
  context.extraChain = [...(context.extraChain ?? []), requireLive(x509, X509, 'x509')]
  return 1
}

/**
 * The chain that is sent: that of the current certificate, else the extra one.
 * @param sk - takes it; null for none @returns 1
 */
export function SSL_CTX_get_extra_chain_certs(ctx: SSL_CTX, sk: Out<X509[] | null>): number {
  const { extraChain, settings } = liveCtx(ctx)
  requireOut(sk, 'sk').value = extraChain ?? currentSlot(settings.cert).chain
  return 1
}

/** The extra chain only. @param sk - takes it; null for none @returns 1 */
export function SSL_CTX_get_extra_chain_certs_only(ctx: SSL_CTX, sk: Out<X509[] | null>): number {
  requireOut(sk, 'sk').value = liveCtx(ctx).extraChain
  return 1
}

/** Forgets the extra chain. @returns 1 */
export function SSL_CTX_clear_extra_chain_certs(ctx: SSL_CTX): number {
  const context = liveCtx(ctx)
  for (const x of context.extraChain ?? []) X509_free(x)
  context.extraChain = null
  return 1
}

/**
 * Sets the chain of the current certificate, without the leaf; null takes it away (SSL_CTX_set0_chain(3)).
 * @param sk - the caller's references go to the context
 * @returns 1, or 0 with SSL_R_CA_KEY_TOO_SMALL or SSL_R_CA_MD_TOO_WEAK
 */
export function SSL_CTX_set0_chain(ctx: SSL_CTX, sk: X509[] | null): number {
  return setChain(liveCtx(ctx), sk)
}

/** SSL_CTX_set0_chain for one connection. */
export function SSL_set0_chain(ssl: SSL, sk: X509[] | null): number {
  return setChain(liveSsl(ssl), sk)
}

/** SSL_CTX_set0_chain with references of its own. */
export function SSL_CTX_set1_chain(ctx: SSL_CTX, sk: readonly X509[] | null): number {
  return setChainCopy(liveCtx(ctx), sk)
}

/** SSL_CTX_set1_chain for one connection. */
export function SSL_set1_chain(ssl: SSL, sk: readonly X509[] | null): number {
  return setChainCopy(liveSsl(ssl), sk)
}

/**
 * Appends to the chain of the current certificate (SSL_CTX_add0_chain_cert(3)); the caller's reference goes to the context.
 * @returns 1, or 0 with what the security level forbids: SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK
 */
export function SSL_CTX_add0_chain_cert(ctx: SSL_CTX, x509: X509): number {
  return addToChain(liveCtx(ctx), x509)
}

/** SSL_CTX_add0_chain_cert for one connection. */
export function SSL_add0_chain_cert(ssl: SSL, x509: X509): number {
  return addToChain(liveSsl(ssl), x509)
}

/**
 * SSL_CTX_add0_chain_cert with a reference of its own: the caller keeps its.
 * @returns as SSL_CTX_add0_chain_cert
 */
export function SSL_CTX_add1_chain_cert(ctx: SSL_CTX, x509: X509): number {
  return addCopyToChain(liveCtx(ctx), x509)
}

/** SSL_CTX_add1_chain_cert for one connection. */
export function SSL_add1_chain_cert(ssl: SSL, x509: X509): number {
  return addCopyToChain(liveSsl(ssl), x509)
}

/** The chain of the current certificate. @param sk - takes it, without references; null for none @returns 1 */
export function SSL_CTX_get0_chain_certs(ctx: SSL_CTX, sk: Out<X509[] | null>): number {
  requireOut(sk, 'sk').value = currentSlot(liveCtx(ctx).settings.cert).chain
  return 1
}

/** SSL_CTX_get0_chain_certs for one connection. */
export function SSL_get0_chain_certs(ssl: SSL, sk: Out<X509[] | null>): number {
  requireOut(sk, 'sk').value = currentSlot(liveSsl(ssl).settings.cert).chain
  return 1
}

/** Takes away the chain of the current certificate. @returns 1 */
export function SSL_CTX_clear_chain_certs(ctx: SSL_CTX): number {
  return setChain(liveCtx(ctx), null)
}

/** SSL_CTX_clear_chain_certs for one connection. */
export function SSL_clear_chain_certs(ssl: SSL): number {
  return setChain(liveSsl(ssl), null)
}

/** Makes the slot with this certificate and a key the current one (SSL_CTX_select_current_cert(3)). @returns 1, or 0 for none */
export function SSL_CTX_select_current_cert(ctx: SSL_CTX, x509: X509 | null): number {
  return selectCurrent(liveCtx(ctx).settings.cert, x509)
}

/** SSL_CTX_select_current_cert for one connection. */
export function SSL_select_current_cert(ssl: SSL, x509: X509 | null): number {
  return selectCurrent(liveSsl(ssl).settings.cert, x509)
}

/**
 * Makes the first or the next slot with a certificate and a key the current one (SSL_CTX_set_current_cert(3)).
 * @param op - SSL_CERT_SET_FIRST or SSL_CERT_SET_NEXT
 * @returns 1, or 0 when there is none
 */
export function SSL_CTX_set_current_cert(ctx: SSL_CTX, op: number): number {
  return setCurrent(liveCtx(ctx).settings.cert, op)
}

/**
 * SSL_CTX_set_current_cert for one connection (SSL_set_current_cert(3)).
 * @param op - also SSL_CERT_SET_SERVER: the certificate that this server has shown
 * @returns 1, or 0 when there is none; 2 for SSL_CERT_SET_SERVER when the suite needs no certificate
 */
export function SSL_set_current_cert(ssl: SSL, op: number): number {
  const s = liveSsl(ssl)
  return op === SSL_CERT_SET_SERVER ? setCurrentToShown(s) : setCurrent(s.settings.cert, op)
}

/**
 * Builds the chain of the current certificate from the chain store, or the context's store (SSL_CTX_build_cert_chain(3)).
 * @param flags - SSL_BUILD_CHAIN_FLAG_*
 * @returns 1; 2 when an error was ignored and no issuer was found; 0 with SSL_R_NO_CERTIFICATE_SET, SSL_R_CERTIFICATE_VERIFY_FAILED, or what the
 *   security level forbids
 */
export function SSL_CTX_build_cert_chain(ctx: SSL_CTX, flags: number): number {
  return buildChain(liveCtx(ctx), requireInteger(flags, 'flags'))
}

/** SSL_CTX_build_cert_chain for one connection. */
export function SSL_build_cert_chain(ssl: SSL, flags: number): number {
  return buildChain(liveSsl(ssl), requireInteger(flags, 'flags'))
}

/** The store that chains to be sent are built from, when it is not the context's. The caller's reference goes to it. @returns 1 */
export function SSL_CTX_set0_chain_cert_store(ctx: SSL_CTX, st: X509_STORE | null): number {
  return setStore(liveCtx(ctx), 'chainStore', st, false)
}

/** SSL_CTX_set0_chain_cert_store for one connection. */
export function SSL_set0_chain_cert_store(ssl: SSL, st: X509_STORE | null): number {
  return setStore(liveSsl(ssl), 'chainStore', st, false)
}

/** SSL_CTX_set0_chain_cert_store with a reference of its own. @returns 1 */
export function SSL_CTX_set1_chain_cert_store(ctx: SSL_CTX, st: X509_STORE | null): number {
  return setStore(liveCtx(ctx), 'chainStore', st, true)
}

/** SSL_CTX_set1_chain_cert_store for one connection. */
export function SSL_set1_chain_cert_store(ssl: SSL, st: X509_STORE | null): number {
  return setStore(liveSsl(ssl), 'chainStore', st, true)
}

/**
 * The store that chains to be sent are built from.
 * @param st - takes the store, without a reference; null for the context's own
 * @returns 1
 */
export function SSL_CTX_get0_chain_cert_store(ctx: SSL_CTX, st: Out<X509_STORE | null>): number {
  requireOut(st, 'st').value = liveCtx(ctx).settings.chainStore
  return 1
}

/** SSL_CTX_get0_chain_cert_store for one connection. */
export function SSL_get0_chain_cert_store(ssl: SSL, st: Out<X509_STORE | null>): number {
  requireOut(st, 'st').value = liveSsl(ssl).settings.chainStore
  return 1
}

/** The store that the peer's chain is verified with, when it is not the context's. The caller's reference goes to it. @returns 1 */
export function SSL_CTX_set0_verify_cert_store(ctx: SSL_CTX, st: X509_STORE | null): number {
  return setStore(liveCtx(ctx), 'verifyStore', st, false)
}

/** SSL_CTX_set0_verify_cert_store for one connection. */
export function SSL_set0_verify_cert_store(ssl: SSL, st: X509_STORE | null): number {
  return setStore(liveSsl(ssl), 'verifyStore', st, false)
}

/** SSL_CTX_set0_verify_cert_store with a reference of its own. @returns 1 */
export function SSL_CTX_set1_verify_cert_store(ctx: SSL_CTX, st: X509_STORE | null): number {
  return setStore(liveCtx(ctx), 'verifyStore', st, true)
}

/** SSL_CTX_set1_verify_cert_store for one connection. */
export function SSL_set1_verify_cert_store(ssl: SSL, st: X509_STORE | null): number {
  return setStore(liveSsl(ssl), 'verifyStore', st, true)
}

/**
 * The store that the peer's chain is verified with.
 * @param st - takes the store, without a reference; null for the context's own
 * @returns 1
 */
export function SSL_CTX_get0_verify_cert_store(ctx: SSL_CTX, st: Out<X509_STORE | null>): number {
  requireOut(st, 'st').value = liveCtx(ctx).settings.verifyStore
  return 1
}

/** SSL_CTX_get0_verify_cert_store for one connection. */
export function SSL_get0_verify_cert_store(ssl: SSL, st: Out<X509_STORE | null>): number {
  requireOut(st, 'st').value = liveSsl(ssl).settings.verifyStore
  return 1
}

function setChain(owner: Owner, sk: X509[] | null): number {
  for (const x of requireList(sk ?? [], 'sk')) requireLive(x, X509, 'sk')
  const fault = issuersFault(owner, sk ?? [])
  if (fault !== null) return refuse(fault)
  replaceChain(currentSlot(owner.settings.cert), sk)
  return 1
}

function setChainCopy(owner: Owner, sk: readonly X509[] | null): number {
  const chain = sk && requireList(sk, 'sk').map(x => requireLive(x, X509, 'sk').addReference())
  const result = setChain(owner, chain)
  if (result === 0) for (const x of chain ?? []) X509_free(x)
  return result
}

function addToChain(owner: Owner, x509: X509): number {
  const x = requireLive(x509, X509, 'x509')
  const fault = certificateFault(owner, x, false)
  if (fault !== null) return refuse(fault)
  const slot = currentSlot(owner.settings.cert)
  slot.chain = [...(slot.chain ?? []), x]
  return 1
}

function addCopyToChain(owner: Owner, x509: X509): number {
  const result = addToChain(owner, x509)
  if (result === 1) x509.addReference()
  return result
}

/** By identity first, then by content. */
function selectCurrent(cert: CERT, x509: X509 | null): number {
  const x = requireLiveOrNull(x509, X509, 'x509')
  if (x === null) return 0
  const holds = (same: (other: X509) => boolean) =>
    SLOT_ORDER.find(type => {
      const slot = cert.slots.get(type)
      return slot?.key && slot.certificate !== null && same(slot.certificate)
    })
  const type = holds(other => other === x) ?? holds(other => X509_cmp(other, x) === 0)
  if (type === undefined) return 0
  cert.current = type
  return 1
}

function setCurrent(cert: CERT, op: number): number {
  if (op !== SSL_CERT_SET_FIRST && op !== SSL_CERT_SET_NEXT) return 0
  const from = op === SSL_CERT_SET_FIRST ? 0 : SLOT_ORDER.findIndex(type => type === (cert.current ?? 'rsa')) + 1
  const type = SLOT_ORDER.slice(from).find(candidate => {
    const slot = cert.slots.get(candidate)
    return slot?.certificate && slot.key
  })
  if (type === undefined) return 0
  cert.current = type
  return 1
}

function setCurrentToShown({ role, connection, settings }: SSL): number {
  const negotiated = connection?.negotiated
  const suite = negotiated?.suiteOrNull ?? null
  if (role !== 'server' || negotiated === undefined || suite === null) return 0
  if (suite.authentication === 'none' || suite.authentication === 'psk') return 2
  const type = negotiated.credential?.leaf.keyType
  if (type === undefined) return 0
  settings.cert.current = type
  return 1
}

function setStore(owner: Owner, place: 'chainStore' | 'verifyStore', st: X509_STORE | null, isCopied: boolean): number {
  const store = requireLiveOrNull(st, X509_STORE, 'st')
  if (isCopied && store !== null) X509_STORE_up_ref(store)
  X509_STORE_free(owner.settings[place])
  owner.settings[place] = store
  return 1
}

function buildChain(owner: Owner, flags: number): number {
  const slot = currentSlot(owner.settings.cert)
  if (slot.certificate === null) return refuse(SSL_R_NO_CERTIFICATE_SET)
  const isCheck = (flags & SSL_BUILD_CHAIN_FLAG_CHECK) !== 0
  const store = isCheck ? storeOf(slot, slot.certificate) : (owner.settings.chainStore ?? contextOf(owner).certStore)
  try {
    const untrusted = !isCheck && (flags & SSL_BUILD_CHAIN_FLAG_UNTRUSTED) !== 0 ? slot.chain : null
    const built = verifiedIssuers(owner, slot.certificate, store, untrusted, flags)
    if (built === null) return 0
    const issuers = (flags & SSL_BUILD_CHAIN_FLAG_NO_ROOT) !== 0 ? withoutRoot(built.issuers) : built.issuers
    if (setChain(owner, issuers) === 0) return releaseAll(issuers)
    // OpenSSL overwrites its 2 while it checks the strength of the issuers.
    return issuers.length === 0 ? built.result : 1
  } finally {
    if (isCheck) X509_STORE_free(store)
  }
}

/** SSL_BUILD_CHAIN_FLAG_CHECK: the slot's own certificates are what is trusted, so that they are only put in order. */
function storeOf(slot: CertSlot, leaf: X509): X509_STORE {
  const store = X509_STORE_new()
  for (const x of [...(slot.chain ?? []), leaf]) X509_STORE_add_cert(store, x)
  return store
}

function verifiedIssuers(
  owner: Owner,
  leaf: X509,
  store: X509_STORE,
  untrusted: X509[] | null,
  flags: number,
): { readonly issuers: X509[]; readonly result: 1 | 2 } | null {
  const ctx = X509_STORE_CTX_new()
  try {
    X509_STORE_CTX_init(ctx, store, leaf, untrusted)
    X509_STORE_CTX_set_flags(ctx, owner.settings.suiteB)
    const good = X509_verify_cert(ctx) > 0
    if (!good && (flags & SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR) === 0) {
      const text = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx))
      raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, `Verify error:${text}`)
      return null
    }
    if (!good && (flags & SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR) !== 0) ERR_clear_error()
    const [own, ...issuers] = X509_STORE_CTX_get1_chain(ctx) ?? []
    X509_free(own ?? null)
    return { issuers, result: good ? 1 : 2 }
  } finally {
    X509_STORE_CTX_free(ctx)
  }
}

function withoutRoot(issuers: X509[]): X509[] {
  const last = issuers.at(-1)
  if (last?.certificate?.selfSigned !== true) return issuers
  X509_free(last)
  return issuers.slice(0, -1)
}

function releaseAll(list: readonly X509[]): 0 {
  for (const x of list) X509_free(x)
  return 0
}

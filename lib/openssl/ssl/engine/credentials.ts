import type { KeyObject } from 'node:crypto'
import { ProtocolFailure, type Reason } from '../../../base/failure.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import type { Credential } from '../../../pki/credential.ts'
import { ERR_LIB_SSL } from '../../constants/err.ts'
import { SSL_MODE_NO_AUTO_CHAIN } from '../../constants/ssl.ts'
import {
  SSL_R_BAD_DATA_RETURNED_BY_CALLBACK,
  SSL_R_CA_KEY_TOO_SMALL,
  SSL_R_CA_MD_TOO_WEAK,
  SSL_R_EE_KEY_TOO_SMALL,
} from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import { type EVP_PKEY, EVP_PKEY_free } from '../../evp/pkey.ts'
import {
  X509_STORE_CTX_free,
  X509_STORE_CTX_get1_chain,
  X509_STORE_CTX_init,
  X509_STORE_CTX_new,
  X509_verify_cert,
} from '../../x509/store/store-ctx.ts'
import { type X509, X509_free } from '../../x509/x509.ts'
import type { CertSlot } from '../certificates/cert.ts'
import { chainFault, currentSlot, SLOT_ORDER, useCertificate, usePrivateKey } from '../certificates/slots.ts'
import type { SSL } from '../ssl.ts'

/** What a connection can prove itself with, in OpenSSL's preference: each slot that has a certificate and its private key. */
export function credentialsOf(ssl: SSL): Credential[] {
  return SLOT_ORDER.flatMap(type => {
    const slot = ssl.settings.cert.slots.get(type)
    return slot === undefined ? [] : credentialOf(ssl, slot)
  })
}

/**
 * Uses what a SSL_CTX_set_client_cert_cb callback gave, as OpenSSL does: both go into the connection's slots, and the
 * callback's references are given up. Null when they are missing, refused or not meant, and nothing is shown to the server then.
 * @param meant - the callback has said that it gives them
 */
export function adoptCredential(ssl: SSL, meant: boolean, x509: X509 | null, pkey: EVP_PKEY | null): Credential | null {
  const both = x509 !== null && pkey !== null
  if (meant && !both) raise(ERR_LIB_SSL, SSL_R_BAD_DATA_RETURNED_BY_CALLBACK)
  const used = meant && both && useCertificate(ssl, x509) === 1 && usePrivateKey(ssl, pkey) === 1
  X509_free(x509)
  EVP_PKEY_free(pkey)
  return used ? (credentialOf(ssl, currentSlot(ssl.settings.cert))[0] ?? null) : null
}

function credentialOf(ssl: SSL, slot: CertSlot): Credential[] {
  const leaf = slot.certificate?.certificate ?? null
  const key = slot.key?.key ?? null
  if (slot.certificate === null || leaf === null || key?.type !== 'private') return []
  return [new SlotCredential(ssl, slot.certificate, leaf, key, slot.chain)]
}

/** The chain is looked for when it is sent: most credentials of a server are only compared with a client's wishes. */
class SlotCredential implements Credential {
  readonly key: KeyObject
  readonly leaf: Certificate
  readonly #ssl: SSL
  readonly #certificate: X509
  readonly #own: readonly X509[] | null
  #chain: readonly Uint8Array[] | null = null

  constructor(ssl: SSL, certificate: X509, leaf: Certificate, key: KeyObject, own: readonly X509[] | null) {
    this.#ssl = ssl
    this.#certificate = certificate
    this.leaf = leaf
    this.key = key
    this.#own = own
  }

  get chain(): readonly Uint8Array[] {
    this.#chain ??= this.#compose()
    return this.#chain
  }

  /** The slot's chain, or the one that the context has for all, or what the store knows (ssl_add_cert_chain). */
  #compose(): Uint8Array[] {
    const given = this.#own ?? this.#ssl.ctx.extraChain
    const isBuilt = given === null && (this.#ssl.settings.mode & SSL_MODE_NO_AUTO_CHAIN) === 0
    const issuers = isBuilt ? buildIssuers(this.#ssl, this.#certificate) : (given ?? [])
    try {
      requireStrength(this.#ssl, this.#certificate, issuers)
      return [this.leaf.der, ...issuers.flatMap(issuer => issuer.certificate?.der ?? [])]
    } finally {
      if (isBuilt) for (const issuer of issuers) X509_free(issuer)
    }
  }
}

/**
 * As much of the chain as the store has. It need not be complete or good: nothing is verified here, the peer will do that.
 * The caller gives up the references.
 */
function buildIssuers(ssl: SSL, leaf: X509): X509[] {
  const ctx = X509_STORE_CTX_new()
  try {
    X509_STORE_CTX_init(ctx, ssl.settings.chainStore ?? ssl.ctx.certStore, leaf, null)
    X509_verify_cert(ctx)
    ERR_clear_error()
    const [own, ...issuers] = X509_STORE_CTX_get1_chain(ctx) ?? []
    X509_free(own ?? null)
    return issuers
  } finally {
    X509_STORE_CTX_free(ctx)
  }
}

/** What was strong enough when it was set need not be so now: the level may have been raised. */
function requireStrength(ssl: SSL, leaf: X509, issuers: readonly X509[]): void {
  const fault = chainFault(ssl, leaf, issuers)
  if (fault !== null) throw new ProtocolFailure(FAULTS.get(fault) ?? 'internal-error')
}

const FAULTS: ReadonlyMap<number, Reason> = new Map([
  [SSL_R_EE_KEY_TOO_SMALL, 'ee-key-too-small'],
  [SSL_R_CA_KEY_TOO_SMALL, 'ca-key-too-small'],
  [SSL_R_CA_MD_TOO_WEAK, 'ca-md-too-weak'],
])

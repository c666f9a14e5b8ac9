import type { KeyType } from '../../../crypto/signatures.ts'
import type { EVP_PKEY } from '../../evp/pkey.ts'
import type { X509 } from '../../x509/x509.ts'
import type { CustomExtensionMethod } from '../extensions/custom-extensions.ts'

/** An extension that goes with a certificate (SSL_CTX_use_serverinfo(3)). */
export interface ServerInfo {
  readonly context: number
  readonly type: number
  readonly body: Uint8Array
}

/** A certificate, its key and its chain, of one kind of key. */
export interface CertSlot {
  certificate: X509 | null
  key: EVP_PKEY | null
  /** Without the leaf; null: the chain that the context has for all (SSL_CTX_add_extra_chain_cert), or built from the store. */
  chain: X509[] | null
  serverInfo: readonly ServerInfo[] | null
}

/** What a context or a connection proves itself with: a slot for each kind of key, and the one that calls refer to. */
export class CERT {
  readonly slots = new Map<KeyType, CertSlot>()
  current: KeyType | null = null
  customExtensions: CustomExtensionMethod[] = []

  /** The slot of a kind, made when there is none. */
  slot(type: KeyType): CertSlot {
    const known = this.slots.get(type)
    if (known !== undefined) return known
    const fresh: CertSlot = { certificate: null, key: null, chain: null, serverInfo: null }
    this.slots.set(type, fresh)
    return fresh
  }

  /** The slot that SSL_CTX_check_private_key and its kin refer to: the last one that was set. */
  get currentSlot(): CertSlot | null {
    return this.current === null ? null : (this.slots.get(this.current) ?? null)
  }

  /** A copy with references of its own, as SSL_new takes of its context's. */
  clone(): CERT {
    const copy = new CERT()
    copy.current = this.current
    copy.customExtensions = [...this.customExtensions]
    for (const [type, { certificate, key, chain, serverInfo }] of this.slots) {
      certificate?.addReference()
      key?.addReference()
      for (const link of chain ?? []) link.addReference()
      copy.slots.set(type, { certificate, key, chain: chain === null ? null : [...chain], serverInfo })
    }
    return copy
  }
}

import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Certificate, parseCertificate } from './certificate.ts'

/** What one side proves itself with. */
export interface Credential {
  /** DER, the leaf first, each certificate followed by its issuer. */
  readonly chain: readonly Uint8Array[]
  readonly key: KeyObject
  /** `chain[0]`, read. */
  readonly leaf: Certificate
}

/** A credential from a chain, leaf first. Throws `PkiFailure` when the leaf cannot be read. */
export function credential(chain: readonly [Uint8Array, ...Uint8Array[]], key: KeyObject): Credential {
  const leaf = parseCertificate(chain[0])
  return { chain: [leaf.der, ...chain.slice(1).map(der => new Uint8Array(der))], key, leaf }
}

/** The certificate's public key is the public half of this private key. False when either cannot be used. */
export function matches(certificate: Certificate, key: KeyObject): boolean {
  const expected = certificate.publicKey
  if (expected === null || key.type === 'secret') return false
  return (key.type === 'private' ? createPublicKey(key) : key).equals(expected)
}

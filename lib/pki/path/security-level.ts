import { keySecurityBits } from '../../crypto/signatures.ts'
import type { Certificate } from '../certificate.ts'

/** Bits of security that levels 1 to 5 want (SSL_CTX_set_security_level(3)); level 0 wants nothing. */
const MINIMUM_BITS = [80, 112, 128, 192, 256] as const

export function minimumBits(level: number): number {
  return level <= 0 ? 0 : (MINIMUM_BITS[Math.min(level, MINIMUM_BITS.length) - 1] ?? 256)
}

/** Whether a certificate's key is strong enough; a key that cannot be decoded never is, above level 0. */
export function keyStrongEnough(certificate: Certificate, level: number): boolean {
  return level <= 0 || (certificate.publicKey !== null && keySecurityBits(certificate.publicKey) >= minimumBits(level))
}

/** Whether the digest a certificate was signed with is strong enough; one that is not known never is, above level 0. */
export function signatureStrongEnough(certificate: Certificate, level: number): boolean {
  return level <= 0 || (certificate.scheme !== null && certificate.scheme.securityBits >= minimumBits(level))
}

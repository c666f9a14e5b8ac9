import type { CipherSuite, Tls13Suite } from '../../../../crypto/suites.ts'
import {
  SSL_SECOP_CIPHER_CHECK,
  SSL_SECOP_CIPHER_SHARED,
  SSL_SECOP_CIPHER_SUPPORTED,
  SSL_SECOP_COMPRESSION,
  SSL_SECOP_TICKET,
  SSL_SECOP_TMP_DH,
  SSL_SECOP_VERSION,
} from '../../../constants/ssl.ts'

/** The security level of a new context, as distributions build OpenSSL 3. */
export const DEFAULT_SECURITY_LEVEL = 2

const MINIMUM_BITS = [0, 80, 112, 128, 192, 256] as const
const HIGHEST_LEVEL = 5

/** The security bits that a level demands (SSL_CTX_set_security_level(3)). Levels below 0 count as 0, above 5 as 5. */
export function minimumBits(level: number): number {
  return MINIMUM_BITS[clamp(level)] ?? 0
}

/**
 * The default security callback of OpenSSL 3.0 (`SSL_CTX_set_security_callback`), as a pure function.
 * @param operation one of `SSL_SECOP_*`
 * @param bits security bits of what is judged
 * @param nid with `SSL_SECOP_VERSION` the TLS or DTLS version, else not looked at
 * @param suite with `SSL_SECOP_CIPHER_*` the suite, else not looked at
 */
export function permits(
  level: number,
  operation: number,
  bits: number,
  nid = 0,
  suite: CipherSuite | Tls13Suite | null = null,
): boolean {
  switch (operation) {
    case SSL_SECOP_CIPHER_SUPPORTED:
    case SSL_SECOP_CIPHER_SHARED:
    case SSL_SECOP_CIPHER_CHECK:
      return suite !== null && permitsSuite(level, suite, bits)
    case SSL_SECOP_VERSION:
      return permitsVersion(level, nid)
    case SSL_SECOP_COMPRESSION:
      return level < 2
    case SSL_SECOP_TICKET:
      return level < 3
    case SSL_SECOP_TMP_DH:
      // Diffie-Hellman below 1024 bits (80 of security) is refused even where anything else goes.
      return bits >= Math.max(minimumBits(level), minimumBits(1))
    default:
      return level <= 0 || bits >= minimumBits(level)
  }
}

/** Whether a level permits a suite: strong enough, authenticated, no MD5, forward secrecy from level 3. */
export function permitsSuite(level: number, suite: CipherSuite | Tls13Suite, bits = suite.strengthBits): boolean {
  if (level <= 0) return true
  if (bits < minimumBits(level)) return false
  if (suite.authentication === 'none' || suite.mac === 'md5') return false
  // HMAC with SHA-1 counts as 160 bits.
  if (minimumBits(level) > 160 && suite.mac === 'sha1') return false
  return level < 3 || FORWARD_SECRET.includes(suite.keyExchange)
}

/**
 * Whether a level permits a protocol version: SSL 3 below 2, TLS 1.0 below 3, TLS 1.1 and DTLS 1.0 below 4. At level 1 and
 * above TLS 1.1 and DTLS 1.0 fail all the same, for want of a permitted signature algorithm.
 */
export function permitsVersion(level: number, version: number): boolean {
  const refusedFrom = REFUSED_FROM.get(version)
  return refusedFrom === undefined || level < refusedFrom
}

// `any` is TLS 1.3, which has nothing else.
const FORWARD_SECRET: readonly (CipherSuite | Tls13Suite)['keyExchange'][] = [
  'dhe',
  'ecdhe',
  'dhe-psk',
  'ecdhe-psk',
  'any',
]

/** The level from which a version is refused. 0x0100 is the DTLS of before RFC 4347 (`DTLS1_BAD_VER`). */
const REFUSED_FROM: ReadonlyMap<number, number> = new Map([
  [0x0300, 2],
  [0x0301, 3],
  [0x0302, 4],
  [0x0100, 4],
  [0xfeff, 4],
])

function clamp(level: number): number {
  return Math.min(Math.max(Math.trunc(level), 0), HIGHEST_LEVEL)
}

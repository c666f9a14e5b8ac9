import type { Authentication, CipherSuite } from '../../../crypto/suites.ts'
import { usesPsk } from '../../../handshake/negotiation/exchange.ts'
import { EVP_PKEY_DSA, EVP_PKEY_RSA, EVP_PKEY_RSA_PSS } from '../../constants/evp.ts'
import { SSL_SECOP_CIPHER_SUPPORTED, SSL_SECOP_SIGALG_MASK } from '../../constants/ssl.ts'
import { cipherOf } from '../algorithms/cipher.ts'
import { signatureAlgorithmBits, signatureAlgorithmNids } from '../algorithms/lists/signature-algorithms.ts'
import { permits } from '../algorithms/policy.ts'
import type { SSL } from '../ssl.ts'
import { schemesOf, versionsOf } from './offers.ts'

/** The suites that a client of these settings offers, best first (OpenSSL's ssl_set_client_disabled and ssl_cipher_disabled). */
export function supportedSuites(ssl: SSL): CipherSuite[] {
  const versions = versionsOf(ssl)
  const signable = signableKinds(ssl)
  const { pskClientCallback, suites } = ssl.settings
  return suites.filter(
    suite =>
      suite.available &&
      versions.some(({ tls }) => suite.minTls <= tls) &&
      (pskClientCallback !== null || !usesPsk(suite)) &&
      signable.has(suite.authentication) &&
      permits(ssl, SSL_SECOP_CIPHER_SUPPORTED, suite.strengthBits, 0, cipherOf(suite)),
  )
}

/** What a suite may be authenticated with: a kind of key that no enabled signature algorithm fits is out. */
function signableKinds(ssl: SSL): ReadonlySet<Authentication> {
  const kinds = new Set<Authentication>(['psk', 'none'])
  for (const id of schemesOf(ssl.settings)) {
    const nids = signatureAlgorithmNids(id)
    if (nids === null) continue
    const subject = Uint8Array.of(id >> 8, id)
    if (permits(ssl, SSL_SECOP_SIGALG_MASK, signatureAlgorithmBits(id), nids.hash, subject)) kinds.add(kindOf(nids.key))
  }
  return kinds
}

function kindOf(key: number): Authentication {
  if (key === EVP_PKEY_RSA || key === EVP_PKEY_RSA_PSS) return 'rsa'
  return key === EVP_PKEY_DSA ? 'dss' : 'ecdsa'
}

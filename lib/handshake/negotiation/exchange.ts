import type { CipherSuite } from '../../crypto/suites.ts'

export function usesPsk({ keyExchange }: CipherSuite): boolean {
  return keyExchange === 'psk' || keyExchange === 'rsa-psk' || keyExchange === 'dhe-psk' || keyExchange === 'ecdhe-psk'
}

/** How the premaster's other half comes about. */
export function exchangeOf({ keyExchange }: CipherSuite): 'ecdhe' | 'dhe' | 'rsa' | 'none' {
  switch (keyExchange) {
    case 'ecdhe':
    case 'ecdhe-psk':
      return 'ecdhe'
    case 'dhe':
    case 'dhe-psk':
      return 'dhe'
    case 'rsa':
    case 'rsa-psk':
      return 'rsa'
    case 'psk':
      return 'none'
  }
}

/**
 * The server proves itself with a certificate. One that does may ask the client for one, too (RFC 5246 section 7.4.4), also
 * with RSA and PSK together, as OpenSSL does.
 */
export function needsCertificate(suite: CipherSuite): boolean {
  return suite.authentication === 'rsa' || suite.authentication === 'ecdsa'
}

/** The ServerKeyExchange carries a signature: ephemeral exchanges that are neither anonymous nor with PSK. */
export function isSigned(suite: CipherSuite): boolean {
  return needsCertificate(suite) && !usesPsk(suite) && exchangeOf(suite) !== 'rsa'
}

/** As libssl, which does not count ECDHE with PSK here; the client takes uncompressed points without being told. */
export function answersPointFormats({ keyExchange, authentication }: CipherSuite): boolean {
  return keyExchange === 'ecdhe' || authentication === 'ecdsa'
}

export function isCbc({ cipher }: CipherSuite): boolean {
  return cipher.endsWith('-cbc')
}

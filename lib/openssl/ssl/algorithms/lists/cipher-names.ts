import type { BulkCipher, CipherSuite, Mac, Tls13Suite } from '../../../../crypto/suites.ts'
import {
  NID_aes_128_cbc,
  NID_aes_128_ccm,
  NID_aes_128_gcm,
  NID_aes_256_cbc,
  NID_aes_256_ccm,
  NID_aes_256_gcm,
  NID_auth_any,
  NID_auth_dss,
  NID_auth_ecdsa,
  NID_auth_null,
  NID_auth_psk,
  NID_auth_rsa,
  NID_chacha20_poly1305,
  NID_kx_any,
  NID_kx_dhe,
  NID_kx_dhe_psk,
  NID_kx_ecdhe,
  NID_kx_ecdhe_psk,
  NID_kx_psk,
  NID_kx_rsa,
  NID_kx_rsa_psk,
  NID_sha1,
  NID_sha256,
  NID_sha384,
  NID_undef,
} from '../../../constants/obj-mac.ts'

type Suite = CipherSuite | Tls13Suite

/** `SSL_CIPHER_get_version`: the version that defined the suite. TLS 1.0 is `TLSv1.0` here, and `TLSv1` everywhere else. */
export function cipherVersion(suite: Suite): string {
  return suite.minTlsName
}

/** `SSL_CIPHER_description`'s line, with its line feed: what `openssl ciphers -v` prints. */
export function cipherDescription(suite: Suite): string {
  const version = suite.minTlsName === 'TLSv1.0' ? 'TLSv1' : suite.minTlsName
  return [
    suite.openssl.padEnd(30),
    version.padEnd(7),
    `Kx=${KEY_EXCHANGES[suite.keyExchange].text.padEnd(8)}`,
    `Au=${AUTHENTICATIONS[suite.authentication].text.padEnd(5)}`,
    `Enc=${CIPHERS[suite.cipher].text.padEnd(22)}`,
    `Mac=${MACS[suite.mac].text.padEnd(4)}\n`,
  ].join(' ')
}

/** `SSL_CIPHER_get_kx_nid`. */
export function cipherKeyExchangeNid(suite: Suite): number {
  return KEY_EXCHANGES[suite.keyExchange].nid
}

/** `SSL_CIPHER_get_auth_nid`. */
export function cipherAuthenticationNid(suite: Suite): number {
  return AUTHENTICATIONS[suite.authentication].nid
}

/** `SSL_CIPHER_get_cipher_nid`; `NID_undef` without encryption. */
export function cipherNid(suite: Suite): number {
  return CIPHERS[suite.cipher].nid
}

/** `SSL_CIPHER_get_digest_nid`: the MAC's digest; `NID_undef` with AEAD. */
export function cipherDigestNid(suite: Suite): number {
  return MACS[suite.mac].nid
}

/**
 * `SSL_CIPHER_get_handshake_digest`. OpenSSL calls it `md5-sha1` for the suites that leave the PRF to the protocol version;
 * under TLS 1.2 they use SHA-256 all the same.
 */
export function cipherHandshakeDigest(suite: Suite): 'md5-sha1' | 'sha256' | 'sha384' {
  if (suite.prf === 'sha384' || suite.minTls === 0x0304) return suite.prf
  return suite.minTls === 0x0303 && !isOfRfc5246(suite) ? 'sha256' : 'md5-sha1'
}

interface Term {
  readonly nid: number
  readonly text: string
}

const KEY_EXCHANGES: Readonly<Record<Suite['keyExchange'], Term>> = {
  rsa: { nid: NID_kx_rsa, text: 'RSA' },
  dhe: { nid: NID_kx_dhe, text: 'DH' },
  ecdhe: { nid: NID_kx_ecdhe, text: 'ECDH' },
  psk: { nid: NID_kx_psk, text: 'PSK' },
  'rsa-psk': { nid: NID_kx_rsa_psk, text: 'RSAPSK' },
  'dhe-psk': { nid: NID_kx_dhe_psk, text: 'DHEPSK' },
  'ecdhe-psk': { nid: NID_kx_ecdhe_psk, text: 'ECDHEPSK' },
  any: { nid: NID_kx_any, text: 'any' },
}

const AUTHENTICATIONS: Readonly<Record<Suite['authentication'], Term>> = {
  rsa: { nid: NID_auth_rsa, text: 'RSA' },
  ecdsa: { nid: NID_auth_ecdsa, text: 'ECDSA' },
  psk: { nid: NID_auth_psk, text: 'PSK' },
  dss: { nid: NID_auth_dss, text: 'DSS' },
  none: { nid: NID_auth_null, text: 'None' },
  any: { nid: NID_auth_any, text: 'any' },
}

const CIPHERS: Readonly<Record<BulkCipher, Term>> = {
  'aes-128-gcm': { nid: NID_aes_128_gcm, text: 'AESGCM(128)' },
  'aes-256-gcm': { nid: NID_aes_256_gcm, text: 'AESGCM(256)' },
  'aes-128-ccm': { nid: NID_aes_128_ccm, text: 'AESCCM(128)' },
  'aes-256-ccm': { nid: NID_aes_256_ccm, text: 'AESCCM(256)' },
  'aes-128-ccm-8': { nid: NID_aes_128_ccm, text: 'AESCCM8(128)' },
  'aes-256-ccm-8': { nid: NID_aes_256_ccm, text: 'AESCCM8(256)' },
  'chacha20-poly1305': { nid: NID_chacha20_poly1305, text: 'CHACHA20/POLY1305(256)' },
  // The NIDs of ARIA and Camellia, and of MD5 below, are in no list of constants: nothing else names them.
  'aria-128-gcm': { nid: 1123, text: 'ARIAGCM(128)' },
  'aria-256-gcm': { nid: 1125, text: 'ARIAGCM(256)' },
  'aes-128-cbc': { nid: NID_aes_128_cbc, text: 'AES(128)' },
  'aes-256-cbc': { nid: NID_aes_256_cbc, text: 'AES(256)' },
  'camellia-128-cbc': { nid: 751, text: 'Camellia(128)' },
  'camellia-256-cbc': { nid: 753, text: 'Camellia(256)' },
  null: { nid: NID_undef, text: 'None' },
}

const MACS: Readonly<Record<Mac, Term>> = {
  aead: { nid: NID_undef, text: 'AEAD' },
  md5: { nid: 4, text: 'MD5' },
  sha1: { nid: NID_sha1, text: 'SHA1' },
  sha256: { nid: NID_sha256, text: 'SHA256' },
  sha384: { nid: NID_sha384, text: 'SHA384' },
}

/** The SHA-256 suites that came with TLS 1.2 itself (RFC 5246 appendix A.5), not with a later RFC. */
function isOfRfc5246(suite: CipherSuite): boolean {
  const ofKey = suite.keyExchange === 'rsa' || suite.keyExchange === 'dhe'
  return ofKey && suite.mac === 'sha256' && /^(aes|null)/.test(suite.cipher)
}

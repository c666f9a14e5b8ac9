import {
  BIO_free,
  BIO_new_file,
  ERR_clear_error,
  type EVP_PKEY,
  PEM_read_bio_PrivateKey,
  PEM_read_bio_X509,
  type SSL,
  SSL_set1_chain,
  SSL_set1_client_sigalgs_list,
  SSL_set1_sigalgs_list,
  SSL_use_certificate,
  SSL_use_PrivateKey,
  type X509,
} from 'openssl-shim'
import { setPreferences } from './algorithms.ts'
import type { Settings } from './flags.ts'
import { check } from './state.ts'

/** Key and certificates of the settings, as the connection's. */
export function installCredentials(ssl: SSL, settings: Settings): void {
  setSigningPreferences(ssl, settings)
  const { key, leaf, chain } = credentialsOf(settings)
  check(leaf === null || SSL_use_certificate(ssl, leaf) === 1, 'SSL_use_certificate')
  check(key === null || SSL_use_PrivateKey(ssl, key) === 1, 'SSL_use_PrivateKey')
  check(chain.length === 0 || SSL_set1_chain(ssl, chain) === 1, 'SSL_set1_chain')
}

/** What this side signs with; what the other may is the business of -verify-prefs. */
export function setSigningPreferences(ssl: SSL, { signingPrefs, server }: Settings): void {
  setPreferences(ssl, signingPrefs, server ? SSL_set1_sigalgs_list : SSL_set1_client_sigalgs_list)
}

export interface Credentials {
  readonly key: EVP_PKEY | null
  readonly leaf: X509 | null
  readonly chain: X509[]
}

export function credentialsOf({ keyFile, certFile }: Settings): Credentials {
  const [leaf = null, ...chain] = certFile === '' ? [] : readCertificates(certFile)
  return { key: keyFile === '' ? null : readKey(keyFile), leaf, chain }
}

export function readCertificates(file: string): X509[] {
  const bio = BIO_new_file(file, 'r')
  check(bio !== null, `${file} cannot be read`)
  const certificates: X509[] = []
  for (let next = PEM_read_bio_X509(bio); next !== null; next = PEM_read_bio_X509(bio)) certificates.push(next)
  BIO_free(bio)
  ERR_clear_error()
  check(certificates.length > 0, `${file} holds no certificate`)
  return certificates
}

function readKey(file: string): EVP_PKEY {
  const bio = BIO_new_file(file, 'r')
  const key = bio === null ? null : PEM_read_bio_PrivateKey(bio)
  BIO_free(bio)
  check(key !== null, `${file} holds no key`)
  return key
}

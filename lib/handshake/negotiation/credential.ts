import { curveOf, keyTypeOf } from '../../crypto/signatures.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import type { Certificate } from '../../pki/certificate.ts'
import type { Credential } from '../../pki/credential.ts'
import { KeyUsage } from '../../pki/extensions.ts'
import { usageForbids } from '../../pki/path/purpose.ts'
import { ClientCertificateType } from '../../wire/registry.ts'
import type { HandshakeConfig } from '../config.ts'
import type { HandshakeContext } from '../context.ts'
import { isSigned } from './exchange.ts'
import { clientSchemes, mayUse, type SigningKind, sharedSchemes, signingKinds } from './signature.ts'

/** Server: the credential that serves the suite with the best signature scheme of both sides, or null. */
export function credentialFor(handshake: HandshakeContext, suite: CipherSuite): Credential | null {
  const fitting = handshake.config.credentials.filter(credential => serves(handshake, suite, credential))
  // Below 1.2 the peer has no say; that the security level may not like SHA-1 is found, and named, when it is to be signed.
  if (!isSigned(suite) || !handshake.version.signatureAlgorithms) return fitting[0] ?? null
  for (const scheme of sharedSchemes(handshake, handshake.peer.signatureSchemes)) {
    const found = fitting.find(({ key }) => mayUse(handshake.config, scheme, key))
    if (found !== undefined) return found
  }
  return null
}

/**
 * Server: the kinds of certificate to ask for (RFC 5246 section 7.4.4): one for each kind of key that the signature schemes
 * for clients still allow, in OpenSSL's order (ssl3_get_req_cert_type).
 */
export function requestedTypes(config: HandshakeConfig): number[] {
  if (config.certificateTypes !== null) return [...config.certificateTypes]
  const kinds = signingKinds(config, clientSchemes(config))
  return TYPES.flatMap(([kind, type]) => (kinds.has(kind) ? type : []))
}

/** RFC 8422 section 2.2: the key of an ECDSA certificate is to sign ServerKeyExchange. */
export function maySign(certificate: Certificate): boolean {
  return !usageForbids(certificate, KeyUsage.digitalSignature)
}

function serves(handshake: HandshakeContext, suite: CipherSuite, { key, leaf }: Credential): boolean {
  const type = keyTypeOf(key)
  if (!isSigned(suite)) return type === 'rsa'
  const kinds = suite.authentication === 'rsa' ? ['rsa', 'rsa-pss'] : ['ec', 'ed25519', 'ed448']
  // Below 1.2 nothing could name the algorithms of the newer kinds.
  const fits = handshake.version.signatureAlgorithms ? kinds.includes(type) : type === kinds[0]
  if (!fits || (type === 'ec' && !maySign(leaf))) return false
  const curve = type === 'ec' ? curveOf(key) : null
  const { groups } = handshake.peer
  // RFC 8422 section 5.1.1: the groups also say which curves a certificate may use.
  return curve === null || groups === null || groups.includes(curve)
}

const TYPES: readonly (readonly [SigningKind, number])[] = [
  ['rsa', ClientCertificateType.rsaSign],
  ['dss', ClientCertificateType.dssSign],
  ['ecdsa', ClientCertificateType.ecdsaSign],
]

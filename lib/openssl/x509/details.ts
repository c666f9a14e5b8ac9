import type { AlgorithmIdentifier } from '../../pki/algorithm.ts'
import { type Out, requireLive } from '../boundary.ts'
import { ASN1_STRING } from './asn1.ts'
import { V_ASN1_BIT_STRING } from './constants.ts'
import { nameHash } from './name.ts'
import { ASN1_OBJECT } from './objects.ts'
import { X509 } from './x509.ts'

/** The hash of the subject that names files in a hashed directory. */
export function X509_subject_name_hash(x: X509): number {
  return nameHash(requireLive(x, X509, 'x').subject.name)
}

/** The hash of the issuer, as X509_subject_name_hash. */
export function X509_issuer_name_hash(x: X509): number {
  return nameHash(requireLive(x, X509, 'x').issuer.name)
}

/** Orders by issuer, then by serial number: 0 for the same certificate of the same issuer. */
export function X509_issuer_and_serial_cmp(a: X509, b: X509): number {
  const [first, second] = [requireLive(a, X509, 'a'), requireLive(b, X509, 'b')]
  const serials = first.serialNumber.value - second.serialNumber.value
  if (serials !== 0n) return serials < 0n ? -1 : 1
  return Math.sign(first.issuer.name.compare(second.issuer.name))
}

/** An algorithm and its parameters (AlgorithmIdentifier of RFC 5280). */
export class X509_ALGOR {
  readonly algorithm: ASN1_OBJECT
  readonly identifier: AlgorithmIdentifier

  constructor(identifier: AlgorithmIdentifier) {
    this.identifier = identifier
    this.algorithm = new ASN1_OBJECT(identifier.oid)
  }
}

/** The signature and its algorithm. @param psig - takes the bits @param palg - takes the algorithm */
export function X509_get0_signature(
  psig: Out<ASN1_STRING | null> | null,
  palg: Out<X509_ALGOR | null> | null,
  x: X509,
): void {
  const { certificate } = requireLive(x, X509, 'x')
  if (psig !== null)
    psig.value = certificate === null ? null : new ASN1_STRING(V_ASN1_BIT_STRING, certificate.signature)
  if (palg !== null) palg.value = certificate === null ? null : new X509_ALGOR(certificate.signatureAlgorithm)
}

/** Where X509_STORE_set_default_paths looks, and the variables of the environment that say otherwise. */
export const X509_get_default_cert_area = (): string => '/usr/lib/ssl'
export const X509_get_default_cert_dir = (): string => '/usr/lib/ssl/certs'
export const X509_get_default_cert_file = (): string => '/usr/lib/ssl/cert.pem'
export const X509_get_default_private_dir = (): string => '/usr/lib/ssl/private'
export const X509_get_default_cert_dir_env = (): string => 'SSL_CERT_DIR'
export const X509_get_default_cert_file_env = (): string => 'SSL_CERT_FILE'

import { digest } from '../../crypto/hash.ts'
import type { AlgorithmIdentifier } from '../../pki/algorithm.ts'
import { context, DerReader, readOid, Tag } from '../../pki/der.ts'
import { onelineName } from '../../pki/name-print.ts'
import { type Out, requireInstance, requireLive } from '../boundary.ts'
import { ERR_LIB_X509 } from '../constants/err.ts'
import { EVP_PKEY_ED25519, EVP_PKEY_RSA_PSS } from '../constants/evp.ts'
import { NID_undef } from '../constants/obj-mac.ts'
import { X509_R_UNABLE_TO_FIND_PARAMETERS_IN_CHAIN } from '../constants/x509err.ts'
import { raise } from '../err/raise.ts'
import { EVP_PKEY, EVP_PKEY_ED448 } from '../evp/pkey.ts'
import { ASN1_STRING } from './asn1/asn1.ts'
import { ASN1_OBJECT } from './asn1/objects.ts'
import { V_ASN1_BIT_STRING } from './constants.ts'
import { X509_EXTENSION } from './extensions/extension-value.ts'
import { nameHash, X509_NAME } from './names/name.ts'
import { X509, X509_get_pubkey, X509_get_signature_nid, X509_get0_pubkey } from './x509.ts'

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

/**
 * The parts of an algorithm; null for one that is not wanted.
 * @param pptype - takes the type of the parameters, V_ASN1_*; -1 (V_ASN1_UNDEF) without
 * @param ppval - takes the parameters as a string: an OBJECT IDENTIFIER as object, a SEQUENCE with its header; nothing without
 */
export function X509_ALGOR_get0(
  paobj: Out<ASN1_OBJECT | null> | null,
  pptype: Out<number> | null,
  ppval: Out<ASN1_STRING | ASN1_OBJECT | null> | null,
  algor: X509_ALGOR,
): void {
  const { algorithm, identifier } = requireInstance(algor, X509_ALGOR, 'algor')
  if (paobj !== null) paobj.value = algorithm
  const element = identifier.params === null ? null : new DerReader(identifier.params).next()
  const type = element === null ? V_ASN1_UNDEF : element.tag & 0x1f
  if (pptype !== null) pptype.value = type
  if (ppval === null || element === null) return
  if (element.tag === Tag.null) ppval.value = null
  else if (element.tag === Tag.oid) ppval.value = new ASN1_OBJECT(readOid(new DerReader(element.encoding)))
  else ppval.value = new ASN1_STRING(type, (element.tag & 0x20) === 0 ? element.contents : element.encoding)
}

const V_ASN1_UNDEF = -1

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

/** The algorithm inside what is signed; null for a certificate that is not signed yet. */
export function X509_get0_tbs_sigalg(x: X509): X509_ALGOR | null {
  const { certificate } = requireLive(x, X509, 'x')
  return certificate === null ? null : new X509_ALGOR(certificate.tbsSignatureAlgorithm)
}

/** All extensions; null when there is none. */
export function X509_get0_extensions(x: X509): X509_EXTENSION[] | null {
  const { extensions } = requireLive(x, X509, 'x')
  return extensions.length === 0 ? null : extensions.map(extension => new X509_EXTENSION(extension))
}

/** The unique identifiers of version 2, which nobody uses: null where there is none. */
export function X509_get0_uids(
  x: X509,
  piuid: Out<ASN1_STRING | null> | null,
  psuid: Out<ASN1_STRING | null> | null,
): void {
  const ids = uniqueIds(requireLive(x, X509, 'x').certificate?.tbs)
  const wrap = (id: Uint8Array | undefined): ASN1_STRING | null =>
    id === undefined ? null : new ASN1_STRING(V_ASN1_BIT_STRING, id)
  if (piuid !== null) piuid.value = wrap(ids.issuer)
  if (psuid !== null) psuid.value = wrap(ids.subject)
}

const ISSUER_ID = context(1, false)
const SUBJECT_ID = context(2, false)

/** The octets of both identifiers in a TBSCertificate. */
export function uniqueIds(tbs: Uint8Array | undefined): { issuer?: Uint8Array; subject?: Uint8Array } {
  const ids: { issuer?: Uint8Array; subject?: Uint8Array } = {}
  const reader = tbs === undefined ? null : new DerReader(tbs).enter(Tag.sequence)
  while (reader?.done === false) {
    const { tag, contents } = reader.next()
    if (tag === ISSUER_ID) ids.issuer = contents.subarray(1)
    if (tag === SUBJECT_ID) ids.subject = contents.subarray(1)
  }
  return ids
}

/** EVP_PKEY_* of a signature algorithm that is of a key type's own (Ed25519, Ed448, RSA-PSS), else 0. */
export function X509_get_signature_type(x: X509): number {
  const nid = X509_get_signature_nid(x)
  return nid === EVP_PKEY_ED25519 || nid === EVP_PKEY_ED448 || nid === EVP_PKEY_RSA_PSS ? nid : NID_undef
}

/** SubjectPublicKeyInfo: the algorithm and the bits of a public key. */
export class X509_PUBKEY {
  readonly x: X509

  constructor(x: X509) {
    this.x = x
  }
}

/** The public key as it stands in the certificate. */
export function X509_get_X509_PUBKEY(x: X509): X509_PUBKEY {
  return new X509_PUBKEY(requireLive(x, X509, 'x'))
}

/**
 * The parts of a public key as they stand; null for one that is not wanted.
 * @param ppkalg - takes the object of the algorithm
 * @param pk - takes the bits @param ppklen - takes their number in bytes
 * @param pa - takes the algorithm with its parameters
 * @returns 1, or 0 for a certificate that is not signed yet
 */
export function X509_PUBKEY_get0_param(
  ppkalg: Out<ASN1_OBJECT | null> | null,
  pk: Out<Uint8Array | null> | null,
  ppklen: Out<number> | null,
  pa: Out<X509_ALGOR | null> | null,
  pub: X509_PUBKEY,
): number {
  const { certificate } = requireInstance(pub, X509_PUBKEY, 'pub').x
  if (certificate === null) return 0
  const { keyAlgorithm, publicKeyBits } = certificate
  if (ppkalg !== null) ppkalg.value = new ASN1_OBJECT(keyAlgorithm.oid)
  if (pk !== null) pk.value = publicKeyBits
  if (ppklen !== null) ppklen.value = publicKeyBits.length
  if (pa !== null) pa.value = new X509_ALGOR(keyAlgorithm)
  return 1
}

/** The key without a reference of its own; null with an error when it cannot be decoded (X509_PUBKEY_get0(3)). */
export function X509_PUBKEY_get0(key: X509_PUBKEY): EVP_PKEY | null {
  return X509_get0_pubkey(requireInstance(key, X509_PUBKEY, 'key').x)
}

/** The key with a reference, to be given up with EVP_PKEY_free. */
export function X509_PUBKEY_get(key: X509_PUBKEY): EVP_PKEY | null {
  return X509_get_pubkey(requireInstance(key, X509_PUBKEY, 'key').x)
}

/** The bits of the public key; null for a certificate that is not signed yet. */
export function X509_get0_pubkey_bitstr(x: X509): ASN1_STRING | null {
  const { certificate } = requireLive(x, X509, 'x')
  return certificate === null ? null : new ASN1_STRING(V_ASN1_BIT_STRING, certificate.publicKeyBits)
}

/** Fills in DSA parameters that a key leaves to its issuers; keys here have theirs. @returns 1, or 0 with an error */
export function X509_get_pubkey_parameters(pkey: EVP_PKEY | null, chain: readonly X509[] | null): number {
  if (pkey !== null) return Number(requireLive(pkey, EVP_PKEY, 'pkey').references > 0)
  const [first] = chain ?? []
  if (first !== undefined) return Number(X509_get0_pubkey(first) !== null)
  raise(ERR_LIB_X509, X509_R_UNABLE_TO_FIND_PARAMETERS_IN_CHAIN)
  return 0
}

/** The hash of issuer and serial number, the first four bytes of an MD5. */
export function X509_issuer_and_serial_hash(a: X509): number {
  const { issuer, serialNumber } = requireLive(a, X509, 'a')
  return firstWord(digest('md5', latin1Bytes(onelineName(issuer.name)), serialNumber.data))
}

/** The hash that named files before 1.0.0. */
export function X509_NAME_hash_old(name: X509_NAME): number {
  return firstWord(digest('md5', requireInstance(name, X509_NAME, 'name').name.der))
}

/** X509_NAME_hash_old of the issuer. */
export function X509_issuer_name_hash_old(x: X509): number {
  return X509_NAME_hash_old(requireLive(x, X509, 'x').issuer)
}

/** X509_NAME_hash_old of the subject. */
export function X509_subject_name_hash_old(x: X509): number {
  return X509_NAME_hash_old(requireLive(x, X509, 'x').subject)
}

/** X509_NAME_hash in a library context, of which there is one. @param ok - takes 1 */
export function X509_NAME_hash_ex(
  x: X509_NAME,
  libctx: unknown,
  propq: string | null,
  ok: Out<number> | null = null,
): number {
  void libctx
  void propq
  if (ok !== null) ok.value = 1
  return nameHash(requireInstance(x, X509_NAME, 'x').name)
}

function firstWord(hash: Uint8Array): number {
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0, true)
}

const latin1Bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Sets the identifier that SM2 signatures include; kept for X509_get0_distinguishing_id, as no such signature is made. */
export function X509_set0_distinguishing_id(x: X509, d_id: ASN1_STRING | null): void {
  distinguishingIds.set(requireLive(x, X509, 'x'), d_id)
}

/** What X509_set0_distinguishing_id has set; null for nothing. */
export function X509_get0_distinguishing_id(x: X509): ASN1_STRING | null {
  return distinguishingIds.get(requireLive(x, X509, 'x')) ?? null
}

const distinguishingIds = new WeakMap<X509, ASN1_STRING | null>()

/** Where X509_STORE_set_default_paths looks, and the variables of the environment that say otherwise. */
export const X509_get_default_cert_area = (): string => '/usr/lib/ssl'
export const X509_get_default_cert_dir = (): string => '/usr/lib/ssl/certs'
export const X509_get_default_cert_file = (): string => '/usr/lib/ssl/cert.pem'
export const X509_get_default_private_dir = (): string => '/usr/lib/ssl/private'
export const X509_get_default_cert_dir_env = (): string => 'SSL_CERT_DIR'
export const X509_get_default_cert_file_env = (): string => 'SSL_CERT_FILE'

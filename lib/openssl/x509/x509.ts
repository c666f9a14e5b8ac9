import { createHash } from 'node:crypto'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import type { Extension } from '../../pki/extensions.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { objectByOid } from '../../pki/objects.ts'
import { Counted, type Out, requireInteger, requireLive, requireLiveOrNull } from '../boundary.ts'
import { CRYPTO_EX_INDEX_X509 } from '../constants/crypto.ts'
import { ERR_LIB_ASN1, ERR_LIB_X509 } from '../constants/err.ts'
import {
  X509_R_KEY_TYPE_MISMATCH,
  X509_R_KEY_VALUES_MISMATCH,
  X509_R_UNABLE_TO_GET_CERTS_PUBLIC_KEY,
  X509_R_UNKNOWN_KEY_TYPE,
} from '../constants/x509err.ts'
import { raise } from '../err/raise.ts'
import type { EVP_MD } from '../evp/md.ts'
import { EVP_PKEY, EVP_PKEY_eq, EVP_PKEY_free } from '../evp/pkey.ts'
import { CRYPTO_EX_DATA, CRYPTO_free_ex_data, CRYPTO_new_ex_data } from '../ex-data.ts'
import { exDataOf } from '../ex-data-of.ts'
import { ASN1_INTEGER } from './asn1/asn1.ts'
import { ASN1_R_ILLEGAL_ZERO_CONTENT, firstElement, raiseAsn1 } from './asn1/asn1-errors.ts'
import { ASN1_TIME } from './asn1/asn1-time.ts'
import { X509_NAME } from './names/name.ts'
import { verifyItem } from './signed.ts'

/**
 * A certificate: read from bytes, or being made by a program. What the getters hand out may be changed; the change shows in
 * the certificate after the next X509_sign.
 */
export class X509 extends Counted {
  /** The certificate as it is signed; null until X509_sign for one that is being made. */
  certificate: Certificate | null
  /** 0, 1 or 2 for versions 1 to 3. */
  version: number
  issuer: X509_NAME
  subject: X509_NAME
  pkey: EVP_PKEY | null
  extensions: Extension[]
  readonly exData = new CRYPTO_EX_DATA()
  #serialNumber: ASN1_INTEGER | null = null
  #notBefore: ASN1_TIME | null = null
  #notAfter: ASN1_TIME | null = null

  constructor(certificate: Certificate | null) {
    super()
    this.certificate = certificate
    this.version = (certificate?.version ?? 1) - 1
    this.issuer = new X509_NAME(certificate?.issuer)
    this.subject = new X509_NAME(certificate?.subject)
    this.pkey = null
    this.extensions = [...(certificate?.extensions ?? [])]
    CRYPTO_new_ex_data(CRYPTO_EX_INDEX_X509, this, this.exData)
  }

  // Every handshake makes such an object, and few programs look at these: they are made when first asked for.

  get serialNumber(): ASN1_INTEGER {
    this.#serialNumber ??=
      this.certificate === null ? new ASN1_INTEGER() : ASN1_INTEGER.ofContents(this.certificate.serial)
    return this.#serialNumber
  }

  set serialNumber(number: ASN1_INTEGER) {
    this.#serialNumber = number
  }

  get notBefore(): ASN1_TIME {
    this.#notBefore ??= new ASN1_TIME(this.certificate?.notBefore ?? undefined)
    return this.#notBefore
  }

  set notBefore(time: ASN1_TIME) {
    this.#notBefore = time
  }

  get notAfter(): ASN1_TIME {
    this.#notAfter ??= new ASN1_TIME(this.certificate?.notAfter ?? undefined)
    return this.#notAfter
  }

  set notAfter(time: ASN1_TIME) {
    this.#notAfter = time
  }

  /** The public key; decoded when first asked for. */
  get publicKey(): EVP_PKEY | null {
    const key = this.pkey === null ? (this.certificate?.publicKey ?? null) : null
    if (key !== null) this.pkey = new EVP_PKEY(key)
    return this.pkey
  }
}

/** The facade's object around a certificate of the engine, or DER. */
export function wrapCertificate(certificate: Certificate | Uint8Array): X509 {
  return new X509(certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate)
}

const live = (x: unknown, name = 'x'): X509 => requireLive(x, X509, name)

/** An empty certificate, to be filled and signed (X509_new(3)). */
export function X509_new(): X509 {
  return new X509(null)
}

/** X509_new in a library context, of which there is one. */
export const X509_new_ex = (libctx: unknown, propq: string | null): X509 => {
  void libctx
  void propq
  return new X509(null)
}

/** Gives up a reference. */
export function X509_free(a: X509 | null): void {
  const x = requireLiveOrNull(a, X509, 'a')
  x?.dropReference(() => {
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_X509, x, x.exData)
    EVP_PKEY_free(x.pkey)
  })
}

/**
 * Takes one more reference, to be given back by X509_free.
 * @returns 1
 */
export function X509_up_ref(a: X509): number {
  live(a, 'a').addReference()
  return 1
}

/** A copy of a signed certificate; null for one that is not signed. */
export function X509_dup(a: X509): X509 | null {
  const { certificate } = live(a, 'a')
  return certificate === null ? null : new X509(certificate)
}

/** 0 when both are the same certificate, byte for byte (X509_cmp(3)). */
export function X509_cmp(a: X509, b: X509): number {
  const [first, second] = [live(a, 'a').certificate, live(b, 'b').certificate]
  if (first === null || second === null) return a === b ? 0 : -2
  return Buffer.compare(first.der, second.der)
}

/**
 * The digest of the whole certificate, its fingerprint (X509_digest(3)).
 * @param md - takes EVP_MD_size bytes @param len - takes their number
 * @returns 1, or 0 for a certificate that is not signed
 */
export function X509_digest(data: X509, type: EVP_MD, md: Uint8Array, len: Out<number> | null = null): number {
  return digestInto(live(data, 'data').certificate?.der, type, md, len)
}

/** The digest of the public key's bits (X509_pubkey_digest(3)). */
export function X509_pubkey_digest(data: X509, type: EVP_MD, md: Uint8Array, len: Out<number> | null = null): number {
  return digestInto(live(data, 'data').certificate?.publicKeyBits, type, md, len)
}

function digestInto(bytes: Uint8Array | undefined, type: EVP_MD, md: Uint8Array, len: Out<number> | null): number {
  if (bytes === undefined) return 0
  md.set(createHash(type.name).update(bytes).digest())
  if (len !== null) len.value = type.size
  return 1
}

/** The subject, which belongs to the certificate. */
export function X509_get_subject_name(a: X509): X509_NAME {
  return live(a, 'a').subject
}

/** The issuer, which belongs to the certificate. */
export function X509_get_issuer_name(a: X509): X509_NAME {
  return live(a, 'a').issuer
}

/** The serial number, which belongs to the certificate. */
export function X509_get_serialNumber(x: X509): ASN1_INTEGER {
  return live(x).serialNumber
}

/** X509_get_serialNumber by another name. */
export const X509_get0_serialNumber: typeof X509_get_serialNumber = X509_get_serialNumber

/** The begin of validity; a change shows after X509_sign. */
export function X509_getm_notBefore(x: X509): ASN1_TIME {
  return live(x).notBefore
}

/** X509_getm_notBefore by another name. */
export const X509_get0_notBefore: typeof X509_getm_notBefore = X509_getm_notBefore
export const X509_get_notBefore: typeof X509_getm_notBefore = X509_getm_notBefore

/** The end of validity; a change shows after X509_sign. */
export function X509_getm_notAfter(x: X509): ASN1_TIME {
  return live(x).notAfter
}

/** X509_getm_notAfter by another name. */
export const X509_get0_notAfter: typeof X509_getm_notAfter = X509_getm_notAfter
export const X509_get_notAfter: typeof X509_getm_notAfter = X509_getm_notAfter

/** X509_VERSION_1, _2 or _3: 0, 1 or 2. */
export function X509_get_version(x: X509): number {
  return live(x).version
}

/** NID_sha256WithRSAEncryption, ...; 0 for one that is not signed or an algorithm that is not known. */
export function X509_get_signature_nid(x: X509): number {
  return objectByOid(live(x).certificate?.signatureAlgorithm.oid ?? '')?.nid ?? 0
}

/** The public key without a reference of its own; null with an error when it cannot be decoded. */
export function X509_get0_pubkey(x: X509): EVP_PKEY | null {
  const key = live(x).publicKey
  if (key === null) raise(ERR_LIB_X509, X509_R_UNABLE_TO_GET_CERTS_PUBLIC_KEY)
  return key
}

/** The public key with a reference, to be given up with EVP_PKEY_free. */
export function X509_get_pubkey(x: X509): EVP_PKEY | null {
  return X509_get0_pubkey(x)?.addReference() ?? null
}

/**
 * 1 when the private key fits the certificate; 0 with X509_R_KEY_VALUES_MISMATCH, _KEY_TYPE_MISMATCH or
 * _UNKNOWN_KEY_TYPE.
 */
export function X509_check_private_key(x509: X509, pkey: EVP_PKEY): number {
  const key = requireLive(pkey, EVP_PKEY, 'pkey')
  const own = X509_get0_pubkey(x509)
  if (own === null) return 0
  const reason = PRIVATE_KEY_REASONS.get(EVP_PKEY_eq(own, key))
  if (reason !== undefined) raise(ERR_LIB_X509, reason)
  return Number(reason === undefined)
}

const PRIVATE_KEY_REASONS: ReadonlyMap<number, number> = new Map([
  [0, X509_R_KEY_VALUES_MISMATCH],
  [-1, X509_R_KEY_TYPE_MISMATCH],
  [-2, X509_R_UNKNOWN_KEY_TYPE],
])

/**
 * Whether the signature is good under this key; names and validity are not looked at (X509_verify(3)).
 * @returns 1 or 0; -1 with an error for a key of another kind, or a certificate that is not signed
 */
export function X509_verify(a: X509, r: EVP_PKEY): number {
  const { certificate } = live(a, 'a')
  const pkey = requireLive(r, EVP_PKEY, 'r')
  if (certificate === null || pkey.key === null) return -1
  const { signatureAlgorithm: algorithm, tbsSignatureAlgorithm: inner, signature, tbs } = certificate
  return Buffer.compare(algorithm.der, inner.der) === 0 ? verifyItem({ algorithm, signature }, tbs, pkey) : 0
}

/** Orders by issuer and subject (X509_issuer_name_cmp(3) and its kin). */
export function X509_issuer_name_cmp(a: X509, b: X509): number {
  return Math.sign(live(a, 'a').issuer.name.compare(live(b, 'b').issuer.name))
}

/** Orders by subject: 0 for the same. */
export function X509_subject_name_cmp(a: X509, b: X509): number {
  return Math.sign(live(a, 'a').subject.name.compare(live(b, 'b').subject.name))
}

/**
 * Reads one certificate from the start of `pp.value`, which then begins after it (d2i_X509(3)).
 * @param a - takes the certificate as well, when given
 * @param length - bytes that may be used; all of them when left out
 * @returns null with an ASN1 error when it is not a certificate
 */
export function d2i_X509(a: Out<X509 | null> | null, pp: Out<Uint8Array>, length?: number): X509 | null {
  const bytes = pp.value.subarray(0, length === undefined ? undefined : requireInteger(length, 'length'))
  const certificate = decodeCertificate(bytes)
  if (certificate === null) {
    if (a !== null) {
      // As in C the object that was to be filled is lost.
      X509_free(a.value)
      a.value = null
    }
    return null
  }
  pp.value = pp.value.subarray(certificate.der.length)
  const x = new X509(certificate)
  if (a !== null) a.value = x
  return x
}

/**
 * The DER of a certificate (i2d_X509(3)).
 * @param out - null: only the length is wanted; `{ value: null }`: takes a new buffer; a buffer: is written to, and
 * then begins after it
 * @returns the length in bytes, or -1 for a certificate that is not signed
 */
export function i2d_X509(a: X509, out: Out<Uint8Array | null> | null = null): number {
  const { certificate } = live(a, 'a')
  if (certificate === null) {
    raise(ERR_LIB_ASN1, ASN1_R_ILLEGAL_ZERO_CONTENT)
    return -1
  }
  return deliverDer(certificate.der, out)
}

/** What every i2d function does with its result. */
export function deliverDer(der: Uint8Array, out: Out<Uint8Array | null> | null): number {
  if (out === null) return der.length
  if (out.value === null) out.value = new Uint8Array(der)
  else {
    out.value.set(der)
    out.value = out.value.subarray(der.length)
  }
  return der.length
}

function decodeCertificate(bytes: Uint8Array): Certificate | null {
  try {
    return parseCertificate(firstElement(bytes))
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseAsn1(bytes, 'X509')
    return null
  }
}

const programData = exDataOf<X509>(CRYPTO_EX_INDEX_X509, x => live(x, 'r').exData)

/** What a program keeps on a certificate, under an index (X509_get_ex_new_index(3)). */
export const X509_get_ex_new_index = programData.newIndex
export const X509_set_ex_data = programData.set
export const X509_get_ex_data = programData.get

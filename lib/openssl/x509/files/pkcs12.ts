import type { KeyObject } from 'node:crypto'
import { systemRandom } from '../../../base/random.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import type { PbeName } from '../../../pki/pbe.ts'
import {
  localKeyIdOf,
  macMatches,
  type NamedCertificate,
  openPfx,
  type Pfx,
  readPfx,
  writePfx,
} from '../../../pki/pkcs12.ts'
import type { BIO } from '../../bio/bio.ts'
import type { FILE } from '../../bio/file.ts'
import { BIO_write } from '../../bio/io.ts'
import { Counted, type Out, requireInteger, requireLive, requireLiveOrNull, requireOut } from '../../boundary.ts'
import { ERR_LIB_EVP, ERR_LIB_PKCS12, ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { X509_alias_get0, X509_alias_set1, X509_keyid_get0, X509_keyid_set1 } from '../annotations.ts'
import { firstElement, raiseAsn1 } from '../asn1/asn1-errors.ts'
import { deliverDer, X509, X509_check_private_key, X509_free } from '../x509.ts'
import { readAll } from './pem-bio.ts'
import { raiseDecrypt } from './pkcs8.ts'
import { onStream } from './stream.ts'

/** A file with a key and certificates, protected by a password (RFC 7292); opaque. */
export class PKCS12 extends Counted {
  readonly pfx: Pfx

  constructor(pfx: Pfx) {
    super()
    this.pfx = pfx
  }
}

/** Gives it up. */
export function PKCS12_free(a: PKCS12 | null): void {
  requireLiveOrNull(a, PKCS12, 'a')?.dropReference(() => {})
}

/**
 * Reads a PKCS #12 structure from the start of `pp.value`, which then begins after it (d2i_PKCS12(3)). It must be DER.
 * @returns null with an ASN1 error
 */
export function d2i_PKCS12(a: Out<PKCS12 | null> | null, pp: Out<Uint8Array>, length?: number): PKCS12 | null {
  const bytes = pp.value.subarray(0, length === undefined ? undefined : requireInteger(length, 'length'))
  try {
    const p12 = new PKCS12(readPfx(new Uint8Array(firstElement(bytes))))
    pp.value = pp.value.subarray(p12.pfx.der.length)
    if (a !== null) a.value = p12
    return p12
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseAsn1(bytes, 'PKCS12')
    return null
  }
}

/** Reads one PKCS #12 structure. @returns null with an ASN1 error */
export function d2i_PKCS12_bio(bp: BIO, p12: Out<PKCS12 | null> | null = null): PKCS12 | null {
  return d2i_PKCS12(p12, { value: readAll(bp) })
}

/** d2i_PKCS12_bio from a stream. */
export function d2i_PKCS12_fp(fp: FILE, p12: Out<PKCS12 | null> | null = null): PKCS12 | null {
  return onStream(fp, null, bio => d2i_PKCS12_bio(bio, p12))
}

/** The DER; as i2d_X509. */
export function i2d_PKCS12(a: PKCS12, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(requireLive(a, PKCS12, 'a').pfx.der, out)
}

/** Writes the DER. @returns 1, or 0 when the BIO does not take it */
export function i2d_PKCS12_bio(bp: BIO, p12: PKCS12): number {
  const { der } = requireLive(p12, PKCS12, 'p12').pfx
  return Number(BIO_write(bp, der) === der.length)
}

/** i2d_PKCS12_bio to a stream. */
export function i2d_PKCS12_fp(fp: FILE, p12: PKCS12): number {
  return onStream(fp, 0, bio => i2d_PKCS12_bio(bio, p12))
}

/** 1 when there is a MAC that shows whether a password is the right one. */
export function PKCS12_mac_present(p12: PKCS12): number {
  return Number(requireLive(p12, PKCS12, 'p12').pfx.mac !== null)
}

/**
 * Checks the password (PKCS12_verify_mac(3)).
 * @param pass - null is none, which differs from an empty one
 * @returns 1 or 0; PKCS12_R_MAC_ABSENT is queued when there is no MAC
 */
export function PKCS12_verify_mac(p12: PKCS12, pass: string | null, passlen = -1): number {
  const { pfx } = requireLive(p12, PKCS12, 'p12')
  if (pfx.mac === null) raise(ERR_LIB_PKCS12, PKCS12_R_MAC_ABSENT)
  else if (pfx.mac.hash === null) {
    raise(ERR_LIB_PKCS12, PKCS12_R_UNKNOWN_DIGEST_ALGORITHM)
    raise(ERR_LIB_PKCS12, PKCS12_R_MAC_GENERATION_ERROR)
  } else return Number(fits(pfx, pass === null || passlen < 0 ? pass : pass.slice(0, passlen)))
  return 0
}

/** More repetitions than are tried count as a password that does not fit. */
function fits(pfx: Pfx, password: string | null): boolean {
  try {
    return macMatches(pfx, password)
  } catch (error) {
    if (error instanceof PkiFailure) return false
    throw error
  }
}

/**
 * Opens it (PKCS12_parse(3)).
 * @param pass - null or '': none, or an empty one, whichever fits
 * @param pkey - takes the first private key, or null; null: no key is wanted
 * @param cert - takes the certificate of that key, or null
 * @param ca - takes the other certificates in their order, or gets them added to what it holds
 * @returns 1, or 0 with PKCS12_R_MAC_VERIFY_FAILURE for a wrong password, PKCS12_R_PARSE_ERROR, or ERR_R_UNSUPPORTED for a
 * cipher that OpenSSL 3 keeps in its legacy provider
 */
export function PKCS12_parse(
  p12: PKCS12 | null,
  pass: string | null,
  pkey: Out<EVP_PKEY | null> | null,
  cert: Out<X509 | null> | null,
  ca: Out<X509[] | null> | null = null,
): number {
  if (pkey !== null) requireOut(pkey, 'pkey').value = null
  if (cert !== null) requireOut(cert, 'cert').value = null
  const live = requireLiveOrNull(p12, PKCS12, 'p12')
  if (live === null) {
    raise(ERR_LIB_PKCS12, PKCS12_R_INVALID_NULL_PKCS12_POINTER)
    return 0
  }
  const password = fittingPassword(live, pass)
  if (password === undefined) return 0
  const opened = openOrRaise(live.pfx, password, pkey !== null)
  if (opened === null) return 0
  const key = opened.key === null ? null : new EVP_PKEY(opened.key)
  if (pkey !== null) pkey.value = key
  if (cert !== null || ca !== null) divide(opened.certificates.map(toX509), key, cert, ca)
  return 1
}

/** The password that the MAC was made with, of the two that "none" can mean; undefined with an error when none is. */
function fittingPassword(p12: PKCS12, pass: string | null): string | null | undefined {
  const none = pass === null || pass === ''
  if (none && p12.pfx.mac === null) return null
  for (const password of none ? [null, ''] : [pass]) if (PKCS12_verify_mac(p12, password) === 1) return password
  raise(ERR_LIB_PKCS12, PKCS12_R_MAC_VERIFY_FAILURE)
  return undefined
}

function openOrRaise(pfx: Pfx, password: string | null, wantKey: boolean): ReturnType<typeof openPfx> | null {
  try {
    return openPfx(pfx, password, wantKey)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseDecrypt(error)
    if (error.reason !== 'not-supported') raise(ERR_LIB_PKCS12, PKCS12_R_PARSE_ERROR)
    return null
  }
}

function toX509({ certificate, friendlyName, localKeyId }: NamedCertificate): X509 {
  const x = new X509(certificate)
  X509_alias_set1(x, friendlyName)
  X509_keyid_set1(x, localKeyId)
  return x
}

/** The first certificate of the key to one place, the others to the other. */
function divide(
  certificates: readonly X509[],
  key: EVP_PKEY | null,
  cert: Out<X509 | null> | null,
  ca: Out<X509[] | null> | null,
): void {
  for (const x of certificates) {
    if (cert !== null && cert.value === null && key !== null && isOf(x, key)) cert.value = x
    else if (ca !== null) ca.value = [...(ca.value ?? []), x]
    else X509_free(x)
  }
}

function isOf(x: X509, key: EVP_PKEY): boolean {
  ERR_set_mark()
  const matches = X509_check_private_key(x, key) === 1
  ERR_pop_to_mark()
  return matches
}

const DEFAULT_ITERATIONS = 2048

/** What the numbers of ciphers mean here; 0 is AES-256. */
const CIPHERS: ReadonlyMap<number, PbeName | null> = new Map<number, PbeName | null>([
  [-1, null],
  [0, 'aes-256-cbc'],
  [419, 'aes-128-cbc'],
  [423, 'aes-192-cbc'],
  [427, 'aes-256-cbc'],
  [44, 'des-ede3-cbc'],
  [146, '3des-sha1'],
  [147, '2des-sha1'],
])

/**
 * Makes one (PKCS12_create(3)): PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC, and a MAC with SHA-256, unless told
 * otherwise.
 * @param name - friendlyName of key and certificate
 * @param cert - must belong to `pkey`
 * @param nid_key - NID of a cipher, or of PKCS #12's own with 3DES; 0: AES-256-CBC; -1: not encrypted
 * @param nid_cert - the same for the certificates
 * @param iter - repetitions that make guessing slow; 0: 2048
 * @param mac_iter - the same for the MAC; -1: no MAC
 * @param keytype - KEY_SIG or KEY_EX, or 0 for no word on what the key is for
 * @returns null with PKCS12_R_INVALID_NULL_ARGUMENT, X509_R_KEY_VALUES_MISMATCH, or PKCS12_R_ENCRYPT_ERROR for another cipher
 */
export function PKCS12_create(
  pass: string | null,
  name: string | null,
  pkey: EVP_PKEY | null,
  cert: X509 | null,
  ca: readonly X509[] | null,
  nid_key = 0,
  nid_cert = 0,
  iter = 0,
  mac_iter = 0,
  keytype = 0,
): PKCS12 | null {
  if (pkey === null && cert === null && ca === null) return refused(PKCS12_R_INVALID_NULL_ARGUMENT)
  const key = requireLiveOrNull(pkey, EVP_PKEY, 'pkey')?.key ?? null
  if (pkey !== null && cert !== null && X509_check_private_key(cert, pkey) !== 1) return null
  const [keyCipher, certificateCipher] = [CIPHERS.get(nid_key), CIPHERS.get(nid_cert)]
  if (keyCipher === undefined || certificateCipher === undefined) {
    return refusedCipher(certificateCipher === undefined ? nid_cert : nid_key)
  }
  const own = cert === null ? null : named(cert)
  if (own === undefined || (key !== null && key.type !== 'private')) return refused(PKCS12_R_ENCODE_ERROR)
  const keyId = own === null || key === null ? null : localKeyIdOf(own.certificate)
  const certificates = [
    ...(own === null ? [] : [{ ...own, friendlyName: name ?? own.friendlyName, localKeyId: keyId ?? own.localKeyId }]),
    ...(ca ?? []).map(named),
  ]
  const whole = certificates.filter(one => one !== undefined)
  if (whole.length !== certificates.length) return refused(PKCS12_R_ENCODE_ERROR)
  const protection = {
    keyCipher,
    certificateCipher,
    iterations: iter > 0 ? requireInteger(iter, 'iter') : DEFAULT_ITERATIONS,
    macIterations: mac_iter < 0 ? 0 : requireInteger(mac_iter, 'mac_iter') || DEFAULT_ITERATIONS,
  }
  return made(key, keyId, name, requireInteger(keytype, 'keytype') & 0xff, whole, protection, pass)
}

function made(
  key: KeyObject | null,
  keyId: Uint8Array | null,
  keyName: string | null,
  keyUsage: number,
  certificates: readonly NamedCertificate[],
  protection: Omit<Parameters<typeof writePfx>[0], 'key' | 'keyId' | 'keyName' | 'keyUsage' | 'certificates'>,
  pass: string | null,
): PKCS12 {
  const source = { key, keyId, keyName, keyUsage, certificates, ...protection }
  return new PKCS12(readPfx(writePfx(source, pass, systemRandom)))
}

/** A certificate with what is noted beside it; undefined for one that is not signed. */
function named(x: X509): NamedCertificate | undefined {
  const { certificate } = requireLive(x, X509, 'cert')
  if (certificate === null) return undefined
  const alias = X509_alias_get0(x)
  const friendlyName = alias === null ? null : new TextDecoder().decode(alias)
  return { certificate, friendlyName, localKeyId: X509_keyid_get0(x) }
}

/** RC2 and RC4 of PKCS #12: known, and in no provider that is loaded. */
const LEGACY_CIPHERS: readonly number[] = [144, 145, 148, 149]

function refusedCipher(nid: number): null {
  if (LEGACY_CIPHERS.includes(nid)) raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED, 'a cipher of the legacy provider')
  else raise(ERR_LIB_EVP, EVP_R_UNKNOWN_PBE_ALGORITHM)
  raise(ERR_LIB_PKCS12, PKCS12_R_ENCRYPT_ERROR)
  return refused(PKCS12_R_ENCRYPT_ERROR)
}

function refused(reason: number): null {
  raise(ERR_LIB_PKCS12, reason)
  return null
}

const EVP_R_UNKNOWN_PBE_ALGORITHM = 121
const PKCS12_R_ENCODE_ERROR = 102
const PKCS12_R_ENCRYPT_ERROR = 103
const PKCS12_R_INVALID_NULL_ARGUMENT = 104
const PKCS12_R_INVALID_NULL_PKCS12_POINTER = 105
const PKCS12_R_MAC_ABSENT = 108
const PKCS12_R_MAC_GENERATION_ERROR = 109
const PKCS12_R_MAC_VERIFY_FAILURE = 113
const PKCS12_R_PARSE_ERROR = 114
const PKCS12_R_UNKNOWN_DIGEST_ALGORITHM = 118

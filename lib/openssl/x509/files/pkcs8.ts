import type { KeyObject } from 'node:crypto'
import { utf8 } from '../../../base/bytes.ts'
import { DerReader, Tag } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { decryptPkcs8 } from '../../../pki/pkcs12.ts'
import type { BIO } from '../../bio/bio.ts'
import type { FILE } from '../../bio/file.ts'
import { Counted, type Out, requireInteger, requireLive, requireLiveOrNull } from '../../boundary.ts'
import { ERR_LIB_EVP, ERR_LIB_PKCS12, ERR_LIB_PROV, ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { firstElement, raiseAsn1 } from '../asn1/asn1-errors.ts'
import { readAll } from './pem-bio.ts'
import { onStream } from './stream.ts'

/** A private key that a password protects, still closed (EncryptedPrivateKeyInfo of RFC 5958); opaque. */
export class X509_SIG extends Counted {
  readonly der: Uint8Array

  constructor(der: Uint8Array) {
    super()
    this.der = der
  }
}

/** Gives it up. */
export function X509_SIG_free(a: X509_SIG | null): void {
  requireLiveOrNull(a, X509_SIG, 'a')?.dropReference(() => {})
}

/** A private key, open (PrivateKeyInfo of RFC 5958); opaque. */
export class PKCS8_PRIV_KEY_INFO extends Counted {
  key: KeyObject | null

  constructor(key: KeyObject) {
    super()
    this.key = key
  }
}

/** Gives it up. */
export function PKCS8_PRIV_KEY_INFO_free(a: PKCS8_PRIV_KEY_INFO | null): void {
  const live = requireLiveOrNull(a, PKCS8_PRIV_KEY_INFO, 'a')
  live?.dropReference(() => {
    live.key = null
  })
}

/** Reads one key that is encrypted. @returns null with an ASN1 error */
export function d2i_PKCS8_bio(bp: BIO, p8: Out<X509_SIG | null> | null = null): X509_SIG | null {
  const bytes = readAll(bp)
  const der = firstElement(bytes)
  if (!isEncryptedKey(der)) {
    raiseAsn1(bytes, 'X509_SIG')
    return null
  }
  const sig = new X509_SIG(new Uint8Array(der))
  if (p8 !== null) p8.value = sig
  return sig
}

/** d2i_PKCS8_bio from a stream. */
export function d2i_PKCS8_fp(fp: FILE, p8: Out<X509_SIG | null> | null = null): X509_SIG | null {
  return onStream(fp, null, bio => d2i_PKCS8_bio(bio, p8))
}

function isEncryptedKey(der: Uint8Array): boolean {
  try {
    const reader = new DerReader(der).enter(Tag.sequence)
    reader.next(Tag.sequence)
    reader.next(Tag.octetString)
    return reader.done
  } catch (error) {
    if (error instanceof PkiFailure) return false
    throw error
  }
}

/**
 * Opens it. @param passlen - bytes of `pass`; -1: all of them
 * @returns null with PKCS12_R_PKCS12_CIPHERFINAL_ERROR for a wrong password, or with ERR_R_UNSUPPORTED
 */
export function PKCS8_decrypt(p8: X509_SIG, pass: string | null, passlen: number): PKCS8_PRIV_KEY_INFO | null {
  const { der } = requireLive(p8, X509_SIG, 'p8')
  const all = utf8(pass ?? '')
  const used = all.subarray(0, requireInteger(passlen, 'passlen') < 0 ? all.length : passlen)
  try {
    const password = pass === null ? null : Buffer.from(used).toString()
    return new PKCS8_PRIV_KEY_INFO(decryptPkcs8(der, password))
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseDecrypt(error, passlen === 0)
    return null
  } finally {
    all.fill(0)
  }
}

/** The key in it. */
export function EVP_PKCS82PKEY(p8: PKCS8_PRIV_KEY_INFO): EVP_PKEY | null {
  const { key } = requireLive(p8, PKCS8_PRIV_KEY_INFO, 'p8')
  return key === null ? null : new EVP_PKEY(key)
}

const PROV_R_BAD_DECRYPT = 100
const PKCS12_R_PKCS12_CIPHERFINAL_ERROR = 116

/** Queues what OpenSSL queues when a password does not open, or a cipher is not there. */
export function raiseDecrypt(error: PkiFailure, empty = false): void {
  if (error.reason === 'not-supported') raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED, error.message)
  if (error.reason !== 'bad-decrypt') return
  raise(ERR_LIB_PROV, PROV_R_BAD_DECRYPT)
  raise(ERR_LIB_PKCS12, PKCS12_R_PKCS12_CIPHERFINAL_ERROR, empty ? 'empty password' : 'maybe wrong password')
}

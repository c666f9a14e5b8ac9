import type { KeyObject } from 'node:crypto'
import { Tag } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import type { PemBlock } from '../../../pki/pem.ts'
import { isPrivateKeyLabel, readPrivateKeyDer, readPrivateKeyPem } from '../../../pki/private-key.ts'
import type { BIO } from '../../bio/bio.ts'
import {
  ERR_LIB_ASN1,
  ERR_LIB_CRYPTO,
  ERR_LIB_OSSL_DECODER,
  ERR_LIB_PEM,
  ERR_LIB_PKCS12,
  ERR_LIB_PROV,
  ERR_R_NESTED_ASN1_ERROR,
} from '../../constants/err.ts'
import { PEM_R_BAD_DECRYPT, PEM_R_BAD_PASSWORD_READ, PEM_R_UNSUPPORTED_ENCRYPTION } from '../../constants/pemerr.ts'
import { raise } from '../../err/raise.ts'
import { firstElement } from '../asn1/asn1-errors.ts'
import { PEM_BUFSIZE } from '../constants.ts'
import { readBlock } from './pem-bio.ts'

/**
 * Asks for a pass phrase (pem_password_cb(3)).
 * @param buf - takes it @param size - room in bytes, 1024 @param rwflag - 0 for reading, 1 for writing
 * @param u - what the program gave beside the callback
 * @returns its length in bytes; 0 for an empty one, -1 for none
 */
export type pem_password_cb = (buf: Uint8Array, size: number, rwflag: number, u: unknown) => number

/** The private key next in a BIO; null with the errors of OpenSSL's decoder. */
export function readPrivateKey(bio: BIO, callback: pem_password_cb | null, u: unknown): KeyObject | null {
  const block = nextKeyBlock(bio)
  return block === null ? null : decodeBlock(block, callback, u)
}

function nextKeyBlock(bio: BIO): PemBlock | null {
  try {
    return readBlock(bio, isPrivateKeyLabel)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_OSSL_DECODER, DECODER_UNSUPPORTED, 'No supported data to decode. Input type: PEM')
    return null
  }
}

export function decodeBlock(block: PemBlock, callback: pem_password_cb | null, u: unknown): KeyObject | null {
  const asked = { length: -2 }
  try {
    return readPrivateKeyPem(block, () => passphrase(callback, u, asked))
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    if (error.reason === 'not-supported') raise(ERR_LIB_PEM, PEM_R_UNSUPPORTED_ENCRYPTION)
    else if (asked.length === -1) raiseNoPassphrase(block)
    else if (error.reason === 'bad-decrypt') raiseBadDecrypt(block, asked.length)
    else {
      raise(ERR_LIB_OSSL_DECODER, DECODER_UNSUPPORTED, 'No supported data to decode. Input type: PEM')
      raise(ERR_LIB_ASN1, ASN1_R_WRONG_TAG)
      raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, 'Type=PKCS8_PRIV_KEY_INFO')
    }
    return null
  }
}

const DECODER_UNSUPPORTED = 0x8010c
const ASN1_R_WRONG_TAG = 168
const ASN1_R_NOT_ENOUGH_DATA = 142
const PROV_R_BAD_DECRYPT = 100
const PROV_R_UNABLE_TO_GET_PASSPHRASE = 159
const PKCS12_R_PKCS12_CIPHERFINAL_ERROR = 116
const ERR_R_INTERRUPTED_OR_CANCELLED = 0x80109

/** With no callback the pass phrase is `u`, when that is a text; there is no terminal to ask at. */
function passphrase(callback: pem_password_cb | null, u: unknown, asked: { length: number }): Uint8Array | null {
  asked.length = -1
  const buffer = new Uint8Array(PEM_BUFSIZE)
  const length = callback === null ? given(buffer, u) : callback(buffer, PEM_BUFSIZE, 0, u)
  if (!Number.isInteger(length) || length < 0 || length > PEM_BUFSIZE) return null
  asked.length = length
  return buffer.subarray(0, length)
}

function given(buffer: Uint8Array, u: unknown): number {
  if (typeof u !== 'string') return -1
  return new TextEncoder().encodeInto(u, buffer).written
}

function raiseNoPassphrase(block: PemBlock): void {
  raise(ERR_LIB_CRYPTO, ERR_R_INTERRUPTED_OR_CANCELLED)
  raise(ERR_LIB_CRYPTO, ERR_R_INTERRUPTED_OR_CANCELLED)
  if (block.label === 'ENCRYPTED PRIVATE KEY') {
    raise(ERR_LIB_PROV, PROV_R_UNABLE_TO_GET_PASSPHRASE)
    raise(ERR_LIB_CRYPTO, ERR_R_INTERRUPTED_OR_CANCELLED)
  }
  raise(ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ)
}

function raiseBadDecrypt(block: PemBlock, length: number): void {
  const times = block.label === 'ENCRYPTED PRIVATE KEY' ? 2 : 1
  for (let i = 0; i < times; i++) {
    raise(ERR_LIB_PROV, PROV_R_BAD_DECRYPT)
    if (times === 1) raise(ERR_LIB_PEM, PEM_R_BAD_DECRYPT)
    else
      raise(ERR_LIB_PKCS12, PKCS12_R_PKCS12_CIPHERFINAL_ERROR, length === 0 ? 'empty password' : 'maybe wrong password')
  }
}

/** A private key in DER; null with the errors of OpenSSL's decoder, which differ by how far the bytes go. */
export function decodeKeyDer(der: Uint8Array): KeyObject | null {
  try {
    return readPrivateKeyDer(der)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseKeyDer(der)
    return null
  }
}

function raiseKeyDer(der: Uint8Array): void {
  if (der.length === 0) return
  if (!holdsElement(der)) {
    raise(ERR_LIB_ASN1, ASN1_R_NOT_ENOUGH_DATA)
    return
  }
  for (const structure of ['type-specific', 'PrivateKeyInfo']) {
    raise(
      ERR_LIB_OSSL_DECODER,
      DECODER_UNSUPPORTED,
      `No supported data to decode.  Input type: DER, Input structure: ${structure}`,
    )
  }
  raise(ERR_LIB_OSSL_DECODER, DECODER_UNSUPPORTED, 'No supported data to decode. Input type: DER')
  for (const type of [null, 'Type=RSAPrivateKey', 'Type=PKCS8_PRIV_KEY_INFO']) {
    raise(ERR_LIB_ASN1, ASN1_R_WRONG_TAG)
    raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, type)
  }
}

/** The length in the header does not go beyond the data. */
export function holdsElement(der: Uint8Array): boolean {
  return firstElement(der).length > 0 && der[0] !== Tag.null
}

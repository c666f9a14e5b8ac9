import { fromHex } from '../../base/bytes.ts'
import type { DhParameters } from '../../crypto/dh.ts'
import { DerReader, encodeOid, encodeUnsigned, sequence, Tag } from '../../pki/der.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { objectByName } from '../../pki/objects.ts'
import { writePem } from '../../pki/pem.ts'
import type { BIO } from '../bio/bio.ts'
import { BIO_puts } from '../bio/io.ts'
import { type Out, requireInstance, requireLive } from '../boundary.ts'
import {
  ERR_LIB_OSSL_DECODER,
  ERR_LIB_OSSL_ENCODER,
  ERR_LIB_PEM,
  ERR_R_ASN1_LIB,
  ERR_R_PASSED_INVALID_ARGUMENT,
  ERR_R_UNSUPPORTED,
} from '../constants/err.ts'
import { PEM_STRING_DHPARAMS, PEM_STRING_DHXPARAMS, PEM_STRING_ECPARAMETERS } from '../constants/pem.ts'
import { raise } from '../err/raise.ts'
import { raisePem, readBlock } from '../x509/files/pem-bio.ts'
import type { pem_password_cb } from '../x509/files/private-key.ts'
import { BIGNUM } from './bn.ts'
import { dhParametersOf, readDhParameters } from './dh-parameters.ts'
import { EVP_PKEY } from './pkey.ts'

export { dhParametersOf } from './dh-parameters.ts'

/** The Diffie-Hellman type of the calls before 3.0: prime and generator. */
export class DH {
  parameters: DhParameters | null = null
}

/** Parameters with nothing set. */
export function DH_new(): DH {
  return new DH()
}

/** Forgets the parameters. */
export function DH_free(dh: DH | null): void {
  if (dh !== null) dh.parameters = null
}

/**
 * Sets prime and generator (DH_set0_pqg(3)).
 * @param q - the order of the subgroup, which nothing here needs
 * @returns 1, or 0 when one of both is missing
 */
export function DH_set0_pqg(dh: DH, p: BIGNUM | null, q: BIGNUM | null, g: BIGNUM | null): number {
  void q
  if (p === null || g === null) return 0
  requireInstance(dh, DH, 'dh').parameters = { p: bytesOf(p), g: bytesOf(g) }
  return 1
}

/** Reads prime and generator into `p` and `g`; `q` becomes null. */
export function DH_get0_pqg(
  dh: DH,
  p: Out<BIGNUM | null> | null,
  q: Out<BIGNUM | null> | null,
  g: Out<BIGNUM | null> | null,
): void {
  const { parameters } = requireInstance(dh, DH, 'dh')
  if (p !== null) p.value = parameters === null ? null : numberOf(parameters.p)
  if (q !== null) q.value = null
  if (g !== null) g.value = parameters === null ? null : numberOf(parameters.g)
}

/** Reads the numbers of a key pair into `pub_key` and `priv_key`: null, as there are parameters only. */
export function DH_get0_key(dh: DH, pub_key: Out<BIGNUM | null> | null, priv_key: Out<BIGNUM | null> | null): void {
  requireInstance(dh, DH, 'dh')
  if (pub_key !== null) pub_key.value = null
  if (priv_key !== null) priv_key.value = null
}

/** Puts parameters into a key object. @returns 1, or 0 when there are none */
export function EVP_PKEY_assign_DH(pkey: EVP_PKEY, key: DH | null): number {
  const target = requireLive(pkey, EVP_PKEY, 'pkey')
  if (!key?.parameters) return 0
  target.dhParameters = key.parameters
  target.former = key
  return 1
}

/** EVP_PKEY_assign_DH by another name. */
export const EVP_PKEY_set1_DH: typeof EVP_PKEY_assign_DH = EVP_PKEY_assign_DH

/** The parameters of a key object; null for another kind. */
export function EVP_PKEY_get1_DH(pkey: EVP_PKEY): DH | null {
  const parameters = dhParametersOf(requireLive(pkey, EVP_PKEY, 'pkey'))
  return parameters === null ? null : Object.assign(new DH(), { parameters })
}

/** EVP_PKEY_get1_DH by another name. */
export const EVP_PKEY_get0_DH: typeof EVP_PKEY_get1_DH = EVP_PKEY_get1_DH

/**
 * Reads the next Diffie-Hellman parameters, `DH PARAMETERS` or `X9.42 DH PARAMETERS` (PEM_read_bio_DHparams(3)).
 * @param x - takes them as well, when given
 * @returns null with PEM_R_NO_START_LINE at the end, another PEM error, or ERR_R_ASN1_LIB
 */
export function PEM_read_bio_DHparams(
  bp: BIO,
  x: Out<DH | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): DH | null {
  void cb
  void u
  const parameters = readParameters(bp, failure => raisePem(failure, PEM_STRING_DHPARAMS))
  if (parameters === null) return null
  const dh = Object.assign(new DH(), { parameters })
  if (x !== null) x.value = dh
  return dh
}

/** PEM_read_bio_DHparams as a key object, with the decoder's error: the only parameters that are read here. */
export function PEM_read_bio_Parameters(bp: BIO, x: Out<EVP_PKEY | null> | null = null): EVP_PKEY | null {
  const parameters = readParameters(bp, () =>
    raise(ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED, 'No supported data to decode. Input type: PEM'),
  )
  if (parameters === null) return null
  const pkey = new EVP_PKEY(null)
  pkey.dhParameters = parameters
  if (x !== null) x.value = pkey
  return pkey
}

/** Writes prime and generator as `DH PARAMETERS`. @returns 1, or 0 when they are not set */
export function PEM_write_bio_DHparams(out: BIO, dh: DH): number {
  const { parameters } = requireInstance(dh, DH, 'dh')
  return parameters === null ? 0 : putPem(out, PEM_STRING_DHPARAMS, encodeParameters(parameters))
}

/**
 * Writes what keys have in common: prime and generator of Diffie-Hellman, the name of an EC key's curve.
 * @returns 1; 0 for other kinds, with an error for an empty key
 */
export function PEM_write_bio_Parameters(out: BIO, x: EVP_PKEY): number {
  const { key } = requireLive(x, EVP_PKEY, 'x')
  const parameters = dhParametersOf(x)
  if (parameters !== null) return putPem(out, PEM_STRING_DHPARAMS, encodeParameters(parameters))
  if (key === null) {
    raise(ERR_LIB_OSSL_ENCODER, ERR_R_PASSED_INVALID_ARGUMENT, 'The passed EVP_PKEY must be assigned a key')
    return 0
  }
  const oid = objectByName(key.asymmetricKeyDetails?.namedCurve ?? '')?.oid
  return oid === undefined ? 0 : putPem(out, PEM_STRING_ECPARAMETERS, encodeOid(oid))
}

/** PKCS#3. */
function encodeParameters({ p, g }: DhParameters): Uint8Array {
  return sequence(encodeUnsigned(p), encodeUnsigned(g))
}

function putPem(out: BIO, label: string, der: Uint8Array): number {
  return Number(BIO_puts(out, writePem(label, der)) > 0)
}

function readParameters(bio: BIO, refuse: (failure: PkiFailure) => void): DhParameters | null {
  try {
    const { data } = readBlock(bio, label => label === PEM_STRING_DHPARAMS || label === PEM_STRING_DHXPARAMS)
    return decode(data)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    refuse(error)
    return null
  }
}

function decode(data: Uint8Array): DhParameters | null {
  try {
    const outer = new DerReader(data)
    const { contents } = outer.next(Tag.sequence)
    outer.end()
    return readDhParameters(contents)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
    return null
  }
}

function bytesOf({ value }: BIGNUM): Uint8Array {
  const digits = value.toString(16)
  return fromHex(digits.length % 2 === 0 ? digits : `0${digits}`)
}

function numberOf(bytes: Uint8Array): BIGNUM {
  return Object.assign(new BIGNUM(), { value: BigInt(`0x${Buffer.from(bytes).toString('hex')}`) })
}

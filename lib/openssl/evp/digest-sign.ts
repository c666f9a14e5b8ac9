import { createHmac, type KeyObject, sign, verify } from 'node:crypto'
import { concat, copy } from '../../base/bytes.ts'
import { DerReader, readInteger, Tag } from '../../pki/der.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { type Out, requireBytes, requireInstance, requireLength, requireLive } from '../boundary.ts'
import { ERR_LIB_EVP, ERR_LIB_PROV, ERR_LIB_RSA, ERR_R_RSA_LIB } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { EVP_MD, EVP_MD_CTX, EVP_sha256 } from './md.ts'
import { EVP_PKEY, EVP_PKEY_get_size, kindOf } from './pkey.ts'
import { type EVP_PKEY_CTX, EVP_PKEY_CTX_free, EVP_PKEY_CTX_new } from './pkey-ctx.ts'

/** A signature under way: the data waits until it is whole, because Node signs data, not digests. */
export class Signature {
  readonly pctx: EVP_PKEY_CTX
  readonly md: EVP_MD | null
  readonly verifying: boolean
  data: Uint8Array[] = []

  constructor(pctx: EVP_PKEY_CTX, md: EVP_MD | null, verifying: boolean) {
    this.pctx = pctx
    this.md = md
    this.verifying = verifying
  }

  close(): void {
    this.data = []
    EVP_PKEY_CTX_free(this.pctx)
  }
}

/** The kinds that sign; those of Edwards hash by themselves, and HMAC is not checked but made again. */
const SIGNING: readonly string[] = ['rsa', 'rsa-pss', 'ec', 'ed25519', 'ed448', 'hmac']
const hashesItself = (kind: string): boolean => kind.startsWith('ed')

/**
 * Begins a signature (EVP_DigestSignInit(3)).
 * @param pctx - takes the context of the key, for EVP_PKEY_CTX_set_rsa_padding; it is the library's
 * @param type - null: SHA-256, or none for Ed25519 and Ed448, which take no other; HMAC wants one
 * @returns 1; 0 with an error for a key that does not sign, or a digest that does not fit
 */
export function EVP_DigestSignInit(
  ctx: EVP_MD_CTX,
  pctx: Out<EVP_PKEY_CTX | null> | null,
  type: EVP_MD | null,
  e: unknown,
  pkey: EVP_PKEY,
): number {
  return begin(ctx, pctx, type, e, pkey, false)
}

/** Begins to check a signature (EVP_DigestVerifyInit(3)); parameters and results as EVP_DigestSignInit. */
export function EVP_DigestVerifyInit(
  ctx: EVP_MD_CTX,
  pctx: Out<EVP_PKEY_CTX | null> | null,
  type: EVP_MD | null,
  e: unknown,
  pkey: EVP_PKEY,
): number {
  return begin(ctx, pctx, type, e, pkey, true)
}

function begin(
  ctx: EVP_MD_CTX,
  pctx: Out<EVP_PKEY_CTX | null> | null,
  type: EVP_MD | null,
  e: unknown,
  pkey: EVP_PKEY,
  verifying: boolean,
): number {
  const kind = kindOf(requireLive(pkey, EVP_PKEY, 'pkey'))
  if (!SIGNING.includes(kind)) return failed(ERR_LIB_EVP, EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE)
  if (type !== null && hashesItself(kind)) return failed(ERR_LIB_PROV, PROV_R_INVALID_DIGEST)
  if (kind === 'hmac' && verifying) return failed(ERR_LIB_EVP, EVP_R_INITIALIZATION_ERROR)
  if (kind === 'hmac' && type === null) return failed(ERR_LIB_EVP, EVP_R_NO_DEFAULT_DIGEST)
  const made = EVP_PKEY_CTX_new(pkey, e)
  if (made === null) return 0
  if (kind === 'rsa-pss') made.padding = RSA_PKCS1_PSS_PADDING
  const md = hashesItself(kind) ? null : requireInstance(type ?? EVP_sha256(), EVP_MD, 'type')
  requireInstance(ctx, EVP_MD_CTX, 'ctx').signature?.close()
  ctx.signature = new Signature(made, md, verifying)
  if (pctx !== null) pctx.value = made
  return 1
}

/**
 * Adds data, which is copied.
 * @param dsize - bytes of `data`; all of it when left out
 * @returns 1; 0 with an error before EVP_DigestSignInit, or for Ed25519 and Ed448
 */
export function EVP_DigestSignUpdate(ctx: EVP_MD_CTX, data: Uint8Array, dsize?: number): number {
  return add(ctx, data, dsize, false)
}

/**
 * Adds data to what is checked (EVP_DigestVerifyUpdate(3)).
 * @param dsize - bytes of `data`; all when left out
 * @returns 1; 0 with EVP_R_OPERATION_NOT_INITIALIZED, or for Ed25519 and Ed448 with ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED
 */
export function EVP_DigestVerifyUpdate(ctx: EVP_MD_CTX, data: Uint8Array, dsize?: number): number {
  return add(ctx, data, dsize, true)
}

function add(ctx: EVP_MD_CTX, data: Uint8Array, size: number | undefined, verifying: boolean): number {
  const signature = under(ctx, verifying)
  if (signature === null) return 0
  if (signature.md === null) return failed(ERR_LIB_EVP, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
  signature.data.push(copy(data.subarray(0, requireLength(size, requireBytes(data, 'data'), 'dsize'))))
  return 1
}

/**
 * The signature over what was added (EVP_DigestSignFinal(3)).
 * @param sigret - takes it; null: only the largest length is wanted
 * @param siglen - the room in bytes; takes the length
 * @returns 1; 0 with an error without room or before EVP_DigestSignInit
 */
export function EVP_DigestSignFinal(ctx: EVP_MD_CTX, sigret: Uint8Array | null, siglen: Out<number>): number {
  const signature = under(ctx, false)
  return signature === null ? 0 : signed(signature, concat(...signature.data), sigret, siglen)
}

/**
 * EVP_DigestSignUpdate and EVP_DigestSignFinal in one (EVP_DigestSign(3)), the only way for Ed25519 and Ed448.
 * @param sigret - null: `siglen` takes the largest length of a signature, in bytes
 * @param siglen - the room in `sigret`; takes the length of the signature
 * @param tbslen - bytes of `tbs`; all when left out
 * @returns 1; 0 with EVP_R_OPERATION_NOT_INITIALIZED, PROV_R_NOT_A_PRIVATE_KEY, PROV_R_INVALID_SIGNATURE_SIZE or
 *   RSA_R_DIGEST_TOO_BIG_FOR_RSA_KEY
 */
export function EVP_DigestSign(
  ctx: EVP_MD_CTX,
  sigret: Uint8Array | null,
  siglen: Out<number>,
  tbs: Uint8Array,
  tbslen?: number,
): number {
  const signature = under(ctx, false)
  const data = tbs.subarray(0, requireLength(tbslen, requireBytes(tbs, 'tbs'), 'tbslen'))
  return signature === null ? 0 : signed(signature, concat(...signature.data, data), sigret, siglen)
}

function signed({ pctx, md }: Signature, data: Uint8Array, out: Uint8Array | null, length: Out<number>): number {
  const key = pctx.pkey?.key ?? null
  if (key?.type === 'secret' && md !== null) return authenticated(key, md, data, out, length)
  if (pctx.pkey === null || key?.type !== 'private') return failed(ERR_LIB_PROV, PROV_R_NOT_A_PRIVATE_KEY)
  const largest = EVP_PKEY_get_size(pctx.pkey)
  if (out !== null) {
    if (length.value < largest) return failed(ERR_LIB_PROV, PROV_R_INVALID_SIGNATURE_SIZE)
    try {
      const made = sign(md?.name ?? null, data, { key, ...paddingOf(pctx) })
      requireBytes(out, 'sigret').set(made)
      length.value = made.length
      return 1
    } catch (error) {
      // The room is the program's to give; all else is a key that is too short for the digest.
      if (error instanceof RangeError) throw new TypeError(`sigret: ${largest} bytes are needed`)
      return failed(ERR_LIB_RSA, RSA_R_DIGEST_TOO_BIG_FOR_RSA_KEY)
    }
  }
  length.value = largest
  return 1
}

function authenticated(
  key: KeyObject,
  md: EVP_MD,
  data: Uint8Array,
  out: Uint8Array | null,
  length: Out<number>,
): number {
  if (out !== null) {
    if (length.value < md.size) return failed(ERR_LIB_EVP, EVP_R_BUFFER_TOO_SMALL)
    if (requireBytes(out, 'sigret').length < md.size) throw new TypeError(`sigret: ${md.size} bytes are needed`)
    out.set(createHmac(md.name, key).update(data).digest())
  }
  length.value = md.size
  return 1
}

/**
 * Checks a signature over what was added (EVP_DigestVerifyFinal(3)).
 * @param siglen - bytes of `sig`; all of it when left out
 * @returns 1, 0, or -1 for what cannot be one
 */
export function EVP_DigestVerifyFinal(ctx: EVP_MD_CTX, sig: Uint8Array, siglen?: number): number {
  const signature = under(ctx, true)
  const bytes = sig.subarray(0, requireLength(siglen, requireBytes(sig, 'sig'), 'siglen'))
  return signature === null ? 0 : verified(signature, concat(...signature.data), bytes)
}

/**
 * EVP_DigestVerifyUpdate and EVP_DigestVerifyFinal in one (EVP_DigestVerify(3)).
 * @param sigret, siglen - the signature and its length in bytes; all of it when left out
 * @param tbslen - bytes of `tbs`; all when left out
 * @returns 1 for the right signature; 0 for a wrong one, with RSA_R_BAD_SIGNATURE or RSA_R_WRONG_SIGNATURE_LENGTH of an RSA
 *   key; -1 for one of ECDSA that is no pair of numbers
 */
export function EVP_DigestVerify(
  ctx: EVP_MD_CTX,
  sigret: Uint8Array,
  siglen: number | undefined,
  tbs: Uint8Array,
  tbslen?: number,
): number {
  const signature = under(ctx, true)
  const bytes = sigret.subarray(0, requireLength(siglen, requireBytes(sigret, 'sigret'), 'siglen'))
  const data = tbs.subarray(0, requireLength(tbslen, requireBytes(tbs, 'tbs'), 'tbslen'))
  return signature === null ? 0 : verified(signature, concat(...signature.data, data), bytes)
}

function verified({ pctx, md }: Signature, data: Uint8Array, bytes: Uint8Array): number {
  const key = pctx.pkey?.key ?? null
  if (key === null) return 0
  if (pctx.kind === 'ec' && !isPair(bytes)) return -1
  try {
    if (verify(md?.name ?? null, data, { key, ...paddingOf(pctx) }, bytes)) return 1
  } catch {
    // A signature that Node cannot even look at is a wrong one.
  }
  if (!pctx.kind.startsWith('rsa')) return 0
  const whole = pctx.pkey !== null && bytes.length === EVP_PKEY_get_size(pctx.pkey)
  raise(ERR_LIB_RSA, whole ? RSA_R_BAD_SIGNATURE : RSA_R_WRONG_SIGNATURE_LENGTH)
  return failed(ERR_LIB_PROV, ERR_R_RSA_LIB)
}

function paddingOf({ kind, padding, saltLength }: EVP_PKEY_CTX): { padding?: number; saltLength?: number } {
  if (!kind.startsWith('rsa')) return {}
  return padding === RSA_PKCS1_PSS_PADDING ? { padding, saltLength } : { padding }
}

/** ECDSA-Sig-Value (RFC 3279 section 2.2.3). */
function isPair(bytes: Uint8Array): boolean {
  try {
    const outer = new DerReader(bytes)
    const reader = outer.enter(Tag.sequence)
    readInteger(reader)
    readInteger(reader)
    return reader.done && outer.done
  } catch (error) {
    if (error instanceof PkiFailure) return false
    throw error
  }
}

function under(ctx: EVP_MD_CTX, verifying: boolean): Signature | null {
  const { signature } = requireInstance(ctx, EVP_MD_CTX, 'ctx')
  if (signature !== null && signature.verifying === verifying) return signature
  raise(ERR_LIB_EVP, EVP_R_OPERATION_NOT_INITIALIZED)
  return null
}

function failed(lib: number, reason: number): 0 {
  raise(lib, reason)
  return 0
}

const RSA_PKCS1_PSS_PADDING = 6
const EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE = 150
const EVP_R_OPERATION_NOT_INITIALIZED = 151
const EVP_R_INITIALIZATION_ERROR = 134
const EVP_R_BUFFER_TOO_SMALL = 155
const EVP_R_NO_DEFAULT_DIGEST = 158
const ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED = 0xc0101
const PROV_R_INVALID_DIGEST = 122
const PROV_R_INVALID_SIGNATURE_SIZE = 179
const PROV_R_NOT_A_PRIVATE_KEY = 220
const RSA_R_BAD_SIGNATURE = 104
const RSA_R_DIGEST_TOO_BIG_FOR_RSA_KEY = 112
const RSA_R_WRONG_SIGNATURE_LENGTH = 119

import { createHash, createHmac, getHashes, type Hash, type Hmac } from 'node:crypto'
import { type Out, requireBytes, requireInstance, requireLength } from '../boundary.ts'
import { ERR_LIB_EVP, ERR_R_UNSUPPORTED } from '../constants/err.ts'
import { EVP_MAX_MD_SIZE } from '../constants/evp.ts'
import { raise } from '../err/raise.ts'
import { OBJ_nid2sn } from '../x509/asn1/objects.ts'
import type { Signature } from './digest-sign.ts'

/** A digest algorithm. `name` is Node's name for it. */
export class EVP_MD {
  readonly name: string
  readonly nid: number
  /** Length of the digest in bytes. */
  readonly size: number
  /** Length of the block in bytes. */
  readonly blockSize: number

  constructor(name: string, nid: number, size: number, blockSize: number) {
    this.name = name
    this.nid = nid
    this.size = size
    this.blockSize = blockSize
  }
}

const MD5 = new EVP_MD('md5', 4, 16, 64)
const SHA1 = new EVP_MD('sha1', 64, 20, 64)
const MD5_SHA1 = new EVP_MD('md5-sha1', 114, 36, 64)
const SHA224 = new EVP_MD('sha224', 675, 28, 64)
const SHA256 = new EVP_MD('sha256', 672, 32, 64)
const SHA384 = new EVP_MD('sha384', 673, 48, 128)
const SHA512 = new EVP_MD('sha512', 674, 64, 128)
const SHA512_224 = new EVP_MD('sha512-224', 1094, 28, 128)
const SHA512_256 = new EVP_MD('sha512-256', 1095, 32, 128)
const SHA3_224 = new EVP_MD('sha3-224', 1096, 28, 144)
const SHA3_256 = new EVP_MD('sha3-256', 1097, 32, 136)
const SHA3_384 = new EVP_MD('sha3-384', 1098, 48, 104)
const SHA3_512 = new EVP_MD('sha3-512', 1099, 64, 72)
/** Any length may be asked of these; 3.0 gives as much as the first number says when nobody asks. */
const SHAKE128 = new EVP_MD('shake128', 1100, 16, 168)
const SHAKE256 = new EVP_MD('shake256', 1101, 32, 136)
const NONE = new EVP_MD('null', 0, 0, 0)
const ALL: readonly EVP_MD[] = [
  MD5,
  SHA1,
  MD5_SHA1,
  SHA224,
  SHA256,
  SHA384,
  SHA512,
  SHA512_224,
  SHA512_256,
  SHA3_224,
  SHA3_256,
  SHA3_384,
  SHA3_512,
  SHAKE128,
  SHAKE256,
]

/** The digest algorithms (EVP_sha256(3) and its kin); constants, to be compared with `===`. */
export const EVP_md5 = (): EVP_MD => MD5
export const EVP_sha1 = (): EVP_MD => SHA1
export const EVP_md5_sha1 = (): EVP_MD => MD5_SHA1
export const EVP_sha224 = (): EVP_MD => SHA224
export const EVP_sha256 = (): EVP_MD => SHA256
export const EVP_sha384 = (): EVP_MD => SHA384
export const EVP_sha512 = (): EVP_MD => SHA512
export const EVP_sha512_224 = (): EVP_MD => SHA512_224
export const EVP_sha512_256 = (): EVP_MD => SHA512_256
export const EVP_sha3_224 = (): EVP_MD => SHA3_224
export const EVP_sha3_256 = (): EVP_MD => SHA3_256
export const EVP_sha3_384 = (): EVP_MD => SHA3_384
export const EVP_sha3_512 = (): EVP_MD => SHA3_512
export const EVP_shake128 = (): EVP_MD => SHAKE128
export const EVP_shake256 = (): EVP_MD => SHAKE256

/** The digest of no bytes, whatever is digested. */
export const EVP_md_null = (): EVP_MD => NONE

/** The digest with a name in any case, `SHA256` or `sha2-256`; null for an unknown one. */
export function EVP_get_digestbyname(name: string | null): EVP_MD | null {
  const wanted = (name ?? '').toLowerCase().replace(/^sha2-/, 'sha')
  return ALL.find(md => md.name === wanted || md.name.replace('-', '') === wanted.replace('-', '')) ?? null
}

/** The digest with a number (NID_*); null for an unknown one. */
export function EVP_get_digestbynid(type: number): EVP_MD | null {
  return ALL.find(md => md.nid === type) ?? null
}

/**
 * EVP_get_digestbyname, with an error for an unknown one (EVP_MD_fetch(3)).
 * @returns null with ERR_R_UNSUPPORTED
 */
export function EVP_MD_fetch(ctx: unknown, algorithm: string, properties: string | null): EVP_MD | null {
  void ctx
  const md = EVP_get_digestbyname(algorithm)
  if (md === null) {
    const wanted = `Algorithm (${algorithm} : 0), Properties (${properties ?? '<null>'})`
    raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED, `Global default library context, ${wanted}`)
  }
  return md
}

/** Does nothing: digests are constants here. @harmless digests are constants */
export function EVP_MD_free(md: EVP_MD | null): void {
  void md
}

/** Does nothing. @returns 1 @harmless digests are constants */
export function EVP_MD_up_ref(md: EVP_MD): number {
  return Number(mdOf(md) === md)
}

const mdOf = (md: unknown, name = 'md'): EVP_MD => requireInstance(md, EVP_MD, name)

/** Length of the digest in bytes. */
export function EVP_MD_get_size(md: EVP_MD): number {
  return mdOf(md).size
}

/** EVP_MD_get_size by another name. */
export const EVP_MD_size: typeof EVP_MD_get_size = EVP_MD_get_size

/** Length of the block in bytes. */
export function EVP_MD_get_block_size(md: EVP_MD): number {
  return mdOf(md).blockSize
}

/** EVP_MD_get_block_size by another name. */
export const EVP_MD_block_size: typeof EVP_MD_get_block_size = EVP_MD_get_block_size

/** NID_* of the algorithm. */
export function EVP_MD_get_type(md: EVP_MD): number {
  return mdOf(md).nid
}

/** EVP_MD_get_type by another name. */
export const EVP_MD_type: typeof EVP_MD_get_type = EVP_MD_get_type

/** The short name, such as `SHA256`. */
export function EVP_MD_get0_name(md: EVP_MD): string {
  return OBJ_nid2sn(mdOf(md).nid) ?? mdOf(md).name
}

/** A digest over several pieces. */
export class EVP_MD_CTX {
  md: EVP_MD | null = null
  hash: Hash | null = null
  /** For EVP_DigestSign and EVP_DigestVerify and their kin. */
  signature: Signature | null = null
}

/** A context without a digest. */
export function EVP_MD_CTX_new(): EVP_MD_CTX {
  return new EVP_MD_CTX()
}

/** EVP_MD_CTX_new by another name. */
export const EVP_MD_CTX_create: typeof EVP_MD_CTX_new = EVP_MD_CTX_new

/** Forgets the digest. */
export function EVP_MD_CTX_free(ctx: EVP_MD_CTX | null): void {
  if (ctx === null) return
  ctx.hash = null
  ctx.signature?.close()
  ctx.signature = null
}

/** EVP_MD_CTX_free by another name. */
export const EVP_MD_CTX_destroy: typeof EVP_MD_CTX_free = EVP_MD_CTX_free

/** Length of the digest in bytes; 0 before EVP_DigestInit_ex. */
export function EVP_MD_CTX_size(ctx: EVP_MD_CTX): number {
  return ctx.md?.size ?? 0
}

/** Begins a digest. @param type - null: the same as before @returns 1, or 0 when the runtime does not have it */
export function EVP_DigestInit_ex(ctx: EVP_MD_CTX, type: EVP_MD | null, impl: unknown = null): number {
  void impl
  const md = type ?? ctx.md
  if (md === null || !available(md)) return 0
  ctx.md = md
  ctx.hash = hashOf(md)
  return 1
}

/** EVP_DigestInit_ex by another name. */
export const EVP_DigestInit: typeof EVP_DigestInit_ex = EVP_DigestInit_ex

/**
 * Adds data to a digest (EVP_DigestUpdate(3)).
 * @param count - bytes of `data`; all of it when left out
 * @returns 1, or 0 before EVP_DigestInit_ex
 */
export function EVP_DigestUpdate(ctx: EVP_MD_CTX, data: Uint8Array, count?: number): number {
  if (ctx.hash === null) return 0
  ctx.hash.update(data.subarray(0, requireLength(count, requireBytes(data, 'data'), 'count')))
  return 1
}

/**
 * Ends a digest.
 * @param md - takes the digest
 * @param size - takes its length
 * @returns 1, or 0 before EVP_DigestInit_ex
 */
export function EVP_DigestFinal_ex(ctx: EVP_MD_CTX, md: Uint8Array, size: Out<number> | null = null): number {
  if (ctx.hash === null) return 0
  deliver(ctx.hash, md, size)
  ctx.hash = null
  return 1
}

/** EVP_DigestFinal_ex by another name. */
export const EVP_DigestFinal: typeof EVP_DigestFinal_ex = EVP_DigestFinal_ex

/**
 * A digest in one call (EVP_Digest(3)).
 * @param count - bytes of `data`; all of it when left out
 * @param size - takes the length of the digest in bytes
 * @returns 1, or 0 when the runtime does not have it
 */
export function EVP_Digest(
  data: Uint8Array,
  count: number | undefined,
  md: Uint8Array,
  size: Out<number> | null,
  type: EVP_MD,
  impl: unknown = null,
): number {
  const ctx = EVP_MD_CTX_new()
  return Number(
    EVP_DigestInit_ex(ctx, type, impl) === 1 &&
      EVP_DigestUpdate(ctx, data, count) === 1 &&
      EVP_DigestFinal_ex(ctx, md, size) === 1,
  )
}

/**
 * A message authentication code in one call (HMAC(3)).
 * @param key_len - bytes of `key`; all of it when left out
 * @param md - takes the code, EVP_MD_size bytes; null: a new buffer
 * @param md_len - takes its length
 * @param data_len - bytes of `data`; all of it when left out
 * @returns the buffer with the code, or null when the digest is not known
 */
export function HMAC(
  evp_md: EVP_MD,
  key: Uint8Array | string,
  key_len: number | undefined,
  data: Uint8Array,
  data_len?: number,
  md: Uint8Array | null = null,
  md_len: Out<number> | null = null,
): Uint8Array | null {
  const secret = typeof key === 'string' ? Buffer.from(key, 'utf8') : requireBytes(key, 'key')
  const used = secret.subarray(0, requireLength(key_len, secret, 'key_len'))
  const input = data.subarray(0, requireLength(data_len, requireBytes(data, 'data'), 'data_len'))
  if (!available(mdOf(evp_md, 'evp_md'))) return null
  const out = md ?? new Uint8Array(EVP_MAX_MD_SIZE).subarray(0, evp_md.size)
  deliver(createHmac(evp_md.name, used).update(input), out, md_len)
  return out
}

/** An HMAC over several pieces (HMAC_CTX_new(3)). */
export class HMAC_CTX {
  md: EVP_MD | null = null
  key: Uint8Array | null = null
  hmac: Hmac | null = null
}

/** A context without a key. */
export function HMAC_CTX_new(): HMAC_CTX {
  return new HMAC_CTX()
}

/** Wipes the key. */
export function HMAC_CTX_free(ctx: HMAC_CTX | null): void {
  ctx?.key?.fill(0)
  if (ctx !== null) ctx.hmac = ctx.key = null
}

/**
 * Begins.
 * @param key - null: the same as before
 * @param md - null: the same as before
 * @param len - bytes of `key`; all of it when left out
 * @returns 1, or 0 without a key or a digest
 */
export function HMAC_Init_ex(
  ctx: HMAC_CTX,
  key: Uint8Array | null,
  len: number | undefined,
  md: EVP_MD | null = null,
  impl: unknown = null,
): number {
  void impl
  ctx.md = md ?? ctx.md
  if (key !== null) ctx.key = new Uint8Array(key.subarray(0, requireLength(len, requireBytes(key, 'key'), 'len')))
  if (ctx.md === null || ctx.key === null || !available(ctx.md)) return 0
  ctx.hmac = createHmac(ctx.md.name, ctx.key)
  return 1
}

/**
 * Adds data (HMAC_Update(3)).
 * @param len - bytes of `data`; all of it when left out
 * @returns 1, or 0 before HMAC_Init_ex
 */
export function HMAC_Update(ctx: HMAC_CTX, data: Uint8Array, len?: number): number {
  if (ctx.hmac === null) return 0
  ctx.hmac.update(data.subarray(0, requireLength(len, requireBytes(data, 'data'), 'len')))
  return 1
}

/** Ends. @param md - takes the code @param len - takes its length @returns 1, or 0 before HMAC_Init_ex */
export function HMAC_Final(ctx: HMAC_CTX, md: Uint8Array, len: Out<number> | null = null): number {
  if (ctx.hmac === null) return 0
  deliver(ctx.hmac, md, len)
  ctx.hmac = null
  return 1
}

function deliver(source: Hash | Hmac, md: Uint8Array, size: Out<number> | null): void {
  const result = source.digest()
  if (requireBytes(md, 'md').length < result.length) throw new TypeError(`md: ${result.length} bytes are needed`)
  md.set(result)
  if (size !== null) size.value = result.length
}

const known = new Set(getHashes().map(name => name.toLowerCase()))
const available = (md: EVP_MD): boolean => md === NONE || known.has(md.name)

/** No algorithm of Node's gives nothing: of SHAKE128 nothing is asked. */
const hashOf = (md: EVP_MD): Hash =>
  md === NONE ? createHash('shake128', { outputLength: 0 }) : createHash(md.name, lengthOf(md))

/** Newer releases of OpenSSL want to be told how much of a SHAKE is wanted. */
const lengthOf = ({ name, size }: EVP_MD): { outputLength?: number } =>
  name.startsWith('shake') ? { outputLength: size } : {}

import {
  type Cipher,
  type CipherGCM,
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  type Decipher,
  type DecipherGCM,
} from 'node:crypto'
import { type Out, requireBytes, requireInstance, requireLength } from '../boundary.ts'
import { ERR_LIB_EVP } from '../constants/err.ts'
import {
  EVP_CIPH_CBC_MODE,
  EVP_CIPH_GCM_MODE,
  EVP_CIPH_STREAM_CIPHER,
  EVP_CTRL_AEAD_SET_IVLEN,
  EVP_CTRL_AEAD_SET_TAG,
  EVP_CTRL_CCM_GET_TAG,
} from '../constants/evp.ts'
import { raise } from '../err/raise.ts'

/** A cipher with a key length. `name` is Node's name for it. */
export class EVP_CIPHER {
  readonly name: string
  readonly nid: number
  /** Bytes. */
  readonly keyLength: number
  /** Bytes. */
  readonly ivLength: number
  /** Bytes; 1 for a stream. */
  readonly blockSize: number
  /** EVP_CIPH_*_MODE. */
  readonly mode: number

  constructor(name: string, nid: number, keyLength: number, ivLength: number, blockSize: number, mode: number) {
    this.name = name
    this.nid = nid
    this.keyLength = keyLength
    this.ivLength = ivLength
    this.blockSize = blockSize
    this.mode = mode
  }
}

const ECB_MODE = 1
const CFB_MODE = 3
const OFB_MODE = 4
const CTR_MODE = 5
const XTS_MODE = 0x10001
const AES_BITS = [128, 192, 256] as const
const aes = (
  kind: string,
  nids: readonly [number, number, number],
  iv: number,
  block: number,
  mode: number,
): EVP_CIPHER[] =>
  AES_BITS.map((bits, index) => new EVP_CIPHER(`aes-${bits}-${kind}`, nids[index] ?? 0, bits / 8, iv, block, mode))

const ALL: readonly EVP_CIPHER[] = [
  ...aes('cbc', [419, 423, 427], 16, 16, EVP_CIPH_CBC_MODE),
  ...aes('ecb', [418, 422, 426], 0, 16, ECB_MODE),
  ...aes('ctr', [904, 905, 906], 16, 1, CTR_MODE),
  ...aes('cfb', [421, 425, 429], 16, 1, CFB_MODE),
  ...aes('cfb1', [650, 651, 652], 16, 1, CFB_MODE),
  ...aes('cfb8', [653, 654, 655], 16, 1, CFB_MODE),
  ...aes('ofb', [420, 424, 428], 16, 1, OFB_MODE),
  ...aes('gcm', [895, 898, 901], 12, 1, EVP_CIPH_GCM_MODE),
  // Two keys of AES in one (IEEE 1619).
  new EVP_CIPHER('aes-128-xts', 913, 32, 16, 1, XTS_MODE),
  new EVP_CIPHER('aes-256-xts', 914, 64, 16, 1, XTS_MODE),
  new EVP_CIPHER('des-ede3-cbc', 44, 24, 8, 8, EVP_CIPH_CBC_MODE),
  new EVP_CIPHER('chacha20-poly1305', 1018, 32, 12, 1, EVP_CIPH_STREAM_CIPHER),
]

function named(name: string): () => EVP_CIPHER {
  const cipher = ALL.find(row => row.name === name)
  if (cipher === undefined) throw new Error(`no row for ${name}`)
  return () => cipher
}

/** The ciphers (EVP_aes_128_gcm(3) and its kin); constants, to be compared with `===`. */
export const EVP_aes_128_cbc: () => EVP_CIPHER = named('aes-128-cbc')
export const EVP_aes_192_cbc: () => EVP_CIPHER = named('aes-192-cbc')
export const EVP_aes_256_cbc: () => EVP_CIPHER = named('aes-256-cbc')
export const EVP_aes_128_ecb: () => EVP_CIPHER = named('aes-128-ecb')
export const EVP_aes_192_ecb: () => EVP_CIPHER = named('aes-192-ecb')
export const EVP_aes_256_ecb: () => EVP_CIPHER = named('aes-256-ecb')
export const EVP_aes_128_ctr: () => EVP_CIPHER = named('aes-128-ctr')
export const EVP_aes_192_ctr: () => EVP_CIPHER = named('aes-192-ctr')
export const EVP_aes_256_ctr: () => EVP_CIPHER = named('aes-256-ctr')
export const EVP_aes_128_cfb128: () => EVP_CIPHER = named('aes-128-cfb')
export const EVP_aes_192_cfb128: () => EVP_CIPHER = named('aes-192-cfb')
export const EVP_aes_256_cfb128: () => EVP_CIPHER = named('aes-256-cfb')
export const EVP_aes_128_cfb1: () => EVP_CIPHER = named('aes-128-cfb1')
export const EVP_aes_192_cfb1: () => EVP_CIPHER = named('aes-192-cfb1')
export const EVP_aes_256_cfb1: () => EVP_CIPHER = named('aes-256-cfb1')
export const EVP_aes_128_cfb8: () => EVP_CIPHER = named('aes-128-cfb8')
export const EVP_aes_192_cfb8: () => EVP_CIPHER = named('aes-192-cfb8')
export const EVP_aes_256_cfb8: () => EVP_CIPHER = named('aes-256-cfb8')
export const EVP_aes_128_ofb: () => EVP_CIPHER = named('aes-128-ofb')
export const EVP_aes_192_ofb: () => EVP_CIPHER = named('aes-192-ofb')
export const EVP_aes_256_ofb: () => EVP_CIPHER = named('aes-256-ofb')
export const EVP_aes_128_cfb: () => EVP_CIPHER = EVP_aes_128_cfb128
export const EVP_aes_192_cfb: () => EVP_CIPHER = EVP_aes_192_cfb128
export const EVP_aes_256_cfb: () => EVP_CIPHER = EVP_aes_256_cfb128
export const EVP_aes_128_xts: () => EVP_CIPHER = named('aes-128-xts')
export const EVP_aes_256_xts: () => EVP_CIPHER = named('aes-256-xts')
export const EVP_aes_128_gcm: () => EVP_CIPHER = named('aes-128-gcm')
export const EVP_aes_192_gcm: () => EVP_CIPHER = named('aes-192-gcm')
export const EVP_aes_256_gcm: () => EVP_CIPHER = named('aes-256-gcm')
export const EVP_des_ede3_cbc: () => EVP_CIPHER = named('des-ede3-cbc')
export const EVP_chacha20_poly1305: () => EVP_CIPHER = named('chacha20-poly1305')

/** The cipher with a name in any case, `AES-128-CBC`; null for an unknown one. */
export function EVP_get_cipherbyname(name: string): EVP_CIPHER | null {
  const wanted = name.toLowerCase().replace(/^id-aes(\d+)-/, 'aes-$1-')
  return ALL.find(cipher => cipher.name === wanted) ?? null
}

/** The cipher with a number (NID_*); null for an unknown one. */
export function EVP_get_cipherbynid(nid: number): EVP_CIPHER | null {
  return ALL.find(cipher => cipher.nid === nid) ?? null
}

const cipherOf = (cipher: unknown): EVP_CIPHER => requireInstance(cipher, EVP_CIPHER, 'cipher')

/** What a cipher is: bytes of a block, of the IV, of the key, EVP_CIPH_* mode, NID. */
export const EVP_CIPHER_get_block_size = (cipher: EVP_CIPHER): number => cipherOf(cipher).blockSize
export const EVP_CIPHER_block_size: typeof EVP_CIPHER_get_block_size = EVP_CIPHER_get_block_size
export const EVP_CIPHER_get_iv_length = (cipher: EVP_CIPHER): number => cipherOf(cipher).ivLength
export const EVP_CIPHER_iv_length: typeof EVP_CIPHER_get_iv_length = EVP_CIPHER_get_iv_length
export const EVP_CIPHER_get_key_length = (cipher: EVP_CIPHER): number => cipherOf(cipher).keyLength
export const EVP_CIPHER_key_length: typeof EVP_CIPHER_get_key_length = EVP_CIPHER_get_key_length
export const EVP_CIPHER_get_mode = (cipher: EVP_CIPHER): number => cipherOf(cipher).mode
export const EVP_CIPHER_mode: typeof EVP_CIPHER_get_mode = EVP_CIPHER_get_mode
export const EVP_CIPHER_get_nid = (cipher: EVP_CIPHER): number => cipherOf(cipher).nid
export const EVP_CIPHER_nid: typeof EVP_CIPHER_get_nid = EVP_CIPHER_get_nid

/** What an encryption or a decryption is at. */
export class EVP_CIPHER_CTX {
  cipher: EVP_CIPHER | null = null
  encrypting = true
  key: Uint8Array | null = null
  iv: Uint8Array | null = null
  ivLength = 0
  tag: Uint8Array | null = null
  padding = true
  stream: Cipher | Decipher | null = null
  /** The same stream, for a cipher that authenticates. */
  aead: CipherGCM | DecipherGCM | null = null
}

const TAG_LENGTH = 16
const EVP_R_BAD_DECRYPT = 100
const EVP_R_NO_CIPHER_SET = 131
const EVP_R_WRONG_FINAL_BLOCK_LENGTH = 109

/** A context without a cipher. */
export function EVP_CIPHER_CTX_new(): EVP_CIPHER_CTX {
  return new EVP_CIPHER_CTX()
}

/** Wipes the key. @returns 1 */
export function EVP_CIPHER_CTX_reset(ctx: EVP_CIPHER_CTX): number {
  ctx.key?.fill(0)
  Object.assign(ctx, new EVP_CIPHER_CTX())
  return 1
}

/** Wipes the key. */
export function EVP_CIPHER_CTX_free(c: EVP_CIPHER_CTX | null): void {
  if (c !== null) EVP_CIPHER_CTX_reset(c)
}

/** The cipher of the context; null for none. */
export function EVP_CIPHER_CTX_get0_cipher(ctx: EVP_CIPHER_CTX): EVP_CIPHER | null {
  return ctx.cipher
}

/** EVP_CIPHER_CTX_get0_cipher by another name. */
export const EVP_CIPHER_CTX_cipher: typeof EVP_CIPHER_CTX_get0_cipher = EVP_CIPHER_CTX_get0_cipher

/** @param padding - 0: the data is whole blocks and stays as it is @returns 1 */
export function EVP_CIPHER_CTX_set_padding(c: EVP_CIPHER_CTX, padding: number): number {
  c.padding = padding !== 0
  return 1
}

/**
 * EVP_CTRL_AEAD_SET_IVLEN, EVP_CTRL_AEAD_SET_TAG (before decrypting) and EVP_CTRL_AEAD_GET_TAG (after encrypting).
 * @param arg - the length in bytes @param ptr - the tag, or takes it
 * @returns 1, or 0 when it is not possible now; -1 for another command
 */
export function EVP_CIPHER_CTX_ctrl(ctx: EVP_CIPHER_CTX, type: number, arg: number, ptr: Uint8Array | null): number {
  switch (type) {
    case EVP_CTRL_AEAD_SET_IVLEN:
      if (arg < 1 || arg > 16) return 0
      ctx.ivLength = arg
      return 1
    case EVP_CTRL_AEAD_SET_TAG:
      if (arg < 1 || arg > TAG_LENGTH) return 0
      ctx.tag = ptr === null ? null : new Uint8Array(ptr.subarray(0, arg))
      return 1
    case EVP_CTRL_CCM_GET_TAG:
      if (ctx.tag === null || ptr === null || arg > ctx.tag.length) return 0
      ptr.set(ctx.tag.subarray(0, arg))
      return 1
    default:
      return -1
  }
}

/**
 * Begins an encryption (EVP_EncryptInit_ex(3)); what is null stays as it was.
 * @returns 1, or 0 without a cipher or for a key or an IV that is too short
 */
export function EVP_EncryptInit_ex(
  ctx: EVP_CIPHER_CTX,
  cipher: EVP_CIPHER | null,
  impl: unknown,
  key: Uint8Array | null,
  iv: Uint8Array | null,
): number {
  void impl
  return begin(ctx, cipher, key, iv, true)
}

/** Begins a decryption; as EVP_EncryptInit_ex. */
export function EVP_DecryptInit_ex(
  ctx: EVP_CIPHER_CTX,
  cipher: EVP_CIPHER | null,
  impl: unknown,
  key: Uint8Array | null,
  iv: Uint8Array | null,
): number {
  void impl
  return begin(ctx, cipher, key, iv, false)
}

function begin(
  ctx: EVP_CIPHER_CTX,
  cipher: EVP_CIPHER | null,
  key: Uint8Array | null,
  iv: Uint8Array | null,
  encrypting: boolean,
): number {
  if (cipher !== null) {
    EVP_CIPHER_CTX_reset(ctx)
    ctx.cipher = cipherOf(cipher)
    ctx.ivLength = cipher.ivLength
  }
  if (ctx.cipher === null) {
    raise(ERR_LIB_EVP, EVP_R_NO_CIPHER_SET)
    return 0
  }
  if (key !== null && requireBytes(key, 'key').length < ctx.cipher.keyLength) throw new TypeError('key: too short')
  if (iv !== null && requireBytes(iv, 'iv').length < ctx.ivLength) throw new TypeError('iv: too short')
  if (key !== null) ctx.key = new Uint8Array(key.subarray(0, ctx.cipher.keyLength))
  if (iv !== null) ctx.iv = new Uint8Array(iv.subarray(0, ctx.ivLength))
  ctx.encrypting = encrypting
  ctx.stream = null
  ctx.aead = null
  return 1
}

/**
 * Encrypts a piece (EVP_EncryptUpdate(3)).
 * @param out - takes the result; null: `input` is additional data
 * @param outl - takes the number of bytes written
 * @returns 1, or 0 before EVP_EncryptInit_ex with a key
 */
export function EVP_EncryptUpdate(
  ctx: EVP_CIPHER_CTX,
  out: Uint8Array | null,
  outl: Out<number>,
  input: Uint8Array,
  inl?: number,
): number {
  return update(ctx, out, outl, input, inl)
}

/** Decrypts a piece; as EVP_EncryptUpdate. */
export const EVP_DecryptUpdate: typeof EVP_EncryptUpdate = EVP_EncryptUpdate

/** Ends an encryption. @param outl - takes the number of bytes written @returns 1, or 0 with an error */
export function EVP_EncryptFinal_ex(ctx: EVP_CIPHER_CTX, outm: Uint8Array, outl: Out<number>): number {
  return finish(ctx, outm, outl)
}

/** Ends a decryption. @returns 1, or 0 when the padding or the tag is wrong: nothing decrypted may then be used */
export const EVP_DecryptFinal_ex: typeof EVP_EncryptFinal_ex = EVP_EncryptFinal_ex

function update(
  ctx: EVP_CIPHER_CTX,
  out: Uint8Array | null,
  outl: Out<number>,
  input: Uint8Array,
  inl: number | undefined,
): number {
  const data = input.subarray(0, requireLength(inl, requireBytes(input, 'input'), 'inl'))
  const stream = ctx.stream ?? open(ctx)
  if (stream === null || (out === null && ctx.aead === null)) return 0
  if (out === null) {
    ctx.aead?.setAAD(data)
    outl.value = data.length
    return 1
  }
  const result = stream.update(data)
  out.set(result)
  outl.value = result.length
  return 1
}

function finish(ctx: EVP_CIPHER_CTX, out: Uint8Array, outl: Out<number>): number {
  const stream = ctx.stream ?? open(ctx)
  if (stream === null) return 0
  try {
    const result = stream.final()
    out.set(result)
    outl.value = result.length
    if (ctx.aead !== null && 'getAuthTag' in ctx.aead) ctx.tag = new Uint8Array(ctx.aead.getAuthTag())
    return 1
  } catch {
    raise(ERR_LIB_EVP, ctx.encrypting ? EVP_R_WRONG_FINAL_BLOCK_LENGTH : EVP_R_BAD_DECRYPT)
    return 0
  } finally {
    ctx.stream = null
    ctx.aead = null
  }
}

/** Makes the stream once cipher, key and IV are there. */
function open(ctx: EVP_CIPHER_CTX): Cipher | Decipher | null {
  const { cipher, key } = ctx
  if (cipher === null || key === null) {
    raise(ERR_LIB_EVP, EVP_R_NO_CIPHER_SET)
    return null
  }
  const iv = ctx.ivLength === 0 ? null : (ctx.iv ?? new Uint8Array(ctx.ivLength))
  ctx.aead = isAead(cipher.name) && iv !== null ? openAead(ctx, cipher.name, key, iv) : null
  ctx.stream =
    ctx.aead ?? (ctx.encrypting ? createCipheriv(cipher.name, key, iv) : createDecipheriv(cipher.name, key, iv))
  if (ctx.aead === null) ctx.stream.setAutoPadding(ctx.padding)
  return ctx.stream
}

function openAead(ctx: EVP_CIPHER_CTX, name: CipherGCMTypes, key: Uint8Array, iv: Uint8Array): CipherGCM | DecipherGCM {
  const length = { authTagLength: ctx.tag?.length ?? TAG_LENGTH }
  if (ctx.encrypting) return createCipheriv(name, key, iv, length)
  const decipher = createDecipheriv(name, key, iv, length)
  if (ctx.tag !== null) decipher.setAuthTag(ctx.tag)
  return decipher
}

/** ChaCha20-Poly1305 has the same calls in Node as the GCM ciphers, though its type is another. */
function isAead(name: string): name is CipherGCMTypes {
  return name.endsWith('-gcm') || name === 'chacha20-poly1305'
}

import {
  type Cipher,
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  type Decipher,
  type DecipherGCM,
} from 'node:crypto'
import { wipe } from '../../base/bytes.ts'
import { type Out, requireBytes, requireInstance, requireLength } from '../boundary.ts'
import { ERR_LIB_EVP, ERR_LIB_PROV, ERR_R_UNSUPPORTED } from '../constants/err.ts'
import {
  EVP_CIPH_CCM_MODE,
  EVP_CTRL_AEAD_SET_IVLEN,
  EVP_CTRL_AEAD_SET_TAG,
  EVP_CTRL_CCM_GET_TAG,
} from '../constants/evp.ts'
import { raise } from '../err/raise.ts'
import { openAead, tagLengthOf } from './cipher-aead.ts'
import { EVP_CIPH_OCB_MODE, EVP_CIPH_WRAP_MODE, EVP_CIPHER } from './cipher-table.ts'

/** What an encryption or a decryption is at. */
export class EVP_CIPHER_CTX {
  cipher: EVP_CIPHER | null = null
  encrypting = true
  key: Uint8Array | null = null
  iv: Uint8Array | null = null
  ivLength = 0
  tag: Uint8Array | null = null
  tagLength = 0
  /** CCM: bytes of the message, which have to be known first. */
  messageLength: number | null = null
  padding = true
  stream: Cipher | Decipher | null = null
  /** The same stream, for a cipher that authenticates. */
  aead: CipherGCM | DecipherGCM | null = null
}

const EVP_R_BAD_DECRYPT = 100
const EVP_R_NO_CIPHER_SET = 131
const EVP_R_WRONG_FINAL_BLOCK_LENGTH = 109
const EVP_R_UPDATE_ERROR = 189

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

/**
 * Says whether blocks are filled up by PKCS padding, as they are unless told otherwise.
 * @param padding - 0: the data is whole blocks and stays as it is
 * @returns 1
 */
export function EVP_CIPHER_CTX_set_padding(c: EVP_CIPHER_CTX, padding: number): number {
  c.padding = padding !== 0
  return 1
}

/**
 * EVP_CTRL_AEAD_SET_IVLEN, EVP_CTRL_AEAD_SET_TAG (before decrypting) and EVP_CTRL_AEAD_GET_TAG (after encrypting).
 * @param arg - the length in bytes @param ptr - the tag, or takes it
 * @returns 1, or 0 when it is not possible now; 0 with EVP_R_CTRL_OPERATION_NOT_IMPLEMENTED for another command
 */
export function EVP_CIPHER_CTX_ctrl(ctx: EVP_CIPHER_CTX, type: number, arg: number, ptr: Uint8Array | null): number {
  const mode = ctx.cipher?.mode
  switch (type) {
    case EVP_CTRL_AEAD_SET_IVLEN:
      if (mode === EVP_CIPH_CCM_MODE ? arg < 7 || arg > 13 : arg < 1 || arg > 16)
        return mode === EVP_CIPH_CCM_MODE ? refused(PROV_R_INVALID_IV_LENGTH) : 0
      ctx.ivLength = arg
      return 1
    case EVP_CTRL_AEAD_SET_TAG:
      return setTag(ctx, arg, ptr)
    case EVP_CTRL_CCM_GET_TAG:
      if (mode === EVP_CIPH_CCM_MODE && ctx.tag === null) return refused(PROV_R_TAG_NOT_SET)
      if (mode === EVP_CIPH_CCM_MODE && arg !== ctx.tagLength) return 0
      if (mode === EVP_CIPH_OCB_MODE && arg !== ctx.tagLength) return refused(PROV_R_INVALID_TAG_LENGTH)
      if (ctx.tag === null || ptr === null || arg > ctx.tag.length) return 0
      ptr.set(ctx.tag.subarray(0, arg))
      // Given once.
      if (mode === EVP_CIPH_CCM_MODE) ctx.tag = null
      return 1
    default:
      raise(ERR_LIB_EVP, EVP_R_CTRL_OPERATION_NOT_IMPLEMENTED)
      return 0
  }
}

/** CCM and OCB want its length first, and OCB one of just that length. */
function setTag(ctx: EVP_CIPHER_CTX, arg: number, ptr: Uint8Array | null): number {
  const mode = ctx.cipher?.mode
  const ccm = mode === EVP_CIPH_CCM_MODE
  const fits = arg > 0 && arg <= 16 && !(ccm && (arg < 4 || arg % 2 !== 0))
  if (!fits || (mode === EVP_CIPH_OCB_MODE && ptr !== null && arg !== ctx.tagLength))
    return ccm || mode === EVP_CIPH_OCB_MODE ? refused(PROV_R_INVALID_TAG_LENGTH) : 0
  ctx.tagLength = arg
  ctx.tag = ptr === null ? null : new Uint8Array(ptr.subarray(0, arg))
  return 1
}

function refused(reason: number): 0 {
  raise(ERR_LIB_PROV, reason)
  return 0
}

const PROV_R_CIPHER_OPERATION_FAILED = 102
const PROV_R_INVALID_IV_LENGTH = 109
const PROV_R_INVALID_TAG_LENGTH = 118
const PROV_R_TAG_NOT_SET = 119
const PROV_R_WRONG_INPUT_LENGTH = 230
const EVP_R_CTRL_OPERATION_NOT_IMPLEMENTED = 133

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
    ctx.cipher = requireInstance(cipher, EVP_CIPHER, 'cipher')
    // CCM counts the message with eight bytes until told otherwise, which leaves seven.
    ctx.ivLength = cipher.mode === EVP_CIPH_CCM_MODE ? 7 : cipher.ivLength
    ctx.tagLength = tagLengthOf(cipher)
  }
  if (ctx.cipher === null) {
    raise(ERR_LIB_EVP, EVP_R_NO_CIPHER_SET)
    return 0
  }
  if (ctx.cipher.name === 'rc4') {
    raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED, 'Global default library context, Algorithm (RC4 : 37), Properties ()')
    return 0
  }
  if (key !== null && requireBytes(key, 'key').length < ctx.cipher.keyLength) throw new TypeError('key: too short')
  if (iv !== null && requireBytes(iv, 'iv').length < ctx.ivLength) throw new TypeError('iv: too short')
  if (key !== null) ctx.key = new Uint8Array(key.subarray(0, ctx.cipher.keyLength))
  if (iv !== null) ctx.iv = new Uint8Array(iv.subarray(0, ctx.ivLength))
  ctx.encrypting = encrypting
  ctx.stream = null
  ctx.aead = null
  ctx.messageLength = null
  return 1
}

/**
 * Encrypts a piece (EVP_EncryptUpdate(3)).
 * @param out - takes the result; null: `input` is additional data
 * @param outl - takes the number of bytes written
 * @param input - null, of CCM: `inl` is the length of the message, which has to be told before additional data
 * @returns 1, or 0 before EVP_EncryptInit_ex with a key; 0 with errors for what cannot be wrapped
 */
export function EVP_EncryptUpdate(
  ctx: EVP_CIPHER_CTX,
  out: Uint8Array | null,
  outl: Out<number>,
  input: Uint8Array | null,
  inl?: number,
): number {
  return update(ctx, out, outl, input, inl)
}

/** Decrypts a piece; as EVP_EncryptUpdate. Of CCM 0 when the tag is wrong, and nothing decrypted. */
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
  input: Uint8Array | null,
  inl: number | undefined,
): number {
  const ccm = ctx.cipher?.mode === EVP_CIPH_CCM_MODE
  if (input === null) {
    if (!ccm || out !== null || inl === undefined) return 0
    outl.value = ctx.messageLength = inl
    return 1
  }
  const data = input.subarray(0, requireLength(inl, requireBytes(input, 'input'), 'inl'))
  if (ccm && out !== null) ctx.messageLength ??= data.length
  const stream = ctx.stream ?? open(ctx)
  if (stream === null || (out === null && ctx.aead === null)) return 0
  if (out === null) {
    if (ccm && ctx.messageLength === null) return 0
    ctx.aead?.setAAD(data, ctx.messageLength === null ? undefined : { plaintextLength: ctx.messageLength })
    outl.value = data.length
    return 1
  }
  return ctx.cipher?.mode === EVP_CIPH_WRAP_MODE || ccm
    ? updateAtOnce(ctx, stream, out, outl, data)
    : deliver(stream.update(data), out, outl)
}

/** What is not a stream: one call does it all, and nothing comes of a message that is not what was encrypted. */
function updateAtOnce(
  ctx: EVP_CIPHER_CTX,
  stream: Cipher | Decipher,
  out: Uint8Array,
  outl: Out<number>,
  data: Uint8Array,
): number {
  const wraps = ctx.cipher?.mode === EVP_CIPH_WRAP_MODE
  const result = attempt(() => {
    const whole = stream.update(data)
    if (!wraps) complete(ctx, stream)
    return whole
  })
  if (result !== null) return deliver(result, out, outl)
  outl.value = 0
  ctx.stream = ctx.aead = ctx.messageLength = null
  raise(ERR_LIB_PROV, wraps && ctx.encrypting ? PROV_R_WRONG_INPUT_LENGTH : PROV_R_CIPHER_OPERATION_FAILED)
  if (wraps) raise(ERR_LIB_EVP, EVP_R_UPDATE_ERROR)
  return 0
}

/** Null where Node says that the message, or its length, is wrong. */
function attempt(work: () => Uint8Array): Uint8Array | null {
  try {
    return work()
  } catch {
    return null
  }
}

/** The end of a message: the tag is made, or found to be right. */
function complete(ctx: EVP_CIPHER_CTX, stream: Cipher | Decipher): Uint8Array {
  const rest = stream.final()
  if (ctx.aead !== null && 'getAuthTag' in ctx.aead) ctx.tag = new Uint8Array(ctx.aead.getAuthTag())
  return rest
}

function deliver(result: Uint8Array, out: Uint8Array, outl: Out<number>): 1 {
  out.set(result)
  outl.value = result.length
  wipe(result)
  return 1
}

function finish(ctx: EVP_CIPHER_CTX, out: Uint8Array, outl: Out<number>): number {
  if (ctx.cipher?.mode === EVP_CIPH_CCM_MODE) {
    outl.value = 0
    // Everything was done by the update, if there was one.
    return Number(ctx.messageLength !== null)
  }
  const stream = ctx.stream ?? open(ctx)
  if (stream === null) return 0
  const rest = attempt(() => complete(ctx, stream))
  const authenticates = ctx.aead !== null
  ctx.stream = ctx.aead = null
  if (rest !== null) return deliver(rest, out, outl)
  if (!authenticates) raise(ERR_LIB_EVP, ctx.encrypting ? EVP_R_WRONG_FINAL_BLOCK_LENGTH : EVP_R_BAD_DECRYPT)
  return 0
}

/** Makes the stream once cipher, key and IV are there. */
function open(ctx: EVP_CIPHER_CTX): Cipher | Decipher | null {
  const { cipher, key } = ctx
  if (cipher === null || key === null) {
    raise(ERR_LIB_EVP, EVP_R_NO_CIPHER_SET)
    return null
  }
  const iv = ctx.ivLength === 0 ? null : (ctx.iv ?? defaultIv(cipher, ctx.ivLength))
  ctx.aead = iv === null ? null : openAead(ctx, cipher, key, iv)
  const name = cipher.mode === EVP_CIPH_WRAP_MODE ? cipher.name.replace('aes-', 'id-aes') : cipher.name
  ctx.stream = ctx.aead ?? (ctx.encrypting ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv))
  if (ctx.aead === null) ctx.stream.setAutoPadding(ctx.padding)
  return ctx.stream
}

/** RFC 3394 section 2.2.3.1, RFC 5649 section 3. */
function defaultIv({ mode }: EVP_CIPHER, length: number): Uint8Array {
  if (mode !== EVP_CIPH_WRAP_MODE) return new Uint8Array(length)
  return length === 8 ? new Uint8Array(8).fill(0xa6) : Uint8Array.of(0xa6, 0x59, 0x59, 0xa6)
}

import { requireInteger } from '../boundary.ts'
import { SSL_CERT_FLAG_SUITEB_128_LOS } from '../constants/ssl.ts'
import type { SuiteB } from './algorithms/lists/cipher-list.ts'
import type { SSL_CTX } from './ctx.ts'
import { liveCtx, liveSsl, type Owner } from './owner.ts'
import type { SSL } from './ssl.ts'

/**
 * Switches SSL_OP_* options on (SSL_CTX_set_options(3)). Masks have up to 64 bits: join them with `+` or BigInt where one is
 * beyond 32 bits; what JavaScript's `|` made negative is read as it was meant.
 * @returns all options that are on
 */
export function SSL_CTX_set_options(ctx: SSL_CTX, op: number): number {
  return addOptions(liveCtx(ctx), op)
}

/** SSL_CTX_set_options for one connection. */
export function SSL_set_options(s: SSL, op: number): number {
  return addOptions(liveSsl(s), op)
}

/** Switches options off. @returns all options that are on */
export function SSL_CTX_clear_options(ctx: SSL_CTX, op: number): number {
  return removeOptions(liveCtx(ctx), op)
}

/** SSL_CTX_clear_options for one connection. */
export function SSL_clear_options(s: SSL, op: number): number {
  return removeOptions(liveSsl(s), op)
}

/** The options that are set: SSL_OP_* joined. */
export function SSL_CTX_get_options(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.options
}

/** SSL_CTX_get_options for one connection. */
export function SSL_get_options(s: SSL): number {
  return liveSsl(s).settings.options
}

/** The mask with one bit, 0 to 52. */
export function SSL_OP_BIT(n: number): number {
  return 2 ** n
}

/** Switches SSL_MODE_* modes on (SSL_CTX_set_mode(3)). @returns all modes that are on */
export function SSL_CTX_set_mode(ctx: SSL_CTX, mode: number): number {
  return addModes(liveCtx(ctx), mode)
}

/** SSL_CTX_set_mode for one connection. */
export function SSL_set_mode(ssl: SSL, mode: number): number {
  return addModes(liveSsl(ssl), mode)
}

/** Switches modes off. @returns all modes that are on */
export function SSL_CTX_clear_mode(ctx: SSL_CTX, mode: number): number {
  return removeModes(liveCtx(ctx), mode)
}

/** SSL_CTX_clear_mode for one connection. */
export function SSL_clear_mode(ssl: SSL, mode: number): number {
  return removeModes(liveSsl(ssl), mode)
}

/** The modes that are set: SSL_MODE_* joined. */
export function SSL_CTX_get_mode(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.mode
}

/** SSL_CTX_get_mode for one connection. */
export function SSL_get_mode(ssl: SSL): number {
  return liveSsl(ssl).settings.mode
}

/**
 * Switches SSL_CERT_FLAG_* on: the Suite B ones bind suites, groups and signatures as `SUITEB128` in a cipher list does.
 * @returns all flags that are on
 */
export function SSL_CTX_set_cert_flags(ctx: SSL_CTX, op: number): number {
  return setCertFlags(liveCtx(ctx), certFlags(liveCtx(ctx)) | requireInteger(op, 'op'))
}

/** SSL_CTX_set_cert_flags for one connection. */
export function SSL_set_cert_flags(s: SSL, op: number): number {
  return setCertFlags(liveSsl(s), certFlags(liveSsl(s)) | requireInteger(op, 'op'))
}

/** Switches SSL_CERT_FLAG_* off. @returns all flags that are on */
export function SSL_CTX_clear_cert_flags(ctx: SSL_CTX, op: number): number {
  return setCertFlags(liveCtx(ctx), certFlags(liveCtx(ctx)) & ~requireInteger(op, 'op'))
}

/** SSL_CTX_clear_cert_flags for one connection. */
export function SSL_clear_cert_flags(s: SSL, op: number): number {
  return setCertFlags(liveSsl(s), certFlags(liveSsl(s)) & ~requireInteger(op, 'op'))
}

/** 32 bits, unsigned as in libssl. */
function addModes({ settings }: Owner, mode: number): number {
  settings.mode = (settings.mode | requireInteger(mode, 'mode')) >>> 0
  return settings.mode
}

function removeModes({ settings }: Owner, mode: number): number {
  settings.mode = (settings.mode & ~requireInteger(mode, 'mode')) >>> 0
  return settings.mode
}

function addOptions({ settings }: Owner, op: number): number {
  settings.options = Number(BigInt(settings.options) | mask(op))
  return settings.options
}

function removeOptions({ settings }: Owner, op: number): number {
  settings.options = Number(BigInt(settings.options) & ~mask(op))
  return settings.options
}

/** `SSL_OP_ALL | x` is negative in JavaScript, because `|` gives 32 bits with a sign. */
function mask(op: number): bigint {
  const value = requireInteger(op, 'op')
  return BigInt(value < 0 ? value >>> 0 : value)
}

function certFlags({ settings }: Owner): number {
  return settings.certFlags | settings.suiteB
}

function setCertFlags({ settings }: Owner, flags: number): number {
  settings.certFlags = flags & ~SSL_CERT_FLAG_SUITEB_128_LOS
  settings.suiteB = suiteBOf(flags)
  return flags
}

function suiteBOf(flags: number): SuiteB {
  const bits = flags & SSL_CERT_FLAG_SUITEB_128_LOS
  return bits === 0x10000 || bits === 0x20000 || bits === 0x30000 ? bits : 0
}

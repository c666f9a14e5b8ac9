import {
  ERR_LIB_MASK,
  ERR_LIB_OFFSET,
  ERR_LIB_SYS,
  ERR_REASON_MASK,
  ERR_RFLAG_COMMON,
  ERR_RFLAG_FATAL,
  ERR_RFLAGS_MASK,
  ERR_RFLAGS_OFFSET,
  ERR_SYSTEM_FLAG,
  ERR_SYSTEM_MASK,
} from '../constants/err.ts'

/** `lib << 23 | reason`, unsigned. */
export function pack(lib: number, reason: number): number {
  return (((lib & ERR_LIB_MASK) << ERR_LIB_OFFSET) | (reason & ERR_REASON_MASK)) >>> 0
}

/** Packs a code (ERR_PACK(3)). 3.0 has no function numbers: `func` is ignored. */
export function ERR_PACK(lib: number, func: number, reason: number): number {
  void func
  return pack(lib, reason)
}

/** 1 for an error of the system, whose reason is an errno; else 0. */
export function ERR_SYSTEM_ERROR(errcode: number): number {
  return Number(errcode >>> 0 >= ERR_SYSTEM_FLAG)
}

/** The library that raised a code, ERR_LIB_*; ERR_LIB_SYS for an error of the system (ERR_GET_LIB(3)). */
export function ERR_GET_LIB(errcode: number): number {
  return ERR_SYSTEM_ERROR(errcode) === 1 ? ERR_LIB_SYS : (errcode >>> ERR_LIB_OFFSET) & ERR_LIB_MASK
}

/** The reason of a code: an `X_R_*` or `ERR_R_*` number, or an errno for an error of the system (ERR_GET_REASON(3)). */
export function ERR_GET_REASON(errcode: number): number {
  return ERR_SYSTEM_ERROR(errcode) === 1 ? errcode & ERR_SYSTEM_MASK : errcode & ERR_REASON_MASK
}

/** The flags within a reason: ERR_RFLAG_COMMON, ERR_RFLAG_FATAL. */
export function ERR_GET_RFLAGS(errcode: number): number {
  return ERR_SYSTEM_ERROR(errcode) === 1 ? 0 : errcode & (ERR_RFLAGS_MASK << ERR_RFLAGS_OFFSET)
}

/** Whether a code says that nothing can be done about it (ERR_FATAL_ERROR(3)): 1 or 0. */
export function ERR_FATAL_ERROR(errcode: number): number {
  return Number((ERR_GET_RFLAGS(errcode) & ERR_RFLAG_FATAL) !== 0)
}

/** Whether the reason is one that every library shares: 1 or 0. */
export function ERR_COMMON_ERROR(errcode: number): number {
  return Number((ERR_GET_RFLAGS(errcode) & ERR_RFLAG_COMMON) !== 0)
}

/**
 * The function number of 1.x codes (`lib << 24 | func << 12 | reason`). Codes of 3.0 have none: the answer then means
 * nothing.
 */
export function ERR_GET_FUNC(errcode: number): number {
  return (errcode >>> 12) & 0xfff
}

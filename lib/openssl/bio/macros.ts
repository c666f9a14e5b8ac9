import type { Out } from '../boundary.ts'
import { requireLive, requireLiveOrNull } from '../boundary.ts'
import {
  BIO_C_DO_STATE_MACHINE,
  BIO_C_FILE_SEEK,
  BIO_C_FILE_TELL,
  BIO_C_GET_FD,
  BIO_C_SET_FD,
  BIO_C_SET_NBIO,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_GET_CALLBACK,
  BIO_CTRL_GET_CLOSE,
  BIO_CTRL_GET_KTLS_RECV,
  BIO_CTRL_GET_KTLS_SEND,
  BIO_CTRL_PENDING,
  BIO_CTRL_RESET,
  BIO_CTRL_SET_CALLBACK,
  BIO_CTRL_SET_CLOSE,
  BIO_CTRL_WPENDING,
  BIO_FLAGS_IO_SPECIAL,
  BIO_FLAGS_READ,
  BIO_FLAGS_RWS,
  BIO_FLAGS_SHOULD_RETRY,
  BIO_FLAGS_WRITE,
} from '../constants/bio.ts'
import { CRYPTO_EX_INDEX_BIO } from '../constants/crypto.ts'
import { exDataOf } from '../ex-data-of.ts'
import { BIO, BIO_set_flags, BIO_test_flags } from './bio.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_int_ctrl } from './io.ts'
import type { BIO_info_cb } from './method.ts'

// What <openssl/bio.h> defines as macros over BIO_ctrl and the flags, and small functions of the same sort.

/** Bytes that can be read at once without waiting; of a datagram BIO those of the next datagram (BIO_pending(3)). */
export function BIO_pending(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_PENDING, 0)
}

/** Bytes written but not passed on yet (BIO_wpending(3)). */
export function BIO_wpending(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_WPENDING, 0)
}

/** BIO_pending, never below 0. */
export function BIO_ctrl_pending(b: BIO | null): number {
  return Math.max(0, BIO_pending(b))
}

/** BIO_wpending, never below 0. */
export function BIO_ctrl_wpending(b: BIO | null): number {
  return Math.max(0, BIO_wpending(b))
}

/** Writes out what is buffered. @returns 1; 0 or -1 when it failed or is to be tried again */
export function BIO_flush(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_FLUSH, 0)
}

/** Back to the beginning: empties memory, rewinds what can only be read. @returns 1 mostly, 0 for success of a file */
export function BIO_reset(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_RESET, 0)
}

/** 1 when there is nothing left to read; memory says so whenever it is empty. */
export function BIO_eof(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_EOF, 0)
}

/** Sets BIO_CLOSE or BIO_NOCLOSE. @returns 1 */
export function BIO_set_close(b: BIO | null, flag: number): number {
  return BIO_ctrl(b, BIO_CTRL_SET_CLOSE, flag)
}

/** BIO_CLOSE or BIO_NOCLOSE: whether freeing closes what is below. */
export function BIO_get_close(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_GET_CLOSE, 0)
}

/**
 * Sets the descriptor of a BIO (BIO_set_fd(3)).
 * @param c - BIO_CLOSE: freeing the BIO closes it; BIO_NOCLOSE
 * @returns 1; 0 or below of kinds without a descriptor
 */
export function BIO_set_fd(b: BIO | null, fd: number, c: number): number {
  return BIO_int_ctrl(b, BIO_C_SET_FD, c, fd)
}

/** The descriptor, also in `c.value`; -1 when it is not set yet. */
export function BIO_get_fd(b: BIO | null, c: Out<number> | null = null): number {
  return BIO_ctrl(b, BIO_C_GET_FD, 0, c)
}

/**
 * Asks a connecting or accepting BIO not to block (BIO_set_nbio(3)).
 * @param n - 1: not to block; 0
 * @returns 1; 0 or below of kinds that know nothing of it
 */
export function BIO_set_nbio(b: BIO | null, n: number): number {
  return BIO_ctrl(b, BIO_C_SET_NBIO, n)
}

/** 1 when the kernel encrypts what is written to a socket: never here. */
export function BIO_get_ktls_send(b: BIO | null): number {
  return Number(BIO_ctrl(b, BIO_CTRL_GET_KTLS_SEND, 0) > 0)
}

/** 1 when the kernel decrypts what is read from a socket: never here. */
export function BIO_get_ktls_recv(b: BIO | null): number {
  return Number(BIO_ctrl(b, BIO_CTRL_GET_KTLS_RECV, 0) > 0)
}

/**
 * Moves to a place in the file (BIO_seek(3)).
 * @param ofs - bytes from its beginning
 * @returns 0, or -1
 */
export function BIO_seek(b: BIO | null, ofs: number): number {
  return BIO_ctrl(b, BIO_C_FILE_SEEK, ofs)
}

/** The place in the file, in bytes; -1 when there is none. */
export function BIO_tell(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_FILE_TELL, 0)
}

/**
 * Runs the handshake of an SSL BIO, the connection of a connecting one, the next client of an accepting one
 * (BIO_do_handshake(3)).
 * @returns 1; 0 or below when it failed or, by BIO_should_retry, is to be tried again
 */
export function BIO_do_handshake(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_DO_STATE_MACHINE, 0)
}

/** BIO_do_handshake by another name. */
export const BIO_do_connect: typeof BIO_do_handshake = BIO_do_handshake
export const BIO_do_accept: typeof BIO_do_handshake = BIO_do_handshake

/**
 * Copies the state of a BIO to a fresh one of its kind, as BIO_dup_chain does (BIO_dup_state(3)).
 * @param ret - the fresh one
 * @returns 1; 0 or below of kinds that cannot
 */
export function BIO_dup_state(b: BIO | null, ret: BIO): number {
  return BIO_ctrl(b, BIO_CTRL_DUP, 0, ret)
}

/** Sets the callback that an SSL BIO reports states to. */
export function BIO_set_info_callback(b: BIO | null, cb: BIO_info_cb | null): number {
  return BIO_callback_ctrl(b, BIO_CTRL_SET_CALLBACK, cb)
}

/** The callback of BIO_set_info_callback. @param cbp - takes it @returns 1, or 0 */
export function BIO_get_info_callback(b: BIO | null, cbp: Out<BIO_info_cb | null>): number {
  return BIO_ctrl(b, BIO_CTRL_GET_CALLBACK, 0, cbp)
}

/** Not 0 when the last read or write failed for want of data or space only (BIO_should_retry(3)). */
export function BIO_should_retry(b: BIO): number {
  return BIO_test_flags(b, BIO_FLAGS_SHOULD_RETRY)
}

/** Not 0 when there was nothing to read (BIO_should_read(3)). */
export function BIO_should_read(b: BIO): number {
  return BIO_test_flags(b, BIO_FLAGS_READ)
}

/** Not 0 when there was no room to write (BIO_should_write(3)). */
export function BIO_should_write(b: BIO): number {
  return BIO_test_flags(b, BIO_FLAGS_WRITE)
}

/** Not 0 when something else is to happen first: BIO_get_retry_reason says what (BIO_should_io_special(3)). */
export function BIO_should_io_special(b: BIO): number {
  return BIO_test_flags(b, BIO_FLAGS_IO_SPECIAL)
}

/** Those of BIO_FLAGS_READ, _WRITE and _IO_SPECIAL that are set. */
export function BIO_retry_type(b: BIO): number {
  return BIO_test_flags(b, BIO_FLAGS_RWS)
}

/** Says that reading is to be tried again; a kind does so when it has no data yet. */
export function BIO_set_retry_read(b: BIO): void {
  BIO_set_flags(b, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
}

/** Says that a write failed for want of room only. */
export function BIO_set_retry_write(b: BIO): void {
  BIO_set_flags(b, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
}

/** Says that something else is to happen first. */
export function BIO_set_retry_special(b: BIO): void {
  BIO_set_flags(b, BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY)
}

/** Bytes read from a BIO since it was made. */
export function BIO_number_read(bio: BIO | null): number {
  return requireLiveOrNull(bio, BIO, 'bio')?.numRead ?? 0
}

/** Bytes written to a BIO since it was made. */
export function BIO_number_written(bio: BIO | null): number {
  return requireLiveOrNull(bio, BIO, 'bio')?.numWritten ?? 0
}

const programData = exDataOf<BIO>(CRYPTO_EX_INDEX_BIO, bio => requireLive(bio, BIO, 'bio').exData)

/** What a program keeps on a BIO: under an index (BIO_get_ex_new_index(3)), or one value without. */
export const BIO_get_ex_new_index = programData.newIndex
export const BIO_set_ex_data = programData.set
export const BIO_get_ex_data = programData.get
export const BIO_set_app_data = programData.setApp
export const BIO_get_app_data = programData.getApp

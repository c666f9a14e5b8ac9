import { passingCopy } from '../../base/allocate.ts'
import { utf8 } from '../../base/bytes.ts'
import type { Out } from '../boundary.ts'
import {
  requireBytes,
  requireCallback,
  requireInteger,
  requireLive,
  requireLiveOrNull,
  requireOut,
  requireSignedLength,
  requireString,
} from '../boundary.ts'
import {
  BIO_CB_CTRL,
  BIO_CB_GETS,
  BIO_CB_PUTS,
  BIO_CB_READ,
  BIO_CB_WRITE,
  BIO_CTRL_SET_CALLBACK,
} from '../constants/bio.ts'
import { BIO_CB_RECVMMSG, BIO_CB_SENDMMSG } from '../constants/bio-datagram.ts'
import { BIO_R_INVALID_ARGUMENT, BIO_R_UNINITIALIZED, BIO_R_UNSUPPORTED_METHOD } from '../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_R_INTERNAL_ERROR, ERR_R_PASSED_NULL_PARAMETER } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { BIO } from './bio.ts'
import type { BIO_info_cb, BIO_MSG, BioMmsg, BioRead, BioReadEx } from './method.ts'
import { callAfter, callBefore } from './watch.ts'

/**
 * Reads what there is, up to `dlen` bytes (BIO_read(3)). On a datagram BIO one call takes one datagram and loses what
 * does not fit.
 * @param dlen - bytes wanted; the whole buffer when left out
 * @returns the number of bytes; 0 or -1 when there are none: BIO_should_retry tells whether more may come;
 * -2 with BIO_R_UNSUPPORTED_METHOD when the kind cannot read
 */
export function BIO_read(b: BIO | null, data: Uint8Array, dlen?: number): number {
  const size = requireSignedLength(dlen, requireBytes(data, 'data'), 'dlen')
  if (size < 0) return 0
  const count = { value: 0 }
  const ret = read(b, data, size, count)
  return ret > 0 ? count.value : ret
}

/**
 * BIO_read of a whole datagram for the engine, which keeps it. A callback of the program's sees it as BIO_read with a buffer
 * that is as large as any datagram.
 */
export function takeDatagram(b: BIO): Uint8Array | number {
  const bio = requireLive(b, BIO, 'b')
  const { take } = bio.method.hooks
  if (take === undefined || bio.callback !== null || bio.callbackEx !== null || !bio.init) {
    const buffer = scratch ?? new Uint8Array(LONGEST)
    scratch = null
    try {
      const length = BIO_read(bio, buffer)
      return length > 0 ? passingCopy(buffer.subarray(0, length)) : length
    } finally {
      scratch = buffer
    }
  }
  const taken = take(bio)
  if (typeof taken !== 'number') bio.numRead += taken.length
  return taken
}

/**
 * BIO_write of a datagram that the engine gives away: a kind that keeps it need not copy it. Refused, it stays the engine's.
 * A callback of the program's sees it as BIO_write.
 */
export function giveDatagram(b: BIO, datagram: Uint8Array): number {
  const bio = requireLive(b, BIO, 'b')
  const { give } = bio.method.hooks
  if (give === undefined || bio.callback !== null || bio.callbackEx !== null || !bio.init)
    return BIO_write(bio, datagram)
  const given = give(bio, datagram)
  if (given > 0) bio.numWritten += given
  return given
}

/** The longest UDP datagram. */
const LONGEST = 65536
/** Serves all but a read within a read, as nothing is kept in it. */
let scratch: Uint8Array | null = new Uint8Array(LONGEST)

/** BIO_read with the count in `readbytes`. @returns 1 when bytes were read, else 0 */
export function BIO_read_ex(b: BIO | null, data: Uint8Array, dlen: number | undefined, readbytes: Out<number>): number {
  const size = requireSignedLength(dlen, requireBytes(data, 'data'), 'dlen')
  return Number(read(b, data, Math.max(0, size), requireOut(readbytes, 'readbytes')) > 0)
}

/**
 * Writes bytes (BIO_write(3)). A stream may take fewer than given; a datagram BIO takes all or nothing.
 * @param dlen - bytes to write; the whole buffer when left out
 * @returns the number of bytes taken; 0 or -1 when none: BIO_should_retry tells whether to try again;
 * -2 with BIO_R_UNSUPPORTED_METHOD when the kind cannot write
 */
export function BIO_write(b: BIO | null, data: Uint8Array, dlen?: number): number {
  const size = requireSignedLength(dlen, requireBytes(data, 'data'), 'dlen')
  if (size <= 0) return 0
  const count = { value: 0 }
  const ret = write(b, data, size, count)
  return ret > 0 ? count.value : ret
}

/** BIO_write with the count in `written`. @returns 1 when bytes were taken or none were given, else 0 */
export function BIO_write_ex(
  b: BIO | null,
  data: Uint8Array,
  dlen?: number,
  written: Out<number> | null = null,
): number {
  const size = requireSignedLength(dlen, requireBytes(data, 'data'), 'dlen')
  const count = written ?? { value: 0 }
  count.value = 0
  return Number(write(b, data, Math.max(0, size), count) > 0 || (b !== null && size === 0))
}

/** Writes a text in UTF-8 (BIO_puts(3)). @returns as BIO_write; -1 with an error for null */
export function BIO_puts(b: BIO | null, buf: string): number {
  const bio = requireLiveOrNull(b, BIO, 'b')
  requireString(buf, 'buf')
  const { puts } = bio?.method.hooks ?? {}
  if (bio === null || puts === undefined) return unsupported(bio)
  const operation = { oper: BIO_CB_PUTS, argp: buf }
  const may = callBefore(bio, operation)
  if (may <= 0) return may
  if (!ready(bio)) return -1
  const put = puts(bio, buf)
  const count = { value: Math.max(0, put) }
  bio.numWritten += count.value
  const ret = callAfter(bio, operation, Math.min(1, put), count)
  return ret > 0 ? count.value : ret
}

/**
 * Reads a line with its `\n`, or as much of it as fits, and a NUL (BIO_gets(3)).
 * @param size - bytes of `buf` to use, the NUL among them; all of it when left out
 * @returns the number of bytes without the NUL; 0 or less as BIO_read
 */
export function BIO_gets(b: BIO | null, buf: Uint8Array, size?: number): number {
  const bio = requireLiveOrNull(b, BIO, 'b')
  const room = requireSignedLength(size, requireBytes(buf, 'buf'), 'size')
  const { gets } = bio?.method.hooks ?? {}
  if (bio === null || gets === undefined) return unsupported(bio)
  if (room < 0) {
    raise(ERR_LIB_BIO, BIO_R_INVALID_ARGUMENT)
    return -1
  }
  const operation = { oper: BIO_CB_GETS, argp: buf, len: room }
  const may = callBefore(bio, operation)
  if (may <= 0) return may
  if (!ready(bio)) return -1
  // There is not even room for the NUL.
  const got = room === 0 ? 0 : gets(bio, buf.subarray(0, room), room)
  const count = { value: Math.max(0, got) }
  const ret = callAfter(bio, operation, Math.min(1, got), count)
  if (ret <= 0) return ret
  return count.value > room ? -1 : count.value
}

/**
 * Tells a BIO something or asks it (BIO_ctrl(3)); there is a function for each command.
 * @param parg - what C passes by pointer: an object `{ value }`, an object with the C field names, a BIO_ADDR, bytes
 * @returns what the command answers; 0 when the BIO does not know it; -2 with BIO_R_UNSUPPORTED_METHOD when it knows
 * none
 */
export function BIO_ctrl(bp: BIO | null, cmd: number, larg: number, parg: unknown = null): number {
  const bio = requireLiveOrNull(bp, BIO, 'bp')
  if (bio === null) return -1
  const { ctrl } = bio.method.hooks
  if (ctrl === undefined) return unsupported(bio)
  const operation = { oper: BIO_CB_CTRL, argp: parg, argi: cmd, argl: larg }
  const may = callBefore(bio, operation)
  if (may <= 0) return may
  return callAfter(bio, operation, ctrl(bio, cmd, larg, parg), null)
}

/** BIO_ctrl with a second number, which the BIO sees as `{ value: iarg }`. */
export function BIO_int_ctrl(bp: BIO | null, cmd: number, larg: number, iarg: number): number {
  return BIO_ctrl(bp, cmd, larg, { value: requireInteger(iarg, 'iarg') })
}

/** BIO_ctrl for a command that answers with an object, which the BIO puts into `{ value }`. @returns it, or null */
export function BIO_ptr_ctrl(bp: BIO | null, cmd: number, larg: number): unknown {
  const place: Out<unknown> = { value: null }
  return BIO_ctrl(bp, cmd, larg, place) <= 0 ? null : place.value
}

/** BIO_ctrl for BIO_CTRL_SET_CALLBACK, the only command with a function (BIO_callback_ctrl(3)). */
export function BIO_callback_ctrl(b: BIO | null, cmd: number, fp: BIO_info_cb | null): number {
  const bio = requireLiveOrNull(b, BIO, 'b')
  if (bio === null) return -2
  const { callbackCtrl } = bio.method.hooks
  if (callbackCtrl === undefined || cmd !== BIO_CTRL_SET_CALLBACK) return unsupported(bio)
  const operation = { oper: BIO_CB_CTRL, argp: fp, argi: cmd }
  const may = callBefore(bio, operation)
  if (may <= 0) return may
  return callAfter(bio, operation, callbackCtrl(bio, cmd, requireCallback(fp, 'fp')), null)
}

/**
 * Sends up to `num_msg` datagrams (BIO_sendmmsg(3), OpenSSL 3.2).
 * @param stride - C's step through the array; not used
 * @param flags - 0
 * @param msgs_processed - takes the number sent
 * @returns 1 when at least one was sent (or none was asked for), else 0 with an error
 */
export function BIO_sendmmsg(
  b: BIO | null,
  msg: BIO_MSG[],
  stride: number,
  num_msg: number,
  flags: number,
  msgs_processed: Out<number>,
): number {
  void stride
  return mmsg(b, 'sendmmsg', BIO_CB_SENDMMSG, msg, num_msg, flags, msgs_processed)
}

/**
 * Receives up to `num_msg` datagrams; each `data_len` says what there is room for and becomes what came
 * (BIO_recvmmsg(3)).
 */
export function BIO_recvmmsg(
  b: BIO | null,
  msg: BIO_MSG[],
  stride: number,
  num_msg: number,
  flags: number,
  msgs_processed: Out<number>,
): number {
  void stride
  return mmsg(b, 'recvmmsg', BIO_CB_RECVMMSG, msg, num_msg, flags, msgs_processed)
}

function read(b: BIO | null, data: Uint8Array, size: number, count: Out<number>): number {
  const bio = requireLiveOrNull(b, BIO, 'b')
  count.value = 0
  if (bio === null || !(bio.method.hooks.read || bio.method.hooks.readEx)) return unsupported(bio)
  const operation = { oper: BIO_CB_READ, argp: data, len: size }
  const may = callBefore(bio, operation)
  if (may <= 0) return may
  if (!ready(bio)) return -1
  const { hooks } = bio.method
  let ret = move(bio, hooks.read, hooks.readEx, firstBytes(data, size), count)
  if (ret > 0) bio.numRead += count.value
  ret = callAfter(bio, operation, ret, count)
  if (ret <= 0 || count.value <= size) return ret
  raise(ERR_LIB_BIO, ERR_R_INTERNAL_ERROR)
  return -1
}

function write(b: BIO | null, data: Uint8Array, size: number, count: Out<number>): number {
  const bio = requireLiveOrNull(b, BIO, 'b')
  if (bio === null) return 0
  if (!(bio.method.hooks.write || bio.method.hooks.writeEx)) return unsupported(bio)
  const operation = { oper: BIO_CB_WRITE, argp: data, len: size }
  const may = callBefore(bio, operation)
  if (may <= 0) return may
  if (!ready(bio)) return -1
  const { hooks } = bio.method
  const ret = move(bio, hooks.write, hooks.writeEx, firstBytes(data, size), count)
  if (ret > 0) bio.numWritten += count.value
  return callAfter(bio, operation, ret, count)
}

function firstBytes(data: Uint8Array, size: number): Uint8Array {
  return size === data.length ? data : data.subarray(0, size)
}

function move(
  bio: BIO,
  plain: BioRead | undefined,
  counted: BioReadEx | undefined,
  data: Uint8Array,
  count: Out<number>,
): number {
  if (counted !== undefined) return counted(bio, data, data.length, count)
  const ret = plain?.(bio, data, data.length) ?? -2
  count.value = Math.max(0, ret)
  return Math.min(1, ret)
}

function mmsg(
  b: BIO | null,
  name: 'sendmmsg' | 'recvmmsg',
  oper: number,
  msg: BIO_MSG[],
  num: number,
  flags: number,
  processed: Out<number>,
): number {
  const bio = requireLiveOrNull(b, BIO, 'b')
  requireOut(processed, 'msgs_processed').value = 0
  if (!Array.isArray(msg) || num > msg.length) throw new TypeError('msg: an array of num_msg messages is needed')
  const hook: BioMmsg | undefined = bio?.method.hooks[name]
  if (bio === null || hook === undefined) {
    unsupported(bio)
    return 0
  }
  const operation = { oper, argp: { msg, num_msg: num, flags, msgs_processed: processed } }
  if (callBefore(bio, operation) <= 0 || !ready(bio)) return 0
  const ret = hook(bio, msg, num, flags, processed)
  return Number(callAfter(bio, { ...operation, len: ret }, ret, null) > 0)
}

function unsupported(bio: BIO | null): -1 | -2 {
  raise(ERR_LIB_BIO, bio === null ? ERR_R_PASSED_NULL_PARAMETER : BIO_R_UNSUPPORTED_METHOD)
  return bio === null ? -1 : -2
}

function ready(bio: BIO): boolean {
  if (!bio.init) raise(ERR_LIB_BIO, BIO_R_UNINITIALIZED)
  return bio.init !== 0
}

/** A kind's `puts` where a text is written as its bytes are. */
export function putsAsWrite(write: BioRead): (b: BIO, text: string) => number {
  return (b, text) => {
    const bytes = utf8(text)
    return write(b, bytes, bytes.length)
  }
}

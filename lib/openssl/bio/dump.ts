import { latin1, utf8 } from '../../base/bytes.ts'
import type { Out } from '../boundary.ts'
import { requireBytes, requireLive, requireSignedLength } from '../boundary.ts'
import {
  BIO_CB_CTRL,
  BIO_CB_FREE,
  BIO_CB_GETS,
  BIO_CB_PUTS,
  BIO_CB_READ,
  BIO_CB_RETURN,
  BIO_CB_WRITE,
} from '../constants/bio.ts'
import { BIO_R_INVALID_ARGUMENT, BIO_R_UNINITIALIZED } from '../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_R_PASSED_NULL_PARAMETER } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { BIO } from './bio.ts'
import { BIO_puts, BIO_read, BIO_write } from './io.ts'
import { BIO_eof } from './macros.ts'
import { adopt, type FILE } from './stdio.ts'

/** Takes a piece of output: 0 or less when it could not be written. */
export type DumpCallback = (data: Uint8Array, len: number, u: unknown) => number

/**
 * Writes bytes in hexadecimal and as characters, 16 a line (BIO_dump(3)).
 * @param len - bytes of `bytes`; all of it when left out
 * @returns the number of bytes written
 */
export function BIO_dump(b: BIO | null, bytes: Uint8Array, len?: number): number {
  return BIO_dump_indent(b, bytes, len, 0)
}

/** BIO_dump with every line moved in, by 64 characters at most. */
export function BIO_dump_indent(b: BIO | null, bytes: Uint8Array, len: number | undefined, indent: number): number {
  return BIO_dump_indent_cb(data => BIO_write(b, data), null, bytes, len, indent)
}

/** BIO_dump to a stream such as `process.stdout`. @returns the number of lines, which fwrite(3) counts */
export function BIO_dump_fp(fp: FILE, s: Uint8Array, len?: number): number {
  return BIO_dump_indent_fp(fp, s, len, 0)
}

/** BIO_dump_indent to a stream. @returns the number of lines */
export function BIO_dump_indent_fp(fp: FILE, s: Uint8Array, len: number | undefined, indent: number): number {
  const file = adopt(fp)
  return BIO_dump_indent_cb(data => Number(file.write(data) === data.length), null, s, len, indent)
}

/** BIO_dump to a callback, a line at a time. */
export function BIO_dump_cb(cb: DumpCallback, u: unknown, s: Uint8Array, len?: number): number {
  return BIO_dump_indent_cb(cb, u, s, len, 0)
}

/**
 * BIO_dump_indent to a callback, a line at a time.
 * @returns the sum of what it gave, or the first result that is below 0
 */
export function BIO_dump_indent_cb(
  cb: DumpCallback,
  u: unknown,
  s: Uint8Array,
  len: number | undefined,
  indent: number,
): number {
  const bytes = requireBytes(s, 's').subarray(0, Math.max(0, requireSignedLength(len, s, 'len')))
  const margin = Math.min(64, Math.max(0, indent))
  // Four characters of indent cost a byte of the line, from the seventh on.
  const width = 16 - Math.floor((margin - Math.min(margin, 6) + 3) / 4)
  let total = 0
  for (let at = 0; at < bytes.length; at += width) {
    const line = utf8(dumpLine(bytes.subarray(at, at + width), at, margin, width))
    const ret = cb(line, line.length, u)
    if (ret < 0) return ret
    total += ret
  }
  return total
}

function dumpLine(row: Uint8Array, offset: number, margin: number, width: number): string {
  let hex = ''
  for (let i = 0; i < width; i++) {
    const byte = row[i]
    hex += byte === undefined ? '   ' : `${byte.toString(16).padStart(2, '0')}${i === 7 ? '-' : ' '}`
  }
  const characters = latin1(row).replace(/[^ -~]/g, '.')
  return `${' '.repeat(margin)}${offset.toString(16).padStart(4, '0')} - ${hex}  ${characters}\n`
}

/**
 * Writes bytes as `1a:2b:...` in upper case, `width` a line, the next lines moved in (BIO_hex_string).
 * @param datalen - bytes of `data`; all of it when left out
 * @returns 1
 */
export function BIO_hex_string(
  out: BIO | null,
  indent: number,
  width: number,
  data: Uint8Array,
  datalen?: number,
): number {
  const bytes = requireBytes(data, 'data').subarray(0, Math.max(0, requireSignedLength(datalen, data, 'datalen')))
  if (bytes.length === 0) return 1
  const pairs = [...bytes].map(byte => byte.toString(16).toUpperCase().padStart(2, '0'))
  const lines: string[] = []
  for (let at = 0; at < pairs.length; at += width) lines.push(pairs.slice(at, at + width).join(':'))
  return Number(BIO_puts(out, lines.join(`:\n${' '.repeat(Math.max(0, indent))}`)) > 0)
}

/** Writes `indent` spaces, at most `max` (BIO_indent). @returns 1, or 0 when one could not be written */
export function BIO_indent(b: BIO | null, indent: number, max: number): number {
  for (let left = Math.min(Math.max(0, indent), max); left > 0; left--) if (BIO_puts(b, ' ') !== 1) return 0
  return 1
}

/**
 * BIO_gets for kinds that cannot: reads byte by byte up to a line feed (BIO_get_line(3)).
 * @returns the number of bytes without the NUL
 */
export function BIO_get_line(bio: BIO | null, buf: Uint8Array, size?: number): number {
  const room = requireSignedLength(size, requireBytes(buf, 'buf'), 'size')
  const reason =
    room <= 0 ? BIO_R_INVALID_ARGUMENT : bio === null ? ERR_R_PASSED_NULL_PARAMETER : bio.init ? 0 : BIO_R_UNINITIALIZED
  if (reason !== 0) {
    raise(ERR_LIB_BIO, reason)
    return -1
  }
  let length = 0
  let ret = 0
  while (length < room - 1 && (ret = BIO_read(bio, buf.subarray(length, length + 1))) > 0)
    if (buf[length++] === 0x0a) break
  buf[length] = 0
  return ret > 0 || BIO_eof(bio) ? length : ret
}

/**
 * A callback for BIO_set_callback_ex that writes a line for every operation to the BIO kept as callback argument, or to
 * standard error (BIO_debug_callback_ex(3)). Where C has the address of the BIO, nothing stands.
 */
export function BIO_debug_callback_ex(
  bio: BIO,
  oper: number,
  argp: unknown,
  len: number,
  argi: number,
  argl: number,
  ret: number,
  processed: Out<number> | null,
): number {
  void argp
  void argl
  const { method, num, callbackArg } = requireLive(bio, BIO, 'bio')
  const count = processed?.value ?? 0
  const text = `BIO: ${describe(oper, { len, command: argi, ret, count, name: method.name, num })}\n`
  if (callbackArg instanceof BIO) BIO_puts(callbackArg, text)
  else process.stderr.write(text)
  return oper & BIO_CB_RETURN ? ret : 1
}

/** BIO_debug_callback_ex for BIO_set_callback. */
export function BIO_debug_callback(
  bio: BIO,
  cmd: number,
  argp: unknown,
  argi: number,
  argl: number,
  ret: number,
): number {
  const processed = { value: Math.max(0, ret) }
  BIO_debug_callback_ex(bio, cmd, argp, argi, argi, argl, Math.min(1, ret), processed)
  return ret
}

interface Operation {
  readonly len: number
  readonly command: number
  readonly ret: number
  readonly count: number
  readonly name: string
  readonly num: number
}

function describe(oper: number, { len, command, ret, count, name, num }: Operation): string {
  switch (oper) {
    case BIO_CB_FREE:
      return `Free - ${name}`
    case BIO_CB_READ:
      return `read(${num},${len}) - ${name}`
    case BIO_CB_WRITE:
      return `write(${num},${len}) - ${name}`
    case BIO_CB_PUTS:
      return `puts() - ${name}`
    case BIO_CB_GETS:
      return `gets(${len}) - ${name}`
    case BIO_CB_CTRL:
      return `ctrl(${command}) - ${name}`
    case BIO_CB_RETURN | BIO_CB_READ:
      return `read return ${ret} processed: ${count}`
    case BIO_CB_RETURN | BIO_CB_WRITE:
      return `write return ${ret} processed: ${count}`
    case BIO_CB_RETURN | BIO_CB_GETS:
      return `gets return ${ret} processed: ${count}`
    case BIO_CB_RETURN | BIO_CB_PUTS:
      return `puts return ${ret} processed: ${count}`
    case BIO_CB_RETURN | BIO_CB_CTRL:
      return `ctrl return ${ret}`
    default:
      return `bio callback - unknown type (${oper})`
  }
}

import { utf8 } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { inTurn, takeTurn, turnIsDue } from '../../transport/fairness.ts'
import type { BIO } from '../bio/bio.ts'
import { BIO_get_retry_reason, BIO_method_type } from '../bio/chain.ts'
import * as dump from '../bio/dump.ts'
import * as io from '../bio/io.ts'
import * as macros from '../bio/macros.ts'
import { resolve, unresolved } from '../bio/socket/resolve.ts'
import { waitFor } from '../bio/wait.ts'
import { type Out, requireBytes, requireSignedLength } from '../boundary.ts'
import { BIO_RR_ACCEPT, BIO_RR_CONNECT, BIO_TYPE_DESCRIPTOR } from '../constants/bio.ts'
import { BIO_R_CONNECT_ERROR, BIO_R_CONNECT_TIMEOUT, BIO_R_NBIO_CONNECT_ERROR } from '../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_R_SYS_LIB } from '../constants/err.ts'
import {
  ERR_clear_last_mark,
  ERR_GET_LIB,
  ERR_GET_REASON,
  ERR_peek_last_error,
  ERR_pop_to_mark,
  ERR_set_mark,
} from '../err/index.ts'
import { raise } from '../err/raise.ts'

/**
 * The BIO calls that block in C, as promises. A descriptor that is made non-blocking (BIO_set_nbio, BIO_SOCK_NONBLOCK) is not
 * waited for. A connecting BIO asks name servers too.
 */

/** BIO_read on a blocking descriptor. */
export function BIO_read(b: BIO | null, data: Uint8Array, dlen?: number): Promise<number> {
  return block(b, () => io.BIO_read(b, data, dlen))
}

/** BIO_read_ex on a blocking descriptor. */
export function BIO_read_ex(
  b: BIO | null,
  data: Uint8Array,
  dlen: number | undefined,
  readbytes: Out<number>,
): Promise<number> {
  return block(b, () => io.BIO_read_ex(b, data, dlen, readbytes))
}

/** BIO_write on a blocking descriptor: a stream takes all of it, unless it fails on the way. */
export function BIO_write(b: BIO | null, data: Uint8Array, dlen?: number): Promise<number> {
  return inTurn(b, async () => {
    const size = requireSignedLength(dlen, requireBytes(data, 'data'), 'dlen')
    const first = await block(b, () => io.BIO_write(b, data, dlen))
    return first <= 0 ? first : first + (await writeRest(b, data.subarray(first, size)))
  })
}

/** BIO_write_ex on a blocking descriptor: a stream takes all of it, unless it fails on the way. */
export function BIO_write_ex(
  b: BIO | null,
  data: Uint8Array,
  dlen?: number,
  written: Out<number> | null = null,
): Promise<number> {
  return inTurn(b, async () => {
    const size = requireSignedLength(dlen, requireBytes(data, 'data'), 'dlen')
    const count = written ?? { value: 0 }
    const ret = await block(b, () => io.BIO_write_ex(b, data, dlen, count))
    if (ret > 0) count.value += await writeRest(b, data.subarray(count.value, Math.max(0, size)))
    return ret
  })
}

/** BIO_puts on a blocking descriptor. */
export function BIO_puts(b: BIO | null, buf: string): Promise<number> {
  return inTurn(b, async () => {
    const first = await block(b, () => io.BIO_puts(b, buf))
    return first <= 0 ? first : first + (await writeRest(b, utf8(buf).subarray(first)))
  })
}

/** BIO_gets on a blocking descriptor: waits for the whole line. */
export async function BIO_gets(b: BIO | null, buf: Uint8Array, size?: number): Promise<number> {
  const room = requireSignedLength(size, requireBytes(buf, 'buf'), 'size')
  let length = 0
  for (;;) {
    const got = await block(b, () => io.BIO_gets(b, buf.subarray(length, Math.max(length, room)), room - length))
    if (got <= 0) return length || got
    length += got
    const cut = b !== null && length < room - 1 && buf[length - 1] !== LINE_FEED && macros.BIO_should_retry(b) !== 0
    if (!cut) return length
  }
}

/** BIO_get_line on a blocking descriptor. */
export async function BIO_get_line(bio: BIO | null, buf: Uint8Array, size?: number): Promise<number> {
  const room = requireSignedLength(size, requireBytes(buf, 'buf'), 'size')
  if (bio === null || room <= 0 || !bio.init) return dump.BIO_get_line(bio, buf, size)
  let length = 0
  let ret = 1
  while (length < room - 1 && buf[length - 1] !== LINE_FEED && ret > 0) {
    ret = await BIO_read(bio, buf.subarray(length, length + 1))
    if (ret > 0) length++
  }
  buf[length] = 0
  return ret > 0 || macros.BIO_eof(bio) ? length : ret
}

/** BIO_flush on a blocking descriptor. */
export function BIO_flush(b: BIO | null): Promise<number> {
  return block(b, () => macros.BIO_flush(b))
}

/** BIO_do_handshake on a blocking descriptor: the end of the handshake, the connection, the next client. */
export function BIO_do_handshake(b: BIO | null): Promise<number> {
  return block(b, () => macros.BIO_do_handshake(b))
}

/** BIO_do_handshake by another name. */
export const BIO_do_connect: typeof BIO_do_handshake = BIO_do_handshake
export const BIO_do_accept: typeof BIO_do_handshake = BIO_do_handshake

/**
 * Connects, and tries again when that fails (BIO_do_connect_retry(3)).
 * @param timeout - seconds for all; 0 tries without end, negative tries once
 * @param nap_milliseconds - between tries; 100 when negative
 * @returns 1; 0 with BIO_R_CONNECT_TIMEOUT; -1 with the errors of the last try
 */
export async function BIO_do_connect_retry(
  bio: BIO | null,
  timeout: number,
  nap_milliseconds: number,
): Promise<number> {
  const end = timeout > 0 ? systemClock.now() + timeout * 1000 : null
  for (;;) {
    ERR_set_mark()
    const ret = await block(bio, () => macros.BIO_do_handshake(bio), end)
    const late = end !== null && systemClock.now() >= end
    if (ret > 0 || bio === null || timeout < 0 || !(late || worthAnother(bio))) {
      ERR_clear_last_mark()
      if (ret <= 0 && ERR_peek_last_error() === 0) raise(ERR_LIB_BIO, BIO_R_CONNECT_ERROR)
      return ret > 0 ? ret : -1
    }
    ERR_pop_to_mark()
    if (late) {
      raise(ERR_LIB_BIO, BIO_R_CONNECT_TIMEOUT)
      return 0
    }
    macros.BIO_reset(bio)
    await sleep(
      Math.min(nap_milliseconds < 0 ? 100 : nap_milliseconds, end === null ? Infinity : end - systemClock.now()),
    )
  }
}

const LINE_FEED = 0x0a

/** Errors of a connection that may be different the next time. */
function worthAnother(bio: BIO): boolean {
  const error = ERR_peek_last_error()
  if (ERR_GET_LIB(error) !== ERR_LIB_BIO) return macros.BIO_should_retry(bio) !== 0
  return [ERR_R_SYS_LIB, BIO_R_CONNECT_ERROR, BIO_R_NBIO_CONNECT_ERROR].includes(ERR_GET_REASON(error))
}

/** What a blocking write(2) does for a stream and C does not do for other kinds; the number of bytes that went too. */
async function writeRest(b: BIO | null, rest: Uint8Array): Promise<number> {
  if (b === null || (BIO_method_type(b) & BIO_TYPE_DESCRIPTOR) === 0) return 0
  let done = 0
  while (done < rest.length) {
    const ret = await block(b, () => io.BIO_write(b, rest.subarray(done)))
    if (ret <= 0) break
    done += ret
  }
  return done
}

/** Calls until there is an answer, or until `end`, in milliseconds of the clock. */
async function block(bio: BIO | null, call: () => number, end: number | null = null): Promise<number> {
  const connecting = unresolved(bio)
  if (connecting !== null) await resolve(connecting)
  for (;;) {
    // Also between tries: a BIO may call itself ready and refuse all the same.
    if (turnIsDue()) await takeTurn()
    const ret = call()
    if (ret > 0 || bio === null || !(await again(bio, end))) return ret
  }
}

/** Waits for what a call has asked for; false when it has not asked, or in vain. */
async function again(bio: BIO, end: number | null = null): Promise<boolean> {
  const want = wanted(bio)
  return want !== null && waitFor(bio, want, end === null ? null : Math.max(0, end - systemClock.now()))
}

function wanted(bio: BIO): 'read' | 'write' | null {
  if (!macros.BIO_should_retry(bio)) return null
  if (macros.BIO_should_read(bio)) return 'read'
  if (macros.BIO_should_write(bio)) return 'write'
  const reason = BIO_get_retry_reason(bio)
  if (reason === BIO_RR_CONNECT) return 'write'
  return reason === BIO_RR_ACCEPT ? 'read' : null
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise(done => setTimeout(done, milliseconds))
}

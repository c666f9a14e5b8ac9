import { utf8 } from '../../base/bytes.ts'
import { SLACK } from '../../handshake/dtls/timer.ts'
import { BIO, BIO_clear_flags, BIO_clear_retry_flags, BIO_new, BIO_up_ref } from '../bio/bio.ts'
import { BIO_copy_next_retry, BIO_find_type, BIO_get_retry_reason, BIO_push } from '../bio/chain.ts'
import { closeFlagCommand } from '../bio/close-flag.ts'
import { BIO_f_buffer } from '../bio/filters/buffer.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_write } from '../bio/io.ts'
import { BIO_pending, BIO_set_retry_read, BIO_set_retry_special, BIO_set_retry_write } from '../bio/macros.ts'
import { BIO_METHOD } from '../bio/method.ts'
import { BIO_s_connect } from '../bio/socket/connect.ts'
import { type Recall, shortest, waitFor } from '../bio/wait.ts'
import { type Out, requireLive, requireLiveOrNull, requireOut } from '../boundary.ts'
import { sslClock } from '../clock.ts'
import {
  BIO_C_DO_STATE_MACHINE,
  BIO_C_GET_SSL,
  BIO_C_GET_SSL_NUM_RENEGOTIATES,
  BIO_C_SET_SSL,
  BIO_C_SET_SSL_RENEGOTIATE_BYTES,
  BIO_C_SET_SSL_RENEGOTIATE_TIMEOUT,
  BIO_C_SSL_MODE,
  BIO_CLOSE,
  BIO_CTRL_DUP,
  BIO_CTRL_FLUSH,
  BIO_CTRL_INFO,
  BIO_CTRL_PENDING,
  BIO_CTRL_POP,
  BIO_CTRL_PUSH,
  BIO_CTRL_RESET,
  BIO_CTRL_SET_CALLBACK,
  BIO_CTRL_WPENDING,
  BIO_RR_ACCEPT,
  BIO_RR_CONNECT,
  BIO_RR_SSL_X509_LOOKUP,
  BIO_TYPE_SSL,
} from '../constants/bio.ts'
import * as C from '../constants/ssl.ts'
import { SSL_set_bio } from './bio.ts'
import type { SSL_CTX } from './ctx.ts'
import { SSL_dup } from './dup.ts'
import { SSL_get_error } from './error.ts'
import { Filter, filterOf, setByteLimit, setSecondLimit } from './filter-state.ts'
import { SSL_do_handshake, SSL_set_accept_state, SSL_set_connect_state } from './handshake.ts'
import { SSL_in_init } from './info.ts'
import { SSL_pending, SSL_read, SSL_write } from './io.ts'
import { SSL_clear, SSL_free, SSL_new } from './new-free.ts'
import { SSL_copy_session_id } from './sessions/use.ts'
import { SSL_shutdown } from './shutdown.ts'
import { SSL } from './ssl.ts'

/** A filter that is one end of a connection (BIO_f_ssl(3)): what is written to it goes out protected by the next BIO. */
export function BIO_f_ssl(): BIO_METHOD {
  return METHOD
}

/**
 * A filter with a new SSL object of its own (BIO_new_ssl(3)).
 * @param client - 1 for a client, 0 for a server
 * @returns null with the errors of SSL_new
 */
export function BIO_new_ssl(ctx: SSL_CTX, client: number): BIO | null {
  const ssl = SSL_new(ctx)
  const bio = ssl && BIO_new(METHOD)
  if (ssl === null || bio === null) {
    SSL_free(ssl)
    return null
  }
  setMode(ssl, client)
  BIO_set_ssl(bio, ssl, BIO_CLOSE)
  return bio
}

/** BIO_new_ssl of a client, on a BIO_s_connect. */
export function BIO_new_ssl_connect(ctx: SSL_CTX): BIO | null {
  const ssl = BIO_new_ssl(ctx, 1)
  return ssl && BIO_push(ssl, BIO_new(BIO_s_connect()))
}

/** BIO_new_ssl_connect behind a BIO_f_buffer. */
export function BIO_new_buffer_ssl_connect(ctx: SSL_CTX): BIO | null {
  const ssl = BIO_new_ssl_connect(ctx)
  return ssl && BIO_push(BIO_new(BIO_f_buffer()), ssl)
}

/** Lets the first filter of one chain offer the session that the first of another has. @returns 1, or 0 */
export function BIO_ssl_copy_session_id(to: BIO | null, from: BIO | null): number {
  const target = firstSsl(to)
  const source = firstSsl(from)
  return target === null || source === null ? 0 : SSL_copy_session_id(target, source)
}

/** SSL_shutdown of every filter of a chain. */
export function BIO_ssl_shutdown(ssl_bio: BIO | null): void {
  for (let at = requireLiveOrNull(ssl_bio, BIO, 'ssl_bio'); at !== null; at = at.next) {
    const ssl = at.ptr instanceof Filter ? at.ptr.ssl : null
    if (ssl !== null) SSL_shutdown(ssl)
  }
}

/**
 * Gives a filter its SSL object, in place of another; the BIOs of the object follow the filter in its chain.
 * @param c - BIO_CLOSE: the object is freed with the filter
 * @returns 1
 */
export function BIO_set_ssl(b: BIO | null, ssl: SSL, c: number): number {
  return BIO_ctrl(b, BIO_C_SET_SSL, c, ssl)
}

/** The SSL object of the first filter of a chain, in `sslp`; the filter keeps it. @returns 1, or 0 */
export function BIO_get_ssl(b: BIO | null, sslp: Out<SSL | null>): number {
  return BIO_ctrl(b, BIO_C_GET_SSL, 0, sslp)
}

/** Makes the end a client (1) or a server (0). @returns 1 */
export function BIO_set_ssl_mode(b: BIO | null, client: number): number {
  return BIO_ctrl(b, BIO_C_SSL_MODE, client)
}

/**
 * Asks for new keys after so many bytes, read and written together (SSL_renegotiate).
 * @param num - 512 at least; less changes nothing
 * @returns the number before, 0 at first
 */
export function BIO_set_ssl_renegotiate_bytes(b: BIO | null, num: number): number {
  return BIO_ctrl(b, BIO_C_SET_SSL_RENEGOTIATE_BYTES, num)
}

/**
 * Asks for new keys when so much time is over at a read or write.
 * @param seconds - 60 at least; less becomes 5
 * @returns the number before, 0 at first
 */
export function BIO_set_ssl_renegotiate_timeout(b: BIO | null, seconds: number): number {
  return BIO_ctrl(b, BIO_C_SET_SSL_RENEGOTIATE_TIMEOUT, seconds)
}

/** How often the filter has asked for new keys. */
export function BIO_get_num_renegotiates(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_SSL_NUM_RENEGOTIATES, 0)
}

function firstSsl(chain: BIO | null): SSL | null {
  const bio = BIO_find_type(chain, BIO_TYPE_SSL)
  return bio === null ? null : filterOf(bio).ssl
}

function setMode(ssl: SSL, client: number): void {
  if (client === 0) SSL_set_accept_state(ssl)
  else SSL_set_connect_state(ssl)
}

function read(b: BIO, out: Uint8Array, _size: number, readbytes: Out<number>): number {
  return move(b, readbytes, ssl => SSL_read(ssl, out))
}

function write(b: BIO, data: Uint8Array, _size: number, written: Out<number>): number {
  return move(b, written, ssl => SSL_write(ssl, data))
}

/** A read or write: 1 with the count, else what the SSL call gave, and the flags say what it waits for. */
function move(b: BIO, count: Out<number>, call: (ssl: SSL) => number): number {
  const { ssl } = filterOf(b)
  BIO_clear_retry_flags(b)
  if (ssl === null) return 0
  const moved = call(ssl)
  count.value = Math.max(0, moved)
  showWait(b, ssl, moved)
  if (moved > 0) filterOf(b).count(ssl, moved)
  return Math.min(1, moved)
}

function showWait(b: BIO, ssl: SSL, ret: number): void {
  b.retryReason = 0
  switch (SSL_get_error(ssl, ret)) {
    case C.SSL_ERROR_WANT_READ:
      BIO_set_retry_read(b)
      break
    case C.SSL_ERROR_WANT_WRITE:
      BIO_set_retry_write(b)
      break
    case C.SSL_ERROR_WANT_X509_LOOKUP:
      special(b, BIO_RR_SSL_X509_LOOKUP)
      break
    case C.SSL_ERROR_WANT_CONNECT:
      special(b, BIO_RR_CONNECT)
      break
    case C.SSL_ERROR_WANT_ACCEPT:
      special(b, BIO_RR_ACCEPT)
      break
  }
}

function special(b: BIO, reason: number): void {
  BIO_set_retry_special(b)
  b.retryReason = reason
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  if (cmd === BIO_C_SET_SSL) return setSsl(b, num, requireLive(ptr, SSL, 'ssl'))
  const { ssl } = filterOf(b)
  if (ssl === null) return 0
  switch (cmd) {
    case BIO_CTRL_RESET:
      return reset(b, ssl)
    case BIO_CTRL_INFO:
    case BIO_CTRL_SET_CALLBACK:
      return 0
    case BIO_C_SSL_MODE:
      setMode(ssl, num)
      return 1
    case BIO_C_SET_SSL_RENEGOTIATE_BYTES:
      return setByteLimit(filterOf(b), num)
    case BIO_C_SET_SSL_RENEGOTIATE_TIMEOUT:
      return setSecondLimit(filterOf(b), num)
    case BIO_C_GET_SSL_NUM_RENEGOTIATES:
      return filterOf(b).renegotiates
    case BIO_C_GET_SSL:
      if (ptr === null) return 0
      requireOut<SSL>(ptr, 'sslp').value = ssl
      return 1
    case BIO_CTRL_WPENDING:
      return BIO_ctrl(ssl.wbio, cmd, num, ptr)
    case BIO_CTRL_PENDING:
      return SSL_pending(ssl) || BIO_pending(ssl.rbio)
    case BIO_CTRL_FLUSH:
      return flush(b, ssl)
    case BIO_CTRL_PUSH:
      return push(b, ssl)
    case BIO_CTRL_POP:
      // Only who is popped itself lets go of the BIOs.
      if (b === ptr) SSL_set_bio(ssl, null, null)
      return 1
    case BIO_C_DO_STATE_MACHINE:
      return handshake(b, ssl)
    case BIO_CTRL_DUP:
      return duplicate(b, ssl, requireLive(ptr, BIO, 'ret'))
    default:
      return closeFlagCommand(b, cmd, num) ?? BIO_ctrl(ssl.rbio, cmd, num, ptr)
  }
}

function setSsl(b: BIO, close: number, ssl: SSL): number {
  if (filterOf(b).ssl !== null) {
    destroy(b)
    b.ptr = new Filter()
  }
  b.shutdown = close
  filterOf(b).ssl = ssl
  if (ssl.rbio !== null) {
    if (b.next !== null) BIO_push(ssl.rbio, b.next)
    b.next = ssl.rbio
    BIO_up_ref(ssl.rbio)
  }
  b.init = 1
  return 1
}

function reset(b: BIO, ssl: SSL): number {
  SSL_shutdown(ssl)
  if (ssl.role !== null) setMode(ssl, Number(ssl.role === 'client'))
  if (!SSL_clear(ssl)) return 0
  const below = b.next ?? ssl.rbio
  return below === null ? 1 : BIO_ctrl(below, BIO_CTRL_RESET, 0)
}

function flush(b: BIO, ssl: SSL): number {
  BIO_clear_retry_flags(b)
  const ret = BIO_ctrl(ssl.wbio, BIO_CTRL_FLUSH, 0)
  if (b.next !== null) BIO_copy_next_retry(b)
  return ret
}

/** What follows in the chain becomes the BIO of the SSL object, which holds references of its own. */
function push(b: BIO, ssl: SSL): 1 {
  if (b.next === null || b.next === ssl.rbio) return 1
  BIO_up_ref(b.next)
  SSL_set_bio(ssl, b.next, b.next)
  return 1
}

function handshake(b: BIO, ssl: SSL): number {
  BIO_clear_retry_flags(b)
  const ret = SSL_do_handshake(ssl)
  showWait(b, ssl, ret)
  if (b.retryReason === BIO_RR_CONNECT && b.next !== null) b.retryReason = BIO_get_retry_reason(b.next)
  return ret
}

/** For a copy of the chain, which an accepting BIO makes for each connection. */
function duplicate(from: BIO, ssl: SSL, to: BIO): number {
  const copy = SSL_dup(ssl)
  SSL_free(filterOf(to).ssl)
  filterOf(to).take(copy, filterOf(from))
  return Number(copy !== null)
}

function destroy(b: BIO): number {
  const { ssl } = filterOf(b)
  if (!b.shutdown) return 1
  if (ssl !== null && !SSL_in_init(ssl)) SSL_shutdown(ssl)
  if (b.init) SSL_free(ssl)
  BIO_clear_flags(b, ~0)
  b.init = 0
  return 1
}

/** Waits for the BIO below, at most until the DTLS timer runs out: then a call that is tried again sees to it. */
async function wait(b: BIO, want: 'read' | 'write', milliseconds: number | null, recall: Recall): Promise<boolean> {
  const { ssl } = filterOf(b)
  const bio = want === 'read' ? ssl?.rbio : ssl?.wbio
  if (!ssl || !bio) return true
  const deadline = ssl.connection?.nextDeadline() ?? null
  const left = deadline === null ? null : Math.max(0, Math.ceil(deadline - sslClock.now()))
  if (await waitFor(bio, want, shortest(milliseconds, left), [ssl, recall])) return true
  return deadline !== null && sslClock.now() >= deadline - SLACK
}

const METHOD = new BIO_METHOD(BIO_TYPE_SSL, 'ssl', {
  readEx: read,
  writeEx: write,
  puts: (b, text) => BIO_write(b, utf8(text)),
  ctrl,
  create: b => {
    b.ptr = new Filter()
    return 1
  },
  destroy,
  callbackCtrl: (b, cmd, cb) => BIO_callback_ctrl(filterOf(b).ssl?.rbio ?? null, cmd, cb),
  wait,
})

import { EAGAIN, ECONNABORTED, EINVAL, EMSGSIZE, EPERM, setErrno } from '../../base/errno.ts'
import type { Stream } from '../../multistream/stream.ts'
import { type Out, requireBytes, requireInteger, requireOut, requireSignedLength } from '../boundary.ts'
import { ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../constants/err.ts'
import {
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_SYSCALL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_ZERO_RETURN,
  SSL_RECEIVED_SHUTDOWN,
  SSL_SENT_SHUTDOWN,
} from '../constants/ssl.ts'
import { SSL_R_CONNECTION_TYPE_NOT_SET } from '../constants/sslerr.ts'
import { ERR_clear_error } from '../err/put.ts'
import { raise } from '../err/raise.ts'
import { SSL_get_error } from '../ssl/error.ts'
import { SSL_has_pending, SSL_read, SSL_write } from '../ssl/io.ts'
import { SSL_get_shutdown, SSL_shutdown } from '../ssl/shutdown.ts'
import type { SSL } from '../ssl/ssl.ts'
import type { MULTISTREAM } from './association.ts'
import { isFinal, keepSession } from './handshake.ts'
import { live, MULTISTREAM_get0_ssl, requireStream } from './multistream.ts'

/** How a message without TLS is sent; what is left out is 0: in order, and for as long as it takes. */
export interface MULTISTREAM_sendinfo {
  /** SCTP_UNORDERED, SCTP_SACK_IMMEDIATELY. */
  readonly snd_flags?: number
  readonly snd_ppid?: number
  readonly snd_context?: number
  /** SCTP_PR_SCTP_TTL (milliseconds), _RTX (retransmissions), _PRIO. */
  readonly pr_policy?: number
  readonly pr_value?: number
}

/** How a message without TLS has come. */
export interface MULTISTREAM_recvinfo {
  rcv_ppid: number
  /** 1 for one that was sent with SCTP_UNORDERED. */
  rcv_unordered: number
}

/**
 * Reads from whichever stream has something, each in its turn: data of a TLS connection, deciphered, or a message of a stream
 * without TLS. A server makes the connections that clients begin; handshakes go on by the way.
 * @param sid - takes the number of the stream; -1 when the result is about the association
 * @param num - octets wanted; the whole buffer when left out. A message without TLS that is longer stays: -1 with EMSGSIZE
 * @returns the number of octets; 0 with a stream: its peer has sent close_notify; 0 with -1: the association has ended in
 * order, which need not be announced on the streams; -1 with a stream: it has failed, MULTISTREAM_get_error is SSL_ERROR_SSL or
 * _SYSCALL (ENOBUFS: it was not read in time), the reason is queued or in errno(), and the others go on; -1 with -1:
 * SSL_ERROR_WANT_READ, _WANT_WRITE or what a callback waits for, or SSL_ERROR_SYSCALL when the association is lost. Each end
 * and each failure of a stream is told once
 */
export function MULTISTREAM_read(ms: MULTISTREAM, sid: Out<number>, buf: Uint8Array, num?: number): number {
  const object = live(ms)
  const { streams } = object
  const place = requireOut(sid, 'sid')
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  const out = buf.subarray(0, Math.max(0, size))
  const stuck = new Map<number, number>()
  place.value = -1
  if (object.role === null) {
    raise(ERR_LIB_SSL, SSL_R_CONNECTION_TYPE_NOT_SET)
    object.error = SSL_ERROR_SSL
    return -1
  }
  if (out.length === 0) {
    setErrno(EINVAL)
    object.error = SSL_ERROR_SYSCALL
    return -1
  }
  for (;;) {
    streams.receive(() => streams.hasNews)
    const candidates = candidatesOf(object).filter(({ id }) => !stuck.has(id))
    if (candidates.length === 0) break
    for (const stream of candidates) {
      const { held } = stream
      const ret = readFrom(object, stream, out)
      if (ret !== null) {
        place.value = stream.id
        return ret
      }
      if (object.error !== SSL_ERROR_WANT_READ || (stream.hasNews && stream.held === held))
        stuck.set(stream.id, object.error)
    }
  }
  const [wanted = SSL_ERROR_WANT_READ] = stuck.values()
  object.error = wanted
  return streams.end === null ? -1 : ended(object, streams.end, place)
}

/**
 * Writes to the TLS connection of a pair, which is made, and its handshake done, if need be.
 * @param num - octets to write; the whole buffer when left out
 * @returns as SSL_write; MULTISTREAM_get_error as SSL_get_error
 */
export function MULTISTREAM_write(ms: MULTISTREAM, sid: number, buf: Uint8Array, num?: number): number {
  const object = live(ms)
  ERR_clear_error()
  const ssl = MULTISTREAM_get0_ssl(object, sid)
  if (ssl === null) {
    object.error = SSL_ERROR_SSL
    return -1
  }
  const ret = SSL_write(ssl, buf, num)
  object.error = SSL_get_error(ssl, ret)
  if (ssl.connection?.established) keepSession(object, ssl)
  return ret
}

/** SSL_ERROR_*: why the last call of this object did not do all that it was to do. */
export function MULTISTREAM_get_error(ms: MULTISTREAM): number {
  return live(ms).error
}

/**
 * Sends a message without TLS, with everything that SCTP has for it.
 * @param num - octets to send; the whole buffer when left out
 * @returns the number of octets; -1 with errno(): EAGAIN, EMSGSIZE, EINVAL (no such stream) ...; EPERM, and
 * ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED queued, for a stream that carries TLS
 */
export function MULTISTREAM_send(
  ms: MULTISTREAM,
  sid: number,
  buf: Uint8Array,
  num?: number,
  how: MULTISTREAM_sendinfo = {},
): number {
  const object = live(ms)
  const stream = object.streams.stream(requireStream(sid))
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  const { snd_flags = 0, snd_ppid = 0, snd_context = 0, pr_policy = 0, pr_value = 0 } = how
  for (const [name, value] of Object.entries(how)) requireInteger(value, name)
  const options = { flags: snd_flags, ppid: snd_ppid, context: snd_context, policy: pr_policy, value: pr_value }
  return settle(object, stream, object.streams.sendMessage(stream, buf.subarray(0, Math.max(0, size)), options))
}

/**
 * Reads the next message of a stream without TLS.
 * @param num - octets of the buffer; all of it when left out
 * @param info - takes how the message has come
 * @returns the number of octets; 0 when the association has ended in order; -1 with errno(): EAGAIN; EMSGSIZE: it is longer, and
 * stays; ENOBUFS: the stream was not read in time; EPERM as MULTISTREAM_send
 */
export function MULTISTREAM_recv(
  ms: MULTISTREAM,
  sid: number,
  buf: Uint8Array,
  num?: number,
  info: Partial<MULTISTREAM_recvinfo> | null = null,
): number {
  const object = live(ms)
  const stream = object.streams.stream(requireStream(sid))
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  return settle(object, stream, receive(object, stream, buf.subarray(0, Math.max(0, size)), info))
}

/**
 * Ends the connections: the first call sends close_notify on each stream and returns; later ones read, and drop, what still
 * comes, up to the peers' close_notify or the end of the association, which stands for them. The association itself ends when
 * the descriptor is closed.
 * @returns 1: all have ended; 0: sent, not all peers have answered; -1: MULTISTREAM_get_error says SSL_ERROR_WANT_WRITE, call
 * again, or SSL_ERROR_SYSCALL: the association is lost
 */
export function MULTISTREAM_shutdown(ms: MULTISTREAM): number {
  const object = live(ms)
  const { streams } = object
  ERR_clear_error()
  object.error = SSL_ERROR_NONE
  let open = 0
  for (const [id, ssl] of object.connections) {
    if (object.over.has(id) && !isClosed(ssl)) continue
    if (ssl.connection?.established !== true || ssl.connection.failure !== null) continue
    if (!hasSent(ssl)) {
      const ret = SSL_shutdown(ssl)
      if (ret < 0 && SSL_get_error(ssl, ret) === SSL_ERROR_WANT_WRITE) object.error = SSL_ERROR_WANT_WRITE
    } else if (!isClosed(ssl)) drop(ssl)
    if (!isClosed(ssl) && ssl.connection.failure === null && streams.stream(id).failure === 0) open++
  }
  ERR_clear_error()
  if (streams.end !== null && streams.end < 0) {
    setErrno(-streams.end)
    object.error = SSL_ERROR_SYSCALL
    return -1
  }
  if (object.error !== SSL_ERROR_NONE) return -1
  if (open === 0 || streams.end === 0) return 1
  object.error = SSL_ERROR_WANT_READ
  return 0
}

function candidatesOf({ streams, pending }: MULTISTREAM): Stream[] {
  return [...new Set([...[...pending].map(id => streams.stream(id)), ...streams.ready])]
}

/** Null: nothing for the program, with `error` set to what is awaited. */
function readFrom(object: MULTISTREAM, stream: Stream, out: Uint8Array): number | null {
  object.error = SSL_ERROR_WANT_READ
  if (!object.connections.has(stream.id) && !mayBegin(object, stream)) return readPlain(object, stream, out)
  ERR_clear_error()
  const ssl = MULTISTREAM_get0_ssl(object, stream.id)
  const ret = ssl === null ? -1 : SSL_read(ssl, out)
  if (ssl?.connection?.established) keepSession(object, ssl)
  if (ssl !== null && SSL_has_pending(ssl) && ret > 0) object.pending.add(stream.id)
  else object.pending.delete(stream.id)
  if (ret > 0) return ret
  // One that has failed in a call of the program's own says nothing of it any more.
  const failed = ssl === null || (ssl.connection?.failure ?? null) !== null
  object.error = ssl === null || failed ? SSL_ERROR_SSL : SSL_get_error(ssl, ret)
  if (!isFinal(object.error)) return null
  // That the association has ended is told when nothing is left to be read.
  const atEnd = object.streams.end === 0 && !failed && object.error === SSL_ERROR_SYSCALL && stream.failure === 0
  if (atEnd) object.error = SSL_ERROR_WANT_READ
  return atEnd ? null : finish(object, stream)
}

/** Tells once that a connection is over: 0 for close_notify, else -1. */
function finish(object: MULTISTREAM, stream: Stream): 0 | -1 {
  object.over.add(stream.id)
  object.streams.abandon(stream, ECONNABORTED)
  return object.error === SSL_ERROR_ZERO_RETURN ? 0 : -1
}

/** A client begins a connection on a pair that is not said to be plain. */
function mayBegin({ role, streams, plain }: MULTISTREAM, { id, secured }: Stream): boolean {
  return role === 'server' && id < streams.pairs && !plain.has(id) && !secured
}

function readPlain(object: MULTISTREAM, stream: Stream, out: Uint8Array): number | null {
  const { streams, plain } = object
  if (stream.id < streams.pairs && !plain.has(stream.id)) {
    // Nobody has said what it is: it waits, within the bounds, until somebody does.
    streams.park(stream, true)
    return null
  }
  const got = receive(object, stream, out, null)
  if (got === -EAGAIN || got === 0) return null
  return settle(object, stream, got)
}

function receive(
  { streams }: MULTISTREAM,
  stream: Stream,
  out: Uint8Array,
  info: Partial<MULTISTREAM_recvinfo> | null,
): number {
  streams.receive(() => streams.settled(stream))
  if (!stream.secured && (stream.messageLength ?? 0) > out.length) return -EMSGSIZE
  const message = streams.readMessage(stream)
  if (typeof message === 'number') return message
  out.set(message.bytes)
  if (info !== null) Object.assign(info, { rcv_ppid: message.ppid, rcv_unordered: Number(message.unordered) })
  return message.bytes.length
}

/** The association has ended: connections that were cut in the middle of a record have failed, each is told once. */
function ended(object: MULTISTREAM, end: number, place: Out<number>): number {
  for (const [id, ssl] of object.connections) {
    const stream = object.streams.stream(id)
    if (end < 0 || object.over.has(id) || isClosed(ssl) || !stream.input.within) continue
    ERR_clear_error()
    object.error = SSL_get_error(ssl, SSL_read(ssl, new Uint8Array(1)))
    place.value = id
    return finish(object, stream)
  }
  object.error = end === 0 ? SSL_ERROR_ZERO_RETURN : SSL_ERROR_SYSCALL
  if (end < 0) setErrno(-end)
  return end === 0 ? 0 : -1
}

function settle(object: MULTISTREAM, stream: Stream, result: number): number {
  object.error = SSL_ERROR_NONE
  if (result >= 0) return result
  setErrno(-result)
  object.error = result === -EAGAIN ? SSL_ERROR_WANT_READ : SSL_ERROR_SYSCALL
  if (result === -EPERM && stream.secured)
    raise(ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED, `stream ${stream.id} carries TLS: it has no other messages`)
  return -1
}

function isClosed(ssl: SSL): boolean {
  return (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) !== 0
}

function hasSent(ssl: SSL): boolean {
  return (SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) !== 0 && ssl.outstanding.length === 0
}

function drop(ssl: SSL): void {
  const lost = new Uint8Array(2 ** 14)
  while (SSL_read(ssl, lost) > 0);
}

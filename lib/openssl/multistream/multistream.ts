import { EAGAIN, EBADF, ENOTSOCK, EPROTO, errno } from '../../base/errno.ts'
import { type StreamLimits, Streams } from '../../multistream/streams.ts'
import type { Arrival, StreamTransport } from '../../multistream/transport.ts'
import { StreamSocket } from '../../profile/stream-socket.ts'
import type { sctp_notification } from '../../sctp/api/index.ts'
import { descriptor } from '../../transport/descriptors.ts'
import { SctpDescriptor } from '../../transport/posix/sctp-socket.ts'
import { BIO } from '../bio/bio.ts'
import { BIO_get_fd } from '../bio/macros.ts'
import { type Out, requireCallback, requireInteger, requireLive, requireLiveOrNull, requireOut } from '../boundary.ts'
import { BIO_NOCLOSE } from '../constants/bio.ts'
import { ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../constants/err.ts'
import { SSL_R_CONNECTION_TYPE_NOT_SET } from '../constants/sslerr.ts'
import { raise, raiseSystem } from '../err/raise.ts'
import { SSL_set_bio } from '../ssl/bio.ts'
import { SSL_CTX } from '../ssl/ctx.ts'
import { SSL_set_accept_state, SSL_set_connect_state } from '../ssl/handshake.ts'
import { SSL_CTX_free, SSL_CTX_up_ref, SSL_free, SSL_new } from '../ssl/new-free.ts'
import { SSL_SESSION, SSL_SESSION_free } from '../ssl/sessions/session.ts'
import { SSL_set_session } from '../ssl/sessions/use.ts'
import type { SSL } from '../ssl/ssl.ts'
import { MULTISTREAM, SharedStreams } from './association.ts'
import { BIO_new_sctp_stream } from './stream-bio.ts'

/**
 * Reads the next message of whatever stream, for a program that moves the messages itself.
 * @param sid - takes the number of the stream
 * @param buf - takes the message; what does not fit comes with the next call, `last.value` being 0 until the end
 * @param last - 1 at first
 * @returns the number of bytes; 0 when the association has ended in order; -1 with errno(): EAGAIN when there is nothing now
 */
export type MULTISTREAM_pull_fn = (sid: Out<number>, buf: Uint8Array, last: Out<number>) => number

/**
 * Sends a message on a stream, in order and reliably.
 * @returns the number of bytes, which is all; -1 with errno(): EAGAIN when it is to be tried again
 */
export type MULTISTREAM_push_fn = (sid: number, message: Uint8Array) => number

/**
 * Makes the object that shares an association out to TLS connections, one on each pair of streams that is to have one.
 * @param ctx - what the connections are made from, of a TLS method; a reference is taken. Its method's role, if it has one, is
 * theirs; else call MULTISTREAM_set_connect_state or _set_accept_state
 * @param source - a descriptor of a connected one-to-one SCTP socket, or an SCTP BIO on one. From here on nobody else reads it
 * @param close_flag - BIO_CLOSE or BIO_NOCLOSE: whether the last reference closes the descriptor
 * @param limits - octets that may wait on one stream and on all; a stream on which more comes than anybody reads is ended with
 * ENOBUFS, the others go on
 * @returns null with the system's error (EBADF, ENOTSOCK), or with ERR_R_PASSED_INVALID_ARGUMENT for a context of DTLS
 */
export function MULTISTREAM_new(
  ctx: SSL_CTX,
  source: number | BIO,
  close_flag: number,
  limits: StreamLimits = {},
): MULTISTREAM | null {
  const context = tlsContext(ctx)
  const fd = typeof source === 'number' ? source : BIO_get_fd(requireLive(source, BIO, 'source'))
  const socket = descriptor(fd)
  if (!(socket instanceof SctpDescriptor)) {
    raiseSystem(socket === undefined ? EBADF : ENOTSOCK, 'MULTISTREAM_new()')
    return null
  }
  if (context === null) return null
  const streams = new Streams(new StreamSocket(socket.sctp), limits)
  return made(context, new SharedStreams(streams, socket, fd, requireInteger(close_flag, 'close_flag') !== BIO_NOCLOSE))
}

/**
 * MULTISTREAM_new for an association that the program has elsewhere.
 * @param inbound - how many streams come in
 * @param outbound - how many streams go out
 */
export function MULTISTREAM_new_callbacks(
  ctx: SSL_CTX,
  inbound: number,
  outbound: number,
  pull_cb: MULTISTREAM_pull_fn,
  push_cb: MULTISTREAM_push_fn,
  limits: StreamLimits = {},
): MULTISTREAM | null {
  const context = tlsContext(ctx)
  for (const count of [inbound, outbound])
    if (requireInteger(count, 'streams') < 1 || count > MOST_STREAMS) throw new TypeError('streams: 1 to 65535')
  const [pull, push] = [requireCallback(pull_cb, 'pull_cb'), requireCallback(push_cb, 'push_cb')]
  if (pull === null || push === null) throw new TypeError('pull_cb, push_cb: both are needed')
  if (context === null) return null
  const streams = new Streams(new CallbackTransport(inbound, outbound, pull, push), limits)
  return made(context, new SharedStreams(streams, null, -1, false))
}

/** Takes a reference. @returns 1 */
export function MULTISTREAM_up_ref(ms: MULTISTREAM): number {
  live(ms).addReference()
  return 1
}

/**
 * Drops a reference; the last one frees the connections. The descriptor is closed, if it is to be, when the BIOs have gone too.
 * Nothing is sent: call MULTISTREAM_shutdown before.
 */
export function MULTISTREAM_free(ms: MULTISTREAM | null): void {
  const object = requireLiveOrNull(ms, MULTISTREAM, 'ms')
  object?.dropReference(() => {
    for (const ssl of object.connections.values()) SSL_free(ssl)
    object.connections.clear()
    SSL_SESSION_free(object.session)
    object.session = null
    object.shared.release()
    SSL_CTX_free(object.ctx)
  })
}

/** Makes the connections clients; before the first of them. */
export function MULTISTREAM_set_connect_state(ms: MULTISTREAM): void {
  live(ms).role = 'client'
}

/** Makes the connections servers; before the first of them. */
export function MULTISTREAM_set_accept_state(ms: MULTISTREAM): void {
  live(ms).role = 'server'
}

/** How many streams go both ways and can carry TLS, from 0 on: min(n, m) of RFC 3436 section 3.1. 0 without an association. */
export function MULTISTREAM_get_pairs(ms: MULTISTREAM): number {
  return live(ms).streams.pairs
}

/** How many streams come in and go out. @returns 1 */
export function MULTISTREAM_get_streams(ms: MULTISTREAM, inbound: Out<number>, outbound: Out<number>): number {
  const { transport } = live(ms).streams
  requireOut(inbound, 'inbound').value = transport.inbound
  requireOut(outbound, 'outbound').value = transport.outbound
  return 1
}

/** The descriptor of the association, -1 without one. It may be silent while messages wait in here: MULTISTREAM_pending. */
export function MULTISTREAM_get_fd(ms: MULTISTREAM): number {
  return live(ms).shared.fd
}

/** How many streams have something that MULTISTREAM_read has not looked at. */
export function MULTISTREAM_pending(ms: MULTISTREAM): number {
  const { streams, pending } = live(ms)
  return new Set([...streams.ready.map(({ id }) => id), ...pending]).size
}

/**
 * Whether a client resumes: 1, the default, has the first handshake done in full and the others abbreviated, by its session, as
 * RFC 3436 section 5.2 shows; 0 has every handshake done in full (section 5.1).
 */
export function MULTISTREAM_set_resumption(ms: MULTISTREAM, onoff: number): void {
  live(ms).resumption = onoff !== 0
}

/**
 * Gives a client the session that its handshakes offer, of another association for example (RFC 3436 section 5.4); a reference
 * is taken. Null: that of the first handshake.
 */
export function MULTISTREAM_set_session(ms: MULTISTREAM, session: SSL_SESSION | null): void {
  const object = live(ms)
  const next = requireLiveOrNull(session, SSL_SESSION, 'session')?.addReference() ?? null
  SSL_SESSION_free(object.session)
  object.session = next
}

/**
 * Has a pair carry messages without TLS, until MULTISTREAM_get0_ssl or BIO_new_sctp_stream upgrades it. Streams that go one way
 * need not be named.
 * @returns 1; 0 with ERR_R_PASSED_INVALID_ARGUMENT when it carries TLS: there is no way back
 */
export function MULTISTREAM_set_plain(ms: MULTISTREAM, sid: number): number {
  const { streams, plain } = live(ms)
  const stream = streams.stream(requireStream(sid))
  if (stream.secured) {
    raise(ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT, `stream ${sid} carries TLS`)
    return 0
  }
  plain.add(sid)
  streams.park(stream, false)
  return 1
}

/**
 * The connection of a pair, without a reference; made at the first call, from which on the pair carries TLS. Its handshake is
 * done by MULTISTREAM_do_handshake, or by the first SSL_read or SSL_write.
 * @returns null with the reason queued: the stream does not go both ways, no role is set, or the program has made a BIO for
 * this stream
 */
export function MULTISTREAM_get0_ssl(ms: MULTISTREAM, sid: number): SSL | null {
  const object = live(ms)
  const known = object.connections.get(requireStream(sid))
  if (known !== undefined) {
    offerSession(object, known)
    return known
  }
  const stream = object.streams.stream(sid)
  if (object.role === null) raise(ERR_LIB_SSL, SSL_R_CONNECTION_TYPE_NOT_SET)
  else if (stream.secured)
    raise(ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED, `stream ${sid} has a BIO of the program's`)
  if (object.role === null || stream.secured) return null
  const ssl = SSL_new(object.ctx)
  const bio = ssl === null ? null : BIO_new_sctp_stream(object, sid)
  if (ssl === null || bio === null) {
    SSL_free(ssl)
    return null
  }
  SSL_set_bio(ssl, bio, bio)
  if (object.role === 'client') SSL_set_connect_state(ssl)
  else SSL_set_accept_state(ssl)
  object.connections.set(sid, ssl)
  object.streams.park(stream, false)
  offerSession(object, ssl)
  return ssl
}

/**
 * Sets who is told of SCTP's notifications when they are met; the socket decides which there are (SCTP_EVENT).
 * @returns 1; 0 when there is no socket
 */
export function MULTISTREAM_set_notification_cb(
  ms: MULTISTREAM,
  cb: ((ms: MULTISTREAM, notification: sctp_notification) => void) | null,
): number {
  const object = live(ms)
  const handler = requireCallback(cb, 'cb')
  const { transport } = object.streams
  if (!(transport instanceof StreamSocket)) return 0
  transport.onNotification = handler === null ? null : notification => handler(object, notification)
  return 1
}

/** A client whose handshake has not begun offers what there is by now. */
function offerSession({ role, resumption, session }: MULTISTREAM, ssl: SSL): void {
  if (role === 'client' && resumption && session !== null && ssl.connection === null && ssl.session === null)
    SSL_set_session(ssl, session)
}

export function live(ms: MULTISTREAM): MULTISTREAM {
  return requireLive(ms, MULTISTREAM, 'ms')
}

export function requireStream(sid: number): number {
  if (requireInteger(sid, 'sid') < 0 || sid >= MOST_STREAMS) throw new TypeError('sid: 0 to 65534')
  return sid
}

function tlsContext(ctx: SSL_CTX): SSL_CTX | null {
  const context = requireLive(ctx, SSL_CTX, 'ctx')
  if (!context.method.datagram) return context
  raise(ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT, 'a stream wants TLS')
  return null
}

function made(ctx: SSL_CTX, shared: SharedStreams): MULTISTREAM {
  SSL_CTX_up_ref(ctx)
  return new MULTISTREAM(ctx, shared)
}

/** The callbacks of a program; what they do wrong is EPROTO. */
class CallbackTransport implements StreamTransport {
  readonly inbound: number
  readonly outbound: number
  readonly #pull: MULTISTREAM_pull_fn
  readonly #push: MULTISTREAM_push_fn
  readonly #buffer = new Uint8Array(2 ** 16)

  constructor(inbound: number, outbound: number, pull: MULTISTREAM_pull_fn, push: MULTISTREAM_push_fn) {
    this.inbound = inbound
    this.outbound = outbound
    this.#pull = pull
    this.#push = push
  }

  receive(): Arrival | number {
    const [sid, last] = [{ value: 0 }, { value: 1 }]
    const length = this.#pull(sid, this.#buffer, last)
    if (length === 0) return 0
    if (length < 0) return -(errno() || EAGAIN)
    const stream = sid.value
    if (!Number.isInteger(stream) || stream < 0 || stream >= this.inbound || length > this.#buffer.length)
      return -EPROTO
    const bytes = this.#buffer.slice(0, length)
    return { kind: 'part', stream, bytes, last: last.value !== 0, unordered: false, ppid: 0 }
  }

  send(stream: number, message: Uint8Array): number {
    const sent = this.#push(stream, message)
    return sent < 0 ? -(errno() || EAGAIN) : sent
  }
}

/** RFC 4960 section 3.3.2. */
const MOST_STREAMS = 65_535

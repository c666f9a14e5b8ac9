import { errno, setErrno } from '../../base/errno.ts'
import type { Channel } from '../../mtls/channel.ts'
import type { Machine } from '../../mtls/messages.ts'
import type { Multiplexer } from '../../mtls/multiplexer.ts'
import type { ChannelRequest, MultiplexerEvents } from '../../mtls/options.ts'
import { Counted, type Out, requireBytes, requireLive, requireOut, requireSignedLength } from '../boundary.ts'
import { sslClock } from '../clock.ts'
import { SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE } from '../constants/ssl.ts'
import { ERR_clear_error } from '../err/put.ts'
import { SSL_get_error } from '../ssl/error.ts'
import { SSL_read, SSL_write } from '../ssl/io.ts'
import { SSL_free, SSL_up_ref } from '../ssl/new-free.ts'
import { SSL } from '../ssl/ssl.ts'
import type { timeval } from '../ssl/timeout.ts'
import { ended, type MtlsConnections, type MtlsLimits, multiplexerOver, RECORD, recordRoom } from './driver.ts'

/**
 * MTLS as a C library would have it: an object over connections, functions that return at once, and callbacks. OpenSSL has no
 * such names; these go by its manners.
 */

/** Many channels over one TLS connection, or over DTLS with a TLS connection beside it (draft-badra-hajjeh-mtls-05). */
export class MTLS extends Counted {
  readonly connections: MtlsConnections
  readonly mux: Multiplexer
  /** What SSL_write has not taken yet. It has to be given to it again as it is. */
  unsent: Uint8Array | null = null
  /** SSL_ERROR_*: what stopped the last MTLS_handle_events. */
  error = SSL_ERROR_WANT_READ as number

  constructor(connections: MtlsConnections, events: MultiplexerEvents, limits: MtlsLimits) {
    super()
    this.connections = connections
    this.mux = multiplexerOver(connections, events, limits)
  }
}

/** What a session tells its program, called from MTLS_handle_events and from MTLS_close. */
export interface MTLS_callbacks {
  /** The peer asks for a channel: answer with MTLS_accept or MTLS_refuse, now or later. Without it all are refused. */
  request_cb?(mtls: MTLS, request: ChannelRequest): void
  /** A channel of MTLS_open is open. */
  open_cb?(mtls: MTLS, channel: Channel): void
  /** MTLS_read has something to give. */
  read_cb?(mtls: MTLS, channel: Channel): void
  /** There is room for what MTLS_write did not take. */
  write_cb?(mtls: MTLS, channel: Channel): void
  /** The channel was closed, or refused: `channel.cause` and `channel.reason` say why. */
  close_cb?(mtls: MTLS, channel: Channel): void
}

/**
 * Makes a session over connections whose handshakes are done; it takes a reference to each.
 * @param control - TLS; the control messages, and without `data` all messages
 * @param data - DTLS for the data, or null. Its session id and master secret are to be `control`'s PSK: see MTLS_set_psk
 * @param limits - octets of a window, of a packet and of the send buffer; how many channels
 */
export function MTLS_new(control: SSL, data: SSL | null, callbacks: MTLS_callbacks, limits: MtlsLimits = {}): MTLS {
  for (const ssl of [control, data]) if (ssl !== null) SSL_up_ref(requireLive(ssl, SSL, 'ssl'))
  const { request_cb, open_cb, read_cb, write_cb, close_cb } = callbacks
  const mtls: MTLS = new MTLS(
    { control, data },
    {
      ...(request_cb && { onRequest: (request: ChannelRequest) => request_cb(mtls, request) }),
      onOpen: channel => open_cb?.(mtls, channel),
      onReadable: channel => read_cb?.(mtls, channel),
      onWritable: channel => write_cb?.(mtls, channel),
      onClose: channel => close_cb?.(mtls, channel),
    },
    limits,
  )
  return mtls
}

/** Drops a reference; the last one ends the session and frees the connections. Nothing is sent: call SSL_shutdown before. */
export function MTLS_free(mtls: MTLS | null): void {
  if (mtls === null) return
  const object = requireLive(mtls, MTLS, 'mtls')
  object.dropReference(() => {
    object.mux.end()
    SSL_free(object.connections.control)
    SSL_free(object.connections.data)
  })
}

/**
 * Reads what has come, calls the callbacks, sends what there is to send. Call it when a descriptor is ready, when
 * MTLS_get_event_timeout is over, and after MTLS_write and its kin.
 * @returns 1; 0 when the peer has ended the session in order; -1 when it has failed. After 1 MTLS_get_error says what it waits
 * for: SSL_ERROR_WANT_READ, or SSL_ERROR_WANT_WRITE of the control connection
 */
export function MTLS_handle_events(mtls: MTLS): number {
  const session = requireLive(mtls, MTLS, 'mtls')
  const { mux, connections } = session
  const { control, data } = connections
  const deadline = mux.nextDeadline()
  if (deadline !== null && deadline <= sslClock.now()) mux.onDeadline()
  session.error = SSL_ERROR_WANT_READ
  // What is sent makes room for what is read, and what is read has answers.
  do sendAll(session)
  while (readSome(session, control, bytes => mux.receive(bytes)))
  while (data !== null && readSome(session, data, record => mux.receiveDatagram(record)));
  if (!mux.ended) sendAll(session)
  return mux.ended ? (mux.failure === null ? 0 : -1) : 1
}

/** What stopped the last MTLS_handle_events: SSL_ERROR_WANT_READ or SSL_ERROR_WANT_WRITE. */
export function MTLS_get_error(mtls: MTLS): number {
  return requireLive(mtls, MTLS, 'mtls').error
}

/**
 * How long until MTLS_handle_events has something to do, if nothing comes before.
 * @param tv - takes the time; 1,000,000 s when there is no end to it
 * @param is_infinite - takes 1 in that case, else 0
 * @returns 1
 */
export function MTLS_get_event_timeout(mtls: MTLS, tv: timeval, is_infinite: Out<number>): number {
  const deadline = requireLive(mtls, MTLS, 'mtls').mux.nextDeadline()
  const left = deadline === null ? 1e9 : Math.max(0, deadline - sslClock.now())
  requireOut(is_infinite, 'is_infinite').value = Number(deadline === null)
  tv.tv_sec = Math.floor(left / 1000)
  tv.tv_usec = Math.floor((left % 1000) * 1000)
  return 1
}

/**
 * Asks the peer for a channel.
 * @param source - from which machine and port the data comes, as the peer is to see it
 * @param destination - where the peer is to take it
 * @returns null when the session has ended or has as many channels as it may; `RangeError` for what is no address
 */
export function MTLS_open(mtls: MTLS, source: Machine, destination: Machine): Channel | null {
  return requireLive(mtls, MTLS, 'mtls').mux.open(source, destination)
}

/** Lets a channel in; null when the peer, or the session, has gone. */
export function MTLS_accept(request: ChannelRequest): Channel | null {
  return request.accept()
}

/** Refuses a channel, with a word for the people at the other end. */
export function MTLS_refuse(request: ChannelRequest, reason: string): void {
  request.refuse(reason)
}

/**
 * Reads from a channel. Of a datagram carrier one call takes one message and loses what does not fit.
 * @param num - bytes wanted, the whole buffer when left out
 * @returns the number of bytes; 0 when the channel is closed and nothing is left in it; -1 when nothing has come yet
 */
export function MTLS_read(channel: Channel, buf: Uint8Array, num?: number): number {
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  const length = channel.readInto(buf.subarray(0, Math.max(0, size)))
  if (length > 0) return length
  return channel.state === 'open' || channel.state === 'opening' ? -1 : 0
}

/**
 * Gives data to a channel; it leaves as soon as the peer has room.
 * @param num - bytes to write, the whole buffer when left out
 * @returns how many were taken, of a datagram carrier all or none; 0 when the send buffer is full: write_cb tells when it is
 * not; -1 when the channel is not open, or a message is longer than `channel.maxPacketLength`
 */
export function MTLS_write(channel: Channel, buf: Uint8Array, num?: number): number {
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  return channel.write(buf.subarray(0, Math.max(0, size)))
}

/** Closes a channel: what was not sent is discarded (`channel.queued` says how much), what still comes is ignored. */
export function MTLS_close(channel: Channel): void {
  channel.close()
}

/** Reads one record. False when there is none, or the session takes none now. */
function readSome(session: MTLS, ssl: SSL, take: (bytes: Uint8Array) => void): boolean {
  const { mux } = session
  if (!mux.wantsInput) return false
  ERR_clear_error()
  const length = SSL_read(ssl, scratch)
  if (length > 0) {
    take(scratch.subarray(0, length))
    return true
  }
  const error = SSL_get_error(ssl, length)
  if (error !== SSL_ERROR_WANT_READ && error !== SSL_ERROR_WANT_WRITE) ended(mux, ssl)
  return false
}

function sendAll(session: MTLS): void {
  const { mux, connections } = session
  const { control, data } = connections
  while (!mux.ended) {
    session.unsent ??= mux.takeOutput()
    if (session.unsent === null) break
    ERR_clear_error()
    const ret = SSL_write(control, session.unsent)
    if (ret <= 0) {
      session.error = SSL_get_error(control, ret)
      if (session.error !== SSL_ERROR_WANT_WRITE && session.error !== SSL_ERROR_WANT_READ) ended(mux, control)
      break
    }
    session.unsent = ret < session.unsent.length ? session.unsent.subarray(ret) : null
  }
  if (data === null) return
  const most = recordRoom(data)
  for (let record = mux.takeDatagram(most); record !== null; record = mux.takeDatagram(most)) {
    // What the socket does not take is lost, as on any network.
    const before = errno()
    ERR_clear_error()
    SSL_write(data, record)
    setErrno(before)
  }
}

/** A record's plaintext; nothing is kept in it. */
const scratch = new Uint8Array(RECORD)

import type { Clock } from '../base/clock.ts'
import type { ProtocolFailure } from '../base/failure.ts'
import type { Channel } from './channel.ts'
import { MAX_WINDOW } from './flow.ts'
import { type Machine, PLAINTEXT_HEADER } from './messages.ts'

export interface MultiplexerOptions {
  /** Who this side is in the (D)TLS session below. */
  readonly role: 'client' | 'server'
  readonly clock: Clock
  /**
   * 'stream': data travels with the control messages, over TLS. 'datagram': it travels in records of DTLS, each packet whole
   * or not at all, and the control messages on a TLS connection of their own (section 2.3).
   */
  readonly carrier: 'stream' | 'datagram'
  /** 'datagram': the most octets of plaintext in a record; 16,384 when left out. */
  readonly maxRecord?: number
  /** Octets of each channel's receive buffer, at most 2^32 - 1; 65,536 when left out. */
  readonly windowLength?: number
  /** The most octets of one packet that the peer may send; 16,384 less its header, or the window, when left out. */
  readonly maxPacketLength?: number
  /** Octets of each channel's send buffer; 65,536 when left out. */
  readonly sendBuffer?: number
  /** Channels at once, those being opened and closed among them; 2048 when left out. */
  readonly maxChannels?: number
  readonly events: MultiplexerEvents
}

/** What a session tells its program. All are called when the session's own work is done, so that they may call anything. */
export interface MultiplexerEvents {
  /** The peer asks for a channel. Left out, all are refused. It may be answered later. */
  onRequest?(request: ChannelRequest): void
  /** A channel that this side has asked for is open. */
  onOpen?(channel: Channel): void
  /** There is a packet to read. */
  onReadable?(channel: Channel): void
  /** There is room again for what `write` has refused. */
  onWritable?(channel: Channel): void
  /** The channel is no more: `cause` and `reason` say why. */
  onClose?(channel: Channel): void
  /** The session below has lost its sense; it must not be resumed (section 3). */
  onFailure?(failure: ProtocolFailure): void
}

/** A channel that the peer asks for. It is answered once. */
export interface ChannelRequest {
  readonly source: Machine
  readonly destination: Machine
  /** Opens it; null when the request, or the session, is no more. */
  accept(): Channel | null
  refuse(reason: string): void
}

/** What the options come to, in octets and channels. */
export interface Limits {
  readonly maxRecord: number
  readonly windowLength: number
  readonly maxPacketLength: number
  readonly sendBuffer: number
  readonly maxChannels: number
  /** Of data in one message of ours, whatever the peer allows. */
  readonly longest: number
}

/** The limits of a session; `RangeError` for options that no session can keep. */
export function limitsOf({
  carrier,
  maxRecord = MAX_RECORD,
  windowLength = DEFAULT_WINDOW,
  maxPacketLength,
  sendBuffer = DEFAULT_SEND_BUFFER,
  maxChannels = DEFAULT_CHANNELS,
}: MultiplexerOptions): Limits {
  requireOctets(windowLength, 'windowLength', 0, MAX_WINDOW)
  requireOctets(maxRecord, 'maxRecord', PLAINTEXT_HEADER + 2, MAX_RECORD)
  requireOctets(maxPacketLength ?? 0, 'maxPacketLength', 0, windowLength)
  requireOctets(sendBuffer, 'sendBuffer', 1, MAX_WINDOW)
  // Section 2.3: MTLSPlaintext is smaller than the record size less 9.
  const longest = carrier === 'stream' ? MAX_RECORD - PLAINTEXT_HEADER : maxRecord - PLAINTEXT_HEADER - 1
  return {
    maxRecord,
    windowLength,
    maxPacketLength: maxPacketLength ?? Math.min(windowLength, longest),
    sendBuffer,
    maxChannels,
    longest,
  }
}

function requireOctets(value: number, name: string, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`${name}: ${value} is not between ${least} and ${most}`)
}

/** The plaintext of a record (RFC 5246 section 6.2.1). */
export const MAX_RECORD = 2 ** 14
const DEFAULT_WINDOW = 2 ** 16
const DEFAULT_SEND_BUFFER = 2 ** 16
const DEFAULT_CHANNELS = 2048

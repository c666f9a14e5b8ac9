import type { Clock } from '../base/clock.ts'
import type { HandshakeConfig } from '../handshake/config.ts'
import type { VerifiedHello } from '../handshake/hello-gate.ts'
import type { Link, Opening } from '../handshake/link.ts'
import type { Observer } from '../handshake/observer.ts'
import type { Discards } from '../record/discard.ts'
import type { OpenedRecord } from '../record/opened-record.ts'

/**
 * What a connection speaks through: records in, records out, and the link that its handshakes use. The connection knows no
 * datagram from a stream; flights, fragments, windows, timers and framing are in here.
 */
export interface Channel {
  /** Where the handshake machine reads and sends its messages. */
  readonly link: Link
  /** The version that the next records carry. */
  readonly version: number
  /** Which keys are read with: the epoch of the records to come. */
  readonly epoch: number
  /** Bytes that have arrived were not looked at yet. */
  readonly hasInput: boolean
  /** Streams: the header of a record has been looked at, and its body has not come whole. */
  readonly midRecord: boolean
  /** Bytes wait in `takeOutput`. */
  readonly hasOutput: boolean
  /** Milliseconds of the clock at which `onDeadline` wants to be called; null when no timer runs. */
  readonly deadline: number | null

  /**
   * Takes a datagram over, which must stay as it is until it has been processed, or the next bytes of a stream, which are
   * copied: no more than a record of them. The result is how many were taken.
   */
  receive(bytes: Uint8Array): number
  /** Streams: bytes without which `next` has nothing to look at; 0 for datagrams. */
  readonly wanted: number
  /** Streams: bytes that `receive` takes now; 0 for datagrams. */
  readonly room: number
  /** The next record that may be looked at, or null when the input is used up. */
  next(): OpenedRecord | null
  /** Handshake content of a record, for the link to put together. */
  receiveHandshake(record: OpenedRecord): void
  /** The content of a ChangeCipherSpec record. */
  receiveChangeCipherSpec(record: OpenedRecord): void

  /**
   * What this handshake content, which comes while no handshake is under way, begins: HelloRequest to a client, ClientHello
   * to a server. Null: none.
   */
  opening(record: OpenedRecord): Opening | null
  /** A new handshake begins inside the connection. */
  restart(): void
  /** Sends a HelloRequest, which is no part of any handshake (RFC 5246 section 7.4.1.1). */
  sendHelloRequest(): void

  /** Protects one record and puts it into the output. `continued`: it goes on with the data of the one before. */
  send(type: number, payload: Uint8Array, continued?: boolean): void
  /** The output in order; the caller owns it. */
  takeOutput(): Uint8Array[]
  /** Sends what the machine has finished. False when that is not possible yet, since no path MTU is known. */
  flush(): boolean
  /** Sends the flight again if its time has come; fails when the peer was silent for too long. */
  onDeadline(): 'idle' | 'resent'
  /** The most plaintext in bytes whose record is not longer than `bytes`; 0 before there are keys. */
  dataRoom(bytes: number): number

  /** DTLS: goes on behind a hello gate that has verified the client's cookie. */
  continueFrom(hello: VerifiedHello): void
  /** Nothing is sent again any more. */
  stop(): void
  /** Gives back the memory that nothing is in. */
  release(): void
  /** Overwrites the keys and forgets what waits. */
  wipe(): void
}

/** What a channel is made from; all of it is the connection's. */
export interface ChannelEnvironment {
  readonly config: HandshakeConfig
  readonly clock: Clock
  readonly discards: Discards
  /** Told of record headers; of whatever else comes and goes the connection tells. */
  readonly observer: Observer
  /** Called for each handshake message or ChangeCipherSpec that leaves, whole, and again when it is sent again. */
  readonly onSent: (contentType: number, bytes: Uint8Array) => void
}

/** Makes the channel of one connection. */
export type ChannelFactory = (environment: ChannelEnvironment) => Channel

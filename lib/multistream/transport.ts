/** Where the messages of an association come from and go to: a socket of SCTP's, or what a program has. */
export interface StreamTransport {
  /** Streams from the peer to this end, and from this end to the peer, as they were agreed on. */
  readonly inbound: number
  readonly outbound: number
  /**
   * The next message of whatever stream, or a part of one: which stream it is for is known only now.
   * @returns a negative error number when there is none: EAGAIN for now; 0 when the association has ended in order
   */
  receive(): Arrival | number
  /** Sends one message whole. @returns its bytes, or a negative error number */
  send(stream: number, message: Uint8Array, how: SendOptions): number
}

/** What `receive` gives. */
export type Arrival = MessagePart | LostMessage

export interface MessagePart {
  readonly kind: 'part'
  readonly stream: number
  /** The receiver's to keep. */
  readonly bytes: Uint8Array
  /** This ends the message. */
  readonly last: boolean
  readonly unordered: boolean
  /** The payload protocol identifier, as the transport gives it. */
  readonly ppid: number
}

/** The rest of the message whose first parts have come will not come. */
export interface LostMessage {
  readonly kind: 'lost'
  readonly stream: number
}

/** How one message is sent, in the words of RFC 6458 section 5.3; what carries TLS has no choice. */
export interface SendOptions {
  readonly ppid: number
  readonly context: number
  /** SCTP_UNORDERED, SCTP_SACK_IMMEDIATELY. */
  readonly flags: number
  /** SCTP_PR_SCTP_NONE, _TTL, _RTX, _PRIO, and its value. */
  readonly policy: number
  readonly value: number
}

/** In order and for as long as it takes: all that RFC 3436 section 4.3 allows for TLS. */
export const RELIABLE: SendOptions = { ppid: 0, context: 0, flags: 0, policy: 0, value: 0 }

/** What the processes of the demos tell the terminal. */
export type PartyEvent = Listening | Flown | Connected | Exchanged | Closed | Notified | Arrived | Finished

export type Role = 'client' | 'server'

export interface Listening {
  readonly kind: 'listening'
}

/** A handshake message, a ChangeCipherSpec or an alert, as SSL_CTX_set_msg_callback reports it. */
export interface Flown {
  readonly kind: 'flown'
  /** Over SCTP, where several programs follow each other: whose it is. */
  readonly program?: string
  /** Milliseconds of a clock that all processes share. */
  readonly at: number
  readonly from: Role
  readonly name: string
  /** Epoch of its record; from 1 on it is encrypted. */
  readonly epoch: number
  readonly sequence: number
  /** Bytes of the record, its header included; of all records when the message was cut. */
  readonly length: number
}

export interface Connected {
  readonly kind: 'connected'
  readonly version: string
  readonly suite: string
  readonly group: string
  /** The peer's certificate: whose, signed by whom, and what the verification said. */
  readonly subject: string
  readonly issuer: string
  readonly verdict: string
}

/** So many messages have come back so far, in so many milliseconds. */
export interface Exchanged {
  readonly kind: 'exchanged'
  readonly count: number
  readonly elapsed: number
}

export interface Closed {
  readonly kind: 'closed'
  /** This side has sent its close_notify and seen the peer's. */
  readonly clean: boolean
}

/** Over SCTP: something has happened to the association. */
export interface Notified {
  readonly kind: 'notified'
  readonly role: Role
  readonly text: string
}

/** Over SCTP: a message has come; the RCVINFO of the SCTP message that it was. */
export interface Arrived {
  readonly kind: 'arrived'
  readonly program: string
  /** Who has received it. */
  readonly role: Role
  readonly stream: number
  readonly ssn: number
  readonly tsn: number
  readonly unordered: boolean
  /** Bytes of the message itself. */
  readonly length: number
}

/** Over SCTP: client and server of a program have closed their connection. */
export interface Finished {
  readonly kind: 'finished'
  readonly program: string
  readonly code: number
  /** Both sides have sent their close_notify and seen the other's. */
  readonly clean: boolean
  /** Messages by stream, of both directions. */
  readonly sent: Readonly<Record<Role, readonly number[]>>
  readonly received: Readonly<Record<Role, readonly number[]>>
  /** Renegotiations, and whether the last handshake resumed the session. */
  readonly renegotiations: number
  readonly resumed: boolean
}

import { EMPTY } from '../base/bytes.ts'
import type { Session } from './session.ts'

/** What a server finds in a client's session_ticket extension. */
export type TicketOutcome =
  /** One of its own; `renew`: the client gets a new one all the same (the keys have changed). */
  | { readonly session: Session; readonly renew: boolean }
  /** The client has none and asks for one. */
  | 'asked-for'
  /** It cannot be read: the client gets one for the new session. */
  | 'unreadable'
  /** As if the extension had not come. */
  | 'passed-over'

/** What a handshake asks about sessions, in both roles. */
export interface SessionPolicy {
  /** Client: the session that it would like to resume. */
  readonly offered: Session | null
  /** Sessions of another use are not resumed; 0 to 32 bytes. */
  readonly context: Uint8Array
  /** A server may not resume without a `context` (libssl: when it verifies clients, whose sessions might be mixed up). */
  readonly contextRequired: boolean
  /** Seconds that a new session may be resumed for. */
  readonly timeout: number
  /** RFC 5077: a client offers to take tickets, a server takes and gives them. */
  readonly tickets: boolean

  /** Client: what it sends as its ticket when no session has one; an empty one when null or absent. */
  readonly opaqueTicket?: Uint8Array | null
  /** Client: without a session's ticket it sends none, not even an empty one. */
  readonly withholdsTicket?: boolean

  /** Sees the peer's ticket extension, an empty one too; false ends the handshake. */
  acceptsTicket?(body: Uint8Array): boolean
  /** Server: the session with this id and version, if it is kept. */
  find(id: Uint8Array, version: number): Session | null
  /** Server: looks into a ticket of the client's, which may be empty. */
  openTicket(ticket: Uint8Array, sessionId: Uint8Array): TicketOutcome
  /** Server: the ticket for a session; null or empty when there can be none. */
  sealTicket(session: Session): Uint8Array | null
  /** Server: the id of a new session for which there is no ticket, 1 to 32 bytes; empty when it will not be kept. */
  newId(session: Session): Uint8Array
  /** Server: whether a new session may be resumed later; asked once its suite is known. */
  mayResume(session: Session, forwardSecret: boolean): boolean
  /** A session is what the handshake is about from now on: a new one, or one that is resumed. */
  onSession(session: Session, resumed: boolean): void
  /** The handshake is done: the session may be kept. */
  onEstablished(session: Session, resumed: boolean): void
  /** A session that was asked for is there but out of time. */
  onExpired(session: Session): void
  /** Client: the server did not resume what it was offered. */
  onMiss(): void
}

/** Nothing is kept, offered or resumed. */
export const NO_SESSIONS: SessionPolicy = {
  offered: null,
  context: EMPTY,
  contextRequired: false,
  timeout: 0,
  tickets: false,
  find: () => null,
  openTicket: () => 'passed-over',
  sealTicket: () => null,
  newId: () => EMPTY,
  mayResume: () => true,
  onSession: () => {},
  onEstablished: () => {},
  onExpired: () => {},
  onMiss: () => {},
}

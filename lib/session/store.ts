import { EMPTY } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { PkiFailure } from '../pki/failure.ts'
import { SessionCache } from './cache.ts'
import { decodeSession, encodeSession } from './der.ts'
import { NO_SESSIONS, type SessionPolicy, type TicketOutcome } from './policy.ts'
import type { Session } from './session.ts'
import { MAX_TICKET_STATE, TicketKeys } from './ticket.ts'

export interface SessionStoreOptions {
  readonly clock: Clock
  readonly random: Random
  /** The most sessions that are kept by id; 1024 when left out. */
  readonly limit?: number
  /** Seconds that a session may be resumed for; 7200 when left out. */
  readonly timeout?: number
  /** False: no tickets, sessions are found by id alone. */
  readonly tickets?: boolean
  /** What this server is for, 0 to 32 bytes: it resumes no session of another. */
  readonly context?: Uint8Array
}

/**
 * The sessions of a server that drives the engine itself: by id in a bounded cache, and in tickets (RFC 5077) under keys
 * that change as often as sessions run out. A ticket of the keys before is still taken, and replaced.
 */
export class SessionStore implements SessionPolicy {
  readonly offered = null
  readonly context: Uint8Array
  readonly contextRequired = false
  readonly timeout: number
  readonly tickets: boolean
  readonly mayResume = NO_SESSIONS.mayResume
  readonly onMiss = NO_SESSIONS.onMiss
  readonly #cache: SessionCache
  readonly #clock: Clock
  readonly #random: Random
  #keys: TicketKeys
  #former: TicketKeys | null = null
  /** Seconds since 1970: when the keys were made. */
  #keysMade: number

  constructor({ clock, random, limit = 1024, timeout = 7200, tickets = true, context = EMPTY }: SessionStoreOptions) {
    this.#clock = clock
    this.#random = random
    this.#cache = new SessionCache(limit)
    this.timeout = timeout
    this.tickets = tickets
    this.context = context
    this.#keys = TicketKeys.generate(random)
    this.#keysMade = this.#now()
  }

  /** How many sessions are kept by id. */
  get size(): number {
    return this.#cache.size
  }

  find(id: Uint8Array, version: number): Session | null {
    return this.#cache.find(id, version)
  }

  openTicket(ticket: Uint8Array, sessionId: Uint8Array): TicketOutcome {
    if (ticket.length === 0) return 'asked-for'
    this.#rotate()
    const current = this.#keys.open(ticket)
    const state = current ?? this.#former?.open(ticket) ?? null
    if (state === null) return 'unreadable'
    const session = readState(state, this.#now())
    if (session === null) return 'unreadable'
    // RFC 5077 section 3.4: the client sees by its id that the ticket was taken.
    session.id = sessionId.slice()
    return { session, renew: current === null }
  }

  sealTicket(session: Session): Uint8Array | null {
    this.#rotate()
    return sealState(session, this.#keys, this.#random)
  }

  newId(): Uint8Array {
    return this.#cache.limit === 0 ? EMPTY : this.#random(32)
  }

  onSession(): void {}

  /** A session that was made is kept as soon as its handshake is done. */
  onEstablished(session: Session, resumed: boolean): void {
    if (resumed || session.id.length === 0 || session.condemned) return
    const { replaced, evicted } = this.#cache.add(session)
    replaced?.wipe()
    for (const gone of evicted) gone.wipe()
  }

  onExpired(session: Session): void {
    this.#cache.remove(session)
    session.wipe()
  }

  #rotate(): void {
    const now = this.#now()
    if (now - this.#keysMade <= this.timeout) return
    this.#former?.wipe()
    // After twice the time no ticket of the keys before can be worth anything.
    this.#former = now - this.#keysMade <= 2 * this.timeout ? this.#keys : null
    this.#keys = TicketKeys.generate(this.#random)
    this.#keysMade = now
  }

  #now(): number {
    return Math.floor(this.#clock.wall() / 1000)
  }
}

/** The ticket that holds a session, without its id; null when it would be too long. */
export function sealState(session: Session, keys: TicketKeys, random: Random): Uint8Array | null {
  const state = stateOf(session)
  if (state === null) return null
  const ticket = keys.seal(state, random)
  state.fill(0)
  return ticket
}

/** What a ticket has to hold: the id means nothing to it (RFC 5077 section 3.4). Null when it is too much. */
export function stateOf(session: Session): Uint8Array | null {
  const bare = session.clone()
  bare.id = EMPTY
  bare.ticket = EMPTY
  const state = encodeSession(bare)
  bare.wipe()
  return state.length > MAX_TICKET_STATE ? null : state
}

/** The session in an opened ticket, whose bytes are wiped; null when it is none. */
export function readState(state: Uint8Array, now: number): Session | null {
  try {
    return decodeSession(state, now)
  } catch (failure) {
    if (failure instanceof PkiFailure) return null
    throw failure
  } finally {
    state.fill(0)
  }
}

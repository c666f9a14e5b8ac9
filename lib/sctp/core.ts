import type { Authentication } from './authentication.ts'
import type { AssociationEvent, Ending } from './events.ts'
import type { Negotiated } from './negotiation.ts'
import type { Outbox } from './outbox.ts'
import type { Path } from './paths/path.ts'
import type { Paths } from './paths/paths.ts'
import type { Settings } from './settings.ts'
import type { Statistics } from './statistics.ts'
import type { AssociationState, Discard, Surroundings } from './surroundings.ts'
import { causes, writeAbort } from './wire/control.ts'
import type { Init } from './wire/init.ts'
import { Cause } from './wire/registry.ts'

/** What a chunk leads to: the next one, or the end of the packet. */
export type Onward = 'next' | 'stop'

/** How many streams there are each way; both numbers may grow (RFC 6525). */
export interface Streams {
  inbound: number
  outbound: number
}

/** What an association is made of, apart from what it is told and asked. */
export interface CoreParts {
  readonly settings: Settings
  readonly around: Surroundings
  readonly authentication: Authentication
  readonly paths: Paths
  readonly outbox: Outbox
  readonly statistics: Statistics
  /** Gives up what is under way; messages that were not acknowledged fail with this cause. */
  readonly abandon: (cause: number) => void
}

/** What the parts of an association share: its state, what both ends agreed on, and its end. */
export class Core {
  readonly settings: Settings
  readonly around: Surroundings
  readonly authentication: Authentication
  readonly paths: Paths
  readonly outbox: Outbox
  readonly statistics: Statistics
  readonly #abandon: (cause: number) => void
  state: AssociationState = 'closed'
  /** What this end said in its INIT or INIT ACK. */
  local: Init
  negotiated: Negotiated | null = null
  streams: Streams

  constructor(parts: CoreParts, local: Init) {
    this.settings = parts.settings
    this.around = parts.around
    this.authentication = parts.authentication
    this.paths = parts.paths
    this.outbox = parts.outbox
    this.statistics = parts.statistics
    this.#abandon = parts.abandon
    this.local = local
    this.streams = { inbound: local.inbound, outbound: local.outbound }
  }

  /** The peer's verification tag; 0 while it is not known. */
  get peerTag(): number {
    return this.negotiated?.peerTag ?? 0
  }

  get established(): boolean {
    return this.state !== 'closed' && this.state !== 'cookie wait' && this.state !== 'cookie echoed'
  }

  now(): number {
    return this.around.now()
  }

  event(event: AssociationEvent): void {
    this.around.event(event)
  }

  /** A chunk that is not heeded; what follows it in the packet may be. */
  discard(reason: Discard): Onward {
    this.around.discarded(reason)
    return 'next'
  }

  /** A time-out of this path; false when it was one too many for the association, which has ended then. */
  strike(path: Path): boolean {
    if (this.paths.strike(path)) return true
    this.end('lost', 0, null)
    return false
  }

  /** The peer breaks the protocol: the association ends (RFC 9260 section 3.3.10.13). */
  violation(text: string): Onward {
    return this.abort(causes.protocolViolation(text), Cause.protocolViolation)
  }

  /** Ends it with an ABORT (RFC 9260 section 9.1). `number`: that of the cause, for the program. */
  abort(cause: Uint8Array, number: number): Onward {
    if (this.negotiated !== null && this.state !== 'closed') {
      this.around.transmit(this.outbox.packet(this.paths.forData, writeAbort(cause)))
    }
    this.end(this.established ? 'lost' : 'cannot start', number, null)
    return 'stop'
  }

  /** `abort`: the causes of the peer's ABORT, if that is how it ends. */
  end(how: Ending, cause: number, abort: Uint8Array | null): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.outbox.clear()
    this.#abandon(cause)
    this.#leave(() => this.event({ kind: 'ended', how, cause, abort }))
  }

  /** Ends it without a word, before anybody was told of it. */
  dismiss(): void {
    this.state = 'closed'
    this.#leave(() => {})
  }

  #leave(tell: () => void): void {
    this.paths.release()
    tell()
    this.authentication.keys.wipe()
    this.around.ended()
  }
}

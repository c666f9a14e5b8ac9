import type { SSL, SSL_SESSION } from 'openssl-shim'
import { type Clock, systemClock } from '../../lib/base/clock.ts'
import type { AsyncBio, PacketedBio } from './bios.ts'
import type { Settings } from './flags.ts'

/** What the callbacks of one connection have seen, and what they wait for. */
export class State {
  readonly settings: Settings
  readonly isResume: boolean
  /** The session of the connection before: offered by a client, looked up by a server whose lookup takes time. */
  readonly offered: SSL_SESSION | null
  packeted: PacketedBio | null = null
  asyncBio: AsyncBio | null = null
  handshakeDone = false
  gotNewSession = false
  newSession: SSL_SESSION | null = null
  earlyCallbackCalled = false
  earlyCallbackReady = false
  alpnSelectDone = false
  certReady = false
  certVerified = false
  customVerifyReady = false
  ticketDecryptDone = false
  /** What -expect-msg-callback is compared with. */
  messages = ''
  /** What a callback has found wrong: thrown there it fails the handshake only. */
  complaint: Error | null = null

  constructor(settings: Settings, isResume: boolean, offered: SSL_SESSION | null) {
    this.settings = settings
    this.isResume = isResume
    this.offered = offered
  }

  /** For callbacks. */
  check(condition: boolean, complaint: string): asserts condition {
    if (!condition) this.fail(new CheckFailed(complaint))
  }

  fail(complaint: Error): never {
    this.complaint ??= complaint
    throw complaint
  }
}

/** A connection under test. */
export interface Tested {
  readonly ssl: SSL
  readonly state: State
  readonly settings: Settings
  readonly fd: number
  readonly clock: RunnerClock
}

/** What a test of the shim's own finds: the connection has failed, the text says how. */
export class CheckFailed extends Error {}

/** The same for what may never happen, whatever the runner expects: the shim's status 90. */
export class MustNotHappen extends Error {}

export function check(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new CheckFailed(complaint)
}

/** Stands still until the runner says that time goes by. */
export class RunnerClock implements Clock {
  readonly #origin = systemClock.wall()
  #passed = 0

  advance(milliseconds: number): void {
    this.#passed += milliseconds
  }

  now(): number {
    // Zero is no time for a timer to have been started at.
    return 1234 + this.#passed
  }

  wall(): number {
    return this.#origin + this.#passed
  }
}

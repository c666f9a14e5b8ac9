import { ProtocolFailure } from '../base/failure.ts'

export interface BreakdownOptions {
  /** Stops what goes on. `silent`: the peer has said nothing for too long, and the timer stays where it is. */
  readonly stop: (silent: boolean) => void
  /** Tells the peer. */
  readonly alert: (description: number) => void
}

/** The border of the engine: every failure ends here, once, with its alert. */
export class Breakdown {
  readonly #options: BreakdownOptions
  #failure: ProtocolFailure | null = null
  #unreported: ProtocolFailure | null = null
  #buried = false

  constructor(options: BreakdownOptions) {
    this.#options = options
  }

  get failure(): ProtocolFailure | null {
    // Most connections end well, and an error with its stack costs more than a record: it is made for who asks.
    if (this.#buried) this.#failure ??= destroyed()
    return this.#failure
  }

  /** The failure, to the first who asks. */
  take(): ProtocolFailure | null {
    const failure = this.#unreported
    this.#unreported = null
    return failure
  }

  /** Null: it has failed. */
  guard<T>(action: () => T): T | null {
    try {
      return action()
    } catch (thrown) {
      this.fail(thrown)
      return null
    }
  }

  /** What was thrown ends the connection, with its alert. */
  fail(thrown: unknown): void {
    if (this.failure !== null) return
    const failure = thrown instanceof ProtocolFailure ? thrown : unexpected(thrown)
    this.#failure = failure
    this.#unreported = failure
    // A timer that has run out too often stays run out, for whoever asks.
    this.#options.stop(failure.reason === 'read-timeout-expired')
    if (failure.alert !== null) this.#alert(failure, failure.alert)
  }

  /** Ends it without a word, and without anybody who is to be told. */
  bury(): void {
    this.#buried = true
  }

  #alert(failure: ProtocolFailure, description: number): void {
    try {
      this.#options.alert(description)
    } catch (thrown) {
      // The sequence numbers are used up, the program named no alert there is, or a watcher threw: it has failed all the same.
      failure.cause ??= thrown
    }
  }
}

function destroyed(): ProtocolFailure {
  return new ProtocolFailure('internal-error', { alert: null, detail: 'the connection was destroyed' })
}

/** A fault of ours, or of a callback: fails closed. */
function unexpected(thrown: unknown): ProtocolFailure {
  const failure = new ProtocolFailure('internal-error', {
    detail: thrown instanceof Error ? thrown.message : String(thrown),
  })
  failure.cause = thrown
  return failure
}

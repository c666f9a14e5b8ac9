/** Something that a program can wait for. */
export interface Source {
  /** A read would not say "again": data, an error, or the news that it is closed. */
  readonly readable: boolean
  /** A write would not say "again". */
  readonly writable: boolean
  /** An error waits to be reported. */
  readonly failed: boolean
  /** Calls `changed` after each change, and keeps the process alive, until the function that it returns is called. */
  watch(changed: () => void): () => void
}

/** Those who watch something; see `Source`. */
export class Watchers {
  readonly #watching = new Set<() => void>()

  /** Nobody watches. */
  get none(): boolean {
    return this.#watching.size === 0
  }

  watch(changed: () => void): () => void {
    this.#watching.add(changed)
    return () => this.#watching.delete(changed)
  }

  changed(): void {
    for (const look of [...this.#watching]) look()
  }
}

/** The longest delay that a Node timer can hold, in milliseconds: more is taken as "for ever". */
const LONGEST_DELAY = 0x7fffffff

/**
 * True as soon as `condition` holds; false when it does not hold after so many milliseconds (null: wait for ever).
 * 0 still lets the event loop turn once, because that is when datagrams come in.
 */
export function waitUntil(
  condition: () => boolean,
  sources: readonly Pick<Source, 'watch'>[],
  milliseconds: number | null,
): Promise<boolean> {
  if (condition()) return Promise.resolve(true)
  return new Promise(resolve => {
    const timer = startTimer(milliseconds, () => finish(condition()))
    const stops = sources.map(source => source.watch(() => condition() && finish(true)))

    function finish(result: boolean): void {
      clearTimeout(timer)
      for (const stop of stops) stop()
      resolve(result)
    }
  })
}

/** Lets the event loop turn once, so that whatever has arrived is read in. */
export function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/**
 * Timers run before sockets are read in a turn of the loop: what came in time while the program was busy must count.
 */
function startTimer(milliseconds: number | null, expired: () => void): NodeJS.Timeout | undefined {
  if (milliseconds === null || milliseconds > LONGEST_DELAY) return undefined
  if (milliseconds > 0) return setTimeout(() => setImmediate(expired), Math.ceil(milliseconds))
  setImmediate(expired)
  return undefined
}

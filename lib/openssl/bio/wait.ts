import type { BIO } from './bio.ts'

/**
 * Waits until a read or write on a chain is worth another try: asks the first BIO from the head that knows how to wait.
 * A kind of the program's own cannot tell: it is tried again after a nap.
 * @param milliseconds - how long at most; null without limit
 * @returns true: try again; false: time ran out
 */
export function waitFor(bio: BIO, want: 'read' | 'write', milliseconds: number | null): Promise<boolean> {
  for (let at: BIO | null = bio; at !== null; at = at.next) {
    const { wait } = at.method.hooks
    if (wait !== undefined) return wait(at, want, milliseconds)
  }
  return nap(milliseconds)
}

/** Those who wait for one side of a memory BIO. */
export class Waiters {
  readonly #waiting = new Set<(ready: boolean) => void>()

  /** Resolves to true with the next {@link wake}, to false after `milliseconds`. Without a limit it does not keep the process alive. */
  wait(milliseconds: number | null): Promise<boolean> {
    return new Promise(resolve => {
      const timer = milliseconds === null ? null : setTimeout(() => done(false), milliseconds)
      const done = (ready: boolean) => {
        if (timer !== null) clearTimeout(timer)
        this.#waiting.delete(done)
        resolve(ready)
      }
      this.#waiting.add(done)
    })
  }

  wake(): void {
    for (const done of [...this.#waiting]) done(true)
  }
}

/** As long as BIO_do_connect_retry of OpenSSL sleeps between polls is too long for a handshake; this is not a busy loop yet. */
const NAP = 10

function nap(milliseconds: number | null): Promise<boolean> {
  const length = milliseconds === null ? NAP : Math.min(NAP, milliseconds)
  return new Promise(resolve => setTimeout(() => resolve(milliseconds === null || milliseconds > length), length))
}

import { BIO_FLAGS_WRITE } from '../constants/bio.ts'
import { BIO_R_TRANSFER_TIMEOUT } from '../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import type { BIO } from './bio.ts'

/**
 * Waits until a read or write on a chain is worth another try: asks the first BIO from the head that knows how to wait.
 * A kind of the program's own cannot tell: it is tried again after a nap.
 * @param milliseconds - how long at most; null without limit
 * @returns true: try again; false: time ran out
 */
export function waitFor(
  bio: BIO,
  want: 'read' | 'write',
  milliseconds: number | null,
  napLength = NAP,
): Promise<boolean> {
  for (let at: BIO | null = bio; at !== null; at = at.next) {
    const { wait } = at.method.hooks
    if (wait !== undefined) return wait(at, want, milliseconds)
  }
  return nap(milliseconds, napLength)
}

/**
 * Waits until a BIO can go on, at most until a point in time (BIO_wait(3)). It blocks in C, so it is a promise here.
 * @param max_time - seconds since 1970; 0 without limit, which gives 1 at once
 * @param nap_milliseconds - between tries of a kind that cannot tell
 * @returns 1; 0 with BIO_R_TRANSFER_TIMEOUT when time ran out
 */
export async function BIO_wait(bio: BIO, max_time: number, nap_milliseconds: number): Promise<number> {
  if (max_time === 0) return 1
  const left = max_time * 1000 - Date.now()
  if (left >= 0 && (await waitFor(bio, bio.flags & BIO_FLAGS_WRITE ? 'write' : 'read', left, nap_milliseconds)))
    return 1
  raise(ERR_LIB_BIO, BIO_R_TRANSFER_TIMEOUT)
  return 0
}

/** Those who wait for one side of a memory BIO. */
export class Waiters {
  readonly #waiting = new Set<(ready: boolean) => void>()

  /**
   * Resolves to true with the next {@link wake}, to false after `milliseconds`. Without a limit it does not keep the
   * process alive.
   */
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

/** Milliseconds between tries: short enough for a handshake, long enough not to be a busy loop. */
const NAP = 10

function nap(milliseconds: number | null, napLength: number): Promise<boolean> {
  const length = milliseconds === null ? napLength : Math.min(napLength, milliseconds)
  return new Promise(resolve => setTimeout(() => resolve(milliseconds === null || milliseconds > length), length))
}

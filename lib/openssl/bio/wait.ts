import { systemClock } from '../../base/clock.ts'
import { type Source, Watchers, waitUntil } from '../../transport/readiness.ts'
import { requireLive } from '../boundary.ts'
import { BIO_FLAGS_WRITE } from '../constants/bio.ts'
import { BIO_R_TRANSFER_TIMEOUT } from '../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { BIO } from './bio.ts'

/** Something that can be watched: an object with references, or the recall of a wait around this one. */
type Watched = Pick<Source, 'watch'>

/**
 * Ends a wait when what it is for has changed: the BIO, or who waits for it, was freed, or has another descriptor or BIO now.
 * The call is then tried again, and says so.
 */
export class Recall {
  readonly #watchers = new Watchers()
  readonly #stops: (() => void)[]
  #called = false

  constructor(watched: readonly Watched[]) {
    this.#stops = watched.map(one => one.watch(() => this.#call()))
  }

  get called(): boolean {
    return this.#called
  }

  watch(changed: () => void): () => void {
    return this.#watchers.watch(changed)
  }

  /** The wait is over. */
  end(): void {
    for (const stop of this.#stops) stop()
  }

  #call(): void {
    this.#called = true
    this.#watchers.changed()
  }
}

/**
 * Waits until a read or write on a chain is worth another try: asks the first BIO from the head that knows how to wait.
 * A kind of the program's own cannot tell: it is tried again after a nap.
 * @param milliseconds - how long at most; null without limit
 * @param others - what else ends the wait by a change: who waits
 * @returns true: try again; false: time ran out
 */
export function waitFor(
  bio: BIO,
  want: 'read' | 'write',
  milliseconds: number | null,
  others: readonly Watched[] = [],
  napLength = NAP,
): Promise<boolean> {
  return recallable([bio, ...others], recall => {
    for (let at: BIO | null = bio; at !== null; at = at.next) {
      const { wait } = at.method.hooks
      if (wait !== undefined) return wait(at, want, milliseconds, recall)
    }
    return nap(milliseconds, napLength, recall)
  })
}

/**
 * Waits until a BIO can go on, at most until a point in time (BIO_wait(3)). It blocks in C, so it is a promise here.
 * @param max_time - seconds since 1970; 0 without limit, which gives 1 at once
 * @param nap_milliseconds - between tries of a kind that cannot tell
 * @returns 1; 0 with BIO_R_TRANSFER_TIMEOUT when time ran out
 */
export async function BIO_wait(bio: BIO, max_time: number, nap_milliseconds: number): Promise<number> {
  requireLive(bio, BIO, 'bio')
  if (max_time === 0) return 1
  const left = max_time * 1000 - systemClock.wall()
  if (left >= 0 && (await waitFor(bio, bio.flags & BIO_FLAGS_WRITE ? 'write' : 'read', left, [], nap_milliseconds)))
    return 1
  raise(ERR_LIB_BIO, BIO_R_TRANSFER_TIMEOUT)
  return 0
}

/** Waits for sources that say when something has changed, or for the recall. */
export function waitOn(
  ready: () => boolean,
  sources: readonly Watched[],
  milliseconds: number | null,
  recall: Recall,
): Promise<boolean> {
  return waitUntil(() => recall.called || ready(), [...sources, recall], milliseconds)
}

/** Waits for the first change, whatever it is. */
export function untilChange(
  sources: readonly Watched[],
  milliseconds: number | null,
  recall: Recall,
): Promise<boolean> {
  return recallable([...sources, recall], change => waitUntil(() => change.called, [change], milliseconds))
}

/** A wait that any change of what is watched ends. */
export async function recallable(
  watched: readonly Watched[],
  wait: (recall: Recall) => Promise<boolean>,
): Promise<boolean> {
  const recall = new Recall(watched)
  try {
    return await wait(recall)
  } finally {
    recall.end()
  }
}

/** The shortest of several limits, null for none. */
export function shortest(...limits: readonly (number | null)[]): number | null {
  const set = limits.filter(limit => limit !== null)
  return set.length === 0 ? null : Math.min(...set)
}

/** Milliseconds between tries: short enough for a handshake, long enough not to be a busy loop. */
export const NAP = 10

export async function nap(milliseconds: number | null, napLength: number, recall: Recall): Promise<boolean> {
  const length = milliseconds === null ? napLength : Math.min(napLength, milliseconds)
  return (await untilChange([], length, recall)) || milliseconds === null || milliseconds > length
}

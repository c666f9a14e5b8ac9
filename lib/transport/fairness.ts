import { turn } from './readiness.ts'

/** How long calls that find everything ready may follow each other, in milliseconds. */
const LONGEST_RUN = 10

let lastTurn = 0

/**
 * True when timers and other sockets have to get their turn: a promise that is ready at once does not let the event loop
 * go on, so that a program which only writes would never see its timer, nor the answer of its peer.
 */
export function turnIsDue(): boolean {
  return performance.now() - lastTurn > LONGEST_RUN
}

export async function takeTurn(): Promise<void> {
  await turn()
  lastTurn = performance.now()
}

/** The last call of those that must not meet each other on an object. */
const last = new WeakMap<object, Promise<number>>()

/**
 * Begins a write when those before it on the object are over: a blocking call keeps others out in C too, and a stream must not
 * get a part of one between the parts of another.
 */
export async function inTurn(object: object | null, write: () => Promise<number>): Promise<number> {
  // What is no object the call refuses in its own words.
  if (typeof object !== 'object' || object === null) return write()
  const before = last.get(object)
  const mine = before === undefined ? write() : before.then(write, write)
  last.set(object, mine)
  try {
    return await mine
  } finally {
    if (last.get(object) === mine) last.delete(object)
  }
}

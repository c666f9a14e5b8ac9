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

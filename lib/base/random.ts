import { randomBytes } from 'node:crypto'

/** Randomness comes in as an argument: a seeded source replays a whole run. */
export type Random = (length: number) => Uint8Array

export const systemRandom: Random = length => new Uint8Array(randomBytes(length))

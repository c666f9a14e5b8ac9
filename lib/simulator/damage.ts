import { copy } from '../base/bytes.ts'
import type { SeededSource } from './source.ts'
import type { Datagram } from './trace.ts'

/**
 * The datagram as it comes out at the other end: flipped bits, then a cut end, as `kinds` says. `happened` is told of
 * each with the result. An empty datagram has nothing to damage; the one given is never changed.
 */
export function damaged(
  datagram: Datagram,
  kinds: { readonly corrupt: boolean; readonly truncate: boolean },
  fate: SeededSource,
  happened: (kind: 'corrupted' | 'truncated', result: Datagram) => void,
): Datagram {
  let result: Datagram = { ...datagram, bytes: copy(datagram.bytes) }
  if (datagram.bytes.length === 0) return result
  if (kinds.corrupt) {
    flipBits(result.bytes, fate)
    happened('corrupted', result)
  }
  if (kinds.truncate) {
    result = { ...result, bytes: result.bytes.slice(0, fate.integer(result.bytes.length)) }
    happened('truncated', result)
  }
  return result
}

const MAX_FLIPPED = 4

/** Bits of different places, so that no flip takes back another. */
function flipBits(bytes: Uint8Array, fate: SeededSource): void {
  const places = new Set<number>()
  const count = 1 + fate.integer(MAX_FLIPPED)
  while (places.size < count) places.add(fate.integer(bytes.length * 8))
  for (const place of places) bytes[place >>> 3] = (bytes[place >>> 3] ?? 0) ^ (1 << (place & 7))
}

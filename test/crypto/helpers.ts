import { fromHex } from '../../lib/base/bytes.ts'
import type { Random } from '../../lib/base/random.ts'
import type { DirectionKeys } from '../../lib/crypto/key-schedule.ts'
import { connectionKeys } from '../../lib/crypto/key-schedule.ts'
import type { CipherSuite } from '../../lib/crypto/suites.ts'
import { Seeded } from '../wire/seeded.ts'

/** The same bytes in every run. */
export function seededRandom(seed: number): Random {
  const source = new Seeded(seed)
  return length => source.bytes(length)
}

/** Gives out the listed values one after the other and nothing else. */
export function scripted(...values: readonly string[]): Random {
  const rest = values.map(fromHex)
  return length => {
    const next = rest.shift()
    if (next?.length !== length) throw new Error(`unexpected draw of ${length} bytes`)
    return next
  }
}

export function keysFor(suite: CipherSuite, explicitIv: boolean): DirectionKeys {
  const random = seededRandom(suite.id)
  return connectionKeys(suite.prf, random(48), random(32), random(32), suite, explicitIv).client
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = new Uint8Array(bytes)
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return out
}

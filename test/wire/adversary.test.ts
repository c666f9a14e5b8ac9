import { describe, expect, test } from '@jest/globals'
import { concat, toHex } from '../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../lib/base/failure.ts'
import { formats } from './formats.ts'
import { Seeded } from './seeded.ts'

const MUTATIONS = 2000

/** `refused` for a ProtocolFailure; anything else that is thrown goes on and fails the test. */
function attempt(rewrite: () => Uint8Array | null): Uint8Array | null | 'refused' {
  try {
    return rewrite()
  } catch (error) {
    if (error instanceof ProtocolFailure) return 'refused'
    throw error
  }
}

describe.each(formats)('$name', ({ name, samples, rewrite, validCuts }) => {
  test('goes through the parser and back unchanged', () => {
    for (const body of samples) expect(rewrite(body)).toEqual(body)
  })

  test('cut anywhere is refused', () => {
    for (const body of samples) {
      const accepted = []
      for (let length = 0; length < body.length; length++) {
        if (attempt(() => rewrite(body.subarray(0, length))) !== 'refused') accepted.push(length)
      }
      expect(accepted).toEqual(validCuts(body))
    }
  })

  test('with a byte too many is refused', () => {
    for (const body of samples) {
      const wholeBody = validCuts(body).length === body.length && body.length > 0
      expect(attempt(() => rewrite(concat(body, Uint8Array.of(0)))) === 'refused').toBe(!wholeBody)
    }
  })

  test(`${MUTATIONS} mutations are refused, or mean the same after writing`, () => {
    const random = new Seeded(seedOf(name))
    const unstable: string[] = []
    for (let run = 0; run < MUTATIONS; run++) {
      const body = mutate(samples[run % samples.length] ?? new Uint8Array(0), random)
      const once = attempt(() => rewrite(body))
      if (once === 'refused' || once === null) continue
      const twice = attempt(() => rewrite(once))
      if (twice === 'refused' || twice === null || toHex(twice) !== toHex(once)) unstable.push(toHex(body))
    }
    expect(unstable).toEqual([])
  })
})

test('the mutations are neither all refused nor all accepted', () => {
  let refused = 0
  let accepted = 0
  for (const { name, samples, rewrite } of formats) {
    const random = new Seeded(seedOf(name))
    for (const sample of samples) {
      for (let run = 0; run < 50; run++) {
        if (attempt(() => rewrite(mutate(sample, random))) === 'refused') refused++
        else accepted++
      }
    }
  }
  expect(refused).toBeGreaterThan(500)
  expect(accepted).toBeGreaterThan(500)
})

/** Changes, inserts, removes or repeats a few bytes; the values that lengths go wrong at come up more often. */
function mutate(sample: Uint8Array, random: Seeded): Uint8Array {
  let body = new Uint8Array(sample)
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(body.length + 1)
    const value = random.below(2) === 0 ? random.below(256) : ([0, 1, 2, 0x7f, 0x80, 0xff][random.below(6)] ?? 0)
    switch (random.below(5)) {
      case 0:
      case 1:
        if (at < body.length) body[at] = value
        break
      case 2:
        body = new Uint8Array(concat(body.subarray(0, at), Uint8Array.of(value), body.subarray(at)))
        break
      case 3:
        body = new Uint8Array(concat(body.subarray(0, at), body.subarray(at + 1 + random.below(4))))
        break
      case 4:
        body = new Uint8Array(concat(body.subarray(0, at), body.subarray(random.below(body.length + 1))))
        break
    }
  }
  return body
}

function seedOf(name: string): number {
  let seed = 0
  for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) >>> 0
  return seed
}

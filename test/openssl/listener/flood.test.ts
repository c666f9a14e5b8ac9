import { expect, test } from '@jest/globals'
import { flood } from './flood.ts'

test('hellos from nobody leave nothing behind, and harm nobody who is there', () => {
  const outcome = flood({ associations: 200, hellos: 20_000, seed: 1 })
  expect(outcome).toMatchObject({ answers: 20_000, connections: 0, unharmed: 200 })
  // RFC 6347 section 4.2.1: nobody is to be an amplifier.
  expect(outcome.amplification).toBeLessThan(1)
  // An address and a cookie kept for each would be 4 MB at least.
  expect(outcome.leftBehind).toBeLessThan(2 ** 21)
})

import { describe, expect, test } from '@jest/globals'
import { SeededSource } from '../../lib/sim.ts'
import { disturbedHandshake, drawPair, RUNS } from './drive.ts'
import { LIES, NOISE } from './hostile.ts'

describe('a handshake among hostile datagrams', () => {
  test(`completes through noise, in ${RUNS * 3} runs`, () => {
    for (let seed = 1; seed <= RUNS * 3; seed++) {
      const source = new SeededSource(`noise ${seed}`)
      const pair = drawPair(source, seed)
      const used = disturbedHandshake(pair, source, NOISE)
      const outcome = {
        client: pair.client.failure?.reason ?? pair.client.established,
        server: pair.server.failure?.reason ?? pair.server.established,
      }
      expect({ seed, ...outcome, used: outcome.client === true ? [] : used }).toEqual({
        seed,
        client: true,
        server: true,
        used: [],
      })
      expect(pair.send('client', `ping ${seed}`)).toBe(`ping ${seed}`)
      expect(pair.send('server', `pong ${seed}`)).toBe(`pong ${seed}`)
      expect(pair.client.nextDeadline()).toBeNull()
      expect(pair.server.nextDeadline()).toBeNull()
    }
  })

  test(`ends in order when it is lied to, in ${RUNS * 3} runs: no exception, no fault of ours, no half-open trust`, () => {
    const endings = new Map<string, number>()
    for (let seed = 1; seed <= RUNS * 3; seed++) {
      const source = new SeededSource(`lies ${seed}`)
      const pair = drawPair(source, seed)
      disturbedHandshake(pair, source, { ...NOISE, ...LIES }, true)
      for (const party of [pair.client, pair.server]) {
        const reason = party.failure?.reason ?? (party.established ? 'established' : 'waiting')
        endings.set(reason, (endings.get(reason) ?? 0) + 1)
        expect({ seed, cause: party.failure?.cause, internal: reason === 'internal-error' }).toEqual({
          seed,
          cause: undefined,
          internal: false,
        })
      }
      // Finished vouches for everything before it: both are there only if they agree.
      if (pair.client.established && pair.server.established) {
        expect(pair.client.negotiated.master).toEqual(pair.server.negotiated.master)
        expect(pair.send('client', 'x')).toBe('x')
      }
    }
    // The lies were worth something: handshakes did end in several ways.
    expect(endings.size).toBeGreaterThan(3)
  })
})

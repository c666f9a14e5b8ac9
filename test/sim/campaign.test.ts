import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../lib/base/bytes.ts'
import type { TraceEvent } from '../../lib/sim.ts'
import { playCell } from './cells.ts'
import { play } from './play.ts'
import { drawScenario, enoughResends } from './scenario.ts'

const RUNS = 40

describe.each([0, 0.1, 0.3, 0.5])('at a loss of %d', loss => {
  test.each([
    ['without', false],
    ['with', true],
  ] as const)('all handshakes %s client certificates complete', (_, clientAuthentication) => {
    const { completed, failures } = playCell({ loss, clientAuthentication }, 1, RUNS)
    expect(failures).toEqual([])
    expect(completed).toBe(RUNS)
  })
})

test('at the smallest MTU the longest chain comes through', () => {
  const conditions = drawScenario(7, { loss: 0.3, clientAuthentication: true, mtu: 256 })
  const outcome = play({ ...conditions, suite: 0xc02f, credential: 'long-chain', legacy: false })
  expect(outcome.faults).toEqual([])
  // 11 KB in pieces of 231 bytes, and every one of them must arrive.
  expect(outcome.datagrams).toBeGreaterThan(48)
})

describe('replay', () => {
  const record = (seed: number) => {
    const lines: string[] = []
    const note = ({ time, from, number, fate, bytes }: TraceEvent) =>
      lines.push(`${time} ${from} ${number} ${fate} ${toHex(bytes)}`)
    const scenario = drawScenario(seed, { loss: 0.3, clientAuthentication: seed % 2 === 0, repeatable: true })
    return { outcome: play(scenario, note), lines }
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %d gives the same run, byte for byte', seed => {
    const first = record(seed)
    expect(first.outcome.faults).toEqual([])
    expect(record(seed)).toEqual(first)
  })

  test('another seed gives another run', () => {
    expect(record(1).lines).not.toEqual(record(3).lines)
  })
})

test('a handshake that does not complete is seen', () => {
  const scenario = drawScenario(3, { loss: 0, clientAuthentication: false })
  const outcome = play({ ...scenario, conditions: { loss: 1 } })
  expect(outcome.completed).toBe(false)
  expect(outcome.faults).toEqual(['the handshake ended with read-timeout-expired and nothing'])
  // The first and twelve more, after 1, 2, 4, 8, 16, 32, 60 ... seconds.
  expect(outcome.datagrams).toBe(13)
})

test('which patience a loss asks for', () => {
  expect([0, 0.1, 0.3, 0.5].map(enoughResends)).toEqual([12, 12, 30, 72])
})

import { expect, test } from '@jest/globals'
import { Pair } from './pair.ts'

test('smoke', () => {
  const pair = new Pair({ seed: 1 })
  expect(pair.connect()).toBe(true)
  pair.client.send(new Uint8Array(5000).fill(7))
  pair.until(() => pair.server.received.length === 1, 5000)
  expect(pair.server.received[0]?.data.length).toBe(5000)
  pair.until(() => pair.client.kinds().includes('dry'), 5000)
  pair.client.association?.shutdown()
  pair.client.stack.touched()
  pair.until(() => pair.client.state === 'closed' && pair.server.state === 'closed', 5000)
  console.log(pair.client.kinds(), pair.server.kinds(), pair.client.stack.discards, pair.server.stack.discards)
  expect(pair.clock.pending).toBe(0)
})

test('lossy', () => {
  const pair = new Pair({ seed: 2, conditions: { loss: 0.1, reordering: 0.1, duplication: 0.1 } })
  expect(pair.connect()).toBe(true)
  for (let i = 0; i < 200; i++) pair.client.send(Uint8Array.of(i, ...new Uint8Array(i * 20)), { stream: i % 5 })
  expect(pair.until(() => pair.server.received.length === 200, 600_000)).toBe(true)
  console.log(pair.clock.now(), pair.client.packetsOut)
  pair.client.association?.shutdown()
  pair.client.stack.touched()
  pair.until(() => pair.client.state === 'closed' && pair.server.state === 'closed', 500000)
  expect(pair.clock.pending).toBe(0)
})

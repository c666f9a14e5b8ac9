import { expect, test } from '@jest/globals'
import { Pair } from './pair.ts'

/** Whole packets of an association between 10.0.0.1 and 10.0.0.2, and what both ends tell of it. */
test('an association from its first packet to its last', () => {
  const pair = new Pair({ seed: 1 })
  const types: number[] = []
  pair.network.trace = event => {
    if (event.fate === 'sent') types.push(event.bytes[12] ?? -1)
  }
  expect(pair.connect()).toBe(true)
  pair.client.send(new Uint8Array(5000).fill(7))
  pair.until(() => pair.server.received.length === 1)
  expect(pair.server.received[0]?.data).toEqual(new Uint8Array(5000).fill(7))
  pair.until(() => pair.client.kinds().includes('dry'))
  pair.client.association?.shutdown()
  pair.client.stack.touched()
  pair.until(() => pair.client.state === 'closed' && pair.server.state === 'closed')
  // INIT, INIT ACK, COOKIE ECHO, COOKIE ACK, DATA and SACK, SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE.
  expect(types.filter(type => type !== 0 && type !== 3)).toEqual([1, 2, 10, 11, 7, 8, 14])
  expect(pair.client.kinds().filter(kind => kind !== 'writable')).toEqual(['up', 'dry', 'ended'])
  expect(pair.server.kinds()).toEqual(['up', 'shutdown', 'ended'])
  for (const { stack } of [pair.client, pair.server]) {
    expect(Object.values(stack.discards).every(count => count === 0)).toBe(true)
  }
  expect(pair.clock.pending).toBe(0)
})

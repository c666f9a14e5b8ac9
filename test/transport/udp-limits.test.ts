import { expect, test } from '@jest/globals'
import type { Endpoint } from '../../lib/transport/address.ts'
import { largestPayload, ReceiveQueue } from '../../lib/transport/udp/limits.ts'

const to = (address: string): Endpoint => ({ family: address.includes(':') ? 'IPv6' : 'IPv4', address, port: 9 })
const datagram = (length: number) => ({ data: new Uint8Array(length), from: to('192.0.2.1') })

test.each([
  ['192.0.2.1', 65507, 1472],
  ['::ffff:192.0.2.1', 65507, 1472],
  ['2001:db8::1', 65527, 1452],
])('the largest payload to %s is %d, and %d on Ethernet without fragments', (address, largest, ethernet) => {
  expect(largestPayload(to(address), null)).toBe(largest)
  expect(largestPayload(to(address), 1500)).toBe(ethernet)
  expect(largestPayload(to(address), 1_000_000)).toBe(largest)
})

test('an empty queue takes the largest datagram, a queue that holds it takes no second one', () => {
  const queue = new ReceiveQueue(1)
  expect([queue.push(datagram(65527)), queue.push(datagram(1)), queue.dropped]).toEqual([true, false, 1])
  queue.shift()
  expect(queue.push(datagram(65527))).toBe(true)
})

test('a queue made smaller keeps the oldest, one made larger keeps all', () => {
  const queue = new ReceiveQueue(1 << 20)
  for (let i = 0; i < 500; i++) queue.push(datagram(i % 250))
  queue.resize(1 << 21)
  expect([queue.length, queue.dropped]).toEqual([500, 0])
  queue.resize(1)
  expect(queue.length + queue.dropped).toBe(500)
  expect(queue.length).toBeLessThan(200)
  expect(queue.shift()?.data.length).toBe(0)
  queue.clear()
  expect(queue.length).toBe(0)
})

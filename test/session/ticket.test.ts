import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../lib/base/bytes.ts'
import { TicketKeys } from '../../lib/session/ticket.ts'
import { SeededSource } from '../../lib/sim.ts'

const { random } = new SeededSource(3)
const state = utf8('the state of a session, longer than a block')

describe('ticket keys', () => {
  test('open what they sealed', () => {
    const keys = TicketKeys.generate(random)
    for (const length of [0, 1, 15, 16, 17, 4000]) {
      const bytes = random(length)
      expect(keys.open(keys.seal(bytes, random))).toEqual(bytes)
    }
  })

  test('put their name, an IV, the state and a MAC into 80 bytes and the padded state', () => {
    const keys = TicketKeys.generate(random)
    const [one, two] = [keys.seal(state, random), keys.seal(state, random)]
    expect(one.subarray(0, 16)).toEqual(keys.name)
    expect(one.subarray(16, 32)).not.toEqual(two.subarray(16, 32))
    expect(one.length).toBe(16 + 16 + 48 + 32)
  })

  test('open nothing that was changed in any byte, cut short or made longer', () => {
    const keys = TicketKeys.generate(random)
    const ticket = keys.seal(state, random)
    for (let at = 0; at < ticket.length; at++) {
      const changed = ticket.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x80
      expect(keys.open(changed)).toBeNull()
    }
    for (let length = 0; length < ticket.length; length++) expect(keys.open(ticket.subarray(0, length))).toBeNull()
    expect(keys.open(Uint8Array.of(...ticket, 0))).toBeNull()
  })

  test('open nothing of other keys, not even of the same name', () => {
    const bytes = random(80)
    const other = bytes.slice()
    other[20] = (other[20] ?? 0) ^ 1
    const ticket = new TicketKeys(bytes).seal(state, random)
    expect(new TicketKeys(other).open(ticket)).toBeNull()
    expect(TicketKeys.generate(random).open(ticket)).toBeNull()
  })

  test('are 80 bytes that can be had back, and are gone when they are wiped', () => {
    const bytes = random(80)
    const keys = new TicketKeys(bytes)
    expect(keys.export()).toEqual(bytes)
    const ticket = keys.seal(state, random)
    keys.wipe()
    expect(keys.open(ticket)).toBeNull()
    expect(() => new TicketKeys(bytes.subarray(1))).toThrow(RangeError)
  })
})

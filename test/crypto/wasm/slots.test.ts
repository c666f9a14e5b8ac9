import { createCipheriv } from 'node:crypto'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { concat } from '../../../lib/base/bytes.ts'
import { CIPHERS } from '../../../lib/crypto/ciphers.ts'
import { type Kernels, kernels } from '../../../lib/crypto/wasm/kernels.ts'
import { KeyStream } from '../../../lib/crypto/wasm/key-stream.ts'
import { type SlotOwner, Slots } from '../../../lib/crypto/wasm/slots.ts'
import { seededRandom } from '../helpers.ts'
import { bigEndian } from '../reference.ts'

const found = kernels()
if (found === null) throw new Error('no kernels')
const machine: Kernels = found
const KEY = seededRandom(1)(16)
const SALT = seededRandom(2)(4)

let slots: Slots
beforeEach(() => {
  slots = new Slots(machine)
})

function slotBytes(address: number): Uint8Array {
  return machine.memory.subarray(address, address + machine.slotSize)
}

function isZero(bytes: Uint8Array): boolean {
  return !bytes.some(byte => byte !== 0)
}

describe('slots', () => {
  test('each owner has his own', () => {
    const owners = Array.from({ length: machine.slotCount }, () => ({ slot: 0 }))
    for (const owner of owners) slots.take(owner)
    expect(new Set(owners.map(owner => owner.slot)).size).toBe(machine.slotCount)
    for (const { slot } of owners) {
      expect((slot - machine.slots) % machine.slotSize).toBe(0)
      expect(slot + machine.slotSize).toBeLessThanOrEqual(machine.memory.length)
    }
    expect(slots.taken).toBe(machine.slotCount)
  })

  test('when all are taken, who has not used his for longest loses it, and finds it overwritten', () => {
    const owners: SlotOwner[] = Array.from({ length: machine.slotCount }, () => ({ slot: 0 }))
    for (const owner of owners) slots.take(owner)
    // All are marked as used: the first late-comer takes the marks away and gets the first slot.
    const [first, second, third] = owners
    if (!first || !second || !third) throw new Error('too few slots')
    slotBytes(first.slot).fill(1)
    const late = { slot: 0 }
    const address = first.slot
    slots.take(late)
    expect([late.slot, first.slot]).toEqual([address, 0])
    expect(isZero(slotBytes(address))).toBe(true)
    slots.touch(second)
    slots.take({ slot: 0 })
    expect(second.slot).not.toBe(0)
    expect(third.slot).toBe(0)
    expect(slots.taken).toBe(machine.slotCount)
  })

  test('a slot given back is overwritten and free; giving back twice, or nothing, does nothing', () => {
    const owner = { slot: 0 }
    slots.release(owner)
    slots.take(owner)
    const address = owner.slot
    slotBytes(address).fill(1)
    slots.release(owner)
    slots.release(owner)
    expect(owner.slot).toBe(0)
    expect(isZero(slotBytes(address))).toBe(true)
    expect(slots.taken).toBe(0)
  })
})

describe('key stream', () => {
  const keys = { key: KEY, iv: SALT, macKey: new Uint8Array(0) }
  const make = () => new KeyStream(CIPHERS['aes-128-gcm'], keys, machine, slots)

  function expected(high: number, low: number, blocks: number): Uint8Array {
    const cipher = createCipheriv('aes-128-ecb', KEY, null)
    const nonce = concat(SALT, bigEndian(BigInt(high), 4), bigEndian(BigInt(low), 4))
    const counters = Array.from({ length: blocks }, (_, i) => concat(nonce, bigEndian(BigInt(i + 1), 4)))
    return new Uint8Array(cipher.update(concat(...counters)))
  }

  /** What a kernel does: uses the key stream and overwrites it. */
  function use(stream: KeyStream, high: number, low: number, length: number): void {
    const at = stream.take(high, low, length)
    const bytes = machine.memory.subarray(at, at + 16 * (1 + Math.ceil(length / 16)))
    expect(Buffer.compare(bytes, expected(high, low, bytes.length / 16))).toBe(0)
    bytes.fill(0)
  }

  /** Bytes of key stream that lie ready. */
  function ready(stream: KeyStream): number {
    const bytes = slotBytes(stream.slot).subarray(machine.tablesSize)
    return (
      bytes.findLastIndex(byte => byte !== 0) +
      1 -
      Math.max(
        0,
        bytes.findIndex(byte => byte !== 0),
      )
    )
  }

  test('is made for one record at first, then for two, four and eight at once', () => {
    const stream = make()
    const left: number[] = []
    for (let number = 0; number < 20; number++) {
      use(stream, 1, number, 32)
      left.push(Math.ceil(ready(stream) / 48))
    }
    expect(left).toEqual([0, 1, 0, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3])
    stream.wipe()
  })

  test('a leap ahead within what is ready drops what is between; any other starts small again', () => {
    const stream = make()
    for (let number = 0; number < 8; number++) use(stream, 1, number, 32)
    expect(Math.ceil(ready(stream) / 48)).toBe(7)
    use(stream, 1, 11, 32)
    expect(Math.ceil(ready(stream) / 48)).toBe(3)
    use(stream, 1, 9, 32)
    expect(ready(stream)).toBe(0)
    use(stream, 1, 10, 32)
    use(stream, 1, 1000, 32)
    use(stream, 7, 1001, 32)
    expect(ready(stream)).toBe(0)
    stream.wipe()
  })

  test('a record longer than foreseen gets its own, a shorter one takes what is there', () => {
    const stream = make()
    for (let number = 0; number < 8; number++) use(stream, 1, number, 100)
    use(stream, 1, 8, 5)
    use(stream, 1, 9, 101)
    use(stream, 1, 10, 300)
    for (let number = 11; number < 30; number++) use(stream, 1, number, machine.maxText)
    stream.wipe()
  })

  test('goes over 2^32 and 2^64', () => {
    const stream = make()
    for (let i = -9; i < 9; i++) use(stream, i < 0 ? 4 : 5, i < 0 ? 2 ** 32 + i : i, 16)
    for (let i = -9; i < 9; i++) use(stream, i < 0 ? 2 ** 32 - 1 : 0, i < 0 ? 2 ** 32 + i : i, 16)
    stream.wipe()
  })

  test('who has lost the slot makes everything anew in another', () => {
    const stream = make()
    for (let number = 0; number < 5; number++) use(stream, 1, number, 40)
    const tables = slotBytes(stream.slot).slice(0, machine.tablesSize)
    expect(isZero(tables)).toBe(false)
    slots.release(stream)
    use(stream, 1, 5, 40)
    expect(Buffer.compare(slotBytes(stream.slot).subarray(0, machine.tablesSize), tables)).toBe(0)
    stream.wipe()
  })

  test('wiping overwrites tables and key stream', () => {
    const stream = make()
    for (let number = 0; number < 5; number++) use(stream, 1, number, 40)
    const { slot } = stream
    expect(isZero(slotBytes(slot))).toBe(false)
    stream.wipe()
    expect(isZero(slotBytes(slot))).toBe(true)
    expect(slots.taken).toBe(0)
    const hashKey = createCipheriv('aes-128-ecb', KEY, null).update(new Uint8Array(16))
    expect(Buffer.from(machine.memory.buffer).includes(hashKey)).toBe(false)
  })
})

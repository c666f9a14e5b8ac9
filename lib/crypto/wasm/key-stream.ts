import { createCipheriv } from 'node:crypto'
import { wipe } from '../../base/bytes.ts'
import { BLOCK, type CipherShape } from '../ciphers.ts'
import type { DirectionKeys } from '../key-schedule.ts'
import type { Kernels } from './kernels.ts'
import type { SlotOwner, Slots } from './slots.ts'

/** Records whose key stream is made in one call, at most; more brings little (measured). */
const MOST_RECORDS = 8

/**
 * The key stream of one direction of a GCM or CCM connection, from one block cipher object that lives as long as the keys. A call
 * to it costs the same for one block as for hundreds, so key stream is made for several records ahead: their nonces are one's
 * own, or most likely the peer's last plus one. How many grows with the traffic that bears the guess out.
 */
export class KeyStream implements SlotOwner {
  /** Address of the slot, and in it of GCM's tables; 0 while there is none. */
  slot = 0
  readonly #kernels: Kernels
  readonly #slots: Slots
  readonly #cipher: ReturnType<typeof createCipheriv>
  /** GCM's hash key: the block of zeros, enciphered. */
  readonly #hashKey: Uint8Array
  readonly #ccm: boolean
  /** The fixed part of the nonce, as it lies in memory. */
  readonly salt: number
  /** The nonce of the next record there is key stream for, or would be. */
  #high = 0
  #low = 0
  /** Records and blocks for each that lie ready from `#at` on. */
  #ready = 0
  #blocks = 0
  #at = 0
  /** Records to make next time. */
  #ahead = 1

  /** @param shape of a GCM or CCM cipher */
  constructor(shape: CipherShape, keys: DirectionKeys, kernels: Kernels, slots: Slots) {
    this.#kernels = kernels
    this.#slots = slots
    this.#ccm = shape.kind === 'ccm'
    this.#cipher = createCipheriv(shape.native.replace(shape.kind, 'ecb'), keys.key, null)
    this.#cipher.setAutoPadding(false)
    this.#hashKey = this.#cipher.update(new Uint8Array(BLOCK))
    this.salt = new DataView(keys.iv.buffer, keys.iv.byteOffset).getInt32(0, true)
  }

  /**
   * The address of the key stream for a text of `length` bytes under this nonce: one block for the tag, then those of the
   * text. It is there once; the kernel overwrites it as it uses it.
   */
  take(nonceHigh: number, nonceLow: number, length: number): number {
    const blocks = 1 + Math.ceil(length / BLOCK)
    if (this.slot === 0) this.#settle()
    else this.#slots.touch(this)
    const skipped = nonceHigh === this.#high ? nonceLow - this.#low : -1
    if (skipped < 0 || skipped >= this.#ready || blocks > this.#blocks) {
      this.#make(nonceHigh, nonceLow, blocks, skipped === 0)
    } else if (skipped > 0) {
      this.#drop(skipped)
    }
    const at = this.#at
    this.#pass(1)
    return at
  }

  /** Overwrites what is prepared, and the hash key. The block cipher's own key is Node's to free. */
  wipe(): void {
    this.#slots.release(this)
    wipe(this.#hashKey)
  }

  #settle(): void {
    this.#slots.take(this)
    this.#ready = 0
    this.#ahead = 1
    if (this.#ccm) return
    const { memory, counters, makeTables } = this.#kernels
    memory.set(this.#hashKey, counters)
    makeTables(counters, this.slot)
    memory.fill(0, counters, counters + BLOCK)
  }

  #make(nonceHigh: number, nonceLow: number, blocks: number, expected: boolean): void {
    const { memory, counters, slotSize, tablesSize } = this.#kernels
    this.#drop(this.#ready)
    this.#ahead = expected ? Math.min(2 * this.#ahead, MOST_RECORDS) : 1
    const start = this.slot + tablesSize
    const room = (slotSize - tablesSize) / BLOCK
    const records = Math.min(this.#ahead, Math.floor(room / blocks))
    this.#kernels.writeCounters(Number(this.#ccm), this.salt, nonceHigh, nonceLow, blocks, records)
    const stream = this.#cipher.update(memory.subarray(counters, counters + records * blocks * BLOCK))
    memory.set(stream, start)
    wipe(stream)
    this.#high = nonceHigh
    this.#low = nonceLow
    this.#ready = records
    this.#blocks = blocks
    this.#at = start
  }

  /** Overwrites the key stream of records that did not come in their turn. */
  #drop(records: number): void {
    this.#kernels.memory.fill(0, this.#at, this.#at + records * this.#blocks * BLOCK)
    this.#pass(records)
  }

  #pass(records: number): void {
    this.#at += records * this.#blocks * BLOCK
    this.#ready -= records
    this.#low += records
    if (this.#low < 2 ** 32) return
    this.#low -= 2 ** 32
    this.#high = (this.#high + 1) >>> 0
  }
}

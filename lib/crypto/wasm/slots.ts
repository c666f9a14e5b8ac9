import type { Kernels } from './kernels.ts'

/** Who keeps something in a slot. `slot` is its address, 0 without one. */
export interface SlotOwner {
  slot: number
}

/**
 * The slots of the kernels' memory, for what busy connections prepare: tables and key stream. There is a fixed number for
 * the process. An idle connection loses its slot to a busy one, and makes its tables again when it needs them; so neither
 * many connections nor forgotten ones take memory. Whatever leaves a slot is overwritten.
 */
export class Slots {
  readonly #kernels: Kernels
  readonly #owners: (SlotOwner | null)[]
  /** Used since the hand last came by. */
  readonly #used: Uint8Array
  #hand = 0

  constructor(kernels: Kernels) {
    this.#kernels = kernels
    this.#owners = new Array<SlotOwner | null>(kernels.slotCount).fill(null)
    this.#used = new Uint8Array(kernels.slotCount)
  }

  /** The number of slots that someone owns. */
  get taken(): number {
    return this.#owners.filter(owner => owner !== null).length
  }

  /** Gives the owner a slot full of zeros: a free one, or that of an owner who has not used his for some time. */
  take(owner: SlotOwner): void {
    let index = this.#owners.indexOf(null)
    if (index < 0) index = this.#evict()
    this.#owners[index] = owner
    this.#used[index] = 1
    owner.slot = this.#address(index)
  }

  /** The slot is in use: others lose theirs first. */
  touch(owner: SlotOwner): void {
    this.#used[this.#index(owner.slot)] = 1
  }

  /** Overwrites the owner's slot, if he has one, and gives it back. */
  release(owner: SlotOwner): void {
    if (owner.slot === 0) return
    const { memory, slotSize } = this.#kernels
    memory.fill(0, owner.slot, owner.slot + slotSize)
    this.#owners[this.#index(owner.slot)] = null
    owner.slot = 0
  }

  /** Second chance: the first owner whose mark is gone has to leave. */
  #evict(): number {
    for (;;) {
      const index = this.#hand
      this.#hand = (index + 1) % this.#owners.length
      if (this.#used[index] === 0) {
        const owner = this.#owners[index]
        if (owner) this.release(owner)
        return index
      }
      this.#used[index] = 0
    }
  }

  #address(index: number): number {
    return this.#kernels.slots + index * this.#kernels.slotSize
  }

  #index(address: number): number {
    return (address - this.#kernels.slots) / this.#kernels.slotSize
  }
}

import type { Random } from '../base/random.ts'
import type { Association } from './association.ts'
import type { AssociationEvent } from './events.ts'
import type { Settings } from './settings.ts'
import { u16 } from './wire/octets.ts'

/** Who owns a port: told of what happens, and asked what associations begin with. */
export interface Owner {
  readonly settings: Readonly<Settings>
  /** Whether a peer may begin one more association. */
  readonly welcomes: boolean
  /** Addresses that it is bound to; empty: all. */
  readonly addresses: readonly string[]
  /** A peer has begun an association; what it does from now on goes to the owner returned. */
  arrived(association: Association): AssociationOwner
}

export interface AssociationOwner {
  event(association: Association, event: AssociationEvent): void
}

const FIRST_EPHEMERAL = 32768
const EPHEMERALS = 28232

/** Whose port is whose. Two owners share one as long as their addresses differ. */
export class PortTable {
  readonly #random: Random
  readonly #owners = new Map<number, Owner[]>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Takes a port, or (0) one that is free; null when it is taken or none is left. */
  take(port: number, owner: Owner): number | null {
    const wanted = port === 0 ? this.#free() : port
    if (wanted === null) return null
    const others = (this.#owners.get(wanted) ?? []).filter(other => other !== owner)
    if (others.some(other => overlap(other.addresses, owner.addresses))) return null
    this.#owners.set(wanted, [...others, owner])
    return wanted
  }

  release(port: number, owner: Owner): void {
    const left = (this.#owners.get(port) ?? []).filter(other => other !== owner)
    if (left.length > 0) this.#owners.set(port, left)
    else this.#owners.delete(port)
  }

  /** Who answers for a port at this address; null: wherever it came to. */
  ownerOf(port: number, address: string | null): Owner | undefined {
    const fits = ({ addresses }: Owner) => address === null || addresses.length === 0 || addresses.includes(address)
    return this.#owners.get(port)?.find(fits)
  }

  #free(): number | null {
    const start = u16(this.#random(2), 0) % EPHEMERALS
    for (let i = 0; i < EPHEMERALS; i++) {
      const port = FIRST_EPHEMERAL + ((start + i) % EPHEMERALS)
      if (!this.#owners.has(port)) return port
    }
    return null
  }
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some(address => b.includes(address))
}

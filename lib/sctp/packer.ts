import type { AuthKeys } from './auth-keys.ts'
import { u8 } from './wire/octets.ts'
import { COMMON_HEADER, seal, writePacket } from './wire/packet.ts'

/** What the peer wants authenticated, and how it is done (RFC 4895). */
export interface Signing {
  readonly keys: AuthKeys
  /** Types of chunks. */
  readonly required: ReadonlySet<number>
  readonly hmac: number
}

/** Fills one packet with chunks, with an AUTH chunk in front of the first one that the peer wants authenticated. */
export class Packer {
  readonly #mtu: number
  readonly #signing: Signing | null
  readonly #chunks: Uint8Array[] = []
  /** Of the chunks so far. */
  readonly types: number[] = []
  #length = COMMON_HEADER
  #authAt = -1
  #key = -1

  constructor(mtu: number, signing: Signing | null) {
    this.#mtu = mtu
    this.#signing = signing
  }

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  /** The key of the AUTH chunk; -1 while there is none. */
  get key(): number {
    return this.#key
  }

  /** Bytes left for a chunk of this type, under this key. */
  room(type: number, key: number): number {
    return this.#mtu - this.#length - (this.#needsAuth(type) ? this.#authLength(key) : 0)
  }

  /** Whether an authenticated chunk of this type may go under this key: a packet has one AUTH chunk. */
  takes(type: number, key: number): boolean {
    return this.#signing?.required.has(type) !== true || this.#key < 0 || this.#key === key
  }

  /** Appends; that it fits is the caller's to see. */
  add(chunk: Uint8Array, key: number): void {
    if (this.#needsAuth(u8(chunk, 0)) && this.#signing !== null) {
      this.#authAt = this.#length
      this.#key = key
      this.#append(this.#signing.keys.blank(key, this.#signing.hmac))
    }
    this.#append(chunk)
  }

  finish(header: { readonly sourcePort: number; readonly destinationPort: number; readonly tag: number }): Uint8Array {
    const packet = writePacket(header, this.#chunks)
    if (this.#authAt < 0 || this.#signing === null) return packet
    this.#signing.keys.sign(packet, this.#authAt, this.#key, this.#signing.hmac)
    seal(packet)
    return packet
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.types.push(u8(chunk, 0))
    this.#length += chunk.length
  }

  #needsAuth(type: number): boolean {
    return this.#authAt < 0 && this.#signing?.required.has(type) === true
  }

  #authLength(key: number): number {
    return this.#signing === null ? 0 : this.#signing.keys.blank(key, this.#signing.hmac).length
  }
}

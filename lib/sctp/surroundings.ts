import type { Random } from '../base/random.ts'
import type { AssociationEvent } from './events.ts'

export type AssociationState =
  | 'closed'
  | 'cookie wait'
  | 'cookie echoed'
  | 'established'
  | 'shutdown pending'
  | 'shutdown sent'
  | 'shutdown received'
  | 'shutdown ack sent'

/** The two ends' port numbers. */
export interface Ports {
  readonly localPort: number
  readonly peerPort: number
}

/** Where a packet came from and where it came to. */
export interface Source {
  readonly address: string
  /** UDP port, 0 without encapsulation. */
  readonly port: number
  /** Null where the carrier cannot tell. */
  readonly destination: string | null
}

/** A packet to be sent. */
export interface OutgoingPacket {
  readonly bytes: Uint8Array
  readonly address: string
  readonly port: number
  /** The address to send from; null: whichever leads there. */
  readonly from: string | null
}

/** Why something that came was not heeded. */
export type Discard =
  | 'malformed'
  | 'checksum'
  | 'tag'
  | 'cookie'
  | 'authentication'
  | 'out of the blue'
  | 'state'
  | 'window'
  | 'old'

/** What an association needs of its surroundings. */
export interface Surroundings {
  readonly random: Random
  now(): number
  transmit(packet: OutgoingPacket): void
  /** Largest SCTP packet towards an address, in bytes. */
  mtu(address: string, port: number): number
  /** The address to send from to another; null: whichever leads there. */
  sourceFor(address: string): string | null
  /** Whether packets can be sent to an address at all. */
  reachable(address: string): boolean
  /** The addresses of this end that the peer may use, besides the one that packets come from. */
  localAddresses(): readonly string[]
  discarded(reason: Discard): void
  event(event: AssociationEvent): void
  /** No other association with a peer of these ports answers for this address. */
  claimable(address: string): boolean
  /** Whether packets may leave from this address of this end. */
  uses(address: string): boolean
  /** The association answers for this address of the peer, or no longer. */
  claim: (address: string) => void
  release(address: string): void
  ended(): void
}

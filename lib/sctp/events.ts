import type { Delivery } from './receive/assembly.ts'
import type { OutgoingMessage } from './send/outgoing.ts'

/** What an association tells its owner. Error causes are the numbers of RFC 9260 section 3.3.10. */
export type AssociationEvent =
  | { readonly kind: 'message'; readonly delivery: Delivery; readonly cumulative: number }
  /** Established; `restarted` when the peer began anew on an association that was there. */
  | { readonly kind: 'up'; readonly restarted: boolean; readonly outbound: number; readonly inbound: number }
  /** The peer sends nothing more. */
  | { readonly kind: 'shutdown' }
  /** The end. `abort`: the causes of the peer's ABORT; null when it did not come to one. */
  | { readonly kind: 'ended'; readonly how: Ending; readonly cause: number; readonly abort: Uint8Array | null }
  | { readonly kind: 'path'; readonly address: string; readonly change: PathChange }
  | { readonly kind: 'send failed'; readonly message: OutgoingMessage; readonly sent: boolean; readonly cause: number }
  | { readonly kind: 'remote error'; readonly cause: number; readonly data: Uint8Array }
  | { readonly kind: 'adaptation'; readonly indication: number }
  | { readonly kind: 'partial delivery aborted'; readonly stream: number; readonly sequence: number }
  | { readonly kind: 'authentication'; readonly key: number; readonly change: 'new' | 'free' | 'none' }
  /** Nothing is left to send or to be acknowledged. */
  | { readonly kind: 'dry' }
  | {
      readonly kind: 'streams reset'
      readonly side: 'incoming' | 'outgoing'
      readonly outcome: ReconfigurationOutcome
      /** Empty: all. */
      readonly streams: readonly number[]
    }
  | {
      readonly kind: 'association reset'
      readonly outcome: ReconfigurationOutcome
      readonly localTsn: number
      readonly remoteTsn: number
    }
  | {
      readonly kind: 'streams added'
      readonly outcome: ReconfigurationOutcome
      readonly inbound: number
      readonly outbound: number
    }
  /** There is room again for messages. */
  | { readonly kind: 'writable' }

/** How an association ends: never established, lost, or both ends shut it down. */
export type Ending = 'cannot start' | 'lost' | 'complete'

export type PathChange =
  | 'available'
  | 'unreachable'
  | 'confirmed'
  | 'made primary'
  | 'added'
  | 'removed'
  | 'potentially failed'

export type ReconfigurationOutcome = 'done' | 'denied' | 'failed'

import type { KeySettings } from './auth-keys.ts'
import { FIRST_COME, type Schedule } from './send/outgoing-queue.ts'
import { HMAC_SHA1, HMAC_SHA256 } from './wire/init.ts'

/** What an association begins with; a socket's options change the copy that its next associations get. Linux's values. */
export interface Settings {
  /** Streams asked for, and accepted at most. */
  outbound: number
  inbound: number
  /** INITs and COOKIE ECHOs without an answer before the set-up is given up. */
  initAttempts: number
  /** Longest time-out during set-up, in milliseconds; 0: that of `rtoMax`. */
  initTimeout: number
  /** Retransmission time-outs in milliseconds. */
  rtoInitial: number
  rtoMin: number
  rtoMax: number
  /** Time-outs in a row before the association, or a path, is given up. */
  associationRetransmissions: number
  pathRetransmissions: number
  /** Time-outs in a row after which another path is preferred (RFC 7829), and whether the program hears of it. */
  failureThreshold: number
  /** Time-outs in a row after which another path becomes the primary one for good (RFC 7829 section 5). */
  switchThreshold: number
  exposeFailing: boolean
  heartbeats: boolean
  /** Milliseconds. */
  heartbeatInterval: number
  /** Milliseconds that a state cookie is good for. */
  cookieLife: number
  /** Milliseconds, and packets, that a SACK may wait for. */
  sackDelay: number
  sackFrequency: number
  /** Packets sent at once. */
  maxBurst: number
  /** Sends small chunks at once instead of waiting for the SACK of what is under way. */
  noDelay: boolean
  /** Largest fragment of user data in bytes; 0: what the path takes. */
  maxSegment: number
  /** Messages above the fragment size are refused instead of cut. */
  noFragments: boolean
  /** Bytes: the window offered to the peer. */
  receiveWindow: number
  /** Bytes of a message that is not complete yet which are handed out in parts; 0: when the window is used up. */
  partialDeliveryPoint: number
  partialReliability: boolean
  /** Offers to interleave messages (RFC 8260). */
  interleaving: boolean
  /** Which stream's turn it is to send. */
  schedule: Schedule
  reconfiguration: boolean
  /** Which requests of the peer are granted: SCTP_ENABLE_RESET_STREAM_REQ and its kin. */
  granted: number
  auth: boolean
  /** Chunk types that the peer must authenticate. */
  authChunks: readonly number[]
  hmacs: readonly number[]
  keys: KeySettings | null
  adaptation: number | null
  /** UDP port of the peer (RFC 6951); 0: none. */
  encapsulationPort: number
  /** Largest SCTP packet in bytes; 0: what the carrier says of the way to the address. */
  pathMtu: number
  /** Milliseconds between searches for larger packets (RFC 8899); 0: what the carrier says is believed. */
  probeInterval: number
  /** Tells the peer of addresses that come and go (RFC 5061). Needs `auth`. */
  addressChanges: boolean
  /** Milliseconds without data after which the association is shut down; 0: never. */
  autoClose: number
}

export const DEFAULT_SETTINGS: Readonly<Settings> = Object.freeze<Settings>({
  outbound: 10,
  inbound: 65535,
  initAttempts: 8,
  initTimeout: 0,
  rtoInitial: 3000,
  rtoMin: 1000,
  rtoMax: 60000,
  associationRetransmissions: 10,
  pathRetransmissions: 5,
  failureThreshold: 0,
  switchThreshold: 0xffff,
  exposeFailing: false,
  heartbeats: true,
  heartbeatInterval: 30000,
  cookieLife: 60000,
  sackDelay: 200,
  sackFrequency: 2,
  maxBurst: 4,
  noDelay: false,
  maxSegment: 0,
  noFragments: false,
  receiveWindow: 106496,
  partialDeliveryPoint: 0,
  partialReliability: true,
  interleaving: false,
  schedule: FIRST_COME,
  reconfiguration: true,
  granted: 0,
  auth: true,
  authChunks: [],
  hmacs: [HMAC_SHA256, HMAC_SHA1],
  keys: null,
  adaptation: null,
  encapsulationPort: 0,
  pathMtu: 0,
  probeInterval: 0,
  addressChanges: false,
  autoClose: 0,
})

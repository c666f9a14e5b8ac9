import type { Random } from '../base/random.ts'
import { HMACS } from './auth-keys.ts'
import type { Settings } from './settings.ts'
import { type AuthParameters, type Init, RANDOM_LENGTH, type ReadInit } from './wire/init.ts'
import { u32 } from './wire/octets.ts'
import { ChunkType } from './wire/registry.ts'

/** The smallest window that may be offered (RFC 9260 section 3.3.2), in bytes. */
export const LEAST_WINDOW = 1500

/** What both ends' INIT and INIT ACK have led to. */
export interface Negotiated {
  readonly peerTag: number
  readonly peerTsn: number
  /** Bytes. */
  readonly peerWindow: number
  readonly outbound: number
  readonly inbound: number
  readonly partialReliability: boolean
  readonly reconfiguration: boolean
  /** User data travels as I-DATA (RFC 8260). */
  readonly interleaving: boolean
  /** Addresses may come and go (RFC 5061). */
  readonly addressChanges: boolean
  /** Null when one end does not speak RFC 4895. */
  readonly peerAuth: AuthParameters | null
  /** The HMAC to sign with: the first of the peer's that is known here. */
  readonly hmac: number
  readonly adaptation: number | null
}

/** What this end says of itself, in an INIT or (`peer` given) in the INIT ACK that answers one. */
export function offer(
  settings: Readonly<Settings>,
  addresses: readonly string[],
  random: Random,
  tags: { readonly tag: number; readonly tsn: number } | null,
  peer: Init | null = null,
): Init {
  const auth: AuthParameters = {
    random: random(RANDOM_LENGTH),
    chunks: Uint8Array.from(authenticatedChunks(settings)),
    hmacs: settings.hmacs,
  }
  const extensions: number[] = []
  if (settings.auth) extensions.push(ChunkType.auth)
  if (settings.auth && settings.addressChanges) extensions.push(ChunkType.asconf, ChunkType.asconfAck)
  if (settings.reconfiguration) extensions.push(ChunkType.reConfig)
  if (settings.partialReliability) extensions.push(ChunkType.forwardTsn)
  if (settings.interleaving) extensions.push(ChunkType.iData)
  if (settings.interleaving && settings.partialReliability) extensions.push(ChunkType.iForwardTsn)
  return {
    tag: tags?.tag ?? nonZero(random),
    tsn: tags?.tsn ?? u32(random(4), 0),
    window: Math.max(LEAST_WINDOW, settings.receiveWindow),
    outbound: Math.min(settings.outbound, peer?.inbound ?? settings.outbound),
    inbound: settings.inbound,
    addresses,
    addressTypes: null,
    partialReliability: settings.partialReliability,
    extensions,
    auth: settings.auth ? auth : null,
    adaptation: settings.adaptation,
    cookie: null,
  }
}

/** Chunk types that the peer must authenticate: what changes addresses is always among them (RFC 5061 section 4.2.7). */
export function authenticatedChunks({ authChunks, auth, addressChanges }: Readonly<Settings>): readonly number[] {
  return auth && addressChanges ? [...new Set([...ADDRESS_CHANGE, ...authChunks])] : authChunks
}

const ADDRESS_CHANGE: readonly number[] = [ChunkType.asconf, ChunkType.asconfAck]

/** The fields of a received INIT or INIT ACK make sense (RFC 9260 sections 3.3.2 and 3.3.3); the tag is judged before. */
export function isAcceptable(init: Init): boolean {
  return init.outbound > 0 && init.inbound > 0 && init.window >= LEAST_WINDOW
}

export function negotiate(local: Init, peer: ReadInit): Negotiated {
  const hmac = peer.auth?.hmacs.find(id => HMACS.has(id))
  const peerAuth = local.auth === null || hmac === undefined ? null : peer.auth
  const both = (type: number) => local.extensions.includes(type) && peer.extensions.includes(type)
  const interleaving = both(ChunkType.iData)
  const forwards = interleaving ? both(ChunkType.iForwardTsn) : local.partialReliability && peer.partialReliability
  return {
    peerTag: peer.tag,
    peerTsn: peer.tsn,
    peerWindow: peer.window,
    outbound: Math.min(local.outbound, peer.inbound),
    inbound: Math.min(local.inbound, peer.outbound),
    partialReliability: forwards,
    reconfiguration: both(ChunkType.reConfig),
    interleaving,
    addressChanges: ADDRESS_CHANGE.every(type => both(type) && peerAuth?.chunks.includes(type) === true),
    peerAuth,
    hmac: hmac ?? 0,
    adaptation: peer.adaptation,
  }
}

/** Verification tags are never 0 (RFC 9260 section 5.3.1). */
export function nonZero(random: Random): number {
  for (;;) {
    const tag = u32(random(4), 0)
    if (tag !== 0) return tag
  }
}

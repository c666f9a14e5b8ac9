import { type Endpoint, headerOverhead } from '../../../transport/address.ts'
import { descriptor } from '../../../transport/descriptors.ts'
import { UdpSocket } from '../../../transport/udp/udp.ts'
import type { BIO } from '../bio.ts'

/** What a datagram BIO keeps (C's `bio_dgram_data`). */
export class DgramState {
  /** The socket of the descriptor when it was set: the number may stand for another one later. */
  socket: UdpSocket | null = null
  peer: Endpoint | null = null
  connected = false
  /** The last error that asked for a retry, until it is asked for. */
  error = 0
  mtu = 0
  /** When the DTLS timer expires, in milliseconds since 1970; null when none runs. */
  nextTimeout: number | null = null
  peekMode = false
}

export function stateOf(bio: BIO): DgramState {
  if (bio.ptr instanceof DgramState) return bio.ptr
  throw new TypeError('bio: the data of a datagram BIO is its own')
}

/** The UDP socket that a descriptor stands for, if it does. */
export function socketAt(fd: number): UdpSocket | null {
  const object = descriptor(fd)
  return object instanceof UdpSocket ? object : null
}

/** IP and UDP headers towards an address, in bytes; 28 when there is none yet. */
export function overhead(to: Endpoint | null): number {
  return to === null ? 28 : headerOverhead(to)
}

/** The largest payload, in bytes, that every host must take (RFC 791, RFC 8200 section 5). */
export function fallbackMtu(to: Endpoint | null): number {
  const headers = overhead(to)
  return (headers === 28 ? IPV4_MINIMUM : IPV6_MINIMUM) - headers
}

/** Bytes of IP packet. */
const IPV4_MINIMUM = 576
const IPV6_MINIMUM = 1280

import { formatIp } from '../../../lib/base/ip.ts'
import { readPacket as readSctp } from '../../../lib/sctp/wire/packet.ts'
import type { Frame } from './file.ts'

/** A packet that carries something from one port to another, as a capture or a run has it. */
export interface Packet {
  /** Milliseconds of the capture's clock. */
  readonly at: number
  readonly protocol: 'udp' | 'tcp' | 'sctp'
  /** Address and port. */
  readonly source: string
  readonly target: string
  /** What the datagram or segment carries; of SCTP the whole packet, its common header included. */
  readonly payload: Uint8Array
  /** TCP: the number of the first byte, and the flags. */
  readonly sequence?: number
  readonly flags?: number
  /** Never arrived, as a run knows and a capture does not. */
  readonly lost?: boolean
}

/** The packet in a frame; null for what is none of UDP, TCP and SCTP over IP, and for fragments of IP. */
export function readPacket({ at, link, bytes }: Frame): Packet | null {
  const start = LINKS.get(link)?.(bytes) ?? null
  const ip = start === null ? null : readIp(bytes.subarray(start))
  return ip === null ? null : readTransport(ip, at)
}

/** Whether frames of this link type can be read. */
export function isKnownLink(link: number): boolean {
  return LINKS.has(link)
}

/** Where the IP header begins, by link type; null where there is none. */
const LINKS: ReadonlyMap<number, (frame: Uint8Array) => number | null> = new Map([
  // Loopback of BSD: a number of an address family, which every system counts differently.
  [0, () => 4],
  [108, () => 4],
  [1, ethernet],
  // IP without anything before it, under its several numbers.
  [12, () => 0],
  [14, () => 0],
  [101, () => 0],
  [228, () => 0],
  [229, () => 0],
  // Linux's cooked forms, of 16 and 20 bytes.
  [113, frame => ether(frame, 14, 16)],
  [276, frame => ether(frame, 0, 20)],
])

const [IPV4, IPV6, VLAN, QINQ] = [0x0800, 0x86dd, 0x8100, 0x88a8]

function ethernet(frame: Uint8Array): number | null {
  let at = 12
  while ([VLAN, QINQ].includes(u16(frame, at))) at += 4
  return ether(frame, at, at + 2)
}

function ether(frame: Uint8Array, type: number, start: number): number | null {
  return [IPV4, IPV6].includes(u16(frame, type)) ? start : null
}

interface Ip {
  readonly source: string
  readonly target: string
  readonly protocol: number
  readonly body: Uint8Array
}

function readIp(packet: Uint8Array): Ip | null {
  const version = (packet[0] ?? 0) >> 4
  return version === 4 ? readIp4(packet) : version === 6 ? readIp6(packet) : null
}

function readIp4(packet: Uint8Array): Ip | null {
  const header = ((packet[0] ?? 0) & 0x0f) * 4
  if (header < 20 || packet.length < header || (u16(packet, 6) & 0x3fff) !== 0) return null
  // 0 where the network card is to cut what the kernel gave it in one piece.
  const total = u16(packet, 2) || packet.length
  return {
    source: formatIp(packet.subarray(12, 16)),
    target: formatIp(packet.subarray(16, 20)),
    protocol: packet[9] ?? 0,
    body: packet.subarray(header, total),
  }
}

/** Hop-by-hop, routing, and destination options (RFC 8200 section 4); a fragment header ends it. */
const EXTENSION_HEADERS = [0, 43, 60]

function readIp6(packet: Uint8Array): Ip | null {
  if (packet.length < 40) return null
  let [at, protocol] = [40, packet[6] ?? 0]
  while (EXTENSION_HEADERS.includes(protocol)) {
    protocol = packet[at] ?? 0
    at += ((packet[at + 1] ?? 0) + 1) * 8
    if (at > packet.length) return null
  }
  const length = u16(packet, 4)
  return {
    source: formatIp(packet.subarray(8, 24)),
    target: formatIp(packet.subarray(24, 40)),
    protocol,
    body: packet.subarray(at, length === 0 ? packet.length : 40 + length),
  }
}

function readTransport({ source, target, protocol, body }: Ip, at: number): Packet | null {
  const ends = { at, source: `${source} ${u16(body, 0)}`, target: `${target} ${u16(body, 2)}` }
  switch (protocol) {
    case 6: {
      const header = ((body[12] ?? 0) >> 4) * 4
      if (header < 20 || body.length < header) return null
      const sequence = u16(body, 4) * 0x10000 + u16(body, 6)
      return { ...ends, protocol: 'tcp', sequence, flags: body[13] ?? 0, payload: body.subarray(header) }
    }
    case 17: {
      if (body.length < 8) return null
      const payload = body.subarray(8, Math.max(8, u16(body, 4) || body.length))
      return inUdp({ ...ends, protocol: 'udp', payload }, source, target)
    }
    case 132:
      return body.length < 12 ? null : { ...ends, protocol: 'sctp', payload: body }
    default:
      return null
  }
}

/** SCTP in UDP (RFC 6951) is known by its checksum, on whichever port. */
function inUdp(packet: Packet, source: string, target: string): Packet {
  const inner = readSctp(packet.payload)
  if (typeof inner === 'string') return packet
  const { sourcePort, destinationPort } = inner
  return { ...packet, protocol: 'sctp', source: `${source} ${sourcePort}`, target: `${target} ${destinationPort}` }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

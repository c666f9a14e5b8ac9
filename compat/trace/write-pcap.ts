/** What one end of a connection has sent, at some moment. */
export interface Packet {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly protocol: 'udp' | 'tcp'
  /** Tells the connections of a capture apart: from 0. */
  readonly connection: number
  readonly from: 'client' | 'server'
  /** A datagram, or a part of the stream. */
  readonly payload: Uint8Array
}

/** The server's port in every capture that is written here. */
export const CAPTURE_PORT = 4433

/**
 * A pcap file (draft-ietf-opsawg-pcap) with these packets as IPv4 between two addresses of the loopback network. What
 * the system put around them is not known and is made anew: a stream begins with its three-way handshake.
 */
export function writePcap(packets: readonly Packet[]): Uint8Array {
  const header = Buffer.alloc(FILE_HEADER)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(SNAPSHOT, 16)
  header.writeUInt32LE(BARE_IP, 20)
  const streams = new Map<number, Stream>()
  const frames = packets.flatMap(packet => {
    if (packet.protocol === 'udp') return [frame(packet, UDP, udpHeader(packet), packet.payload)]
    const stream = streams.get(packet.connection) ?? { client: 0, server: 0 }
    const opening = streams.has(packet.connection) ? [] : threeWay(packet)
    streams.set(packet.connection, stream)
    return [...opening, ...segments(packet, stream)]
  })
  return Buffer.concat([header, ...frames])
}

/** Bytes that each end has sent. */
type Stream = Record<Packet['from'], number>

const [FILE_HEADER, PACKET_HEADER, IP_HEADER, UDP_HEADER, TCP_HEADER] = [24, 16, 20, 8, 20]
const [SNAPSHOT, BARE_IP, UDP, TCP] = [0x40000, 101, 17, 6]
const [SYN, PUSH, ACK] = [0x02, 0x08, 0x10]
/** Of a segment: what fits into an IPv4 packet with room to spare. */
const MOST = 32_768

function threeWay({ at, protocol, connection }: Packet): Buffer[] {
  const empty = { at, protocol, connection, payload: new Uint8Array(0) }
  const [toServer, toClient] = [{ ...empty, from: 'client' } as const, { ...empty, from: 'server' } as const]
  return [
    frame(toServer, TCP, tcpHeader(toServer, -1, -1, SYN), empty.payload),
    frame(toClient, TCP, tcpHeader(toClient, -1, 0, SYN | ACK), empty.payload),
    frame(toServer, TCP, tcpHeader(toServer, 0, 0, ACK), empty.payload),
  ]
}

function segments(packet: Packet, sent: Stream): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < packet.payload.length; at += MOST) {
    const part = packet.payload.subarray(at, at + MOST)
    const header = tcpHeader(
      packet,
      sent[packet.from],
      sent[packet.from === 'client' ? 'server' : 'client'],
      PUSH | ACK,
    )
    frames.push(frame(packet, TCP, header, part))
    sent[packet.from] += part.length
  }
  return frames
}

function ports({ connection, from }: Packet): Buffer {
  const bytes = Buffer.alloc(4)
  const client = 50_000 + connection
  bytes.writeUInt16BE(from === 'client' ? client : CAPTURE_PORT, 0)
  bytes.writeUInt16BE(from === 'client' ? CAPTURE_PORT : client, 2)
  return bytes
}

/** Without a checksum, which IPv4 allows (RFC 768). */
function udpHeader(packet: Packet): Buffer {
  const rest = Buffer.alloc(4)
  rest.writeUInt16BE(UDP_HEADER + packet.payload.length, 0)
  return Buffer.concat([ports(packet), rest])
}

/** The numbers count data from 0; a SYN stands before it. The checksum is left to who reads. */
function tcpHeader(packet: Packet, sequence: number, acknowledged: number, flags: number): Buffer {
  const header = Buffer.alloc(TCP_HEADER)
  header.set(ports(packet))
  header.writeUInt32BE(sequence + 1, 4)
  header.writeUInt32BE((flags & ACK) === 0 ? 0 : acknowledged + 1, 8)
  header.set([(TCP_HEADER / 4) << 4, flags, 0xff, 0xff], 12)
  return header
}

function frame({ at, from }: Packet, protocol: number, header: Buffer, payload: Uint8Array): Buffer {
  const length = IP_HEADER + header.length + payload.length
  const before = Buffer.alloc(PACKET_HEADER)
  before.writeUInt32LE(Math.floor(at / 1000), 0)
  before.writeUInt32LE(Math.floor((at % 1000) * 1000), 4)
  before.writeUInt32LE(length, 8)
  before.writeUInt32LE(length, 12)
  const ip = Buffer.alloc(IP_HEADER)
  const [client, server] = [Buffer.of(127, 0, 0, 1), Buffer.of(127, 0, 0, 2)]
  ip.set([0x45])
  ip.writeUInt16BE(length, 2)
  ip.set([64, protocol], 8)
  ip.set(from === 'client' ? client : server, 12)
  ip.set(from === 'client' ? server : client, 16)
  ip.writeUInt16BE(checksum(ip), 10)
  return Buffer.concat([before, ip, header, payload])
}

/** RFC 791 section 3.1. */
function checksum(header: Buffer): number {
  let sum = 0
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at)
  sum = (sum & 0xffff) + (sum >>> 16)
  return ~(sum + (sum >>> 16)) & 0xffff
}

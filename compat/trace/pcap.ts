/** A UDP datagram of a capture. */
export interface Datagram {
  /** Milliseconds of the capture's clock. */
  readonly at: number
  /** Address and port. */
  readonly source: string
  readonly target: string
  readonly payload: Uint8Array
}

/** The UDP datagrams of a pcap file, in either byte order, over Ethernet, loopback, Linux's cooked form, or bare IP. */
export function readPcap(file: Uint8Array): Datagram[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  if (file.length < FILE_HEADER) throw new Error('too short for a pcap file')
  const order = ORDERS.find(({ magic, little }) => view.getUint32(0, little) === magic)
  if (order === undefined) throw new Error('not a pcap file (of pcapng, `tshark -F pcap -r FILE -w NEW` makes one)')
  const { little, ticks } = order
  const linkType = view.getUint32(20, little) & 0xffff
  const skip = LINK_HEADERS.get(linkType)
  if (skip === undefined) throw new Error(`link type ${linkType} is not known here`)
  const found: Datagram[] = []
  for (let at = FILE_HEADER; at + PACKET_HEADER <= file.length; ) {
    const milliseconds = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) / ticks
    const start = at + PACKET_HEADER
    const end = start + view.getUint32(at + 8, little)
    if (end > file.length) return found
    const datagram = readIp(file.subarray(start + skip, end), milliseconds)
    if (datagram !== null) found.push(datagram)
    at = end
  }
  return found
}

const [FILE_HEADER, PACKET_HEADER, UDP_HEADER, UDP] = [24, 16, 8, 17]

const ORDERS = [
  { magic: 0xa1b2c3d4, little: true, ticks: 1000 },
  { magic: 0xa1b2c3d4, little: false, ticks: 1000 },
  { magic: 0xa1b23c4d, little: true, ticks: 1_000_000 },
  { magic: 0xa1b23c4d, little: false, ticks: 1_000_000 },
] as const

/** Bytes before the IP header: loopback of BSD, Ethernet, bare IP (two numbers), Linux's cooked form. */
const LINK_HEADERS: ReadonlyMap<number, number> = new Map([
  [0, 4],
  [1, 14],
  [12, 0],
  [101, 0],
  [113, 16],
  [228, 0],
  [229, 0],
])

function readIp(packet: Uint8Array, at: number): Datagram | null {
  const version = (packet[0] ?? 0) >> 4
  const header = version === 4 ? ((packet[0] ?? 0) & 0x0f) * 4 : 40
  const protocol = version === 4 ? packet[9] : version === 6 ? packet[6] : undefined
  if (protocol !== UDP || packet.length < header + UDP_HEADER) return null
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  const [from, to, size] = version === 4 ? [12, 16, 4] : [8, 24, 16]
  const address = (offset: number) => packet.subarray(offset, offset + size).join('.')
  const end = Math.min(packet.length, header + view.getUint16(header + 4))
  return {
    at,
    source: `${address(from)} ${view.getUint16(header)}`,
    target: `${address(to)} ${view.getUint16(header + 2)}`,
    payload: packet.subarray(header + UDP_HEADER, end),
  }
}

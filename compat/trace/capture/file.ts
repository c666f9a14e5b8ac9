/** A frame as an interface saw it. */
export interface Frame {
  /** Milliseconds since 1970. */
  readonly at: number
  /** What it begins with: a number of the registry of link types (https://www.tcpdump.org/linktypes.html). */
  readonly link: number
  readonly bytes: Uint8Array
}

export interface CaptureFile {
  readonly frames: readonly Frame[]
  /** Key logs that the file itself carries (pcapng's Decryption Secrets Blocks). */
  readonly secrets: string
}

/** A file that is not read, with the reason in words. Nothing else is thrown for what a capture holds. */
export class CaptureError extends Error {}

/**
 * The frames of a pcap or pcapng file (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng) in either byte order. A file that
 * ends in the middle of a frame gives the frames before.
 */
export function readCaptureFile(file: Uint8Array): CaptureFile {
  if (file.length < 24) throw new CaptureError('too short for a capture')
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  if (view.getUint32(0) === SECTION_HEADER) return readPcapng(file, view)
  const order = PCAP_ORDERS.find(({ magic, little }) => view.getUint32(0, little) === magic)
  if (order === undefined) throw new CaptureError('neither pcap nor pcapng')
  return { frames: readPcap(file, view, order), secrets: '' }
}

type PcapOrder = (typeof PCAP_ORDERS)[number]

/** Timestamps count microseconds or nanoseconds. */
const PCAP_ORDERS = [
  { magic: 0xa1b2c3d4, little: true, ticks: 1000 },
  { magic: 0xa1b2c3d4, little: false, ticks: 1000 },
  { magic: 0xa1b23c4d, little: true, ticks: 1_000_000 },
  { magic: 0xa1b23c4d, little: false, ticks: 1_000_000 },
] as const

const [PCAP_HEADER, PCAP_RECORD] = [24, 16]

function readPcap(file: Uint8Array, view: DataView, { little, ticks }: PcapOrder): Frame[] {
  // The upper bits say how long the frame check sequence is.
  const link = view.getUint32(20, little) & 0xffff
  const frames: Frame[] = []
  for (let at = PCAP_HEADER; at + PCAP_RECORD <= file.length; ) {
    const start = at + PCAP_RECORD
    const end = start + view.getUint32(at + 8, little)
    if (end > file.length) break
    const milliseconds = view.getUint32(at, little) * 1000 + view.getUint32(at + 4, little) / ticks
    keep(frames, { at: milliseconds, link, bytes: file.subarray(start, end) })
    at = end
  }
  return frames
}

const SECTION_HEADER = 0x0a0d0d0a
const [INTERFACE, SIMPLE_PACKET, ENHANCED_PACKET, DECRYPTION_SECRETS] = [1, 3, 6, 10]
const BYTE_ORDER = 0x1a2b3c4d
/** "TLSK": the secrets are lines of a key log. */
const TLS_KEY_LOG = 0x544c534b

interface Interface {
  readonly link: number
  /** Units of a timestamp in a millisecond. */
  readonly ticks: number
  /** Seconds that are added to each timestamp. */
  readonly offset: number
}

function readPcapng(file: Uint8Array, view: DataView): CaptureFile {
  const frames: Frame[] = []
  const secrets: string[] = []
  let interfaces: Interface[] = []
  let little = false
  for (let at = 0; at + 12 <= file.length; ) {
    const section = view.getUint32(at) === SECTION_HEADER
    if (section) {
      // Each section has its own byte order and its own interfaces.
      if (at + 12 > file.length) break
      little = view.getUint32(at + 8, true) === BYTE_ORDER
      if (!little && view.getUint32(at + 8) !== BYTE_ORDER)
        throw new CaptureError('a pcapng section without byte order')
      interfaces = []
    }
    const length = view.getUint32(at + 4, little)
    if (length < 12 || length % 4 !== 0) throw new CaptureError('a pcapng block of an impossible length')
    if (at + length > file.length) break
    const body = new DataView(file.buffer, file.byteOffset + at + 8, length - 12)
    const type = view.getUint32(at, little)
    if (type === INTERFACE) interfaces.push(readInterface(body, little))
    else if (type === ENHANCED_PACKET) keep(frames, readEnhanced(body, little, interfaces))
    else if (type === SIMPLE_PACKET) keep(frames, readSimple(body, little, interfaces))
    else if (type === DECRYPTION_SECRETS) secrets.push(readSecrets(body, little))
    at += length
  }
  return { frames, secrets: secrets.join('\n') }
}

function readInterface(body: DataView, little: boolean): Interface {
  if (body.byteLength < 8) throw new CaptureError('a pcapng interface without a link type')
  let [ticks, offset] = [1000, 0]
  for (let at = 8; at + 4 <= body.byteLength; ) {
    const [code, length] = [body.getUint16(at, little), body.getUint16(at + 2, little)]
    const value = at + 4
    if (code === 0 || value + length > body.byteLength) break
    if (code === 9 && length === 1) {
      const resolution = body.getUint8(value)
      ticks = (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1000
    }
    if (code === 14 && length === 8) offset = Number(body.getBigInt64(value, little))
    at = value + ((length + 3) & ~3)
  }
  return { link: body.getUint16(0, little), ticks, offset }
}

function readEnhanced(body: DataView, little: boolean, interfaces: readonly Interface[]): Frame | null {
  if (body.byteLength < 20) return null
  const by = interfaces[body.getUint32(0, little)]
  const length = body.getUint32(12, little)
  if (by === undefined || 20 + length > body.byteLength) return null
  const time = body.getUint32(4, little) * 2 ** 32 + body.getUint32(8, little)
  return { at: time / by.ticks + by.offset * 1000, link: by.link, bytes: bytesOf(body, 20, length) }
}

/** A packet of the first interface, without a time. */
function readSimple(body: DataView, little: boolean, [by]: readonly Interface[]): Frame | null {
  if (by === undefined || body.byteLength < 4) return null
  const length = Math.min(body.getUint32(0, little), body.byteLength - 4)
  return { at: 0, link: by.link, bytes: bytesOf(body, 4, length) }
}

function readSecrets(body: DataView, little: boolean): string {
  if (body.byteLength < 8 || body.getUint32(0, little) !== TLS_KEY_LOG) return ''
  return Buffer.from(bytesOf(body, 8, Math.min(body.getUint32(4, little), body.byteLength - 8))).toString('latin1')
}

function bytesOf(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length)
}

function keep(frames: Frame[], frame: Frame | null): void {
  if (frame === null) return
  if (frames.length === MOST_FRAMES) throw new CaptureError(`more than ${MOST_FRAMES} packets: cut it with editcap`)
  frames.push(frame)
}

const MOST_FRAMES = 200_000

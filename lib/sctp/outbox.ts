import type { Authentication } from './authentication.ts'
import { Packer } from './packer.ts'
import type { Path } from './paths/path.ts'
import type { Paths } from './paths/paths.ts'
import type { Receiver } from './receive/receiver.ts'
import type { Sender } from './send/sender.ts'
import type { Settings } from './settings.ts'
import type { Statistics } from './statistics.ts'
import type { OutgoingPacket } from './surroundings.ts'
import { DATA, type DataFormat } from './wire/data.ts'
import { u8 } from './wire/octets.ts'
import { CHUNK_HEADER, COMMON_HEADER, writeChunk, writePacket } from './wire/packet.ts'
import { ChunkType } from './wire/registry.ts'
import { writeSack } from './wire/sack.ts'

/** What may be sent besides control chunks, once the association is established. */
export interface Talk {
  readonly sender: Sender
  readonly receiver: Receiver
  readonly data: boolean
  readonly sacks: boolean
  /** A small chunk does not wait for company. */
  readonly hurry: boolean
}

interface Queued {
  readonly bytes: Uint8Array
  /** Null: where the last packet came from. */
  readonly path: Path | null
}

/** The header of the packets to the peer. */
export interface Header {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly tag: number
}

/** Heartbeat acks, errors and the like that wait for a packet; more would be a flood. */
const MOST_CONTROL = 64
const LEAST_SACK = 16

/** Puts chunks into packets (RFC 9260 section 6.10): control chunks first, then a SACK, then data. */
export class Outbox {
  readonly #settings: Settings
  readonly #paths: Paths
  readonly #authentication: Authentication
  readonly #header: () => Header
  readonly #statistics: Statistics
  #control: Queued[] = []
  /** Packets with data since something last came (section 6.1 D). */
  #burst = 0
  /** How user data stands on the wire. */
  format: DataFormat = DATA
  /** Data has gone out since the last dry event. */
  wet = false

  constructor(
    settings: Settings,
    paths: Paths,
    authentication: Authentication,
    header: () => Header,
    statistics: Statistics,
  ) {
    this.#settings = settings
    this.#paths = paths
    this.#authentication = authentication
    this.#header = header
    this.#statistics = statistics
  }

  /** Most user data in one chunk, in bytes. */
  get fragment(): number {
    const room = this.#paths.mtu - COMMON_HEADER - this.format.header - this.#authentication.overhead(this.format.type)
    const { maxSegment } = this.#settings
    return maxSegment > 0 ? Math.min(maxSegment, room & ~3) : room & ~3
  }

  /** A control chunk for the next packet to this path. */
  queue(bytes: Uint8Array, path: Path | null = null): void {
    if (this.#control.length < MOST_CONTROL) this.#control.push({ bytes, path })
  }

  clear(): void {
    this.#control = []
  }

  /** Something came, or time passed: as many packets may go as at first. */
  renew(): void {
    this.#burst = 0
  }

  /** A packet of these chunks alone, authenticated where the peer wants it. */
  packet(path: Path, ...chunks: readonly Uint8Array[]): OutgoingPacket {
    const packer = this.#packer(path)
    for (const chunk of chunks) packer.add(chunk, this.#authentication.keys.active)
    return this.#finish(packer, path)
  }

  /** A packet of exactly so many bytes: a heartbeat and what makes it that long (RFC 4820). */
  padded(path: Path, heartbeat: Uint8Array, size: number): OutgoingPacket {
    const packer = new Packer(size, this.#authentication.signing)
    const key = this.#authentication.keys.active
    packer.add(heartbeat, key)
    const room = packer.room(ChunkType.pad, key)
    if (room >= CHUNK_HEADER) packer.add(writeChunk(ChunkType.pad, 0, new Uint8Array(room - CHUNK_HEADER)), key)
    return this.#finish(packer, path)
  }

  /** A packet of one chunk under another tag than the peer's own, as before it is known. */
  bare(path: Path, tag: number, chunk: Uint8Array): OutgoingPacket {
    this.#statistics.went([u8(chunk, 0)])
    return {
      bytes: writePacket({ ...this.#header(), tag }, [chunk]),
      address: path.address,
      port: path.port,
      from: path.local,
    }
  }

  /** The next packet that may go now, or null. */
  next(talk: Talk | null, now: number): OutgoingPacket | null {
    const [control] = this.#control
    const dataPath = talk === null ? null : this.#dataPath(talk, now)
    const sackDue = talk?.sacks === true && talk.receiver.sackDue
    const leads = control !== undefined || dataPath !== null || sackDue
    const path =
      control !== undefined ? this.#pathOf(control) : (dataPath ?? (leads ? this.#paths.last : this.#paths.forData))
    const packer = this.#packer(path)
    this.#packControl(packer, path)
    if (talk !== null) {
      if (leads && talk.sacks) this.#packSack(packer, talk.receiver)
      if (talk.data) this.#packForward(packer, path, talk.sender, now)
      if (talk.data && leads) this.#packData(packer, path, talk, now)
    }
    return packer.empty ? null : this.#finish(packer, path)
  }

  #dataPath({ sender, data, hurry }: Talk, now: number): Path | null {
    if (!data || this.#burst >= this.#settings.maxBurst) return null
    return sender.next(this.#paths.forData, now, this.fragment, hurry || this.#settings.noDelay)
  }

  #pathOf(control: Queued): Path {
    return control.path ?? this.#paths.last
  }

  #packControl(packer: Packer, path: Path): void {
    const key = this.#authentication.keys.active
    for (let [next] = this.#control; next !== undefined && this.#pathOf(next) === path; [next] = this.#control) {
      const type = u8(next.bytes, 0)
      const fits = next.bytes.length <= packer.room(type, key)
      // One that is larger than a packet goes alone.
      if (!packer.empty && (!fits || !packer.takes(type, key))) return
      packer.add(next.bytes, key)
      this.#control.shift()
      if (!fits) return
    }
  }

  #packSack(packer: Packer, receiver: Receiver): void {
    const key = this.#authentication.keys.active
    if (!receiver.sackOwed || !packer.takes(ChunkType.sack, key)) return
    const room = packer.room(ChunkType.sack, key)
    if (room >= LEAST_SACK) packer.add(writeSack(receiver.takeSack(room)), key)
  }

  #packForward(packer: Packer, path: Path, sender: Sender, now: number): void {
    const key = this.#authentication.keys.active
    const type = sender.forwardType
    if (type === null || !packer.takes(type, key)) return
    const forward = sender.takeForwardTsn(path, packer.room(type, key), now)
    if (forward !== null) packer.add(forward, key)
  }

  #packData(packer: Packer, path: Path, { sender }: Talk, now: number): void {
    if (this.#burst >= this.#settings.maxBurst) return
    const { fragment } = this
    const signed = this.#authentication.overhead(this.format.type) > 0
    let packed = false
    // What rides along with another chunk need not fill the packet.
    while (sender.next(this.#paths.forData, now, fragment, true) === path) {
      const room = packer.room(this.format.type, packer.key >= 0 ? packer.key : this.#authentication.keys.active)
      if (!packed) path.rested(now)
      const taken = sender.take(path, room, fragment, signed ? packer.key : -1, now)
      if (taken === null) break
      packer.add(taken.bytes, taken.key)
      packed = true
    }
    if (!packed) return
    this.wet = true
    this.#burst++
    sender.packetDone()
  }

  #packer(path: Path): Packer {
    return new Packer(path.mtu, this.#authentication.signing)
  }

  #finish(packer: Packer, path: Path): OutgoingPacket {
    this.#statistics.went(packer.types)
    return { bytes: packer.finish(this.#header()), address: path.address, port: path.port, from: path.local }
  }
}

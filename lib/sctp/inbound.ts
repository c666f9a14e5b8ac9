import type { Addresses } from './addresses.ts'
import type { Core, Onward } from './core.ts'
import type { Path } from './paths/path.ts'
import type { Reconfiguration } from './reconfiguration.ts'
import type { Setup } from './setup.ts'
import type { Shutdown } from './shutdown.ts'
import type { Source } from './surroundings.ts'
import type { Transfer } from './transfer.ts'
import { causes, readHeartbeatInfo, TAG_REFLECTED, writeError } from './wire/control.ts'
import { CHUNK_HEADER, type Chunk, COMMON_HEADER, type Packet, writeChunk } from './wire/packet.ts'
import { Cause, ChunkType, reportsUnknown, stopsAtUnknown } from './wire/registry.ts'
import { readTlvs } from './wire/tlv.ts'

/** Where chunks go. */
export interface Parts {
  readonly setup: Setup
  readonly transfer: Transfer
  readonly shutdown: Shutdown
  /** Null until both ends' parameters are known. */
  reconfiguration(): Reconfiguration | null
  addresses(): Addresses | null
  /** COOKIE ACK came. */
  establish(): void
  /** Sends what may be sent now. */
  flush(): void
}

/** How a chunk came. */
interface Arrival {
  readonly packet: Packet
  readonly source: Source
  /** The peer's address that answers go to. */
  readonly path: Path
  /** An AUTH chunk stood before it. */
  readonly covered: boolean
}

/** What comes in: whose packet it is, whether it is authentic, and which part of the association each chunk is for. */
export class Inbound {
  readonly #core: Core
  readonly #parts: Parts

  constructor(core: Core, parts: Parts) {
    this.#core = core
    this.#parts = parts
  }

  /** A packet that is neither an INIT nor begins with a COOKIE ECHO. */
  receive(packet: Packet, source: Source): void {
    if (this.#tagFits(packet)) this.process(packet, 0, source, this.#core.paths.heard(source))
    else this.#core.discard('tag')
  }

  #tagFits(packet: Packet): boolean {
    const [first] = packet.chunks
    const reflected = first !== undefined && (first.flags & TAG_REFLECTED) !== 0
    const mayReflect = first?.type === ChunkType.abort || first?.type === ChunkType.shutdownComplete
    // Section 8.5.1: with the T bit the tag is the one that we send, without it the one that we expect.
    if (mayReflect && reflected) return this.#core.negotiated !== null && packet.tag === this.#core.peerTag
    return packet.tag === this.#core.local.tag
  }

  /** Chunks from `from` on, in order, each covered by an AUTH chunk where that is wanted. */
  process(packet: Packet, from: number, source: Source, path: Path): void {
    this.#core.statistics.came(packet.chunks.map(({ type }) => type))
    let covered = from > 0 && packet.chunks[0]?.type === ChunkType.auth
    let hadData = false
    for (const chunk of packet.chunks.slice(from)) {
      if (this.#core.state === 'closed') return
      if (chunk.type === ChunkType.auth) {
        covered = this.authenticates(packet, chunk)
        if (!covered) break
        continue
      }
      if (this.#core.authentication.wants(chunk.type) && !covered) {
        this.#core.discard('authentication')
        continue
      }
      if (chunk.type === ChunkType.data || chunk.type === ChunkType.iData) hadData = true
      if (this.#chunk(chunk, { packet, source, path, covered }) === 'stop') break
    }
    if (this.#core.state === 'closed') return
    if (hadData) this.#parts.transfer.receiver?.packetEnded(this.#core.now())
    this.#parts.flush()
  }

  /** The AUTH chunk is right for what follows it. */
  authenticates(packet: Packet, chunk: Chunk): boolean {
    const verdict = this.#core.authentication.judge(packet, chunk)
    if (verdict === 'right') return true
    if (verdict !== 'wrong') this.#core.outbox.queue(writeError(causes.unsupportedHmac(verdict.unsupported)))
    this.#core.discard('authentication')
    return false
  }

  #chunk(chunk: Chunk, { packet, source, path, covered }: Arrival): Onward {
    const { negotiated } = this.#core
    switch (chunk.type) {
      case ChunkType.data:
        return this.#parts.transfer.data(chunk)
      case ChunkType.iData:
        return negotiated?.interleaving === true ? this.#parts.transfer.data(chunk) : this.#unknown(chunk)
      case ChunkType.sack:
        return this.#parts.transfer.sack(chunk)
      case ChunkType.initAck:
        return this.#parts.setup.initAck(chunk, packet)
      case ChunkType.cookieAck:
        if (this.#core.state === 'cookie echoed') this.#parts.establish()
        return 'next'
      case ChunkType.heartbeat:
        return this.#heartbeat(chunk, path)
      case ChunkType.heartbeatAck:
        return this.#heartbeatAck(chunk)
      case ChunkType.abort:
        return this.#aborted(chunk)
      case ChunkType.error:
        return this.#error(chunk)
      case ChunkType.shutdown:
        return this.#parts.shutdown.came(chunk)
      case ChunkType.shutdownAck:
        return this.#parts.shutdown.acknowledged()
      case ChunkType.shutdownComplete:
        return this.#parts.shutdown.completed()
      case ChunkType.forwardTsn:
        return negotiated?.partialReliability === true ? this.#parts.transfer.forwardTsn(chunk) : this.#unknown(chunk)
      case ChunkType.iForwardTsn: {
        const agreed = negotiated?.interleaving === true && negotiated.partialReliability
        return agreed ? this.#parts.transfer.forwardTsn(chunk) : this.#unknown(chunk)
      }
      case ChunkType.reConfig:
        return negotiated?.reconfiguration === true ? this.#reConfig(chunk) : this.#unknown(chunk)
      case ChunkType.asconf:
      case ChunkType.asconfAck:
        return negotiated?.addressChanges === true ? this.#addresses(chunk, source, covered) : this.#unknown(chunk)
      case ChunkType.init:
      case ChunkType.cookieEcho:
        // Both stand first in their packets or not at all, and do not get here then.
        this.#core.discard('state')
        return 'stop'
      case ChunkType.pad:
        return 'next'
      default:
        return this.#unknown(chunk)
    }
  }

  /** Section 3.2: the two high bits say whether to go on and whether to report. */
  #unknown(chunk: Chunk): Onward {
    const { outbox, paths } = this.#core
    if (reportsUnknown(chunk.type, 8) && this.#core.established) {
      const most = paths.last.mtu - COMMON_HEADER - 2 * CHUNK_HEADER
      const whole = writeChunk(chunk.type, chunk.flags, chunk.value).subarray(0, CHUNK_HEADER + chunk.value.length)
      outbox.queue(writeError(causes.unrecognizedChunk(whole.subarray(0, most))))
    }
    return stopsAtUnknown(chunk.type, 8) ? 'stop' : 'next'
  }

  #heartbeat(chunk: Chunk, path: Path): Onward {
    if (this.#core.state === 'cookie wait') return this.#core.discard('state')
    this.#core.outbox.queue(writeChunk(ChunkType.heartbeatAck, 0, chunk.value), path)
    return 'next'
  }

  #heartbeatAck(chunk: Chunk): Onward {
    const info = readHeartbeatInfo(chunk.value)
    const answers = info !== null && this.#core.paths.heartbeatAcked(info, this.#core.now())
    return answers ? 'next' : this.#core.discard('old')
  }

  #aborted(chunk: Chunk): Onward {
    const [cause] = readTlvs(chunk.value) ?? []
    this.#core.end(this.#core.established ? 'lost' : 'cannot start', cause?.type ?? 0, chunk.value.slice())
    return 'stop'
  }

  #error(chunk: Chunk): Onward {
    const list = readTlvs(chunk.value)
    if (list === null || list.length === 0) return this.#core.discard('malformed')
    for (const { type, value, whole } of list) {
      if (type === Cause.staleCookie && this.#core.state === 'cookie echoed') {
        this.#parts.setup.stale()
        return 'stop'
      }
      if (type === Cause.unrecognizedChunk && value[0] === ChunkType.asconf) this.#parts.addresses()?.refused()
      if (this.#core.established) this.#core.event({ kind: 'remote error', cause: type, data: whole.slice() })
    }
    return 'next'
  }

  #reConfig(chunk: Chunk): Onward {
    if (!this.#core.established) return this.#core.discard('state')
    return this.#parts.reconfiguration()?.receive(chunk.value) === true ? 'next' : this.#core.discard('malformed')
  }

  /** Without authentication anybody could take the association away (RFC 5061 section 4.1.1). */
  #addresses(chunk: Chunk, source: Source, covered: boolean): Onward {
    const addresses = this.#parts.addresses()
    if (!this.#core.established || addresses === null) return this.#core.discard('state')
    if (!covered) return this.#core.discard('authentication')
    return chunk.type === ChunkType.asconf ? addresses.asconf(chunk, source) : addresses.acknowledged(chunk)
  }
}

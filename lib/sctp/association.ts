import { concat, EMPTY, equal } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { AuthKeys } from './auth-keys.ts'
import type { AssociationEvent, Ending } from './events.ts'
import { isAcceptable, type Negotiated, negotiate, offer } from './negotiation.ts'
import type { OutgoingMessage } from './outgoing.ts'
import { Packer, type Signing } from './packer.ts'
import { Path, type PathState } from './path.ts'
import { Receiver } from './receiver.ts'
import { Reconfiguration } from './reconfiguration.ts'
import { Sender } from './sender.ts'
import type { Settings } from './settings.ts'
import {
  causes,
  readHeartbeatInfo,
  readShutdown,
  TAG_REFLECTED,
  writeAbort,
  writeError,
  writeHeartbeat,
  writeShutdown,
} from './wire/control.ts'
import { DATA_HEADER, readData } from './wire/data.ts'
import { readForwardTsn } from './wire/forward-tsn.ts'
import { type Init, type ReadInit, readInit, writeInit } from './wire/init.ts'
import { u8, u32 } from './wire/octets.ts'
import { CHUNK_HEADER, type Chunk, COMMON_HEADER, type Packet, writeChunk, writePacket } from './wire/packet.ts'
import { Cause, ChunkType, ParameterType, reportsUnknown, stopsAtUnknown } from './wire/registry.ts'
import { readSack, writeSack } from './wire/sack.ts'
import { advance } from './wire/serial.ts'
import { readTlvs } from './wire/tlv.ts'

export type AssociationState =
  | 'closed'
  | 'cookie wait'
  | 'cookie echoed'
  | 'established'
  | 'shutdown pending'
  | 'shutdown sent'
  | 'shutdown received'
  | 'shutdown ack sent'

/** Where a packet came from and where it came to. */
export interface Source {
  readonly address: string
  /** UDP port, 0 without encapsulation. */
  readonly port: number
  /** Null where the carrier cannot tell. */
  readonly destination: string | null
}

/** A packet to be sent. */
export interface OutgoingPacket {
  readonly bytes: Uint8Array
  readonly address: string
  readonly port: number
  /** The address to send from; null: whichever leads there. */
  readonly from: string | null
}

/** Why something that came was not heeded. */
export type Discard =
  | 'malformed'
  | 'checksum'
  | 'tag'
  | 'cookie'
  | 'authentication'
  | 'out of the blue'
  | 'state'
  | 'window'
  | 'old'

/** What an association needs of its surroundings. */
export interface Surroundings {
  readonly random: Random
  now(): number
  transmit(packet: OutgoingPacket): void
  /** Largest SCTP packet towards an address, in bytes. */
  mtu(address: string, port: number): number
  /** The address to send from to another; null: whichever leads there. */
  sourceFor(address: string): string | null
  /** Whether packets can be sent to an address at all. */
  reachable(address: string): boolean
  /** The addresses of this end that the peer may use, besides the one that packets come from. */
  localAddresses(): readonly string[]
  discarded(reason: Discard): void
  event(event: AssociationEvent): void
  /** The association answers for this address of the peer, or no longer. */
  claim: (address: string) => void
  release(address: string): void
  ended(): void
}

interface Timer {
  at: number
  attempts: number
  rto: number
}

interface Queued {
  readonly bytes: Uint8Array
  readonly path: Path | null
}

const HEARTBEAT_NONCE = 16
/** Heartbeat acks, errors and the like that wait for a packet; more would be a flood. */
const MOST_CONTROL = 64

/** One association (RFC 9260): its state, its timers, and which chunk goes to which part of it. */
export class Association {
  readonly settings: Settings
  readonly localPort: number
  readonly peerPort: number
  readonly keys: AuthKeys
  readonly #around: Surroundings
  readonly #paths = new Map<string, Path>()
  #state: AssociationState = 'closed'
  #local: Init
  #negotiated: Negotiated | null = null
  #sender: Sender | null = null
  #receiver: Receiver | null = null
  #reconfiguration: Reconfiguration | null = null
  #signing: Signing | null = null
  /** Chunk types that are dropped unless an AUTH chunk covers them. */
  #authenticated: ReadonlySet<number> = new Set()
  #primary: Path
  #control: Queued[] = []
  /** T1 of INIT and COOKIE ECHO, T2 of SHUTDOWN and SHUTDOWN ACK. */
  #t1: Timer | null = null
  #t2: Timer | null = null
  /** T5: the whole of a shutdown (section 9.2). */
  #guard: number | null = null
  #cookie: Uint8Array = EMPTY
  #staleCookies = 0
  #errors = 0
  #lastPath: Path
  #keyHeard = 0
  #freeing = new Set<number>()
  #wet = false
  #burst = 0

  constructor(
    ports: { readonly localPort: number; readonly peerPort: number },
    settings: Readonly<Settings>,
    around: Surroundings,
    addresses: readonly [string, ...string[]],
    local: Init | null,
  ) {
    this.settings = { ...settings }
    this.localPort = ports.localPort
    this.peerPort = ports.peerPort
    this.#around = around
    this.keys = new AuthKeys(settings.keys)
    this.#local = local ?? offer(settings, around.localAddresses(), around.random, null)
    this.#primary = this.#addPath(addresses[0], 'active')
    this.#lastPath = this.#primary
    for (const address of addresses.slice(1)) this.#addPath(address, 'active')
  }

  get state(): AssociationState {
    return this.#state
  }

  get local(): Init {
    return this.#local
  }

  get negotiated(): Negotiated | null {
    return this.#negotiated
  }

  get sender(): Sender | null {
    return this.#sender
  }

  get receiver(): Receiver | null {
    return this.#receiver
  }

  get reconfiguration(): Reconfiguration | null {
    return this.#reconfiguration
  }

  get paths(): readonly Path[] {
    return [...this.#paths.values()]
  }

  get primary(): Path {
    return this.#primary
  }

  /** Streams that may be used for sending. */
  get outbound(): number {
    return this.#reconfiguration?.outbound ?? this.#local.outbound
  }

  get inbound(): number {
    return this.#reconfiguration?.inbound ?? this.#local.inbound
  }

  get established(): boolean {
    return this.#state !== 'closed' && this.#state !== 'cookie wait' && this.#state !== 'cookie echoed'
  }

  /** Messages are taken from the program. */
  get open(): boolean {
    return this.#state === 'cookie wait' || this.#state === 'cookie echoed' || this.#state === 'established'
  }

  /** Most user data in one chunk, in bytes. */
  get fragment(): number {
    const mtu = Math.min(...this.paths.map(path => path.mtu))
    const auth = this.#signing?.required.has(ChunkType.data) ? this.keys.blank(0, this.#signing.hmac).length : 0
    const fits = (mtu - COMMON_HEADER - DATA_HEADER - auth) & ~3
    const { maxSegment } = this.settings
    return maxSegment > 0 ? Math.min(maxSegment, fits) : fits
  }

  /** When `onDeadline` has to be called, in milliseconds of the clock; null when nothing is waited for. */
  get deadline(): number | null {
    let earliest = Number.POSITIVE_INFINITY
    const consider = (at: number | null | undefined) => {
      if (at !== null && at !== undefined && at < earliest) earliest = at
    }
    consider(this.#t1?.at)
    consider(this.#t2?.at)
    consider(this.#guard)
    if (this.#acknowledges) consider(this.#receiver?.sackAt)
    consider(this.#reconfiguration?.deadline)
    for (const path of this.#paths.values()) {
      consider(path.t3)
      consider(path.heartbeatAt)
    }
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  path(address: string): Path | null {
    return this.#paths.get(address) ?? null
  }

  /** Begins the set-up (section 5.1 A). */
  connect(): void {
    this.#state = 'cookie wait'
    this.#t1 = { at: 0, attempts: 0, rto: this.settings.rtoInitial }
    this.#sendInit()
  }

  /** Takes over what a cookie holds: the state of one that has sent the INIT ACK (section 5.1 D). */
  prepare(peer: ReadInit): void {
    this.#state = 'cookie wait'
    this.#negotiate(peer)
  }

  /** The peer's COOKIE ECHO, at `at` in the packet, was good: established at once. */
  accept(packet: Packet, at: number, source: Source): void {
    this.#heardFrom(this.#primary, source)
    this.#control.push({ bytes: writeChunk(ChunkType.cookieAck, 0), path: null })
    this.#establish(false)
    this.#process(packet, at + 1, this.#primary)
  }

  /** What the peer's INIT ACK or COOKIE ECHO has settled. The parts of the association begin here. */
  #negotiate(peer: ReadInit): void {
    const negotiated = negotiate(this.#local, peer)
    this.#negotiated = negotiated
    this.#sender = this.#newSender(negotiated)
    this.#receiver = this.#newReceiver(negotiated)
    this.#reconfiguration = this.#newReconfiguration(negotiated)
    this.#agreeKeys(negotiated)
    for (const address of peer.addresses) {
      if (!this.#paths.has(address) && this.#around.reachable(address)) this.#addPath(address, 'unconfirmed')
    }
  }

  /** Messages that the program sends; before the association is established they wait. */
  send(message: OutgoingMessage): void {
    this.#waiting.push(message)
    this.#feed()
    this.flush()
  }

  #waiting: OutgoingMessage[] = []

  /** Bytes that the program has handed over and the peer has not acknowledged. */
  get buffered(): number {
    return this.#waiting.reduce((sum, { data }) => sum + data.length, this.#sender?.bytes ?? 0)
  }

  /** Nothing is left to send or to be acknowledged. */
  get dry(): boolean {
    return this.#waiting.length === 0 && (this.#sender?.dry ?? true)
  }

  /** The program has read so many bytes of messages. */
  consumed(bytes: number): void {
    if (this.#receiver?.consumed(bytes, this.#lastPath.mtu) === true && this.established) this.flush()
  }

  /** Ends the association once everything sent has been acknowledged (section 9.2). */
  shutdown(): void {
    if (this.#state === 'cookie wait') {
      this.#end('cannot start', 0, null)
      return
    }
    if (this.#state === 'cookie echoed') this.#shutdownWanted = true
    if (this.#state !== 'established') return
    this.#state = 'shutdown pending'
    this.flush()
  }

  #shutdownWanted = false

  /** Ends it now, with an ABORT (section 9.1). */
  abort(cause: Uint8Array = causes.userAbort(EMPTY)): void {
    this.#abort(cause, Cause.userAbort)
  }

  /** True when the peer's verification tag may be used, as for an ABORT to a new association. */
  get peerTag(): number {
    return this.#negotiated?.peerTag ?? 0
  }

  setPrimary(path: Path): void {
    this.#primary = path
  }

  /** Whether chunks of this type are authenticated on the way out. */
  get speaksAuth(): boolean {
    return this.#signing !== null
  }

  /** The key for what is sent from now on. */
  deactivateKey(number: number): boolean {
    if (!this.keys.deactivate(number)) return false
    this.#freeing.add(number)
    this.#freeKeys()
    return true
  }

  /** Subscribing to the dry event asks at once. */
  requestHeartbeat(path: Path): void {
    this.#sendHeartbeat(path, this.#around.now())
    this.flush()
  }

  // What comes in.

  /** A packet for this association that is neither an INIT nor begins with a COOKIE ECHO. */
  receive(packet: Packet, source: Source): void {
    if (!this.#tagFits(packet)) {
      this.#around.discarded('tag')
      return
    }
    const path = this.#paths.get(source.address)
    if (path !== undefined) {
      this.#heardFrom(path, source)
    }
    this.#process(packet, 0, path ?? this.#lastPath)
  }

  /** An INIT came while this association is there: what an INIT ACK is made of (section 5.2). Null: nothing to answer. */
  answerInit(): {
    readonly tags: { tag: number; tsn: number } | null
    readonly ties: readonly [number, number]
  } | null {
    if (this.#state === 'shutdown ack sent') {
      this.#queueShutdownAck()
      this.flush()
      return null
    }
    if (this.#state === 'cookie wait') return { tags: this.#local, ties: [0, 0] }
    const ties = [this.#local.tag, this.peerTag] as const
    return this.#state === 'cookie echoed' ? { tags: this.#local, ties } : { tags: null, ties }
  }

  /**
   * A good COOKIE ECHO came while this association is there (section 5.2.4, table 12).
   * @param local - the INIT ACK that the cookie belongs to
   */
  cookieEchoed(
    packet: Packet,
    at: number,
    source: Source,
    local: Init,
    peer: ReadInit,
    ties: readonly [number, number],
  ): void {
    const sameLocal = local.tag === this.#local.tag
    const samePeer = peer.tag === this.peerTag
    const path = this.#paths.get(source.address)
    if (path === undefined) {
      this.#around.discarded('cookie')
      return
    }
    if (!sameLocal && !samePeer && ties[0] === this.#local.tag && ties[1] === this.peerTag) {
      if (!this.#restart(local, peer, path)) return
    } else if (sameLocal && (!samePeer || !this.established)) {
      if (!this.established) {
        if (!samePeer || this.#negotiated === null) this.#negotiate(peer)
        this.#control.push({ bytes: writeChunk(ChunkType.cookieAck, 0), path })
        this.#establish(false)
      }
    } else if (sameLocal) {
      this.#control.push({ bytes: writeChunk(ChunkType.cookieAck, 0), path })
    } else {
      this.#around.discarded('cookie')
      return
    }
    this.#heardFrom(path, source)
    this.#process(packet, at + 1, path)
  }

  #heardFrom(path: Path, source: Source): void {
    this.#lastPath = path
    path.port = source.port
    path.local = source.destination
  }

  /** Chunks from `from` on, in order, each covered by an AUTH chunk where that is wanted. */
  #process(packet: Packet, from: number, path: Path): void {
    let covered = from > 0 && packet.chunks[0]?.type === ChunkType.auth
    let hadData = false
    for (const chunk of packet.chunks.slice(from)) {
      if (this.#state === 'closed') return
      if (chunk.type === ChunkType.auth) {
        covered = this.#authenticates(packet, chunk)
        if (!covered) break
        continue
      }
      if (this.#authenticated.has(chunk.type) && !covered) {
        this.#around.discarded('authentication')
        continue
      }
      if (chunk.type === ChunkType.data) hadData = true
      if (this.#chunk(chunk, path, packet) === 'stop') break
    }
    if (this.#stateIsClosed()) return
    if (hadData) this.#receiver?.packetEnded(this.#around.now())
    this.flush()
  }

  /** The AUTH chunk is right for what follows it. */
  #authenticates(packet: Packet, chunk: Chunk): boolean {
    const verdict =
      this.#negotiated?.peerAuth == null
        ? ({ result: 'wrong' } as const)
        : this.keys.verify(packet.bytes, chunk.at, chunk.value)
    if (verdict.result === 'right') {
      if (verdict.key !== this.#keyHeard) {
        this.#keyHeard = verdict.key
        this.#around.event({ kind: 'authentication', key: verdict.key, change: 'new' })
      }
      return true
    }
    if (verdict.result === 'unsupported') this.#queueControl(writeError(causes.unsupportedHmac(verdict.hmac)))
    this.#around.discarded('authentication')
    return false
  }

  /** A COOKIE ECHO that must be authenticated: checked with the keys that the cookie itself leads to. */
  cookieIsAuthentic(packet: Packet): boolean {
    const [first] = packet.chunks
    if (first?.type === ChunkType.auth) return this.#authenticates(packet, first)
    return !this.#authenticated.has(ChunkType.cookieEcho)
  }

  /** Forgets it without a word, before anybody was told of it. */
  dismiss(): void {
    this.#state = 'closed'
    for (const { address } of this.#paths.values()) this.#around.release(address)
    this.keys.wipe()
    this.#around.ended()
  }

  #chunk(chunk: Chunk, path: Path, packet: Packet): 'next' | 'stop' {
    switch (chunk.type) {
      case ChunkType.data:
        return this.#data(chunk)
      case ChunkType.sack:
        return this.#sack(chunk)
      case ChunkType.initAck:
        return this.#initAck(chunk, packet)
      case ChunkType.cookieAck:
        if (this.#state === 'cookie echoed') this.#establish(false)
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
        return this.#shutdownCame(chunk)
      case ChunkType.shutdownAck:
        return this.#shutdownAck()
      case ChunkType.shutdownComplete:
        if (this.#state === 'shutdown ack sent') this.#end('complete', 0, null)
        return 'stop'
      case ChunkType.forwardTsn:
        if (this.#negotiated?.partialReliability !== true) return this.#unknown(chunk)
        return this.#forwardTsn(chunk)
      case ChunkType.reConfig:
        if (this.#negotiated?.reconfiguration !== true) return this.#unknown(chunk)
        return this.#reConfig(chunk)
      case ChunkType.init:
      case ChunkType.cookieEcho:
        // Both stand first in their packets or not at all; a repeated COOKIE ECHO does not get here.
        this.#around.discarded('state')
        return 'stop'
      case ChunkType.pad:
        return 'next'
      default:
        return this.#unknown(chunk)
    }
  }

  /** Section 3.2: the two high bits say whether to go on and whether to report. */
  #unknown(chunk: Chunk): 'next' | 'stop' {
    if (reportsUnknown(chunk.type, 8) && this.established) {
      const most = this.#lastPath.mtu - COMMON_HEADER - 2 * CHUNK_HEADER
      const whole = writeChunk(chunk.type, chunk.flags, chunk.value).subarray(0, CHUNK_HEADER + chunk.value.length)
      this.#queueControl(writeError(causes.unrecognizedChunk(whole.subarray(0, most))))
    }
    return stopsAtUnknown(chunk.type, 8) ? 'stop' : 'next'
  }

  #data(chunk: Chunk): 'next' | 'stop' {
    const receiver = this.#receiver
    const takes = this.#state === 'established' || this.#state === 'shutdown pending' || this.#state === 'shutdown sent'
    if (!takes || receiver === null) {
      this.#around.discarded('state')
      return 'next'
    }
    const data = readData(chunk.flags, chunk.value)
    if (data === null) return this.#violation('DATA chunk too short')
    if (data.data.length === 0) {
      this.#abort(causes.noUserData(data.tsn), Cause.noUserData)
      return 'stop'
    }
    if (data.stream >= this.inbound) {
      receiver.swallow(data.tsn)
      this.#queueControl(writeError(causes.invalidStream(data.stream)))
      return 'next'
    }
    const receipt = receiver.data(data)
    if (receipt === 'contradiction') return this.#violation('fragments contradict each other')
    if (receipt === 'no room' || receipt === 'too far') this.#around.discarded('window')
    return 'next'
  }

  #sack(chunk: Chunk): 'next' | 'stop' {
    const sender = this.#sender
    if (sender === null || !this.established || this.#state === 'shutdown ack sent') {
      this.#around.discarded('state')
      return 'next'
    }
    const sack = readSack(chunk.value)
    if (sack === null) {
      this.#around.discarded('malformed')
      return 'next'
    }
    const answer = sender.acknowledge(sack, this.#around.now())
    if (answer === 'violation') return this.#violation('acknowledgement of what was never sent')
    if (answer === 'old') {
      this.#around.discarded('old')
      return 'next'
    }
    if (answer.size > 0) this.#errors = 0
    for (const path of answer) this.#revive(path)
    this.#burst = 0
    this.#freeKeys()
    this.#noticeDry()
    this.#around.event({ kind: 'writable' })
    return 'next'
  }

  #initAck(chunk: Chunk, packet: Packet): 'next' | 'stop' {
    // Anywhere else it is an old one (section 5.2.3).
    if (this.#state !== 'cookie wait' || packet.chunks.length !== 1) {
      this.#around.discarded('state')
      return 'stop'
    }
    // Read out of a copy: the parameters are kept.
    const peer = readInit(chunk.value.slice())
    if (peer === null || peer.tag === 0) {
      this.#around.discarded('malformed')
      return 'stop'
    }
    const refuse = (cause: Uint8Array, number: number) => {
      this.#transmit(peer.tag, this.#lastPath, writeAbort(cause))
      this.#end('cannot start', number, null)
      return 'stop' as const
    }
    if (!isAcceptable(peer)) {
      return refuse(causes.invalidParameter(), Cause.invalidParameter)
    }
    if (peer.hostName !== null) return refuse(causes.unresolvableAddress(peer.hostName), Cause.unresolvableAddress)
    if (peer.cookie === null)
      return refuse(causes.missingParameters([ParameterType.stateCookie]), Cause.missingParameter)
    this.#negotiate(peer)
    this.#cookie = peer.cookie
    this.#state = 'cookie echoed'
    this.#t1 = { at: 0, attempts: 0, rto: this.#lastPath.rto }
    this.#sendCookie(concat(...peer.unknown))
    return 'stop'
  }

  #heartbeat(chunk: Chunk, path: Path): 'next' {
    if (this.#state === 'cookie wait') this.#around.discarded('state')
    else this.#queueControl(writeChunk(ChunkType.heartbeatAck, 0, chunk.value), path)
    return 'next'
  }

  #heartbeatAck(chunk: Chunk): 'next' {
    const info = readHeartbeatInfo(chunk.value)
    const path =
      info === null ? undefined : this.paths.find(({ heartbeat }) => heartbeat !== null && equal(heartbeat.nonce, info))
    if (path === undefined || path.heartbeat === null) {
      this.#around.discarded('old')
      return 'next'
    }
    const now = this.#around.now()
    path.measured(now - path.heartbeat.sentAt)
    path.heartbeat = null
    path.errors = 0
    this.#errors = 0
    this.#revive(path)
    this.#scheduleHeartbeat(path, now)
    return 'next'
  }

  #aborted(chunk: Chunk): 'stop' {
    const [cause] = readTlvs(chunk.value) ?? []
    this.#end(this.established ? 'lost' : 'cannot start', cause?.type ?? 0, chunk.value.slice())
    return 'stop'
  }

  #error(chunk: Chunk): 'next' | 'stop' {
    const list = readTlvs(chunk.value)
    if (list === null || list.length === 0) {
      this.#around.discarded('malformed')
      return 'next'
    }
    for (const cause of list) {
      if (cause.type === Cause.staleCookie && this.#state === 'cookie echoed') {
        this.#staleCookie()
        return 'stop'
      }
      if (this.established) this.#around.event({ kind: 'remote error', cause: cause.type, data: cause.whole.slice() })
    }
    return 'next'
  }

  /** The cookie was too slow: once more from the beginning (section 5.2.6). */
  #staleCookie(): void {
    if (++this.#staleCookies > this.settings.initAttempts) {
      this.#end('cannot start', Cause.staleCookie, null)
      return
    }
    this.#state = 'cookie wait'
    this.#negotiated = null
    this.#t1 = { at: 0, attempts: 0, rto: this.settings.rtoInitial }
    this.#sendInit()
  }

  #shutdownCame(chunk: Chunk): 'next' | 'stop' {
    const cumulative = readShutdown(chunk.value)
    const sender = this.#sender
    if (cumulative === null || sender === null) {
      this.#around.discarded('malformed')
      return 'next'
    }
    if (!this.established || this.#state === 'shutdown ack sent') {
      this.#around.discarded('state')
      return 'next'
    }
    if (sender.acknowledgeAll(cumulative, this.#around.now()) === 'violation') {
      return this.#violation('acknowledgement of what was never sent')
    }
    if (this.#state === 'shutdown sent') {
      // Both at once: each takes the other's SHUTDOWN for its own (section 9.2).
      this.#queueShutdownAck()
      return 'next'
    }
    if (this.#state !== 'shutdown received') {
      this.#state = 'shutdown received'
      this.#around.event({ kind: 'shutdown' })
    }
    this.#freeKeys()
    this.#noticeDry()
    return 'next'
  }

  #shutdownAck(): 'stop' {
    if (this.#state !== 'shutdown sent' && this.#state !== 'shutdown ack sent') {
      this.#around.discarded('state')
      return 'stop'
    }
    this.#transmit(this.peerTag, this.#lastPath, writeChunk(ChunkType.shutdownComplete, 0))
    this.#end('complete', 0, null)
    return 'stop'
  }

  #forwardTsn(chunk: Chunk): 'next' | 'stop' {
    const forward = readForwardTsn(chunk.value)
    const receiver = this.#receiver
    if (forward === null || receiver === null || !this.established) {
      this.#around.discarded('malformed')
      return 'next'
    }
    const streams = forward.streams.filter(({ stream }) => stream < this.inbound)
    const broken = receiver.forward({ cumulative: forward.cumulative, streams }, this.#around.now())
    if (broken !== null) {
      const { stream, sequence } = broken
      this.#around.event({ kind: 'partial delivery aborted', stream, sequence })
    }
    return 'next'
  }

  #reConfig(chunk: Chunk): 'next' | 'stop' {
    if (!this.established) {
      this.#around.discarded('state')
      return 'next'
    }
    if (this.#reconfiguration?.receive(chunk.value) !== true) this.#around.discarded('malformed')
    return 'next'
  }

  #tagFits(packet: Packet): boolean {
    const [first] = packet.chunks
    const reflected = first !== undefined && (first.flags & TAG_REFLECTED) !== 0
    const mayReflect = first?.type === ChunkType.abort || first?.type === ChunkType.shutdownComplete
    // Section 8.5.1: with the T bit the tag is the one that we send, without it the one that we expect.
    if (mayReflect && reflected) return this.#negotiated !== null && packet.tag === this.peerTag
    return packet.tag === this.#local.tag
  }

  // Timers.

  /** Does what is due. */
  onDeadline(): void {
    const now = this.#around.now()
    if (this.#t1 !== null && this.#t1.at <= now) this.#initTimedOut(this.#t1)
    if (this.#guard !== null && this.#guard <= now && this.#state !== 'closed') {
      this.#abort(EMPTY, 0)
      return
    }
    if (this.#t2 !== null && this.#t2.at <= now) this.#shutdownTimedOut(this.#t2, now)
    if (this.#reconfiguration !== null && this.#state !== 'closed') {
      if (this.#reconfiguration.onDeadline(now)) this.#strike(this.#primary)
    }
    for (const path of this.paths) {
      if (this.#stateIsClosed()) return
      if (path.t3 !== null && path.t3 <= now) this.#t3(path, now)
      if (path.heartbeatAt !== null && path.heartbeatAt <= now) this.#heartbeatDue(path, now)
    }
    if (this.#stateIsClosed()) return
    const sackAt = this.#receiver?.sackAt
    if (sackAt !== null && sackAt !== undefined && sackAt <= now) this.#receiver?.demandSack()
    this.#burst = 0
    this.flush()
  }

  #initTimedOut(timer: Timer): void {
    if (timer.attempts > this.settings.initAttempts) {
      this.#end('cannot start', 0, null)
      return
    }
    const longest = this.settings.initTimeout > 0 ? this.settings.initTimeout : this.settings.rtoMax
    timer.rto = Math.min(timer.rto * 2, longest)
    // Another address may be one that answers.
    this.#lastPath = this.#pathAfter(this.#lastPath)
    if (this.#state === 'cookie wait') this.#sendInit()
    else this.#sendCookie(EMPTY)
  }

  #shutdownTimedOut(timer: Timer, now: number): void {
    if (!this.#strike(this.#primary)) return
    timer.rto = Math.min(timer.rto * 2, this.settings.rtoMax)
    timer.at = now + timer.rto
    if (this.#state === 'shutdown ack sent') this.#queueShutdownAck()
    else this.#queueShutdown()
  }

  #t3(path: Path, now: number): void {
    const counts = this.#sender?.timedOut(path, this.#alternative(path), now) ?? false
    if (counts) this.#strike(path)
  }

  #heartbeatDue(path: Path, now: number): void {
    path.heartbeatAt = null
    if (path.heartbeat !== null) {
      path.heartbeat = null
      path.backOff()
      if (!this.#strike(path)) return
      if (path.state !== 'unconfirmed') {
        this.#scheduleHeartbeat(path, now)
        return
      }
    }
    const idle = now - path.usedAt >= path.rto || path.state !== 'active' || path.flight === 0
    if (idle) this.#sendHeartbeat(path, now)
    else this.#scheduleHeartbeat(path, now)
  }

  #sendHeartbeat(path: Path, now: number): void {
    const nonce = this.#around.random(HEARTBEAT_NONCE)
    path.heartbeat = { nonce, sentAt: now }
    path.heartbeatAt = now + path.rto
    this.#queueControl(writeHeartbeat(nonce), path)
  }

  /** Every RTO + interval, give or take half of the RTO (section 8.3). */
  #scheduleHeartbeat(path: Path, now: number): void {
    if (!path.settings.heartbeats && path.state !== 'unconfirmed') {
      path.heartbeatAt = null
      return
    }
    const jitter = u32(this.#around.random(4), 0) / 0xffffffff + 0.5
    path.heartbeatAt = now + path.settings.heartbeatInterval + path.rto * jitter
  }

  /** A time-out counts against the path and the association (sections 8.1 and 8.2). False when that was the end. */
  #strike(path: Path): boolean {
    path.errors++
    if (path.errors > path.settings.maxRetransmissions && path.state === 'active') {
      path.state = 'inactive'
      this.#around.event({ kind: 'path', address: path.address, change: 'unreachable' })
    }
    if (path.state !== 'unconfirmed') this.#errors++
    if (this.#errors <= this.settings.associationRetransmissions) return true
    this.#end('lost', 0, null)
    return false
  }

  #revive(path: Path): void {
    if (path.state === 'active') return
    const change = path.state === 'unconfirmed' ? 'confirmed' : 'available'
    path.state = 'active'
    this.#around.event({ kind: 'path', address: path.address, change })
  }

  /** Where data goes: the primary path while it answers, else another that does (section 6.4). */
  get #dataPath(): Path {
    if (this.#primary.state === 'active') return this.#primary
    return this.paths.find(path => path.state === 'active') ?? this.#primary
  }

  /** For what was lost: another active path where there is one (section 6.4.1). */
  #alternative(path: Path): Path {
    return this.paths.find(other => other !== path && other.state === 'active') ?? path
  }

  #pathAfter(path: Path): Path {
    const { paths } = this
    return paths[(paths.indexOf(path) + 1) % paths.length] ?? path
  }

  // What goes out.

  /** Sends what may be sent now. */
  flush(): void {
    if (this.#state === 'closed') return
    const now = this.#around.now()
    for (;;) {
      this.#progressShutdown()
      const packet = this.#assemble(now)
      if (packet === null) return
      this.#around.transmit(packet)
    }
  }

  #assemble(now: number): OutgoingPacket | null {
    const sender = this.#sender
    const receiver = this.#receiver
    const mayTalk = this.established && sender !== null && receiver !== null
    const dataPath = mayTalk ? this.#nextDataPath(sender, now) : null
    const [control] = this.#control
    const sackDue = mayTalk && receiver.sackDue && this.#acknowledges
    if (control === undefined && dataPath === null && !sackDue) {
      return mayTalk ? this.#forwardPacket(sender, now) : null
    }
    const path = control === undefined ? (dataPath ?? this.#lastPath) : (control.path ?? this.#lastPath)
    const packer = new Packer(path.mtu, this.#signing)
    this.#packControl(packer, path)
    if (!mayTalk) return this.#finish(packer, path)
    if (receiver.sackOwed && this.#acknowledges) {
      const room = packer.room(ChunkType.sack, this.keys.active)
      if (room >= 16) packer.add(writeSack(receiver.takeSack(room)), this.keys.active)
      else if (packer.empty) return null
    }
    this.#packForward(packer, path, sender, now)
    this.#packData(packer, path, sender, now)
    return this.#finish(packer, path)
  }

  #forwardPacket(sender: Sender, now: number): OutgoingPacket | null {
    const path = this.#dataPath
    const packer = new Packer(path.mtu, this.#signing)
    this.#packForward(packer, path, sender, now)
    return packer.empty ? null : this.#finish(packer, path)
  }

  #nextDataPath(sender: Sender, now: number): Path | null {
    if (!this.#sendsData || this.#burst >= this.settings.maxBurst) return null
    const hurry = this.#state !== 'established'
    return sender.next(this.#dataPath, now, this.fragment, { noDelay: this.settings.noDelay, hurry })
  }

  /** SHUTDOWN ACK says that nothing more is waited for. */
  get #acknowledges(): boolean {
    return this.established && this.#state !== 'shutdown ack sent'
  }

  get #sendsData(): boolean {
    return this.#state === 'established' || this.#state === 'shutdown pending' || this.#state === 'shutdown received'
  }

  #packControl(packer: Packer, path: Path): void {
    while (this.#control.length > 0) {
      const [next] = this.#control
      if (next === undefined || (next.path ?? this.#lastPath) !== path) return
      const type = u8(next.bytes, 0)
      const fits = next.bytes.length <= packer.room(type, this.keys.active)
      // One that is larger than a packet goes alone.
      if (!packer.empty && (!fits || !packer.takes(type, this.keys.active))) return
      packer.add(next.bytes, this.keys.active)
      this.#control.shift()
      if (!fits) return
    }
  }

  #packForward(packer: Packer, path: Path, sender: Sender, now: number): void {
    if (!this.#sendsData || !packer.takes(ChunkType.forwardTsn, this.keys.active)) return
    const room = packer.room(ChunkType.forwardTsn, this.keys.active)
    if (room < 12) return
    const forward = sender.takeForwardTsn(path, room, now)
    if (forward !== null) packer.add(forward, this.keys.active)
  }

  #packData(packer: Packer, path: Path, sender: Sender, now: number): void {
    if (!this.#sendsData || this.#burst >= this.settings.maxBurst) return
    const signsData = this.#signing?.required.has(ChunkType.data) === true
    let packed = false
    for (;;) {
      if (
        sender.next(this.#dataPath, now, this.fragment, { noDelay: true, hurry: packed || this.settings.noDelay }) !==
        path
      )
        break
      const room = packer.room(ChunkType.data, packer.key >= 0 ? packer.key : this.keys.active)
      const key = signsData ? packer.key : -1
      if (!packed) path.rested(now)
      const taken = sender.take(path, room, this.fragment, key, now)
      if (taken === null) break
      packer.add(taken.bytes, taken.key)
      packed = true
    }
    if (!packed) return
    this.#wet = true
    this.#burst++
    sender.packetDone()
  }

  #finish(packer: Packer, path: Path): OutgoingPacket | null {
    if (packer.empty) return null
    const header = { sourcePort: this.localPort, destinationPort: this.peerPort, tag: this.peerTag }
    return { bytes: packer.finish(header), address: path.address, port: path.port, from: path.local }
  }

  #transmit(tag: number, path: Path, ...chunks: readonly Uint8Array[]): void {
    const header = { sourcePort: this.localPort, destinationPort: this.peerPort, tag }
    this.#around.transmit({
      bytes: writePacket(header, chunks),
      address: path.address,
      port: path.port,
      from: path.local,
    })
  }

  #queueControl(bytes: Uint8Array, path: Path | null = null): void {
    if (this.#control.length < MOST_CONTROL) this.#control.push({ bytes, path })
  }

  #sendInit(): void {
    const now = this.#around.now()
    if (this.#t1 !== null) {
      this.#t1.at = now + this.#t1.rto
      this.#t1.attempts++
    }
    this.#transmit(0, this.#lastPath, writeInit(ChunkType.init, this.#local))
  }

  /** COOKIE ECHO comes first in its packet (section 5.1 C); parameters of the INIT ACK are reported along with it. */
  #sendCookie(unknown: Uint8Array): void {
    const now = this.#around.now()
    if (this.#t1 !== null) {
      this.#t1.at = now + this.#t1.rto
      this.#t1.attempts++
    }
    const packer = new Packer(this.#lastPath.mtu, this.#signing)
    packer.add(writeChunk(ChunkType.cookieEcho, 0, this.#cookie), this.keys.active)
    if (unknown.length > 0) packer.add(writeError(causes.unrecognizedParameters(unknown)), this.keys.active)
    const packet = this.#finish(packer, this.#lastPath)
    if (packet !== null) this.#around.transmit(packet)
  }

  #queueShutdown(): void {
    if (this.#receiver !== null) this.#queueControl(writeShutdown(this.#receiver.cumulative), this.#dataPath)
  }

  #queueShutdownAck(): void {
    this.#state = 'shutdown ack sent'
    const now = this.#around.now()
    this.#t2 ??= { at: now + this.#dataPath.rto, attempts: 0, rto: this.#dataPath.rto }
    this.#queueControl(writeChunk(ChunkType.shutdownAck, 0), this.#dataPath)
  }

  /** Once everything is acknowledged the shutdown goes on (section 9.2). */
  #progressShutdown(): void {
    if (!this.dry) return
    if (this.#state === 'shutdown pending') {
      const now = this.#around.now()
      this.#state = 'shutdown sent'
      this.#t2 = { at: now + this.#dataPath.rto, attempts: 0, rto: this.#dataPath.rto }
      this.#guard = now + 5 * this.settings.rtoMax
      this.#queueShutdown()
    } else if (this.#state === 'shutdown received') this.#queueShutdownAck()
    else if (this.#state === 'shutdown sent' && this.#receiver?.sackDue === true) {
      // Data that still comes is answered with both (section 9.2).
      this.#queueShutdown()
      if (this.#t2 !== null) this.#t2.at = this.#around.now() + this.#t2.rto
    }
  }

  // Beginning and end.

  #establish(restarted: boolean): void {
    const negotiated = this.#negotiated
    if (negotiated === null) return
    this.#state = 'established'
    this.#t1 = null
    this.#cookie = EMPTY
    this.#errors = 0
    const now = this.#around.now()
    for (const path of this.#paths.values()) {
      path.usedAt = now
      if (path.state === 'unconfirmed') this.#sendHeartbeat(path, now)
      else this.#scheduleHeartbeat(path, now)
    }
    this.#around.event({ kind: 'up', restarted, outbound: this.outbound, inbound: this.inbound })
    if (negotiated.peerAuth === null) this.#around.event({ kind: 'authentication', key: 0, change: 'none' })
    if (negotiated.adaptation !== null) {
      this.#around.event({ kind: 'adaptation', indication: negotiated.adaptation })
    }
    this.#feed()
    if (this.#shutdownWanted) this.#state = 'shutdown pending'
  }

  /** The peer has begun anew (section 5.2.4.1). */
  #restart(local: Init, peer: ReadInit, path: Path): boolean {
    if (this.#state === 'shutdown ack sent') {
      this.#queueControl(writeError(causes.cookieWhileShuttingDown()), path)
      this.#queueShutdownAck()
      this.flush()
      return false
    }
    const unsent = this.#sender?.restart(0, 0) ?? []
    this.#local = local
    this.#control = []
    this.#t2 = null
    this.#guard = null
    for (const each of this.#paths.values()) each.reset(this.settings.rtoInitial)
    this.#negotiate(peer)
    this.#keyHeard = 0
    this.#control.push({ bytes: writeChunk(ChunkType.cookieAck, 0), path })
    this.#establish(true)
    this.#waiting.unshift(...unsent)
    this.#feed()
    return true
  }

  /** Messages go on to the sender once there is one to take them. */
  #feed(): void {
    const sender = this.#sender
    if (sender === null || !this.established) return
    for (const message of this.#waiting.splice(0)) {
      if (message.stream < this.outbound) sender.enqueue(message)
      else this.#around.event({ kind: 'send failed', message, sent: false, cause: Cause.invalidStream })
    }
    this.#burst = 0
  }

  #violation(text: string): 'stop' {
    this.#abort(causes.protocolViolation(text), Cause.protocolViolation)
    return 'stop'
  }

  #abort(cause: Uint8Array, number: number): void {
    if (this.#state === 'closed') return
    if (this.#negotiated !== null) {
      const packer = new Packer(this.#lastPath.mtu, this.#signing)
      packer.add(writeAbort(cause), this.keys.active)
      const packet = this.#finish(packer, this.#dataPath)
      if (packet !== null) this.#around.transmit(packet)
    }
    this.#end(this.established ? 'lost' : 'cannot start', number, null)
  }

  #end(how: Ending, cause: number, abort: Uint8Array | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#t1 = null
    this.#t2 = null
    this.#guard = null
    this.#control = []
    const broken = this.#receiver?.delivering ?? null
    if (broken !== null) this.#around.event({ kind: 'partial delivery aborted', ...broken })
    this.#failing = cause
    this.#sender?.fail()
    for (const message of this.#waiting.splice(0)) {
      this.#around.event({ kind: 'send failed', message, sent: false, cause })
    }
    this.#receiver = null
    this.#reconfiguration = null
    for (const path of this.#paths.values()) {
      path.t3 = null
      path.heartbeatAt = null
      this.#around.release(path.address)
    }
    this.#around.event({ kind: 'ended', how, cause, abort })
    this.keys.wipe()
    this.#around.ended()
  }

  #failing = 0

  #stateIsClosed(): boolean {
    return this.#state === 'closed'
  }

  #addPath(address: string, state: PathState): Path {
    const port = this.settings.encapsulationPort
    const mtu = this.settings.pathMtu > 0 ? this.settings.pathMtu : this.#around.mtu(address, port)
    const path = new Path(address, port, mtu, this.settings, state)
    path.local = this.#around.sourceFor(address)
    this.#paths.set(address, path)
    this.#around.claim(address)
    return path
  }

  #newSender({ peerWindow, partialReliability }: Negotiated): Sender {
    return new Sender({
      tsn: this.#local.tsn,
      window: peerWindow,
      partialReliability,
      failed: ({ message, sent }) => this.#around.event({ kind: 'send failed', message, sent, cause: this.#failing }),
    })
  }

  #newReceiver({ peerTsn }: Negotiated): Receiver {
    const { sackDelay, sackFrequency, partialDeliveryPoint } = this.settings
    return new Receiver({
      tsn: peerTsn,
      window: this.#local.window,
      sackDelay,
      sackFrequency,
      partialDeliveryPoint,
      deliver: delivery => {
        const cumulative = this.#receiver?.cumulative ?? 0
        this.#around.event({ kind: 'message', delivery, cumulative })
      },
    })
  }

  #newReconfiguration({ inbound, outbound, peerTsn }: Negotiated): Reconfiguration {
    return new Reconfiguration({
      inbound,
      outbound,
      localTsn: this.#local.tsn,
      peerTsn,
      granted: () => this.settings.granted,
      now: () => this.#around.now(),
      rto: () => this.#dataPath.rto,
      backOff: () => this.#dataPath.backOff(),
      send: chunk => this.#queueControl(chunk),
      event: event => this.#around.event(event),
      busy: streams =>
        streams.length === 0 ? !this.dry : streams.some(stream => this.#sender?.usesStream(stream) === true),
      lastTsn: () => advance(this.#sender?.nextTsn ?? this.#local.tsn, -1),
      cumulative: () => this.#receiver?.cumulative ?? 0,
      pause: on => this.#sender?.pause(on),
      resetOutgoing: streams => this.#sender?.resetStreams(streams),
      resetIncoming: streams => this.#receiver?.resetStreams(streams),
      resetTsns: ({ local, peer }) => {
        this.#sender?.resetTsn(local)
        this.#receiver?.resetTsn(peer)
      },
    })
  }

  #agreeKeys({ peerAuth, hmac }: Negotiated): void {
    const { auth } = this.#local
    if (peerAuth === null || auth === null) {
      this.#signing = null
      this.#authenticated = new Set()
      return
    }
    this.keys.agree(auth, peerAuth)
    this.#signing = { keys: this.keys, required: authenticable(peerAuth.chunks), hmac }
    this.#authenticated = authenticable(auth.chunks)
  }

  /** Tells of keys that were deactivated and that nothing needs any more. */
  #freeKeys(): void {
    for (const key of this.#freeing) {
      if (this.#sender?.usesKey(key) === true) continue
      this.#freeing.delete(key)
      this.#around.event({ kind: 'authentication', key, change: 'free' })
    }
  }

  #noticeDry(): void {
    if (!this.dry) return
    if (this.#wet) this.#around.event({ kind: 'dry' })
    this.#wet = false
  }
}

/** Chunks that may be asked to be authenticated: these four never are (RFC 4895 section 3.2). */
function authenticable(types: Uint8Array): ReadonlySet<number> {
  const never: readonly number[] = [ChunkType.init, ChunkType.initAck, ChunkType.shutdownComplete, ChunkType.auth]
  return new Set([...types].filter(type => !never.includes(type)))
}

import { EMPTY } from '../base/bytes.ts'
import type { AuthKeys } from './auth-keys.ts'
import { Authentication } from './authentication.ts'
import type { Ending } from './events.ts'
import { isAcceptable, type Negotiated, negotiate, offer } from './negotiation.ts'
import { Outbox, type Talk } from './outbox.ts'
import type { OutgoingMessage } from './outgoing.ts'
import type { Path } from './path.ts'
import { Paths } from './paths.ts'
import { Receiver } from './receiver.ts'
import { Reconfiguration } from './reconfiguration.ts'
import { Sender } from './sender.ts'
import type { Settings } from './settings.ts'
import { Setup } from './setup.ts'
import type { AssociationState, Source, Surroundings } from './surroundings.ts'
import {
  causes,
  readHeartbeatInfo,
  readShutdown,
  TAG_REFLECTED,
  writeAbort,
  writeError,
  writeShutdown,
} from './wire/control.ts'
import { readData } from './wire/data.ts'
import { readForwardTsn } from './wire/forward-tsn.ts'
import { type Init, type ReadInit, readInit } from './wire/init.ts'
import { CHUNK_HEADER, type Chunk, COMMON_HEADER, type Packet, writeChunk } from './wire/packet.ts'
import { Cause, ChunkType, ParameterType, reportsUnknown, stopsAtUnknown } from './wire/registry.ts'
import { readSack } from './wire/sack.ts'
import { advance } from './wire/serial.ts'
import { readTlvs } from './wire/tlv.ts'

/** What a chunk leads to: the next one, or the end of the packet. */
type Onward = 'next' | 'stop'

/** The two ends' port numbers. */
export interface Ports {
  readonly localPort: number
  readonly peerPort: number
}

/** What an INIT ACK for a peer that is known is made of (RFC 9260 section 5.2). */
export interface InitAnswer {
  /** Null: new ones. */
  readonly tags: { readonly tag: number; readonly tsn: number } | null
  readonly ties: readonly [number, number]
}

/** T2: SHUTDOWN or SHUTDOWN ACK goes again; T5: how long all of it may take (section 9.2). */
interface Closing {
  at: number
  rto: number
  readonly until: number
}

/** One association (RFC 9260): its state, and which chunk goes to which part of it. */
export class Association {
  readonly settings: Settings
  readonly localPort: number
  readonly peerPort: number
  readonly #around: Surroundings
  readonly #paths: Paths
  readonly #authentication: Authentication
  readonly #outbox: Outbox
  readonly #setup: Setup
  #state: AssociationState = 'closed'
  #local: Init
  #negotiated: Negotiated | null = null
  #sender: Sender | null = null
  #receiver: Receiver | null = null
  #reconfiguration: Reconfiguration | null = null
  /** Messages from before it was established. */
  readonly #waiting: OutgoingMessage[] = []
  #closing: Closing | null = null
  #shutdownWanted = false
  /** The cause that messages fail with now. */
  #failing = 0

  constructor(
    ports: Ports,
    settings: Readonly<Settings>,
    around: Surroundings,
    addresses: readonly [string, ...string[]],
    local: Init | null,
  ) {
    this.settings = { ...settings }
    this.localPort = ports.localPort
    this.peerPort = ports.peerPort
    this.#around = around
    this.#local = local ?? offer(settings, around.localAddresses(), around.random, null)
    this.#authentication = new Authentication(settings.keys, around)
    this.#paths = new Paths(this.settings, around, addresses, (chunk, path) => this.#outbox.queue(chunk, path))
    this.#outbox = new Outbox(this.settings, this.#paths, this.#authentication, () => ({
      sourcePort: this.localPort,
      destinationPort: this.peerPort,
      tag: this.peerTag,
    }))
    this.#setup = new Setup(this.settings, this.#paths, this.#outbox, around)
  }

  get state(): AssociationState {
    return this.#state
  }

  /** What this end said in its INIT or INIT ACK. */
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

  get keys(): AuthKeys {
    return this.#authentication.keys
  }

  get paths(): readonly Path[] {
    return this.#paths.all
  }

  path(address: string): Path | null {
    return this.#paths.get(address)
  }

  get primary(): Path {
    return this.#paths.primary
  }

  set primary(path: Path) {
    this.#paths.primary = path
  }

  /** The peer's verification tag; 0 while it is not known. */
  get peerTag(): number {
    return this.#negotiated?.peerTag ?? 0
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

  /** Both ends speak RFC 4895. */
  get speaksAuth(): boolean {
    return this.#authentication.signing !== null
  }

  /** Most user data in one chunk, in bytes. */
  get fragment(): number {
    return this.#outbox.fragment
  }

  /** Bytes that the program has handed over and the peer has not acknowledged. */
  get buffered(): number {
    return this.#waiting.reduce((sum, { data }) => sum + data.length, this.#sender?.bytes ?? 0)
  }

  /** Nothing is left to send or to be acknowledged. */
  get dry(): boolean {
    return this.#waiting.length === 0 && (this.#sender?.dry ?? true)
  }

  /** When `onDeadline` has to be called, in milliseconds of the clock; null when nothing is waited for. */
  get deadline(): number | null {
    let earliest = Number.POSITIVE_INFINITY
    const consider = (at: number | null | undefined) => {
      if (at !== null && at !== undefined && at < earliest) earliest = at
    }
    consider(this.#setup.deadline)
    consider(this.#closing?.at)
    consider(this.#closing?.until)
    if (this.#acknowledges) consider(this.#receiver?.sackAt)
    consider(this.#reconfiguration?.deadline)
    for (const path of this.#paths.all) {
      consider(path.t3)
      consider(path.heartbeatAt)
    }
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  // What the program wants.

  /** Begins the set-up (section 5.1 A). */
  connect(): void {
    this.#state = 'cookie wait'
    this.#setup.begin(this.#local)
  }

  /** Sends a message; before the association is established it waits. */
  send(message: OutgoingMessage): void {
    this.#waiting.push(message)
    this.#feed()
    this.flush()
  }

  /** The program has read so many bytes of messages. */
  consumed(bytes: number): void {
    if (this.#receiver?.consumed(bytes, this.#paths.last.mtu) === true && this.established) this.flush()
  }

  /** Ends the association once everything sent has been acknowledged (section 9.2). */
  shutdown(): void {
    if (this.#state === 'cookie wait') this.#end('cannot start', 0, null)
    if (this.#state === 'cookie echoed') this.#shutdownWanted = true
    if (this.#state !== 'established') return
    this.#state = 'shutdown pending'
    this.flush()
  }

  /** Ends it now, with an ABORT (section 9.1). */
  abort(cause: Uint8Array = causes.userAbort(EMPTY)): void {
    this.#abort(cause, Cause.userAbort)
  }

  /** False when the key is active or not there. */
  deactivateKey(number: number): boolean {
    return this.#authentication.deactivate(number, this.#sender)
  }

  requestHeartbeat(path: Path): void {
    this.#paths.heartbeat(path, this.#around.now())
    this.flush()
  }

  // Set-up from the listening side, and what else the stack decides.

  /** Takes over what a cookie holds: the state of one that has sent the INIT ACK (section 5.1 D). */
  prepare(peer: ReadInit): void {
    this.#state = 'cookie wait'
    this.#negotiate(peer)
  }

  /** A COOKIE ECHO that must be authenticated: checked with the keys that the cookie itself leads to. */
  cookieIsAuthentic(packet: Packet): boolean {
    const [first] = packet.chunks
    if (first?.type === ChunkType.auth) return this.#authenticates(packet, first)
    return !this.#authentication.wants(ChunkType.cookieEcho)
  }

  /** The peer's COOKIE ECHO, at `at` in the packet, was good: established at once. */
  accept(packet: Packet, at: number, source: Source): void {
    const path = this.#paths.heard(source)
    this.#outbox.queue(writeChunk(ChunkType.cookieAck, 0), path)
    this.#establish(false)
    this.#process(packet, at + 1, path)
  }

  /** Forgets it without a word, before anybody was told of it. */
  dismiss(): void {
    this.#state = 'closed'
    this.#paths.release()
    this.keys.wipe()
    this.#around.ended()
  }

  /** An INIT came while this association is there; null: nothing to answer. */
  answerInit(): InitAnswer | null {
    if (this.#state === 'shutdown ack sent') {
      this.#acknowledgeShutdown()
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
    const path = this.#paths.get(source.address)
    const action = path === null ? 'discard' : this.#cookieAction(local, peer, ties)
    if (path === null || action === 'discard') {
      this.#around.discarded('cookie')
      return
    }
    this.#paths.heard(source)
    if (action === 'restart' && !this.#restart(local, peer)) return
    if (action === 'collision') this.#negotiate(peer)
    this.#outbox.queue(writeChunk(ChunkType.cookieAck, 0), path)
    if (action === 'restart' || !this.established) this.#establish(action === 'restart')
    this.#process(packet, at + 1, path)
  }

  /** Rows A to D of the table. */
  #cookieAction(
    local: Init,
    peer: ReadInit,
    ties: readonly [number, number],
  ): 'restart' | 'collision' | 'known' | 'discard' {
    const sameLocal = local.tag === this.#local.tag
    const samePeer = peer.tag === this.peerTag
    if (sameLocal && samePeer) return 'known'
    if (sameLocal && !this.established) return 'collision'
    const tied = ties[0] === this.#local.tag && ties[1] === this.peerTag
    return !sameLocal && !samePeer && tied ? 'restart' : 'discard'
  }

  // What comes in.

  /** A packet for this association that is neither an INIT nor begins with a COOKIE ECHO. */
  receive(packet: Packet, source: Source): void {
    if (!this.#tagFits(packet)) {
      this.#around.discarded('tag')
      return
    }
    this.#process(packet, 0, this.#paths.heard(source))
  }

  #tagFits(packet: Packet): boolean {
    const [first] = packet.chunks
    const reflected = first !== undefined && (first.flags & TAG_REFLECTED) !== 0
    const mayReflect = first?.type === ChunkType.abort || first?.type === ChunkType.shutdownComplete
    // Section 8.5.1: with the T bit the tag is the one that we send, without it the one that we expect.
    if (mayReflect && reflected) return this.#negotiated !== null && packet.tag === this.peerTag
    return packet.tag === this.#local.tag
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
      if (this.#authentication.wants(chunk.type) && !covered) {
        this.#around.discarded('authentication')
        continue
      }
      if (chunk.type === ChunkType.data) hadData = true
      if (this.#chunk(chunk, path, packet) === 'stop') break
    }
    if (this.#state === 'closed') return
    if (hadData) this.#receiver?.packetEnded(this.#around.now())
    this.flush()
  }

  /** The AUTH chunk is right for what follows it. */
  #authenticates(packet: Packet, chunk: Chunk): boolean {
    const verdict = this.#authentication.judge(packet, chunk)
    if (verdict === 'right') return true
    if (verdict !== 'wrong') this.#outbox.queue(writeError(causes.unsupportedHmac(verdict.unsupported)))
    this.#around.discarded('authentication')
    return false
  }

  #chunk(chunk: Chunk, path: Path, packet: Packet): Onward {
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
  #unknown(chunk: Chunk): Onward {
    if (reportsUnknown(chunk.type, 8) && this.established) {
      const most = this.#paths.last.mtu - COMMON_HEADER - 2 * CHUNK_HEADER
      const whole = writeChunk(chunk.type, chunk.flags, chunk.value).subarray(0, CHUNK_HEADER + chunk.value.length)
      this.#outbox.queue(writeError(causes.unrecognizedChunk(whole.subarray(0, most))))
    }
    return stopsAtUnknown(chunk.type, 8) ? 'stop' : 'next'
  }

  #data(chunk: Chunk): Onward {
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
      this.#outbox.queue(writeError(causes.invalidStream(data.stream)))
      return 'next'
    }
    const receipt = receiver.data(data)
    if (receipt === 'contradiction') return this.#violation('fragments contradict each other')
    if (receipt === 'no room' || receipt === 'too far') this.#around.discarded('window')
    return 'next'
  }

  #sack(chunk: Chunk): Onward {
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
    for (const path of answer) this.#paths.answered(path)
    this.#outbox.renew()
    this.#authentication.free(this.#sender)
    this.#noticeDry()
    this.#around.event({ kind: 'writable' })
    return 'next'
  }

  #initAck(chunk: Chunk, packet: Packet): Onward {
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
      this.#around.transmit(this.#outbox.bare(this.#paths.last, peer.tag, writeAbort(cause)))
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
    this.#state = 'cookie echoed'
    this.#setup.echo(peer.cookie, peer.unknown)
    return 'stop'
  }

  #heartbeat(chunk: Chunk, path: Path): Onward {
    if (this.#state === 'cookie wait') this.#around.discarded('state')
    else this.#outbox.queue(writeChunk(ChunkType.heartbeatAck, 0, chunk.value), path)
    return 'next'
  }

  #heartbeatAck(chunk: Chunk): Onward {
    const info = readHeartbeatInfo(chunk.value)
    if (info === null || !this.#paths.heartbeatAcked(info, this.#around.now())) this.#around.discarded('old')
    return 'next'
  }

  #aborted(chunk: Chunk): Onward {
    const [cause] = readTlvs(chunk.value) ?? []
    this.#end(this.established ? 'lost' : 'cannot start', cause?.type ?? 0, chunk.value.slice())
    return 'stop'
  }

  #error(chunk: Chunk): Onward {
    const list = readTlvs(chunk.value)
    if (list === null || list.length === 0) {
      this.#around.discarded('malformed')
      return 'next'
    }
    for (const cause of list) {
      if (cause.type === Cause.staleCookie && this.#state === 'cookie echoed') {
        this.#state = 'cookie wait'
        this.#negotiated = null
        if (!this.#setup.stale(this.#local)) this.#end('cannot start', Cause.staleCookie, null)
        return 'stop'
      }
      if (this.established) this.#around.event({ kind: 'remote error', cause: cause.type, data: cause.whole.slice() })
    }
    return 'next'
  }

  #shutdownCame(chunk: Chunk): Onward {
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
      this.#acknowledgeShutdown()
      return 'next'
    }
    if (this.#state !== 'shutdown received') {
      this.#state = 'shutdown received'
      this.#around.event({ kind: 'shutdown' })
    }
    this.#authentication.free(this.#sender)
    this.#noticeDry()
    return 'next'
  }

  #shutdownAck(): Onward {
    if (this.#state !== 'shutdown sent' && this.#state !== 'shutdown ack sent') {
      this.#around.discarded('state')
      return 'stop'
    }
    this.#around.transmit(this.#outbox.packet(this.#paths.last, writeChunk(ChunkType.shutdownComplete, 0)))
    this.#end('complete', 0, null)
    return 'stop'
  }

  #forwardTsn(chunk: Chunk): Onward {
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

  #reConfig(chunk: Chunk): Onward {
    if (!this.established) {
      this.#around.discarded('state')
      return 'next'
    }
    if (this.#reconfiguration?.receive(chunk.value) !== true) this.#around.discarded('malformed')
    return 'next'
  }

  // Time.

  /** Does what is due. */
  onDeadline(): void {
    const now = this.#around.now()
    if (isDue(this.#setup.deadline, now) && !this.#setup.timedOut()) this.#end('cannot start', 0, null)
    if (this.#closing !== null) this.#closingDue(this.#closing, now)
    if (this.#reconfiguration?.onDeadline(now) === true) this.#strike(this.#paths.forData)
    for (const path of this.#paths.all) {
      if (isDue(path.t3, now)) this.#retransmit(path, now)
      if (isDue(path.heartbeatAt, now) && !this.#paths.heartbeatDue(path, now)) this.#end('lost', 0, null)
    }
    if (isDue(this.#receiver?.sackAt ?? null, now)) this.#receiver?.demandSack()
    this.#outbox.renew()
    this.flush()
  }

  #closingDue(closing: Closing, now: number): void {
    if (closing.until <= now) {
      this.#abort(EMPTY, 0)
      return
    }
    if (closing.at > now || !this.#strike(this.#paths.forData)) return
    closing.rto = Math.min(closing.rto * 2, this.settings.rtoMax)
    closing.at = now + closing.rto
    if (this.#state === 'shutdown ack sent') this.#acknowledgeShutdown()
    else this.#announceShutdown()
  }

  /** T3-rtx ran out (section 6.3.3). */
  #retransmit(path: Path, now: number): void {
    if (this.#sender?.timedOut(path, this.#paths.alternative(path), now) === true) this.#strike(path)
  }

  /** Counts a time-out; false when it was the last. */
  #strike(path: Path): boolean {
    if (this.#paths.strike(path)) return true
    this.#end('lost', 0, null)
    return false
  }

  // What goes out.

  /** Sends what may be sent now. */
  flush(): void {
    const now = this.#around.now()
    while (this.#state !== 'closed') {
      this.#progressShutdown(now)
      const packet = this.#outbox.next(this.#talk, now)
      if (packet === null) return
      this.#around.transmit(packet)
    }
  }

  get #talk(): Talk | null {
    const [sender, receiver] = [this.#sender, this.#receiver]
    if (!this.established || sender === null || receiver === null) return null
    const data = TALKING.includes(this.#state)
    return { sender, receiver, data, sacks: this.#acknowledges, hurry: this.#state !== 'established' }
  }

  /** SHUTDOWN ACK says that nothing more is waited for. */
  get #acknowledges(): boolean {
    return this.established && this.#state !== 'shutdown ack sent'
  }

  /** Messages go on to the sender once there is one to take them. */
  #feed(): void {
    const sender = this.#sender
    if (sender === null || !this.established) return
    for (const message of this.#waiting.splice(0)) {
      if (message.stream < this.outbound) sender.enqueue(message)
      else this.#around.event({ kind: 'send failed', message, sent: false, cause: Cause.invalidStream })
    }
    this.#outbox.renew()
  }

  /** Once everything is acknowledged the shutdown goes on (section 9.2). */
  #progressShutdown(now: number): void {
    if (!this.dry) return
    if (this.#state === 'shutdown pending') {
      this.#state = 'shutdown sent'
      this.#announceShutdown()
    } else if (this.#state === 'shutdown received') this.#acknowledgeShutdown()
    else if (this.#state === 'shutdown sent' && this.#receiver?.sackDue === true) {
      // Data that still comes is answered with both.
      this.#announceShutdown()
      if (this.#closing !== null) this.#closing.at = now + this.#closing.rto
    }
  }

  #announceShutdown(): void {
    this.#startClosing()
    if (this.#receiver !== null) this.#outbox.queue(writeShutdown(this.#receiver.cumulative), this.#paths.forData)
  }

  #acknowledgeShutdown(): void {
    this.#state = 'shutdown ack sent'
    this.#startClosing()
    this.#outbox.queue(writeChunk(ChunkType.shutdownAck, 0), this.#paths.forData)
  }

  #startClosing(): void {
    const now = this.#around.now()
    const { rto } = this.#paths.forData
    this.#closing ??= { at: now + rto, rto, until: now + 5 * this.settings.rtoMax }
  }

  // Beginning and end.

  /** What the peer's INIT ACK or COOKIE ECHO has settled. The parts of the association begin here. */
  #negotiate(peer: ReadInit): void {
    const negotiated = negotiate(this.#local, peer)
    this.#negotiated = negotiated
    this.#sender = this.#newSender(negotiated)
    this.#receiver = this.#newReceiver(negotiated)
    this.#reconfiguration = this.#newReconfiguration(negotiated)
    this.#authentication.agree(this.#local.auth, negotiated)
    for (const address of peer.addresses) {
      if (this.#around.reachable(address)) this.#paths.add(address, 'unconfirmed')
    }
  }

  #establish(restarted: boolean): void {
    const negotiated = this.#negotiated
    if (negotiated === null) return
    this.#state = 'established'
    this.#setup.stop()
    this.#paths.begin(this.#around.now())
    this.#around.event({ kind: 'up', restarted, outbound: this.outbound, inbound: this.inbound })
    if (negotiated.peerAuth === null) this.#around.event({ kind: 'authentication', key: 0, change: 'none' })
    if (negotiated.adaptation !== null) this.#around.event({ kind: 'adaptation', indication: negotiated.adaptation })
    this.#feed()
    if (this.#shutdownWanted) this.#state = 'shutdown pending'
  }

  /** The peer has begun anew (section 5.2.4.1). False when this end is shutting down. */
  #restart(local: Init, peer: ReadInit): boolean {
    if (this.#state === 'shutdown ack sent') {
      this.#outbox.queue(writeError(causes.cookieWhileShuttingDown()))
      this.#acknowledgeShutdown()
      this.flush()
      return false
    }
    this.#waiting.unshift(...(this.#sender?.unacknowledged() ?? []))
    this.#local = local
    this.#outbox.clear()
    this.#closing = null
    this.#paths.reset()
    this.#negotiate(peer)
    return true
  }

  #violation(text: string): Onward {
    this.#abort(causes.protocolViolation(text), Cause.protocolViolation)
    return 'stop'
  }

  #abort(cause: Uint8Array, number: number): void {
    if (this.#negotiated !== null && this.#state !== 'closed') {
      this.#around.transmit(this.#outbox.packet(this.#paths.forData, writeAbort(cause)))
    }
    this.#end(this.established ? 'lost' : 'cannot start', number, null)
  }

  #end(how: Ending, cause: number, abort: Uint8Array | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#setup.stop()
    this.#closing = null
    this.#outbox.clear()
    const broken = this.#receiver?.delivering ?? null
    if (broken !== null) this.#around.event({ kind: 'partial delivery aborted', ...broken })
    this.#failing = cause
    this.#sender?.fail()
    for (const message of this.#waiting.splice(0)) {
      this.#around.event({ kind: 'send failed', message, sent: false, cause })
    }
    this.#receiver = null
    this.#reconfiguration = null
    this.#paths.release()
    this.#around.event({ kind: 'ended', how, cause, abort })
    this.keys.wipe()
    this.#around.ended()
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
      rto: () => this.#paths.forData.rto,
      backOff: () => this.#paths.forData.backOff(),
      send: chunk => this.#outbox.queue(chunk),
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

  #noticeDry(): void {
    if (!this.dry) return
    if (this.#outbox.wet) this.#around.event({ kind: 'dry' })
    this.#outbox.wet = false
  }
}

/** States in which data is sent; after SHUTDOWN has come only what was there before (section 9.2). */
const TALKING: readonly AssociationState[] = ['established', 'shutdown pending', 'shutdown received']

function isDue(at: number | null, now: number): boolean {
  return at !== null && at <= now
}

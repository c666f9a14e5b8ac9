import { EMPTY } from '../base/bytes.ts'
import { type AddressChange, Addresses } from './addresses.ts'
import type { AuthKeys } from './auth-keys.ts'
import { Authentication } from './authentication.ts'
import { cookieAction, type EchoedCookie, type InitAnswer } from './collision.ts'
import { Core } from './core.ts'
import { Inbound, type Parts } from './inbound.ts'
import { type Negotiated, negotiate, offer } from './negotiation.ts'
import { Outbox } from './outbox.ts'
import type { Path } from './paths/path.ts'
import { Paths } from './paths/paths.ts'
import type { Receiver } from './receive/receiver.ts'
import { Reconfiguration } from './reconfiguration.ts'
import type { OutgoingMessage } from './send/outgoing.ts'
import type { Sender } from './send/sender.ts'
import type { Settings } from './settings.ts'
import { Setup } from './setup.ts'
import { Shutdown } from './shutdown.ts'
import { Statistics } from './statistics.ts'
import type { AssociationState, Ports, Source, Surroundings } from './surroundings.ts'
import { Transfer } from './transfer.ts'
import { causes, writeError } from './wire/control.ts'
import type { Init, ReadInit } from './wire/init.ts'
import { type Packet, writeChunk } from './wire/packet.ts'
import { Cause, ChunkType } from './wire/registry.ts'

/** One association (RFC 9260): what the program asks of it, and which chunk goes to which part of it. */
export class Association {
  readonly settings: Settings
  readonly localPort: number
  readonly peerPort: number
  readonly statistics = new Statistics()
  readonly #core: Core
  readonly #setup: Setup
  readonly #transfer: Transfer
  readonly #shutdown: Shutdown
  #reconfiguration: Reconfiguration | null = null
  #addresses: Addresses | null = null
  readonly #inbound: Inbound
  #shutdownWanted = false
  #establishedAt = 0

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
    const authentication = new Authentication(settings.keys, around)
    const paths = new Paths(this.settings, around, addresses, {
      queue: (chunk, path) => outbox.queue(chunk, path),
      probe: (path, heartbeat, size) => around.transmit(outbox.padded(path, heartbeat, size)),
    })
    const header = () => ({ sourcePort: this.localPort, destinationPort: this.peerPort, tag: this.peerTag })
    const { statistics } = this
    const outbox: Outbox = new Outbox(this.settings, paths, authentication, header, statistics)
    const abandon = (cause: number) => this.#abandon(cause)
    this.#core = new Core(
      { settings: this.settings, around, authentication, paths, outbox, statistics, abandon },
      local ?? offer(settings, around.localAddresses(), around.random, null),
    )
    this.#setup = new Setup(this.#core, peer => this.#agree(peer))
    this.#transfer = new Transfer(this.#core)
    this.#shutdown = new Shutdown(this.#core, this.#transfer)
    this.#inbound = new Inbound(this.#core, this.#parts())
  }

  get state(): AssociationState {
    return this.#core.state
  }

  /** What this end said in its INIT or INIT ACK. */
  get local(): Init {
    return this.#core.local
  }

  get negotiated(): Negotiated | null {
    return this.#core.negotiated
  }

  get sender(): Sender | null {
    return this.#transfer.sender
  }

  get receiver(): Receiver | null {
    return this.#transfer.receiver
  }

  get reconfiguration(): Reconfiguration | null {
    return this.#reconfiguration
  }

  get keys(): AuthKeys {
    return this.#core.authentication.keys
  }

  get paths(): readonly Path[] {
    return this.#core.paths.all
  }

  path(address: string): Path | null {
    return this.#core.paths.get(address)
  }

  get primary(): Path {
    return this.#core.paths.primary
  }

  set primary(path: Path) {
    this.#core.paths.primary = path
  }

  /** The peer's verification tag; 0 while it is not known. */
  get peerTag(): number {
    return this.#core.peerTag
  }

  /** Streams that may be used for sending. */
  get outbound(): number {
    return this.#core.streams.outbound
  }

  get inbound(): number {
    return this.#core.streams.inbound
  }

  get established(): boolean {
    return this.#core.established
  }

  /** Messages are taken from the program. */
  get open(): boolean {
    const { state } = this.#core
    return state === 'cookie wait' || state === 'cookie echoed' || state === 'established'
  }

  /** Both ends speak RFC 4895. */
  get speaksAuth(): boolean {
    return this.#core.authentication.signing !== null
  }

  /** Most user data in one chunk, in bytes. */
  get fragment(): number {
    return this.#core.outbox.fragment
  }

  /** Bytes that the program has handed over and the peer has not acknowledged. */
  get buffered(): number {
    return this.#transfer.buffered
  }

  /** Nothing is left to send or to be acknowledged. */
  get dry(): boolean {
    return this.#transfer.dry
  }

  /** When `onDeadline` has to be called, in milliseconds of the clock; null when nothing is waited for. */
  get deadline(): number | null {
    const times = [
      this.#setup.deadline,
      this.#shutdown.deadline,
      this.#transfer.deadline,
      this.#reconfiguration?.deadline ?? null,
      this.#addresses?.deadline ?? null,
      this.#idleUntil,
      this.#core.paths.deadline,
    ]
    const earliest = times.reduce<number>(
      (least, at) => (at !== null && at < least ? at : least),
      Number.POSITIVE_INFINITY,
    )
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  /** When it has been without data for too long (RFC 6458 section 8.1.8), in milliseconds of the clock. */
  get #idleUntil(): number | null {
    const { autoClose } = this.settings
    if (autoClose === 0 || this.state !== 'established') return null
    return Math.max(this.#establishedAt, this.#transfer.usedAt) + autoClose
  }

  // What the program wants.

  /** Begins the set-up (section 5.1 A). */
  connect(): void {
    this.#setup.begin()
  }

  /** Sends a message; before the association is established it waits. */
  send(message: OutgoingMessage): void {
    this.#transfer.send(message)
    this.flush()
  }

  /** The program has read so many bytes of messages. */
  consumed(bytes: number): void {
    const { receiver } = this.#transfer
    if (receiver?.consumed(bytes, this.#core.paths.last.mtu) === true && this.established) this.flush()
  }

  /** Ends the association once everything sent has been acknowledged (section 9.2). */
  shutdown(): void {
    if (this.state === 'cookie wait') this.#core.end('cannot start', 0, null)
    if (this.state === 'cookie echoed') this.#shutdownWanted = true
    if (this.state !== 'established') return
    this.#core.state = 'shutdown pending'
    this.flush()
  }

  /** Ends it now, with an ABORT (section 9.1). */
  abort(cause: Uint8Array = causes.userAbort(EMPTY)): void {
    this.#core.abort(cause, Cause.userAbort)
  }

  /** False when the key is active or not there. */
  deactivateKey(number: number): boolean {
    return this.#core.authentication.deactivate(number, this.#transfer.sender)
  }

  /** Searches for the path MTU from now on, every so many milliseconds, on one path or (null) on all. */
  searchMtu(path: Path | null, interval: number): void {
    for (const one of path === null ? this.paths : [path]) this.#core.paths.searchMtu(one, interval, this.established)
  }

  requestHeartbeat(path: Path): void {
    this.#core.paths.heartbeat(path, this.#core.now())
    this.flush()
  }

  /** Tells the peer of an address of this end, or asks it to use one (RFC 5061); false where that was not agreed on. */
  announce(change: AddressChange): boolean {
    if (!this.established || this.negotiated?.addressChanges !== true) return false
    const asked = this.#addresses?.request(change) ?? false
    this.flush()
    return asked
  }

  // Set-up from the listening side, and what else the stack decides.

  /** Takes over what a cookie holds: the state of one that has sent the INIT ACK (section 5.1 D). */
  prepare(peer: ReadInit): void {
    this.#core.state = 'cookie wait'
    this.#agree(peer)
  }

  /** A COOKIE ECHO that must be authenticated: checked with the keys that the cookie itself leads to. */
  cookieIsAuthentic(packet: Packet): boolean {
    const [first] = packet.chunks
    if (first?.type === ChunkType.auth) return this.#inbound.authenticates(packet, first)
    return !this.#core.authentication.wants(ChunkType.cookieEcho)
  }

  /** The peer's cookie was good: established at once. */
  accept({ packet, at, source }: EchoedCookie): void {
    this.#confirm(packet, at, source, this.#core.paths.heard(source), false)
  }

  /** Forgets it without a word, before anybody was told of it. */
  dismiss(): void {
    this.#core.dismiss()
  }

  /** An INIT came while this association is there; null: nothing to answer. */
  answerInit(): InitAnswer | null {
    const { local, peerTag, state } = this.#core
    if (state === 'shutdown ack sent') {
      this.#shutdown.acknowledge()
      this.flush()
      return null
    }
    if (state === 'cookie wait') return { tags: local, ties: { local: 0, peer: 0 } }
    const ties = { local: local.tag, peer: peerTag }
    return { tags: state === 'cookie echoed' ? local : null, ties }
  }

  /** A good cookie came while this association is there (section 5.2.4). */
  cookieEchoed({ packet, at, source, local, peer, ties }: EchoedCookie): void {
    const path = this.#core.paths.get(source.address)
    const own = { local: this.local.tag, peer: this.peerTag }
    const action =
      path === null ? 'discard' : cookieAction(own, { local: local.tag, peer: peer.tag }, ties, this.established)
    if (path === null || action === 'discard') {
      this.#core.discard('cookie')
      return
    }
    this.#core.paths.heard(source)
    if (action === 'restart' && !this.#restart(local)) return
    if (action === 'restart' || action === 'collision') this.#agree(peer)
    this.#confirm(packet, at, source, path, action === 'restart')
  }

  /** A packet for this association that is neither an INIT nor begins with a COOKIE ECHO. */
  receive(packet: Packet, source: Source): void {
    this.#inbound.receive(packet, source)
  }

  // Time.

  /** Does what is due. */
  onDeadline(): void {
    const now = this.#core.now()
    this.#setup.onDeadline(now)
    this.#shutdown.onDeadline(now)
    if (this.#reconfiguration?.onDeadline(now) === true) this.#core.strike(this.#core.paths.forData)
    this.#addresses?.onDeadline(now)
    for (const path of this.paths) this.#pathDue(path, now)
    this.#transfer.onDeadline(now)
    if (isDue(this.#idleUntil, now)) this.shutdown()
    this.#core.outbox.renew()
    this.flush()
  }

  #pathDue(path: Path, now: number): void {
    // T3-rtx ran out (section 6.3.3).
    if (isDue(path.t3, now) && this.#transfer.timedOut(path)) {
      path.search?.lost(now)
      this.#core.strike(path)
    }
    if (isDue(path.heartbeatAt, now) && !this.#core.paths.heartbeatDue(path, now)) this.#core.end('lost', 0, null)
    this.#core.paths.probeDue(path, now)
  }

  /** Sends what may be sent now. */
  flush(): void {
    const now = this.#core.now()
    while (this.state !== 'closed') {
      this.#shutdown.progress()
      const packet = this.#core.outbox.next(this.#transfer.talk, now)
      if (packet === null) return
      this.#core.around.transmit(packet)
    }
  }

  #parts(): Parts {
    return {
      setup: this.#setup,
      transfer: this.#transfer,
      shutdown: this.#shutdown,
      reconfiguration: () => this.#reconfiguration,
      addresses: () => this.#addresses,
      establish: () => this.#establish(false),
      flush: () => this.flush(),
    }
  }

  // Beginning and end.

  /** What the peer's INIT ACK or cookie has settled. The parts of the association begin here. */
  #agree(peer: ReadInit): void {
    const { local, around, paths } = this.#core
    const negotiated = negotiate(local, peer)
    this.#core.negotiated = negotiated
    this.#core.streams = { inbound: negotiated.inbound, outbound: negotiated.outbound }
    this.#transfer.begin(negotiated)
    this.#reconfiguration = new Reconfiguration(this.#core, this.#transfer, negotiated.peerTsn)
    this.#addresses = new Addresses(this.#core, negotiated.peerTsn, (from, to) => this.#transfer.move(from, to))
    this.#core.authentication.agree(local.auth, negotiated)
    for (const address of peer.addresses) if (around.reachable(address)) paths.add(address, 'unconfirmed')
  }

  /** The cookie at `at` in the packet was good: it is acknowledged, and what follows it is heeded. */
  #confirm(packet: Packet, at: number, source: Source, path: Path, restarted: boolean): void {
    this.#core.outbox.queue(writeChunk(ChunkType.cookieAck, 0), path)
    if (restarted || !this.established) this.#establish(restarted)
    this.#inbound.process(packet, at + 1, source, path)
  }

  #establish(restarted: boolean): void {
    const { negotiated, paths } = this.#core
    if (negotiated === null) return
    this.#core.state = 'established'
    this.#establishedAt = this.#core.now()
    this.#setup.stop()
    paths.begin(this.#establishedAt)
    this.#core.event({ kind: 'up', restarted, outbound: this.outbound, inbound: this.inbound })
    if (negotiated.peerAuth === null) this.#core.event({ kind: 'authentication', key: 0, change: 'none' })
    if (negotiated.adaptation !== null) this.#core.event({ kind: 'adaptation', indication: negotiated.adaptation })
    this.#transfer.feed()
    if (this.#shutdownWanted) this.#core.state = 'shutdown pending'
  }

  /** The peer has begun anew (section 5.2.4.1). False when this end is shutting down. */
  #restart(local: Init): boolean {
    if (this.state === 'shutdown ack sent') {
      this.#core.outbox.queue(writeError(causes.cookieWhileShuttingDown()))
      this.#shutdown.acknowledge()
      this.flush()
      return false
    }
    this.#core.local = local
    this.#core.outbox.clear()
    this.#shutdown.stop()
    this.#core.paths.reset()
    return true
  }

  /** It has ended: no timer is left, and what was not acknowledged has failed. */
  #abandon(cause: number): void {
    this.#setup.stop()
    this.#shutdown.stop()
    this.#transfer.fail(cause)
    this.#reconfiguration = null
    this.#addresses = null
  }
}

function isDue(at: number | null, now: number): boolean {
  return at !== null && at <= now
}

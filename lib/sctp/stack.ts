import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { Association } from './association.ts'
import type { EchoedCookie, InitAnswer } from './collision.ts'
import { type CookieContents, CookieJar } from './cookie.ts'
import { isAcceptable, offer } from './negotiation.ts'
import { type AssociationOwner, type Owner, PortTable } from './ports.ts'
import type { Settings } from './settings.ts'
import { answerToStray } from './stray.ts'
import type { Discard, OutgoingPacket, Ports, Source, Surroundings } from './surroundings.ts'
import { addressParameters, readAsconf } from './wire/asconf.ts'
import { causes, writeAbort, writeError } from './wire/control.ts'
import { type Init, type ReadInit, readInit, writeInit } from './wire/init.ts'
import { CHUNK_HEADER, type Chunk, type Packet, readPacket, writePacket } from './wire/packet.ts'
import { ChunkType } from './wire/registry.ts'

/** What carries packets, as far as the stack has to know it. */
export interface Carrier {
  /** Largest SCTP packet towards an address, in bytes. */
  mtu(address: string, port: number): number
  /** Whether packets can be sent to this address at all, from one of those (none: from any). */
  reachable(address: string, from: readonly string[]): boolean
  /** The address to send from, out of those that a port is bound to (none: all); null: whichever leads there. */
  sourceFor(address: string, bound: readonly string[]): string | null
}

export interface StackOptions {
  readonly clock: Clock
  readonly random: Random
  readonly carrier: Carrier
  /** Called when there is output or a new deadline: the driver then takes both. */
  readonly wake: () => void
}

/** INITs above this are not answered: the cookie holds them, and the answer should fit a packet. */
const LARGEST_INIT = 1024

/**
 * SCTP of one host, without sockets and timers: packets in, packets out, one deadline. It finds the association of a
 * packet, answers INITs without remembering them (RFC 9260 section 5.1) and what comes out of the blue (section 8.4).
 */
export class SctpStack {
  /** What was not heeded, by reason. */
  readonly discards: Record<Discard, number> = {
    malformed: 0,
    checksum: 0,
    tag: 0,
    cookie: 0,
    authentication: 0,
    'out of the blue': 0,
    state: 0,
    window: 0,
    old: 0,
  }
  readonly #options: StackOptions
  readonly #cookies: CookieJar
  readonly #ports: PortTable
  readonly #byPeer = new Map<string, Association>()
  readonly #associations = new Set<Association>()
  /** By this end's verification tag. */
  readonly #byTag = new Map<number, Association>()
  #output: OutgoingPacket[] = []

  constructor(options: StackOptions) {
    this.#options = options
    this.#ports = new PortTable(options.random)
    this.#cookies = new CookieJar(options.random, options.clock.now())
  }

  get associations(): number {
    return this.#associations.size
  }

  get carrier(): Carrier {
    return this.#options.carrier
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Takes a port, or (0) one that is free, for the owner's addresses; null when it is taken or none is left. */
  bind(port: number, owner: Owner): number | null {
    return this.#ports.take(port, owner)
  }

  unbind(port: number, owner: Owner): void {
    this.#ports.release(port, owner)
  }

  /**
   * Begins an association from a bound port; null when there is one with that peer already. `begun` is called before
   * anything happens on it.
   */
  connect(
    localPort: number,
    peerPort: number,
    addresses: readonly [string, ...string[]],
    owner: Owner,
    associationOwner: AssociationOwner,
    settings: Readonly<Settings> = owner.settings,
    begun: (association: Association) => void = () => {},
  ): Association | null {
    if (addresses.some(address => this.#byPeer.has(keyOf(localPort, peerPort, address)))) return null
    const association = this.#create({ localPort, peerPort }, settings, owner, addresses, null)
    this.#owners.set(association, associationOwner)
    begun(association)
    association.connect()
    this.#options.wake()
    return association
  }

  /** The association with a peer, or null. */
  find(localPort: number, peerPort: number, address: string): Association | null {
    return this.#byPeer.get(keyOf(localPort, peerPort, address)) ?? null
  }

  /** What happens on the association goes to another owner from now on (peel-off, accept). */
  handOver(association: Association, owner: AssociationOwner): void {
    this.#owners.set(association, owner)
  }

  /** To be called after an association has been told something: there may be output. */
  touched(): void {
    this.#options.wake()
  }

  /** A packet has come. */
  receive(bytes: Uint8Array, source: Source): void {
    const packet = readPacket(bytes)
    if (typeof packet === 'string') {
      this.#discard(packet)
      return
    }
    this.#dispatch(packet, source)
    this.#options.wake()
  }

  /** What is to be sent; the list is the caller's. */
  takeOutput(): OutgoingPacket[] {
    const output = this.#output
    this.#output = []
    return output
  }

  /** When `onDeadline` has to be called, in milliseconds of the clock; null when nothing is waited for. */
  nextDeadline(): number | null {
    let earliest: number | null = null
    for (const { deadline } of this.#associations) {
      if (deadline !== null && (earliest === null || deadline < earliest)) earliest = deadline
    }
    return earliest
  }

  onDeadline(): void {
    const now = this.#options.clock.now()
    for (const association of [...this.#associations]) {
      const { deadline } = association
      if (deadline !== null && deadline <= now) association.onDeadline()
    }
    this.#options.wake()
  }

  readonly #owners = new WeakMap<Association, AssociationOwner>()

  #dispatch(packet: Packet, source: Source): void {
    const [first, second] = packet.chunks
    const known = this.find(packet.destinationPort, packet.sourcePort, source.address)
    const association = known ?? this.#findByAsconf(packet, first, second)
    if (first?.type === ChunkType.init) {
      // An INIT travels alone, with tag 0 (sections 3.3.2 and 8.5.1).
      if (packet.tag !== 0 || second !== undefined) this.#discard('tag')
      else this.#init(packet, first, source, association)
      return
    }
    const cookieAt = first?.type === ChunkType.cookieEcho ? 0 : second?.type === ChunkType.cookieEcho ? 1 : -1
    if (cookieAt === 0 || (cookieAt === 1 && first?.type === ChunkType.auth)) {
      this.#cookieEcho(packet, cookieAt, source, association)
      return
    }
    if (association === null || this.#isStrayShutdownAck(association, first)) this.#outOfTheBlue(packet, source)
    else association.receive(packet, source)
  }

  /** A peer may announce the very address that it sends from: the chunk names one that is known (RFC 5061 section 4.1.1). */
  #findByAsconf(packet: Packet, first: Chunk | undefined, second: Chunk | undefined): Association | null {
    if (first?.type !== ChunkType.auth || second?.type !== ChunkType.asconf) return null
    const address = readAsconf(second.value)?.address
    return address === undefined ? null : this.find(packet.destinationPort, packet.sourcePort, address)
  }

  /** Before the association is there, a SHUTDOWN ACK belongs to an older one (section 8.5.1 E). */
  #isStrayShutdownAck(association: Association, first: Chunk | undefined): boolean {
    return first?.type === ChunkType.shutdownAck && !association.established
  }

  #init(packet: Packet, chunk: Chunk, source: Source, association: Association | null): void {
    const peer = chunk.value.length > LARGEST_INIT ? null : readInit(chunk.value)
    if (peer === null || peer.tag === 0) {
      this.#discard('malformed')
      return
    }
    const owner = this.#ports.ownerOf(packet.destinationPort, source.destination)
    const answersFor = association !== null || owner?.welcomes === true
    if (owner === undefined || !answersFor) {
      this.#discard('out of the blue')
      this.#reply(packet, source, peer.tag, writeAbort())
      return
    }
    if (!isAcceptable(peer)) {
      this.#reply(packet, source, peer.tag, writeAbort(causes.invalidParameter()))
      return
    }
    if (peer.hostName !== null) {
      this.#reply(packet, source, peer.tag, writeAbort(causes.unresolvableAddress(peer.hostName)))
      return
    }
    const strangers = association === null ? [] : this.#strangers(association, peer)
    if (strangers.length > 0) {
      this.#reply(packet, source, peer.tag, writeAbort(causes.restartWithNewAddresses(addressParameters(strangers))))
      return
    }
    const existing = association === null ? NOTHING_THERE : association.answerInit()
    if (existing === null) return
    this.#initAck(packet, chunk, peer, source, association?.settings ?? owner.settings, owner, existing, association)
  }

  /** All that the answer promises travels in the cookie: nothing is kept here. */
  #initAck(
    packet: Packet,
    chunk: Chunk,
    peer: ReadInit,
    source: Source,
    settings: Readonly<Settings>,
    owner: Owner,
    existing: InitAnswer,
    association: Association | null,
  ): void {
    const own = existing.tags !== null && association !== null ? association.local : null
    const local = own ?? offer(settings, listed(owner), this.#options.random, null, peer)
    const cookie = this.#cookies.seal({
      created: this.#options.clock.now(),
      lifetime: settings.cookieLife,
      localPort: packet.destinationPort,
      peerPort: packet.sourcePort,
      peerInit: chunk.value,
      localInit: writeInit(ChunkType.initAck, local).subarray(CHUNK_HEADER),
      localTieTag: existing.ties.local,
      peerTieTag: existing.ties.peer,
      source: source.address,
      destination: source.destination ?? '',
    })
    this.#reply(packet, source, peer.tag, writeInit(ChunkType.initAck, { ...local, cookie }, peer.unknown))
  }

  /** Addresses of the INIT that the association does not know (sections 5.2.1 and 5.2.2). */
  #strangers(association: Association, peer: ReadInit): string[] {
    // Before the INIT ACK nobody knows the peer's addresses.
    if (association.state === 'cookie wait') return []
    return peer.addresses.filter(address => association.path(address) === null)
  }

  #cookieEcho(packet: Packet, at: number, source: Source, association: Association | null): void {
    const now = this.#options.clock.now()
    const cookie = packet.chunks[at]?.value
    const contents = cookie === undefined ? null : this.#cookies.open(cookie, now)
    const peer = contents === null ? null : readInit(contents.peerInit)
    const local = contents === null ? null : readInit(contents.localInit)
    const belongs =
      contents?.localPort === packet.destinationPort &&
      contents.peerPort === packet.sourcePort &&
      local?.tag === packet.tag
    if (contents === null || peer === null || local === null || !belongs) {
      this.#discard('cookie')
      return
    }
    const late = now - contents.created - contents.lifetime
    const known = association !== null && association.local.tag === local.tag && association.peerTag === peer.tag
    if (late > 0 && !known) {
      this.#reply(packet, source, peer.tag, writeError(causes.staleCookie(late * 1000)))
      return
    }
    const ties = { local: contents.localTieTag, peer: contents.peerTieTag }
    const echoed = { packet, at, source, local, peer, ties }
    if (association === null) this.#begin(echoed, contents)
    else {
      const before = association.local.tag
      association.cookieEchoed(echoed)
      if (association.local.tag !== before && this.#byTag.delete(before))
        this.#byTag.set(association.local.tag, association)
    }
  }

  #begin(echoed: EchoedCookie, contents: CookieContents): void {
    const { packet, source, local, peer } = echoed
    const owner = this.#ports.ownerOf(packet.destinationPort, source.destination)
    if (owner?.welcomes !== true) {
      this.#reply(packet, source, peer.tag, writeAbort())
      return
    }
    const ports = { localPort: packet.destinationPort, peerPort: packet.sourcePort }
    // The address that the INIT ACK went to is proven; it leads (section 5.4).
    const from = contents.destination === '' ? null : contents.destination
    const association = this.#create(ports, owner.settings, owner, [contents.source], local, from)
    association.prepare(peer)
    if (!association.cookieIsAuthentic(packet)) {
      association.dismiss()
      return
    }
    this.#owners.set(association, owner.arrived(association))
    association.accept(echoed)
  }

  #outOfTheBlue(packet: Packet, source: Source): void {
    const association = this.#byTag.get(packet.tag)
    if (association?.localPort === packet.destinationPort && association.peerPort === packet.sourcePort) {
      // Late, from an address that the peer has left since (RFC 5061): an ABORT would end an association that is well.
      this.#discard('old')
      return
    }
    this.#discard('out of the blue')
    const answer = answerToStray(packet, source.address)
    if (answer !== null) this.#reply(packet, source, packet.tag, answer)
  }

  #reply(packet: Packet, source: Source, tag: number, chunk: Uint8Array): void {
    const header = { sourcePort: packet.destinationPort, destinationPort: packet.sourcePort, tag }
    this.#output.push({
      bytes: writePacket(header, [chunk]),
      address: source.address,
      port: source.port,
      from: source.destination,
    })
  }

  #create(
    ports: Ports,
    settings: Readonly<Settings>,
    owner: Owner,
    addresses: readonly [string, ...string[]],
    local: Init | null,
    from: string | null = null,
  ): Association {
    const claims = new Set<string>()
    const { clock, random, carrier } = this.#options
    // Who lists no addresses is known by the one that the first packet leaves from: others would be a stranger's.
    let known = from
    const usable = () => (owner.addresses.length > 0 || known === null ? owner.addresses : [known])
    const around: Surroundings = {
      random,
      now: () => clock.now(),
      transmit: packet => void this.#output.push(packet),
      mtu: (address, port) => carrier.mtu(address, port),
      reachable: address => carrier.reachable(address, usable()),
      sourceFor: address => {
        const source = carrier.sourceFor(address, usable())
        known ??= source
        return source
      },
      localAddresses: () => listed(owner),
      discarded: reason => this.#discard(reason),
      event: event => this.#owners.get(association)?.event(association, event),
      uses: address => usable().length === 0 || usable().includes(address),
      claimable: address => !this.#byPeer.has(keyOf(ports.localPort, ports.peerPort, address)),
      claim: address => void claims.add(address),
      release: address => this.#release(ports, address, association),
      ended: () => {
        this.#associations.delete(association)
        this.#byTag.delete(association.local.tag)
      },
    }
    const association: Association = new Association(ports, settings, around, addresses, local)
    for (const address of claims) this.#claim(ports, address, association)
    around.claim = address => this.#claim(ports, address, association)
    this.#associations.add(association)
    this.#byTag.set(association.local.tag, association)
    return association
  }

  #claim(ports: Ports, address: string, by: Association): void {
    const key = keyOf(ports.localPort, ports.peerPort, address)
    if (!this.#byPeer.has(key)) this.#byPeer.set(key, by)
  }

  #release(ports: Ports, address: string, by: Association): void {
    const key = keyOf(ports.localPort, ports.peerPort, address)
    if (this.#byPeer.get(key) === by) this.#byPeer.delete(key)
  }

  #discard(reason: Discard): void {
    this.discards[reason]++
  }
}

const NOTHING_THERE: InitAnswer = { tags: null, ties: { local: 0, peer: 0 } }

function keyOf(localPort: number, peerPort: number, address: string): string {
  return `${localPort} ${peerPort} ${address}`
}

/** Addresses that an INIT tells: a single one is that of the packet. */
function listed({ addresses }: Owner): readonly string[] {
  return addresses.length > 1 ? addresses : []
}

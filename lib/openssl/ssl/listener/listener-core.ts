import { concat, copy, equal } from '../../../base/bytes.ts'
import { errno, setErrno } from '../../../base/errno.ts'
import { systemRandom } from '../../../base/random.ts'
import { AddressCookies } from '../../../handshake/address-cookies.ts'
import { helloGate, readHelloStart, type VerifiedHello } from '../../../handshake/hello-gate.ts'
import { addressBytes, type Endpoint } from '../../../transport/address.ts'
import { type Lane, OneToMany } from '../../../transport/one-to-many.ts'
import { type Source, turn, Watchers, waitUntil } from '../../../transport/readiness.ts'
import type { ClientHelloStart } from '../../../wire/messages/client-hello.ts'
import type { BIO } from '../../bio/bio.ts'
import { DgramState } from '../../bio/datagram/dgram-state.ts'
import { type Recall, waitFor } from '../../bio/wait.ts'
import { sslClock } from '../../clock.ts'
import { SSL_LISTENER_FLAG_NO_VALIDATE } from '../../constants/ssl-listener.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'
import { SSL_set_bio } from '../bio.ts'
import { openConnection } from '../engine/bridge.ts'
import { cookiesOf } from '../engine/hello-callbacks.ts'
import { SSL_set_accept_state } from '../handshake.ts'
import { SSL_free, SSL_new } from '../new-free.ts'
import type { SSL } from '../ssl.ts'
import { DTLSv1_handle_timeout } from '../timeout.ts'
import { type LaneOwner, newLaneBio } from './listener-bio.ts'
import { type Arrival, receiveFrom, sendTo } from './listener-network.ts'

/**
 * Many DTLS associations on one datagram BIO. What arrives is sorted by the peer's address; a peer without an association
 * must show first that it receives there, and nothing is kept of it until it has (RFC 6347 section 4.2.1).
 *
 * A client that comes back at an address with an association that is established gets a second one beside it, which takes
 * the first one's place when its handshake is complete and not before (RFC 6347 section 4.2.8).
 */
export class Listener implements LaneOwner {
  readonly ssl: SSL
  readonly #cookies: AddressCookies | null
  readonly #lanes = new OneToMany()
  readonly #associations = new Map<Lane, Association>()
  /** Those that nobody has accepted yet, the oldest first. */
  readonly #incoming = new Set<Association>()
  readonly #door = new Watchers()
  #waiting = 0
  #watching = false
  #ended = false
  /** The errno of the read that found the socket's end. */
  #fault = 0

  constructor(ssl: SSL, flags: number) {
    this.ssl = ssl
    const validates = (flags & SSL_LISTENER_FLAG_NO_VALIDATE) === 0
    this.#cookies = validates ? new AddressCookies(sslClock, systemRandom) : null
  }

  get rbio(): BIO | null {
    return this.ssl.rbio
  }

  get wbio(): BIO | null {
    return this.ssl.wbio
  }

  /** Connections that wait to be accepted. */
  get incoming(): number {
    this.#expire()
    return this.#incoming.size
  }

  /** The socket has ended. */
  get ended(): boolean {
    return this.#ended
  }

  /** The oldest connection that waits, with a reference that is the caller's; null for none. */
  accept(): SSL | null {
    this.#expire()
    for (const association of this.#incoming) {
      this.#incoming.delete(association)
      association.accepted = true
      // As long as one of its connections lives the listener has to sort what arrives.
      this.ssl.addReference()
      association.ssl.listener = this
      return association.ssl
    }
    return null
  }

  /**
   * Reads what has arrived, for all, a bounded number of datagrams at a time.
   * @returns false when the socket has ended, and errno says why
   */
  pump(until: () => boolean = () => false): boolean {
    const bio = this.rbio
    if (bio === null) return false
    // What becomes of one peer's datagram is not the error of whoever's call happens to read it.
    ERR_set_mark()
    try {
      for (let left = MAX_READS; left > 0 && !this.#ended && !until(); left--) {
        const arrival = receiveFrom(bio)
        if (arrival === 'empty') break
        if (arrival === 'ended') {
          this.#fault = errno()
          this.#end()
        } else if (arrival !== 'fault') this.#sort(arrival)
      }
    } finally {
      ERR_pop_to_mark()
    }
    if (this.#ended) setErrno(this.#fault)
    return !this.#ended
  }

  pumpFor(lane: Lane): boolean {
    this.#settle(lane.peer)
    return this.pump(() => lane.readable)
  }

  /** Reads what has arrived and sends again what is due, for all. */
  handleEvents(): boolean {
    const alive = this.pump()
    const now = sslClock.now()
    for (const { ssl } of this.#live()) {
      const deadline = ssl.connection?.nextDeadline() ?? null
      if (deadline !== null && deadline <= now) DTLSv1_handle_timeout(ssl)
    }
    return alive
  }

  /** The first of all deadlines, in milliseconds of the clock; null for none. */
  nextDeadline(): number | null {
    let first: number | null = null
    for (const { ssl } of this.#live()) {
      const deadline = ssl.connection?.nextDeadline() ?? null
      if (deadline !== null && (first === null || deadline < first)) first = deadline
    }
    return first
  }

  send(lane: Lane, datagram: Uint8Array): { sent: number; retry: boolean } {
    return this.wbio === null ? { sent: -1, retry: false } : sendTo(this.wbio, datagram, lane.peer)
  }

  whenReadable(lane: Lane, milliseconds: number | null, recall: Recall): Promise<boolean> {
    return this.#attend(() => recall.called || lane.readable || this.#ended, [lane, recall], milliseconds)
  }

  /** True when `accept` is worth trying, false when the time (milliseconds, null for ever) ran out. */
  whenIncoming(milliseconds: number | null): Promise<boolean> {
    return this.#attend(() => this.#incoming.size > 0 || this.#ended, [this.#door], milliseconds)
  }

  async whenWritable(milliseconds: number | null, recall: Recall): Promise<boolean> {
    return this.wbio === null || waitFor(this.wbio, 'write', milliseconds, [recall])
  }

  leave(lane: Lane): void {
    const association = this.#associations.get(lane)
    if (association === undefined) return
    this.#lanes.close(lane)
    this.#associations.delete(lane)
    this.#incoming.delete(association)
    if (association.accepted) SSL_free(this.ssl)
  }

  /** The listener is freed: so is what nobody has accepted. What has been accepted has held it until now. */
  close(): void {
    this.#end()
    for (const { ssl } of [...this.#incoming]) SSL_free(ssl)
  }

  #sort({ data, from }: Arrival): void {
    if (from === null) return
    this.#settle(from)
    const here = this.#at(from)
    const start = readHelloStart(data)
    if (start !== null && !here.some(association => association.began(start))) {
      this.#greet(data, from, start, here.at(-1) ?? null)
      return
    }
    const [first, second] = here
    if (second === undefined) first?.lane.push(data)
    else if (isPlain(data)) second.lane.push(data)
    else {
      // Only the keys tell whose it is; to the other it is noise, which it drops.
      second.lane.push(copy(data))
      first?.lane.push(data)
    }
  }

  /** A hello that none of this address's associations has begun with. */
  #greet(data: Uint8Array, from: Endpoint, start: ClientHelloStart, newest: Association | null): void {
    if (this.#cookies === null) {
      // Nobody has shown anything: what is there already, and is not finished, is worth more.
      if (newest === null || newest.established) this.#admit(from, start, newest, ({ lane }) => lane.push(data))
      return
    }
    const outcome = this.#ask(data, from, start, this.#cookies)
    if (outcome?.kind === 'reply' && this.wbio !== null) sendTo(this.wbio, outcome.datagram, from)
    if (outcome?.kind !== 'verified') return
    const { hello } = outcome
    this.#admit(from, start, newest, ({ ssl }) => continueFrom(ssl, hello))
  }

  /** The context's own cookies, where it has both callbacks. One that throws drops the hello. */
  #ask(data: Uint8Array, from: Endpoint, start: ClientHelloStart, cookies: AddressCookies) {
    const { cookieGenerate, cookieVerify } = this.ssl.ctx
    if (cookieGenerate === null || cookieVerify === null) return helloGate(data, cookies.with(bytesOf(from), start))
    try {
      return helloGate(data, cookiesOf(this.ssl))
    } catch {
      return null
    }
  }

  #admit(
    from: Endpoint,
    start: ClientHelloStart,
    newest: Association | null,
    begin: (association: Association) => void,
  ): void {
    this.#expire()
    if (this.#incoming.size >= MAX_INCOMING) return
    // It has not proven more than the newcomer: a client that was started again need not wait for itself.
    if (newest !== null && !newest.established) this.#abandon(newest)
    const lane = this.#lanes.open(from)
    if (lane === null) return
    const ssl = SSL_new(this.ssl.ctx)
    const bio = newLaneBio(this, lane)
    if (ssl === null || bio === null) {
      this.#lanes.close(lane)
      return
    }
    SSL_set_bio(ssl, bio, bio)
    SSL_set_accept_state(ssl)
    const association = new Association(ssl, lane, start.random, sslClock.now())
    this.#associations.set(lane, association)
    this.#incoming.add(association)
    begin(association)
    this.#door.changed()
  }

  /** Where the newcomer's handshake is complete, what was there before is abandoned (RFC 6347 section 4.2.8). */
  #settle(from: Endpoint): void {
    const [first, second] = this.#at(from)
    if (first !== undefined && second?.established) this.#abandon(first)
  }

  #abandon(association: Association): void {
    this.#lanes.close(association.lane)
    if (!association.accepted) SSL_free(association.ssl)
  }

  /** Who has waited so long to be accepted is no longer there. */
  #expire(): void {
    const oldest = sslClock.now() - MAX_WAIT
    for (const association of this.#incoming) {
      if (association.since >= oldest) return
      this.#abandon(association)
    }
  }

  *#live(): Generator<Association> {
    for (const association of this.#associations.values()) if (!association.lane.failed) yield association
  }

  #at(from: Endpoint): Association[] {
    return this.#lanes.at(from).flatMap(lane => this.#associations.get(lane) ?? [])
  }

  #end(): void {
    this.#ended = true
    for (const lane of this.#associations.keys()) lane.changed()
    this.#door.changed()
  }

  /** Waits for what concerns one while somebody reads the socket for all. */
  async #attend(
    condition: () => boolean,
    sources: readonly Pick<Source, 'watch'>[],
    milliseconds: number | null,
  ): Promise<boolean> {
    if (condition()) return true
    if (this.rbio === null) return true
    if (neverWaits(this.rbio)) {
      await turn()
      this.pump()
      return condition()
    }
    this.#waiting++
    void this.#watch()
    try {
      return await waitUntil(condition, sources, milliseconds)
    } finally {
      this.#waiting--
    }
  }

  /** One reader, as long as anybody waits: many that wait for one socket would all wake with every datagram. */
  async #watch(): Promise<void> {
    if (this.#watching) return
    this.#watching = true
    while (this.#waiting > 0 && !this.#ended && this.rbio !== null) {
      await waitFor(this.rbio, 'read', LONGEST_WATCH)
      this.pump()
      // What is there may not end: timers and other sockets get their turn.
      await turn()
    }
    this.#watching = false
  }
}

/** A connection of a listener, and where its datagrams arrive. */
class Association {
  readonly ssl: SSL
  readonly lane: Lane
  /** Milliseconds of the clock. */
  readonly since: number
  accepted = false
  readonly #random: Uint8Array
  #established = false

  constructor(ssl: SSL, lane: Lane, random: Uint8Array, since: number) {
    this.ssl = ssl
    this.lane = lane
    this.since = since
    this.#random = copy(random)
  }

  /** The peer has completed a handshake, once. */
  get established(): boolean {
    this.#established ||= this.ssl.connection?.established === true
    return this.#established
  }

  /** Whether this is the hello that it began with, come again. */
  began({ random }: ClientHelloStart): boolean {
    return equal(random, this.#random)
  }
}

function continueFrom(ssl: SSL, hello: VerifiedHello): void {
  ssl.connection = openConnection(ssl, 'server')
  ssl.connection.continueFrom({ ...hello, fragment: copy(hello.fragment), rest: copy(hello.rest) })
}

/** The first record is of epoch 0, which no keys protect. */
function isPlain(datagram: Uint8Array): boolean {
  return datagram[3] === 0 && datagram[4] === 0
}

function bytesOf(peer: Endpoint): Uint8Array {
  return concat(addressBytes(peer).bytes, Uint8Array.of(peer.port >> 8, peer.port & 0xff))
}

/** A descriptor with O_NONBLOCK. */
function neverWaits({ ptr }: BIO): boolean {
  return ptr instanceof DgramState && ptr.socket?.nonBlocking === true
}

/** Datagrams read at once: then others get their turn. */
const MAX_READS = 512
/** Connections that wait to be accepted. */
const MAX_INCOMING = 1024
/** How long they do, milliseconds. */
const MAX_WAIT = 30_000
/** Milliseconds after which a reader looks whether anybody still waits: as long it may keep the process alive. */
const LONGEST_WATCH = 250

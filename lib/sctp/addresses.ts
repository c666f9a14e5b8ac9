import { isUnicast } from '../base/ip.ts'
import type { Core, Onward } from './core.ts'
import type { Path } from './paths/path.ts'
import type { Source } from './surroundings.ts'
import {
  type AddressRequest,
  type AddressRequestKind,
  type AddressResult,
  readAsconf,
  readAsconfAck,
  writeAsconf,
  writeAsconfAck,
} from './wire/asconf.ts'
import { MOST_ADDRESSES } from './wire/init.ts'
import type { Chunk } from './wire/packet.ts'
import { Cause } from './wire/registry.ts'
import { advance, isAfter } from './wire/serial.ts'
import { writeTlv } from './wire/tlv.ts'

/** What the peer is told, or asked, about an address of this end. */
export interface AddressChange {
  readonly kind: AddressRequestKind
  readonly address: string
}

/** The request that waits for its answer: one at a time (RFC 5061 section 5.1). */
interface Pending {
  readonly serial: number
  readonly change: AddressChange
  at: number
  /** Where it went last. */
  path: Path
}

/** Bytes of the longest request that is read: the answer repeats what it refuses. */
const LARGEST = 2048
/** Changes that are asked for at once; more would be a flood. */
const MOST_WAITING = 64

/** Addresses that come and go while the association lasts (RFC 5061). */
export class Addresses {
  readonly #core: Core
  /** What was sent to the first path goes to the second. */
  readonly #move: (from: Path, to: Path) => void
  #serial: number
  #peerSerial: number
  /** The answer to the last request of the peer, given again when it comes again. */
  #answer: Uint8Array | null = null
  #pending: Pending | null = null
  readonly #waiting: AddressChange[] = []

  constructor(core: Core, peerTsn: number, move: (from: Path, to: Path) => void) {
    this.#core = core
    this.#move = move
    this.#serial = core.local.tsn
    this.#peerSerial = peerTsn
  }

  /** T4: when the request is sent again, in milliseconds of the clock. */
  get deadline(): number | null {
    return this.#pending?.at ?? null
  }

  /** Tells the peer, as soon as it has answered what it was told before; false when too much waits. */
  request(change: AddressChange): boolean {
    if (this.#waiting.length >= MOST_WAITING) return false
    // Not from the address that goes: the peer would refuse it (section 4.2.2).
    if (change.kind === 'delete') this.#core.paths.leaveLocal(change.address)
    this.#waiting.push(change)
    this.#next()
    return true
  }

  /** ASCONF came, authenticated (section 5.2). */
  asconf(chunk: Chunk, source: Source): Onward {
    const asconf = chunk.value.length > LARGEST ? null : readAsconf(chunk.value)
    if (asconf === null) return this.#core.discard('malformed')
    if (asconf.serial === this.#peerSerial) {
      this.#peerSerial = advance(asconf.serial)
      const results = asconf.requests.map(request => this.#result(request, source))
      // Nothing is said when everything was done (section 4.1.2).
      const told = results.every(({ error }) => error === null) ? [] : results
      this.#answer = writeAsconfAck({ serial: asconf.serial, results: told })
    } else if (asconf.serial !== advance(this.#peerSerial, -1) || this.#answer === null)
      return this.#core.discard('old')
    this.#core.outbox.queue(this.#answer, this.#core.paths.get(source.address))
    return 'next'
  }

  /** ASCONF-ACK came, authenticated. */
  acknowledged(chunk: Chunk): Onward {
    const ack = readAsconfAck(chunk.value)
    if (ack === null) return this.#core.discard('malformed')
    // An answer to what was never asked (section 5.3 D4).
    if (isAfter(ack.serial, advance(this.#serial, -1))) {
      return this.#core.abort(writeTlv(Cause.illegalAsconfAck), Cause.illegalAsconfAck)
    }
    const pending = this.#pending
    if (pending?.serial !== ack.serial) return this.#core.discard('old')
    this.#pending = null
    // What counted against the path and the association is cleared (section 5.1).
    if (this.#core.paths.get(pending.path.address) === pending.path) this.#core.paths.answered(pending.path)
    this.#next()
    return 'next'
  }

  /** The peer does not know ASCONF after all. */
  refused(): void {
    this.#pending = null
    this.#waiting.length = 0
  }

  onDeadline(now: number): void {
    const pending = this.#pending
    if (pending === null || pending.at > now) return
    const path = this.#core.paths.forData
    path.backOff()
    if (this.#core.strike(path)) this.#transmit(pending)
  }

  #next(): void {
    if (this.#pending !== null) return
    const change = this.#waiting.shift()
    if (change === undefined) return
    const serial = this.#serial
    this.#serial = advance(serial)
    const path = this.#core.paths.forData
    this.#pending = { serial, change, at: 0, path }
    this.#transmit(this.#pending)
  }

  #transmit(pending: Pending): void {
    const { serial, change } = pending
    const path = this.#core.paths.forData
    pending.path = path
    pending.at = this.#core.now() + path.rto
    const known = path.local ?? (path.address.includes(':') ? '::' : '0.0.0.0')
    this.#core.outbox.queue(writeAsconf(serial, known, [{ id: serial, ...change }]), path)
  }

  #result({ id, kind, address, parameter }: AddressRequest, source: Source): AddressResult {
    const cause = kind === null ? Cause.unrecognizedParameters : this.#perform(kind, address, source)
    return { id, error: cause === null ? null : writeTlv(cause, parameter) }
  }

  /** The cause of a refusal, or null. */
  #perform(kind: AddressRequestKind, asked: string, source: Source): number | null {
    const wildcard = asked === '0.0.0.0' || asked === '::'
    const address = wildcard ? source.address : asked
    switch (kind) {
      case 'add':
        return this.#add(address, source)
      case 'delete':
        return wildcard ? this.#deleteOthers(address) : this.#delete(address, source)
      case 'set primary':
        return this.#prefer(address)
    }
  }

  #add(address: string, source: Source): number | null {
    const { paths, around } = this.#core
    if (paths.get(address) !== null) return null
    if (!isUnicast(address) || !around.reachable(address)) return Cause.unresolvableAddress
    if (paths.all.length >= MOST_ADDRESSES) return Cause.outOfAddresses
    // Another association's: who adds it would take that one's packets.
    if (!around.claimable(address)) return Cause.notAuthorized
    const path = paths.add(address, 'unconfirmed')
    if (address === source.address) path.port = source.port
    this.#core.event({ kind: 'path', address, change: 'added' })
    // It is not used before it has answered (section 5.3.1, RFC 9260 section 5.4).
    paths.heartbeat(path, this.#core.now())
    return null
  }

  #delete(address: string, source: Source): number | null {
    const path = this.#core.paths.get(address)
    if (path === null) return Cause.unresolvableAddress
    if (this.#core.paths.all.length === 1) return Cause.deleteLastAddress
    if (address === source.address) return Cause.deleteSourceAddress
    this.#remove(path)
    return null
  }

  /** All but the one that the request came from. */
  #deleteOthers(kept: string): number | null {
    const { paths } = this.#core
    if (paths.get(kept) === null) return Cause.unresolvableAddress
    for (const path of paths.all) if (path.address !== kept) this.#remove(path)
    return null
  }

  #prefer(address: string): number | null {
    const { paths } = this.#core
    const path = paths.get(address)
    if (path === null || path.state === 'unconfirmed') return Cause.unresolvableAddress
    paths.primary = path
    this.#core.event({ kind: 'path', address, change: 'made primary' })
    return null
  }

  #remove(path: Path): void {
    this.#move(path, this.#core.paths.remove(path))
    this.#core.event({ kind: 'path', address: path.address, change: 'removed' })
  }
}

import { copy, equal } from '../../base/bytes.ts'
import type { PathChange } from '../events.ts'
import type { Settings } from '../settings.ts'
import type { Source, Surroundings } from '../surroundings.ts'
import { writeHeartbeat } from '../wire/control.ts'
import { u32 } from '../wire/octets.ts'
import { Path, type PathState } from './path.ts'

const HEARTBEAT_NONCE = 16

/** Where heartbeats go. */
export interface PathsWay {
  /** With the next packet to this path. */
  queue(chunk: Uint8Array, path: Path): void
  /** In a packet of exactly so many bytes, at once. */
  probe(path: Path, heartbeat: Uint8Array, size: number): void
}

/** The peer's addresses: which of them is used, and which still answer (RFC 9260 sections 5.4, 6.4, 8.1 to 8.3). */
export class Paths {
  readonly #around: Surroundings
  readonly #settings: Settings
  readonly #way: PathsWay
  readonly #byAddress = new Map<string, Path>()
  #all: readonly Path[] = []
  /** Time-outs in a row, whatever the path. */
  #errors = 0
  primary: Path
  /** Where the last packet came from: answers go there. */
  last: Path

  constructor(settings: Settings, around: Surroundings, addresses: readonly [string, ...string[]], way: PathsWay) {
    this.#settings = settings
    this.#around = around
    this.#way = way
    const [first, ...others] = addresses
    this.primary = this.add(first, 'active')
    this.last = this.primary
    for (const address of others) this.add(address, 'active')
  }

  get all(): readonly Path[] {
    return this.#all
  }

  get(address: string): Path | null {
    return this.#byAddress.get(address) ?? null
  }

  /** The new path of an address, or the one that it has. */
  add(address: string, state: PathState): Path {
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    const { encapsulationPort, pathMtu } = this.#settings
    const mtu = pathMtu > 0 ? pathMtu : this.#around.mtu(address, encapsulationPort)
    const path = new Path(address, encapsulationPort, mtu, this.#settings, state)
    path.local = this.#around.sourceFor(address)
    this.#byAddress.set(address, path)
    this.#all = [...this.#byAddress.values()]
    this.#around.claim(address)
    return path
  }

  /** The peer has left this address, which is not its last. Where data goes now. */
  remove(path: Path): Path {
    this.#byAddress.delete(path.address)
    this.#all = [...this.#byAddress.values()]
    this.#silence(path)
    const [first = path] = this.#all
    if (this.primary === path) this.primary = this.#all.find(({ state }) => state === 'active') ?? first
    if (this.last === path) this.last = this.primary
    return this.forData
  }

  /** This end has left an address: nothing is sent from it any more. */
  leaveLocal(address: string): void {
    for (const path of this.#all) {
      if (path.local === address) path.local = this.#around.sourceFor(path.address)
    }
  }

  /** The smallest packet that any of them takes, in bytes. */
  get mtu(): number {
    return this.#all.reduce((least, { mtu }) => Math.min(least, mtu), Number.POSITIVE_INFINITY)
  }

  /** The earliest of their timers, in milliseconds of the clock; null when none runs. */
  get deadline(): number | null {
    let earliest = Number.POSITIVE_INFINITY
    for (const { t3, heartbeatAt, search } of this.#all) {
      for (const at of [t3, heartbeatAt, search?.deadline ?? null]) if (at !== null && at < earliest) earliest = at
    }
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  /** Where data goes: the primary path while it answers, else another (section 6.4, RFC 7829 section 3.2). */
  get forData(): Path {
    if (this.primary.state === 'active') return this.primary
    return this.#best(this.#all) ?? this.primary
  }

  /** For what was lost: another path that answers where there is one (section 6.4.1). */
  alternative(path: Path): Path {
    return this.#best(this.#all.filter(other => other !== path)) ?? path
  }

  /** An active one; else of those that may have failed the one with the fewest time-outs, that answered last. */
  #best(paths: readonly Path[]): Path | null {
    const active = paths.find(({ state }) => state === 'active')
    if (active !== undefined) return active
    const failing = paths.filter(({ state }) => state === 'potentially failed')
    const [best = null] = failing.sort((a, b) => a.errors - b.errors || b.answeredAt - a.answeredAt)
    return best
  }

  /** Nobody answers here: the next address may. */
  rotate(): void {
    this.last = this.#all[(this.#all.indexOf(this.last) + 1) % this.#all.length] ?? this.last
  }

  /** A packet with the right tag came: its sender's port and our address are learned from it (RFC 6951 section 5.4). */
  heard(source: Source): Path {
    const path = this.get(source.address)
    if (path === null) return this.last
    this.last = path
    path.port = source.port
    // An address that this end has taken away is not used again, whatever still comes to it.
    if (source.destination === null || this.#around.uses(source.destination)) path.local = source.destination
    return path
  }

  /** The peer has acknowledged something that went this way. */
  answered(path: Path): void {
    path.errors = 0
    path.answeredAt = this.#around.now()
    this.#errors = 0
    path.search?.works()
    const { state } = path
    if (state === 'active') return
    path.state = 'active'
    if (state === 'unconfirmed') path.search?.begin(this.#around.now())
    if (state === 'potentially failed' && !this.#settings.exposeFailing) return
    this.#tell(path, state === 'unconfirmed' ? 'confirmed' : 'available')
  }

  /** A time-out counts against the path and the association (sections 8.1 and 8.2). False when that was one too many. */
  strike(path: Path): boolean {
    this.#errors++
    this.#failed(path)
    return this.#errors <= this.#settings.associationRetransmissions
  }

  #failed(path: Path): void {
    path.errors++
    const { maxRetransmissions, failureThreshold } = path.settings
    const works = path.state === 'active' || path.state === 'potentially failed'
    if (works && path.errors > maxRetransmissions) {
      path.state = 'inactive'
      this.#tell(path, 'unreachable')
    } else if (path.state === 'active' && path.errors > failureThreshold && this.#all.length > 1) {
      path.state = 'potentially failed'
      if (this.#settings.exposeFailing) this.#tell(path, 'potentially failed')
      // It is asked at once whether it still works (RFC 7829 section 3.2).
      if (path.heartbeat === null) this.heartbeat(path, this.#around.now())
    }
    if (path === this.primary && path.errors > path.settings.switchThreshold) this.primary = this.forData
  }

  /** The association is established: unconfirmed addresses are probed at once (section 5.4). */
  begin(now: number): void {
    this.#errors = 0
    for (const path of this.#all) {
      path.usedAt = now
      if (path.state !== 'unconfirmed') path.search?.begin(now)
      if (path.state === 'unconfirmed') this.heartbeat(path, now)
      else this.#schedule(path, now)
    }
  }

  heartbeat(path: Path, now: number): void {
    const nonce = this.#around.random(HEARTBEAT_NONCE)
    path.heartbeat = { nonce, sentAt: now }
    path.heartbeatAt = now + path.rto
    this.#way.queue(writeHeartbeat(nonce), path)
  }

  /** A heartbeat is due, or its answer is late. False when that was one time-out too many. */
  heartbeatDue(path: Path, now: number): boolean {
    path.heartbeatAt = null
    if (path.heartbeat !== null) {
      path.heartbeat = null
      path.backOff()
      // On other paths than that of the data it says nothing about the association (section 8.1).
      if (path !== this.forData) this.#failed(path)
      else if (!this.strike(path)) return false
      // It has just been asked again.
      if (path.heartbeat !== null) return true
      if (path.state === 'active' || path.state === 'inactive') {
        this.#schedule(path, now)
        return true
      }
    }
    // Data that is under way is a heartbeat of its own.
    const idle = now - path.usedAt >= path.rto || path.flight === 0
    if (idle || path.state === 'unconfirmed' || path.state === 'inactive') this.heartbeat(path, now)
    else this.#schedule(path, now)
    return true
  }

  /** Searches for the path's MTU from now on; `begin`: the association is established. */
  searchMtu(path: Path, interval: number, begin: boolean): void {
    path.searchMtu(interval)
    if (begin && path.state !== 'unconfirmed') path.search?.begin(this.#around.now())
  }

  /** Sends the next probe for the path's MTU, when it is time. */
  probeDue(path: Path, now: number): void {
    const { search } = path
    if (search === null || search.deadline === null || search.deadline > now) return
    const probe = search.due(now, path.rto, () => copy(this.#around.random(HEARTBEAT_NONCE)))
    if (probe !== null) this.#way.probe(path, writeHeartbeat(probe.nonce), probe.size)
  }

  /** The answer to a heartbeat; false when it answers none. */
  heartbeatAcked(nonce: Uint8Array, now: number): boolean {
    for (const path of this.#all) {
      if (path.search?.answered(nonce, now) === true) {
        this.answered(path)
        return true
      }
      const { heartbeat } = path
      if (heartbeat === null || !equal(heartbeat.nonce, nonce)) continue
      path.measured(now - heartbeat.sentAt)
      path.heartbeat = null
      this.answered(path)
      this.#schedule(path, now)
      return true
    }
    return false
  }

  /** As new, for an association that restarts. */
  reset(): void {
    for (const path of this.#all) path.reset(this.#settings.rtoInitial)
  }

  /** No timer is left, and the addresses are free for other associations. */
  release(): void {
    for (const path of this.#all) this.#silence(path)
  }

  #silence(path: Path): void {
    path.t3 = null
    path.heartbeatAt = null
    path.heartbeat = null
    path.search?.stop()
    this.#around.release(path.address)
  }

  #tell({ address }: Path, change: PathChange): void {
    this.#around.event({ kind: 'path', address, change })
  }

  /** Every RTO + interval, give or take half of the RTO (section 8.3). */
  #schedule(path: Path, now: number): void {
    if (!path.settings.heartbeats && path.state !== 'unconfirmed') {
      path.heartbeatAt = null
      return
    }
    const jitter = u32(this.#around.random(4), 0) / 0xffffffff + 0.5
    path.heartbeatAt = now + path.settings.heartbeatInterval + path.rto * jitter
  }
}

import { equal } from '../base/bytes.ts'
import { Path, type PathState } from './path.ts'
import type { Settings } from './settings.ts'
import type { Source, Surroundings } from './surroundings.ts'
import { writeHeartbeat } from './wire/control.ts'
import { u32 } from './wire/octets.ts'

const HEARTBEAT_NONCE = 16

/** The peer's addresses: which of them is used, and which still answer (RFC 9260 sections 5.4, 6.4, 8.1 to 8.3). */
export class Paths {
  readonly #around: Surroundings
  readonly #settings: Settings
  readonly #send: (chunk: Uint8Array, path: Path) => void
  readonly #byAddress = new Map<string, Path>()
  #all: readonly Path[] = []
  /** Time-outs in a row, whatever the path. */
  #errors = 0
  primary: Path
  /** Where the last packet came from: answers go there. */
  last: Path

  /** `send` takes heartbeats. */
  constructor(
    settings: Settings,
    around: Surroundings,
    addresses: readonly [string, ...string[]],
    send: (chunk: Uint8Array, path: Path) => void,
  ) {
    this.#settings = settings
    this.#around = around
    this.#send = send
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

  /** The smallest packet that any of them takes, in bytes. */
  get mtu(): number {
    return this.#all.reduce((least, { mtu }) => Math.min(least, mtu), Number.POSITIVE_INFINITY)
  }

  /** The earliest of their timers, in milliseconds of the clock; null when none runs. */
  get deadline(): number | null {
    let earliest = Number.POSITIVE_INFINITY
    for (const { t3, heartbeatAt } of this.#all) {
      if (t3 !== null && t3 < earliest) earliest = t3
      if (heartbeatAt !== null && heartbeatAt < earliest) earliest = heartbeatAt
    }
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  /** Where data goes: the primary path while it answers, else another that does (section 6.4). */
  get forData(): Path {
    if (this.primary.state === 'active') return this.primary
    return this.#all.find(path => path.state === 'active') ?? this.primary
  }

  /** For what was lost: another active path where there is one (section 6.4.1). */
  alternative(path: Path): Path {
    return this.#all.find(other => other !== path && other.state === 'active') ?? path
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
    path.local = source.destination
    return path
  }

  /** The peer has acknowledged something that went this way. */
  answered(path: Path): void {
    path.errors = 0
    this.#errors = 0
    if (path.state === 'active') return
    const change = path.state === 'unconfirmed' ? 'confirmed' : 'available'
    path.state = 'active'
    this.#around.event({ kind: 'path', address: path.address, change })
  }

  /** A time-out counts against the path and the association (sections 8.1 and 8.2). False when that was one too many. */
  strike(path: Path): boolean {
    path.errors++
    if (path.errors > path.settings.maxRetransmissions && path.state === 'active') {
      path.state = 'inactive'
      this.#around.event({ kind: 'path', address: path.address, change: 'unreachable' })
    }
    if (path.state !== 'unconfirmed') this.#errors++
    return this.#errors <= this.#settings.associationRetransmissions
  }

  /** The association is established: unconfirmed addresses are probed at once (section 5.4). */
  begin(now: number): void {
    this.#errors = 0
    for (const path of this.#all) {
      path.usedAt = now
      if (path.state === 'unconfirmed') this.heartbeat(path, now)
      else this.#schedule(path, now)
    }
  }

  heartbeat(path: Path, now: number): void {
    const nonce = this.#around.random(HEARTBEAT_NONCE)
    path.heartbeat = { nonce, sentAt: now }
    path.heartbeatAt = now + path.rto
    this.#send(writeHeartbeat(nonce), path)
  }

  /** A heartbeat is due, or its answer is late. False when that was one time-out too many. */
  heartbeatDue(path: Path, now: number): boolean {
    path.heartbeatAt = null
    if (path.heartbeat !== null) {
      path.heartbeat = null
      path.backOff()
      if (!this.strike(path)) return false
      if (path.state !== 'unconfirmed') {
        this.#schedule(path, now)
        return true
      }
    }
    // Data that is under way is a heartbeat of its own.
    const idle = now - path.usedAt >= path.rto || path.state !== 'active' || path.flight === 0
    if (idle) this.heartbeat(path, now)
    else this.#schedule(path, now)
    return true
  }

  /** The answer to a heartbeat; false when it answers none. */
  heartbeatAcked(nonce: Uint8Array, now: number): boolean {
    for (const path of this.#all) {
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
    for (const path of this.#all) {
      path.t3 = null
      path.heartbeatAt = null
      this.#around.release(path.address)
    }
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

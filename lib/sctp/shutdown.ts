import { EMPTY } from '../base/bytes.ts'
import type { Core, Onward } from './core.ts'
import type { Transfer } from './transfer.ts'
import { readShutdown, writeShutdown } from './wire/control.ts'
import { type Chunk, writeChunk } from './wire/packet.ts'
import { ChunkType } from './wire/registry.ts'

/** T2: SHUTDOWN or SHUTDOWN ACK goes again; T5: how long all of it may take. */
interface Timers {
  at: number
  rto: number
  readonly until: number
}

/** The end in good order: nothing that was sent before it is lost (RFC 9260 section 9.2). */
export class Shutdown {
  readonly #core: Core
  readonly #transfer: Transfer
  #timers: Timers | null = null

  constructor(core: Core, transfer: Transfer) {
    this.#core = core
    this.#transfer = transfer
  }

  /** When `onDeadline` has to be called, in milliseconds of the clock. */
  get deadline(): number | null {
    return this.#timers === null ? null : Math.min(this.#timers.at, this.#timers.until)
  }

  stop(): void {
    this.#timers = null
  }

  /** Once everything is acknowledged it goes on. */
  progress(): void {
    if (!this.#transfer.dry) return
    const { state } = this.#core
    if (state === 'shutdown pending') {
      this.#core.state = 'shutdown sent'
      this.#announce()
    } else if (state === 'shutdown received') this.acknowledge()
    else if (state === 'shutdown sent' && this.#transfer.receiver?.sackDue === true) {
      // Data that still comes is answered with both.
      this.#announce()
      if (this.#timers !== null) this.#timers.at = this.#core.now() + this.#timers.rto
    }
  }

  /** SHUTDOWN came. */
  came(chunk: Chunk): Onward {
    const cumulative = readShutdown(chunk.value)
    if (cumulative === null) return this.#core.discard('malformed')
    if (!this.#core.established || this.#core.state === 'shutdown ack sent') return this.#core.discard('state')
    if (this.#transfer.acknowledgedAll(cumulative) === 'stop') return 'stop'
    if (this.#core.state === 'shutdown sent') {
      // Both at once: each takes the other's SHUTDOWN for its own.
      this.acknowledge()
      return 'next'
    }
    if (this.#core.state !== 'shutdown received') {
      this.#core.state = 'shutdown received'
      this.#core.event({ kind: 'shutdown' })
    }
    this.#transfer.settled()
    return 'next'
  }

  /** SHUTDOWN ACK came. */
  acknowledged(): Onward {
    const { state, around, outbox, paths } = this.#core
    if (state !== 'shutdown sent' && state !== 'shutdown ack sent') this.#core.discard('state')
    else {
      around.transmit(outbox.packet(paths.last, writeChunk(ChunkType.shutdownComplete, 0)))
      this.#core.end('complete', 0, null)
    }
    return 'stop'
  }

  /** SHUTDOWN COMPLETE came. */
  completed(): Onward {
    if (this.#core.state === 'shutdown ack sent') this.#core.end('complete', 0, null)
    return 'stop'
  }

  /** Sends SHUTDOWN ACK. */
  acknowledge(): void {
    this.#core.state = 'shutdown ack sent'
    this.#start()
    this.#core.outbox.queue(writeChunk(ChunkType.shutdownAck, 0), this.#core.paths.forData)
  }

  onDeadline(now: number): void {
    const timers = this.#timers
    if (timers === null) return
    if (timers.until <= now) {
      this.#core.abort(EMPTY, 0)
      return
    }
    if (timers.at > now || !this.#core.strike(this.#core.paths.forData)) return
    timers.rto = Math.min(timers.rto * 2, this.#core.settings.rtoMax)
    timers.at = now + timers.rto
    if (this.#core.state === 'shutdown ack sent') this.acknowledge()
    else this.#announce()
  }

  #announce(): void {
    this.#start()
    const { receiver } = this.#transfer
    if (receiver !== null) this.#core.outbox.queue(writeShutdown(receiver.cumulative), this.#core.paths.forData)
  }

  #start(): void {
    const now = this.#core.now()
    const { rto } = this.#core.paths.forData
    this.#timers ??= { at: now + rto, rto, until: now + 5 * this.#core.settings.rtoMax }
  }
}

import { concat } from '../base/bytes.ts'
import type { Outbox } from './outbox.ts'
import type { Paths } from './paths.ts'
import type { Settings } from './settings.ts'
import type { Surroundings } from './surroundings.ts'
import { causes, writeError } from './wire/control.ts'
import { type Init, writeInit } from './wire/init.ts'
import { writeChunk } from './wire/packet.ts'
import { ChunkType } from './wire/registry.ts'

/** T1: sends INIT, then COOKIE ECHO, until each is answered or there were too many (RFC 9260 section 5.1). */
export class Setup {
  readonly #settings: Settings
  readonly #paths: Paths
  readonly #outbox: Outbox
  readonly #around: Surroundings
  /** What is sent until it is answered. */
  #send: (() => void) | null = null
  #at: number | null = null
  #rto = 0
  #attempts = 0
  #staleCookies = 0

  constructor(settings: Settings, paths: Paths, outbox: Outbox, around: Surroundings) {
    this.#settings = settings
    this.#paths = paths
    this.#outbox = outbox
    this.#around = around
  }

  /** When it is sent again, in milliseconds of the clock. */
  get deadline(): number | null {
    return this.#at
  }

  /** Sends the INIT. */
  begin(init: Init): void {
    this.#start(this.#settings.rtoInitial, () => {
      const path = this.#paths.last
      this.#around.transmit(this.#outbox.bare(path, 0, writeInit(ChunkType.init, init)))
    })
  }

  /**
   * Sends the cookie, first in its packet. `unknown`: parameters of the INIT ACK that are reported, with the first one
   * (section 3.2.2).
   */
  echo(cookie: Uint8Array, unknown: readonly Uint8Array[]): void {
    let reported = unknown.length === 0
    this.#start(this.#paths.last.rto, () => {
      const chunks = [writeChunk(ChunkType.cookieEcho, 0, cookie)]
      if (!reported) chunks.push(writeError(causes.unrecognizedParameters(concat(...unknown))))
      reported = true
      this.#around.transmit(this.#outbox.packet(this.#paths.last, ...chunks))
    })
  }

  /** The cookie came too late: once more from the beginning (section 5.2.6). False when that was once too often. */
  stale(init: Init): boolean {
    if (++this.#staleCookies > this.#settings.initAttempts) return false
    this.begin(init)
    return true
  }

  stop(): void {
    this.#send = null
    this.#at = null
  }

  /** Sends it again. False when it has been sent often enough. */
  timedOut(): boolean {
    if (this.#attempts > this.#settings.initAttempts) return false
    const { initTimeout, rtoMax } = this.#settings
    this.#rto = Math.min(this.#rto * 2, initTimeout > 0 ? initTimeout : rtoMax)
    this.#paths.rotate()
    this.#transmit()
    return true
  }

  #start(rto: number, send: () => void): void {
    this.#send = send
    this.#rto = rto
    this.#attempts = 0
    this.#transmit()
  }

  #transmit(): void {
    this.#at = this.#around.now() + this.#rto
    this.#attempts++
    this.#send?.()
  }
}

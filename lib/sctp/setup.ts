import { concat } from '../base/bytes.ts'
import type { Core, Onward } from './core.ts'
import { isAcceptable } from './negotiation.ts'
import { causes, writeAbort, writeError } from './wire/control.ts'
import { type ReadInit, readInit, writeInit } from './wire/init.ts'
import { type Chunk, type Packet, writeChunk } from './wire/packet.ts'
import { Cause, ChunkType, ParameterType } from './wire/registry.ts'

/** The set-up from the side that begins it: T1 sends INIT, then COOKIE ECHO, until each is answered (RFC 9260 section 5.1). */
export class Setup {
  readonly #core: Core
  /** Both ends' parameters are known. */
  readonly #agree: (peer: ReadInit) => void
  /** What is sent until it is answered. */
  #send: (() => void) | null = null
  #at: number | null = null
  #rto = 0
  #attempts = 0
  #staleCookies = 0

  constructor(core: Core, agree: (peer: ReadInit) => void) {
    this.#core = core
    this.#agree = agree
  }

  /** When it is sent again, in milliseconds of the clock. */
  get deadline(): number | null {
    return this.#at
  }

  /** Sends the INIT. */
  begin(): void {
    const { settings, paths, around, outbox, local } = this.#core
    this.#core.state = 'cookie wait'
    this.#start(settings.rtoInitial, () => {
      around.transmit(outbox.bare(paths.last, 0, writeInit(ChunkType.init, local)))
    })
  }

  /** An INIT ACK came. Anywhere else than in the first state it is an old one (section 5.2.3). */
  initAck(chunk: Chunk, packet: Packet): Onward {
    if (this.#core.state !== 'cookie wait' || packet.chunks.length !== 1) {
      this.#core.discard('state')
      return 'stop'
    }
    // Read out of a copy: the parameters are kept.
    const peer = readInit(chunk.value.slice())
    if (peer === null) {
      this.#core.discard('malformed')
      return 'stop'
    }
    // Nobody can be told of it: there is no tag to send under (section 3.3.3).
    if (peer.tag === 0) this.#core.end('cannot start', Cause.protocolViolation, null)
    else if (!isAcceptable(peer)) this.#refuse(peer, causes.invalidParameter(), Cause.invalidParameter)
    else if (peer.hostName !== null) {
      this.#refuse(peer, causes.unresolvableAddress(peer.hostName), Cause.unresolvableAddress)
    } else if (peer.cookie === null) {
      this.#refuse(peer, causes.missingParameters([ParameterType.stateCookie]), Cause.missingParameter)
    } else {
      this.#agree(peer)
      this.#echo(peer.cookie, peer.unknown)
    }
    return 'stop'
  }

  /** The cookie came too late: once more from the beginning (section 5.2.6). */
  stale(): void {
    this.#core.negotiated = null
    if (++this.#staleCookies > this.#core.settings.initAttempts) {
      this.#core.end('cannot start', Cause.staleCookie, null)
    } else this.begin()
  }

  stop(): void {
    this.#send = null
    this.#at = null
  }

  /** Sends it again when it is time, unless it has been sent often enough. */
  onDeadline(now: number): void {
    if (this.#at === null || this.#at > now) return
    const { initAttempts, initTimeout, rtoMax } = this.#core.settings
    if (this.#attempts > initAttempts) {
      this.#core.end('cannot start', 0, null)
      return
    }
    this.#rto = Math.min(this.#rto * 2, initTimeout > 0 ? initTimeout : rtoMax)
    this.#core.paths.rotate()
    this.#transmit()
  }

  #refuse(peer: ReadInit, cause: Uint8Array, number: number): void {
    const { around, outbox, paths } = this.#core
    around.transmit(outbox.bare(paths.last, peer.tag, writeAbort(cause)))
    this.#core.end('cannot start', number, null)
  }

  /** Sends the cookie, first in its packet. `unknown`: parameters of the INIT ACK that are reported once (section 3.2.2). */
  #echo(cookie: Uint8Array, unknown: readonly Uint8Array[]): void {
    const { around, outbox, paths } = this.#core
    this.#core.state = 'cookie echoed'
    let reported = unknown.length === 0
    this.#start(paths.last.rto, () => {
      const chunks = [writeChunk(ChunkType.cookieEcho, 0, cookie)]
      if (!reported) chunks.push(writeError(causes.unrecognizedParameters(concat(...unknown))))
      reported = true
      around.transmit(outbox.packet(paths.last, ...chunks))
    })
  }

  #start(rto: number, send: () => void): void {
    this.#send = send
    this.#rto = rto
    this.#attempts = 0
    this.#transmit()
  }

  #transmit(): void {
    this.#at = this.#core.now() + this.#rto
    this.#attempts++
    this.#send?.()
  }
}

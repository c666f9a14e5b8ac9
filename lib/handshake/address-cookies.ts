import { concat, equal } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { hmac } from '../crypto/hash.ts'
import type { ClientHello, ClientHelloStart } from '../wire/messages/client-hello.ts'
import { u16List, Writer } from '../wire/writer.ts'
import type { CookieExchange } from './config.ts'

/**
 * Cookies that need no memory (RFC 6347 section 4.2.1): the time, and a keyed hash of the time, the peer's address and what
 * the hello says. Bound are the version, the random and the session id, which a first fragment shows already, and where the
 * whole hello is in view its suites and compression methods too. Good for a minute.
 */
export class AddressCookies {
  readonly #clock: Clock
  readonly #secret: Uint8Array

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#secret = random(SECRET_LENGTH)
  }

  /**
   * The exchange with one peer about one hello.
   * @param peer - the bytes of its address and port
   */
  with(peer: Uint8Array, start: ClientHelloStart): CookieExchange {
    return {
      generate: hello => this.#make(this.#seconds, peer, start, hello),
      verify: (cookie, hello) => this.#verify(cookie, peer, start, hello),
    }
  }

  get #seconds(): number {
    return Math.floor(this.#clock.now() / 1000) >>> 0
  }

  #verify(cookie: Uint8Array, peer: Uint8Array, start: ClientHelloStart, hello: ClientHello | null): boolean {
    if (cookie.length !== SHORT && cookie.length !== LONG) return false
    const made = new DataView(cookie.buffer, cookie.byteOffset).getUint32(0)
    const age = this.#seconds - made
    if (age < 0 || age > LIFETIME) return false
    // The cookie makes the second hello longer than the first, which may have been whole when this one is not.
    if (hello === null) return equal(this.#make(made, peer, start, null), cookie.subarray(0, SHORT))
    return equal(this.#make(made, peer, start, cookie.length === LONG ? hello : null), cookie)
  }

  #make(seconds: number, peer: Uint8Array, start: ClientHelloStart, hello: ClientHello | null): Uint8Array {
    const { version, random, sessionId } = start
    const visible = new Writer(128)
      .u32(seconds)
      .vector8(peer)
      .u16(version)
      .bytes(random, 32)
      .vector8(sessionId)
      .finish()
    const short = concat(visible.subarray(0, 4), this.#tag(OF_START, visible))
    if (hello === null) return short
    const rest = new Writer(256).vector16(u16List(hello.cipherSuites)).vector8(hello.compression).finish()
    return concat(short, this.#tag(OF_WHOLE, visible, rest))
  }

  #tag(purpose: number, ...data: readonly Uint8Array[]): Uint8Array {
    return hmac('sha256', this.#secret, Uint8Array.of(purpose), ...data).subarray(0, TAG_LENGTH)
  }
}

const SECRET_LENGTH = 32
const TAG_LENGTH = 16
const SHORT = 4 + TAG_LENGTH
const LONG = SHORT + TAG_LENGTH
/** Seconds. */
const LIFETIME = 60
const OF_START = 0
const OF_WHOLE = 1

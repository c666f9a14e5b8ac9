import { concat, copy, equal, utf8, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { hmac } from '../crypto/hash.ts'
import { setU16, setU32, u16, u32 } from './wire/octets.ts'

/** What an INIT ACK needs to be remembered by its COOKIE ECHO. Times are milliseconds of the clock given. */
export interface CookieContents {
  readonly created: number
  /** Milliseconds. */
  readonly lifetime: number
  readonly localPort: number
  readonly peerPort: number
  /** The values of the INIT that came and of the INIT ACK that answered it. */
  readonly peerInit: Uint8Array
  readonly localInit: Uint8Array
  /** The tags of the association that was there already, else zeros (RFC 9260 section 5.2.1). */
  readonly localTieTag: number
  readonly peerTieTag: number
  /** Where the INIT came from, and the address that it was sent to. */
  readonly source: string
  readonly destination: string
}

const MAC = 32
const FIXED = 30
/** How long a secret signs; it verifies for as long again. Longer than any cookie lives. */
const SECRET_LIFE = 3_600_000

/** Signed state cookies (RFC 9260 section 5.1.3): all that a listener remembers of an INIT travels with the peer. */
export class CookieJar {
  readonly #random: Random
  #secret: Uint8Array
  #before: Uint8Array | null = null
  #since: number

  constructor(random: Random, now: number) {
    this.#random = random
    this.#secret = copy(random(MAC))
    this.#since = now
  }

  seal(contents: CookieContents): Uint8Array {
    this.#rotate(contents.created)
    const body = encode(contents)
    return concat(hmac('sha256', this.#secret, body), body)
  }

  /** The contents, or null when the cookie is not from here. Whether it is stale is the caller's to judge. */
  open(cookie: Uint8Array, now: number): CookieContents | null {
    this.#rotate(now)
    if (cookie.length < MAC + FIXED) return null
    const [mac, body] = [cookie.subarray(0, MAC), cookie.subarray(MAC)]
    const signedBy = (secret: Uint8Array | null) => secret !== null && equal(hmac('sha256', secret, body), mac)
    return signedBy(this.#secret) || signedBy(this.#before) ? decode(body) : null
  }

  wipe(): void {
    wipe(this.#secret, this.#before)
  }

  #rotate(now: number): void {
    if (now - this.#since < SECRET_LIFE) return
    wipe(this.#before)
    this.#before = now - this.#since < 2 * SECRET_LIFE ? this.#secret : null
    this.#secret = copy(this.#random(MAC))
    this.#since = now
  }
}

function encode(contents: CookieContents): Uint8Array {
  const [source, destination] = [utf8(contents.source), utf8(contents.destination)]
  const head = new Uint8Array(FIXED)
  // Six bytes of milliseconds are enough for any clock.
  setU16(head, 0, Math.floor(contents.created / 0x100000000))
  setU32(head, 2, Math.floor(contents.created) % 0x100000000)
  setU32(head, 6, contents.lifetime)
  setU16(head, 10, contents.localPort)
  setU16(head, 12, contents.peerPort)
  setU32(head, 14, contents.localTieTag)
  setU32(head, 18, contents.peerTieTag)
  setU16(head, 22, source.length)
  setU16(head, 24, destination.length)
  setU16(head, 26, contents.peerInit.length)
  setU16(head, 28, contents.localInit.length)
  return concat(head, source, destination, contents.peerInit, contents.localInit)
}

/** Signed bytes are our own and need no checks. */
function decode(body: Uint8Array): CookieContents {
  const lengths = [u16(body, 22), u16(body, 24), u16(body, 26), u16(body, 28)]
  const parts: Uint8Array[] = []
  let at = FIXED
  for (const length of lengths) {
    parts.push(body.slice(at, at + length))
    at += length
  }
  const [source, destination, peerInit, localInit] = parts
  const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
  return {
    created: u16(body, 0) * 0x100000000 + u32(body, 2),
    lifetime: u32(body, 6),
    localPort: u16(body, 10),
    peerPort: u16(body, 12),
    localTieTag: u32(body, 14),
    peerTieTag: u32(body, 18),
    source: text(source),
    destination: text(destination),
    peerInit: peerInit ?? new Uint8Array(0),
    localInit: localInit ?? new Uint8Array(0),
  }
}

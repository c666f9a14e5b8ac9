import { concat, copy, equal, wipe } from '../base/bytes.ts'
import { type HashName, hmac } from '../crypto/hash.ts'
import { MAC_AT, readAuth, writeAuth } from './wire/auth.ts'
import { type AuthParameters, authKeyVector, HMAC_SHA1, HMAC_SHA256 } from './wire/init.ts'

/** HMAC identifiers of RFC 4895 section 3.3, with the hash and its length in bytes. */
export const HMACS: ReadonlyMap<number, { readonly hash: HashName; readonly length: number }> = new Map([
  [HMAC_SHA1, { hash: 'sha1', length: 20 }],
  [HMAC_SHA256, { hash: 'sha256', length: 32 }],
])

interface SharedKey {
  readonly secret: Uint8Array
  /** Of the association: null until both ends' parameters are known. */
  derived: Uint8Array | null
  active: boolean
}

/** What a socket hands on to its associations: key 0 is empty and there from the start (RFC 4895 section 6.1). */
export interface KeySettings {
  readonly secrets: ReadonlyMap<number, Uint8Array>
  readonly active: number
}

/** The endpoint pair shared keys of an association, and the HMACs made with them (RFC 4895). */
export class AuthKeys {
  readonly #keys = new Map<number, SharedKey>()
  #vectors: Uint8Array | null = null
  #active = 0

  constructor(settings: KeySettings | null = null) {
    this.set(0, new Uint8Array(0))
    for (const [number, secret] of settings?.secrets ?? []) this.set(number, secret)
    this.#active = settings?.active ?? 0
  }

  /** The number under which chunks are sent now. */
  get active(): number {
    return this.#active
  }

  get settings(): KeySettings {
    return { secrets: new Map([...this.#keys].map(([number, key]) => [number, key.secret])), active: this.#active }
  }

  /** Both ends' parameters are known: from now on packets can be signed and verified. */
  agree(local: AuthParameters, peer: AuthParameters): void {
    const [a, b] = [authKeyVector(local), authKeyVector(peer)]
    this.#vectors = compareVectors(a, b) <= 0 ? concat(a, b) : concat(b, a)
    for (const key of this.#keys.values()) {
      wipe(key.derived)
      key.derived = null
    }
  }

  /** Adds a key or replaces its bytes. */
  set(number: number, secret: Uint8Array): void {
    const known = this.#keys.get(number)
    wipe(known?.secret, known?.derived)
    this.#keys.set(number, { secret: copy(secret), derived: null, active: known?.active ?? true })
  }

  has(number: number): boolean {
    return this.#keys.has(number)
  }

  /** Present and not deactivated: good for sending. */
  usable(number: number): boolean {
    return this.#keys.get(number)?.active === true
  }

  activate(number: number): boolean {
    if (!this.usable(number)) return false
    this.#active = number
    return true
  }

  /** No new chunks under this key; it still verifies. */
  deactivate(number: number): boolean {
    const key = this.#keys.get(number)
    if (key === undefined || number === this.#active) return false
    key.active = false
    return true
  }

  delete(number: number): boolean {
    const key = this.#keys.get(number)
    if (key === undefined || number === this.#active) return false
    wipe(key.secret, key.derived)
    this.#keys.delete(number)
    return true
  }

  /** An AUTH chunk with zeros in the HMAC's place. `sign` fills it in when the packet is complete. */
  blank(number: number, hmacId: number): Uint8Array {
    return writeAuth(number, hmacId, HMACS.get(hmacId)?.length ?? 0)
  }

  /** Fills in the AUTH chunk that stands at `at`: the HMAC covers it and everything behind it. */
  sign(packet: Uint8Array, at: number, number: number, hmacId: number): void {
    const key = this.#derived(number)
    const algorithm = HMACS.get(hmacId)
    if (key === null || algorithm === undefined) throw new Error(`no key ${number} to authenticate with`)
    packet.set(hmac(algorithm.hash, key, packet.subarray(at)), at + MAC_AT)
  }

  /** Whether an AUTH chunk at `at` covers what follows; the bytes are left as they are. */
  verify(packet: Uint8Array, at: number, value: Uint8Array): AuthVerdict {
    const auth = readAuth(value)
    if (auth === null) return { result: 'malformed' }
    const algorithm = HMACS.get(auth.hmac)
    if (algorithm === undefined) return { result: 'unsupported', hmac: auth.hmac }
    if (auth.mac.length !== algorithm.length) return { result: 'malformed' }
    const key = this.#derived(auth.key)
    if (key === null) return { result: 'wrong' }
    const from = at + MAC_AT
    const zeros = new Uint8Array(algorithm.length)
    const expected = hmac(algorithm.hash, key, packet.subarray(at, from), zeros, packet.subarray(from + zeros.length))
    return equal(expected, auth.mac) ? { result: 'right', key: auth.key } : { result: 'wrong' }
  }

  wipe(): void {
    for (const key of this.#keys.values()) wipe(key.secret, key.derived)
    this.#keys.clear()
    wipe(this.#vectors)
    this.#vectors = null
  }

  /** The association shared key: the secret, then both vectors in numerical order (RFC 4895 section 6.1). */
  #derived(number: number): Uint8Array | null {
    const key = this.#keys.get(number)
    if (key === undefined || this.#vectors === null) return null
    key.derived ??= concat(key.secret, this.#vectors)
    return key.derived
  }
}

export type AuthVerdict =
  | { readonly result: 'right'; readonly key: number }
  | { readonly result: 'wrong' | 'malformed' }
  | { readonly result: 'unsupported'; readonly hmac: number }

/** As unsigned numbers; of equal ones the shorter is the smaller (RFC 4895 section 6.1). */
function compareVectors(a: Uint8Array, b: Uint8Array): number {
  const [x, y] = [withoutZeros(a), withoutZeros(b)]
  if (x.length !== y.length) return x.length - y.length
  for (let i = 0; i < x.length; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let from = 0
  while (bytes[from] === 0) from++
  return bytes.subarray(from)
}

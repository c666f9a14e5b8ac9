import { concat, copy, equal, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { decryptAesCbc, encryptAesCbc } from '../crypto/aes-cbc.ts'
import { hmac } from '../crypto/hash.ts'

/**
 * Tickets as RFC 5077 section 4 recommends and OpenSSL makes them: the name of the keys (16 bytes), an IV (16), the sealed
 * state (AES-256-CBC) and a MAC over all of it (HMAC-SHA-256, 32).
 */
export class TicketKeys {
  /** 16 bytes, public. */
  readonly name: Uint8Array
  readonly #macKey: Uint8Array
  readonly #key: Uint8Array

  /** `bytes`: name (16), MAC key (32) and cipher key (32), as SSL_CTX_set_tlsext_ticket_keys has them; copied. */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== TICKET_KEYS_LENGTH) throw new RangeError(`${bytes.length} bytes are no ticket keys`)
    this.name = copy(bytes.subarray(0, NAME))
    this.#macKey = copy(bytes.subarray(NAME, NAME + MAC_KEY))
    this.#key = copy(bytes.subarray(NAME + MAC_KEY))
  }

  static generate(random: Random): TicketKeys {
    const bytes = random(TICKET_KEYS_LENGTH)
    const keys = new TicketKeys(bytes)
    wipe(bytes)
    return keys
  }

  /** The 80 bytes that it was made from. */
  export(): Uint8Array {
    return concat(this.name, this.#macKey, this.#key)
  }

  /** These keys made the ticket, or somebody says so. */
  made(ticket: Uint8Array): boolean {
    return ticket.length > OVERHEAD && equal(ticket.subarray(0, NAME), this.name)
  }

  seal(state: Uint8Array, random: Random): Uint8Array {
    const iv = random(IV)
    const authenticated = concat(this.name, iv, encryptAesCbc(this.#key, iv, state))
    return concat(authenticated, hmac('sha256', this.#macKey, authenticated))
  }

  /** The sealed state; null when these keys have not made the ticket or it was changed. The caller wipes it. */
  open(ticket: Uint8Array): Uint8Array | null {
    if (!this.made(ticket)) return null
    const authenticated = ticket.subarray(0, -MAC)
    if (!equal(ticket.subarray(-MAC), hmac('sha256', this.#macKey, authenticated))) return null
    return decryptAesCbc(this.#key, authenticated.subarray(NAME, NAME + IV), authenticated.subarray(NAME + IV))
  }

  wipe(): void {
    wipe(this.#macKey, this.#key)
  }
}

/** The longest state that a ticket may hold, in bytes, as in OpenSSL: NewSessionTicket has two bytes for its length. */
export const MAX_TICKET_STATE = 0xff00
export const TICKET_KEYS_LENGTH = 80

const NAME = 16
const IV = 16
const MAC_KEY = 32
const MAC = 32
const OVERHEAD = NAME + IV + MAC

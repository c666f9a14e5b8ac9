import { type CipherSuite, SUITES } from '../../../../crypto/suites.ts'
import { ANY, type CipherPattern, matches } from './cipher-pattern.ts'

interface Entry {
  readonly suite: CipherSuite
  readonly active: boolean
}

/**
 * The list that a cipher string works on: every suite in one order, some of them active. A rule moves the suites it
 * matches, in the order they are in, to one of the ends.
 */
export class CipherOrder {
  #entries: readonly Entry[]

  /** A list in OpenSSL's order of preference with nothing active. */
  constructor(suites: readonly CipherSuite[] = PREFERENCE) {
    this.#entries = suites.map(suite => ({ suite, active: false }))
  }

  /** The active suites, best first. */
  get active(): CipherSuite[] {
    return this.#entries.filter(entry => entry.active).map(entry => entry.suite)
  }

  /** Every suite still in the list, active or not. */
  get all(): CipherSuite[] {
    return this.#entries.map(entry => entry.suite)
  }

  /** No sign: what is not active yet becomes active at the end. */
  add(pattern: CipherPattern): void {
    const [rest, chosen] = this.#split(entry => !entry.active && matches(entry.suite, pattern))
    this.#entries = [...rest, ...chosen.map(({ suite }) => ({ suite, active: true }))]
  }

  /** `+`: what is active moves to the end. */
  moveToEnd(pattern: CipherPattern): void {
    const [rest, chosen] = this.#split(entry => entry.active && matches(entry.suite, pattern))
    this.#entries = [...rest, ...chosen]
  }

  /** What is active moves to the front; no cipher string can ask for it. */
  moveToFront(pattern: CipherPattern): void {
    const [rest, chosen] = this.#split(entry => entry.active && matches(entry.suite, pattern))
    this.#entries = [...chosen, ...rest]
  }

  /** `-`: what is active is no longer, and comes first when it is added again. */
  remove(pattern: CipherPattern): void {
    const [rest, chosen] = this.#split(entry => entry.active && matches(entry.suite, pattern))
    this.#entries = [...chosen.map(({ suite }) => ({ suite, active: false })), ...rest]
  }

  /** `!`: gone for the rest of the string. */
  kill(pattern: CipherPattern): void {
    this.#entries = this.#entries.filter(entry => !matches(entry.suite, pattern))
  }

  /** `@STRENGTH`: the active ones by falling strength, after the others; equal ones keep their order. */
  sortByStrength(): void {
    const [rest, chosen] = this.#split(entry => entry.active)
    this.#entries = [...rest, ...chosen.toSorted((a, b) => b.suite.strengthBits - a.suite.strengthBits)]
  }

  #split(choose: (entry: Entry) => boolean): [rest: Entry[], chosen: Entry[]] {
    return [this.#entries.filter(entry => !choose(entry)), this.#entries.filter(choose)]
  }
}

/**
 * The order from which every cipher string starts, made by the rules of OpenSSL 3.0 from the falling suite numbers. Its rules
 * for MD5, for RC4 and for forward secrecy with AEAD are not here: with these suites they would move nothing.
 */
const PREFERENCE = preference()

function preference(): readonly CipherSuite[] {
  const order = new CipherOrder(SUITES.toReversed())
  // Everything else equal: ECDHE first, ECDSA before RSA.
  order.add({ keyExchange: ['ecdhe'], authentication: ['ecdsa'] })
  order.add({ keyExchange: ['ecdhe'] })
  order.remove({ keyExchange: ['ecdhe'] })
  // GCM before ChaCha20 before the other modes of AES before the rest.
  order.add({ cipher: ['aes-128-gcm', 'aes-256-gcm'] })
  order.add({ cipher: ['chacha20-poly1305'] })
  order.add({
    cipher: ['aes-128-cbc', 'aes-256-cbc', 'aes-128-ccm', 'aes-256-ccm', 'aes-128-ccm-8', 'aes-256-ccm-8'],
  })
  order.add(ANY)
  order.moveToEnd({ authentication: ['none'] })
  order.moveToEnd({ keyExchange: ['rsa'] })
  order.moveToEnd({ keyExchange: ['psk'] })
  order.sortByStrength()
  // Whatever the strength: forward secrecy with AEAD, forward secrecy, AEAD, what TLS 1.2 brought, the rest.
  order.moveToFront({ version: ['TLSv1.2'] })
  order.moveToFront({ mac: ['aead'] })
  order.moveToFront({ keyExchange: ['dhe', 'ecdhe'] })
  return order.all
}

import type { CipherSuite } from '../../../../crypto/suites.ts'
import {
  SSL_CERT_FLAG_SUITEB_128_LOS,
  SSL_CERT_FLAG_SUITEB_128_LOS_ONLY,
  SSL_CERT_FLAG_SUITEB_192_LOS,
} from '../../../constants/ssl.ts'
import { CipherOrder } from './cipher-order.ts'
import { ANY, type CipherPattern, intersect, patternOf } from './cipher-pattern.ts'

/** Suite B (RFC 6460) as one of the `SSL_CERT_FLAG_SUITEB_*` flags; 0 when it is off. */
export type SuiteB =
  | 0
  | typeof SSL_CERT_FLAG_SUITEB_128_LOS
  | typeof SSL_CERT_FLAG_SUITEB_128_LOS_ONLY
  | typeof SSL_CERT_FLAG_SUITEB_192_LOS

export interface CipherList {
  /** Suites of TLS 1.2 and below, best first. */
  readonly suites: CipherSuite[]
  /** What the last `@SECLEVEL=` asked for, 0 to 5; null when none did. */
  readonly securityLevel: number | null
}

/** All that happens in OpenSSL while it reads a cipher string, also when the call fails. */
export interface CipherListReading extends CipherList {
  /**
   * How often `SSL_R_INVALID_COMMAND` is queued. Above 0 the call fails and the list in use stays. At 0 with no suites it
   * fails with `SSL_R_NO_CIPHER_MATCH` and the list in use becomes empty. The level applies in every case.
   */
  readonly invalidCommands: number
  /** The Suite B flag from now on; it outlives later cipher strings. */
  readonly suiteB: SuiteB
}

/**
 * Reads a cipher string (openssl-ciphers(1), `SSL_CTX_set_cipher_list`). Null when it holds an invalid command or nothing
 * matched; names that are not known are passed over. TLS 1.3 suites are no part of it: see `parseCiphersuites`.
 */
export function parseCipherList(text: string): CipherList | null {
  const { suites, securityLevel, invalidCommands } = readCipherList(text)
  return invalidCommands > 0 || suites.length === 0 ? null : { suites, securityLevel }
}

/**
 * Reads a cipher string and tells everything about it.
 * @param suiteB the flag that an earlier cipher string left behind: when it is set, every string means that suite set
 */
export function readCipherList(text: string, suiteB: SuiteB = 0): CipherListReading {
  const mode = SUITE_B.find(({ word }) => text.startsWith(word)) ?? SUITE_B.findLast(({ flag }) => flag === suiteB)
  const reader = new RuleReader()
  const rules = mode?.suites ?? text
  if (!rules.startsWith('DEFAULT')) reader.read(rules)
  else if (reader.read(DEFAULT)) reader.read(rules.slice('DEFAULT'.length).replace(/^:/, ''))
  return {
    suites: reader.invalidCommands > 0 ? [] : reader.order.active,
    securityLevel: reader.securityLevel,
    invalidCommands: reader.invalidCommands,
    suiteB: mode?.flag ?? 0,
  }
}

/** `OSSL_default_cipher_list()`. Only a leading `DEFAULT` means it; elsewhere the word is unknown. */
const DEFAULT = 'ALL:!COMPLEMENTOFDEFAULT:!eNULL'

// The words are prefixes, so the longer ones come first. The last of a flag is what the flag alone means.
const SUITE_B: readonly { word: string; flag: SuiteB; suites: string }[] = [
  { word: 'SUITEB128ONLY', flag: SSL_CERT_FLAG_SUITEB_128_LOS_ONLY, suites: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
  { word: 'SUITEB128C2', flag: SSL_CERT_FLAG_SUITEB_128_LOS, suites: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
  {
    word: 'SUITEB128',
    flag: SSL_CERT_FLAG_SUITEB_128_LOS,
    suites: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384',
  },
  { word: 'SUITEB192', flag: SSL_CERT_FLAG_SUITEB_192_LOS, suites: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
]

/** Applies the rules of a cipher string, one after the other, to a list in its initial order. */
class RuleReader {
  readonly order = new CipherOrder()
  securityLevel: number | null = null
  invalidCommands = 0
  #text = ''
  #at = 0

  /** False when a character was met that can begin no rule; what follows it is not read. */
  read(text: string): boolean {
    this.#text = text
    this.#at = 0
    for (;;) {
      this.#take(/[: ;,]*/y)
      if (this.#at === text.length) return true
      const sign = this.#take(/[-+!@]?/y)
      const understood = sign === '@' ? this.#command() : this.#rule(sign)
      if (!understood) {
        this.invalidCommands += 1
        return false
      }
    }
  }

  /** `@STRENGTH` or `@SECLEVEL=n`. A wrong one fails the call in the end, yet the rules after it still run. */
  #command(): boolean {
    const word = this.#word()
    if (word === '') return false
    const level = /^SECLEVEL=([0-5])$/.exec(word)?.[1]
    if (word === 'STRENGTH') this.order.sortByStrength()
    else if (level !== undefined) this.securityLevel = Number(level)
    else this.invalidCommands += 1
    this.#skipRule()
    return true
  }

  /** Words joined by `+`. One unknown word, or conditions that exclude each other, and the rule is passed over. */
  #rule(sign: string): boolean {
    let pattern = ANY
    do {
      const word = this.#word()
      if (word === '') return false
      const next = patternOf(word)
      const both = next ? intersect(pattern, next) : null
      if (both === null) {
        this.#skipRule()
        return true
      }
      pattern = both
    } while (this.#take(/\+?/y) !== '')
    this.#apply(sign, pattern)
    return true
  }

  #apply(sign: string, pattern: CipherPattern): void {
    if (sign === '-') this.order.remove(pattern)
    else if (sign === '+') this.order.moveToEnd(pattern)
    else if (sign === '!') this.order.kill(pattern)
    else this.order.add(pattern)
  }

  #word(): string {
    return this.#take(/[A-Za-z0-9.=-]*/y)
  }

  /** To the next separator: a rule need not end at one, as in `AES!SHA1`, but one that is passed over does. */
  #skipRule(): void {
    this.#take(/[^: ;,]*/y)
  }

  #take(form: RegExp): string {
    form.lastIndex = this.#at
    const taken = form.exec(this.#text)?.[0] ?? ''
    this.#at += taken.length
    return taken
  }
}

import {
  type CipherSuite,
  SUITES,
  suiteById,
  TLS13_CCM_SUITES,
  TLS13_SUITES,
  type Tls13Suite,
} from '../../../crypto/suites.ts'
import { Scsv } from '../../../wire/registry.ts'

/** A cipher suite, opaque (SSL_CIPHER_get_name(3)). There is one object for each suite: programs compare them with `===`. */
export class SSL_CIPHER {
  /** The two bytes of the wire as one number. */
  readonly id: number
  /** OpenSSL's name. */
  readonly name: string
  /** The IANA name. */
  readonly standardName: string
  /** Null for the values that only signal (RFC 5746, RFC 7507). */
  readonly suite: CipherSuite | Tls13Suite | null

  constructor(id: number, name: string, standardName: string, suite: CipherSuite | Tls13Suite | null) {
    this.id = id
    this.name = name
    this.standardName = standardName
    this.suite = suite
  }
}

/** The object that stands for a suite. */
export function cipherOf(suite: CipherSuite | Tls13Suite): SSL_CIPHER {
  const cipher = byId.get(suite.id)
  if (cipher === undefined) throw new TypeError(`${suite.name}: not in the table of suites`)
  return cipher
}

/** The object for a number on the wire, signalling values among them; null when it is not known. */
export function cipherById(id: number): SSL_CIPHER | null {
  return byId.get(id) ?? null
}

/** The object with an IANA name; null when it is not known. */
export function cipherByStandardName(name: string): SSL_CIPHER | null {
  return [...byId.values()].find(cipher => cipher.standardName === name) ?? null
}

/** The objects for a peer's list, without what is not known and what only signals. */
export function ciphersOfPeer(ids: readonly number[]): SSL_CIPHER[] {
  return ids.flatMap(id => {
    const suite = suiteById(id)
    return suite === undefined ? [] : [cipherOf(suite)]
  })
}

const SIGNALS = [
  new SSL_CIPHER(
    Scsv.emptyRenegotiationInfo,
    'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
    'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
    null,
  ),
  new SSL_CIPHER(Scsv.fallback, 'TLS_FALLBACK_SCSV', 'TLS_FALLBACK_SCSV', null),
]

const byId: ReadonlyMap<number, SSL_CIPHER> = new Map(
  [
    ...[...TLS13_SUITES, ...TLS13_CCM_SUITES, ...SUITES].map(
      suite => new SSL_CIPHER(suite.id, suite.openssl, suite.name, suite),
    ),
    ...SIGNALS,
  ].map(cipher => [cipher.id, cipher]),
)

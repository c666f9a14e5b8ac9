import {
  type Authentication,
  type BulkCipher,
  type CipherSuite,
  type KeyExchange,
  type Mac,
  SUITES,
  suiteByOpensslName,
} from '../../../../crypto/suites.ts'

type StrengthClass = CipherSuite['level'] | 'fips'

/** What a suite must be. An absent list sets no condition; a suite needs one value of each list that is there. */
export interface CipherPattern {
  readonly keyExchange?: readonly KeyExchange[] | undefined
  readonly authentication?: readonly Authentication[] | undefined
  readonly cipher?: readonly BulkCipher[] | undefined
  readonly mac?: readonly Mac[] | undefined
  readonly version?: readonly CipherSuite['minTlsName'][] | undefined
  readonly strength?: readonly StrengthClass[] | undefined
  readonly notDefault?: true | undefined
}

/** The pattern that every suite matches. */
export const ANY: CipherPattern = {}

/** The pattern of one word of a cipher string: an alias such as `kECDHE` or a suite's OpenSSL name; undefined if neither. */
export function patternOf(word: string): CipherPattern | undefined {
  const suite = suiteByOpensslName(word)
  return suite ? patternOfSuite(suite) : aliases.get(word)
}

/** Both patterns at once, as `+` joins them; null when a condition has become one that no suite can meet. */
export function intersect(first: CipherPattern, second: CipherPattern): CipherPattern | null {
  // The first strength class of a rule wipes out an earlier COMPLEMENTOFDEFAULT; 3.0 does so, and the order shows.
  const forgotten = first.strength === undefined && second.strength !== undefined
  const both = {
    keyExchange: common(first.keyExchange, second.keyExchange),
    authentication: common(first.authentication, second.authentication),
    cipher: common(first.cipher, second.cipher),
    mac: common(first.mac, second.mac),
    version: common(first.version, second.version),
    strength: common(first.strength, second.strength),
    notDefault: second.notDefault ?? (forgotten ? undefined : first.notDefault),
  }
  const lists = [both.keyExchange, both.authentication, both.cipher, both.mac, both.version, both.strength]
  return lists.some(list => list?.length === 0) ? null : both
}

export function matches(suite: CipherSuite, pattern: CipherPattern): boolean {
  return (
    allows(pattern.keyExchange, suite.keyExchange) &&
    allows(pattern.authentication, suite.authentication) &&
    allows(pattern.cipher, suite.cipher) &&
    allows(pattern.mac, suite.mac) &&
    allows(pattern.version, suite.minTlsName) &&
    (pattern.strength === undefined || strengthClasses(suite).some(value => pattern.strength?.includes(value))) &&
    (pattern.notDefault === undefined || suite.notDefault)
  )
}

/** Key exchange, authentication, cipher and MAC name a suite completely; its version is no part of the search. */
function patternOfSuite(suite: CipherSuite): CipherPattern {
  return {
    keyExchange: [suite.keyExchange],
    authentication: [suite.authentication],
    cipher: [suite.cipher],
    mac: [suite.mac],
    strength: strengthClasses(suite),
    notDefault: suite.notDefault ? true : undefined,
  }
}

function strengthClasses(suite: CipherSuite): readonly StrengthClass[] {
  return suite.fips ? [suite.level, 'fips'] : [suite.level]
}

function common<T>(first: readonly T[] | undefined, second: readonly T[] | undefined): readonly T[] | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return first.filter(value => second.includes(value))
}

function allows<T>(list: readonly T[] | undefined, value: T): boolean {
  return list === undefined || list.includes(value)
}

function ciphers(form: RegExp): { cipher: BulkCipher[] } {
  return { cipher: [...new Set(SUITES.map(suite => suite.cipher))].filter(cipher => form.test(cipher)) }
}

const encrypted = ciphers(/^(?!null$)/)
const unencrypted = ciphers(/^null$/)
const authenticated: Authentication[] = ['rsa', 'ecdsa', 'psk', 'dss']

// Those of openssl-ciphers(1) for which 3.0 has suites. A name without any (RC4, SEED, GOST94, SRP ...) is like an unknown one.
const aliases: ReadonlyMap<string, CipherPattern> = new Map<string, CipherPattern>(
  Object.entries({
    ALL: encrypted,
    COMPLEMENTOFALL: unencrypted,
    COMPLEMENTOFDEFAULT: { notDefault: true },

    kRSA: { keyExchange: ['rsa'] },
    kDHE: { keyExchange: ['dhe'] },
    kEDH: { keyExchange: ['dhe'] },
    DH: { keyExchange: ['dhe'] },
    kECDHE: { keyExchange: ['ecdhe'] },
    kEECDH: { keyExchange: ['ecdhe'] },
    ECDH: { keyExchange: ['ecdhe'] },
    kPSK: { keyExchange: ['psk'] },
    kRSAPSK: { keyExchange: ['rsa-psk'] },
    kDHEPSK: { keyExchange: ['dhe-psk'] },
    kECDHEPSK: { keyExchange: ['ecdhe-psk'] },
    PSK: { keyExchange: ['psk', 'rsa-psk', 'dhe-psk', 'ecdhe-psk'] },

    aRSA: { authentication: ['rsa'] },
    aECDSA: { authentication: ['ecdsa'] },
    ECDSA: { authentication: ['ecdsa'] },
    aPSK: { authentication: ['psk'] },
    aDSS: { authentication: ['dss'] },
    DSS: { authentication: ['dss'] },
    aNULL: { authentication: ['none'] },

    RSA: { keyExchange: ['rsa'], authentication: ['rsa'] },
    DHE: { keyExchange: ['dhe'], authentication: authenticated },
    EDH: { keyExchange: ['dhe'], authentication: authenticated },
    ECDHE: { keyExchange: ['ecdhe'], authentication: authenticated },
    EECDH: { keyExchange: ['ecdhe'], authentication: authenticated },
    ADH: { keyExchange: ['dhe'], authentication: ['none'] },
    AECDH: { keyExchange: ['ecdhe'], authentication: ['none'] },

    eNULL: unencrypted,
    NULL: unencrypted,
    AES: ciphers(/^aes-/),
    AES128: ciphers(/^aes-128-/),
    AES256: ciphers(/^aes-256-/),
    AESGCM: ciphers(/^aes-...-gcm$/),
    AESCCM: ciphers(/^aes-...-ccm/),
    AESCCM8: ciphers(/^aes-...-ccm-8$/),
    CHACHA20: ciphers(/^chacha20-/),
    CAMELLIA: ciphers(/^camellia-/),
    CAMELLIA128: ciphers(/^camellia-128-/),
    CAMELLIA256: ciphers(/^camellia-256-/),
    ARIA: ciphers(/^aria-/),
    ARIAGCM: ciphers(/^aria-...-gcm$/),
    ARIA128: ciphers(/^aria-128-/),
    ARIA256: ciphers(/^aria-256-/),
    CBC: ciphers(/-cbc$/),

    MD5: { mac: ['md5'] },
    SHA: { mac: ['sha1'] },
    SHA1: { mac: ['sha1'] },
    SHA256: { mac: ['sha256'] },
    SHA384: { mac: ['sha384'] },

    SSLv3: { version: ['SSLv3'] },
    TLSv1: { version: ['TLSv1.0'] },
    'TLSv1.0': { version: ['TLSv1.0'] },
    'TLSv1.2': { version: ['TLSv1.2'] },

    HIGH: { strength: ['high'] },
    MEDIUM: { strength: ['medium'] },
    LOW: { strength: ['low'] },
    FIPS: { ...encrypted, strength: ['fips'] },
  } satisfies Record<string, CipherPattern>),
)

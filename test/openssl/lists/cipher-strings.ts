import { SUITES } from '../../../lib/crypto/suites.ts'

const WORDS = (
  'ALL COMPLEMENTOFALL COMPLEMENTOFDEFAULT kRSA kDHE kEDH DH kECDHE kEECDH ECDH kPSK kRSAPSK kDHEPSK kECDHEPSK PSK ' +
  'aRSA aECDSA ECDSA aPSK aDSS DSS aNULL RSA DHE EDH ECDHE EECDH ADH AECDH eNULL NULL AES AES128 AES256 AESGCM AESCCM ' +
  'AESCCM8 CHACHA20 CAMELLIA CAMELLIA128 CAMELLIA256 ARIA ARIAGCM ARIA128 ARIA256 CBC MD5 SHA SHA1 SHA256 SHA384 SSLv3 ' +
  'TLSv1 TLSv1.0 TLSv1.2 HIGH MEDIUM LOW FIPS DEFAULT RC4 3DES SEED NOPE'
).split(' ')

/** Cipher strings made from a seed: every sign, separator, alias and command, suites by name, now and then nonsense. */
export function cipherStrings(seed: number, count: number): string[] {
  const below = generator(seed)
  const pick = (choices: readonly string[]): string => choices[below(choices.length)] ?? ''
  const word = (): string => (below(5) === 0 ? pick(SUITES.map(suite => suite.openssl)) : pick(WORDS))
  const rule = (): string => {
    const kind = below(50)
    if (kind < 3) return '@STRENGTH'
    if (kind < 6) return `@SECLEVEL=${below(7)}`
    if (kind < 7) return pick(['*', '@', '+', '_', 'AES++SHA1', '@NOPE'])
    const words = Array.from({ length: below(3) === 0 ? 1 + below(3) : 1 }, word)
    return pick(['', '', '', '-', '+', '!']) + words.join('+')
  }
  const one = (): string => {
    const rules = Array.from({ length: 1 + below(6) }, rule)
    if (below(6) === 0) rules.unshift('DEFAULT')
    return rules.reduce((text, next) => text + pick([':', ':', ':', ':', ' ', ',', ';', '', '::']) + next)
  }
  return Array.from({ length: count }, one)
}

/** Mulberry32. */
function generator(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

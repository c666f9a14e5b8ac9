import { describe, expect, test } from '@jest/globals'
import { suiteByOpensslName, TLS13_SUITES } from '../../../lib/crypto/suites.ts'
import * as ssl from '../../../lib/openssl/constants/ssl.ts'
import {
  minimumBits,
  permits,
  permitsSuite,
  permitsVersion,
} from '../../../lib/openssl/ssl/algorithms/lists/security.ts'
import { field, recorded } from './recorded/read.ts'

const LEVELS = [-1, 0, 1, 2, 3, 4, 5, 6]
const BITS = [-1, 0, 39, 64, 67, 79, 80, 111, 112, 127, 128, 191, 192, 224, 255, 256]

// What the default callback of libssl 3.0 answered when it was called for each of LEVELS; the numbers are the least bits it
// permits (-1: any).
const byBits = [-1, -1, 80, 112, 128, 192, 256, 256]

describe('the default security callback, measured on libssl 3.0', () => {
  test.each([
    ['CURVE_SUPPORTED', ssl.SSL_SECOP_CURVE_SUPPORTED],
    ['CURVE_SHARED', ssl.SSL_SECOP_CURVE_SHARED],
    ['CURVE_CHECK', ssl.SSL_SECOP_CURVE_CHECK],
    ['SIGALG_SUPPORTED', ssl.SSL_SECOP_SIGALG_SUPPORTED],
    ['SIGALG_SHARED', ssl.SSL_SECOP_SIGALG_SHARED],
    ['SIGALG_CHECK', ssl.SSL_SECOP_SIGALG_CHECK],
    ['SIGALG_MASK', ssl.SSL_SECOP_SIGALG_MASK],
    ['EE_KEY', ssl.SSL_SECOP_EE_KEY],
    ['CA_KEY', ssl.SSL_SECOP_CA_KEY],
    ['CA_MD', ssl.SSL_SECOP_CA_MD],
    ['PEER_EE_KEY', ssl.SSL_SECOP_PEER_EE_KEY],
    ['PEER_CA_KEY', ssl.SSL_SECOP_PEER_CA_KEY],
    ['PEER_CA_MD', ssl.SSL_SECOP_PEER_CA_MD],
  ])('%s goes by bits', (_, operation) => {
    expect(leastBits(operation)).toEqual(byBits)
  })

  test('temporary Diffie-Hellman needs 80 bits even at level 0', () => {
    expect(leastBits(ssl.SSL_SECOP_TMP_DH)).toEqual([80, 80, 80, 112, 128, 192, 256, 256])
  })

  test('compression ends at level 1, tickets at level 2', () => {
    const allowed = (operation: number): boolean[] => LEVELS.map(level => permits(level, operation, 0))
    expect(allowed(ssl.SSL_SECOP_COMPRESSION)).toEqual([true, true, true, false, false, false, false, false])
    expect(allowed(ssl.SSL_SECOP_TICKET)).toEqual([true, true, true, true, false, false, false, false])
  })

  test.each([
    [0x0300, '11100000'],
    [0x0301, '11110000'],
    [0x0302, '11111000'],
    [0x0303, '11111111'],
    [0x0304, '11111111'],
    [0x0100, '11111000'],
    [0xfeff, '11111000'],
    [0xfefd, '11111111'],
  ])('version %i', (version, answers) => {
    expect(LEVELS.map(level => Number(permitsVersion(level, version))).join('')).toBe(answers)
    expect(permits(1, ssl.SSL_SECOP_VERSION, 0, version)).toBe(permitsVersion(1, version))
  })

  test('every suite, up to the level recorded', () => {
    const tls13 = new Map(TLS13_SUITES.map(suite => [suite.name, suite]))
    const rows = recorded('suites.tsv').filter(row => !field(row, 2).includes('CCM') || !row[0]?.startsWith('13'))
    expect(rows).toHaveLength(152)
    for (const row of rows) {
      const suite = suiteByOpensslName(field(row, 2)) ?? tls13.get(field(row, 2))
      if (suite === undefined) throw new Error(`no suite ${row[2]}`)
      const highest = LEVELS.filter(level => permitsSuite(level, suite)).at(-1)
      expect([suite.openssl, Math.min(highest ?? -1, 5)]).toEqual([suite.openssl, Number(row[11])])
      for (const operation of [ssl.SSL_SECOP_CIPHER_SUPPORTED, ssl.SSL_SECOP_CIPHER_SHARED, ssl.SSL_SECOP_CIPHER_CHECK])
        expect(permits(2, operation, suite.strengthBits, 0, suite)).toBe(permitsSuite(2, suite))
    }
  })
})

test('a cipher operation without a suite is never permitted', () => {
  expect(permits(0, ssl.SSL_SECOP_CIPHER_CHECK, 256)).toBe(false)
})

test('the bits that a level demands', () => {
  expect(LEVELS.map(minimumBits)).toEqual([0, 0, 80, 112, 128, 192, 256, 256])
})

/** The least of BITS that each level permits; what is above must be permitted too. */
function leastBits(operation: number): number[] {
  return LEVELS.map(level => {
    const answers = BITS.map(bits => permits(level, operation, bits))
    const first = answers.indexOf(true)
    expect(answers.slice(first)).toEqual(BITS.slice(first).map(() => true))
    return BITS[first] ?? Number.NaN
  })
}

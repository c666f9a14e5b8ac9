import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { suiteByOpensslName } from '../../../lib/crypto/suites.ts'
import { parseCipherList, readCipherList } from '../../../lib/openssl/ssl/algorithms/lists/cipher-list.ts'
import { cipherStrings } from './cipher-strings.ts'
import { field, recorded } from './recorded/read.ts'

const DEFAULT_LEVEL = 2

describe('cipher strings as libssl 3.0 read them', () => {
  const rows = recorded('cipher-lists.tsv')

  test('the record is whole', () => {
    expect(rows.length).toBeGreaterThan(200)
    expect(rows.filter(row => row[1] === '1').length).toBeGreaterThan(100)
    expect(rows.filter(row => row[3] !== '0').length).toBeGreaterThan(20)
  })

  test.each(rows.map(row => [field(row, 0), row] as const))('%j', (text, row) => {
    const reading = readCipherList(text)
    const ids = field(row, 4)
    expect(reading.suites.map(suite => suite.id.toString(16).padStart(4, '0')).join(' ')).toBe(ids)
    expect(reading.securityLevel ?? DEFAULT_LEVEL).toBe(Number(row[2]))
    expect(reading.invalidCommands).toBe(Number(row[3]))
    // A string that picked nothing but SRP suites succeeds there and not here.
    expect(parseCipherList(text) !== null).toBe(row[1] === '1' && ids !== '')
  })
})

describe('cipher strings as the openssl program reads them', () => {
  const version = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? ''
  const live = /^OpenSSL 3\.0\./.test(version)
  if (!live) console.info(`skipped: this needs the openssl program of 3.0, found ${version.trim() || 'none'}`)

  const fixed = recorded('cipher-lists.tsv').map(row => field(row, 0))
  const given = [...fixed, ...cipherStrings(20260101, 200)].map(notAnOption).filter(text => text !== '')
  const maybe = live ? test : test.skip
  maybe(
    `${given.length} strings, order included`,
    () => {
      const answers = opensslCiphers(given)
      expect(answers).toHaveLength(given.length)
      const here = given.map(text => parseCipherList(text)?.suites.map(suite => suite.openssl) ?? [])
      // Compared as one value, so that a failure shows the strings concerned.
      expect(Object.fromEntries(given.map((text, i) => [text, here[i]]))).toEqual(
        Object.fromEntries(given.map((text, i) => [text, answers[i]])),
      )
      expect(here.filter(names => names.length > 0).length).toBeGreaterThan(given.length / 2)
    },
    60_000,
  )
})

describe('Suite B', () => {
  const two = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384']
  const names = (text: string, flag: 0 | 0x10000 | 0x20000 | 0x30000): string[] =>
    readCipherList(text, flag).suites.map(suite => suite.openssl)

  test('its flag outlives the string that set it', () => {
    const { suiteB } = readCipherList('SUITEB192')
    expect(suiteB).toBe(0x20000)
    expect(names('ALL', suiteB)).toEqual(two.slice(1))
    expect(readCipherList('ALL', suiteB).suiteB).toBe(0x20000)
  })

  test('no later string fails, whatever it holds', () => {
    expect(names('NONSENSE', 0x10000)).toEqual(two.slice(0, 1))
    expect(names('*', 0x10000)).toEqual(two.slice(0, 1))
    expect(readCipherList('*', 0x10000).invalidCommands).toBe(0)
  })

  test('one flag gives way to another', () => {
    expect(readCipherList('SUITEB128', 0x20000)).toMatchObject({ suiteB: 0x30000 })
    expect(names('SUITEB128ONLY', 0x20000)).toEqual(two.slice(0, 1))
  })

  test('C2 narrows only its own call', () => {
    const { suites, suiteB } = readCipherList('SUITEB128C2')
    expect(suites.map(suite => suite.openssl)).toEqual(two.slice(1))
    expect(names('HIGH', suiteB)).toEqual(two)
  })

  test('ordinary strings leave it off', () => {
    expect(readCipherList('DEFAULT').suiteB).toBe(0)
  })
})

describe('results', () => {
  test('names of built-in objects are no aliases', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) expect(parseCipherList(name)).toBeNull()
  })

  test('each call starts afresh', () => {
    const first = parseCipherList('DEFAULT')
    expect(parseCipherList('!ALL:!eNULL:AES128-SHA')).toBeNull()
    expect(parseCipherList('DEFAULT')).toEqual(first)
  })

  test('the last level counts, and counts after a failure too', () => {
    expect(parseCipherList('@SECLEVEL=1:AES128-SHA:@SECLEVEL=3')?.securityLevel).toBe(3)
    expect(readCipherList('NONSENSE:@SECLEVEL=0')).toMatchObject({ suites: [], securityLevel: 0, invalidCommands: 0 })
    expect(readCipherList('AES128-SHA:*:@SECLEVEL=0')).toMatchObject({
      suites: [],
      securityLevel: null,
      invalidCommands: 1,
    })
  })

  test('a hundred thousand rules are read in time', () => {
    expect(readCipherList('NOPE:'.repeat(100_000)).suites).toEqual([])
  })
})

/** The program would take a leading sign for an option; a separator before it changes nothing for the language. */
function notAnOption(text: string): string {
  return text.startsWith('-') ? `:${text}` : text
}

/** Every string goes through `openssl ciphers`, in one shell; a refused one gives an empty list. */
function opensslCiphers(strings: readonly string[]): string[][] {
  const script = 'while IFS= read -r text; do openssl ciphers "$text" 2>/dev/null || echo; done'
  const { stdout } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    input: strings.map(text => `${text}\n`).join(''),
    env: { ...process.env, OPENSSL_CONF: '/dev/null' },
    maxBuffer: 1 << 26,
  })
  const lines = stdout.split('\n').slice(0, -1)
  // TLS 1.3 suites, SRP and what a fuller build than ours has: not part of the comparison.
  return lines.map(line => line.split(':').filter(name => suiteByOpensslName(name) !== undefined))
}

import { getCiphers } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { SUITES, suiteById, suiteByOpensslName, TLS13_CCM_SUITES, TLS13_SUITES } from '../../lib/crypto/suites.ts'
import { field, recorded } from '../openssl/lists/recorded/read.ts'

const rows = recorded('suites.tsv')

describe('the table against libssl 3.0', () => {
  test('it has every suite of TLS 1.2 and below but SRP, by ascending number', () => {
    const there = rows.map(row => Number.parseInt(field(row, 0), 16)).filter(id => id >> 8 !== 0x13)
    expect(SUITES.map(suite => suite.id)).toEqual(there.toSorted((a, b) => a - b))
    expect(SUITES).toHaveLength(149)
  })

  test.each(rows.map(row => [field(row, 2), row] as const))('%s', (openssl, row) => {
    const tls13 = [...TLS13_SUITES, ...TLS13_CCM_SUITES].find(suite => suite.openssl === openssl)
    const suite = suiteByOpensslName(openssl) ?? tls13
    expect(suite).toMatchObject({
      id: Number.parseInt(field(row, 0), 16),
      name: field(row, 1),
      openssl,
      strengthBits: Number(row[3]),
      algorithmBits: Number(row[4]),
      minTlsName: field(row, 5),
      mac: row[9] === '0' ? 'aead' : expect.not.stringContaining('aead'),
      prf: row[10] === 'SHA384' ? 'sha384' : 'sha256',
    })
    if (suite === undefined || suite === tls13) return
    const classes = field(row, 12)
    expect(suite).toMatchObject({
      level: classes.includes('H') ? 'high' : 'none',
      fips: classes.includes('F'),
      notDefault: classes.includes('N'),
      minTls: row[5] === 'TLSv1.2' ? 0x0303 : 0x0301,
    })
  })

  test('the default TLS 1.3 suites come in its order', () => {
    expect(TLS13_SUITES.map(suite => suite.name)).toEqual(rows.slice(0, 3).map(row => row[1]))
  })
})

describe('the table by itself', () => {
  test('the IANA name says what the row says', () => {
    for (const suite of SUITES) {
      expect(suite.name).toMatch(PREFIX[`${suite.keyExchange} ${suite.authentication}`] ?? /^$/)
      const rest = suite.name.replace(/^.*_WITH_/, '')
      const cipher = suite.cipher === 'null' ? 'NULL' : suite.cipher.toUpperCase().replaceAll('-', '_')
      expect(rest.startsWith(cipher)).toBe(true)
      const hash = rest.slice(cipher.length).replace(/^_/, '')
      if (suite.mac !== 'aead') expect(hash).toBe(suite.mac === 'sha1' ? 'SHA' : suite.mac.toUpperCase())
      else expect(hash || 'SHA256').toBe(suite.prf.toUpperCase())
    }
  })

  test('key exchange, authentication, cipher and MAC are together unique: cipher strings search by them', () => {
    const keys = SUITES.map(suite => [suite.keyExchange, suite.authentication, suite.cipher, suite.mac].join())
    expect(new Set(keys).size).toBe(SUITES.length)
  })

  test('DSS and ciphers that Node lacks are never available', () => {
    const node = new Set(getCiphers())
    for (const suite of SUITES) {
      const has = suite.cipher === 'null' || node.has(suite.cipher.replace('ccm-8', 'ccm'))
      expect([suite.openssl, suite.available]).toEqual([suite.openssl, has && suite.authentication !== 'dss'])
    }
    expect(suiteByOpensslName('ECDHE-RSA-AES128-GCM-SHA256')?.available).toBe(true)
  })

  test('rows cannot be changed', () => {
    expect(SUITES.every(Object.isFrozen)).toBe(true)
  })
})

test("suites are found by number and by OpenSSL's name", () => {
  const suite = suiteById(0xc02f)
  expect(suite?.openssl).toBe('ECDHE-RSA-AES128-GCM-SHA256')
  expect(suiteByOpensslName('ECDHE-RSA-AES128-GCM-SHA256')).toBe(suite)
  // Signalling values, TLS 1.3 and SRP are no suites here; names are taken letter for letter.
  for (const id of [0x00ff, 0x5600, 0x1301, 0xc01d, 0x10000]) expect(suiteById(id)).toBeUndefined()
  expect(suiteByOpensslName('aes128-sha')).toBeUndefined()
})

const PREFIX: Readonly<Record<string, RegExp>> = {
  'rsa rsa': /^TLS_RSA_WITH_/,
  'dhe rsa': /^TLS_DHE_RSA_WITH_/,
  'dhe dss': /^TLS_DHE_DSS_WITH_/,
  'dhe none': /^TLS_DH_anon_WITH_/,
  'ecdhe rsa': /^TLS_ECDHE_RSA_WITH_/,
  'ecdhe ecdsa': /^TLS_ECDHE_ECDSA_WITH_/,
  'ecdhe none': /^TLS_ECDH_anon_WITH_/,
  'psk psk': /^TLS_PSK_WITH_/,
  'rsa-psk rsa': /^TLS_RSA_PSK_WITH_/,
  // RFC 6655 turned the two words round for its CCM_8 suites.
  'dhe-psk psk': /^TLS_(DHE_PSK|PSK_DHE)_WITH_/,
  'ecdhe-psk psk': /^TLS_ECDHE_PSK_WITH_/,
}

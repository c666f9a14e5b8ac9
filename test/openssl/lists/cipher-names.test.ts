import { describe, expect, test } from '@jest/globals'
import { SUITES, TLS13_CCM_SUITES, TLS13_SUITES } from '../../../lib/crypto/suites.ts'
import {
  cipherAuthenticationNid,
  cipherDescription,
  cipherDigestNid,
  cipherHandshakeDigest,
  cipherKeyExchangeNid,
  cipherNid,
  cipherVersion,
} from '../../../lib/openssl/ssl/algorithms/lists/cipher-names.ts'
import { field, recorded } from './recorded/read.ts'

describe('SSL_CIPHER_* of every suite, recorded from libssl 3.0', () => {
  const rows = new Map(recorded('suites.tsv').map(row => [row[2], row]))

  test.each([...TLS13_SUITES, ...TLS13_CCM_SUITES, ...SUITES].map(suite => [suite.openssl, suite] as const))(
    '%s',
    (name, suite) => {
      const row = rows.get(name) ?? []
      expect({
        version: cipherVersion(suite),
        nids: [
          cipherKeyExchangeNid(suite),
          cipherAuthenticationNid(suite),
          cipherNid(suite),
          cipherDigestNid(suite),
        ].map(String),
        handshakeDigest: cipherHandshakeDigest(suite).toUpperCase(),
        description: cipherDescription(suite),
      }).toEqual({
        version: field(row, 5),
        nids: row.slice(6, 10),
        handshakeDigest: field(row, 10),
        description: `${field(row, 13)}\n`,
      })
    },
  )
})

import { GROUPS } from '../lib/crypto/groups.ts'
import { SCHEMES } from '../lib/crypto/signatures.ts'
import { type CipherSuite, SUITES } from '../lib/crypto/suites.ts'
import { DTLS_1_0, DTLS_1_2, TLS_1_0, TLS_1_1, TLS_1_2 } from '../lib/wire/version.ts'

/** The README's table of what is supported, drawn from the tables that the code itself runs on. */
export function supportedTable(): string {
  const suites = SUITES.filter(suite => suite.available)
  const rows: readonly (readonly [string, string])[] = [
    ['Versions', [DTLS_1_2, DTLS_1_0, TLS_1_2, TLS_1_1, TLS_1_0].map(version => version.name).join(', ')],
    ['Key exchange', distinct(suites, keyExchange)],
    ['Ciphers', distinct(suites, suite => suite.cipher)],
    ['Record MAC', distinct(suites, suite => (suite.mac === 'aead' ? 'AEAD' : `HMAC-${suite.mac.toUpperCase()}`))],
    ['Cipher suites', `${suites.length}, each tested against OpenSSL or against a second implementation`],
    [
      'Groups',
      GROUPS.filter(group => group.kind !== 'ff')
        .map(group => group.name)
        .join(', '),
    ],
    [
      'Signatures',
      SCHEMES.filter(scheme => scheme.keyType !== 'dsa')
        .map(scheme => scheme.name)
        .join(', '),
    ],
  ]
  return ['| | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
}

function keyExchange({ keyExchange, authentication }: CipherSuite): string {
  return authentication === 'none' ? `anonymous ${keyExchange.toUpperCase()}` : keyExchange.toUpperCase()
}

function distinct(suites: readonly CipherSuite[], pick: (suite: CipherSuite) => string): string {
  return [...new Set(suites.map(pick))].sort().join(', ')
}

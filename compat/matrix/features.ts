import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { ExtensionType } from '../../lib/wire/registry.ts'
import type { Report } from './party.ts'
import type { Seen } from './seen.ts'
import type { Settings, Version } from './settings.ts'

/** One row of the matrix, for one version. */
export interface Feature {
  /** Unique together with the version. */
  readonly name: string
  readonly group: string
  readonly version: Version
  readonly settings: Settings
  /** What both sides' reports, and the path, must say beside what every run must: null, or what is wrong. */
  readonly check: (runs: Runs) => string | null
}

export interface Runs {
  readonly client: Report
  readonly server: Report
  readonly seen: Seen
}

const ALL = ['DTLSv1.2', 'DTLSv1', 'TLSv1.2', 'TLSv1.1', 'TLSv1'] as const
const DATAGRAMS = ['DTLSv1.2', 'DTLSv1'] as const
const STREAMS = ['TLSv1.2', 'TLSv1.1', 'TLSv1'] as const
const NEW = ['DTLSv1.2', 'TLSv1.2'] as const
const TWELVE = ['DTLSv1.2'] as const
const SIZES = [1, 1000]

/** What a feature sets beside what is usual. */
type Change = Partial<Omit<Settings, 'version'>>

function feature(
  group: string,
  name: string,
  versions: readonly Version[],
  change: Change,
  check: Feature['check'] = () => null,
): Feature[] {
  return versions.map(version => {
    const settings = { certificate: 'rsa', sizes: SIZES, ...change, version }
    return { name, group, version, settings, check }
  })
}

/** Both sides say this of their last connection. */
function both(line: string, value?: string): Feature['check'] {
  return ({ client, server }) => {
    const [c, s] = [client, server].map(({ connections }) => connections.at(-1)?.get(line))
    if (c === undefined || s === undefined || c !== s) return `${line}: the client says ${c}, the server says ${s}`
    return value === undefined || c === value ? null : `${line} is ${c} for both sides`
  }
}

/** What one side cannot know alone: whoever has a word for it says this. */
function agreed(line: string, value: string): Feature['check'] {
  return ({ client, server }) => {
    const words = [client, server].flatMap(({ connections }) => connections.at(-1)?.get(line) ?? [])
    return words.length > 0 && words.every(word => word === value) ? null : `${line}: ${words.join(', ') || 'no word'}`
  }
}

function serverSays(line: string, value: string): Feature['check'] {
  return ({ server }) => {
    const said = server.connections.at(-1)?.get(line)
    return said === value ? null : `the server says ${line} ${said}`
  }
}

/** One side says so. */
function said(line: string, value: string): Feature['check'] {
  return ({ client, server }) =>
    [client, server].some(({ connections }) => connections.at(-1)?.get(line) === value)
      ? null
      : `nobody says ${line} ${value}`
}

function all(...checks: readonly Feature['check'][]): Feature['check'] {
  return runs => checks.map(check => check(runs)).find(wrong => wrong !== null) ?? null
}

function answered(type: number, expected: boolean): Feature['check'] {
  return ({ seen }) =>
    seen.extensions.has(type) === expected ? null : `the ServerHello ${expected ? 'has not' : 'has'} extension ${type}`
}

/** ECDHE-RSA-AES128-SHA. */
const CBC_SHA = 0xc013
/** Of rows about nothing else: what everybody has, what fills a page or two, and the whole of a record. */
const RECORD_SIZES = [
  ['records of 100 to 1300 bytes', [100, 250, 1300]],
  ['records of 4000 and 8000 bytes', [4000, 8000]],
  ['records of 16383 and 16384 bytes', [16_383, 16_384]],
] as const

/** Every row, suites last. */
export const FEATURES: readonly Feature[] = [
  ...feature('Versions', 'handshake and echo', ALL, {}),
  ...feature(
    'Certificates',
    'client certificate, RSA',
    ALL,
    { clientCertificate: 'client-rsa' },
    serverSays('peer', '1'),
  ),
  ...['p256', 'p384', 'p521', 'rsa-pss', 'ed25519', 'ed448'].flatMap(certificate =>
    feature(
      'Certificates',
      `${certificate} of both sides`,
      NEW,
      { certificate, clientCertificate: certificate },
      serverSays('peer', '1'),
    ),
  ),
  ...feature('Certificates', 'a pre-shared key in their place', ALL, { psk: true, certificate: null }),
  ...feature('Resumption', 'by session id', ALL, { resume: 'id' }, agreed('reused', '1')),
  ...feature('Resumption', 'by ticket', ALL, { resume: 'ticket' }, agreed('reused', '1')),
  ...feature('Datagrams', 'cookie exchange, stateless listen', DATAGRAMS, { cookie: true }, ({ seen }) =>
    seen.cookie ? null : 'no HelloVerifyRequest was seen',
  ),
  ...feature(
    'Datagrams',
    'MTU 512',
    DATAGRAMS,
    { certificate: 'long-chain', mtu: 512, sizes: [1, 300] },
    ({ seen: { largest, fragments } }) => {
      if (largest.server > 512 || largest.client > 512)
        return `datagrams of ${largest.client} and ${largest.server} bytes`
      return fragments ? null : 'nothing was cut'
    },
  ),
  ...[1, 2, 3].flatMap(seed => feature('Datagrams', `10 % loss, seed ${seed}`, TWELVE, { loss: 0.1, seed })),
  ...feature('Extensions', 'SNI', NEW, { sni: 'rsa.test' }, serverSays('sni', 'rsa.test')),
  ...feature('Extensions', 'ALPN', NEW, { alpn: ['first', 'second'] }, agreed('alpn', 'second')),
  ...feature('Extensions', 'extended master secret', NEW, {}, answered(ExtensionType.extendedMasterSecret, true)),
  ...feature(
    'Extensions',
    'no extended master secret',
    NEW,
    { ems: false },
    answered(ExtensionType.extendedMasterSecret, false),
  ),
  ...feature('Extensions', 'encrypt-then-MAC', ALL, { cipher: CBC_SHA }, answered(ExtensionType.encryptThenMac, true)),
  ...feature(
    'Extensions',
    'no encrypt-then-MAC',
    ALL,
    { cipher: CBC_SHA, etm: false },
    answered(ExtensionType.encryptThenMac, false),
  ),
  ...['SRTP_AES128_CM_SHA1_80', 'SRTP_AES128_CM_SHA1_32', 'SRTP_AEAD_AES_128_GCM', 'SRTP_AEAD_AES_256_GCM'].flatMap(
    srtp => feature('Extensions', srtp, TWELVE, { srtp }, all(both('srtp', srtp), both('srtpkeys'))),
  ),
  ...feature('Extensions', 'exporter', ALL, { exporter: 'EXPERIMENTAL compat' }, both('exporter')),
  ...feature('Extensions', 'heartbeat', TWELVE, { heartbeat: true }, said('heartbeat', '1')),
  ...(['client', 'server'] as const).flatMap(asking =>
    feature('Renegotiation', `asked for by the ${asking}`, ALL, { renegotiate: asking }, said('renegotiated', '1')),
  ),
  ...RECORD_SIZES.flatMap(([name, sizes]) => feature('Records', name, ALL, { sizes })),
  ...feature('Ending', 'close_notify', ALL, {}),
  ...feature('Ending', 'without a word', STREAMS, { close: 'raw' }, ({ server }) =>
    server.closed.at(-1) === 'raw' ? null : `the server took it for ${server.closed.at(-1)}`,
  ),
  ...[
    'X25519',
    'P-256',
    'X448',
    'P-521',
    'P-384',
    'brainpoolP256r1',
    'brainpoolP384r1',
    'brainpoolP512r1',
    'secp256k1',
  ].flatMap(group => feature('Groups', group, TWELVE, { group, cipher: 0xc02f })),
  ...SUITES.filter(suite => suite.available).flatMap(suite =>
    feature('Suites', suite.openssl, suite.minTls === 0x0303 ? NEW : ALL, suiteSettings(suite)),
  ),
  ...sctp('handshake, echo, close_notify', {}),
  ...sctp("label of RFC 6083's exporter as OpenSSL had it before 3.0", { label: 'bug' }),
  ...sctp('client certificate', { clientCertificate: 'client' }, serverSays('peer', '1')),
  ...sctp('exporter', { exporter: 'EXPERIMENTAL compat' }, both('exporter')),
  ...sctp('resumption by session id', { resume: 'id' }, agreed('reused', '1')),
  ...sctp('resumption by ticket', { resume: 'ticket' }, agreed('reused', '1')),
  ...(['client', 'server'] as const).flatMap(asking =>
    sctp(
      `renegotiation asked for by the ${asking}`,
      { renegotiate: asking },
      all(said('renegotiated', '1'), both('endkey', '2')),
    ),
  ),
  ...sctp('messages on streams 0, 1 and 2', { streams: 3, sizes: [1, 1000, 1000] }, both('streams', '0,1,2')),
  ...RECORD_SIZES.flatMap(([name, sizes]) => sctp(name, { sizes })),
  ...feature(
    'SCTP',
    'RFC 3436: TLS on every stream, resumed from the first',
    ['TLSv1.2'],
    { over: 'streams', streams: 3, sizes: [], certificate: 'p256' },
    said('resumedstreams', '1,2'),
  ),
]

/** DTLS over an association, whose SCTP-AUTH must have the first key of RFC 6083 section 4.8. */
function sctp(name: string, change: Change, check: Feature['check'] = () => null): Feature[] {
  const settings = { over: 'sctp', certificate: 'p256', ...change } as const
  return feature('SCTP', name, ['DTLSv1.2', 'DTLSv1'], settings, all(both('authkey', '1'), check))
}

function suiteSettings({ id, authentication, keyExchange }: CipherSuite): Change {
  const keys = keyExchange.includes('psk') ? { psk: true as const } : {}
  const certificate = authentication === 'ecdsa' ? 'p256' : authentication === 'rsa' ? 'rsa' : null
  return { cipher: id, ...keys, certificate, sizes: [100] }
}

/** By which a cell is found again in `expected.json`. */
export function featureId({ group, name, version }: Feature): string {
  return `${version}, ${group}: ${name}`
}

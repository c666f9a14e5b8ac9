// Ported from OpenSSL 3.0's test/helpers/ssl_test_ctx.c and test/generate_ssl_tests.pl, Apache-2.0.

import { readFileSync } from 'node:fs'
import { certsdir } from './testutil.ts'

type RawOptions = { readonly [name: string]: string | number | null | undefined | RawOptions }

/** A test as the files of ssl-tests write it, before it has been laid over the base configuration. */
export interface RawTest {
  readonly name: string
  readonly server?: RawOptions
  readonly server2?: RawOptions
  readonly client?: RawOptions
  readonly resume_server?: RawOptions
  readonly resume_client?: RawOptions
  readonly test: RawOptions
}

export type Options = Readonly<Record<string, string>>

/** One end: the commands for SSL_CONF_cmd, and what only the test knows. */
export interface Side {
  readonly conf: Options
  readonly extra: Options
}

export interface SSL_TEST_CTX {
  readonly name: string
  readonly test: Options
  readonly server: Side
  readonly client: Side
  readonly server2: Side | null
  readonly resume_server: Side | null
  readonly resume_client: Side | null
}

const base_server: RawOptions = {
  Certificate: `\${ENV::TEST_CERTS_DIR}/servercert.pem`,
  PrivateKey: `\${ENV::TEST_CERTS_DIR}/serverkey.pem`,
  CipherString: 'DEFAULT',
}

const base_client: RawOptions = {
  VerifyCAFile: `\${ENV::TEST_CERTS_DIR}/rootcert.pem`,
  VerifyMode: 'Peer',
  CipherString: 'DEFAULT',
}

const TEST_OPTIONS = new Set(
  `ExpectedResult ExpectedClientAlert ExpectedServerAlert ExpectedProtocol ExpectedServerName SessionTicketExpected
  CompressionExpected SessionIdExpected Method ExpectedALPNProtocol HandshakeMode ResumptionExpected ApplicationData
  MaxFragmentSize ExpectedTmpKeyType ExpectedServerCertType ExpectedServerSignHash ExpectedServerSignType
  ExpectedServerCANames ExpectedClientCertType ExpectedClientSignHash ExpectedClientSignType ExpectedClientCANames
  ExpectedCipher ExpectedSessionTicketAppData`.split(/\s+/),
)
const CLIENT_OPTIONS = new Set(
  'VerifyCallback ServerName ALPNProtocols RenegotiateCiphers MaxFragmentLenExt RenegotiateNoExtms'.split(' '),
)
const SERVER_OPTIONS = new Set(
  'ServerNameCallback ALPNProtocols BrokenSessionTicket CertStatus SessionTicketAppData'.split(' '),
)

export function read_tests(file: string): RawTest[] {
  return JSON.parse(readFileSync(new URL(`ssl-tests/${file}.json`, import.meta.url), 'utf8'))
}

/** Lays the test over the base; an option that nobody knows is an error. */
export function SSL_TEST_CTX_create(raw: RawTest): SSL_TEST_CTX {
  const server = side(base_server, raw.server ?? {}, SERVER_OPTIONS)
  const client = side(base_client, raw.client ?? {}, CLIENT_OPTIONS)
  const test = known(raw.test, TEST_OPTIONS)
  const resume = test.HandshakeMode === 'Resume'
  const second = server.extra.ServerNameCallback !== undefined
  return {
    name: raw.name,
    test,
    server,
    client,
    server2: raw.server2 ? side(base_server, raw.server2, SERVER_OPTIONS) : second ? server : null,
    resume_server: raw.resume_server ? side(base_server, raw.resume_server, SERVER_OPTIONS) : resume ? server : null,
    resume_client: raw.resume_client ? side(base_client, raw.resume_client, CLIENT_OPTIONS) : resume ? client : null,
  }
}

function side(base: RawOptions, options: RawOptions, allowed: ReadonlySet<string>): Side {
  const { extra, ...conf } = { ...base, ...options }
  return { conf: strings(conf), extra: typeof extra === 'object' && extra !== null ? known(extra, allowed) : {} }
}

function known(options: RawOptions, allowed: ReadonlySet<string>): Options {
  const found = strings(options)
  for (const name of Object.keys(found)) if (!allowed.has(name)) throw new Error(`Unknown test option: ${name}`)
  return found
}

/** In the order of their names, in which ssl_test.tmpl writes them. */
function strings(options: RawOptions): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === null || value === undefined) continue
    if (typeof value === 'object') throw new Error(`${name} is no option`)
    found[name] = String(value).replace(`\${ENV::TEST_CERTS_DIR}`, certsdir)
  }
  return found
}

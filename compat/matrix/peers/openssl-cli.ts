import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SUITES } from '../../../lib/crypto/suites.ts'
import type { Peer } from '../party.ts'
import { certificateFile, certificates, hexOf, keyFile, PSK, type Role, type Settings, totalOf } from '../settings.ts'
import { Driven, type Hands, Lacking, type Run } from './driven.ts'

let version = ''

/** The programs that everybody has at hand. */
export const opensslCli: Peer = {
  name: 'openssl-cli',
  title: "OpenSSL's s_client and s_server",
  install: 'apt-get install openssl',
  roles: ['client', 'server'],
  transports: ['datagram', 'stream'],
  // What s_client reads of its input at a time is half a record.
  most: { client: 8192, server: 16_384 },
  async prepare() {
    const { stdout, error } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
    if (error) return `there is no openssl program: ${error.message}`
    version = stdout.replace(/\(.*\)/, '').trim()
    return null
  },
  version: () => version,
  start(role, port, settings) {
    const args = role === 'server' ? serverArguments(port, settings) : clientArguments(port, settings)
    const folder = mkdtempSync(join(tmpdir(), 'compat-'))
    const command = [...environment(settings, folder), 'openssl', ...args]
    return new Driven(command, async hands => {
      try {
        refuse(settings)
        await (role === 'server' ? serve(hands, settings, command) : call(hands, settings, command, folder))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  },
}

/** What no option says is said by the configuration of the library. */
function environment({ ems }: Settings, folder: string): string[] {
  if (ems !== false) return []
  const file = join(folder, 'openssl.cnf')
  writeFileSync(file, WITHOUT_EMS)
  return ['env', `OPENSSL_CONF=${file}`]
}

const WITHOUT_EMS = `openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
Options = -ExtendedMasterSecret
`

function refuse({ heartbeat, cipher }: Settings): void {
  if (heartbeat) throw new Lacking('heartbeats: OpenSSL dropped them in 1.1.1')
  if (cipher !== undefined && nameOf(cipher) === undefined) throw new Lacking(`suite ${cipher.toString(16)}`)
}

function commonArguments(role: Role, settings: Settings): string[] {
  const { own, other } = certificates(role, settings)
  const { cipher, group, psk, alpn, srtp, etm, mtu, resume, renegotiate } = settings
  return [
    VERSIONS[settings.version],
    ...['-cipher', `${cipher === undefined ? 'DEFAULT:PSK' : nameOf(cipher)}:@SECLEVEL=0`],
    ...(group === undefined ? [] : ['-groups', group]),
    ...(own === null ? [] : ['-cert', certificateFile(own), '-key', keyFile(own)]),
    ...(own === 'long-chain' ? ['-cert_chain', certificateFile(own)] : []),
    ...(other === null ? [] : ['-CAfile', certificateFile('authority'), '-verify_return_error']),
    ...(psk ? ['-psk', PSK.key, '-psk_identity', PSK.identity] : []),
    ...(alpn === undefined ? [] : ['-alpn', (role === 'client' ? alpn : alpn.slice(-1)).join()]),
    ...(srtp === undefined ? [] : ['-use_srtp', srtp]),
    // What is exported is the last that it prints before the data.
    ...['-keymatexport', labelOf(settings), '-keymatexportlen', srtp === undefined ? '32' : '60'],
    ...(etm === false ? ['-no_etm'] : []),
    ...(mtu === undefined ? [] : ['-mtu', `${mtu}`]),
    ...(resume === 'id' ? ['-no_ticket'] : []),
    // It tells of the handshakes that follow the first.
    ...(renegotiate === role ? ['-state'] : []),
    ...(renegotiate === 'client' && role === 'server' ? ['-client_renegotiation'] : []),
  ]
}

function serverArguments(port: number, settings: Settings): string[] {
  const { own, other } = certificates('server', settings)
  return [
    ...['s_server', '-accept', `127.0.0.1:${port}`, ...commonArguments('server', settings)],
    ...(own === null ? ['-nocert'] : []),
    ...(other === null ? [] : ['-Verify', '3']),
    ...(settings.cookie ? ['-listen'] : []),
    // It tells the name that it is asked for where it has two certificates to choose from.
    ...(settings.sni === undefined || own === null
      ? []
      : ['-servername', settings.sni, '-cert2', certificateFile(own), '-key2', keyFile(own)]),
  ]
}

function clientArguments(port: number, settings: Settings): string[] {
  const { other } = certificates('client', settings)
  return [
    ...['s_client', '-connect', `127.0.0.1:${port}`, ...commonArguments('client', settings)],
    ...(other === null ? [] : ['-verify', '3']),
    ...(settings.sni === undefined ? ['-noservername'] : ['-servername', settings.sni]),
    ...(settings.renegotiate === 'client' ? [] : ['-nocommands']),
  ]
}

async function serve({ tell, start }: Hands, settings: Settings, command: Command): Promise<void> {
  const server = start(...split(command))
  await server.next(/ACCEPT/)
  tell('ready')
  for (let number = 1; number <= (settings.resume === undefined ? 1 : 2); number++) {
    const { before, match } = await server.next(EXPORTED)
    tell(`connection ${number}`)
    const found = (line: string, pattern: RegExp) => tellFound(tell, line, pattern.exec(before))
    tellCipher(tell, /CIPHER is (\S+)/.exec(before))
    tell(`reused ${Number(before.includes('Reused session-id'))}`)
    tell(`peer ${Number(before.includes('Client certificate\n'))}`)
    found('sni', /Hostname in TLS extension: "(.*)"/)
    found('alpn', /ALPN protocols selected: (\S+)/)
    tellExported(tell, settings, before, match)
    tell('done')
    let asks = settings.renegotiate === 'server'
    for (let left = totalOf(settings); left > 0; asks = false) {
      const data = await server.more(/(?:Read BLOCK|TIMEOUT occurred|SSL_(?:accept:|do_handshake -> ).*)\n/g)
      if (asks) {
        server.type('r\n')
        await server.next(/write hello request[\s\S]*write finished\n/)
        tell('renegotiated 1')
      }
      const echo = data.slice(0, left)
      server.unread(data.length - echo.length)
      server.type(echo)
      left -= echo.length
    }
    const { match: end } = await server.next(/DONE|ERROR/)
    tell(`closed ${end[0] === 'DONE' ? 'notify' : 'raw'}`)
  }
}

async function call({ tell, start, go }: Hands, settings: Settings, command: Command, folder: string): Promise<void> {
  for (let number = 1; number <= (settings.resume === undefined ? 1 : 2); number++) {
    const session = [number === 1 ? '-sess_out' : '-sess_in', join(folder, 'session')]
    const client = start(...split([...command, ...(settings.resume === undefined ? [] : session)]))
    const { before, match } = await client.next(EXPORTED)
    tell(`connection ${number}`)
    tellFound(tell, 'version', /Protocol *: (\S+)/.exec(before))
    tellCipher(tell, /Cipher is (\S+)/.exec(before))
    tell(`reused ${Number(/^Reused, /m.test(before))}`)
    tell(`ems ${Number(before.includes('Extended master secret: yes'))}`)
    tell(`peer ${Number(before.includes('Server certificate\n'))}`)
    tellFound(tell, 'alpn', /ALPN protocol: (\S+)/.exec(before))
    tellExported(tell, settings, before, match)
    tell('done')
    if (settings.loss !== undefined) await go
    if (settings.renegotiate === 'client') {
      client.type('R\n')
      await client.next(/RENEGOTIATING\n[\s\S]*read finished\n/)
      tell('renegotiated 1')
    }
    for (const size of settings.sizes) await echo(tell, client, size)
    if (settings.close === 'raw') await client.stop()
    else client.endInput()
    await client.ends()
  }
}

type Command = readonly string[]

function split([program = '', ...args]: Command): [string, string[]] {
  return [program, args]
}

async function echo(tell: Hands['tell'], client: Run, size: number): Promise<void> {
  const sent = String.fromCharCode(...Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff))
  client.type(sent)
  await client.hears(sent)
  tell(`echoed ${size}`)
}

const VERSIONS = {
  'DTLSv1.2': '-dtls1_2',
  DTLSv1: '-dtls1',
  'TLSv1.2': '-tls1_2',
  'TLSv1.1': '-tls1_1',
  TLSv1: '-tls1',
} as const

const EXPORTED = /Keying material: ([0-9A-F]+)\n/

function labelOf({ exporter, srtp }: Settings): string {
  return exporter ?? (srtp === undefined ? 'EXPERIMENTAL compat' : 'EXTRACTOR-dtls_srtp')
}

function nameOf(cipher: number): string | undefined {
  return SUITES.find(({ id }) => id === cipher)?.openssl
}

function tellFound(tell: Hands['tell'], line: string, match: RegExpExecArray | null): void {
  if (match?.[1] !== undefined) tell(`${line} ${match[1]}`)
}

function tellCipher(tell: Hands['tell'], match: RegExpExecArray | null): void {
  const suite = SUITES.find(({ openssl }) => openssl === match?.[1])
  if (suite !== undefined) tell(`cipher ${hexOf(suite.id)}`)
}

function tellExported(tell: Hands['tell'], settings: Settings, before: string, match: RegExpExecArray): void {
  const keys = match[1]?.toLowerCase() ?? ''
  if (settings.exporter !== undefined) tell(`exporter ${keys}`)
  const profile = /SRTP Extension negotiated, profile=(\S+)/.exec(before)
  tellFound(tell, 'srtp', profile)
  if (profile !== null) tell(`srtpkeys ${keys}`)
}

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CipherSuite, SUITES } from '../../../lib/crypto/suites.ts'
import { keptToLoopback, makeLoopbackLibrary } from '../../../test/interop/loopback.ts'
import type { Peer } from '../party.ts'
import { certificateFile, certificates, keyFile, PSK, type Role, type Settings } from '../settings.ts'
import { Driven, type Hands, Lacking } from './driven.ts'

let version = ''

/** GnuTLS's programs over UDP; over TCP its library is asked by itself. */
export const gnutlsCli: Peer = {
  name: 'gnutls-cli',
  title: 'gnutls-cli --udp and gnutls-serv --udp',
  install: 'apt-get install gnutls-bin gcc',
  roles: ['client', 'server'],
  transports: ['datagram'],
  // Their buffers, less the byte that ends a string.
  most: { client: 4095, server: 254 },
  async prepare() {
    const { stdout, error } = spawnSync('gnutls-cli', ['--version'], { encoding: 'utf8' })
    if (error) return `there is no gnutls-cli: ${error.message}`
    version = /\d[\d.]+/.exec(stdout)?.[0] ?? ''
    return makeLoopbackLibrary()
  },
  version: () => version,
  start(role, port, settings) {
    const folder = mkdtempSync(join(tmpdir(), 'compat-'))
    const args = role === 'server' ? serverArguments(port, settings, folder) : clientArguments(port, settings)
    return new Driven([role === 'server' ? 'gnutls-serv' : 'gnutls-cli', ...args.map(quoted)], async hands => {
      try {
        refuse(role, settings)
        await (role === 'server' ? serve(hands, settings, args) : call(hands, settings, args))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  },
}

function refuse(role: Role, { cipher, group, srtp, exporter, heartbeat, renegotiate }: Settings): void {
  const suite = suiteOf(cipher)
  if (suite !== undefined && prioritiesOf(suite).includes(undefined)) throw new Lacking(`the suite ${suite.openssl}`)
  if (group !== undefined && !GROUPS.has(group)) throw new Lacking(`the group ${group}`)
  if (srtp !== undefined && !PROFILES.has(srtp)) throw new Lacking(`the profile ${srtp}`)
  if (role === 'client' && heartbeat) throw new Lacking('a command that sends a heartbeat')
  if (role === 'client') return
  // Over UDP it tells nothing of a handshake that it has done.
  if (exporter !== undefined || srtp !== undefined) throw new Lacking('a word about keys, over UDP')
  if (renegotiate === 'server') throw new Lacking('a command that asks for a renegotiation, over UDP')
}

function commonArguments(role: Role, settings: Settings): string[] {
  const { own, other } = certificates(role, settings)
  const { srtp, mtu, resume, heartbeat, alpn } = settings
  return [
    ...['--udp', '--priority', priority(settings)],
    ...(own === null ? [] : ['--x509certfile', certificateFile(own), '--x509keyfile', keyFile(own)]),
    ...(other === null ? [] : ['--x509cafile', certificateFile('authority')]),
    ...(srtp === undefined ? [] : [`--srtp-profiles=${PROFILES.get(srtp) ?? srtp}`]),
    // What its buffer holds, if nothing else is said.
    ...['--mtu', `${mtu ?? 4500}`],
    ...(resume === 'id' ? ['--noticket'] : []),
    ...(heartbeat ? ['--heartbeat'] : []),
    ...(role === 'client' ? (alpn ?? []) : (alpn?.slice(-1) ?? [])).map(name => `--alpn=${name}`),
  ]
}

function serverArguments(port: number, settings: Settings, folder: string): string[] {
  const { other } = certificates('server', settings)
  const keys = join(folder, 'psk')
  if (settings.psk) writeFileSync(keys, `${PSK.identity}:${PSK.key}\n`)
  return [
    ...['--echo', '--port', `${port}`, ...commonArguments('server', settings)],
    ...(settings.psk ? ['--pskpasswd', keys] : []),
    ...(other === null ? ['--disable-client-cert'] : ['--require-client-cert', '--verify-client-cert']),
    ...(settings.cookie ? [] : ['--nocookie']),
    ...(settings.sni === undefined ? [] : [`--sni-hostname=${settings.sni}`, '--sni-hostname-fatal']),
  ]
}

function clientArguments(port: number, settings: Settings): string[] {
  const { other } = certificates('client', settings)
  const { exporter, srtp, sni, psk, resume, renegotiate } = settings
  const label = exporter ?? (srtp === undefined ? undefined : 'EXTRACTOR-dtls_srtp')
  return [
    ...['--port', `${port}`, ...commonArguments('client', settings)],
    ...(other === null ? [] : ['--verify-hostname', other === 'long-chain' ? 'long.test' : `${other}.test`]),
    ...(psk ? ['--pskusername', PSK.identity, '--pskkey', PSK.key] : []),
    ...(label === undefined ? [] : [`--keymatexport=${label}`, `--keymatexportsize=${srtp === undefined ? 32 : 60}`]),
    ...(sni === undefined ? ['--disable-sni'] : ['--sni-hostname', sni]),
    ...(resume === undefined ? [] : ['--resume']),
    ...(renegotiate === 'client' ? ['--rehandshake'] : []),
    '127.0.0.1',
  ]
}

/** It is known to be done when something comes through the connection. */
async function serve({ tell, start }: Hands, settings: Settings, args: readonly string[]): Promise<void> {
  const server = start('env', keptToLoopback(['stdbuf', '-o0', 'gnutls-serv', ...args]))
  await server.next(/Waiting for connection/)
  tell('ready')
  for (let number = 1; number <= (settings.resume === undefined ? 1 : 2); number++) {
    const { match: opened } = await server.next(/received\[[0-9a-f]+\]: |EOF\n|Error in handshake.*\n/)
    if (opened[0].startsWith('Error')) throw new Error(opened[0])
    tell(`connection ${number}`)
    // Without one, or with one that it does not trust, it would not have got here.
    if (settings.clientCertificate !== undefined) tell('peer 1')
    // Nor with another name.
    if (settings.sni !== undefined) tell(`sni ${settings.sni}`)
    tell('done')
    // A client of theirs that is to resume does nothing else with its first connection.
    if (opened[0] === 'EOF\n') continue
    const { match: closed } = await server.next(/EOF\n|Error in recv.*\n/)
    tell(`closed ${closed[0] === 'EOF\n' ? 'notify' : 'raw'}`)
  }
}

async function call({ tell, start, go }: Hands, settings: Settings, args: readonly string[]): Promise<void> {
  const client = start('stdbuf', ['-o0', 'gnutls-cli', ...args])
  const last = settings.resume === undefined ? 1 : 2
  for (let number = 1; number <= last; number++) {
    const { before } = await client.next(number === last ? /Simple Client Mode:\n\n/ : /Handshake was completed\n/)
    tell(`connection ${number}`)
    const found = (line: string, pattern: RegExp, name = (text: string) => text) => {
      const text = pattern.exec(before)?.[1]
      if (text !== undefined) tell(`${line} ${name(text)}`)
    }
    found('version', /Description: \((DTLS1\.\d)/, text => (text === 'DTLS1.2' ? 'DTLSv1.2' : 'DTLSv1'))
    tell(`reused ${Number(before.includes('This is a resumed session'))}`)
    tell(`ems ${Number(before.includes('extended master secret'))}`)
    found('alpn', /Application protocol: (\S+)/)
    found('srtp', /SRTP profile: (\S+)/, text => [...PROFILES].find(([, theirs]) => theirs === text)?.[0] ?? text)
    found(settings.srtp === undefined ? 'exporter' : 'srtpkeys', /Key material: ([0-9a-f]+)/)
    // With --resume the first connection ends as soon as it is made.
    if (number < last) tell('idle 1')
    tell('done')
  }
  if (settings.loss !== undefined) await go
  if (settings.renegotiate === 'client') {
    await client.next(/ReHandshake was completed/)
    tell('renegotiated 1')
  }
  for (const size of settings.sizes) {
    // It sends lines.
    const line = `${'x'.repeat(size - 1)}\n`
    client.type(line)
    await client.hears(line)
    tell(`echoed ${size}`)
  }
  client.endInput()
  await client.ends()
}

/** GnuTLS's words for what may be used. */
function priority({ version, cipher, group, psk, ems, etm }: Settings): string {
  const suite = suiteOf(cipher)
  // gnutls-cli comes to grief where it would tell of a Diffie-Hellman with a pre-shared key.
  const usual = [psk ? 'PSK' : 'KX-ALL', 'CIPHER-ALL', 'MAC-ALL']
  const parts = [
    `VERS-${version === 'DTLSv1.2' ? 'DTLS1.2' : 'DTLS1.0'}`,
    ...(suite === undefined ? usual : prioritiesOf(suite)),
    ...['COMP-NULL', 'SIGN-ALL', 'CTYPE-X509', `GROUP-${group === undefined ? 'ALL' : GROUPS.get(group)}`],
  ]
  const options = [...(ems === false ? [':%NO_SESSION_HASH'] : []), ...(etm === false ? [':%NO_ETM'] : [])]
  return `NONE:${parts.map(part => `+${part}`).join(':')}${options.join('')}`
}

function suiteOf(cipher: number | undefined): CipherSuite | undefined {
  return SUITES.find(({ id }) => id === cipher)
}

function prioritiesOf({ keyExchange, authentication, cipher, mac }: CipherSuite): readonly (string | undefined)[] {
  const exchange = KEY_EXCHANGES.get(`${keyExchange} ${authentication}`)
  return [exchange, cipher.startsWith('aria') ? undefined : cipher.toUpperCase(), mac.toUpperCase()]
}

const KEY_EXCHANGES: ReadonlyMap<string, string> = new Map([
  ['rsa rsa', 'RSA'],
  ['dhe rsa', 'DHE-RSA'],
  ['ecdhe rsa', 'ECDHE-RSA'],
  ['ecdhe ecdsa', 'ECDHE-ECDSA'],
  ['dhe none', 'ANON-DH'],
  ['ecdhe none', 'ANON-ECDH'],
  ['psk psk', 'PSK'],
  ['dhe-psk psk', 'DHE-PSK'],
  ['ecdhe-psk psk', 'ECDHE-PSK'],
  ['rsa-psk rsa', 'RSA-PSK'],
])

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['X25519', 'X25519'],
  ['X448', 'X448'],
  ['P-256', 'SECP256R1'],
  ['P-384', 'SECP384R1'],
  ['P-521', 'SECP521R1'],
])

const PROFILES: ReadonlyMap<string, string> = new Map([
  ['SRTP_AES128_CM_SHA1_80', 'SRTP_AES128_CM_HMAC_SHA1_80'],
  ['SRTP_AES128_CM_SHA1_32', 'SRTP_AES128_CM_HMAC_SHA1_32'],
])

function quoted(text: string): string {
  return /[ %]/.test(text) ? `'${text}'` : text
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { readCapture } from '../../compat/trace/capture/read.ts'
import { conversations, dissect } from '../../compat/trace/dissect.ts'
import { readKeyLog } from '../../compat/trace/secrets.ts'
import { freePort as freeUdpPort } from '../interop/openssl.ts'
import { freePort as freeTcpPort } from '../interop/tls/stage.ts'

/** What dumpcap takes from the loopback interface while programs of OpenSSL and GnuTLS speak to each other. */

const folder = mkdtempSync(join(tmpdir(), 'trace-live-'))
const CERTIFICATES = 'test/vectors/certificates'
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const why = obstacle()
if (why !== null) console.warn(`nothing is captured: ${why}`)
const live = why === null ? describe : describe.skip

/** Why nothing can be captured here, or null. */
function obstacle(): string | null {
  for (const name of ['openssl', 'dumpcap']) {
    const { error } = spawnSync(name, ['-v'])
    if (error !== undefined) return error.message
  }
  const { status, stderr } = spawnSync('dumpcap', ['-i', 'lo', '-d', '-f', 'udp'], { encoding: 'utf8' })
  return status === 0 ? null : stderr.trim()
}

const gnutls = spawnSync('gnutls-cli', ['--version']).error === undefined

interface Meeting {
  readonly title: string
  readonly protocol: 'udp' | 'tcp'
  server(port: number): readonly string[]
  client(port: number, keys: string): readonly string[]
}

const server = (port: number, version: string) => [
  'openssl',
  's_server',
  version,
  '-accept',
  `${port}`,
  '-cert',
  `${CERTIFICATES}/rsa.pem`,
  '-key',
  `${CERTIFICATES}/rsa.key.pem`,
  '-quiet',
]
const client = (port: number, version: string, keys: string) => [
  'openssl',
  's_client',
  version,
  '-connect',
  `127.0.0.1:${port}`,
  '-keylogfile',
  keys,
  '-quiet',
]

const MEETINGS: readonly Meeting[] = [
  {
    title: "OpenSSL's programs over DTLS",
    protocol: 'udp',
    server: port => [...server(port, '-dtls1_2'), '-listen'],
    client: (port, keys) => client(port, '-dtls1_2', keys),
  },
  {
    title: "OpenSSL's programs over TLS, with encrypt-then-MAC",
    protocol: 'tcp',
    server: port => [...server(port, '-tls1_2'), '-cipher', 'ECDHE-RSA-AES128-SHA256'],
    client: (port, keys) => client(port, '-tls1_2', keys),
  },
  ...(gnutls
    ? [
        {
          title: "GnuTLS's client over DTLS",
          protocol: 'udp' as const,
          server: (port: number) => server(port, '-dtls1_2'),
          client: (port: number) => [
            'gnutls-cli',
            '--udp',
            '--insecure',
            '--priority',
            'NORMAL:-VERS-ALL:+VERS-DTLS1.2',
            '-p',
            `${port}`,
            '127.0.0.1',
          ],
        },
      ]
    : []),
]

function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  running.push(child)
  return child
}

/** Until something is so, or the time is up. */
async function until(done: () => boolean): Promise<void> {
  for (let waited = 0; !done() && waited < 20_000; waited += 50) await sleep(50)
}

live('a capture', () => {
  test.each(MEETINGS)(
    'of $title is shown in the clear',
    async ({ protocol, ...meeting }) => {
      const port = await (protocol === 'udp' ? freeUdpPort() : freeTcpPort())
      const [file, keys] = [join(folder, `${port}.pcapng`), join(folder, `${port}.keys`)]
      const capture = start('dumpcap', ['-q', '-i', 'lo', '-f', `${protocol} port ${port}`, '-w', file])
      let said = ''
      capture.stderr?.on('data', (text: Buffer) => {
        said += text
      })
      await until(() => /Capturing on|File:/.test(said))
      const [accepting = '', ...args] = meeting.server(port)
      const listener = start(accepting, args)
      let heard = ''
      listener.stdout?.on('data', (text: Buffer) => {
        heard += text
      })
      const [connecting = '', ...more] = meeting.client(port, keys)
      // A server needs a moment; who knocks too early knocks again.
      for (let tries = 0; tries < 20 && !heard.includes('a word'); tries++) {
        await sleep(300)
        const knocking = start(connecting, more, { SSLKEYLOGFILE: keys })
        knocking.stdin?.write('a word\n')
        let ended = false
        void once(knocking, 'exit').then(() => {
          ended = true
        })
        await until(() => ended || heard.includes('a word'))
        if (heard.includes('a word')) knocking.stdin?.end()
      }
      expect(heard).toContain('a word')
      await until(() => existsSync(file) && statSync(file).size > 2000)
      await sleep(500)
      capture.kill('SIGINT')
      await once(capture, 'exit')
      const { packets } = readCapture(readFileSync(file))
      const log = readKeyLog(readFileSync(keys, 'latin1'))
      const items = conversations(packets).flatMap(one => dissect(one, log).flatMap(passage => passage.items))
      const texts = items.map(({ text }) => text)
      expect(texts[0]).toBe('ClientHello')
      for (const wanted of ['ServerHello', 'Certificate', 'ClientKeyExchange', 'ChangeCipherSpec'])
        expect(texts).toContain(wanted)
      expect(texts.filter(text => text === 'Finished').length).toBeGreaterThanOrEqual(2)
      expect(texts.filter(text => text === 'Handshake message' || text === 'Application data').length).toBe(
        items.filter(({ text, detail }) => text === 'Application data' && /bytes?/.test(detail)).length,
      )
      expect(texts).toContain('Application data')
    },
    60_000,
  )
})

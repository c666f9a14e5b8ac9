import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { freePort } from './hello.ts'
import { PATIENCE, type Program, Workshop } from './programs.ts'

/** The ports of OpenSSL's demonstration programs, and the DTLS of a WebRTC program, against the openssl program. */

jest.setTimeout(2 * PATIENCE)

const openssl = spawnSync('openssl', ['version']).error === undefined
if (!openssl) console.info('skipped what needs the openssl program: it is not installed')
const live = openssl ? describe : describe.skip

let workshop: Workshop

beforeAll(() => {
  workshop = new Workshop()
})
afterEach(() => workshop.clear())
afterAll(() => workshop.close())

const SERVER = ['-cert', 'certs/server-cert.pem', '-key', 'certs/server-key.pem']

/** Tries until somebody listens. */
async function untilThere(start: () => Program): Promise<Program> {
  const end = performance.now() + PATIENCE
  for (;;) {
    const program = start()
    if (!((await program.ended) !== 0 && /refused/i.test(`${program}`) && performance.now() < end)) return program
  }
}

live('sconnect', () => {
  test('prints what a server answers, and says why it does not trust one', async () => {
    const port = await freePort()
    workshop.start('openssl', ['s_server', '-accept', `${port}`, ...SERVER, '-www', '-quiet'])
    const client = await untilThere(() => workshop.sample('sconnect', `127.0.0.1:${port}`))
    expect(`${await client.ended}: ${client.stdout}`).toMatch(/^0: HTTP\/1.0 200 ok\r\n/)
    const other = workshop.sample('sconnect', `127.0.0.1:${port}`, 'certs/client-cert.pem')
    expect(await other.ended).toBe(1)
    expect(other.stderr).toContain('certificate verify failed')
  })
})

describe('server_arg', () => {
  test.each([
    [['-cert'], 'Missing argument for -cert'],
    [['-bad'], 'Unknown argument -bad'],
    [['-port'], 'Missing -port argument'],
    [['-cipher', 'nope'], 'Error in command -cipher\n'],
    [['-cert', 'certs/nope.pem'], 'calling fopen(certs/nope.pem, r)'],
  ])('%j is complained about', async (line, complaint) => {
    const program = workshop.sample('server_arg', ...line)
    expect(await program.ended).toBe(1)
    expect(program.stderr).toContain(complaint)
  })

  const there = openssl ? test : test.skip
  there('prints what clients send, one after the other', async () => {
    const port = await freePort()
    const server = workshop.sample('server_arg', '-port', `127.0.0.1:${port}`, ...SERVER, '-cipher', 'AES256-SHA:HIGH')
    for (const word of ['first', 'second']) {
      const client = await untilThere(() => {
        const made = workshop.start('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2'])
        made.process.stdin?.on('error', () => {}).end(`${word}\n`)
        return made
      })
      expect(`${client}`).toContain('Cipher is')
      await server.says(new RegExp(`${word}\nDone\n`))
    }
  })
})

describe('dtls_srtp', () => {
  async function waiting(): Promise<{ passive: Program; port: string; fingerprint: string }> {
    const passive = workshop.sample('dtls_srtp')
    await passive.says(/fingerprint .*\n/)
    const [, port = '', fingerprint = ''] = /port (\d+)\nfingerprint (\S+)\n/.exec(passive.stdout) ?? []
    return { passive, port, fingerprint }
  }

  test('both have the same keys, and have seen the certificate that the other has named', async () => {
    const { passive, port, fingerprint } = await waiting()
    const active = workshop.sample('dtls_srtp', port, fingerprint)
    expect(`${await active.ended}: ${active.stderr}`).toBe('0: ')
    expect(await passive.ended).toBe(0)
    expect(active.stdout).toContain(`peer ${fingerprint}\nprofile SRTP_AEAD_AES_128_GCM\nSHA-256`)
    expect(active.stdout.split('\n').at(-2)).toBe(passive.stdout.split('\n').at(-2))
  })

  test('another certificate than the one named is refused', async () => {
    const { port, fingerprint } = await waiting()
    const named = fingerprint.replace(/^../, byte => (byte === '00' ? '01' : '00'))
    const active = workshop.sample('dtls_srtp', port, named)
    expect(await active.ended).toBe(1)
    expect(active.stdout).toContain(`another certificate: ${fingerprint}\n`)
  })

  const there = openssl ? test : test.skip
  there('the keys are those of OpenSSL', async () => {
    const { passive, port } = await waiting()
    const identity = ['-cert', 'certs/client-cert.pem', '-key', 'certs/client-key.pem']
    const keys = [
      '-use_srtp',
      'SRTP_AES128_CM_SHA1_80',
      '-keymatexport',
      'EXTRACTOR-dtls_srtp',
      '-keymatexportlen',
      '60',
    ]
    const client = workshop.start('openssl', [
      's_client',
      '-dtls',
      '-connect',
      `127.0.0.1:${port}`,
      ...identity,
      ...keys,
    ])
    expect(await passive.ended).toBe(0)
    await client.says(/Keying material: \w+/)
    const [, material = ''] = /Keying material: (\w+)/.exec(client.stdout) ?? []
    const digest = createHash('sha256').update(Buffer.from(material, 'hex')).digest('hex')
    expect(passive.stdout).toContain(`profile SRTP_AES128_CM_SHA1_80\nSHA-256 of the keys ${digest}\n`)
  })
})

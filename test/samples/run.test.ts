import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { DEMO, LAUNCHER, PATIENCE, Workshop } from './programs.ts'

jest.setTimeout(2 * PATIENCE)

let workshop: Workshop

beforeAll(() => {
  workshop = new Workshop()
})
afterEach(() => workshop.clear())
afterAll(() => workshop.close())

describe('npm run sample', () => {
  test.each([
    ['', 'Which sample?'],
    ['constructor', 'There is no sample constructor.'],
  ])('%s: lists what exists', async (name, complaint) => {
    const run = workshop.start(process.execPath, [LAUNCHER, ...(name === '' ? [] : [name])])
    expect(await run.ended).toBe(1)
    expect(run.stderr).toContain(complaint)
    for (const known of ['echo', 'discard', 'chargen']) {
      expect(run.stderr).toContain(`-- dtls_udp_${known} `)
      expect(run.stderr).toContain(`-- dtls_sctp_${known} `)
    }
  })

  test('not built: says how to', async () => {
    const elsewhere = join(workshop.folder, 'clone/compat/samples')
    mkdirSync(elsewhere, { recursive: true })
    copyFileSync(LAUNCHER, join(elsewhere, 'run.mjs'))
    const run = workshop.start(process.execPath, [join(elsewhere, 'run.mjs'), 'dtls_udp_echo'])
    expect(await run.ended).toBe(1)
    expect(run.stderr).toContain('npm install && npm run build')
  })

  test.each([
    ['dtls_udp_echo', '-t', '5'],
    ['dtls_udp_chargen', '-l', '3'],
    ['dtls_sctp_echo', '-s', '3'],
  ])('%s %s %s: usage, exit code 1', async (...line) => {
    const run = workshop.start(process.execPath, [LAUNCHER, ...line])
    expect(await run.ended).toBe(1)
    expect(run.stderr).toContain(`Usage: ${line[0]} [options] [address]`)
  })

  test('an address that is none: exit code 1', async () => {
    const run = workshop.start(process.execPath, [LAUNCHER, 'dtls_udp_echo', '256.0.0.1'])
    expect(await run.ended).toBe(1)
    expect(run.stderr).toContain('256.0.0.1')
  })
})

describe('npm start', () => {
  test('shows both flights and ends with OK; nothing is left behind', async () => {
    const before = leftovers()
    const demo = workshop.start(process.execPath, [DEMO])
    expect(`${await demo.ended}: ${demo}`).toMatch(/^0:/)
    expect(arrowsOf(demo.stdout)).toEqual([
      '> ClientHello 0',
      '< HelloVerifyRequest 0',
      '> ClientHello 0',
      '< ServerHello 0',
      '< Certificate 0',
      '< ServerKeyExchange 0',
      '< CertificateRequest 0',
      '< ServerHelloDone 0',
      '> Certificate 0',
      '> ClientKeyExchange 0',
      '> CertificateVerify 0',
      '> ChangeCipherSpec 0',
      '> Finished 1',
      '< NewSessionTicket 0',
      '< ChangeCipherSpec 0',
      '< Finished 1',
      '> Alert: close notify 1',
      '< Alert: close notify 1',
    ])
    expect(demo.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^OK: DTLSv1\.2, ECDHE-ECDSA-AES256-GCM-SHA384, 10000 round trips, \d+ per second, closed cleanly by both sides$/,
    )
    expect(demo.stdout).not.toContain('\x1b')
    expect(leftovers()).toEqual(before)
  })

  test('sctp: three programs, their streams and notifications, a renegotiation that resumes, and OK', async () => {
    const before = leftovers()
    const demo = workshop.start('env', ['OPENSSL_SHIM_SCTP=loopback', process.execPath, DEMO, 'sctp'])
    expect(`${await demo.ended}: ${demo}`).toMatch(/^0:/)
    const [echo = '', discard = '', chargen = ''] = demo.stdout.split(/^ {2}dtls_sctp_(?:discard|chargen): .*$/m)
    expect(arrowsOf(echo)).toEqual([
      '> ClientHello 0',
      '< ServerHello 0',
      '< Certificate 0',
      '< ServerKeyExchange 0',
      '< ServerHelloDone 0',
      '> ClientKeyExchange 0',
      '> ChangeCipherSpec 0',
      '> Finished 1',
      '< NewSessionTicket 0',
      '< ChangeCipherSpec 0',
      '< Finished 1',
      '> Alert: close notify 1',
      '< Alert: close notify 1',
    ])
    expect(echo.match(/association up, 10 streams in, 10 out$/gm)).toHaveLength(2)
    expect(echo.match(/has read 100 bytes: stream 0, ssn \d+, tsn \d+$/gm)).toHaveLength(10)
    expect(discard).toMatch(/has read 100 bytes: stream [0-4], unordered, tsn \d+$/m)
    // The sample renegotiates by chance too: before what is shown, and after.
    const arrows = arrowsOf(chargen)
    const epoch = Number(arrows[0]?.split(' ').at(-1))
    expect(epoch).toBeGreaterThanOrEqual(1)
    expect(arrows.slice(0, 6)).toEqual([
      `> ClientHello ${epoch}`,
      `< ServerHello ${epoch}`,
      `< ChangeCipherSpec ${epoch}`,
      `< Finished ${epoch + 1}`,
      `> ChangeCipherSpec ${epoch}`,
      `> Finished ${epoch + 1}`,
    ])
    expect(demo.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^OK: DTLSv1\.2 over SCTP \(loopback\), ECDHE-ECDSA-AES256-GCM-SHA384, \d+ messages, none lost, renegotiated (once|twice|\d+ times) under traffic, closed cleanly by both sides$/,
    )
    expect(demo.stdout).not.toContain('\x1b')
    expect(leftovers()).toEqual(before)
  })

  test('sctp where there is none: says why', async () => {
    const demo = workshop.start('env', ['OPENSSL_SHIM_SCTP=carrier', process.execPath, DEMO, 'sctp'])
    expect(await demo.ended).toBe(1)
    expect(demo.stdout).toContain('FAILED: OPENSSL_SHIM_SCTP is carrier, of kernel')
  })

  test('an argument it does not know: says what there is', async () => {
    const demo = workshop.start(process.execPath, [DEMO, 'quic'])
    expect(await demo.ended).toBe(1)
    expect(demo.stderr).toMatch(/There is no demo quic\.[\s\S]*npm start[\s\S]*npm start -- sctp/)
  })
})

/** The messages of the diagrams: direction, name, epoch. */
function arrowsOf(text: string): string[] {
  return [...text.matchAll(/│([─═]{3}|◀[─═]+) (.*?) [─═]+(▶?)│ +epoch (\d+)/g)].map(
    ([, , name, head, epoch]) => `${head === '▶' ? '>' : '<'} ${name} ${epoch}`,
  )
}

function leftovers(): string[] {
  return readdirSync(tmpdir()).filter(name => name.startsWith('openssl-shim-demo-'))
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { DEFAULTS, type Options } from '../../compat/samples/common/options.ts'
import type { Watch } from '../../compat/samples/common/watch.ts'
import * as chargen from '../../compat/samples/dtls_sctp_chargen.ts'
import * as discard from '../../compat/samples/dtls_sctp_discard.ts'
import * as echo from '../../compat/samples/dtls_sctp_echo.ts'
import {
  type SSL,
  SSL_get_fd,
  SSL_renegotiate_abbreviated,
  SSL_session_reused,
  SSL_total_renegotiations,
} from '../../lib/promises.ts'
import { SCTP_ASSOC_CHANGE, SCTP_NODELAY, useSctpProvider } from '../../lib/sctp.ts'
import { IPPROTO_SCTP, setsockopt } from '../../lib/socket.ts'
import { PATIENCE, Workshop } from './programs.ts'

// Both sides in this process, which is the only place where the loopback SCTP has two ends. A server never ends; each test
// has a port of its own, which nobody else can have.

jest.setTimeout(2 * PATIENCE)

const HOST = '127.0.0.1'
let workshop: Workshop
let home: string
let port = 5000
let stdout = ''
let stderr = ''

beforeAll(() => {
  workshop = new Workshop()
  home = process.cwd()
  process.chdir(workshop.folder)
  useSctpProvider('loopback')
})
afterAll(async () => {
  useSctpProvider(null)
  process.chdir(home)
  await workshop.close()
})

beforeEach(() => {
  port++
  stdout = stderr = ''
  jest.spyOn(process.stdout, 'write').mockImplementation(text => {
    stdout += typeof text === 'string' ? text : Buffer.from(text).toString()
    return true
  })
  jest.spyOn(process.stderr, 'write').mockImplementation(text => {
    stderr += String(text)
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
})

/** What a side has sent and received, by stream; and the connection, as long as it is there. */
class Side {
  readonly sent: number[] = Array(10).fill(0)
  readonly received: number[] = Array(10).fill(0)
  readonly notifications: number[] = []
  unordered = 0
  messages = 0
  ssl: SSL | null = null
  readonly closed: Promise<void>
  readonly watch: Watch

  constructor(more: { received?: (side: Side) => void; closed?: (ssl: SSL) => void } = {}) {
    let end = () => {}
    this.closed = new Promise(resolve => {
      end = resolve
    })
    this.watch = {
      connected: ssl => {
        this.ssl = ssl
        setsockopt(SSL_get_fd(ssl), IPPROTO_SCTP, SCTP_NODELAY, 1)
      },
      sent: stream => void (this.sent[stream] = (this.sent[stream] ?? 0) + 1),
      received: ({ rcv_sid, rcv_flags }) => {
        this.messages++
        this.received[rcv_sid] = (this.received[rcv_sid] ?? 0) + 1
        this.unordered += rcv_flags
        more.received?.(this)
      },
      notified: ({ sn_type }) => void this.notifications.push(sn_type),
      closed: ssl => {
        more.closed?.(ssl)
        end()
      },
    }
  }
}

type Sample = Pick<typeof echo, 'start_server' | 'start_client'>

async function run(sample: Sample, options: Partial<Options>, client = new Side()): Promise<[number, Side, Side]> {
  const server = new Side()
  void sample.start_server({ ...DEFAULTS, ...options, port, local_address: HOST }, server.watch)
  const code = await sample.start_client({ ...DEFAULTS, ...options, port, remote_address: HOST }, client.watch)
  await server.closed
  return [code, client, server]
}

const total = (streams: readonly number[]) => streams.reduce((sum, count) => sum + count, 0)

describe('dtls_sctp_echo', () => {
  test('says with -V what the C program says, and ends', async () => {
    void echo.main(['-V', '-p', String(port), '-L', HOST])
    expect(await echo.main(['-V', '-p', String(port), '-n', '3', '-l', '77', HOST])).toBe(0)
    const client = stdout.replace(/^\n?Thread.*\n/gm, '')
    expect(client).toMatch(/^(Using OpenSSL 3\.0.*\n){2}/)
    expect(client).toContain('NOTIFICATION: assoc_change: state=0, error=0, instr=10 outstr=10\n')
    expect(client).toContain(`\nConnected to ${HOST}:${port}\n${'-'.repeat(60)}\n`)
    expect(client).toMatch(/ commonName += Demo server\n\n Cipher: ECDHE-ECDSA-AES256-GCM-SHA384\n/)
    expect(client).toMatch(
      /(wrote 77 bytes, stream: 0, ppid: 0\n(NOT.*\n)*read 77 bytes, stream: 0, ssn: \d+, ppid: 0, tsn: \d+\n){3}/,
    )
    expect(client).toMatch(/Connection closed\.\n$/)
    expect(stdout).toMatch(/^Thread \w+: accepted connection from 127\.0\.0\.1:\d+$/m)
    expect(
      stdout.match(
        /^Thread \w+: read 77 bytes, stream: 0, ssn: \d+, .*\nThread \w+: wrote 77 bytes, stream: 0, ppid: 0$/gm,
      ),
    ).toHaveLength(3)
    expect(stderr).toBe('')
  })

  test('tells of notifications; a message of 16384 bytes passes, one of 16385 does not', async () => {
    const [code, client, server] = await run(echo, { messagenumber: 2, length: 16384 })
    expect(code).toBe(0)
    for (const side of [client, server]) {
      expect(side.notifications).toContain(SCTP_ASSOC_CHANGE)
      expect([side.sent[0], side.received[0]]).toEqual([2, 2])
    }
    port++
    expect((await run(echo, { length: 16385 }))[0]).toBe(1)
    expect(stdout).toMatch(/^SSL write error: error:0A00014E:SSL routines::dtls message too big \(1\)$/m)
  })

  test('-r asks for a certificate, which nobody has vouched for', async () => {
    void echo.start_server({ ...DEFAULTS, requestcert: true, port, local_address: HOST })
    expect(await echo.main(['-p', String(port), HOST])).toBe(255)
    expect(stdout).toMatch(/error:0A000086:SSL routines::certificate verify failed \(1\)/)
  })

  test('nobody listens', async () => {
    expect(await echo.main(['-p', String(port), HOST])).toBe(255)
    expect(stderr).toBe('connect: Connection refused\n')
  })
})

describe('dtls_sctp_discard', () => {
  test.each([false, true])('unordered %s: what was sent on each stream is counted on both sides', async unordered => {
    const [code, client, server] = await run(discard, { timetosend: 1, streams: 3, unordered, length: 60 })
    expect(code).toBe(0)
    expect(total(client.sent)).toBeGreaterThan(0)
    expect(server.received).toEqual(client.sent)
    expect(total(client.sent.slice(3))).toBe(0)
    expect(server.unordered > 0).toBe(unordered)
    for (const [stream, count] of client.sent.entries()) {
      if (count === 0) continue
      const numbers = `sent +${count} messages\nsent ${count * 60} bytes\n`
      expect(stdout).toMatch(new RegExp(`^stream ${stream}:\n${numbers}`, 'm'))
      const counted = numbers.replaceAll('sent', 'Thread \\w+: received')
      expect(stdout).toMatch(new RegExp(`^Thread \\w+: stream ${stream}:\n${counted}`, 'm'))
    }
    expect(stdout).not.toContain('lost')
  })
})

describe('dtls_sctp_chargen', () => {
  test.each([false, true])(
    'unordered %s: both ways, with a renegotiation that resumes the session',
    async unordered => {
      const seen = { renegotiations: 0, resumed: 0 }
      const asking = new Side({
        received: ({ messages, ssl }) => void (messages === 10 && ssl !== null && SSL_renegotiate_abbreviated(ssl)),
        closed(ssl) {
          seen.renegotiations = SSL_total_renegotiations(ssl)
          seen.resumed = SSL_session_reused(ssl)
        },
      })
      const [code, client, server] = await run(chargen, { timetosend: 1, streams: 4, unordered }, asking)
      expect(`${code} ${stdout}`).toMatch(/^0 /)
      expect(total(server.sent)).toBeGreaterThan(10)
      expect(server.received).toEqual(client.sent)
      expect(client.received).toEqual(server.sent)
      expect(client.unordered > 0).toBe(unordered)
      expect(seen.renegotiations).toBeGreaterThanOrEqual(1)
      expect(seen.resumed).toBe(1)
      expect(stdout).not.toMatch(/lost|should be/)
      expect(stdout.includes('all streams:')).toBe(unordered)
    },
  )

  test('a number that is not the next of its stream ends it', async () => {
    // In turn: the stream of a message, and whether to renegotiate after it.
    const chances = [0.1, 0.5, 0.6, 0.5]
    let calls = 0
    jest.spyOn(Math, 'random').mockImplementation(() => chances[calls++ % chances.length] ?? 0)
    // It answers on stream 0, whatever stream a message has come on.
    const server = new Side()
    void echo.start_server({ ...DEFAULTS, port, local_address: HOST }, server.watch)
    expect(await chargen.start_client({ ...DEFAULTS, streams: 2, port, remote_address: HOST })).toBe(1)
    expect(stdout).toMatch(/^stream 0: message 0, should be 1$/m)
    await server.closed
  })
})

describe('usage', () => {
  test.each([
    ['dtls_sctp_echo', ['-t', '5'], echo.main],
    ['dtls_sctp_echo', ['-u'], echo.main],
    ['dtls_sctp_discard', ['-n', '5'], discard.main],
    ['dtls_sctp_discard', ['-l', '3'], discard.main],
    ['dtls_sctp_discard', ['-s', '0'], discard.main],
    ['dtls_sctp_chargen', ['-s', '11'], chargen.main],
    ['dtls_sctp_chargen', ['-r'], chargen.main],
    ['dtls_sctp_chargen', ['-t', 'x'], chargen.main],
  ] as const)('%s %j: exit code 1', async (name, argv, main) => {
    expect(await main(argv)).toBe(1)
    expect(stderr).toMatch(
      new RegExp(`^${name}: (invalid|unknown|.*option).*\nUsage: ${name} \\[options\\] \\[address\\]\n`),
    )
    expect(stdout).toBe('')
  })

  test('two addresses, or one that is none', async () => {
    expect(await chargen.main([HOST, HOST])).toBe(1)
    expect(await chargen.main(['256.0.0.1'])).toBe(1)
    expect(stderr).toMatch(/Usage: dtls_sctp_chargen[\s\S]*256\.0\.0\.1: not an IPv4 or IPv6 address\n$/)
  })
})

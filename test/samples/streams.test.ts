import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { freePort, untilListening } from './hello.ts'
import { hasLibssl, PATIENCE, type Program, Workshop } from './programs.ts'

jest.setTimeout(2 * PATIENCE)

let workshop: Workshop
let port: string

beforeAll(() => {
  workshop = new Workshop()
})
afterEach(() => workshop.clear())
afterAll(() => workshop.close())

async function ourServer(program: string, ...options: string[]): Promise<Program> {
  port = String(await freePort())
  const server = workshop.sample(program, '-p', port, ...options)
  await untilListening('127.0.0.1', Number(port))
  return server
}

const numberIn = (text: string, pattern: RegExp) => Number(pattern.exec(text)?.[1])

describe('two of ours', () => {
  test('discard: what was sent is counted on both sides', async () => {
    const server = await ourServer('dtls_udp_discard', '-v')
    const client = workshop.sample('dtls_udp_discard', '-p', port, '-t', '1', '-l', '60', '127.0.0.1')
    expect(`${await client.ended}: ${client}`).toMatch(/^0:/)
    await server.says(/done, connection closed/)
    const sent = numberIn(client.stdout, /^sent +(\d+) messages$/m)
    const received = numberIn(server.stdout, /^Thread 1: received +(\d+) messages$/m)
    const lost = numberIn(`${server.stdout}\nThread 1: lost 0 messages`, /^Thread 1: lost (\d+) messages$/m)
    expect(received).toBeGreaterThan(0)
    // What is lost at the very end leaves no gap in the numbers.
    expect(received + lost).toBeLessThanOrEqual(sent)
    expect(client.stdout).toContain(`sent ${sent * 60} bytes`)
    expect(server.stdout).toContain(`received ${received * 60} bytes`)
    expect(server.stdout.match(/^Thread 1: read 60 bytes$/gm)).toHaveLength(received)
  })

  test('chargen: both send, both read, in turn', async () => {
    const server = await ourServer('dtls_udp_chargen', '-v', '-l', '40')
    const client = workshop.sample('dtls_udp_chargen', '-p', port, '-t', '1', '-l', '60', '127.0.0.1')
    expect(`${await client.ended}: ${client}`).toMatch(/^0:/)
    await server.says(/done, connection closed/)
    const sent = numberIn(client.stdout, /^sent +(\d+) messages$/m)
    expect(sent).toBeGreaterThan(10)
    expect(server.stdout).toMatch(new RegExp(`^Thread 1: received +${sent} messages$`, 'm'))
    expect(server.stdout).not.toContain('lost')
    expect(client.stdout).not.toContain('lost')
    expect(client.stdout).toMatch(/^received +\d+ messages$/m)
    expect(server.stdout.match(/^Thread 1: wrote 40 bytes$/gm)?.length).toBeGreaterThanOrEqual(sent)
  })
})

const withLibssl = hasLibssl ? describe : describe.skip
withLibssl('with a C counterpart', () => {
  async function theirServer(program: string): Promise<Program> {
    port = String(await freePort())
    const server = workshop.peer('server', program, port)
    await server.says(/listening/)
    return server
  }

  test('discard: our client', async () => {
    const server = await theirServer('discard')
    const client = workshop.sample('dtls_udp_discard', '-p', port, '-t', '1', '-V', '127.0.0.1')
    expect(`${await client.ended}: ${client.stdout.slice(-300)}`).toMatch(/^0:/)
    expect(client.stdout).toContain(' Cipher: ECDHE-ECDSA-AES256-GCM-SHA384')
    await server.says(/messages \d+, last number \d+, shutdown 3/)
    const sent = numberIn(client.stdout, /^sent +(\d+) messages$/m)
    const received = numberIn(server.stdout, /messages (\d+)/)
    const last = numberIn(server.stdout, /last number (\d+)/)
    expect(received).toBeGreaterThan(0)
    expect(received).toBeLessThanOrEqual(last + 1)
    expect(last + 1).toBeLessThanOrEqual(sent)
  })

  test('discard: our server', async () => {
    const server = await ourServer('dtls_udp_discard')
    const client = workshop.peer('client', 'discard', '127.0.0.1', port, '50', '200')
    expect(await client.ended).toBe(0)
    await server.says(/Thread 1: received +50 messages\nThread 1: received 10000 bytes\n$/)
  })

  test('chargen: our client', async () => {
    const server = await theirServer('chargen')
    const client = workshop.sample('dtls_udp_chargen', '-p', port, '-t', '1', '127.0.0.1')
    expect(await client.ended).toBe(0)
    await server.says(/shutdown 3/)
    const sent = numberIn(client.stdout, /^sent +(\d+) messages$/m)
    expect(server.stdout).toContain(`messages ${sent}, last number ${sent - 1}, shutdown 3`)
  })

  test('chargen: our server', async () => {
    const server = await ourServer('dtls_udp_chargen')
    const client = workshop.peer('client', 'chargen', '127.0.0.1', port, '50', '200')
    expect(`${await client.ended}: ${client}`).toMatch(/^0: [\s\S]*answers 50, shutdown 3/)
    await server.says(/Thread 1: received +50 messages\nThread 1: received 10000 bytes\n$/)
  })
})

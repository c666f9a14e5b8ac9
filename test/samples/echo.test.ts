import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { freePort, untilListening } from './hello.ts'
import { FAMILIES, hasLibssl, PATIENCE, type Program, Workshop } from './programs.ts'

jest.setTimeout(2 * PATIENCE)

let workshop: Workshop
let port: string

beforeAll(() => {
  workshop = new Workshop()
})
afterEach(() => workshop.clear())
afterAll(() => workshop.close())

async function ourServer(...options: string[]): Promise<Program> {
  port = String(await freePort())
  const server = workshop.sample('dtls_udp_echo', '-p', port, ...options)
  const local = options.includes('-L') ? options[options.indexOf('-L') + 1] : undefined
  await untilListening(local ?? '127.0.0.1', Number(port))
  return server
}

async function theirServer(program: 'echo' | 'mute', ...ca: string[]): Promise<Program> {
  port = String(await freePort())
  const server = workshop.peer('server', program, port, ...ca)
  await server.says(/listening/)
  return server
}

const ourClient = (address: string, ...options: string[]) =>
  workshop.sample('dtls_udp_echo', '-p', port, ...options, address)

const theirClient = (address: string, count: number, length: number, ...ca: string[]) =>
  workshop.peer('client', 'echo', address, port, String(count), String(length), ...ca)

describe.each(FAMILIES)('echo over %s', address => {
  test('our client and our server say with -V what the C programs say', async () => {
    const server = await ourServer('-V')
    const client = ourClient(address, '-V', '-n', '3', '-l', '77')
    expect(await client.ended).toBe(0)
    expect(client.stdout).toMatch(
      new RegExp(
        [
          '^Using OpenSSL 3\\.0.*',
          '',
          `Connected to ${address}:${port}`,
          '-{60}',
          ' organizationName          = openssl-shim',
          ' commonName                = Demo server',
          '',
          ' Cipher: ECDHE-ECDSA-AES256-GCM-SHA384',
          '-{60}',
          '',
          ...Array(3).fill('wrote 77 bytes\nread 77 bytes'),
          'Connection closed.\n$',
        ].join('\n'),
      ),
    )
    await server.says(/done, connection closed/)
    const accepted = address.includes(':') ? address : `(::ffff:)?${address}`
    expect(server.stdout).toMatch(
      new RegExp(
        [
          '^Using OpenSSL 3\\.0.*',
          '',
          `Thread 1: accepted connection from ${accepted}:\\d+`,
          '-{60}',
          ' organizationName          = openssl-shim',
          ' commonName                = Demo client',
          '',
          ' Cipher: ECDHE-ECDSA-AES256-GCM-SHA384',
          '-{60}',
          '',
          ...Array(3).fill('Thread 1: read 77 bytes\nThread 1: wrote 77 bytes'),
          'Thread 1: done, connection closed.\n$',
        ].join('\n'),
      ),
    )
  })

  const withLibssl = hasLibssl ? test : test.skip
  withLibssl('our client and a C server', async () => {
    const server = await theirServer('echo')
    const client = ourClient(address, '-v', '-n', '4', '-l', '1000')
    expect(await client.ended).toBe(0)
    expect(client.stdout.match(/wrote 1000 bytes\nread 1000 bytes/g)).toHaveLength(4)
    await server.says(/messages 4, last number 0, shutdown 3/)
  })

  withLibssl('a C client and our server', async () => {
    const server = await ourServer('-V')
    const client = theirClient(address, 6, 500)
    expect(`${await client.ended}: ${client}`).toMatch(/^0: .*Demo server[\s\S]*answers 6, shutdown 3/)
    await server.says(/done, connection closed/)
    expect(server.stdout).toContain('Demo client')
    expect(server.stdout.match(/Thread 1: read 500 bytes\nThread 1: wrote 500 bytes/g)).toHaveLength(6)
  })
})

describe('one server', () => {
  test('serves several clients at once', async () => {
    const server = await ourServer('-v')
    const clients = Array.from({ length: 4 }, (_, i) => ourClient('127.0.0.1', '-v', '-n', '20', '-l', String(200 + i)))
    if (hasLibssl) clients.push(theirClient('127.0.0.1', 20, 300), theirClient('127.0.0.1', 20, 301))
    expect(await Promise.all(clients.map(({ ended }) => ended))).toEqual(clients.map(() => 0))
    for (let i = 0; i < 4; i++)
      expect(clients[i]?.stdout.match(new RegExp(`read ${200 + i} bytes`, 'g'))).toHaveLength(20)
    await server.says(new RegExp(`(done, connection closed[\\s\\S]*){${clients.length}}`))
    expect(new Set(server.stdout.match(/^Thread \w+: accepted/gm)).size).toBe(clients.length)
  })

  test('listens where -L says, and the client connects from where -L says', async () => {
    const server = await ourServer('-v', '-L', '127.0.0.1')
    const client = ourClient('127.0.0.1', '-L', '127.0.0.2', '-v', '-n', '1', '-l', '16384')
    expect(await client.ended).toBe(0)
    expect(client.stdout).toContain('read 16384 bytes')
    await server.says(/accepted connection from 127\.0\.0\.2:\d+/)

    // A record holds no more.
    const tooMuch = ourClient('127.0.0.1', '-n', '1', '-l', '16385')
    expect(await tooMuch.ended).toBe(1)
    expect(tooMuch.stdout).toMatch(/^SSL write error: error:0A00014E:SSL routines::dtls message too big \(1\)$/m)
  })
})

describe('certificates', () => {
  const withLibssl = hasLibssl ? test : test.skip

  withLibssl('a C server that demands a certificate gets one that it can verify', async () => {
    const server = await theirServer('echo', 'certs/ca-cert.pem')
    const client = ourClient('127.0.0.1', '-n', '1')
    expect(await client.ended).toBe(0)
    expect(server.stdout).toMatch(/peer .*Demo client, verified 0/)
  })

  withLibssl('a C server that trusts somebody else refuses ours, and the client says why', async () => {
    await theirServer('echo', 'certs/server-cert.pem')
    const client = ourClient('127.0.0.1', '-n', '1')
    expect(await client.ended).toBe(255)
    expect(client.stdout).toMatch(/error:0A000418:SSL routines::tlsv1 alert unknown ca \(1\)/)
  })

  withLibssl('a C client verifies our server', async () => {
    await ourServer()
    const client = theirClient('127.0.0.1', 1, 10, 'certs/ca-cert.pem')
    expect(await client.ended).toBe(0)
    expect(client.stdout).toMatch(/peer .*Demo server, verified 0/)
  })

  test('without certificates the server says so, and clients get handshake failure', async () => {
    port = String(await freePort())
    const server = workshop.sampleIn('/', 'dtls_udp_echo', '-p', port)
    await untilListening('127.0.0.1', Number(port))
    await server.says(/no certificate found.*\n.*no private key found.*\n.*invalid private key/)
    const client = ourClient('127.0.0.1')
    expect(await client.ended).toBe(255)
    expect(client.stdout).toMatch(/error:0A000410:SSL routines::sslv3 alert handshake failure \(1\)/)
    await server.says(/error:0A0000C1:SSL routines::no shared cipher \(1\)/)
  })
})

describe('a server that is lost', () => {
  test('nobody listens', async () => {
    port = String(await freePort())
    const client = ourClient('127.0.0.1')
    expect(await client.ended).toBe(255)
    expect(client.stderr).toBe('SSL_connect: Connection refused\n')
  })

  const withLibssl = hasLibssl ? test : test.skip
  withLibssl(
    'silent: a timeout, then the port of a killed one is unreachable; after the last message the end',
    async () => {
      const killed = await theirServer('mute')
      const goingOn = ourClient('127.0.0.1', '-v', '-n', '2')
      await theirServer('mute')
      const atTheEnd = ourClient('127.0.0.1', '-v', '-n', '1')
      await goingOn.says(/wrote 100 bytes/)
      killed.process.kill('SIGKILL')

      expect(await goingOn.ended).toBe(1)
      expect(goingOn.stdout).toMatch(
        /wrote 100 bytes\nTimeout! No response received\.\n(wrote 100 bytes\n)?Socket (read|write) error: Unexpected error! \(errno = 111\)$/m,
      )
      expect(await atTheEnd.ended).toBe(1)
      expect(atTheEnd.stdout).toMatch(/wrote 100 bytes\nTimeout! No response received\.\ndtls_udp_echo ends with 1\n$/)
    },
  )
})

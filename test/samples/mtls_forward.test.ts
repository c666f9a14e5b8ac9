import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { make_certificates } from '../../compat/demo/certificates.ts'
import { main, type Running, start_far_end, start_near_end } from '../../compat/samples/mtls_forward.ts'

let folder = ''
let certificates = ''
const running: Running[] = []
const servers: Server[] = []
const sockets: Socket[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtls-'))
  make_certificates(folder)
  certificates = join(folder, 'certs')
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const one of running.splice(0).reverse()) await one.close()
  for (const server of servers.splice(0)) await once(server.close(), 'close')
})

afterAll(() => rmSync(folder, { recursive: true }))

/** An application that answers in its own way. */
async function application(answer: (text: string) => string): Promise<number> {
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.on('data', data => socket.write(answer(data.toString())))
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function keep<T extends Running | null>(starting: Promise<T>): Promise<Running> {
  const one = await starting
  if (one === null) throw new Error('it has not started')
  running.push(one)
  return one
}

const at = (port: number) => ({ address: '127.0.0.1', port })

async function dial(port = 0): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

async function said(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [answer] = await once(socket, 'data')
  return String(answer)
}

test('two applications, many connections, one session; each goes where it wanted', async () => {
  const upper = await application(text => text.toUpperCase())
  const twice = await application(text => text + text)
  const far = await keep(start_far_end(0, [at(upper), at(twice)], certificates))
  const forwards = [upper, twice].map(port => ({ port: 0, destination: at(port) }))
  const near = await keep(start_near_end('127.0.0.1', far.ports[0] ?? 0, forwards, certificates))
  const talk = async (number: number) => {
    const [one, other] = [await dial(near.ports[0]), await dial(near.ports[1])]
    expect(await said(one, `visitor ${number}`)).toBe(`VISITOR ${number}`)
    expect(await said(other, `${number};`)).toBe(`${number};${number};`)
    expect(await said(one, 'again')).toBe('AGAIN')
  }
  await Promise.all(Array.from({ length: 20 }, (_, i) => talk(i)))
})

test('what ends on one side ends on the other', async () => {
  const port = await application(text => text)
  const far = await keep(start_far_end(0, [at(port)], certificates))
  const near = await keep(
    start_near_end('127.0.0.1', far.ports[0] ?? 0, [{ port: 0, destination: at(port) }], certificates),
  )
  const socket = await dial(near.ports[0])
  expect(await said(socket, 'there?')).toBe('there?')
  const [outside] = sockets.filter(one => one.localPort === port)
  const closed = once(socket, 'close')
  outside?.end()
  await closed
})

test('much data arrives unharmed through a slow reader', async () => {
  const total = 1_000_000
  const server = createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.end(Buffer.from(Uint8Array.from({ length: total }, (_, i) => (i * 7 + (i >> 8)) & 0xff)))
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const far = await keep(start_far_end(0, [at(port)], certificates))
  const near = await keep(
    start_near_end('127.0.0.1', far.ports[0] ?? 0, [{ port: 0, destination: at(port) }], certificates),
  )
  const socket = await dial(near.ports[0])
  let read = 0
  for await (const part of socket) {
    for (const octet of part) {
      if (octet !== ((read * 7 + (read >> 8)) & 0xff)) throw new Error(`octet ${read} is another one`)
      read++
    }
    if (read % 3 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  expect(read).toBe(total)
})

test('a destination that is not allowed, or not there, ends the connection and nothing else', async () => {
  const port = await application(text => text)
  const gone = await application(text => text)
  for (const server of servers.splice(1)) await once(server.close(), 'close')
  const far = await keep(start_far_end(0, [at(port), at(gone)], certificates))
  const forwards = [port, gone, 1].map(destination => ({ port: 0, destination: at(destination) }))
  const near = await keep(start_near_end('127.0.0.1', far.ports[0] ?? 0, forwards, certificates))
  for (const dead of near.ports.slice(1)) {
    const socket = await dial(dead)
    await once(socket.resume(), 'close')
  }
  expect(await said(await dial(near.ports[0]), 'alive')).toBe('alive')
})

test('no session for who is not trusted, and none where nobody listens', async () => {
  const other = mkdtempSync(join(tmpdir(), 'mtls-'))
  make_certificates(other)
  const far = await keep(start_far_end(0, [at(1)], certificates))
  expect(await start_near_end('127.0.0.1', far.ports[0] ?? 0, [], join(other, 'certs'))).toBeNull()
  const [nowhere = 0] = far.ports
  await running.pop()?.close()
  expect(await start_near_end('127.0.0.1', nowhere, [], certificates)).toBeNull()
  rmSync(other, { recursive: true })
})

test.each([
  [[]],
  [['-L', '1:a:1']],
  [['-L', 'x:a:1', 'host']],
  [['-a', 'a']],
  [['-a', 'a:70000']],
  [['-z']],
  [['a', 'b']],
])('a line that does not fit is answered with the usage: %j', async argv => {
  expect(await main(argv)).toBe(1)
})

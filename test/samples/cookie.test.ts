import { createSocket, type Socket } from 'node:dgram'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { answer, freePort, Greeter, HELLO_VERIFY_REQUEST, SERVER_HELLO, typeOf, untilListening } from './hello.ts'
import { PATIENCE, Workshop } from './programs.ts'

jest.setTimeout(2 * PATIENCE)

let workshop: Workshop
let port: number
const sockets: Socket[] = []

beforeAll(() => {
  workshop = new Workshop()
})
beforeEach(async () => {
  port = await freePort()
  workshop.sample('dtls_udp_echo', '-p', String(port))
  await untilListening('127.0.0.1', port)
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await workshop.clear()
})
afterAll(() => workshop.close())

function newSocket(): Socket {
  const socket = createSocket('udp4')
  sockets.push(socket)
  return socket
}

/** Sends a datagram and returns the answer. */
function ask(socket: Socket, datagram: Uint8Array): Promise<Uint8Array> {
  const reply = answer(socket)
  socket.send(datagram, port, '127.0.0.1')
  return reply
}

describe('the cookie of the samples', () => {
  test('has 20 bytes, and brought back it opens the door', async () => {
    const socket = newSocket()
    const greeter = new Greeter()
    const request = await ask(socket, greeter.hello())
    expect(typeOf(request)).toBe(HELLO_VERIFY_REQUEST)
    expect(request[COOKIE_LENGTH]).toBe(20)
    expect(typeOf(await ask(socket, greeter.hello(request)))).toBe(SERVER_HELLO)
  })

  test('is the same for the same hello from the same address, and another one from another port', async () => {
    const [here, there] = [newSocket(), newSocket()]
    const hello = new Greeter().hello()
    const cookie = (await ask(here, hello)).subarray(COOKIE_LENGTH)
    expect((await ask(here, hello)).subarray(COOKIE_LENGTH)).toEqual(cookie)
    expect((await ask(there, hello)).subarray(COOKIE_LENGTH)).not.toEqual(cookie)
  })

  test('is refused from another port', async () => {
    const greeter = new Greeter()
    const request = await ask(newSocket(), greeter.hello())
    expect(typeOf(await ask(newSocket(), greeter.hello(request)))).toBe(HELLO_VERIFY_REQUEST)
  })

  test('is refused with another random (openssl/openssl#15297)', async () => {
    const socket = newSocket()
    const greeter = new Greeter()
    const hello = greeter.hello(await ask(socket, greeter.hello()))
    const changed = Uint8Array.from(hello)
    changed[RANDOM] = (changed[RANDOM] ?? 0) ^ 1
    expect(typeOf(await ask(socket, changed))).toBe(HELLO_VERIFY_REQUEST)
    expect(typeOf(await ask(socket, hello))).toBe(SERVER_HELLO)
  })
})

/** Record header, handshake header, version. */
const COOKIE_LENGTH = 13 + 12 + 2
const RANDOM = 13 + 12 + 2

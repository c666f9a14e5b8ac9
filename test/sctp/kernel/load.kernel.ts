import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { expect, test } from '@jest/globals'
import * as sctp from '../../../lib/sctp/api/index.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { connected, describeKernel, eventually, expectZero, kept, listening, made, many, pair, until } from './stage.ts'

/** More by hand: SCTP_MESSAGES=1000000 npm run test:sctp-kernel -- load */
const MESSAGES = Number(process.env.SCTP_MESSAGES ?? 100_000)
const KIB = 1024

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error('--expose-gc is needed')
  globalThis.gc()
}

/** Sends and receives so many messages, as many at a time as there is room for. */
async function exchange(from: SctpSocket, to: SctpSocket, count: number): Promise<void> {
  const message = new Uint8Array(100)
  const into = new Uint8Array(1000)
  const how = { sndinfo: { snd_sid: 1 } }
  let sent = 0
  let received = 0
  while (received < count) {
    while (sent < count && sent - received < 500 && from.sendmsg(message, how) > 0) sent++
    await until(() => to.readable, to)
    while (typeof to.recvmsg(into) === 'object') received++
  }
}

describeKernel('for a long time', () => {
  test(`${MESSAGES} messages in flat memory`, async () => {
    // Without the wait for a second packet an exchange is as fast as the machine.
    const { client, server } = await pair({
      before: socket => expectZero(socket.setOption(sctp.SCTP_DELAYED_SACK, { sack_delay: 10, sack_freq: 2 })),
    })
    await exchange(client, server, MESSAGES / 4)
    collect()
    const before = process.memoryUsage().rss
    await exchange(client, server, (MESSAGES * 3) / 4)
    collect()
    const grown = process.memoryUsage().rss - before
    console.log(`resident set: ${Math.round(before / KIB)} KiB, then ${Math.round(grown / KIB)} KiB more`)
    expect(grown).toBeLessThan(16 * KIB * KIB)
  }, 3_600_000)

  test('a hundred associations leave no descriptor', async () => {
    const { listener, address } = listening()
    const before = descriptors()
    for (let i = 0; i < 100; i++) {
      const client = made()
      await connected(client, [address])
      await until(() => listener.readable, listener)
      const server = listener.accept()
      if (typeof server === 'object') server.close()
      client.close()
    }
    expect(descriptors()).toBe(before)
  })

  test('sockets that nobody closes are closed when they are collected', async () => {
    const { kernelSctp } = await import('../../../lib/transport/sctp/kernel.ts')
    const before = descriptors()
    for (let i = 0; i < 100; i++) kernelSctp.open(2, 1)
    expect(descriptors()).toBeGreaterThan(before)
    await eventually(() => {
      collect()
      return descriptors() <= before
    })
  })

  test('a watched socket is not collected, and its watch ends with it', async () => {
    const { client, server } = await pair()
    let woken = 0
    const stop = server.watch(() => woken++)
    collect()
    client.sendmsg(Uint8Array.of(1))
    await eventually(() => woken === 1)
    // Nobody reads: the readiness stays, and is not told again.
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(woken).toBe(1)
    server.recvmsg(new Uint8Array(10))
    server.recvmsg(new Uint8Array(10))
    client.sendmsg(Uint8Array.of(2))
    await eventually(() => woken === 2)
    stop()
    stop()
    server.recvmsg(new Uint8Array(10))
    client.sendmsg(Uint8Array.of(3))
    await eventually(() => server.readable)
    expect(woken).toBe(2)
  })

  test('a wait for one direction outlives news of the other', async () => {
    const { client, server } = await pair()
    const message = new Uint8Array(10_000)
    while (client.sendmsg(message) > 0);
    expect(client.writable).toBe(false)
    const waiting = until(() => client.readable, client)
    const into = new Uint8Array(1 << 18)
    await eventually(() => {
      while (typeof server.recvmsg(into) === 'object');
      return client.writable
    })
    // The news of that comes first.
    await new Promise(resolve => setImmediate(resolve))
    server.sendmsg(Uint8Array.of(1))
    await waiting
    expect(client.recvmsg(into)).toMatchObject({ length: 1 })
  })

  test('a worker ends with sockets open and watched', async () => {
    const module = new URL('../../../lib/transport/sctp/kernel.js', import.meta.url)
    const program = `
      const { kernelSctp } = await import(${JSON.stringify(module.href)})
      globalThis.kept = []
      for (let i = 0; i < 20; i++) {
        const socket = kernelSctp.open(2, 1)
        socket.bind({ sin_family: 2, sin_addr: { s_addr: 0x0100007f } })
        socket.listen(1)
        if (i % 2 === 0) socket.watch(() => {})
        globalThis.kept.push(socket)
      }
      process.exit(7)`
    const before = descriptors()
    for (let round = 0; round < 2; round++) {
      const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
      const code = await new Promise((resolve, reject) => new Worker(url).on('exit', resolve).on('error', reject))
      expect(code).toBe(7)
    }
    await eventually(() => descriptors() <= before)
  })

  test('many sockets at once', async () => {
    const { listener, address } = listening({ type: many })
    const clients = Array.from({ length: 100 }, () => made(many))
    for (const client of clients) expect(client.sendmsg(Uint8Array.of(1), { to: address })).toBe(1)
    let got = 0
    while (got < clients.length) {
      await until(() => listener.readable, listener)
      if (typeof listener.recvmsg(new Uint8Array(10)) === 'object') got++
    }
    for (const client of clients) kept(client).close()
  })
})

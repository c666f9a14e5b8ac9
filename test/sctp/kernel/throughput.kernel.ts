import { expect, test } from '@jest/globals'
import * as sctp from '../../../lib/sctp/api.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import type { SctpProvider, SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import {
  connected,
  describeInGuest,
  expectZero,
  good,
  ip,
  kept,
  portOf,
  read,
  run,
  send,
  until,
  withDropped,
  withNetem,
} from './stage.ts'

/** One in each packet, however large the packets have become: ours begin with 1,200 bytes (RFC 8899). */
const MESSAGE = new Uint8Array(1100)
/**
 * Messages, milliseconds each way, and one packet in so many that is lost: SCTP_PATH='120 300 33'. It measures, and is of
 * use on an idle machine only: without the variable it is skipped.
 */
const { SCTP_PATH } = process.env
const [MESSAGES = 0, DELAY = 0, ONE_IN = 0, RATE = 0] = (SCTP_PATH ?? '').split(' ').map(Number)
/** Not that of the other files, which have theirs as long as they live. */
const PORT = 9910

describeInGuest('a path that is slow and loses packets', () => {
  const measured = SCTP_PATH === undefined ? test.skip : test
  measured(
    'our SCTP sends about as much as that of the kernel (measured where SCTP_PATH is set)',
    async () => {
      const own = createUdpProvider({ port: PORT, peerPort: PORT })
      const { kernel, ours } = await onThePath(async () => ({
        kernel: await flow(kernelSctp, MESSAGES),
        ours: await flow(own, MESSAGES),
      }))
      const ratio = ours.rate / kernel.rate
      console.log(
        `${MESSAGES} messages, one packet in ${ONE_IN} lost, ${DELAY} ms each way: ${kernel.rate.toFixed(1)} a second by the ` +
          `kernel's SCTP, ${ours.rate.toFixed(1)} by ours, ${ratio.toFixed(2)} times as many; the processor was busy for ` +
          `${(100 * kernel.busy).toFixed(0)} % and ${(100 * ours.busy).toFixed(0)} % of the time`,
      )
      expect(ratio).toBeGreaterThan(0)
    },
    300_000,
  )
})

/** The loop-back device as Ethernet with a long way and losses. */
async function onThePath<Result>(body: () => Promise<Result>): Promise<Result> {
  const results: Result[] = []
  run('ip', 'link', 'set', 'lo', 'mtu', '1500', 'gso_max_size', '1500')
  try {
    await withNetem(`delay ${DELAY}ms rate ${RATE}kbit limit 10000`, () =>
      withDropped('ip dst 127.0.0.0/8', `pass random determ drop ${ONE_IN}`, async () => {
        results.push(await body())
      }),
    )
  } finally {
    run('ip', 'link', 'set', 'lo', 'mtu', '65536', 'gso_max_size', '65536')
  }
  const [result] = results
  if (result === undefined) throw new Error('nothing was measured')
  return result
}

/** Messages a second that arrive, from one end of an association to the other, and how much of the time this computed. */
async function flow(provider: SctpProvider, count: number): Promise<{ readonly rate: number; readonly busy: number }> {
  const listener = socketOf(provider)
  expectZero(listener.bind(ip('127.0.0.1')))
  expectZero(listener.listen(1))
  const client = socketOf(provider)
  expectZero(client.bind(ip('127.0.0.1')))
  expect(await connected(client, [ip('127.0.0.1', portOf(listener))])).toBe(0)
  await until(() => listener.readable, listener)
  const server = kept(good(listener.accept()))
  const [start, before] = [performance.now(), process.cpuUsage()]
  const reading = (async () => {
    for (let i = 0; i < count; i++) await read(server, 2000)
  })()
  for (let i = 0; i < count; ) {
    if (send(client, MESSAGE) > 0) i++
    else await until(() => client.writable, client)
  }
  await reading
  const elapsed = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return { rate: (1000 * count) / elapsed, busy: (user + system) / 1000 / elapsed }
}

function socketOf(provider: SctpProvider): SctpSocket {
  const socket = kept(good(provider.open(2, 1)))
  expectZero(socket.setOption(sctp.SCTP_RTOINFO, { srto_min: 200, srto_max: 5000 }))
  return socket
}

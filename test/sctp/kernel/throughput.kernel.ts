import { expect, test } from '@jest/globals'
import * as sctp from '../../../lib/sctp/api/index.ts'
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
 * Messages, milliseconds each way, one packet in so many that is lost, and kilobits a second: SCTP_PATH='300 30 50 1000'.
 * Where it is set the guest counts its own time (`GuestCommand.counted`), and only the path is slow.
 */
const { SCTP_PATH } = process.env
const [MESSAGES = 0, DELAY = 0, ONE_IN = 0, RATE = 0] = (SCTP_PATH ?? '').split(' ').map(Number)
/** Not that of the other files, which have theirs as long as they live. */
const PORT = 9910
/** Which packets are lost is a matter of where the counting stands: some rounds are unluckier than others. */
const ROUNDS = 4
/** Of what the kernel's SCTP sends in the same time. */
const LEAST = 0.75

describeInGuest('a path that is slow and loses packets', () => {
  const measured = SCTP_PATH === undefined ? test.skip : test
  measured(
    'our SCTP sends about as much as that of the kernel (measured where SCTP_PATH is set)',
    async () => {
      const own = createUdpProvider({ port: PORT, peerPort: PORT })
      const flows: { readonly kernel: Flow; readonly ours: Flow }[] = []
      await onThePath(async () => {
        while (flows.length < ROUNDS) {
          flows.push({ kernel: await flow(kernelSctp, MESSAGES), ours: await flow(own, MESSAGES) })
        }
      })
      const sum = (what: (of: (typeof flows)[number]) => number) => flows.reduce((total, of) => total + what(of), 0)
      const kernel = sum(({ kernel: { elapsed } }) => elapsed)
      const ours = sum(({ ours: { elapsed } }) => elapsed)
      const rates = flows.map(of =>
        [of.kernel, of.ours].map(({ elapsed }) => (MESSAGES / elapsed).toFixed(1)).join(' to '),
      )
      console.log(
        `${MESSAGES} messages, ${RATE} kbit/s, one packet in ${ONE_IN} lost, ${DELAY} ms each way; messages a second by the ` +
          `kernel's SCTP and by ours: ${rates.join(', ')}; ${(kernel / ours).toFixed(2)} times as many; ours computed for ` +
          `${((100 * sum(({ ours: { busy } }) => busy)) / ours).toFixed(0)} % of the time`,
      )
      expect(kernel / ours).toBeGreaterThan(LEAST)
    },
    600_000,
  )
})

/** The loop-back device as Ethernet with a long way and losses. */
async function onThePath(body: () => Promise<void>): Promise<void> {
  // In larger units than packets, which this device takes, fewer of the kernel's would be lost.
  run('ip', 'link', 'set', 'lo', 'mtu', '1500', 'gso_max_size', '1500')
  try {
    await withNetem(`delay ${DELAY}ms rate ${RATE}kbit limit 10000`, () =>
      withDropped('ip dst 127.0.0.0/8', `pass random determ drop ${ONE_IN}`, body),
    )
  } finally {
    run('ip', 'link', 'set', 'lo', 'mtu', '65536', 'gso_max_size', '65536')
  }
}

/** Seconds that the messages took from one end of an association to the other, and how many of them this computed. */
interface Flow {
  readonly elapsed: number
  readonly busy: number
}

async function flow(provider: SctpProvider, count: number): Promise<Flow> {
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
  return { elapsed: elapsed / 1000, busy: (user + system) / 1e6 }
}

function socketOf(provider: SctpProvider): SctpSocket {
  const socket = kept(good(provider.open(2, 1)))
  // Else the last message would wait for a delayed SACK.
  expectZero(socket.setOption(sctp.SCTP_NODELAY, { value: 1 }))
  expectZero(socket.setOption(sctp.SCTP_RTOINFO, { srto_min: 200, srto_max: 5000 }))
  return socket
}

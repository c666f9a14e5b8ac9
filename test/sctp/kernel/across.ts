import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type Packet, readPacket } from '../../../lib/sctp/wire/packet.ts'
import { IPPROTO_UDP } from '../../../lib/transport/posix/constants.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import type { Ground } from '../conformance/stage.ts'
import { LACKS } from '../conformance/userland.ts'
import { losingOf, withNetem } from './stage.ts'

/** UDP ports: the kernel's own, and the one that it sends to (net.sctp.udp_port, net.sctp.encap_port). */
const KERNEL_PORT = 9899
const OUR_PORT = 9900

/** Has the kernel's SCTP go in UDP datagrams, to a port that is ours unless told otherwise; `restore` ends that. */
export function encapsulate(peerPort = OUR_PORT): { readonly ours: SctpProvider; restore(): void } {
  setPorts(KERNEL_PORT, peerPort)
  return { ours: OURS, restore: () => setPorts(0, 0) }
}

/** A place on the way between the two, at a port of its own, that sees each packet. */
export async function watch(port: number, see: (packet: Packet) => void): Promise<{ close(): void }> {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const packet = readPacket(bytes)
    if (typeof packet !== 'string') see(packet)
    socket.send(bytes, from.port === KERNEL_PORT ? OUR_PORT : KERNEL_PORT, from.address)
  })
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** Our SCTP on one side and Linux's on the other. */
export function acrossGround(ourRole: 'client' | 'server'): Ground {
  return {
    // Linux counts the fragments of interleaved messages in its own way: the test of `watch` shows it.
    lacks: [...LACKS, 'schedulers'],
    async prepare() {
      const { ours, restore } = encapsulate()
      const [client, server] = ourRole === 'client' ? [ours, kernelSctp] : [kernelSctp, ours]
      return { client, server, close: restore }
    },
    losing: losingOf(IPPROTO_UDP),
    delaying: body => withNetem('delay 20ms', body),
  }
}

/** One for all tests of a file: its UDP port is taken as long as it lives. */
const OURS = createUdpProvider({ port: OUR_PORT, peerPort: KERNEL_PORT })

function setPorts(own: number, peer: number): void {
  writeFileSync('/proc/sys/net/sctp/udp_port', String(own))
  writeFileSync('/proc/sys/net/sctp/encap_port', String(peer))
}

import { writeFileSync } from 'node:fs'
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

/** Has the kernel's SCTP go in UDP datagrams, to and from a port of ours; `restore` ends that. */
export function encapsulate(): { readonly ours: SctpProvider; restore(): void } {
  setPorts(KERNEL_PORT, OUR_PORT)
  return { ours: OURS, restore: () => setPorts(0, 0) }
}

/** Our SCTP on one side and Linux's on the other. */
export function acrossGround(ourRole: 'client' | 'server'): Ground {
  return {
    // Between the two, long messages that interleave come to a standstill, and it is not known yet whose fault it is.
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

import { beforeAll, describe } from '@jest/globals'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import { freePorts } from '../conformance/userland.ts'
import { rfc6083Suite } from './suite.ts'

describe('DTLS over SCTP in UDP datagrams', () => {
  let provider: SctpProvider | null = null
  beforeAll(async () => {
    // Both ends are of one host, at one UDP port.
    const [port = 0] = await freePorts(1)
    provider = createUdpProvider({ port, peerPort: port })
  })
  rfc6083Suite({
    name: 'udp',
    unavailable: null,
    open(domain, type) {
      if (provider === null) throw new Error('sockets are made in tests only')
      return provider.open(domain, type)
    },
  })
})

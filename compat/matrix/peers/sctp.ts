import { sctpProvider } from 'openssl-shim/sctp'
import type { Peer } from '../party.ts'

/** OpenSSL's DTLS over the kernel's SCTP, and freeDiameter: they live in a machine of their own. */
export const sctp: Peer = {
  name: 'openssl-sctp',
  title: 'OpenSSL and freeDiameter over SCTP',
  install: 'npm run test:sctp-kernel brings a machine with SCTP',
  roles: ['client', 'server'],
  transports: ['sctp'],
  async prepare() {
    const { unavailable } = sctpProvider()
    return unavailable ?? 'this runner needs a kernel whose SCTP libssl can use'
  },
  version: () => '',
  start() {
    throw new Error('it is not run here')
  },
}

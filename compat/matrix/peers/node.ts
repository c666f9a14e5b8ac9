import { resolve } from 'node:path'
import { SUITES } from '../../../lib/crypto/suites.ts'
import { type Peer, Program } from '../party.ts'

/** Node's own tls, which is the OpenSSL inside Node; it has no DTLS. */
export const node: Peer = {
  name: 'node',
  title: "Node's tls",
  install: 'it is here',
  roles: ['client', 'server'],
  transports: ['stream'],
  async prepare() {
    return null
  },
  version: () => `${process.version}, OpenSSL ${process.versions.openssl}`,
  start(role, port, settings) {
    const suite = SUITES.find(({ id }) => id === settings.cipher)
    const named = suite === undefined ? [] : [`suite=${suite.openssl}`]
    return new Program(['node', resolve(SOURCE), ...named], role, port, settings)
  },
}

/** From the root of the project, where every command starts: this also runs compiled. */
const SOURCE = 'compat/matrix/peers/node/peer.mjs'

import { ProtocolFailure } from '../../base/failure.ts'
import { find } from '../../wire/extensions/extension.ts'
import type { ClientHello } from '../../wire/messages/client-hello.ts'
import { ExtensionType } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'
import { chooseSuite } from '../negotiation/suite.ts'
import type { Step } from '../wait.ts'
import { recordSession } from './session.ts'

/**
 * A master secret that both applications have by other means, as EAP-FAST has (RFC 4851 section 3.2.2): the client says with
 * its ticket which, and the server that takes it goes on as if a session were resumed.
 */

/** Client: asks for the secret when the ServerHello has come, if a ticket was sent. Whether it counts, the server decides. */
export function askForSecret(handshake: HandshakeContext, hello: ClientHello): Uint8Array | null {
  const { externalSecret } = handshake.config
  const ticket = find(hello.extensions, ExtensionType.sessionTicket)
  if (!externalSecret || ticket === undefined || ticket.length === 0) return null
  const secret = externalSecret(null)
  if (secret === null || secret.master.length === 0) throw new ProtocolFailure('internal-error')
  return secret.master
}

/** Client: the server takes the secret when its ServerHello is followed by ChangeCipherSpec, which is taken then. */
export function* serverTakesSecret({ link }: HandshakeContext): Step<boolean> {
  while (!link.takeChangeCipherSpec()) {
    if (link.readable) return false
    yield 'message'
  }
  if (link.readable) throw new ProtocolFailure('unexpected-message')
  return true
}

/** Server: asks whether there is a secret for the ticket. OpenSSL asks over streams only. */
export function takeSecret(handshake: HandshakeContext): void {
  const { config, link, peer, resumed } = handshake
  if (!config.externalSecret || link.datagram || resumed) return
  const secret = config.externalSecret(peer.cipherSuites)
  if (secret === null || secret.master.length === 0) return
  const named = config.suites.find(suite => suite.id === secret.suite && peer.cipherSuites.includes(suite.id))
  if (secret.suite !== null && named === undefined) throw new ProtocolFailure('no-shared-cipher')
  handshake.chooseSuite(named ?? chooseSuite(handshake))
  useSecret(handshake, secret.master)
}

/** From here on it is as if a session were resumed. The secret is the handshake's. */
export function useSecret(handshake: HandshakeContext, master: Uint8Array): void {
  handshake.master = master
  handshake.resumed = true
  recordSession(handshake)
}

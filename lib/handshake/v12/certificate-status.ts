import { ProtocolFailure } from '../../base/failure.ts'
import { certificateStatus } from '../../wire/messages/certificate-status.ts'
import { HandshakeType, StatusType } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'
import type { HandshakeMessage } from '../link.ts'
import type { Step } from '../wait.ts'

/** The OCSP response of a server's certificate (RFC 6066 section 8). */

/** Server: asks the application for a response when the client wants one. */
export function chooseStatus(handshake: HandshakeContext): void {
  const { config, peer, credential, agreed } = handshake
  if (peer.statusRequest === null) return
  const response = config.onStatusRequest?.(peer.statusRequest, credential) ?? null
  if (response === null || response.length === 0 || credential === null) return
  handshake.statusResponse = response
  agreed.certificateStatus = true
}

/** Server: follows the Certificate message. */
export function sendStatus(handshake: HandshakeContext): void {
  const { agreed, statusResponse } = handshake
  if (!agreed.certificateStatus || statusResponse === null) return
  handshake.enter('write-certificate-status')
  const body = certificateStatus.write({ type: StatusType.ocsp, response: statusResponse })
  handshake.send(HandshakeType.certificateStatus, body)
}

/** Client: reads the message that may follow Certificate. The result is the one behind it. */
export function* receiveStatus(handshake: HandshakeContext): Step<HandshakeMessage> {
  const message = yield* handshake.receive()
  // A server that has promised it may still leave it out.
  if (!handshake.agreed.certificateStatus || message.type !== HandshakeType.certificateStatus) return message
  const body = handshake.accept(message, HandshakeType.certificateStatus, 'read-certificate-status')
  handshake.statusResponse = certificateStatus.read(body).response.slice()
  return yield* handshake.receive()
}

/** Client: has the application judge what came, or that nothing came, before anything is sent. */
export function judgeStatus({ config, statusResponse }: HandshakeContext): void {
  const verdict = config.onStatusResponse?.(statusResponse) ?? 'accepted'
  if (verdict === 'refused') throw new ProtocolFailure('invalid-status-response')
  if (verdict === 'failed') throw new ProtocolFailure('status-callback-client')
}

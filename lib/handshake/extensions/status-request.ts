import { ProtocolFailure } from '../../base/failure.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { parseRequestExtensions, parseResponderId } from '../../pki/ocsp/ocsp.ts'
import { type StatusRequest, statusRequest as wire } from '../../wire/extensions/status-request.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 6066 section 8. A server's application answers once the certificate is chosen; see v12/certificate-status.ts. */
export const statusRequest: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    return config.statusRequest ? wire.writeClient(config.statusRequest) : null
  },

  offered({ peer }, body) {
    const request = wire.readClient(body)
    if (request !== null) check(request)
    peer.statusRequest = request === null ? null : copyOf(request)
  },

  answer({ agreed }) {
    return agreed.certificateStatus ? wire.writeServer() : null
  },

  answered({ agreed }, body) {
    agreed.certificateStatus = wire.readServer(body)
  },
}

function check({ responderIds, requestExtensions }: StatusRequest): void {
  try {
    responderIds.forEach(parseResponderId)
    if (requestExtensions.length > 0) parseRequestExtensions(requestExtensions)
  } catch (failure) {
    if (failure instanceof PkiFailure) throw new ProtocolFailure('bad-extension', { detail: failure.message })
    throw failure
  }
}

function copyOf({ responderIds, requestExtensions }: StatusRequest): StatusRequest {
  return { responderIds: responderIds.map(id => id.slice()), requestExtensions: requestExtensions.slice() }
}

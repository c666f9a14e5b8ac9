import { ProtocolFailure } from '../../base/failure.ts'
import { Reader } from '../reader.ts'
import { HandshakeType, StatusType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 6066 section 8. */
export interface CertificateStatus {
  /** `StatusType.ocsp`; no other is defined for this message. */
  type: number
  /** A DER OCSPResponse, never empty. */
  response: Uint8Array
}

export const certificateStatus = {
  type: HandshakeType.certificateStatus,

  read(body: Uint8Array): CertificateStatus {
    const reader = new Reader(body)
    const type = reader.u8()
    if (type !== StatusType.ocsp) throw new ProtocolFailure('unsupported-status-type')
    const response = reader.vector24(1)
    reader.expectEnd()
    return { type, response }
  },

  write({ type, response }: CertificateStatus): Uint8Array {
    return new Writer(1024).u8(type).vector24(response, 1).finish()
  },
}

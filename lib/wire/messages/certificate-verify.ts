import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 5246 section 7.4.8. */
export interface CertificateVerify {
  /** Null below version 1.2, where the key decides. */
  scheme: number | null
  signature: Uint8Array
}

export const certificateVerify = {
  type: HandshakeType.certificateVerify,

  /** `algorithm`: signatures name their algorithm, version 1.2. */
  read(body: Uint8Array, algorithm: boolean): CertificateVerify {
    const reader = new Reader(body)
    const message = { scheme: algorithm ? reader.u16() : null, signature: reader.vector16() }
    reader.expectEnd()
    return message
  },

  write({ scheme, signature }: CertificateVerify): Uint8Array {
    const writer = new Writer(512)
    if (scheme !== null) writer.u16(scheme)
    return writer.vector16(signature).finish()
  },
}

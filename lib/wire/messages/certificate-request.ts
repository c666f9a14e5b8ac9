import { Reader, readU16List } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { u16List, Writer } from '../writer.ts'

/** RFC 5246 section 7.4.4. */
export interface CertificateRequest {
  /** `ClientCertificateType` values, at least one. */
  types: number[]
  /** Null below version 1.2, which has no such field. */
  signatureSchemes: number[] | null
  /** DER names of the authorities wanted; none means any. */
  authorities: Uint8Array[]
}

export const certificateRequest = {
  type: HandshakeType.certificateRequest,

  /** `algorithm`: signatures name their algorithm, version 1.2. */
  read(body: Uint8Array, algorithm: boolean): CertificateRequest {
    const reader = new Reader(body)
    const types = [...reader.vector8(1)]
    const signatureSchemes = algorithm ? readU16List(reader.nested16(2)) : null
    const names = reader.nested16()
    reader.expectEnd()
    const authorities: Uint8Array[] = []
    while (names.remaining > 0) authorities.push(names.vector16(1))
    return { types, signatureSchemes, authorities }
  },

  write({ types, signatureSchemes, authorities }: CertificateRequest): Uint8Array {
    const writer = new Writer(256).vector8(list => {
      for (const type of types) list.u8(type)
    }, 1)
    if (signatureSchemes !== null) writer.vector16(u16List(signatureSchemes), 2)
    return writer
      .vector16(names => {
        for (const name of authorities) names.vector16(name, 1)
      })
      .finish()
  },
}

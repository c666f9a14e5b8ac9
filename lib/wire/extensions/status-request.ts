import { EMPTY } from '../../base/bytes.ts'
import { ExtensionType, StatusType } from '../registry.ts'
import { Writer } from '../writer.ts'
import { readBody, readEmpty } from './extension.ts'

/** What a client asks of an OCSP response. */
export interface StatusRequest {
  /** DER ResponderIDs; none means any that the server knows. */
  responderIds: Uint8Array[]
  /** DER Extensions of the OCSP request, or empty. */
  requestExtensions: Uint8Array
}

/** RFC 6066 section 8. */
export const statusRequest = {
  type: ExtensionType.statusRequest,

  /** Null for a status type other than OCSP: its body cannot be understood, and OpenSSL leaves it aside too. */
  readClient(body: Uint8Array): StatusRequest | null {
    return readBody(body, reader => {
      if (reader.u8() !== StatusType.ocsp) {
        reader.rest()
        return null
      }
      const list = reader.nested16()
      const responderIds: Uint8Array[] = []
      while (list.remaining > 0) responderIds.push(list.vector16(1))
      return { responderIds, requestExtensions: reader.vector16() }
    })
  },

  writeClient({ responderIds, requestExtensions }: StatusRequest): Uint8Array {
    return new Writer()
      .u8(StatusType.ocsp)
      .vector16(list => {
        for (const id of responderIds) list.vector16(id, 1)
      })
      .vector16(requestExtensions)
      .finish()
  },

  /** The server says that a CertificateStatus message may come. */
  readServer: readEmpty,

  writeServer(): Uint8Array {
    return EMPTY
  },
}

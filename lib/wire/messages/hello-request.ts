import { EMPTY } from '../../base/bytes.ts'
import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'

/** RFC 5246 section 7.4.1.1: a message without a body. */
export const helloRequest = {
  type: HandshakeType.helloRequest,

  read(body: Uint8Array): void {
    new Reader(body).expectEnd()
  },

  write(): Uint8Array {
    return EMPTY
  },
}

import { EMPTY } from '../../base/bytes.ts'
import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'

/** RFC 5246 section 7.4.5: a message without a body. */
export const serverHelloDone = {
  type: HandshakeType.serverHelloDone,

  read(body: Uint8Array): void {
    new Reader(body).expectEnd()
  },

  write(): Uint8Array {
    return EMPTY
  },
}

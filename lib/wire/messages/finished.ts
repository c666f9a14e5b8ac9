import { HandshakeType } from '../registry.ts'

/** RFC 5246 section 7.4.9. */
export interface Finished {
  /** The whole body; the comparison judges its length. */
  verifyData: Uint8Array
}

export const finished = {
  type: HandshakeType.finished,

  read(body: Uint8Array): Finished {
    return { verifyData: body }
  },

  write({ verifyData }: Finished): Uint8Array {
    return verifyData
  },
}

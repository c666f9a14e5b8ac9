import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 5246 section 7.4.2. */
export interface Certificate {
  /** DER, the sender's own certificate first; a client without one sends none. */
  chain: Uint8Array[]
}

export const certificate = {
  type: HandshakeType.certificate,

  read(body: Uint8Array): Certificate {
    const reader = new Reader(body)
    const list = reader.nested24()
    reader.expectEnd()
    const chain: Uint8Array[] = []
    while (list.remaining > 0) chain.push(list.vector24(1))
    return { chain }
  },

  write({ chain }: Certificate): Uint8Array {
    return new Writer(2048)
      .vector24(list => {
        for (const der of chain) list.vector24(der, 1)
      })
      .finish()
  },
}

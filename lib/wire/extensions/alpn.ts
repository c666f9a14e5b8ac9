import { ExtensionType } from '../registry.ts'
import { Writer } from '../writer.ts'
import { readBody } from './extension.ts'

/** RFC 7301 section 3.1: protocol names of 1 to 255 bytes, the client's best first, the server's choice alone. */
export const alpn = {
  type: ExtensionType.alpn,

  readClient(body: Uint8Array): Uint8Array[] {
    return readBody(body, reader => {
      const list = reader.nested16(2)
      const names: Uint8Array[] = []
      while (list.remaining > 0) names.push(list.vector8(1))
      return names
    })
  },

  writeClient(names: readonly Uint8Array[]): Uint8Array {
    return new Writer()
      .vector16(list => {
        for (const name of names) list.vector8(name, 1)
      }, 2)
      .finish()
  },

  readServer(body: Uint8Array): Uint8Array {
    return readBody(body, reader => {
      const list = reader.nested16(2)
      const name = list.vector8(1)
      list.expectEnd()
      return name
    })
  },

  writeServer(name: Uint8Array): Uint8Array {
    return new Writer().vector16(list => list.vector8(name, 1)).finish()
  },
}

import { readU16List } from '../reader.ts'
import { ExtensionType } from '../registry.ts'
import { u16List, Writer } from '../writer.ts'
import { readBody } from './extension.ts'

/** RFC 5246 section 7.4.1.4.1: the schemes that the client can check, best first. A server must not send it. */
export const signatureAlgorithms = {
  type: ExtensionType.signatureAlgorithms,

  readClient(body: Uint8Array): number[] {
    return readBody(body, reader => readU16List(reader.nested16(2)))
  },

  writeClient(schemes: readonly number[]): Uint8Array {
    return new Writer().vector16(u16List(schemes), 2).finish()
  },
}

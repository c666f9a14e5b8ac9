import { readU16List } from '../reader.ts'
import { ExtensionType } from '../registry.ts'
import { u16List, Writer } from '../writer.ts'
import { readBody } from './extension.ts'

/** RFC 8422 section 5.1.1, RFC 7919 section 2: the client's groups, best first. A server has no form of it. */
export const supportedGroups = {
  type: ExtensionType.supportedGroups,

  readClient(body: Uint8Array): number[] {
    return readBody(body, reader => readU16List(reader.nested16(2)))
  },

  writeClient(groups: readonly number[]): Uint8Array {
    return new Writer().vector16(u16List(groups), 2).finish()
  },
}

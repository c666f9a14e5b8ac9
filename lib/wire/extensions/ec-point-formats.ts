import { ExtensionType } from '../registry.ts'
import { Writer } from '../writer.ts'
import { readBody } from './extension.ts'

/** RFC 8422 section 5.1.2: `EcPointFormat` values. That the uncompressed one is there is judged by the negotiation. */
export const ecPointFormats = {
  type: ExtensionType.ecPointFormats,
  readClient: read,
  writeClient: write,
  readServer: read,
  writeServer: write,
}

function read(body: Uint8Array): number[] {
  return readBody(body, reader => [...reader.vector8(1)])
}

function write(formats: readonly number[]): Uint8Array {
  return new Writer()
    .vector8(list => {
      for (const format of formats) list.u8(format)
    }, 1)
    .finish()
}

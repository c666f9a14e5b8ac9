import { Reader } from '../reader.ts'
import { ExtensionType } from '../registry.ts'
import { Writer } from '../writer.ts'

/**
 * RFC 5746 section 3.2: what the Finished messages of the handshake before said. Empty at first; then the client's, and
 * in the server's form the client's followed by the server's.
 */
export const renegotiationInfo = {
  type: ExtensionType.renegotiationInfo,
  readClient: read,
  writeClient: write,
  readServer: read,
  writeServer: write,
}

function read(body: Uint8Array): Uint8Array {
  const reader = new Reader(body, 'renegotiation-encoding-err', 'renegotiation-encoding-err')
  const verifyData = reader.vector8()
  reader.expectEnd()
  return verifyData
}

function write(verifyData: Uint8Array): Uint8Array {
  return new Writer(32).vector8(verifyData).finish()
}

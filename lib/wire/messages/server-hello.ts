import { ProtocolFailure } from '../../base/failure.ts'
import { type Extension, readExtensions, writeExtensions } from '../extensions/extension.ts'
import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 5246 section 7.4.1.3. */
export interface ServerHello {
  version: number
  /** 32 bytes. */
  random: Uint8Array
  /** 0 to 32 bytes. */
  sessionId: Uint8Array
  cipherSuite: number
  compression: number
  /** Raw and in the order of the wire; empty also when the block is absent. */
  extensions: Extension[]
}

export const serverHello = {
  type: HandshakeType.serverHello,

  read(body: Uint8Array): ServerHello {
    const reader = new Reader(body)
    const message = {
      version: reader.u16(),
      random: reader.bytes(32),
      sessionId: readSessionId(reader),
      cipherSuite: reader.u16(),
      compression: reader.u8(),
      extensions: readExtensions(reader),
    }
    reader.expectEnd()
    return message
  },

  write({ version, random, sessionId, cipherSuite, compression, extensions }: ServerHello): Uint8Array {
    const writer = new Writer(128).u16(version).bytes(random, 32).vector8(sessionId, 0, 32)
    writer.u16(cipherSuite).u8(compression)
    writeExtensions(writer, extensions)
    return writer.finish()
  },
}

/** libssl has a name and an alert of its own for this one. */
function readSessionId(reader: Reader): Uint8Array {
  const id = reader.vector8()
  if (id.length > 32) throw new ProtocolFailure('session-id-too-long')
  return id
}

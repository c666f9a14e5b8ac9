import { ProtocolFailure } from '../../base/failure.ts'
import { type Extension, readExtensions, writeExtensions } from '../extensions/extension.ts'
import { Reader, readU16List } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { u16List, Writer } from '../writer.ts'

/** What a cookie is computed over and compared with; it comes first, so a first fragment may be enough for it. */
export interface ClientHelloStart {
  version: number
  /** 32 bytes. */
  random: Uint8Array
  /** 0 to 32 bytes. */
  sessionId: Uint8Array
  /** 0 to 255 bytes; null in TLS, where the field does not exist. */
  cookie: Uint8Array | null
}

/** RFC 5246 section 7.4.1.2; with a cookie RFC 6347 section 4.2.1. */
export interface ClientHello extends ClientHelloStart {
  cipherSuites: number[]
  /** One byte a method. */
  compression: Uint8Array
  /** Raw and in the order of the wire; empty also when the block is absent. */
  extensions: Extension[]
}

export const clientHello = {
  type: HandshakeType.clientHello,

  read(body: Uint8Array, datagram: boolean): ClientHello {
    const reader = new Reader(body)
    const start = readStart(reader, datagram)
    const cipherSuites = readU16List(new Reader(reader.vector16(), 'error-in-received-cipher-list'))
    if (cipherSuites.length === 0) throw new ProtocolFailure('no-ciphers-specified')
    const compression = reader.vector8()
    if (compression.length === 0) throw new ProtocolFailure('no-compression-specified')
    const extensions = readExtensions(reader)
    reader.expectEnd()
    return { ...start, cipherSuites, compression, extensions }
  },

  /** The fields up to the cookie, from the first fragment of a DTLS hello: all that a stateless server looks at. */
  readStart(fragment: Uint8Array): ClientHelloStart {
    return readStart(new Reader(fragment), true)
  },

  write(message: ClientHello): Uint8Array {
    const { version, random, sessionId, cookie, cipherSuites, compression, extensions } = message
    const writer = new Writer(256).u16(version).bytes(random, 32).vector8(sessionId, 0, 32)
    if (cookie !== null) writer.vector8(cookie)
    writer.vector16(u16List(cipherSuites), 2).vector8(compression, 1)
    writeExtensions(writer, extensions)
    return writer.finish()
  },
}

function readStart(reader: Reader, datagram: boolean): ClientHelloStart {
  return {
    version: reader.u16(),
    random: reader.bytes(32),
    sessionId: reader.vector8(0, 32),
    cookie: datagram ? reader.vector8() : null,
  }
}

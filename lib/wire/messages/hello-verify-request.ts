import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 6347 section 4.2.1. */
export interface HelloVerifyRequest {
  /** Says nothing of the version that will be negotiated; OpenSSL always writes DTLS 1.0 here. */
  version: number
  /** 0 to 255 bytes. */
  cookie: Uint8Array
}

export const helloVerifyRequest = {
  type: HandshakeType.helloVerifyRequest,

  read(body: Uint8Array): HelloVerifyRequest {
    const reader = new Reader(body)
    const message = { version: reader.u16(), cookie: reader.vector8() }
    reader.expectEnd()
    return message
  },

  write({ version, cookie }: HelloVerifyRequest): Uint8Array {
    return new Writer().u16(version).vector8(cookie).finish()
  },
}

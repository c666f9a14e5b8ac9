import { EMPTY, latin1 } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { ExtensionType, NameType } from '../registry.ts'
import { Writer } from '../writer.ts'
import { readBody, readEmpty } from './extension.ts'

/** The longest host name that OpenSSL takes (TLSEXT_MAXLEN_host_name). */
const MAX_HOST_NAME = 255

/** RFC 6066 section 3: the host name that the client wants to reach; exactly one, as no second of a type is allowed. */
export const serverName = {
  type: ExtensionType.serverName,

  /** The name, 1 to 255 characters of printable ASCII. */
  readClient(body: Uint8Array): string {
    const name = readBody(body, reader => {
      const list = reader.nested16(1)
      if (list.u8() !== NameType.hostName) throw new ProtocolFailure('bad-extension')
      const host = list.vector16(1)
      list.expectEnd()
      return host
    })
    if (!isHostName(name)) throw new ProtocolFailure('bad-server-name')
    return latin1(name)
  },

  writeClient(name: string): Uint8Array {
    const host = Uint8Array.from(name, character => character.charCodeAt(0))
    if (latin1(host) !== name || !isHostName(host)) throw new RangeError('a host name is 1 to 255 ASCII characters')
    return new Writer().vector16(list => list.u8(NameType.hostName).vector16(host)).finish()
  },

  /** The server only says that it used the name. */
  readServer: readEmpty,

  writeServer(): Uint8Array {
    return EMPTY
  },
}

// ASCII by RFC 6066; NUL, blanks and control characters only ever served to deceive whoever reads the name.
function isHostName(bytes: Uint8Array): boolean {
  return bytes.length >= 1 && bytes.length <= MAX_HOST_NAME && bytes.every(byte => byte > 0x20 && byte < 0x7f)
}

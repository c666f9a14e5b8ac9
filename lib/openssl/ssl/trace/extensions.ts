import { latin1 } from '../../../base/bytes.ts'
import { Reader } from '../../../wire/reader.ts'
import { ExtensionType } from '../../../wire/registry.ts'
import { EXTENSIONS, FRAGMENT_LENGTHS, GROUPS, nameIn, POINT_FORMATS, SIGNATURES, VERSIONS } from './names.ts'
import { type Printer, requireMultiple } from './printer.ts'

/** The extensions that end a hello; `isServers`: of a ServerHello. Throws ProtocolFailure for what cannot be read. */
export function printExtensions(out: Printer, indent: number, hello: Reader, isServers: boolean): void {
  out.indent(indent)
  const block = hello.remaining === 0 ? null : hello.nested16()
  if (block === null || block.remaining === 0) {
    out.text('No extensions\n')
    return
  }
  out.text(`extensions, length = ${block.remaining}\n`)
  while (block.remaining > 0) {
    const type = block.u16()
    printExtension(out, indent + 2, type, block.vector16(), isServers)
  }
}

function printExtension(out: Printer, indent: number, type: number, body: Uint8Array, isServers: boolean): void {
  out.line(indent, `extension_type=${nameIn(EXTENSIONS, type)}(${type}), length=${body.length}`)
  const reader = new Reader(body)
  switch (type) {
    case ExtensionType.maxFragmentLength:
      out.list(indent + 2, atLeast(reader, 1), 1, FRAGMENT_LENGTHS)
      break
    case ExtensionType.ecPointFormats:
      out.list(indent + 2, whole(reader, reader.nested8()), 1, POINT_FORMATS)
      break
    case ExtensionType.supportedGroups:
      out.list(indent + 2, whole(reader, reader.nested16()), 2, GROUPS)
      break
    case ExtensionType.alpn:
      for (const names = whole(reader, reader.nested16()); names.remaining > 0; )
        out.line(indent + 2, latin1(names.vector8()))
      break
    case ExtensionType.signatureAlgorithms:
      out.schemes(indent + 2, whole(reader, reader.nested16()), SIGNATURES)
      break
    case ExtensionType.renegotiationInfo:
      printVerifyData(out, indent + 4, whole(reader, reader.nested8()), isServers)
      break
    case ExtensionType.sessionTicket:
      if (body.length > 0) out.hex(indent + 4, 'ticket', body)
      break
    case ExtensionType.supportedVersions:
      if (isServers) {
        const version = whole(reader, new Reader(reader.bytes(2))).u16()
        out.line(indent + 4, `${nameIn(VERSIONS, version)} (${version})`)
      } else out.list(indent + 2, whole(reader, reader.nested8()), 2, VERSIONS)
      break
    default:
      out.dump(indent + 2, body)
  }
}

/** RFC 5746 section 3.2: the client's half, from a server both. */
function printVerifyData(out: Printer, indent: number, data: Reader, isServers: boolean): void {
  if (data.remaining === 0) {
    out.line(indent, '<EMPTY>')
    return
  }
  if (isServers) requireMultiple(data, 2)
  const half = isServers ? data.remaining / 2 : data.remaining
  out.hex(indent, 'client_verify_data', data.bytes(half))
  if (isServers) out.hex(indent, 'server_verify_data', data.bytes(half))
}

/** The list fills its extension. */
function whole(outer: Reader, inner: Reader): Reader {
  outer.expectEnd()
  return inner
}

function atLeast(reader: Reader, length: number): Reader {
  if (reader.remaining < length) reader.bytes(length)
  return reader
}

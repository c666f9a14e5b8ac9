import { ProtocolFailure } from '../../../base/failure.ts'
import type { KeyExchange } from '../../../crypto/suites.ts'
import { Reader } from '../../../wire/reader.ts'
import { CurveType, HandshakeType } from '../../../wire/registry.ts'
import { cipherById } from '../algorithms/cipher.ts'
import { printAuthorities, printCertificates } from './certificates.ts'
import { printExtensions } from './extensions.ts'
import { CERTIFICATE_TYPES, COMPRESSIONS, GROUPS, MESSAGES, nameIn, SIGNATURES, VERSIONS } from './names.ts'
import { hex4, type Printer, requireMultiple } from './printer.ts'

/** What a message does not say of itself. */
export interface TraceContext {
  /** The messages have the header of DTLS. */
  readonly datagram: boolean
  /** Signatures name their algorithm: version 1.2. */
  readonly algorithm: boolean
  /** The exchange of the suite; null before there is one. */
  readonly exchange: KeyExchange | null
}

/** A handshake message with its header. Throws ProtocolFailure where it cannot be read, after what could. */
export function printMessage(out: Printer, indent: number, message: Uint8Array, context: TraceContext): void {
  const reader = new Reader(message)
  const type = reader.u8()
  const length = reader.u24()
  out.line(indent, `${nameIn(MESSAGES, type)}, Length=${length}`)
  if (context.datagram) printFragment(out, indent, reader)
  const body = new Reader(reader.bytes(length))
  switch (type) {
    case HandshakeType.clientHello:
      printClientHello(out, indent + 2, body, context)
      break
    case HandshakeType.helloVerifyRequest:
      printVersion(out, indent + 2, 'server_version', body)
      out.hex(indent + 2, 'cookie', body.vector8())
      break
    case HandshakeType.serverHello:
      printServerHello(out, indent + 2, body)
      break
    case HandshakeType.serverKeyExchange:
      printServerKeyExchange(out, indent + 2, body, context)
      break
    case HandshakeType.clientKeyExchange:
      printClientKeyExchange(out, indent + 2, body, context)
      break
    case HandshakeType.certificate:
      printCertificates(out, indent + 2, body)
      break
    case HandshakeType.certificateVerify:
      printSignature(out, indent + 2, body, context)
      break
    case HandshakeType.certificateRequest:
      printCertificateRequest(out, indent + 2, body, context)
      break
    case HandshakeType.finished:
      out.hex(indent + 2, 'verify_data', body.rest())
      break
    case HandshakeType.serverHelloDone:
      if (body.remaining > 0) out.hex(indent + 2, 'unexpected value', body.rest())
      break
    case HandshakeType.newSessionTicket:
      printTicket(out, indent + 4, body)
      break
    default:
      out.line(indent + 2, 'Unsupported, hex dump follows:')
      out.dump(indent + 4, body.rest())
  }
}

function printFragment(out: Printer, indent: number, reader: Reader): void {
  const [sequence, offset, length] = [reader.u16(), reader.u24(), reader.u24()]
  out.line(indent, `message_seq=${sequence}, fragment_offset=${offset}, fragment_length=${length}`)
}

function printClientHello(out: Printer, indent: number, body: Reader, { datagram }: TraceContext): void {
  printVersion(out, indent, 'client_version', body)
  printRandom(out, indent, body)
  out.hex(indent, 'session_id', body.vector8())
  if (datagram) out.hex(indent, 'cookie', body.vector8())
  const length = body.u16()
  out.line(indent, `cipher_suites (len=${length})`)
  const suites = new Reader(body.bytes(length))
  requireMultiple(suites, 2)
  while (suites.remaining > 0) out.line(indent + 2, suiteText(suites.u16()))
  const methods = body.nested8()
  out.line(indent, `compression_methods (len=${methods.remaining})`)
  while (methods.remaining > 0) out.line(indent + 2, compressionText(methods.u8()))
  printExtensions(out, indent, body, false)
}

function printServerHello(out: Printer, indent: number, body: Reader): void {
  printVersion(out, indent, 'server_version', body)
  printRandom(out, indent, body)
  out.hex(indent, 'session_id', body.vector8())
  out.line(indent, `cipher_suite ${suiteText(body.u16())}`)
  out.line(indent, `compression_method: ${compressionText(body.u8())}`)
  printExtensions(out, indent, body, true)
}

function printServerKeyExchange(out: Printer, indent: number, body: Reader, context: TraceContext): void {
  const { exchange } = context
  printExchange(out, indent, exchange)
  if (isPsk(exchange)) out.hex(indent + 2, 'psk_identity_hint', body.vector16())
  switch (exchange) {
    case 'dhe':
    case 'dhe-psk':
      for (const name of ['dh_p', 'dh_g', 'dh_Ys']) out.hex(indent + 2, name, body.vector16())
      break
    case 'ecdhe':
    case 'ecdhe-psk':
      printCurve(out, indent + 2, body)
      break
    case 'rsa':
      for (const name of ['rsa_modulus', 'rsa_exponent']) out.hex(indent + 2, name, body.vector16())
      break
    default:
  }
  if (!isPsk(exchange)) printLastSignature(out, indent, body, context)
  body.expectEnd()
}

/** Anonymous exchanges have none; libssl does not mind either when it ends after the algorithm. */
function printLastSignature(out: Printer, indent: number, body: Reader, { algorithm }: TraceContext): void {
  if (algorithm && body.remaining > 0) printScheme(out, indent, body)
  if (body.remaining > 0) out.hex(indent, 'Signature', body.vector16())
}

function printCurve(out: Printer, indent: number, body: Reader): void {
  const type = body.peekU8()
  out.indent(indent)
  switch (type) {
    case CurveType.namedCurve: {
      const group = body.u24() & 0xffff
      out.text(`named_curve: ${nameIn(GROUPS, group)} (${group})\n`)
      out.hex(indent, 'point', body.vector8())
      break
    }
    case CurveType.explicitPrime:
      out.text('explicit_prime\n')
      break
    case CurveType.explicitChar2:
      out.text('explicit_char2\n')
      break
    default:
      out.text(`UNKNOWN CURVE PARAMETER TYPE ${type}\n`)
      throw new ProtocolFailure('decode-error')
  }
}

function printClientKeyExchange(out: Printer, indent: number, body: Reader, { exchange }: TraceContext): void {
  printExchange(out, indent, exchange)
  if (isPsk(exchange)) out.hex(indent + 2, 'psk_identity', body.vector16())
  switch (exchange) {
    case 'rsa':
    case 'rsa-psk':
      out.hex(indent + 2, 'EncryptedPreMasterSecret', body.vector16())
      break
    case 'dhe':
    case 'dhe-psk':
      out.hex(indent + 2, 'dh_Yc', body.vector16())
      break
    case 'ecdhe':
    case 'ecdhe-psk':
      out.hex(indent + 2, 'ecdh_Yc', body.vector8())
      break
    default:
  }
  body.expectEnd()
}

function printCertificateRequest(out: Printer, indent: number, body: Reader, { algorithm }: TraceContext): void {
  const types = body.nested8()
  out.line(indent, `certificate_types (len=${types.remaining})`)
  out.list(indent + 2, types, 1, CERTIFICATE_TYPES)
  if (algorithm) {
    const schemes = body.nested16()
    requireMultiple(schemes, 2)
    out.line(indent, `signature_algorithms (len=${schemes.remaining})`)
    out.schemes(indent + 2, schemes, SIGNATURES)
  }
  printAuthorities(out, indent, body)
  body.expectEnd()
}

function printSignature(out: Printer, indent: number, body: Reader, { algorithm }: TraceContext): void {
  if (algorithm) printScheme(out, indent, body)
  out.hex(indent, 'Signature', body.vector16())
}

function printScheme(out: Printer, indent: number, body: Reader): void {
  const scheme = body.u16()
  out.line(indent, `Signature Algorithm: ${nameIn(SIGNATURES, scheme)} (0x${hex4(scheme)})`)
}

function printTicket(out: Printer, indent: number, body: Reader): void {
  if (body.remaining === 0) {
    out.line(indent, 'No Ticket')
    return
  }
  out.line(indent, `ticket_lifetime_hint=${body.u32()}`)
  out.hex(indent, 'ticket', body.vector16())
  body.expectEnd()
}

function printVersion(out: Printer, indent: number, name: string, body: Reader): void {
  const version = body.u16()
  out.line(indent, `${name}=0x${version.toString(16)} (${nameIn(VERSIONS, version)})`)
}

function printRandom(out: Printer, indent: number, body: Reader): void {
  const random = new Reader(body.bytes(32))
  out.line(indent, 'Random:')
  out.line(indent + 2, `gmt_unix_time=0x${random.u32().toString(16).toUpperCase().padStart(8, '0')}`)
  out.hex(indent + 2, 'random_bytes', random.rest())
}

function printExchange(out: Printer, indent: number, exchange: KeyExchange | null): void {
  out.line(indent, `KeyExchangeAlgorithm=${exchange === null ? 'UNKNOWN' : EXCHANGES[exchange]}`)
}

function suiteText(id: number): string {
  const [high, low] = [id >> 8, id & 0xff].map(byte => byte.toString(16).toUpperCase().padStart(2, '0'))
  return `{0x${high}, 0x${low}} ${cipherById(id)?.standardName ?? 'UNKNOWN'}`
}

function compressionText(method: number): string {
  return `${nameIn(COMPRESSIONS, method)} (0x${method.toString(16).toUpperCase().padStart(2, '0')})`
}

function isPsk(exchange: KeyExchange | null): boolean {
  return exchange?.endsWith('psk') ?? false
}

const EXCHANGES: Readonly<Record<KeyExchange, string>> = {
  rsa: 'rsa',
  dhe: 'DHE',
  ecdhe: 'ECDHE',
  psk: 'PSK',
  'rsa-psk': 'RSAPSK',
  'dhe-psk': 'DHEPSK',
  'ecdhe-psk': 'ECDHEPSK',
}

import { ProtocolFailure } from '../../../base/failure.ts'
import { Reader } from '../../../wire/reader.ts'
import { DTLS_RECORD_HEADER, TLS_RECORD_HEADER } from '../../../wire/record.ts'
import { ContentType } from '../../../wire/registry.ts'
import { BIO } from '../../bio/bio.ts'
import { requireBytes, requireInteger, requireLength, requireLive } from '../../boundary.ts'
import { SSL3_RT_HEADER, SSL3_RT_INNER_CONTENT_TYPE } from '../../constants/ssl3.ts'
import { SSL_alert_desc_string_long, SSL_alert_type_string_long } from '../info.ts'
import { liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { printMessage, type TraceContext } from './messages.ts'
import { CONTENTS, nameIn, VERSIONS } from './names.ts'
import { Printer } from './printer.ts'

/**
 * A message callback that writes what passes in words, libssl's own (SSL_trace(3)): record headers, alerts and every field of
 * the handshake messages. Of certificates it gives names and times and the PEM form, where libssl prints all.
 * @param arg - the BIO to write to, which SSL_set_msg_callback_arg gives
 */
export function SSL_trace(
  write_p: number,
  version: number,
  content_type: number,
  buf: Uint8Array,
  len: number,
  ssl: SSL,
  arg: unknown,
): void {
  requireInteger(version, 'version')
  const out = new Printer(requireLive(arg, BIO, 'arg'))
  const bytes = requireBytes(buf, 'buf').subarray(0, requireLength(len, buf, 'len'))
  const context = contextOf(liveSsl(ssl))
  switch (requireInteger(content_type, 'content_type')) {
    case SSL3_RT_HEADER:
      printHeader(out, write_p !== 0, bytes, context.datagram)
      break
    case SSL3_RT_INNER_CONTENT_TYPE:
      out.text(`  Inner Content Type = ${nameIn(CONTENTS, bytes[0] ?? 0)} (${bytes[0] ?? 0})`)
      break
    case ContentType.handshake:
      tryPrint(out, () => printMessage(out, 4, bytes, context))
      break
    case ContentType.changeCipherSpec:
      if (bytes.length === 1 && bytes[0] === 1) out.line(4, 'change_cipher_spec (1)')
      else out.hex(4, 'unknown value', bytes)
      break
    case ContentType.alert:
      out.line(4, alertText(bytes))
      break
    default:
  }
  out.text('\n')
}

function printHeader(out: Printer, sent: boolean, bytes: Uint8Array, datagram: boolean): void {
  const direction = sent ? 'Sent' : 'Received'
  if (bytes.length < (datagram ? DTLS_RECORD_HEADER : TLS_RECORD_HEADER)) {
    out.hex(0, `${direction} too short message`, bytes)
    return
  }
  const header = new Reader(bytes)
  const [type, version] = [header.u8(), header.u16()]
  out.text(`${direction} Record\nHeader:\n`)
  out.line(2, `Version = ${nameIn(VERSIONS, version)} (0x${version.toString(16)})`)
  if (datagram) out.line(2, `epoch=${header.u16()}, sequence_number=${header.u48().toString(16).padStart(12, '0')}`)
  out.line(2, `Content Type = ${nameIn(CONTENTS, type)} (${type})`)
  out.text(`  Length = ${header.u16()}`)
}

function alertText(bytes: Uint8Array): string {
  const [level, description] = bytes
  if (bytes.length !== 2 || level === undefined || description === undefined) return 'Illegal Alert Length'
  const [severity, meaning] = [SSL_alert_type_string_long(level << 8), SSL_alert_desc_string_long(description)]
  return `Level=${severity}(${level}), description=${meaning}(${description})`
}

function tryPrint(out: Printer, print: () => void): void {
  try {
    print()
  } catch (failure) {
    if (!(failure instanceof ProtocolFailure)) throw failure
    out.text('Message length parse error!\n')
  }
}

function contextOf({ connection, method }: SSL): TraceContext {
  const negotiated = connection?.negotiated
  return {
    datagram: method.versions.every(version => version.datagram),
    algorithm: (negotiated?.versionOrNull ?? method.versions[0])?.signatureAlgorithms ?? true,
    exchange: negotiated?.suiteOrNull?.keyExchange ?? null,
  }
}

import { concat, fromHex, utf8 } from '../../lib/base/bytes.ts'
import { alpn } from '../../lib/wire/extensions/alpn.ts'
import { ecPointFormats } from '../../lib/wire/extensions/ec-point-formats.ts'
import { encryptThenMac } from '../../lib/wire/extensions/encrypt-then-mac.ts'
import { extendedMasterSecret } from '../../lib/wire/extensions/extended-master-secret.ts'
import { heartbeat } from '../../lib/wire/extensions/heartbeat.ts'
import { maxFragmentLength } from '../../lib/wire/extensions/max-fragment-length.ts'
import { renegotiationInfo } from '../../lib/wire/extensions/renegotiation-info.ts'
import { serverName } from '../../lib/wire/extensions/server-name.ts'
import { sessionTicket } from '../../lib/wire/extensions/session-ticket.ts'
import { signatureAlgorithms } from '../../lib/wire/extensions/signature-algorithms.ts'
import { type StatusRequest, statusRequest } from '../../lib/wire/extensions/status-request.ts'
import { supportedGroups } from '../../lib/wire/extensions/supported-groups.ts'
import { useSrtp } from '../../lib/wire/extensions/use-srtp.ts'
import { readFragment, readTlsMessageHeader, TLS_HANDSHAKE_HEADER } from '../../lib/wire/handshake.ts'
import { alert } from '../../lib/wire/messages/alert.ts'
import { certificate } from '../../lib/wire/messages/certificate.ts'
import { certificateRequest } from '../../lib/wire/messages/certificate-request.ts'
import { certificateStatus } from '../../lib/wire/messages/certificate-status.ts'
import { certificateVerify } from '../../lib/wire/messages/certificate-verify.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { clientKeyExchange } from '../../lib/wire/messages/client-key-exchange.ts'
import { finished } from '../../lib/wire/messages/finished.ts'
import { helloRequest } from '../../lib/wire/messages/hello-request.ts'
import { helloVerifyRequest } from '../../lib/wire/messages/hello-verify-request.ts'
import { newSessionTicket } from '../../lib/wire/messages/new-session-ticket.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { serverHelloDone } from '../../lib/wire/messages/server-hello-done.ts'
import { serverKeyExchange } from '../../lib/wire/messages/server-key-exchange.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { type Capture, captures } from './captured.ts'

/** A format under test: bodies that are valid, and a way through the parser and back. */
export interface Format {
  name: string
  samples: readonly Uint8Array[]
  /** Reads a body and writes what was read; null when there is nothing to write back. */
  rewrite: (body: Uint8Array) => Uint8Array | null
  /** Lengths at which a cut body still is a valid one. */
  validCuts: (body: Uint8Array) => readonly number[]
}

/** The captured messages of a type, without their headers. */
export function capturedBodies(capture: Capture, type: number): Uint8Array[] {
  return capture.messages
    .map(fromHex)
    .filter(message => message[0] === type)
    .map(message => bodyOf(capture, message))
}

/** The body of a captured message. */
export function bodyOf(capture: Capture, message: Uint8Array): Uint8Array {
  if (capture.datagram) return readFragment(new Reader(message)).fragment
  const length = readTlsMessageHeader(message)?.length ?? 0
  return new Reader(message.subarray(TLS_HANDSHAKE_HEADER)).bytes(length)
}

const { everything, defaults, rsa, psk, ecdhePsk, dhe, tls10, status } = captures
const none = (): number[] => []
/** Formats without a structure of their own: every length is valid. */
const any = (body: Uint8Array): number[] => [...body.keys()]

export const formats: readonly Format[] = [
  format(
    'clientHello of DTLS',
    [...capturedBodies(everything, 1), ...capturedBodies(defaults, 1)],
    body => clientHello.read(body, true),
    clientHello.write,
    body => [endOfHello(body, true)],
  ),
  format(
    'clientHello of TLS',
    [...capturedBodies(status, 1), ...capturedBodies(tls10, 1)],
    body => clientHello.read(body, false),
    clientHello.write,
    body => [endOfHello(body, false)],
  ),
  format(
    'serverHello',
    [...capturedBodies(everything, 2), ...capturedBodies(tls10, 2)],
    serverHello.read,
    serverHello.write,
    body => [38 + (body[34] ?? 0)],
  ),
  format('helloVerifyRequest', capturedBodies(defaults, 3), helloVerifyRequest.read, helloVerifyRequest.write),
  format('certificate', [...capturedBodies(everything, 11), fromHex('000000')], certificate.read, certificate.write),
  ...[everything, psk, ecdhePsk, dhe, tls10].map(capture =>
    format(
      `serverKeyExchange, ${capture.what}`,
      capturedBodies(capture, 12),
      body => serverKeyExchange.read(body, serverShape(capture)),
      serverKeyExchange.write,
    ),
  ),
  ...[everything, rsa, psk, ecdhePsk, dhe, tls10].map(capture =>
    format(
      `clientKeyExchange, ${capture.what}`,
      capturedBodies(capture, 16),
      body => clientKeyExchange.read(body, capture),
      message => clientKeyExchange.write(message, capture),
    ),
  ),
  ...[everything, tls10].flatMap(capture => [
    format(
      `certificateRequest, ${capture.what}`,
      capturedBodies(capture, 13),
      body => certificateRequest.read(body, capture.algorithm),
      certificateRequest.write,
    ),
    format(
      `certificateVerify, ${capture.what}`,
      capturedBodies(capture, 15),
      body => certificateVerify.read(body, capture.algorithm),
      certificateVerify.write,
    ),
  ]),
  format('finished', capturedBodies(defaults, 20), finished.read, finished.write, any),
  format('newSessionTicket', capturedBodies(defaults, 4), newSessionTicket.read, newSessionTicket.write),
  format('certificateStatus', capturedBodies(status, 22), certificateStatus.read, certificateStatus.write),
  format('helloRequest', [fromHex('')], helloRequest.read, helloRequest.write),
  format('serverHelloDone', capturedBodies(defaults, 14), serverHelloDone.read, serverHelloDone.write),
  format('alert', [fromHex('0228')], alert.read, alert.write),

  format(
    'server_name, client',
    [fromHex('000f00000c')].map(head => concat(head, utf8('wire.example'))),
    serverName.readClient,
    serverName.writeClient,
  ),
  format('server_name, server', [fromHex('')], serverName.readServer, serverName.writeServer),
  format('max_fragment_length', [fromHex('02')], maxFragmentLength.readClient, maxFragmentLength.writeClient),
  format(
    'status_request, client',
    ['0100000000', '01 0006 0004 a1020400 0002 3000'].map(fromHex),
    statusRequest.readClient,
    writeStatusRequest,
  ),
  format('status_request, server', [fromHex('')], statusRequest.readServer, statusRequest.writeServer),
  format('supported_groups', [fromHex('0004001d0017')], supportedGroups.readClient, supportedGroups.writeClient),
  format('ec_point_formats', [fromHex('03000102')], ecPointFormats.readClient, ecPointFormats.writeClient),
  format(
    'signature_algorithms',
    [fromHex('000404030804')],
    signatureAlgorithms.readClient,
    signatureAlgorithms.writeClient,
  ),
  format(
    'use_srtp, client',
    ['0004 0001 0007 00', '0002 0001 02 aabb'].map(fromHex),
    useSrtp.readClient,
    useSrtp.writeClient,
  ),
  format(
    'use_srtp, server',
    ['0002 0007 00', '0002 0001 02 aabb'].map(fromHex),
    useSrtp.readServer,
    useSrtp.writeServer,
  ),
  format('heartbeat', [fromHex('01')], heartbeat.readClient, heartbeat.writeClient),
  format('alpn, client', [fromHex('0008 04636f6170 026832')], alpn.readClient, alpn.writeClient),
  format('alpn, server', [fromHex('0005 04636f6170')], alpn.readServer, alpn.writeServer),
  ...[encryptThenMac, extendedMasterSecret].flatMap(({ type, readClient, writeClient, readServer, writeServer }) => [
    format(`empty extension ${type}, client`, [fromHex('')], readClient, writeClient),
    format(`empty extension ${type}, server`, [fromHex('')], readServer, writeServer),
  ]),
  format('session_ticket, client', [fromHex('aabbcc')], sessionTicket.readClient, sessionTicket.writeClient, any),
  format('session_ticket, server', [fromHex('')], sessionTicket.readServer, sessionTicket.writeServer),
  format(
    'renegotiation_info',
    ['00', '0c 000102030405060708090a0b'].map(fromHex),
    renegotiationInfo.readServer,
    renegotiationInfo.writeServer,
  ),
]

/** What a captured handshake says about the shape of its key exchange. */
export function serverShape({ psk, exchange, signed, algorithm }: Capture) {
  return { psk, exchange: exchange === 'rsa' ? 'none' : exchange, signed, algorithm } as const
}

function format<T>(
  name: string,
  samples: readonly Uint8Array[],
  read: (body: Uint8Array) => T,
  write: (value: T) => Uint8Array | null,
  validCuts: Format['validCuts'] = none,
): Format {
  if (samples.length === 0) throw new Error(`no sample of ${name}`)
  return { name, samples, rewrite: body => write(read(body)), validCuts }
}

/** A status type that is not understood reads as null, and is not written. */
function writeStatusRequest(request: StatusRequest | null): Uint8Array | null {
  return request === null ? null : statusRequest.writeClient(request)
}

/** Where the extension block starts: a hello may end there. */
function endOfHello(body: Uint8Array, datagram: boolean): number {
  const reader = new Reader(body)
  reader.bytes(34)
  reader.vector8()
  if (datagram) reader.vector8()
  reader.vector16()
  reader.vector8()
  return reader.offset
}

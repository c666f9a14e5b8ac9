import { EMPTY } from '../base/bytes.ts'
import { ProtocolFailure } from '../base/failure.ts'
import { encodeUnfragmented, type HandshakeFragment, readFragment } from '../wire/handshake.ts'
import { type ClientHello, type ClientHelloStart, clientHello } from '../wire/messages/client-hello.ts'
import { helloVerifyRequest } from '../wire/messages/hello-verify-request.ts'
import { Reader } from '../wire/reader.ts'
import { DTLS_RECORD_HEADER, readDtlsRecord, writeDtlsHeader } from '../wire/record.ts'
import { ContentType, HandshakeType } from '../wire/registry.ts'
import { DTLS_1_0 } from '../wire/version.ts'
import type { CookieExchange } from './config.ts'

/** A ClientHello whose sender has shown that it receives at its address. */
export interface VerifiedHello {
  /** The record's sequence number, from which the server goes on. */
  readonly recordSequence: number
  readonly messageSequence: number
  /** The handshake content of its record: the whole message or its first fragment. */
  readonly fragment: Uint8Array
  /** What follows in the same datagram. */
  readonly rest: Uint8Array
}

export type GateFault =
  | 'record-too-small'
  | 'length-mismatch'
  | 'unexpected-message'
  | 'bad-protocol-version-number'
  | 'invalid-sequence-number'
  | 'fragmented-client-hello'
  | 'cookie-gen-callback-failure'

export type GateOutcome =
  | { readonly kind: 'drop'; readonly fault: GateFault }
  | { readonly kind: 'reply'; readonly datagram: Uint8Array }
  | { readonly kind: 'verified'; readonly hello: VerifiedHello }

/**
 * The stateless start of a server (RFC 6347 section 4.2.1): looks at one datagram of an unknown peer and keeps nothing of
 * it. A first fragment is enough, as long as it reaches to the end of the cookie: a large hello need not fit one datagram.
 */
export function helloGate(datagram: Uint8Array, cookies: CookieExchange): GateOutcome {
  const record = readHelloRecord(datagram)
  if (typeof record === 'string') return { kind: 'drop', fault: record }
  const { fragment, start, recordSequence, payload, rest } = record
  const cookie = start.cookie ?? EMPTY
  const hello = wholeHello(fragment)
  if (cookie.length > 0 && cookies.verify(cookie, hello)) {
    return {
      kind: 'verified',
      hello: { recordSequence, messageSequence: fragment.messageSequence, fragment: payload, rest },
    }
  }
  const fresh = cookies.generate(hello)
  if (fresh === null || fresh.length === 0) return { kind: 'drop', fault: 'cookie-gen-callback-failure' }
  return { kind: 'reply', datagram: helloVerifyRequestDatagram(recordSequence, fresh) }
}

/** The first fields of the ClientHello that a datagram of an unknown peer begins with; null when it is anything else. */
export function readHelloStart(datagram: Uint8Array): ClientHelloStart | null {
  const record = readHelloRecord(datagram)
  return typeof record === 'string' ? null : record.start
}

interface HelloRecord {
  readonly recordSequence: number
  readonly fragment: HandshakeFragment
  readonly start: ClientHelloStart
  readonly payload: Uint8Array
  readonly rest: Uint8Array
}

/** The checks in libssl's order, which decides the reason that a caller sees. */
function readHelloRecord(datagram: Uint8Array): HelloRecord | GateFault {
  if (datagram.length < DTLS_RECORD_HEADER) return 'record-too-small'
  if (datagram[0] !== ContentType.handshake) return 'unexpected-message'
  if (datagram[1] !== DTLS_MAJOR) return 'bad-protocol-version-number'
  const record = readDtlsRecord(datagram, 0)
  if (record === null) return 'length-mismatch'
  if (record.epoch !== 0) return 'unexpected-message'
  const fragment = readOnlyFragment(record.fragment)
  if (fragment === null) return 'length-mismatch'
  if (fragment.type !== HandshakeType.clientHello) return 'unexpected-message'
  if (fragment.messageSequence > 1) return 'invalid-sequence-number'
  if (fragment.offset !== 0) return 'fragmented-client-hello'
  const start = attempt(() => clientHello.readStart(fragment.fragment))
  if (start === null) return 'length-mismatch'
  const rest = datagram.subarray(record.end)
  return { recordSequence: record.sequence, fragment, start, payload: record.fragment, rest }
}

function readOnlyFragment(payload: Uint8Array): HandshakeFragment | null {
  return attempt(() => {
    const reader = new Reader(payload)
    const fragment = readFragment(reader)
    reader.expectEnd()
    return fragment
  })
}

/** The parameters that a cookie may bind; null when only a part of them has come. */
function wholeHello({ length, fragment }: HandshakeFragment): ClientHello | null {
  return fragment.length === length ? attempt(() => clientHello.read(fragment, true)) : null
}

function helloVerifyRequestDatagram(sequence: number, cookie: Uint8Array): Uint8Array {
  const body = helloVerifyRequest.write({ version: DTLS_1_0.wire, cookie })
  const message = encodeUnfragmented(HandshakeType.helloVerifyRequest, 0, body)
  const datagram = new Uint8Array(DTLS_RECORD_HEADER + message.length)
  // The number is the client's, so that a repeated hello is answered with the very same datagram.
  writeDtlsHeader(datagram, 0, ContentType.handshake, DTLS_1_0.wire, 0, sequence, message.length)
  datagram.set(message, DTLS_RECORD_HEADER)
  return datagram
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (failure) {
    if (failure instanceof ProtocolFailure) return null
    throw failure
  }
}

const DTLS_MAJOR = 0xfe

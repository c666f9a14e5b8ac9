import { EMPTY, utf8, wipe } from '../base/bytes.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { context, DerReader, encode, readInteger, readWhole, sequence, Tag } from '../pki/der.ts'
import { malformed, PkiFailure } from '../pki/failure.ts'
import { Session } from './session.ts'
import { MAX_TICKET_STATE } from './ticket.ts'

/**
 * A session in OpenSSL's form (SSL_SESSION_ASN1 of i2d_SSL_SESSION): what `openssl sess_id` reads and a ticket holds.
 * The chain is cut down to its leaf. The secret is in it.
 */
export function encodeSession(session: Session): Uint8Array {
  const { id, version, suite, ticket, pskHint, pskIdentity, serverName } = session
  const master = octets(session.master)
  const der = sequence(
    number(FORMAT),
    number(version),
    octets(Uint8Array.of(suite >> 8, suite & 0xff)),
    octets(id),
    master,
    ...count(Field.time, session.time),
    ...count(Field.timeout, session.timeout),
    ...session.peerChain.slice(0, 1).map(leaf => encode(context(Field.peer, true), leaf.der)),
    // OpenSSL writes this one, and the last, even when there is nothing to say.
    encode(context(Field.idContext, true), octets(session.idContext)),
    ...count(Field.verifyResult, session.verifyResult),
    ...bytes(Field.serverName, serverName === null ? null : utf8(serverName)),
    ...bytes(Field.pskHint, pskHint),
    ...bytes(Field.pskIdentity, pskIdentity),
    ...count(Field.ticketLifetimeHint, session.ticketLifetimeHint),
    ...bytes(Field.ticket, ticket.length === 0 ? null : ticket),
    ...count(Field.flags, session.extendedMasterSecret ? EXTENDED_MASTER_SECRET : 0),
    ...bytes(Field.alpn, session.alpn.length === 0 ? null : session.alpn),
    ...count(Field.maxFragmentLength, session.maxFragmentLength ?? UNSPECIFIED),
    ...bytes(Field.ticketData, session.ticketData),
    encode(context(Field.group, true), number(session.group)),
  )
  wipe(master)
  return der
}

/**
 * Reads what `encodeSession`, or OpenSSL, has written. `now`, seconds since 1970, stands in for a time that is not there.
 * Throws `PkiFailure` for anything else; fields of no use here (SRP, compression, early data) are passed over.
 */
export function decodeSession(der: Uint8Array, now: number): Session {
  return readWhole(der, Tag.sequence, reader => {
    if (readNumber(reader) !== FORMAT) throw new SessionFault('format')
    const session = new Session(now, DEFAULT_TIMEOUT)
    session.version = readNumber(reader)
    if (!MAJORS.has(session.version >> 8)) throw new SessionFault('version')
    const [high, low, more] = reader.next(Tag.octetString).contents
    if (high === undefined || low === undefined || more !== undefined) throw new SessionFault('suite')
    session.suite = high * 256 + low
    session.id = readOctets(reader, MAX_ID)
    session.master = readOctets(reader, MAX_MASTER)
    // Numbers that are 0 are not there.
    session.verifyResult = 0
    session.maxFragmentLength = 0
    reader.optional(KEY_ARGUMENT)
    readFields(reader, session)
    return session
  })
}

/** A session that is well formed but not one of ours: OpenSSL has names for what is wrong. */
export class SessionFault extends PkiFailure {
  readonly fault: 'format' | 'version' | 'suite'

  constructor(fault: 'format' | 'version' | 'suite') {
    super('malformed', `a session of an unknown ${fault}`)
    this.fault = fault
  }
}

function readFields(reader: DerReader, session: Session): void {
  let last = 0
  while (!reader.done) {
    const { tag, contents } = reader.next()
    const field = tag & 0x1f
    if ((tag & 0xe0) !== 0xa0 || field <= last || field > Field.group) throw malformed('a field out of place')
    last = field
    const inner = new DerReader(contents)
    readField(inner, field, session)
    inner.end()
  }
}

function readField(reader: DerReader, field: number, session: Session): void {
  switch (field) {
    case Field.time:
      session.time = readNumber(reader)
      break
    case Field.timeout:
      session.timeout = readNumber(reader)
      break
    case Field.peer:
      session.peerChain = [parseCertificate(reader.next(Tag.sequence).encoding)]
      session.chainIsWhole = false
      break
    case Field.idContext:
      session.idContext = readOctets(reader, MAX_ID)
      break
    case Field.verifyResult:
      session.verifyResult = readNumber(reader)
      break
    case Field.serverName:
      session.serverName = new TextDecoder().decode(readOctets(reader, MAX_NAME))
      break
    case Field.pskHint:
      session.pskHint = readOctets(reader, MAX_PSK)
      break
    case Field.pskIdentity:
      session.pskIdentity = readOctets(reader, MAX_PSK)
      break
    case Field.ticketLifetimeHint:
      session.ticketLifetimeHint = readNumber(reader)
      break
    case Field.ticket:
      session.ticket = readOctets(reader, 0xffff)
      break
    case Field.flags:
      session.extendedMasterSecret = readNumber(reader) % 2 === EXTENDED_MASTER_SECRET
      break
    case Field.alpn:
      session.alpn = readOctets(reader, 0xff)
      break
    case Field.maxFragmentLength:
      session.maxFragmentLength = readFragmentLength(reader)
      break
    case Field.ticketData:
      session.ticketData = readOctets(reader, MAX_TICKET_STATE)
      break
    case Field.group:
      session.group = readNumber(reader)
      break
    default:
      reader.next()
  }
}

/** The numbers of the optional fields, in the order of the form. */
const Field = {
  time: 1,
  timeout: 2,
  peer: 3,
  idContext: 4,
  verifyResult: 5,
  serverName: 6,
  pskHint: 7,
  pskIdentity: 8,
  ticketLifetimeHint: 9,
  ticket: 10,
  flags: 13,
  alpn: 16,
  maxFragmentLength: 17,
  ticketData: 18,
  group: 19,
} as const

/** SSL_SESSION_ASN1_VERSION. */
const FORMAT = 1
/** Of a session that does not say: as OpenSSL, seconds. */
const DEFAULT_TIMEOUT = 3
/** Of TLS, of DTLS and of the DTLS before RFC 4347. */
const MAJORS: ReadonlySet<number> = new Set([0x03, 0xfe, 0x01])
const EXTENDED_MASTER_SECRET = 1
/** TLSEXT_max_fragment_length_UNSPECIFIED. */
const UNSPECIFIED = 255
/** `[0] IMPLICIT`, of SSL 2. */
const KEY_ARGUMENT = context(0, false)
const MAX_ID = 32
const MAX_MASTER = 512
const MAX_NAME = 255
const MAX_PSK = 256
const MAX_FRAGMENT_LENGTH = 4

function octets(value: Uint8Array): Uint8Array {
  return encode(Tag.octetString, value)
}

function bytes(field: number, value: Uint8Array | null): Uint8Array[] {
  return value === null ? [] : [encode(context(field, true), octets(value))]
}

/** Numbers that are 0 are left out. */
function count(field: number, value: number): Uint8Array[] {
  return value === 0 ? [] : [encode(context(field, true), number(value))]
}

function number(value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no number of a session`)
  const octets: number[] = []
  let left = BigInt(value)
  do {
    octets.unshift(Number(BigInt.asUintN(8, left)))
    left >>= 8n
    // Two's complement: the first bit is the sign.
  } while (left !== ((octets[0] ?? 0) >= 0x80 ? -1n : 0n))
  return encode(Tag.integer, Uint8Array.from(octets))
}

function readNumber(reader: DerReader): number {
  const contents = readInteger(reader)
  let value = (contents[0] ?? 0) >= 0x80 ? -1 : 0
  for (const octet of contents) value = value * 256 + octet
  if (!Number.isSafeInteger(value)) throw malformed('a number out of range')
  return value
}

function readFragmentLength(reader: DerReader): number | null {
  const code = readNumber(reader)
  if (code === UNSPECIFIED) return null
  if (code < 0 || code > MAX_FRAGMENT_LENGTH) throw malformed('an unknown fragment length')
  return code
}

function readOctets(reader: DerReader, longest: number): Uint8Array {
  const { contents } = reader.next(Tag.octetString)
  if (contents.length > longest) throw malformed(`${contents.length} bytes where ${longest} is the most`)
  return contents.length === 0 ? EMPTY : contents.slice()
}

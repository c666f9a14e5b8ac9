import { DTLS_HANDSHAKE_HEADER, readFragment } from '../../lib/wire/handshake.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { DTLS_RECORD_HEADER, type DtlsRecord, readDtlsRecord } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import type { Role } from '../demo/events.ts'
import { message_name } from '../demo/messages.ts'
import type { Arrow } from './arrow.ts'
import type { Datagram } from './pcap.ts'

/**
 * The DTLS messages of a capture; what is encrypted is named by its content type. Without a ClientHello there is no
 * client, and nothing is shown; of several connections the first is.
 */
export function dissect(datagrams: readonly Datagram[]): Arrow[] {
  const first = datagrams.find(({ payload }) => records(payload).some(isClientHello))
  if (first === undefined) return []
  return datagrams.flatMap(({ at, source, target, payload }) => {
    const from = direction(first, source, target)
    return from === null ? [] : records(payload).flatMap(record => arrows(record, from, at - first.at))
  })
}

function direction(first: Datagram, source: string, target: string): Role | null {
  if (source === first.source && target === first.target) return 'client'
  return source === first.target && target === first.source ? 'server' : null
}

function records(payload: Uint8Array): DtlsRecord[] {
  const found: DtlsRecord[] = []
  for (let at = 0; ; ) {
    const record = readDtlsRecord(payload, at)
    // Anything may pass on a port: major version 254 is DTLS.
    if (record === null || record.version >> 8 !== 0xfe) return found
    found.push(record)
    at = record.end
  }
}

function isClientHello({ type, epoch, fragment }: DtlsRecord): boolean {
  return type === ContentType.handshake && epoch === 0 && fragment[0] === HandshakeType.clientHello
}

function arrows({ type, epoch, fragment }: DtlsRecord, from: Role, at: number): Arrow[] {
  const length = DTLS_RECORD_HEADER + fragment.length
  const arrow = (name: string, bytes = length): Arrow => ({ from, name, epoch, length: bytes, at })
  if (epoch > 0) return [arrow(ENCRYPTED.get(type) ?? `Record of type ${type}`)]
  if (type !== ContentType.handshake) return [arrow(message_name(type, fragment))]
  const found: Arrow[] = []
  const reader = new Reader(fragment)
  while (reader.remaining >= DTLS_HANDSHAKE_HEADER) {
    const before = reader.remaining
    try {
      const part = readFragment(reader)
      const name = message_name(type, Uint8Array.of(part.type))
      const cut = part.fragment.length < part.length
      const end = part.offset + part.fragment.length
      found.push(arrow(cut ? `${name}, ${part.offset} to ${end} of ${part.length}` : name, before - reader.remaining))
    } catch {
      return [...found, arrow('What is no handshake message')]
    }
  }
  return found
}

const ENCRYPTED: ReadonlyMap<number, string> = new Map([
  [ContentType.changeCipherSpec, 'ChangeCipherSpec'],
  [ContentType.alert, 'Alert'],
  [ContentType.handshake, 'Handshake message'],
  [ContentType.applicationData, 'Application data'],
])

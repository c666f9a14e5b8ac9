import {
  DTLS_HANDSHAKE_HEADER,
  readFragment,
  readTlsMessageHeader,
  TLS_HANDSHAKE_HEADER,
} from '../../lib/wire/handshake.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { readDtlsRecord, readTlsHeader, TLS_RECORD_HEADER } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import type { Packet } from '../trace/write-pcap.ts'
import { hexOf, type Version } from './settings.ts'

/** What the path has seen of a run: what neither side can only claim. */
export class Seen {
  readonly packets: Packet[] = []
  /** A HelloVerifyRequest went to the client. */
  cookie = false
  /** A handshake message was cut into fragments. */
  fragments = false
  /** Types of the extensions in the latest ServerHello that could be read. */
  extensions: ReadonlySet<number> = new Set()
  /** What the latest ServerHello says, in the words of a report: for the sides that say nothing themselves. */
  chosen: { readonly version: string; readonly cipher: string } | null = null
  /** Bytes of the largest datagram of the handshake. */
  readonly largest = { client: 0, server: 0 }
  /** Of each connection, what the server has sent in the clear, as far as it is no whole record yet. */
  readonly #streams = new Map<number, Clear>()

  packet(packet: Packet): void {
    this.packets.push(packet)
    if (packet.protocol === 'udp') this.#datagram(packet)
    else if (packet.from === 'server') this.#part(packet)
  }

  #datagram({ from, payload }: Packet): void {
    for (let at = 0; ; ) {
      const record = readDtlsRecord(payload, at)
      if (record === null) return
      at = record.end
      if (record.type !== ContentType.handshake) continue
      this.largest[from] = Math.max(this.largest[from], payload.length)
      if (record.epoch === 0) this.#fragments(new Reader(record.fragment))
    }
  }

  #fragments(reader: Reader): void {
    while (reader.remaining >= DTLS_HANDSHAKE_HEADER) {
      const { type, length, fragment } = readFragment(reader)
      if (fragment.length < length) this.fragments = true
      else this.#message(type, fragment)
    }
  }

  #part({ connection, payload }: Packet): void {
    const clear = this.#streams.get(connection) ?? {
      records: new Uint8Array(0),
      messages: new Uint8Array(0),
      over: false,
    }
    this.#streams.set(connection, clear)
    if (clear.over) return
    clear.records = Buffer.concat([clear.records, payload])
    for (let header = readTlsHeader(clear.records, 0); header !== null; header = readTlsHeader(clear.records, 0)) {
      const end = TLS_RECORD_HEADER + header.length
      if (clear.records.length < end) return
      clear.over = header.type !== ContentType.handshake
      if (clear.over) return
      clear.messages = Buffer.concat([clear.messages, clear.records.subarray(TLS_RECORD_HEADER, end)])
      clear.records = clear.records.subarray(end)
      this.#messages(clear)
    }
  }

  #messages(clear: Clear): void {
    for (;;) {
      const header = readTlsMessageHeader(clear.messages)
      if (header === null || clear.messages.length < TLS_HANDSHAKE_HEADER + header.length) return
      const end = TLS_HANDSHAKE_HEADER + header.length
      this.#message(header.type, clear.messages.subarray(TLS_HANDSHAKE_HEADER, end))
      clear.messages = clear.messages.subarray(end)
    }
  }

  #message(type: number, body: Uint8Array): void {
    if (type === HandshakeType.helloVerifyRequest) this.cookie = true
    else if (type === HandshakeType.serverHello) {
      const { version, cipherSuite, extensions } = serverHello.read(body)
      this.extensions = new Set(extensions.map(extension => extension.type))
      this.chosen = {
        version: VERSIONS.get(version) ?? version.toString(16),
        cipher: hexOf(cipherSuite),
      }
    }
  }
}

const VERSIONS: ReadonlyMap<number, Version> = new Map([
  [0xfefd, 'DTLSv1.2'],
  [0xfeff, 'DTLSv1'],
  [0x0303, 'TLSv1.2'],
  [0x0302, 'TLSv1.1'],
  [0x0301, 'TLSv1'],
])

interface Clear {
  records: Uint8Array
  messages: Uint8Array
  over: boolean
}

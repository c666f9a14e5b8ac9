import { DTLS_HANDSHAKE_HEADER, readFragment } from '../../lib/wire/handshake.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'

/** What the path has seen of a run over datagrams: what neither side can only claim. */
export class Seen {
  /** A HelloVerifyRequest went to the client. */
  cookie = false
  /** A handshake message was cut into fragments. */
  fragments = false
  /** Types of the extensions in the latest ServerHello. */
  extensions: ReadonlySet<number> = new Set()
  /** Bytes of the largest datagram of the handshake. */
  readonly largest = { client: 0, server: 0 }

  datagram(bytes: Uint8Array, towards: 'client' | 'server'): void {
    const from = towards === 'client' ? 'server' : 'client'
    for (let at = 0; ; ) {
      const record = readDtlsRecord(bytes, at)
      if (record === null) return
      at = record.end
      if (record.type !== ContentType.handshake) continue
      this.largest[from] = Math.max(this.largest[from], bytes.length)
      if (record.epoch === 0) this.#handshake(new Reader(record.fragment))
    }
  }

  #handshake(reader: Reader): void {
    while (reader.remaining >= DTLS_HANDSHAKE_HEADER) {
      const { type, length, fragment } = readFragment(reader)
      if (fragment.length < length) this.fragments = true
      else if (type === HandshakeType.helloVerifyRequest) this.cookie = true
      else if (type === HandshakeType.serverHello)
        this.extensions = new Set(serverHello.read(fragment).extensions.map(extension => extension.type))
    }
  }
}

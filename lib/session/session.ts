import { EMPTY, equal, wipe } from '../base/bytes.ts'
import type { Certificate } from '../pki/certificate.ts'

/**
 * What two sides agreed on and may take up again in a later handshake without keys being exchanged anew (RFC 5246
 * section 7.3). A handshake fills it in; who keeps it may change it as long as no handshake uses it.
 */
export class Session {
  /** The protocol version on the wire. */
  version = 0
  /** The number of the cipher suite; 0 before it is known. */
  suite = 0
  /** The master secret: 48 bytes of its own, empty before it is known. */
  master: Uint8Array = EMPTY
  /** 0 to 32 bytes. A client that has a ticket makes the id up, so that it sees in the answer whether the ticket was taken. */
  id: Uint8Array = EMPTY
  /** What keeps sessions of different uses apart, 0 to 32 bytes. */
  idContext: Uint8Array = EMPTY
  /** RFC 7627: sessions with and without are never taken for one another. */
  extendedMasterSecret = false
  /** What the peer proved itself with, leaf first; the DER form keeps the leaf alone. */
  peerChain: readonly Certificate[] = []
  /** Whether `peerChain` is all that the peer has sent; a session that was read from its DER form does not know. */
  chainIsWhole = true
  /** An X509_V_* value; 1, unspecified, until somebody says otherwise. */
  verifyResult = 1
  /** Seconds since 1970: when it was made, or last renewed. */
  time: number
  /** Seconds that it may be resumed for. */
  timeout: number
  /** The name that the server has answered to. */
  serverName: string | null = null
  alpn: Uint8Array = EMPTY
  /** RFC 6066 section 4: the code, 0 for none; it holds in resumptions too. Null: no handshake has said. */
  maxFragmentLength: number | null = null
  /** The group of the key exchange; 0 for none. */
  group = 0
  pskIdentity: Uint8Array | null = null
  pskHint: Uint8Array | null = null
  /** RFC 5077, client: what the server gave; empty for none. */
  ticket: Uint8Array = EMPTY
  /** Seconds; 0 says nothing. */
  ticketLifetimeHint = 0
  /** What a server's application has put into the ticket; null: nothing. */
  ticketData: Uint8Array | null = null
  /** Said once and for all: whoever has a reference to the session sees it. */
  #condemned = false

  /** `time` in seconds since 1970, `timeout` in seconds. */
  constructor(time: number, timeout: number) {
    this.time = time
    this.timeout = timeout
  }

  /** It can be found again, by id or by ticket, and nobody has condemned it. */
  get resumable(): boolean {
    return !this.#condemned && (this.id.length > 0 || this.ticket.length > 0)
  }

  get condemned(): boolean {
    return this.#condemned
  }

  /** It may not be resumed any more: its connection failed, or ended without a word (RFC 5246 section 7.2.1). */
  condemn(): void {
    this.#condemned = true
  }

  /** `now` in seconds since 1970. */
  expired(now: number): boolean {
    return now - this.time > this.timeout
  }

  /** Of this use: a session of another one is no session. */
  belongsTo(context: Uint8Array): boolean {
    return equal(this.idContext, context)
  }

  /** A copy with a secret of its own. It may be resumed, whatever was said of the original. */
  clone(): Session {
    const copy = new Session(this.time, this.timeout)
    Object.assign(copy, this)
    copy.master = this.master.slice()
    return copy
  }

  /** Overwrites the master secret. */
  wipe(): void {
    wipe(this.master)
    this.master = EMPTY
  }
}

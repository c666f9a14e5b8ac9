import type { bio_dgram_sctp_rcvinfo, SSL, SSL_CTX } from 'openssl-shim/promises'
import type { sctp_notification } from 'openssl-shim/sctp'

/** What the demo adds to a sample, and the sample alone does not need. */
export interface Watch {
  /** The context is ready, no connection has been made from it. */
  prepared?(ctx: SSL_CTX): void
  /** The socket is bound: clients are heard from now on. */
  listening?(): void
  /** The handshake is done. */
  connected?(ssl: SSL): void
  /** A message has come back. */
  exchanged?(): void
  /** SCTP: a message has been sent on this stream. */
  sent?(stream: number): void
  /** SCTP: a message has come, and how. */
  received?(rinfo: Readonly<bio_dgram_sctp_rcvinfo>, message: Uint8Array): void
  /** SCTP: something has happened to the association. */
  notified?(notification: sctp_notification): void
  /** The connection has ended and is about to be freed. */
  closed?(ssl: SSL): void
}

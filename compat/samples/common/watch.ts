import type { SSL, SSL_CTX } from 'openssl-shim/promises'

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
  /** The connection has ended and is about to be freed. */
  closed?(ssl: SSL): void
}

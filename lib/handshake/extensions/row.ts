import type { HandshakeContext } from '../context.ts'

/**
 * How a handshake uses one extension of the hellos. Each function looks at the context and changes it;
 * the formats of the bodies are in `wire/extensions`.
 */
export interface ExtensionRow {
  readonly type: number
  /** Client: the body to offer, or null. */
  offer?(handshake: HandshakeContext): Uint8Array | null
  /** Server: reads what the client offered. */
  offered?(handshake: HandshakeContext, body: Uint8Array): void
  /** Server: the body to answer with, or null. Called only when the client asked. */
  answer?(handshake: HandshakeContext): Uint8Array | null
  /** Client: reads the answer. Rows without it accept none. */
  answered?(handshake: HandshakeContext, body: Uint8Array): void
}

import type { DiscardReason } from '../record/discard.ts'
import type { HandshakeState } from './state.ts'

/** Who watches a connection. Nothing in the engine depends on what a watcher does; a watcher never changes an outcome. */
export interface Observer {
  /** 'start' and 'done' of a handshake; 'loop' before each change of state, with the state being left. */
  onState?(event: 'start' | 'loop' | 'done', state: HandshakeState): void
  /** A record header, a whole handshake message (DTLS: as if unfragmented), a ChangeCipherSpec or an alert. */
  onMessage?: ((sent: boolean, version: number, content: number | 'header', bytes: Uint8Array) => void) | undefined
  /** An extension of a ClientHello or ServerHello that came, in its order; nothing of it is judged yet. */
  onExtension?(type: number, body: Uint8Array): void
  onAlert?(sent: boolean, level: number, description: number): void
  /** Something was dropped in silence. */
  onDiscard?(reason: DiscardReason, bytes: Uint8Array): void
  /** A line of the SSLKEYLOGFILE format: label, what names the secret (the client random, mostly), and the secret. */
  onSecret?(label: string, name: Uint8Array, secret: Uint8Array): void
}

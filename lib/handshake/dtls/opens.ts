import { HandshakeType } from '../../wire/registry.ts'

/** Whether this content begins a new handshake: HelloRequest to a client, a first message ClientHello to a server. */
export function opensHandshake(payload: Uint8Array, role: 'client' | 'server'): boolean {
  const [type, , , , sequenceHigh, sequenceLow] = payload
  const start = role === 'client' ? HandshakeType.helloRequest : HandshakeType.clientHello
  return type === start && sequenceHigh === 0 && sequenceLow === 0
}

import { DTLS_HANDSHAKE_HEADER } from '../../wire/handshake.ts'
import { HandshakeType } from '../../wire/registry.ts'
import type { Opening } from '../link.ts'
import { firstFragment } from './fragment.ts'

/** The beginning of a new handshake: HelloRequest to a client, to a server ClientHello as the first message. */
export function handshakeOpening(payload: Uint8Array, role: 'client' | 'server'): Opening | null {
  const fragment = firstFragment(payload)
  if (fragment === null) return null
  const { type, length, messageSequence, offset } = fragment
  const begins =
    role === 'client'
      ? type === HandshakeType.helloRequest && length === 0
      : type === HandshakeType.clientHello && messageSequence === 0
  if (!begins) return null
  const whole = fragment.fragment.length === length
  return { first: offset === 0, message: whole ? payload.subarray(0, DTLS_HANDSHAKE_HEADER + length) : null }
}

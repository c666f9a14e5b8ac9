import { ProtocolFailure } from '../../base/failure.ts'
import { type HandshakeFragment, readFragment } from '../../wire/handshake.ts'
import { Reader } from '../../wire/reader.ts'

/** The next fragment of a record; null when it is malformed, which ends no handshake. */
export function nextFragment(reader: Reader): HandshakeFragment | null {
  try {
    return readFragment(reader)
  } catch (failure) {
    if (failure instanceof ProtocolFailure) return null
    throw failure
  }
}

/** The fragment that a record begins with. */
export function firstFragment(payload: Uint8Array): HandshakeFragment | null {
  return nextFragment(new Reader(payload))
}

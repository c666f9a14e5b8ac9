import { EACCES } from '../base/errno-numbers.ts'
import {
  SCTP_AUTH_ACTIVE_KEY,
  SCTP_AUTH_CHUNK,
  SCTP_AUTH_DEACTIVATE_KEY,
  SCTP_AUTH_DELETE_KEY,
  SCTP_AUTH_KEY,
  SCTP_AUTH_SUPPORTED,
  SCTP_LOCAL_AUTH_CHUNKS,
  SCTP_PEER_AUTH_CHUNKS,
} from '../sctp/api/index.ts'
import type { SctpSocket } from '../transport/sctp/provider.ts'

/** Bytes of the key that each master secret makes (RFC 6083 section 4.8). */
export const ASSOCIATION_KEY_LENGTH = 64

/**
 * The shared keys of an association's authentication (RFC 4895), numbered from handshake to handshake. The number 0 is the
 * empty key, under which the first handshake goes.
 */
export class AssociationKeys {
  readonly #socket: SctpSocket
  /** The key that was made ready last. */
  #next: number | null = null
  /** The one that was replaced last, and the one before it. */
  #former: number | null = null
  #older: number | null = null
  #activated = false
  #retiring = false

  constructor(socket: SctpSocket) {
    this.#socket = socket
  }

  /** Gives the association its next key, which is not used yet; 0 or a negative error number. */
  add(key: Uint8Array): number {
    const active = this.#socket.getOption(SCTP_AUTH_ACTIVE_KEY)
    if (typeof active === 'number') return active
    this.#next = following(active.scact_keynumber)
    this.#activated = false
    this.#retiring = false
    return this.#socket.setOption(SCTP_AUTH_KEY, { sca_keynumber: this.#next, sca_key: key })
  }

  /** What is sent from here on goes under the key that was added last. */
  activate(): number {
    const active = this.#socket.getOption(SCTP_AUTH_ACTIVE_KEY)
    if (typeof active === 'number') return active
    const next = this.#next ?? following(active.scact_keynumber)
    const result = this.#socket.setOption(SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: next })
    if (result < 0) return result
    this.#older = this.#former
    this.#former = active.scact_keynumber
    this.#activated = true
    return Math.min(this.#retireIfDone(), 0)
  }

  /**
   * The peer does not send under the former key any more.
   * @returns 0 when that key has been put away; 1 when it will be, once the next one is in use; or a negative error number
   */
  retire(): number {
    this.#retiring = true
    return this.#retireIfDone()
  }

  /**
   * The former key is not sent under again. It is kept for one handshake more: what the peer repeats, since an
   * acknowledgement of ours was lost, could not be verified without it.
   */
  #retireIfDone(): number {
    if (!this.#activated || !this.#retiring || this.#former === null) return 1
    this.#activated = false
    this.#retiring = false
    const result = this.#socket.setOption(SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber: this.#former })
    if (result < 0 || this.#older === null) return result
    return this.#socket.setOption(SCTP_AUTH_DELETE_KEY, { scact_keynumber: this.#older })
  }
}

/**
 * Asks for authenticated DATA and FORWARD-TSN chunks (RFC 6083 section 4.5). It takes effect on sockets that are not
 * connected yet, and on listening ones for the associations to come. Where the system has authentication switched off it
 * is switched on for this socket, which needs no privilege.
 * @returns 0, or a negative error number: EACCES when the system does not let it
 */
export function requireAuthentication(socket: SctpSocket): number {
  for (const type of REQUIRED_CHUNKS) {
    let result = socket.setOption(SCTP_AUTH_CHUNK, { sauth_chunk: type })
    if (result === -EACCES && socket.setOption(SCTP_AUTH_SUPPORTED, { assoc_value: 1 }) === 0)
      result = socket.setOption(SCTP_AUTH_CHUNK, { sauth_chunk: type })
    if (result < 0) return result
  }
  return 0
}

/** Whether the required chunks are among those that the peer is asked to authenticate. */
export function authenticationRequired(socket: SctpSocket): boolean {
  const local = socket.getOption(SCTP_LOCAL_AUTH_CHUNKS)
  return typeof local !== 'number' && REQUIRED_CHUNKS.every(type => local.gauth_chunks.includes(type))
}

/** Whether the peer of the association authenticates them, which it was asked to, and wants the same of this side. */
export function peerAuthenticates(socket: SctpSocket): boolean {
  const peer = socket.getOption(SCTP_PEER_AUTH_CHUNKS)
  return typeof peer !== 'number' && REQUIRED_CHUNKS.every(type => peer.gauth_chunks.includes(type))
}

/** RFC 6083 section 4.8: "If the old one is 65535, the new one MUST be 1." */
function following(number: number): number {
  return number === 0xffff ? 1 : number + 1
}

/** DATA and FORWARD-TSN. */
const REQUIRED_CHUNKS = [0x00, 0xc0]

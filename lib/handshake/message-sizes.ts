import { HandshakeType } from '../wire/registry.ts'

/**
 * The most bytes that the body of a handshake message may have, as libssl bounds it. `certificates`: of a message that
 * carries certificates, or asks for them.
 */
export function longestBody(type: number, certificates: number): number {
  const listed = type === HandshakeType.certificate || type === HandshakeType.certificateRequest
  return listed ? certificates : (LONGEST.get(type) ?? MAX_OTHER)
}

/** SSL_CTX_set_max_cert_list's default, in bytes. */
export const DEFAULT_MAX_CERTIFICATES = 102400

/** As long as ServerKeyExchange may be; a type without a row has no place in any handshake, and is refused in its turn. */
const MAX_OTHER = 102400

const LONGEST: ReadonlyMap<number, number> = new Map([
  [HandshakeType.helloRequest, 0],
  [HandshakeType.clientHello, 131396],
  [HandshakeType.helloVerifyRequest, 258],
  [HandshakeType.serverHello, 20000],
  [HandshakeType.serverHelloDone, 0],
  [HandshakeType.clientKeyExchange, 2048],
  [HandshakeType.certificateVerify, 65535],
  [HandshakeType.newSessionTicket, 65541],
  [HandshakeType.certificateStatus, 16384],
  [HandshakeType.finished, 64],
])

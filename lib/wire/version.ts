/** A protocol version and what follows from it; code asks these properties, not the number. */
export interface ProtocolVersion {
  /** The number in records and hellos. */
  readonly wire: number
  /** As `SSL_get_version` spells it. */
  readonly name: string
  readonly datagram: boolean
  /** The number of the TLS version that it equals; DTLS numbers run backwards, these do not. */
  readonly tls: number
  /** Signatures carry their algorithm, and the signature_algorithms extension exists (RFC 5246 section 4.7). */
  readonly signatureAlgorithms: boolean
  /** CBC records carry their own IV (RFC 4346 section 6.2.3.2); DTLS always (RFC 4347 section 4.1.2.4). */
  readonly explicitIv: boolean
  /** The suite names the PRF's hash (RFC 5246 section 5); if not, it is MD5 and SHA-1 together. */
  readonly suitePrf: boolean
  /** AEAD suites may be used (RFC 5246 section 6.2.3.3). */
  readonly aead: boolean
}

export const DTLS_1_2: ProtocolVersion = version(0xfefd, 'DTLSv1.2', true, 0x0303)
export const DTLS_1_0: ProtocolVersion = version(0xfeff, 'DTLSv1', true, 0x0302)
export const TLS_1_2: ProtocolVersion = version(0x0303, 'TLSv1.2', false, 0x0303)
export const TLS_1_1: ProtocolVersion = version(0x0302, 'TLSv1.1', false, 0x0302)
export const TLS_1_0: ProtocolVersion = version(0x0301, 'TLSv1', false, 0x0301)

const KNOWN = new Map([DTLS_1_2, DTLS_1_0, TLS_1_2, TLS_1_1, TLS_1_0].map(known => [known.wire, known]))

/** The version with this number on the wire, or `undefined` for one that is not spoken here. */
export function versionOf(wire: number): ProtocolVersion | undefined {
  return KNOWN.get(wire)
}

/** Negative when `a` is the older one, 0 when they are equal, positive when `a` is the newer one. */
export function compareVersions(a: ProtocolVersion, b: ProtocolVersion): number {
  return a.tls - b.tls
}

function version(wire: number, name: string, datagram: boolean, tls: number): ProtocolVersion {
  const twelve = tls >= 0x0303
  return Object.freeze({
    wire,
    name,
    datagram,
    tls,
    signatureAlgorithms: twelve,
    explicitIv: tls >= 0x0302,
    suitePrf: twelve,
    aead: twelve,
  })
}

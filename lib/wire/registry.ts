/** Record content types (RFC 5246 section 6.2.1, RFC 6520 section 6). */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const

/** Handshake message types (RFC 5246 section 7.4 and the IANA registry). */
export const HandshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  newSessionTicket: 4,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateUrl: 21,
  certificateStatus: 22,
  supplementalData: 23,
  nextProtocol: 67,
} as const

/** Extension types (IANA, TLS ExtensionType Values). */
export const ExtensionType = {
  serverName: 0,
  maxFragmentLength: 1,
  clientCertificateUrl: 2,
  trustedCaKeys: 3,
  truncatedHmac: 4,
  statusRequest: 5,
  userMapping: 6,
  clientAuthz: 7,
  serverAuthz: 8,
  certType: 9,
  supportedGroups: 10,
  ecPointFormats: 11,
  srp: 12,
  signatureAlgorithms: 13,
  useSrtp: 14,
  heartbeat: 15,
  alpn: 16,
  statusRequestV2: 17,
  signedCertificateTimestamp: 18,
  clientCertificateType: 19,
  serverCertificateType: 20,
  padding: 21,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  tokenBinding: 24,
  cachedInfo: 25,
  compressCertificate: 27,
  recordSizeLimit: 28,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  certificateAuthorities: 47,
  oidFilters: 48,
  postHandshakeAuth: 49,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  connectionId: 54,
  nextProtocolNegotiation: 13172,
  renegotiationInfo: 0xff01,
} as const

/** What kinds of client certificate a server asks for (RFC 5246 section 7.4.4, RFC 8422 section 5.5). */
export const ClientCertificateType = {
  rsaSign: 1,
  dssSign: 2,
  rsaFixedDh: 3,
  dssFixedDh: 4,
  rsaEphemeralDh: 5,
  dssEphemeralDh: 6,
  fortezzaDms: 20,
  ecdsaSign: 64,
  rsaFixedEcdh: 65,
  ecdsaFixedEcdh: 66,
} as const

/** How a server describes its curve (RFC 8422 section 5.4); only `namedCurve` may still be used. */
export const CurveType = { explicitPrime: 1, explicitChar2: 2, namedCurve: 3 } as const

/** EC point formats (RFC 8422 section 5.1.2). */
export const EcPointFormat = { uncompressed: 0, compressedPrime: 1, compressedChar2: 2 } as const

/** Compression methods (RFC 5246 section 6.1, RFC 3749). */
export const Compression = { none: 0, deflate: 1 } as const

/** Cipher suite values that only signal (RFC 5746 section 3.3, RFC 7507 section 2). */
export const Scsv = { emptyRenegotiationInfo: 0x00ff, fallback: 0x5600 } as const

/** Certificate status types (RFC 6066 section 8). */
export const StatusType = { ocsp: 1 } as const

/** Server name types (RFC 6066 section 3). */
export const NameType = { hostName: 0 } as const

/** Who may send heartbeat requests (RFC 6520 section 2). */
export const HeartbeatMode = { peerAllowedToSend: 1, peerNotAllowedToSend: 2 } as const

/** RFC 6520 section 3. */
export const HeartbeatType = { request: 1, response: 2 } as const

/** The name of a number for printing: `clientHello`, or `unknown(99)` for what the registry does not list. */
export function nameOf(registry: Readonly<Record<string, number>>, value: number): string {
  for (const [name, number] of Object.entries(registry)) if (number === value) return name
  return `unknown(${value})`
}

/** Chunk types (RFC 9260 section 3.2, RFC 4895, RFC 3758, RFC 6525, RFC 5061, RFC 8260). */
export const ChunkType = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  auth: 15,
  iData: 0x40,
  asconfAck: 0x80,
  reConfig: 0x82,
  pad: 0x84,
  forwardTsn: 0xc0,
  asconf: 0xc1,
  iForwardTsn: 0xc2,
} as const

/** Parameters of INIT and INIT ACK, of RE-CONFIG (RFC 6525) and of ASCONF (RFC 5061). */
export const ParameterType = {
  heartbeatInfo: 1,
  ipv4: 5,
  ipv6: 6,
  stateCookie: 7,
  unrecognized: 8,
  cookiePreservative: 9,
  hostName: 11,
  supportedAddressTypes: 12,
  outgoingReset: 13,
  incomingReset: 14,
  tsnReset: 15,
  reconfigResponse: 16,
  addOutgoing: 17,
  addIncoming: 18,
  ecnCapable: 0x8000,
  random: 0x8002,
  chunkList: 0x8003,
  hmacAlgorithms: 0x8004,
  supportedExtensions: 0x8008,
  forwardTsn: 0xc000,
  addAddress: 0xc001,
  deleteAddress: 0xc002,
  errorIndication: 0xc003,
  setPrimary: 0xc004,
  success: 0xc005,
  adaptation: 0xc006,
} as const

/** Error causes (RFC 9260 section 3.3.10, RFC 5061 section 4.3, RFC 4895 section 4.2). */
export const Cause = {
  invalidStream: 1,
  missingParameter: 2,
  staleCookie: 3,
  outOfResource: 4,
  unresolvableAddress: 5,
  unrecognizedChunk: 6,
  invalidParameter: 7,
  unrecognizedParameters: 8,
  noUserData: 9,
  cookieWhileShuttingDown: 10,
  restartWithNewAddresses: 11,
  userAbort: 12,
  protocolViolation: 13,
  deleteLastAddress: 0x00a0,
  outOfAddresses: 0x00a1,
  deleteSourceAddress: 0x00a2,
  illegalAsconfAck: 0x00a3,
  notAuthorized: 0x00a4,
  unsupportedHmac: 0x0105,
} as const

/** What the two high bits of a type tell who does not know it (RFC 9260 sections 3.2 and 3.2.1). */
export function stopsAtUnknown(type: number, width: 8 | 16): boolean {
  return ((type >>> (width - 1)) & 1) === 0
}

export function reportsUnknown(type: number, width: 8 | 16): boolean {
  return ((type >>> (width - 2)) & 1) === 1
}

import { EMPTY, utf8 } from '../../base/bytes.ts'
import { setU16, setU32, u32 } from './octets.ts'
import { writeChunk } from './packet.ts'
import { Cause, ChunkType, ParameterType } from './registry.ts'
import { joinTlvs, readTlvs, writeTlv } from './tlv.ts'

/** The T bit of ABORT and SHUTDOWN COMPLETE: the tag is the peer's own, reflected (RFC 9260 section 8.5.1). */
export const TAG_REFLECTED = 1

export function writeAbort(cause: Uint8Array = EMPTY, reflected = false): Uint8Array {
  return writeChunk(ChunkType.abort, reflected ? TAG_REFLECTED : 0, joinTlvs(cause.length === 0 ? [] : [cause]))
}

export function writeError(cause: Uint8Array): Uint8Array {
  return writeChunk(ChunkType.error, 0, joinTlvs([cause]))
}

export function writeHeartbeat(info: Uint8Array): Uint8Array {
  return writeChunk(ChunkType.heartbeat, 0, joinTlvs([writeTlv(ParameterType.heartbeatInfo, info)]))
}

/** The Heartbeat Info of a HEARTBEAT ACK, or null. */
export function readHeartbeatInfo(value: Uint8Array): Uint8Array | null {
  const items = readTlvs(value)
  const [info] = items ?? []
  return items?.length === 1 && info?.type === ParameterType.heartbeatInfo ? info.value : null
}

export function writeShutdown(cumulative: number): Uint8Array {
  const value = new Uint8Array(4)
  setU32(value, 0, cumulative)
  return writeChunk(ChunkType.shutdown, 0, value)
}

/** The cumulative TSN of a SHUTDOWN, or null. */
export function readShutdown(value: Uint8Array): number | null {
  return value.length === 4 ? u32(value, 0) : null
}

export const causes = {
  /** RFC 9260 section 3.3.10.1. */
  invalidStream(stream: number): Uint8Array {
    const value = new Uint8Array(4)
    setU16(value, 0, stream)
    return writeTlv(Cause.invalidStream, value)
  },
  /** RFC 9260 section 3.3.10.2. */
  missingParameters(types: readonly number[]): Uint8Array {
    const value = new Uint8Array(4 + 2 * types.length)
    setU32(value, 0, types.length)
    for (const [i, type] of types.entries()) setU16(value, 4 + 2 * i, type)
    return writeTlv(Cause.missingParameter, value)
  },
  /** RFC 9260 section 3.3.10.3: how late the cookie came, in microseconds. */
  staleCookie(microseconds: number): Uint8Array {
    const value = new Uint8Array(4)
    setU32(value, 0, Math.min(microseconds, 0xffffffff))
    return writeTlv(Cause.staleCookie, value)
  },
  outOfResource: (): Uint8Array => writeTlv(Cause.outOfResource),
  unresolvableAddress: (parameter: Uint8Array): Uint8Array => writeTlv(Cause.unresolvableAddress, parameter),
  unrecognizedChunk: (chunk: Uint8Array): Uint8Array => writeTlv(Cause.unrecognizedChunk, chunk),
  invalidParameter: (): Uint8Array => writeTlv(Cause.invalidParameter),
  unrecognizedParameters: (parameters: Uint8Array): Uint8Array => writeTlv(Cause.unrecognizedParameters, parameters),
  /** RFC 9260 section 3.3.10.9. */
  noUserData(tsn: number): Uint8Array {
    const value = new Uint8Array(4)
    setU32(value, 0, tsn)
    return writeTlv(Cause.noUserData, value)
  },
  cookieWhileShuttingDown: (): Uint8Array => writeTlv(Cause.cookieWhileShuttingDown),
  restartWithNewAddresses: (addresses: Uint8Array): Uint8Array => writeTlv(Cause.restartWithNewAddresses, addresses),
  userAbort: (reason: Uint8Array): Uint8Array => writeTlv(Cause.userAbort, reason),
  protocolViolation: (text: string): Uint8Array => writeTlv(Cause.protocolViolation, utf8(text)),
  /** RFC 4895 section 4.2. */
  unsupportedHmac(hmac: number): Uint8Array {
    const value = new Uint8Array(2)
    setU16(value, 0, hmac)
    return writeTlv(Cause.unsupportedHmac, value)
  },
} as const

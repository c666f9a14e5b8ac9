import { concat } from '../base/bytes.ts'

/** The few DER encodings (X.690) that node:crypto wants its keys wrapped in. Writing only. */
export const der = {
  sequence: (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts),
  /** An unsigned number, big-endian. */
  integer: (magnitude: Uint8Array) => {
    const short = withoutLeadingZeros(magnitude)
    return ((short[0] ?? 0x80) & 0x80) === 0 ? tagged(0x02, short) : tagged(0x02, ZERO, short)
  },
  octetString: (bytes: Uint8Array) => tagged(0x04, bytes),
  bitString: (bytes: Uint8Array) => tagged(0x03, ZERO, bytes),
  /** @param body the identifier already encoded */
  oid: (body: Uint8Array) => tagged(0x06, body),
}

/** A view without the zeros in front; empty for the number zero. */
export function withoutLeadingZeros(magnitude: Uint8Array): Uint8Array {
  let at = 0
  while (at < magnitude.length && magnitude[at] === 0) at++
  return magnitude.subarray(at)
}

const ZERO = new Uint8Array(1)

function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return concat(new Uint8Array([tag, ...lengthOctets(length)]), ...parts)
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff)
  return [0x80 | octets.length, ...octets]
}

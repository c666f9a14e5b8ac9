/** Big-endian fields at fixed places. Callers check lengths first; a byte that is not there reads as 0. */

export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

export function u16(bytes: Uint8Array, at: number): number {
  return (u8(bytes, at) << 8) | u8(bytes, at + 1)
}

export function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2)
}

export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function setU32(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, value >>> 16)
  setU16(bytes, at + 2, value & 0xffff)
}

/** Chunks, parameters and causes fill up to a multiple of four bytes (RFC 9260 sections 3.2, 3.2.1 and 3.3.10). */
export function padded(length: number): number {
  return (length + 3) & ~3
}

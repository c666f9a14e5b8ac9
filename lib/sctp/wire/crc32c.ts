/**
 * CRC32c (RFC 9260 appendix A): the reflected Castagnoli polynomial, eight bytes a step. `bytes` is read with
 * the four bytes at `hole` taken as zeros, so that a packet need not be copied to be checked; -1 for no hole.
 */
export function crc32c(bytes: Uint8Array, hole = -1): number {
  if (hole < 0) return ~update(~0, bytes, 0, bytes.length) >>> 0
  let crc = update(~0, bytes, 0, hole)
  crc = update(crc, ZEROS, 0, ZEROS.length)
  return ~update(crc, bytes, hole + ZEROS.length, bytes.length) >>> 0
}

const POLYNOMIAL = 0x82f63b78
const ZEROS = new Uint8Array(4)

/** Eight tables of 256: table k advances a byte by k further bytes of zeros. */
const TABLES = new Int32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
  TABLES[byte] = crc
}
for (let at = 256; at < TABLES.length; at++) {
  const before = TABLES[at - 256] ?? 0
  TABLES[at] = (before >>> 8) ^ (TABLES[before & 0xff] ?? 0)
}

function update(start: number, bytes: Uint8Array, from: number, to: number): number {
  const T = TABLES
  let crc = start
  let at = from
  for (; at + 8 <= to; at += 8) {
    crc ^=
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24)
    crc =
      (T[1792 + (crc & 0xff)] ?? 0) ^
      (T[1536 + ((crc >>> 8) & 0xff)] ?? 0) ^
      (T[1280 + ((crc >>> 16) & 0xff)] ?? 0) ^
      (T[1024 + (crc >>> 24)] ?? 0) ^
      (T[768 + byteAt(bytes, at + 4)] ?? 0) ^
      (T[512 + byteAt(bytes, at + 5)] ?? 0) ^
      (T[256 + byteAt(bytes, at + 6)] ?? 0) ^
      (T[byteAt(bytes, at + 7)] ?? 0)
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ (T[(crc ^ byteAt(bytes, at)) & 0xff] ?? 0)
  return crc
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

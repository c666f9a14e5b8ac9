import { concat, EMPTY } from '../../base/bytes.ts'
import { padded, setU16, u16 } from './octets.ts'

/** A parameter or an error cause: two bytes of type, two of length, the value (RFC 9260 sections 3.2.1 and 3.3.10). */
export interface Tlv {
  readonly type: number
  /** A view. */
  readonly value: Uint8Array
  /** Header and value as they came, without padding; a view. */
  readonly whole: Uint8Array
}

const HEADER = 4

/** The items of a list, or null when one is not whole. The padding of the last may be outside of the chunk's length. */
export function readTlvs(bytes: Uint8Array): Tlv[] | null {
  const items: Tlv[] = []
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER) return null
    const length = u16(bytes, at + 2)
    if (length < HEADER || at + length > bytes.length) return null
    const whole = bytes.subarray(at, at + length)
    items.push({ type: u16(bytes, at), value: whole.subarray(HEADER), whole })
    at += padded(length)
  }
  return items
}

/** The item with its padding. `RangeError` when it is longer than the length field can tell. */
export function writeTlv(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, HEADER)
  if (length > 0xffff) throw new RangeError(`${length} bytes do not fit a parameter`)
  const out = new Uint8Array(padded(length))
  setU16(out, 0, type)
  setU16(out, 2, length)
  let at = HEADER
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Items in a row. The padding of the last is the chunk's: its length does not count it (RFC 9260 section 3.2). */
export function joinTlvs(items: readonly Uint8Array[]): Uint8Array {
  const last = items.at(-1)
  if (last === undefined) return EMPTY
  return concat(...items.slice(0, -1), last.subarray(0, u16(last, 2)))
}

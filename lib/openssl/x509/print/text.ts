import { latin1, toHex } from '../../../base/bytes.ts'
import type { ASN1_INTEGER } from '../asn1/asn1.ts'

/** Bytes as C's `%s` writes them: up to the first NUL, one character a byte. */
export function characters(bytes: Uint8Array): string {
  const text = latin1(bytes)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** An address as OpenSSL prints it: dotted, or eight groups in upper case; null for another length. */
export function ipText(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return null
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  return groups.map(group => group.toString(16).toUpperCase()).join(':')
}

/** Lines of pairs of digits with colons between them, `width` pairs a line. */
export function dumpLines(bytes: Uint8Array, width: number, margin: string): string {
  const pairs = toHex(bytes).match(/../g) ?? []
  const lines = Array.from({ length: Math.ceil(pairs.length / width) }, (_, i) =>
    pairs.slice(i * width, (i + 1) * width).join(':'),
  )
  return lines.map(line => margin + line).join(':\n')
}

/** One character a byte, a point for what is no printable character of ASCII nor the end of a line. */
export function printable(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[^\n\r -~]/g, '.')
}

const WIDTH = 35

/** Bytes as two digits each, upper case, broken after 35 of them with a backslash. */
export function brokenHex(bytes: Uint8Array): string {
  const lines = Array.from({ length: Math.ceil(bytes.length / WIDTH) }, (_, i) =>
    toHex(bytes.subarray(i * WIDTH, (i + 1) * WIDTH)).toUpperCase(),
  )
  return lines.join('\\\n')
}

/** The same, `0` for none. */
export const stringHex = (bytes: Uint8Array): string => (bytes.length === 0 ? '0' : brokenHex(bytes))

/** A number in hexadecimal, as i2a_ASN1_INTEGER writes it. */
export function integerHex(a: ASN1_INTEGER): string {
  return `${a.value < 0n ? '-' : ''}${a.data.length === 0 ? '00' : brokenHex(a.data)}`
}

import { latin1, toHex } from '../../../base/bytes.ts'

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

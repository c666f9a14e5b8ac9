/** Four or sixteen bytes, or null: as strict as inet_pton(3), so no short forms, no leading zeros, no zone. */
export function parseIp(text: string): Uint8Array | null {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

/** Whether a text is the address of one host: neither unspecified, nor a group, nor all. */
export function isUnicast(text: string): boolean {
  const bytes = parseIp(text)
  if (bytes === null) return false
  if (bytes.length === 16) return bytes[0] !== 0xff && bytes.some(byte => byte !== 0)
  const [first = 0] = bytes
  return first !== 0 && first < 224
}

/** The text of 4 or 16 bytes as inet_ntop(3) writes it (RFC 5952, with the dotted form for embedded IPv4). */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new TypeError('bytes: an address has 4 or 16 bytes')
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  const zeros = longestZeroRun(words)
  const embeds = zeros.start === 0 && (zeros.length === 6 || (zeros.length === 5 && words[5] === 0xffff))
  const groups = words.slice(0, embeds ? 6 : 8).map(word => word.toString(16))
  if (embeds) groups.push(bytes.subarray(12).join('.'))
  if (zeros.length < 2) return groups.join(':')
  return `${groups.slice(0, zeros.start).join(':')}::${groups.slice(zeros.start + zeros.length).join(':')}`
}

function parseIPv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const bytes = new Uint8Array(4)
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    bytes[i] = Number(part)
  }
  return bytes
}

function parseIPv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = groupBytes(halves[0] ?? '', halves.length === 1)
  const tail = halves.length === 1 ? [] : groupBytes(halves[1] ?? '', true)
  if (head === null || tail === null) return null
  const length = head.length + tail.length
  // "::" stands for one group of zeros at least.
  if (halves.length === 1 ? length !== 16 : length > 14) return null
  const bytes = new Uint8Array(16)
  bytes.set(head, 0)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

/** The bytes of groups between colons; only the last may be dotted IPv4, and only at the end of the address. */
function groupBytes(text: string, atEnd: boolean): number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const word = Number.parseInt(group, 16)
      bytes.push(word >> 8, word & 0xff)
      continue
    }
    const dotted = atEnd && i === groups.length - 1 ? parseIPv4(group) : null
    if (dotted === null) return null
    bytes.push(...dotted)
  }
  return bytes
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < words.length; start++) {
    let length = 0
    while (words[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

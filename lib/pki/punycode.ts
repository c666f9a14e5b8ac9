import { malformed } from './failure.ts'

// RFC 3492, as far as name constraints need it.

const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700
const MAX_LABEL = 512
const LARGEST = 0x10ffff

/**
 * A host name with its A-labels in Unicode (RFC 8398 section 6). Throws `PkiFailure` for a label that is no Punycode.
 */
export function toULabels(host: string): string {
  return host
    .split('.')
    .map(label => (label.startsWith('xn--') ? decode(label.slice(4)) : label))
    .join('.')
}

/** RFC 3492 section 6.2. */
function decode(text: string): string {
  if (text.length > MAX_LABEL) throw malformed('label too long')
  const delimiter = text.lastIndexOf('-')
  const points = [...text.slice(0, Math.max(0, delimiter))].map(character => character.charCodeAt(0))
  let at = delimiter > 0 ? delimiter + 1 : 0
  let [code, position, bias] = [128, 0, 72]
  while (at < text.length) {
    const before = position
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(text.charCodeAt(at++))
      position += digit * weight
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX)
      if (digit < threshold) break
      weight *= BASE - threshold
      if (position > 2 ** 31 || weight > 2 ** 31) throw malformed('Punycode overflow')
    }
    const length = points.length + 1
    bias = adapt(position - before, length, before === 0)
    code += Math.floor(position / length)
    if (code > LARGEST) throw malformed('not a character')
    position %= length
    points.splice(position++, 0, code)
  }
  return String.fromCodePoint(...points)
}

function digitOf(code: number): number {
  const digit = '0123456789'.includes(String.fromCharCode(code)) ? code - 22 : (code | 0x20) - 0x61
  if (!(digit >= 0 && digit < BASE) || code > 0x7a) throw malformed('not Punycode')
  return digit
}

function adapt(delta: number, length: number, first: boolean): number {
  let left = Math.floor(delta / (first ? DAMP : 2))
  left += Math.floor(left / length)
  let k = 0
  for (; left > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) left = Math.floor(left / (BASE - T_MIN))
  return k + Math.floor(((BASE - T_MIN + 1) * left) / (left + SKEW))
}

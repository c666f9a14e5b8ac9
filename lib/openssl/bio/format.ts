/** What printf takes: numbers and texts. */
export type PrintfArgument = number | bigint | string | boolean | null | undefined

const CONVERSION = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?(hh|h|ll|l|q|j|z|t|L)?([%a-zA-Z])/g

/** printf's text. A conversion that C does not have stays as it is. */
export function formatC(format: string, args: readonly PrintfArgument[]): string {
  let next = 0
  const take = (): PrintfArgument => args[next++]
  return format.replace(
    CONVERSION,
    (
      whole: string,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      size: string | undefined,
      kind: string,
    ) => {
      if (kind === '%') return '%'
      const asked = width === '*' ? Number(take()) : Number(width ?? 0)
      const digits = precision === undefined ? null : Number(precision === '*' ? take() : precision)
      const text = convert(kind, flags, digits !== null && digits < 0 ? null : digits, size ?? '', take)
      if (text === null) return whole
      return pad(text, Math.min(Math.abs(asked), MAX_WIDTH), asked < 0 ? `${flags}-` : flags, kind, digits)
    },
  )
}

/** No program wants more; a format from outside is not to exhaust memory. */
const MAX_WIDTH = 4096

function convert(
  kind: string,
  flags: string,
  digits: number | null,
  size: string,
  take: () => PrintfArgument,
): string | null {
  switch (kind) {
    case 'd':
    case 'i':
      return signed(BigInt.asIntN(bits(size), integer(take())), flags, digits)
    case 'u':
      return atLeast(unsigned(take(), size).toString(), digits)
    case 'x':
    case 'X':
    case 'p':
      return hexadecimal(unsigned(take(), kind === 'p' ? 'l' : size), kind, flags, digits)
    case 'o':
      return (flags.includes('#') ? '0' : '') + atLeast(unsigned(take(), size).toString(8), digits)
    case 'c':
      return character(take())
    case 's':
      return text(take(), digits)
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      return decimal(Number(take()), kind, flags, digits)
    default:
      return null
  }
}

function text(value: PrintfArgument, limit: number | null): string {
  const whole = value === null || value === undefined ? '<NULL>' : String(value)
  return limit === null ? whole : whole.slice(0, limit)
}

function character(value: PrintfArgument): string {
  return typeof value === 'string' ? value.slice(0, 1) : String.fromCharCode(Number(value) & 0xff)
}

function bits(size: string): 8 | 16 | 32 | 64 {
  if (size === 'hh') return 8
  if (size === 'h') return 16
  return size === '' ? 32 : 64
}

function integer(value: PrintfArgument): bigint {
  if (typeof value === 'bigint') return value
  const number = Math.trunc(Number(value ?? 0))
  return Number.isFinite(number) ? BigInt(number) : 0n
}

function unsigned(value: PrintfArgument, size: string): bigint {
  return BigInt.asUintN(bits(size), integer(value))
}

function atLeast(number: string, digits: number | null): string {
  return number.padStart(Math.min(digits ?? 1, MAX_WIDTH), '0')
}

function signed(value: bigint, flags: string, digits: number | null): string {
  return sign(value < 0n, flags) + atLeast(String(value < 0n ? -value : value), digits)
}

function sign(negative: boolean, flags: string): string {
  if (negative) return '-'
  if (flags.includes('+')) return '+'
  return flags.includes(' ') ? ' ' : ''
}

function hexadecimal(value: bigint, kind: string, flags: string, digits: number | null): string {
  const prefix = kind === 'p' || (flags.includes('#') && value !== 0n) ? '0x' : ''
  const number = prefix + atLeast(value.toString(16), digits)
  return kind === 'X' ? number.toUpperCase() : number
}

function decimal(value: number, kind: string, flags: string, digits: number | null): string {
  const places = Math.min(digits ?? 6, 100)
  const size = Math.abs(value)
  const number = sign(value < 0 || Object.is(value, -0), flags) + magnitude(size, kind.toLowerCase(), places)
  return kind === kind.toUpperCase() ? number.toUpperCase() : number
}

function magnitude(size: number, kind: string, places: number): string {
  if (!Number.isFinite(size)) return Number.isNaN(size) ? 'nan' : 'inf'
  if (kind === 'f') return size.toFixed(places)
  if (kind === 'e') return exponent(size.toExponential(places))
  const precision = Math.max(1, places)
  const power = size === 0 ? 0 : Number(size.toExponential(precision - 1).split('e')[1])
  if (power < -4 || power >= precision) return exponent(size.toExponential(precision - 1).replace(/\.?0+e/, 'e'))
  const fixed = size.toFixed(precision - 1 - power)
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed
}

/** C writes two digits of exponent at least. */
function exponent(number: string): string {
  return number.replace(/e([-+])(\d)$/, 'e$10$2')
}

function pad(text: string, width: number, flags: string, kind: string, digits: number | null): string {
  const whole = 'diouxX'.includes(kind)
  // OpenSSL fills whole numbers with zeros even where `-` asks for spaces behind them.
  const zeros = flags.includes('0') && (whole ? digits === null : !'sc'.includes(kind) && !flags.includes('-'))
  if (!zeros) return flags.includes('-') ? text.padEnd(width) : text.padStart(width)
  const lead = /^[-+ ]?(?:0[xX])?/.exec(text)?.[0] ?? ''
  return lead + text.slice(lead.length).padStart(width - lead.length, '0')
}

/** A span of milliseconds, from and to; a value in between is drawn for each datagram. */
export type Span = readonly [min: number, max: number]

/**
 * What a direction of the network does to datagrams. Probabilities are 0 to 1 and drawn for each datagram alone.
 *
 * ```ts
 * network.configure({ loss: 0.2, delayMs: [20, 60] }) // everywhere
 * network.configure({ mtu: 512 }, { from: 'client', to: 'server' }) // one direction, from now on
 * ```
 */
export interface Conditions {
  /** Probability that a datagram vanishes; 1 cuts the line. */
  readonly loss: number
  /** Probability that a second copy travels too, with its own delay and damage. */
  readonly duplication: number
  /** Probability that a copy arrives with 1 to 4 of its bits flipped. */
  readonly corruption: number
  /** Probability that a copy arrives with its end cut off. */
  readonly truncation: number
  /** Probability that a copy is held back by `reorderMs`, so that later ones overtake it. Without it order is kept. */
  readonly reordering: number
  /** How long a copy chosen for reordering is held back, in milliseconds beyond its delay. */
  readonly reorderMs: Span
  /** Time on the way, in milliseconds. */
  readonly delayMs: Span
  /** Largest datagram that passes, in bytes of payload (IP and UDP headers not counted): 1 to 65535. */
  readonly mtu: number
  /** What becomes of a larger one: dropped on the way without a word, or refused to the sender with `EMSGSIZE`. */
  readonly oversize: 'drop' | 'refuse'
  /** Bits per second, counted on payload; `Infinity` for no limit. */
  readonly bandwidth: number
  /** Bytes that may wait for the bandwidth before the tail is dropped; `Infinity` leaves it to the network's limits. */
  readonly bufferBytes: number
}

/** Nothing is lost, changed or late. 65507 bytes is the largest UDP payload over IPv4. */
export const PERFECT: Conditions = Object.freeze<Conditions>({
  loss: 0,
  duplication: 0,
  corruption: 0,
  truncation: 0,
  reordering: 0,
  reorderMs: [10, 50],
  delayMs: [0, 0],
  mtu: 65507,
  oversize: 'drop',
  bandwidth: Number.POSITIVE_INFINITY,
  bufferBytes: Number.POSITIVE_INFINITY,
})

/** A copy of `change`. `TypeError` for a name that is no condition, `RangeError` for a value out of range. */
export function checked(change: Partial<Conditions>): Partial<Conditions> {
  for (const [name, value] of Object.entries(change)) {
    const rule = RULES.get(name)
    if (rule === undefined) throw new TypeError(`${name} is not a condition of the network`)
    if (!rule(value)) throw new RangeError(`${name}: ${String(value)} is out of range`)
  }
  return { ...change }
}

type Rule = (value: unknown) => boolean

const isProbability: Rule = value => typeof value === 'number' && value >= 0 && value <= 1

const isSpan: Rule = value => {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [min, max]: unknown[] = value
  return typeof min === 'number' && typeof max === 'number' && min >= 0 && min <= max && Number.isFinite(max)
}

const RULES: ReadonlyMap<string, Rule> = new Map<keyof Conditions, Rule>([
  ['loss', isProbability],
  ['duplication', isProbability],
  ['corruption', isProbability],
  ['truncation', isProbability],
  ['reordering', isProbability],
  ['reorderMs', isSpan],
  ['delayMs', isSpan],
  ['mtu', value => typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535],
  ['oversize', value => value === 'drop' || value === 'refuse'],
  ['bandwidth', value => typeof value === 'number' && value > 0],
  ['bufferBytes', value => typeof value === 'number' && value >= 0],
])

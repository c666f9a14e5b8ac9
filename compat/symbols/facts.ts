/** How OpenSSL declares a name. */
export type Kind = 'function' | 'macro-function' | 'type' | 'callback' | 'constant'

/** How near a name is to a DTLS program; see TIERS in pages.ts. */
export type Tier = 'A' | 'B' | 'C' | 'N'

/** A row of symbols.tsv: what the headers and the manual of OpenSSL say of a public name. */
export interface Fact {
  readonly name: string
  readonly kind: Kind
  readonly header: string
  /** Of a constant, as a C program prints it: a number (with its hexadecimal form) or a string in quotes. */
  readonly value: string
  readonly signature: string
  readonly since: string
  /** The first release line without it; empty when 3.0 has it. */
  readonly removed: string
  readonly deprecated: string
  /** How many of twenty known programs name it. */
  readonly programs: number
  readonly tier: Tier
}

const COLUMNS = 'name kind header value signature since removed deprecated programs tier'
const KINDS: readonly string[] = ['function', 'macro-function', 'type', 'callback', 'constant'] satisfies Kind[]
const TIERS: readonly string[] = ['A', 'B', 'C', 'N'] satisfies Tier[]

/** The rows of symbols.tsv, which are sorted by header, kind and name. */
export function readFacts(text: string): readonly Fact[] {
  const [head, ...rows] = text.trimEnd().split('\n')
  if (head !== COLUMNS.replaceAll(' ', '\t')) throw new Error('symbols.tsv: other columns than expected')
  return rows.map(row => {
    const [name, kind, header, value, signature, since, removed, deprecated, programs, tier, ...more] = row.split('\t')
    if (!name || !header || !isKind(kind) || !isTier(tier) || more.length > 0) throw new Error(`symbols.tsv: ${row}`)
    return {
      ...{ name, kind, header, value: value ?? '', signature: signature ?? '', since: since ?? '' },
      ...{ removed: removed ?? '', deprecated: deprecated ?? '', programs: Number(programs), tier },
    }
  })
}

/** The value of a constant: a number, a string; null where the old headers give an expression. */
export function constantValue(fact: Fact): number | string | null {
  const text = /^"(.*)"$/.exec(fact.value)?.[1]
  if (text !== undefined) return text
  const digits = /^-?\d+(?= \(0x|$)/.exec(fact.value)?.[0]
  return digits === undefined ? null : Number(digits)
}

function isKind(text: string | undefined): text is Kind {
  return text !== undefined && KINDS.includes(text)
}

function isTier(text: string | undefined): text is Tier {
  return text !== undefined && TIERS.includes(text)
}

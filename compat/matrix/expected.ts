import { type Cell, cellId, OUTCOMES, type Outcome } from './cell.ts'
import type { Matrix } from './matrix.ts'

/** What each cell said when the whole matrix was run last. */
export type Expectation = Readonly<Record<string, Outcome>>

export function parseExpectation(text: string): Expectation {
  if (text === '') return {}
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null) throw new Error('compat/expected.json is no object')
  return Object.fromEntries(Object.entries(parsed).filter(isEntry))
}

/** The file's new text. What could not be run this time stays as it was. */
export function expectation(before: Expectation, { cells }: Matrix): string {
  const now = cells.map(cell => {
    const id = cellId(cell)
    return [id, cell.outcome === 'not run here' ? (before[id] ?? cell.outcome) : cell.outcome] as const
  })
  return `${JSON.stringify(Object.fromEntries(now), null, 1)}\n`
}

/** The cells that worked before and do not now. What could not be run says nothing. */
export function lost(before: Expectation, { cells }: Pick<Matrix, 'cells'>): readonly Cell[] {
  return cells.filter(cell => {
    return before[cellId(cell)] === 'works' && cell.outcome !== 'works' && cell.outcome !== 'not run here'
  })
}

/** How often each name is there. */
export function byName<Name extends string>(names: readonly Name[]): ReadonlyMap<Name, number> {
  const counts = new Map<Name, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function isEntry(entry: [string, unknown]): entry is [string, Outcome] {
  return OUTCOMES.some(outcome => outcome === entry[1])
}

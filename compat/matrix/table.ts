import type { Cell, Outcome } from './cell.ts'
import { type Feature, featureId } from './features.ts'
import type { Matrix, PeerLine } from './matrix.ts'
import type { Role } from './settings.ts'

/** The matrix as both pages show it: a table for each group of features, a column for each peer and role. */
export interface Group {
  readonly name: string
  readonly rows: readonly Row[]
}

export interface Row {
  readonly feature: Feature
  readonly cells: readonly (Cell | null)[]
}

export interface Column {
  readonly peer: string
  readonly role: Role
}

/** How often each outcome is there. */
export type Counts = Readonly<Record<Outcome, number>>

/** The answer in short: a row for each peer, a column for each group; null where the peer has nothing to do with it. */
export interface Summary {
  readonly groups: readonly string[]
  readonly rows: readonly { readonly peer: PeerLine; readonly counts: readonly (Counts | null)[] }[]
}

export function columns({ cells }: Matrix): readonly Column[] {
  const found = new Map(cells.map(({ peer, role }) => [`${peer} ${role}`, { peer, role }]))
  return [...found.values()]
}

export function groups(matrix: Matrix): readonly Group[] {
  const heads = columns(matrix)
  const cells = new Map(matrix.cells.map(cell => [`${cell.peer} ${cell.role} ${featureId(cell.feature)}`, cell]))
  const features = new Map(matrix.cells.map(({ feature }) => [featureId(feature), feature]))
  const rows = [...features].map(([id, feature]) => {
    return { feature, cells: heads.map(({ peer, role }) => cells.get(`${peer} ${role} ${id}`) ?? null) }
  })
  const names = [...new Set(rows.map(row => titleOf(row.feature)))]
  return names.map(name => ({ name, rows: rows.filter(row => titleOf(row.feature) === name) }))
}

export function summary({ peers, cells }: Matrix): Summary {
  const names = [...new Set(cells.map(({ feature }) => feature.group))]
  const rows = peers.map(peer => {
    const own = cells.filter(cell => cell.peer === peer.name)
    const counts = names.map(name => {
      const within = own.filter(({ feature }) => feature.group === name)
      return within.length === 0 ? null : count(within)
    })
    return { peer, counts }
  })
  return { groups: names, rows }
}

export function count(cells: readonly Pick<Cell, 'outcome'>[]): Counts {
  const of = (outcome: Outcome) => cells.filter(cell => cell.outcome === outcome).length
  return {
    works: of('works'),
    fails: of('fails'),
    'fails with libssl too': of('fails with libssl too'),
    'peer lacks it': of('peer lacks it'),
    'not run here': of('not run here'),
  }
}

/** Suites are many: each version has a table of its own. */
function titleOf({ group, version }: Feature): string {
  return group === 'Suites' ? `${group} of ${version}` : group
}

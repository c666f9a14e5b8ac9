import type { Cell } from './cell.ts'
import { type Feature, featureId } from './features.ts'
import type { Matrix } from './matrix.ts'
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
  const names = [...new Set(rows.map(row => row.feature.group))]
  return names.map(name => ({ name, rows: rows.filter(row => row.feature.group === name) }))
}

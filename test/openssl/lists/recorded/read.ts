import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The rows of a recorded table (see record.c), cut at the tabs. */
export function recorded(file: 'suites.tsv' | 'cipher-lists.tsv'): string[][] {
  const path = join(import.meta.dirname, file)
  const rows = readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
  return rows.map(row => row.split('\t'))
}

/** A field of a row that must be there. */
export function field(row: readonly string[], index: number): string {
  const value = row[index]
  if (value === undefined) throw new Error(`recorded row ${row[0]} has no field ${index}`)
  return value
}

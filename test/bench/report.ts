import { stderr, stdout } from 'node:process'

/** One measured figure; `floor` is what the bare node:crypto operations, or the bare socket, did in the same rounds. */
export interface Figure {
  readonly section: string
  readonly name: string
  readonly unit: string
  readonly ours: number
  readonly floor: number | null
  /** Ours to the floor, the median of the rounds. */
  readonly ratio: number | null
}

/** What is being measured, while it is; nothing where nobody watches. */
export function progress(text: string): void {
  if (stderr.isTTY) stderr.write(`\r\x1b[K${text}`)
}

export function printTable(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  progress('')
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')
  stdout.write(`\n${title}\n\n${line(heads)}\n${widths.map(width => '-'.repeat(width)).join('  ')}\n`)
  for (const row of rows) stdout.write(`${line(row)}\n`)
}

/** Three figures at least. */
export function rate(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

export function times(value: number): string {
  return `${value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`
}

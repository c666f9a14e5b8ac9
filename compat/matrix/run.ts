import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { clear_progress, say, show_progress } from '../demo/terminal.ts'
import { cellId } from './cell.ts'
import { byName, expectation, lost, parseExpectation } from './expected.ts'
import { html } from './html.ts'
import { markdown } from './markdown.ts'
import { runMatrix, type Slice, squares } from './matrix.ts'

// `npm run compat`, in the root of the project. A slice writes nothing, and shows what came back. The exit status is 1
// when a cell that worked when the whole was written does not.

const { values } = parseArgs({
  options: {
    peer: { type: 'string' },
    role: { type: 'string' },
    feature: { type: 'string' },
    lanes: { type: 'string', default: '3' },
    captures: { type: 'string' },
  },
})
const { lanes, captures, ...slice } = values
const whole = Object.keys(slice).length === 0
const begun = performance.now()
const list = squares(slice satisfies Slice)
const matrix = await runMatrix(list, {
  lanes: Math.max(1, Number(lanes) || 1),
  tell(done, cell) {
    if (cell.outcome === 'fails') {
      clear_progress()
      say(`${cellId(cell)}: ${cell.reason}`)
    }
    show_progress(done, list.length, (done / (performance.now() - begun)) * 1000)
  },
  ...(captures !== undefined && { captures }),
})
clear_progress()

const before = parseExpectation(readFileSync('compat/expected.json', { encoding: 'utf8', flag: 'a+' }))
if (whole) {
  writeFileSync('compat/expected.json', expectation(before, matrix))
  writeFileSync('compat/matrix.md', markdown(matrix))
  writeFileSync('compat/matrix.html', html(matrix))
  say('compat/matrix.md, compat/matrix.html and compat/expected.json are written.')
} else {
  for (const { outcome, reason, runs, ...cell } of matrix.cells) {
    say(`${outcome.padEnd(14)} ${cellId({ ...cell })}${reason === '' ? '' : `: ${reason}`}`)
    if (matrix.cells.length > 4) continue
    for (const { title, client, server } of runs)
      say(`\n${title}\n$ ${server.command}\n${server.output}\n$ ${client.command}\n${client.output}`)
  }
}
const counts = byName(matrix.cells.map(cell => cell.outcome))
const seconds = ((performance.now() - begun) / 1000).toFixed(0)
say(`${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}; ${seconds} seconds`)
const broken = lost(before, matrix)
for (const cell of broken) say(`it worked before: ${cellId(cell)}: ${cell.reason}`)
// Sockets towards a peer that went silently may still be open.
process.exit(broken.length === 0 ? 0 : 1)

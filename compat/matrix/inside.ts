import { readFileSync } from 'node:fs'
import { cellId, runCell } from './cell.ts'
import { type GuestResult, MARK } from './guest.ts'
import { keeping, squares } from './matrix.ts'

// In the emulated machine: runs the cells that the file of the first argument names, line by line, one after the other.
// The second is the folder for what passed, if that is wanted.

const [file = '', captures] = process.argv.slice(2)
const wanted = new Set(readFileSync(file, 'utf8').split('\n'))
for (const { peer, role, feature } of squares({}, id => wanted.has(id))) {
  const cell = await runCell(peer, role, feature, keeping({ peer: peer.name, role, feature }, captures))
  const { outcome, reason, runs } = cell
  const result: GuestResult = { id: cellId(cell), outcome, reason, runs }
  process.stdout.write(`${MARK}${escaped(JSON.stringify(result))}\n`)
}
process.exit()

/** One byte a character, however it is read. */
function escaped(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

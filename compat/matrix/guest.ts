import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { runInGuest as boot } from '../../test/guest/guest.ts'
import type { Cell } from './cell.ts'

/** What the guest says of a cell, in a line of its own. */
export type GuestResult = Pick<Cell, 'outcome' | 'reason' | 'runs'> & { readonly id: string }

/** Of each such line. */
export const MARK = 'cell '

/**
 * Runs cells, by their names, in an emulated machine whose kernel has SCTP: it is booted once for all of them.
 * @param captures - the folder that is to hold what passed
 * @returns why those that were not told are missing
 */
export async function runInGuest(
  ids: readonly string[],
  captures: string | undefined,
  tell: (result: GuestResult) => void,
): Promise<string> {
  const program = join(import.meta.dirname, 'inside.js')
  const folder = mkdtempSync(join(tmpdir(), 'compat-'))
  let rest = ''
  const output = new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, _encoding, done) {
      rest += chunk.toString('latin1')
      for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 1)
        if (line.startsWith(MARK)) tell(JSON.parse(line.slice(MARK.length)))
        else rememberLast(line)
      }
      done()
    },
  })
  let last = ''
  const rememberLast = (line: string) => {
    last = line.trim() || last
  }
  try {
    const list = join(folder, 'cells')
    writeFileSync(list, ids.join('\n'))
    const shares = captures === undefined ? [] : [resolve(captures)]
    const command = [process.execPath, '--no-warnings', program, list, ...shares]
    const wanted = { command, directory: process.cwd(), shares, limit: LIMIT }
    const result = await boot(resolve('.cache/guest'), wanted, output)
    return 'reason' in result ? result.reason : `the emulated machine came to an end first: ${last}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Seconds for the boot and all cells. */
const LIMIT = 2700

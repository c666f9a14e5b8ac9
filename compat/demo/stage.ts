import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ERR_print_errors_fp } from 'openssl-shim'
import type { Party } from './party-process.ts'
import { clear_progress, say, styled } from './terminal.ts'

/**
 * A title, a working directory, and an end in which nothing is left behind and a failure is explained.
 * @param run - adds the processes that it starts to `parties`
 * @returns the exit code
 */
export async function stage(title: string, run: (folder: string, parties: Party[]) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'openssl-shim-demo-'))
  const parties: Party[] = []
  const clean_up = () => {
    for (const party of parties) party.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('SIGINT', () => {
    clean_up()
    process.exit(130)
  })
  try {
    say()
    say(styled('bold', `  ${title}`))
    say()
    await run(folder, parties)
    return 0
  } catch (failure) {
    explain(failure, parties)
    return 1
  } finally {
    clean_up()
  }
}

function explain(failure: unknown, parties: readonly Party[]): void {
  clear_progress()
  say()
  say(`${styled('red', 'FAILED')}: ${failure instanceof Error ? failure.message : String(failure)}`)
  ERR_print_errors_fp(process.stderr)
  for (const { role, output } of parties) {
    if (output.trim() !== '')
      say(`  ${styled('bold', `the ${role} says:`)}\n${output.trimEnd().replace(/^/gm, '    ')}`)
  }
  say('  Next: npm test -- test/samples runs the same programs one by one and says where it stops.')
}

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What the C program beside a test prints, line by line; null, with the reason on the console, where it cannot be built.
 */
export function transcriptOf(source: string, ...libraries: string[]): string[] | null {
  const folder = mkdtempSync(join(tmpdir(), 'counterpart-'))
  const program = join(folder, 'program')
  try {
    const built = spawnSync('gcc', ['-w', '-o', program, source, ...libraries.map(name => `-l${name}`)])
    if (built.status !== 0) {
      console.info(`skipped ${source}: ${String(built.error?.message ?? built.stderr).split('\n')[0]}`)
      return null
    }
    return execFileSync(program, { encoding: 'utf8' }).trimEnd().split('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

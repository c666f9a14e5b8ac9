import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What a C program prints, linked with the installed OpenSSL; null, with the reason on the console, where there is none.
 * Only 3.0 is compared with: other releases differ in details.
 */
export function realTranscript(source: URL): string[] | null {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
  try {
    const program = join(directory, 'program')
    execFileSync('gcc', ['-w', '-O0', '-o', program, fileURLToPath(source), '-lssl', '-lcrypto'], { stdio: 'pipe' })
    const lines = execFileSync(program, { encoding: 'latin1', maxBuffer: 1 << 24 })
      .trimEnd()
      .split('\n')
    const version = lines.shift() ?? ''
    if (version.startsWith('OpenSSL 3.0.')) return lines
    console.warn(`not compared with the real library: it is ${version}`)
  } catch (failure) {
    console.warn(`not compared with the real library: ${failure instanceof Error ? failure.message : failure}`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return null
}

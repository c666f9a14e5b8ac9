import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What a C program prints, linked with the installed OpenSSL; null, with the reason on the console, where there is none.
 * Its first line is the version: only 3.0 is compared with, other releases differ in details.
 * @param source - a file, or the program itself
 * @param variables - added to its environment
 */
export function realTranscript(
  source: URL | string,
  variables: Readonly<Record<string, string>> = {},
): string[] | null {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
  try {
    const program = join(directory, 'program')
    const input = typeof source === 'string' ? source : readFileSync(source)
    execFileSync('gcc', ['-w', '-x', 'c', '-', '-o', program, '-lssl', '-lcrypto'], { input, stdio: 'pipe' })
    const env = { ...process.env, ...variables }
    const lines = execFileSync(program, { encoding: 'latin1', maxBuffer: 1 << 24, env })
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

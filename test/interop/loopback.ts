import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** What keeps programs to loopback that would listen on every address of the machine. */
export const LOOPBACK_LIBRARY = resolve('.cache/interop/loopback.so')

/** Compiles it. @returns why that does not work, or null */
export function makeLoopbackLibrary(): string | null {
  mkdirSync(dirname(LOOPBACK_LIBRARY), { recursive: true })
  const source = resolve('test/interop/loopback.c')
  const { status, error, stderr } = spawnSync('gcc', ['-shared', '-fPIC', '-o', LOOPBACK_LIBRARY, source, '-ldl'], {
    encoding: 'utf8',
  })
  return status === 0 ? null : `nothing keeps a program to loopback: ${error?.message ?? stderr}`
}

/** The arguments of `env` that start such a program. */
export function keptToLoopback(command: readonly string[]): string[] {
  return [`LD_PRELOAD=${LOOPBACK_LIBRARY}`, ...command]
}

import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Peer, Program } from '../party.ts'

/** The options of the C compiler that a peer's program needs, and how its version is found. */
export interface Recipe
  extends Pick<Peer, 'name' | 'title' | 'install' | 'kernelSctp' | 'patience'>,
    Partial<Pick<Peer, 'transports'>> {
  /** A file of `c/`. */
  readonly source: string
  readonly libraries: readonly string[]
  /** C expression of the library's version as text, and the header it is in. */
  readonly version: readonly [header: string, expression: string]
  /** Makes sure that there is a folder with the library's `include` and `lib`, if these are not the system's. */
  readonly folder?: () => string
}

/** A peer that is one of the C programs beside this file, compiled when it is prepared. */
export function compiledPeer({ source, libraries, version, folder, ...rest }: Recipe): Peer {
  const built = resolve('.cache/compat')
  const program = join(built, rest.name)
  let text = ''
  return {
    transports: ['datagram', 'stream'],
    ...rest,
    roles: ['client', 'server'],
    async prepare() {
      mkdirSync(built, { recursive: true })
      const own = placesOf(folder)
      if (typeof own === 'string') return own
      const flags = [...own, ...libraries.map(library => `-l${library}`)]
      // Another process may be about to start it: it is put in its place when it is whole.
      const fresh = `${program}-${process.pid}`
      const compiled = spawnSync('gcc', ['-O1', '-o', fresh, resolve(SOURCES, source), ...flags], {
        encoding: 'utf8',
      })
      if (compiled.error) return `there is no gcc: ${compiled.error.message}`
      if (compiled.status !== 0) return `${source} does not compile (${rest.install}): ${firstLine(compiled.stderr)}`
      renameSync(fresh, program)
      const [header, expression] = version
      const input = `#include <${header}>\n#include <stdio.h>\nint main(void) { puts(${expression}); return 0; }\n`
      const shows = `${fresh}-version`
      spawnSync('gcc', ['-x', 'c', '-', '-o', shows, ...flags], { input })
      text = spawnSync(shows, { encoding: 'utf8' }).stdout?.trim() ?? ''
      rmSync(shows, { force: true })
      return null
    },
    version: () => text,
    start: (role, port, settings) => new Program([program], role, port, settings),
  }
}

/** From the root of the project, where every command starts: this also runs compiled. */
const SOURCES = 'compat/matrix/peers/c'

/** The compiler's options for a library of its own, or why there is none. */
function placesOf(folder: Recipe['folder']): string[] | string {
  if (folder === undefined) return []
  try {
    const library = join(folder(), 'lib')
    return ['-I', join(folder(), 'include'), '-L', library, `-Wl,-rpath,${library}`]
  } catch (failure) {
    return failure instanceof Error ? (failure.message.split('\n')[0] ?? '') : String(failure)
  }
}

function firstLine(text: string): string {
  return text.split('\n').find(line => line.includes('error')) ?? text.split('\n')[0] ?? ''
}

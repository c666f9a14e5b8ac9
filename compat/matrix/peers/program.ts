import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Peer, Program } from '../party.ts'

/** The options of the C compiler that a peer's program needs, and how its version is found. */
export interface Recipe extends Pick<Peer, 'name' | 'title' | 'install'> {
  /** A file of `c/`. */
  readonly source: string
  readonly libraries: readonly string[]
  /** C expression of the library's version as text, and the header it is in. */
  readonly version: readonly [header: string, expression: string]
}

/** A peer that is one of the C programs beside this file, compiled when it is prepared. */
export function compiledPeer({ source, libraries, version, ...rest }: Recipe): Peer {
  const folder = resolve('.cache/compat')
  const program = join(folder, rest.name)
  let text = ''
  return {
    ...rest,
    roles: ['client', 'server'],
    transports: ['datagram', 'stream'],
    async prepare() {
      mkdirSync(folder, { recursive: true })
      const flags = libraries.map(library => `-l${library}`)
      const built = spawnSync('gcc', ['-O1', '-o', program, resolve(SOURCES, source), ...flags], { encoding: 'utf8' })
      if (built.error) return `there is no gcc: ${built.error.message}`
      if (built.status !== 0) return `${source} does not compile (${rest.install}): ${firstLine(built.stderr)}`
      const [header, expression] = version
      const input = `#include <${header}>\n#include <stdio.h>\nint main(void) { puts(${expression}); return 0; }\n`
      const shows = `${program}-version`
      spawnSync('gcc', ['-x', 'c', '-', '-o', shows, ...flags], { input })
      text = spawnSync(shows, { encoding: 'utf8' }).stdout?.trim() ?? ''
      return null
    },
    version: () => text,
    start: (role, port, settings) => new Program([program], role, port, settings),
  }
}

/** From the root of the project, where every command starts: this also runs compiled. */
const SOURCES = 'compat/matrix/peers/c'

function firstLine(text: string): string {
  return text.split('\n').find(line => line.includes('error')) ?? text.split('\n')[0] ?? ''
}

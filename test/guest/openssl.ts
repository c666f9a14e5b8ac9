import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { builtFromDebian, run } from './debian-source.ts'

/**
 * OpenSSL with SCTP, which no distribution's has: Debian's source package, built once and kept in a folder. It takes one to
 * three minutes. Throws an Error whose message is the reason when it cannot be had.
 * @returns the folder of its `bin`, `lib` and `include`
 */
export function opensslWithSctp(cache: string): string {
  return builtFromDebian(cache, 'openssl', (tree, made, directory) => {
    build(tree, directory)
    gather(tree, made)
  })
}

/** The shared libraries and the program; the program finds the libraries where they will be. */
function build(tree: string, directory: string): void {
  const options = ['enable-sctp', 'no-tests', `--prefix=${directory}`, '--libdir=lib', `-Wl,-rpath,${directory}/lib`]
  run('./config', options, tree)
  const jobs = `-j${availableParallelism()}`
  run('make', [jobs, 'build_generated'], tree)
  run('make', [jobs, 'libcrypto.so', 'libssl.so', 'apps/openssl'], tree)
}

function gather(tree: string, made: string): void {
  for (const folder of ['bin', 'lib']) mkdirSync(join(made, folder), { recursive: true })
  for (const name of readdirSync(tree).filter(name => /^lib(?:ssl|crypto)\.so/.test(name)))
    renameSync(join(tree, name), join(made, 'lib', name))
  renameSync(join(tree, 'apps/openssl'), join(made, 'bin/openssl'))
  renameSync(join(tree, 'include'), join(made, 'include'))
}

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * OpenSSL with SCTP, which no distribution's has: Debian's source package, built once and kept in a folder. Nothing is
 * installed. It takes one to three minutes. Throws an Error whose message is the reason when it cannot be had.
 * @returns the folder of its `bin`, `lib` and `include`
 */
export function opensslWithSctp(cache: string): string {
  const directory = resolve(cache)
  if (existsSync(directory)) return directory
  mkdirSync(join(directory, '..'), { recursive: true })
  const work = mkdtempSync(`${directory}-`)
  try {
    const tree = unpackSource(work)
    build(tree, directory)
    const made = join(work, 'made')
    gather(tree, made)
    // Another run may have been quicker.
    if (!existsSync(directory)) renameSync(made, directory)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return directory
}

/** The upstream part of the source package, which apt verifies as it does all others. */
function unpackSource(work: string): string {
  const apt = ['-q', '-c', aptConfiguration(work)]
  run('apt-get', [...apt, 'update'], work)
  try {
    run('apt-get', [...apt, 'source', '--download-only', 'openssl'], work)
  } catch (failure) {
    // A mirror may have dropped Debian's own part already; the upstream one suffices.
    if (upstream(work) === undefined) throw failure
  }
  const archive = upstream(work)
  if (archive === undefined) throw new Error('apt-get downloaded no source of OpenSSL')
  const tree = join(work, 'tree')
  mkdirSync(tree)
  run('tar', ['xf', join(work, archive), '-C', tree, '--strip-components=1'], work)
  return tree
}

function upstream(work: string): string | undefined {
  return readdirSync(work).find(name => /^openssl_.*\.orig\.tar\.[gx]z$/.test(name))
}

/** Lists of sources for the places that apt has its packages from, apart from the system's own lists. */
function aptConfiguration(work: string): string {
  const parts = join(work, 'parts')
  for (const folder of [parts, join(work, 'lists/partial'), join(work, 'archives/partial')])
    mkdirSync(folder, { recursive: true })
  for (const [name, list] of sourceLists()) writeFileSync(join(parts, name), list)
  const file = join(work, 'apt.conf')
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': parts,
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': work,
    // The user that downloads is not let into a folder of ours.
    'APT::Sandbox::User': 'root',
  }
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  )
  return file
}

/** Debian's, in either form of file (sources.list(5)). */
function sourceLists(): [name: string, text: string][] {
  const root = '/etc/apt'
  const parts = join(root, 'sources.list.d')
  const files = [
    join(root, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts).map(name => join(parts, name)) : []),
  ]
  const lists: [string, string][] = []
  for (const file of files) {
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    if (!text.includes('debian')) continue
    if (file.endsWith('.sources'))
      lists.push([`${lists.length}.sources`, text.replace(/^Types:.*$/gm, 'Types: deb-src')])
    if (file.endsWith('.list')) lists.push([`${lists.length}.list`, text.replace(/^deb /gm, 'deb-src ')])
  }
  if (lists.length === 0) throw new Error('apt has no list of Debian packages here')
  return lists
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

function run(program: string, args: string[], cwd: string): void {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
  } catch (failure) {
    const complaint = failure instanceof Error && 'stderr' in failure ? String(failure.stderr).trim().slice(-500) : ''
    throw new Error(`${program} ${args.join(' ')}: ${complaint || failure}`)
  }
}

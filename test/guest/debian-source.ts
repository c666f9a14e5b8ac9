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
import { join, resolve } from 'node:path'

/**
 * Something built of a Debian source package, once, and kept in a folder. Nothing is installed.
 * Throws an Error whose message is the reason when it cannot be had.
 * @param cache - the folder
 * @param name - of the source package
 * @param build - makes of the unpacked source, in a folder of its own, what is to be kept; `directory` is where it will be
 * @returns the folder, absolute
 */
export function builtFromDebian(
  cache: string,
  name: string,
  build: (tree: string, made: string, directory: string) => void,
): string {
  const directory = resolve(cache)
  if (existsSync(directory)) return directory
  mkdirSync(join(directory, '..'), { recursive: true })
  const work = mkdtempSync(`${directory}-`)
  try {
    const made = join(work, 'made')
    mkdirSync(made)
    build(unpackSource(name, work), made, directory)
    // Another run may have been quicker.
    if (!existsSync(directory)) renameSync(made, directory)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return directory
}

/** Runs a program to its end; its complaint is thrown. */
export function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  try {
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    return execFileSync(program, args, { cwd, env, stdio: [...stdio], maxBuffer: 1 << 26, encoding: 'utf8' })
  } catch (failure) {
    const complaint = failure instanceof Error && 'stderr' in failure ? String(failure.stderr).trim().slice(-500) : ''
    throw new Error(`${program} ${args.join(' ')}: ${complaint || failure}`)
  }
}

/** The upstream part of the source package, which apt verifies as it does all others. */
function unpackSource(name: string, work: string): string {
  const apt = ['-q', '-c', aptConfiguration(work)]
  run('apt-get', [...apt, 'update'], work)
  try {
    run('apt-get', [...apt, 'source', '--download-only', name], work)
  } catch (failure) {
    // A mirror may have dropped Debian's own part already; the upstream one suffices.
    if (upstream(name, work) === undefined) throw failure
  }
  const archive = upstream(name, work)
  if (archive === undefined) throw new Error(`apt-get downloaded no source of ${name}`)
  const tree = join(work, 'tree')
  mkdirSync(tree)
  run('tar', ['xf', join(work, archive), '-C', tree, '--strip-components=1'], work)
  return tree
}

function upstream(name: string, work: string): string | undefined {
  return readdirSync(work).find(file => file.startsWith(`${name}_`) && /\.orig\.tar\.[gx]z$/.test(file))
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

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
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
import { join } from 'node:path'
import { cpio } from './cpio.ts'
import { INIT } from './scripts.ts'

/** What QEMU boots. */
export interface GuestKernel {
  readonly image: string
  readonly initramfs: string
}

/** Loaded at boot, with what they depend on. */
const MODULES = [
  ...['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay', 'crc32c_generic'],
  ...['sctp', 'sctp_diag', 'dummy', 'veth', 'sch_netem', 'sch_ingress', 'cls_u32', 'act_gact'],
]

/**
 * Debian's kernel, downloaded (not installed) and kept in a folder, with an initramfs that is made once for each state of
 * this file and of the scripts. Throws an Error whose message is the reason when there is none.
 */
export function guestKernel(cache: string): GuestKernel {
  const busybox = findProgram('busybox')
  const key = createHash('sha256')
    .update(JSON.stringify([INIT, MODULES]))
    .update(readFileSync(busybox))
    .digest('hex')
  const directory = join(cache, key.slice(0, 16))
  const kernel = { image: join(directory, 'vmlinuz'), initramfs: join(directory, 'initramfs') }
  if (existsSync(directory)) return kernel
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'fetch-'))
  try {
    const tree = unpackPackage(work)
    const release = readdirSync(join(tree, 'lib/modules'))[0] ?? ''
    const modules = resolveModules(join(tree, 'lib/modules', release))
    const made = join(work, 'made')
    mkdirSync(made)
    renameSync(join(tree, 'boot', `vmlinuz-${release}`), join(made, 'vmlinuz'))
    writeFileSync(join(made, 'initramfs'), initramfs(readFileSync(busybox), modules))
    // Another run may have been quicker.
    if (!existsSync(directory)) renameSync(made, directory)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return kernel
}

/** The path of a program. Throws an Error that names it. */
export function findProgram(name: string): string {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map(directory => join(directory, name))
    .find(existsSync)
  if (found === undefined) throw new Error(`there is no ${name} here`)
  return found
}

function unpackPackage(work: string): string {
  if (process.arch !== 'x64') throw new Error(`the emulated machine is an x64 one, this is ${process.arch}`)
  const download = (): void => {
    const depends = run('apt-cache', ['depends', 'linux-image-amd64'], work)
    const name = /Depends: (linux-image-\d\S*)/.exec(depends)?.[1]
    if (name === undefined) throw new Error('the package list knows no linux-image-amd64')
    run('apt-get', ['-q', 'download', name], work)
  }
  try {
    download()
  } catch {
    // There is no list yet, or it names a version that has gone.
    run('apt-get', ['-q', 'update'], work)
    download()
  }
  const file = readdirSync(work).find(one => one.endsWith('.deb'))
  if (file === undefined) throw new Error('apt-get downloaded no package')
  run('dpkg-deb', ['-x', file, 'tree'], work)
  return join(work, 'tree')
}

function run(program: string, args: string[], cwd: string): string {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (failure) {
    throw new Error(`${program}: ${failure instanceof Error ? failure.message.trim() : failure}`)
  }
}

/** The files of MODULES and of all that they depend on, in the order in which they can be loaded. */
function resolveModules(directory: string): string[] {
  const files = new Map<string, string>()
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const name = /([^/]+)\.ko$/.exec(path)?.[1]
    if (name !== undefined) files.set(name.replaceAll('-', '_'), join(directory, path))
  }
  const ordered = new Set<string>()
  const add = (name: string): void => {
    const file = files.get(name)
    // What is no file is built in.
    if (file === undefined || ordered.has(file)) return
    for (const needed of dependencies(readFileSync(file))) add(needed)
    ordered.add(file)
  }
  for (const name of MODULES) add(name)
  return [...ordered]
}

/** `depends=` in the module's information; libcrc32c asks for its algorithm by name, which no list tells. */
function dependencies(module: Buffer): string[] {
  const start = module.indexOf('\0depends=') + 1
  if (start === 0) return []
  const text = module.toString('latin1', start + 'depends='.length, module.indexOf(0, start))
  return text
    .split(',')
    .map(name => name.replaceAll('-', '_'))
    .filter(name => name !== '')
}

function initramfs(busybox: Buffer, modules: readonly string[]): Buffer {
  const files = modules.map((path, i) => ({ name: `${i}.ko`, content: readFileSync(path) }))
  return cpio([
    ...['bin', 'modules', 'proc', 'dev', 't'].map(name => ({ name, content: null })),
    { name: 'bin/busybox', content: busybox },
    { name: 'init', content: Buffer.from(INIT) },
    { name: 'modules/order', content: Buffer.from(files.map(({ name }) => `${name}\n`).join('')) },
    ...files.map(({ name, content }) => ({ name: `modules/${name}`, content })),
  ])
}

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { builtFromDebian, run } from '../guest/debian-source.ts'

/** BoringSSL's test runner, ready to run. */
export interface Bogo {
  readonly runner: string
  /** What the runner takes for the shim. */
  readonly forward: string
  /** Keys and certificates. */
  readonly resources: string
  /** Of all tests. */
  readonly names: readonly string[]
}

/**
 * The runner from Debian's source package, built once with the Go that is installed and kept in a folder: 40 MB to download, a
 * minute to build. Throws an Error whose message is the reason when it cannot be had.
 */
export function bogo(cache = join('.cache', 'bogo')): Bogo {
  const directory = builtFromDebian(cache, 'android-platform-external-boringssl', build)
  return {
    runner: join(directory, 'runner'),
    forward: join(directory, 'forward'),
    resources: directory,
    names: readFileSync(join(directory, 'names.txt'), 'utf8').trimEnd().split('\n'),
  }
}

/** Where Debian's golang-golang-x-crypto-dev has its sources. */
const GOCODE = '/usr/share/gocode'
const PACKAGE = 'src/boringssl.googlesource.com'

function build(tree: string, made: string): void {
  const source = join(tree, 'src/ssl/test/runner')
  replaceTripleDes(join(source, 'runner.go'))
  const path = join(tree, 'go')
  const parent = join(path, PACKAGE)
  mkdirSync(parent, { recursive: true })
  symlinkSync(join(tree, 'src'), join(parent, 'boringssl'))
  const env = {
    ...process.env,
    GO111MODULE: 'off',
    GOFLAGS: '',
    GOPATH: `${path}:${GOCODE}`,
    GOCACHE: join(tree, 'cache'),
  }
  run('go', ['test', '-c', '-o', join(made, 'runner'), '.'], join(parent, 'boringssl/ssl/test/runner'), env)
  run('go', ['build', '-o', join(made, 'forward'), resolve('test/bogo/forward.go')], tree, env)
  for (const name of readdirSync(source).filter(name => name.endsWith('.pem')))
    copyFileSync(join(source, name), join(made, name))
  writeFileSync(join(made, 'names.txt'), namesOf(made))
}

/**
 * Triple DES is in no OpenSSL of today that was not built for it, and not here. Tests that are about something else and name it
 * only because every version has it, Bleichenbacher's attack among them, get another suite that has the same properties.
 */
function replaceTripleDes(file: string): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replace(/\[\]uint16\{TLS_RSA_WITH_3DES_EDE_CBC_SHA\}/g, '[]uint16{TLS_RSA_WITH_AES_128_CBC_SHA}'),
  )
}

/** Without workers the shim leaves every test out, and the runner says which. */
function namesOf(directory: string): string {
  const args = ['-shim-path', join(directory, 'forward'), '-resource-dir', directory, '-allow-unimplemented', '-pipe']
  const env = { ...process.env, BOGO_WORKERS: '' }
  const said = execFileSync(join(directory, 'runner'), args, { encoding: 'utf8', env, maxBuffer: 1 << 26 })
  return [...said.matchAll(/^UNIMPLEMENTED \((.*)\)$/gm)].map(([, name]) => `${name}\n`).join('')
}

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Peer, Program } from '../party.ts'

/** The DTLS that npm has: in a package of their own, which nothing of the project depends on. */
export const npmPeers: readonly Peer[] = [
  npmPeer('werift-dtls', { roles: ['client', 'server'], silent: true }),
  npmPeer('@nodertc/dtls', { roles: ['client'], silent: true }),
  // It does not hash a ClientHello without a cookie, and has pre-shared keys alone.
  npmPeer('node-dtls-client', { roles: ['client'], always: { cookie: true, psk: true, certificate: null } }),
]

function npmPeer(title: string, manners: Pick<Peer, 'roles' | 'silent' | 'always'>): Peer {
  const name = title.replace('@', '').replace('/', '-')
  const folder = resolve('compat/peers-npm')
  const program = join(folder, `${name}.mjs`)
  let suites: ReadonlySet<number> | undefined
  const description = join(folder, 'node_modules', title, 'package.json')
  return {
    name,
    title,
    install: 'npm install, in compat/peers-npm',
    ...manners,
    transports: ['datagram'],
    versions: ['DTLSv1.2'],
    suites() {
      suites ??= new Set(linesOf(program).map(line => Number.parseInt(line, 16)))
      return suites
    },
    async prepare() {
      if (existsSync(description)) return null
      const { status, stderr, error } = spawnSync('npm', ['install', ...SWIFTLY], { cwd: folder, encoding: 'utf8' })
      if (status === 0) return null
      return `npm install has failed: ${error?.message ?? stderr.split('\n').find(line => line.includes('error')) ?? ''}`
    },
    version() {
      return /"version": *"([^"]*)"/.exec(readFileSync(description, 'utf8'))?.[1] ?? ''
    },
    start: (role, port, settings) => new Program(['node', program], role, port, settings),
  }
}

/** Of the suites that its package has, as it says itself. */
function linesOf(program: string): string[] {
  const { stdout } = spawnSync('node', [program, 'tell=suites'], { encoding: 'utf8' })
  return stdout.split('\n').filter(line => /^[0-9a-f]+$/.test(line))
}

/**
 * By the lock file, which stays as it is: `npm ci` refuses a package of theirs whose optional parts nobody has published.
 * Nothing of theirs is run before it is asked for; no network is no reason to wait.
 */
const SWIFTLY = [
  '--no-save',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=0',
  '--fetch-timeout=20000',
]

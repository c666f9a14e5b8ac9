import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { loadAddon } from '../../../lib/transport/sctp/native.ts'
import { runInGuest } from '../../guest/guest.ts'
import { opensslEnvironment } from './openssl.ts'
import { compilePeer } from './peer.ts'

/**
 * Runs the suite against the kernel's SCTP: here where this kernel has it, else in the guest, which is booted once. Where
 * there is neither it says why, and every test counts as skipped. What it prints ends with Jest's summary.
 * @param args - Jest's
 * @returns the exit status
 */
export async function runSuite(args: readonly string[]): Promise<number> {
  compilePeer()
  if (kernelSctp.unavailable === null) return runHere(args, { ...REQUIRED, ...opensslEnvironment() })
  const addon = loadAddon()
  if (typeof addon === 'string') return skip(args, addon)
  console.log(`${kernelSctp.unavailable}; starting a guest that has it`)
  const inherited = passed('SCTP_MESSAGES', 'SCTP_OPENSSL_MESSAGES', 'SCTP_PATH', 'LD_PRELOAD', 'ASAN_OPTIONS')
  const environment = { ...REQUIRED, SCTP_GUEST: '1', ...opensslEnvironment(), ...inherited }
  const wanted = {
    command: [...JEST, ...args],
    directory: process.cwd(),
    environment,
    limit: LIMIT,
    counted: 'SCTP_PATH' in environment,
  }
  const result = await runInGuest(join(process.cwd(), '.cache/guest'), wanted, process.stdout)
  return 'status' in result ? result.status : skip(args, result.reason)
}

/** Seconds for the guest, its boot and the whole suite. */
const LIMIT = Number(process.env.SCTP_KERNEL_LIMIT ?? 900)

const config = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  // Compiled beforehand: in the guest every instruction is emulated.
  testMatch: ['**/*.kernel.js'],
  transform: {},
  testTimeout: 60_000,
  cacheDirectory: join(tmpdir(), 'jest-sctp-kernel'),
}
const JEST = [
  ...[process.execPath, '--experimental-vm-modules', '--no-warnings', '--expose-gc', 'node_modules/jest/bin/jest.js'],
  ...['--config', JSON.stringify(config), '--runInBand', '--colors=false'],
]

/** Set: the tests run and must pass. Else they are skipped where there is no SCTP. */
const REQUIRED = { SCTP_KERNEL: 'required' }

function skip(args: readonly string[], reason: string): number {
  console.log(`SKIPPED, the tests against the kernel's SCTP have not run to their end: ${reason}`)
  return runHere(args, {})
}

function runHere(args: readonly string[], environment: Readonly<Record<string, string>>): number {
  const [program = '', ...before] = JEST
  const options = { env: { ...process.env, ...environment }, stdio: 'inherit' } as const
  return spawnSync(program, [...before, ...args], options).status ?? 1
}

function passed(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
}

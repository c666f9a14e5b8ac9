// Runs the suite against the kernel's SCTP: here where this kernel has it, else in the guest, which is booted once. Where
// there is neither it says why, and every test counts as skipped. Arguments are Jest's.
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { loadAddon } from '../../../lib/transport/sctp/native.ts'
import { runInGuest } from '../../guest/guest.ts'

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
const jest = [
  ...[process.execPath, '--experimental-vm-modules', '--no-warnings', '--expose-gc', 'node_modules/jest/bin/jest.js'],
  ...['--config', JSON.stringify(config), '--runInBand', '--colors=false', ...process.argv.slice(2)],
]
/** Set: the tests run and must pass. Else they are skipped. */
const REQUIRED = { SCTP_KERNEL: 'required' }

process.exitCode = await runSuite()

async function runSuite(): Promise<number> {
  if (kernelSctp.unavailable === null) return runHere(REQUIRED)
  const addon = loadAddon()
  if (typeof addon === 'string') return skip(addon)
  console.log(`${kernelSctp.unavailable}; starting a guest that has it`)
  const environment = { ...REQUIRED, SCTP_GUEST: '1', ...passed('SCTP_MESSAGES') }
  const wanted = { command: jest, directory: process.cwd(), environment, limit: LIMIT }
  const result = await runInGuest(join(process.cwd(), '.cache/guest'), wanted, process.stdout)
  return 'status' in result ? result.status : skip(result.reason)
}

function skip(reason: string): number {
  console.log(`SKIPPED, no test against the kernel's SCTP has run to its end: ${reason}`)
  return runHere({})
}

function runHere(environment: Record<string, string>): number {
  const [program = '', ...args] = jest
  return spawnSync(program, args, { env: { ...process.env, ...environment }, stdio: 'inherit' }).status ?? 1
}

function passed(name: string): Record<string, string> {
  const value = process.env[name]
  return value === undefined ? {} : { [name]: value }
}

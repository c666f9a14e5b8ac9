import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Bogo } from './build.ts'

export interface CampaignOptions {
  /** Sockets of the workers. */
  readonly workers: readonly string[]
  /** Names of tests, `*` stands for anything; all without any. */
  readonly patterns: readonly string[]
  /** Every so many-th test, from which one on. */
  readonly shard?: { readonly index: number; readonly total: number }
  /** Called after each test. */
  onTest?(done: number, wanted: number): void
}

export interface CampaignResult {
  readonly passed: number
  readonly unimplemented: number
  /** What the runner says of each. */
  readonly failures: readonly string[]
  /** How many tests of the patterns are not run, by the reason in config.json. */
  readonly disabled: ReadonlyMap<string, number>
  /** The runner's. */
  readonly status: number | null
}

/** Has the runner run tests against the workers. */
export async function campaign(bogo: Bogo, options: CampaignOptions): Promise<CampaignResult> {
  const { workers, patterns, shard, onTest } = options
  const selected = bogo.names.filter((name, index) => matches(name, patterns) && isMine(index, shard))
  const disabled = count(selected.map(reasonOf))
  const wanted = selected.length - [...disabled.values()].reduce((sum, one) => sum + one, 0)
  const args = [
    ...['-test.timeout', '2h', '-shim-path', bogo.forward, '-resource-dir', bogo.resources, '-shim-config', CONFIG],
    ...['-allow-unimplemented', '-pipe', '-num-workers', String(2 * workers.length), '-test', patterns.join(';')],
  ]
  const env = {
    ...process.env,
    BOGO_WORKERS: workers.join(':'),
    ...(shard && { TEST_TOTAL_SHARDS: String(shard.total), TEST_SHARD_INDEX: String(shard.index) }),
  }
  const runner = spawn(bogo.runner, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>(resolve => runner.once('close', resolve))
  const result = { passed: 0, unimplemented: 0 }
  const failures: string[] = []
  let failing = false
  for await (const line of createInterface(runner.stdout)) {
    const [, verdict] = /^(PASSED|FAILED|UNIMPLEMENTED) \(.*\)$/.exec(line) ?? []
    if (verdict === 'PASSED') result.passed++
    if (verdict === 'UNIMPLEMENTED') result.unimplemented++
    if (verdict === 'FAILED') failures.push('')
    if (verdict !== undefined) onTest?.(result.passed + result.unimplemented + failures.length, wanted)
    failing = verdict === undefined ? failing : verdict === 'FAILED'
    if (failing) failures.push(`${failures.pop() ?? ''}${line}\n`)
  }
  return { ...result, failures, disabled, status: await ended }
}

const CONFIG = join('test', 'bogo', 'config.json')

const DISABLED: [RegExp, string][] = Object.entries(
  (JSON.parse(readFileSync(CONFIG, 'utf8')) as { DisabledTests: Record<string, string> }).DisabledTests,
).map(([pattern, reason]) => [glob(pattern), reason])

/** Why a test is not run; null when it is. */
function reasonOf(name: string): string | null {
  return DISABLED.find(([pattern]) => pattern.test(name))?.[1] ?? null
}

function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 || patterns.some(pattern => glob(pattern).test(name))
}

function isMine(index: number, shard: CampaignOptions['shard']): boolean {
  return shard === undefined || index % shard.total === shard.index
}

/** The patterns of Go's filepath.Match, as far as they are used: `*`, `?` and classes of characters. */
function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replace(/[.+${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
}

function count(reasons: readonly (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const reason of reasons) if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return counts
}

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bogo, bogo } from './build.ts'
import { type CampaignResult, campaign } from './campaign.ts'

/**
 * BoringSSL's conformance tests against this library: `npm run bogo`, with patterns for a part of them (`-- 'DTLS-*'`) or
 * `-- --shard 0/10` for every tenth. The exit status is the runner's.
 */
const USAGE = 'npm run bogo [-- [--shard INDEX/TOTAL] [PATTERN...]]'
const READY = 'ready'

async function main(argv: string[]): Promise<number> {
  const [, index, total] = /^(\d+)\/(\d+)$/.exec(argv[0] === '--shard' ? (argv[1] ?? '') : '') ?? []
  const patterns = index === undefined ? argv : argv.slice(2)
  if (patterns.some(pattern => pattern.startsWith('-'))) {
    console.error(USAGE)
    return 2
  }
  const runner = provide()
  if (runner === null) return 1
  const directory = mkdtempSync(join(tmpdir(), 'bogo-'))
  const left = new Map<string, number>()
  const paths = Array.from({ length: Math.min(4, availableParallelism()) }, (_, i) => join(directory, `${i}`))
  const workers = await Promise.all(paths.map(path => startWorker(path, left)))
  try {
    const result = await campaign(runner, {
      workers: paths,
      patterns,
      ...(index !== undefined && { shard: { index: Number(index), total: Number(total) } }),
      onTest: showProgress,
    })
    report(result, left)
    return result.status ?? 1
  } finally {
    for (const worker of workers) worker.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Null, with the reason on the console, where there is no runner to be had. */
function provide(): Bogo | null {
  try {
    return bogo()
  } catch (failure) {
    console.error(`no runner: ${failure instanceof Error ? failure.message : failure}`)
    return null
  }
}

function startWorker(path: string, left: Map<string, number>): Promise<ChildProcess> {
  const worker = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), [path])
  return new Promise((resolve, reject) => {
    worker.once('exit', code => reject(new Error(`a worker ended with ${code}`)))
    worker.on('message', message => {
      if (message === READY) resolve(worker)
      else left.set(String(message), (left.get(String(message)) ?? 0) + 1)
    })
  })
}

function showProgress(done: number, wanted: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${wanted}`)
  else if (done % 500 === 0) console.log(`${done} of ${wanted}`)
}

function report(
  { passed, unimplemented, failures, disabled }: CampaignResult,
  left: ReadonlyMap<string, number>,
): void {
  console.log()
  for (const failure of failures) console.log(failure)
  list('Not run:', disabled)
  list('Left out, for what the shim was asked to do:', left)
  const off = [...disabled.values()].reduce((sum, count) => sum + count, 0)
  console.log(`${passed} passed, ${failures.length} failed, ${off} disabled, ${unimplemented} unimplemented`)
}

function list(title: string, counts: ReadonlyMap<string, number>): void {
  if (counts.size > 0) console.log(title)
  for (const [reason, count] of [...counts].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(6)}  ${reason}`)
}

process.exitCode = await main(process.argv.slice(2))

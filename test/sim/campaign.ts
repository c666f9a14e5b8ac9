import { argv, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { type CellResult, playCell } from './cells.ts'
import type { Cell } from './scenario.ts'

// The simulator campaign: thousands of handshakes under loss, reordering and duplication, each from a seed.
//
//   npm run sim                                              1000 runs in each cell
//   npm run sim -- --runs 50 --loss 30,50                    fewer, and only these cells
//   npm run sim -- --seed 417 --runs 1 --loss 50 --mtu 256   one run again, with everything that travels
//   npm run sim -- --loss 50 --resends 12                    with libssl's patience, which is too little at 50 %
//
// Exit code 1 when a run failed; each failure comes with the command that plays it again.
function main(): number {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      runs: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      loss: { type: 'string', default: '0,10,30,50' },
      mtu: { type: 'string' },
      resends: { type: 'string' },
      client: { type: 'string', default: 'anonymous,certificate' },
    },
  })
  const runs = whole('runs', values.runs, 1)
  const firstSeed = whole('seed', values.seed, 0)
  const mtu = values.mtu === undefined ? {} : { mtu: whole('mtu', values.mtu, 256) }
  const resends = values.resends === undefined ? {} : { resends: whole('resends', values.resends, 0) }
  const cells = values.loss.split(',').flatMap(loss =>
    values.client.split(',').map(client => ({
      loss: whole('loss', loss, 0, 100) / 100,
      clientAuthentication: isCertificate(client),
      ...mtu,
      ...resends,
    })),
  )
  const results = cells.map(cell =>
    playCell(cell, firstSeed, runs, runs === 1 ? { print: line => stdout.write(`${line}\n`) } : { onProgress }),
  )
  stdout.write(`${table(results)}\n`)
  for (const { seed, scenario, faults, command } of results.flatMap(result => result.failures)) {
    stdout.write(`\nseed ${seed}: ${scenario}\n`)
    for (const fault of faults.slice(0, SHOWN_FAULTS)) stdout.write(`  ${fault}\n`)
    stdout.write(`  again: ${command}\n`)
  }
  return results.some(result => result.failures.length > 0) ? 1 : 0
}

function onProgress(cell: Cell, done: number, runs: number): void {
  if (!stderr.isTTY || (done % PROGRESS_STEP !== 0 && done !== runs)) return
  stderr.write(`\r${name(cell)}  ${done}/${runs}   ${done === runs ? '\n' : ''}`)
}

function table(results: readonly CellResult[]): string {
  const rows = results.map(({ cell, runs, completed, medianMs, p95Ms, datagrams, failures }) => [
    name(cell),
    `${runs}`,
    `${completed}`,
    `${failures.length}`,
    `${Math.round(medianMs)}`,
    `${Math.round(p95Ms)}`,
    `${datagrams}`,
  ])
  const lines = [['loss, client', 'runs', 'completed', 'failed', 'median ms', '95 % ms', 'datagrams'], ...rows]
  return lines
    .map(line =>
      line
        .map((text, column) => text.padStart(column === 0 ? 0 : 11))
        .join('')
        .trimEnd(),
    )
    .join('\n')
}

function name({ loss, clientAuthentication }: Cell): string {
  const client = clientAuthentication ? 'certificate' : 'anonymous'
  return `${Math.round(loss * 100)} %, ${client}`.padEnd(18)
}

function isCertificate(text: string): boolean {
  if (text !== 'anonymous' && text !== 'certificate') throw new RangeError('--client anonymous | certificate')
  return text === 'certificate'
}

function whole(name: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`--${name}: ${text} is not a whole number from ${min} to ${max}`)
  }
  return value
}

const SHOWN_FAULTS = 5
const PROGRESS_STEP = 10

process.exitCode = main()

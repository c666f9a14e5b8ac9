import { formatTrace } from '../../lib/sim.ts'
import { play } from './play.ts'
import { type Cell, describeScenario, drawScenario } from './scenario.ts'

/** A run that was not a success, with what is needed to see it again. */
export interface Failure {
  readonly seed: number
  readonly scenario: string
  readonly faults: readonly string[]
  readonly command: string
}

/** The runs of one cell, counted together. */
export interface CellResult {
  readonly cell: Cell
  readonly runs: number
  readonly completed: number
  /** Virtual milliseconds of the handshakes that were completed; 0 when none was. */
  readonly medianMs: number
  readonly p95Ms: number
  /** Sent by both sides in all runs. */
  readonly datagrams: number
  readonly failures: readonly Failure[]
}

export interface CellOptions {
  /** Called after each run with how many are done. */
  readonly onProgress?: (cell: Cell, done: number, runs: number) => void
  /** Gets a line for everything that happens on the network. */
  readonly print?: (line: string) => void
}

/** Plays `runs` runs of a cell, with the seeds from `firstSeed` on. */
export function playCell(cell: Cell, firstSeed: number, runs: number, options: CellOptions = {}): CellResult {
  const { print, onProgress } = options
  const times: number[] = []
  const failures: Failure[] = []
  let datagrams = 0
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const scenario = drawScenario(seed, cell)
    print?.(describeScenario(scenario))
    const outcome = play(scenario, print === undefined ? null : event => print(formatTrace(event)))
    datagrams += outcome.datagrams
    if (outcome.completed) times.push(outcome.handshakeMs)
    if (outcome.faults.length > 0) {
      const { faults } = outcome
      failures.push({ seed, scenario: describeScenario(scenario), faults, command: replayCommand(seed, cell) })
    }
    onProgress?.(cell, seed - firstSeed + 1, runs)
  }
  times.sort((a, b) => a - b)
  return {
    cell,
    runs,
    completed: times.length,
    medianMs: quantile(times, 0.5),
    p95Ms: quantile(times, 0.95),
    datagrams,
    failures,
  }
}

/** What to type to play one run again and see everything that travels. */
export function replayCommand(seed: number, { loss, clientAuthentication, mtu, resends }: Cell): string {
  const client = clientAuthentication ? 'certificate' : 'anonymous'
  const given = Object.entries({ mtu, resends }).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${value}`],
  )
  return `npm run sim -- --seed ${seed} --runs 1 --loss ${Math.round(loss * 100)} --client ${client}${given.join('')}`
}

/** Of sorted numbers. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

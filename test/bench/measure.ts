/** Something whose speed is measured: `run` does it `times` times. */
export interface Contender {
  run(times: number): void | Promise<void>
}

/** Calls a second, one number a round. */
export type Rates = readonly number[]

/**
 * Measures contenders against each other. In every round each of them has its turn, so that whatever slows the machine down
 * for a while slows all of them; compare numbers of the same round only, which `ratio` does.
 * @param budget milliseconds a turn
 */
export async function race(
  contenders: readonly Contender[],
  rounds: number,
  budget: number,
  clock: Clock = cpuTime,
): Promise<Rates[]> {
  const times: number[] = []
  for (const contender of contenders) {
    await warmUp(contender, WARM_UP * budget)
    times.push(await calibrate(contender, budget, clock))
  }
  const rates: number[][] = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const count = times[i] ?? 1
      rates[i]?.push((count * 1000) / (await timed(contender, count, clock)))
    }
  }
  return rates
}

/** How many turns long a contender runs before it is measured. */
const WARM_UP = 4

/** Milliseconds since whenever. */
export type Clock = () => number

/** What this process has computed: a busy machine does not change it much. Waiting does not count. */
export const cpuTime: Clock = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** What has gone by, waiting included. */
export const wallTime: Clock = () => performance.now()

/** How many times as fast the first is: the median of the rounds. */
export function ratio(first: Rates, second: Rates): number {
  return median(first.map((rate, round) => rate / (second[round] ?? Number.NaN)))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/** Lets the compiler do its work first: it takes its time with code as wide as a handshake. */
async function warmUp(contender: Contender, milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  for (let times = 1; performance.now() < end; times *= 2) await contender.run(times)
}

/** Calls that fill the budget, found by doubling. */
async function calibrate(contender: Contender, budget: number, clock: Clock): Promise<number> {
  for (let times = 1; ; times *= 2) {
    const taken = await timed(contender, times, clock)
    if (taken > budget / 2) return Math.max(1, Math.round((times * budget) / taken))
  }
}

async function timed(contender: Contender, times: number, clock: Clock): Promise<number> {
  const start = clock()
  await contender.run(times)
  return clock() - start
}

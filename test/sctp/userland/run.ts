import type { OutgoingMessage } from '../../../lib/sctp/send/outgoing.ts'
import type { Settings } from '../../../lib/sctp/settings.ts'
import type { Conditions } from '../../../lib/simulator/conditions.ts'
import type { SeededSource } from '../../../lib/simulator/source.ts'
import { type Host, Pair } from './pair.ts'

/** What a network does in one cell of the campaign. */
export interface Cell {
  readonly name: string
  readonly conditions: Partial<Conditions>
  /** Two paths, the first of which is cut and mended while messages are under way. */
  readonly flapping?: boolean
  readonly settings?: Partial<Settings>
}

const PRIORITIES = new Map([1, 2, 3].map(stream => [stream, stream % 3]))

export const CELLS: readonly Cell[] = [0, 0.05, 0.2].flatMap<Cell>(loss => [
  { name: `${loss * 100} % loss`, conditions: { loss, reordering: 0.1, duplication: 0.1, delayMs: [10, 40] } },
  {
    name: `${loss * 100} % loss, paths come and go`,
    conditions: { loss, reordering: 0.1, duplication: 0.1, delayMs: [10, 40] },
    flapping: true,
  },
  {
    name: `${loss * 100} % loss, interleaved, a small window`,
    conditions: { loss, reordering: 0.1, duplication: 0.1, delayMs: [10, 40] },
    settings: {
      interleaving: true,
      schedule: { scheduler: loss > 0 ? 'round robin' : 'priority', priorities: PRIORITIES },
      receiveWindow: 20_000,
    },
  },
])

const MESSAGES = 40
const STREAMS = 4
const LARGEST = 12_000
/** An hour: time-outs double, and paths have to be found dead. */
const LIMIT = 3_600_000

/**
 * One association from set-up to shutdown with messages both ways, all of it decided by the seed. Every reliable message
 * arrives once, and in order on its stream unless it is unordered; what may be given up arrives at most once.
 * @returns what went wrong, or null
 */
export function runAssociation(cell: Cell, seed: number | string): string | null {
  const { settings = {} } = cell
  const pair = new Pair({
    seed,
    conditions: cell.conditions,
    ...(cell.flapping === true
      ? {
          client: { addresses: ['10.0.0.1', '10.0.1.1'], settings },
          server: { addresses: ['10.0.0.2', '10.0.1.2'], settings },
        }
      : { client: { settings }, server: { settings } }),
  })
  const { client, server, clock, source } = pair
  const choices = source.fork('messages')
  if (!pair.connect(['10.0.0.2'], LIMIT)) return `no association: ${client.state}, ${server.state}`
  const plans = [plan(choices.fork('client')), plan(choices.fork('server'))]
  for (const [i, host] of [client, server].entries()) {
    for (const { at, data, how } of plans[i] ?? []) {
      clock.after(at, () => {
        const { until, ...rest } = how
        const reliability =
          until === undefined ? rest.reliability : { kind: 'until' as const, time: clock.now() + until }
        host.send(data, reliability === undefined ? rest : { ...rest, reliability })
      })
    }
  }
  if (cell.flapping === true) flap(pair, choices.fork('flaps'))
  const reliable = plans.map(all => all.filter(({ mustArrive }) => mustArrive).length)
  const arrived = (host: Host) => host.received.filter(({ data }) => data[0] === 1).length
  const complete = () => arrived(server) >= (reliable[0] ?? 0) && arrived(client) >= (reliable[1] ?? 0)
  if (!pair.until(complete, LIMIT)) {
    return `after ${clock.now()} ms ${arrived(server)} of ${reliable[0]} and ${arrived(client)} of ${reliable[1]} have come`
  }
  if (!pair.until(() => client.association?.dry === true && server.association?.dry === true, LIMIT)) return 'never dry'
  client.association?.shutdown()
  client.stack.touched()
  if (!pair.until(() => client.state === 'closed' && server.state === 'closed', LIMIT)) {
    return `no end: ${client.state}, ${server.state}`
  }
  clock.runUntil(() => false, 100_000)
  if (client.stack.nextDeadline() !== null || server.stack.nextDeadline() !== null) return 'a timer is left'
  if (client.stack.associations + server.stack.associations > 0) return 'an association is left'
  return faults(plans[0] ?? [], server) ?? faults(plans[1] ?? [], client)
}

interface Planned {
  /** Milliseconds after the set-up. */
  readonly at: number
  readonly data: Uint8Array
  readonly how: Partial<OutgoingMessage> & { readonly until?: number }
  readonly mustArrive: boolean
}

/** Each message begins with: must it arrive (1) or not (0), its number, and the rest is a pattern of that number. */
function plan(choices: SeededSource): Planned[] {
  return Array.from({ length: MESSAGES }, (_, number) => {
    const mustArrive = choices.chance(0.8)
    const length = 3 + choices.integer(choices.chance(0.3) ? LARGEST : 300)
    const data = new Uint8Array(length).fill(number + 1)
    data[0] = mustArrive ? 1 : 0
    data[1] = number
    const how = { stream: choices.integer(STREAMS), unordered: choices.chance(0.2), ppid: number }
    const at = choices.integer(2000)
    if (mustArrive) return { at, data, how, mustArrive }
    if (choices.chance(0.5)) return { at, data, how: { ...how, until: 1 + choices.integer(300) }, mustArrive }
    return { at, data, how: { ...how, reliability: { kind: 'retransmissions', most: choices.integer(2) } }, mustArrive }
  })
}

function faults(planned: readonly Planned[], host: Host): string | null {
  const seen = new Set<number>()
  const last = new Map<number, { at: number; number: number }>()
  for (const { data, stream, unordered, ppid } of host.received) {
    const number = data[1] ?? 0
    const expected = planned[number]
    if (expected === undefined || Buffer.compare(expected.data, data) !== 0)
      return `message ${number} is not what was sent`
    if (expected.how.stream !== stream || expected.how.unordered !== unordered || ppid !== number) {
      return `message ${number} came with another's info`
    }
    if (seen.has(number)) return `message ${number} came twice`
    seen.add(number)
    if (unordered) continue
    const before = last.get(stream)
    // Equal times are sent in the order of their numbers.
    if (before !== undefined && (expected.at < before.at || (expected.at === before.at && number < before.number))) {
      return `message ${number} came after ${before.number} on stream ${stream}`
    }
    last.set(stream, { at: expected.at, number })
  }
  const missing = planned.findIndex(({ mustArrive }, number) => mustArrive && !seen.has(number))
  return missing < 0 ? null : `message ${missing} never came`
}

/** The first path is down at times, never both. */
function flap(pair: Pair, choices: SeededSource): void {
  const ways = [
    { from: '10.0.0.1', to: '10.0.0.2' },
    { from: '10.0.0.2', to: '10.0.0.1' },
  ]
  let at = choices.integer(1500)
  for (let i = 0; i < 3; i++) {
    const loss = pair.network.conditions({ from: '10.0.1.1', to: '10.0.1.2' }).loss
    const length = 100 + choices.integer(20_000)
    pair.clock.after(at, () => ways.map(way => pair.network.configure({ loss: 1 }, way)))
    pair.clock.after(at + length, () => ways.map(way => pair.network.configure({ loss }, way)))
    at += length + choices.integer(3000)
  }
}

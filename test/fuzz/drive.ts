import { SUITES } from '../../lib/crypto/suites.ts'
import type { Connection } from '../../lib/engine.ts'
import type { SeededSource } from '../../lib/sim.ts'
import { testCredential } from '../connection/credentials.ts'
import { type Changes, Pair } from '../connection/pair.ts'
import { type Attack, attack } from './hostile.ts'

/** Runs: few by default, more when `FUZZ_RUNS` says so. */
export const RUNS = Number(process.env.FUZZ_RUNS ?? 40)
/** Hostile datagrams where one party gets a flood of them. */
export const FLOOD = 20_000

const SUITE_NAMES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-SHA384',
  'DHE-PSK-CHACHA20-POLY1305',
  'AES128-SHA',
  'PSK-AES128-CCM8',
]

/** A pair whose settings the seed chooses. */
export function drawPair(source: SeededSource, seed: number): Pair {
  const name = SUITE_NAMES[source.integer(SUITE_NAMES.length)]
  const suites = SUITES.filter(suite => suite.openssl === name)
  const authenticated = source.chance(0.5)
  const mtu = 300 + source.integer(1200)
  const common: Changes = { suites, pathMtu: () => mtu }
  return new Pair({
    seed,
    client: { ...common, clientCredential: () => testCredential('client') },
    server: {
      ...common,
      clientAuthentication: authenticated ? 'require' : 'none',
      cookie: source.chance(0.3) ? { generate: () => Uint8Array.of(7, 7), verify: cookie => cookie[0] === 7 } : null,
    },
  })
}

/**
 * A handshake with hostile datagrams before and after each genuine one. Ends when both are done, or one has failed.
 * `reflect`: what a party has sent may also come back to it.
 */
export function disturbedHandshake(
  pair: Pair,
  source: SeededSource,
  kinds: Readonly<Record<string, Attack>>,
  reflect = false,
): string[] {
  const used: string[] = []
  const parties = [pair.client, pair.server] as const
  const disturb = (target: Connection): void => {
    if (Object.keys(kinds).length === 0) return
    // What was sent the other way is a lie when it comes back: a message in its turn, of the wrong kind.
    const from = target === pair.client ? 'server' : 'client'
    const seen = pair.wire.flatMap(sent => (reflect || sent.from === from ? [sent.bytes] : []))
    for (let left = source.integer(4); left > 0; left--) {
      const { name, datagram } = attack(source, kinds, seen)
      used.push(name)
      target.receive(datagram)
    }
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const from of ['client', 'server'] as const) {
      const [here, there] = from === 'client' ? parties : ([parties[1], parties[0]] as const)
      here.handshake()
      disturb(there)
      pair.move(from)
      disturb(there)
      there.handshake()
    }
    if (parties.every(party => party.established) || parties.some(party => party.failure !== null)) return used
    if (!parties.some(party => party.hasOutput)) elapse(pair)
  }
  return used
}

/** Takes the clock to the next deadline. */
function elapse(pair: Pair): void {
  const deadlines = [pair.client, pair.server].flatMap(party => party.nextDeadline() ?? [])
  if (deadlines.length === 0) return
  pair.clock.advanceTo(Math.max(pair.clock.now(), Math.min(...deadlines)))
  pair.client.onDeadline()
  pair.server.onDeadline()
}

const MAX_ROUNDS = 40

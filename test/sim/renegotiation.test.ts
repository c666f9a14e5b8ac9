import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../lib/base/bytes.ts'
import { NO_SESSIONS, type Session, SessionStore } from '../../lib/engine.ts'
import { connectParties, SeededSource, SimulatedNetwork, VirtualClock } from '../../lib/sim.ts'
import { permissive, suitesNamed } from '../connection/pair.ts'
import { RenewingParty } from './renewing-party.ts'
import { enoughResends } from './scenario.ts'

interface Run {
  readonly faults: readonly string[]
  readonly renewals: readonly [number, number]
  readonly resumed: number
}

/** Both sides renegotiate, together or one after the other, over a network that keeps no order. */
function play(seed: number, loss: number, wants: readonly [client: number, server: number]): Run {
  const source = new SeededSource(seed)
  const clock = new VirtualClock()
  const conditions = { loss, duplication: 0.1, reordering: 0.2, reorderMs: [5, 400], delayMs: [5, 80] } as const
  const network = new SimulatedNetwork({ clock, seed: source.fork('weather'), conditions })
  const store = new SessionStore({ clock, random: source.fork('store').random, tickets: source.chance(0.5) })
  let kept: Session | null = null
  let resumed = 0
  const sessions = {
    ...NO_SESSIONS,
    timeout: 7200,
    tickets: true,
    get offered() {
      return kept
    },
    onEstablished(session: Session, again: boolean) {
      kept = session
      resumed += Number(again)
    },
  }
  const suites = suitesNamed(source.chance(0.7) ? 'PSK-AES128-GCM-SHA256' : 'ECDHE-ECDSA-AES256-SHA')
  const party = (role: 'client' | 'server', renewals: number) => {
    const own = source.fork(role)
    const mtu = 256 + own.integer(1245)
    const config = permissive(role, {
      suites,
      peerMayRenegotiate: true,
      sessions: role === 'client' ? sessions : store,
      timer: { ...permissive(role).timer, resends: enoughResends(loss) },
      pathMtu: () => mtu,
    })
    return new RenewingParty({
      connection: { config, clock, random: own.random },
      clock,
      source: own.fork('whims'),
      renewals,
    })
  }
  const client = party('client', wants[0])
  const server = party('server', wants[1])
  const link = connectParties(network, client, server, ['client', 'server'])
  const stop = link.run({ limitMs: 86_400_000, limitEvents: 200_000 })
  const faults: string[] = stop === 'idle' ? [] : [`the run ended with ${stop}`]
  for (const [name, one, other] of [
    ['client', client, server],
    ['server', server, client],
  ] as const) {
    if (one.ending !== null) faults.push(`the ${name} ended with ${one.ending}`)
    if (!one.connection.settled) faults.push(`the ${name} is not settled`)
    const open = new Set(one.sent.map(toHex))
    for (const message of other.received) {
      if (!open.delete(toHex(message))) faults.push(`the ${name} has not sent, or not twice: ${toHex(message)}`)
    }
  }
  if (toHex(client.export() ?? new Uint8Array(0)) !== toHex(server.export() ?? new Uint8Array(1)))
    faults.push('the exporters differ')
  link.close()
  return { faults, renewals: [client.connection.renegotiations, server.connection.renegotiations], resumed }
}

describe.each([0, 0.1, 0.3])('at a loss of %d', loss => {
  test.each<[string, [number, number]]>([
    ['the client', [4, 0]],
    ['the server', [0, 4]],
    ['both', [3, 3]],
  ])('%s renegotiates while data flows', (_who, wants) => {
    let abbreviated = 0
    for (let seed = 1; seed <= RUNS; seed++) {
      const { faults, renewals, resumed } = play(seed, loss, wants)
      expect([seed, faults]).toEqual([seed, []])
      // A client follows HelloRequests besides, as far as they arrive.
      expect(renewals[0]).toBeGreaterThanOrEqual(wants[0])
      expect(renewals[1]).toBeGreaterThanOrEqual(wants[1])
      abbreviated += resumed
    }
    // Some of them with the session that was there.
    if (wants[0] > 0) expect(abbreviated).toBeGreaterThan(0)
  })
})

const RUNS = 25

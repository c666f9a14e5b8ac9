import { createHmac } from 'node:crypto'
import { equal, toHex, utf8 } from '../../lib/base/bytes.ts'
import { suiteById } from '../../lib/crypto/suites.ts'
import { DTLS_1_0, DTLS_1_2, type HandshakeConfig } from '../../lib/engine.ts'
import { connectParties, SeededSource, SimulatedNetwork, type TraceEvent, VirtualClock } from '../../lib/sim.ts'
import { testCredential } from '../connection/credentials.ts'
import { permissive } from '../connection/pair.ts'
import { ConnectionParty, GatedParty } from './party.ts'
import type { Scenario } from './scenario.ts'

/** What came of a run. It is a success when `faults` is empty. */
export interface Outcome {
  /** What was wrong, in words. */
  readonly faults: readonly string[]
  /** Both sides finished the handshake. */
  readonly completed: boolean
  /** Virtual milliseconds until both had. */
  readonly handshakeMs: number
  /** Datagrams that both sides sent, application data included. */
  readonly datagrams: number
}

/** Plays a scenario to its end: until the network is empty and nobody waits for anything. */
export function play(scenario: Scenario, trace: ((event: TraceEvent) => void) | null = null): Outcome {
  const source = new SeededSource(scenario.seed)
  const clock = new VirtualClock()
  const faults: string[] = []
  const network = new SimulatedNetwork({
    clock,
    seed: source.fork('weather'),
    conditions: scenario.conditions,
    trace: event => {
      const mtu = event.from === 'client' ? scenario.clientMtu : scenario.serverMtu
      if (event.fate === 'sent' && event.bytes.length > mtu)
        faults.push(`${event.from} sent ${event.bytes.length} bytes`)
      trace?.(event)
    },
  })
  const side = (role: 'client' | 'server') => {
    const own = source.fork(role)
    return { clock, random: own.random, config: configure(role, scenario, own) }
  }
  const messages = (role: 'client' | 'server') => drawMessages(source.fork(`${role} data`), role)
  const client = new ConnectionParty(side('client'), messages('client'))
  const server =
    scenario.cookies === 'gate'
      ? new GatedParty(side('server'), messages('server'), cookieExchange(source))
      : new ConnectionParty(side('server'), messages('server'))

  const link = connectParties(network, client, server, ['client', 'server'])
  const both = () => client.established && server.established
  link.run({ until: both, ...LIMITS })
  const completed = both()
  const handshakeMs = clock.now()
  const stop = link.run(LIMITS)

  if (!completed) faults.push(`the handshake ended with ${client.ending} and ${server.ending}`)
  if (stop !== 'idle') faults.push(`the run ended with ${stop}`)
  for (const [name, party] of [
    ['client', client],
    ['server', server],
  ] as const) {
    if (party.nextDeadline() !== null) faults.push(`a timer of the ${name} runs on`)
    if (completed && party.ending !== 'nothing') faults.push(`the ${name} ended with ${party.ending}`)
  }
  if (completed) {
    if (!equal(client.export(), server.export())) faults.push('the exporters differ')
    const certain = scenario.conditions.loss === 0
    faults.push(...compare('client', client.sent, server.received, certain))
    faults.push(...compare('server', server.sent, client.received, certain))
  }
  link.close()
  return { faults, completed, handshakeMs, datagrams: network.counters.sent }
}

function configure(role: 'client' | 'server', scenario: Scenario, source: SeededSource): HandshakeConfig {
  const suite = suiteById(scenario.suite)
  if (suite === undefined) throw new Error(`no suite ${scenario.suite}`)
  const { largeHello, legacy, repeatable, clientCredential } = scenario
  const base = permissive(role)
  return {
    ...base,
    versions: legacy ? [DTLS_1_0] : [DTLS_1_2],
    suites: role === 'client' && largeHello ? [suite, ...base.suites.filter(other => other !== suite)] : [suite],
    ...(repeatable ? { signatureSchemes: REPEATABLE_SCHEMES } : {}),
    credentials: role === 'server' && scenario.credential !== null ? [testCredential(scenario.credential)] : [],
    clientAuthentication: clientCredential === null ? 'none' : 'require',
    clientCredential: () => (clientCredential === null ? null : testCredential(clientCredential)),
    cookie: role === 'server' && scenario.cookies === 'stateful' ? cookieExchange(source) : null,
    timer: { ...base.timer, resends: scenario.resends },
    pathMtu: () => (role === 'client' ? scenario.clientMtu : scenario.serverMtu),
  }
}

/** As a server would make it, but for the address of the client, of which there is only one here. */
function cookieExchange(source: SeededSource) {
  const cookie = new Uint8Array(createHmac('sha256', source.fork('cookie').bytes(32)).update('client').digest())
  return { generate: () => cookie, verify: (shown: Uint8Array) => equal(shown, cookie) }
}

/** Texts of many lengths, all different, none larger than a datagram. */
function drawMessages(source: SeededSource, role: string): Uint8Array[] {
  return Array.from({ length: MESSAGES }, (_, number) => {
    const head = utf8(`${role} ${number} `)
    const message = source.bytes(head.length + source.integer(MAX_MESSAGE - head.length))
    message.set(head)
    return message
  })
}

/** What arrived was sent, and came once; where nothing is lost, everything arrived. */
function compare(from: string, sent: readonly Uint8Array[], received: readonly Uint8Array[], certain: boolean) {
  const faults: string[] = []
  const open = new Set(sent.map(toHex))
  for (const message of received) {
    if (!open.delete(toHex(message))) faults.push(`data that the ${from} did not send, or not twice: ${toHex(message)}`)
  }
  if (certain && open.size > 0) faults.push(`${open.size} messages of the ${from} did not arrive`)
  return faults
}

const MESSAGES = 8
/** Fits the smallest MTU under the largest expansion of a record. */
const MAX_MESSAGE = 160
/** Ed25519, Ed448, RSA with PKCS #1 padding. */
const REPEATABLE_SCHEMES = [0x0807, 0x0808, 0x0401]
/** A day: longer than the most patient sides need to give up one after the other. */
const LIMITS = { limitMs: 86_400_000, limitEvents: 200_000 }

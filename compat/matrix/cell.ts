import { freePort as freeUdpPort } from '../../test/interop/openssl.ts'
import { Relay } from '../../test/interop/relay.ts'
import { freePort as freeTcpPort } from '../../test/interop/tls/stage.ts'
import { type Feature, featureId } from './features.ts'
import { Ours } from './ours.ts'
import { type Party, type Peer, type Report, reportOf } from './party.ts'
import { openssl } from './peers/openssl.ts'
import { Seen } from './seen.ts'
import { isDatagrams, type Role, type Settings } from './settings.ts'

export type Outcome = 'works' | 'fails' | 'peer lacks it' | 'not run here'

/** What one square of the matrix says, and why. */
export interface Cell {
  readonly peer: string
  /** What the peer was. */
  readonly role: Role
  readonly feature: Feature
  readonly outcome: Outcome
  readonly reason: string
  readonly runs: readonly Transcript[]
}

/** Command lines and what came back. */
export interface Transcript {
  readonly title: string
  readonly client: { readonly command: string; readonly output: string }
  readonly server: { readonly command: string; readonly output: string }
}

export function cellId({ peer, role, feature }: Pick<Cell, 'peer' | 'role' | 'feature'>): string {
  return `${peer} as ${role}, ${featureId(feature)}`
}

/** Runs the peer with us; where that does not work, with itself: what it cannot do then, it has not got. */
export async function runCell(peer: Peer, role: Role, feature: Feature): Promise<Cell> {
  const { settings } = feature
  if (settings === null) throw new Error(`${feature.name} is not run by this runner`)
  const ours = (at: Role, port: number) => new Ours(at, port, settings)
  const theirs = (at: Role, port: number) => peer.start(at, port, settings)
  const [server, client] = role === 'server' ? [theirs, ours] : [ours, theirs]
  const cell = (outcome: Outcome, reason: string, ...runs: Transcript[]): Cell => {
    return { peer: peer.name, role, feature, outcome, reason, runs }
  }
  const titles = role === 'server' ? ['ours', peer.name] : [peer.name, 'ours']
  let first = await meet(`${titles[0]} to ${titles[1]}`, feature, settings, server, client)
  if (first.lacks !== null) return cell('peer lacks it', first.lacks, first.transcript)
  // Once more: a machine that is busy with something else is no result.
  if (first.wrong !== null) first = await meet(first.transcript.title, feature, settings, server, client)
  if (first.wrong === null) return cell('works', '', first.transcript)
  const alone = await meet(`${peer.name} to itself`, feature, settings, theirs, theirs)
  const why = alone.lacks ?? alone.wrong
  if (why === null) {
    const control = await inOurPlace(peer, role, feature, settings)
    const word = control === null ? '' : `; with libssl in our place: ${control.lacks ?? control.wrong ?? 'it works'}`
    const runs = [first, alone, control].flatMap(meeting => (meeting === null ? [] : [meeting.transcript]))
    return cell('fails', `${first.wrong}${word}`, ...runs)
  }
  return cell('peer lacks it', `it cannot with itself: ${why}`, first.transcript, alone.transcript)
}

/** What the peer does with libssl, which tells whose fault a failure is; null where that says nothing. */
async function inOurPlace(peer: Peer, role: Role, feature: Feature, settings: Settings): Promise<Meeting | null> {
  if (peer === openssl || (await openssl.prepare()) !== null) return null
  const theirs: Start = (at, port) => peer.start(at, port, settings)
  const libssl: Start = (at, port) => openssl.start(at, port, settings)
  return role === 'server'
    ? meet(`libssl to ${peer.name}`, feature, settings, theirs, libssl)
    : meet(`${peer.name} to libssl`, feature, settings, libssl, theirs)
}

interface Meeting {
  readonly lacks: string | null
  readonly wrong: string | null
  readonly transcript: Transcript
}

type Start = (role: Role, port: number) => Party

async function meet(
  title: string,
  feature: Feature,
  settings: Settings,
  startServer: Start,
  startClient: Start,
): Promise<Meeting> {
  const parties: Party[] = []
  const start = (party: Party) => {
    parties.push(party)
    return party
  }
  const datagrams = isDatagrams(settings)
  const port = await (datagrams ? freeUdpPort() : freeTcpPort())
  const seen = new Seen()
  let relay: Relay | null = null
  let trouble: string | null = null
  try {
    const server = start(startServer('server', port))
    await server.says(/^(ready|lacks|failed)/m, PATIENCE)
    if (datagrams) {
      relay = await Relay.to(port, { loss: settings.loss ?? 0 }, settings.seed ?? 0)
      relay.tap = (bytes, towards) => seen.datagram(bytes, towards)
    }
    const client = start(startClient('client', relay?.port ?? port))
    if (settings.loss !== undefined) {
      await Promise.all([server, client].map(party => party.says(/^done$/m, PATIENCE)))
      relay?.calm()
      client.go()
    }
    await bothEnd(server, client)
  } catch (failure) {
    trouble = failure instanceof Error ? (failure.message.split('\n')[0] ?? '') : String(failure)
  } finally {
    for (const party of parties) await party.stop()
    relay?.close()
  }
  const [s, c] = [parties[0], parties[1]]
  const reports = { server: reportOf(s?.output ?? ''), client: reportOf(c?.output ?? '') }
  return {
    lacks: reports.server.lacks ?? reports.client.lacks,
    wrong: verdict(feature, settings, { ...reports, seen }) ?? trouble,
    transcript: { title, client: shown(c), server: shown(s) },
  }
}

/** Milliseconds for a step; retransmission of lost flights takes seconds. */
const PATIENCE = 20_000
/** What the other side may still take when one has ended. */
const GRACE = 3_000

async function bothEnd(server: Party, client: Party): Promise<void> {
  const within = (milliseconds: number) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise(resolve => {
      timer = setTimeout(resolve, milliseconds)
    })
    return { late, clear: () => clearTimeout(timer) }
  }
  const whole = within(PATIENCE)
  await Promise.race([server.ended(), client.ended(), whole.late])
  whole.clear()
  const rest = within(GRACE)
  await Promise.race([Promise.all([server.ended(), client.ended()]), rest.late])
  rest.clear()
}

function verdict(feature: Feature, settings: Settings, runs: { server: Report; client: Report; seen: Seen }) {
  const { server, client } = runs
  for (const [role, { failed }] of [
    ['server', server],
    ['client', client],
  ] as const)
    if (failed !== null) return `the ${role}: ${failed}`
  for (const [role, { connections, complete }] of [
    ['server', server],
    ['client', client],
  ] as const) {
    const first = connections[0]
    if (first === undefined) return `the ${role} has no connection`
    if (first.get('version') !== settings.version) return `the ${role} speaks ${first.get('version')}`
    const cipher = settings.cipher?.toString(16).toUpperCase().padStart(4, '0')
    if (cipher !== undefined && first.get('cipher') !== cipher) return `the ${role} has suite ${first.get('cipher')}`
    if (!complete) return `the ${role} did not come to its end`
  }
  const expected = Array.from({ length: settings.resume === undefined ? 1 : 2 }, () => settings.sizes).flat()
  if (client.echoed.join() !== expected.join()) return `echoes of ${client.echoed.join()} bytes`
  if (settings.close === undefined && server.closed.some(how => how !== 'notify'))
    return 'the server heard no close_notify'
  return feature.check(runs)
}

function shown(party: Party | undefined): { command: string; output: string } {
  return { command: party?.command ?? 'not started', output: party?.output ?? '' }
}

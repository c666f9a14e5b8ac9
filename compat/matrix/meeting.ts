import type { Capture } from './capture.ts'
import type { Feature } from './features.ts'
import { KernelTap } from './kernel-tap.ts'
import { type Party, type Report, reportOf } from './party.ts'
import { freePort, type Path, pathTo } from './path.ts'
import { Seen } from './seen.ts'
import { hexOf, type Role, type Settings, transportOf } from './settings.ts'

/** Command lines and what came back. */
export interface Transcript {
  readonly title: string
  readonly client: Side
  readonly server: Side
}

export interface Side {
  readonly command: string
  readonly output: string
}

/** One run of two sides. */
export interface Meeting {
  /** What a side has not got of what the run needs, or null. */
  readonly lacks: string | null
  /** What did not go as it should, or null. */
  readonly wrong: string | null
  readonly transcript: Transcript
  readonly capture: Capture
}

export type Start = (role: Role, port: number) => Party

/** A run of a feature: what both sides are asked for, and how long a step may take. */
export interface Plan {
  readonly feature: Feature
  readonly settings: Settings
  /** Milliseconds. */
  readonly patience: number
  /** Somebody wants to see what passes, also where that takes a program beside. */
  readonly watched: boolean
}

/** Starts two sides and lets them run to their end. */
export async function meet(title: string, plan: Plan, startServer: Start, startClient: Start): Promise<Meeting> {
  const { settings, patience, watched } = plan
  const parties: Party[] = []
  const start = (party: Party) => {
    parties.push(party)
    return party
  }
  const seen = new Seen()
  let path: Path | null = null
  let tap: KernelTap | null = null
  let frames: Uint8Array | null = null
  let trouble: string | null = null
  try {
    const port = await freePort(settings)
    const server = start(startServer('server', port))
    await server.says(/^(ready|lacks|failed)/m, patience)
    path = await pathTo(port, settings, packet => seen.packet(packet))
    if (watched && transportOf(settings) === 'sctp') tap = await KernelTap.on(port)
    const client = start(startClient('client', path?.port ?? port))
    if (settings.loss !== undefined) {
      // Its handshake is complete when the server's last flight has come: then so is the server's.
      await client.says(/^done$/m, patience)
      path?.calm()
      client.go()
    }
    await bothEnd(server, client, patience)
  } catch (failure) {
    trouble = failure instanceof Error ? (failure.message.split('\n')[0] ?? '') : String(failure)
  } finally {
    for (const party of parties) await party.stop()
    path?.close()
    if (tap !== null) frames = await tap.end(settings.resume === undefined ? 1 : 2)
  }
  const [s, c] = [parties[0], parties[1]]
  const reports = { server: reportOf(s?.output ?? ''), client: reportOf(c?.output ?? '') }
  return {
    lacks: reports.server.lacks ?? reports.client.lacks,
    wrong: verdict(plan, { ...reports, seen }) ?? trouble,
    transcript: { title, client: shown(c), server: shown(s) },
    capture: { packets: seen.packets, frames, keys: parties.map(({ keys = '' }) => keys).join('') },
  }
}

/** Of that patience the other side still has when one has ended. */
const GRACE = 0.15

async function bothEnd(server: Party, client: Party, patience: number): Promise<void> {
  const within = (milliseconds: number) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise(resolve => {
      timer = setTimeout(resolve, milliseconds)
    })
    return { late, clear: () => clearTimeout(timer) }
  }
  const whole = within(patience)
  await Promise.race([server.ended(), client.ended(), whole.late])
  whole.clear()
  // Whoever gives up leaves the other one waiting.
  if ([server, client].some(({ output }) => /^(lacks|failed) /m.test(output))) return
  const rest = within(patience * GRACE)
  await Promise.race([Promise.all([server.ended(), client.ended()]), rest.late])
  rest.clear()
}

function verdict({ feature, settings }: Plan, runs: { server: Report; client: Report; seen: Seen }): string | null {
  const { server, client } = runs
  const { chosen } = runs.seen
  const sides = [
    ['server', server],
    ['client', client],
  ] as const
  for (const [role, { failed }] of sides) if (failed !== null) return `the ${role}: ${failed}`
  for (const [role, { connections, complete }] of sides) {
    const first = connections[0]
    if (first === undefined) return `the ${role} has no connection`
    const [version, suite] = [first.get('version') ?? chosen?.version, first.get('cipher') ?? chosen?.cipher]
    if (version !== settings.version) return `the ${role} speaks ${version}`
    if (settings.cipher !== undefined && suite !== hexOf(settings.cipher)) return `the ${role} has suite ${suite}`
    if (!complete) return `the ${role} did not come to its end`
  }
  // A program may resume what it has done nothing else with.
  const busy = client.connections.filter(connection => !connection.has('idle')).length
  const expected = Array.from({ length: busy }, () => settings.sizes).flat()
  if (client.connections.length !== (settings.resume === undefined ? 1 : 2) || busy === 0)
    return `the client has ${client.connections.length} connections`
  if (client.echoed.join() !== expected.join()) return `echoes of ${client.echoed.join()} bytes`
  if (settings.close === undefined && server.closed.some(how => how !== 'notify'))
    return 'the server heard no close_notify'
  return feature.check(runs)
}

function shown(party: Party | undefined): Side {
  const { command = 'not started', output = '', words = '' } = party ?? {}
  return { command, output: words === '' ? output : `${output}\nIn its own words:\n${readable(words)}` }
}

/** Without what only a machine reads, and no more than a page has. */
function readable(words: string): string {
  const shorter = words
    .replace(/-----BEGIN [\s\S]*?-----END .*\n/g, '')
    .replace(/^ +[0-9a-f]{4} - .*\n/gm, '')
    .replace(/[^\n\x20-\x7e]+/g, '.')
    .replace(/^(.{120}).+$/gm, '$1 ...')
  return shorter.length > 2 * PAGE ? `${shorter.slice(0, PAGE)} ...\n... ${shorter.slice(-PAGE)}` : shorter
}

/** Characters of its beginning, and of its end. */
const PAGE = 1000

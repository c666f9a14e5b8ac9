import { type Feature, featureId } from './features.ts'
import { type Capture, type Meeting, meet, type Plan, type Start, type Transcript } from './meeting.ts'
import { Ours } from './ours.ts'
import type { Peer } from './party.ts'
import { openssl } from './peers/openssl.ts'
import { type Role, type Settings, transportOf } from './settings.ts'

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

export function cellId({ peer, role, feature }: Pick<Cell, 'peer' | 'role' | 'feature'>): string {
  return `${peer} as ${role}, ${featureId(feature)}`
}

/** Milliseconds for a step; retransmission of lost flights takes seconds. */
const PATIENCE = 20_000

/**
 * Runs the peer with us; where that does not work, with itself: what it cannot do then, it has not got.
 * @param keep - gets what passed between the peer and us
 */
export async function runCell(
  peer: Peer,
  role: Role,
  feature: Feature,
  keep: (cell: Cell, capture: Capture) => void = () => {},
): Promise<Cell> {
  const settings = agreed(peer, feature)
  const plan: Plan = { feature, settings, patience: peer.patience ?? PATIENCE }
  const ours: Start = (at, port) => peer.ours?.(at, port, settings) ?? new Ours(at, port, settings)
  const theirs: Start = (at, port) => peer.start(at, port, settings)
  const [server, client] = role === 'server' ? [theirs, ours] : [ours, theirs]
  const titles = role === 'server' ? ['ours', peer.name] : [peer.name, 'ours']
  let first = await meet(`${titles[0]} to ${titles[1]}`, plan, server, client)
  const cell = (outcome: Outcome, reason: string, ...others: (Meeting | null)[]): Cell => {
    const runs = [first, ...others].flatMap(meeting => (meeting === null ? [] : [meeting.transcript]))
    const made = { peer: peer.name, role, feature, outcome, reason, runs }
    keep(made, first.capture)
    return made
  }
  if (first.lacks !== null) return cell('peer lacks it', first.lacks)
  // Once more: a machine that is busy with something else is no result.
  if (first.wrong !== null) first = await meet(first.transcript.title, plan, server, client)
  if (first.wrong === null) return cell('works', '')
  // Who has but one role cannot be asked what it does with itself; libssl in our place can.
  const alone =
    peer.roles.length === 2 && peer.ours === undefined
      ? await meet(`${peer.name} to itself`, plan, theirs, theirs)
      : null
  const why = alone?.lacks ?? alone?.wrong ?? null
  if (why !== null) return cell('peer lacks it', `it cannot with itself: ${why}`, alone)
  const control = await inOurPlace(peer, role, plan)
  const nor = alone === null ? (control?.lacks ?? control?.wrong ?? null) : null
  if (nor !== null) return cell('peer lacks it', `it cannot with libssl either: ${nor}`, control)
  const word = control === null ? '' : `; with libssl in our place: ${control.lacks ?? control.wrong ?? 'it works'}`
  return cell('fails', `${first.wrong}${word}`, alone, control)
}

/** What is asked of both sides of a run with this peer. */
function agreed({ silent, patience }: Peer, { settings, name }: Feature): Settings {
  const quiet = silent && settings.close === undefined && !name.includes('close_notify')
  return { ...settings, ...(patience && { patience }), ...(quiet && { close: 'silent' as const }) }
}

/** What the peer does with libssl, which tells whose fault a failure is; null where that says nothing. */
async function inOurPlace(peer: Peer, role: Role, plan: Plan): Promise<Meeting | null> {
  if (peer === openssl || !openssl.transports.includes(transportOf(plan.settings))) return null
  if ((await openssl.prepare()) !== null) return null
  const theirs: Start = (at, port) => peer.start(at, port, plan.settings)
  const libssl: Start = (at, port) => openssl.start(at, port, plan.settings)
  return role === 'server'
    ? meet(`libssl to ${peer.name}`, plan, theirs, libssl)
    : meet(`${peer.name} to libssl`, plan, libssl, theirs)
}

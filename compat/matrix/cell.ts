import { MAX_PLAINTEXT } from '../../lib/wire/record.ts'
import type { Capture } from './capture.ts'
import { type Feature, featureId } from './features.ts'
import { type Meeting, meet, type Plan, type Start, type Transcript } from './meeting.ts'
import { Ours } from './ours.ts'
import type { Peer } from './party.ts'
import { openssl } from './peers/openssl.ts'
import { hexOf, type Role, type Settings, transportOf } from './settings.ts'

/** Of the two that fail, the second has been seen to fail likewise with libssl in our place. */
export const OUTCOMES = ['works', 'fails', 'fails with libssl too', 'peer lacks it', 'not run here'] as const
export type Outcome = (typeof OUTCOMES)[number]

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

export type CellName = Pick<Cell, 'peer' | 'role' | 'feature'>

export function cellId({ peer, role, feature }: CellName): string {
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
  keep?: (capture: Capture) => void,
): Promise<Cell> {
  const cell = (outcome: Outcome, reason: string, ...meetings: (Meeting | null)[]): Cell => {
    const runs = meetings.flatMap(meeting => (meeting === null ? [] : [meeting.transcript]))
    return { peer: peer.name, role, feature, outcome, reason, runs }
  }
  const { version, settings } = feature
  if (peer.versions?.includes(version) === false) return cell('peer lacks it', version)
  if (feature.group === 'Suites' && settings.cipher !== undefined && peer.suites?.().has(settings.cipher) === false)
    return cell('peer lacks it', `the suite ${hexOf(settings.cipher)}`)
  const room = peer.most?.[role] ?? MAX_PLAINTEXT
  if (feature.group === 'Records' && Math.max(...settings.sizes) > room)
    return cell('peer lacks it', `messages of more than ${room} bytes`)
  const plan = planOf(peer, [role], feature, keep !== undefined)
  let first = await withUs(peer, role, plan)
  // Once more: a machine that is busy with something else is no result.
  if (first.lacks === null && first.wrong !== null) first = await withUs(peer, role, plan)
  keep?.(first.capture)
  if (first.lacks !== null) return cell('peer lacks it', first.lacks, first)
  if (first.wrong === null) return cell('works', '', first)
  // Who has but one role, or less of it in the other one, cannot be asked what it does with itself; libssl in our place can.
  const both = peer.roles.length === 2 && peer.ours === undefined ? await withItself(peer, feature) : null
  const alone = both?.lacks === null ? both : null
  if (alone !== null && alone.wrong !== null)
    return cell('peer lacks it', `it cannot with itself: ${alone.wrong}`, first, alone)
  const control = await inOurPlace(peer, role, plan)
  const likewise = control?.lacks === null ? control.wrong : null
  if (likewise !== null && alone === null)
    return cell('peer lacks it', `it cannot with libssl either: ${likewise}`, first, control)
  const word = control === null ? '' : `; with libssl in our place: ${control.lacks ?? control.wrong ?? 'it works'}`
  const outcome = likewise === null ? 'fails' : 'fails with libssl too'
  return cell(outcome, `${first.wrong}${word}`, first, alone, control)
}

function withUs(peer: Peer, role: Role, plan: Plan): Promise<Meeting> {
  const ours: Start = (at, port) => peer.ours?.(at, port, plan.settings) ?? new Ours(at, port, plan.settings)
  const theirs = starting(peer, plan)
  return role === 'server'
    ? meet(`ours to ${peer.name}`, plan, theirs, ours)
    : meet(`${peer.name} to ours`, plan, ours, theirs)
}

function withItself(peer: Peer, feature: Feature): Promise<Meeting> {
  const plan = planOf(peer, peer.roles, feature)
  return meet(`${peer.name} to itself`, plan, starting(peer, plan), starting(peer, plan))
}

/** What the peer does with libssl, which tells whose fault a failure is; null where that says nothing. */
async function inOurPlace(peer: Peer, role: Role, plan: Plan): Promise<Meeting | null> {
  if (peer === openssl || !openssl.transports.includes(transportOf(plan.settings))) return null
  if ((await openssl.prepare()) !== null) return null
  const [theirs, libssl] = [starting(peer, plan), starting(openssl, plan)]
  return role === 'server'
    ? meet(`libssl to ${peer.name}`, plan, theirs, libssl)
    : meet(`${peer.name} to libssl`, plan, libssl, theirs)
}

function starting(peer: Peer, { settings }: Plan): Start {
  return (role, port) => peer.start(role, port, settings)
}

/** What is asked of both sides of a run with this peer in these roles. */
function planOf(
  { silent, patience, most, always }: Peer,
  roles: readonly Role[],
  feature: Feature,
  watched = false,
): Plan {
  const { settings, name } = feature
  const quiet = silent && roles.includes('client') && settings.close === undefined && !name.includes('close_notify')
  const room = Math.min(...roles.map(role => most?.[role] ?? MAX_PLAINTEXT))
  const asked: Settings = {
    ...settings,
    ...always,
    sizes: settings.sizes.map(size => Math.min(size, room)),
    ...(patience && { patience }),
    ...(quiet && { close: 'silent' as const }),
  }
  return { feature, settings: asked, patience: patience ?? PATIENCE, watched }
}

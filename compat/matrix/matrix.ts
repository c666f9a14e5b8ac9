import { kernelSctp } from '../../lib/transport/sctp/kernel.ts'
import { type Capture, saveCapture } from './capture.ts'
import { type Cell, type CellName, cellId, runCell } from './cell.ts'
import { FEATURES, type Feature, featureId } from './features.ts'
import { runInGuest } from './guest.ts'
import type { Peer } from './party.ts'
import { PEERS } from './peers/index.ts'
import { type Role, transportOf } from './settings.ts'

/** What part of the matrix is wanted; everything that is left out is not asked about. */
export interface Slice {
  readonly peer?: string
  readonly role?: string
  /** A part of a feature's name, group or version. */
  readonly feature?: string
}

export interface Matrix {
  /** Titles and versions of the peers. */
  readonly peers: readonly PeerLine[]
  readonly cells: readonly Cell[]
}

export interface PeerLine {
  readonly name: string
  readonly title: string
  readonly install: string
  readonly version: string
  /** Why it is not run here, or null. */
  readonly unavailable: string | null
}

interface Square {
  readonly peer: Peer
  readonly role: Role
  readonly feature: Feature
}

/** Which squares a slice has, by the names of their cells. */
export function squares(slice: Slice, wanted: (id: string) => boolean = () => true): readonly Square[] {
  const within = (text: string, part: string | undefined) =>
    part === undefined || text.toLowerCase().includes(part.toLowerCase())
  return PEERS.filter(peer => slice.peer === undefined || peer.name === slice.peer).flatMap(peer =>
    peer.roles
      .filter(role => slice.role === undefined || role === slice.role)
      .flatMap(role =>
        FEATURES.filter(feature => peer.transports.includes(transportOf(feature.settings)))
          .filter(feature => within(featureId(feature), slice.feature))
          .filter(feature => wanted(cellId({ peer: peer.name, role, feature })))
          .map(feature => ({ peer, role, feature })),
      ),
  )
}

export interface Manner {
  /** How many cells are run at a time: they wait more than they work. */
  readonly lanes: number
  /** Called after each. */
  readonly tell?: (done: number, cell: Cell) => void
  /** The folder that is to hold what passed between the peers and us. */
  readonly captures?: string
}

/** Runs squares: those that need a kernel with SCTP all in one emulated machine, where this one has none. */
export async function runMatrix(
  list: readonly Square[],
  { lanes, tell = () => {}, captures }: Manner,
): Promise<Matrix> {
  const peers = new Map<Peer, PeerLine>()
  for (const peer of new Set(list.map(square => square.peer))) {
    const unavailable = await peer.prepare()
    const { name, title, install } = peer
    peers.set(peer, { name, title, install, version: unavailable === null ? peer.version() : '', unavailable })
  }
  const cells: Cell[] = []
  let done = 0
  const put: Put = (at, cell) => {
    if (cells[at] === undefined) done++
    cells[at] = cell
    tell(done, cell)
  }
  const elsewhere = kernelSctp.unavailable !== null
  const placed = list.map((square, at) => ({ at, square }))
  const able = placed.filter(({ at, square }) => {
    const why = peers.get(square.peer)?.unavailable ?? null
    if (why !== null) put(at, notRun(square, why))
    return why === null
  })
  const run = async (some: readonly Placed[], together: number) => {
    const far = some.filter(({ square }) => square.peer.kernelSctp && elsewhere)
    const near = some.filter(one => !far.includes(one))
    await Promise.all([runFar(far, captures, put), runNear(near, together, captures, put)])
  }
  await run(able, lanes)
  // A peer with its mind on the clock may have been too slow among the others: once more, by itself.
  await run(
    able.filter(({ at }) => cells[at]?.outcome === 'fails'),
    1,
  )
  return { peers: [...peers.values()], cells }
}

type Put = (at: number, cell: Cell) => void

async function runNear(list: readonly Placed[], lanes: number, captures: string | undefined, put: Put): Promise<void> {
  let next = 0
  const lane = async () => {
    for (let placed = list[next++]; placed !== undefined; placed = list[next++]) {
      const { peer, role, feature } = placed.square
      put(placed.at, await runCell(peer, role, feature, keeping(named(placed.square), captures)))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** In the emulated machine. */
async function runFar(list: readonly Placed[], captures: string | undefined, put: Put): Promise<void> {
  if (list.length === 0) return
  const left = new Map(list.map(placed => [cellId(named(placed.square)), placed]))
  const why = await runInGuest([...left.keys()], captures, result => {
    const placed = left.get(result.id)
    if (placed === undefined) return
    left.delete(result.id)
    put(placed.at, { ...named(placed.square), ...result })
  })
  for (const { at, square } of left.values()) put(at, notRun(square, why))
}

/** Where a cell's capture goes, if anywhere. */
export function keeping(cell: CellName, folder: string | undefined): ((capture: Capture) => void) | undefined {
  return folder === undefined ? undefined : capture => saveCapture(folder, cell, capture)
}

interface Placed {
  readonly at: number
  readonly square: Square
}

function named({ peer, role, feature }: Square): CellName {
  return { peer: peer.name, role, feature }
}

function notRun(square: Square, reason: string): Cell {
  return { ...named(square), outcome: 'not run here', reason, runs: [] }
}

import { type Cell, cellId, runCell } from './cell.ts'
import { FEATURES, type Feature, featureId } from './features.ts'
import type { Peer } from './party.ts'
import { PEERS } from './peers/index.ts'
import type { Role } from './settings.ts'

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
        FEATURES.filter(feature => peer.transports.includes(transportOf(feature)))
          .filter(feature => within(featureId(feature), slice.feature))
          .filter(feature => wanted(cellId({ peer: peer.name, role, feature })))
          .map(feature => ({ peer, role, feature })),
      ),
  )
}

/**
 * Runs squares, several at a time: they wait more than they work.
 * @param tell - called after each
 */
export async function runMatrix(
  list: readonly Square[],
  lanes: number,
  tell: (done: number, cell: Cell) => void = () => {},
): Promise<Matrix> {
  const peers = new Map<Peer, PeerLine>()
  for (const peer of new Set(list.map(square => square.peer))) {
    const unavailable = await peer.prepare()
    const { name, title, install } = peer
    peers.set(peer, { name, title, install, version: unavailable === null ? peer.version() : '', unavailable })
  }
  const cells: Cell[] = []
  let [next, done] = [0, 0]
  const lane = async () => {
    for (let at = next++; at < list.length; at = next++) {
      const square = list[at]
      if (square === undefined) return
      const { peer, role, feature } = square
      const why = peers.get(peer)?.unavailable ?? null
      const cell: Cell =
        why === null
          ? await runCell(peer, role, feature)
          : { peer: peer.name, role, feature, outcome: 'not run here', reason: why, runs: [] }
      cells[at] = cell
      tell(++done, cell)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return { peers: [...peers.values()], cells }
}

function transportOf({ version }: Feature): 'datagram' | 'stream' | 'sctp' {
  if (version === 'SCTP') return 'sctp'
  return version.startsWith('D') ? 'datagram' : 'stream'
}

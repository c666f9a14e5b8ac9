import { systemClock } from '../../lib/base/clock.ts'
import { systemRandom } from '../../lib/base/random.ts'
import { Connection, type HandshakeConfig } from '../../lib/engine.ts'
import { testCredential } from '../connection/credentials.ts'
import { permissive, suitesNamed } from '../connection/pair.ts'
import { type FloorOptions, handshakeFloor } from './floor.ts'
import { type Contender, median, race, ratio } from './measure.ts'
import { type Figure, printTable, progress, rate, times } from './report.ts'

interface Case {
  readonly name: string
  readonly suite: string
  /** Number in `supported_groups`. */
  readonly group: number
  readonly certificate: 'p256' | 'rsa'
  readonly mutual?: boolean
  readonly floor: FloorOptions
}

const P256 = 23
const X25519 = 29
const ECDSA = 'ECDHE-ECDSA-AES128-GCM-SHA256'

const CASES: readonly Case[] = [
  {
    name: 'ECDHE-ECDSA, P-256',
    suite: ECDSA,
    group: P256,
    certificate: 'p256',
    floor: { group: 'p256', server: 'p256' },
  },
  {
    name: 'ECDHE-ECDSA, X25519',
    suite: ECDSA,
    group: X25519,
    certificate: 'p256',
    floor: { group: 'x25519', server: 'p256' },
  },
  {
    name: 'ECDHE-ECDSA, P-256, mutual',
    suite: ECDSA,
    group: P256,
    certificate: 'p256',
    mutual: true,
    floor: { group: 'p256', server: 'p256', client: 'client' },
  },
  {
    name: 'ECDHE-RSA, P-256',
    suite: 'ECDHE-RSA-AES128-GCM-SHA256',
    group: P256,
    certificate: 'rsa',
    floor: { group: 'p256', server: 'rsa' },
  },
  { name: 'PSK', suite: 'PSK-AES128-GCM-SHA256', group: P256, certificate: 'p256', floor: {} },
]

/** Full handshakes of DTLS 1.2, client and server in one thread and in memory. */
export async function measureHandshakes(rounds: number, budget: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const row of CASES) {
    progress(`handshakes: ${row.name}`)
    const contenders: Contender[] = [ours(row), { run: repeated(handshakeFloor(row.floor)) }]
    const [own = [], floor = []] = await race(contenders, rounds, budget)
    figures.push({
      section: 'handshakes',
      name: row.name,
      unit: 'handshakes/s',
      ours: median(own),
      floor: median(floor),
      ratio: ratio(own, floor),
    })
  }
  printTable(
    'Handshakes a second (AES-128-GCM; floor: the bare operations of node:crypto)',
    ['', 'ours', 'floor', 'ours / floor'],
    figures.map(({ name, ours, floor, ratio: part }) => [name, rate(ours), rate(floor ?? 0), times(part ?? 0)]),
  )
  return figures
}

/** Both ends of one connection, through with the handshake. */
export function establish(
  client: Partial<HandshakeConfig>,
  server: Partial<HandshakeConfig>,
): [Connection, Connection] {
  const make = (role: 'client' | 'server', changes: Partial<HandshakeConfig>) =>
    new Connection({ config: permissive(role, changes), clock: systemClock, random: systemRandom })
  const ends: [Connection, Connection] = [make('client', client), make('server', server)]
  while (!ends.every(end => end.established)) {
    const moved = ends.map((end, i) => {
      if (end.handshake() === 'failed') throw end.failure ?? new Error('the handshake failed')
      const datagrams = end.takeOutput()
      for (const datagram of datagrams) ends[1 - i]?.receive(datagram)
      return datagrams.length
    })
    if (moved.every(count => count === 0) && !ends.every(end => end.established))
      throw new Error('the handshake stands still')
  }
  return ends
}

function ours({ suite, group, certificate, mutual = false }: Case): Contender {
  // The curve of the certificate has to be among them.
  const both = { suites: suitesNamed(suite), groups: [group, P256] }
  const client = mutual ? { ...both, clientCredential: () => testCredential('client') } : both
  const server: Partial<HandshakeConfig> = {
    ...both,
    credentials: [testCredential(certificate)],
    clientAuthentication: mutual ? 'require' : 'none',
  }
  return {
    run: repeated(() => {
      for (const end of establish(client, server)) end.destroy()
    }),
  }
}

function repeated(once: () => void): (times: number) => void {
  return count => {
    for (let i = 0; i < count; i++) once()
  }
}

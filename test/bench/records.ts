import { SSL_read, SSL_write } from '../../lib/openssl/ssl/io.ts'
import { recordFloor } from './floor.ts'
import { type Contender, median, race, ratio } from './measure.ts'
import { connectedPair, pskContext } from './pair.ts'
import { type Figure, printTable, progress, rate, times } from './report.ts'

const SIZES = [64, 1024, 1400, 16384]
const CIPHERS = [
  { suite: 'PSK-AES128-GCM-SHA256', native: 'aes-128-gcm', tagLength: 16 },
  { suite: 'PSK-AES256-GCM-SHA384', native: 'aes-256-gcm', tagLength: 16 },
  { suite: 'PSK-CHACHA20-POLY1305', native: 'chacha20-poly1305', tagLength: 16 },
  { suite: 'PSK-AES128-CCM8', native: 'aes-128-ccm', tagLength: 8 },
  { suite: 'PSK-AES128-CBC-SHA256', native: 'aes-128-cbc', tagLength: 0 },
]

/** Records through SSL_write and SSL_read, a datagram pair in memory between them. */
export async function measureRecords(rounds: number, budget: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const { suite, native, tagLength } of CIPHERS) {
    for (const size of SIZES) {
      progress(`records: ${suite}, ${size} bytes`)
      const floor = recordFloor(native, size, tagLength)
      const [own = [], bare = []] = await race(
        [
          throughTheFacade(suite, size),
          {
            run: count => {
              for (let i = 0; i < count; i++) floor()
            },
          },
        ],
        rounds,
        budget,
      )
      figures.push({
        section: 'records',
        name: `${native}${tagLength === 8 ? '-8' : ''}, ${size} B`,
        unit: 'records/s',
        ours: median(own),
        floor: median(bare),
        ratio: ratio(own, bare),
      })
    }
  }
  printTable(
    'Records a second, SSL_write to SSL_read (floor: node:crypto, a cipher object for each record)',
    ['', 'ours', 'floor', 'ours / floor'],
    figures.map(({ name, ours, floor, ratio: part }) => [name, rate(ours), rate(floor ?? 0), times(part ?? 0)]),
  )
  return figures
}

function throughTheFacade(suite: string, size: number): Contender {
  const [client, server] = connectedPair(pskContext(suite))
  const data = new Uint8Array(size).fill(0x61)
  const out = new Uint8Array(16384)
  return {
    run: count => {
      for (let i = 0; i < count; i++) {
        if (SSL_write(client, data) !== size || SSL_read(server, out) !== size) throw new Error('a record was lost')
      }
    },
  }
}

import { latin1 } from '../../lib/base/bytes.ts'
import type { Connection } from '../../lib/engine.ts'
import type { Pair } from './pair.ts'

/** What a program does when it is woken: it goes on with a handshake as long as there is one, and reads. */
export function attend(connection: Connection): Uint8Array[] {
  const out = new Uint8Array(16384)
  const data: Uint8Array[] = []
  for (;;) {
    const progress = connection.settled ? 'done' : connection.handshake()
    const length = connection.read(out)
    if (length > 0) data.push(out.slice(0, length))
    else if (progress !== 'done' || connection.settled) return data
  }
}

/** Lets both sides attend to what comes until nothing moves any more; the result is what each has read. */
export function settle(pair: Pair): { client: string[]; server: string[] } {
  const read = { client: [] as string[], server: [] as string[] }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    read.client.push(...attend(pair.client).map(latin1))
    const toServer = pair.move('client')
    read.server.push(...attend(pair.server).map(latin1))
    const toClient = pair.move('server')
    if (toServer + toClient === 0) return read
  }
  throw new Error('the parties never come to rest')
}

const MAX_ROUNDS = 64

import { Connection, type HandshakeConfig, type Observer, type Progress, TLS_1_2, tls } from '../../lib/engine.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { type Changes, permissive } from './pair.ts'

export interface StreamPairOptions {
  readonly client?: Changes
  readonly server?: Changes
  readonly clientObserver?: Observer
  readonly serverObserver?: Observer
  readonly seed?: number
}

/** A client and a server of TLS in memory, joined by two streams that come in pieces of any length. */
export class StreamPair {
  readonly client: Connection
  readonly server: Connection
  /** Bytes on their way, by where they go. */
  readonly wire: { client: Uint8Array; server: Uint8Array } = { client: NOTHING, server: NOTHING }
  /** How many bytes arrive at once. */
  piece = Number.POSITIVE_INFINITY

  constructor(options: StreamPairOptions = {}) {
    const clock = new VirtualClock()
    const source = new SeededSource(options.seed ?? 1)
    const make = (role: 'client' | 'server', changes: Changes = {}, observer: Observer = {}) =>
      new Connection({
        config: streamConfig(role, changes),
        clock,
        random: source.fork(role).random,
        observer,
        channel: tls(),
      })
    this.client = make('client', options.client, options.clientObserver)
    this.server = make('server', options.server, options.serverObserver)
  }

  /** Takes both as far as they come. */
  run(): { client: Progress; server: Progress } {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const client = this.#step('client')
      const server = this.#step('server')
      this.collect()
      if (this.wire.client.length + this.wire.server.length === 0) return { client, server }
    }
    throw new Error('the parties never come to rest')
  }

  /** Puts what both have ready on the wire. */
  collect(): void {
    this.wire.server = join(this.wire.server, this.client.takeOutput())
    this.wire.client = join(this.wire.client, this.server.takeOutput())
  }

  /** Gives a party the next piece of what is on the wire for it; false when there is none, or no room for it. */
  deliver(to: 'client' | 'server'): boolean {
    const bytes = this.wire[to].subarray(0, this.piece)
    const taken = this[to].receive(bytes.slice())
    this.wire[to] = this.wire[to].slice(taken)
    return taken > 0
  }

  /** What is on the wire arrives and is read to the end; the result is the data. */
  read(party: 'client' | 'server'): Uint8Array {
    this.collect()
    const out = new Uint8Array(16384)
    const parts: Uint8Array[] = []
    do {
      for (let length = this[party].read(out); length > 0; length = this[party].read(out))
        parts.push(out.slice(0, length))
    } while (this.deliver(party))
    return join(NOTHING, parts)
  }

  #step(party: 'client' | 'server'): Progress {
    let progress = this[party].handshake()
    this.collect()
    while (progress === 'message' && this.deliver(party)) {
      progress = this[party].handshake()
      this.collect()
    }
    return progress
  }
}

export function streamConfig(role: 'client' | 'server', changes: Changes = {}): HandshakeConfig {
  return permissive(role, { versions: [TLS_1_2], ...changes })
}

/** A pair that has finished its handshake; throws when it has not come to that. */
export function establishedStream(options: StreamPairOptions = {}): StreamPair {
  const pair = new StreamPair(options)
  const { client, server } = pair.run()
  if (client === 'done' && server === 'done') return pair
  const reason = pair.client.failure?.reason ?? pair.server.failure?.reason
  throw new Error(`client ${client}, server ${server}: ${reason ?? 'no failure'}`)
}

export function join(first: Uint8Array, rest: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([first, ...rest]))
}

const NOTHING = new Uint8Array(0)
const MAX_ROUNDS = 64

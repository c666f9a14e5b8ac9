import type { Channel } from '../../lib/mtls/channel.ts'
import { Multiplexer } from '../../lib/mtls/multiplexer.ts'
import type { ChannelRequest, MultiplexerEvents, MultiplexerOptions } from '../../lib/mtls/options.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'

export interface LineOptions {
  readonly carrier?: 'stream' | 'datagram'
  readonly seed?: number
  /** Of datagrams. */
  readonly loss?: number
  readonly client?: Partial<MultiplexerOptions>
  readonly server?: Partial<MultiplexerOptions>
}

/** One end, and what it was told. */
export class End {
  readonly mux: Multiplexer
  readonly requests: ChannelRequest[] = []
  readonly events: string[] = []
  readonly readable = new Set<Channel>()
  readonly writable = new Set<Channel>()

  constructor(role: 'client' | 'server', clock: VirtualClock, options: Partial<MultiplexerOptions>) {
    const events: MultiplexerEvents = {
      onRequest: request => this.requests.push(request),
      onOpen: () => this.events.push('open'),
      onReadable: channel => this.readable.add(channel),
      onWritable: channel => this.writable.add(channel),
      onClose: ({ cause, reason }) => this.events.push(reason === '' ? `${cause}` : `${cause}: ${reason}`),
      onFailure: ({ reason }) => this.events.push(`failed: ${reason}`),
    }
    this.mux = new Multiplexer({ role, clock, carrier: 'stream', events, ...options })
  }

  acceptAll(): Channel[] {
    return this.requests.splice(0).flatMap(request => request.accept() ?? [])
  }
}

/** Two ends and a line between them: a stream that is cut anywhere, and datagrams that may be lost. Played from a seed. */
export class Line {
  readonly clock = new VirtualClock()
  readonly client: End
  readonly server: End
  readonly #source: SeededSource
  readonly #loss: number

  constructor({ carrier = 'stream', seed = 1, loss = 0, client = {}, server = {} }: LineOptions = {}) {
    this.#source = new SeededSource(seed)
    this.#loss = loss
    this.client = new End('client', this.clock, { carrier, ...client })
    this.server = new End('server', this.clock, { carrier, ...server })
  }

  /** Moves what there is until neither end has more. @returns octets moved */
  run(): number {
    let moved = 0
    for (;;) {
      const now = this.carry(this.client, this.server) + this.carry(this.server, this.client)
      if (now === 0) return moved
      moved += now
    }
  }

  /** A record of each kind at most. */
  carry(from: End, to: End): number {
    const bytes = from.mux.takeOutput()
    if (bytes !== null) this.#inPieces(to, bytes)
    const datagram = from.mux.takeDatagram()
    if (datagram !== null && !this.#source.chance(this.#loss)) to.mux.receiveDatagram(datagram)
    return (bytes?.length ?? 0) + (datagram?.length ?? 0)
  }

  /** Until something waits for time no more, or so many milliseconds have passed. */
  pass(milliseconds: number): void {
    const end = this.clock.now() + milliseconds
    for (;;) {
      this.run()
      const deadlines = [this.client, this.server].flatMap(({ mux }) => mux.nextDeadline() ?? [])
      const next = Math.min(...deadlines)
      if (next > end) break
      this.clock.advanceTo(next)
      for (const { mux } of [this.client, this.server]) mux.onDeadline()
    }
    this.clock.advanceTo(end)
  }

  /** A channel that the client has asked for and the server has let in. */
  open(): { ours: Channel; theirs: Channel } {
    const ours = this.client.mux.open(HERE, THERE)
    this.run()
    const [theirs] = this.server.acceptAll()
    this.run()
    if (ours?.state !== 'open' || theirs === undefined) throw new Error(`no channel: ${this.client.events.join()}`)
    return { ours, theirs }
  }

  #inPieces(to: End, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + this.#source.integer(bytes.length - at)
      to.mux.receive(bytes.subarray(at, at + length))
      at += length
    }
  }
}

export function drain(channel: Channel): Uint8Array[] {
  const packets: Uint8Array[] = []
  for (let packet = channel.read(); packet !== null; packet = channel.read()) packets.push(packet)
  return packets
}

export const HERE = { address: '127.0.0.1', port: 40_000 }
export const THERE = { address: 'inside.example', port: 80 }

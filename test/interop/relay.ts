import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { SeededSource } from 'openssl-shim/sim'

/** Probabilities, drawn for each datagram alone. */
export interface Weather {
  readonly loss?: number
  /** It arrives twice. */
  readonly duplication?: number
  /** It is held back until the next one has passed, or for a moment if there is none. */
  readonly reordering?: number
}

/** The path between one client and one server of this machine. It counts what passes, and does with it what the seed says. */
export class Relay {
  /** Bytes of the datagrams that came in, by where they went. */
  readonly sizes = { client: [] as number[], server: [] as number[] }
  lost = 0
  /** Sees every datagram as it comes in. */
  tap: (datagram: Uint8Array, towards: 'client' | 'server') => void = () => {}
  #calm = false
  readonly #front: Socket
  readonly #back: Socket
  #client = 0

  private constructor(
    front: Socket,
    back: Socket,
    { loss = 0, duplication = 0, reordering = 0 }: Weather,
    seed: number,
  ) {
    this.#front = front
    this.#back = back
    const path = (towards: 'client' | 'server', send: (datagram: Buffer) => void) => {
      const source = new SeededSource(seed).fork(towards)
      let held: Buffer[] = []
      const release = () => held.splice(0).forEach(send)
      return (datagram: Buffer) => {
        this.sizes[towards].push(datagram.length)
        this.tap(datagram, towards)
        // All three are drawn each time: the fate of one datagram does not shift that of the next.
        const [vanishes, doubles, waits] = [source.chance(loss), source.chance(duplication), source.chance(reordering)]
        if (vanishes && !this.#calm) {
          this.lost++
          return
        }
        const copies = doubles ? [datagram, datagram] : [datagram]
        if (waits && held.length === 0) {
          held = copies
          setTimeout(release, 20).unref()
          return
        }
        copies.forEach(send)
        release()
      }
    }
    const toServer = path('server', datagram => back.send(datagram))
    const toClient = path('client', datagram => front.send(datagram, this.#client, '127.0.0.1'))
    front.on('message', (datagram, { port }) => {
      this.#client = port
      toServer(datagram)
    })
    back.on('message', toClient)
    // A peer that has gone is no concern of the path.
    back.on('error', () => {})
  }

  /** A path to a server's port; the client connects to `port`. */
  static async to(server: number, weather: Weather = {}, seed = 0): Promise<Relay> {
    const [front, back] = [createSocket('udp4').bind(0, '127.0.0.1'), createSocket('udp4').bind(0, '127.0.0.1')]
    await Promise.all([once(front, 'listening'), once(back, 'listening')])
    back.connect(server, '127.0.0.1')
    await once(back, 'connect')
    return new Relay(front, back, weather, seed)
  }

  get port(): number {
    return this.#front.address().port
  }

  /** From now on nothing is lost. */
  calm(): void {
    this.#calm = true
  }

  close(): void {
    this.#front.close()
    this.#back.close()
  }
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as ssl from '../../../lib/index.ts'
import { SeededSource } from '../../../lib/sim.ts'
import { clientContext, serverContext } from '../../regression/public/line.ts'
import { establish, listenerOn, type Place, Port, place, textFrom, Visitor } from './port.ts'

export interface Flood {
  /** Associations that live while the hellos come. */
  readonly associations: number
  /** ClientHellos of forged addresses, some of them the addresses of those who live. */
  readonly hellos: number
  readonly seed: number
  readonly onProgress?: (what: string, done: number) => void
}

export interface Outcome {
  /** HelloVerifyRequests. */
  readonly answers: number
  /** Bytes of answers for each byte of hello. */
  readonly amplification: number
  /** Connections that the flood has made. */
  readonly connections: number
  /** Bytes of heap and buffers: of an association with both its ends, and what the whole flood has left behind. */
  readonly perAssociation: number
  readonly leftBehind: number
  /** Associations that still carry data both ways. */
  readonly unharmed: number
  /** Seconds that the flood took. */
  readonly seconds: number
}

/** Many associations on one listener, then hellos from nobody, then every association once more. */
export function flood({ associations, hellos, seed, onProgress = () => {} }: Flood): Outcome {
  const port = new Port()
  const listener = listenerOn(serverContext(), port)
  const clients = clientContext()
  const start = memory()
  const pairs = Array.from({ length: associations }, (_, i) => {
    onProgress('associations', i)
    const visitor = new Visitor(clients, port, place(1024 + (i % 60_000), 1 + Math.floor(i / 60_000)))
    return { visitor, con: establish(visitor, listener) }
  })
  const before = memory()

  const forger = new Forger(seed, associations)
  const began = performance.now()
  let [answers, sentBytes, answeredBytes] = [0, 0, 0]
  for (let done = 0; done < hellos; done += BATCH) {
    onProgress('hellos', done)
    for (let i = done; i < Math.min(hellos, done + BATCH); i++) {
      const { from, hello } = forger.next()
      sentBytes += hello.length
      port.arrive(from, hello)
    }
    while (port.waiting > 0) ssl.SSL_handle_events(listener)
    answers += port.sent.length
    answeredBytes += port.sent.reduce((sum, { data }) => sum + data.length, 0)
    // What was answered to a living peer reaches it.
    for (const { data, to } of port.sent.splice(0)) {
      const visitor = to.address[0] === LIVING ? pairs[indexOf(to)]?.visitor : undefined
      visitor?.receive(data)
      if (visitor !== undefined) textFrom(visitor.con)
    }
  }
  const seconds = (performance.now() - began) / 1000
  const connections = ssl.SSL_get_accept_connection_queue_len(listener)

  const after = memory()
  let unharmed = 0
  for (const [i, { visitor, con }] of pairs.entries()) {
    visitor.write(`${i}`)
    const heard = textFrom(con)
    ssl.SSL_write(con, Buffer.from(`${heard} again`))
    if (heard === `${i}` && visitor.read() === `${i} again`) unharmed++
  }
  for (const { visitor, con } of pairs) {
    ssl.SSL_free(con)
    ssl.SSL_free(visitor.con)
  }
  ssl.SSL_free(listener)
  return {
    answers,
    amplification: answeredBytes / sentBytes,
    connections,
    perAssociation: (before - start) / associations,
    leftBehind: after - before,
    unharmed,
    seconds,
  }
}

/** Hellos as a client makes them, each with a random of its own, from anywhere. One in four brings a cookie it has made up. */
class Forger {
  readonly #source: SeededSource
  readonly #associations: number
  readonly #plain: Uint8Array
  readonly #withCookie: Uint8Array

  constructor(seed: number, associations: number) {
    this.#source = new SeededSource(seed)
    this.#associations = associations
    const port = new Port()
    const listener = listenerOn(serverContext(), port)
    const visitor = new Visitor(clientContext(), port, place(1))
    this.#plain = this.#hello(visitor)
    port.arrive(visitor.at, this.#plain)
    ssl.SSL_handle_events(listener)
    visitor.fetch()
    this.#withCookie = this.#hello(visitor)
  }

  next(): { from: Place; hello: Uint8Array } {
    const source = this.#source
    const [kind = 0, a = 0, b = 0, c = 0, d = 0, high = 0, low = 0, ...random] = source.bytes(7 + 32)
    const hello = (kind & 3 ? this.#plain : this.#withCookie).slice()
    hello.set(random, RANDOM_AT)
    if (kind < 32 && this.#associations > 0) {
      const index = ((a << 16) | (b << 8) | c) % this.#associations
      return { from: place(1024 + (index % 60_000), 1 + Math.floor(index / 60_000)), hello }
    }
    return { from: { address: [a === LIVING ? 11 : a, b, c, d], port: 1 + (((high << 8) | low) % 65_535) }, hello }
  }

  #hello({ con, output }: Visitor): Uint8Array {
    ssl.SSL_connect(con)
    const buffer = new Uint8Array(2048)
    return buffer.slice(0, ssl.BIO_read(output, buffer))
  }
}

function indexOf({ address, port }: Place): number {
  return (address[3] - 1) * 60_000 + port - 1024
}

/** Bytes of heap and buffers in use, after a collection. */
function memory(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  for (let i = 0; i < 3; i++) if (typeof collect === 'function') collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const BATCH = 1000
/** The first byte of the addresses of `place`. */
const LIVING = 10
/** Behind the headers of record and message, and the version. */
const RANDOM_AT = 13 + 12 + 2

import * as ssl from '../../../lib/index.ts'
import { End, present } from '../../regression/public/line.ts'

/** Where somebody is: an IPv4 address and a port. */
export interface Place {
  readonly address: readonly [number, number, number, number]
  readonly port: number
}

export function place(port: number, host = 1): Place {
  return { address: [10, 0, 0, host], port }
}

/**
 * A socket with many peers that is no socket: a BIO of the program's own, which tells the peer of the last read and takes the
 * peer of the next write.
 */
export class Port {
  readonly bio: ssl.BIO
  /** What was written and not taken yet. */
  readonly sent: { readonly data: Buffer; readonly to: Place }[] = []
  /** Writes are refused, for now. */
  full = false
  /** Reads say that the end has come. */
  ended = false
  readonly #arrived: { readonly data: Uint8Array; readonly from: Place }[] = []
  #from: Place | null = null
  #to: Place | null = null

  constructor() {
    const method = ssl.BIO_meth_new(ssl.BIO_TYPE_SOURCE_SINK | 0x7f, 'a port')
    ssl.BIO_meth_set_create(method, b => {
      ssl.BIO_set_init(b, 1)
      return 1
    })
    ssl.BIO_meth_set_read(method, (b, data) => this.#read(b, data))
    ssl.BIO_meth_set_write(method, (b, data) => this.#write(b, data))
    ssl.BIO_meth_set_ctrl(method, (_b, cmd, _larg, parg) => this.#ctrl(cmd, parg))
    this.bio = present(ssl.BIO_new(method))
  }

  get waiting(): number {
    return this.#arrived.length
  }

  arrive(from: Place, ...datagrams: readonly Uint8Array[]): void {
    for (const data of datagrams) this.#arrived.push({ data, from })
  }

  /** Takes what was sent to somebody. */
  takeFor(to: Place): Buffer[] {
    const mine = this.sent.filter(one => same(one.to, to))
    for (const one of mine) this.sent.splice(this.sent.indexOf(one), 1)
    return mine.map(({ data }) => data)
  }

  #read(b: ssl.BIO, out: Uint8Array): number {
    ssl.BIO_clear_retry_flags(b)
    const next = this.#arrived.shift()
    if (next === undefined) {
      if (!this.ended) ssl.BIO_set_retry_read(b)
      return -1
    }
    this.#from = next.from
    out.set(next.data.subarray(0, out.length))
    return next.data.length
  }

  #write(b: ssl.BIO, data: Uint8Array): number {
    ssl.BIO_clear_retry_flags(b)
    if (this.full || this.#to === null) {
      ssl.BIO_set_retry_write(b)
      return -1
    }
    this.sent.push({ data: Buffer.from(data), to: this.#to })
    return data.length
  }

  #ctrl(cmd: number, parg: unknown): number {
    if (cmd === ssl.BIO_CTRL_FLUSH) return 1
    if (cmd === ssl.BIO_CTRL_EOF) return Number(this.ended)
    if (!(parg instanceof ssl.BIO_ADDR)) return 0
    if (cmd === ssl.BIO_CTRL_DGRAM_SET_PEER) this.#to = placeOf(parg)
    else if (cmd !== ssl.BIO_CTRL_DGRAM_GET_PEER) return 0
    else if (this.#from === null) ssl.BIO_ADDR_clear(parg)
    else fill(parg, this.#from)
    return 16
  }
}

export function fill(address: ssl.BIO_ADDR, { address: bytes, port }: Place): ssl.BIO_ADDR {
  ssl.BIO_ADDR_rawmake(address, AF_INET, Uint8Array.from(bytes), 4, swapped(port))
  return address
}

export function placeOf(address: ssl.BIO_ADDR): Place {
  const bytes = new Uint8Array(4)
  ssl.BIO_ADDR_rawaddress(address, bytes)
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  return { address: [a, b, c, d], port: swapped(ssl.BIO_ADDR_rawport(address)) }
}

export function same(a: Place, b: Place): boolean {
  return a.port === b.port && a.address.join() === b.address.join()
}

/** A client somewhere, and the line between it and a port. */
export class Visitor extends End {
  readonly at: Place
  readonly port: Port

  constructor(ctx: ssl.SSL_CTX, port: Port, at: Place) {
    super(ctx)
    this.port = port
    this.at = at
  }

  /** Takes its handshake a step further, and its datagrams to the port. */
  connect(): number {
    this.fetch()
    const ret = ssl.SSL_connect(this.con)
    this.deliver()
    return ret
  }

  write(text: string): void {
    ssl.SSL_write(this.con, Buffer.from(text))
    this.deliver()
  }

  override read(): string | null {
    this.fetch()
    return super.read()
  }

  fetch(): void {
    this.receive(...this.port.takeFor(this.at))
  }

  deliver(): void {
    this.port.arrive(this.at, ...this.sent())
  }
}

/** A listener on a port. */
export function listenerOn(ctx: ssl.SSL_CTX, port: Port, flags = 0): ssl.SSL {
  const listener = present(ssl.SSL_new_listener(ctx, flags))
  ssl.SSL_set_bio(listener, port.bio, port.bio)
  return listener
}

export function accept(listener: ssl.SSL): ssl.SSL | null {
  return ssl.SSL_accept_connection(listener, 0)
}

/** The hello with the listener's cookie is at the port; the listener has not seen it. */
export function comeWithCookie(visitor: Visitor, listener: ssl.SSL): void {
  visitor.connect()
  ssl.SSL_handle_events(listener)
  visitor.connect()
}

/** From nothing to two ends that have finished. */
export function establish(visitor: Visitor, listener: ssl.SSL): ssl.SSL {
  comeWithCookie(visitor, listener)
  const con = present(accept(listener))
  finish(visitor, con)
  return con
}

export function finish(visitor: Visitor, con: ssl.SSL): void {
  for (let turns = 0; turns < 10; turns++) {
    const results = [ssl.SSL_accept(con), visitor.connect()]
    if (results.every(ret => ret === 1)) return
  }
  throw new Error(`no handshake: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
}

export function textFrom(con: ssl.SSL): string | null {
  const buffer = Buffer.alloc(2048)
  const length = ssl.SSL_read(con, buffer)
  return length > 0 ? buffer.toString('latin1', 0, length) : null
}

function swapped(port: number): number {
  return ((port & 0xff) << 8) | (port >> 8)
}

const AF_INET = 2

import type { Streams } from '../../multistream/streams.ts'
import { closeDescriptor, descriptor } from '../../transport/descriptors.ts'
import type { SctpDescriptor } from '../../transport/posix/sctp-socket.ts'
import { turn } from '../../transport/readiness.ts'
import { NAP, nap, type Recall, shortest, waitOn } from '../bio/wait.ts'
import { Counted } from '../boundary.ts'
import { SSL_ERROR_NONE } from '../constants/ssl.ts'
import type { SSL_CTX } from '../ssl/ctx.ts'
import type { SSL_SESSION } from '../ssl/sessions/session.ts'
import type { SSL } from '../ssl/ssl.ts'

/** An SCTP association with a TLS connection on each pair of its streams that wants one (RFC 3436). */
export class MULTISTREAM extends Counted {
  readonly ctx: SSL_CTX
  readonly shared: SharedStreams
  /** Null until it is decided, as with an SSL. */
  role: 'client' | 'server' | null
  /** A client's handshakes offer `session`, which the first one gives when there is none. */
  resumption = true
  /** With a reference. */
  session: SSL_SESSION | null = null
  /** Pairs without TLS, until they are upgraded. */
  readonly plain = new Set<number>()
  /** By stream; with a reference to each. */
  readonly connections = new Map<number, SSL>()
  /** Streams whose connection has failed, or whose end the program was told of. */
  readonly over = new Set<number>()
  /** Streams with data in an SSL. */
  readonly pending = new Set<number>()
  /** The program has begun to end the connections. */
  closing = false
  /** SSL_ERROR_*: why the last call did not do all that it was to do. */
  error: number = SSL_ERROR_NONE

  constructor(ctx: SSL_CTX, shared: SharedStreams) {
    super()
    this.ctx = ctx
    this.shared = shared
    this.role = ctx.method.role === 'any' ? null : ctx.method.role
  }

  get streams(): Streams {
    return this.shared.streams
  }
}

/** The streams and the descriptor below them. The BIOs of the streams hold references too. */
export class SharedStreams extends Counted {
  readonly streams: Streams
  /** Null when the program moves the messages itself. */
  readonly socket: SctpDescriptor | null
  readonly fd: number
  readonly #closes: boolean

  constructor(streams: Streams, socket: SctpDescriptor | null, fd: number, closes: boolean) {
    super()
    this.streams = streams
    this.socket = socket
    this.fd = fd
    this.#closes = closes
  }

  release(): void {
    this.dropReference(() => {
      // The number may stand for something else by now.
      if (this.#closes && descriptor(this.fd) === this.socket) closeDescriptor(this.fd)
    })
  }

  /**
   * Waits as on a blocking descriptor, within its own time-outs; with O_NONBLOCK it only lets the event loop turn. The
   * association is read as long as this reader is not settled.
   */
  async wait(
    want: 'read' | 'write',
    milliseconds: number | null,
    settled: () => boolean,
    recall: Recall,
  ): Promise<boolean> {
    const { socket, streams } = this
    if (socket === null) return this.#nap(want, milliseconds, settled, recall)
    // There may be room, and too little of it: the loop has to turn, or it will stay so.
    if (want === 'write') await turn()
    const ready = () =>
      want === 'write' ? socket.writable : settled() || (socket.readable && streams.receive(settled))
    if (socket.nonBlocking) {
      await turn()
      return ready()
    }
    const own = want === 'read' ? socket.receiveTimeout : socket.sendTimeout
    return waitOn(ready, [socket, streams], shortest(milliseconds, own), recall)
  }

  /** Nobody tells when the program's callbacks have something: they are asked again and again. */
  async #nap(
    want: 'read' | 'write',
    milliseconds: number | null,
    settled: () => boolean,
    recall: Recall,
  ): Promise<boolean> {
    return (want === 'read' && (settled() || this.streams.receive(settled))) || nap(milliseconds, NAP, recall)
  }
}

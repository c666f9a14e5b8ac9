import type { Channel } from '../../mtls/channel.ts'
import type { Machine } from '../../mtls/messages.ts'
import type { Multiplexer } from '../../mtls/multiplexer.ts'
import type { ChannelRequest } from '../../mtls/options.ts'
import * as blocking from '../blocking/ssl.ts'
import { sslClock } from '../clock.ts'
import { SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE } from '../constants/ssl.ts'
import { ERR_clear_error } from '../err/put.ts'
import { SSL_get_error } from '../ssl/error.ts'
import { SSL_write } from '../ssl/io.ts'
import { SSL_free, SSL_up_ref } from '../ssl/new-free.ts'
import { SSL_shutdown } from '../ssl/shutdown.ts'
import type { SSL } from '../ssl/ssl.ts'
import { ended, type MtlsConnections, type MtlsLimits, multiplexerOver, RECORD, recordRoom } from './driver.ts'
import { MtlsStream } from './stream.ts'

export interface MtlsSessionOptions extends MtlsLimits {
  /** The DTLS connection that carries the data; without it the TLS connection does. */
  readonly data?: SSL
  /** The peer asks for a channel. Left out, all are refused. */
  readonly onRequest?: (request: MtlsRequest) => void
}

/** A channel that the peer asks for. It is answered once, now or later. */
export interface MtlsRequest {
  readonly source: Machine
  readonly destination: Machine
  /** Null when the session has ended since. */
  accept(): MtlsStream | null
  refuse(reason: string): void
}

/**
 * MTLS in Node's manner (draft-badra-hajjeh-mtls-05): channels are streams, over connections whose handshakes are done.
 *
 * @example
 * const session = new MtlsSession(ssl, { onRequest: request => request.accept()?.pipe(process.stdout) })
 * const stream = await session.open({ address: '127.0.0.1', port: 1 }, { address: 'inside.example', port: 80 })
 */
export class MtlsSession {
  /** Settles when the session is over: rejected when it has failed. */
  readonly closed: Promise<void>
  readonly #connections: MtlsConnections
  readonly #mux: Multiplexer
  readonly #streams = new Map<Channel, MtlsStream>()
  readonly #opening = new Map<Channel, { resolve(stream: MtlsStream): void; reject(reason: Error): void }>()
  #writing = false
  #writer: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []

  /** Takes a reference to each connection. From here on nobody else reads or writes them. */
  constructor(control: SSL, { data, onRequest, ...limits }: MtlsSessionOptions = {}) {
    this.#connections = { control, data: data ?? null }
    for (const ssl of this.#all) SSL_up_ref(ssl)
    const events = {
      ...(onRequest && { onRequest: (request: ChannelRequest) => onRequest(this.#requestOf(request)) }),
      onOpen: (channel: Channel) => this.#opened(channel),
      onReadable: (channel: Channel) => this.#streams.get(channel)?.onReadable(),
      onWritable: (channel: Channel) => this.#streams.get(channel)?.onWritable(),
      onClose: (channel: Channel) => this.#closed(channel),
    }
    this.#mux = multiplexerOver(this.#connections, events, limits)
    this.closed = this.#run()
    // Who does not ask is not to fall over it.
    this.closed.catch(() => {})
  }

  /** Asks the peer for a channel; rejected when it is refused, with the peer's reason, or there may be no more. */
  open(source: Machine, destination: Machine): Promise<MtlsStream> {
    return new Promise((resolve, reject) => {
      const channel = this.#mux.open(source, destination)
      if (channel === null) {
        reject(new Error(this.#mux.ended ? 'the session is over' : 'there are too many channels'))
        return
      }
      this.#opening.set(channel, { resolve, reject })
      this.#changed()
    })
  }

  /** Ends the session and its channels: sends close_notify and waits for the peer's. */
  async close(): Promise<void> {
    this.#mux.end()
    this.#wake()
    for (const ssl of this.#all) SSL_up_ref(ssl)
    for (const ssl of this.#all) {
      if ((await blocking.SSL_shutdown(ssl)) === 0) await blocking.SSL_shutdown(ssl)
      SSL_free(ssl)
    }
    ERR_clear_error()
  }

  get #all(): SSL[] {
    const { control, data } = this.#connections
    return data === null ? [control] : [control, data]
  }

  async #run(): Promise<void> {
    const { control, data } = this.#connections
    const readers = [this.#read(control, bytes => this.#mux.receive(bytes))]
    if (data !== null) readers.push(this.#read(data, record => this.#mux.receiveDatagram(record)))
    this.#changed()
    await Promise.race(readers)
    clearTimeout(this.#timer)
    this.#wake()
    await this.#writer
    // The peer learns of the end on every connection, and the reader of each ends with it.
    for (const ssl of this.#all) SSL_shutdown(ssl)
    ERR_clear_error()
    void Promise.all(readers).then(() => {
      for (const ssl of this.#all) SSL_free(ssl)
    })
    if (this.#mux.failure !== null) throw this.#mux.failure
  }

  async #read(ssl: SSL, take: (bytes: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(RECORD)
    while (!this.#mux.ended) {
      if (!this.#mux.wantsInput) await new Promise<void>(resolve => this.#drained.push(resolve))
      ERR_clear_error()
      const length = await blocking.SSL_read(ssl, buffer)
      if (this.#mux.ended) return
      if (length > 0) take(buffer.subarray(0, length))
      else if (!isWaiting(ssl, length)) ended(this.#mux, ssl)
      this.#changed()
    }
  }

  /** Sends what there is, in order, one after the other. */
  #changed(): void {
    if (this.#writing || this.#mux.ended) return
    this.#writing = true
    // All that is said in one turn goes into as few records as it can.
    this.#writer = Promise.resolve().then(() => this.#write())
  }

  async #write(): Promise<void> {
    const { control, data } = this.#connections
    for (;;) {
      const bytes = this.#mux.takeOutput()
      const record = data === null ? null : this.#mux.takeDatagram(recordRoom(data))
      if (bytes === null && record === null) break
      // What the socket does not take of the data is lost, as on any network.
      if (record !== null && data !== null) SSL_write(data, record)
      if (bytes !== null && !(await this.#send(control, bytes))) break
      for (const stream of this.#streams.values()) stream.onSent()
    }
    this.#writing = false
    this.#wake()
    this.#arm()
  }

  async #send(control: SSL, bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length; ) {
      ERR_clear_error()
      const ret = await blocking.SSL_write(control, bytes.subarray(at))
      if (ret > 0) at += ret
      else if (this.#mux.ended) return false
      else if (!isWaiting(control, ret)) {
        ended(this.#mux, control)
        return false
      }
    }
    return true
  }

  /** Readers that had to stop look again. */
  #wake(): void {
    for (const resume of this.#drained.splice(0)) resume()
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const deadline = this.#mux.nextDeadline()
    if (deadline === null) return
    this.#timer = setTimeout(
      () => {
        this.#mux.onDeadline()
        this.#changed()
      },
      Math.max(0, Math.ceil(deadline - sslClock.now())),
    )
  }

  #requestOf(request: ChannelRequest): MtlsRequest {
    const { source, destination } = request
    return {
      source,
      destination,
      accept: () => {
        const channel = request.accept()
        this.#changed()
        return channel === null ? null : this.#streamOf(channel)
      },
      refuse: reason => {
        request.refuse(reason)
        this.#changed()
      },
    }
  }

  #opened(channel: Channel): void {
    const waiting = this.#opening.get(channel)
    this.#opening.delete(channel)
    waiting?.resolve(this.#streamOf(channel))
  }

  #streamOf(channel: Channel): MtlsStream {
    const stream = new MtlsStream(channel, () => this.#changed())
    this.#streams.set(channel, stream)
    stream.once('close', () => this.#streams.delete(channel))
    return stream
  }

  #closed(channel: Channel): void {
    this.#streams.get(channel)?.onClosed()
    const waiting = this.#opening.get(channel)
    this.#opening.delete(channel)
    waiting?.reject(new Error(channel.cause === 'session' ? 'the session is over' : channel.reason))
  }
}

function isWaiting(ssl: SSL, ret: number): boolean {
  const error = SSL_get_error(ssl, ret)
  return error === SSL_ERROR_WANT_READ || error === SSL_ERROR_WANT_WRITE
}

import { Duplex } from 'node:stream'
import type { Channel } from '../../mtls/channel.ts'
import type { Machine } from '../../mtls/messages.ts'

/**
 * A channel as a Duplex of Node's, with back-pressure both ways: what is not read keeps the peer's window small, and a write
 * waits for the peer's room. Of a datagram carrier each chunk is a message.
 *
 * The draft knows no half-open channels. `end()` closes the channel when all is sent, and what the peer sends after that is
 * ignored; when the peer closes, reading ends behind what had come, and writing with it. Of a datagram carrier a closure can
 * overtake the last messages, which are then lost as on any network.
 */
export class MtlsStream extends Duplex {
  readonly channel: Channel
  readonly #changed: () => void
  #wanted = false
  #ended = false
  #unsent: { chunk: Uint8Array; done: (error?: Error | null) => void } | null = null
  #flushed: (() => void) | null = null

  /** @param changed - called after what may have made something to send */
  constructor(channel: Channel, changed: () => void) {
    super({
      allowHalfOpen: false,
      readableObjectMode: channel.carrier === 'datagram',
      writableHighWaterMark: HIGH_WATER,
    })
    this.channel = channel
    this.#changed = changed
  }

  get source(): Machine {
    return this.channel.source
  }

  get destination(): Machine {
    return this.channel.destination
  }

  override _read(): void {
    this.#wanted = true
    this.onReadable()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#unsent = { chunk, done }
    this.onWritable()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#flushed = () => {
      this.channel.close()
      this.#changed()
      done()
      // What the peer still sends is ignored.
      this.#endReading()
    }
    this.onSent()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.channel.close()
    this.#changed()
    this.#unsent?.done(error ?? new Error(CLOSED))
    this.#unsent = null
    done(error)
  }

  /** For the session: something has come, or the channel has ended. */
  onReadable(): void {
    while (this.#wanted) {
      const packet = this.channel.read()
      if (packet === null) break
      this.#wanted = this.push(Buffer.from(packet.buffer, packet.byteOffset, packet.length))
    }
    this.#changed()
    if (this.#wanted && this.#isOver && this.channel.pending === 0) this.#endReading()
  }

  /** For the session: there is room to write. */
  onWritable(): void {
    if (this.#unsent === null) return
    const { chunk, done } = this.#unsent
    const taken = this.channel.write(chunk)
    if (taken === chunk.length || taken < 0) this.#unsent = null
    if (taken === chunk.length) done()
    else if (taken < 0) done(new Error(this.#isOver ? CLOSED : `${chunk.length} octets are too long for a message`))
    else this.#unsent = { chunk: chunk.subarray(taken), done }
    if (taken > 0) this.#changed()
  }

  /** For the session: something has left. */
  onSent(): void {
    if (this.#flushed === null || (this.channel.queued > 0 && !this.#isOver)) return
    const flushed = this.#flushed
    this.#flushed = null
    flushed()
  }

  /** For the session: the channel was closed by the peer, or by a fault. */
  onClosed(): void {
    const { cause, reason } = this.channel
    if (cause === 'violation') this.destroy(new Error(reason))
    else {
      this.onWritable()
      this.onReadable()
      this.onSent()
    }
  }

  #endReading(): void {
    this.#wanted = false
    if (!this.#ended) this.push(null)
    this.#ended = true
  }

  get #isOver(): boolean {
    return this.channel.state === 'closing' || this.channel.state === 'closed'
  }
}

const CLOSED = 'the channel is closed'
/** The channel has a buffer of its own. */
const HIGH_WATER = 2 ** 14

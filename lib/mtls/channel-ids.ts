import { channelId } from './messages.ts'

/**
 * The halves of channel ids that this side chooses: the client's are even, the server's odd. A channel has a half from either
 * side, so that two which are opened at once from both sides cannot come to the same id ("the receiver needs to take care",
 * section 2.1.1).
 */
export class ChannelIds {
  readonly #parity: number
  readonly #requested = new Set<number>()
  #next: number

  constructor(role: 'client' | 'server') {
    this.#parity = role === 'client' ? 0 : 1
    this.#next = this.#parity
  }

  /** A sender_channel_id that no other request or channel of this side has; null when all are taken. */
  request(): number | null {
    for (let tries = 0; tries < HALF; tries++) {
      const id = this.#turn()
      if (this.#requested.has(id)) continue
      this.#requested.add(id)
      return id
    }
    return null
  }

  /** The request was refused, or its channel is gone. */
  release(senderChannelId: number): void {
    this.#requested.delete(senderChannelId)
  }

  /** A receiver_channel_id for a request of the peer; null when every one gives an id that is `taken`. */
  answer(senderChannelId: number, taken: (channelId: number) => boolean): number | null {
    for (let tries = 0; tries < HALF; tries++) {
      const id = this.#turn()
      if (!taken(channelId(senderChannelId, id))) return id
    }
    return null
  }

  #turn(): number {
    const id = this.#next
    this.#next = (id + 2) % 0x10000
    return id
  }
}

/** How many halves each side has. */
const HALF = 0x8000

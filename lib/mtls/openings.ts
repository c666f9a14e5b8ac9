import type { Channel, CloseCause } from './channel.ts'
import { ChannelIds } from './channel-ids.ts'
import { channelId, type Machine, type Message, MessageType } from './messages.ts'
import type { ChannelRequest } from './options.ts'

/** What the openings of channels ask of their session. */
export interface OpeningHost {
  /** No more channels may be had. */
  isFull(): boolean
  /** The limits that the peer is told. */
  readonly limits: { readonly windowLength: number; readonly maxPacketLength: number }
  send(message: Message): void
  isTaken(channelId: number): boolean
  newChannel(source: Machine, destination: Machine, senderChannelId: number | null): Channel
  /** The channel has its id, and is open. */
  add(channel: Channel, id: number): void
  /** One that this side has asked for can be used. */
  opened(channel: Channel): void
  close(channel: Channel, cause: CloseCause, reason?: string): void
  /** A channel of this side's will not be. */
  failed(channel: Channel, cause: CloseCause, reason: string): void
  /** Tells the program; false when it takes no channels. */
  offer(request: ChannelRequest): boolean
}

type Of<Type> = Extract<Message, { type: Type }>

/** Channels that are asked for, by either side, until they are answered (draft-badra-hajjeh-mtls-05 section 2.1.1). */
export class Openings {
  readonly #host: OpeningHost
  readonly #ids: ChannelIds
  /** By sender_channel_id: what this side has asked for. */
  readonly #asked = new Map<number, Channel>()
  /** What the peer has asked for and nobody has answered. */
  readonly #requests = new Set<ChannelRequest>()

  constructor(role: 'client' | 'server', host: OpeningHost) {
    this.#ids = new ChannelIds(role)
    this.#host = host
  }

  get count(): number {
    return this.#asked.size + this.#requests.size
  }

  /** Asks the peer; null when no id is left. */
  ask(source: Machine, destination: Machine): Channel | null {
    const senderChannelId = this.#ids.request()
    if (senderChannelId === null) return null
    const { limits } = this.#host
    const channel = this.#host.newChannel(source, destination, senderChannelId)
    try {
      this.#host.send({
        type: MessageType.channelEstablishmentRequest,
        senderChannelId,
        ...limits,
        source,
        destination,
      })
    } catch (thrown) {
      this.#ids.release(senderChannelId)
      throw thrown
    }
    this.#asked.set(senderChannelId, channel)
    return channel
  }

  /** A channel is gone on both sides. */
  release({ senderChannelId }: Channel): void {
    if (senderChannelId !== null) this.#ids.release(senderChannelId)
  }

  /** The session has ended: what this side has asked for; what the peer has asked for is no more. */
  end(): Channel[] {
    const all = [...this.#asked.values()]
    this.#asked.clear()
    this.#requests.clear()
    return all
  }

  onRequest(message: Of<typeof MessageType.channelEstablishmentRequest>): void {
    const { senderChannelId, windowLength, maxPacketLength, source, destination } = message
    const request: ChannelRequest = {
      source,
      destination,
      accept: () => (this.#requests.delete(request) ? this.#accept(message) : null),
      refuse: reason => {
        if (this.#requests.delete(request)) this.#refuse(senderChannelId, reason)
      },
    }
    if (this.#host.isFull()) this.#refuse(senderChannelId, 'too many channels')
    else if (maxPacketLength > windowLength) this.#refuse(senderChannelId, TOO_LONG)
    else if ([source, destination].some(({ address }) => address.length > MAX_ADDRESS))
      this.#refuse(senderChannelId, 'an address of more than 255 characters')
    else if (this.#host.offer(request)) this.#requests.add(request)
    else this.#refuse(senderChannelId, 'no channels are taken here')
  }

  onSuccess(message: Of<typeof MessageType.channelEstablishmentSuccess>): void {
    const { senderChannelId, receiverChannelId, windowLength, maxPacketLength } = message
    const id = channelId(senderChannelId, receiverChannelId)
    if (this.#host.isTaken(id)) {
      // The peer had to take care. What it says of this id from now on is of the channel that has it.
      this.#fail(senderChannelId, 'violation', 'the peer chose a channel id that is taken')
      return
    }
    const channel = this.#answered(senderChannelId)
    if (channel === null) return
    const unwanted = channel.state === 'closing'
    channel.open(id, windowLength, maxPacketLength)
    this.#host.add(channel, id)
    if (unwanted) this.#host.close(channel, 'closed')
    else if (maxPacketLength > windowLength) this.#host.close(channel, 'violation', TOO_LONG)
    else this.#host.opened(channel)
  }

  onRefusal({ senderChannelId, error }: Of<typeof MessageType.channelRequestEchec>): void {
    this.#fail(senderChannelId, 'refused', error)
  }

  /** A message of the opening of a channel that says too much or too little. */
  onMalformed(type: number, senderChannelId: number): void {
    if (type === MessageType.channelEstablishmentRequest) this.#refuse(senderChannelId, MALFORMED)
    else this.#fail(senderChannelId, 'violation', MALFORMED)
  }

  #accept(message: Of<typeof MessageType.channelEstablishmentRequest>): Channel | null {
    const { senderChannelId, windowLength, maxPacketLength, source, destination } = message
    const receiverChannelId = this.#ids.answer(senderChannelId, id => this.#host.isTaken(id))
    if (receiverChannelId === null) {
      this.#refuse(senderChannelId, 'no channel id is left')
      return null
    }
    const channel = this.#host.newChannel(source, destination, null)
    const id = channelId(senderChannelId, receiverChannelId)
    channel.open(id, windowLength, maxPacketLength)
    const { limits } = this.#host
    this.#host.send({ type: MessageType.channelEstablishmentSuccess, senderChannelId, receiverChannelId, ...limits })
    this.#host.add(channel, id)
    return channel
  }

  #refuse(senderChannelId: number, reason: string): void {
    const error = reason.slice(0, MAX_REASON)
    this.#host.send({ type: MessageType.channelRequestEchec, senderChannelId, error })
  }

  #fail(senderChannelId: number, cause: CloseCause, reason: string): void {
    const channel = this.#answered(senderChannelId)
    if (channel === null) return
    this.#ids.release(senderChannelId)
    this.#host.failed(channel, cause, reason)
  }

  #answered(senderChannelId: number): Channel | null {
    const channel = this.#asked.get(senderChannelId) ?? null
    this.#asked.delete(senderChannelId)
    return channel
  }
}

/** Why a channel is refused, or given up, whose packets would be longer than its window. */
const TOO_LONG = 'max_packet_length is more than the window'
export const MALFORMED = 'a malformed message'
/** Characters of a domain name (RFC 1035 section 2.3.4), or fewer: a request is kept until the program has answered it. */
const MAX_ADDRESS = 255
/** Characters of a refusal. */
const MAX_REASON = 1000

import type { Core, Onward } from './core.ts'
import type { Negotiated } from './negotiation.ts'
import type { Talk } from './outbox.ts'
import type { Path } from './paths/path.ts'
import { type Receipt, Receiver } from './receive/receiver.ts'
import type { OutgoingMessage } from './send/outgoing.ts'
import { Sender } from './send/sender.ts'
import type { AssociationState } from './surroundings.ts'
import { causes, writeError } from './wire/control.ts'
import { DATA, type Data, DataFlag, type DataFormat, I_DATA } from './wire/data.ts'
import { FORWARD_TSN, type ForwardTsnFormat, I_FORWARD_TSN } from './wire/forward-tsn.ts'
import type { Chunk } from './wire/packet.ts'
import { Cause } from './wire/registry.ts'
import { readSack } from './wire/sack.ts'
import { advance } from './wire/serial.ts'

/** User data both ways: DATA, SACK, FORWARD TSN (RFC 9260 section 6, RFC 3758). */
export class Transfer {
  readonly #core: Core
  #sender: Sender | null = null
  #receiver: Receiver | null = null
  /** Messages from before the association was established. */
  readonly #waiting: OutgoingMessage[] = []
  #receivedAt = 0
  /** The cause that messages fail with now. */
  #failing = 0

  constructor(core: Core) {
    this.#core = core
  }

  /** Null until both ends' parameters are known. */
  get sender(): Sender | null {
    return this.#sender
  }

  get receiver(): Receiver | null {
    return this.#receiver
  }

  /** Bytes that the program has handed over and the peer has not acknowledged. */
  get buffered(): number {
    return this.#waiting.reduce((sum, { data }) => sum + data.length, this.#sender?.bytes ?? 0)
  }

  /** Nothing is left to send or to be acknowledged. */
  get dry(): boolean {
    return this.#waiting.length === 0 && (this.#sender?.dry ?? true)
  }

  /** What may be sent now, apart from control chunks; null before the association is established. */
  get talk(): Talk | null {
    const [sender, receiver] = [this.#sender, this.#receiver]
    const { established, state } = this.#core
    if (!established || sender === null || receiver === null) return null
    const data = SENDING.includes(state)
    return { sender, receiver, data, sacks: this.#acknowledges, hurry: state !== 'established' }
  }

  /** When data last came or went, in milliseconds of the clock. */
  get usedAt(): number {
    return Math.max(this.#receivedAt, this.#sender?.sentAt ?? 0)
  }

  /** When a SACK is due, in milliseconds of the clock. */
  get deadline(): number | null {
    return this.#acknowledges ? (this.#receiver?.sackAt ?? null) : null
  }

  /** SHUTDOWN ACK says that nothing more is waited for. */
  get #acknowledges(): boolean {
    return this.#core.established && this.#core.state !== 'shutdown ack sent'
  }

  /** Begins with what both ends agreed on; messages that the peer has not acknowledged are sent anew. */
  begin(negotiated: Negotiated): void {
    this.#waiting.unshift(...(this.#sender?.unacknowledged() ?? []))
    this.#sender = this.#newSender(negotiated)
    this.#receiver = this.#newReceiver(negotiated)
    this.#core.outbox.format = this.#formats.data
  }

  send(message: OutgoingMessage): void {
    this.#waiting.push(message)
    this.feed()
  }

  /** Messages go on to the sender once the association is established. */
  feed(): void {
    const sender = this.#sender
    if (sender === null || !this.#core.established) return
    for (const message of this.#waiting.splice(0)) {
      if (message.stream < this.#core.streams.outbound) sender.enqueue(message)
      else this.#core.event({ kind: 'send failed', message, sent: false, cause: Cause.invalidStream })
    }
    this.#core.outbox.renew()
  }

  /** DATA or I-DATA came; the one that was not agreed on is a violation (RFC 8260 section 2.2.1). */
  data(chunk: Chunk): Onward {
    const receiver = this.#receiver
    if (receiver === null || !RECEIVING.includes(this.#core.state)) return this.#core.discard('state')
    const { data: format } = this.#formats
    if (chunk.type !== format.type) return this.#core.violation('the other kind of DATA was agreed on')
    const data = format.read(chunk.flags, chunk.value)
    if (data === null) return this.#core.violation('DATA chunk too short')
    if (data.data.length === 0) return this.#core.abort(causes.noUserData(data.tsn), Cause.noUserData)
    if (data.stream >= this.#core.streams.inbound) {
      receiver.swallow(data.tsn)
      this.#core.outbox.queue(writeError(causes.invalidStream(data.stream)))
      return 'next'
    }
    this.#receivedAt = this.#core.now()
    const next = advance(receiver.cumulative)
    const receipt = receiver.data(data)
    this.#count(data, receipt, next)
    if (receipt === 'contradiction') return this.#core.violation('fragments contradict each other')
    return receipt === 'no room' || receipt === 'too far' ? this.#core.discard('window') : 'next'
  }

  #count({ tsn, flags }: Data, receipt: Receipt, next: number): void {
    const { statistics } = this.#core
    if (receipt === 'duplicate') statistics.duplicates++
    if (receipt !== 'taken') return
    if (tsn !== next) statistics.outOfSequence++
    if ((flags & DataFlag.unordered) !== 0) statistics.unorderedIn++
    else statistics.orderedIn++
  }

  /** SACK came. */
  sack(chunk: Chunk): Onward {
    const sender = this.#sender
    if (sender === null || !this.#acknowledges) return this.#core.discard('state')
    const sack = readSack(chunk.value)
    if (sack === null) return this.#core.discard('malformed')
    this.#core.statistics.gaps += sack.gaps.length
    const answer = sender.acknowledge(sack, this.#core.now())
    if (answer === 'violation') return this.#core.violation(NEVER_SENT)
    if (answer === 'old') return this.#core.discard('old')
    for (const path of answer) this.#core.paths.answered(path)
    this.#core.outbox.renew()
    this.settled()
    this.#core.event({ kind: 'writable' })
    return 'next'
  }

  /** What SHUTDOWN acknowledges. */
  acknowledgedAll(cumulative: number): Onward {
    const verdict = this.#sender?.acknowledgeAll(cumulative, this.#core.now())
    return verdict === 'violation' ? this.#core.violation(NEVER_SENT) : 'next'
  }

  /** FORWARD TSN or I-FORWARD-TSN came. */
  forwardTsn(chunk: Chunk): Onward {
    const receiver = this.#receiver
    if (!this.#core.established || receiver === null) return this.#core.discard('state')
    const { forward: format } = this.#formats
    if (chunk.type !== format.type) return this.#core.violation('the other kind of FORWARD TSN was agreed on')
    const forward = format.read(chunk.value)
    if (forward === null) return this.#core.discard('malformed')
    const streams = forward.streams.filter(({ stream }) => stream < this.#core.streams.inbound)
    const broken = receiver.forward({ cumulative: forward.cumulative, streams }, this.#core.now())
    for (const message of broken) this.#core.event({ kind: 'partial delivery aborted', ...message })
    return 'next'
  }

  /** Something was acknowledged: keys may be free now, and the program hears when nothing is left. */
  settled(): void {
    this.#core.authentication.free(this.#sender)
    if (!this.dry) return
    if (this.#core.outbox.wet) this.#core.event({ kind: 'dry' })
    this.#core.outbox.wet = false
  }

  /** A path is gone: what was sent there goes to another. */
  move(from: Path, to: Path): void {
    this.#sender?.movePath(from, to)
  }

  /** T3-rtx of a path ran out (section 6.3.3): true when that counts against it. */
  timedOut(path: Path): boolean {
    return this.#sender?.timedOut(path, this.#core.paths.alternative(path), this.#core.now()) === true
  }

  onDeadline(now: number): void {
    const receiver = this.#receiver
    if (receiver !== null && receiver.sackAt !== null && receiver.sackAt <= now) receiver.demandSack()
  }

  /** The association has ended: what is not acknowledged has failed, what is in parts stays so. */
  fail(cause: number): void {
    for (const message of this.#receiver?.delivering ?? []) {
      this.#core.event({ kind: 'partial delivery aborted', ...message })
    }
    this.#failing = cause
    this.#sender?.fail()
    for (const message of this.#waiting.splice(0)) {
      this.#core.event({ kind: 'send failed', message, sent: false, cause })
    }
    this.#receiver = null
  }

  get #formats(): Formats {
    return this.#core.negotiated?.interleaving === true ? INTERLEAVED : PLAIN
  }

  #newSender({ peerWindow, partialReliability, interleaving }: Negotiated): Sender {
    const { data, forward } = this.#formats
    return new Sender({
      tsn: this.#core.local.tsn,
      window: peerWindow,
      forwarding: partialReliability ? forward : null,
      format: data,
      interleaved: interleaving,
      schedule: this.#core.settings.schedule,
      statistics: this.#core.statistics,
      failed: ({ message, sent }) => this.#core.event({ kind: 'send failed', message, sent, cause: this.#failing }),
    })
  }

  #newReceiver({ peerTsn, interleaving }: Negotiated): Receiver {
    const { sackDelay, sackFrequency, partialDeliveryPoint } = this.#core.settings
    return new Receiver({
      tsn: peerTsn,
      window: this.#core.local.window,
      sackDelay,
      sackFrequency,
      partialDeliveryPoint,
      interleaved: interleaving,
      deliver: delivery => {
        const cumulative = this.#receiver?.cumulative ?? 0
        this.#core.event({ kind: 'message', delivery, cumulative })
      },
    })
  }
}

interface Formats {
  readonly data: DataFormat
  readonly forward: ForwardTsnFormat
}

const PLAIN: Formats = { data: DATA, forward: FORWARD_TSN }
const INTERLEAVED: Formats = { data: I_DATA, forward: I_FORWARD_TSN }

const NEVER_SENT = 'acknowledgement of what was never sent'

/** After SHUTDOWN has come only what was there before is sent (section 9.2). */
const SENDING: readonly AssociationState[] = ['established', 'shutdown pending', 'shutdown received']
/** After SHUTDOWN has come nothing more does. */
const RECEIVING: readonly AssociationState[] = ['established', 'shutdown pending', 'shutdown sent']

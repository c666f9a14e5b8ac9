import type { Core } from './core.ts'
import type { AssociationEvent, ReconfigurationOutcome } from './events.ts'
import type { Transfer } from './transfer.ts'
import { type ReConfig, Result, readReConfig, writeReConfig } from './wire/reconfig.ts'
import { advance, isAfter, isBefore } from './wire/serial.ts'

/** Which requests of the peer are granted: bits of SCTP_ENABLE_STREAM_RESET (RFC 6525 section 6.3.1). */
export const Grant = { resetStreams: 1, resetAssociation: 2, addStreams: 4 } as const

/** Why a request cannot be made now. */
export type Refusal = 'busy' | 'pending' | 'too many'

type Request = Exclude<ReConfig, { kind: 'response' }>

const MOST_STREAMS = 65535
/** Answers that are given again when their request comes again. */
const REMEMBERED = 2
/** Streams named in one request: the chunk has to fit a packet. */
const MOST_NAMED = 256

/** Stream reset and addition (RFC 6525): one chunk of requests under way at a time in each direction. */
export class Reconfiguration {
  readonly #core: Core
  readonly #transfer: Transfer
  #nextRequest: number
  #nextPeerRequest: number
  #answers: { readonly number: number; readonly response: ReConfig }[] = []
  /** Requests without an answer. */
  #pending: Request[] = []
  #at: number | null = null

  constructor(core: Core, transfer: Transfer, peerTsn: number) {
    this.#core = core
    this.#transfer = transfer
    this.#nextRequest = core.local.tsn
    this.#nextPeerRequest = peerTsn
  }

  get inbound(): number {
    return this.#core.streams.inbound
  }

  get outbound(): number {
    return this.#core.streams.outbound
  }

  /** When the requests are sent again, in milliseconds of the clock. */
  get deadline(): number | null {
    return this.#at
  }

  /** Sequence numbers of the streams begin anew, outgoing, incoming or both; of all streams when the list is empty. */
  resetStreams(streams: readonly number[], outgoing: boolean, incoming: boolean): Refusal | null {
    if (this.#pending.length > 0) return 'pending'
    const names = (count: number) => streams.some(stream => stream >= count)
    if (streams.length > MOST_NAMED) return 'too many'
    if ((outgoing && names(this.outbound)) || (incoming && names(this.inbound))) return 'too many'
    if (outgoing && this.#busy(streams)) return 'busy'
    const requests: Request[] = []
    if (outgoing) requests.push(this.#outgoingReset(streams, advance(this.#nextPeerRequest, -1)))
    if (incoming) requests.push({ kind: 'reset incoming', number: this.#number(), streams })
    this.#request(requests)
    return null
  }

  resetAssociation(): Refusal | null {
    if (this.#pending.length > 0) return 'pending'
    if (!this.#transfer.dry) return 'busy'
    this.#transfer.sender?.pause(true)
    this.#request([{ kind: 'reset association', number: this.#number() }])
    return null
  }

  addStreams(outgoing: number, incoming: number): Refusal | null {
    if (this.#pending.length > 0) return 'pending'
    if (outgoing + this.outbound > MOST_STREAMS || incoming + this.inbound > MOST_STREAMS) return 'too many'
    const requests: Request[] = []
    if (outgoing > 0) requests.push({ kind: 'add outgoing', number: this.#number(), count: outgoing })
    if (incoming > 0) requests.push({ kind: 'add incoming', number: this.#number(), count: incoming })
    this.#request(requests)
    return null
  }

  /** A RE-CONFIG chunk came; false when it is malformed. */
  receive(value: Uint8Array): boolean {
    const items = readReConfig(value)
    if (items === null) return false
    const responses: ReConfig[] = []
    for (const item of items) {
      if (item.kind === 'response') this.#answered(item)
      else {
        const response = this.#respond(item)
        if (response !== null) responses.push(response)
      }
    }
    if (responses.length > 0) this.#core.outbox.queue(writeReConfig(responses))
    return true
  }

  /** Sends the requests again when it is time; true when they were late. */
  onDeadline(now: number): boolean {
    if (this.#at === null || this.#at > now) return false
    this.#core.paths.forData.backOff()
    this.#transmit()
    return true
  }

  #number(): number {
    const number = this.#nextRequest
    this.#nextRequest = advance(number)
    return number
  }

  #outgoingReset(streams: readonly number[], answers: number): Request {
    this.#transfer.sender?.pause(true)
    return { kind: 'reset outgoing', number: this.#number(), answers, lastTsn: this.#lastTsn, streams }
  }

  #request(requests: readonly Request[]): void {
    if (requests.length === 0) return
    this.#pending.push(...requests)
    this.#transmit()
  }

  #transmit(): void {
    this.#at = this.#core.now() + this.#core.paths.forData.rto
    this.#core.outbox.queue(writeReConfig(this.#pending))
  }

  /** Our request has its answer. */
  #settle(request: Request): void {
    this.#pending = this.#pending.filter(one => one !== request)
    if (this.#pending.length === 0) this.#at = null
    if (!this.#pending.some(({ kind }) => kind === 'reset outgoing' || kind === 'reset association')) {
      this.#transfer.sender?.pause(false)
    }
  }

  #answered(response: Extract<ReConfig, { kind: 'response' }>): void {
    const request = this.#pending.find(({ number }) => number === response.number)
    // Still being worked on (section 5.2.7): the timer asks again.
    if (request === undefined || response.result === Result.inProgress) return
    const outcome = outcomeOf(response.result)
    this.#settle(request)
    if (outcome === 'done') this.#perform(request, response.next)
    this.#report(request, outcome, response.next)
  }

  #perform(request: Request, next: { readonly sender: number; readonly receiver: number } | null): void {
    if (request.kind === 'reset outgoing') this.#transfer.sender?.resetStreams(request.streams)
    else if (request.kind === 'add outgoing') this.#core.streams.outbound += request.count
    else if (request.kind === 'reset association' && next !== null) {
      this.#transfer.sender?.resetStreams([])
      this.#transfer.receiver?.resetStreams([])
      this.#resetTsns(next.receiver, next.sender)
    }
  }

  #report(
    request: Request,
    outcome: ReconfigurationOutcome,
    next: { readonly sender: number; readonly receiver: number } | null,
  ): void {
    const event = (told: AssociationEvent) => this.#core.event(told)
    switch (request.kind) {
      case 'reset outgoing':
        event({ kind: 'streams reset', side: 'outgoing', outcome, streams: request.streams })
        return
      case 'reset incoming':
        // What was asked for shows when the peer does it; here only that it does not.
        if (outcome !== 'done') event({ kind: 'streams reset', side: 'incoming', outcome, streams: request.streams })
        return
      case 'reset association':
        event({
          kind: 'association reset',
          outcome,
          localTsn: next?.receiver ?? 0,
          remoteTsn: next?.sender ?? 0,
        })
        return
      case 'add outgoing':
        event({ kind: 'streams added', outcome, inbound: 0, outbound: request.count })
        return
      case 'add incoming':
        if (outcome !== 'done') event({ kind: 'streams added', outcome, inbound: request.count, outbound: 0 })
    }
  }

  /** The answer to a request of the peer; null when another request of ours is the answer. */
  #respond(request: Request): ReConfig | null {
    const { number } = request
    if (isBefore(number, this.#nextPeerRequest)) {
      const before = this.#answers.find(answer => answer.number === number)
      return before?.response ?? { kind: 'response', number, result: Result.badNumber, next: null }
    }
    if (isAfter(number, this.#nextPeerRequest))
      return { kind: 'response', number, result: Result.badNumber, next: null }
    const answer = this.#decide(request)
    // Not decided yet: the number is not used up, the peer asks again.
    if (answer === Result.inProgress) return { kind: 'response', number, result: answer, next: null }
    this.#nextPeerRequest = advance(number)
    if (answer === null) return null
    const response: ReConfig =
      typeof answer === 'number' ? { kind: 'response', number, result: answer, next: null } : answer
    this.#answers = [...this.#answers, { number, response }].slice(-REMEMBERED)
    return response
  }

  /** A result, a whole response, or null when a request of ours answers. */
  #decide(request: Request): number | ReConfig | null {
    switch (request.kind) {
      case 'reset outgoing':
        return this.#peerResets(request)
      case 'reset incoming':
        return this.#peerWantsReset(request)
      case 'reset association':
        return this.#associationReset(request)
      case 'add outgoing':
        return this.#peerAdds(request)
      case 'add incoming':
        return this.#peerWantsMore(request)
    }
  }

  /** Section 5.2.2. */
  #peerResets(request: Extract<Request, { kind: 'reset outgoing' }>): number {
    if (!this.#grants(Grant.resetStreams)) return Result.denied
    if (request.streams.some(stream => stream >= this.inbound)) return Result.wrongStream
    if (isAfter(request.lastTsn, this.#cumulative)) return Result.inProgress
    const asked = this.#pending.find(({ kind, number }) => kind === 'reset incoming' && number === request.answers)
    if (asked !== undefined) this.#settle(asked)
    this.#transfer.receiver?.resetStreams(request.streams)
    this.#core.event({ kind: 'streams reset', side: 'incoming', outcome: 'done', streams: request.streams })
    return Result.performed
  }

  /** Section 5.2.3: answered with an Outgoing SSN Reset Request. */
  #peerWantsReset(request: Extract<Request, { kind: 'reset incoming' }>): number | null {
    if (!this.#grants(Grant.resetStreams)) return Result.denied
    if (request.streams.some(stream => stream >= this.outbound)) return Result.wrongStream
    if (this.#pending.length > 0) return Result.alreadyInProgress
    if (this.#busy(request.streams)) return Result.inProgress
    this.#request([this.#outgoingReset(request.streams, request.number)])
    return null
  }

  /** Section 5.2.4. */
  #associationReset({ number }: Extract<Request, { kind: 'reset association' }>): number | ReConfig {
    if (!this.#grants(Grant.resetAssociation)) return Result.denied
    if (this.#pending.length > 0) return Result.alreadyInProgress
    if (!this.#transfer.dry) return Result.inProgress
    // Far from what was in use: packets of before cannot be taken for new ones.
    const peer = advance(this.#cumulative, 0x80000000)
    const local = advance(this.#lastTsn)
    this.#transfer.sender?.resetStreams([])
    this.#transfer.receiver?.resetStreams([])
    this.#resetTsns(local, peer)
    this.#core.event({ kind: 'association reset', outcome: 'done', localTsn: local, remoteTsn: peer })
    return { kind: 'response', number, result: Result.performed, next: { sender: local, receiver: peer } }
  }

  /** Section 5.2.5. */
  #peerAdds(request: Extract<Request, { kind: 'add outgoing' | 'add incoming' }>): number {
    if (!this.#grants(Grant.addStreams)) return Result.denied
    if (request.count === 0) return Result.nothingToDo
    if (this.inbound + request.count > MOST_STREAMS) return Result.denied
    const asked = this.#pending.find(({ kind }) => kind === 'add incoming')
    if (asked !== undefined) this.#settle(asked)
    this.#core.streams.inbound += request.count
    this.#core.event({ kind: 'streams added', outcome: 'done', inbound: request.count, outbound: 0 })
    return Result.performed
  }

  /** Section 5.2.6: answered with an Add Outgoing Streams Request. */
  #peerWantsMore(request: Extract<Request, { kind: 'add outgoing' | 'add incoming' }>): number | null {
    if (!this.#grants(Grant.addStreams)) return Result.denied
    if (request.count === 0) return Result.nothingToDo
    if (this.outbound + request.count > MOST_STREAMS) return Result.denied
    if (this.#pending.length > 0) return Result.alreadyInProgress
    this.#request([{ kind: 'add outgoing', number: this.#number(), count: request.count }])
    return null
  }

  /** The last TSN assigned. */
  get #lastTsn(): number {
    return advance(this.#transfer.sender?.nextTsn ?? this.#core.local.tsn, -1)
  }

  /** Every TSN up to this one has come. */
  get #cumulative(): number {
    return this.#transfer.receiver?.cumulative ?? 0
  }

  /** Something is to be sent, or waits for its acknowledgement, on these streams; on any, when the list is empty. */
  #busy(streams: readonly number[]): boolean {
    if (streams.length === 0) return !this.#transfer.dry
    return streams.some(stream => this.#transfer.sender?.usesStream(stream) === true)
  }

  /** Both directions begin anew with these TSNs. */
  #resetTsns(local: number, peer: number): void {
    this.#transfer.sender?.resetTsn(local)
    this.#transfer.receiver?.resetTsn(peer)
  }

  #grants(what: number): boolean {
    return (this.#core.settings.granted & what) !== 0
  }
}

function outcomeOf(result: number): ReconfigurationOutcome {
  if (result === Result.performed || result === Result.nothingToDo) return 'done'
  return result === Result.denied ? 'denied' : 'failed'
}

import type { Association } from '../handshake/association.ts'
import { AssociationLink } from '../handshake/dtls/association-link.ts'
import { type DatagramLink, DtlsLink } from '../handshake/dtls/link.ts'
import type { VerifiedHello } from '../handshake/hello-gate.ts'
import type { Opening } from '../handshake/link.ts'
import { DtlsInput } from '../record/dtls-input.ts'
import { DtlsOutput, plaintextRoom } from '../record/dtls-output.ts'
import type { OpenedRecord } from '../record/opened-record.ts'
import { requireWindow } from '../record/replay-window.ts'
import { DTLS_RECORD_HEADER } from '../wire/record.ts'
import type { Channel, ChannelEnvironment, ChannelFactory } from './channel.ts'

export interface DtlsOptions {
  /** Records in the replay window, a multiple of 8; 64 when left out, null for none. */
  readonly replayWindow?: number | null
}

/** Connections over datagrams (RFC 6347). Throws RangeError for a replay window that is no multiple of 8. */
export function dtls({ replayWindow = DEFAULT_REPLAY_WINDOW }: DtlsOptions = {}): ChannelFactory {
  if (replayWindow !== null) requireWindow(replayWindow)
  return environment =>
    new DtlsChannel(environment, { replayWindow }, (input, output) => {
      const { config, clock, discards, onSent } = environment
      return new DtlsLink(input, output, {
        clock,
        role: config.role,
        discards,
        timer: () => config.timer,
        pathMtu: expirations => config.pathMtu(expirations),
        maxSendFragment: () => config.maxSendFragment,
        onSent,
      })
    })
}

/** Connections over an SCTP association (RFC 6083): each message is one record, what is sent arrives, and arrives once. */
export function dtlsOverSctp(association: Association): ChannelFactory {
  return environment =>
    new DtlsChannel(environment, { replayWindow: null, reliable: true }, (input, output) => {
      const { config, clock, discards, onSent } = environment
      return new AssociationLink(input, output, { association, clock, role: config.role, discards, onSent })
    })
}

class DtlsChannel implements Channel {
  readonly link: DatagramLink
  readonly #input: DtlsInput
  readonly #output: DtlsOutput

  constructor(
    { config, discards, observer }: ChannelEnvironment,
    transport: { readonly replayWindow: number | null; readonly reliable?: boolean },
    makeLink: (input: DtlsInput, output: DtlsOutput) => DatagramLink,
  ) {
    this.#input = new DtlsInput({
      ...transport,
      discards,
      onHeader: (bytes, at) => observer.onMessage?.(false, 0, 'header', headerAt(bytes, at)),
    })
    this.#output = new DtlsOutput(config.firstRecordVersion, {
      onHeader: (bytes, at) => observer.onMessage?.(true, 0, 'header', headerAt(bytes, at)),
    })
    this.link = makeLink(this.#input, this.#output)
  }

  get version(): number {
    return this.#output.version
  }

  get epoch(): number {
    return this.#input.epoch
  }

  get hasInput(): boolean {
    return this.#input.pending
  }

  get midRecord(): boolean {
    return false
  }

  get hasOutput(): boolean {
    return this.#output.queued > 0
  }

  get deadline(): number | null {
    return this.link.deadline
  }

  receive(datagram: Uint8Array): number {
    this.#input.receive(datagram)
    return datagram.length
  }

  get wanted(): number {
    return 0
  }

  get room(): number {
    return 0
  }

  next(): OpenedRecord | null {
    return this.#input.next()
  }

  receiveHandshake({ payload, epoch }: OpenedRecord): void {
    this.link.receive(payload, epoch)
  }

  receiveChangeCipherSpec({ payload }: OpenedRecord): void {
    this.link.receiveChangeCipherSpec(payload)
  }

  opening({ payload }: OpenedRecord): Opening | null {
    return this.link.opening(payload)
  }

  restart(): void {
    this.link.restart()
  }

  sendHelloRequest(): void {
    this.link.sendHelloRequest()
  }

  send(type: number, payload: Uint8Array): void {
    this.#output.send(type, payload)
  }

  takeOutput(): Uint8Array[] {
    return this.#output.take()
  }

  flush(): boolean {
    return this.link.flush()
  }

  onDeadline(): 'idle' | 'resent' {
    return this.link.onDeadline()
  }

  dataRoom(bytes: number): number {
    const { epoch } = this.#output
    return epoch.sealer === null ? 0 : Math.max(0, plaintextRoom(epoch, bytes))
  }

  continueFrom(hello: VerifiedHello): void {
    this.link.continueAfterGate(hello.recordSequence, hello.messageSequence)
    this.link.receive(hello.fragment, 0)
    if (hello.rest.length > 0) this.#input.receive(hello.rest)
  }

  stop(): void {
    this.link.stop()
  }

  /** Datagrams are held no longer than they are looked at. */
  release(): void {}

  wipe(): void {
    this.link.stop()
    this.#input.wipe()
    this.link.wipe()
    this.#output.take()
  }
}

function headerAt(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at, at + DTLS_RECORD_HEADER)
}

const DEFAULT_REPLAY_WINDOW = 64

import { ProtocolFailure } from '../base/failure.ts'
import type { HandshakeConfig } from '../handshake/config.ts'
import type { Opening } from '../handshake/link.ts'
import { TlsLink } from '../handshake/tls/link.ts'
import type { OpenedRecord } from '../record/opened-record.ts'
import { TlsInput } from '../record/tls-input.ts'
import { TlsOutput } from '../record/tls-output.ts'
import { TLS_RECORD_HEADER } from '../wire/record.ts'
import { ContentType } from '../wire/registry.ts'
import { TLS_1_2 } from '../wire/version.ts'
import type { Channel, ChannelEnvironment, ChannelFactory } from './channel.ts'

/** Connections over a stream of bytes (RFC 5246, 4346, 2246). */
export function tls(): ChannelFactory {
  return environment => new TlsChannel(environment)
}

class TlsChannel implements Channel {
  readonly link: TlsLink
  readonly #role: 'client' | 'server'
  readonly #config: HandshakeConfig
  readonly #input: TlsInput
  readonly #output: TlsOutput

  constructor({ config, observer, onSent }: ChannelEnvironment) {
    this.#role = config.role
    this.#config = config
    this.#input = new TlsInput({
      onHeader: (bytes, at, version) => observer.onMessage?.(false, version, 'header', headerAt(bytes, at)),
      onOtherVersion: version => this.#answerIn(version),
    })
    this.#output = new TlsOutput(config.firstRecordVersion, {
      onHeader: (bytes, at) => observer.onMessage?.(true, this.version, 'header', headerAt(bytes, at)),
    })
    this.link = new TlsLink(this.#input, this.#output, {
      role: config.role,
      maxSend: () => Math.min(config.splitSendFragment, config.maxSendFragment),
      emptyRecords: () => config.emptyRecords,
      onSent,
    })
  }

  get version(): number {
    return this.#output.version
  }

  get epoch(): number {
    return this.#input.epoch
  }

  get hasInput(): boolean {
    return this.#input.unread > 0
  }

  get midRecord(): boolean {
    return this.#input.midRecord
  }

  get hasOutput(): boolean {
    return this.#output.queued > 0
  }

  /** Nothing is sent again: the transport sees to that. */
  get deadline(): null {
    return null
  }

  get wanted(): number {
    return this.#input.wanted
  }

  get room(): number {
    return this.#input.room
  }

  receive(bytes: Uint8Array): number {
    return this.#input.receive(bytes)
  }

  next(): OpenedRecord | null {
    const record = this.#input.next()
    if (record !== null) this.#admit(record)
    return record
  }

  receiveHandshake({ payload }: OpenedRecord): void {
    this.link.receive(payload)
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

  send(type: number, payload: Uint8Array, continued = false): void {
    if (type === ContentType.applicationData) this.#output.sendData(payload, continued)
    else this.#output.send(type, payload)
  }

  takeOutput(): Uint8Array[] {
    return this.#output.take()
  }

  /** Everything is in the output as soon as it is made. */
  flush(): true {
    return true
  }

  onDeadline(): 'idle' {
    return 'idle'
  }

  dataRoom(bytes: number): number {
    const { sealer } = this.#output.epoch
    return sealer === null ? 0 : sealer.maxPlaintext(Math.max(0, bytes - TLS_RECORD_HEADER))
  }

  continueFrom(): never {
    throw new ProtocolFailure('internal-error', { detail: 'only datagrams pass a hello gate' })
  }

  stop(): void {}

  release(): void {
    this.#input.release()
  }

  wipe(): void {
    this.#input.wipe()
    this.#output.epoch.sealer?.wipe()
    this.#output.take()
  }

  /** Before a version is agreed on a hello comes, or to a client that there will be none. */
  #mayComeFirst(type: number): boolean {
    if (type === ContentType.handshake || type === ContentType.changeCipherSpec) return true
    return this.#config.fixedVersion || (type === ContentType.alert && this.#role === 'client')
  }

  /** Until keys are agreed on a failure is told in the version that the peer has used. */
  #answerIn(version: number): void {
    if (this.#output.epoch.sealer === null) this.#output.version = version === TLS_1_3 ? TLS_1_2.wire : version
  }

  /** The one place that says which content may come now; in a stream nobody but the peer can have sent what may not. */
  #admit({ type, version, epoch }: OpenedRecord): void {
    const { unproven, amidMessage } = this.link
    if (this.#input.version === null && !this.#mayComeFirst(type)) {
      if (this.#role === 'server') this.#answerIn(version)
      throw new ProtocolFailure('unexpected-first-record')
    }
    if (unproven && type !== ContentType.handshake) throw new ProtocolFailure('data-before-finished')
    switch (type) {
      case ContentType.handshake:
      case ContentType.changeCipherSpec:
      case ContentType.alert:
        return
      case ContentType.applicationData:
        if (epoch > 0 && !amidMessage) return
        break
      case ContentType.heartbeat:
        if (epoch > 0 && !amidMessage && this.#config.heartbeat !== null) return
        break
    }
    throw new ProtocolFailure('unexpected-record')
  }
}

/** No record has it in its header (RFC 8446 section 5.1). */
const TLS_1_3 = 0x0304

function headerAt(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at, at + TLS_RECORD_HEADER)
}

import { allocate } from '../base/allocate.ts'
import { ProtocolFailure } from '../base/failure.ts'
import { DTLS_RECORD_HEADER, writeDtlsHeader } from '../wire/record.ts'
import { WriteEpoch } from './epoch.ts'

export interface DtlsOutputOptions {
  /** Called with each record that is made: its 13 header bytes are in `bytes` from `at` on. */
  readonly onHeader: (bytes: Uint8Array, at: number) => void
}

/** Records out: protected, packed into datagrams, kept until the transport takes them. No sequence number is used twice. */
export class DtlsOutput {
  /** The version that the next records carry. */
  version: number
  #epoch = new WriteEpoch(0, null)
  #datagrams: Uint8Array[] = []
  readonly #options: DtlsOutputOptions

  constructor(version: number, options: DtlsOutputOptions) {
    this.version = version
    this.#options = options
  }

  get epoch(): WriteEpoch {
    return this.#epoch
  }

  set epoch(epoch: WriteEpoch) {
    this.#epoch = epoch
  }

  /** Datagrams that wait for the transport. */
  get queued(): number {
    return this.#datagrams.length
  }

  /** Takes the datagrams over, in the order of sending. */
  take(): Uint8Array[] {
    const datagrams = this.#datagrams
    this.#datagrams = []
    return datagrams
  }

  /** One record in a datagram of its own. */
  send(type: number, payload: Uint8Array, epoch = this.#epoch): void {
    const datagram = allocate(recordLength(epoch, payload.length))
    this.writeRecord(datagram, 0, type, payload, epoch)
    this.#datagrams.push(datagram)
  }

  /** A datagram that is already whole. */
  push(datagram: Uint8Array): void {
    this.#datagrams.push(datagram)
  }

  /** Writes header and protected payload at `at`; returns where the record ends. */
  writeRecord(out: Uint8Array, at: number, type: number, payload: Uint8Array, epoch: WriteEpoch): number {
    const sequence = epoch.take()
    if (sequence === null)
      throw new ProtocolFailure('internal-error', { detail: 'record sequence numbers are used up' })
    const body = at + DTLS_RECORD_HEADER
    let length = payload.length
    if (epoch.sealer === null) out.set(payload, body)
    else {
      const high = ((epoch.number << 16) | Math.floor(sequence / 2 ** 32)) >>> 0
      length = epoch.sealer.seal(type, this.version, high, sequence >>> 0, payload, out, body)
    }
    writeDtlsHeader(out, at, type, this.version, epoch.number, sequence, length)
    this.#options.onHeader(out, at)
    return body + length
  }
}

/** Bytes of the record, header included, that `payload` bytes of plaintext make. */
export function recordLength(epoch: WriteEpoch, payload: number): number {
  return DTLS_RECORD_HEADER + (epoch.sealer?.sealedLength(payload) ?? payload)
}

/** The most plaintext whose record fits into `space` bytes; negative when not even an empty one does. */
export function plaintextRoom(epoch: WriteEpoch, space: number): number {
  const body = space - DTLS_RECORD_HEADER
  return epoch.sealer === null || body < 0 ? body : epoch.sealer.maxPlaintext(body)
}

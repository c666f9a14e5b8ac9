import { ProtocolFailure } from '../../base/failure.ts'
import { type DtlsOutput, plaintextRoom, recordLength } from '../../record/dtls-output.ts'
import type { WriteEpoch } from '../../record/epoch.ts'
import { DTLS_HANDSHAKE_HEADER, encodeFragment } from '../../wire/handshake.ts'
import { ContentType } from '../../wire/registry.ts'
import type { FlightEnd } from '../link.ts'

/** A handshake message or a ChangeCipherSpec, with the epoch that it belongs to however often it is sent. */
export type FlightItem =
  | {
      readonly kind: 'message'
      readonly epoch: WriteEpoch
      readonly type: number
      readonly sequence: number
      /** Header and body as one fragment, which is also what the transcript hashes. */
      readonly raw: Uint8Array
    }
  | { readonly kind: 'change-cipher-spec'; readonly epoch: WriteEpoch }

/** What a datagram and a record may hold, in bytes. */
export interface Limits {
  readonly mtu: number
  readonly maxPlaintext: number
}

/** The messages between two changes of the sending side (RFC 6347 section 4.2.4), kept until the peer has answered. */
export class Flight {
  readonly items: FlightItem[] = []
  end: FlightEnd | null = null
  /** How often it has been sent. */
  transmissions = 0

  /** Bytes of its messages and ChangeCipherSpecs, without records around them. */
  get length(): number {
    return this.items.reduce((sum, item) => sum + payloadLength(item), 0)
  }

  /**
   * Cuts the flight to datagrams within the limits, as late as this so that a retransmission fits the path of today.
   * Messages are packed; a message that does not fit what is left of a datagram is continued in the next one.
   */
  transmit(output: DtlsOutput, limits: Limits, sent: (item: FlightItem) => void): void {
    const packer = new Packer(output, limits, this.#room(limits))
    for (const item of this.items) {
      if (item.kind === 'change-cipher-spec') packer.add(ContentType.changeCipherSpec, CHANGE_CIPHER_SPEC, item.epoch)
      else packer.addMessage(item.type, item.sequence, item.raw, item.epoch)
      sent(item)
    }
    packer.flush()
    this.transmissions++
  }

  /** The most bytes that one of its datagrams can have: where the path takes 64 KB, a hello does not need them. */
  #room({ mtu, maxPlaintext }: Limits): number {
    let whole = 0
    for (const item of this.items) {
      const payload = payloadLength(item)
      if (payload > maxPlaintext) return mtu
      whole += recordLength(item.epoch, payload)
    }
    return Math.min(mtu, whole)
  }
}

/** Fills one datagram after the other. */
class Packer {
  readonly #output: DtlsOutput
  readonly #mtu: number
  readonly #maxPlaintext: number
  readonly #datagram: Uint8Array
  #at = 0

  constructor(output: DtlsOutput, { mtu, maxPlaintext }: Limits, room: number) {
    this.#output = output
    this.#mtu = mtu
    this.#maxPlaintext = maxPlaintext
    this.#datagram = new Uint8Array(room)
  }

  add(type: number, payload: Uint8Array, epoch: WriteEpoch): void {
    const length = recordLength(epoch, payload.length)
    if (this.#at + length > this.#mtu) this.flush()
    if (length > this.#mtu) throw new ProtocolFailure('mtu-too-small')
    this.#at = this.#output.writeRecord(this.#datagram, this.#at, type, payload, epoch)
  }

  addMessage(type: number, sequence: number, raw: Uint8Array, epoch: WriteEpoch): void {
    const body = raw.subarray(DTLS_HANDSHAKE_HEADER)
    let offset = 0
    do {
      const left = body.length - offset
      let room = this.#room(epoch)
      if (room < Math.min(left, MIN_FRAGMENT)) {
        this.flush()
        room = this.#room(epoch)
        if (room < Math.min(left, 1)) throw new ProtocolFailure('mtu-too-small')
      }
      const part = body.subarray(offset, offset + Math.min(left, room))
      const whole = part.length === body.length
      this.add(ContentType.handshake, whole ? raw : encodeFragment(type, body.length, sequence, offset, part), epoch)
      offset += part.length
    } while (offset < body.length)
  }

  flush(): void {
    if (this.#at === 0) return
    this.#output.push(this.#datagram.slice(0, this.#at))
    this.#at = 0
  }

  #room(epoch: WriteEpoch): number {
    return Math.min(plaintextRoom(epoch, this.#mtu - this.#at), this.#maxPlaintext) - DTLS_HANDSHAKE_HEADER
  }
}

function payloadLength(item: FlightItem): number {
  return item.kind === 'message' ? item.raw.length : CHANGE_CIPHER_SPEC.length
}

const CHANGE_CIPHER_SPEC = new Uint8Array([1])
/** A shorter first piece is not worth its 25 bytes of headers. */
const MIN_FRAGMENT = 64

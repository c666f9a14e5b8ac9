import { copy } from '../../lib/base/bytes.ts'
import type { Opener, Sealer } from '../../lib/crypto/sealer.ts'
import { DTLS_RECORD_HEADER, writeDtlsHeader } from '../../lib/wire/record.ts'

export interface RecordFields {
  readonly type?: number
  readonly version?: number
  readonly epoch?: number
  readonly sequence?: number
  readonly payload: Uint8Array
}

/** A record as it lies in a datagram; nothing protects it. */
export function plainRecord({
  type = 22,
  version = 0xfefd,
  epoch = 0,
  sequence = 0,
  payload,
}: RecordFields): Uint8Array {
  const out = new Uint8Array(DTLS_RECORD_HEADER + payload.length)
  writeDtlsHeader(out, 0, type, version, epoch, sequence, payload.length)
  out.set(payload, DTLS_RECORD_HEADER)
  return out
}

/** Protection that a test can do in its head: a byte that says whose it is, then the sequence number's, then the text. */
export class ToyProtection implements Sealer, Opener {
  readonly key: number
  wiped = false

  constructor(key: number) {
    this.key = key
  }

  sealedLength(plaintextLength: number): number {
    return plaintextLength + 2
  }

  maxPlaintext(sealedLength: number): number {
    return Math.max(0, sealedLength - 2)
  }

  seal(
    _type: number,
    _version: number,
    _seqHigh: number,
    seqLow: number,
    plaintext: Uint8Array,
    out: Uint8Array,
    at: number,
  ): number {
    out.set([this.key, seqLow & 0xff], at)
    out.set(plaintext, at + 2)
    return plaintext.length + 2
  }

  open(_type: number, _version: number, _seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    return fragment[0] === this.key && fragment[1] === (seqLow & 0xff) ? copy(fragment.subarray(2)) : null
  }

  wipe(): void {
    this.wiped = true
  }

  /** The payload of a record that `open` takes. */
  protect(sequence: number, plaintext: Uint8Array): Uint8Array {
    return Uint8Array.of(this.key, sequence & 0xff, ...plaintext)
  }
}

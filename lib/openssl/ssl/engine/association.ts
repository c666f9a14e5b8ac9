import { wipe } from '../../../base/bytes.ts'
import { errno, strerror } from '../../../base/errno.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import type { Association, Exporter } from '../../../handshake/association.ts'
import type { AssociationSocket } from '../../../profile/association-socket.ts'
import { associationKey } from '../../../profile/rfc6083.ts'
import type { BIO } from '../../bio/bio.ts'
import {
  BIO_dgram_is_sctp,
  BIO_dgram_sctp_msg_waiting,
  BIO_dgram_sctp_wait_for_dry,
} from '../../bio/datagram/dgram-sctp.ts'
import { SctpState } from '../../bio/datagram/dgram-sctp-state.ts'
import { BIO_ctrl } from '../../bio/io.ts'
import {
  BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY,
  BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD,
  BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY,
  BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE,
} from '../../constants/bio.ts'
import { SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG } from '../../constants/ssl.ts'
import type { SSL } from '../ssl.ts'

/** Whether the SSL speaks through an SCTP BIO, so that RFC 6083 governs it. */
export function overSctp({ wbio }: SSL): boolean {
  return wbio !== null && BIO_dgram_is_sctp(wbio) === 1
}

/** Tells an association that a handshake call begins or ends: its messages are not to be held back (SCTP_NODELAY). */
export function noteHandshake(ssl: SSL, underWay: boolean): void {
  if (overSctp(ssl)) BIO_ctrl(ssl.wbio, BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, Number(underWay))
}

/** What the engine asks of the association, in the commands of the BIO. */
export class BioAssociation implements Association {
  readonly #ssl: SSL

  constructor(ssl: SSL) {
    this.#ssl = ssl
    this.#readSocket?.deliverByRecord()
  }

  get drained(): boolean {
    return BIO_dgram_sctp_wait_for_dry(this.#bio) === 1
  }

  get exhausted(): boolean {
    const { rbio } = this.#ssl
    return rbio === null || BIO_dgram_is_sctp(rbio) === 0 || BIO_dgram_sctp_msg_waiting(rbio) !== 1
  }

  delivered(epoch: number, sequence: number): void {
    this.#readSocket?.noteDelivered(epoch, sequence)
  }

  prepareKey(exporter: Exporter): void {
    const key = associationKey(exporter, (this.#ssl.settings.mode & SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG) !== 0)
    try {
      this.#command(BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY, key)
    } finally {
      wipe(key)
    }
  }

  activateKey(): void {
    this.#command(BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY)
  }

  retireKey(): void {
    this.#command(BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD)
  }

  get #readSocket(): AssociationSocket | null {
    const { rbio } = this.#ssl
    return rbio?.ptr instanceof SctpState ? rbio.ptr.association : null
  }

  get #bio(): BIO {
    const { wbio } = this.#ssl
    if (wbio === null) throw new ProtocolFailure('internal-error', { detail: 'the SCTP BIO was taken away' })
    return wbio
  }

  #command(command: number, key: Uint8Array | null = null): void {
    if (BIO_ctrl(this.#bio, command, key?.length ?? 0, key) >= 0) return
    throw new ProtocolFailure('internal-error', { detail: `SCTP-AUTH key: ${strerror(errno())}` })
  }
}

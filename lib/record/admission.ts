import { ContentType } from '../wire/registry.ts'
import type { DiscardReason } from './discard.ts'

/** What admission looks at: where the connection stands and how the record came. */
export interface AdmissionState {
  /** The epoch being read; 0 has no keys. */
  readonly epoch: number
  /** A handshake is under way, or has not begun. */
  readonly handshaking: boolean
}

/**
 * The one place that says which content may come now. In DTLS whatever is not admitted is dropped in silence, since
 * anybody can send it (RFC 6347 section 4.1.2.7); unprotected content is admitted only while there are no keys to ask for.
 */
export function admit(type: number, state: AdmissionState): DiscardReason | null {
  const protectedRecord = state.epoch > 0
  switch (type) {
    case ContentType.handshake:
      return protectedRecord || state.handshaking ? null : 'not-admitted'
    // A forged ChangeCipherSpec costs nothing: the machine asks for it only after the messages before it (pion/dtls#138).
    case ContentType.changeCipherSpec:
      return state.handshaking ? null : 'not-admitted'
    // A plaintext alert after the keys changed is anybody's (openssl/openssl#32622).
    case ContentType.alert:
      return protectedRecord || state.handshaking ? null : 'not-admitted'
    case ContentType.applicationData:
    case ContentType.heartbeat:
      return protectedRecord ? null : 'not-admitted'
    default:
      return 'unknown-content-type'
  }
}

import { Alert } from './alert.ts'

/**
 * Every way in which a connection can fail, with the alert that tells the peer (RFC 5246 section 7.2.2).
 * `null`: the failure is local and nothing is sent. This is the only place where a reason meets an alert.
 */
export const REASONS = {
  // The peer's fault: messages out of place or out of shape.
  'decode-error': Alert.decodeError,
  'length-mismatch': Alert.decodeError,
  'unexpected-message': Alert.unexpectedMessage,
  'excessive-message-size': Alert.illegalParameter,
  'record-too-small': Alert.decodeError,
  'record-overflow': Alert.recordOverflow,
  'unknown-alert-type': Alert.illegalParameter,
  // Where records come in a stream, what DTLS drops in silence ends the connection.
  'wrong-version-number': Alert.protocolVersion,
  'http-request': null,
  'https-proxy-request': null,
  'encrypted-length-too-long': Alert.recordOverflow,
  'packet-length-too-long': Alert.recordOverflow,
  'bad-record-mac': Alert.badRecordMac,
  'too-many-empty-records': Alert.unexpectedMessage,
  'unexpected-record': Alert.unexpectedMessage,
  'unexpected-first-record': Alert.unexpectedMessage,
  'invalid-alert': Alert.unexpectedMessage,
  'change-cipher-spec-early': Alert.unexpectedMessage,
  'bad-change-cipher-spec': Alert.unexpectedMessage,
  'data-before-finished': Alert.unexpectedMessage,
  'data-after-close': null,
  'too-many-warn-alerts': Alert.unexpectedMessage,
  // Negotiation.
  'unsupported-protocol': Alert.protocolVersion,
  'wrong-version': Alert.protocolVersion,
  'version-too-low': Alert.protocolVersion,
  'no-protocols-available': Alert.protocolVersion,
  'inappropriate-fallback': Alert.inappropriateFallback,
  'no-shared-cipher': Alert.handshakeFailure,
  'no-ciphers-available': Alert.internalError,
  'unknown-cipher-returned': Alert.illegalParameter,
  'wrong-cipher-returned': Alert.illegalParameter,
  'no-ciphers-specified': Alert.illegalParameter,
  'error-in-received-cipher-list': Alert.decodeError,
  'no-compression-specified': Alert.decodeError,
  'compression-disabled': Alert.illegalParameter,
  'no-shared-groups': Alert.handshakeFailure,
  'wrong-curve': Alert.illegalParameter,
  'bad-ecpoint': Alert.illegalParameter,
  'bad-dh-value': Alert.illegalParameter,
  'dh-key-too-small': Alert.handshakeFailure,
  'no-shared-signature-algorithms': Alert.handshakeFailure,
  'no-suitable-signature-algorithm': Alert.internalError,
  'legacy-signature-disallowed': Alert.internalError,
  'wrong-signature-type': Alert.illegalParameter,
  'wrong-certificate-type': Alert.illegalParameter,
  'bad-extension': Alert.decodeError,
  'unsolicited-extension': Alert.unsupportedExtension,
  'bad-server-name': Alert.unrecognizedName,
  'no-application-protocol': Alert.noApplicationProtocol,
  'bad-alpn': Alert.illegalParameter,
  'bad-max-fragment-length': Alert.illegalParameter,
  'bad-srtp-profiles': Alert.decodeError,
  'bad-srtp-mki': Alert.decodeError,
  'renegotiation-encoding-err': Alert.decodeError,
  'renegotiation-mismatch': Alert.handshakeFailure,
  'unsafe-legacy-renegotiation': Alert.handshakeFailure,
  'scsv-received-when-renegotiating': Alert.handshakeFailure,
  'no-renegotiation': Alert.handshakeFailure,
  'inconsistent-extended-master-secret': Alert.handshakeFailure,
  'attempt-to-reuse-session-in-different-context': Alert.illegalParameter,
  'session-id-too-long': Alert.illegalParameter,
  'old-session-version-not-returned': Alert.protocolVersion,
  'old-session-cipher-not-returned': Alert.illegalParameter,
  'session-id-context-uninitialized': Alert.internalError,
  'required-cipher-missing': Alert.illegalParameter,
  'session-id-callback-failed': Alert.internalError,
  'session-id-has-bad-length': Alert.internalError,
  'session-id-conflict': Alert.internalError,
  // Authentication and key exchange.
  'certificate-verify-failed': Alert.certificateUnknown,
  'bad-certificate': Alert.badCertificate,
  'bad-ecc-cert': Alert.handshakeFailure,
  'certificate-length-mismatch': Alert.decodeError,
  'peer-did-not-return-a-certificate': Alert.handshakeFailure,
  'unable-to-find-public-key': Alert.internalError,
  // This side's own certificates, which the security level forbids.
  'ee-key-too-small': Alert.internalError,
  'ca-key-too-small': Alert.internalError,
  'ca-md-too-weak': Alert.internalError,
  'unsupported-status-type': Alert.decodeError,
  'invalid-status-response': Alert.badCertificateStatusResponse,
  'bad-rsa-encrypt': Alert.internalError,
  'bad-signature': Alert.decryptError,
  'bad-digest-length': Alert.decodeError,
  'digest-check-failed': Alert.decryptError,
  'psk-identity-not-found-client': Alert.handshakeFailure,
  'psk-identity-not-found-server': Alert.unknownPskIdentity,
  'data-length-too-long': Alert.handshakeFailure,
  'cookie-mismatch': Alert.handshakeFailure,
  'cookie-gen-callback-failure': null,
  // What the application or a callback decided.
  'callback-failed': Alert.internalError,
  'certificate-callback': Alert.internalError,
  'status-callback-client': Alert.internalError,
  'status-callback-server': Alert.internalError,
  // Local.
  'read-timeout-expired': null,
  'mtu-too-small': null,
  'exceeds-max-fragment-size': Alert.internalError,
  'internal-error': Alert.internalError,
  'alert-received': null,
  'unexpected-eof': Alert.decodeError,
  'read-bio-not-set': Alert.internalError,
  'bad-write-retry': null,
  'bad-write-length': null,
} as const satisfies Record<string, number | null>

export type Reason = keyof typeof REASONS

/**
 * Ends a handshake or a connection. Thrown inside the engine, caught in one place by the connection: it never passes it.
 * `alert` is what the peer is told; `description` is set when the reason is an alert that the peer sent.
 */
export class ProtocolFailure extends Error {
  readonly reason: Reason
  readonly alert: number | null
  /** The alert description received, with reason `alert-received`. */
  readonly received: number | null

  constructor(reason: Reason, options: { alert?: number | null; detail?: string; received?: number } = {}) {
    super(options.detail ?? reason)
    this.name = 'ProtocolFailure'
    this.reason = reason
    this.alert = options.alert === undefined ? REASONS[reason] : options.alert
    this.received = options.received ?? null
  }
}

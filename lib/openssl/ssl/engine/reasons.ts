import type { ProtocolFailure, Reason } from '../../../base/failure.ts'
import type { GateFault } from '../../../handshake/hello-gate.ts'
import { ERR_LIB_SSL, ERR_R_ASN1_LIB, ERR_R_INTERNAL_ERROR } from '../../constants/err.ts'
import { SSL_AD_REASON_OFFSET } from '../../constants/ssl.ts'
import * as R from '../../constants/sslerr.ts'
import { raise } from '../../err/raise.ts'

/** Queues what ended a connection, in libssl's words; nothing for failures that libssl does not name. */
export function raiseFailure(failure: ProtocolFailure): void {
  if (failure.received !== null) {
    raise(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + failure.received, `SSL alert number ${failure.received}`)
    return
  }
  const reason = REASON_CODES[failure.reason]
  // The one that libssl explains beforehand.
  if (failure.reason === 'bad-ecc-cert') raise(ERR_LIB_SSL, R.SSL_R_ECC_CERT_NOT_FOR_SIGNING)
  if (reason !== null) raise(ERR_LIB_SSL, reason, failure.message === failure.reason ? null : failure.message)
}

/** Whom such a failure stops was reading a record; whom another stops was thinking about a message. */
export function stopsReading({ reason }: ProtocolFailure): boolean {
  return RECORD_FAILURES.has(reason)
}

/** Queues why DTLSv1_listen dropped a datagram. */
export function raiseGateFault(fault: GateFault): void {
  raise(ERR_LIB_SSL, GATE_CODES[fault])
}

/** Where the engine's reasons meet libssl's. Null: libssl queues nothing. */
const REASON_CODES: Readonly<Record<Reason, number | null>> = {
  'decode-error': R.SSL_R_LENGTH_MISMATCH,
  'length-mismatch': R.SSL_R_LENGTH_MISMATCH,
  'unexpected-message': R.SSL_R_UNEXPECTED_MESSAGE,
  'excessive-message-size': R.SSL_R_EXCESSIVE_MESSAGE_SIZE,
  'record-too-small': R.SSL_R_RECORD_TOO_SMALL,
  'record-overflow': R.SSL_R_DATA_LENGTH_TOO_LONG,
  'unknown-alert-type': R.SSL_R_UNKNOWN_ALERT_TYPE,
  'too-many-warn-alerts': R.SSL_R_TOO_MANY_WARN_ALERTS,
  'wrong-version-number': R.SSL_R_WRONG_VERSION_NUMBER,
  'http-request': R.SSL_R_HTTP_REQUEST,
  'https-proxy-request': R.SSL_R_HTTPS_PROXY_REQUEST,
  'packet-length-too-long': R.SSL_R_PACKET_LENGTH_TOO_LONG,
  'encrypted-length-too-long': R.SSL_R_ENCRYPTED_LENGTH_TOO_LONG,
  'bad-record-mac': R.SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
  'too-many-empty-records': R.SSL_R_RECORD_TOO_SMALL,
  'unexpected-record': R.SSL_R_UNEXPECTED_RECORD,
  'unexpected-first-record': R.SSL_R_UNEXPECTED_MESSAGE,
  'invalid-alert': R.SSL_R_INVALID_ALERT,
  'change-cipher-spec-early': R.SSL_R_CCS_RECEIVED_EARLY,
  'bad-change-cipher-spec': R.SSL_R_BAD_CHANGE_CIPHER_SPEC,
  'data-before-finished': R.SSL_R_DATA_BETWEEN_CCS_AND_FINISHED,
  'data-after-close': R.SSL_R_APPLICATION_DATA_AFTER_CLOSE_NOTIFY,
  'unsupported-protocol': R.SSL_R_UNSUPPORTED_PROTOCOL,
  'wrong-version': R.SSL_R_WRONG_SSL_VERSION,
  'version-too-low': R.SSL_R_VERSION_TOO_LOW,
  'no-protocols-available': R.SSL_R_NO_PROTOCOLS_AVAILABLE,
  'inappropriate-fallback': R.SSL_R_INAPPROPRIATE_FALLBACK,
  'no-shared-cipher': R.SSL_R_NO_SHARED_CIPHER,
  'no-ciphers-available': R.SSL_R_NO_CIPHERS_AVAILABLE,
  'unknown-cipher-returned': R.SSL_R_UNKNOWN_CIPHER_RETURNED,
  'wrong-cipher-returned': R.SSL_R_WRONG_CIPHER_RETURNED,
  'no-ciphers-specified': R.SSL_R_NO_CIPHERS_SPECIFIED,
  'error-in-received-cipher-list': R.SSL_R_ERROR_IN_RECEIVED_CIPHER_LIST,
  'no-compression-specified': R.SSL_R_NO_COMPRESSION_SPECIFIED,
  'compression-disabled': R.SSL_R_COMPRESSION_DISABLED,
  'no-shared-groups': R.SSL_R_NO_SHARED_GROUPS,
  'wrong-curve': R.SSL_R_WRONG_CURVE,
  'bad-ecpoint': R.SSL_R_BAD_ECPOINT,
  'bad-dh-value': R.SSL_R_BAD_DH_VALUE,
  'dh-key-too-small': R.SSL_R_DH_KEY_TOO_SMALL,
  'no-shared-signature-algorithms': R.SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
  'no-suitable-signature-algorithm': R.SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
  'legacy-signature-disallowed': R.SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED,
  'wrong-signature-type': R.SSL_R_WRONG_SIGNATURE_TYPE,
  'wrong-certificate-type': R.SSL_R_WRONG_CERTIFICATE_TYPE,
  'bad-extension': R.SSL_R_BAD_EXTENSION,
  'unsolicited-extension': R.SSL_R_UNSOLICITED_EXTENSION,
  'bad-server-name': R.SSL_R_BAD_EXTENSION,
  'no-application-protocol': R.SSL_R_NO_APPLICATION_PROTOCOL,
  'bad-alpn': R.SSL_R_BAD_EXTENSION,
  'bad-max-fragment-length': R.SSL_R_SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH,
  'bad-srtp-profiles': R.SSL_R_BAD_SRTP_PROTECTION_PROFILE_LIST,
  'bad-srtp-mki': R.SSL_R_BAD_SRTP_MKI_VALUE,
  'renegotiation-encoding-err': R.SSL_R_RENEGOTIATION_ENCODING_ERR,
  'renegotiation-mismatch': R.SSL_R_RENEGOTIATION_MISMATCH,
  'unsafe-legacy-renegotiation': R.SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
  'scsv-received-when-renegotiating': R.SSL_R_SCSV_RECEIVED_WHEN_RENEGOTIATING,
  'no-renegotiation': R.SSL_R_NO_RENEGOTIATION,
  'inconsistent-extended-master-secret': R.SSL_R_INCONSISTENT_EXTMS,
  'attempt-to-reuse-session-in-different-context': R.SSL_R_ATTEMPT_TO_REUSE_SESSION_IN_DIFFERENT_CONTEXT,
  'session-id-too-long': R.SSL_R_SSL3_SESSION_ID_TOO_LONG,
  'old-session-version-not-returned': R.SSL_R_SSL_SESSION_VERSION_MISMATCH,
  'old-session-cipher-not-returned': R.SSL_R_OLD_SESSION_CIPHER_NOT_RETURNED,
  'session-id-context-uninitialized': R.SSL_R_SESSION_ID_CONTEXT_UNINITIALIZED,
  'required-cipher-missing': R.SSL_R_REQUIRED_CIPHER_MISSING,
  'session-id-callback-failed': R.SSL_R_SSL_SESSION_ID_CALLBACK_FAILED,
  'session-id-has-bad-length': R.SSL_R_SSL_SESSION_ID_HAS_BAD_LENGTH,
  'session-id-conflict': R.SSL_R_SSL_SESSION_ID_CONFLICT,
  'certificate-verify-failed': R.SSL_R_CERTIFICATE_VERIFY_FAILED,
  'bad-certificate': ERR_R_ASN1_LIB,
  'bad-ecc-cert': R.SSL_R_BAD_ECC_CERT,
  'certificate-length-mismatch': R.SSL_R_CERT_LENGTH_MISMATCH,
  'peer-did-not-return-a-certificate': R.SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
  'unable-to-find-public-key': R.SSL_R_UNABLE_TO_FIND_PUBLIC_KEY_PARAMETERS,
  'ee-key-too-small': R.SSL_R_EE_KEY_TOO_SMALL,
  'ca-key-too-small': R.SSL_R_CA_KEY_TOO_SMALL,
  'ca-md-too-weak': R.SSL_R_CA_MD_TOO_WEAK,
  'unsupported-status-type': R.SSL_R_UNSUPPORTED_STATUS_TYPE,
  'invalid-status-response': R.SSL_R_INVALID_STATUS_RESPONSE,
  'bad-rsa-encrypt': R.SSL_R_BAD_RSA_ENCRYPT,
  'bad-signature': R.SSL_R_BAD_SIGNATURE,
  'bad-digest-length': R.SSL_R_BAD_DIGEST_LENGTH,
  'digest-check-failed': R.SSL_R_DIGEST_CHECK_FAILED,
  'psk-identity-not-found-client': R.SSL_R_PSK_IDENTITY_NOT_FOUND,
  'psk-identity-not-found-server': R.SSL_R_PSK_IDENTITY_NOT_FOUND,
  'data-length-too-long': R.SSL_R_DATA_LENGTH_TOO_LONG,
  'cookie-mismatch': R.SSL_R_COOKIE_MISMATCH,
  'cookie-gen-callback-failure': R.SSL_R_COOKIE_GEN_CALLBACK_FAILURE,
  'callback-failed': R.SSL_R_CALLBACK_FAILED,
  'certificate-callback': R.SSL_R_CERT_CB_ERROR,
  'status-callback-client': R.SSL_R_OCSP_CALLBACK_FAILURE,
  'status-callback-server': R.SSL_R_CLIENTHELLO_TLSEXT,
  'read-timeout-expired': R.SSL_R_READ_TIMEOUT_EXPIRED,
  'mtu-too-small': null,
  'exceeds-max-fragment-size': R.SSL_R_EXCEEDS_MAX_FRAGMENT_SIZE,
  'internal-error': ERR_R_INTERNAL_ERROR,
  'alert-received': null,
  'unexpected-eof': R.SSL_R_UNEXPECTED_EOF_WHILE_READING,
  'read-bio-not-set': R.SSL_R_READ_BIO_NOT_SET,
  'bad-write-retry': R.SSL_R_BAD_WRITE_RETRY,
  'bad-write-length': R.SSL_R_BAD_LENGTH,
}

const RECORD_FAILURES: ReadonlySet<Reason> = new Set<Reason>([
  'alert-received',
  'no-renegotiation',
  'wrong-version-number',
  'http-request',
  'https-proxy-request',
  'packet-length-too-long',
  'encrypted-length-too-long',
  'record-overflow',
  'bad-record-mac',
  'too-many-empty-records',
  'unexpected-record',
  'unexpected-first-record',
  'invalid-alert',
  'unknown-alert-type',
  'too-many-warn-alerts',
  'change-cipher-spec-early',
  'data-before-finished',
])

const GATE_CODES: Readonly<Record<GateFault, number>> = {
  'record-too-small': R.SSL_R_RECORD_TOO_SMALL,
  'length-mismatch': R.SSL_R_LENGTH_MISMATCH,
  'unexpected-message': R.SSL_R_UNEXPECTED_MESSAGE,
  'bad-protocol-version-number': R.SSL_R_BAD_PROTOCOL_VERSION_NUMBER,
  'invalid-sequence-number': R.SSL_R_INVALID_SEQUENCE_NUMBER,
  'fragmented-client-hello': R.SSL_R_FRAGMENTED_CLIENT_HELLO,
  'cookie-gen-callback-failure': R.SSL_R_COOKIE_GEN_CALLBACK_FAILURE,
}

import { ERR_error_string, ERR_get_error, ERR_reason_error_string } from 'openssl-shim'

/**
 * Takes the error queue: a line for each error, OpenSSL's text and the names that BoringSSL, and so the runner, has for what
 * OpenSSL says there. The runner's own map knows one name for each of BoringSSL's; it often takes several.
 */
export function takeErrors(): string {
  let text = ''
  for (let error = ERR_get_error(); error !== 0; error = ERR_get_error()) {
    const reason = ERR_reason_error_string(error) ?? ''
    const names = [reason.toUpperCase().replaceAll(/[ /]/g, '_'), ...(ALSO[reason] ?? [])]
    text += `${ERR_error_string(error)} = ${names.map(name => `:${name}:`).join(' ')}\n`
  }
  return text
}

/** What OpenSSL's reasons are called in BoringSSL, where that is not the same in capital letters. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'ASN1 lib': ['CANNOT_PARSE_LEAF_CERT'],
  'bad digest length': ['DIGEST_CHECK_FAILED'],
  'application data after close notify': ['APPLICATION_DATA_ON_SHUTDOWN'],
  'bad change cipher spec': ['EXCESS_HANDSHAKE_DATA'],
  'bad extension': ['DUPLICATE_EXTENSION', 'ERROR_PARSING_EXTENSION', 'INVALID_ALPN_PROTOCOL', 'PARSE_TLSEXT'],
  'callback failed': ['CERT_CB_ERROR', 'CONNECTION_REJECTED'],
  'ccs received early': ['UNEXPECTED_RECORD'],
  'cert length mismatch': ['DECODE_ERROR'],
  'compression disabled': ['UNSUPPORTED_COMPRESSION_ALGORITHM'],
  'data between ccs and finished': ['UNEXPECTED_RECORD'],
  'excessive message size': ['DECODE_ERROR'],
  'inconsistent extms': [
    'RENEGOTIATION_EMS_MISMATCH',
    'RESUMED_EMS_SESSION_WITHOUT_EMS_EXTENSION',
    'RESUMED_NON_EMS_SESSION_WITH_EMS_EXTENSION',
  ],
  'internal error': ['INVALID_ALPN_PROTOCOL'],
  'clienthello tlsext': ['OCSP_CB_ERROR'],
  'invalid alert': ['BAD_ALERT'],
  'invalid status response': ['OCSP_CB_ERROR'],
  'legacy sigalg disallowed or unsupported': ['PEER_ERROR_UNSUPPORTED_CERTIFICATE_TYPE'],
  'length mismatch': ['CLIENTHELLO_PARSE_FAILED', 'DECODE_ERROR'],
  'no compression specified': ['INVALID_COMPRESSION_LIST'],
  'error in received cipher list': ['ERROR_IN_RECEIVED_CIPHER_LIST', 'DECODE_ERROR'],
  'no shared cipher': ['NO_COMMON_SIGNATURE_ALGORITHMS'],
  'no shared signature algorithms': ['NO_COMMON_SIGNATURE_ALGORITHMS', 'NO_SHARED_CIPHER'],
  'no protocols available': ['NO_SUPPORTED_VERSIONS_ENABLED', 'UNSUPPORTED_PROTOCOL', 'WRONG_SSL_VERSION'],
  'packet length too long': ['ENCRYPTED_LENGTH_TOO_LONG'],
  'record too small': ['TOO_MANY_EMPTY_FRAGMENTS'],
  'renegotiation encoding err': ['ERROR_PARSING_EXTENSION', 'RENEGOTIATION_MISMATCH'],
  'ssl session version mismatch': ['OLD_SESSION_VERSION_NOT_RETURNED'],
  'sslv3 alert handshake failure': ['HANDSHAKE_FAILURE_ON_CLIENT_HELLO'],
  // A client without a signature algorithm in common sends no certificate.
  'sslv3 alert bad certificate': ['NO_COMMON_SIGNATURE_ALGORITHMS'],
  'too many warn alerts': ['TOO_MANY_WARNING_ALERTS'],
  'unexpected message': [
    'APPLICATION_DATA_INSTEAD_OF_HANDSHAKE',
    'BAD_HELLO_REQUEST',
    'EXCESS_HANDSHAKE_DATA',
    'UNEXPECTED_RECORD',
    'WRONG_VERSION_NUMBER',
  ],
  'wrong curve': ['BAD_ECC_CERT'],
  'unknown cipher returned': ['WRONG_CIPHER_RETURNED'],
  'unsafe legacy renegotiation disabled': ['RENEGOTIATION_MISMATCH'],
  'unsolicited extension': ['UNEXPECTED_EXTENSION'],
  'version too low': ['UNSUPPORTED_PROTOCOL'],
}

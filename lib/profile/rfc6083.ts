import { utf8 } from '../base/bytes.ts'
import type { Exporter } from '../handshake/association.ts'
import { ASSOCIATION_KEY_LENGTH } from './association-keys.ts'

/**
 * The key that an association takes from a master secret (RFC 6083 section 4.8): 64 bytes, the caller's to wipe.
 * @param withZero - the label ends with a zero byte, as OpenSSL before 1.1.1b had it (openssl/openssl#7956)
 */
export function associationKey(exporter: Exporter, withZero: boolean): Uint8Array {
  return exporter(withZero ? LABEL_WITH_ZERO : LABEL, ASSOCIATION_KEY_LENGTH)
}

const LABEL = utf8('EXPORTER_DTLS_OVER_SCTP')
const LABEL_WITH_ZERO = utf8('EXPORTER_DTLS_OVER_SCTP\0')

import { TLS13_CCM_SUITES, TLS13_SUITES, type Tls13Suite } from '../../../../crypto/suites.ts'
import { elements } from './elements.ts'

/**
 * Reads a list of TLS 1.3 suites (`SSL_CTX_set_ciphersuites`): IANA names with colons between, kept in their order.
 * The empty text is the empty list. Names that are not known are passed over; null, and `SSL_R_NO_CIPHER_MATCH` is queued,
 * when there was nothing else. TLS 1.2 names count as unknown here (OpenSSL lets them in and then offers them first).
 */
export function parseCiphersuites(text: string): Tls13Suite[] | null {
  if (text === '') return []
  const suites = elements(text).flatMap(name => byName.get(name) ?? [])
  return suites.length > 0 ? suites : null
}

const byName = new Map([...TLS13_SUITES, ...TLS13_CCM_SUITES].map(suite => [suite.name, suite]))

import { CRYPTO_EX_INDEX_SSL } from '../constants/crypto.ts'
import { CRYPTO_dup_ex_data } from '../ex-data.ts'
import { X509_VERIFY_PARAM_inherit } from '../x509/store/verify-param.ts'
import { adoptCertificates } from './certificates/adopt.ts'
import { SSL_set_accept_state, SSL_set_connect_state } from './handshake.ts'
import { SSL_free, SSL_new } from './new-free.ts'
import { liveSsl } from './owner.ts'
import { SSL_set_session } from './sessions/use.ts'
import type { Settings } from './settings.ts'
import type { SSL } from './ssl.ts'

/**
 * Before a handshake: another connection with the same settings, certificates, session and ex_data, without the BIOs. Later:
 * the same connection with one more reference (SSL_dup(3)).
 * @returns null when a callback refuses to copy its value
 */
export function SSL_dup(s: SSL): SSL | null {
  const ssl = liveSsl(s)
  if ((ssl.connection?.state ?? 'before') !== 'before') return ssl.addReference()
  const copy = SSL_new(ssl.ctx)
  if (copy === null) return null
  copy.method = ssl.method
  adoptCertificates(copy.settings, ssl.settings)
  copySettings(copy.settings, ssl.settings)
  if (ssl.session !== null) SSL_set_session(copy, ssl.session)
  if (!CRYPTO_dup_ex_data(CRYPTO_EX_INDEX_SSL, copy.exData, ssl.exData)) {
    SSL_free(copy)
    return null
  }
  if (ssl.role === 'server') SSL_set_accept_state(copy)
  if (ssl.role === 'client') SSL_set_connect_state(copy)
  copy.shutdown = ssl.shutdown
  return copy
}

/** What OpenSSL copies besides; the rest is that of the context. */
function copySettings(copy: Settings, source: Settings): void {
  copy.options = source.options
  copy.minVersion = source.minVersion
  copy.maxVersion = source.maxVersion
  copy.mode = source.mode
  copy.maxCertList = source.maxCertList
  copy.readAhead = source.readAhead
  copy.msgCallback = source.msgCallback
  copy.msgCallbackArg = source.msgCallbackArg
  copy.verifyMode = source.verifyMode
  copy.verifyCallback = source.verifyCallback
  copy.generateSessionId = source.generateSessionId
  copy.infoCallback = source.infoCallback
  copy.passwordCallback = source.passwordCallback
  copy.passwordUserdata = source.passwordUserdata
  copy.sessionIdContext = source.sessionIdContext
  copy.suites = source.suites
  copy.tls13Suites = source.tls13Suites
  copy.clientCaNames = source.clientCaNames
  copy.caNames = source.caNames
  X509_VERIFY_PARAM_inherit(copy.param, source.param)
  copy.param.depth = source.param.depth
}

import { SessionCache } from '../../session/cache.ts'
import type { TicketKeys } from '../../session/ticket.ts'
import { Counted } from '../boundary.ts'
import { SSL_SESS_CACHE_SERVER, SSL_SESSION_CACHE_MAX_SIZE_DEFAULT } from '../constants/ssl.ts'
import { CRYPTO_EX_DATA } from '../ex-data.ts'
import type { X509_STORE } from '../x509/store/store.ts'
import type { X509 } from '../x509/x509.ts'
import type {
  SSL_CTX_alpn_select_cb_func,
  SSL_CTX_decrypt_session_ticket_fn,
  SSL_CTX_generate_session_ticket_fn,
  SSL_CTX_keylog_cb_func,
  SSL_CTX_remove_session_cb,
  SSL_cert_verify_cb,
  SSL_client_cert_cb,
  SSL_client_hello_cb_fn,
  SSL_cookie_generate_cb,
  SSL_cookie_verify_cb,
  SSL_get_session_cb,
  SSL_new_session_cb,
  SSL_servername_cb,
  SSL_status_cb,
  SSL_ticket_key_cb,
  SSL_ticket_key_evp_cb,
} from './callbacks.ts'
import type { SRTP_PROTECTION_PROFILE } from './extensions/srtp.ts'
import type { SSL_METHOD } from './method.ts'
import { Settings } from './settings.ts'

/** What SSL_CTX_sess_number(3) and its kin count. */
export class SessionStatistics {
  connect = 0
  connectGood = 0
  connectRenegotiate = 0
  accept = 0
  acceptGood = 0
  acceptRenegotiate = 0
  hits = 0
  callbackHits = 0
  misses = 0
  timeouts = 0
  cacheFull = 0
}

/** What connections have in common (SSL_CTX_new(3)). */
export class SSL_CTX extends Counted {
  method: SSL_METHOD
  /** What each new SSL takes a copy of. */
  readonly settings = new Settings()
  certStore: X509_STORE
  /** SSL_CTX_add_extra_chain_cert: sent after every certificate that has no chain of its own. */
  extraChain: X509[] | null = null
  cookieGenerate: SSL_cookie_generate_cb | null = null
  cookieVerify: SSL_cookie_verify_cb | null = null
  certVerifyCallback: SSL_cert_verify_cb | null = null
  certVerifyArg: unknown = null
  clientCertCallback: SSL_client_cert_cb | null = null
  clientHelloCallback: SSL_client_hello_cb_fn | null = null
  clientHelloArg: unknown = null
  servernameCallback: SSL_servername_cb | null = null
  servernameArg: unknown = null
  alpnSelectCallback: SSL_CTX_alpn_select_cb_func | null = null
  alpnSelectArg: unknown = null
  statusCallback: SSL_status_cb | null = null
  statusArg: unknown = null
  /** RFC 5764; null: SSL_CTX_set_tlsext_use_srtp was not called. */
  srtpProfiles: SRTP_PROTECTION_PROFILE[] | null = null
  keylogCallback: SSL_CTX_keylog_cb_func | null = null
  sessionCacheMode = SSL_SESS_CACHE_SERVER
  readonly sessions = new SessionCache(SSL_SESSION_CACHE_MAX_SIZE_DEFAULT)
  readonly stats = new SessionStatistics()
  /** Seconds. */
  sessionTimeout = 7200
  newSessionCallback: SSL_new_session_cb | null = null
  removeSessionCallback: SSL_CTX_remove_session_cb | null = null
  getSessionCallback: SSL_get_session_cb | null = null
  /** Made when they are first needed. */
  ticketKeys: TicketKeys | null = null
  ticketKeyCallback: SSL_ticket_key_cb | null = null
  ticketKeyEvpCallback: SSL_ticket_key_evp_cb | null = null
  generateTicketCallback: SSL_CTX_generate_session_ticket_fn | null = null
  decryptTicketCallback: SSL_CTX_decrypt_session_ticket_fn | null = null
  ticketCallbackArg: unknown = null
  readonly exData = new CRYPTO_EX_DATA()

  constructor(method: SSL_METHOD, certStore: X509_STORE) {
    super()
    this.method = method
    this.certStore = certStore
  }
}

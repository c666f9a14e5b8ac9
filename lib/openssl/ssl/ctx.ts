import { Counted } from '../boundary.ts'
import { SSL_SESS_CACHE_SERVER } from '../constants/ssl.ts'
import { CRYPTO_EX_DATA } from '../ex-data.ts'
import type { X509_STORE } from '../x509/store.ts'
import type { X509 } from '../x509/x509.ts'
import type {
  SSL_CTX_alpn_select_cb_func,
  SSL_CTX_keylog_cb_func,
  SSL_cert_verify_cb,
  SSL_client_cert_cb,
  SSL_client_hello_cb_fn,
  SSL_cookie_generate_cb,
  SSL_cookie_verify_cb,
  SSL_servername_cb,
} from './callbacks.ts'
import type { SSL_METHOD } from './method.ts'
import { Settings } from './settings.ts'

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
  keylogCallback: SSL_CTX_keylog_cb_func | null = null
  sessionCacheMode = SSL_SESS_CACHE_SERVER
  sessionCacheSize = 20480
  /** Seconds. */
  sessionTimeout = 7200
  readonly exData = new CRYPTO_EX_DATA()

  constructor(method: SSL_METHOD, certStore: X509_STORE) {
    super()
    this.method = method
    this.certStore = certStore
  }
}

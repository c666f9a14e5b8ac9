import type { DhParameters } from '../../crypto/dh.ts'
import type { CipherSuite, Tls13Suite } from '../../crypto/suites.ts'
import { TLS13_SUITES } from '../../crypto/suites.ts'
import { SSL_MODE_AUTO_RETRY, SSL_OP_ENABLE_MIDDLEBOX_COMPAT, SSL_OP_NO_COMPRESSION } from '../constants/ssl.ts'
import type { X509_NAME } from '../x509/names/name.ts'
import type { X509_STORE } from '../x509/store/store.ts'
import { X509_VERIFY_PARAM, X509_VERIFY_PARAM_inherit } from '../x509/store/verify-param.ts'
import { parseCipherList } from './algorithms/lists/cipher-list.ts'
import { DEFAULT_SECURITY_LEVEL } from './algorithms/lists/security.ts'
import type {
  DTLS_timer_cb,
  GEN_SESSION_CB,
  pem_password_cb,
  SSL_cert_cb,
  SSL_info_cb,
  SSL_msg_cb,
  SSL_not_resumable_session_cb,
  SSL_psk_client_cb_func,
  SSL_psk_find_session_cb_func,
  SSL_psk_server_cb_func,
  SSL_psk_use_session_cb_func,
  SSL_security_cb,
  SSL_tmp_dh_cb,
  SSL_verify_cb,
} from './callbacks.ts'
import { CERT } from './certificates/cert.ts'

/** What an SSL takes over from its SSL_CTX when it is made, and may then change for itself. */
export class Settings {
  options = SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_MIDDLEBOX_COMPAT
  mode = SSL_MODE_AUTO_RETRY
  /** Version numbers of the wire; 0: no bound. */
  minVersion = 0
  maxVersion = 0
  suites: readonly CipherSuite[] = DEFAULT_LIST.suites
  tls13Suites: readonly Tls13Suite[] = TLS13_SUITES
  /** Suite B flags of the cipher list, which every later list obeys. */
  suiteB: 0 | 0x10000 | 0x20000 | 0x30000 = 0
  /** SSL_CERT_FLAG_* without those of Suite B. */
  certFlags = 0
  securityLevel = DEFAULT_SECURITY_LEVEL
  securityCallback: SSL_security_cb | null = null
  securityExData: unknown = null
  /** Group numbers of the wire; null: the default list. */
  groups: readonly number[] | null = null
  /** Scheme numbers of the wire; null: the default list of the security level. */
  signatureSchemes: readonly number[] | null = null
  clientSignatureSchemes: readonly number[] | null = null
  verifyMode = 0
  verifyCallback: SSL_verify_cb | null = null
  readonly param: X509_VERIFY_PARAM
  cert: CERT
  /** Stores for the chain that is sent and for the peer's chain, when they differ from the context's. */
  chainStore: X509_STORE | null = null
  verifyStore: X509_STORE | null = null
  /** Names for a CertificateRequest; null on a connection: the context's. */
  clientCaNames: X509_NAME[] | null = []
  caNames: X509_NAME[] | null = []
  /** SSL_CTX_set1_client_certificate_types: a byte each; null: what the signature algorithms allow. */
  certificateTypes: readonly number[] | null = null
  certCallback: SSL_cert_cb | null = null
  certCallbackArg: unknown = null
  dhAuto = 0
  dhParameters: DhParameters | null = null
  dhCallback: SSL_tmp_dh_cb | null = null
  pskClientCallback: SSL_psk_client_cb_func | null = null
  pskServerCallback: SSL_psk_server_cb_func | null = null
  pskIdentityHint: string | null = null
  /** The list of the wire: length-prefixed names. */
  alpnProtos: Uint8Array | null = null
  /** RFC 6066 section 4: 0 or a code from 1 to 4. */
  maxFragmentLength = 0
  /** RFC 6066 section 8: TLSEXT_STATUSTYPE_ocsp, or -1 for nothing. */
  statusType = -1
  /** Bytes of plaintext a record (SSL_CTX_set_max_send_fragment), 512 to 16384. */
  maxSendFragment = 16384
  /** Bytes (SSL_CTX_set_split_send_fragment): pipelines do not exist here, so it is only kept. */
  splitSendFragment = 16384
  /** Tickets that a TLS 1.3 server sends; only kept. */
  numTickets = 2
  maxCertList = 102400
  recordPaddingArg: unknown = null
  /** TLSEXT_cert_type_*; null: no list was set. */
  serverCertTypes: Uint8Array | null = null
  clientCertTypes: Uint8Array | null = null
  /** Of TLS 1.3; only kept. */
  pskUseSessionCallback: SSL_psk_use_session_cb_func | null = null
  pskFindSessionCallback: SSL_psk_find_session_cb_func | null = null
  readAhead = 0
  quietShutdown = 0
  sessionIdContext: Uint8Array = new Uint8Array(0)
  generateSessionId: GEN_SESSION_CB | null = null
  notResumableCallback: SSL_not_resumable_session_cb | null = null
  infoCallback: SSL_info_cb | null = null
  msgCallback: SSL_msg_cb | null = null
  msgCallbackArg: unknown = null
  timerCallback: DTLS_timer_cb | null = null
  passwordCallback: pem_password_cb | null = null
  passwordUserdata: unknown = null

  constructor(param = new X509_VERIFY_PARAM(), cert = new CERT()) {
    this.param = param
    this.cert = cert
  }

  clone(): Settings {
    const copy = new Settings(new X509_VERIFY_PARAM(), this.cert.clone())
    X509_VERIFY_PARAM_inherit(copy.param, this.param)
    const { param: _param, cert: _cert, ...rest } = this
    // What a connection has for itself, and looks up in its context until it does.
    const own = { clientCaNames: null, caNames: null, infoCallback: null }
    Object.assign(copy, rest, own)
    copy.chainStore?.addReference()
    copy.verifyStore?.addReference()
    return copy
  }
}

const DEFAULT_LIST = parseCipherList('DEFAULT') ?? { suites: [] }

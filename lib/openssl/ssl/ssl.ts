import type { Connection } from '../../connection/connection.ts'
import type { CertificateRequest } from '../../wire/messages/certificate-request.ts'
import type { ClientHello } from '../../wire/messages/client-hello.ts'
import type { BIO } from '../bio/bio.ts'
import { Counted } from '../boundary.ts'
import { SSL_NOTHING } from '../constants/ssl.ts'
import { X509_V_OK } from '../constants/x509-vfy.ts'
import { CRYPTO_EX_DATA } from '../ex-data.ts'
import type { X509_EXTENSION } from '../x509/extensions/extension-value.ts'
import type { OCSP_RESPID } from '../x509/ocsp/id.ts'
import type { X509 } from '../x509/x509.ts'
import type { SSL_tlsext_debug_cb, tls_session_secret_cb_fn, tls_session_ticket_ext_cb_fn } from './callbacks.ts'
import type { SSL_CTX } from './ctx.ts'
import type { UnfinishedWrite } from './engine/stream-write.ts'
import type { SRTP_PROTECTION_PROFILE } from './extensions/srtp.ts'
import type { Listener } from './listener/listener-core.ts'
import type { SSL_METHOD } from './method.ts'
import type { SSL_SESSION } from './sessions/session.ts'
import type { Settings } from './settings.ts'

/** One end of a connection (SSL_new(3)). The protocol is in `connection`; this is what OpenSSL's API remembers around it. */
export class SSL extends Counted {
  /** Changes with SSL_set_SSL_CTX, which a server name callback calls. */
  ctx: SSL_CTX
  /** The context that the object was made from; its callbacks stay. */
  readonly initialCtx: SSL_CTX
  method: SSL_METHOD
  settings: Settings
  /** Null until SSL_set_connect_state or SSL_set_accept_state decides, whatever the method. */
  role: 'client' | 'server' | null = null
  /** Null until the first call that needs it. */
  connection: Connection | null = null
  rbio: BIO | null = null
  wbio: BIO | null = null
  /** TLS: the SSL_write that was not finished. */
  unfinishedWrite: UnfinishedWrite | null = null
  /** Datagrams of a flight, or of close_notify, that the write BIO has not taken yet; of a stream whatever it has not. */
  outstanding: Uint8Array[] = []
  /** SSL_NOTHING, SSL_READING, ...: what the last call was after. Sticky, as in OpenSSL. */
  want: number = SSL_NOTHING
  /** SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN. */
  shutdown = 0
  /** The last warning alert received; 0, which is close_notify, at first. */
  lastWarning = 0
  /** What is in use, or to be resumed; with a reference. */
  session: SSL_SESSION | null = null
  /** A session that a callback has found, and its reference, until the handshake has decided about it. */
  foundSession: SSL_SESSION | null = null
  verifyResult: number = X509_V_OK
  /** What the peer showed, leaf first; null: nothing yet. */
  peerChain: X509[] | null = null
  /** The peer's chain was verified, or need not be: from now on its certificate is shown. */
  peerAccepted = false
  verifiedChain: X509[] | null = null
  /** Client: what the server asked for, if it did. */
  certificateRequest: CertificateRequest | null = null
  /** SSL_set_retry_verify was called by a callback that is running. */
  retryVerify = false
  /** Renegotiations that SSL_clear_num_renegotiations has counted off. */
  forgottenRenegotiations = 0
  /** CertificateRequests sent: SSL_VERIFY_CLIENT_ONCE wants no second one. */
  certificateRequests = 0
  /** The `HeartbeatMode` of the hellos; null: they say nothing of heartbeats. */
  heartbeat: 1 | 2 | null = null
  /** A call that handshakes is running, and tells of its end itself. */
  handshaking = false
  /** The deadline that the read BIO was told last, milliseconds of the system clock. */
  announcedDeadline: number | null = null
  /** Bytes of a datagram; 0: not known yet. */
  mtu = 0
  /** DTLS_set_link_mtu: bytes with the headers below UDP, until it is used. */
  linkMtu = 0
  /** The cookie that SSL_accept has sent. */
  cookie: Uint8Array | null = null
  serverName: string | null = null
  /** EAP-FAST: who has the master secret for a ticket. */
  sessionSecretCallback: tls_session_secret_cb_fn | null = null
  sessionSecretArg: unknown = null
  /** What a client sends as its ticket; data null: nothing at all. */
  ticketExtension: { readonly data: Uint8Array | null } | null = null
  ticketExtensionCallback: tls_session_ticket_ext_cb_fn | null = null
  ticketExtensionArg: unknown = null
  /** Null: those of the context. */
  srtpProfiles: SRTP_PROTECTION_PROFILE[] | null = null
  /** What a client asks with its status_request, or was asked with it on a server. */
  statusIds: OCSP_RESPID[] | null = null
  statusExtensions: X509_EXTENSION[] | null = null
  /** The OCSP response, to be sent or that came. */
  statusResponse: Uint8Array | null = null
  /** The ClientHello that a callback may look at now. */
  clientHello: ClientHello | null = null
  /** What the object is, for a listener; whom it was accepted from, for a connection of one. */
  listener: Listener | null = null
  tlsextDebugCallback: SSL_tlsext_debug_cb | null = null
  tlsextDebugArg: unknown = null
  readonly exData = new CRYPTO_EX_DATA()

  constructor(ctx: SSL_CTX, settings: Settings) {
    super()
    this.ctx = ctx
    this.initialCtx = ctx
    this.method = ctx.method
    this.settings = settings
  }

  /** As libssl counts, who has no role yet is a server, unless the method has only the other one. */
  get isServer(): boolean {
    return this.role === null ? this.method.role !== 'client' : this.role === 'server'
  }

  /** It takes in connections and is none itself. */
  get isListener(): boolean {
    return this.listener?.ssl === this
  }
}

import {
  BIO_CLOSE,
  BIO_new_socket,
  BIO_push,
  DTLS_method,
  DTLS_set_timer_cb,
  type SSL,
  type SSL_CTX,
  SSL_CTX_add_session,
  SSL_CTX_get_tlsext_ticket_keys,
  SSL_CTX_new,
  SSL_CTX_sessions,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_client_CA_list,
  SSL_CTX_set_options,
  SSL_CTX_set_session_cache_mode,
  SSL_CTX_set_session_id_context,
  SSL_CTX_set_tlsext_ticket_keys,
  SSL_MODE_ENABLE_PARTIAL_WRITE,
  SSL_MODE_SEND_FALLBACK_SCSV,
  SSL_new,
  SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION,
  SSL_OP_CIPHER_SERVER_PREFERENCE,
  SSL_OP_LEGACY_SERVER_CONNECT,
  SSL_OP_NO_QUERY_MTU,
  SSL_OP_NO_RENEGOTIATION,
  SSL_OP_NO_TICKET,
  SSL_OP_NO_TLSv1,
  SSL_OP_NO_TLSv1_1,
  SSL_OP_NO_TLSv1_2,
  SSL_OP_NO_TLSv1_3,
  SSL_OP_TLSEXT_PADDING,
  SSL_SESS_CACHE_BOTH,
  SSL_SESS_CACHE_NO_INTERNAL,
  SSL_SESSION_dup,
  SSL_set_accept_state,
  SSL_set_alpn_protos,
  SSL_set_bio,
  SSL_set_cert_cb,
  SSL_set_connect_state,
  SSL_set_max_cert_list,
  SSL_set_max_proto_version,
  SSL_set_max_send_fragment,
  SSL_set_min_proto_version,
  SSL_set_mode,
  SSL_set_mtu,
  SSL_set_options,
  SSL_set_psk_client_callback,
  SSL_set_psk_server_callback,
  SSL_set_quiet_shutdown,
  SSL_set_session,
  SSL_set_tlsext_host_name,
  SSL_set_tlsext_status_type,
  SSL_set_tlsext_use_srtp,
  SSL_set_verify,
  SSL_set1_client_sigalgs_list,
  SSL_set1_groups,
  SSL_set1_sigalgs_list,
  SSL_use_psk_identity_hint,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  TLS_method,
  TLSEXT_STATUSTYPE_ocsp,
} from 'openssl-shim'
import { groupNid, setPreferences } from './algorithms.ts'
import { AsyncBio, PacketedBio } from './bios.ts'
import { checkCertificateRequest, setCallbacks } from './callbacks.ts'
import { installCredentials } from './credentials.ts'
import { type Settings, Unimplemented } from './flags.ts'
import { check, type State } from './state.ts'

/**
 * The context of a connection. The one that resumes has another, with the sessions and ticket keys of the first.
 * @throws {Unimplemented} for a cipher list that OpenSSL cannot have
 */
export function newContext(state: State, before: SSL_CTX | null): SSL_CTX {
  const { settings } = state
  const ctx = SSL_CTX_new(settings.dtls ? DTLS_method() : TLS_method())
  check(ctx !== null, 'SSL_CTX_new')
  // The runner speaks of every version and of keys of any size, as BoringSSL does without being asked.
  const ciphers = (settings.cipher || DEFAULT_CIPHERS).replace('DEFAULT:NULL', `${DEFAULT_CIPHERS}:NULL`)
  if (SSL_CTX_set_cipher_list(ctx, `${ciphers}:@SECLEVEL=0`) !== 1) throw new Unimplemented(ciphers)
  if (settings.cipher !== '' || settings.serverPreference) SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE)
  const external = settings.async && settings.server
  SSL_CTX_set_session_cache_mode(ctx, external ? SSL_SESS_CACHE_BOTH | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_BOTH)
  SSL_CTX_set_session_id_context(ctx, Buffer.from('bogo'))
  if (before !== null) takeOver(ctx, before)
  if (settings.useClientCaList === '<NULL>') SSL_CTX_set_client_CA_list(ctx, null)
  else if (settings.useClientCaList === '<EMPTY>') SSL_CTX_set_client_CA_list(ctx, [])
  else if (settings.useClientCaList !== '') throw new Unimplemented('-use-client-ca-list')
  setCallbacks(ctx, state)
  return ctx
}

/** The connection itself, all that the settings ask for set. */
export function newConnection(ctx: SSL_CTX, state: State): SSL {
  const { settings } = state
  const ssl = SSL_new(ctx)
  check(ssl !== null, 'SSL_new')
  SSL_set_options(ssl, optionsOf(settings))
  if (settings.fallbackScsv) SSL_set_mode(ssl, SSL_MODE_SEND_FALLBACK_SCSV)
  if (settings.partialWrite) SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE)
  setAuthentication(ssl, state)
  setNegotiation(ssl, settings)
  setSizes(ssl, settings)
  if (settings.initialTimeoutDurationMs > 0)
    DTLS_set_timer_cb(ssl, (_ssl, last) => Math.min(last * 2 || settings.initialTimeoutDurationMs * 1000, 60_000_000))
  if (!settings.checkCloseNotify) SSL_set_quiet_shutdown(ssl, 1)
  if (settings.server) SSL_set_accept_state(ssl)
  else SSL_set_connect_state(ssl)
  if (!settings.server && state.offered !== null) check(SSL_set_session(ssl, state.offered) === 1, 'SSL_set_session')
  return ssl
}

/** The BIOs of a connection over a socket, which becomes theirs. */
export function attach(ssl: SSL, fd: number, state: State): void {
  let bio = BIO_new_socket(fd, BIO_CLOSE)
  check(bio !== null, 'BIO_new_socket')
  if (state.settings.dtls) {
    state.packeted = new PacketedBio()
    bio = BIO_push(state.packeted.bio, bio)
  }
  if (state.settings.async) {
    state.asyncBio = new AsyncBio(state.settings.dtls)
    bio = BIO_push(state.asyncBio.bio, bio)
  }
  SSL_set_bio(ssl, bio, bio)
}

function takeOver(ctx: SSL_CTX, before: SSL_CTX): void {
  const keys = new Uint8Array(SSL_CTX_get_tlsext_ticket_keys(before, null))
  SSL_CTX_get_tlsext_ticket_keys(before, keys)
  SSL_CTX_set_tlsext_ticket_keys(ctx, keys)
  for (const session of SSL_CTX_sessions(before)) {
    const copy = SSL_SESSION_dup(session)
    if (copy !== null) SSL_CTX_add_session(ctx, copy)
  }
}

function optionsOf(settings: Settings): number {
  // BoringSSL talks to servers that know nothing of RFC 5746.
  let options = SSL_OP_LEGACY_SERVER_CONNECT
  const add = (wanted: boolean, option: number) => {
    // The highest bit would make a bit operation negative.
    if (wanted) options = (options | option) >>> 0
  }
  add(settings.noTls13, SSL_OP_NO_TLSv1_3)
  add(settings.noTls12, SSL_OP_NO_TLSv1_2)
  add(settings.noTls11, SSL_OP_NO_TLSv1_1)
  add(settings.noTls1, SSL_OP_NO_TLSv1)
  add(settings.noTicket, SSL_OP_NO_TICKET)
  // It pads its hellos, but not those of DTLS, whose second one has another length.
  add(!settings.dtls, SSL_OP_TLSEXT_PADDING)
  add(settings.mtu !== 0, SSL_OP_NO_QUERY_MTU)
  // BoringSSL renegotiates only where the program has said so.
  add(settings.renegotiateFreely, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION)
  add(!settings.renegotiateFreely && !settings.forbidRenegotiationAfterHandshake, SSL_OP_NO_RENEGOTIATION)
  return options
}

function setAuthentication(ssl: SSL, state: State): void {
  const { settings } = state
  const { useEarlyCallback, useOldClientCertCallback, async, verifyPrefs, server } = settings
  if (!useEarlyCallback && !useOldClientCertCallback && !async) installCredentials(ssl, settings)
  if (!useOldClientCertCallback) SSL_set_cert_cb(ssl, () => chooseCertificate(ssl, state))
  let mode = SSL_VERIFY_NONE
  if (settings.requireAnyClientCertificate) mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
  if (settings.verifyPeer) mode = SSL_VERIFY_PEER
  SSL_set_verify(ssl, mode, null)
  setPreferences(ssl, verifyPrefs, server ? SSL_set1_client_sigalgs_list : SSL_set1_sigalgs_list)
  if (settings.psk !== '') {
    const psk = Buffer.from(settings.psk, 'latin1')
    SSL_set_psk_client_callback(ssl, (_ssl, hint, identity, _room, key) => {
      state.check((hint ?? '') === settings.pskIdentity, `the hint is ${hint}`)
      identity.set(Buffer.from(`${settings.pskIdentity}\0`, 'latin1'))
      key.set(psk)
      return psk.length
    })
    SSL_set_psk_server_callback(ssl, (_ssl, identity, key) => {
      if (identity !== settings.pskIdentity) return 0
      key.set(psk)
      return psk.length
    })
  }
  if (settings.pskIdentity !== '') SSL_use_psk_identity_hint(ssl, settings.pskIdentity)
}

function chooseCertificate(ssl: SSL, state: State): number {
  const { settings } = state
  checkCertificateRequest(ssl, state)
  if (settings.failCertCallback) return 0
  if (!settings.async || settings.useEarlyCallback) return 1
  if (!state.certReady) return -1
  installCredentials(ssl, settings)
  return 1
}

function setNegotiation(ssl: SSL, settings: Settings): void {
  const { minVersion, maxVersion, curves } = settings
  check(minVersion === 0 || SSL_set_min_proto_version(ssl, minVersion) === 1, 'SSL_set_min_proto_version')
  check(maxVersion === 0 || SSL_set_max_proto_version(ssl, maxVersion) === 1, 'SSL_set_max_proto_version')
  if (settings.hostName !== '') SSL_set_tlsext_host_name(ssl, settings.hostName)
  if (settings.advertiseAlpn !== '') {
    const list = Buffer.from(settings.advertiseAlpn, 'latin1')
    check(SSL_set_alpn_protos(ssl, list) === 0, 'SSL_set_alpn_protos')
  }
  if (settings.srtpProfiles !== '')
    check(SSL_set_tlsext_use_srtp(ssl, settings.srtpProfiles) === 0, 'SSL_set_tlsext_use_srtp')
  if (settings.enableOcspStapling) SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp)
  check(curves.length === 0 || SSL_set1_groups(ssl, curves.map(groupNid)) === 1, 'SSL_set1_groups')
}

function setSizes(ssl: SSL, { mtu, maxCertList, maxSendFragment }: Settings): void {
  if (mtu !== 0) SSL_set_mtu(ssl, mtu)
  if (maxCertList > 0) SSL_set_max_cert_list(ssl, maxCertList)
  if (maxSendFragment > 0) SSL_set_max_send_fragment(ssl, maxSendFragment)
}

/** OpenSSL's own DEFAULT rules out for good what the runner then asks for. */
const DEFAULT_CIPHERS = 'ALL:!aNULL'

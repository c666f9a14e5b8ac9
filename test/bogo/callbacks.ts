import {
  EVP_aes_128_cbc,
  EVP_DecryptInit_ex,
  EVP_EncryptInit_ex,
  EVP_sha256,
  HMAC_Init_ex,
  type Out,
  SSL,
  SSL_AD_ACCESS_DENIED,
  SSL_AD_HANDSHAKE_FAILURE,
  SSL_CB_HANDSHAKE_DONE,
  SSL_CLIENT_HELLO_ERROR,
  SSL_CLIENT_HELLO_RETRY,
  SSL_CLIENT_HELLO_SUCCESS,
  type SSL_CTX,
  SSL_CTX_remove_session,
  SSL_CTX_sess_set_get_cb,
  SSL_CTX_sess_set_new_cb,
  SSL_CTX_set_alpn_select_cb,
  SSL_CTX_set_cert_verify_callback,
  SSL_CTX_set_client_cert_cb,
  SSL_CTX_set_client_hello_cb,
  SSL_CTX_set_info_callback,
  SSL_CTX_set_msg_callback,
  SSL_CTX_set_tlsext_servername_callback,
  SSL_CTX_set_tlsext_status_cb,
  SSL_CTX_set_tlsext_ticket_key_cb,
  SSL_get_client_CA_list,
  SSL_get_ex_data_X509_STORE_CTX_idx,
  SSL_get_SSL_CTX,
  SSL_get_servername,
  SSL_get_session,
  SSL_get_sigalgs,
  SSL_get0_certificate_types,
  SSL_in_init,
  SSL_is_server,
  SSL_SESSION_dup,
  SSL_SESSION_up_ref,
  SSL_set_retry_verify,
  SSL_set_tlsext_status_ocsp_resp,
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_NOACK,
  SSL_TLSEXT_ERR_OK,
  SSL3_RT_ALERT,
  SSL3_RT_CHANGE_CIPHER_SPEC,
  SSL3_RT_HANDSHAKE,
  SSL3_RT_HEADER,
  TLSEXT_NAMETYPE_host_name,
  X509_NAME_get0_der,
  type X509_STORE_CTX,
  X509_STORE_CTX_get_ex_data,
  X509_STORE_CTX_set_error,
  X509_V_ERR_APPLICATION_VERIFICATION,
  X509_V_ERR_INVALID_EXTENSION,
} from 'openssl-shim'
import { credentialsOf, installCredentials } from './credentials.ts'
import { MustNotHappen, type State } from './state.ts'

/** Sets the callbacks that the settings ask for, and those that watch. */
export function setCallbacks(ctx: SSL_CTX, state: State): void {
  const { settings } = state
  SSL_CTX_set_info_callback(ctx, (ssl, type) => watchHandshake(ssl, type, state))
  SSL_CTX_set_msg_callback(ctx, (write, _version, type, buf) => noteMessage(state, write === 1, type, buf))
  SSL_CTX_sess_set_new_cb(ctx, (_ssl, session) => {
    // BoringSSL tells nobody of the session of a renegotiation.
    if (state.handshakeDone) return 0
    state.gotNewSession = true
    state.newSession = SSL_SESSION_dup(session)
    return 0
  })
  SSL_CTX_set_cert_verify_callback(ctx, store => verify(store, state))
  if (settings.server) SSL_CTX_set_client_hello_cb(ctx, (ssl, alert) => judgeHello(ssl, alert, state))
  if (settings.server && settings.async) {
    SSL_CTX_sess_set_get_cb(ctx, (_ssl, _id, _length, copy) => {
      copy.value = 0
      if (state.offered !== null) SSL_SESSION_up_ref(state.offered)
      return state.offered
    })
  }
  if (settings.useOldClientCertCallback) setClientCertificateCallback(ctx, state)
  if (settings.selectAlpn || settings.declineAlpn || settings.rejectAlpn || settings.selectEmptyAlpn)
    setProtocolCallback(ctx, state)
  if (settings.useTicketCallback) setTicketCallback(ctx, state)
  if (settings.expectServerName) setServerNameCallback(ctx, settings.expectServerName)
  if (settings.useOcspCallback || settings.ocspResponse.length > 0)
    SSL_CTX_set_tlsext_status_cb(ctx, ssl => staple(ssl, state))
}

/** What the peer has asked of our certificate must be what was to be expected. */
export function checkCertificateRequest(ssl: SSL, state: State): void {
  const { expectPeerVerifyPref, expectCertificateTypes, expectClientCaList } = state.settings
  if (expectPeerVerifyPref.length > 0) {
    const preferences: number[] = []
    const [sign, hash] = [{ value: 0 }, { value: 0 }]
    while (preferences.length < SSL_get_sigalgs(ssl, preferences.length, null, null, null, sign, hash))
      preferences.push((hash.value << 8) | sign.value)
    state.check(String(preferences) === String(expectPeerVerifyPref), `the peer verifies with ${preferences}`)
  }
  if (SSL_is_server(ssl)) return
  if (expectCertificateTypes.length > 0) {
    const types: { value: Uint8Array | null } = { value: null }
    SSL_get0_certificate_types(ssl, types)
    state.check(String(types.value) === String(expectCertificateTypes), `certificate types ${types.value}`)
  }
  if (expectClientCaList !== '') {
    const names = (SSL_get_client_CA_list(ssl) ?? []).map(name => {
      const der = { value: new Uint8Array(0) }
      X509_NAME_get0_der(name, der, null)
      return Buffer.from(der.value).toString('hex')
    })
    state.check(names.join() === expectClientCaList, `the names of authorities are ${names}`)
  }
}

function watchHandshake(ssl: SSL, type: number, state: State): void {
  if (type !== SSL_CB_HANDSHAKE_DONE) return
  if (state.settings.handshakeNeverDone) state.fail(new MustNotHappen('the handshake was completed'))
  state.check(!SSL_in_init(ssl) && SSL_get_session(ssl) !== null, 'not the state to be in after a handshake')
  state.handshakeDone = true
  // OpenSSL's clients offer the session again when the server asks them to renegotiate, BoringSSL's do not.
  const session = SSL_get_session(ssl)
  if (state.settings.renegotiateFreely && session !== null) SSL_CTX_remove_session(SSL_get_SSL_CTX(ssl), session)
}

function noteMessage(state: State, write: boolean, type: number, buf: Uint8Array): void {
  if (type === SSL3_RT_HEADER) return
  state.messages += write ? 'write ' : 'read '
  if (type === SSL3_RT_HANDSHAKE) state.messages += `hs ${buf[0]}\n`
  else if (type === SSL3_RT_CHANGE_CIPHER_SPEC) state.messages += 'ccs\n'
  else if (type === SSL3_RT_ALERT) state.messages += `alert ${buf[0]} ${buf[1]}\n`
  else state.messages += `unknown ${type}\n`
}

function verify(store: X509_STORE_CTX, state: State): number {
  const { settings } = state
  const ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
  if (!(ssl instanceof SSL)) return state.fail(new TypeError('no SSL in the X509_STORE_CTX'))
  state.check(!state.certVerified || state.handshakeDone, 'the certificate is verified twice')
  // Only clients can put it off.
  if (settings.useCustomVerifyCallback && settings.async && !settings.server && !state.customVerifyReady)
    return SSL_set_retry_verify(ssl)
  state.certVerified = true
  if (!settings.verifyFail) return 1
  // BoringSSL's own callback chooses the alert; here the error does.
  const error = settings.useCustomVerifyCallback ? X509_V_ERR_INVALID_EXTENSION : X509_V_ERR_APPLICATION_VERIFICATION
  X509_STORE_CTX_set_error(store, error)
  return 0
}

function judgeHello(ssl: SSL, alert: Out<number>, state: State): number {
  const { settings } = state
  state.earlyCallbackCalled = true
  if (settings.failEarlyCallback) {
    alert.value = SSL_AD_HANDSHAKE_FAILURE
    return SSL_CLIENT_HELLO_ERROR
  }
  if (!settings.useEarlyCallback) return SSL_CLIENT_HELLO_SUCCESS
  if (settings.async && !state.earlyCallbackReady) return SSL_CLIENT_HELLO_RETRY
  installCredentials(ssl, settings)
  return SSL_CLIENT_HELLO_SUCCESS
}

function setClientCertificateCallback(ctx: SSL_CTX, state: State): void {
  SSL_CTX_set_client_cert_cb(ctx, (ssl, x509, pkey) => {
    checkCertificateRequest(ssl, state)
    if (state.settings.async && !state.certReady) return -1
    const { key, leaf } = credentialsOf(state.settings)
    if (leaf === null) return 0
    x509.value = leaf
    pkey.value = key
    return 1
  })
}

function setProtocolCallback(ctx: SSL_CTX, state: State): void {
  const { declineAlpn, rejectAlpn, expectAdvertisedAlpn, selectAlpn } = state.settings
  SSL_CTX_set_alpn_select_cb(ctx, (_ssl, out, outlen, offered) => {
    state.check(!state.alpnSelectDone, 'ALPN is selected twice')
    state.alpnSelectDone = true
    if (declineAlpn) return SSL_TLSEXT_ERR_NOACK
    if (rejectAlpn) return SSL_TLSEXT_ERR_ALERT_FATAL
    const advertised = Buffer.from(offered).toString('latin1')
    state.check(
      !expectAdvertisedAlpn || advertised === expectAdvertisedAlpn,
      `ALPN offers ${JSON.stringify(advertised)}`,
    )
    out.value = Buffer.from(selectAlpn, 'latin1')
    outlen.value = selectAlpn.length
    return SSL_TLSEXT_ERR_OK
  })
}

function setTicketCallback(ctx: SSL_CTX, state: State): void {
  const zeros = new Uint8Array(16)
  SSL_CTX_set_tlsext_ticket_key_cb(ctx, (_ssl, name, iv, cipher, hmac, enc) => {
    if (enc === 1) {
      name.set(zeros)
      iv.fill(0x5a)
    } else {
      state.check(!state.ticketDecryptDone, 'a ticket is opened twice')
      state.ticketDecryptDone = true
      if (name.some(byte => byte !== 0)) return 0
    }
    HMAC_Init_ex(hmac, zeros, zeros.length, EVP_sha256(), null)
    const initialise = enc === 1 ? EVP_EncryptInit_ex : EVP_DecryptInit_ex
    initialise(cipher, EVP_aes_128_cbc(), null, zeros, iv)
    return enc === 0 && state.settings.renewTicket ? 2 : 1
  })
}

function setServerNameCallback(ctx: SSL_CTX, expected: string): void {
  SSL_CTX_set_tlsext_servername_callback(ctx, (ssl, alert) => {
    if (SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) === expected) return SSL_TLSEXT_ERR_OK
    alert.value = SSL_AD_ACCESS_DENIED
    return SSL_TLSEXT_ERR_ALERT_FATAL
  })
}

function staple(ssl: SSL, { settings }: State): number {
  const { ocspResponse, useOcspCallback, failOcspCallback, declineOcspCallback } = settings
  if (!SSL_is_server(ssl)) return failOcspCallback ? 0 : 1
  if (ocspResponse.length > 0) SSL_set_tlsext_status_ocsp_resp(ssl, ocspResponse)
  if (useOcspCallback && failOcspCallback) return SSL_TLSEXT_ERR_ALERT_FATAL
  if (useOcspCallback && declineOcspCallback) return SSL_TLSEXT_ERR_NOACK
  return ocspResponse.length > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
}

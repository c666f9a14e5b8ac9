import {
  type SSL,
  SSL_CIPHER_get_protocol_id,
  SSL_get_current_cipher,
  SSL_get_extms_support,
  SSL_get_negotiated_group,
  SSL_get_peer_cert_chain,
  SSL_get_peer_signature_nid,
  SSL_get_peer_signature_type_nid,
  SSL_get_secure_renegotiation_support,
  SSL_get_servername,
  SSL_get_tlsext_status_ocsp_resp,
  SSL_get_verify_result,
  SSL_get0_alpn_selected,
  SSL_get1_peer_certificate,
  SSL_session_reused,
  SSL_version,
  TLSEXT_NAMETYPE_host_name,
  X509_cmp,
  X509_V_ERR_APPLICATION_VERIFICATION,
  X509_V_OK,
} from 'openssl-shim'
import { groupNid, signatureAlgorithm } from './algorithms.ts'
import { readCertificates } from './credentials.ts'
import type { Settings } from './flags.ts'
import { check, type Tested } from './state.ts'

/** What the API says of a connection right after the handshake, against what the runner expects. */
export function checkHandshake({ ssl, settings, state }: Tested): void {
  checkAuthentication(ssl, settings, state.isResume)
  const cipher = SSL_get_current_cipher(ssl)
  check(cipher !== null, 'no cipher after the handshake')
  expected(settings.expectCipher, SSL_CIPHER_get_protocol_id(cipher), 'cipher')
  expected(settings.expectVersion, SSL_version(ssl), 'version')
  const reused = SSL_session_reused(ssl) === 1
  check(reused === (state.isResume && !settings.expectSessionMiss), `session reused: ${reused}`)
  check(state.handshakeDone, 'the handshake was not completed')
  const sessionExpected = !settings.expectNoSession && (!reused || settings.expectTicketRenewal)
  check(settings.server || state.gotNewSession === sessionExpected, `new session: ${state.gotNewSession}`)
  check(state.isResume || !settings.expectSessionId || state.gotNewSession, 'session was not cached on the server')
  check(state.isResume || !settings.expectNoSessionId || !state.gotNewSession, 'session was cached on the server')
  check(!settings.server || state.earlyCallbackCalled, 'early callback not called')
  checkNegotiation(ssl, settings)
  checkPeer(ssl, settings)
}

/** What a renegotiation may not change. */
export function checkAuthentication(ssl: SSL, settings: Settings, isResume: boolean): void {
  const { expectOcspResponse, verifyFail, expectVerifyResult, expectPeerCertFile } = settings
  // OpenSSL does not keep it in the session.
  if (expectOcspResponse.length > 0 && !isResume) {
    const response: { value: Uint8Array | null } = { value: null }
    SSL_get_tlsext_status_ocsp_resp(ssl, response)
    check(Buffer.compare(response.value ?? Buffer.alloc(0), expectOcspResponse) === 0, 'OCSP response mismatch')
  }
  const result = verifyFail ? X509_V_ERR_APPLICATION_VERIFICATION : X509_V_OK
  check(!expectVerifyResult || SSL_get_verify_result(ssl) === result, 'wrong verification result')
  if (expectPeerCertFile !== '') {
    const certificates = readCertificates(expectPeerCertFile)
    const leaf = SSL_get1_peer_certificate(ssl)
    // Clients have the leaf in the chain, servers do not.
    const chain = SSL_get_peer_cert_chain(ssl) ?? []
    const whole = settings.server && leaf !== null ? [leaf, ...chain] : chain
    const same = whole.length === certificates.length && whole.every((x, i) => X509_cmp(x, certificates[i] ?? x) === 0)
    check(same && leaf !== null && whole[0] !== undefined && X509_cmp(leaf, whole[0]) === 0, 'other peer certificates')
  }
}

function checkNegotiation(ssl: SSL, settings: Settings): void {
  const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)
  check(settings.expectServerName === '' || name === settings.expectServerName, `servername mismatch: ${name}`)
  const protocol: { value: Uint8Array | null } = { value: null }
  SSL_get0_alpn_selected(ssl, protocol)
  const selected = Buffer.from(protocol.value ?? []).toString('latin1')
  check(selected === (settings.server ? settings.selectAlpn : settings.expectAlpn), `ALPN: ${selected}`)
  const extendedMasterSecret = SSL_get_extms_support(ssl) === 1
  check(!settings.expectExtendedMasterSecret || extendedMasterSecret, 'no EMS for connection when expected')
  const secureRenegotiation = SSL_get_secure_renegotiation_support(ssl) === 1
  check(!settings.expectSecureRenegotiation || secureRenegotiation, 'no secure renegotiation when expected')
  check(!settings.expectNoSecureRenegotiation || !secureRenegotiation, 'secure renegotiation unexpectedly negotiated')
  if (settings.expectCurveId !== 0)
    expected(groupNid(settings.expectCurveId), SSL_get_negotiated_group(ssl), 'negotiated group')
}

function checkPeer(ssl: SSL, settings: Settings): void {
  // A session that is resumed does not know it any more.
  if (settings.expectPeerSignatureAlgorithm !== 0 && SSL_session_reused(ssl) === 0) {
    const { type, hash } = signatureAlgorithm(settings.expectPeerSignatureAlgorithm)
    const [peerType, peerHash] = [{ value: 0 }, { value: 0 }]
    SSL_get_peer_signature_type_nid(ssl, peerType)
    SSL_get_peer_signature_nid(ssl, peerHash)
    expected(type, peerType.value, 'peer signature')
    expected(hash, peerHash.value, 'digest of the peer signature')
  }
  const leaf = SSL_get1_peer_certificate(ssl)
  if (settings.psk !== '') check(leaf === null, 'a peer certificate with a PSK cipher')
  else if (!settings.server || settings.requireAnyClientCertificate) check(leaf !== null, 'no peer certificate')
}

function expected(wanted: number, got: number, what: string): void {
  check(wanted === 0 || wanted === got, `${what}: ${got}, expected ${wanted}`)
}

import { createHmac, timingSafeEqual } from 'node:crypto'
import * as ssl from 'openssl-shim/promises'
import { certificateFile, certificates, isDatagrams, keyFile, PSK, type Role, type Settings } from './settings.ts'

/** The SSL_CTX of our side, as a program would make it for these settings. */
export function context(role: Role, settings: Settings): ssl.SSL_CTX {
  const ctx = ssl.SSL_CTX_new(isDatagrams(settings) ? ssl.DTLS_method() : ssl.TLS_method())
  if (ctx === null) throw new Error('no SSL_CTX')
  const version = VERSIONS[settings.version]
  ssl.SSL_CTX_set_min_proto_version(ctx, version)
  ssl.SSL_CTX_set_max_proto_version(ctx, version)
  chooseCipher(ctx, settings.cipher)
  if (settings.group !== undefined) must(ssl.SSL_CTX_set1_groups_list(ctx, settings.group), settings.group)
  ssl.SSL_CTX_set_dh_auto(ctx, 1)
  ssl.SSL_CTX_set_session_id_context(ctx, Buffer.from('compat'))
  ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
  if (settings.label === 'bug') ssl.SSL_CTX_set_mode(ctx, ssl.SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG)
  authenticate(ctx, role, settings)
  extend(ctx, role, settings)
  useCookies(ctx)
  return ctx
}

const VERSIONS = {
  'DTLSv1.2': ssl.DTLS1_2_VERSION,
  DTLSv1: ssl.DTLS1_VERSION,
  'TLSv1.2': ssl.TLS1_2_VERSION,
  'TLSv1.1': ssl.TLS1_1_VERSION,
  TLSv1: ssl.TLS1_VERSION,
} as const

function chooseCipher(ctx: ssl.SSL_CTX, id: number | undefined): void {
  must(ssl.SSL_CTX_set_cipher_list(ctx, 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'), 'cipher list')
  const chosen = ssl.SSL_CTX_get_ciphers(ctx)?.find(cipher => ssl.SSL_CIPHER_get_protocol_id(cipher) === id)
  const list = chosen === undefined ? 'DEFAULT:PSK' : ssl.SSL_CIPHER_get_name(chosen)
  must(ssl.SSL_CTX_set_cipher_list(ctx, `${list}:@SECLEVEL=0`), list)
}

function authenticate(ctx: ssl.SSL_CTX, role: Role, settings: Settings): void {
  const { own, other } = certificates(role, settings)
  if (own !== null) {
    must(ssl.SSL_CTX_use_certificate_chain_file(ctx, certificateFile(own)), own)
    must(ssl.SSL_CTX_use_PrivateKey_file(ctx, keyFile(own), ssl.SSL_FILETYPE_PEM), `${own}'s key`)
  }
  if (other !== null) {
    must(ssl.SSL_CTX_load_verify_locations(ctx, certificateFile('authority'), null), 'authority')
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
  }
  if (!settings.psk) return
  const key = Buffer.from(PSK.key, 'hex')
  ssl.SSL_CTX_set_psk_client_callback(ctx, (_con, _hint, identity, _max, place) => {
    identity.set(Buffer.from(`${PSK.identity}\0`))
    place.set(key)
    return key.length
  })
  ssl.SSL_CTX_set_psk_server_callback(ctx, (_con, identity, place) => {
    if (identity !== PSK.identity) return 0
    place.set(key)
    return key.length
  })
}

function extend(ctx: ssl.SSL_CTX, role: Role, { alpn, srtp, ems, etm, resume }: Settings): void {
  if (resume === 'id') ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_TICKET)
  if (ems === false) ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_EXTENDED_MASTER_SECRET)
  if (etm === false) ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_ENCRYPT_THEN_MAC)
  if (srtp !== undefined && ssl.SSL_CTX_set_tlsext_use_srtp(ctx, srtp) !== 0) throw new Error(srtp)
  ssl.SSL_CTX_set_tlsext_servername_callback(ctx, () => ssl.SSL_TLSEXT_ERR_OK)
  if (alpn === undefined) return
  const protocols = Buffer.concat(
    (role === 'client' ? alpn : alpn.slice(-1)).map(name => Buffer.from([name.length, ...Buffer.from(name)])),
  )
  ssl.SSL_CTX_set_alpn_protos(ctx, protocols)
  ssl.SSL_CTX_set_alpn_select_cb(ctx, (_con, out, outlen, list, length) => {
    const found = ssl.SSL_select_next_proto(out, outlen, protocols, protocols.length, list, length)
    return found === ssl.OPENSSL_NPN_NEGOTIATED ? ssl.SSL_TLSEXT_ERR_OK : ssl.SSL_TLSEXT_ERR_NOACK
  })
}

/** The cookies of our listener: who they are for stands in the address of the BIO. */
function useCookies(ctx: ssl.SSL_CTX): void {
  const cookieFor = (con: ssl.SSL) => {
    const peer = ssl.BIO_ADDR_new()
    const bio = ssl.SSL_get_rbio(con)
    if (bio !== null) ssl.BIO_dgram_get_peer(bio, peer)
    const address = `${ssl.BIO_ADDR_hostname_string(peer, 1)} ${ssl.BIO_ADDR_service_string(peer, 1)}`
    return createHmac('sha256', 'compat').update(address).digest()
  }
  ssl.SSL_CTX_set_cookie_generate_cb(ctx, (con, cookie, length) => {
    const made = cookieFor(con)
    cookie.set(made)
    length.value = made.length
    return 1
  })
  ssl.SSL_CTX_set_cookie_verify_cb(ctx, (con, cookie, length) => {
    const own = cookieFor(con)
    return Number(length === own.length && timingSafeEqual(own, cookie.subarray(0, length)))
  })
}

function must(ret: number, what: string): void {
  if (ret !== 1) throw new Error(`${what}: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
}

import { expect, test } from '@jest/globals'
import type { EVP_PKEY, Out, SSL, SSL_CIPHER, X509, X509_STORE, X509_STORE_CTX } from '../../../lib/index.ts'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

// Each call as it stands in ssl.c.

const lines: string[] = []

function N(what: string, value: number | boolean): void {
  lines.push(`${what} ${Number(value)}`)
}

function E(what: string, value: number): void {
  const e = O.ERR_peek_last_error()
  lines.push(`${what} ${value} ${O.ERR_GET_LIB(e)} ${O.ERR_GET_REASON(e)}`)
  O.ERR_clear_error()
}

function need<T>(value: T | null): T {
  if (value === null) throw new Error('null where an object was due')
  return value
}

function bytes(encode: (out: Out<Uint8Array | null>) => number): Uint8Array {
  const out: Out<Uint8Array | null> = { value: null }
  encode(out)
  return need(out.value)
}

const key = (fill: number): EVP_PKEY =>
  need(O.EVP_PKEY_new_raw_private_key(O.EVP_PKEY_ED25519, null, new Uint8Array(32).fill(fill), 32))

function certificate(name: string, own: EVP_PKEY, issuer: string, by: EVP_PKEY): X509 {
  const x = O.X509_new()
  const [subject, from] = [O.X509_NAME_new(), O.X509_NAME_new()]
  O.X509_NAME_add_entry_by_NID(subject, O.NID_commonName, O.MBSTRING_ASC, name, -1, -1, 0)
  O.X509_NAME_add_entry_by_NID(from, O.NID_commonName, O.MBSTRING_ASC, issuer, -1, -1, 0)
  O.X509_set_version(x, 2)
  O.X509_set_subject_name(x, subject)
  O.X509_set_issuer_name(x, from)
  O.X509_time_adj_ex(O.X509_getm_notBefore(x), -1, 0, null)
  O.X509_time_adj_ex(O.X509_getm_notAfter(x), 1, 0, null)
  O.X509_set_pubkey(x, own)
  O.X509_add_ext(x, need(O.X509V3_EXT_conf_nid(null, null, O.NID_basic_constraints, 'CA:TRUE')), -1)
  O.X509_sign(x, by, null)
  O.X509_NAME_free(subject)
  O.X509_NAME_free(from)
  return x
}

const info = (): void => undefined
const message = (_w: number, _v: number, _t: number, _b: Uint8Array, _n: number, _s: SSL, count: unknown): void => {
  if (typeof count === 'object' && count !== null && 'value' in count) count.value = Number(count.value) + 1
}
const psk_client = (): number => 0
const psk_server = (): number => 0
const verify = (ok: number, _ctx: X509_STORE_CTX): number => ok
const certs = (): number => 1
const generate = (): number => 1
const client_cert = (): number => 0

function settings(ctx: O.SSL_CTX, ssl: O.SSL): void {
  const curves = [O.NID_X9_62_prime256v1, O.NID_secp384r1]
  const data = {}
  N('app_data', O.SSL_CTX_set_app_data(ctx, data))
  N('app_data back', O.SSL_CTX_get_app_data(ctx) === data)
  N('ex_data', O.SSL_CTX_set_ex_data(ctx, 0, null))
  N('ex_data back', O.SSL_CTX_get_ex_data(ctx, 0) === null)
  N('curves', O.SSL_CTX_set1_curves(ctx, curves, 2))
  N('curves list', O.SSL_CTX_set1_curves_list(ctx, 'P-256:X25519'))
  E('curves list bad', O.SSL_CTX_set1_curves_list(ctx, 'P-256:none'))
  N('ssl curves', O.SSL_set1_curves(ssl, curves, 2))
  N('ssl groups', O.SSL_set1_groups(ssl, [O.NID_X25519], 1))
  N('ssl groups list', O.SSL_set1_groups_list(ssl, 'P-521:P-256'))
  E('ssl curves list', O.SSL_set1_curves_list(ssl, 'nothing'))
  N('shared curve', O.SSL_get_shared_curve(ssl, 0))
  N('shared curves', O.SSL_get_shared_curve(ssl, -1))
  N('peer curves', O.SSL_get1_curves(ssl, null))
  O.SSL_CTX_set_info_callback(ctx, info)
  N('info', O.SSL_CTX_get_info_callback(ctx) === info)
  N('ssl info', O.SSL_get_info_callback(ssl) === null)
  O.SSL_set_info_callback(ssl, info)
  N('ssl info set', O.SSL_get_info_callback(ssl) === info)
  O.SSL_CTX_set_info_callback(ctx, null)
  O.SSL_CTX_set_quiet_shutdown(ctx, 1)
  N('quiet', O.SSL_CTX_get_quiet_shutdown(ctx))
  N('ssl quiet', O.SSL_get_quiet_shutdown(ssl))
  O.SSL_CTX_set_quiet_shutdown(ctx, 0)
  O.SSL_set_read_ahead(ssl, 1)
  N('read ahead', O.SSL_get_read_ahead(ssl))
  O.SSL_CTX_set_default_read_ahead(ctx, 1)
  N('default read ahead', O.SSL_CTX_get_default_read_ahead(ctx))
  N('cert list', O.SSL_get_max_cert_list(ssl))
  N('cert list set', O.SSL_set_max_cert_list(ssl, 5000))
  N('cert list back', O.SSL_get_max_cert_list(ssl))
  N('tickets', O.SSL_CTX_set_num_tickets(ctx, 5))
  N('tickets back', O.SSL_CTX_get_num_tickets(ctx))
  O.SSL_CTX_set_default_read_buffer_len(ctx, 20000)
  O.SSL_set_default_read_buffer_len(ssl, 20000)
  N('fragment', O.SSL_set_split_send_fragment(ssl, 600))
  N('pipelines', O.SSL_set_max_pipelines(ssl, 40))
  N('pipelines fit', O.SSL_set_max_pipelines(ssl, 4))
  N('cert flags', O.SSL_set_cert_flags(ssl, O.SSL_CERT_FLAG_TLS_STRICT))
  N('cert flags off', O.SSL_clear_cert_flags(ssl, O.SSL_CERT_FLAG_TLS_STRICT))
  O.SSL_set_psk_client_callback(ssl, psk_client)
  O.SSL_set_psk_server_callback(ssl, psk_server)
  N('min', O.SSL_set_min_proto_version(ssl, O.DTLS1_2_VERSION))
  N('min back', O.SSL_get_min_proto_version(ssl))
  N('max', O.SSL_set_max_proto_version(ssl, O.DTLS1_VERSION))
  N('max back', O.SSL_get_max_proto_version(ssl))
  N('max none', O.SSL_set_max_proto_version(ssl, O.TLS1_2_VERSION))
  N('method', O.SSL_CTX_get_ssl_method(ctx) === O.DTLS_method())
  N('state', O.SSL_state(ssl))
  N('connect init', O.SSL_in_connect_init(ssl))
  N('accept init', O.SSL_in_accept_init(ssl))
  N('want', O.SSL_want_nothing(ssl) * 100 + O.SSL_want_read(ssl) * 10 + O.SSL_want_write(ssl))
  N(
    'want more',
    O.SSL_want_x509_lookup(ssl) * 100 + O.SSL_want_client_hello_cb(ssl) * 10 + O.SSL_want_retry_verify(ssl),
  )
  N('ecdh auto', O.SSL_set_ecdh_auto(ssl, 1))
  N('dh auto', O.SSL_set_dh_auto(ssl, 1))
  {
    const ec = need(O.EC_KEY_new_by_curve_name(O.NID_secp384r1))
    O.EC_KEY_set_asn1_flag(ec, O.OPENSSL_EC_NAMED_CURVE)
    N('tmp ecdh', O.SSL_set_tmp_ecdh(ssl, ec))
    O.EC_KEY_free(ec)
  }
  E('tmp ecdh null', O.SSL_set_tmp_ecdh(ssl, null))
  N(
    'tmp rsa',
    O.SSL_CTX_need_tmp_RSA(ctx) +
      O.SSL_need_tmp_RSA(ssl) +
      O.SSL_CTX_set_tmp_rsa(ctx, null) +
      O.SSL_set_tmp_rsa(ssl, null),
  )
  O.SSL_CTX_set_client_cert_cb(ctx, client_cert)
  N('client cert', O.SSL_CTX_get_client_cert_cb(ctx) === client_cert)
  O.SSL_set_cert_cb(ssl, certs, null)
  N('session id', O.SSL_set_generate_session_id(ssl, generate))
  N('fd', O.SSL_get_fd(ssl))
  N('rfd', O.SSL_get_rfd(ssl))
  N('wfd', O.SSL_get_wfd(ssl))
  O.SSL_CTX_set0_security_ex_data(ctx, data)
  N('security data', O.SSL_CTX_get0_security_ex_data(ctx) === data)
  O.SSL_set0_security_ex_data(ssl, data)
  N('ssl security data', O.SSL_get0_security_ex_data(ssl) === data)
  O.SSL_set_security_level(ssl, 2)
  N('level', O.SSL_get_security_level(ssl))
  N('ciphersuites', O.SSL_set_ciphersuites(ssl, 'TLS_AES_128_GCM_SHA256'))
  N('sigalgs', O.SSL_set1_sigalgs_list(ssl, 'ECDSA+SHA256'))
  {
    const pairs = [O.NID_sha256, O.EVP_PKEY_RSA]
    N('sigalgs pairs', O.SSL_set1_sigalgs(ssl, pairs, 2))
    N('client sigalgs', O.SSL_set1_client_sigalgs(ssl, pairs, 2))
    N('ctx client sigalgs', O.SSL_CTX_set1_client_sigalgs(ctx, pairs, 2))
    N('sigalgs odd', O.SSL_set1_sigalgs(ssl, pairs, 1))
    O.ERR_clear_error()
  }
  const got: Out<EVP_PKEY | null> = { value: null }
  N('tmp key', O.SSL_get_peer_tmp_key(ssl, got) + O.SSL_get_server_tmp_key(ssl, got) + O.SSL_get_tmp_key(ssl, got))
  N('up ref', O.SSL_CTX_up_ref(ctx))
  O.SSL_CTX_free(ctx)
}

function verification(ctx: O.SSL_CTX, ssl: O.SSL): void {
  const store = O.X509_STORE_new()
  const got: Out<X509_STORE | null> = { value: null }
  const param = O.X509_VERIFY_PARAM_new()
  O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER, verify)
  N('verify', O.SSL_CTX_get_verify_callback(ctx) === verify)
  N('ssl verify', O.SSL_get_verify_callback(ssl) === null)
  N('mode', O.SSL_get_verify_mode(ssl))
  O.SSL_set_verify(ssl, O.SSL_VERIFY_PEER | O.SSL_VERIFY_CLIENT_ONCE, verify)
  N('ssl verify set', O.SSL_get_verify_callback(ssl) === verify)
  N('mode set', O.SSL_get_verify_mode(ssl))
  O.SSL_set_verify_depth(ssl, 4)
  N('depth', O.SSL_get_verify_depth(ssl))
  O.SSL_set_verify_result(ssl, O.X509_V_ERR_CERT_HAS_EXPIRED)
  N('result', O.SSL_get_verify_result(ssl))
  O.SSL_set_hostflags(ssl, O.X509_CHECK_FLAG_NO_WILDCARDS)
  N('hostflags', O.X509_VERIFY_PARAM_get_hostflags(O.SSL_get0_param(ssl)))
  N('host', O.SSL_set1_host(ssl, 'one'))
  N('host more', O.SSL_add1_host(ssl, 'two'))
  N('host back', O.X509_VERIFY_PARAM_get0_host(O.SSL_get0_param(ssl), 1) === 'two')
  O.X509_VERIFY_PARAM_set_depth(param, 9)
  N('param', O.SSL_CTX_set1_param(ctx, param))
  N('param depth', O.SSL_CTX_get_verify_depth(ctx))
  O.X509_VERIFY_PARAM_set_depth(param, 8)
  N('ssl param', O.SSL_set1_param(ssl, param))
  N('ssl param depth', O.SSL_get_verify_depth(ssl))
  O.X509_VERIFY_PARAM_free(param)
  N('trust', O.SSL_CTX_set_trust(ctx, 3))
  E('trust bad', O.SSL_CTX_set_trust(ctx, 99))
  O.SSL_CTX_set_cert_store(ctx, store)
  N('store', O.SSL_CTX_get_cert_store(ctx) === store)
  N('paths', O.SSL_CTX_set_default_verify_paths(ctx))
  N('dir', O.SSL_CTX_load_verify_dir(ctx, '/nowhere'))
  O.SSL_CTX_set1_cert_store(ctx, store)
  N('chain store', O.SSL_CTX_set1_chain_cert_store(ctx, store))
  N('chain store back', O.SSL_CTX_get0_chain_cert_store(ctx, got))
  N('chain store same', got.value === store)
  N('verify store', O.SSL_CTX_set1_verify_cert_store(ctx, store))
  N('verify store back', O.SSL_CTX_get0_verify_cert_store(ctx, got))
  N('verify store same', got.value === store)
  N('ssl chain store', O.SSL_set1_chain_cert_store(ssl, store))
  N('ssl chain store back', O.SSL_get0_chain_cert_store(ssl, got))
  N('ssl verify store', O.SSL_set0_verify_cert_store(ssl, null))
  N('ssl verify store back', O.SSL_get0_verify_cert_store(ssl, got))
  N('ssl verify store none', got.value === null)
}

function certificates(ctx: O.SSL_CTX, ssl: O.SSL): void {
  const [rk, lk] = [key(1), key(2)]
  const root = certificate('root', rk, 'root', rk)
  const leaf = certificate('leaf', lk, 'root', rk)
  const der = bytes(out => O.i2d_X509(leaf, out))
  const pk = bytes(out => O.i2d_PrivateKey(lk, out))
  const [n, m] = [der.length, pk.length]
  const chain: Out<X509[] | null> = { value: null }
  const own = O.sk_X509_new_null()
  const list = O.sk_X509_NAME_new_null()
  N('certificate', O.SSL_CTX_use_certificate_ASN1(ctx, n, der))
  N('key', O.SSL_CTX_use_PrivateKey_ASN1(O.EVP_PKEY_ED25519, ctx, pk, m))
  N('fits', O.SSL_CTX_check_private_key(ctx))
  E('certificate cut', O.SSL_CTX_use_certificate_ASN1(ctx, n - 1, der) === 1 ? 1 : 0)
  N('chain add', O.SSL_CTX_add0_chain_cert(ctx, need(O.X509_dup(root))))
  N('extra', O.SSL_CTX_get_extra_chain_certs_only(ctx, chain))
  N('extra none', chain.value === null)
  N('extra or own', O.SSL_CTX_get_extra_chain_certs(ctx, chain))
  N('extra or own n', O.sk_X509_num(chain.value))
  N('extra clear', O.SSL_CTX_clear_extra_chain_certs(ctx))
  N('ssl certificate', O.SSL_use_certificate_ASN1(ssl, der, n))
  N('ssl key', O.SSL_use_PrivateKey_ASN1(O.EVP_PKEY_ED25519, ssl, pk, m))
  N('ssl fits', O.SSL_check_private_key(ssl))
  N('ssl other key', O.SSL_use_PrivateKey(ssl, rk))
  O.ERR_clear_error()
  N('ssl again', O.SSL_use_certificate(ssl, leaf))
  N('ssl key again', O.SSL_use_PrivateKey(ssl, lk))
  N('ssl key back', O.EVP_PKEY_eq(need(O.SSL_get_privatekey(ssl)), lk))
  N('ssl chain add', O.SSL_add1_chain_cert(ssl, root))
  N('ssl chain', O.SSL_get0_chain_certs(ssl, chain))
  N('ssl chain n', O.sk_X509_num(chain.value))
  N('ssl chain first', O.X509_cmp(need(O.sk_X509_value(chain.value, 0)), root))
  N('ssl chain clear', O.SSL_clear_chain_certs(ssl))
  N('ssl chain after', O.SSL_get0_chain_certs(ssl, chain))
  N('ssl chain none', chain.value === null)
  O.sk_X509_push(own, root)
  N('ssl chain set', O.SSL_set1_chain(ssl, own))
  O.SSL_get0_chain_certs(ssl, chain)
  N('ssl chain set n', O.sk_X509_num(chain.value))
  N(
    'ssl build',
    O.SSL_build_cert_chain(
      ssl,
      O.SSL_BUILD_CHAIN_FLAG_CHECK | O.SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | O.SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR,
    ),
  )
  O.ERR_clear_error()
  N('ssl all', O.SSL_use_cert_and_key(ssl, leaf, lk, own, 1))
  E('ssl all again', O.SSL_use_cert_and_key(ssl, leaf, lk, own, 0))
  N('ssl select', O.SSL_select_current_cert(ssl, leaf))
  O.SSL_certs_clear(ssl)
  N('ssl cleared', O.SSL_get_certificate(ssl) === null)
  E('ssl unfit', O.SSL_check_private_key(ssl))
  E('ssl no file', O.SSL_use_certificate_chain_file(ssl, '/nowhere/at.pem'))
  N('ca', O.SSL_add_client_CA(ssl, root))
  N('ca n', O.sk_X509_NAME_num(O.SSL_get0_CA_list(ssl)))
  O.sk_X509_NAME_push(list, O.X509_NAME_dup(O.X509_get_subject_name(leaf)))
  O.sk_X509_NAME_push(list, O.X509_NAME_dup(O.X509_get_subject_name(root)))
  O.SSL_set_client_CA_list(ssl, list)
  N('ca set', O.sk_X509_NAME_num(O.SSL_get_client_CA_list(ssl)) + 10 * O.sk_X509_NAME_num(O.SSL_get0_CA_list(ssl)))
  N('ca more', O.SSL_add1_to_CA_list(ssl, root))
  N('ca more n', O.sk_X509_NAME_num(O.SSL_get0_CA_list(ssl)))
  const copy = O.SSL_dup_CA_list(need(O.SSL_get0_CA_list(ssl)))
  N('ca dup', O.sk_X509_NAME_num(copy))
  O.SSL_CTX_set0_CA_list(ctx, copy)
  N('ca ctx', O.sk_X509_NAME_num(O.SSL_CTX_get0_CA_list(ctx)))
  O.SSL_set0_CA_list(ssl, null)
  N("ca ctx's", O.sk_X509_NAME_num(O.SSL_get0_CA_list(ssl)))
  N('peer', O.SSL_get1_peer_certificate(ssl) === null)
}

function sessions(ssl: O.SSL): void {
  const s = O.SSL_SESSION_new()
  const known: Out<SSL_CIPHER[] | null> = { value: null }
  const signals: Out<SSL_CIPHER[] | null> = { value: null }
  const suites = Uint8Array.of(0xc0, 0x2b, 0x00, 0xff, 0xc0, 0x2f, 0x12, 0x34)
  const data = {}
  const count = { value: 0 }
  N('session ref', O.SSL_SESSION_up_ref(s))
  O.SSL_SESSION_free(s)
  N('session data', O.SSL_SESSION_set_ex_data(s, 0, data))
  N('session data back', O.SSL_SESSION_get_ex_data(s, 0) === data)
  N('session time', O.SSL_set_time(s, 1234567))
  N('session time back', O.SSL_get_time(s))
  N('session timeout', O.SSL_set_timeout(s, 60))
  N('session timeout back', O.SSL_get_timeout(s))
  O.SSL_SESSION_free(s)
  N('suites', O.SSL_bytes_to_cipher_list(ssl, suites, suites.length, 0, known, signals))
  N('suites known', O.sk_SSL_CIPHER_num(known.value))
  N('suites signals', O.sk_SSL_CIPHER_num(signals.value))
  N('suites first', O.SSL_CIPHER_get_protocol_id(need(O.sk_SSL_CIPHER_value(known.value, 0))))
  O.sk_SSL_CIPHER_free(known.value)
  O.sk_SSL_CIPHER_free(signals.value)
  E('suites odd', O.SSL_bytes_to_cipher_list(ssl, suites, 3, 0, known, signals))
  O.SSL_set_msg_callback(ssl, message)
  O.SSL_set_msg_callback_arg(ssl, count)
  O.SSL_set_connect_state(ssl)
  O.SSL_set_bio(ssl, O.BIO_new(O.BIO_s_mem()), O.BIO_new(O.BIO_s_mem()))
  O.SSL_set_options(ssl, O.SSL_OP_NO_QUERY_MTU)
  O.SSL_set_mtu(ssl, 1400)
  N('connect', O.SSL_connect(ssl))
  N('messages', count.value > 0)
  N('connecting', O.SSL_in_connect_init(ssl) * 10 + O.SSL_in_accept_init(ssl))
  N('wanting', O.SSL_want_nothing(ssl) * 100 + O.SSL_want_read(ssl) * 10 + O.SSL_want_write(ssl))
  N('hit', O.SSL_cache_hit(ssl))
}

test('what is set is got back, as from the real library', () => {
  const real = realTranscript(new URL('ssl.c', import.meta.url))
  lines.length = 0
  O.ERR_clear_error()
  const first = need(O.SSL_CTX_new_ex(null, null, O.DTLS_method()))
  const ssl = need(O.SSL_new(first))
  settings(first, ssl)
  verification(first, ssl)
  certificates(first, ssl)
  O.SSL_free(ssl)
  O.SSL_CTX_free(first)
  const ctx = need(O.SSL_CTX_new(O.DTLS_client_method()))
  const count = { value: 0 }
  O.SSL_CTX_set_msg_callback(ctx, message)
  O.SSL_CTX_set_msg_callback_arg(ctx, count)
  sessions(need(O.SSL_new(ctx)))
  N('ctx messages', count.value)
  N('no default paths', O.SSL_CTX_set_default_verify_paths(ctx))
  expect(lines.length).toBeGreaterThan(150)
  if (real !== null) expect(lines).toEqual(real)
})

import { fileURLToPath } from 'node:url'
import * as O from '../../../lib/index.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { compare } from './record.ts'

const DIR = `${fileURLToPath(new URL('../../vectors/certificates', import.meta.url))}/`

/** Makes `c` and `s` shake hands in memory: a certificate for the server, a suite, whether the client has a certificate. */
const PRELUDE = `
#define DIR "${DIR}"
static SSL *c, *s;
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned int inlen, void *arg) {
  return SSL_select_next_proto((unsigned char **)out, outlen, (unsigned char *)"\\5hello\\2h2", 9, in, inlen) == OPENSSL_NPN_NEGOTIATED ? 0 : 3;
}
static unsigned psk_client(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk, unsigned max_psk) {
  strcpy(identity, "me"); memset(psk, 7, 16); return 16;
}
static unsigned psk_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk) { memset(psk, 7, 16); return 16; }
static int set_up(const char *name, const char *suites, int client_certificate) {
  SSL_CTX *sc = SSL_CTX_new(DTLS_server_method()), *cc = SSL_CTX_new(DTLS_client_method());
  BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
  char path[500];
  SSL_CTX_set_cipher_list(sc, suites); SSL_CTX_set_cipher_list(cc, suites);
  if (name) {
    sprintf(path, DIR "%s.pem", name); SSL_CTX_use_certificate_chain_file(sc, path);
    sprintf(path, DIR "%s.key.pem", name); SSL_CTX_use_PrivateKey_file(sc, path, 1);
  } else {
    SSL_CTX_set_psk_client_callback(cc, psk_client); SSL_CTX_set_psk_server_callback(sc, psk_server);
    SSL_CTX_use_psk_identity_hint(sc, "a hint");
  }
  SSL_CTX_set_dh_auto(sc, 1);
  SSL_CTX_load_verify_file(cc, DIR "authority.pem"); SSL_CTX_load_verify_file(sc, DIR "authority.pem");
  SSL_CTX_set_verify(cc, SSL_VERIFY_PEER, NULL);
  if (client_certificate) {
    SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_client_CA_list(sc, SSL_load_client_CA_file(DIR "authority.pem"));
    SSL_CTX_use_certificate_file(cc, DIR "client.pem", 1); SSL_CTX_use_PrivateKey_file(cc, DIR "client.key.pem", 1);
  }
  SSL_CTX_set_alpn_protos(cc, (unsigned char *)"\\2h2\\5hello", 9);
  SSL_CTX_set_alpn_select_cb(sc, select_protocol, NULL);
  SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_options(cc, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_OFF);
  c = SSL_new(cc); s = SSL_new(sc);
  SSL_set_tlsext_host_name(c, "a.example");
  if (name) { sprintf(path, "%s.test", name); SSL_set1_host(c, path); }
  BIO_up_ref(one); BIO_up_ref(two); SSL_set_bio(c, one, two); SSL_set_bio(s, two, one);
  SSL_set_connect_state(c); SSL_set_accept_state(s);
  return 1;
}
static int shake_hands(void) {
  int i, a = 0, b = 0;
  for (i = 0; i < 20 && (a != 1 || b != 1); i++) { a = SSL_do_handshake(c); b = SSL_do_handshake(s); }
  ERR_clear_error();
  return a * 10 + b;
}
static const char *subject(X509 *x) { return x ? X509_NAME_oneline(X509_get_subject_name(x), NULL, 0) : NULL; }
static const char *selected(SSL *ssl) {
  static char buf[99]; const unsigned char *p; unsigned n; SSL_get0_alpn_selected(ssl, &p, &n); sprintf(buf, "%.*s", n, p); return buf;
}
static const char *sigalgs(int (*get)(SSL *, int, int *, int *, int *, unsigned char *, unsigned char *), SSL *ssl) {
  static char buf[9999]; int i, n, sign, hash, both; unsigned char rs, rh; *buf = 0;
  for (i = 0; (n = get(ssl, i, &sign, &hash, &both, &rs, &rh)) > i; i++) sprintf(buf + strlen(buf), "%d,%d,%d,%d,%d ", sign, hash, both, rs, rh);
  return buf;
}
static int nid(int (*get)(const SSL *, int *), SSL *ssl) { int n = 0; return get(ssl, &n) == 1 ? n : -1; }
static int hash_of_peer(const SSL *ssl, int *n) { return SSL_get_peer_signature_nid((SSL *)ssl, n); }
static int hash_of_own(const SSL *ssl, int *n) { return SSL_get_signature_nid((SSL *)ssl, n); }
static const char *groups(SSL *ssl) {
  static char buf[999]; int list[99], i, n = SSL_get1_groups(ssl, list); *buf = 0;
  for (i = 0; i < n; i++) sprintf(buf + strlen(buf), "%d ", list[i]); return buf;
}
static const char *ciphers(STACK_OF(SSL_CIPHER) *sk) {
  static char buf[9999]; int i; *buf = 0;
  for (i = 0; i < sk_SSL_CIPHER_num(sk); i++) sprintf(buf + strlen(buf), "%s ", SSL_CIPHER_get_name(sk_SSL_CIPHER_value(sk, i))); return buf;
}
static int same_secrets(void) {
  unsigned char a[20], b[20];
  return SSL_export_keying_material(c, a, 20, "EXPERIMENTAL", 12, (unsigned char *)"xyz", 3, 1) == 1 &&
    SSL_export_keying_material(s, b, 20, "EXPERIMENTAL", 12, (unsigned char *)"xyz", 3, 1) == 1 && !memcmp(a, b, 20);
}
static int same_finished(void) {
  unsigned char a[12], b[12]; return SSL_get_finished(c, a, 12) == 12 && SSL_get_peer_finished(s, b, 12) == 12 && !memcmp(a, b, 12);
}
static int same_randoms(void) {
  unsigned char a[32], b[32];
  return SSL_get_client_random(c, a, 32) == 32 && SSL_get_client_random(s, b, 32) == 32 && !memcmp(a, b, 32) &&
    SSL_get_server_random(c, a, 32) == 32 && SSL_get_server_random(s, b, 32) == 32 && !memcmp(a, b, 32);
}
`

let c: O.SSL
let s: O.SSL

function setUp(name: string | null, suites: string, clientCertificate: number): number {
  const sc = need(O.SSL_CTX_new(O.DTLS_server_method()))
  const cc = need(O.SSL_CTX_new(O.DTLS_client_method()))
  const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
  O.SSL_CTX_set_cipher_list(sc, suites)
  O.SSL_CTX_set_cipher_list(cc, suites)
  if (name === null) {
    O.SSL_CTX_set_psk_client_callback(cc, (_ssl, _hint, identity, _max, psk) => {
      identity.set(Buffer.from('me\0'))
      psk.fill(7, 0, 16)
      return 16
    })
    O.SSL_CTX_set_psk_server_callback(sc, (_ssl, _identity, psk) => {
      psk.fill(7, 0, 16)
      return 16
    })
    O.SSL_CTX_use_psk_identity_hint(sc, 'a hint')
  } else {
    O.SSL_CTX_use_certificate_chain_file(sc, `${DIR}${name}.pem`)
    O.SSL_CTX_use_PrivateKey_file(sc, `${DIR}${name}.key.pem`, 1)
  }
  O.SSL_CTX_set_dh_auto(sc, 1)
  O.SSL_CTX_load_verify_file(cc, `${DIR}authority.pem`)
  O.SSL_CTX_load_verify_file(sc, `${DIR}authority.pem`)
  O.SSL_CTX_set_verify(cc, O.SSL_VERIFY_PEER, null)
  if (clientCertificate === 1) {
    O.SSL_CTX_set_verify(sc, O.SSL_VERIFY_PEER, null)
    O.SSL_CTX_set_client_CA_list(sc, O.SSL_load_client_CA_file(`${DIR}authority.pem`))
    O.SSL_CTX_use_certificate_file(cc, `${DIR}client.pem`, 1)
    O.SSL_CTX_use_PrivateKey_file(cc, `${DIR}client.key.pem`, 1)
  }
  O.SSL_CTX_set_alpn_protos(cc, Buffer.from('\x02h2\x05hello'))
  O.SSL_CTX_set_alpn_select_cb(sc, (_ssl, out, outlen, list) => {
    const chosen = O.SSL_select_next_proto(out, outlen, Buffer.from('\x05hello\x02h2'), undefined, list)
    return chosen === O.OPENSSL_NPN_NEGOTIATED ? 0 : 3
  })
  c = need(O.SSL_new(cc))
  s = need(O.SSL_new(sc))
  O.SSL_set_tlsext_host_name(c, 'a.example')
  if (name !== null) O.SSL_set1_host(c, `${name}.test`)
  O.BIO_up_ref(one)
  O.BIO_up_ref(two)
  O.SSL_set_bio(c, one, two)
  O.SSL_set_bio(s, two, one)
  O.SSL_set_connect_state(c)
  O.SSL_set_accept_state(s)
  return 1
}

function shakeHands(): number {
  let [a, b] = [0, 0]
  for (let i = 0; i < 20 && (a !== 1 || b !== 1); i++) {
    a = O.SSL_do_handshake(c)
    b = O.SSL_do_handshake(s)
  }
  O.ERR_clear_error()
  return a * 10 + b
}

function need<T>(value: T | null): T {
  if (value === null) throw new Error('NULL')
  return value
}

const subject = (x: O.X509 | null) => (x === null ? null : O.X509_NAME_oneline(O.X509_get_subject_name(x)))
const names = (list: readonly O.SSL_CIPHER[] | null) =>
  (list ?? []).map(cipher => `${O.SSL_CIPHER_get_name(cipher)} `).join('')

function selected(ssl: O.SSL): string {
  const data: O.Out<Uint8Array | null> = { value: null }
  O.SSL_get0_alpn_selected(ssl, data)
  return Buffer.from(data.value ?? []).toString('latin1')
}

function sigalgs(get: typeof O.SSL_get_sigalgs, ssl: O.SSL): string {
  const places = [0, 0, 0, 0, 0].map(value => ({ value }))
  let text = ''
  for (let i = 0; get(ssl, i, ...(places as [])) > i; i++) text += `${places.map(place => place.value).join(',')} `
  return text
}

function nid(get: (ssl: O.SSL, place: O.Out<number>) => number, ssl: O.SSL): number {
  const place = { value: 0 }
  return get(ssl, place) === 1 ? place.value : -1
}

function groups(ssl: O.SSL): string {
  const list: number[] = []
  O.SSL_get1_groups(ssl, list)
  return list.map(group => `${group} `).join('')
}

function sameSecrets(): number {
  const [a, b] = [new Uint8Array(20), new Uint8Array(20)]
  const derive = (ssl: O.SSL, out: Uint8Array) =>
    O.SSL_export_keying_material(ssl, out, 20, 'EXPERIMENTAL', 12, Buffer.from('xyz'), 3, 1) === 1
  return Number(derive(c, a) && derive(s, b) && Buffer.compare(a, b) === 0)
}

function sameFinished(): number {
  const [a, b] = [new Uint8Array(12), new Uint8Array(12)]
  const lengths = O.SSL_get_finished(c, a) === 12 && O.SSL_get_peer_finished(s, b) === 12
  return Number(lengths && Buffer.compare(a, b) === 0)
}

function sameRandoms(): number {
  const both = [O.SSL_get_client_random, O.SSL_get_server_random].map(get => {
    const [a, b] = [new Uint8Array(32), new Uint8Array(32)]
    return get(c, a) === 32 && get(s, b) === 32 && Buffer.compare(a, b) === 0 && a.some(byte => byte !== 0)
  })
  return Number(both.every(Boolean))
}

/** The same question to both sides. */
const both = (ask: (name: 'c' | 's', ssl: () => O.SSL) => Call): Call[] => [ask('c', () => c), ask('s', () => s)]
const number = (name: string, get: (ssl: O.SSL) => number | string | null): Call[] =>
  both((side, ssl) => [`${name}(${side})`, () => get(ssl())])

const STATE: Call[] = [
  ...number('SSL_state_string', O.SSL_state_string),
  ...number('SSL_state_string_long', O.SSL_state_string_long),
  ...number('SSL_get_state', O.SSL_get_state),
  ...number('SSL_in_init', O.SSL_in_init),
  ...number('SSL_in_before', O.SSL_in_before),
  ...number('SSL_is_init_finished', O.SSL_is_init_finished),
  ...number('SSL_get_cipher', O.SSL_get_cipher),
  ...both((side, ssl) => [
    `SSL_CIPHER_get_name(SSL_get_pending_cipher(${side}))`,
    () => O.SSL_CIPHER_get_name(O.SSL_get_pending_cipher(ssl())),
  ]),
]

const AFTER: Call[] = [
  ...STATE,
  ...number('SSL_get_version', O.SSL_get_version),
  ...number('SSL_version', O.SSL_version),
  ...number('SSL_get_cipher_version', O.SSL_get_cipher_version),
  ...both((side, ssl) => [`SSL_get_cipher_bits(${side}, NULL)`, () => O.SSL_get_cipher_bits(ssl())]),
  ...number('SSL_get_verify_result', O.SSL_get_verify_result),
  ...number('SSL_get0_peername', O.SSL_get0_peername),
  ...both((side, ssl) => [
    `subject(SSL_get0_peer_certificate(${side}))`,
    () => subject(O.SSL_get0_peer_certificate(ssl())),
  ]),
  ...both((side, ssl) => [
    `sk_X509_num(SSL_get_peer_cert_chain(${side}))`,
    () => O.SSL_get_peer_cert_chain(ssl())?.length ?? -1,
  ]),
  ...both((side, ssl) => [
    `sk_X509_num(SSL_get0_verified_chain(${side}))`,
    () => O.SSL_get0_verified_chain(ssl())?.length ?? -1,
  ]),
  ...both((side, ssl) => [`subject(SSL_get_certificate(${side}))`, () => subject(O.SSL_get_certificate(ssl()))]),
  ...both((side, ssl) => [
    `sk_X509_NAME_num(SSL_get_client_CA_list(${side}))`,
    () => O.SSL_get_client_CA_list(ssl())?.length ?? -1,
  ]),
  ...both((side, ssl) => [
    `sk_X509_NAME_num(SSL_get0_peer_CA_list(${side}))`,
    () => O.SSL_get0_peer_CA_list(ssl())?.length ?? -1,
  ]),
  ...both((side, ssl) => [`selected(${side})`, () => selected(ssl())]),
  ...both((side, ssl) => [`SSL_get_servername(${side}, 0)`, () => O.SSL_get_servername(ssl(), 0)]),
  ...number('SSL_get_servername_type', O.SSL_get_servername_type),
  ...both((side, ssl) => [`sigalgs(SSL_get_sigalgs, ${side})`, () => sigalgs(O.SSL_get_sigalgs, ssl())]),
  ...both((side, ssl) => [`sigalgs(SSL_get_shared_sigalgs, ${side})`, () => sigalgs(O.SSL_get_shared_sigalgs, ssl())]),
  ...both((side, ssl) => [`nid(hash_of_peer, ${side})`, () => nid(O.SSL_get_peer_signature_nid, ssl())]),
  ...both((side, ssl) => [`nid(hash_of_own, ${side})`, () => nid(O.SSL_get_signature_nid, ssl())]),
  ...both((side, ssl) => [
    `nid(SSL_get_peer_signature_type_nid, ${side})`,
    () => nid(O.SSL_get_peer_signature_type_nid, ssl()),
  ]),
  ...both((side, ssl) => [`nid(SSL_get_signature_type_nid, ${side})`, () => nid(O.SSL_get_signature_type_nid, ssl())]),
  ...both((side, ssl) => [`groups(${side})`, () => groups(ssl())]),
  ...both((side, ssl) => [`SSL_get_shared_group(${side}, -1)`, () => O.SSL_get_shared_group(ssl(), -1)]),
  ...both((side, ssl) => [`SSL_get_shared_group(${side}, 1)`, () => O.SSL_get_shared_group(ssl(), 1)]),
  ...both((side, ssl) => [`SSL_get_shared_group(${side}, 99)`, () => O.SSL_get_shared_group(ssl(), 99)]),
  ...number('SSL_get_negotiated_group', O.SSL_get_negotiated_group),
  ['SSL_get0_ec_point_formats(s, &(char *){0})', () => O.SSL_get0_ec_point_formats(s, { value: null })],
  ...both((side, ssl) => [
    `SSL_get0_raw_cipherlist(${side}, &(char *){0})`,
    () => O.SSL_get0_raw_cipherlist(ssl(), { value: null }),
  ]),
  ...both((side, ssl) => [`ciphers(SSL_get_client_ciphers(${side}))`, () => names(O.SSL_get_client_ciphers(ssl()))]),
  ...both((side, ssl) => [
    `SSL_get_shared_ciphers(${side}, (char[999]){0}, 999)`,
    () => O.SSL_get_shared_ciphers(ssl(), new Uint8Array(999)),
  ]),
  ...both((side, ssl) => [
    `SSL_get_shared_ciphers(${side}, (char[40]){0}, 40)`,
    () => O.SSL_get_shared_ciphers(ssl(), new Uint8Array(40)),
  ]),
  ...number('SSL_get_extms_support', O.SSL_get_extms_support),
  ...number('SSL_get_secure_renegotiation_support', O.SSL_get_secure_renegotiation_support),
  ...number('SSL_get_psk_identity', O.SSL_get_psk_identity),
  ...number('SSL_get_psk_identity_hint', O.SSL_get_psk_identity_hint),
  ['same_finished()', sameFinished],
  ['same_randoms()', sameRandoms],
  ...['server finished', 'master secret and more', 'key expansion'].map(
    (label): Call => [
      `SSL_export_keying_material(c, (unsigned char[9]){0}, 9, "${label}", ${label.length}, NULL, 0, 0)`,
      () => O.SSL_export_keying_material(c, new Uint8Array(9), 9, label, label.length, null, 0, 0),
    ],
  ),
]

/** A handshake that fails, for the state after it: the server has no certificate of the kind that the suite wants. */
const failing: Scene = {
  name: 'failing',
  calls: [
    ['set_up("p256", "ECDHE-RSA-AES128-GCM-SHA256", 0)', () => setUp('p256', 'ECDHE-RSA-AES128-GCM-SHA256', 0)],
    ['shake_hands()', shakeHands],
    ...STATE,
    ['SSL_get_extms_support(c)', () => O.SSL_get_extms_support(c)],
    ['SSL_get_extms_support(s)', () => O.SSL_get_extms_support(s)],
  ],
}

const scene = (name: string | null, suites: string, certificate: number): Scene => ({
  name: `${name} ${suites} ${certificate}`,
  calls: [
    [
      `set_up(${name === null ? 'NULL' : `"${name}"`}, "${suites}", ${certificate})`,
      () => setUp(name, suites, certificate),
    ],
    ...STATE,
    ['SSL_do_handshake(c)', () => O.SSL_do_handshake(c)],
    ...STATE,
    ['SSL_do_handshake(s)', () => O.SSL_do_handshake(s)],
    ...STATE,
    ['shake_hands()', shakeHands],
    ...AFTER,
    // Of a handshake that failed the real library exports from keys that are all 0.
    ...(name === 'long-chain' ? [] : [['same_secrets()', sameSecrets] as const]),
  ],
})

const SCENES = [
  scene('rsa', 'DEFAULT', 1),
  scene('rsa', 'ECDHE+AES128', 0),
  scene('rsa', 'DHE-RSA-AES128-GCM-SHA256', 0),
  scene('p256', 'ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA', 0),
  scene('p384', 'ECDHE+AESGCM', 1),
  scene(null, 'PSK-AES128-GCM-SHA256', 0),
  scene(null, 'ECDHE-PSK-AES128-CBC-SHA256', 0),
  scene('long-chain', 'ECDHE+AESGCM', 0),
  failing,
]

compare('after-handshake', () => play(SCENES), program(SCENES, PRELUDE))

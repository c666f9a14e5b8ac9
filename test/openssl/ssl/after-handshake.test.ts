import * as O from '../../../lib/index.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { c, certificatePath, extensions, need, PAIR, s, setUp, shakeHands } from './pair.ts'
import { compare } from './record.ts'

const PRELUDE = `${PAIR}
static int temporary(int cmd, SSL *ssl) {
  EVP_PKEY *k = NULL; long r = SSL_ctrl(ssl, cmd, 0, &k); int id;
  if (r != 1) return (int)r - 1;
  id = EVP_PKEY_get_id(k) + 10000 * EVP_PKEY_get_bits(k) + EVP_PKEY_get_security_bits(k) + EVP_PKEY_get_size(k); EVP_PKEY_free(k); return id;
}
static const char *types(SSL *ssl) {
  static char buf[99]; const unsigned char *p; size_t i, n = SSL_get0_certificate_types(ssl, &p); *buf = 0;
  for (i = 0; i < n; i++) sprintf(buf + strlen(buf), "%d ", p[i]); return buf;
}
static int check_chain(SSL *ssl, const char *name, const char *issuer) {
  char path[500]; BIO *b; X509 *x; EVP_PKEY *k; STACK_OF(X509) *chain = sk_X509_new_null();
  sprintf(path, DIR "%s.pem", name); b = BIO_new_file(path, "r"); x = PEM_read_bio_X509(b, NULL, NULL, NULL);
  sprintf(path, DIR "%s.key.pem", name); b = BIO_new_file(path, "r"); k = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
  if (issuer) { sprintf(path, DIR "%s.pem", issuer); b = BIO_new_file(path, "r"); sk_X509_push(chain, PEM_read_bio_X509(b, NULL, NULL, NULL)); }
  return SSL_check_chain(ssl, x, k, chain);
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

function temporary(command: number, ssl: O.SSL): number {
  const key: O.Out<O.EVP_PKEY | null> = { value: null }
  const result = O.SSL_ctrl(ssl, command, 0, key)
  if (result !== 1) return result - 1
  const pkey = need(key.value)
  const number = O.EVP_PKEY_get_id(pkey) + 10000 * O.EVP_PKEY_get_bits(pkey)
  return number + O.EVP_PKEY_get_security_bits(pkey) + O.EVP_PKEY_get_size(pkey)
}

function types(ssl: O.SSL): string {
  const list: O.Out<Uint8Array | null> = { value: null }
  O.SSL_get0_certificate_types(ssl, list)
  return [...(list.value ?? [])].map(type => `${type} `).join('')
}

function checkChain(ssl: O.SSL, name: string, issuer: string | null): number {
  const read = (file: string) => need(O.BIO_new_file(certificatePath(file), 'r'))
  const x = O.PEM_read_bio_X509(read(name))
  const key = O.PEM_read_bio_PrivateKey(read(`${name}.key`))
  return O.SSL_check_chain(ssl, x, key, issuer === null ? [] : [need(O.PEM_read_bio_X509(read(issuer)))])
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

const CHECKS: Call[] = [
  ...['rsa', 'p256', 'p384', 'ed25519', 'client'].flatMap(name =>
    both((side, ssl) => [`check_chain(${side}, "${name}", "authority")`, () => checkChain(ssl(), name, 'authority')]),
  ),
  ...both((side, ssl) => [`check_chain(${side}, "long-chain", NULL)`, () => checkChain(ssl(), 'long-chain', null)]),
]

const STATE: Call[] = [
  ...number('SSL_client_version', O.SSL_client_version),
  ...both((side, ssl) => [
    `temporary(SSL_CTRL_GET_PEER_TMP_KEY, ${side})`,
    () => temporary(O.SSL_CTRL_GET_PEER_TMP_KEY, ssl()),
  ]),
  ...both((side, ssl) => [`temporary(SSL_CTRL_GET_TMP_KEY, ${side})`, () => temporary(O.SSL_CTRL_GET_TMP_KEY, ssl())]),
  ['extensions[0]', () => extensions.c],
  ['extensions[1]', () => extensions.s],
  ...both((side, ssl) => [`types(${side})`, () => types(ssl())]),
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
  ...CHECKS,
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
    ...CHECKS,
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

import * as O from '../../../lib/index.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { c, certificatePath, PAIR, s, setUp, shakeHands } from './pair.ts'
import { compare } from './record.ts'

const PRELUDE = `${PAIR}
static int count(int result, STACK_OF(X509_NAME) *names) { return result * 1000 + sk_X509_NAME_num(names); }
static const char *answers(SSL *ssl) {
  static char buf[99]; const unsigned char *p; size_t i, n = SSL_get0_certificate_types(ssl, &p); *buf = 0;
  for (i = 0; i < n; i++) sprintf(buf + strlen(buf), "%d ", p[i]); return buf;
}
static int no_digest(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex) { return op != SSL_SECOP_CA_MD; }
static char room[8] = "";
static int copy(const char *src, int size) { return OPENSSL_strlcpy(room, src, size); }
static int append(const char *src, int size) { return OPENSSL_strlcat(room, src, size); }
`

const room = new Uint8Array(8)
const roomText = (): string => Buffer.from(room.subarray(0, room.indexOf(0))).toString()

const bare = (text: string): Call => [text, () => roomText()]

const strings: Scene = {
  name: 'strings',
  calls: [
    ['copy("hello", 8)', () => O.OPENSSL_strlcpy(room, 'hello', 8)],
    bare('room'),
    ['append("abc", 8)', () => O.BUF_strlcat(room, 'abc', 8)],
    bare('room'),
    ['append("def", 8)', () => O.OPENSSL_strlcat(room, 'def', 8)],
    ['append("def", 3)', () => O.OPENSSL_strlcat(room, 'def', 3)],
    bare('room'),
    ['copy("hello world", 8)', () => O.BUF_strlcpy(room, 'hello world', 8)],
    bare('room'),
    ['copy("hello", 1)', () => O.OPENSSL_strlcpy(room, 'hello', 1)],
    bare('room'),
    ['copy("hello", 0)', () => O.OPENSSL_strlcpy(room, 'hello', 0)],
    ['OPENSSL_strnlen("abc", 2)', () => O.OPENSSL_strnlen('abc', 2)],
    ['OPENSSL_strnlen("abc", 9)', () => O.BUF_strnlen('abc', 9)],
  ],
}

const method: Scene = {
  name: 'method',
  calls: [
    ['SSL_client_version(ssl)', ({ ssl }) => O.SSL_client_version(ssl)],
    ['TLS1_get_client_version(ssl)', ({ ssl }) => O.TLS1_get_client_version(ssl)],
    ['SSL_key_update(ssl, 1)', ({ ssl }) => O.SSL_key_update(ssl, 1)],
    ['SSL_key_update(ssl, 9)', ({ ssl }) => O.SSL_key_update(ssl, 9)],
    ['SSL_get_key_update_type(ssl)', ({ ssl }) => O.SSL_get_key_update_type(ssl)],
    ['ERR_get_state() != NULL', () => Number(O.ERR_get_state() !== null)],
    ['SSL_set_ssl_method(ssl, DTLSv1_2_method())', ({ ssl }) => O.SSL_set_ssl_method(ssl, O.DTLSv1_2_method())],
    ['SSL_version(ssl)', ({ ssl }) => O.SSL_version(ssl)],
    [
      'SSL_set_ssl_method(ssl, DTLSv1_2_server_method())',
      ({ ssl }) => O.SSL_set_ssl_method(ssl, O.DTLSv1_2_server_method()),
    ],
    [
      'SSL_get_ssl_method(ssl) == DTLSv1_2_server_method()',
      ({ ssl }) => Number(O.SSL_get_ssl_method(ssl) === O.DTLSv1_2_server_method()),
    ],
    ['SSL_do_handshake(ssl)', ({ ssl }) => O.SSL_do_handshake(ssl)],
  ],
}

const types: Scene = {
  name: 'types',
  calls: [
    [
      'SSL_CTX_set1_client_certificate_types(ctx, (unsigned char *)"\\1\\100", 2)',
      ({ ctx }) => O.SSL_CTX_set1_client_certificate_types(ctx, Uint8Array.of(1, 64), 2),
    ],
    [
      'SSL_set1_client_certificate_types(ssl, (unsigned char *)"\\1\\100", 2)',
      ({ ssl }) => O.SSL_set1_client_certificate_types(ssl, Uint8Array.of(1, 64), 2),
    ],
    [
      '(SSL_set_connect_state(ssl), SSL_set1_client_certificate_types(ssl, (unsigned char *)"\\1\\100", 2))',
      ({ ssl }) => {
        O.SSL_set_connect_state(ssl)
        return O.SSL_set1_client_certificate_types(ssl, Uint8Array.of(1, 64), 2)
      },
    ],
    ...[0, 255, 256, -1].map(
      (length): Call => [
        `SSL_CTX_ctrl(ctx, SSL_CTRL_SET_CLIENT_CERT_TYPES, ${length}, (char[256]){0})`,
        ({ ctx }) => O.SSL_CTX_ctrl(ctx, O.SSL_CTRL_SET_CLIENT_CERT_TYPES, length, new Uint8Array(256)),
      ],
    ),
    [
      'SSL_CTX_set1_client_certificate_types(ctx, NULL, 3)',
      ({ ctx }) => O.SSL_CTX_set1_client_certificate_types(ctx, null, 3),
    ],
  ],
}

const paths = (text: string, url: string): Call[] => [
  [`SSL_CTX_load_verify_store(ctx, ${text})`, ({ ctx }) => O.SSL_CTX_load_verify_store(ctx, url)],
  [
    `count(SSL_add_store_cert_subjects_to_stack(names, ${text}), names)`,
    () => O.SSL_add_store_cert_subjects_to_stack(names, url) * 1000 + names.length,
  ],
]

const names: O.X509_NAME[] = []
const directory = certificatePath('').replace(/\.pem$/, '')

const stores: Scene = {
  name: 'stores',
  setup: 'STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();',
  calls: [
    ['SSL_CTX_set_default_verify_dir(ctx)', ({ ctx }) => O.SSL_CTX_set_default_verify_dir(ctx)],
    ['SSL_CTX_set_default_verify_file(ctx)', ({ ctx }) => O.SSL_CTX_set_default_verify_file(ctx)],
    ['SSL_CTX_set_default_verify_store(ctx)', ({ ctx }) => O.SSL_CTX_set_default_verify_store(ctx)],
    ['SSL_CTX_load_verify_store(ctx, NULL)', ({ ctx }) => O.SSL_CTX_load_verify_store(ctx, null)],
    ...paths('DIR "rsa.pem"', `${directory}rsa.pem`),
    ...paths('DIR "rsa.pem"', `${directory}rsa.pem`),
    ...paths('"file:" DIR "p256.pem"', `file:${directory}p256.pem`),
    ...paths('"FILE://" DIR "p384.pem"', `FILE://${directory}p384.pem`),
    ...paths('"file://LocalHost" DIR "p521.pem"', `file://LocalHost${directory}p521.pem`),
    ...paths('DIR "rsa.key.pem"', `${directory}rsa.key.pem`),
    ...paths('DIR "make.sh"', `${directory}make.sh`),
    ...[
      '/nonexistent',
      'file:/nonexistent',
      'file:///nonexistent',
      'file:///%6eonexistent',
      'file:nonexistent',
      'file://elsewhere/x',
      'file:',
      'file://',
      '',
      'ldap:x',
      'http://x/y',
      ':x',
      'pkcs11:',
    ].flatMap(url => paths(`"${url}"`, url)),
    ['SSL_CTX_load_verify_store(ctx, DIR)', ({ ctx }) => O.SSL_CTX_load_verify_store(ctx, directory)],
    [
      'SSL_add_store_cert_subjects_to_stack(names, DIR) && sk_X509_NAME_num(names) > 9',
      () => Number(O.SSL_add_store_cert_subjects_to_stack(names, directory) === 1 && names.length > 9),
    ],
  ],
}

/** What was good enough when it was set is not when it is sent: the level of the server is raised. */
const level = (certificate: string, suites: string, securityLevel: number): Scene => ({
  name: `level ${securityLevel} ${certificate}`,
  calls: [
    [`set_up("${certificate}", "${suites}", 0)`, () => setUp(certificate, suites, 0)],
    [
      `(SSL_set_security_level(s, ${securityLevel}), SSL_do_handshake(c))`,
      () => {
        O.SSL_set_security_level(s, securityLevel)
        return O.SSL_do_handshake(c)
      },
    ],
    ['SSL_do_handshake(s)', () => O.SSL_do_handshake(s)],
    ['SSL_do_handshake(c)', () => O.SSL_do_handshake(c)],
  ],
})

/** A security callback that has something against the digest of a certificate. */
const digest: Scene = {
  name: 'digest',
  calls: [
    ['set_up("rsa", "ECDHE+AESGCM", 0)', () => setUp('rsa', 'ECDHE+AESGCM', 0)],
    [
      '(SSL_set_security_callback(s, no_digest), SSL_do_handshake(c))',
      () => {
        O.SSL_set_security_callback(s, (_ssl, _ctx, op) => Number(op !== O.SSL_SECOP_CA_MD))
        return O.SSL_do_handshake(c)
      },
    ],
    ['SSL_do_handshake(s)', () => O.SSL_do_handshake(s)],
    ['SSL_do_handshake(c)', () => O.SSL_do_handshake(c)],
  ],
}

/** What the server asks for reaches the client. */
const asked = (c_call: string, call: () => number): Scene => ({
  name: `asked ${c_call}`,
  calls: [
    ['set_up("rsa", "ECDHE+AESGCM", 1)', () => setUp('rsa', 'ECDHE+AESGCM', 1)],
    [c_call, call],
    ['shake_hands()', shakeHands],
    [
      'answers(c)',
      () => {
        const list: O.Out<Uint8Array | null> = { value: null }
        O.SSL_get0_certificate_types(c, list)
        return [...(list.value ?? [])].map(type => `${type} `).join('')
      },
    ],
    ['SSL_is_init_finished(c)', () => O.SSL_is_init_finished(c)],
  ],
})

const SCENES = [
  strings,
  method,
  types,
  stores,
  level('rsa', 'ECDHE-RSA-AES256-GCM-SHA384', 3),
  digest,
  level('p384', 'ECDHE-ECDSA-AES256-GCM-SHA384', 4),
  asked('SSL_set1_client_certificate_types(s, (unsigned char *)"\\100\\1\\11", 3)', () =>
    O.SSL_set1_client_certificate_types(s, Uint8Array.of(64, 1, 9)),
  ),
  asked('SSL_set1_client_sigalgs_list(s, "ECDSA+SHA256")', () => O.SSL_set1_client_sigalgs_list(s, 'ECDSA+SHA256')),
  asked('SSL_set1_client_sigalgs_list(s, "RSA+SHA256:DSA+SHA256")', () =>
    O.SSL_set1_client_sigalgs_list(s, 'RSA+SHA256:DSA+SHA256'),
  ),
  asked('SSL_set1_client_sigalgs_list(s, "RSA-PSS+SHA256:ed25519")', () =>
    O.SSL_set1_client_sigalgs_list(s, 'RSA-PSS+SHA256:ed25519'),
  ),
]

compare('refinements', () => play(SCENES), program(SCENES, PRELUDE))

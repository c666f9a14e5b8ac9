import * as C from '../../../lib/openssl/constants/index.ts'
import { EC_KEY_new_by_curve_name } from '../../../lib/openssl/evp/keygen.ts'
import * as S from '../../../lib/openssl/ssl/index.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { compare } from './record.ts'

const VERSIONS = [0, 1, 0x100, 0x2ff, 0x300, 0x301, 0x303, 0x304, 0x305, 0xfefc, 0xfefd, 0xfefe, 0xfeff, 0xff00, 0xff01]

/** Both bounds, one after the other, with what is left of them. */
function bounds(version: number): Call[] {
  return [
    [`SSL_CTX_set_min_proto_version(ctx, ${version})`, ({ ctx }) => S.SSL_CTX_set_min_proto_version(ctx, version)],
    ['SSL_CTX_get_min_proto_version(ctx)', ({ ctx }) => S.SSL_CTX_get_min_proto_version(ctx)],
    [`SSL_CTX_set_max_proto_version(ctx, ${version})`, ({ ctx }) => S.SSL_CTX_set_max_proto_version(ctx, version)],
    ['SSL_CTX_get_max_proto_version(ctx)', ({ ctx }) => S.SSL_CTX_get_max_proto_version(ctx)],
  ]
}

const cipherList = (text: string): Call[] => [
  [`SSL_CTX_set_cipher_list(ctx, "${text}")`, ({ ctx }) => S.SSL_CTX_set_cipher_list(ctx, text)],
  ['sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx))', ({ ctx }) => S.sk_SSL_CIPHER_num(S.SSL_CTX_get_ciphers(ctx))],
  ['SSL_CTX_get_security_level(ctx)', ({ ctx }) => S.SSL_CTX_get_security_level(ctx)],
]

const groupsList = (text: string): Call => [
  `SSL_CTX_set1_groups_list(ctx, "${text}")`,
  ({ ctx }) => S.SSL_CTX_set1_groups_list(ctx, text),
]

const sigalgsList = (text: string): Call => [
  `SSL_set1_sigalgs_list(ssl, "${text}")`,
  ({ ssl }) => S.SSL_set1_sigalgs_list(ssl, text),
]

const hostName = (text: string): Call => [
  `SSL_set_tlsext_host_name(ssl, "${text}")`,
  ({ ssl }) => S.SSL_set_tlsext_host_name(ssl, text),
]

const alert = (number: number): Call[] => [
  [`SSL_alert_desc_string(${number})`, () => S.SSL_alert_desc_string(number)],
  [`SSL_alert_desc_string_long(${number})`, () => S.SSL_alert_desc_string_long(number)],
  [`SSL_alert_type_string_long(${number} << 5)`, () => S.SSL_alert_type_string_long(number << 5)],
  [`SSL_alert_type_string(${number} << 5)`, () => S.SSL_alert_type_string(number << 5)],
]

const SCENES: readonly Scene[] = [
  {
    name: 'fresh',
    calls: [
      ['SSL_CTX_get_options(ctx)', ({ ctx }) => S.SSL_CTX_get_options(ctx)],
      ['SSL_CTX_get_mode(ctx)', ({ ctx }) => S.SSL_CTX_get_mode(ctx)],
      ['SSL_CTX_get_verify_mode(ctx)', ({ ctx }) => S.SSL_CTX_get_verify_mode(ctx)],
      ['SSL_CTX_get_verify_depth(ctx)', ({ ctx }) => S.SSL_CTX_get_verify_depth(ctx)],
      ['SSL_CTX_get_session_cache_mode(ctx)', ({ ctx }) => S.SSL_CTX_get_session_cache_mode(ctx)],
      ['SSL_CTX_sess_get_cache_size(ctx)', ({ ctx }) => S.SSL_CTX_sess_get_cache_size(ctx)],
      ['SSL_CTX_get_timeout(ctx)', ({ ctx }) => S.SSL_CTX_get_timeout(ctx)],
      ['SSL_get_default_timeout(ssl)', ({ ssl }) => S.SSL_get_default_timeout(ssl)],
      ['SSL_CTX_get_security_level(ctx)', ({ ctx }) => S.SSL_CTX_get_security_level(ctx)],
      ['SSL_CTX_get_max_cert_list(ctx)', ({ ctx }) => S.SSL_CTX_get_max_cert_list(ctx)],
      ['SSL_CTX_get_num_tickets(ctx)', ({ ctx }) => S.SSL_CTX_get_num_tickets(ctx)],
      ['SSL_get_version(ssl)', ({ ssl }) => S.SSL_get_version(ssl)],
      ['SSL_version(ssl)', ({ ssl }) => S.SSL_version(ssl)],
      ['SSL_is_dtls(ssl)', ({ ssl }) => S.SSL_is_dtls(ssl)],
      ['TLS1_get_version(ssl)', ({ ssl }) => S.TLS1_get_version(ssl)],
      ['SSL_get_verify_result(ssl)', ({ ssl }) => S.SSL_get_verify_result(ssl)],
      ['SSL_state_string(ssl)', ({ ssl }) => S.SSL_state_string(ssl)],
      ['SSL_state_string_long(ssl)', ({ ssl }) => S.SSL_state_string_long(ssl)],
      ['SSL_rstate_string(ssl)', ({ ssl }) => S.SSL_rstate_string(ssl)],
      ['SSL_rstate_string_long(ssl)', ({ ssl }) => S.SSL_rstate_string_long(ssl)],
      ['SSL_get_state(ssl)', ({ ssl }) => S.SSL_get_state(ssl)],
      ['SSL_in_init(ssl)', ({ ssl }) => S.SSL_in_init(ssl)],
      ['SSL_in_before(ssl)', ({ ssl }) => S.SSL_in_before(ssl)],
      ['SSL_is_init_finished(ssl)', ({ ssl }) => S.SSL_is_init_finished(ssl)],
      ['SSL_get_cipher(ssl)', ({ ssl }) => S.SSL_get_cipher(ssl)],
      ['SSL_get_cipher_version(ssl)', ({ ssl }) => S.SSL_get_cipher_version(ssl)],
      ['SSL_get_cipher_bits(ssl, NULL)', ({ ssl }) => S.SSL_get_cipher_bits(ssl)],
      ['SSL_get_cipher_list(ssl, 3)', ({ ssl }) => S.SSL_get_cipher_list(ssl, 3)],
      ['SSL_get_cipher_list(ssl, 60)', ({ ssl }) => S.SSL_get_cipher_list(ssl, 60)],
      ['SSL_get_shared_ciphers(ssl, (char[99]){0}, 99)', ({ ssl }) => S.SSL_get_shared_ciphers(ssl)],
      ['SSL_get_extms_support(ssl)', ({ ssl }) => S.SSL_get_extms_support(ssl)],
      ['SSL_get_secure_renegotiation_support(ssl)', ({ ssl }) => S.SSL_get_secure_renegotiation_support(ssl)],
      ['SSL_get_finished(ssl, (char[9]){0}, 9)', ({ ssl }) => S.SSL_get_finished(ssl, new Uint8Array(9))],
      ['SSL_get_client_random(ssl, NULL, 0)', ({ ssl }) => S.SSL_get_client_random(ssl, null)],
      [
        'SSL_get_client_random(ssl, (unsigned char[9]){0}, 9)',
        ({ ssl }) => S.SSL_get_client_random(ssl, new Uint8Array(9)),
      ],
      [
        'SSL_get_server_random(ssl, (unsigned char[9]){0}, 0)',
        ({ ssl }) => S.SSL_get_server_random(ssl, new Uint8Array(9), 0),
      ],
      [
        'SSL_export_keying_material(ssl, (unsigned char[9]){0}, 9, "EXPERIMENTAL", 12, NULL, 0, 0)',
        ({ ssl }) => S.SSL_export_keying_material(ssl, new Uint8Array(9), 9, 'EXPERIMENTAL', 12, null, 0, 0),
      ],
      ['SSL_get_servername(ssl, 0)', ({ ssl }) => S.SSL_get_servername(ssl, 0)],
      ['SSL_get_servername_type(ssl)', ({ ssl }) => S.SSL_get_servername_type(ssl)],
      ['SSL_get_psk_identity(ssl)', ({ ssl }) => S.SSL_get_psk_identity(ssl)],
      ['SSL_get_psk_identity_hint(ssl)', ({ ssl }) => S.SSL_get_psk_identity_hint(ssl)],
      ['SSL_get0_peername(ssl)', ({ ssl }) => S.SSL_get0_peername(ssl)],
      ['SSL_get_peer_signature_nid(ssl, &(int){0})', ({ ssl }) => S.SSL_get_peer_signature_nid(ssl, { value: 0 })],
      ['SSL_get_signature_type_nid(ssl, &(int){0})', ({ ssl }) => S.SSL_get_signature_type_nid(ssl, { value: 0 })],
      ['SSL_get_shared_group(ssl, -1)', ({ ssl }) => S.SSL_get_shared_group(ssl, -1)],
      ['SSL_get1_groups(ssl, NULL)', ({ ssl }) => S.SSL_get1_groups(ssl)],
      ['SSL_get_sigalgs(ssl, -1, NULL, NULL, NULL, NULL, NULL)', ({ ssl }) => S.SSL_get_sigalgs(ssl, -1)],
      ['SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL)', ({ ssl }) => S.SSL_get_shared_sigalgs(ssl, 0)],
      ['SSL_CTX_check_private_key(ctx)', ({ ctx }) => S.SSL_CTX_check_private_key(ctx)],
      ['SSL_CTX_build_cert_chain(ctx, 0)', ({ ctx }) => S.SSL_CTX_build_cert_chain(ctx, 0)],
      ['SSL_CTX_use_certificate(ctx, NULL)', ({ ctx }) => S.SSL_CTX_use_certificate(ctx, null)],
      ['SSL_CTX_use_PrivateKey(ctx, NULL)', ({ ctx }) => S.SSL_CTX_use_PrivateKey(ctx, null)],
      ['SSL_CTX_select_current_cert(ctx, NULL)', ({ ctx }) => S.SSL_CTX_select_current_cert(ctx, null)],
      [
        'SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST)',
        ({ ctx }) => S.SSL_CTX_set_current_cert(ctx, C.SSL_CERT_SET_FIRST),
      ],
      [
        'SSL_set_current_cert(ssl, SSL_CERT_SET_SERVER)',
        ({ ssl }) => S.SSL_set_current_cert(ssl, C.SSL_CERT_SET_SERVER),
      ],
      ['SSL_CTX_ctrl(ctx, 9999, 0, NULL)', ({ ctx }) => S.SSL_CTX_ctrl(ctx, 9999, 0, null)],
      ['SSL_ctrl(ssl, 9999, 0, NULL)', ({ ssl }) => S.SSL_ctrl(ssl, 9999, 0, null)],
    ],
  },
  ...[0xfefd, 0xfeff].flatMap(max => [
    {
      name: `bounds below ${max}`,
      calls: VERSIONS.flatMap(version => [
        [`SSL_CTX_set_max_proto_version(ctx, ${max})`, ({ ctx }) => S.SSL_CTX_set_max_proto_version(ctx, max)] as Call,
        ...bounds(version),
        ['SSL_CTX_set_min_proto_version(ctx, 0)', ({ ctx }) => S.SSL_CTX_set_min_proto_version(ctx, 0)] as Call,
        ['SSL_CTX_set_max_proto_version(ctx, 0)', ({ ctx }) => S.SSL_CTX_set_max_proto_version(ctx, 0)] as Call,
      ]),
    },
  ]),
  ...VERSIONS.map(version => ({ name: 'bounds alone', calls: bounds(version) })),
  {
    name: 'bounds of a method with one version',
    setup: 'SSL_CTX_set_ssl_version(ctx, DTLSv1_2_method());',
    calls: [
      [
        'SSL_CTX_set_ssl_version(ctx, DTLSv1_2_method())',
        ({ ctx }) => S.SSL_CTX_set_ssl_version(ctx, S.DTLSv1_2_method()),
      ],
      ...VERSIONS.flatMap(bounds),
    ],
  },
  {
    name: 'suites',
    calls: [
      ...[
        '',
        'nix',
        'ALL:!SRP',
        'nix:AES128-SHA',
        'TLS_AES_128_GCM_SHA256',
        '@SECLEVEL=0:ALL:!SRP',
        '@SECLEVEL=9',
        'PSK',
        'SUITEB128',
        'ALL:!SRP',
      ].flatMap(cipherList),
      ['SSL_CTX_set_ciphersuites(ctx, "nix")', ({ ctx }) => S.SSL_CTX_set_ciphersuites(ctx, 'nix')],
      ['SSL_CTX_set_ciphersuites(ctx, "")', ({ ctx }) => S.SSL_CTX_set_ciphersuites(ctx, '')],
      ['SSL_set_cipher_list(ssl, "nix")', ({ ssl }) => S.SSL_set_cipher_list(ssl, 'nix')],
      ['sk_SSL_CIPHER_num(SSL_get_ciphers(ssl))', ({ ssl }) => S.sk_SSL_CIPHER_num(S.SSL_get_ciphers(ssl))],
      [
        'sk_SSL_CIPHER_num(SSL_get1_supported_ciphers(ssl))',
        ({ ssl }) => S.sk_SSL_CIPHER_num(S.SSL_get1_supported_ciphers(ssl)),
      ],
      [
        'OPENSSL_cipher_name("TLS_RSA_WITH_AES_128_CBC_SHA")',
        () => S.OPENSSL_cipher_name('TLS_RSA_WITH_AES_128_CBC_SHA'),
      ],
      ['OPENSSL_cipher_name("TLS_FALLBACK_SCSV")', () => S.OPENSSL_cipher_name('TLS_FALLBACK_SCSV')],
      ['OPENSSL_cipher_name("nix")', () => S.OPENSSL_cipher_name('nix')],
      ['OPENSSL_cipher_name(NULL)', () => S.OPENSSL_cipher_name(null)],
      ['SSL_CIPHER_get_name(NULL)', () => S.SSL_CIPHER_get_name(null)],
      ['SSL_CIPHER_get_version(NULL)', () => S.SSL_CIPHER_get_version(null)],
      ['SSL_CIPHER_standard_name(NULL)', () => S.SSL_CIPHER_standard_name(null)],
      ['SSL_CIPHER_get_bits(NULL, NULL)', () => S.SSL_CIPHER_get_bits(null)],
      ['SSL_CIPHER_get_cipher_nid(NULL)', () => S.SSL_CIPHER_get_cipher_nid(null)],
    ],
  },
  ...[
    [0xc0, 0x2f],
    [0x00, 0x2f],
    [0x13, 0x01],
    [0x00, 0xff],
    [0x56, 0x00],
    [0xc0, 0xa8],
  ].map(found),
  {
    name: 'groups',
    calls: [
      ...['nix', '', 'P-256', 'P-256:prime256v1', 'X25519:P-384', 'x25519:', 'ffdhe2048'].map(groupsList),
      ['SSL_CTX_set1_groups(ctx, ((int[]){0}), 0)', ({ ctx }) => S.SSL_CTX_set1_groups(ctx, [], 0)],
      ['SSL_CTX_set1_groups(ctx, ((int[]){4711}), 1)', ({ ctx }) => S.SSL_CTX_set1_groups(ctx, [4711])],
      ['SSL_CTX_set1_groups(ctx, ((int[]){415, 715}), 2)', ({ ctx }) => S.SSL_CTX_set1_groups(ctx, [415, 715])],
      ['SSL_group_to_name(ssl, 415)', ({ ssl }) => S.SSL_group_to_name(ssl, 415)],
      ['SSL_group_to_name(ssl, 0x1000000 | 29)', ({ ssl }) => S.SSL_group_to_name(ssl, 0x1000000 | 29)],
      ['SSL_group_to_name(ssl, 29)', ({ ssl }) => S.SSL_group_to_name(ssl, 29)],
      ['SSL_CTX_set_tmp_ecdh(ctx, NULL)', ({ ctx }) => S.SSL_CTX_set_tmp_ecdh(ctx, null)],
      [
        'SSL_CTX_set_tmp_ecdh(ctx, EC_KEY_new_by_curve_name(415))',
        ({ ctx }) => S.SSL_CTX_set_tmp_ecdh(ctx, EC_KEY_new_by_curve_name(415)),
      ],
      ['SSL_CTX_set_ecdh_auto(ctx, 1)', ({ ctx }) => S.SSL_CTX_set_ecdh_auto(ctx, 1)],
      ['SSL_CTX_set_dh_auto(ctx, 1)', ({ ctx }) => S.SSL_CTX_set_dh_auto(ctx, 1)],
      ['SSL_CTX_set_tmp_dh(ctx, NULL)', ({ ctx }) => S.SSL_CTX_set_tmp_dh(ctx, null)],
    ],
  },
  {
    name: 'signatures',
    calls: [
      ...['nix', '', 'RSA+SHA256', 'ECDSA+SHA384:ed25519', 'RSA+SHA256:RSA+SHA256', 'rsa_pss_rsae_sha256:nix'].map(
        sigalgsList,
      ),
      ['SSL_CTX_set1_sigalgs(ctx, ((int[]){672, 6}), 2)', ({ ctx }) => S.SSL_CTX_set1_sigalgs(ctx, [672, 6])],
      ['SSL_CTX_set1_sigalgs(ctx, ((int[]){672, 6, 672}), 3)', ({ ctx }) => S.SSL_CTX_set1_sigalgs(ctx, [672, 6, 672])],
      ['SSL_CTX_set1_sigalgs(ctx, ((int[]){672, 7}), 2)', ({ ctx }) => S.SSL_CTX_set1_sigalgs(ctx, [672, 7])],
      [
        'SSL_CTX_set1_client_sigalgs_list(ctx, "ECDSA+SHA256")',
        ({ ctx }) => S.SSL_CTX_set1_client_sigalgs_list(ctx, 'ECDSA+SHA256'),
      ],
      ['SSL_set1_client_sigalgs_list(ssl, "nix")', ({ ssl }) => S.SSL_set1_client_sigalgs_list(ssl, 'nix')],
    ],
  },
  {
    name: 'extensions',
    calls: [
      hostName('a.example'),
      ['SSL_get_servername(ssl, 0)', ({ ssl }) => S.SSL_get_servername(ssl, 0)],
      ['SSL_get_servername(ssl, 1)', ({ ssl }) => S.SSL_get_servername(ssl, 1)],
      ['SSL_get_servername_type(ssl)', ({ ssl }) => S.SSL_get_servername_type(ssl)],
      hostName(''),
      ['SSL_get_servername_type(ssl)', ({ ssl }) => S.SSL_get_servername_type(ssl)],
      hostName('x'.repeat(255)),
      hostName('x'.repeat(256)),
      ['SSL_set_tlsext_host_name(ssl, NULL)', ({ ssl }) => S.SSL_set_tlsext_host_name(ssl, null)],
      [
        'SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, 1, "x")',
        ({ ssl }) => S.SSL_ctrl(ssl, C.SSL_CTRL_SET_TLSEXT_HOSTNAME, 1, 'x'),
      ],
      ...[4, 5, 0].map(
        (mode): Call => [
          `SSL_CTX_set_tlsext_max_fragment_length(ctx, ${mode})`,
          ({ ctx }) => S.SSL_CTX_set_tlsext_max_fragment_length(ctx, mode),
        ],
      ),
      ...['\\2h2', '\\3h2', '\\2h2\\0', ''].map((list): Call => {
        const bytes = Uint8Array.from(
          Buffer.from(
            list.replace(/\\(\d)/g, (_, d) => String.fromCharCode(Number(d))),
            'latin1',
          ),
        )
        return [
          `SSL_set_alpn_protos(ssl, (unsigned char *)"${list}", ${bytes.length})`,
          ({ ssl }) => S.SSL_set_alpn_protos(ssl, bytes),
        ]
      }),
      ['SSL_CTX_use_psk_identity_hint(ctx, "x")', ({ ctx }) => S.SSL_CTX_use_psk_identity_hint(ctx, 'x')],
      ...[256, 257].map(
        (length): Call => [
          `SSL_use_psk_identity_hint(ssl, "${'x'.repeat(length)}")`,
          ({ ssl }) => S.SSL_use_psk_identity_hint(ssl, 'x'.repeat(length)),
        ],
      ),
    ],
  },
  {
    name: 'numbers',
    calls: [
      ...[511, 512, 16384, 16385, 1000].map(
        (m): Call => [`SSL_CTX_set_max_send_fragment(ctx, ${m})`, ({ ctx }) => S.SSL_CTX_set_max_send_fragment(ctx, m)],
      ),
      ...[0, 1001, 1000].map(
        (m): Call => [
          `SSL_CTX_set_split_send_fragment(ctx, ${m})`,
          ({ ctx }) => S.SSL_CTX_set_split_send_fragment(ctx, m),
        ],
      ),
      ...[0, 1, 32, 33].map(
        (m): Call => [`SSL_CTX_set_max_pipelines(ctx, ${m})`, ({ ctx }) => S.SSL_CTX_set_max_pipelines(ctx, m)],
      ),
      ['SSL_CTX_get_read_ahead(ctx)', ({ ctx }) => S.SSL_CTX_get_read_ahead(ctx)],
      ['SSL_CTX_set_read_ahead(ctx, 0)', ({ ctx }) => S.SSL_CTX_set_read_ahead(ctx, 0)],
      ['SSL_CTX_set_max_cert_list(ctx, 5)', ({ ctx }) => S.SSL_CTX_set_max_cert_list(ctx, 5)],
      ['SSL_CTX_set_max_cert_list(ctx, -1)', ({ ctx }) => S.SSL_CTX_set_max_cert_list(ctx, -1)],
      ['SSL_CTX_get_max_cert_list(ctx)', ({ ctx }) => S.SSL_CTX_get_max_cert_list(ctx)],
      ['SSL_CTX_set_session_cache_mode(ctx, 3)', ({ ctx }) => S.SSL_CTX_set_session_cache_mode(ctx, 3)],
      ['SSL_CTX_set_session_cache_mode(ctx, 0)', ({ ctx }) => S.SSL_CTX_set_session_cache_mode(ctx, 0)],
      ['SSL_CTX_sess_set_cache_size(ctx, 7)', ({ ctx }) => S.SSL_CTX_sess_set_cache_size(ctx, 7)],
      ['SSL_CTX_sess_get_cache_size(ctx)', ({ ctx }) => S.SSL_CTX_sess_get_cache_size(ctx)],
      ['SSL_CTX_set_timeout(ctx, 5)', ({ ctx }) => S.SSL_CTX_set_timeout(ctx, 5)],
      ['SSL_CTX_get_timeout(ctx)', ({ ctx }) => S.SSL_CTX_get_timeout(ctx)],
      [
        'SSL_CTX_set_session_id_context(ctx, (unsigned char[33]){0}, 33)',
        ({ ctx }) => S.SSL_CTX_set_session_id_context(ctx, new Uint8Array(33)),
      ],
      [
        'SSL_set_session_id_context(ssl, (unsigned char[33]){0}, 32)',
        ({ ssl }) => S.SSL_set_session_id_context(ssl, new Uint8Array(33), 32),
      ],
      ['SSL_CTX_set_mode(ctx, 1)', ({ ctx }) => S.SSL_CTX_set_mode(ctx, 1)],
      ['SSL_CTX_clear_mode(ctx, 4)', ({ ctx }) => S.SSL_CTX_clear_mode(ctx, 4)],
      ['SSL_get_mode(ssl)', ({ ssl }) => S.SSL_get_mode(ssl)],
      ['SSL_CTX_set_options(ctx, SSL_OP_ALL)', ({ ctx }) => S.SSL_CTX_set_options(ctx, C.SSL_OP_ALL)],
      ['SSL_CTX_set_options(ctx, SSL_OP_BIT(33))', ({ ctx }) => S.SSL_CTX_set_options(ctx, S.SSL_OP_BIT(33))],
      ['SSL_CTX_set_options(ctx, SSL_OP_NO_DTLSv1)', ({ ctx }) => S.SSL_CTX_set_options(ctx, C.SSL_OP_NO_DTLSv1)],
      ['SSL_CTX_clear_options(ctx, SSL_OP_ALL)', ({ ctx }) => S.SSL_CTX_clear_options(ctx, C.SSL_OP_ALL)],
      ['SSL_get_options(ssl)', ({ ssl }) => S.SSL_get_options(ssl)],
      [
        'SSL_CTX_set_cert_flags(ctx, SSL_CERT_FLAG_SUITEB_128_LOS | 1)',
        ({ ctx }) => S.SSL_CTX_set_cert_flags(ctx, C.SSL_CERT_FLAG_SUITEB_128_LOS | 1),
      ],
      ['SSL_CTX_clear_cert_flags(ctx, 1)', ({ ctx }) => S.SSL_CTX_clear_cert_flags(ctx, 1)],
    ],
  },
  {
    name: 'verification',
    calls: [
      [
        '(SSL_CTX_set_verify_depth(ctx, 7), SSL_CTX_get_verify_depth(ctx))',
        ({ ctx }) => {
          S.SSL_CTX_set_verify_depth(ctx, 7)
          return S.SSL_CTX_get_verify_depth(ctx)
        },
      ],
      ['SSL_get_verify_depth(ssl)', ({ ssl }) => S.SSL_get_verify_depth(ssl)],
      ['SSL_CTX_set_purpose(ctx, 77)', ({ ctx }) => S.SSL_CTX_set_purpose(ctx, 77)],
      ['SSL_CTX_set_purpose(ctx, 2)', ({ ctx }) => S.SSL_CTX_set_purpose(ctx, 2)],
      ['SSL_set_trust(ssl, 99)', ({ ssl }) => S.SSL_set_trust(ssl, 99)],
      ['SSL_set_trust(ssl, 2)', ({ ssl }) => S.SSL_set_trust(ssl, 2)],
      ['SSL_set1_host(ssl, NULL)', ({ ssl }) => S.SSL_set1_host(ssl, null)],
      ['SSL_set1_host(ssl, "a.example")', ({ ssl }) => S.SSL_set1_host(ssl, 'a.example')],
      ['SSL_CTX_load_verify_locations(ctx, NULL, NULL)', ({ ctx }) => S.SSL_CTX_load_verify_locations(ctx, null, null)],
      [
        'SSL_CTX_load_verify_locations(ctx, "/nix", NULL)',
        ({ ctx }) => S.SSL_CTX_load_verify_locations(ctx, '/nix', null),
      ],
      [
        'SSL_CTX_load_verify_locations(ctx, NULL, "/nix")',
        ({ ctx }) => S.SSL_CTX_load_verify_locations(ctx, null, '/nix'),
      ],
      [
        'SSL_CTX_load_verify_locations(ctx, "/dev/null", NULL)',
        ({ ctx }) => S.SSL_CTX_load_verify_locations(ctx, '/dev/null', null),
      ],
      ['(intptr_t)SSL_load_client_CA_file("/nix")', () => (S.SSL_load_client_CA_file('/nix') === null ? 0 : 1)],
      [
        '(intptr_t)SSL_load_client_CA_file("/dev/null")',
        () => (S.SSL_load_client_CA_file('/dev/null') === null ? 0 : 1),
      ],
      [
        'SSL_add_file_cert_subjects_to_stack(sk_X509_NAME_new_null(), "/nix")',
        () => S.SSL_add_file_cert_subjects_to_stack([], '/nix'),
      ],
      [
        'SSL_add_file_cert_subjects_to_stack(sk_X509_NAME_new_null(), "/dev/null")',
        () => S.SSL_add_file_cert_subjects_to_stack([], '/dev/null'),
      ],
      [
        'SSL_add_dir_cert_subjects_to_stack(sk_X509_NAME_new_null(), "/nix")',
        () => S.SSL_add_dir_cert_subjects_to_stack([], '/nix'),
      ],
      ['SSL_CTX_add_client_CA(ctx, NULL)', ({ ctx }) => S.SSL_CTX_add_client_CA(ctx, null)],
    ],
  },
  {
    name: 'alerts',
    calls: [
      0, 8, 10, 16, 20, 21, 22, 30, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 60, 70, 71, 80, 86, 90, 100, 109,
      110, 111, 112, 113, 114, 115, 116, 120, 255,
    ].flatMap(alert),
  },
]

/** What SSL_CIPHER_find finds for two bytes. */
function found(bytes: number[]): Scene {
  const ask = (c: string, run: (cipher: S.SSL_CIPHER | null) => number | string | null): Call => [
    c,
    ({ ssl }) => run(S.SSL_CIPHER_find(ssl, Uint8Array.from(bytes))),
  ]
  const need = (cipher: S.SSL_CIPHER | null) => {
    if (cipher === null) throw new Error('no such suite')
    return cipher
  }
  return {
    name: `suite ${bytes.join(' ')}`,
    setup: `const SSL_CIPHER *c = SSL_CIPHER_find(ssl, (unsigned char[]){${bytes.join(', ')}});`,
    calls: [
      ask('SSL_CIPHER_get_name(c)', S.SSL_CIPHER_get_name),
      ask('SSL_CIPHER_standard_name(c)', S.SSL_CIPHER_standard_name),
      ask('SSL_CIPHER_get_version(c)', S.SSL_CIPHER_get_version),
      ask('SSL_CIPHER_get_bits(c, NULL)', S.SSL_CIPHER_get_bits),
      ask('SSL_CIPHER_get_id(c)', c => S.SSL_CIPHER_get_id(need(c))),
      ask('SSL_CIPHER_get_protocol_id(c)', c => S.SSL_CIPHER_get_protocol_id(need(c))),
      ask('SSL_CIPHER_get_cipher_nid(c)', S.SSL_CIPHER_get_cipher_nid),
      ask('SSL_CIPHER_get_digest_nid(c)', c => S.SSL_CIPHER_get_digest_nid(need(c))),
      ask('SSL_CIPHER_get_kx_nid(c)', c => S.SSL_CIPHER_get_kx_nid(need(c))),
      ask('SSL_CIPHER_get_auth_nid(c)', c => S.SSL_CIPHER_get_auth_nid(need(c))),
      ask('SSL_CIPHER_is_aead(c)', c => S.SSL_CIPHER_is_aead(need(c))),
      ask(
        'EVP_MD_get_type(SSL_CIPHER_get_handshake_digest(c))',
        c => S.SSL_CIPHER_get_handshake_digest(need(c))?.nid ?? null,
      ),
      ask(
        'strlen(SSL_CIPHER_description(c, (char[200]){0}, 200))',
        c => S.SSL_CIPHER_description(need(c))?.length ?? null,
      ),
      ask(
        'strtok(SSL_CIPHER_description(c, (char[200]){0}, 200), "\\n")',
        c => S.SSL_CIPHER_description(need(c))?.trimEnd() ?? null,
      ),
      ask('SSL_CIPHER_description(c, (char[200]){0}, 127)', c =>
        S.SSL_CIPHER_description(need(c), new Uint8Array(200), 127),
      ),
    ],
  }
}

compare('config', () => play(SCENES), program(SCENES))

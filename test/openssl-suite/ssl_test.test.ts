// Ported from OpenSSL 3.0's test/ssl_test.c, Apache-2.0, with the tests of test/ssl-tests.

import { describe, test } from '@jest/globals'
import {
  DTLS_client_method,
  DTLS_server_method,
  DTLS1_2_VERSION,
  DTLS1_VERSION,
  EVP_PKEY_DH,
  EVP_PKEY_EC,
  EVP_PKEY_ED448,
  EVP_PKEY_ED25519,
  EVP_PKEY_RSA,
  EVP_PKEY_RSA_PSS,
  NID_secp384r1,
  NID_secp521r1,
  NID_undef,
  NID_X9_62_prime256v1,
  OBJ_ln2nid,
  OBJ_nid2ln,
  OBJ_sn2nid,
  SSL_AD_BAD_CERTIFICATE,
  SSL_AD_CERTIFICATE_REQUIRED,
  SSL_AD_HANDSHAKE_FAILURE,
  SSL_AD_NO_APPLICATION_PROTOCOL,
  SSL_AD_NO_RENEGOTIATION,
  SSL_AD_UNKNOWN_CA,
  SSL_AD_UNRECOGNIZED_NAME,
  SSL_CONF_CTX_finish,
  SSL_CONF_CTX_free,
  SSL_CONF_CTX_new,
  SSL_CONF_CTX_set_flags,
  SSL_CONF_CTX_set_ssl_ctx,
  SSL_CONF_cmd,
  SSL_CONF_FLAG_CERTIFICATE,
  SSL_CONF_FLAG_CLIENT,
  SSL_CONF_FLAG_FILE,
  SSL_CONF_FLAG_REQUIRE_PRIVATE,
  SSL_CONF_FLAG_SERVER,
  type SSL_CTX,
  SSL_CTX_free,
  SSL_CTX_new_ex,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_options,
  SSL_load_client_CA_file,
  type SSL_METHOD,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  TLS_client_method,
  TLS_server_method,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_VERSION,
  type X509_NAME,
  X509_NAME_cmp,
} from '../../lib/index.ts'
import { do_handshake, type HANDSHAKE_RESULT, type TestContexts } from './handshake.ts'
import { generate_resumption_tests, generate_version_tests } from './protocol_version.ts'
import { type RawTest, read_tests, type Side, type SSL_TEST_CTX, SSL_TEST_CTX_create } from './ssl_test_ctx.ts'
import {
  begin,
  note,
  TEST_error,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_le,
  TEST_int_ne,
  TEST_ptr,
  TEST_str_eq,
  TEST_true,
} from './testutil.ts'

const PROTOCOLS: Readonly<Record<string, number>> = {
  'TLSv1.2': TLS1_2_VERSION,
  'TLSv1.1': TLS1_1_VERSION,
  TLSv1: TLS1_VERSION,
  DTLSv1: DTLS1_VERSION,
  'DTLSv1.2': DTLS1_2_VERSION,
}

const ALERTS: Readonly<Record<string, number>> = {
  UnknownCA: SSL_AD_UNKNOWN_CA,
  HandshakeFailure: SSL_AD_HANDSHAKE_FAILURE,
  UnrecognizedName: SSL_AD_UNRECOGNIZED_NAME,
  NoRenegotiation: SSL_AD_NO_RENEGOTIATION,
  BadCertificate: SSL_AD_BAD_CERTIFICATE,
  NoApplicationProtocol: SSL_AD_NO_APPLICATION_PROTOCOL,
  CertificateRequired: SSL_AD_CERTIFICATE_REQUIRED,
}

const KEY_TYPES: Readonly<Record<string, number>> = {
  RSA: EVP_PKEY_RSA,
  'RSA-PSS': EVP_PKEY_RSA_PSS,
  EC: EVP_PKEY_EC,
  Ed25519: EVP_PKEY_ED25519,
  Ed448: EVP_PKEY_ED448,
  DH: EVP_PKEY_DH,
  'P-256': NID_X9_62_prime256v1,
  'P-384': NID_secp384r1,
  'P-521': NID_secp521r1,
}

function parse<T>(table: Readonly<Record<string, T>>, value: string): T {
  return table[value] ?? TEST_error(`${value} is unknown`)
}

function check_alerts(result: HANDSHAKE_RESULT, { test }: SSL_TEST_CTX): void {
  /*
   * We can't bail where one side's alert is not what the other received, because the peer doesn't always
   * get far enough to process a received alert.
   *
   * Tolerate an alert if one wasn't explicitly specified in the test.
   * The info callback alert value is computed as
   * (s->s3->send_alert[0] << 8) | s->s3->send_alert[1]
   * where the low byte is the alert code and the high byte is other stuff.
   */
  if (test.ExpectedClientAlert !== undefined) {
    TEST_int_eq(result.client_alert_sent & 0xff, parse(ALERTS, test.ExpectedClientAlert))
  }
  if (test.ExpectedServerAlert !== undefined) {
    TEST_int_eq(result.server_alert_sent & 0xff, parse(ALERTS, test.ExpectedServerAlert))
  }
  TEST_int_le(result.client_num_fatal_alerts_sent, 1)
  TEST_int_le(result.server_num_fatal_alerts_sent, 1)
}

function check_protocol(result: HANDSHAKE_RESULT, { test }: SSL_TEST_CTX): void {
  TEST_int_eq(result.client_protocol, result.server_protocol)
  if (test.ExpectedProtocol !== undefined) TEST_int_eq(result.client_protocol, parse(PROTOCOLS, test.ExpectedProtocol))
}

function check_resumption(result: HANDSHAKE_RESULT, { test }: SSL_TEST_CTX): void {
  TEST_int_eq(result.client_resumed, result.server_resumed)
  TEST_int_eq(result.client_resumed, test.ResumptionExpected === 'Yes' ? 1 : 0)
}

function check_key(nid: number, expected: string | undefined): void {
  if (expected === undefined) return
  const expected_nid = KEY_TYPES[expected] ?? (OBJ_sn2nid(expected) || OBJ_ln2nid(expected))
  TEST_int_ne(expected_nid, NID_undef)
  TEST_str_eq(OBJ_nid2ln(nid), OBJ_nid2ln(expected_nid))
}

function check_ca_names(names: X509_NAME[] | null, expected: string | undefined): void {
  if (expected === undefined) return
  const expected_names = expected === 'empty' ? [] : TEST_ptr(SSL_load_client_CA_file(expected))
  TEST_int_eq(names?.length ?? 0, expected_names.length)
  for (const [i, name] of (names ?? []).entries()) TEST_int_eq(X509_NAME_cmp(name, TEST_ptr(expected_names[i])), 0)
}

/*
 * This could be further simplified by constructing an expected
 * HANDSHAKE_RESULT, and implementing comparison methods for
 * its fields.
 */
function check_test(result: HANDSHAKE_RESULT, test_ctx: SSL_TEST_CTX): void {
  const { test } = test_ctx
  TEST_str_eq(result.result, test.ExpectedResult ?? 'Success')
  check_alerts(result, test_ctx)
  if (result.result !== 'Success') return
  check_protocol(result, test_ctx)
  TEST_str_eq(result.servername, test.ExpectedServerName ?? 'None')
  if ((test.SessionTicketExpected ?? 'Ignore') !== 'Ignore') {
    TEST_str_eq(result.session_ticket, test.SessionTicketExpected ?? '')
  }
  TEST_str_eq(result.compression, test.CompressionExpected ?? 'No')
  if ((test.SessionIdExpected ?? 'Ignore') !== 'Ignore') TEST_str_eq(result.session_id, test.SessionIdExpected ?? '')
  TEST_false(result.session_ticket_do_not_call)
  if (test.ExpectedCipher !== undefined) TEST_str_eq(test.ExpectedCipher, result.cipher)
  TEST_str_eq(result.client_alpn_negotiated, result.server_alpn_negotiated)
  TEST_str_eq(test.ExpectedALPNProtocol ?? '', result.client_alpn_negotiated)
  TEST_str_eq(result.result_session_ticket_app_data, test.ExpectedSessionTicketAppData ?? '')
  check_resumption(result, test_ctx)
  check_key(result.tmp_key_type, test.ExpectedTmpKeyType)
  check_key(result.server_cert_type, test.ExpectedServerCertType)
  check_key(result.server_sign_hash, test.ExpectedServerSignHash)
  check_key(result.server_sign_type, test.ExpectedServerSignType)
  check_ca_names(result.server_ca_names, test.ExpectedServerCANames)
  check_key(result.client_cert_type, test.ExpectedClientCertType)
  check_key(result.client_sign_hash, test.ExpectedClientSignHash)
  check_key(result.client_sign_type, test.ExpectedClientSignType)
  check_ca_names(result.client_ca_names, test.ExpectedClientCANames)
}

/** SSL_CTX_config: runs the commands of a section. */
function SSL_CTX_config(ctx: SSL_CTX, { conf }: Side, role: number): void {
  const cctx = SSL_CONF_CTX_new()
  SSL_CONF_CTX_set_flags(cctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_REQUIRE_PRIVATE | role)
  SSL_CONF_CTX_set_ssl_ctx(cctx, ctx)
  for (const [name, value] of Object.entries(conf)) {
    /* Several certificates: what stands before the dot makes the names differ */
    const cmd = name.slice(name.indexOf('.') + 1)
    note(`${cmd} = ${value}`)
    TEST_int_gt(SSL_CONF_cmd(cctx, cmd, value), 0)
  }
  TEST_true(SSL_CONF_CTX_finish(cctx))
  SSL_CONF_CTX_free(cctx)
}

function configured(method: SSL_METHOD, side: Side | null, role: number): SSL_CTX | null {
  if (side === null) return null
  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, method))
  TEST_true(SSL_CTX_set_max_proto_version(ctx, 0))
  if (role === SSL_CONF_FLAG_SERVER) TEST_true(SSL_CTX_set_options(ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION))
  SSL_CTX_config(ctx, side, role)
  return ctx
}

function test_handshake(test_ctx: SSL_TEST_CTX): void {
  const dtls = test_ctx.test.Method === 'DTLS'
  const server = (side: Side | null): SSL_CTX | null =>
    configured(dtls ? DTLS_server_method() : TLS_server_method(), side, SSL_CONF_FLAG_SERVER)
  const client = (side: Side | null): SSL_CTX | null =>
    configured(dtls ? DTLS_client_method() : TLS_client_method(), side, SSL_CONF_FLAG_CLIENT)
  const ctxs: TestContexts = {
    server: TEST_ptr(server(test_ctx.server)),
    client: TEST_ptr(client(test_ctx.client)),
    server2: server(test_ctx.server2),
    resume_server: server(test_ctx.resume_server),
    resume_client: client(test_ctx.resume_client),
  }
  check_test(do_handshake(ctxs, test_ctx), test_ctx)
  for (const ctx of Object.values(ctxs)) SSL_CTX_free(ctx)
}

const FILES = [
  '01-simple',
  '03-custom_verify',
  '04-client_auth',
  '05-sni',
  '06-sni-ticket',
  '09-alpn',
  '13-fragmentation',
  '14-curves',
  '15-certstatus',
  '16-dtls-certstatus',
  '17-renegotiate',
  '18-dtls-renegotiate',
  '19-mac-then-encrypt',
  '20-cert-select',
  '25-cipher',
  '27-ticket-appdata',
  '28-seclevel',
  '30-extended-master-secret',
]

function ADD_CONF(name: string, tests: readonly RawTest[]): void {
  describe(name, () => {
    for (const [i, raw] of tests.entries()) {
      test(`${i} ${raw.name}`, () => {
        begin()
        test_handshake(SSL_TEST_CTX_create(raw))
      })
    }
  })
}

for (const file of FILES) ADD_CONF(file, read_tests(file))
ADD_CONF('02-protocol-version', generate_version_tests('TLS'))
ADD_CONF('07-dtls-protocol-version', generate_version_tests('DTLS'))
ADD_CONF('10-resumption', generate_resumption_tests('TLS'))
ADD_CONF('11-dtls_resumption', generate_resumption_tests('DTLS'))

import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { compare, need, type Stage } from './stage.ts'

/** What is harmless, refused or of TLS 1.3 only: as the real library where it has the feature in name only. */

const C = `
static void play_all(void) {
  unsigned char b[64]; char text[200]; int i;
  begin("small"); open_pair();
  say("alloc", SSL_alloc_buffers(c)); say("free", SSL_free_buffers(c));
  say("early", SSL_export_keying_material_early(c, b, 10, "label", 5, NULL, 0));
  say("config", SSL_config(c, "nowhere")); say("config", SSL_CTX_config(cc, "nowhere")); SSL_add_ssl_module();
  say("ct", SSL_CTX_ct_is_enabled(cc)); say("ct", SSL_ct_is_enabled(c)); say("scts", SSL_get0_peer_scts(c) != NULL);
  say("ct callback", SSL_CTX_set_ct_validation_callback(cc, NULL, NULL)); say("ct callback", SSL_set_ct_validation_callback(c, NULL, NULL));
  say("compression", SSL_get_current_compression(c) != NULL); say("expansion", SSL_get_current_expansion(c) != NULL); say("methods", SSL_COMP_get_compression_methods() != NULL);
  say("add", SSL_COMP_add_compression_method(1, NULL)); say("name", SSL_COMP_get_name(NULL) != NULL);
  SSL_CTX_set_record_padding_callback(cc, NULL); say("padding", SSL_set_record_padding_callback(c, NULL));
  SSL_CTX_set_record_padding_callback_arg(cc, "one"); SSL_set_record_padding_callback_arg(c, "two"); tell("%s %s", (char *)SSL_CTX_get_record_padding_callback_arg(cc), (char *)SSL_get_record_padding_callback_arg(c));
  for (i = 0; i < 5; i++) { static const size_t sizes[] = { 0, 1, 512, 16384, 16385 }; say("block", SSL_CTX_set_block_padding(cc, sizes[i])); say("block", SSL_set_block_padding(c, sizes[i])); }
  SSL_CTX_set_psk_use_session_callback(cc, NULL); SSL_CTX_set_psk_find_session_callback(sc, NULL); SSL_set_psk_use_session_callback(c, NULL); SSL_set_psk_find_session_callback(s, NULL);
  shake(); say("free", SSL_free_buffers(c));
  SSL_write(s, "hello", 5); say("peek", SSL_peek(c, b, 1)); say("free", SSL_free_buffers(c)); say("read", SSL_read(c, b, 10)); say("free", SSL_free_buffers(c)); say("alloc", SSL_alloc_buffers(c));
  close_pair(); end();

  begin("finished"); open_pair();
  say("before", SSL_get_finished(c, b, 64)); say("before", SSL_get_peer_finished(s, b, 64)); shake(); {
    unsigned char one[64], two[64]; size_t n, m;
    n = SSL_get_finished(c, one, 64); m = SSL_get_peer_finished(s, two, 64); tell("client's %zu %zu %d", n, m, memcmp(one, two, n));
    n = SSL_get_peer_finished(c, one, 64); m = SSL_get_finished(s, two, 64); tell("server's %zu %zu %d", n, m, memcmp(one, two, n));
    memset(one, 0xaa, 64); n = SSL_get_finished(c, one, 5); tell("cut %zu %d %d", n, one[4] == two[4] || 1, one[5] == 0xaa); say("none", SSL_get_finished(c, one, 0));
  } close_pair(); end();

  begin("exporter"); open_pair(); say("before", SSL_export_keying_material(c, b, 20, "EXPERIMENTAL", 12, NULL, 0, 0)); shake(); {
    unsigned char one[64], two[64]; const char *reserved[] = { "client finished", "server finished", "master secret", "key expansion", "extended master secret", "client finishedx", "IV block", "" };
    for (i = 0; i < 8; i++) { sprintf(text, "label %s", reserved[i]); say(text, SSL_export_keying_material(c, one, 20, reserved[i], strlen(reserved[i]), NULL, 0, 0)); }
    #define SAME(what, x, y, n) do { int x_ = x, y_ = y; tell("%s %d %d %s", what, x_, y_, memcmp(one, two, n) ? "differ" : "same"); } while (0)
    SAME("both ends", SSL_export_keying_material(c, one, 64, "L", 1, NULL, 0, 0), SSL_export_keying_material(s, two, 64, "L", 1, NULL, 0, 0), 64);
    SAME("empty context", SSL_export_keying_material(c, one, 64, "L", 1, NULL, 0, 0), SSL_export_keying_material(c, two, 64, "L", 1, (unsigned char *)"", 0, 1), 64);
    SAME("unused context", SSL_export_keying_material(c, one, 64, "L", 1, NULL, 0, 0), SSL_export_keying_material(c, two, 64, "L", 1, (unsigned char *)"abc", 3, 0), 64);
    SAME("context", SSL_export_keying_material(c, one, 64, "L", 1, (unsigned char *)"abc", 3, 1), SSL_export_keying_material(s, two, 64, "L", 1, (unsigned char *)"abc", 3, 1), 64);
    SAME("beginning", SSL_export_keying_material(c, one, 10, "L", 1, NULL, 0, 0), SSL_export_keying_material(c, two, 64, "L", 1, NULL, 0, 0), 10);
    say("nothing", SSL_export_keying_material(c, one, 0, "L", 1, NULL, 0, 0));
  } close_pair(); say("shared", SSL_CTX_get_num_tickets(cc)); end();
}
`

compare('rest', C, stage => {
  small(stage)
  finished(stage)
  exporter(stage)
})

function small(stage: Stage): void {
  const { say } = stage
  stage.begin('small')
  stage.openPair()
  const { c, s, cc, sc } = stage
  const b = Buffer.alloc(64)
  say('alloc', O.SSL_alloc_buffers(c))
  say('free', O.SSL_free_buffers(c))
  say('early', O.SSL_export_keying_material_early(c, b, 10, 'label', 5, null, 0))
  say('config', O.SSL_config(c, 'nowhere'))
  say('config', O.SSL_CTX_config(cc, 'nowhere'))
  O.SSL_add_ssl_module()
  say('ct', O.SSL_CTX_ct_is_enabled(cc))
  say('ct', O.SSL_ct_is_enabled(c))
  say('scts', O.SSL_get0_peer_scts(c) !== null)
  say('ct callback', O.SSL_CTX_set_ct_validation_callback(cc, null, null))
  say('ct callback', O.SSL_set_ct_validation_callback(c, null, null))
  O.SSL_CTX_disable_ct(cc)
  O.SSL_disable_ct(c)
  say('compression', O.SSL_get_current_compression(c) !== null)
  say('expansion', O.SSL_get_current_expansion(c) !== null)
  say('methods', O.SSL_COMP_get_compression_methods() !== null)
  say('add', O.SSL_COMP_add_compression_method(1, null))
  say('name', O.SSL_COMP_get_name(null) !== null)
  O.SSL_CTX_set_record_padding_callback(cc, null)
  say('padding', O.SSL_set_record_padding_callback(c, null))
  O.SSL_CTX_set_record_padding_callback_arg(cc, 'one')
  O.SSL_set_record_padding_callback_arg(c, 'two')
  stage.tell(`${O.SSL_CTX_get_record_padding_callback_arg(cc)} ${O.SSL_get_record_padding_callback_arg(c)}`)
  for (const size of [0, 1, 512, 16384, 16385]) {
    say('block', O.SSL_CTX_set_block_padding(cc, size))
    say('block', O.SSL_set_block_padding(c, size))
  }
  O.SSL_CTX_set_psk_use_session_callback(cc, null)
  O.SSL_CTX_set_psk_find_session_callback(sc, null)
  O.SSL_set_psk_use_session_callback(c, null)
  O.SSL_set_psk_find_session_callback(s, null)
  stage.shake()
  say('free', O.SSL_free_buffers(c))
  O.SSL_write(s, Buffer.from('hello'))
  say('peek', O.SSL_peek(c, b, 1))
  say('free', O.SSL_free_buffers(c))
  say('read', O.SSL_read(c, b, 10))
  say('free', O.SSL_free_buffers(c))
  say('alloc', O.SSL_alloc_buffers(c))
  stage.closePair()
  stage.end()
}

function finished(stage: Stage): void {
  stage.begin('finished')
  stage.openPair()
  const { c, s } = stage
  const [one, two] = [Buffer.alloc(64), Buffer.alloc(64)]
  stage.say('before', O.SSL_get_finished(c, one, 64))
  stage.say('before', O.SSL_get_peer_finished(s, one, 64))
  stage.shake()
  const both = (whose: string, n: number, m: number): void =>
    stage.tell(`${whose}'s ${n} ${m} ${Buffer.compare(one.subarray(0, n), two.subarray(0, m))}`)
  both('client', O.SSL_get_finished(c, one, 64), O.SSL_get_peer_finished(s, two, 64))
  both('server', O.SSL_get_peer_finished(c, one, 64), O.SSL_get_finished(s, two, 64))
  one.fill(0xaa)
  const n = O.SSL_get_finished(c, one, 5)
  stage.tell(`cut ${n} 1 ${Number(one[5] === 0xaa)}`)
  stage.say('none', O.SSL_get_finished(c, one, 0))
  stage.closePair()
  stage.end()
}

function exporter(stage: Stage): void {
  stage.begin('exporter')
  stage.openPair()
  const { c, s } = stage
  const [one, two] = [Buffer.alloc(64), Buffer.alloc(64)]
  const take = (
    ssl: O.SSL,
    out: Uint8Array,
    length: number,
    label: string,
    context: string | null,
    use: number,
  ): number =>
    O.SSL_export_keying_material(
      ssl,
      out,
      length,
      label,
      label.length,
      context === null ? null : Buffer.from(context),
      context?.length ?? 0,
      use,
    )
  stage.say('before', take(c, one, 20, 'EXPERIMENTAL', null, 0))
  stage.shake()
  for (const label of [
    ...['client finished', 'server finished', 'master secret', 'key expansion', 'extended master secret'],
    ...['client finishedx', 'IV block', ''],
  ])
    stage.say(`label ${label}`, take(c, one, 20, label, null, 0))
  const same = (what: string, x: number, y: number, n: number): void =>
    stage.tell(`${what} ${x} ${y} ${Buffer.compare(one.subarray(0, n), two.subarray(0, n)) === 0 ? 'same' : 'differ'}`)
  same('both ends', take(c, one, 64, 'L', null, 0), take(s, two, 64, 'L', null, 0), 64)
  same('empty context', take(c, one, 64, 'L', null, 0), take(c, two, 64, 'L', '', 1), 64)
  same('unused context', take(c, one, 64, 'L', null, 0), take(c, two, 64, 'L', 'abc', 0), 64)
  same('context', take(c, one, 64, 'L', 'abc', 1), take(s, two, 64, 'L', 'abc', 1), 64)
  same('beginning', take(c, one, 10, 'L', null, 0), take(c, two, 64, 'L', null, 0), 10)
  stage.say('nothing', take(c, one, 0, 'L', null, 0))
  stage.closePair()
  stage.say('shared', O.SSL_CTX_get_num_tickets(stage.cc))
  stage.end()
}

const unsupported = (): void => {
  expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.ERR_GET_REASON(O.ERR_R_UNSUPPORTED))
  expect(O.ERR_get_error()).toBe(0)
}

test('what cannot be honoured is refused, and says so', () => {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const ssl = need(O.SSL_new(ctx))
  for (const refuse of [
    () => O.SSL_CTX_enable_ct(ctx, O.SSL_CT_VALIDATION_PERMISSIVE),
    () => O.SSL_enable_ct(ssl, O.SSL_CT_VALIDATION_STRICT),
    () => O.SSL_CTX_set_ct_validation_callback(ctx, () => 1, null),
    () => O.SSL_set_ct_validation_callback(ssl, () => 1, null),
    () => O.SSL_CTX_set_default_ctlog_list_file(ctx),
    () => O.SSL_CTX_set_ctlog_list_file(ctx, 'logs'),
    () => O.SSL_CTX_set_srp_username(ctx, 'me'),
    () => O.SSL_CTX_set_srp_password(ctx, 'secret'),
    () => O.SSL_CTX_set_srp_strength(ctx, 1024),
    () => O.SSL_CTX_set_srp_client_pwd_callback(ctx, () => 'secret'),
    () => O.SSL_CTX_set_srp_username_callback(ctx, () => 0),
    () => O.SSL_CTX_set_srp_verify_param_callback(ctx, () => 1),
    () => O.SSL_CTX_set_srp_cb_arg(ctx, null),
    () => O.SSL_CTX_set1_server_cert_type(ctx, Uint8Array.of(O.TLSEXT_cert_type_rpk)),
    () => O.SSL_set1_client_cert_type(ssl, Uint8Array.of(O.TLSEXT_cert_type_x509, O.TLSEXT_cert_type_rpk)),
  ]) {
    expect(refuse()).toBe(0)
    unsupported()
  }
  expect([O.SSL_CTX_ct_is_enabled(ctx), O.SSL_ct_is_enabled(ssl)]).toEqual([0, 0])
  expect([O.SSL_get_srp_username(ssl), O.SSL_get_srp_userinfo(ssl)]).toEqual([null, null])
  O.SSL_free(ssl)
  O.SSL_CTX_free(ctx)
})

test('kinds of certificates: X.509 is what there is (OpenSSL 3.2)', () => {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const types: O.Out<Uint8Array | null> = { value: null }
  const length = { value: -1 }
  const x509 = Uint8Array.of(O.TLSEXT_cert_type_x509)
  expect(O.SSL_CTX_set1_server_cert_type(ctx, x509)).toBe(1)
  const ssl = need(O.SSL_new(ctx))
  expect(O.SSL_get0_server_cert_type(ssl, types, length)).toBe(1)
  expect([types.value, length.value]).toEqual([x509, 1])
  expect(O.SSL_set1_server_cert_type(ssl, null)).toBe(1)
  O.SSL_get0_server_cert_type(ssl, types, length)
  expect([types.value, length.value]).toEqual([null, 0])
  O.SSL_CTX_get0_server_cert_type(ctx, types, length)
  expect(types.value).toEqual(x509)
  expect(O.SSL_CTX_set1_client_cert_type(ctx, x509)).toBe(1)
  expect(O.SSL_CTX_get0_client_cert_type(ctx, types, length)).toBe(1)
  expect(O.SSL_get0_client_cert_type(ssl, types, length)).toBe(1)
  for (const wrong of [Uint8Array.of(0, 0), Uint8Array.of(1), Uint8Array.of(3), new Uint8Array(0)])
    expect(O.SSL_CTX_set1_client_cert_type(ctx, wrong)).toBe(0)
  expect([O.SSL_get_negotiated_server_cert_type(ssl), O.SSL_get_negotiated_client_cert_type(ssl)]).toEqual([0, 0])
  expect(O.ERR_get_error()).toBe(0)
  O.SSL_free(ssl)
  O.SSL_CTX_free(ctx)
})

import * as O from '../../../lib/index.ts'
import { compare, need, type Stage, who } from './stage.ts'

const C = `
static int server_answer, client_answer, sets, called;
static unsigned char *copy_of(const char *text) { unsigned char *p = OPENSSL_malloc(strlen(text)); memcpy(p, text, strlen(text)); return p; }
static void asked(SSL *ssl) {
  STACK_OF(OCSP_RESPID) *ids = NULL; STACK_OF(X509_EXTENSION) *exts = NULL; int i;
  SSL_get_tlsext_status_ids(ssl, &ids); SSL_get_tlsext_status_exts(ssl, &exts);
  tell("%s type %ld ids %d extensions %d", who(ssl), (long)SSL_get_tlsext_status_type(ssl), sk_OCSP_RESPID_num(ids), sk_X509_EXTENSION_num(exts));
  for (i = 0; i < sk_OCSP_RESPID_num(ids); i++) { unsigned char *der = NULL; int n = i2d_OCSP_RESPID(sk_OCSP_RESPID_value(ids, i), &der); shown("id", der, n); }
  for (i = 0; i < sk_X509_EXTENSION_num(exts); i++) tell("extension %d", OBJ_obj2nid(X509_EXTENSION_get_object(sk_X509_EXTENSION_value(exts, i))));
}
static void response(SSL *ssl) {
  unsigned char *p = (unsigned char *)"?"; long n = SSL_get_tlsext_status_ocsp_resp(ssl, &p);
  tell("%s response %ld %.*s", who(ssl), n, n > 0 ? (int)n : 4, p ? (char *)p : "NULL");
}
static int on_status(SSL *ssl, void *arg) {
  called++;
  tell("%s is asked, %s, in %s", who(ssl), (char *)arg, SSL_state_string(ssl)); asked(ssl); response(ssl);
  if (!SSL_is_server(ssl)) return client_answer;
  tell("certificate %d", SSL_get_certificate(ssl) != NULL);
  if (sets) tell("set %ld", (long)SSL_set_tlsext_status_ocsp_resp(ssl, copy_of("a response"), 10));
  return server_answer;
}
static void on_message(int out, int version, int type, const void *buf, size_t length, SSL *ssl, void *arg) {
  if (!out && type == 22 && *(unsigned char *)buf == 22) tell("%s reads CertificateStatus %zu", who(ssl), length);
}
static void on_info(const SSL *ssl, int where, int ret) {
  if (where & SSL_CB_LOOP && strstr(SSL_state_string(ssl), "CS") && !strstr(SSL_state_string(ssl), "CCS")) tell("%s %s: %s", who(ssl), SSL_state_string(ssl), SSL_state_string_long(ssl));
}
static void play(const char *name, int server, int set, int client) {
  begin(name); server_answer = server; sets = set; client_answer = client;
  SSL_CTX_set_tlsext_status_cb(sc, on_status); SSL_CTX_set_tlsext_status_arg(sc, "at the server");
  SSL_CTX_set_tlsext_status_cb(cc, on_status); SSL_CTX_set_tlsext_status_arg(cc, "at the client");
  SSL_CTX_set_msg_callback(cc, on_message); SSL_CTX_set_msg_callback(sc, on_message);
  SSL_CTX_set_info_callback(cc, on_info); SSL_CTX_set_info_callback(sc, on_info);
}
static void run(void) { shake(); response(c); response(s); tell("types %ld %ld", (long)SSL_get_tlsext_status_type(c), (long)SSL_get_tlsext_status_type(s)); }
static void ends(void) { close_pair(); end(); }
static void usual(void) { open_pair(); say("type", SSL_set_tlsext_status_type(c, TLSEXT_STATUSTYPE_ocsp)); }
static void play_all(void) {
  int i; SSL_SESSION *sess; int (*cb)(SSL *, void *); void *arg;
  static const int answers[] = { 0, 1, 2, 3, -1, 9 }, judged[] = { 1, 0, -1, 2 };
  for (i = 0; i < 6; i++) { char name[20]; sprintf(name, "server %d", answers[i]); play(name, answers[i], 1, 1); usual(); run(); ends(); }
  for (i = 0; i < 4; i++) { char name[20]; sprintf(name, "client %d", judged[i]); play(name, 0, 1, judged[i]); usual(); run(); ends(); }
  for (i = 0; i < 4; i++) { char name[20]; sprintf(name, "nothing, client %d", judged[i]); play(name, 0, 0, judged[i]); usual(); run(); ends(); }
  play("nobody asks", 0, 1, 0); open_pair(); run(); ends();
  play("another type", 0, 1, 1); open_pair(); say("type", SSL_set_tlsext_status_type(c, 5)); run(); ends();
  play("another type is refused", 0, 1, 0); open_pair(); say("type", SSL_set_tlsext_status_type(c, 5)); run(); ends();
  play("by the context", 0, 1, 1); say("type", SSL_CTX_set_tlsext_status_type(cc, TLSEXT_STATUSTYPE_ocsp)); say("get", SSL_CTX_get_tlsext_status_type(cc)); say("get", SSL_CTX_get_tlsext_status_type(sc));
  open_pair(); run(); ends();
  play("no callbacks", 0, 1, 1); SSL_CTX_set_tlsext_status_cb(cc, NULL); SSL_CTX_set_tlsext_status_cb(sc, NULL); usual(); SSL_set_tlsext_status_ocsp_resp(s, copy_of("before"), 6); run(); ends();
  play("client without callback", 0, 1, 1); SSL_CTX_set_tlsext_status_cb(cc, NULL); usual(); run(); ends();
  play("set before", 0, 0, 1); usual(); SSL_set_tlsext_status_ocsp_resp(s, copy_of("before"), 6); run(); ends();
  play("set before, not sent", 3, 0, 1); usual(); SSL_set_tlsext_status_ocsp_resp(s, copy_of("before"), 6); run(); ends();
  play("ids and extensions", 0, 1, 1); usual(); {
    static const unsigned char key_hash[] = { 0xa2, 22, 4, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };
    static const unsigned char name[] = { 0xa1, 14, 0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, 'A' };
    const unsigned char *p = key_hash; STACK_OF(OCSP_RESPID) *ids = sk_OCSP_RESPID_new_null();
    OCSP_RESPID *one = d2i_OCSP_RESPID(NULL, &p, sizeof key_hash), *two; p = name; two = d2i_OCSP_RESPID(NULL, &p, sizeof name);
    tell("ids %d %d", one != NULL, two != NULL); sk_OCSP_RESPID_push(ids, one); sk_OCSP_RESPID_push(ids, two);
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null(); sk_X509_EXTENSION_push(exts, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:FALSE"));
    say("ids", SSL_set_tlsext_status_ids(c, ids)); say("extensions", SSL_set_tlsext_status_exts(c, exts));
  } asked(c); run(); asked(s); ends();
  play("anonymous", 0, 1, 1); SSL_CTX_set_cipher_list(cc, "aNULL:@SECLEVEL=0"); SSL_CTX_set_cipher_list(sc, "aNULL:@SECLEVEL=0"); SSL_CTX_set_dh_auto(sc, 1); usual(); run(); ends();
  play("resumed", 0, 1, 1); usual(); run(); sess = SSL_get1_session(c); close_pair(); usual(); SSL_set_session(c, sess); SSL_SESSION_free(sess); run(); tell("reused %d", SSL_session_reused(c)); ends();
  play("getters", 0, 0, 0); cb = NULL; arg = NULL; say("cb", SSL_CTX_get_tlsext_status_cb(cc, &cb)); say("arg", SSL_CTX_get_tlsext_status_arg(cc, &arg)); tell("%d %s", cb == on_status, (char *)arg); end();
  play("control", 0, 1, 1); open_pair();
  say("set", SSL_ctrl(c, SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, 1, NULL)); say("get", SSL_ctrl(c, SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, 0, NULL));
  say("of the context", SSL_CTX_ctrl(cc, SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, 0, NULL)); say("set", SSL_CTX_ctrl(cc, SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, 1, NULL));
  say("callback", SSL_CTX_callback_ctrl(cc, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, NULL)); run(); ends();
}
`

const answers = { server: 0, client: 1, sets: true }

compare('status', C, stage => {
  for (const answer of [0, 1, 2, 3, -1, 9]) usual(stage, `server ${answer}`, [answer, 1, 1])
  for (const answer of [1, 0, -1, 2]) usual(stage, `client ${answer}`, [0, 1, answer])
  for (const answer of [1, 0, -1, 2]) usual(stage, `nothing, client ${answer}`, [0, 0, answer])
  scene(stage, 'nobody asks', [0, 1, 0], () => open(stage, null))
  scene(stage, 'another type', [0, 1, 1], () => open(stage, 5))
  scene(stage, 'another type is refused', [0, 1, 0], () => open(stage, 5))
  scene(stage, 'by the context', [0, 1, 1], () => {
    stage.say('type', O.SSL_CTX_set_tlsext_status_type(stage.cc, O.TLSEXT_STATUSTYPE_ocsp))
    stage.say('get', O.SSL_CTX_get_tlsext_status_type(stage.cc))
    stage.say('get', O.SSL_CTX_get_tlsext_status_type(stage.sc))
    open(stage, null)
  })
  scene(stage, 'no callbacks', [0, 1, 1], () => {
    O.SSL_CTX_set_tlsext_status_cb(stage.cc, null)
    O.SSL_CTX_set_tlsext_status_cb(stage.sc, null)
    open(stage, 1)
    setBefore(stage)
  })
  scene(stage, 'client without callback', [0, 1, 1], () => {
    O.SSL_CTX_set_tlsext_status_cb(stage.cc, null)
    open(stage, 1)
  })
  scene(stage, 'set before', [0, 0, 1], () => {
    open(stage, 1)
    setBefore(stage)
  })
  scene(stage, 'set before, not sent', [3, 0, 1], () => {
    open(stage, 1)
    setBefore(stage)
  })
  idsAndExtensions(stage)
  scene(stage, 'anonymous', [0, 1, 1], () => {
    O.SSL_CTX_set_cipher_list(stage.cc, 'aNULL:@SECLEVEL=0')
    O.SSL_CTX_set_cipher_list(stage.sc, 'aNULL:@SECLEVEL=0')
    O.SSL_CTX_set_dh_auto(stage.sc, 1)
    open(stage, 1)
  })
  resumed(stage)
  control(stage)
})

function begin(stage: Stage, name: string, [server, sets, client]: readonly [number, number, number]): void {
  stage.begin(name)
  Object.assign(answers, { server, client, sets: sets === 1 })
  for (const [ctx, arg] of [
    [stage.sc, 'at the server'],
    [stage.cc, 'at the client'],
  ] as const) {
    O.SSL_CTX_set_tlsext_status_cb(ctx, (ssl, given) => onStatus(stage, ssl, given))
    O.SSL_CTX_set_tlsext_status_arg(ctx, arg)
    O.SSL_CTX_set_msg_callback(ctx, (out, _version, type, buf, length, ssl) => {
      if (out === 0 && type === 22 && buf[0] === 22) stage.tell(`${who(ssl)} reads CertificateStatus ${length}`)
    })
    O.SSL_CTX_set_info_callback(ctx, (ssl, where) => {
      const state = O.SSL_state_string(ssl)
      if ((where & O.SSL_CB_LOOP) !== 0 && state.includes('CS') && !state.includes('CCS'))
        stage.tell(`${who(ssl)} ${state}: ${O.SSL_state_string_long(ssl)}`)
    })
  }
}

function onStatus(stage: Stage, ssl: O.SSL, arg: unknown): number {
  stage.tell(`${who(ssl)} is asked, ${arg}, in ${O.SSL_state_string(ssl)}`)
  asked(stage, ssl)
  response(stage, ssl)
  if (O.SSL_is_server(ssl) === 0) return answers.client
  stage.tell(`certificate ${Number(O.SSL_get_certificate(ssl) !== null)}`)
  if (answers.sets) stage.tell(`set ${O.SSL_set_tlsext_status_ocsp_resp(ssl, Buffer.from('a response'), 10)}`)
  return answers.server
}

function asked(stage: Stage, ssl: O.SSL): void {
  const ids: O.Out<O.OCSP_RESPID[] | null> = { value: null }
  const exts: O.Out<O.X509_EXTENSION[] | null> = { value: null }
  O.SSL_get_tlsext_status_ids(ssl, ids)
  O.SSL_get_tlsext_status_exts(ssl, exts)
  const type = O.SSL_get_tlsext_status_type(ssl)
  stage.tell(`${who(ssl)} type ${type} ids ${ids.value?.length ?? -1} extensions ${exts.value?.length ?? -1}`)
  for (const id of ids.value ?? []) {
    const der: O.Out<Uint8Array | null> = { value: null }
    O.i2d_OCSP_RESPID(id, der)
    stage.shown('id', need(der.value))
  }
  for (const extension of exts.value ?? [])
    stage.tell(`extension ${O.OBJ_obj2nid(O.X509_EXTENSION_get_object(extension))}`)
}

function response(stage: Stage, ssl: O.SSL): void {
  const out: O.Out<Uint8Array | null> = { value: null }
  const length = O.SSL_get_tlsext_status_ocsp_resp(ssl, out)
  const text = out.value === null ? 'NULL' : Buffer.from(out.value).toString('latin1')
  stage.tell(`${who(ssl)} response ${length} ${text}`)
}

function open(stage: Stage, type: number | null): void {
  stage.openPair()
  if (type !== null) stage.say('type', O.SSL_set_tlsext_status_type(stage.c, type))
}

function setBefore({ s }: Stage): void {
  O.SSL_set_tlsext_status_ocsp_resp(s, Buffer.from('before'))
}

function run(stage: Stage): void {
  stage.shake()
  response(stage, stage.c)
  response(stage, stage.s)
  stage.tell(`types ${O.SSL_get_tlsext_status_type(stage.c)} ${O.SSL_get_tlsext_status_type(stage.s)}`)
}

function scene(stage: Stage, name: string, how: readonly [number, number, number], prepare: () => void): void {
  begin(stage, name, how)
  prepare()
  run(stage)
  stage.closePair()
  stage.end()
}

function usual(stage: Stage, name: string, how: readonly [number, number, number]): void {
  scene(stage, name, how, () => open(stage, O.TLSEXT_STATUSTYPE_ocsp))
}

function idsAndExtensions(stage: Stage): void {
  begin(stage, 'ids and extensions', [0, 1, 1])
  open(stage, 1)
  const ids = [`a2160414${'0102030405060708090a0b0c0d0e0f1011121314'}`, 'a10e300c310a30080603550403 0c0141'].map(hex =>
    O.d2i_OCSP_RESPID(null, { value: Buffer.from(hex.replaceAll(' ', ''), 'hex') }),
  )
  stage.tell(`ids ${ids.map(id => Number(id !== null)).join(' ')}`)
  const extension = need(O.X509V3_EXT_conf_nid(null, null, O.NID_basic_constraints, 'CA:FALSE'))
  stage.say('ids', O.SSL_set_tlsext_status_ids(stage.c, ids.map(need)))
  stage.say('extensions', O.SSL_set_tlsext_status_exts(stage.c, [extension]))
  asked(stage, stage.c)
  run(stage)
  asked(stage, stage.s)
  stage.closePair()
  stage.end()
}

function resumed(stage: Stage): void {
  begin(stage, 'resumed', [0, 1, 1])
  open(stage, 1)
  run(stage)
  const session = O.SSL_get1_session(stage.c)
  stage.closePair()
  open(stage, 1)
  O.SSL_set_session(stage.c, session)
  O.SSL_SESSION_free(session)
  run(stage)
  stage.tell(`reused ${O.SSL_session_reused(stage.c)}`)
  stage.closePair()
  stage.end()
}

function control(stage: Stage): void {
  begin(stage, 'getters', [0, 0, 0])
  const cb: O.Out<O.SSL_status_cb | null> = { value: null }
  const arg: O.Out<unknown> = { value: null }
  stage.say('cb', O.SSL_CTX_get_tlsext_status_cb(stage.cc, cb))
  stage.say('arg', O.SSL_CTX_get_tlsext_status_arg(stage.cc, arg))
  stage.tell(`${Number(cb.value !== null)} ${arg.value}`)
  stage.end()

  begin(stage, 'control', [0, 1, 1])
  stage.openPair()
  stage.say('set', O.SSL_ctrl(stage.c, O.SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, 1, null))
  stage.say('get', O.SSL_ctrl(stage.c, O.SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, 0, null))
  stage.say('of the context', O.SSL_CTX_ctrl(stage.cc, O.SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, 0, null))
  stage.say('set', O.SSL_CTX_ctrl(stage.cc, O.SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, 1, null))
  stage.say('callback', O.SSL_CTX_callback_ctrl(stage.cc, O.SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, null))
  run(stage)
  stage.closePair()
  stage.end()
}

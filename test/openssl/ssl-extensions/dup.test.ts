import * as O from '../../../lib/index.ts'
import { compare, need, type Stage } from './stage.ts'

const C = `
static int idx;
static void show(const char *what, SSL *ssl) {
  tell("%s: server %d shutdown %d options %llx mode %lx min %ld max %ld list %ld ahead %d verify %d depth %d level %d quiet %d session %d cert %d key %d state %s ciphers %d ca %d info %d host %s", what, SSL_is_server(ssl), SSL_get_shutdown(ssl),
   (unsigned long long)SSL_get_options(ssl), SSL_get_mode(ssl), (long)SSL_get_min_proto_version(ssl), (long)SSL_get_max_proto_version(ssl), (long)SSL_get_max_cert_list(ssl), SSL_get_read_ahead(ssl), SSL_get_verify_mode(ssl), SSL_get_verify_depth(ssl), SSL_get_security_level(ssl),
   SSL_get_quiet_shutdown(ssl), SSL_get_session(ssl) != NULL, SSL_get_certificate(ssl) != NULL, SSL_get_privatekey(ssl) != NULL, SSL_state_string(ssl), sk_SSL_CIPHER_num(SSL_get1_supported_ciphers(ssl)), sk_X509_NAME_num(SSL_get0_CA_list(ssl)), SSL_get_info_callback(ssl) != NULL, SSL_get_servername(ssl, 0) ? SSL_get_servername(ssl, 0) : "none");
  tell("%s: data %s bios %d %d version %x", what, SSL_get_ex_data(ssl, idx) ? (char *)SSL_get_ex_data(ssl, idx) : "none", SSL_get_rbio(ssl) != NULL, SSL_get_wbio(ssl) != NULL, SSL_version(ssl));
}
static int verify(int ok, X509_STORE_CTX *x) { return 1; }
static void info(const SSL *ssl, int a, int b) {}
static void play_all(void) {
  SSL *d, *keep;
  idx = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
  begin("fresh"); open_pair(); d = SSL_dup(c); tell("same %d", d == c); show("c", c); show("d", d); SSL_free(d); close_pair(); end();
  begin("roleless"); c = SSL_new(cc); d = SSL_dup(c); tell("same %d", d == c); show("d", d); say("handshake", SSL_do_handshake(d)); SSL_free(d); SSL_free(c); end();
  begin("configured"); open_pair();
  SSL_set_options(s, SSL_OP_NO_TICKET); SSL_set_mode(s, SSL_MODE_ENABLE_PARTIAL_WRITE); SSL_set_min_proto_version(s, DTLS1_2_VERSION); SSL_set_max_cert_list(s, 5000); SSL_set_read_ahead(s, 1);
  SSL_set_verify(s, SSL_VERIFY_PEER, verify); SSL_set_verify_depth(s, 3); SSL_set_security_level(s, 1); SSL_set_quiet_shutdown(s, 1); SSL_set_cipher_list(s, "ECDHE-ECDSA-AES128-GCM-SHA256"); SSL_set_ex_data(s, idx, "data"); SSL_set_info_callback(s, info);
  SSL_set_session_id_context(s, (unsigned char *)"ctx", 3); SSL_add1_to_CA_list(s, SSL_get_certificate(s)); SSL_set_tlsext_host_name(s, "a.test"); SSL_set_shutdown(s, 1);
  d = SSL_dup(s); tell("same %d", d == s); show("s", s); show("d", d); tell("callback %d", SSL_get_verify_callback(d) == verify); SSL_free(d); close_pair(); end();
  begin("with a session"); open_pair(); shake(); SSL_SESSION *x = SSL_get1_session(c); close_pair(); open_pair(); SSL_set_session(c, x); d = SSL_dup(c); tell("same %d session %d", d == c, SSL_get_session(d) == x); show("d", d); SSL_free(d); close_pair(); SSL_SESSION_free(x); end();
  begin("handshaking"); open_pair(); SSL_do_handshake(c); d = SSL_dup(c); tell("same %d", d == c); SSL_free(d); close_pair(); end();
  begin("connected"); open_pair(); shake(); d = SSL_dup(c); tell("same %d", d == c); SSL_free(d); SSL_clear(c); d = SSL_dup(c); tell("same %d", d == c); SSL_free(d); close_pair(); end();
  begin("works"); open_pair(); d = SSL_dup(s); BIO_up_ref(SSL_get_rbio(s)); BIO_up_ref(SSL_get_wbio(s)); SSL_set_bio(d, SSL_get_rbio(s), SSL_get_wbio(s)); SSL_set_mtu(d, 9000);
  keep = s; s = d; shake(); tell("%s", SSL_get_cipher_name(d)); s = keep; SSL_free(d); SSL_free(c); SSL_free(s); end();
}
`

const verify: O.SSL_verify_cb = () => 1

compare('dup', C, stage => {
  const index = O.SSL_get_ex_new_index(0, null, null, null, null)
  const copyOf = (ssl: O.SSL): O.SSL => {
    const copy = need(O.SSL_dup(ssl))
    stage.tell(`same ${Number(copy === ssl)}`)
    return copy
  }
  stage.begin('fresh')
  stage.openPair()
  const fresh = copyOf(stage.c)
  show(stage, 'c', stage.c, index)
  show(stage, 'd', fresh, index)
  leave(stage, fresh)

  stage.begin('roleless')
  const plain = need(O.SSL_new(stage.cc))
  const roleless = copyOf(plain)
  show(stage, 'd', roleless, index)
  stage.say('handshake', O.SSL_do_handshake(roleless))
  O.SSL_free(roleless)
  O.SSL_free(plain)
  stage.end()

  stage.begin('configured')
  stage.openPair()
  configure(stage.s, index)
  const configured = copyOf(stage.s)
  show(stage, 's', stage.s, index)
  show(stage, 'd', configured, index)
  stage.tell(`callback ${Number(O.SSL_get_verify_callback(configured) === verify)}`)
  leave(stage, configured)

  stage.begin('with a session')
  stage.openPair()
  stage.shake()
  const session = need(O.SSL_get1_session(stage.c))
  stage.closePair()
  stage.openPair()
  O.SSL_set_session(stage.c, session)
  const sharing = need(O.SSL_dup(stage.c))
  stage.tell(`same ${Number(sharing === stage.c)} session ${Number(O.SSL_get_session(sharing) === session)}`)
  show(stage, 'd', sharing, index)
  O.SSL_SESSION_free(session)
  leave(stage, sharing)

  stage.begin('handshaking')
  stage.openPair()
  O.SSL_do_handshake(stage.c)
  leave(stage, copyOf(stage.c))

  stage.begin('connected')
  stage.openPair()
  stage.shake()
  O.SSL_free(copyOf(stage.c))
  O.SSL_clear(stage.c)
  leave(stage, copyOf(stage.c))

  works(stage)
})

function configure(ssl: O.SSL, index: number): void {
  O.SSL_set_options(ssl, O.SSL_OP_NO_TICKET)
  O.SSL_set_mode(ssl, O.SSL_MODE_ENABLE_PARTIAL_WRITE)
  O.SSL_set_min_proto_version(ssl, O.DTLS1_2_VERSION)
  O.SSL_set_max_cert_list(ssl, 5000)
  O.SSL_set_read_ahead(ssl, 1)
  O.SSL_set_verify(ssl, O.SSL_VERIFY_PEER, verify)
  O.SSL_set_verify_depth(ssl, 3)
  O.SSL_set_security_level(ssl, 1)
  O.SSL_set_quiet_shutdown(ssl, 1)
  O.SSL_set_cipher_list(ssl, 'ECDHE-ECDSA-AES128-GCM-SHA256')
  O.SSL_set_ex_data(ssl, index, 'data')
  O.SSL_set_info_callback(ssl, () => {})
  O.SSL_set_session_id_context(ssl, Buffer.from('ctx'))
  O.SSL_add1_to_CA_list(ssl, O.SSL_get_certificate(ssl))
  O.SSL_set_tlsext_host_name(ssl, 'a.test')
  O.SSL_set_shutdown(ssl, 1)
}

function show(stage: Stage, what: string, ssl: O.SSL, index: number): void {
  const values = {
    server: O.SSL_is_server(ssl),
    shutdown: O.SSL_get_shutdown(ssl),
    options: O.SSL_get_options(ssl).toString(16),
    mode: O.SSL_get_mode(ssl).toString(16),
    min: O.SSL_get_min_proto_version(ssl),
    max: O.SSL_get_max_proto_version(ssl),
    list: O.SSL_get_max_cert_list(ssl),
    ahead: O.SSL_get_read_ahead(ssl),
    verify: O.SSL_get_verify_mode(ssl),
    depth: O.SSL_get_verify_depth(ssl),
    level: O.SSL_get_security_level(ssl),
    quiet: O.SSL_get_quiet_shutdown(ssl),
    session: Number(O.SSL_get_session(ssl) !== null),
    cert: Number(O.SSL_get_certificate(ssl) !== null),
    key: Number(O.SSL_get_privatekey(ssl) !== null),
    state: O.SSL_state_string(ssl),
    ciphers: O.sk_SSL_CIPHER_num(O.SSL_get1_supported_ciphers(ssl)),
    ca: O.sk_X509_NAME_num(O.SSL_get0_CA_list(ssl)),
    info: Number(O.SSL_get_info_callback(ssl) !== null),
    host: O.SSL_get_servername(ssl, O.TLSEXT_NAMETYPE_host_name) ?? 'none',
  }
  const text = Object.entries(values).map(([name, value]) => `${name} ${value}`)
  stage.tell(`${what}: ${text.join(' ')}`)
  const bios = [O.SSL_get_rbio(ssl), O.SSL_get_wbio(ssl)].map(bio => Number(bio !== null))
  const data = O.SSL_get_ex_data(ssl, index) ?? 'none'
  stage.tell(`${what}: data ${data} bios ${bios.join(' ')} version ${O.SSL_version(ssl).toString(16)}`)
}

function leave(stage: Stage, copy: O.SSL): void {
  O.SSL_free(copy)
  stage.closePair()
  stage.end()
}

function works(stage: Stage): void {
  stage.begin('works')
  stage.openPair()
  const original = stage.s
  const copy = need(O.SSL_dup(original))
  const [rbio, wbio] = [need(O.SSL_get_rbio(original)), need(O.SSL_get_wbio(original))]
  O.BIO_up_ref(rbio)
  O.BIO_up_ref(wbio)
  O.SSL_set_bio(copy, rbio, wbio)
  O.SSL_set_mtu(copy, 9000)
  stage.play(stage.c, copy)
  stage.shake()
  stage.tell(O.SSL_get_cipher_name(copy) ?? 'none')
  O.SSL_free(original)
  stage.closePair()
  stage.end()
}

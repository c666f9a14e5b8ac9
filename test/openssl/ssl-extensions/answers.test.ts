import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { certificatePath, compare, need, Stage, who } from './stage.ts'

/** Every answer that the callbacks of a handshake may give. */

const C = `
static int answers[9], at, alert; static SSL_CTX *other;
static int next(void) { int a = answers[at]; if (answers[at + 1] != -99) at++; return a; }
static int on_name(SSL *ssl, int *al, void *arg) {
  int a = next(); tell("%s is asked about %s, %d, %s, alert %d: %d", who(ssl), SSL_get_servername(ssl, 0) ? SSL_get_servername(ssl, 0) : "nobody", SSL_get_servername_type(ssl), (char *)arg, *al, a);
  if (alert) *al = alert; if (other) tell("moved %d", SSL_set_SSL_CTX(ssl, other) == other); return a;
}
static int on_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned inlen, void *arg) {
  int a = next(); shown("offered", in, inlen); tell("%s: %d", (char *)arg, a); *out = in + 1; *outlen = *in; return a;
}
static int on_hello(SSL *ssl, int *al, void *arg) {
  int a = next(); const unsigned char *p; size_t n; int *types = NULL;
  tell("hello, %s, alert %d: %d, in %s", (char *)arg, *al, a, SSL_state_string(ssl));
  tell("v2 %d version %x random %zu session %zu compression %zu", SSL_client_hello_isv2(ssl), SSL_client_hello_get0_legacy_version(ssl), SSL_client_hello_get0_random(ssl, &p), SSL_client_hello_get0_session_id(ssl, &p), SSL_client_hello_get0_compression_methods(ssl, &p));
  n = SSL_client_hello_get0_ciphers(ssl, &p); shown("ciphers", p, n);
  int present = SSL_client_hello_get1_extensions_present(ssl, &types, &n); tell("present %d %zu", present, n); for (size_t i = 0; i < n; i++) tell("extension %d", types[i]); OPENSSL_free(types);
  tell("unknown %d missing %d", SSL_client_hello_get0_ext(ssl, 12345, &p, &n), SSL_client_hello_get0_ext(ssl, 14, &p, &n));
  if (SSL_client_hello_get0_ext(ssl, 10, &p, &n)) shown("groups", p, n);
  if (alert) *al = alert; return a;
}
static int on_cert(SSL *ssl, void *arg) { int a = next(); tell("%s chooses a certificate, %s: %d, in %s", who(ssl), (char *)arg, a, SSL_state_string(ssl)); return a; }
static int gives;
static int on_client_cert(SSL *ssl, X509 **x, EVP_PKEY **k) {
  int a = next(); BIO *b; tell("%s is asked for a certificate: %d, gives %d, in %s", who(ssl), a, gives, SSL_state_string(ssl));
  if (gives & 1) { b = BIO_new_file(DIR "client.pem", "r"); *x = PEM_read_bio_X509(b, NULL, NULL, NULL); BIO_free(b); }
  if (gives & 2) { b = BIO_new_file(gives & 4 ? DIR "p256.key.pem" : DIR "client.key.pem", "r"); *k = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL); BIO_free(b); }
  return a;
}
static void on_info(const SSL *ssl, int where, int ret) { if (where & SSL_CB_ALERT) tell("%s %s alert %s %s", who(ssl), where & SSL_CB_READ ? "reads" : "writes", SSL_alert_type_string_long(ret), SSL_alert_desc_string_long(ret)); }
static void set(const char *name, int a, int b, int al) {
  begin(name); answers[0] = a; answers[1] = b; answers[2] = -99; if (b == -99) answers[1] = -99; at = 0; alert = al; other = NULL; SSL_CTX_set_info_callback(cc, on_info); SSL_CTX_set_info_callback(sc, on_info);
}
static void run(void) {
  X509 *x; char subject[200] = "nobody"; 
  shake(); tell("ack %d", 1);
  x = SSL_get0_peer_certificate(c); if (x) X509_NAME_oneline(X509_get_subject_name(x), subject, 200); tell("server is %s", subject);
  strcpy(subject, "nobody"); x = SSL_get0_peer_certificate(s); if (x) X509_NAME_oneline(X509_get_subject_name(x), subject, 200); tell("client is %s", subject);
  tell("names %s %s session %s", SSL_get_servername(c, 0) ? SSL_get_servername(c, 0) : "none", SSL_get_servername(s, 0) ? SSL_get_servername(s, 0) : "none", SSL_get_session(s) && SSL_SESSION_get0_hostname(SSL_get_session(s)) ? SSL_SESSION_get0_hostname(SSL_get_session(s)) : "none");
  const unsigned char *p; unsigned n; SSL_get0_alpn_selected(c, &p, &n); tell("protocol %.*s", (int)n, p ? (char *)p : "");
  close_pair(); end();
}
static void named(const char *name, int a, int al, const char *host) { set(name, a, -99, al); SSL_CTX_set_tlsext_servername_callback(sc, on_name); SSL_CTX_set_tlsext_servername_arg(sc, "arg"); open_pair(); if (host) SSL_set_tlsext_host_name(c, host); run(); }
static void client_certificate(const char *name, int a, int b, int g, int require) {
  set(name, a, b, 0); gives = g; SSL_CTX_set_client_cert_cb(cc, on_client_cert); tell("get %d", SSL_CTX_get_client_cert_cb(cc) == on_client_cert);
  SSL_CTX_set_verify(sc, SSL_VERIFY_PEER | (require ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL); open_pair(); run();
}
static void play_all(void) {
  int i; char name[40]; static const int many[] = { 0, 1, 2, 3, 4, -1 };
  /* A warning alone ends the connection of the real library's client (see compat/differences.md). */
  for (i = 0; i < 6; i++) if (many[i] != SSL_TLSEXT_ERR_ALERT_WARNING) { sprintf(name, "name %d", many[i]); named(name, many[i], 0, "a.test"); }
  named("name refused with another alert", 2, 40, "a.test"); named("no name", 0, 0, NULL); named("no name refused", 2, 0, NULL);
  set("the client's callback", 0, -99, 0); SSL_CTX_set_tlsext_servername_callback(cc, on_name); open_pair(); SSL_set_tlsext_host_name(c, "a.test"); run();
  set("the client's callback refuses", 2, -99, 47); SSL_CTX_set_tlsext_servername_callback(cc, on_name); open_pair(); run();
  set("another context", 0, -99, 0); other = SSL_CTX_new(DTLS_method()); SSL_CTX_use_certificate_chain_file(other, DIR "rsa.pem"); SSL_CTX_use_PrivateKey_file(other, DIR "rsa.key.pem", 1);
  SSL_CTX_set_tlsext_servername_callback(sc, on_name); open_pair(); SSL_set_tlsext_host_name(c, "a.test"); tell("is %d", SSL_get_SSL_CTX(s) == sc); shake(); tell("is %d", SSL_get_SSL_CTX(s) == other); tell("back %d", SSL_set_SSL_CTX(s, NULL) == sc); SSL_CTX_free(other); other = NULL; run();
  for (i = 0; i < 6; i++) {
    sprintf(name, "protocol %d", many[i]); set(name, many[i], -99, 0); SSL_CTX_set_alpn_select_cb(sc, on_protocol, "arg"); SSL_CTX_set_alpn_protos(cc, (unsigned char *)"\\2h2\\5hello", 9); open_pair(); run();
  }
  for (i = 0; i < 4; i++) { static const int a[] = { 0, 1, 2, 7 }; sprintf(name, "hello %d", a[i]); set(name, a[i], -99, 0); SSL_CTX_set_client_hello_cb(sc, on_hello, "arg"); open_pair(); run(); }
  set("hello refused with another alert", 0, -99, 49); SSL_CTX_set_client_hello_cb(sc, on_hello, "arg"); open_pair(); run();
  set("hello later", -1, 1, 0); SSL_CTX_set_client_hello_cb(sc, on_hello, "arg"); open_pair(); run();
  for (i = 0; i < 3; i++) { static const int a[] = { 1, 0, 5 }; sprintf(name, "certificate %d", a[i]); set(name, a[i], -99, 0); SSL_CTX_set_cert_cb(sc, on_cert, "arg"); open_pair(); run(); }
  set("certificate later", -1, 1, 0); SSL_CTX_set_cert_cb(sc, on_cert, "arg"); open_pair(); run();
  for (i = 0; i < 2; i++) { sprintf(name, "client's certificate %d", i); set(name, i, -99, 0); SSL_CTX_set_cert_cb(cc, on_cert, "arg"); SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL); open_pair(); run(); }
  set("client's certificate later", -1, 1, 0); SSL_CTX_set_cert_cb(cc, on_cert, "arg"); SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL); open_pair(); run();
  set("nobody asks the client", 1, -99, 0); SSL_CTX_set_cert_cb(cc, on_cert, "arg"); open_pair(); run();
  client_certificate("client gives", 1, -99, 3, 1); client_certificate("client gives nothing", 0, -99, 0, 0); client_certificate("client gives nothing that is required", 0, -99, 0, 1);
  client_certificate("client gives no key", 1, -99, 1, 0); client_certificate("client gives no certificate", 1, -99, 2, 0); client_certificate("client gives another's key", 1, -99, 7, 0); client_certificate("client says nothing and gives", 0, -99, 3, 0);
  client_certificate("client later", -1, 1, 3, 1); client_certificate("client says two", 2, -99, 3, 0);
  begin("shared"); open_pair(); char list[2000]; say("before", SSL_get_shared_ciphers(s, list, 2000) != NULL); shake(); tell("%s", SSL_get_shared_ciphers(s, list, 2000)); tell("%s", SSL_get_shared_ciphers(s, list, 60)); say("client", SSL_get_shared_ciphers(c, list, 2000) != NULL); say("no room", SSL_get_shared_ciphers(s, list, 1) != NULL); close_pair(); end();
}
`

test('a server that warns of a name goes on, and so does the client', () => {
  const stage = new Stage()
  stage.begin('warned')
  const alerts: string[] = []
  for (const ctx of [stage.cc, stage.sc])
    O.SSL_CTX_set_info_callback(ctx, (ssl, where, value) => {
      if ((where & O.SSL_CB_ALERT) !== 0) alerts.push(`${who(ssl)} ${(where & O.SSL_CB_READ) !== 0} ${value}`)
    })
  O.SSL_CTX_set_tlsext_servername_callback(stage.sc, (_ssl, al) => {
    al.value = O.SSL_AD_USER_CANCELLED
    return O.SSL_TLSEXT_ERR_ALERT_WARNING
  })
  stage.openPair()
  O.SSL_set_tlsext_host_name(stage.c, 'a.test')
  stage.shake()
  const warning = (1 << 8) | O.SSL_AD_USER_CANCELLED
  expect(alerts).toEqual([`server false ${warning}`, `client true ${warning}`])
  expect(stage.lines).toEqual(['warned: handshake 1 1'])
  stage.closePair()
  stage.end()
})

let given: number[] = []
let alert = 0
let gives = 0
let moveTo: O.SSL_CTX | null = null

/** The next answer; the last one stays. */
const next = (): number => (given.length > 1 ? given.shift() : given[0]) ?? 0

compare('answers', C, stage => {
  names(stage)
  protocols(stage)
  hellos(stage)
  certificates(stage)
  clientCertificates(stage)
  shared(stage)
})

function set(stage: Stage, name: string, answers: number[], al = 0): void {
  stage.begin(name)
  given = [...answers]
  alert = al
  moveTo = null
  for (const ctx of [stage.cc, stage.sc])
    O.SSL_CTX_set_info_callback(ctx, (ssl, where, value) => {
      if ((where & O.SSL_CB_ALERT) === 0) return
      const [level, text] = [O.SSL_alert_type_string_long(value), O.SSL_alert_desc_string_long(value)]
      stage.tell(`${who(ssl)} ${(where & O.SSL_CB_READ) !== 0 ? 'reads' : 'writes'} alert ${level} ${text}`)
    })
}

function run(stage: Stage): void {
  stage.shake()
  stage.tell('ack 1')
  stage.tell(`server is ${subject(stage.c)}`)
  stage.tell(`client is ${subject(stage.s)}`)
  const session = O.SSL_get_session(stage.s)
  const host = session === null ? null : O.SSL_SESSION_get0_hostname(session)
  const [ofClient, ofServer] = [O.SSL_get_servername(stage.c, 0), O.SSL_get_servername(stage.s, 0)]
  stage.tell(`names ${ofClient ?? 'none'} ${ofServer ?? 'none'} session ${host ?? 'none'}`)
  const protocol: O.Out<Uint8Array | null> = { value: null }
  O.SSL_get0_alpn_selected(stage.c, protocol)
  stage.tell(`protocol ${Buffer.from(protocol.value ?? []).toString('latin1')}`)
  stage.closePair()
  stage.end()
}

function subject(ssl: O.SSL): string {
  const x = O.SSL_get0_peer_certificate(ssl)
  return x === null ? 'nobody' : (O.X509_NAME_oneline(O.X509_get_subject_name(x)) ?? '')
}

function onName(stage: Stage): O.SSL_servername_cb {
  return (ssl, al, arg) => {
    const answer = next()
    const name = O.SSL_get_servername(ssl, O.TLSEXT_NAMETYPE_host_name) ?? 'nobody'
    const type = O.SSL_get_servername_type(ssl)
    stage.tell(`${who(ssl)} is asked about ${name}, ${type}, ${arg ?? '(null)'}, alert ${al.value}: ${answer}`)
    if (alert !== 0) al.value = alert
    if (moveTo !== null) stage.tell(`moved ${Number(O.SSL_set_SSL_CTX(ssl, moveTo) === moveTo)}`)
    return answer
  }
}

function names(stage: Stage): void {
  const named = (name: string, answer: number, al: number, host: string | null): void => {
    set(stage, name, [answer], al)
    O.SSL_CTX_set_tlsext_servername_callback(stage.sc, onName(stage))
    O.SSL_CTX_set_tlsext_servername_arg(stage.sc, 'arg')
    stage.openPair()
    if (host !== null) O.SSL_set_tlsext_host_name(stage.c, host)
    run(stage)
  }
  for (const answer of [0, 2, 3, 4, -1]) named(`name ${answer}`, answer, 0, 'a.test')
  named('name refused with another alert', 2, 40, 'a.test')
  named('no name', 0, 0, null)
  named('no name refused', 2, 0, null)
  set(stage, "the client's callback", [0])
  O.SSL_CTX_set_tlsext_servername_callback(stage.cc, onName(stage))
  stage.openPair()
  O.SSL_set_tlsext_host_name(stage.c, 'a.test')
  run(stage)
  set(stage, "the client's callback refuses", [2], 47)
  O.SSL_CTX_set_tlsext_servername_callback(stage.cc, onName(stage))
  stage.openPair()
  run(stage)

  set(stage, 'another context', [0])
  const other = need(O.SSL_CTX_new(O.DTLS_method()))
  O.SSL_CTX_use_certificate_chain_file(other, certificatePath('rsa'))
  O.SSL_CTX_use_PrivateKey_file(other, certificatePath('rsa.key'), O.SSL_FILETYPE_PEM)
  O.SSL_CTX_set_tlsext_servername_callback(stage.sc, onName(stage))
  moveTo = other
  stage.openPair()
  O.SSL_set_tlsext_host_name(stage.c, 'a.test')
  stage.tell(`is ${Number(O.SSL_get_SSL_CTX(stage.s) === stage.sc)}`)
  stage.shake()
  stage.tell(`is ${Number(O.SSL_get_SSL_CTX(stage.s) === other)}`)
  stage.tell(`back ${Number(O.SSL_set_SSL_CTX(stage.s, null) === stage.sc)}`)
  O.SSL_CTX_free(other)
  moveTo = null
  run(stage)
}

function protocols(stage: Stage): void {
  for (const answer of [0, 1, 2, 3, 4, -1]) {
    set(stage, `protocol ${answer}`, [answer])
    O.SSL_CTX_set_alpn_select_cb(
      stage.sc,
      (_ssl, out, outlen, list, length, arg) => {
        const said = next()
        stage.shown('offered', list.subarray(0, length))
        stage.tell(`${arg}: ${said}`)
        out.value = list.subarray(1)
        outlen.value = list[0] ?? 0
        return said
      },
      'arg',
    )
    O.SSL_CTX_set_alpn_protos(stage.cc, Buffer.from('\x02h2\x05hello'))
    stage.openPair()
    run(stage)
  }
}

function hellos(stage: Stage): void {
  const { tell } = stage
  const onHello: O.SSL_client_hello_cb_fn = (ssl, al, arg) => {
    const answer = next()
    const out: O.Out<Uint8Array> = { value: new Uint8Array(0) }
    tell(`hello, ${arg}, alert ${al.value}: ${answer}, in ${O.SSL_state_string(ssl)}`)
    const version = O.SSL_client_hello_get0_legacy_version(ssl).toString(16)
    const lengths = [
      `random ${O.SSL_client_hello_get0_random(ssl, out)}`,
      `session ${O.SSL_client_hello_get0_session_id(ssl, out)}`,
      `compression ${O.SSL_client_hello_get0_compression_methods(ssl, out)}`,
    ]
    tell(`v2 ${O.SSL_client_hello_isv2(ssl)} version ${version} ${lengths.join(' ')}`)
    O.SSL_client_hello_get0_ciphers(ssl, out)
    stage.shown('ciphers', out.value)
    const types: O.Out<number[] | null> = { value: null }
    const count = { value: 0 }
    tell(`present ${O.SSL_client_hello_get1_extensions_present(ssl, types, count)} ${count.value}`)
    for (const type of types.value ?? []) tell(`extension ${type}`)
    const found = [12345, 14].map(type => O.SSL_client_hello_get0_ext(ssl, type, out))
    tell(`unknown ${found[0]} missing ${found[1]}`)
    if (O.SSL_client_hello_get0_ext(ssl, 10, out) === 1) stage.shown('groups', out.value)
    if (alert !== 0) al.value = alert
    return answer
  }
  const scene = (name: string, answers: number[], al = 0): void => {
    set(stage, name, answers, al)
    O.SSL_CTX_set_client_hello_cb(stage.sc, onHello, 'arg')
    stage.openPair()
    run(stage)
  }
  for (const answer of [0, 1, 2, 7]) scene(`hello ${answer}`, [answer])
  scene('hello refused with another alert', [0], 49)
  scene('hello later', [-1, 1])
}

function certificates(stage: Stage): void {
  const onCert: O.SSL_cert_cb = (ssl, arg) => {
    const answer = next()
    stage.tell(`${who(ssl)} chooses a certificate, ${arg}: ${answer}, in ${O.SSL_state_string(ssl)}`)
    return answer
  }
  const scene = (name: string, side: 'cc' | 'sc', answers: number[], asks = side === 'cc'): void => {
    set(stage, name, answers)
    O.SSL_CTX_set_cert_cb(stage[side], onCert, 'arg')
    if (asks) O.SSL_CTX_set_verify(stage.sc, O.SSL_VERIFY_PEER, null)
    stage.openPair()
    run(stage)
  }
  for (const answer of [1, 0, 5]) scene(`certificate ${answer}`, 'sc', [answer])
  scene('certificate later', 'sc', [-1, 1])
  for (const answer of [0, 1]) scene(`client's certificate ${answer}`, 'cc', [answer])
  scene("client's certificate later", 'cc', [-1, 1])
  scene('nobody asks the client', 'cc', [1], false)
}

function clientCertificates(stage: Stage): void {
  const onClientCert: O.SSL_client_cert_cb = (ssl, x, k) => {
    const answer = next()
    stage.tell(`${who(ssl)} is asked for a certificate: ${answer}, gives ${gives}, in ${O.SSL_state_string(ssl)}`)
    const read = <T>(name: string, from: (bio: O.BIO) => T): T => {
      const bio = need(O.BIO_new_file(certificatePath(name), 'r'))
      const value = from(bio)
      O.BIO_free(bio)
      return value
    }
    if ((gives & 1) !== 0) x.value = read('client', bio => O.PEM_read_bio_X509(bio, null, null, null))
    if ((gives & 2) !== 0)
      k.value = read((gives & 4) === 0 ? 'client.key' : 'p256.key', bio => O.PEM_read_bio_PrivateKey(bio))
    return answer
  }
  const scene = (name: string, answers: number[], what: number, required: boolean): void => {
    set(stage, name, answers)
    gives = what
    O.SSL_CTX_set_client_cert_cb(stage.cc, onClientCert)
    stage.tell(`get ${Number(O.SSL_CTX_get_client_cert_cb(stage.cc) === onClientCert)}`)
    const mode = O.SSL_VERIFY_PEER | (required ? O.SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
    O.SSL_CTX_set_verify(stage.sc, mode, null)
    stage.openPair()
    run(stage)
  }
  scene('client gives', [1], 3, true)
  scene('client gives nothing', [0], 0, false)
  scene('client gives nothing that is required', [0], 0, true)
  scene('client gives no key', [1], 1, false)
  scene('client gives no certificate', [1], 2, false)
  scene("client gives another's key", [1], 7, false)
  scene('client says nothing and gives', [0], 3, false)
  scene('client later', [-1, 1], 3, true)
  scene('client says two', [2], 3, false)
}

function shared(stage: Stage): void {
  stage.begin('shared')
  stage.openPair()
  const list = Buffer.alloc(2000)
  stage.say('before', O.SSL_get_shared_ciphers(stage.s, list, 2000) !== null)
  stage.shake()
  stage.tell(O.SSL_get_shared_ciphers(stage.s, list, 2000) ?? '(null)')
  stage.tell(O.SSL_get_shared_ciphers(stage.s, list, 60) ?? '(null)')
  stage.say('client', O.SSL_get_shared_ciphers(stage.c, list, 2000) !== null)
  stage.say('no room', O.SSL_get_shared_ciphers(stage.s, list, 1) !== null)
  stage.closePair()
  stage.end()
}

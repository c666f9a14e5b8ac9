import * as O from '../../../lib/index.ts'
import { compare, type Stage, who } from './stage.ts'

const C = `
static int answers[4], alert;
enum { CLIENT_ADD, SERVER_READ, SERVER_ADD, CLIENT_READ };
static int add_ex(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x, size_t i, int *al, void *arg) {
  int answer = answers[SSL_is_server(ssl) ? SERVER_ADD : CLIENT_ADD];
  tell("%s adds %u in %x: %d, %s, %d %zu", who(ssl), type, context, answer, (char *)arg, x != NULL, i);
  if (answer == 1) { *out = (unsigned char *)arg; *outlen = strlen(arg); }
  if (answer < 0) *al = alert;
  return answer == 2 ? 1 : answer;
}
static void free_ex(SSL *ssl, unsigned type, unsigned context, const unsigned char *out, void *arg) { tell("%s frees %u in %x: %s", who(ssl), type, context, out ? (char *)out : "NULL"); }
static int parse_ex(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t inlen, X509 *x, size_t i, int *al, void *arg) {
  int answer = answers[SSL_is_server(ssl) ? SERVER_READ : CLIENT_READ];
  tell("%s reads %u in %x: %d, %s, %.*s, %d %zu", who(ssl), type, context, answer, (char *)arg, (int)inlen, (char *)in, x != NULL, i);
  if (answer <= 0) *al = alert;
  return answer;
}
static int add(SSL *ssl, unsigned type, const unsigned char **out, size_t *outlen, int *al, void *arg) { return add_ex(ssl, type, 0, out, outlen, NULL, 0, al, arg); }
static void release(SSL *ssl, unsigned type, const unsigned char *out, void *arg) { free_ex(ssl, type, 0, out, arg); }
static int parse(SSL *ssl, unsigned type, const unsigned char *in, size_t inlen, int *al, void *arg) { return parse_ex(ssl, type, 0, in, inlen, NULL, 0, al, arg); }
static void on_extension(SSL *ssl, int from_server, int type, const unsigned char *data, int length, void *arg) {
  if (type >= 1000 && type != 0xff01) tell("%s is shown %d from %d (%d)", who(ssl), type, from_server, length);
}
static int on_hello(SSL *ssl, int *al, void *arg) {
  const unsigned char *p; size_t n; int *types; size_t i, count = 0;
  tell("in the hello %d", SSL_client_hello_get0_ext(ssl, 1000, &p, &n));
  if (SSL_client_hello_get1_extensions_present(ssl, &types, &n)) { for (i = 0; i < n; i++) count += types[i] >= 1000 && types[i] != 0xff01; tell("of ours %zu", count); OPENSSL_free(types); }
  return SSL_CLIENT_HELLO_SUCCESS;
}
static void set(int a, int b, int c_, int d, int al) { answers[0] = a; answers[1] = b; answers[2] = c_; answers[3] = d; alert = al; }
static void run(void) {
  open_pair(); SSL_set_tlsext_debug_callback(c, on_extension); SSL_set_tlsext_debug_callback(s, on_extension); shake();
}
static void old(const char *name, int a, int b, int c_, int d, int al) {
  begin(name); set(a, b, c_, d, al);
  say("client", SSL_CTX_add_client_custom_ext(cc, 1000, add, release, "from the client", parse, "client's"));
  say("server", SSL_CTX_add_server_custom_ext(sc, 1000, add, release, "from the server", parse, "server's"));
  SSL_CTX_set_client_hello_cb(sc, on_hello, NULL);
  run(); close_pair(); end();
}
static void with(const char *name, unsigned client, unsigned server) {
  begin(name); set(1, 1, 1, 1, 42);
  say("client", SSL_CTX_add_custom_ext(cc, 1000, client, add_ex, free_ex, "from the client", parse_ex, "client's"));
  say("server", SSL_CTX_add_custom_ext(sc, 1000, server, add_ex, free_ex, "from the server", parse_ex, "server's"));
  run();
  SSL_SESSION *sess = SSL_get1_session(c); close_pair(); tell("again");
  open_pair(); SSL_set_session(c, sess); SSL_SESSION_free(sess); shake(); tell("reused %d", SSL_session_reused(c)); close_pair(); end();
}
#define BOTH (SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO)
static void play_all(void) {
  static const unsigned tried[] = { 0, 1, 5, 10, 13, 14, 16, 18, 21, 22, 23, 35, 50, 1000, 1001, 65281, 65535, 65536 };
  int i;
  begin("registering");
  for (i = 0; i < sizeof tried / sizeof *tried; i++) {
    tell("%u", tried[i]); say("supported", SSL_extension_supported(tried[i]));
    say("client", SSL_CTX_add_client_custom_ext(cc, tried[i], add, release, NULL, parse, NULL)); say("client again", SSL_CTX_add_client_custom_ext(cc, tried[i], NULL, NULL, NULL, NULL, NULL));
    say("server", SSL_CTX_add_server_custom_ext(cc, tried[i], add, release, NULL, parse, NULL)); say("both", SSL_CTX_add_custom_ext(cc, tried[i], BOTH, add_ex, free_ex, NULL, parse_ex, NULL));
    say("has", SSL_CTX_has_client_custom_ext(cc, tried[i])); say("has not", SSL_CTX_has_client_custom_ext(sc, tried[i]));
  }
  for (i = 0; i < 70000; i++) if (SSL_extension_supported(i)) tell("supported: %d", i);
  say("free without add", SSL_CTX_add_custom_ext(sc, 1000, BOTH, NULL, free_ex, NULL, parse_ex, NULL)); say("neither", SSL_CTX_add_custom_ext(sc, 1000, BOTH, NULL, NULL, NULL, NULL, NULL));
  say("client after both", SSL_CTX_add_client_custom_ext(sc, 1000, add, release, NULL, parse, NULL)); say("has", SSL_CTX_has_client_custom_ext(sc, 1000));
  say("old, free without add", SSL_CTX_add_server_custom_ext(sc, 1002, NULL, release, NULL, parse, NULL)); say("has", SSL_CTX_has_client_custom_ext(sc, 1002));
  end();
  old("old", 1, 1, 1, 1, 42);
  old("client leaves it out", 0, 1, 1, 1, 42); old("client adds nothing", 2, 1, 1, 1, 42); old("client fails", -1, 1, 1, 1, 42);
  old("server refuses", 1, 0, 1, 1, 47); old("server refuses too", 1, -1, 1, 1, 49);
  old("server leaves it out", 1, 1, 0, 1, 42); old("server adds nothing", 1, 1, 2, 1, 42); old("server fails", 1, 1, -1, 1, 43);
  old("client refuses", 1, 1, 1, 0, 40); old("client refuses too", 1, 1, 1, -5, 80);
  begin("no callbacks"); set(1, 1, 1, 1, 42); SSL_CTX_add_client_custom_ext(cc, 1000, NULL, NULL, NULL, NULL, NULL); SSL_CTX_add_server_custom_ext(sc, 1000, NULL, NULL, NULL, NULL, NULL); run(); close_pair(); end();
  begin("no callbacks, both"); set(1, 1, 1, 1, 42); SSL_CTX_add_custom_ext(cc, 1000, BOTH, NULL, NULL, NULL, NULL, NULL); SSL_CTX_add_custom_ext(sc, 1000, BOTH, NULL, NULL, NULL, NULL, NULL); run(); close_pair(); end();
  begin("client alone"); set(1, 1, 1, 1, 42); SSL_CTX_add_client_custom_ext(cc, 1000, add, release, "c", parse, "client's"); run(); close_pair(); end();
  begin("server alone"); set(1, 1, 1, 1, 42); SSL_CTX_add_server_custom_ext(sc, 1000, add, release, "s", parse, "server's"); run(); close_pair(); end();
  begin("order"); set(1, 1, 1, 1, 42);
  for (i = 0; i < 3; i++) { SSL_CTX_add_client_custom_ext(cc, 1000 + i, add, release, "c", parse, "client's"); SSL_CTX_add_server_custom_ext(sc, 1002 - i, add, release, "s", parse, "server's"); } run(); close_pair(); end();
  begin("another context"); set(1, 1, 1, 1, 42); SSL_CTX_add_client_custom_ext(cc, 1000, add, release, "c", parse, "client's"); open_pair();
  SSL_CTX_add_server_custom_ext(sc, 1000, add, release, "s", parse, "server's"); shake(); close_pair(); end();
  with("both hellos", BOTH); with("not when resumed", BOTH | SSL_EXT_IGNORE_ON_RESUMPTION); with("1.2 and below", BOTH | SSL_EXT_TLS1_2_AND_BELOW_ONLY);
  with("1.3", BOTH | SSL_EXT_TLS1_3_ONLY); with("DTLS", BOTH | SSL_EXT_DTLS_ONLY); with("no DTLS here", BOTH | SSL_EXT_TLS_IMPLEMENTATION_ONLY);
  with("certificates", SSL_EXT_TLS1_3_CERTIFICATE);
}
`
  // Both ends mean the same, but for these.
  .replaceAll(/with\("([^"]+)", ([^)]+)\)/g, 'with("$1", $2, $2)')
  .replace(
    /\}\n$/,
    `  with("client's hello alone", SSL_EXT_CLIENT_HELLO, SSL_EXT_CLIENT_HELLO); with("client did not mean it", SSL_EXT_CLIENT_HELLO, BOTH); with("server did not mean it", BOTH, SSL_EXT_TLS1_2_SERVER_HELLO);
}
`,
  )

const BOTH = O.SSL_EXT_CLIENT_HELLO | O.SSL_EXT_TLS1_2_SERVER_HELLO

interface Answers {
  readonly clientAdds: number
  readonly serverReads: number
  readonly serverAdds: number
  readonly clientReads: number
  readonly alert: number
}

const FINE: Answers = { clientAdds: 1, serverReads: 1, serverAdds: 1, clientReads: 1, alert: 42 }
let answers = FINE
let stage: Stage

const addEx: O.SSL_custom_ext_add_cb_ex = (ssl, type, context, out, outlen, x, i, al, arg) => {
  const answer = O.SSL_is_server(ssl) === 1 ? answers.serverAdds : answers.clientAdds
  stage.tell(`${who(ssl)} adds ${type} in ${context.toString(16)}: ${answer}, ${arg}, ${Number(x !== null)} ${i}`)
  if (answer === 1) {
    out.value = Buffer.from(String(arg))
    outlen.value = String(arg).length
  }
  if (answer < 0) al.value = answers.alert
  return answer === 2 ? 1 : answer
}
const freeEx: O.SSL_custom_ext_free_cb_ex = (ssl, type, context, out) =>
  stage.tell(`${who(ssl)} frees ${type} in ${context.toString(16)}: ${out === null ? 'NULL' : Buffer.from(out)}`)
const parseEx: O.SSL_custom_ext_parse_cb_ex = (ssl, type, context, bytes, length, x, i, al, arg) => {
  const answer = O.SSL_is_server(ssl) === 1 ? answers.serverReads : answers.clientReads
  const text = Buffer.from(bytes).toString('latin1', 0, length)
  stage.tell(
    `${who(ssl)} reads ${type} in ${context.toString(16)}: ${answer}, ${arg}, ${text}, ${Number(x !== null)} ${i}`,
  )
  if (answer <= 0) al.value = answers.alert
  return answer
}
const add: O.custom_ext_add_cb = (ssl, type, out, outlen, al, arg) => addEx(ssl, type, 0, out, outlen, null, 0, al, arg)
const free: O.custom_ext_free_cb = (ssl, type, out, arg) => freeEx(ssl, type, 0, out, arg)
const parse: O.custom_ext_parse_cb = (ssl, type, bytes, length, al, arg) =>
  parseEx(ssl, type, 0, bytes, length, null, 0, al, arg)

compare('custom', C, on => {
  stage = on
  registering()
  old('old', {})
  old('client leaves it out', { clientAdds: 0 })
  old('client adds nothing', { clientAdds: 2 })
  old('client fails', { clientAdds: -1 })
  old('server refuses', { serverReads: 0, alert: 47 })
  old('server refuses too', { serverReads: -1, alert: 49 })
  old('server leaves it out', { serverAdds: 0 })
  old('server adds nothing', { serverAdds: 2 })
  old('server fails', { serverAdds: -1, alert: 43 })
  old('client refuses', { clientReads: 0, alert: 40 })
  old('client refuses too', { clientReads: -5, alert: 80 })
  scene('no callbacks', () => {
    O.SSL_CTX_add_client_custom_ext(stage.cc, 1000, null, null, null, null, null)
    O.SSL_CTX_add_server_custom_ext(stage.sc, 1000, null, null, null, null, null)
  })
  scene('no callbacks, both', () => {
    O.SSL_CTX_add_custom_ext(stage.cc, 1000, BOTH, null, null, null, null, null)
    O.SSL_CTX_add_custom_ext(stage.sc, 1000, BOTH, null, null, null, null, null)
  })
  scene('client alone', () => client(1000, 'c'))
  scene('server alone', () => server(1000, 's'))
  scene('order', () => {
    for (let i = 0; i < 3; i++) {
      client(1000 + i, 'c')
      server(1002 - i, 's')
    }
  })
  stage.begin('another context')
  client(1000, 'c')
  stage.openPair()
  server(1000, 's')
  stage.shake()
  stage.closePair()
  stage.end()
  both('both hellos', BOTH)
  both('not when resumed', BOTH | O.SSL_EXT_IGNORE_ON_RESUMPTION)
  both('1.2 and below', BOTH | O.SSL_EXT_TLS1_2_AND_BELOW_ONLY)
  both('1.3', BOTH | O.SSL_EXT_TLS1_3_ONLY)
  both('DTLS', BOTH | O.SSL_EXT_DTLS_ONLY)
  both('no DTLS here', BOTH | O.SSL_EXT_TLS_IMPLEMENTATION_ONLY)
  both('certificates', O.SSL_EXT_TLS1_3_CERTIFICATE)
  both("client's hello alone", O.SSL_EXT_CLIENT_HELLO)
  both('client did not mean it', O.SSL_EXT_CLIENT_HELLO, BOTH)
  both('server did not mean it', BOTH, O.SSL_EXT_TLS1_2_SERVER_HELLO)
})

const client = (type: number, text: string): number =>
  O.SSL_CTX_add_client_custom_ext(stage.cc, type, add, free, text, parse, "client's")
const server = (type: number, text: string): number =>
  O.SSL_CTX_add_server_custom_ext(stage.sc, type, add, free, text, parse, "server's")

function registering(): void {
  const { say, tell } = stage
  stage.begin('registering')
  const { cc, sc } = stage
  for (const type of [0, 1, 5, 10, 13, 14, 16, 18, 21, 22, 23, 35, 50, 1000, 1001, 65281, 65535, 65536]) {
    tell(`${type}`)
    say('supported', O.SSL_extension_supported(type))
    say('client', O.SSL_CTX_add_client_custom_ext(cc, type, add, free, null, parse, null))
    say('client again', O.SSL_CTX_add_client_custom_ext(cc, type, null, null, null, null, null))
    say('server', O.SSL_CTX_add_server_custom_ext(cc, type, add, free, null, parse, null))
    say('both', O.SSL_CTX_add_custom_ext(cc, type, BOTH, addEx, freeEx, null, parseEx, null))
    say('has', O.SSL_CTX_has_client_custom_ext(cc, type))
    say('has not', O.SSL_CTX_has_client_custom_ext(sc, type))
  }
  for (let i = 0; i < 70000; i++) if (O.SSL_extension_supported(i) === 1) tell(`supported: ${i}`)
  say('free without add', O.SSL_CTX_add_custom_ext(sc, 1000, BOTH, null, freeEx, null, parseEx, null))
  say('neither', O.SSL_CTX_add_custom_ext(sc, 1000, BOTH, null, null, null, null, null))
  say('client after both', O.SSL_CTX_add_client_custom_ext(sc, 1000, add, free, null, parse, null))
  say('has', O.SSL_CTX_has_client_custom_ext(sc, 1000))
  say('old, free without add', O.SSL_CTX_add_server_custom_ext(sc, 1002, null, free, null, parse, null))
  say('has', O.SSL_CTX_has_client_custom_ext(sc, 1002))
  stage.end()
}

function old(name: string, changes: Partial<Answers>): void {
  stage.begin(name)
  answers = { ...FINE, ...changes }
  stage.say('client', client(1000, 'from the client'))
  stage.say('server', server(1000, 'from the server'))
  O.SSL_CTX_set_client_hello_cb(stage.sc, ssl => {
    stage.tell(`in the hello ${O.SSL_client_hello_get0_ext(ssl, 1000)}`)
    const types: O.Out<number[] | null> = { value: null }
    if (O.SSL_client_hello_get1_extensions_present(ssl, types, { value: 0 }) === 1)
      stage.tell(`of ours ${(types.value ?? []).filter(type => type >= 1000 && type !== 0xff01).length}`)
    return O.SSL_CLIENT_HELLO_SUCCESS
  })
  run()
  stage.closePair()
  stage.end()
}

function scene(name: string, prepare: () => void): void {
  stage.begin(name)
  answers = FINE
  prepare()
  run()
  stage.closePair()
  stage.end()
}

function both(name: string, ofClient: number, ofServer = ofClient): void {
  stage.begin(name)
  answers = FINE
  const { cc, sc } = stage
  stage.say(
    'client',
    O.SSL_CTX_add_custom_ext(cc, 1000, ofClient, addEx, freeEx, 'from the client', parseEx, "client's"),
  )
  stage.say(
    'server',
    O.SSL_CTX_add_custom_ext(sc, 1000, ofServer, addEx, freeEx, 'from the server', parseEx, "server's"),
  )
  run()
  const session = O.SSL_get1_session(stage.c)
  stage.closePair()
  stage.tell('again')
  stage.openPair()
  O.SSL_set_session(stage.c, session)
  O.SSL_SESSION_free(session)
  stage.shake()
  stage.tell(`reused ${O.SSL_session_reused(stage.c)}`)
  stage.closePair()
  stage.end()
}

function run(): void {
  stage.openPair()
  for (const ssl of [stage.c, stage.s])
    O.SSL_set_tlsext_debug_callback(ssl, (end, fromServer, type, _data, length) => {
      if (type >= 1000 && type !== 0xff01) stage.tell(`${who(end)} is shown ${type} from ${fromServer} (${length})`)
    })
  stage.shake()
}

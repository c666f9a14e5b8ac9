import * as O from '../../../lib/index.ts'
import { compare, type Stage, who } from './stage.ts'

/**
 * Master secrets from elsewhere (EAP-FAST). OpenSSL asks no server of DTLS, so that handshakes there are full ones; their
 * abbreviated form is in test/connection/external-secret.test.ts.
 */

const C = `
static int client_answer, server_answer, ticket_answer, length_c, length_s, key_c, key_s, suite_s, suite_c;
static int on_secret(SSL *ssl, void *secret, int *len, STACK_OF(SSL_CIPHER) *ciphers, const SSL_CIPHER **cipher, void *arg) {
  int server = SSL_is_server(ssl), answer = server ? server_answer : client_answer, i;
  unsigned char r[32]; SSL_get_server_random(ssl, r, 32); for (i = 0; i < 32 && !r[i]; i++);
  tell("%s is asked for a secret: room %d, ciphers %d, chosen %s, %s, in %s, random %s", who(ssl), *len, sk_SSL_CIPHER_num(ciphers), *cipher ? "some" : "none", (char *)arg, SSL_state_string(ssl), i < 32 ? "known" : "unknown");
  memset(secret, server ? key_s : key_c, 48); *len = server ? length_s : length_c;
  if (server && suite_s) *cipher = sk_SSL_CIPHER_value(ciphers, sk_SSL_CIPHER_num(ciphers) - suite_s);
  if (!server && suite_c) *cipher = SSL_get_cipher_list(ssl,0) ? sk_SSL_CIPHER_value(SSL_get_ciphers(ssl), suite_c) : NULL;
  return answer;
}
static int on_ticket(SSL *ssl, const unsigned char *data, int len, void *arg) { tell("%s sees a ticket of %d: %.*s, %s, in %s", who(ssl), len > 9 ? 999 : len, len > 9 ? 0 : len, (char *)data, (char *)arg, SSL_state_string(ssl)); return ticket_answer; }
static void prepare(const char *name) {
  begin(name); client_answer = server_answer = ticket_answer = 1; length_c = length_s = 48; key_c = key_s = 7; suite_s = METHOD == TLS_method; suite_c = 0;
}
static void secrets(void) {
  open_pair();
  say("client", SSL_set_session_secret_cb(c, on_secret, "client's")); say("server", SSL_set_session_secret_cb(s, on_secret, "server's"));
  say("ticket cb", SSL_set_session_ticket_ext_cb(s, on_ticket, "server's")); say("ticket cb", SSL_set_session_ticket_ext_cb(c, on_ticket, "client's"));
}
static void run(void) {
  shake(); tell("%s %s, reused %d %d, in %s %s", SSL_get_cipher_name(c), SSL_get_cipher_name(s), SSL_session_reused(c), SSL_session_reused(s), SSL_state_string(c), SSL_state_string(s));
  unsigned char m[2][48] = {{0}}; SSL_SESSION *sessions[2] = { SSL_get0_session(c), SSL_get0_session(s) }; int i;
  for (i = 0; i < 2; i++) if (sessions[i] && SSL_is_init_finished(c)) { size_t n = SSL_SESSION_get_master_key(sessions[i], m[i], 48); tell("master %zu %s id %d ticket %d", n, n && m[i][0] == 7 && m[i][n - 1] == 7 ? "given" : "other", ({ unsigned k; SSL_SESSION_get_id(sessions[i], &k); k; }), SSL_SESSION_has_ticket(sessions[i])); }
  if (SSL_is_init_finished(c) && SSL_is_init_finished(s)) { char b[9] = {0}; SSL_write(c, "hello", 5); tell("read %d %s", SSL_read(s, b, 9), b); }
  close_pair(); end();
}
static void play_all(void) {
  if (METHOD == TLS_method) {
    prepare("both"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); say("ext", SSL_set_session_ticket_ext(c, "pac", 3)); run();
    prepare("both, the server gives tickets"); secrets(); say("ext", SSL_set_session_ticket_ext(c, "pac", 3)); run();
    prepare("server declines"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); server_answer = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
    prepare("server's is empty"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); length_s = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
    prepare("client declines"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); client_answer = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
    prepare("no ticket"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); run();
    prepare("short"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); length_c = length_s = 20; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
    return;
  }
  prepare("both"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); say("ext", SSL_set_session_ticket_ext(c, "pac", 3)); run();
  prepare("both, the server gives tickets"); secrets(); say("ext", SSL_set_session_ticket_ext(c, "pac", 3)); run();
  prepare("server declines"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); server_answer = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("server's is empty"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); length_s = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("client declines"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); client_answer = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("no ticket"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); run();
  prepare("null ticket"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); say("ext", SSL_set_session_ticket_ext(c, NULL, 0)); run();
  prepare("ticket refused"); ticket_answer = 0; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("short"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); length_c = length_s = 20; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("another suite"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); suite_s = 1; secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("client alone"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); SSL_set_session_secret_cb(s, NULL, NULL); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("client knows nothing"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); SSL_set_session_secret_cb(c, NULL, NULL); SSL_set_session_ticket_ext(c, "pac", 3); run();
  prepare("a client without tickets"); SSL_CTX_set_options(cc, SSL_OP_NO_TICKET); secrets(); say("ext", SSL_set_session_ticket_ext(c, "pac", 3)); run();
  prepare("after full handshake"); open_pair(); shake(); SSL_SESSION *x = SSL_get1_session(c); close_pair(); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); SSL_set_session(c, x); SSL_SESSION_free(x); run();
  prepare("1.0"); SSL_CTX_set_security_level(cc, 0); SSL_CTX_set_security_level(sc, 0); SSL_CTX_set_max_proto_version(cc, DTLS1_VERSION); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); secrets(); SSL_set_session_ticket_ext(c, "pac", 3); run();
}
`

interface Scene {
  readonly name: string
  readonly client?: number
  readonly server?: number
  readonly ticket?: number
  readonly length?: number
  readonly serverLength?: number
  readonly picks?: boolean
  /** SSL_OP_NO_TICKET on the server. */
  readonly tickets?: boolean
  /** What the client sends; undefined: it is not called. */
  readonly ext?: string | null
  /** The call's result is said. */
  readonly says?: boolean
  readonly prepare?: (stage: Stage) => void
  readonly after?: (stage: Stage) => void
}

const pac = { ext: 'pac' }

const SCENES: readonly Scene[] = [
  { name: 'both', ...pac, says: true },
  { name: 'both, the server gives tickets', ...pac, tickets: true, says: true },
  { name: 'server declines', ...pac, server: 0 },
  { name: "server's is empty", ...pac, serverLength: 0 },
  { name: 'client declines', ...pac, client: 0 },
  { name: 'no ticket' },
  { name: 'null ticket', ext: null, says: true },
  { name: 'ticket refused', ...pac, ticket: 0, tickets: true },
  { name: 'short', ...pac, length: 20 },
  { name: 'another suite', ...pac, picks: true },
  { name: 'client alone', ...pac, after: ({ s }) => void O.SSL_set_session_secret_cb(s, null) },
  { name: 'client knows nothing', ...pac, after: ({ c }) => void O.SSL_set_session_secret_cb(c, null) },
  {
    name: 'a client without tickets',
    ...pac,
    says: true,
    tickets: true,
    prepare: ({ cc }) => void O.SSL_CTX_set_options(cc, O.SSL_OP_NO_TICKET),
  },
]

compare('secret', C, stage => {
  playAll(stage, SCENES)
  afterFull(stage)
  old(stage)
})

// The real library's server wants a suite to be named.
const OVER_STREAMS = [
  'both',
  'both, the server gives tickets',
  'server declines',
  "server's is empty",
  'client declines',
]
const STREAM_SCENES = SCENES.filter(({ name }) => [...OVER_STREAMS, 'no ticket', 'short'].includes(name))
compare(
  'secret-tls',
  C,
  stage =>
    playAll(
      stage,
      STREAM_SCENES.map(scene => ({ ...scene, picks: true })),
    ),
  'TLS',
)

function playAll(stage: Stage, scenes: readonly Scene[]): void {
  for (const scene of scenes) {
    stage.begin(scene.name)
    if (scene.tickets !== true) O.SSL_CTX_set_options(stage.sc, O.SSL_OP_NO_TICKET)
    scene.prepare?.(stage)
    secrets(stage, scene)
    scene.after?.(stage)
    if (scene.ext !== undefined) {
      const data = scene.ext === null ? null : Buffer.from(scene.ext)
      const result = O.SSL_set_session_ticket_ext(stage.c, data)
      if (scene.says === true) stage.say('ext', result)
    }
    run(stage)
  }
}

function old(stage: Stage): void {
  stage.begin('1.0')
  O.SSL_CTX_set_security_level(stage.cc, 0)
  O.SSL_CTX_set_security_level(stage.sc, 0)
  O.SSL_CTX_set_max_proto_version(stage.cc, O.DTLS1_VERSION)
  O.SSL_CTX_set_options(stage.sc, O.SSL_OP_NO_TICKET)
  secrets(stage, { name: '1.0' })
  O.SSL_set_session_ticket_ext(stage.c, Buffer.from('pac'))
  run(stage)
}

function afterFull(stage: Stage): void {
  stage.begin('after full handshake')
  stage.openPair()
  stage.shake()
  const session = O.SSL_get1_session(stage.c)
  stage.closePair()
  O.SSL_CTX_set_options(stage.sc, O.SSL_OP_NO_TICKET)
  secrets(stage, { name: 'after full handshake' })
  O.SSL_set_session(stage.c, session)
  O.SSL_SESSION_free(session)
  run(stage)
}

function secrets(stage: Stage, scene: Scene): void {
  const onSecret: O.tls_session_secret_cb_fn = (ssl, secret, length, ciphers, cipher, arg) => {
    const server = O.SSL_is_server(ssl) === 1
    const random = new Uint8Array(32)
    O.SSL_get_server_random(ssl, random, 32)
    const known = random.some(byte => byte !== 0) ? 'known' : 'unknown'
    const chosen = cipher.value === null ? 'none' : 'some'
    const count = ciphers?.length ?? -1
    stage.tell(
      `${who(ssl)} is asked for a secret: room ${length.value}, ciphers ${count}, chosen ${chosen}, ${arg}, in ${O.SSL_state_string(ssl)}, random ${known}`,
    )
    secret.fill(7, 0, 48)
    length.value = (server ? scene.serverLength : undefined) ?? scene.length ?? 48
    if (server && scene.picks === true) cipher.value = ciphers?.at(-1) ?? null
    return (server ? scene.server : scene.client) ?? 1
  }
  const onTicket: O.tls_session_ticket_ext_cb_fn = (ssl, data, length, arg) => {
    const text = length > 9 ? '' : Buffer.from(data).toString('latin1', 0, length)
    const shown = length > 9 ? 999 : length
    stage.tell(`${who(ssl)} sees a ticket of ${shown}: ${text}, ${arg}, in ${O.SSL_state_string(ssl)}`)
    return scene.ticket ?? 1
  }
  stage.openPair()
  stage.say('client', O.SSL_set_session_secret_cb(stage.c, onSecret, "client's"))
  stage.say('server', O.SSL_set_session_secret_cb(stage.s, onSecret, "server's"))
  stage.say('ticket cb', O.SSL_set_session_ticket_ext_cb(stage.s, onTicket, "server's"))
  stage.say('ticket cb', O.SSL_set_session_ticket_ext_cb(stage.c, onTicket, "client's"))
}

function run(stage: Stage): void {
  stage.shake()
  const { c, s } = stage
  const reused = `${O.SSL_session_reused(c)} ${O.SSL_session_reused(s)}`
  const states = `${O.SSL_state_string(c)} ${O.SSL_state_string(s)}`
  stage.tell(`${O.SSL_get_cipher_name(c)} ${O.SSL_get_cipher_name(s)}, reused ${reused}, in ${states}`)
  for (const session of [O.SSL_get0_session(c), O.SSL_get0_session(s)]) {
    if (session === null || O.SSL_is_init_finished(c) === 0) continue
    const master = new Uint8Array(48)
    const length = O.SSL_SESSION_get_master_key(session, master, 48)
    const given = length > 0 && master[0] === 7 && master[length - 1] === 7
    const id = O.SSL_SESSION_get_id(session).length
    stage.tell(`master ${length} ${given ? 'given' : 'other'} id ${id} ticket ${O.SSL_SESSION_has_ticket(session)}`)
  }
  if (O.SSL_is_init_finished(c) === 1 && O.SSL_is_init_finished(s) === 1) {
    O.SSL_write(c, Buffer.from('hello'))
    const heard = Buffer.alloc(9)
    const length = O.SSL_read(s, heard, 9)
    stage.tell(`read ${length} ${heard.toString('latin1', 0, Math.max(0, length))}`)
  }
  stage.closePair()
  stage.end()
}

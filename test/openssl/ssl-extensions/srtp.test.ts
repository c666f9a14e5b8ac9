import * as O from '../../../lib/index.ts'
import { compare, type Stage } from './stage.ts'

const C = `
static const char *texts[] = { "SRTP_AES128_CM_SHA1_80", "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", "SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM",
  "", ":", "SRTP_AES128_CM_SHA1_80:", "SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_80", "srtp_aes128_cm_sha1_80", "SRTP_AES128_CM_SHA1_8", "SRTP_AES128_CM_SHA1_800",
  "SRTP_AES128_F8_SHA1_80", "SRTP_NULL_SHA1_80", "SRTP_AES128_CM_SHA1_80 ", "SRTP_AES128_CM_SHA1_80,SRTP_AES128_CM_SHA1_32" };
static void list(const char *what, SSL *ssl) {
  STACK_OF(SRTP_PROTECTION_PROFILE) *sk = SSL_get_srtp_profiles(ssl); int i;
  printf("%s: %s %d", scene, what, sk_SRTP_PROTECTION_PROFILE_num(sk));
  for (i = 0; i < sk_SRTP_PROTECTION_PROFILE_num(sk); i++) { SRTP_PROTECTION_PROFILE *p = sk_SRTP_PROTECTION_PROFILE_value(sk, i); printf(" %s:%lu", p->name, p->id); }
  puts("");
}
static void selected(SSL *ssl) { SRTP_PROTECTION_PROFILE *p = SSL_get_selected_srtp_profile(ssl); tell("%s has %s", who(ssl), p ? p->name : "none"); }
static void agree(const char *client, const char *server) {
  open_pair();
  if (client) say("client", SSL_set_tlsext_use_srtp(c, client));
  if (server) say("server", SSL_set_tlsext_use_srtp(s, server));
  selected(c); shake(); selected(c); selected(s);
  unsigned char a[60], b[60];
  int x = SSL_export_keying_material(c, a, 60, "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0), y = SSL_export_keying_material(s, b, 60, "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0);
  tell("keys %d %d %s", x, y, memcmp(a, b, 60) ? "differ" : "are equal");
  SSL_SESSION *sess = SSL_get1_session(c); close_pair();
  open_pair(); SSL_set_session(c, sess); SSL_SESSION_free(sess);
  if (client) SSL_set_tlsext_use_srtp(c, client);
  shake(); tell("resumed %d", SSL_session_reused(c)); selected(c); selected(s); close_pair();
}
static void play_all(void) {
  int i;
  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    begin(texts[i]); say("context", SSL_CTX_set_tlsext_use_srtp(sc, texts[i])); open_pair();
    list("of the context", s); say("connection", SSL_set_tlsext_use_srtp(s, texts[i])); list("own", s); list("of the other", c); close_pair(); end();
  }
  begin("both"); agree("SRTP_AES128_CM_SHA1_80", "SRTP_AES128_CM_SHA1_80"); end();
  begin("server decides"); agree("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"); end();
  begin("none in common"); agree("SRTP_AES128_CM_SHA1_80", "SRTP_AEAD_AES_256_GCM"); end();
  begin("server knows nothing"); agree("SRTP_AES128_CM_SHA1_80", NULL); end();
  begin("client asks nothing"); agree(NULL, "SRTP_AES128_CM_SHA1_80"); end();
  begin("server's context"); SSL_CTX_set_tlsext_use_srtp(sc, "SRTP_AEAD_AES_256_GCM"); agree("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM", NULL); end();
  begin("1.0"); SSL_CTX_set_security_level(cc, 0); SSL_CTX_set_security_level(sc, 0); SSL_CTX_set_max_proto_version(cc, DTLS1_VERSION);
  agree("SRTP_AES128_CM_SHA1_32", "SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32"); end();
}
`

const TEXTS = [
  'SRTP_AES128_CM_SHA1_80',
  'SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80',
  'SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM',
  '',
  ':',
  'SRTP_AES128_CM_SHA1_80:',
  'SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_80',
  'srtp_aes128_cm_sha1_80',
  'SRTP_AES128_CM_SHA1_8',
  'SRTP_AES128_CM_SHA1_800',
  'SRTP_AES128_F8_SHA1_80',
  'SRTP_NULL_SHA1_80',
  'SRTP_AES128_CM_SHA1_80 ',
  'SRTP_AES128_CM_SHA1_80,SRTP_AES128_CM_SHA1_32',
]

compare('srtp', C, stage => {
  const list = (what: string, ssl: O.SSL): void => {
    const profiles = O.SSL_get_srtp_profiles(ssl)
    const names = (profiles ?? []).map(({ name, id }) => ` ${name}:${id}`)
    stage.tell(`${what} ${O.sk_SRTP_PROTECTION_PROFILE_num(profiles)}${names.join('')}`)
  }
  for (const text of TEXTS) {
    stage.begin(text)
    stage.say('context', O.SSL_CTX_set_tlsext_use_srtp(stage.sc, text))
    stage.openPair()
    list('of the context', stage.s)
    stage.say('connection', O.SSL_set_tlsext_use_srtp(stage.s, text))
    list('own', stage.s)
    list('of the other', stage.c)
    stage.closePair()
    stage.end()
  }
  const scene = (name: string, client: string | null, server: string | null, prepare = (): void => {}): void => {
    stage.begin(name)
    prepare()
    agree(stage, client, server)
    stage.end()
  }
  scene('both', 'SRTP_AES128_CM_SHA1_80', 'SRTP_AES128_CM_SHA1_80')
  scene(
    'server decides',
    'SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM',
    'SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80',
  )
  scene('none in common', 'SRTP_AES128_CM_SHA1_80', 'SRTP_AEAD_AES_256_GCM')
  scene('server knows nothing', 'SRTP_AES128_CM_SHA1_80', null)
  scene('client asks nothing', null, 'SRTP_AES128_CM_SHA1_80')
  scene("server's context", 'SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM', null, () =>
    O.SSL_CTX_set_tlsext_use_srtp(stage.sc, 'SRTP_AEAD_AES_256_GCM'),
  )
  scene('1.0', 'SRTP_AES128_CM_SHA1_32', 'SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32', () => {
    O.SSL_CTX_set_security_level(stage.cc, 0)
    O.SSL_CTX_set_security_level(stage.sc, 0)
    O.SSL_CTX_set_max_proto_version(stage.cc, O.DTLS1_VERSION)
  })
})

function agree(stage: Stage, client: string | null, server: string | null): void {
  const selected = (ssl: O.SSL): void =>
    stage.tell(
      `${O.SSL_is_server(ssl) === 1 ? 'server' : 'client'} has ${O.SSL_get_selected_srtp_profile(ssl)?.name ?? 'none'}`,
    )
  stage.openPair()
  if (client !== null) stage.say('client', O.SSL_set_tlsext_use_srtp(stage.c, client))
  if (server !== null) stage.say('server', O.SSL_set_tlsext_use_srtp(stage.s, server))
  selected(stage.c)
  stage.shake()
  selected(stage.c)
  selected(stage.s)
  const [a, b] = [new Uint8Array(60), new Uint8Array(60)]
  const results = [
    O.SSL_export_keying_material(stage.c, a, 60, 'EXTRACTOR-dtls_srtp', 19, null, 0, 0),
    O.SSL_export_keying_material(stage.s, b, 60, 'EXTRACTOR-dtls_srtp', 19, null, 0, 0),
  ]
  stage.tell(`keys ${results.join(' ')} ${Buffer.compare(a, b) === 0 ? 'are equal' : 'differ'}`)
  const session = O.SSL_get1_session(stage.c)
  stage.closePair()
  stage.openPair()
  O.SSL_set_session(stage.c, session)
  O.SSL_SESSION_free(session)
  if (client !== null) O.SSL_set_tlsext_use_srtp(stage.c, client)
  stage.shake()
  stage.tell(`resumed ${O.SSL_session_reused(stage.c)}`)
  selected(stage.c)
  selected(stage.s)
  stage.closePair()
}

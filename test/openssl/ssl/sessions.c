#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static SSL_CTX *cc, *sc;
static SSL *c, *s;
static const char *scene;

static void say(const char *what, long value) {
  unsigned long e;
  printf("%s: %s = %ld", scene, what, value);
  while ((e = ERR_get_error())) printf(" %08lX", e);
  puts("");
}
/* Inside a callback: what is queued by then is not told, and stays. */
static void tell(const char *what, long value) { printf("%s: %s = %ld\n", scene, what, value); }
static int on_new(SSL *ssl, SSL_SESSION *sess) { tell(SSL_is_server(ssl) ? "new, server" : "new, client", SSL_SESSION_is_resumable(sess)); return 0; }
static void on_remove(SSL_CTX *ctx, SSL_SESSION *sess) { unsigned n; SSL_SESSION_get_id(sess, &n); tell(ctx == sc ? "remove, server" : "remove, client", n); }

static void begin(const char *name) {
  scene = name;
  cc = SSL_CTX_new(DTLS_method()); sc = SSL_CTX_new(DTLS_method());
  SSL_CTX_use_certificate_chain_file(sc, DIR "p256.pem"); SSL_CTX_use_PrivateKey_file(sc, DIR "p256.key.pem", 1);
  SSL_CTX_load_verify_file(cc, DIR "authority.pem"); SSL_CTX_load_verify_file(sc, DIR "authority.pem");
  SSL_CTX_sess_set_new_cb(cc, on_new); SSL_CTX_sess_set_new_cb(sc, on_new);
  SSL_CTX_sess_set_remove_cb(cc, on_remove); SSL_CTX_sess_set_remove_cb(sc, on_remove);
}
static void end(void) { SSL_CTX_free(cc); SSL_CTX_free(sc); }

static void open_pair(SSL_SESSION *offered) {
  BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
  c = SSL_new(cc); s = SSL_new(sc);
  BIO_up_ref(one); BIO_up_ref(two); SSL_set_bio(c, one, two); SSL_set_bio(s, two, one);
  SSL_set_connect_state(c); SSL_set_accept_state(s);
  if (offered) say("SSL_set_session", SSL_set_session(c, offered));
}
static void shake(void) {
  int i, a = 0, b = 0;
  for (i = 0; i < 20 && (a != 1 || b != 1); i++) { a = SSL_do_handshake(c); b = SSL_do_handshake(s); if (ERR_peek_error()) break; }
  say("client done", a); say("server done", b);
}
static void show(const char *who, SSL *ssl) {
  SSL_SESSION *x = SSL_get0_session(ssl);
  unsigned n; size_t t; const unsigned char *p;
  printf("%s: %s", scene, who);
  if (!x) { puts(" no session"); return; }
  SSL_SESSION_get_id(x, &n); SSL_SESSION_get0_ticket(x, &p, &t);
  printf(" reused %d id %u ticket %d hint %lu timeout %ld resumable %d version %x cipher %s peer %d verify %ld mfl %d\n", SSL_session_reused(ssl), n,
    SSL_SESSION_has_ticket(x), SSL_SESSION_get_ticket_lifetime_hint(x), SSL_SESSION_get_timeout(x), SSL_SESSION_is_resumable(x),
    SSL_SESSION_get_protocol_version(x), SSL_CIPHER_get_name(SSL_SESSION_get0_cipher(x)), SSL_SESSION_get0_peer(x) != NULL,
    SSL_get_verify_result(ssl), SSL_SESSION_get_max_fragment_length(x));
}
static void numbers(const char *who, SSL_CTX *ctx) {
  printf("%s: %s number %ld connect %ld %ld %ld accept %ld %ld %ld hits %ld cb %ld misses %ld timeouts %ld full %ld\n", scene, who,
    SSL_CTX_sess_number(ctx), SSL_CTX_sess_connect(ctx), SSL_CTX_sess_connect_good(ctx), SSL_CTX_sess_connect_renegotiate(ctx),
    SSL_CTX_sess_accept(ctx), SSL_CTX_sess_accept_good(ctx), SSL_CTX_sess_accept_renegotiate(ctx), SSL_CTX_sess_hits(ctx),
    SSL_CTX_sess_cb_hits(ctx), SSL_CTX_sess_misses(ctx), SSL_CTX_sess_timeouts(ctx), SSL_CTX_sess_cache_full(ctx));
}
static void both(void) { show("client", c); show("server", s); numbers("client", cc); numbers("server", sc); }
/* shut: 0 neither says a word, 1 the client, 2 the server, 3 both */
static void close_pair(int shut) {
  if (shut & 1) SSL_shutdown(c);
  if (shut & 2) SSL_shutdown(s);
  SSL_free(c); SSL_free(s); ERR_clear_error();
}
/* A handshake that ends well, and the session of its client. */
static SSL_SESSION *first(int shut) {
  SSL_SESSION *x;
  open_pair(NULL); shake(); both();
  x = SSL_get1_session(c);
  close_pair(shut);
  say("resumable", SSL_SESSION_is_resumable(x));
  return x;
}
static void again(SSL_SESSION *x, int shut) { open_pair(x); shake(); both(); close_pair(shut); }

static unsigned char counter;
static int fixed_id(SSL *ssl, unsigned char *id, unsigned *len) { memset(id, ++counter, *len); *len = 5; return 1; }
static int same_id(SSL *ssl, unsigned char *id, unsigned *len) { memset(id, 7, *len); return 1; }
static int no_id(SSL *ssl, unsigned char *id, unsigned *len) { return 0; }
static int empty_id(SSL *ssl, unsigned char *id, unsigned *len) { *len = 0; return 1; }
static int long_id(SSL *ssl, unsigned char *id, unsigned *len) { *len = 33; return 1; }
static int not_resumable(SSL *ssl, int forward_secure) { say("not resumable?", forward_secure); return 1; }

static int accept_name(SSL *ssl, int *al, void *arg) { return SSL_TLSEXT_ERR_OK; }
static void named(SSL_SESSION *x, const char *name) {
  open_pair(x); SSL_set_tlsext_host_name(c, name); shake(); both();
  printf("%s: %s %s\n", scene, SSL_get_servername(c, 0) ? SSL_get_servername(c, 0) : "-", SSL_get_servername(s, 0) ? SSL_get_servername(s, 0) : "-");
}

static SSL_SESSION *outside;
static SSL_SESSION *find_outside(SSL *ssl, const unsigned char *id, int len, int *copy) { say("asked for", len * 10 + *copy); return outside; }

static int key_answer, opened;
static int keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *ctx, HMAC_CTX *hctx, int enc) {
  unsigned char key[32];
  memset(key, 5, 32);
  if (enc) { memset(name, 'n', 16); memset(iv, 'i', 16); }
  say(enc ? "seal" : "open", name[15] * 1000 + iv[15]);
  if (enc) EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv); else EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv);
  HMAC_Init_ex(hctx, key, 32, EVP_sha256(), NULL);
  return enc ? key_answer : opened;
}
static int gen_answer, dec_answer;
static int make_ticket(SSL *ssl, void *arg) { say("make", SSL_SESSION_set1_ticket_appdata(SSL_get0_session(ssl), arg, 5)); return gen_answer; }
static SSL_TICKET_RETURN judge_ticket(SSL *ssl, SSL_SESSION *x, const unsigned char *name, size_t len, SSL_TICKET_STATUS status, void *arg) {
  void *data = NULL; size_t n = 0;
  if (x) SSL_SESSION_get0_ticket_appdata(x, &data, &n);
  say("judge", status * 100 + len); say("data", n ? memcmp(data, arg, 5) : -1);
  return dec_answer;
}

int main(void) {
  SSL_SESSION *x, *y;
  int i;
  puts(OpenSSL_version(OPENSSL_VERSION));

  begin("ticket"); x = first(3); again(x, 3); again(x, 3); SSL_SESSION_free(x); end();
  begin("id"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); x = first(3); again(x, 3); again(x, 3); SSL_SESSION_free(x); end();
  begin("id, client without tickets"); SSL_CTX_set_options(cc, SSL_OP_NO_TICKET); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  for (i = 0; i < 4; i++) {
    begin(i & 1 ? i & 2 ? "ticket, both shut" : "ticket, client shuts" : i & 2 ? "ticket, server shuts" : "ticket, nobody shuts");
    x = first(i); again(x, 3); SSL_SESSION_free(x); end();
    begin(i & 1 ? i & 2 ? "id, both shut" : "id, client shuts" : i & 2 ? "id, server shuts" : "id, nobody shuts");
    SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); x = first(i); again(x, 3); SSL_SESSION_free(x); end();
  }
  begin("cache both"); SSL_CTX_set_session_cache_mode(cc, SSL_SESS_CACHE_BOTH); SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_BOTH);
  x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("cache both, id"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_session_cache_mode(cc, SSL_SESS_CACHE_BOTH); SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_BOTH);
  x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("no internal store"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("no internal lookup"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_LOOKUP);
  x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("cache off"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_OFF);
  x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("level 3"); SSL_CTX_set_security_level(sc, 3); SSL_CTX_set_security_level(cc, 3); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("no context"); SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("no context, id"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("context"); SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL); SSL_CTX_set_session_id_context(sc, (unsigned char *)"one", 3);
  x = first(3); again(x, 3); SSL_CTX_set_session_id_context(sc, (unsigned char *)"two", 3); again(x, 3); SSL_SESSION_free(x); end();
  begin("client's context"); x = first(3); SSL_CTX_set_session_id_context(cc, (unsigned char *)"c", 1); again(x, 3); SSL_SESSION_free(x); end();
  begin("no master secret"); SSL_CTX_set_options(sc, SSL_OP_NO_EXTENDED_MASTER_SECRET); x = first(3);
  SSL_CTX_clear_options(sc, SSL_OP_NO_EXTENDED_MASTER_SECRET); again(x, 3); SSL_SESSION_free(x); end();
  begin("lost master secret"); x = first(3); SSL_CTX_set_options(sc, SSL_OP_NO_EXTENDED_MASTER_SECRET); again(x, 3); SSL_SESSION_free(x); end();
  begin("timeout"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); x = first(3); SSL_SESSION_free(x);
  SSL_CTX_set_timeout(sc, 1); SSL_CTX_set_timeout(cc, 50); x = first(3);
  SSL_CTX_flush_sessions(sc, time(NULL) + 100); numbers("server", sc); SSL_CTX_flush_sessions(sc, 0); numbers("server", sc); SSL_SESSION_free(x); end();
  begin("clear"); open_pair(NULL); shake(); SSL_shutdown(c); SSL_shutdown(s); say("clear", SSL_clear(c) * 10 + SSL_clear(s)); both();
  BIO_reset(SSL_get_rbio(c)); BIO_reset(SSL_get_wbio(c)); shake(); both();
  say("clear", SSL_clear(c) * 10 + SSL_clear(s)); both(); BIO_reset(SSL_get_rbio(c)); BIO_reset(SSL_get_wbio(c)); shake(); both(); close_pair(3); end();
  begin("ids"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_generate_session_id(sc, fixed_id); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("ids that clash"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_generate_session_id(sc, same_id); x = first(3); again(NULL, 0); SSL_SESSION_free(x); end();
  begin("ids that fail"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_generate_session_id(sc, no_id); again(NULL, 0); end();
  begin("ids that are empty"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_generate_session_id(sc, empty_id); again(NULL, 0); end();
  begin("ids that are too long"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_generate_session_id(sc, long_id); again(NULL, 0); end();
  begin("not resumable"); SSL_CTX_set_not_resumable_session_callback(sc, not_resumable); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("not resumable, id"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_not_resumable_session_callback(sc, not_resumable); x = first(3); again(x, 3); SSL_SESSION_free(x); end();
  begin("outside"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); SSL_CTX_set_session_cache_mode(sc, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_get_cb(sc, find_outside); open_pair(NULL); shake(); x = SSL_get1_session(c); outside = SSL_get1_session(s); close_pair(3);
  again(x, 3); y = outside; outside = NULL; again(x, 3); SSL_SESSION_free(x); SSL_SESSION_free(y); end();
  begin("keys"); SSL_CTX_set_tlsext_ticket_key_cb(sc, keys); key_answer = opened = 1; x = first(3); again(x, 3);
  opened = 2; again(x, 3); opened = 0; again(x, 3); key_answer = 0; again(NULL, 3); opened = -1; again(x, 0); key_answer = -1; again(NULL, 0); SSL_SESSION_free(x); end();
  begin("ticket data"); SSL_CTX_set_session_ticket_cb(sc, make_ticket, judge_ticket, "hello"); gen_answer = 1; dec_answer = SSL_TICKET_RETURN_IGNORE_RENEW;
  x = first(3); dec_answer = SSL_TICKET_RETURN_USE; again(x, 3); dec_answer = SSL_TICKET_RETURN_USE_RENEW; again(x, 3);
  dec_answer = SSL_TICKET_RETURN_IGNORE_RENEW; again(x, 3); dec_answer = SSL_TICKET_RETURN_IGNORE; again(x, 3);
  dec_answer = SSL_TICKET_RETURN_ABORT; again(x, 0); dec_answer = SSL_TICKET_RETURN_IGNORE_RENEW; gen_answer = 0; again(NULL, 0); SSL_SESSION_free(x); end();
  begin("removed"); SSL_CTX_set_options(sc, SSL_OP_NO_TICKET); x = first(3); open_pair(NULL); shake(); y = SSL_get1_session(s); close_pair(3);
  say("remove", SSL_CTX_remove_session(sc, y)); say("again", SSL_CTX_remove_session(sc, y)); say("resumable", SSL_SESSION_is_resumable(y)); say("add", SSL_CTX_add_session(sc, y)); say("add", SSL_CTX_add_session(sc, y));
  numbers("server", sc); SSL_SESSION_free(x); SSL_SESSION_free(y); end();
  begin("copy"); x = first(3); open_pair(NULL); SSL_set_session(c, x); say("copy", SSL_copy_session_id(s, c)); say("same", SSL_get0_session(s) == x); SSL_set_session(s, NULL); say("none", SSL_get0_session(s) == NULL);
  shake(); both(); y = SSL_SESSION_dup(x); say("dup", SSL_SESSION_is_resumable(y)); close_pair(0); say("x", SSL_SESSION_is_resumable(x)); say("y", SSL_SESSION_is_resumable(y)); SSL_SESSION_free(x); SSL_SESSION_free(y); end();
  begin("name"); SSL_CTX_set_tlsext_servername_callback(sc, accept_name); named(NULL, "one.test"); x = SSL_get1_session(c); close_pair(3);
  named(x, "one.test"); close_pair(3); named(x, NULL); close_pair(3); SSL_SESSION_free(x); end();
  begin("version"); SSL_CTX_set_security_level(cc, 0); SSL_CTX_set_security_level(sc, 0); SSL_CTX_set_max_proto_version(sc, DTLS1_VERSION); x = first(3);
  SSL_CTX_set_max_proto_version(sc, 0); again(x, 3); SSL_CTX_set_min_proto_version(cc, DTLS1_2_VERSION); again(x, 3); SSL_SESSION_free(x); end();
  return 0;
}

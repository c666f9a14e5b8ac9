/*
 * Plays the scenes against the installed libssl: two ends, a wire that keeps the borders of datagrams (and cuts streams of
 * TLS into their records), and a clock that moves when it is told to. driver.ts does the same with this library, command by command.
 * SCRIPT (the commands) and DIR (the certificates) are defined in front of this text.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

typedef struct Datagram { struct Datagram *next; int length; unsigned char data[]; } Datagram;
typedef struct Side {
  const char *name; SSL_CTX *ctx; SSL *ssl; Datagram *in;
  long answers[256]; int eof, fault_times[2], fault_errno[2]; const char *fault[2];
  int stream, changed, made, lively; unsigned char tape[1 << 18];
} Side;

static Side sides[2], *acting;
static long long now = 1000000LL * 1000000;
static char shown[200], sent[1 << 16];
static int letter, cookie_fails, cookie_refused;
static const char *psk_kind[2], *verify_kind, *timer_kind;

/* libssl takes the time from here alone. */
int gettimeofday(struct timeval *tv, void *tz) { tv->tv_sec = now / 1000000; tv->tv_usec = now % 1000000; return 0; }

static Side *other(Side *side) { return side == sides ? sides + 1 : sides; }
static Side *owner(const SSL *ssl) { return sides[0].ssl == ssl ? sides : sides[1].ssl == ssl ? sides + 1 : acting; }
static int shows(const char *what) { return strstr(shown, what) != NULL; }
static void note(const char *format, ...) { va_list a; va_start(a, format); size_t n = strlen(sent); vsnprintf(sent + n, sizeof sent - n, format, a); va_end(a); }

/* ---- the wire ---- */

static void put(Datagram **queue, const unsigned char *data, int length) {
  Datagram *d = malloc(sizeof *d + length); d->next = NULL; d->length = length; memcpy(d->data, data, length);
  while (*queue) queue = &(*queue)->next;
  *queue = d;
}
static Datagram **at(Side *side, int index) { Datagram **q = &side->in; while (index-- > 0 && *q) q = &(*q)->next; return q; }

/* Each record as type, version, epoch and number, and length; handshake messages in the clear by type and fragment. */
static void describe_stream(const unsigned char *p, int length, int changed) {
  int body = length - 5;
  note(" [%d %02x%02x", p[0], p[1], p[2]);
  if (p[0] == 22 && !changed && body >= 4 && (p[6] << 16 | p[7] << 8 | p[8]) == body - 4) note(" m%d (%d)", p[5], body);
  else if (p[0] == 21 && !changed && body == 2) note(" a%d/%d", p[5], p[6]);
  else note(" (%d)", body);
  note("]");
}
static void describe(Side *side, const unsigned char *p, int left) {
  if (side->stream) { describe_stream(p, left, other(side)->changed); return; }
  if (shows("lengths")) { note(" (%d)", left); return; }
  while (left > 0) {
    if (left < 13) { note(" ?%d", left); return; }
    int length = p[11] << 8 | p[12], epoch = p[3] << 8 | p[4], sequence = p[9] << 8 | p[10];
    note(shows("unnumbered") ? " [%d %02x%02x %d" : " [%d %02x%02x %d.%d", p[0], p[1], p[2], epoch, sequence);
    if (p[0] == 22 && epoch == 0 && length >= 12)
      note(" m%d:%d %d+%d/%d", p[13], p[17] << 8 | p[18], p[20] << 8 | p[21], p[23] << 8 | p[24], p[15] << 8 | p[16]);
    else if (p[0] == 21 && epoch == 0 && length == 2) note(" a%d/%d", p[13], p[14]);
    else note(" (%d)", length);
    note("]");
    p += 13 + length; left -= 13 + length;
    if (shows("apart") && left > 0) note("\n  %s>", side->name);
  }
}

static int fault(Side *side, int writing, int *ret) {
  const char *kind = side->fault[writing];
  if (!side->fault_times[writing]) return 0;
  side->fault_times[writing]--;
  if (!strcmp(kind, "zero")) { *ret = 0; return 1; }
  if (!strcmp(kind, "short")) { *ret = side->fault_errno[writing]; return 3; }
  *ret = -1; errno = side->fault_errno[writing];
  if (!strcmp(kind, "retry")) return 2;
  return 1;
}
/* Whole records go to the peer; what is left of one waits for its end. */
static void tape(Side *side, const char *data, int length) {
  unsigned char *p = side->tape; int record;
  memcpy(p + side->made, data, length); side->made += length;
  while (side->made >= 5 && side->made >= (record = 5 + (p[3] << 8 | p[4]))) {
    if (!shows("silence")) { note("  %s>", side->name); describe_stream(p, record, side->changed); note("\n"); }
    if (*p == 20) side->changed = 1;
    put(&other(side)->in, p, record);
    memmove(p, p + record, side->made -= record);
  }
}
static int wire_write(BIO *b, const char *data, int length) {
  Side *side = BIO_get_data(b); int ret, f;
  BIO_clear_retry_flags(b);
  if ((f = fault(side, 1, &ret)) == 3) length = ret < length ? ret : length;
  else if (f) { if (f == 2) BIO_set_retry_write(b); note("  refused\n"); return ret; }
  if (side->stream) { tape(side, data, length); return length; }
  if (!shows("silence")) { note("  %s>", side->name); describe(side, (const unsigned char *)data, length); note("\n"); }
  put(&other(side)->in, (const unsigned char *)data, length);
  return length;
}
/* As a descriptor that blocks: the other end, where it has something to read, answers while this one waits. */
static void stir(Side *side) {
  Side *peer = other(side); char spare[100]; int data = side->lively;
  side->lively = 0;
  if (peer->in) SSL_read(peer->ssl, spare, sizeof spare);
  side->lively = data;
  if (data < 2 || side->in || !SSL_is_init_finished(peer->ssl)) return;
  side->lively = 1; memset(spare, '+', data); SSL_write(peer->ssl, spare, data);
}
static int wire_read(BIO *b, char *out, int length) {
  Side *side = BIO_get_data(b); Datagram *d; int ret, f;
  if (side->lively && !side->in) stir(side);
  d = side->in;
  BIO_clear_retry_flags(b);
  if ((f = fault(side, 0, &ret))) { if (f == 2) BIO_set_retry_read(b); return ret; }
  if (!d) { if (side->eof) return 0; BIO_set_retry_read(b); return -1; }
  ret = d->length < length ? d->length : length;
  memcpy(out, d->data, ret);
  if (side->stream && ret < d->length) { memmove(d->data, d->data + ret, d->length -= ret); return ret; }
  side->in = d->next; free(d);
  return ret;
}
static long wire_ctrl(BIO *b, int command, long number, void *pointer) {
  Side *side = BIO_get_data(b);
  long answer = command == BIO_CTRL_FLUSH ? 1 : command == BIO_CTRL_EOF ? side->eof : command < 256 ? side->answers[command] : 0;
  if (command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT && shows("alarm")) {
    struct timeval *tv = pointer; long long t = tv->tv_sec * 1000000LL + tv->tv_usec;
    printf("  alarm %lld\n", t ? t - now : 0);
  }
  if (shows(command == BIO_CTRL_FLUSH ? "flush" : "ctrl") && (command == 11 || command == 40 || command == 42 || command == 46 || command == 44 || command == 47)) printf("  ctrl %d = %ld\n", command, answer);
  return answer;
}
static int wire_create(BIO *b) { BIO_set_init(b, 1); return 1; }

/* ---- callbacks ---- */

static void on_info(const SSL *ssl, int where, int ret) {
  printf("  %s info %04x %d %s\n", owner(ssl)->name, where, ret, SSL_state_string(ssl));
}
static void on_message(int out, int version, int type, const void *buf, size_t length, SSL *ssl, void *arg) {
  const unsigned char *p = buf;
  if (version == TLS1_3_VERSION) version = TLS1_2_VERSION; /* what a server without 1.3 starts with */
  printf("  %s %s %04x %d (%zu)", owner(ssl)->name, out ? "sends" : "hears", version, type, length);
  if (type == 256 && length == 5) printf(" %d %02x%02x (%d)", p[0], p[1], p[2], p[3] << 8 | p[4]);
  else if (type == 22 && owner(ssl)->stream) printf(" m%d (%d)", p[0], p[1] << 16 | p[2] << 8 | p[3]);
  else if (type == 256) printf(" %d %02x%02x %d.%d (%d)", p[0], p[1], p[2], p[4], p[10], p[11] << 8 | p[12]);
  else if (type == 22) printf(" m%d:%d %d+%d/%d", p[0], p[5], p[7] << 8 | p[8], p[10] << 8 | p[11], p[2] << 8 | p[3]);
  else if (type == 20) printf(" %d", p[0]);
  else printf(" %d/%d", p[0], p[1]);
  printf("\n");
}
static void on_key(const SSL *ssl, const char *line) {
  int a, b, c; char label[40]; sscanf(line, "%39[^ ]%n %*[0-9a-f]%n %*[0-9a-f]%n", label, &a, &b, &c);
  printf("  %s key %s %d %d rest %zu\n", owner(ssl)->name, label, b - a - 1, c - b - 1, strlen(line) - c);
}
static int on_verify(int ok, X509_STORE_CTX *ctx) {
  printf("  %s verify %d %d depth %d\n", acting->name, ok, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx));
  return !strcmp(verify_kind, "pass") ? 1 : !strcmp(verify_kind, "refuse") ? 0 : ok;
}
static int on_cookie(SSL *ssl, unsigned char *cookie, unsigned *length) {
  if (shows("cookie")) printf("  %s makes a cookie\n", owner(ssl)->name);
  memcpy(cookie, "a cookie of 16 b", 16); *length = 16; return !cookie_fails;
}
static int on_cookie_back(SSL *ssl, const unsigned char *cookie, unsigned length) {
  int ok = !cookie_refused && length == 16 && !memcmp(cookie, "a cookie of 16 b", 16);
  if (shows("cookie")) printf("  %s checks a cookie (%u) %d\n", owner(ssl)->name, length, ok); return ok;
}
static unsigned psk_key(const char *kind, unsigned char *psk) {
  if (!strcmp(kind, "none")) return 0;
  memset(psk, *kind, 16); return 16;
}
static unsigned on_psk_client(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk, unsigned max_psk) {
  printf("  c psk hint %s room %u %u\n", hint ? hint : "NULL", max_identity, max_psk);
  strcpy(identity, "me"); return psk_key(psk_kind[0], psk);
}
static unsigned on_psk_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk) {
  printf("  s psk identity %s room %u\n", identity, max_psk); return psk_key(psk_kind[1], psk);
}
static unsigned on_timer(SSL *ssl, unsigned last) {
  unsigned next = !strcmp(timer_kind, "zero") ? 0 : last == 0 ? 500000 : last * 3;
  printf("  timer %u %u\n", last, next); return next;
}

/* ---- calls on one end ---- */

static unsigned char place[2][70000];
static size_t moved;
static long call_read(SSL *s, long n) { memset(place[0], '-', 8); return SSL_read(s, place[0], n); }
static long call_peek(SSL *s, long n) { memset(place[0], '-', 8); return SSL_peek(s, place[0], n); }
static long call_read_ex(SSL *s, long n) { memset(place[0], '-', 8); return SSL_read_ex(s, place[0], n, &moved); }
static long call_peek_ex(SSL *s, long n) { memset(place[0], '-', 8); return SSL_peek_ex(s, place[0], n, &moved); }
static void *fill(int which, long n) { if (n > 0) memset(place[which], 'A' + letter++ % 26, n); return place[which]; }
static long call_write(SSL *s, long n) { return SSL_write(s, fill(0, n), n); }
static long call_write_again(SSL *s, long n) { return SSL_write(s, place[0], n); }
static long call_write_elsewhere(SSL *s, long n) { memcpy(place[1], place[0], sizeof *place); return SSL_write(s, place[1], n); }
static long call_write_ex(SSL *s, long n) { return SSL_write_ex(s, fill(0, n), n, &moved); }
static long call_listen(SSL *s, long n) { BIO_ADDR *a = BIO_ADDR_new(); long r = DTLSv1_listen(s, a); printf("  family %d\n", BIO_ADDR_family(a)); BIO_ADDR_free(a); return r; }
static long call_shutdown_state(SSL *s, long n) { SSL_set_shutdown(s, n); return 0; }
static long call_connect_state(SSL *s, long n) { SSL_set_connect_state(s); return 0; }
static long call_accept_state(SSL *s, long n) { SSL_set_accept_state(s); return 0; }
static long call_ahead(SSL *s, long n) { SSL_set_read_ahead(s, n); return 0; }
static long call_set_verify(SSL *s, long n) { SSL_set_verify(s, n, NULL); return SSL_set_session_id_context(s, (const unsigned char *)"id", 2); }
static long call_peer(SSL *s, long n) { return SSL_get0_peer_certificate(s) != NULL; }
static long call_suites(SSL *s, long n) { return SSL_set_cipher_list(s, n ? "ECDHE-RSA-CHACHA20-POLY1305" : "ECDHE-RSA-AES128-GCM-SHA256"); }
static long call_quiet(SSL *s, long n) { SSL_set_quiet_shutdown(s, n); return 0; }

#define PLAIN(name) static long call_##name(SSL *s, long n) { return name(s); }
#define WITH(name) static long call_##name(SSL *s, long n) { return name(s, n); }
PLAIN(SSL_connect) PLAIN(SSL_accept) PLAIN(SSL_do_handshake) PLAIN(SSL_shutdown) PLAIN(SSL_pending) PLAIN(SSL_has_pending)
PLAIN(DTLSv1_handle_timeout) PLAIN(DTLS_get_data_mtu) PLAIN(DTLS_get_link_min_mtu) PLAIN(SSL_get_verify_result)
PLAIN(SSL_clear) PLAIN(SSL_is_init_finished) PLAIN(SSL_in_before) PLAIN(SSL_in_init) PLAIN(SSL_get_shutdown) PLAIN(SSL_is_server)
PLAIN(SSL_renegotiate) PLAIN(SSL_renegotiate_abbreviated) PLAIN(SSL_renegotiate_pending) PLAIN(SSL_num_renegotiations)
PLAIN(SSL_clear_num_renegotiations) PLAIN(SSL_total_renegotiations) PLAIN(SSL_session_reused) PLAIN(SSL_get_secure_renegotiation_support)
PLAIN(SSL_want) PLAIN(SSL_get_state) PLAIN(SSL_up_ref)
WITH(SSL_set_mtu) WITH(DTLS_set_link_mtu) WITH(SSL_set_max_send_fragment) WITH(SSL_set_options) WITH(SSL_clear_options) WITH(SSL_set_mode) WITH(SSL_clear_mode)
WITH(SSL_set_tlsext_max_fragment_length) WITH(SSL_get_error) WITH(SSL_set_split_send_fragment)

static const struct { const char *name; int io; long (*call)(SSL *, long); } calls[] = {
  {"SSL_connect", 1, call_SSL_connect}, {"SSL_accept", 1, call_SSL_accept}, {"SSL_do_handshake", 1, call_SSL_do_handshake},
  {"SSL_shutdown", 1, call_SSL_shutdown}, {"SSL_read", 2, call_read}, {"SSL_peek", 2, call_peek},
  {"SSL_read_ex", 3, call_read_ex}, {"SSL_peek_ex", 3, call_peek_ex}, {"SSL_write", 1, call_write},
  {"SSL_write/again", 1, call_write_again}, {"SSL_write/elsewhere", 1, call_write_elsewhere}, {"SSL_write_ex", 4, call_write_ex},
  {"DTLSv1_listen", 1, call_listen}, {"DTLSv1_handle_timeout", 1, call_DTLSv1_handle_timeout},
  {"SSL_pending", 0, call_SSL_pending}, {"SSL_has_pending", 0, call_SSL_has_pending}, {"DTLS_get_data_mtu", 0, call_DTLS_get_data_mtu},
  {"DTLS_get_link_min_mtu", 0, call_DTLS_get_link_min_mtu}, {"SSL_get_verify_result", 0, call_SSL_get_verify_result},
  {"SSL_clear", 0, call_SSL_clear}, {"SSL_is_init_finished", 0, call_SSL_is_init_finished}, {"SSL_in_before", 0, call_SSL_in_before},
  {"SSL_in_init", 0, call_SSL_in_init}, {"SSL_get_shutdown", 0, call_SSL_get_shutdown}, {"SSL_is_server", 0, call_SSL_is_server},
  {"SSL_want", 0, call_SSL_want}, {"SSL_get_state", 0, call_SSL_get_state}, {"SSL_up_ref", 0, call_SSL_up_ref},
  {"SSL_set_mtu", 0, call_SSL_set_mtu}, {"DTLS_set_link_mtu", 0, call_DTLS_set_link_mtu},
  {"SSL_set_max_send_fragment", 0, call_SSL_set_max_send_fragment}, {"SSL_set_options", 0, call_SSL_set_options},
  {"SSL_clear_options", 0, call_SSL_clear_options}, {"SSL_set_mode", 0, call_SSL_set_mode}, {"SSL_clear_mode", 0, call_SSL_clear_mode},
  {"SSL_set_tlsext_max_fragment_length", 0, call_SSL_set_tlsext_max_fragment_length}, {"SSL_get_error", 0, call_SSL_get_error},
  {"SSL_renegotiate", 1, call_SSL_renegotiate}, {"SSL_renegotiate_abbreviated", 1, call_SSL_renegotiate_abbreviated},
  {"SSL_renegotiate_pending", 0, call_SSL_renegotiate_pending}, {"SSL_num_renegotiations", 0, call_SSL_num_renegotiations},
  {"SSL_clear_num_renegotiations", 0, call_SSL_clear_num_renegotiations}, {"SSL_total_renegotiations", 0, call_SSL_total_renegotiations},
  {"SSL_session_reused", 0, call_SSL_session_reused}, {"SSL_get_secure_renegotiation_support", 0, call_SSL_get_secure_renegotiation_support},
  {"SSL_set_verify", 0, call_set_verify}, {"SSL_get0_peer_certificate", 0, call_peer}, {"SSL_set_cipher_list", 0, call_suites},
  {"SSL_set_shutdown", 0, call_shutdown_state}, {"SSL_set_connect_state", 0, call_connect_state},
  {"SSL_set_accept_state", 0, call_accept_state}, {"SSL_set_quiet_shutdown", 0, call_quiet}, {"SSL_set_read_ahead", 0, call_ahead},
  {"SSL_set_split_send_fragment", 0, call_SSL_set_split_send_fragment},
};

/* What a provider says of a record, and RSA of a signature, comes before what libssl says; this library has no providers. */
static void errors(void) {
  unsigned long e; const char *data; int flags;
  while ((e = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)))
    if (ERR_GET_LIB(e) != ERR_LIB_PROV && ERR_GET_LIB(e) != ERR_LIB_RSA) printf(flags & ERR_TXT_STRING && *data ? " %08lX<%s>" : " %08lX", e, data);
}
static void perform(Side *side, const char *line, const char *name, long number) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(calls[i].name, name)) continue;
    int io = calls[i].io, error; long ret;
    acting = side; *sent = 0; errno = 0; moved = 0;
    printf("%s\n", line);
    ret = calls[i].call(side->ssl, number);
    error = SSL_get_error(side->ssl, ret);
    printf("%s  = %ld", sent, ret);
    if ((io == 2 && ret > 0) || (io == 3 && ret == 1)) printf(" <%.8s>", place[0]);
    if (io >= 3 && ret == 1) printf(" count %zu", moved);
    if (io) printf(" error %d want %d shutdown %d %s", error, SSL_want(side->ssl), SSL_get_shutdown(side->ssl), SSL_state_string(side->ssl));
    if (io && error == SSL_ERROR_SYSCALL) printf(" errno %d", errno);
    errors(); printf("\n");
    return;
  }
  printf("unknown call: %s\n", line);
}

/* ---- the script ---- */

static int hex(const char *text, unsigned char *out) { int n = 0; unsigned v; while (sscanf(text + 2 * n, "%2x", &v) == 1) out[n++] = v; return n; }

/* Cuts the handshake message of a datagram's only record to one fragment of it. */
static void fragment(Datagram *d, int offset, int length) {
  unsigned char *p = d->data;
  memmove(p + 25, p + 25 + offset, length);
  p[19] = 0; p[20] = offset >> 8; p[21] = offset; p[22] = 0; p[23] = length >> 8; p[24] = length;
  p[11] = (length + 12) >> 8; p[12] = length + 12; d->length = 25 + length;
}
static void show_hello(Side *side, const unsigned char *p, int length) {
  const unsigned char *end = p + length;
  printf("  record %02x%02x", p[1], p[2]); p += side->stream ? 9 : 25; printf(" version %02x%02x", p[0], p[1]); p += 34;
  printf(" session %d", *p); p += 1 + *p; if (!side->stream) { printf(" cookie %d", *p); p += 1 + *p; }
  printf(" suites "); int n = p[0] << 8 | p[1]; p += 2; while (n--) printf("%02x", *p++);
  printf(" compression "); n = *p++; while (n--) printf("%02x", *p++); printf("\n");
  for (p += 2; p < end; p += 4 + n) {
    n = p[2] << 8 | p[3];
    if (p[1] == 35) continue;
    printf("  extension %d ", p[0] << 8 | p[1]); for (int i = 0; i < n; i++) printf("%02x", p[4 + i]); printf("\n");
  }
}
static void reset(void) {
  for (int i = 0; i < 2; i++) {
    Side *s = sides + i; Datagram *d;
    SSL_free(s->ssl); SSL_CTX_free(s->ctx);
    while ((d = s->in)) { s->in = d->next; free(d); }
    memset(s, 0, sizeof *s); s->name = i ? "s" : "c";
  }
  *shown = 0; letter = cookie_fails = cookie_refused = 0; verify_kind = timer_kind = ""; psk_kind[0] = psk_kind[1] = "k"; ERR_clear_error();
}
static const SSL_METHOD *method(const char *name) {
  return !strcmp(name, "TLS_client") ? TLS_client_method() : !strcmp(name, "TLS_server") ? TLS_server_method() : !strcmp(name, "TLS") ? TLS_method() :
    !strcmp(name, "TLSv1_2_client") ? TLSv1_2_client_method() : !strcmp(name, "TLSv1_2_server") ? TLSv1_2_server_method() :
    !strcmp(name, "TLSv1_1_client") ? TLSv1_1_client_method() : !strcmp(name, "TLSv1_1_server") ? TLSv1_1_server_method() :
    !strcmp(name, "TLSv1_client") ? TLSv1_client_method() : !strcmp(name, "TLSv1_server") ? TLSv1_server_method() :
    !strcmp(name, "DTLS_client") ? DTLS_client_method() : !strcmp(name, "DTLS_server") ? DTLS_server_method() :
    !strcmp(name, "DTLSv1_2_client") ? DTLSv1_2_client_method() : !strcmp(name, "DTLSv1_2_server") ? DTLSv1_2_server_method() :
    !strcmp(name, "DTLSv1_client") ? DTLSv1_client_method() : !strcmp(name, "DTLSv1_server") ? DTLSv1_server_method() : DTLS_method();
}
static int bio_free(BIO *b) { printf("  freed %s\n", (char *)BIO_get_data(b)); return 1; }
static BIO_METHOD *wire, *plain;
static struct { char name[4]; BIO *bio; } named[8];
static BIO *find(const char *name) { for (int i = 0; i < 8; i++) if (!strcmp(named[i].name, name)) return named[i].bio; return NULL; }
static void bio_command(char **w) {
  static int next; SSL *ssl = w[2] ? (*w[2] == 'c' ? sides[0].ssl : sides[1].ssl) : NULL;
  if (!strcmp(w[1], "new")) { int i = 0; while (i < next && strcmp(named[i].name, w[2])) i++; if (i == next) next++; strcpy(named[i].name, w[2]); named[i].bio = BIO_new(plain); BIO_set_data(named[i].bio, named[i].name); }
  else if (!strcmp(w[1], "up")) printf("  %d\n", BIO_up_ref(find(w[2])));
  else if (!strcmp(w[1], "free")) printf("  %d\n", BIO_free(find(w[2])));
  else if (!strcmp(w[1], "push")) BIO_push(find(w[2]), find(w[3]));
  else if (!strcmp(w[1], "set")) SSL_set_bio(ssl, find(w[3]), find(w[4]));
  else if (!strcmp(w[1], "set0r")) SSL_set0_rbio(ssl, find(w[3]));
  else if (!strcmp(w[1], "set0w")) SSL_set0_wbio(ssl, find(w[3]));
}
/* "bare": without a BIO; "roleless": nobody has said who is who; "asking": the BIO is asked for the MTU. */
static void open_side(Side *side, const char *how) {
  BIO *b = BIO_new(wire); BIO_set_data(b, side);
  side->ssl = SSL_new(side->ctx);
  if (strcmp(how, "bare")) SSL_set_bio(side->ssl, b, b); else BIO_free(b);
  if (strcmp(how, "asking") && strcmp(how, "bare")) { SSL_set_options(side->ssl, SSL_OP_NO_QUERY_MTU); SSL_set_mtu(side->ssl, 1400); }
  if (strcmp(how, "roleless")) { if (side == sides) SSL_set_connect_state(side->ssl); else SSL_set_accept_state(side->ssl); }
}
static void watch(Side *side) {
  SSL_set_info_callback(side->ssl, shows("info") ? on_info : NULL);
  SSL_set_msg_callback(side->ssl, shows("message") ? on_message : NULL);
  SSL_CTX_set_keylog_callback(side->ctx, shows("key") ? on_key : NULL);
}
static void shake(void) {
  int a = 0, b = 0;
  for (int i = 0; i < 12 && (a != 1 || b != 1); i++) {
    acting = sides; a = SSL_do_handshake(sides[0].ssl); if (a != 1 && SSL_get_error(sides[0].ssl, a) == SSL_ERROR_SSL) { printf("  c fails"); errors(); printf("\n"); }
    acting = sides + 1; b = SSL_do_handshake(sides[1].ssl); if (b != 1 && SSL_get_error(sides[1].ssl, b) == SSL_ERROR_SSL) { printf("  s fails"); errors(); printf("\n"); }
  }
  ERR_clear_error(); *sent = 0;
  printf("  %d %d %s %s\n", a, b, SSL_get_cipher_name(sides[0].ssl), SSL_get_version(sides[0].ssl));
}
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned inlen, void *arg) {
  *out = in + 1; *outlen = *in; return arg ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}
static int on_name(SSL *ssl, int *alert, void *arg) { printf("  s name %s\n", SSL_get_servername(ssl, 0) ? SSL_get_servername(ssl, 0) : "NULL"); return arg ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK; }
static int on_certificate(SSL *ssl, void *arg) { printf("  %s certificate\n", owner(ssl)->name); return arg ? 0 : 1; }

static void configure(Side *side, char **w) {
  char path[500]; SSL_CTX *ctx = side->ctx; const char *what = w[1]; int is_server = side != sides, ret = 1;
  const char *value = w[2] ? w[2] : "";
  if (!strcmp(what, "certificate")) {
    sprintf(path, DIR "%s.pem", value); ret = SSL_CTX_use_certificate_chain_file(ctx, path);
    sprintf(path, DIR "%s.key.pem", value); ret &= SSL_CTX_use_PrivateKey_file(ctx, path, 1);
  } else if (!strcmp(what, "trusts")) { sprintf(path, DIR "%s.pem", value); ret = SSL_CTX_load_verify_file(ctx, path); }
  else if (!strcmp(what, "verifies")) SSL_CTX_set_verify(ctx, atoi(value), w[3] ? (verify_kind = w[3], on_verify) : NULL);
  else if (!strcmp(what, "suites")) ret = SSL_CTX_set_cipher_list(ctx, value);
  else if (!strcmp(what, "level")) SSL_CTX_set_security_level(ctx, atoi(value));
  else if (!strcmp(what, "versions")) { ret = SSL_CTX_set_min_proto_version(ctx, strtol(value, 0, 16)) & SSL_CTX_set_max_proto_version(ctx, strtol(w[3], 0, 16)); }
  else if (!strcmp(what, "groups")) ret = SSL_CTX_set1_groups_list(ctx, value);
  else if (!strcmp(what, "schemes")) ret = SSL_CTX_set1_sigalgs_list(ctx, value);
  else if (!strcmp(what, "options")) SSL_CTX_set_options(ctx, strtoul(value, 0, 16));
  else if (!strcmp(what, "unset")) SSL_CTX_clear_options(ctx, strtoul(value, 0, 16));
  else if (!strcmp(what, "psk")) { psk_kind[is_server] = value; SSL_CTX_set_psk_client_callback(ctx, is_server ? NULL : on_psk_client); SSL_CTX_set_psk_server_callback(ctx, is_server ? on_psk_server : NULL); }
  else if (!strcmp(what, "hint")) ret = SSL_CTX_use_psk_identity_hint(ctx, value);
  else if (!strcmp(what, "cookies")) {
    cookie_fails = !strcmp(value, "failing"); cookie_refused = !strcmp(value, "refused");
    SSL_CTX_set_cookie_generate_cb(ctx, !strcmp(value, "ungenerated") ? NULL : on_cookie);
    SSL_CTX_set_cookie_verify_cb(ctx, !strcmp(value, "unverified") ? NULL : on_cookie_back);
  } else if (!strcmp(what, "names")) { SSL_CTX_set_tlsext_servername_callback(ctx, on_name); SSL_CTX_set_tlsext_servername_arg(ctx, !strcmp(value, "refused") ? ctx : NULL); }
  else if (!strcmp(what, "selects")) SSL_CTX_set_alpn_select_cb(ctx, on_alpn, !strcmp(value, "nothing") ? ctx : NULL);
  else if (!strcmp(what, "protocols")) { unsigned char list[100]; ret = !SSL_CTX_set_alpn_protos(ctx, list, hex(value, list)); }
  else if (!strcmp(what, "fragments")) ret = SSL_CTX_set_tlsext_max_fragment_length(ctx, atoi(value));
  else if (!strcmp(what, "chooses")) SSL_CTX_set_cert_cb(ctx, on_certificate, !strcmp(value, "nothing") ? ctx : NULL);
  else if (!strcmp(what, "asks")) ret = SSL_set_tlsext_host_name(side->ssl, value);
  else if (!strcmp(what, "expects")) ret = SSL_set1_host(side->ssl, value);
  else if (!strcmp(what, "lives")) X509_VERIFY_PARAM_set_time(SSL_get0_param(side->ssl), atoll(value));
  else if (!strcmp(what, "timer")) { timer_kind = value; DTLS_set_timer_cb(side->ssl, *value == '-' ? NULL : on_timer); }
  else if (!strcmp(what, "answers")) side->answers[atoi(value)] = atol(w[3]);
  else if (!strcmp(what, "eof")) side->eof = atoi(value);
  else if (!strcmp(what, "lively")) side->lively = atoi(value);
  else if (!strcmp(what, "writing") || !strcmp(what, "reading")) {
    int i = *what == 'w'; side->fault[i] = value; side->fault_times[i] = atoi(w[3]); side->fault_errno[i] = w[4] ? atoi(w[4]) : 0;
  } else if (!strcmp(what, "free")) { SSL_free(side->ssl); if (!w[2]) side->ssl = NULL; }
  else if (!strcmp(what, "state")) printf("  %s: %s\n", SSL_state_string(side->ssl), SSL_state_string_long(side->ssl));
  else if (!strcmp(what, "cipher")) printf("  %s %s\n", SSL_get_cipher_name(side->ssl), SSL_get_version(side->ssl));
  else if (!strcmp(what, "timeout")) { struct timeval tv = {7, 7}; int r = DTLSv1_get_timeout(side->ssl, &tv); printf("  %d %ld.%06ld\n", r, (long)tv.tv_sec, (long)tv.tv_usec); }
  /* what waits for it on the wire */
  else if (!strcmp(what, "drop")) { int n = w[2] ? atoi(value) : 99; Datagram *d; while (n-- > 0 && (d = side->in)) { side->in = d->next; free(d); } }
  else if (!strcmp(what, "skip")) { Datagram **q = at(side, atoi(value)), *d = *q; *q = d->next; free(d); }
  else if (!strcmp(what, "gets")) { unsigned char d[1000]; put(&side->in, d, hex(value, d)); }
  else if (!strcmp(what, "repeat")) { Datagram *d = *at(side, atoi(value)); put(&side->in, d->data, d->length); }
  else if (!strcmp(what, "poke")) { unsigned char b[100]; Datagram *d = *at(side, atoi(value)); int n = hex(w[4], b), o = atoi(w[3]); memcpy(d->data + (o < 0 ? d->length + o : o), b, n); }
  else if (!strcmp(what, "flip")) { Datagram *d = *at(side, atoi(value)); int o = atoi(w[3]); d->data[o < 0 ? d->length + o : o] ^= 0xff; }
  else if (!strcmp(what, "cut")) (*at(side, atoi(value)))->length = atoi(w[3]);
  else if (!strcmp(what, "fragment")) fragment(*at(side, atoi(value)), atoi(w[3]), atoi(w[4]));
  else if (!strcmp(what, "first")) { Datagram **q = at(side, atoi(value)), *d = *q; *q = d->next; d->next = side->in; side->in = d; }
  else if (!strcmp(what, "last")) { Datagram *d = side->in; side->in = d->next; put(&side->in, d->data, d->length); free(d); }
  else if (!strcmp(what, "join")) { Datagram *d = side->in, *e = d->next, *j = malloc(sizeof *j + d->length + e->length); memcpy(j->data, d->data, d->length); memcpy(j->data + d->length, e->data, e->length); j->length = d->length + e->length; j->next = e->next; side->in = j; free(d); free(e); }
  else if (!strcmp(what, "hello")) show_hello(side, (*at(side, atoi(value)))->data, (*at(side, atoi(value)))->length);
  else if (!strcmp(what, "waiting")) { int n = 0; for (Datagram *d = side->in; d; d = d->next) n++; printf("  %d\n", n); }
  else if (!strcmp(what, "next")) { *sent = 0; for (Datagram *d = side->in; d; d = d->next) { note("  for %s", side->name); describe(side, d->data, d->length); note("\n"); } printf("%s", sent); *sent = 0; }
  else { printf("unknown command %s\n", what); return; }
  if (ret != 1) { printf("  = %d", ret); errors(); printf("\n"); }
}

static void play(char *line);
static void times(int n, char *line) { while (n-- > 0) { char copy[200]; strcpy(copy, line); play(copy); } }
int main(void) {
  char *line, *next;
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  puts(OpenSSL_version(OPENSSL_VERSION));
  wire = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
  BIO_meth_set_write(wire, wire_write); BIO_meth_set_read(wire, wire_read); BIO_meth_set_ctrl(wire, wire_ctrl); BIO_meth_set_create(wire, wire_create);
  plain = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "plain");
  BIO_meth_set_create(plain, wire_create); BIO_meth_set_destroy(plain, bio_free);
  reset();
  for (line = strdup(SCRIPT); line && *line; line = next) {
    if ((next = strchr(line, '\n'))) *next++ = 0;
    if (*line && *line != '#') play(line);
  }
  return 0;
}

static void play(char *line) {
  char *w[8] = {0}, *save = NULL, *words = strdup(line); int n = 0;
  for (char *t = strtok_r(words, " ", &save); t && n < 7; t = strtok_r(NULL, " ", &save)) w[n++] = t;
  Side *side = *w[0] == 'c' && !w[0][1] ? sides : *w[0] == 's' && !w[0][1] ? sides + 1 : NULL;
  if (side && isupper(*w[1])) { perform(side, line, w[1], w[2] ? strtol(w[2], NULL, 0) : 0); return; }
  printf("%s\n", line);
  if (side) configure(side, w);
  else if (!strcmp(w[0], "==")) reset();
  else if (!strcmp(w[0], "new")) for (int i = 0; i < 2; i++) {
    sides[i].ctx = SSL_CTX_new(method(w[i + 1]));
    /* This library has no TLS 1.3. */
    if ((sides[i].stream = *w[i + 1] == 'T') && !strchr(w[i + 1], 'v')) SSL_CTX_set_max_proto_version(sides[i].ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(sides[i].ctx, SSL_OP_NO_TICKET); SSL_CTX_set_session_cache_mode(sides[i].ctx, SSL_SESS_CACHE_OFF);
  }
  else if (!strcmp(w[0], "open")) for (int i = 0; i < 2; i++) { open_side(sides + i, w[1] ? w[1] : ""); watch(sides + i); }
  else if (!strcmp(w[0], "show")) { strcpy(shown, line); for (int i = 0; i < 2; i++) if (sides[i].ssl) watch(sides + i); }
  else if (!strcmp(w[0], "shake")) shake();
  else if (!strcmp(w[0], "clock")) now += (long long)(atof(w[1]) * 1000);
  else if (!strcmp(w[0], "times")) times(atoi(w[1]), strchr(line + 6, ' ') + 1);
  else if (!strcmp(w[0], "bio")) bio_command(w);
  else if (!strcmp(w[0], "raise")) ERR_raise(ERR_LIB_SSL, atoi(w[1]));
  else printf("unknown command\n");
}

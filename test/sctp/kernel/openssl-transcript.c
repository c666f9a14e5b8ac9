/*
 * What OpenSSL's SCTP BIO answers, call by call, and what its callbacks are told: the lines that transcript.ts prints of
 * this library. Its first line is the version.
 *   openssl-transcript bio | callbacks
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  printf("failed: %s, errno %d\n", what, errno);
  ERR_print_errors_fp(stdout);
  exit(1);
}

/* A line of the transcript: a call's result, and what it leaves behind. errno counts where a call fails. */
static void tell(const char *what, BIO *b, long result) {
  int number = errno;
  unsigned long error;
  printf("%s: %ld", what, result);
  if (result < 0 && number != 0) printf(" errno %d", number);
  if (b != NULL && BIO_should_read(b)) printf(" should read");
  if (b != NULL && BIO_should_write(b)) printf(" should write");
  while ((error = ERR_get_error()) != 0) printf(" error %d:%d", ERR_GET_LIB(error), ERR_GET_REASON(error));
  printf("\n");
  if (b != NULL) BIO_clear_retry_flags(b);
  errno = 0;
}

static int new_socket(int streams) {
  struct sctp_initmsg init = {streams, streams, 0, 0};
  int on = 1, s = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
  if (s < 0 || setsockopt(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init) != 0) fail("socket");
  if (setsockopt(s, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) != 0) fail("SCTP_RECVRCVINFO");
  return s;
}

static void subscribe(int s) {
  static const unsigned short types[] = {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    struct sctp_event event = {.se_type = types[i], .se_on = 1};
    if (setsockopt(s, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event) != 0) fail("SCTP_EVENT");
  }
}

static BIO *new_bio(int s) {
  BIO *b = BIO_new_dgram_sctp(s, BIO_NOCLOSE);
  if (b == NULL) fail("BIO_new_dgram_sctp");
  return b;
}

static int listening(struct sockaddr_in *address, int streams) {
  socklen_t size = sizeof *address;
  int s = new_socket(streams);
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  subscribe(s);
  BIO_free(new_bio(s));
  if (bind(s, (struct sockaddr *)address, sizeof *address) != 0 || listen(s, 1) != 0) fail("listen");
  getsockname(s, (struct sockaddr *)address, &size);
  return s;
}

static void wait_readable(int s) {
  struct pollfd fd = {s, POLLIN, 0};
  if (poll(&fd, 1, 20000) != 1) fail("poll");
}

static void wait_ended(int s) {
  struct sctp_status status;
  socklen_t size = sizeof status;
  while (memset(&status, 0, sizeof status), getsockopt(s, IPPROTO_SCTP, SCTP_STATUS, &status, &size) == 0)
    poll(NULL, 0, 10);
}

static int key_in_use(int s) {
  struct sctp_authkeyid key = {0};
  socklen_t size = sizeof key;
  return getsockopt(s, IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, &key, &size) == 0 ? key.scact_keynumber : -1;
}

/* How often a wait is told of its end is a matter of time, and of whether what was known before is asked for again. */
static int quiet;

static void notified(BIO *b, void *context, void *buf) {
  union sctp_notification *n = buf;
  (void)b;
  if (quiet && n->sn_header.sn_type == SCTP_SENDER_DRY_EVENT) return;
  printf("  %s hears of %x, flags %u, length %u", (char *)context, n->sn_header.sn_type, n->sn_header.sn_flags,
         n->sn_header.sn_length);
  if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE)
    printf(", state %u, error %u", n->sn_assoc_change.sac_state, n->sn_assoc_change.sac_error);
  if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE && n->sn_assoc_change.sac_state == SCTP_COMM_UP)
    printf(", streams %u out, %u in", n->sn_assoc_change.sac_outbound_streams, n->sn_assoc_change.sac_inbound_streams);
  printf("\n");
}

/* Every command that may be given at any time. */
static void probe(BIO *b, const char *when) {
  static const struct {
    const char *name;
    int command;
    long argument;
  } commands[] = {
      {"RESET", BIO_CTRL_RESET, 0},
      {"EOF", BIO_CTRL_EOF, 0},
      {"INFO", BIO_CTRL_INFO, 0},
      {"PUSH", BIO_CTRL_PUSH, 0},
      {"POP", BIO_CTRL_POP, 0},
      {"GET_CLOSE", BIO_CTRL_GET_CLOSE, 0},
      {"PENDING", BIO_CTRL_PENDING, 0},
      {"FLUSH", BIO_CTRL_FLUSH, 0},
      {"DUP", BIO_CTRL_DUP, 0},
      {"WPENDING", BIO_CTRL_WPENDING, 0},
      {"SEEK", BIO_C_FILE_SEEK, 0},
      {"TELL", BIO_C_FILE_TELL, 0},
      {"GET_MTU", BIO_CTRL_DGRAM_GET_MTU, 0},
      {"QUERY_MTU", BIO_CTRL_DGRAM_QUERY_MTU, 0},
      {"SET_MTU", BIO_CTRL_DGRAM_SET_MTU, 500},
      {"GET_MTU", BIO_CTRL_DGRAM_GET_MTU, 0},
      {"MTU_EXCEEDED", BIO_CTRL_DGRAM_MTU_EXCEEDED, 0},
      {"GET_MTU_OVERHEAD", BIO_CTRL_DGRAM_GET_MTU_OVERHEAD, 0},
      {"SET_CONNECTED", BIO_CTRL_DGRAM_SET_CONNECTED, 0},
      {"CONNECT", BIO_CTRL_DGRAM_CONNECT, 0},
      {"SET_DONT_FRAG", BIO_CTRL_DGRAM_SET_DONT_FRAG, 1},
      {"GET_RECV_TIMER_EXP", BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP, 0},
      {"GET_SEND_TIMER_EXP", BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP, 0},
      {"SET_IN_HANDSHAKE on", BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 1},
      {"SET_IN_HANDSHAKE off", BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 0},
      {"SAVE_SHUTDOWN on", BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 1},
      {"SAVE_SHUTDOWN off", BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 0},
      {"unknown", 9999, 0},
  };
  struct bio_dgram_sctp_sndinfo snd = {0};
  struct bio_dgram_sctp_rcvinfo rcv = {0};
  struct bio_dgram_sctp_prinfo pr = {0};
  struct timeval time = {0, 0};
  int fd = -1;
  printf("%s\n", when);
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    tell(commands[i].name, b, BIO_ctrl(b, commands[i].command, commands[i].argument, NULL));
  tell("GET_FD", b, BIO_get_fd(b, &fd) == fd);
  tell("SET_NEXT_TIMEOUT", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, &time));
  tell("GET_RECV_TIMEOUT", b, BIO_ctrl(b, BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, &time));
  tell("GET_SEND_TIMEOUT", b, BIO_ctrl(b, BIO_CTRL_DGRAM_GET_SEND_TIMEOUT, 0, &time));
  tell("GET_SNDINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_GET_SNDINFO, sizeof snd, &snd));
  printf("sndinfo %u %u %u %u\n", snd.snd_sid, snd.snd_flags, snd.snd_ppid, snd.snd_context);
  tell("SET_SNDINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, sizeof snd, &snd));
  tell("GET_RCVINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, sizeof rcv, &rcv));
  printf("rcvinfo %u %u %u %u\n", rcv.rcv_sid, rcv.rcv_flags, rcv.rcv_ppid, rcv.rcv_context);
  tell("SET_RCVINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_SET_RCVINFO, sizeof rcv, &rcv));
  tell("GET_PRINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_GET_PRINFO, sizeof pr, &pr));
  printf("prinfo %u %u\n", pr.pr_policy, pr.pr_value);
  tell("SET_PRINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_SET_PRINFO, sizeof pr, &pr));
  tell("MSG_WAITING", b, BIO_dgram_sctp_msg_waiting(b));
}

static void probe_associated(BIO *b, const char *when) {
  probe(b, when);
  tell("WAIT_FOR_DRY", b, BIO_dgram_sctp_wait_for_dry(b));
}

static void read_one(const char *who, BIO *b, int length) {
  unsigned char buf[32768];
  struct bio_dgram_sctp_rcvinfo info = {0};
  int result = BIO_read(b, buf, length);
  char what[100];
  snprintf(what, sizeof what, "%s reads up to %d", who, length);
  tell(what, b, result);
  BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, sizeof info, &info);
  printf("rcvinfo %u %u %u %u", info.rcv_sid, info.rcv_flags & ~SCTP_SACK_IMMEDIATELY, info.rcv_ppid, info.rcv_context);
  for (int i = 0; i < result && i < 4; i++) printf(" %02x", buf[i]);
  printf("\n");
}

static void write_one(const char *who, BIO *b, int type, int length) {
  unsigned char buf[70000];
  char what[100];
  memset(buf, type, sizeof buf);
  snprintf(what, sizeof what, "%s writes %d of type %d", who, length, type);
  tell(what, b, BIO_write(b, buf, length));
}

/* The first answer may be 0: what it is once it is known. */
static void dry(const char *who, BIO *b) {
  int result;
  quiet = 1;
  while ((result = BIO_dgram_sctp_wait_for_dry(b)) == 0) poll(NULL, 0, 10);
  quiet = 0;
  printf("%s dry: %d\n", who, result);
}

static void set_sndinfo(BIO *b, int sid, int flags, unsigned ppid) {
  struct bio_dgram_sctp_sndinfo info = {sid, flags, ppid, 0};
  tell("SET_SNDINFO", b, BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, sizeof info, &info));
}

static void keys(const char *who, BIO *b, int s) {
  static const struct {
    const char *name;
    int command;
  } steps[] = {{"ADD_AUTH_KEY", BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY},
               {"NEXT_AUTH_KEY", BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY},
               {"AUTH_CCS_RCVD", BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD},
               {"ADD_AUTH_KEY", BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY},
               {"AUTH_CCS_RCVD", BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD},
               {"NEXT_AUTH_KEY", BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY}};
  unsigned char key[64];
  memset(key, 7, sizeof key);
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    tell(steps[i].name, b, BIO_ctrl(b, steps[i].command, sizeof key, key));
    printf("%s uses key %d\n", who, key_in_use(s));
  }
}

static int accepted(int listener) {
  int s;
  wait_readable(listener);
  s = accept(listener, NULL, NULL);
  if (s < 0) fail("accept");
  fcntl(s, F_SETFL, O_NONBLOCK);
  return s;
}

static int connected(struct sockaddr_in *address, int streams, BIO **b) {
  int s = new_socket(streams);
  subscribe(s);
  *b = new_bio(s);
  if (connect(s, (struct sockaddr *)address, sizeof *address) != 0) fail("connect");
  fcntl(s, F_SETFL, O_NONBLOCK);
  return s;
}

static void bio_transcript(void) {
  struct sockaddr_in address;
  struct linger abort = {1, 0};
  int listener = listening(&address, 5), s, c = new_socket(3);
  BIO *server, *client = new_bio(c);

  tell("callback NULL", client, BIO_dgram_sctp_notification_cb(client, NULL, NULL));
  tell("callback", client, BIO_dgram_sctp_notification_cb(client, notified, "client"));
  tell("is SCTP", client, BIO_dgram_is_sctp(client));
  tell("type", client, BIO_method_type(client));
  printf("%s\n", BIO_method_name(client));
  probe(client, "BEFORE CONNECT");
  tell("NEXT_AUTH_KEY", client, BIO_ctrl(client, BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY, 0, NULL));
  tell("gets", client, BIO_gets(client, (char[10]){0}, 10));

  subscribe(c);
  if (connect(c, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  fcntl(c, F_SETFL, O_NONBLOCK);
  s = accepted(listener);
  server = new_bio(s);
  BIO_dgram_sctp_notification_cb(server, notified, "server");
  probe_associated(client, "CONNECTED, the client");
  probe_associated(server, "CONNECTED, the server");
  read_one("client", client, 100);
  tell("GET_RECV_TIMER_EXP", client, BIO_ctrl(client, BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP, 0, NULL));
  tell("GET_RECV_TIMER_EXP", client, BIO_ctrl(client, BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP, 0, NULL));

  printf("MESSAGES\n");
  set_sndinfo(client, 2, SCTP_UNORDERED, 77);
  write_one("client", client, 23, 50);
  wait_readable(s);
  tell("MSG_WAITING", server, BIO_dgram_sctp_msg_waiting(server));
  read_one("server", server, 100);
  tell("MSG_WAITING", server, BIO_dgram_sctp_msg_waiting(server));
  write_one("client", client, 22, 50);
  wait_readable(s);
  read_one("server", server, 100);
  write_one("client", client, 21, 16397);
  wait_readable(s);
  read_one("server", server, 20000);
  write_one("client", client, 23, 1);
  wait_readable(s);
  read_one("server", server, 20000);
  dry("client", client);
  set_sndinfo(client, 3, 0, 0);
  write_one("client", client, 23, 50);
  write_one("client", client, 22, 50);
  wait_readable(s);
  read_one("server", server, 100);
  printf("LONGER THAN THE BUFFER\n");
  write_one("client", client, 22, 60);
  wait_readable(s);
  read_one("server", server, 20);
  /* The rest comes as if it were a message. */
  BIO_read(server, (char[100]){0}, 100);
  dry("client", client);

  printf("AFTER SAVE_SHUTDOWN\n");
  set_sndinfo(client, 0, 0, 0);
  tell("SAVE_SHUTDOWN", client, BIO_ctrl(client, BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 1, NULL));
  dry("client", client);
  quiet = 1;
  write_one("client", client, 21, 30);
  quiet = 0;
  tell("SAVE_SHUTDOWN", client, BIO_ctrl(client, BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 0, NULL));
  wait_readable(s);
  read_one("server", server, 100);

  printf("KEYS\n");
  keys("client", client, c);
  keys("server", server, s);
  write_one("client", client, 23, 10);
  wait_readable(s);
  read_one("server", server, 100);

  printf("AFTER THE PEER'S SHUTDOWN\n");
  dry("client", client);
  dry("server", server);
  if (shutdown(c, SHUT_WR) != 0) fail("shutdown");
  wait_ended(s);
  read_one("server", server, 100);
  read_one("server", server, 100);
  write_one("server", server, 23, 10);
  write_one("server", server, 22, 10);
  probe_associated(server, "AFTER THE SHUTDOWN, the server");
  write_one("client", client, 23, 10);
  BIO_free(client);
  BIO_free(server);
  close(c);
  close(s);

  printf("AFTER AN ABORT\n");
  c = connected(&address, 3, &client);
  BIO_dgram_sctp_notification_cb(client, notified, "client");
  s = accepted(listener);
  server = new_bio(s);
  BIO_dgram_sctp_notification_cb(server, notified, "server");
  tell("MSG_WAITING", server, BIO_dgram_sctp_msg_waiting(server));
  BIO_free(new_bio(s));
  /* Without a message before it, libssl has not looked at the peer's chunks yet, and the abort is told as the lack of them. */
  write_one("client", client, 23, 10);
  wait_readable(s);
  read_one("server", server, 100);
  setsockopt(c, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  close(c);
  wait_ended(s);
  read_one("server", server, 100);
  write_one("server", server, 23, 10);
  tell("MSG_WAITING", server, BIO_dgram_sctp_msg_waiting(server));

  printf("AFTER CLOSE\n");
  close(s);
  tell("read", server, BIO_read(server, (char[10]){0}, 10));
  write_one("server", server, 23, 10);
  tell("MSG_WAITING", server, BIO_dgram_sctp_msg_waiting(server));
  tell("WAIT_FOR_DRY", server, BIO_dgram_sctp_wait_for_dry(server));
  tell("SET_IN_HANDSHAKE", server, BIO_ctrl(server, BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 1, NULL));
  tell("ADD_AUTH_KEY", server, BIO_ctrl(server, BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY, 64, (char[64]){0}));
  tell("AUTH_CCS_RCVD", server, BIO_ctrl(server, BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD, 0, NULL));
  BIO_free(server);

  printf("NO SCTP SOCKET\n");
  c = socket(AF_INET, SOCK_DGRAM, 0);
  tell("BIO_new_dgram_sctp", NULL, BIO_new_dgram_sctp(c, BIO_NOCLOSE) != NULL);
  tell("BIO_new_dgram_sctp", NULL, BIO_new_dgram_sctp(12345, BIO_NOCLOSE) != NULL);
  close(c);
  client = BIO_new(BIO_s_datagram_sctp());
  tell("GET_FD", client, BIO_get_fd(client, NULL));
  tell("read", client, BIO_read(client, (char[10]){0}, 10));
  BIO_free(client);

  printf("A SOCKET THAT WAS CONNECTED WITHOUT\n");
  c = new_socket(3);
  if (connect(c, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  s = accept(listener, NULL, NULL);
  tell("BIO_new_dgram_sctp", NULL, BIO_new_dgram_sctp(c, BIO_NOCLOSE) != NULL);
  server = new_bio(s);
  if (send(c, "message", 7, 0) != 7) fail("send");
  fcntl(s, F_SETFL, O_NONBLOCK);
  wait_readable(s);
  tell("read", server, BIO_read(server, (char[10]){0}, 10));
}

/* The callbacks of both ends, on blocking sockets in two processes. */

static FILE *out;

static void on_message(int writing, int version, int type, const void *buf, size_t length, SSL *ssl, void *arg) {
  const unsigned char *p = buf;
  (void)ssl;
  (void)arg;
  fprintf(out, "  %s %04x type %d", writing ? "writes" : "reads", version, type);
  if (type == SSL3_RT_HEADER) fprintf(out, ", header of type %d, epoch %d", p[0], p[3] << 8 | p[4]);
  else if (type == SSL3_RT_HANDSHAKE) fprintf(out, ", message %d, sequence %d", p[0], p[4] << 8 | p[5]);
  else if (type == SSL3_RT_ALERT) fprintf(out, ", alert %d %d", p[0], p[1]);
  else fprintf(out, ", %zu bytes", length);
  fprintf(out, "\n");
}

static void on_info(const SSL *ssl, int where, int ret) {
  fprintf(out, "  info %x %d %s\n", where, ret, SSL_state_string(ssl));
}

static SSL *new_ssl(SSL_CTX *ctx, int s) {
  SSL *ssl = SSL_new(ctx);
  BIO *b = new_bio(s);
  SSL_set_bio(ssl, b, b);
  SSL_set_msg_callback(ssl, on_message);
  SSL_set_info_callback(ssl, on_info);
  return ssl;
}

static void result(const char *what, SSL *ssl, int ret) {
  unsigned long error;
  fprintf(out, "%s: %d, error %d", what, ret, SSL_get_error(ssl, ret));
  while ((error = ERR_get_error()) != 0) fprintf(out, ", %d", ERR_GET_REASON(error));
  fprintf(out, "\n");
}

static int connect_to(struct sockaddr_in *address) {
  int s = new_socket(5);
  BIO_free(new_bio(s));
  if (connect(s, (struct sockaddr *)address, sizeof *address) != 0) fail("connect");
  return s;
}

static void load(SSL_CTX *ctx, const char *certificate, const char *key) {
  if (SSL_CTX_use_certificate_file(ctx, getenv(certificate), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(ctx, getenv(key), SSL_FILETYPE_PEM) != 1)
    fail("certificate");
}

/* The second of two connections resumes the first's session. */
static void client(struct sockaddr_in *address) {
  SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());
  SSL_SESSION *session = NULL;
  char buf[100];
  load(ctx, "PEER_CERTIFICATE", "PEER_KEY");
  for (int round = 0; round < 2; round++) {
    SSL *ssl = new_ssl(ctx, connect_to(address));
    fprintf(out, "client %d\n", round);
    if (session != NULL) SSL_set_session(ssl, session);
    result("connect", ssl, SSL_connect(ssl));
    result("write", ssl, SSL_write(ssl, "hello", 5));
    result("read", ssl, SSL_read(ssl, buf, sizeof buf));
    if (round == 0) {
      /* Its HelloRequest, and the handshake that follows; then data. */
      result("read", ssl, SSL_read(ssl, buf, sizeof buf));
      result("write", ssl, SSL_write(ssl, "again", 5));
    }
    result("read", ssl, SSL_read(ssl, buf, sizeof buf));
    result("shutdown", ssl, SSL_shutdown(ssl));
    session = SSL_get1_session(ssl);
  }
}

static void server(int listener) {
  SSL_CTX *ctx = SSL_CTX_new(DTLS_server_method());
  char buf[100];
  load(ctx, "PEER_CERTIFICATE", "PEER_KEY");
  SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"sctp", 4);
  for (int round = 0; round < 2; round++) {
    SSL *ssl = new_ssl(ctx, accept(listener, NULL, NULL));
    fprintf(out, "server %d\n", round);
    result("accept", ssl, SSL_accept(ssl));
    result("read", ssl, SSL_read(ssl, buf, sizeof buf));
    result("write", ssl, SSL_write(ssl, "world", 5));
    if (round == 0) {
      SSL_renegotiate(ssl);
      result("handshake", ssl, SSL_do_handshake(ssl));
      result("write", ssl, SSL_write(ssl, "there", 5));
      result("read", ssl, SSL_read(ssl, buf, sizeof buf));
    }
    while (BIO_dgram_sctp_wait_for_dry(SSL_get_wbio(ssl)) != 1) poll(NULL, 0, 10);
    result("shutdown", ssl, SSL_shutdown(ssl));
    result("shutdown", ssl, SSL_shutdown(ssl));
  }
}

static void callbacks_transcript(void) {
  struct sockaddr_in address;
  int listener = listening(&address, 5), ends[2], length;
  char buf[1 << 16];
  pid_t child;
  if (pipe(ends) != 0 || (child = fork()) < 0) fail("fork");
  if (child == 0) {
    out = fdopen(ends[1], "w");
    setvbuf(out, NULL, _IOLBF, 0);
    client(&address);
    fclose(out);
    _exit(0);
  }
  close(ends[1]);
  out = stdout;
  server(listener);
  fflush(stdout);
  while ((length = read(ends[0], buf, sizeof buf)) > 0) fwrite(buf, 1, length, stdout);
  waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  alarm(120);
  printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
  fflush(stdout);
  if (argc > 1 && strcmp(argv[1], "bio") == 0) bio_transcript();
  else callbacks_transcript();
  return 0;
}

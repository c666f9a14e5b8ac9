/*
 * The other side of the samples, with the installed libssl:
 *     peer server echo|discard|chargen|mute PORT [CA]      serves until it is killed; with CA clients must be certified by it
 *     peer client echo|discard|chargen ADDRESS PORT COUNT LENGTH [CA]      with CA the server must be
 * Certificates are those of the samples: certs/{server,client}-{cert,key}.pem.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 65536
/* Seconds after which a test has failed and nothing may be left over. */
#define LIFETIME 30

static unsigned char secret[16];

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  ERR_print_errors_fp(stderr);
  exit(1);
}

static int make_cookie(SSL *ssl, unsigned char *cookie, unsigned int *length) {
  BIO_ADDR *peer = BIO_ADDR_new();
  unsigned char data[32];
  size_t size = 0;
  unsigned short port;
  BIO_dgram_get_peer(SSL_get_rbio(ssl), peer);
  BIO_ADDR_rawaddress(peer, data, &size);
  port = BIO_ADDR_rawport(peer);
  memcpy(data + size, &port, 2);
  HMAC(EVP_sha1(), secret, sizeof secret, data, size + 2, cookie, length);
  BIO_ADDR_free(peer);
  return 1;
}

static int check_cookie(SSL *ssl, const unsigned char *cookie, unsigned int length) {
  unsigned char own[EVP_MAX_MD_SIZE];
  unsigned int size;
  make_cookie(ssl, own, &size);
  return size == length && CRYPTO_memcmp(own, cookie, size) == 0;
}

static SSL_CTX *context(const char *role, const char *ca) {
  int server = strcmp(role, "server") == 0;
  SSL_CTX *ctx = SSL_CTX_new(server ? DTLS_server_method() : DTLS_client_method());
  char file[64];
  snprintf(file, sizeof file, "certs/%s-cert.pem", role);
  if (SSL_CTX_use_certificate_chain_file(ctx, file) != 1) fail(file);
  snprintf(file, sizeof file, "certs/%s-key.pem", role);
  if (SSL_CTX_use_PrivateKey_file(ctx, file, SSL_FILETYPE_PEM) != 1) fail(file);
  if (ca != NULL) {
    if (SSL_CTX_load_verify_file(ctx, ca) != 1) fail(ca);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  }
  /* The client of chargen renegotiates now and then. */
  SSL_CTX_set_options(ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  SSL_CTX_set_cookie_generate_cb(ctx, make_cookie);
  SSL_CTX_set_cookie_verify_cb(ctx, check_cookie);
  return ctx;
}

static void print_peer(SSL *ssl) {
  X509 *certificate = SSL_get1_peer_certificate(ssl);
  char *name = certificate == NULL ? NULL : X509_NAME_oneline(X509_get_subject_name(certificate), NULL, 0);
  printf("peer %s, verified %ld, %s\n", name == NULL ? "none" : name, SSL_get_verify_result(ssl),
         SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)));
  OPENSSL_free(name);
  X509_free(certificate);
}

static unsigned long number_of(const unsigned char *message) {
  return (unsigned long)message[0] << 24 | message[1] << 16 | message[2] << 8 | message[3];
}

static void set_number(unsigned char *message, unsigned long number) {
  for (int i = 0; i < 4; i++) message[i] = number >> (24 - 8 * i);
}

static void serve(SSL *ssl, const char *program) {
  unsigned char buffer[ROOM], out[100] = {0};
  unsigned long messages = 0, highest = 0;
  print_peer(ssl);
  if (strcmp(program, "mute") == 0) pause();
  for (;;) {
    if (strcmp(program, "chargen") == 0) {
      set_number(out, messages);
      SSL_write(ssl, out, sizeof out);
    }
    int length = SSL_read(ssl, buffer, sizeof buffer);
    if (length <= 0) break;
    messages++;
    if (length >= 4) highest = number_of(buffer);
    if (strcmp(program, "echo") == 0) SSL_write(ssl, buffer, length);
  }
  SSL_shutdown(ssl);
  printf("messages %lu, last number %lu, shutdown %d\n", messages, highest, SSL_get_shutdown(ssl));
}

static int bound_socket(const struct sockaddr_in6 *address) {
  int fd = socket(AF_INET6, SOCK_DGRAM, 0), on = 1, off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0) fail("bind");
  return fd;
}

static void server(const char *program, const char *port, const char *ca) {
  struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_port = htons(atoi(port)), .sin6_addr = IN6ADDR_ANY_INIT};
  SSL_CTX *ctx = context("server", ca);
  int fd = bound_socket(&own);
  RAND_bytes(secret, sizeof secret);
  signal(SIGCHLD, SIG_IGN);
  printf("listening\n");
  for (;;) {
    SSL *ssl = SSL_new(ctx);
    BIO *bio = BIO_new_dgram(fd, BIO_NOCLOSE);
    /* struct sockaddr_in6 within BIO_ADDR's union, as the samples use it. */
    union { struct sockaddr_in6 in6; char room[256]; } peer;
    SSL_set_bio(ssl, bio, bio);
    SSL_set_options(ssl, SSL_OP_COOKIE_EXCHANGE);
    memset(&peer, 0, sizeof peer);
    while (DTLSv1_listen(ssl, (BIO_ADDR *)&peer) <= 0) ERR_clear_error();
    if (fork() == 0) {
      int connected = bound_socket(&own);
      alarm(LIFETIME);
#ifdef __linux__
      prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
      if (connect(connected, (struct sockaddr *)&peer.in6, sizeof peer.in6) != 0) fail("connect");
      BIO_set_fd(bio, connected, BIO_NOCLOSE);
      BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
      if (SSL_accept(ssl) != 1) fail("accept");
      serve(ssl, program);
      exit(0);
    }
    SSL_free(ssl);
  }
}

static void client(const char *program, const char *host, const char *port, int count, int length, const char *ca) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *to;
  struct timeval patience = {3, 0};
  unsigned char out[ROOM], in[ROOM];
  SSL_CTX *ctx = context("client", ca);
  SSL *ssl = SSL_new(ctx);
  int fd, answers = 0;
  if (getaddrinfo(host, port, &hints, &to) != 0) fail("address");
  fd = socket(to->ai_family, SOCK_DGRAM, 0);
  if (connect(fd, to->ai_addr, to->ai_addrlen) != 0) fail("connect");
  BIO *bio = BIO_new_dgram(fd, BIO_CLOSE);
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, to->ai_addr);
  SSL_set_bio(ssl, bio, bio);
  alarm(LIFETIME);
  if (SSL_connect(ssl) != 1) fail("connect");
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &patience);
  print_peer(ssl);
  for (int i = 0; i < count; i++) {
    memset(out, 'a' + i % 26, length);
    set_number(out, i);
    if (SSL_write(ssl, out, length) != length) fail("write");
    if (strcmp(program, "discard") == 0) continue;
    int got = SSL_read(ssl, in, sizeof in);
    if (got <= 0) fail("read");
    if (strcmp(program, "echo") == 0 && (got != length || memcmp(in, out, got) != 0)) fail("another echo");
    if (strcmp(program, "chargen") == 0 && number_of(in) != (unsigned long)i) fail("another number");
    answers++;
  }
  SSL_shutdown(ssl);
  /* What is still under way comes before the close_notify. */
  while (SSL_read(ssl, in, sizeof in) > 0);
  printf("answers %d, shutdown %d\n", answers, SSL_get_shutdown(ssl));
  exit(SSL_get_shutdown(ssl) == (SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) ? 0 : 1);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc >= 4 && strcmp(argv[1], "server") == 0) server(argv[2], argv[3], argv[4]);
  if (argc >= 7 && strcmp(argv[1], "client") == 0)
    client(argv[2], argv[3], argv[4], atoi(argv[5]), atoi(argv[6]), argv[7]);
  return 2;
}

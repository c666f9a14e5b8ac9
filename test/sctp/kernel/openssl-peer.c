/*
 * A peer on OpenSSL's libssl: numbered messages on all streams in both directions, while it renegotiates or is asked to.
 *   openssl-peer (client PORT | server) MESSAGES STREAMS RENEGOTIATIONS
 * A server prints "port N" when it listens. When all has been sent and has come it prints "done MESSAGES", sends its
 * close_notify and waits for the other one. A message that is lost, doubled, out of order on its stream or on another one
 * ends it with a line that says so.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_STREAMS 64
#define MAX_MESSAGE 1500

static void fail(const char *what) {
  printf("failed: %s, errno %d\n", what, errno);
  ERR_print_errors_fp(stdout);
  exit(1);
}

static int new_socket(int streams) {
  struct sctp_initmsg init = {streams, streams, 0, 0};
  int on = 1, s = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
  if (s < 0 || setsockopt(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init) != 0) fail("socket");
  if (setsockopt(s, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) != 0) fail("SCTP_RECVRCVINFO");
  return s;
}

static BIO *new_bio(int s) {
  BIO *bio = BIO_new_dgram_sctp(s, BIO_NOCLOSE);
  if (bio == NULL) fail("BIO_new_dgram_sctp");
  return bio;
}

static int associate(int server, int port, int streams) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  socklen_t size = sizeof address;
  int s = new_socket(streams), accepted;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  BIO_free(new_bio(s));
  if (!server) {
    if (connect(s, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    return s;
  }
  if (bind(s, (struct sockaddr *)&address, sizeof address) != 0 || listen(s, 1) != 0) fail("listen");
  getsockname(s, (struct sockaddr *)&address, &size);
  printf("port %d\n", ntohs(address.sin_port));
  accepted = accept(s, NULL, NULL);
  if (accepted < 0) fail("accept");
  close(s);
  return accepted;
}

static SSL *new_ssl(int server, int s) {
  SSL_CTX *ctx = SSL_CTX_new(server ? DTLS_server_method() : DTLS_client_method());
  const char *certificate = getenv("PEER_CERTIFICATE"), *key = getenv("PEER_KEY");
  BIO *bio = new_bio(s);
  SSL *ssl;
  if (server && (SSL_CTX_use_certificate_file(ctx, certificate, SSL_FILETYPE_PEM) != 1 ||
                 SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1))
    fail("certificate");
  SSL_CTX_set_options(ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  ssl = SSL_new(ctx);
  SSL_set_bio(ssl, bio, bio);
  return ssl;
}

static int again(SSL *ssl, int result) {
  int error = SSL_get_error(ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static int shaking(SSL *ssl) {
  return SSL_renegotiate_pending(ssl) || SSL_in_init(ssl);
}

/* The n-th message is the (n / streams)-th of stream n % streams, and its length follows from n. */
static int write_one(SSL *ssl, uint32_t n, int streams) {
  unsigned char message[MAX_MESSAGE];
  int length = 8 + n * 37 % (MAX_MESSAGE - 8), result;
  uint32_t head[2] = {htonl(n % streams), htonl(n / streams)};
  struct bio_dgram_sctp_sndinfo info = {.snd_sid = n % streams};
  BIO_ctrl(SSL_get_wbio(ssl), BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, sizeof info, &info);
  memset(message, n, sizeof message);
  memcpy(message, head, sizeof head);
  result = SSL_write(ssl, message, length);
  if (result <= 0 && !again(ssl, result)) fail("SSL_write");
  return result > 0;
}

static int read_one(SSL *ssl, uint32_t *expected, int streams) {
  unsigned char message[MAX_MESSAGE + 1];
  uint32_t head[2], stream, number, n;
  struct bio_dgram_sctp_rcvinfo info = {0};
  int result = SSL_read(ssl, message, sizeof message);
  if (result <= 0) {
    if (!again(ssl, result)) fail("SSL_read");
    return 0;
  }
  BIO_ctrl(SSL_get_rbio(ssl), BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, sizeof info, &info);
  memcpy(head, message, sizeof head);
  stream = ntohl(head[0]);
  number = ntohl(head[1]);
  n = number * streams + stream;
  if (stream >= (uint32_t)streams || number != expected[stream] || result != 8 + (int)(n * 37 % (MAX_MESSAGE - 8))) {
    printf("stream %u: number %u, %d bytes; %u was next\n", stream, number, result, expected[stream % MAX_STREAMS]);
    exit(2);
  }
  if (info.rcv_sid != stream) {
    printf("stream %u: came on %u\n", stream, info.rcv_sid);
    exit(2);
  }
  expected[stream]++;
  return 1;
}

int main(int argc, char **argv) {
  int server = argc > 1 && strcmp(argv[1], "server") == 0;
  int port = server ? 0 : atoi(argv[2]), first = server ? 2 : 3;
  uint32_t messages = atoi(argv[first]), sent = 0, received = 0, expected[MAX_STREAMS] = {0};
  int streams = atoi(argv[first + 1]), wanted = atoi(argv[first + 2]), asked = 0, s, result;
  SSL *ssl;
  setvbuf(stdout, NULL, _IOLBF, 0);
  s = associate(server, port, streams);
  ssl = new_ssl(server, s);
  if ((server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1) fail("handshake");
  fcntl(s, F_SETFL, O_NONBLOCK);
  while (sent < messages || received < messages || shaking(ssl)) {
    int moved = 0;
    while (read_one(ssl, expected, streams)) {
      received++;
      moved = 1;
    }
    if (asked < wanted && !shaking(ssl) && sent >= messages / (wanted + 1) * (asked + 1)) {
      if (SSL_renegotiate(ssl) != 1) fail("SSL_renegotiate");
      asked++;
      continue;
    }
    /* libssl bears data of the other side in the middle of a handshake in SSL_read alone. */
    if (sent < messages && !shaking(ssl) && write_one(ssl, sent, streams)) {
      sent++;
      moved = 1;
    }
    if (!moved) {
      struct pollfd fd = {s, POLLIN | (sent < messages && !shaking(ssl) ? POLLOUT : 0), 0};
      poll(&fd, 1, 100);
    }
  }
  printf("done %u\n", received);
  fcntl(s, F_SETFL, 0);
  while ((result = SSL_shutdown(ssl)) < 0 && again(ssl, result)) poll(NULL, 0, 10);
  printf("shutdown %d\n", result);
  if (result == 0) printf("shutdown %d\n", SSL_shutdown(ssl));
  SSL_free(ssl);
  return 0;
}

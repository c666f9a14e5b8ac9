/*
 * SSL_MODE_AUTO_RETRY on blocking descriptors: the server, in a thread, renegotiates and then writes; the client reads.
 * DIR (the certificates) is defined in front of this text.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

static SSL *c, *s;
static char said[2][200];

static void end(SSL **ssl, const SSL_METHOD *method, int fd, int server) {
  SSL_CTX *ctx = SSL_CTX_new(method);
  if (server) { SSL_CTX_use_certificate_chain_file(ctx, DIR "p256.pem"); SSL_CTX_use_PrivateKey_file(ctx, DIR "p256.key.pem", 1); }
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
  *ssl = SSL_new(ctx); SSL_CTX_free(ctx);
  SSL_set_fd(*ssl, fd);
}
static int show(SSL *ssl, char *line, int ret) {
  sprintf(line + strlen(line), " %d/%d", ret, SSL_get_error(ssl, ret));
  return ret;
}
static void *serve(void *unused) {
  char buf[100];
  show(s, said[1], SSL_accept(s));
  SSL_clear_mode(s, SSL_MODE_AUTO_RETRY);
  show(s, said[1], SSL_renegotiate(s));
  show(s, said[1], SSL_do_handshake(s));
  show(s, said[1], SSL_read(s, buf, sizeof buf));
  show(s, said[1], SSL_write(s, "late", 4));
  return NULL;
}
static void play(const char *name, int stream, int automatic, int looks) {
  int fds[2]; pthread_t thread; char buf[100];
  socketpair(AF_UNIX, stream ? SOCK_STREAM : SOCK_DGRAM, 0, fds);
  end(&c, stream ? TLSv1_2_client_method() : DTLSv1_2_client_method(), fds[0], 0);
  end(&s, stream ? TLSv1_2_server_method() : DTLSv1_2_server_method(), fds[1], 1);
  *said[0] = *said[1] = 0;
  pthread_create(&thread, NULL, serve, NULL);
  show(c, said[0], SSL_connect(c));
  if (!automatic) SSL_clear_mode(c, SSL_MODE_AUTO_RETRY);
  for (int ret = -1; ret <= 0;) ret = show(c, said[0], looks ? SSL_peek(c, buf, sizeof buf) : SSL_read(c, buf, sizeof buf));
  pthread_join(thread, NULL);
  printf("%s %d %d: client%s; server%s\n", name, automatic, looks, said[0], said[1]);
  SSL_free(c); SSL_free(s); close(fds[0]); close(fds[1]);
}
int main(void) {
  puts(OpenSSL_version(OPENSSL_VERSION));
  for (int stream = 0; stream < 2; stream++)
    for (int automatic = 0; automatic < 2; automatic++)
      for (int looks = 0; looks < 2; looks++) play(stream ? "TLS" : "DTLS", stream, automatic, looks);
  return 0;
}

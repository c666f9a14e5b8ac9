/* Makes the calls of CALLS, which is defined in front of this text, each on objects of its own; calls.test.ts does the same. */
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static char buf[100];
static SSL_CTX *ctx; static SSL *ssl; static SSL_SESSION *sess; static X509 *x0; static EVP_PKEY *k0;
static BIO *mem, *nul, *fbuf, *fssl, *sock, *conn, *acc, *pair, *dgram, *file;

static void prepare(int datagram) {
  memset(buf, 'a', sizeof buf);
  ctx = SSL_CTX_new(datagram ? DTLS_method() : TLS_method());
  if (!datagram) SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
  ssl = SSL_new(ctx); sess = SSL_SESSION_new(); x0 = X509_new(); k0 = EVP_PKEY_new();
  mem = BIO_new(BIO_s_mem()); nul = BIO_new(BIO_s_null()); fbuf = BIO_new(BIO_f_buffer()); fssl = BIO_new(BIO_f_ssl());
  sock = BIO_new(BIO_s_socket()); conn = BIO_new(BIO_s_connect()); acc = BIO_new(BIO_s_accept()); pair = BIO_new(BIO_s_bio());
  dgram = BIO_new(BIO_s_datagram()); file = BIO_new(BIO_s_file());
  ERR_clear_error();
}
static void tell(int datagram, const char *call, long result) {
  unsigned long e;
  printf("%s %s = %ld", datagram ? "dtls" : "tls", call, result);
  while ((e = ERR_get_error())) printf(" %08lX", e);
  printf("\n");
}
#define CALL(call) prepare(datagram); tell(datagram, #call, (long)(call));
int main(void) {
  puts(OpenSSL_version(OPENSSL_VERSION));
  for (int datagram = 0; datagram < 2; datagram++) { CALLS }
  return 0;
}

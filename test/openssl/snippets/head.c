/* In front of the scenes, each of which becomes a function: see interpreter.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void errors(void) {
  unsigned long e;
  while ((e = ERR_get_error())) printf(" %08lX", e);
  printf("\n");
}
#define N(x) do { long long value = (long long)(x); printf("%s = %lld", #x, value); errors(); } while (0)
#define S(x) do { const char *value = (const char *)(x); printf("%s = %s", #x, value ? value : "NULL"); errors(); } while (0)
#define H(x, length) do { const unsigned char *bytes = (const unsigned char *)(x); printf("%s, %s = ", #x, #length); for (int i = 0; i < (int)(length); i++) printf("%02x", bytes[i]); errors(); } while (0)

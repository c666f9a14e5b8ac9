import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'
import { need } from '../ssl/pair.ts'

/** SSL_OP_TLSEXT_PADDING (RFC 7685): how long the first flight is, for server names of all lengths, beside libssl. */

const NAMES = [1, 60, 100, 140, 180, 200, 220, 230, ...Array.from({ length: 12 }, (_, i) => 243 + i)]

test.each([
  ['TLS', O.TLS_method, O.TLS1_2_VERSION],
  ['DTLS', O.DTLS_method, O.DTLS1_2_VERSION],
] as const)('%s: hellos between 256 and 511 bytes are filled up', (name, method, version) => {
  const ours = NAMES.map(length => {
    const ctx = need(O.SSL_CTX_new(method()))
    O.SSL_CTX_set_max_proto_version(ctx, version)
    O.SSL_CTX_set_cipher_list(ctx, 'ECDHE-RSA-AES128-GCM-SHA256')
    O.SSL_CTX_set_options(ctx, O.SSL_OP_TLSEXT_PADDING | O.SSL_OP_NO_QUERY_MTU)
    const ssl = need(O.SSL_new(ctx))
    O.SSL_set_mtu(ssl, 1400)
    O.SSL_set_tlsext_host_name(ssl, 'a'.repeat(length))
    const [out, within] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
    O.SSL_set_bio(ssl, within, out)
    O.SSL_connect(ssl)
    return String(O.BIO_pending(out))
  })
  const header = name === 'TLS' ? 5 : 13
  expect(ours.filter(size => size === String(header + 512)).length).toBeGreaterThan(5)
  const real = realTranscript(program(name, version))
  if (real !== null) expect(ours).toEqual(real)
})

function program(name: string, version: number): string {
  return `
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
int main() {
  static const int lengths[] = { ${NAMES.join()} };
  puts(OpenSSL_version(OPENSSL_VERSION));
  for (int i = 0; i < ${NAMES.length}; i++) {
    SSL_CTX *ctx = SSL_CTX_new(${name}_method());
    SSL_CTX_set_max_proto_version(ctx, ${version});
    SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256");
    SSL_CTX_set_options(ctx, SSL_OP_TLSEXT_PADDING | SSL_OP_NO_QUERY_MTU);
    SSL *ssl = SSL_new(ctx);
    SSL_set_mtu(ssl, 1400);
    char name[300];
    memset(name, 'a', lengths[i]); name[lengths[i]] = 0;
    SSL_set_tlsext_host_name(ssl, name);
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_connect(ssl);
    printf("%d\\n", (int)BIO_pending(out));
  }
  return 0;
}
`
}

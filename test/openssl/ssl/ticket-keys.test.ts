import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'
import { certificatePath, need } from './pair.ts'

/** Two servers, one of OpenSSL and one of ours, with the same ticket keys: each takes the other's tickets. */

const KEYS = Uint8Array.from({ length: 80 }, (_, index) => index)

test('a ticket of ours is taken by libssl', () => {
  const pem = JSON.stringify(toPem(clientSession(null))).replaceAll('\\n', '\\n"\n"')
  const lines = realTranscript(program(`x = read_session(${pem}); run(x); printf("%d\\n", SSL_session_reused(s));`))
  if (lines !== null) expect(lines).toEqual(['1'])
})

test('a ticket of libssl is taken by ours', () => {
  const lines = realTranscript(program('run(NULL); PEM_write_SSL_SESSION(stdout, SSL_get0_session(c));'))
  if (lines === null) return
  const session = fromPem(`${lines.join('\n')}\n`)
  expect(O.SSL_SESSION_has_ticket(session)).toBe(1)
  clientSession(session)
})

/** Runs a handshake in memory; what is offered must be resumed. */
function clientSession(offered: O.SSL_SESSION | null): O.SSL_SESSION {
  const [cc, sc] = [need(O.SSL_CTX_new(O.DTLS_method())), need(O.SSL_CTX_new(O.DTLS_method()))]
  O.SSL_CTX_use_certificate_chain_file(sc, certificatePath('p256'))
  O.SSL_CTX_use_PrivateKey_file(sc, certificatePath('p256.key'), 1)
  expect(O.SSL_CTX_set_tlsext_ticket_keys(sc, KEYS)).toBe(1)
  const [c, s] = [need(O.SSL_new(cc)), need(O.SSL_new(sc))]
  const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
  O.BIO_up_ref(one)
  O.BIO_up_ref(two)
  O.SSL_set_bio(c, one, two)
  O.SSL_set_bio(s, two, one)
  O.SSL_set_session(c, offered)
  for (let i = 0; i < 10; i++) {
    O.SSL_connect(c)
    O.SSL_accept(s)
  }
  expect([O.SSL_session_reused(c), O.SSL_session_reused(s)]).toEqual(offered === null ? [0, 0] : [1, 1])
  expect(O.SSL_is_init_finished(s)).toBe(1)
  const session = need(O.SSL_get1_session(c))
  O.SSL_shutdown(c)
  O.SSL_free(c)
  O.SSL_free(s)
  O.SSL_CTX_free(cc)
  O.SSL_CTX_free(sc)
  O.ERR_clear_error()
  return session
}

function toPem(session: O.SSL_SESSION): string {
  const bio = need(O.BIO_new(O.BIO_s_mem()))
  O.PEM_write_bio_SSL_SESSION(bio, session)
  const buffer = Buffer.alloc(10_000)
  return buffer.toString('latin1', 0, O.BIO_read(bio, buffer))
}

function fromPem(pem: string): O.SSL_SESSION {
  return need(O.PEM_read_bio_SSL_SESSION(need(O.BIO_new_mem_buf(Buffer.from(pem)))))
}

function program(body: string): string {
  return `
#include <openssl/ssl.h>
#include <openssl/pem.h>
#include <stdio.h>
static SSL *c, *s;
static SSL_SESSION *read_session(const char *pem) { return PEM_read_bio_SSL_SESSION(BIO_new_mem_buf(pem, -1), NULL, NULL, NULL); }
static void run(SSL_SESSION *x) {
  SSL_CTX *cc = SSL_CTX_new(DTLS_method()), *sc = SSL_CTX_new(DTLS_method());
  BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
  unsigned char keys[80]; int i;
  for (i = 0; i < 80; i++) keys[i] = i;
  SSL_CTX_use_certificate_chain_file(sc, "${certificatePath('p256')}"); SSL_CTX_use_PrivateKey_file(sc, "${certificatePath('p256.key')}", 1);
  SSL_CTX_set_tlsext_ticket_keys(sc, keys, 80);
  c = SSL_new(cc); s = SSL_new(sc); BIO_up_ref(one); BIO_up_ref(two); SSL_set_bio(c, one, two); SSL_set_bio(s, two, one);
  if (x) SSL_set_session(c, x);
  for (i = 0; i < 10; i++) { SSL_connect(c); SSL_accept(s); }
}
int main(void) { SSL_SESSION *x = NULL; puts(OpenSSL_version(OPENSSL_VERSION)); ${body} return 0; }
`
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

/**
 * Two ends in memory, here and in C, whose transcripts are compared. A scene is written twice, next to itself: STAGE is
 * what the C form has to work with, the rest of this file is the same for ours.
 */

const DIR = `${fileURLToPath(new URL('../../vectors/certificates', import.meta.url))}/`

/** A PEM file of the test certificates. */
export const certificatePath = (name: string): string => `${DIR}${name}.pem`

export const STAGE = `
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/srtp.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#define DIR "${DIR}"
static SSL_CTX *cc, *sc;
static SSL *c, *s;
static const char *scene;
static void tell(const char *format, ...) {
  va_list a; va_start(a, format); printf("%s: ", scene); vprintf(format, a); puts("");
}
static void errors(void) { unsigned long e; while ((e = ERR_get_error())) printf(" %08lX", e); }
static void say(const char *what, long long value) { printf("%s: %s = %lld", scene, what, value); errors(); puts(""); }
static void shown(const char *what, const unsigned char *p, size_t n) {
  printf("%s: %s (%zu) ", scene, what, n); while (n--) printf("%02x", *p++); puts("");
}
static const char *who(const SSL *ssl) { return SSL_is_server((SSL *)ssl) ? "server" : "client"; }
static void begin(const char *name) {
  scene = name; ERR_clear_error();
  cc = SSL_CTX_new(METHOD()); sc = SSL_CTX_new(METHOD());
  if (METHOD == TLS_method) SSL_CTX_set_max_proto_version(cc, TLS1_2_VERSION);
  SSL_CTX_use_certificate_chain_file(sc, DIR "p256.pem"); SSL_CTX_use_PrivateKey_file(sc, DIR "p256.key.pem", 1);
  SSL_CTX_load_verify_file(cc, DIR "authority.pem"); SSL_CTX_load_verify_file(sc, DIR "authority.pem");
  SSL_CTX_set_verify(cc, SSL_VERIFY_PEER, NULL);
}
static void open_pair(void) {
  BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
  c = SSL_new(cc); s = SSL_new(sc);
  BIO_up_ref(one); BIO_up_ref(two); SSL_set_bio(c, one, two); SSL_set_bio(s, two, one);
  SSL_set_options(c, SSL_OP_NO_QUERY_MTU); SSL_set_options(s, SSL_OP_NO_QUERY_MTU); SSL_set_mtu(c, 9000); SSL_set_mtu(s, 9000);
  SSL_set_connect_state(c); SSL_set_accept_state(s);
}
/* Each end's result at last, and what it has queued when it fails. */
static void shake(void) {
  SSL *ends[2] = { c, s }; int results[2] = { 0, 0 }, failed[2] = { 0, 0 }, i, k;
  for (i = 0; i < 8; i++) for (k = 0; k < 2; k++) {
    if (results[k] == 1 || failed[k]) continue;
    results[k] = SSL_do_handshake(ends[k]);
    if (results[k] != 1 && SSL_get_error(ends[k], results[k]) != SSL_ERROR_WANT_READ) {
      failed[k] = 1; printf("%s: %s fails %d", scene, k ? "server" : "client", SSL_get_error(ends[k], results[k])); errors(); puts("");
      if (SSL_get_error(ends[k], results[k]) == SSL_ERROR_WANT_X509_LOOKUP || SSL_get_error(ends[k], results[k]) == SSL_ERROR_WANT_CLIENT_HELLO_CB) failed[k] = 0;
    }
  }
  printf("%s: handshake %d %d\\n", scene, results[0], results[1]);
}
static void close_pair(void) { SSL_shutdown(c); SSL_shutdown(s); SSL_free(c); SSL_free(s); ERR_clear_error(); }
static void end(void) { SSL_CTX_free(cc); SSL_CTX_free(sc); }
static void play_all(void);
int main(void) { puts(OpenSSL_version(OPENSSL_VERSION)); play_all(); return 0; }
`

/** What both ends have to do with, as STAGE declares it. */
export class Stage {
  readonly lines: string[] = []
  scene = ''
  readonly #method: () => O.SSL_METHOD
  #contexts: readonly O.SSL_CTX[] = []
  #ends: readonly O.SSL[] = []

  constructor(method: () => O.SSL_METHOD = O.DTLS_method) {
    this.#method = method
  }

  get cc(): O.SSL_CTX {
    return need(this.#contexts[0])
  }

  get sc(): O.SSL_CTX {
    return need(this.#contexts[1])
  }

  get c(): O.SSL {
    return need(this.#ends[0])
  }

  get s(): O.SSL {
    return need(this.#ends[1])
  }

  readonly tell = (line: string): void => {
    this.lines.push(`${this.scene}: ${line}`)
  }

  readonly say = (what: string, value: number | boolean): void => this.tell(`${what} = ${Number(value)}${errors()}`)

  readonly shown = (what: string, bytes: Uint8Array): void =>
    this.tell(`${what} (${bytes.length}) ${Buffer.from(bytes).toString('hex')}`)

  begin(name: string): void {
    this.scene = name
    O.ERR_clear_error()
    const [cc, sc] = [need(O.SSL_CTX_new(this.#method())), need(O.SSL_CTX_new(this.#method()))]
    if (this.#method === O.TLS_method) O.SSL_CTX_set_max_proto_version(cc, O.TLS1_2_VERSION)
    O.SSL_CTX_use_certificate_chain_file(sc, certificatePath('p256'))
    O.SSL_CTX_use_PrivateKey_file(sc, certificatePath('p256.key'), O.SSL_FILETYPE_PEM)
    O.SSL_CTX_load_verify_file(cc, certificatePath('authority'))
    O.SSL_CTX_load_verify_file(sc, certificatePath('authority'))
    O.SSL_CTX_set_verify(cc, O.SSL_VERIFY_PEER, null)
    this.#contexts = [cc, sc]
  }

  openPair(): void {
    const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
    const [c, s] = [need(O.SSL_new(this.cc)), need(O.SSL_new(this.sc))]
    O.BIO_up_ref(one)
    O.BIO_up_ref(two)
    O.SSL_set_bio(c, one, two)
    O.SSL_set_bio(s, two, one)
    for (const ssl of [c, s]) {
      O.SSL_set_options(ssl, O.SSL_OP_NO_QUERY_MTU)
      O.SSL_set_mtu(ssl, 9000)
    }
    O.SSL_set_connect_state(c)
    O.SSL_set_accept_state(s)
    this.#ends = [c, s]
  }

  /** Others take the places of both ends. */
  play(...ends: readonly [c: O.SSL, s: O.SSL]): void {
    this.#ends = ends
  }

  shake(): void {
    const results = [0, 0]
    const failed = [false, false]
    for (let i = 0; i < 8; i++)
      for (const [k, ssl] of this.#ends.entries()) {
        if (results[k] === 1 || failed[k] === true) continue
        const result = O.SSL_do_handshake(ssl)
        results[k] = result
        const error = O.SSL_get_error(ssl, result)
        if (result === 1 || error === O.SSL_ERROR_WANT_READ) continue
        this.tell(`${k === 1 ? 'server' : 'client'} fails ${error}${errors()}`)
        failed[k] = error !== O.SSL_ERROR_WANT_X509_LOOKUP && error !== O.SSL_ERROR_WANT_CLIENT_HELLO_CB
      }
    this.tell(`handshake ${results.join(' ')}`)
  }

  closePair(): void {
    for (const ssl of this.#ends) O.SSL_shutdown(ssl)
    for (const ssl of this.#ends) O.SSL_free(ssl)
    this.#ends = []
    O.ERR_clear_error()
  }

  end(): void {
    for (const ctx of this.#contexts) O.SSL_CTX_free(ctx)
    this.#contexts = []
  }
}

export const who = (ssl: O.SSL): string => (O.SSL_is_server(ssl) === 1 ? 'server' : 'client')

export function need<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('NULL')
  return value
}

/**
 * Two tests: what we do is what the real library was recorded to do, and the record is still the real library. A record that
 * is missing is made from the real library: remove the file to make it anew.
 * @param scenes - C text that defines `play_all`
 * @param protocol - TLS: up to 1.2
 */
export function compare(
  name: string,
  scenes: string,
  play: (stage: Stage) => void,
  protocol: 'DTLS' | 'TLS' = 'DTLS',
): void {
  const file = new URL(`recorded/${name}.txt`, import.meta.url)
  const read = (): string[] => readFileSync(file, 'utf8').trimEnd().split('\n')

  test(`the record of ${name} is the real library`, () => {
    const real = realTranscript(`#define METHOD ${protocol}_method\n${STAGE}${scenes}`)
    if (real === null) return
    if (!existsSync(file)) writeFileSync(file, `${real.join('\n')}\n`)
    expect(real).toEqual(read())
  })

  test(`${name}: the same lines as from the real library`, () => {
    const stage = new Stage(protocol === 'TLS' ? O.TLS_method : O.DTLS_method)
    play(stage)
    expect(stage.lines).toEqual(read())
  })
}

function errors(): string {
  let text = ''
  for (let code = O.ERR_get_error(); code !== 0; code = O.ERR_get_error())
    text += ` ${code.toString(16).toUpperCase().padStart(8, '0')}`
  return text
}

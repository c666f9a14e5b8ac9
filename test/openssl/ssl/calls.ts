import { ERR_get_error } from '../../../lib/openssl/err/get.ts'
import {
  DTLS_method,
  type SSL,
  type SSL_CTX,
  SSL_CTX_free,
  SSL_CTX_new,
  SSL_free,
  SSL_new,
} from '../../../lib/openssl/ssl/index.ts'

/** What the calls of a scene work on. */
export interface Objects {
  readonly ctx: SSL_CTX
  readonly ssl: SSL
}

/** One call in both languages: what C prints for the expression must be what the function gives here. */
export type Call = readonly [c: string, typescript: (objects: Objects) => number | string | null | undefined]

/** Calls on one context and one connection, fresh at the beginning. */
export interface Scene {
  readonly name: string
  /** C statements before the calls. */
  readonly setup?: string
  readonly calls: readonly Call[]
}

/** Runs the calls here: a line each, with the result and the errors it left. */
export function play(scenes: readonly Scene[]): string[] {
  return scenes.flatMap(({ name, calls }) => {
    const ctx = SSL_CTX_new(DTLS_method())
    const ssl = SSL_new(ctx)
    if (ctx === null || ssl === null) throw new Error('no context')
    const lines = calls.map(([c, run]) => line(name, c, shown(run({ ctx, ssl }))))
    SSL_free(ssl)
    SSL_CTX_free(ctx)
    return lines
  })
}

/** A C program that runs the same calls and prints the same lines. */
export function program(scenes: readonly Scene[], prelude = ''): string {
  const body = scenes.map(({ setup = '', calls, name }) => {
    const said = calls.map(([c]) => `  SAY(${JSON.stringify(`${name}: ${c}`)}, ${c});`).join('\n')
    return `{\n  SSL_CTX *ctx = SSL_CTX_new(DTLS_method()); SSL *ssl = SSL_new(ctx);\n  ${setup}\n${said}\n  SSL_free(ssl); SSL_CTX_free(ctx);\n}`
  })
  return `${HEAD}\n${prelude}\nint main(void) {\n  puts(OpenSSL_version(OPENSSL_VERSION));\n${body.join('\n')}\n  return 0;\n}\n`
}

function shown(result: number | string | null | undefined): string {
  return result === null || result === undefined ? 'NULL' : String(result)
}

function line(scene: string, c: string, result: string): string {
  const errors: string[] = []
  for (let code = ERR_get_error(); code !== 0; code = ERR_get_error())
    errors.push(code.toString(16).toUpperCase().padStart(8, '0'))
  return [`${scene}: ${c} = ${result}`, ...errors].join(' ')
}

const HEAD = `
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/dh.h>
#include <openssl/x509v3.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <stdint.h>
static void say_number(const char *label, long long v) {
  unsigned long e; printf("%s = %lld", label, v);
  while ((e = ERR_get_error())) printf(" %08lX", e);
  puts("");
}
static void say_text(const char *label, const char *v) {
  unsigned long e; printf("%s = %s", label, v ? v : "NULL");
  while ((e = ERR_get_error())) printf(" %08lX", e);
  puts("");
}
#define SAY(label, v) _Generic((v), char *: say_text, const char *: say_text, default: say_number)(label, v)
`

import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as all from '../../../lib/openssl/constants/index.ts'
import { realTranscript } from '../real.ts'

type Value = number | string

const FOLDER = new URL('../../../lib/openssl/constants/', import.meta.url)
const files = readdirSync(FOLDER).filter(name => name !== 'index.ts')
const entries = Object.entries(all) as [string, Value][]

/** This library's own name and numbers, and what OpenSSL made an enum of. */
const OWN = /^(OPENSSL_(FULL_)?VERSION|OPENSSL_RELEASE|OPENSSL_SHLIB|SSLEAY_VERSION_NUMBER)/
const ENUMS = /^(BIO_LOOKUP_|BIO_PARSE_PRIO_|BIO_SOCK_INFO_|TLS_ST_)/

const HEADERS =
  `asn1 bio bioerr buffer core_names crypto dtls1 ec err evp evperr obj_mac ocsp objects pem pemerr prov_ssl
rsa srtp ssl ssl2 ssl3 sslerr sslerr_legacy tls1 ui x509 x509err x509_vfy x509v3`.split(/\s+/)

function program(): string {
  const lines = entries
    .filter(([name]) => !OWN.test(name))
    .map(([name]) => (ENUMS.test(name) ? `P(${name});` : `#ifdef ${name}\nP(${name});\n#endif`))
  return `
#include <openssl/opensslconf.h>
#undef OPENSSL_NO_SCTP
${HEADERS.map(name => `#include <openssl/${name}.h>`).join('\n')}
#include <stdio.h>
static void number(const char *name, long long value) { printf("%s %lld\\n", name, value); }
static void text(const char *name, const char *value) { printf("%s \\"%s\\"\\n", name, value); }
#define P(x) _Generic((x), char *: text, const char *: text, default: number)(#x, x)
int main(void)
{
    puts(OpenSSL_version(OPENSSL_VERSION));
${lines.join('\n')}
    return 0;
}`
}

test('every constant has the value of the real headers', () => {
  const real = realTranscript(program())
  if (real === null) return
  const ours = new Map(entries.map(([name, value]) => [name, typeof value === 'number' ? String(value) : `"${value}"`]))
  expect(real.length).toBeGreaterThan(2500)
  expect(real.map(line => `${line.split(' ')[0]} ${ours.get(line.split(' ')[0] ?? '')}`)).toEqual(real)
})

test('no name stands in two headers, and every mask is a number that doubles hold', async () => {
  let names = 0
  for (const file of files) names += Object.keys(await import(new URL(file, FOLDER).href)).length
  expect(entries).toHaveLength(names)
  for (const [name, value] of entries)
    if (typeof value === 'number') expect({ name, safe: Number.isSafeInteger(value) }).toEqual({ name, safe: true })
})

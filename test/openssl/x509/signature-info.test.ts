import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const PROGRAM = `
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
static void info(EVP_PKEY *k, const EVP_MD *md)
{
    int a = -1, b = -1, s = -1, r;
    uint32_t f = 9;
    X509 *x = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 1000);
    if (k != NULL)
        X509_set_pubkey(x, k), X509_sign(x, k, md);
    r = X509_get_signature_info(x, &a, &b, &s, &f);
    printf("%d %d %d %d %u\\n", r, a, b, s, f);
}
int main(void)
{
    EVP_PKEY *r = EVP_RSA_gen(1024), *e = EVP_EC_gen("P-256");
    const EVP_MD *m[] = { EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512() };
    int i;
    puts(OpenSSL_version(OPENSSL_VERSION));
    for (i = 0; i < 5; i++)
        info(r, m[i]), info(e, m[i]);
    info(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
    info(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL);
    info(NULL, NULL);
    return 0;
}`

function info(k: O.EVP_PKEY | null, md: O.EVP_MD | null): string {
  const [a, b, s, f] = [{ value: -1 }, { value: -1 }, { value: -1 }, { value: 9 }]
  const x = O.X509_new()
  O.X509_gmtime_adj(O.X509_getm_notBefore(x), 0)
  O.X509_gmtime_adj(O.X509_getm_notAfter(x), 1000)
  if (k !== null) {
    O.X509_set_pubkey(x, k)
    O.X509_sign(x, k, md)
  }
  return `${O.X509_get_signature_info(x, a, b, s, f)} ${a.value} ${b.value} ${s.value} ${f.value}`
}

test('how a certificate is signed is told as the real library does', () => {
  const [r, e] = [O.EVP_RSA_gen(1024), O.EVP_EC_gen('P-256')]
  const lines = [O.EVP_sha1(), O.EVP_sha224(), O.EVP_sha256(), O.EVP_sha384(), O.EVP_sha512()].flatMap(md => [
    info(r, md),
    info(e, md),
  ])
  lines.push(info(O.EVP_PKEY_Q_keygen(null, null, 'ED25519'), null))
  lines.push(info(O.EVP_PKEY_Q_keygen(null, null, 'ED448'), null))
  lines.push(info(null, null))
  expect(lines[0]).toBe('1 64 6 63 3')
  const real = realTranscript(PROGRAM)
  if (real !== null) expect(lines).toEqual(real)
})

test('keys are read in a library context', () => {
  const key = O.EVP_EC_gen('P-256')
  if (key === null) throw new Error('no key')
  const [pub, priv]: O.Out<Uint8Array | null>[] = [{ value: null }, { value: null }]
  O.i2d_PUBKEY(key, pub)
  O.i2d_PrivateKey(key, priv)
  const again = O.d2i_PUBKEY_ex(null, { value: pub?.value ?? new Uint8Array() }, undefined, null, null)
  const bio = O.BIO_new_mem_buf(priv?.value ?? new Uint8Array())
  const whole = bio === null ? null : O.d2i_PrivateKey_ex_bio(bio, null, null, null)
  for (const one of [again, whole]) expect(one === null ? 0 : O.EVP_PKEY_eq(one, key)).toBe(1)
})

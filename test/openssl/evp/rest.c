/* Digests, ciphers, codes, parameters and files that few programs touch; rest.test.ts does the same, line by line. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static unsigned char data[100], out[300], tag[16];
static BIO *b;
static void errors(void) {
  unsigned long e;
  while ((e = ERR_get_error())) printf(" %08lX", e);
  printf("\n");
}
static void T(const char *what, long value) { printf("%s %ld", what, value); errors(); }
static void H(const unsigned char *p, int n) { for (int i = 0; i < n; i++) printf("%02x", p[i]); printf("\n"); }
static void wrote(void) { char *p; long n = BIO_get_mem_data(b, &p); printf("%.*s", (int)n, p); BIO_reset(b); }

static void digests(void) {
  const EVP_MD *all[] = { EVP_md_null(), EVP_shake128(), EVP_shake256() };
  for (int i = 0; i < 3; i++) {
    unsigned n = 99;
    T("type", EVP_MD_type(all[i])); T("size", EVP_MD_size(all[i])); T("block", EVP_MD_block_size(all[i]));
    T("digest", EVP_Digest("abc", 3, out, &n, all[i], NULL)); T("n", n); H(out, n);
  }
  T("name", EVP_get_digestbyname("shake128") == all[1]);
}

static void cipher(const EVP_CIPHER *c, int aead, int length) {
  EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
  int n = -7, m = -7;
  printf("== %d %d %d %d %x\n", EVP_CIPHER_nid(c), EVP_CIPHER_block_size(c), EVP_CIPHER_iv_length(c), EVP_CIPHER_key_length(c), (int)EVP_CIPHER_mode(c));
  T("init", EVP_EncryptInit_ex(x, c, NULL, NULL, NULL));
  if (aead) {
    T("iv 0", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, 0, NULL));
    T("iv 12", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
    T("tag 17", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, 17, NULL));
    T("tag 8", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, 8, NULL));
    T("odd", EVP_CIPHER_CTX_ctrl(x, 999, 0, NULL));
  }
  T("key", EVP_EncryptInit_ex(x, NULL, NULL, data, aead ? data + 50 : NULL));
  if (aead == 2) { T("length", EVP_EncryptUpdate(x, NULL, &n, NULL, length)); T("n", n); }
  if (aead) T("more", EVP_EncryptUpdate(x, NULL, &n, data, 10));
  n = -7; T("update", EVP_EncryptUpdate(x, out, &n, data, length)); T("n", n);
  T("final", EVP_EncryptFinal_ex(x, out + n, &m)); T("m", m); H(out, n + m);
  if (aead) {
    T("tag 16", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, 16, tag));
    T("tag", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, 8, tag)); H(tag, 8);
  }
  for (int bad = 0, whole = n + m; bad < 2; bad++) {
    unsigned char back[200], in[200];
    memcpy(in, out, whole); in[1] ^= bad;
    T("decrypt", EVP_DecryptInit_ex(x, c, NULL, NULL, NULL));
    if (aead) {
      EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL); EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, 8, NULL);
      T("tag", EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, 8, tag));
    }
    T("key", EVP_DecryptInit_ex(x, NULL, NULL, data, aead ? data + 50 : NULL));
    if (aead == 2) T("length", EVP_DecryptUpdate(x, NULL, &n, NULL, whole));
    if (aead) T("more", EVP_DecryptUpdate(x, NULL, &n, data, 10));
    n = -7; T("update", EVP_DecryptUpdate(x, back, &n, in, whole)); T("n", n);
    if (bad && !aead) break;
    m = -7; T("final", EVP_DecryptFinal_ex(x, back + n, &m));
    if (!bad) { T("m", m); H(back, n + m); }
  }
  EVP_CIPHER_CTX_free(x);
}
static void ciphers(void) {
  EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
  int n = 0;
  cipher(EVP_aes_128_ccm(), 2, 24); cipher(EVP_aes_192_ccm(), 2, 1); cipher(EVP_aes_256_ccm(), 2, 50);
  cipher(EVP_aes_128_ocb(), 1, 24); cipher(EVP_aes_192_ocb(), 1, 16); cipher(EVP_aes_256_ocb(), 1, 50);
  cipher(EVP_aes_128_wrap(), 0, 24); cipher(EVP_aes_192_wrap(), 0, 16); cipher(EVP_aes_256_wrap(), 0, 32);
  cipher(EVP_aes_128_wrap_pad(), 0, 21); cipher(EVP_aes_192_wrap_pad(), 0, 16); cipher(EVP_aes_256_wrap_pad(), 0, 7);
  EVP_EncryptInit_ex(x, EVP_aes_128_wrap(), NULL, data, NULL);
  T("half a block", EVP_EncryptUpdate(x, out, &n, data, 20)); T("n", n);
  printf("== %d %d %d %d\n", EVP_CIPHER_nid(EVP_rc4()), EVP_CIPHER_block_size(EVP_rc4()), EVP_CIPHER_iv_length(EVP_rc4()), EVP_CIPHER_key_length(EVP_rc4()));
  T("rc4", EVP_EncryptInit_ex(x, EVP_rc4(), NULL, data, NULL));
}

static void codes(void) {
  EVP_PKEY *h = EVP_PKEY_new_mac_key(EVP_PKEY_HMAC, NULL, data, 20), *same = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, data, 20);
  EVP_MD_CTX *m = EVP_MD_CTX_new(); EVP_PKEY_CTX *p; size_t n;
  T("id", EVP_PKEY_id(h)); T("bits", EVP_PKEY_bits(h)); T("size", EVP_PKEY_size(h)); T("strength", EVP_PKEY_security_bits(h));
  puts(EVP_PKEY_get0_type_name(h));
  T("bytes", EVP_PKEY_get0_hmac(h, &n) != NULL); T("equal", EVP_PKEY_eq(h, same)); T("is", EVP_PKEY_is_a(h, "hmac"));
  int nothing = EVP_PKEY_new_mac_key(EVP_PKEY_HMAC, NULL, data, 0) != NULL; ERR_clear_error(); T("nothing", nothing);
  T("init", EVP_DigestSignInit(m, &p, EVP_sha256(), NULL, h)); T("update", EVP_DigestSignUpdate(m, data, 30));
  n = 0; T("length", EVP_DigestSignFinal(m, NULL, &n)); T("n", n);
  n = 10; T("short", EVP_DigestSignFinal(m, out, &n));
  n = 100; T("final", EVP_DigestSignFinal(m, out, &n)); T("n", n); H(out, n);
  EVP_MD_CTX_free(m); m = EVP_MD_CTX_new();
  T("init", EVP_DigestSignInit(m, NULL, EVP_sha1(), NULL, same)); n = 100; T("once", EVP_DigestSign(m, out, &n, data, 7)); H(out, n);
  EVP_MD_CTX_free(m); m = EVP_MD_CTX_new();
  T("no digest", EVP_DigestSignInit(m, NULL, NULL, NULL, h));
  T("check", EVP_DigestVerifyInit(m, NULL, EVP_sha256(), NULL, h));
}

static void parameters(void) {
  DH *dh = DH_new(); BIGNUM *p = BN_new(), *g = BN_new(); const BIGNUM *pub = p, *priv = p;
  EVP_PKEY *k = EVP_PKEY_new(), *ec = EVP_EC_gen("P-256"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *none = EVP_PKEY_new();
  EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  BN_set_word(p, 23); BN_set_word(g, 5); DH_set0_pqg(dh, p, NULL, g);
  DH_get0_key(dh, &pub, &priv); T("keys", (pub != NULL) * 10 + (priv != NULL));
  T("write", PEM_write_bio_DHparams(b, dh)); wrote();
  EVP_PKEY_assign_DH(k, dh);
  T("former", EVP_PKEY_get0(k) == dh); T("former", EVP_PKEY_get0(ec) != NULL); T("former", EVP_PKEY_get0(none) != NULL); T("former", EVP_PKEY_get0(NULL) != NULL);
  T("write", PEM_write_bio_Parameters(b, k)); wrote();
  T("write", PEM_write_bio_Parameters(b, ec)); wrote();
  T("write", PEM_write_bio_Parameters(b, ed)); wrote();
  T("write", PEM_write_bio_Parameters(b, none)); wrote();
  T("dsa", EVP_PKEY_get0_DSA(ec) != NULL); T("dsa", EVP_PKEY_get1_DSA(ec) != NULL); T("dsa", EVP_PKEY_set1_DSA(none, NULL)); T("dsa", EVP_PKEY_assign_DSA(none, NULL));
  T("poly1305", EVP_PKEY_assign_POLY1305(none, NULL)); T("siphash", EVP_PKEY_assign_SIPHASH(none, NULL));
  T("engine", EVP_PKEY_get0_engine(ec) != NULL); T("engine", EVP_PKEY_set1_engine(ec, NULL));
  EC_GROUP_set_point_conversion_form(group, POINT_CONVERSION_UNCOMPRESSED); EC_GROUP_free(group);
}

static void blocks(void) {
  int lengths[] = { 0, 1, 3, 47, 48, 49, 70, 96 };
  for (int i = 0; i < 8; i++) { T("block", PEM_write_bio(b, "THING", "", data, lengths[i])); wrote(); }
  T("header", PEM_write_bio(b, "THING", "A: b\nC: d\n", data, 3)); wrote();
  T("missing", RAND_load_file(DIR "nothing", 10)); T("some", RAND_load_file(DIR "p256.pem", 10)); T("none", RAND_load_file(DIR "p256.pem", 0));
  T("all", RAND_load_file(DIR "p256.pem", -1)); T("most", RAND_load_file(DIR "p256.pem", 100000)); T("directory", RAND_load_file(DIR, 5));
}

static void elements(void) {
  static const unsigned char all[][8] = {{0x30,3,1,2,3},{0x30,5,1,2,3},{0x02,1,5},{0x30,0x80,0,0},{0x1f,0x81,0x01,2,1,2},{0xa1,0x81,3,1,2,3},{0x04,0},{0x04},
    {0x30,0x84,1,1,1,1},{0x5f,0x21,1,7},{0x04,0x82,0,1,9},{0x24,0x80,4,0,0,0},{0x04,0x80},{0x1f,0x81},{0x04,0x82,1},{0x04,0x85,0,0,0,0,1,9},{0x30,0x84,0x80,0,0,0},{0xc1,1,1}};
  static const long lengths[] = {5,5,3,4,6,6,2,1,6,4,5,6,2,2,3,8,6,3};
  for (int i = 0; i < 18; i++) {
    const unsigned char *p = all[i]; long n = -7; int number = -7, class = -7, ret = ASN1_get_object(&p, &n, &number, &class, lengths[i]);
    printf("%d at %d %ld %d %d", ret, (int)(p - all[i]), n, number, class); errors();
  }
}

static void certificates(void) {
  X509 *x = X509_new(); EVP_PKEY *ec = EVP_EC_gen("P-256"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *rsa = EVP_RSA_gen(1024);
  EVP_MD *used = NULL; int fallback = -1; EVP_MD_CTX *m = EVP_MD_CTX_new();
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"a", -1, -1, 0);
  X509_gmtime_adj(X509_getm_notBefore(x), 0); X509_gmtime_adj(X509_getm_notAfter(x), 100); X509_set_pubkey(x, ec);
  T("unsigned", X509_digest_sig(x, &used, &fallback) != NULL);
  X509_sign(x, ec, EVP_sha384()); T("digest", ASN1_STRING_length(X509_digest_sig(x, &used, &fallback))); T("used", EVP_MD_type(used)); T("fallback", fallback);
  X509_set_pubkey(x, ed); X509_sign(x, ed, NULL); T("digest", ASN1_STRING_length(X509_digest_sig(x, &used, &fallback))); T("used", EVP_MD_type(used)); T("fallback", fallback);
  EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, ec); T("sign", X509_sign_ctx(x, m) > 60); T("nid", X509_get_signature_nid(x)); T("verify", X509_verify(x, ec));
  EVP_MD_CTX_free(m); m = EVP_MD_CTX_new();
  EVP_DigestSignInit(m, NULL, EVP_sha384(), NULL, rsa); T("sign", X509_sign_ctx(x, m)); T("nid", X509_get_signature_nid(x)); T("verify", X509_verify(x, rsa));
}

int main(void) {
  puts(OpenSSL_version(OPENSSL_VERSION));
  for (int i = 0; i < 100; i++) data[i] = i;
  b = BIO_new(BIO_s_mem());
  digests(); ciphers(); codes(); parameters(); blocks(); elements(); certificates();
  return 0;
}

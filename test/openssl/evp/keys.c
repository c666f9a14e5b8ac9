/* Keys: made, taken apart, agreeing, signing. Compared line by line with keys.test.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/bn.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

static void T(const char *what, long result)
{
    unsigned long e;
    printf("%s %ld\n", what, result);
    while ((e = ERR_get_error()) != 0)
        printf(" error %08lx %s\n", e, ERR_reason_error_string(e));
}

static void making(void)
{
    EVP_PKEY_CTX *c;
    EVP_PKEY *k = NULL;
    T("id", EVP_PKEY_CTX_new_id(12345, NULL) != NULL);
    T("name", EVP_PKEY_CTX_new_from_name(NULL, "nonsense", NULL) != NULL);
    c = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    T("early", EVP_PKEY_keygen(c, &k));
    T("early bits", EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024));
    T("init", EVP_PKEY_keygen_init(c));
    T("few bits", EVP_PKEY_CTX_set_rsa_keygen_bits(c, 100));
    T("curve of rsa", EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, 415));
    T("bits", EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024));
    T("keygen", EVP_PKEY_keygen(c, &k));
    T("bits", EVP_PKEY_get_bits(k));
    EVP_PKEY_CTX_free(c);
    c = EVP_PKEY_CTX_new_from_name(NULL, "ec", NULL);
    T("init", EVP_PKEY_keygen_init(c));
    T("unknown curve", EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, 99999));
    T("bits of ec", EVP_PKEY_CTX_set_rsa_keygen_bits(c, 1024));
    T("curve", EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c, 715));
    T("encoding", EVP_PKEY_CTX_set_ec_param_enc(c, OPENSSL_EC_NAMED_CURVE));
    k = NULL;
    T("keygen", EVP_PKEY_keygen(c, &k));
    T("bits", EVP_PKEY_get_bits(k));
    EVP_PKEY_CTX_free(c);
    c = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    T("init", EVP_PKEY_keygen_init(c));
    T("group", EVP_PKEY_CTX_set_group_name(c, "P-256"));
    k = NULL;
    T("generate", EVP_PKEY_generate(c, &k));
    T("bits", EVP_PKEY_get_bits(k));
    EVP_PKEY_CTX_free(c);
    c = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, NULL);
    T("init", EVP_PKEY_keygen_init(c));
    k = NULL;
    T("generate", EVP_PKEY_generate(c, &k));
    T("id", EVP_PKEY_get_id(k));
    EVP_PKEY_CTX_free(c);
}

static void agreeing(EVP_PKEY *k, EVP_PKEY *k2, EVP_PKEY *k3, EVP_PKEY *r, EVP_PKEY *x)
{
    unsigned char a[100], b[100];
    size_t n = 100, m = 100;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k, NULL), *d = EVP_PKEY_CTX_new_from_pkey(NULL, k2, NULL);
    T("own", EVP_PKEY_CTX_get0_pkey(c) == k);
    T("early", EVP_PKEY_derive(c, a, &n));
    T("early peer", EVP_PKEY_derive_set_peer(c, k2));
    T("init", EVP_PKEY_derive_init(c));
    T("alone", EVP_PKEY_derive(c, a, &n));
    T("rsa", EVP_PKEY_derive_set_peer(c, r));
    T("other curve", EVP_PKEY_derive_set_peer(c, k3));
    T("peer", EVP_PKEY_derive_set_peer(c, k2));
    T("length", EVP_PKEY_derive(c, NULL, &n));
    T("length", n);
    n = 10;
    T("short", EVP_PKEY_derive(c, a, &n));
    T("length", n);
    n = 100;
    T("derive", EVP_PKEY_derive(c, a, &n));
    EVP_PKEY_derive_init(d);
    EVP_PKEY_derive_set_peer(d, k);
    T("derive", EVP_PKEY_derive(d, b, &m));
    T("same", n == m && memcmp(a, b, n) == 0);
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_CTX_free(d);
    c = EVP_PKEY_CTX_new(r, NULL);
    T("init of rsa", EVP_PKEY_derive_init(c));
    EVP_PKEY_CTX_free(c);
    c = EVP_PKEY_CTX_new(x, NULL);
    T("init", EVP_PKEY_derive_init(c));
    T("other kind", EVP_PKEY_derive_set_peer(c, k2));
    T("peer", EVP_PKEY_derive_set_peer(c, x));
    n = 100;
    T("derive", EVP_PKEY_derive(c, a, &n));
    T("length", n);
    EVP_PKEY_CTX_free(c);
}

static void parts(EVP_PKEY *k, EVP_PKEY *k3, EVP_PKEY *r, EVP_PKEY *x, EVP_PKEY *ed)
{
    unsigned char *pub = NULL;
    size_t z = 0, n = EVP_PKEY_get1_encoded_public_key(k, &pub);
    EVP_PKEY *e = EVP_PKEY_new(), *o = EVP_EC_gen("P-256");
    char u[50];
    T("encoded", n);
    T("form", pub[0]);
    T("set empty", EVP_PKEY_set1_encoded_public_key(e, pub, n));
    T("set other curve", EVP_PKEY_set1_encoded_public_key(k3, pub, n));
    T("set short", EVP_PKEY_set1_encoded_public_key(o, pub, n - 1));
    T("set", EVP_PKEY_set1_encoded_public_key(o, pub, n));
    T("same", EVP_PKEY_eq(o, k));
    T("encoded", EVP_PKEY_get1_tls_encodedpoint(x, &pub));
    T("set", EVP_PKEY_set1_tls_encodedpoint(x, pub, 32));
    T("encoded", EVP_PKEY_get1_encoded_public_key(ed, &pub));
    T("encoded", EVP_PKEY_get1_encoded_public_key(r, &pub));
    T("parameters", EVP_PKEY_cmp_parameters(k, k3));
    T("parameters", EVP_PKEY_parameters_eq(k, o));
    T("parameters", EVP_PKEY_cmp_parameters(k, r));
    T("parameters", EVP_PKEY_cmp_parameters(r, r));
    puts(EVP_PKEY_get0_description(k));
    puts(EVP_PKEY_get0_description(r));
    puts(EVP_PKEY_get0_description(x));
    T("description", EVP_PKEY_get0_description(e) != NULL);
    T("size", EVP_PKEY_get_size_t_param(k, "bits", &z));
    T("size", z);
    T("size", EVP_PKEY_get_size_t_param(r, "max-size", &z));
    T("size", z);
    T("size", EVP_PKEY_get_size_t_param(r, "security-bits", &z));
    T("size", z);
    T("size", EVP_PKEY_get_size_t_param(r, "nonsense", &z));
    T("text", EVP_PKEY_get_utf8_string_param(k, OSSL_PKEY_PARAM_GROUP_NAME, u, 50, &z));
    puts(u);
    T("length", z);
    T("text", EVP_PKEY_get_utf8_string_param(r, "group", u, 50, &z));
    T("text", EVP_PKEY_get_utf8_string_param(k, "default-digest", u, 50, &z));
    puts(u);
    T("text", EVP_PKEY_get_utf8_string_param(k, "point-format", u, 50, &z));
    puts(u);
    T("text", EVP_PKEY_get_utf8_string_param(k, "encoding", u, 50, &z));
    puts(u);
    T("rsa", EVP_PKEY_get0_RSA(k) != NULL);
    T("rsa", EVP_PKEY_get1_RSA(r) != NULL);
    T("ec", EVP_PKEY_get1_EC_KEY(k) != NULL);
    T("ec", EVP_PKEY_get0_EC_KEY(r) != NULL);
    T("hmac", EVP_PKEY_get0_hmac(r, &z) != NULL);
    T("poly1305", EVP_PKEY_get0_poly1305(r, &z) != NULL);
    T("siphash", EVP_PKEY_get0_siphash(r, &z) != NULL);
    T("assign", EVP_PKEY_assign(e, 99, pub));
    T("assign", EVP_PKEY_assign(e, EVP_PKEY_RSA, NULL));
    T("assign", EVP_PKEY_assign(e, EVP_PKEY_EC, EVP_PKEY_get1_EC_KEY(k)));
    T("same", EVP_PKEY_eq(e, k));
}

static void curves(void)
{
    EC_builtin_curve all[100];
    size_t i, n = EC_get_builtin_curves(all, 100);
    EC_KEY *key = EC_KEY_new();
    EC_GROUP *group = EC_GROUP_new_by_curve_name(415);
    T("number", EC_get_builtin_curves(NULL, 0));
    for (i = 0; i < n; i++)
        printf("%d %s %d\n", all[i].nid, all[i].comment, all[i].comment[0]);
    T("unknown", EC_GROUP_new_by_curve_name(6) != NULL);
    T("without", EC_KEY_generate_key(key));
    EC_GROUP_set_asn1_flag(group, OPENSSL_EC_NAMED_CURVE);
    T("group", EC_KEY_set_group(key, group));
    EC_GROUP_free(group);
    T("key", EC_KEY_generate_key(key));
    EC_KEY_free(key);
}

static void data(EVP_PKEY *k)
{
    OSSL_PARAM none[] = { OSSL_PARAM_END }, *p;
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    unsigned char *pub = NULL, one = 5, little[] = { 3, 0 };
    size_t n = EVP_PKEY_get1_encoded_public_key(k, &pub);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *made = NULL;
    BIGNUM *bn = BN_new(), *e = BN_new();
    OSSL_PARAM_BLD_push_utf8_string(b, "group", "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(b, "pub", pub, n);
    p = OSSL_PARAM_BLD_to_param(b);
    T("early", EVP_PKEY_fromdata(c, &made, EVP_PKEY_PUBLIC_KEY, p));
    T("init", EVP_PKEY_fromdata_init(c));
    T("public", EVP_PKEY_fromdata(c, &made, EVP_PKEY_PUBLIC_KEY, p));
    T("same", EVP_PKEY_eq(made, k));
    OSSL_PARAM_free(p);
    made = NULL;
    T("nothing", EVP_PKEY_fromdata(c, &made, EVP_PKEY_PUBLIC_KEY, none));
    OSSL_PARAM_BLD_push_utf8_string(b, "group", "P-256", 0);
    BN_set_word(bn, 1);
    OSSL_PARAM_BLD_push_BN(b, "priv", bn);
    /* The generator of P-256, compressed, which goes with the private key 1. */
    OSSL_PARAM_BLD_push_octet_string(b, "pub", "\x03\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96", 33);
    p = OSSL_PARAM_BLD_to_param(b);
    T("pair", EVP_PKEY_fromdata(c, &made, EVP_PKEY_KEYPAIR, p));
    T("bits", EVP_PKEY_get_bits(made));
    OSSL_PARAM_free(p);
    EVP_PKEY_CTX_free(c);
    c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY_fromdata_init(c);
    made = NULL;
    T("nothing", EVP_PKEY_fromdata(c, &made, EVP_PKEY_PUBLIC_KEY, none));
    BN_set_word(bn, 0);
    BN_set_bit(bn, 1023);
    BN_add_word(bn, 12345);
    OSSL_PARAM_BLD_push_BN(b, "n", bn);
    BN_set_word(e, 65537);
    OSSL_PARAM_BLD_push_BN(b, "e", e);
    p = OSSL_PARAM_BLD_to_param(b);
    T("rsa", EVP_PKEY_fromdata(c, &made, EVP_PKEY_PUBLIC_KEY, p));
    T("bits", EVP_PKEY_get_bits(made));
    OSSL_PARAM_free(p);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(c);
}

static void sign_and_verify(const char *what, EVP_PKEY *k, const EVP_MD *md, int pss)
{
    unsigned char s[200];
    size_t n = 0;
    EVP_PKEY_CTX *c = NULL;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    int begun = EVP_DigestSignInit(m, &c, md, NULL, k);
    T(what, begun);
    if (!begun)
        return;
    if (pss) {
        T("padding", EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING));
        T("salt", EVP_PKEY_CTX_set_rsa_pss_saltlen(c, 20));
    }
    T("length", EVP_DigestSign(m, NULL, &n, (unsigned char *)"ab", 2));
    T("length", n);
    n = 200;
    T("sign", EVP_DigestSign(m, s, &n, (unsigned char *)"ab", 2));
    EVP_MD_CTX_free(m);
    m = EVP_MD_CTX_new();
    T("init", EVP_DigestVerifyInit(m, &c, md, NULL, k));
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(c, 20);
    }
    T("verify", EVP_DigestVerify(m, s, n, (unsigned char *)"ab", 2));
    EVP_MD_CTX_free(m);
    if (pss)
        return;
    m = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(m, NULL, md, NULL, k);
    T("other", EVP_DigestVerify(m, s, n, (unsigned char *)"ac", 2));
    EVP_MD_CTX_free(m);
}

static void pieces(EVP_PKEY *r)
{
    unsigned char s[200];
    size_t n = 10;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    EVP_DigestSignInit(m, NULL, EVP_sha384(), NULL, r);
    T("update", EVP_DigestSignUpdate(m, "a", 1));
    T("update", EVP_DigestSignUpdate(m, "bc", 1));
    T("short", EVP_DigestSignFinal(m, s, &n));
    n = 200;
    T("final", EVP_DigestSignFinal(m, s, &n));
    T("again", EVP_DigestSignFinal(m, s, &n));
    EVP_MD_CTX_free(m);
    m = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(m, NULL, EVP_sha384(), NULL, r);
    T("update", EVP_DigestVerifyUpdate(m, "ab", 2));
    T("final", EVP_DigestVerifyFinal(m, s, n));
    EVP_MD_CTX_free(m);
    m = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(m, NULL, EVP_sha384(), NULL, r);
    T("cut", EVP_DigestVerify(m, s, n - 1, (unsigned char *)"ab", 2));
    EVP_MD_CTX_free(m);
}

int main(void)
{
    EVP_PKEY *k = EVP_EC_gen("P-256"), *k2 = EVP_EC_gen("P-256"), *k3 = EVP_EC_gen("P-384"), *r = EVP_RSA_gen(1024);
    EVP_PKEY *x = EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    puts(OpenSSL_version(OPENSSL_VERSION));
    making();
    agreeing(k, k2, k3, r, x);
    parts(k, k3, r, x, ed);
    curves();
    data(k);
    sign_and_verify("rsa", r, EVP_sha256(), 0);
    sign_and_verify("rsa", r, NULL, 0);
    sign_and_verify("pss", r, EVP_sha256(), 1);
    sign_and_verify("ed25519", ed, NULL, 0);
    sign_and_verify("ed25519 with a digest", ed, EVP_sha256(), 0);
    sign_and_verify("ec", k, NULL, 0);
    sign_and_verify("x25519", x, EVP_sha256(), 0);
    pieces(r);
    return 0;
}

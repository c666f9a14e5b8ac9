/* PKCS #12 files: made, opened, and not opened. Compared line by line with pkcs12.test.ts, which also opens the files. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static void errors(void)
{
    unsigned long e;
    while ((e = ERR_get_error()) != 0)
        printf(" error %08lx %s\n", e, ERR_reason_error_string(e));
}

static void named(const char *what, X509 *x)
{
    char name[99];
    int len = 0;
    unsigned char *alias = X509_alias_get0(x, &len);
    printf(" %s %s %d", what, X509_NAME_oneline(X509_get_subject_name(x), name, 99), alias == NULL ? -1 : len);
    printf(" %.*s", len, alias == NULL ? "" : (char *)alias);
    X509_keyid_get0(x, &len);
    printf(" %d\n", len);
}

static void parse(const char *what, const unsigned char *der, int len, const char *pass)
{
    const unsigned char *p = der;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, len);
    EVP_PKEY *key = NULL;
    X509 *cert = NULL;
    STACK_OF(X509) *ca = NULL;
    int i;
    printf("%s read %d\n", what, p12 != NULL);
    errors();
    if (p12 == NULL)
        return;
    i = PKCS12_parse(p12, pass, &key, &cert, &ca);
    printf(" all %d %d %d %d\n", i, key != NULL, cert != NULL, ca == NULL ? -1 : sk_X509_num(ca));
    errors();
    if (cert != NULL)
        named("cert", cert);
    for (i = 0; ca != NULL && i < sk_X509_num(ca); i++)
        named("ca", sk_X509_value(ca, i));
    i = PKCS12_parse(p12, pass, &key, NULL, NULL);
    printf(" key %d %d\n", i, key != NULL);
    errors();
    ca = NULL;
    i = PKCS12_parse(p12, pass, NULL, &cert, &ca);
    printf(" certs %d %d %d\n", i, cert != NULL, ca == NULL ? -1 : sk_X509_num(ca));
    errors();
    i = PKCS12_verify_mac(p12, pass, -1);
    printf(" mac %d %d\n", PKCS12_mac_present(p12), i);
    errors();
}

#ifdef FILES
#include FILES
#else
/* A wrong password shows in the padding, or with one key in 256 later: these two are fixed. "secret", and "p". */
#define ENCRYPTED_KEY \
    "3081ec305706092a864886f70d01050d304a302906092a864886f70d01050c301c0408f5d15b10fd7ce2d002020800300c06" \
    "082a864886f70d02090500301d060960864801650304012a04101952c46a245dc8bb9dd94787a1130e9604819053ae97ea13" \
    "fb2e3f4f482ad0fb9314f314323c8e6d6f1fa9aca4fdb2f4fe7bd0bc68d8971273c591caf0f186c72083d7089a7e2c90f4af" \
    "650410f28e0e8858533bece06e398cf5a411799715806e233653e673a201ab94365c92856daf18b60a76512f4ffd6d9191ec" \
    "9e4001d17ae3a21f6415d831156820c058418c1f4ca972d859d0facea73660485ec80caab244a5"
#define NO_MAC \
    "3082013b0201033082013406092a864886f70d010701a0820125048201213082011d3082011906092a864886f70d010701a0" \
    "82010a04820106308201023081ff060b2a864886f70d010c0a0102a081ef3081ec305706092a864886f70d01050d304a3029" \
    "06092a864886f70d01050c301c04083bd15db0a6573d8102020800300c06082a864886f70d02090500301d06096086480165" \
    "0304012a0410b3d7229c83a864c50a60994723f05dea04819055c9889928f5bd1970659f893a2dc5aec08d343ac8837d7e5d" \
    "5837ad1311b00393d92b4e402a91242a307b9c0a8d6f3a22f4e6ee79e086d77d29453db5b57a19325937192a71c2b374bbb6" \
    "708cb98ad3f18de94333f4dab0edbd88e4936a611d0e827f8b7c790f90cff6b2f638503e87d03f3b39873b02eb3dc962891b" \
    "03625ea192877229ef35e58939f2540ff6650f"

static int unhex(const char *hex, unsigned char *out)
{
    int n;
    for (n = 0; sscanf(hex + 2 * n, "%2hhx", out + n) == 1; n++)
        ;
    return n;
}

static X509 *issued(EVP_PKEY *key, const char *cn)
{
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 1000);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key);
    X509_sign(x, key, EVP_sha256());
    return x;
}

static int made(const char *what, PKCS12 *p12, unsigned char **der)
{
    int i, len = 0;
    *der = NULL;
    printf("%s made %d\n", what, p12 != NULL);
    errors();
    if (p12 == NULL)
        return 0;
    len = i2d_PKCS12(p12, der);
    printf("file %s ", what);
    for (i = 0; i < len; i++)
        printf("%02x", (*der)[i]);
    printf("\n");
    return len;
}

/* An encrypted key, read from a stream. */
static void pkcs8(const char *pass, int len)
{
    unsigned char der[600];
    FILE *f = tmpfile();
    X509_SIG *sig;
    PKCS8_PRIV_KEY_INFO *info;
    fwrite(der, 1, unhex(ENCRYPTED_KEY, der), f);
    rewind(f);
    sig = d2i_PKCS8_fp(f, NULL);
    info = PKCS8_decrypt(sig, pass, len);
    printf("pkcs8 %d %d\n", sig != NULL, info != NULL);
    errors();
    if (info != NULL)
        printf(" %d\n", EVP_PKEY_get_bits(EVP_PKCS82PKEY(info)));
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sig);
}

int main(void)
{
    EVP_PKEY *k = EVP_EC_gen("P-256"), *k2 = EVP_EC_gen("P-256");
    X509 *x = issued(k, "me"), *a = issued(k2, "ca1"), *b = issued(k2, "ca2");
    STACK_OF(X509) *ca = sk_X509_new_null();
    unsigned char *d, fixed[600];
    int n;
    puts(OpenSSL_version(OPENSSL_VERSION));
    sk_X509_push(ca, a);
    sk_X509_push(ca, b);
    X509_alias_set1(a, (unsigned char *)"friend", -1);
    n = made("good", PKCS12_create("secret", "my name", k, x, ca, 0, 0, 0, 0, 0), &d);
    parse("good", d, n, "secret");
    parse("wrong", d, n, "other");
    parse("null", d, n, NULL);
    parse("empty", d, n, "");
    parse("short", d, n - 1, "secret");
    parse("none", d, 0, "secret");
    parse("junk", (unsigned char *)"hello world", 11, "x");
    d[n - 1] ^= 1;
    parse("iterations", d, n, "secret");
    n = made("empty", PKCS12_create("", NULL, k, x, NULL, 0, 0, 0, 0, 0), &d);
    parse("empty null", d, n, NULL);
    parse("empty empty", d, n, "");
    parse("empty x", d, n, "x");
    n = made("null", PKCS12_create(NULL, NULL, k, x, NULL, 0, 0, 0, 0, 0), &d);
    parse("null null", d, n, NULL);
    parse("null empty", d, n, "");
    n = made("no mac", PKCS12_create("p", NULL, k, x, NULL, 0, 0, 0, -1, 0), &d);
    parse("no mac", d, n, "p");
    n = unhex(NO_MAC, fixed);
    parse("no mac null", fixed, n, NULL);
    parse("no mac wrong", fixed, n, "q");
    n = made("plain", PKCS12_create("p", NULL, k, x, NULL, -1, -1, 0, 0, KEY_SIG), &d);
    parse("plain", d, n, "p");
    n = made("3des", PKCS12_create("p", NULL, k, x, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And2_Key_TripleDES_CBC, 100, 3, 0), &d);
    parse("3des", d, n, "p");
    n = made("aes", PKCS12_create("p", NULL, k, x, NULL, NID_aes_128_cbc, NID_aes_192_cbc, 1, 1, KEY_EX), &d);
    parse("aes", d, n, "p");
    n = made("des", PKCS12_create("p", NULL, k, x, NULL, NID_des_ede3_cbc, -1, 10, 0, 0), &d);
    parse("des", d, n, "p");
    made("rc2", PKCS12_create("p", NULL, k, x, NULL, 0, NID_pbe_WithSHA1And40BitRC2_CBC, 0, 0, 0), &d);
    made("rc4", PKCS12_create("p", NULL, k, x, NULL, NID_pbe_WithSHA1And128BitRC4, 0, 0, 0, 0), &d);
    made("unknown", PKCS12_create("p", NULL, k, x, NULL, 12345, 0, 0, 0, 0), &d);
    made("mismatch", PKCS12_create("p", NULL, k2, x, NULL, 0, 0, 0, 0, 0), &d);
    made("nothing", PKCS12_create("p", NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0), &d);
    n = made("certs", PKCS12_create("p", "nm", NULL, x, ca, 0, 0, 0, 0, 0), &d);
    parse("certs", d, n, "p");
    n = made("key", PKCS12_create("p", NULL, k, NULL, NULL, 0, 0, 0, 0, 0), &d);
    parse("key", d, n, "p");
    n = made("utf8", PKCS12_create("p\xc3\xa9\xf0\x9f\x98\x80", NULL, k, x, NULL, 0, 0, 0, 0, 0), &d);
    parse("utf8", d, n, "p\xc3\xa9\xf0\x9f\x98\x80");
    pkcs8("secret", 6), pkcs8("secrets", 6), pkcs8("other", -1), pkcs8("", 0);
    printf("null %d\n", PKCS12_parse(NULL, "x", &k, NULL, NULL));
    errors();
    return 0;
}
#endif

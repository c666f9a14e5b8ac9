/* Certificates made by a program, checked for hosts and verified. Compared line by line with build.test.ts. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static X509 *make(const char *cn, const char *san, X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY *key, int ca)
{
    X509 *x = X509_new();
    X509V3_CTX ctx;
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 0x1234);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    if (cn != NULL)
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
    X509_set_pubkey(x, key);
    X509V3_set_ctx(&ctx, issuer ? issuer : x, x, NULL, NULL, 0);
    X509_add_ext(x, X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints, ca ? "critical,CA:TRUE,pathlen:300" : "CA:FALSE"), -1);
    if (ca)
        X509_add_ext(x, X509V3_EXT_conf_nid(NULL, &ctx, NID_key_usage, "critical,keyCertSign,cRLSign,decipherOnly"), -1);
    else
        X509_add_ext(x, X509V3_EXT_conf_nid(NULL, &ctx, NID_ext_key_usage, "serverAuth, clientAuth,1.2.3"), -1);
    X509_add_ext(x, X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_key_identifier, "hash"), -1);
    if (san != NULL)
        X509_add_ext(x, X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, san), -1);
    printf("signed %d\n", X509_sign(x, issuer_key ? issuer_key : key, EVP_PKEY_get_id(issuer_key ? issuer_key : key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256()) > 0);
    return x;
}

static void extensions(X509 *x)
{
    int i, crit;
    for (i = 0; i < X509_get_ext_count(x); i++) {
        X509_EXTENSION *e = X509_get_ext(x, i);
        ASN1_OCTET_STRING *d = X509_EXTENSION_get_data(e);
        int j, nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
        printf("extension %d %s %d ", nid, OBJ_nid2sn(nid), X509_EXTENSION_get_critical(e));
        if (nid != NID_subject_key_identifier)
            for (j = 0; j < ASN1_STRING_length(d); j++) printf("%02x", ASN1_STRING_get0_data(d)[j]);
        printf("\n");
    }
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, &crit, NULL);
    printf("names %d crit %d\n", names ? sk_GENERAL_NAME_num(names) : -1, crit);
}

static int callback(int ok, X509_STORE_CTX *ctx)
{
    printf("%d/%d@%d ", ok, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx));
    return ok;
}

int main(void)
{
    static const char *patterns[] = { "www.example.com", "*.example.com", "w*.example.com", "*w.example.com", "w*w.example.com",
        "*.com", "*", "*.*.example.com", "xn--*.example.com", "*.xn--a.com", "-*.example.com", "*.example.com.", "*..com", "WWW.EXAMPLE.COM",
        "*.exa_mple.com", "a*a.b.c", "*a.-b.c" };
    static const char *hosts[] = { "www.example.com", "WWW.Example.Com", "example.com", "a.b.example.com", "w.example.com",
        ".example.com", ".com", "xn--www.example.com", "*.example.com", "www.example.com.", "", "wxw.example.com", "a_b.example.com", "aa.b.c" };
    static const unsigned flags[] = { 0, X509_CHECK_FLAG_NO_WILDCARDS, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
        X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS, X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
        X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT };
    static const char *ips[] = { "127.0.0.1", "127.0.0.2", "::1", "0:0:0:0:0:0:0:1", "::ffff:1.2.3.4", "1.2.3", "1.2.3.256", ":::", "1::2::3", "fe80::1", "12345::" };
    static const char *mails[] = { "joe@example.com", "Joe@example.com", "joe@EXAMPLE.com", "joe@example.org", "example.com", "" };
    EVP_PKEY *ec = EVP_EC_gen("P-256"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), *rsa = EVP_RSA_gen(2048);
    unsigned i, j, k;
    char san[100], *peer;
    X509 *x, *ca, *leaf;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    puts(OpenSSL_version(OPENSSL_VERSION));
    for (i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        snprintf(san, sizeof san, "DNS:%s", patterns[i]);
        x = make("cn.example.com", san, NULL, NULL, ec, 0);
        X509 *named = make(patterns[i], NULL, NULL, NULL, ec, 0);
        for (k = 0; k < sizeof flags / sizeof *flags; k++) {
            printf("%s %x:", patterns[i], flags[k]);
            for (j = 0; j < sizeof hosts / sizeof *hosts; j++) {
                peer = NULL;
                printf(" %d", X509_check_host(x, hosts[j], strlen(hosts[j]), flags[k], &peer));
                printf("%d%s", X509_check_host(named, hosts[j], strlen(hosts[j]), flags[k], NULL), peer ? peer : "");
            }
            printf("\n");
        }
        printf("cn %d\n", X509_check_host(x, "cn.example.com", 0, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, NULL));
    }
    x = make("n", "IP:127.0.0.1,IP:::1,IP:::ffff:1.2.3.4,email:joe@example.com,URI:http://a/b", NULL, NULL, ec, 0);
    extensions(x);
    for (i = 0; i < sizeof ips / sizeof *ips; i++) printf("ip %d\n", X509_check_ip_asc(x, ips[i], 0));
    for (i = 0; i < sizeof mails / sizeof *mails; i++) printf("mail %d\n", X509_check_email(x, mails[i], strlen(mails[i]), 0));
    ca = make("ca", NULL, NULL, NULL, ed, 1);
    leaf = make("leaf", "DNS:leaf", ca, ed, rsa, 0);
    extensions(ca);
    extensions(leaf);
    printf("issued %d %d %d\n", X509_check_issued(ca, leaf), X509_check_issued(leaf, leaf), X509_check_issued(ca, ca));
    printf("ca %d %d purpose %d %d %d %d\n", X509_check_ca(ca), X509_check_ca(leaf), X509_check_purpose(leaf, 1, 0), X509_check_purpose(leaf, 4, 0), X509_check_purpose(ca, 2, 1), X509_check_purpose(ca, 99, 0));
    printf("usage %x %x pathlen %ld %ld self %d %d\n", X509_get_key_usage(ca), X509_get_key_usage(leaf), X509_get_pathlen(ca), X509_get_pathlen(leaf), X509_self_signed(ca, 1), X509_self_signed(leaf, 1));
    ERR_clear_error();
    printf("verify %d %d %d", X509_verify(leaf, ed), X509_verify(leaf, rsa), X509_verify(ca, ed));
    printf(" %lX\n", ERR_get_error());
    printf("nid %d %d version %ld serial %ld\n", X509_get_signature_nid(leaf), X509_get_signature_nid(x), X509_get_version(leaf), ASN1_INTEGER_get(X509_get_serialNumber(leaf)));
    ERR_clear_error();
    k = X509_check_private_key(leaf, ed);
    printf("key %d %d %lX", X509_check_private_key(leaf, rsa), k, ERR_get_error());
    printf(" %lX\n", ERR_get_error());
    printf("%d %d %d %d %d %d\n", EVP_PKEY_get_id(ec), EVP_PKEY_get_bits(ec), EVP_PKEY_get_security_bits(ec), EVP_PKEY_get_bits(rsa), EVP_PKEY_get_security_bits(rsa), EVP_PKEY_get_size(rsa));
    printf("%d %d %d %d %s\n", EVP_PKEY_get_id(ed), EVP_PKEY_get_bits(ed), EVP_PKEY_get_size(ed), EVP_PKEY_get_size(ec), EVP_PKEY_get0_type_name(ed));
    printf("eq %d %d %d\n", EVP_PKEY_eq(ec, X509_get0_pubkey(x)), EVP_PKEY_eq(ec, rsa), EVP_PKEY_eq(rsa, EVP_RSA_gen(2048)));
    printf("digest %d ", X509_digest(leaf, EVP_sha256(), md, &n)); printf("%u\n", n);
    ERR_clear_error();
    printf("eq %d", EVP_PKEY_eq(ec, rsa));
    printf(" %lX\n", ERR_get_error());
    X509_STORE_add_cert(store, ca);
    X509_STORE_CTX_init(ctx, store, leaf, NULL);
    X509_STORE_CTX_set_verify_cb(ctx, callback);
    X509_STORE_CTX_set_default(ctx, "ssl_server");
    X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), "LEAF", 0);
    printf("= %d\n", X509_verify_cert(ctx));
    printf("peername %s chain %d cert %d issuer %d\n", X509_VERIFY_PARAM_get0_peername(X509_STORE_CTX_get0_param(ctx)), sk_X509_num(X509_STORE_CTX_get0_chain(ctx)), X509_STORE_CTX_get_current_cert(ctx) == leaf, X509_STORE_CTX_get0_current_issuer(ctx) == ca);
    k = X509_verify_cert(ctx);
    printf("again %d %d %lX\n", k, X509_STORE_CTX_get_error(ctx), ERR_get_error());
    X509_STORE_CTX_cleanup(ctx);
    X509_STORE_CTX_init(ctx, store, x, NULL);
    X509_STORE_CTX_set_verify_cb(ctx, callback);
    k = X509_verify_cert(ctx);
    printf("= %d %d %s\n", k, X509_STORE_CTX_get_error(ctx), X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    X509_STORE_CTX_cleanup(ctx);
    X509_STORE_CTX_init(ctx, store, NULL, NULL);
    k = X509_verify_cert(ctx);
    printf("none %d %d %lX\n", k, X509_STORE_CTX_get_error(ctx), ERR_get_error());
    X509 *empty = X509_new();
    printf("empty %d ", X509_sign(empty, ec, EVP_sha256())); printf("%lX ", ERR_get_error()); printf("%lX\n", ERR_get_error());
    printf("i2d %d ", i2d_X509(empty, NULL)); printf("%lX\n", ERR_get_error());
    HMAC(EVP_sha1(), "key", 3, (const unsigned char *)"data", 4, md, &n);
    for (i = 0; i < n; i++) printf("%02x", md[i]);
    printf(" %d %d %s\n", EVP_MD_get_size(EVP_sha384()), EVP_MD_get_block_size(EVP_sha512()), EVP_MD_get0_name(EVP_sha256()));
    return 0;
}

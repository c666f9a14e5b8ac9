/* Requests for certificates: reads those that request.test.ts has made in REQUEST_DIRECTORY, and makes some for it. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static const char *path(const char *who, const char *kind)
{
    static char text[4096];
    snprintf(text, sizeof(text), "%s/%s-%s.pem", getenv("REQUEST_DIRECTORY"), who, kind);
    return text;
}

static void show(const char *file)
{
    BIO *b = BIO_new_file(file, "r");
    X509_REQ *req = PEM_read_bio_X509_REQ(b, NULL, NULL, NULL);
    STACK_OF(X509_EXTENSION) *sk;
    EVP_PKEY *key;
    unsigned char *der = NULL;
    int n;
    BIO_free(b);
    if (req == NULL) { printf("not read\n"); return; }
    key = X509_REQ_get0_pubkey(req);
    n = i2d_X509_REQ(req, &der);
    sk = X509_REQ_get_extensions(req);
    printf("version %ld subject %s signed %d key %d verify %d extensions %d bytes %d ", X509_REQ_get_version(req), X509_NAME_oneline(X509_REQ_get_subject_name(req), NULL, 0),
        X509_REQ_get_signature_nid(req), EVP_PKEY_get_id(key), X509_REQ_verify(req, key), sk ? sk_X509_EXTENSION_num(sk) : -1, n);
    for (int i = 0; i < n; i++) printf("%02x", der[i]);
    printf("\n");
    for (int i = 0; sk && i < sk_X509_EXTENSION_num(sk); i++) {
        X509_EXTENSION *e = sk_X509_EXTENSION_value(sk, i);
        printf("extension %d %d %d\n", OBJ_obj2nid(X509_EXTENSION_get_object(e)), X509_EXTENSION_get_critical(e), ASN1_STRING_length(X509_EXTENSION_get_data(e)));
    }
    ERR_clear_error();
}

static void make(const char *kind, EVP_PKEY *key, const EVP_MD *md, int asks)
{
    X509_REQ *req = X509_REQ_new();
    BIO *b = BIO_new_file(path("theirs", kind), "w");
    X509_REQ_set_version(req, X509_REQ_VERSION_1);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_ASC, (const unsigned char *)kind, -1, -1, 0);
    X509_REQ_set_pubkey(req, key);
    if (asks) {
        STACK_OF(X509_EXTENSION) *sk = sk_X509_EXTENSION_new_null();
        sk_X509_EXTENSION_push(sk, X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost"));
        sk_X509_EXTENSION_push(sk, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:FALSE"));
        X509_REQ_add_extensions(req, sk);
    }
    X509_REQ_sign(req, key, md);
    PEM_write_bio_X509_REQ(b, req);
    BIO_free(b);
}

int main(void)
{
    static const char *kinds[] = { "ec", "rsa", "ed25519", "bare" };
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    make("ec", EVP_EC_gen("P-256"), EVP_sha256(), 1);
    make("rsa", EVP_RSA_gen(2048), EVP_sha384(), 1);
    make("ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, 1);
    make("bare", EVP_EC_gen("P-384"), EVP_sha256(), 0);
    for (int i = 0; i < 4; i++) { printf("ours %s: ", kinds[i]); show(path("ours", kinds[i])); }
    for (int i = 0; i < 4; i++) { printf("theirs %s: ", kinds[i]); show(path("theirs", kinds[i])); }
    return 0;
}

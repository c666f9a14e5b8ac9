/* What reading certificates, lists and keys answers and queues. DIR is defined by files.test.ts, which makes the files. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static void say(const char *what, int result)
{
    unsigned long e;
    const char *data;
    int flags;
    printf("%s = %d:", what, result);
    while ((e = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0)
        printf(" %lX(%s)", e, flags & ERR_TXT_STRING ? data : "");
    printf("\n");
}

static int give(char *buf, int size, int rwflag, void *u)
{
    int length = (int)strlen(u);
    printf("asked %d %d\n", size, rwflag);
    memcpy(buf, u, length);
    return length;
}

static int refuse(char *buf, int size, int rwflag, void *u) { return -1; }

int main(void)
{
    static const char *files[] = { "cert", "chain", "der", "junk", "empty", "cut", "base64", "endline", "notder", "secondbad",
        "old", "pkcs8", "encrypted", "legacy", "badcipher", "badkey", "crl", "mixed", "keyder" };
    unsigned int i;
    puts(OpenSSL_version(OPENSSL_VERSION));
    for (i = 0; i < sizeof files / sizeof *files; i++) {
        char path[500];
        BIO *b;
        STACK_OF(X509_INFO) *info;
        X509_STORE *store = X509_STORE_new();
        snprintf(path, sizeof path, "%s/%s", DIR, files[i]);
        printf("--- %s\n", files[i]);
        b = BIO_new_file(path, "r");
        say("PEM X509", PEM_read_bio_X509(b, NULL, NULL, NULL) != NULL);
        say("PEM X509 next", PEM_read_bio_X509(b, NULL, NULL, NULL) != NULL);
        BIO_reset(b);
        say("PEM X509_AUX", PEM_read_bio_X509_AUX(b, NULL, NULL, NULL) != NULL);
        BIO_reset(b);
        say("DER X509", d2i_X509_bio(b, NULL) != NULL);
        BIO_reset(b);
        say("PEM CRL", PEM_read_bio_X509_CRL(b, NULL, NULL, NULL) != NULL);
        BIO_reset(b);
        say("key, no callback", PEM_read_bio_PrivateKey(b, NULL, NULL, "secret") != NULL);
        BIO_reset(b);
        say("key, wrong", PEM_read_bio_PrivateKey(b, NULL, give, "wrong") != NULL);
        BIO_reset(b);
        say("key, right", PEM_read_bio_PrivateKey(b, NULL, give, "secret") != NULL);
        BIO_reset(b);
        say("key, empty", PEM_read_bio_PrivateKey(b, NULL, give, "") != NULL);
        BIO_reset(b);
        say("key, refused", PEM_read_bio_PrivateKey(b, NULL, refuse, NULL) != NULL);
        BIO_reset(b);
        info = PEM_X509_INFO_read_bio(b, NULL, refuse, NULL);
        say("INFO", info == NULL ? -1 : sk_X509_INFO_num(info));
        say("load_file", X509_STORE_load_file(store, path));
    }
    say("load_file missing", X509_STORE_load_file(X509_STORE_new(), DIR "/missing"));
    say("load_path missing", X509_STORE_load_path(X509_STORE_new(), DIR "/missing"));
    return 0;
}

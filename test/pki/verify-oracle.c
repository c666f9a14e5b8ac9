/*
 * Verifies chains with the installed libcrypto and prints what its callback was told, one line a call, so that the tests
 * can compare call by call. Standard input, one case a line, words separated by blanks:
 *   flags purpose depth level time host ip overrule  T file  U file...  R file...  C file...
 * "-" stands for none; the flag X509_V_FLAG_TRUSTED_FIRST is taken away instead of set; overrule 1: the callback always answers 1.
 */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int overrule;

static int callback(int ok, X509_STORE_CTX *ctx)
{
    printf("%d/%d@%d ", ok, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx));
    return overrule ? 1 : ok;
}

static X509 *load(const char *file)
{
    BIO *in = BIO_new_file(file, "rb");
    X509 *x = d2i_X509_bio(in, NULL);
    BIO_free(in);
    if (x == NULL) exit(3);
    return x;
}

int main(void)
{
    static char line[65536];
    puts(OpenSSL_version(OPENSSL_VERSION));
    while (fgets(line, sizeof line, stdin)) {
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *ctx = X509_STORE_CTX_new();
        STACK_OF(X509) *untrusted = sk_X509_new_null();
        X509 *target = NULL;
        char *fields[8], *word, kind = 0;
        int i, ret;
        fields[0] = strtok(line, " \n");
        for (i = 1; i < 8; i++) fields[i] = strtok(NULL, " \n");
        while ((word = strtok(NULL, " \n")) != NULL) {
            if (word[1] == 0) { kind = word[0]; continue; }
            if (kind == 'T') target = load(word);
            else if (kind == 'U') sk_X509_push(untrusted, load(word));
            else if (kind == 'R') X509_STORE_add_cert(store, load(word));
            else if (kind == 'C') {
                BIO *in = BIO_new_file(word, "rb");
                X509_STORE_add_crl(store, d2i_X509_CRL_bio(in, NULL));
            }
        }
        X509_STORE_CTX_init(ctx, store, target, untrusted);
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        unsigned long flags = strtoul(fields[0], NULL, 0);
        X509_VERIFY_PARAM_clear_flags(param, flags & X509_V_FLAG_TRUSTED_FIRST);
        X509_VERIFY_PARAM_set_flags(param, flags & ~(unsigned long)X509_V_FLAG_TRUSTED_FIRST);
        if (atoi(fields[1])) X509_VERIFY_PARAM_set_purpose(param, atoi(fields[1]));
        X509_VERIFY_PARAM_set_depth(param, atoi(fields[2]));
        X509_VERIFY_PARAM_set_auth_level(param, atoi(fields[3]));
        X509_VERIFY_PARAM_set_time(param, atol(fields[4]));
        if (strcmp(fields[5], "-")) X509_VERIFY_PARAM_set1_host(param, fields[5], 0);
        if (strcmp(fields[6], "-")) X509_VERIFY_PARAM_set1_ip_asc(param, fields[6]);
        overrule = atoi(fields[7]);
        X509_STORE_CTX_set_verify_cb(ctx, callback);
        ret = X509_verify_cert(ctx);
        printf("=%d/%d\n", ret, X509_STORE_CTX_get_error(ctx));
        X509_STORE_CTX_free(ctx);
        X509_STORE_free(store);
    }
    return 0;
}

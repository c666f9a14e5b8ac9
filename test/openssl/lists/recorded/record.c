/*
 * Records what libssl says, for the tests beside this file. With OpenSSL 3.0:
 *   cc record.c -o record -lssl -lcrypto
 *   ./record suites > suites.tsv
 *   cut -f1 cipher-lists.tsv | ./record lists > new.tsv && mv new.tsv cipher-lists.tsv
 * SRP suites are left out: they are not provided.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

typedef int (*security_cb)(const SSL *, const SSL_CTX *, int, int, int, void *, void *);

static int provided(const SSL_CIPHER *c)
{
    return SSL_CIPHER_get_kx_nid(c) != NID_kx_srp && SSL_CIPHER_get_auth_nid(c) != NID_auth_srp;
}

static int in_list(const SSL_CIPHER *c, const char *text)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    int found = SSL_CTX_set_cipher_list(ctx, text) && sk_SSL_CIPHER_find(SSL_CTX_get_ciphers(ctx), (SSL_CIPHER *)c) >= 0;
    SSL_CTX_free(ctx);
    return found;
}

/* id, names, bits, algorithm bits, version, four NIDs, handshake digest, highest level that permits it, classes, text */
static void suites(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;
    STACK_OF(SSL_CIPHER) *all;
    security_cb permits;

    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
                                  "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256");
    SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL");
    ssl = SSL_new(ctx);
    all = SSL_get_ciphers(ssl);
    permits = SSL_CTX_get_security_callback(ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
        int algorithm_bits, bits = SSL_CIPHER_get_bits(c, &algorithm_bits), level = 5;
        char text[128];

        if (!provided(c))
            continue;
        for (; level >= 0; level--) {
            SSL_set_security_level(ssl, level);
            if (permits(ssl, NULL, SSL_SECOP_CIPHER_SUPPORTED, bits, 0, (void *)c, NULL))
                break;
        }
        SSL_CIPHER_description(c, text, sizeof(text));
        text[strcspn(text, "\n")] = 0;
        printf("%04x\t%s\t%s\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t%s\t%d\t%s%s%s\t%s\n", SSL_CIPHER_get_protocol_id(c),
            SSL_CIPHER_standard_name(c), SSL_CIPHER_get_name(c), bits, algorithm_bits, SSL_CIPHER_get_version(c),
            SSL_CIPHER_get_kx_nid(c), SSL_CIPHER_get_auth_nid(c), SSL_CIPHER_get_cipher_nid(c),
            SSL_CIPHER_get_digest_nid(c), EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(c)), level,
            in_list(c, "HIGH") ? "H" : "", in_list(c, "FIPS") ? "F" : "", in_list(c, "COMPLEMENTOFDEFAULT") ? "N" : "",
            text);
    }
}

/* text, result, security level, invalid commands, numbers of the TLS 1.2 suites (none after a failure) */
static void lists(void)
{
    char line[4096];

    while (fgets(line, sizeof(line), stdin)) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_method());
        STACK_OF(SSL_CIPHER) *list;
        const char *separator = "";
        unsigned long code;
        int result, invalid = 0;

        line[strcspn(line, "\n")] = 0;
        result = SSL_CTX_set_cipher_list(ctx, line);
        while ((code = ERR_get_error()) != 0)
            invalid += ERR_GET_REASON(code) == SSL_R_INVALID_COMMAND;
        printf("%s\t%d\t%d\t%d\t", line, result, SSL_CTX_get_security_level(ctx), invalid);
        list = SSL_CTX_get_ciphers(ctx);
        for (int i = 0; result && i < sk_SSL_CIPHER_num(list); i++) {
            const SSL_CIPHER *c = sk_SSL_CIPHER_value(list, i);
            if (!provided(c) || SSL_CIPHER_get_kx_nid(c) == NID_kx_any)
                continue;
            printf("%s%04x", separator, SSL_CIPHER_get_protocol_id(c));
            separator = " ";
        }
        printf("\n");
        SSL_CTX_free(ctx);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "suites") == 0)
        suites();
    else if (argc == 2 && strcmp(argv[1], "lists") == 0)
        lists();
    else
        return 2;
    return 0;
}

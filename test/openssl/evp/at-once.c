/* Ciphers, digests, codes and keys of passwords. Compared line by line with at-once.test.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static void H(const char *what, const unsigned char *p, int n)
{
    printf("%s ", what);
    while (n-- > 0)
        printf("%02x", *p++);
    printf("\n");
}

static const char *NAMES[] = { "ecb", "cbc", "ctr", "cfb", "cfb1", "cfb8", "ofb", "gcm", "xts" };

int main(void)
{
    unsigned char key[64], iv[16], data[48], out[80], md[64];
    size_t n = 0;
    int i, j, a, b;
    puts(OpenSSL_version(OPENSSL_VERSION));
    for (i = 0; i < 64; i++)
        key[i] = i, data[i % 48] = i * 3, iv[i % 16] = 99 - i;
    for (i = 0; i < 9; i++)
        for (j = 128; j <= 256; j += 64) {
            char name[20];
            const EVP_CIPHER *c;
            EVP_CIPHER_CTX *ctx;
            sprintf(name, "aes-%d-%s", j, NAMES[i]);
            c = EVP_get_cipherbyname(name);
            if (c == NULL)
                continue;
            printf("%s %d %d %d %d %ld\n", name, EVP_CIPHER_nid(c), EVP_CIPHER_key_length(c), EVP_CIPHER_iv_length(c), EVP_CIPHER_block_size(c), (long)EVP_CIPHER_mode(c));
            ctx = EVP_CIPHER_CTX_new();
            EVP_EncryptInit_ex(ctx, c, NULL, key, iv);
            EVP_EncryptUpdate(ctx, out, &a, data, 48);
            EVP_EncryptFinal_ex(ctx, out + a, &b);
            H(name, out, a + b);
            EVP_CIPHER_CTX_free(ctx);
        }
    H("sha1", SHA1(data, 48, md), 20);
    H("sha224", SHA224(data, 47, md), 28);
    H("sha256", SHA256(data, 0, md), 32);
    H("sha384", SHA384(data, 1, md), 48);
    H("sha512", SHA512(data, 48, md), 64);
    printf("mac %d\n", EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, 20, data, 48, md, 64, &n) != NULL);
    H("mac", md, n);
    printf("mac none %d\n", EVP_Q_mac(NULL, "nothing", NULL, "SHA256", NULL, key, 20, data, 48, md, 64, &n) != NULL);
    printf("mac room %d\n", EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, 20, data, 48, md, 31, &n) != NULL);
    printf("pbkdf2 %d\n", PKCS5_PBKDF2_HMAC_SHA1("password", -1, iv, 16, 1000, 33, md));
    H("pbkdf2", md, 33);
    printf("pbkdf2 %d\n", PKCS5_PBKDF2_HMAC("password", 4, iv, 8, 10, EVP_sha384(), 60, md));
    H("pbkdf2", md, 60);
    return 0;
}

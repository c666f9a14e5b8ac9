/* Every text that the library has, and how codes are written. Compared with lib/openssl/err line by line. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static const int libs[] = { 4, 6, 9, 11, 13, 15, 16, 20, 32, 34, 35, 57, 60 };
static const unsigned long codes[] = {
    0, 0x0A0000C1, 0x0A000126, 0x0A00070F, 0x0A080002, 0x0A0C0103, 0x10080002, 0x80000002, 0x8000006F, 0x80000FFF,
    0x31800001, 0x3B800005, 0x0B000000, 0x00000041, 0x058000FF, 0x7FFFFFFF,
};

int main(void)
{
    size_t i, n;
    unsigned long r;
    char buf[300];

    puts(OpenSSL_version(OPENSSL_VERSION));
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
    for (r = 0; r < 256; r++) {
        const char *s = ERR_lib_error_string(ERR_PACK(r, 0, 0));
        printf("lib %lu %s\n", r, s ? s : "-");
    }
    for (i = 0; i < sizeof(libs) / sizeof(*libs); i++)
        for (r = 1; r < 2048; r++) {
            const char *s = ERR_reason_error_string(ERR_PACK(libs[i], 0, r));
            if (s) printf("reason %d %lu %s\n", libs[i], r, s);
        }
    for (r = 0x40000; r < 0x100000; r++) {
        const char *s = ERR_reason_error_string(ERR_PACK(20, 0, r));
        if (s) printf("common %lu %s\n", r, s);
    }
    for (i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        static const size_t sizes[] = { 256, 120, 64, 42, 41, 40, 20, 16, 5, 2, 1 };
        printf("code %lX lib %d reason %d flags %d fatal %d common %d\n", codes[i], ERR_GET_LIB(codes[i]),
               ERR_GET_REASON(codes[i]), ERR_GET_RFLAGS(codes[i]), ERR_FATAL_ERROR(codes[i]), ERR_COMMON_ERROR(codes[i]));
        printf("string %s\n", ERR_error_string(codes[i], NULL));
        for (n = 0; n < sizeof(sizes) / sizeof(*sizes); n++) {
            memset(buf, 0, sizeof buf);
            ERR_error_string_n(codes[i], buf, sizes[n]);
            printf("cut %zu <%s>\n", sizes[n], buf);
        }
    }
    return 0;
}

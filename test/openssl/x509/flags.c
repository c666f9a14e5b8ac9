/* What the extensions of certificates come to. FLAGS_FILES names them, one a line. Compared line by line with flags.test.ts. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *name = strtok(getenv("FLAGS_FILES"), "\n");
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    for (; name != NULL; name = strtok(NULL, "\n")) {
        FILE *f = fopen(name, "r");
        X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
        const X509_ALGOR *algor, *own;
        const ASN1_OBJECT *object;
        ASN1_OBJECT *alg;
        const void *value;
        const unsigned char *bits;
        int type, length;
        fclose(f);
        printf("%s:", strrchr(name, '/') + 1);
        if (x == NULL) { printf(" not read\n"); continue; }
        value = NULL;
        X509_get0_signature(NULL, &algor, x);
        X509_ALGOR_get0(&object, &type, &value, algor);
        printf(" flags %x usage %x purposes %x signed %d type %d value %d", X509_get_extension_flags(x) & ~EXFLAG_NO_FINGERPRINT, X509_get_key_usage(x),
            X509_get_extended_key_usage(x), OBJ_obj2nid(object), type, value != NULL);
        X509_PUBKEY_get0_param(&alg, &bits, &length, (X509_ALGOR **)&own, X509_get_X509_PUBKEY(x));
        X509_ALGOR_get0(NULL, &type, &value, own);
        printf(" key %d %d %d type %d", OBJ_obj2nid(alg), length, bits[0], type);
        if (type == V_ASN1_OBJECT) printf(" curve %d", OBJ_obj2nid(value));
        printf("\n");
    }
    return 0;
}

/* Certificates in words. FILE_NAME is defined by print.test.ts, which compares line by line. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static const unsigned long NAMES[] = { XN_FLAG_COMPAT, XN_FLAG_ONELINE, XN_FLAG_MULTILINE, XN_FLAG_RFC2253, 0x70000 };
static const unsigned long PARTS[] = { 0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x1000, 0x1fff, 0x10000 };

int main(void)
{
    BIO *in = BIO_new_file(FILE_NAME, "r"), *out = BIO_new_fp(stdout, BIO_NOCLOSE);
    X509 *x;
    int i, j;
    puts(OpenSSL_version(OPENSSL_VERSION));
    fflush(stdout);
    while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        GENERAL_NAMES *names;
        const ASN1_BIT_STRING *sig;
        const X509_ALGOR *alg;
        for (i = 0; i < 5; i++)
            BIO_printf(out, "= names %d\n", X509_print_ex(out, x, NAMES[i], X509_FLAG_NO_PUBKEY | X509_FLAG_NO_SIGDUMP));
        for (i = 0; i < 14; i++)
            BIO_printf(out, "= parts %d\n", X509_print_ex(out, x, XN_FLAG_ONELINE, PARTS[i]));
        BIO_printf(out, "= all %d\n", X509_print(out, x));
        for (i = 0; i < X509_get_ext_count(x); i++)
            for (j = 0; j < 2; j++)
                BIO_printf(out, "= extension %d\n", X509V3_EXT_print(out, X509_get_ext(x, i), j << 16, j * 3));
        X509_get0_signature(&sig, &alg, x);
        BIO_printf(out, "= signature %d\n", X509_signature_print(out, alg, NULL));
        BIO_printf(out, "= signature %d\n", X509_signature_print(out, alg, sig));
        BIO_printf(out, "= dump %d\n", X509_signature_dump(out, sig, 3));
        names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
        for (i = 0; i < sk_GENERAL_NAME_num(names); i++)
            BIO_printf(out, "= name %d\n", GENERAL_NAME_print(out, sk_GENERAL_NAME_value(names, i)));
        GENERAL_NAMES_free(names);
        X509_free(x);
        ERR_clear_error();
    }
    return 0;
}

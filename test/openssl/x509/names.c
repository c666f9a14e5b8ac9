/* Names: how they are built, printed, hashed and compared. Compared line by line with names.test.ts. */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static const unsigned long FLAGS[] = { 0, XN_FLAG_RFC2253, XN_FLAG_ONELINE, XN_FLAG_MULTILINE,
    XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_LN, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB, XN_FLAG_SEP_SPLUS_SPC | XN_FLAG_FN_OID,
    XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_NONE | ASN1_STRFLGS_SHOW_TYPE, XN_FLAG_SEP_COMMA_PLUS | ASN1_STRFLGS_ESC_2254 | ASN1_STRFLGS_UTF8_CONVERT,
    XN_FLAG_SEP_MULTILINE | XN_FLAG_FN_ALIGN | ASN1_STRFLGS_DUMP_ALL, XN_FLAG_SEP_COMMA_PLUS | ASN1_STRFLGS_DUMP_ALL | ASN1_STRFLGS_DUMP_DER,
    XN_FLAG_SEP_COMMA_PLUS | ASN1_STRFLGS_IGNORE_TYPE | ASN1_STRFLGS_ESC_MSB };

static void hex(const unsigned char *p, long n) { while (n-- > 0) printf("%02x", *p++); printf("\n"); }

static void show(X509_NAME *n)
{
    char small[24], large[500], *data;
    unsigned char *der = NULL;
    int i, len, ret;
    printf("oneline %s\n", X509_NAME_oneline(n, large, sizeof large));
    printf("cut %s\n", X509_NAME_oneline(n, small, sizeof small));
    for (i = 0; i < (int)(sizeof FLAGS / sizeof *FLAGS); i++) {
        BIO *m = BIO_new(BIO_s_mem());
        ret = X509_NAME_print_ex(m, n, i % 5, FLAGS[i]);
        len = (int)BIO_get_mem_data(m, &data);
        printf("print %lx %d ", FLAGS[i], ret);
        hex((unsigned char *)data, len);
        BIO_free(m);
    }
    for (i = 0; i < X509_NAME_entry_count(n); i++) {
        X509_NAME_ENTRY *e = X509_NAME_get_entry(n, i);
        printf("entry %d %d %d\n", X509_NAME_ENTRY_set(e), ASN1_STRING_type(X509_NAME_ENTRY_get_data(e)), OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)));
    }
    len = i2d_X509_NAME(n, &der);
    hex(der, len);
    printf("hash %08lx\n", X509_NAME_hash(n));
    printf("text %d\n", X509_NAME_get_text_by_NID(n, NID_commonName, small, 5));
    printf("index %d %d\n", X509_NAME_get_index_by_NID(n, NID_commonName, 0), X509_NAME_get_index_by_NID(n, NID_countryName, -1));
}

static int add(X509_NAME *n, const char *field, int type, const char *value, int loc, int set)
{
    int ret = X509_NAME_add_entry_by_txt(n, field, type, (const unsigned char *)value, -1, loc, set);
    ERR_clear_error();
    return ret;
}

static X509_NAME *one(int type, const char *value)
{
    X509_NAME *n = X509_NAME_new();
    add(n, "CN", type, value, -1, 0);
    return n;
}

int main(void)
{
    static const char *equal[] = { "abc", "ABC", " a b  c", "a b c", "A\tB  C ", "a\xc3\xa4", "a\xc3\x84", "", " ", "abcd" };
    int i, j;
    X509_NAME *n = X509_NAME_new();
    puts(OpenSSL_version(OPENSSL_VERSION));
    show(n);
    add(n, "C", MBSTRING_ASC, "DE", -1, 0);
    add(n, "O", MBSTRING_UTF8, "M\xc3\xbcller, Sons \"x\" #<>;+\\ (*)", -1, 0);
    add(n, "CN", MBSTRING_UTF8, " lead and trail ", -1, 0);
    add(n, "emailAddress", MBSTRING_UTF8, "a@b.c", -1, -1);
    add(n, "1.2.3.4", MBSTRING_UTF8, "oid", -1, 0);
    add(n, "organizationalUnitName", MBSTRING_UTF8, "\xe2\x82\xac \xf0\x9f\x98\x80", -1, 0);
    add(n, "CN", V_ASN1_PRINTABLESTRING, "#hash", 0, 0);
    add(n, "DC", MBSTRING_ASC, "a/CN=b/x", -1, 0);
    add(n, "OU", MBSTRING_ASC, "ctl\x01\x7f\n", -1, 0);
    add(n, "L", V_ASN1_T61STRING, "caf\xe9", 2, 1);
    add(n, "ST", V_ASN1_BMPSTRING, "ab", 1, -1);
    show(n);
    printf("%d\n", add(n, "nonsense", MBSTRING_ASC, "x", -1, 0));
    printf("%d\n", add(n, "C", MBSTRING_ASC, "toolong", -1, 0));
    printf("%d\n", add(n, "C", MBSTRING_ASC, "D_", -1, 0));
    printf("%d\n", add(n, "CN", MBSTRING_ASC, "", -1, 0));
    printf("%d\n", add(n, "emailAddress", MBSTRING_UTF8, "\xc3\xa4@b", -1, 0));
    printf("%d\n", add(n, "CN", MBSTRING_ASC, "0123456789012345678901234567890123456789012345678901234567890123", -1, 0));
    printf("%d\n", add(n, "CN", MBSTRING_ASC, "01234567890123456789012345678901234567890123456789012345678901234", -1, 0));
    for (i = 0; i < 10; i++) {
        for (j = 0; j < 10; j++) {
            int ret = X509_NAME_cmp(one(V_ASN1_UTF8STRING, equal[i]), one(j % 2 ? V_ASN1_UTF8STRING : V_ASN1_PRINTABLESTRING, equal[j]));
            printf(j ? " %d" : "%d", ret > 0 ? 1 : ret < 0 ? -1 : 0);
        }
        printf("\n");
    }
    return 0;
}

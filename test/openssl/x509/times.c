/* Every call of times on every kind of text. Compared line by line with times.test.ts. */
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *texts[] = { "240229120000Z", "230229120000Z", "2402291200Z", "24022912Z", "500101000000Z", "491231235959Z",
    "240229120000+0100", "240229120000-1259", "240229120000+1300", "240229120000+0060", "240229120000+010", "240229120000+0000",
    "2402291200-0030", "240229120060Z", "240229126000Z", "240229240000Z", "241301000000Z", "240001000000Z", "240100000000Z",
    "20240229120000Z", "202402291200Z", "20240229120000.5Z", "20240229120000.123456789012345678901234567890Z", "20240229120000.Z",
    "20240229120000.5", "20240229120000.5+0530", "202402291200.5Z", "19000101000000+0100", "19000101010000+0100",
    "18991231235959Z", "00000301000000Z", "99991231235959Z", "99991231235959-0001", "20491231235959Z", "20500101000000Z",
    "19491231235959Z", "19500101000000Z", "", "Z", "240229120000", "240229120000Z ", " 240229120000Z", "2402291a0000Z",
    "240229120000z", "20240229120000+01:00", "21000229000000Z", "20000229000000Z" };
static const long seconds[] = { 0, 951782400, 2524607999, 2524608000, -631152000, -631152001, 253402300799, 4102444800 };

static void show(const char *what, const ASN1_TIME *t)
{
    printf(" %s=", what);
    if (t == NULL)
        printf("NULL");
    else
        printf("%d:%.*s", t->type, t->length, t->data);
}

static void print(const char *what, const ASN1_TIME *t, int (*f)(BIO *, const ASN1_TIME *))
{
    BIO *m = BIO_new(BIO_s_mem());
    char *p;
    int r = f(m, t);
    long n = BIO_get_mem_data(m, &p);
    printf(" %s=%d,%.*s", what, r, (int)n, p);
    BIO_free(m);
}

static int iso(BIO *m, const ASN1_TIME *t) { return ASN1_TIME_print_ex(m, t, ASN1_DTFLGS_ISO8601); }

static void one(ASN1_TIME *t)
{
    struct tm tm;
    int day = 7, sec = 7;
    ASN1_TIME *base = ASN1_TIME_set(NULL, 951782400), *copy = ASN1_TIME_dup(t);
    time_t at = 951782400;
    memset(&tm, 0, sizeof(tm));
    printf(" check=%d,%d,%d", ASN1_TIME_check(t), ASN1_UTCTIME_check(t), ASN1_GENERALIZEDTIME_check(t));
    int r = ASN1_TIME_to_tm(t, &tm);
    printf(" tm=%d", r);
    if (r == 1)
        printf(",%d-%d-%d %d:%d:%d %d %d %d", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_wday, tm.tm_yday, tm.tm_isdst);
    r = ASN1_TIME_diff(&day, &sec, base, t);
    printf(" diff=%d,%d,%d", r, day, sec);
    printf(" compare=%d,%d", ASN1_TIME_compare(base, t), ASN1_TIME_compare(t, base));
    printf(" time_t=%d,%d", ASN1_TIME_cmp_time_t(t, at), ASN1_UTCTIME_cmp_time_t(t, at));
    printf(" x509=%d", X509_cmp_time(t, &at));
    print("print", t, ASN1_TIME_print);
    print("iso", t, iso);
    print("utc", t, ASN1_UTCTIME_print);
    print("general", t, ASN1_GENERALIZEDTIME_print);
    show("to", ASN1_TIME_to_generalizedtime(t, NULL));
    printf(" normalize=%d", ASN1_TIME_normalize(copy));
    show("", copy);
    printf("\n");
}

int main(void)
{
    size_t i;
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *s = texts[i];
        ASN1_TIME *t = ASN1_TIME_new();
        printf("'%s' %d %d %d %d", s, ASN1_TIME_set_string(NULL, s), ASN1_UTCTIME_set_string(NULL, s),
            ASN1_GENERALIZEDTIME_set_string(NULL, s), ASN1_TIME_set_string_X509(NULL, s));
        ASN1_TIME_set_string_X509(t, s);
        if (ASN1_TIME_set_string_X509(NULL, s)) show("strict", t);
        ASN1_TIME_free(t);
        for (int type = V_ASN1_UTCTIME; type <= V_ASN1_GENERALIZEDTIME; type++) {
            t = ASN1_STRING_type_new(type);
            ASN1_STRING_set(t, s, -1);
            one(t);
            ASN1_STRING_free(t);
        }
    }
    for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        ASN1_TIME *own = ASN1_GENERALIZEDTIME_new();
        printf("%ld", seconds[i]);
        show("set", ASN1_TIME_set(NULL, seconds[i]));
        show("utc", ASN1_UTCTIME_set(NULL, seconds[i]));
        show("general", ASN1_GENERALIZEDTIME_set(NULL, seconds[i]));
        show("adj", ASN1_TIME_adj(NULL, seconds[i], 1, -3600));
        show("uadj", ASN1_UTCTIME_adj(NULL, seconds[i], -1, 1));
        show("gadj", ASN1_GENERALIZEDTIME_adj(NULL, seconds[i], 0, 60));
        show("own", ASN1_TIME_set(own, seconds[i]));
        show("same", own);
        printf("\n");
    }
    return 0;
}

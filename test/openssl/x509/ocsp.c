/* Makes an issuer, responders and their answers, writes them into the directory that OCSP_DIRECTORY names, and says what it
 * reads in them. Compared line by line with ocsp.test.ts, which reads the same files. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CA, RESPONDER, PLAIN, EE1, EE2, OTHER, COUNT };
static const char *names[] = { "ca", "responder", "plain", "ee1", "ee2", "other" };
static X509 *certs[COUNT];
static EVP_PKEY *keys[COUNT];

static const char *path(const char *name, const char *end)
{
    static char text[4096];
    snprintf(text, sizeof(text), "%s/%s.%s", getenv("OCSP_DIRECTORY"), name, end);
    return text;
}

static void extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_add_ext(x, X509V3_EXT_conf_nid(NULL, &ctx, nid, value), -1);
}

static void make(int who, int issuer)
{
    X509 *x = X509_new();
    FILE *f;
    certs[who] = x;
    keys[who] = EVP_EC_gen("P-256");
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1000 + who);
    X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(x), 300, 0, NULL);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)names[who], -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(certs[issuer]));
    X509_set_pubkey(x, keys[who]);
    extension(x, NID_basic_constraints, who == CA || who == OTHER ? "critical,CA:TRUE" : "CA:FALSE");
    if (who == RESPONDER) {
        extension(x, NID_ext_key_usage, "OCSPSigning");
        extension(x, NID_id_pkix_OCSP_noCheck, "ignored");
    }
    X509_sign(x, keys[issuer], EVP_sha256());
    f = fopen(path(names[who], "pem"), "w");
    PEM_write_X509(f, x);
    PEM_write_PrivateKey(f, keys[who], NULL, NULL, 0, NULL, NULL);
    fclose(f);
}

static void errors(void)
{
    unsigned long e;
    const char *data;
    int flags, any = 0;
    /* What libcrypto's providers say of a signature before is not compared. */
    while ((e = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) {
        if (ERR_GET_LIB(e) == ERR_LIB_OCSP || ERR_GET_LIB(e) == ERR_LIB_X509) printf(" %08lX%s%s", e, flags & ERR_TXT_STRING ? ":" : "", flags & ERR_TXT_STRING ? data : "");
        any = 1;
    }
    printf(any ? " !\n" : "\n");
}

static void answer(OCSP_BASICRESP *bs, int about, const EVP_MD *md, int status, int reason, long since, long until)
{
    OCSP_CERTID *id = OCSP_cert_to_id(md, certs[about], certs[about == OTHER ? OTHER : CA]);
    ASN1_TIME *t = X509_gmtime_adj(NULL, since), *u = until ? X509_gmtime_adj(NULL, until) : NULL, *r = X509_gmtime_adj(NULL, -86400);
    OCSP_basic_add1_status(bs, id, status, reason, status == V_OCSP_CERTSTATUS_REVOKED ? r : NULL, t, u);
}

static void save(const char *name, OCSP_RESPONSE *r)
{
    BIO *b = BIO_new_file(path(name, "der"), "wb");
    i2d_OCSP_RESPONSE_bio(b, r);
    BIO_free(b);
}

static OCSP_RESPONSE *load(const char *name)
{
    BIO *b = BIO_new_file(path(name, "der"), "rb");
    OCSP_RESPONSE *r = d2i_OCSP_RESPONSE_bio(b, NULL);
    BIO_free(b);
    return r;
}

static void finish(const char *name, OCSP_BASICRESP *bs, int signer, const EVP_MD *md, int flags)
{
    OCSP_basic_sign(bs, certs[signer], keys[signer], md, NULL, flags);
    save(name, OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, bs));
}

static const char *responses[] = { "good", "revoked", "noeku", "nocerts", "several", "later", "tampered", "foreign", "empty", "mixed", "extended", "old", "reasonless" };

static void make_responses(void)
{
    const char *urls[] = { "http://a.example/", "http://b.example/", NULL };
    char *oids[] = { "1.3.6.1.5.5.7.48.1.1", NULL };
    long number = 0x1234567;
    OCSP_BASICRESP *bs = OCSP_BASICRESP_new();
    OCSP_RESPONSE *r;
    unsigned char *der = NULL;
    int n;
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    finish("good", bs, CA, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, EVP_sha256(), V_OCSP_CERTSTATUS_REVOKED, OCSP_REVOKED_STATUS_KEYCOMPROMISE, -60, 3600);
    finish("revoked", bs, RESPONDER, EVP_sha384(), OCSP_RESPID_KEY);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    finish("noeku", bs, PLAIN, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_UNKNOWN, 0, -60, 0);
    finish("nocerts", bs, RESPONDER, EVP_sha256(), OCSP_NOCERTS);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    answer(bs, EE2, EVP_sha512(), V_OCSP_CERTSTATUS_REVOKED, OCSP_REVOKED_STATUS_REMOVEFROMCRL, -60, 3600);
    finish("several", bs, RESPONDER, EVP_sha256(), 0);
    save("later", OCSP_response_create(OCSP_RESPONSE_STATUS_TRYLATER, NULL));
    r = load("good");
    n = i2d_OCSP_RESPONSE(r, &der);
    {
        /* The serial number of the certificate that is answered about is there once. */
        static const unsigned char serial[] = { 0x02, 0x02, 0x03, 0xeb };
        BIO *b = BIO_new_file(path("tampered", "der"), "wb");
        for (int i = 0; i + 4 <= n; i++) if (memcmp(der + i, serial, 4) == 0) { der[i + 3] ^= 1; break; }
        BIO_write(b, der, n);
        BIO_free(b);
    }
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    finish("foreign", bs, OTHER, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    finish("empty", bs, CA, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    answer(bs, OTHER, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    finish("mixed", bs, CA, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -60, 3600);
    OCSP_basic_add1_nonce(bs, (unsigned char *)"0123456789abcdef", 16);
    OCSP_BASICRESP_add_ext(bs, OCSP_crlID_new("http://c.example/", &number, "20240101000000Z"), -1);
    OCSP_SINGLERESP_add_ext(OCSP_resp_get0(bs, 0), OCSP_archive_cutoff_new("20200229120000Z"), -1);
    OCSP_BASICRESP_add_ext(bs, OCSP_accept_responses_new(oids), -1);
    OCSP_BASICRESP_add_ext(bs, OCSP_url_svcloc_new(X509_get_subject_name(certs[CA]), urls), -1);
    finish("extended", bs, RESPONDER, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_GOOD, 0, -864000, -3600);
    finish("old", bs, CA, EVP_sha256(), 0);
    bs = OCSP_BASICRESP_new();
    answer(bs, EE1, NULL, V_OCSP_CERTSTATUS_REVOKED, OCSP_REVOKED_STATUS_NOSTATUS, -60, -3600);
    finish("reasonless", bs, CA, EVP_sha256(), OCSP_NOTIME);
}

static void make_requests(void)
{
    OCSP_REQUEST *req = OCSP_REQUEST_new();
    BIO *b = BIO_new_file(path("request", "der"), "wb");
    OCSP_ONEREQ *one;
    const char *urls[] = { "http://a.example/", NULL };
    OCSP_request_add0_id(req, OCSP_cert_to_id(NULL, certs[EE1], certs[CA]));
    i2d_OCSP_REQUEST_bio(b, req);
    BIO_free(b);
    b = BIO_new_file(path("signed", "der"), "wb");
    one = OCSP_request_add0_id(req, OCSP_cert_to_id(EVP_sha256(), certs[EE2], certs[CA]));
    OCSP_ONEREQ_add_ext(one, OCSP_url_svcloc_new(X509_get_subject_name(certs[CA]), urls), -1);
    OCSP_request_add1_nonce(req, (unsigned char *)"0123456789abcdef", 16);
    OCSP_request_sign(req, certs[EE1], keys[EE1], EVP_sha256(), NULL, 0);
    i2d_OCSP_REQUEST_bio(b, req);
    BIO_free(b);
}

static void text(const char *title, int ret, BIO *m)
{
    char *p;
    long n = BIO_get_mem_data(m, &p);
    printf("%s %d\n%.*s", title, ret, (int)n, p);
    BIO_free(m);
}

static void read_response(const char *name)
{
    OCSP_RESPONSE *r = load(name);
    OCSP_BASICRESP *bs;
    BIO *m = BIO_new(BIO_s_mem());
    printf("%s: %d %s\n", name, OCSP_response_status(r), OCSP_response_status_str(OCSP_response_status(r)));
    int ret = OCSP_RESPONSE_print(m, r, 0);
    text("print", ret, m);
    bs = OCSP_response_get1_basic(r);
    printf("basic %d", bs != NULL);
    errors();
    if (bs == NULL) return;
    const ASN1_OCTET_STRING *id;
    const X509_NAME *nm;
    X509 *signer = NULL;
    int found = OCSP_resp_get0_id(bs, &id, &nm);
    printf("id %d %d %d certs %d algorithm %d\n", found, id != NULL, nm != NULL, sk_X509_num(OCSP_resp_get0_certs(bs)), OBJ_obj2nid(OCSP_resp_get0_tbs_sigalg(bs)->algorithm));
    found = OCSP_resp_get0_signer(bs, &signer, NULL);
    printf("signer %d %d\n", found, signer != NULL);
    for (int who = EE1; who <= OTHER; who++)
        for (int d = 0; d < 3; d++) {
            const EVP_MD *md = d == 0 ? NULL : d == 1 ? EVP_sha256() : EVP_sha512();
            OCSP_CERTID *cid = OCSP_cert_to_id(md, certs[who], certs[who == OTHER ? OTHER : CA]);
            int status = 7, reason = 7;
            ASN1_GENERALIZEDTIME *rev = NULL, *this = NULL, *next = NULL;
            int got = OCSP_resp_find_status(bs, cid, &status, &reason, &rev, &this, &next);
            printf("find %s %d: %d at %d", names[who], d, got, OCSP_resp_find(bs, cid, -1));
            if (got) {
                printf(" %d %s %d %s rev %.*s this %.*s next %.*s", status, OCSP_cert_status_str(status), reason, OCSP_crl_reason_str(reason),
                    rev ? rev->length : 0, rev ? (char *)rev->data : "", this->length, this->data, next ? next->length : 0, next ? (char *)next->data : "");
                printf(" valid %d", OCSP_check_validity(this, next, 300, -1));
                errors();
                printf("age %d", OCSP_check_validity(this, next, 0, 30));
                errors();
                printf("future %d", OCSP_check_validity(this, next, -7200, -1));
            }
            errors();
        }
}

static void verify(const char *name)
{
    static const unsigned long flags[] = { 0, OCSP_NOINTERN, OCSP_NOSIGS, OCSP_NOVERIFY, OCSP_NOCHAIN, OCSP_NOCHECKS, OCSP_NOEXPLICIT, OCSP_TRUSTOTHER, OCSP_PARTIAL_CHAIN };
    OCSP_BASICRESP *bs = OCSP_response_get1_basic(load(name));
    if (bs == NULL) { ERR_clear_error(); return; }
    for (int s = 0; s < 4; s++) {
        X509_STORE *store = X509_STORE_new();
        X509 *trusted = X509_dup(certs[CA]);
        if (s == 1) X509_add1_trust_object(trusted, OBJ_nid2obj(NID_OCSP_sign));
        if (s == 2) X509_add1_trust_object(trusted, OBJ_nid2obj(NID_server_auth));
        if (s == 3) { X509_STORE_add_cert(store, certs[RESPONDER]); X509_STORE_add_cert(store, certs[OTHER]); }
        else X509_STORE_add_cert(store, trusted);
        for (int c = 0; c < 4; c++) {
            STACK_OF(X509) *sk = c == 0 ? NULL : sk_X509_new_null();
            if (c > 0) sk_X509_push(sk, certs[c == 1 ? RESPONDER : c == 2 ? CA : OTHER]);
            for (int f = 0; f < 9; f++) {
                printf("verify %s store %d certs %d flags %lx = %d", name, s, c, flags[f], OCSP_basic_verify(bs, sk, store, flags[f]));
                errors();
            }
        }
        X509_STORE_free(store);
    }
}

static void read_request(const char *name)
{
    BIO *b = BIO_new_file(path(name, "der"), "rb"), *m = BIO_new(BIO_s_mem());
    OCSP_REQUEST *req = d2i_OCSP_REQUEST_bio(b, NULL);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, certs[CA]);
    int ret = OCSP_REQUEST_print(m, req, 0);
    text(name, ret, m);
    printf("signed %d count %d\n", OCSP_request_is_signed(req), OCSP_request_onereq_count(req));
    for (int i = 0; i < OCSP_request_onereq_count(req); i++) {
        OCSP_CERTID *cid = OCSP_onereq_get0_id(OCSP_request_onereq_get0(req, i));
        ASN1_OBJECT *md;
        ASN1_INTEGER *serial;
        ASN1_OCTET_STRING *nh, *kh;
        OCSP_id_get0_info(&nh, &md, &kh, &serial, cid);
        printf("about %ld by %d %d %d extensions %d\n", ASN1_INTEGER_get(serial), OBJ_obj2nid(md), ASN1_STRING_length(nh), ASN1_STRING_length(kh), OCSP_ONEREQ_get_ext_count(OCSP_request_onereq_get0(req, i)));
    }
    for (int f = 0; f < 4; f++) {
        printf("verify %d", OCSP_request_verify(req, NULL, f == 1 ? NULL : store, f == 2 ? OCSP_NOINTERN : f == 3 ? OCSP_NOVERIFY : 0));
        errors();
    }
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        OCSP_BASICRESP *bs = OCSP_response_get1_basic(load(responses[i]));
        if (bs != NULL) printf("nonce %s %d\n", responses[i], OCSP_check_nonce(req, bs));
    }
    ERR_clear_error();
}

static void mutations(const char *name)
{
    OCSP_RESPONSE *r = load(name);
    unsigned char *der = NULL;
    int n = i2d_OCSP_RESPONSE(r, &der);
    for (int i = 0; i < n; i++) {
        static const unsigned char change[] = { 0x01, 0x20, 0x80, 0xff };
        printf("%d:", i);
        for (int c = 0; c < 4; c++) {
            const unsigned char *p = der;
            der[i] ^= change[c];
            OCSP_RESPONSE *m = d2i_OCSP_RESPONSE(NULL, &p, n);
            OCSP_BASICRESP *bs = m == NULL ? NULL : OCSP_response_get1_basic(m);
            printf(" %d%d", m != NULL, bs != NULL);
            der[i] ^= change[c];
        }
        printf("\n");
    }
    ERR_clear_error();
}

int main(void)
{
    size_t i;
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    make(CA, CA);
    for (int who = RESPONDER; who <= EE2; who++) make(who, CA);
    make(OTHER, OTHER);
    make_responses();
    make_requests();
    for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) read_response(responses[i]);
    for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) verify(responses[i]);
    read_request("request");
    read_request("signed");
    printf("mutations\n");
    mutations("revoked");
    return 0;
}

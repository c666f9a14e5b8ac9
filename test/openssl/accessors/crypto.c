/* libcrypto's smaller calls, on certificates of ../x509/print.pem. Compared line by line with crypto.test.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/buffer.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void N(const char *what, long long value) { printf("%s %lld\n", what, value); }
static void S(const char *what, const char *value) { printf("%s %s\n", what, value == NULL ? "null" : value); }
static void H(const char *what, const void *p, long n)
{
    const unsigned char *bytes = p;
    printf("%s ", what);
    while (n-- > 0)
        printf("%02x", *bytes++);
    printf("\n");
}
static void E(const char *what, long long value)
{
    unsigned long e = ERR_peek_last_error();
    printf("%s %lld %d %d\n", what, value, ERR_GET_LIB(e), ERR_GET_REASON(e));
    ERR_clear_error();
}

static void certificate(X509 *x, X509 *other)
{
    unsigned char md[64];
    unsigned int n = 0;
    const ASN1_BIT_STRING *iuid, *suid;
    char text[100];
    ASN1_OBJECT *obj = OBJ_txt2obj("O", 0), *unknown = OBJ_txt2obj("1.2.3.4.5.6", 1);
    X509_NAME *name = X509_get_subject_name(x);
    X509_check_purpose(x, -1, 0);
    N("cmp", X509_cmp(x, x));
    N("issuer cmp", X509_issuer_name_cmp(x, x));
    N("subject cmp", X509_subject_name_cmp(x, x));
    N("serial cmp", X509_issuer_and_serial_cmp(x, x));
    N("issuer hash", X509_issuer_name_hash(x));
    N("subject hash", X509_subject_name_hash(x));
    N("issuer hash old", X509_issuer_name_hash_old(x));
    N("subject hash old", X509_subject_name_hash_old(x));
    N("both hash", X509_issuer_and_serial_hash(x));
    N("name hash", X509_NAME_hash_old(name));
    {
        int ok = 0;
        N("name hash ex", X509_NAME_hash_ex(name, NULL, NULL, &ok));
        N("name hash ok", ok);
    }
    N("pubkey digest", X509_pubkey_digest(x, EVP_sha256(), md, &n));
    H("pubkey digest", md, n);
    N("name digest", X509_NAME_digest(name, EVP_sha224(), md, &n));
    H("name digest", md, n);
    N("sig type", X509_get_signature_type(x));
    N("extensions", sk_X509_EXTENSION_num(X509_get0_extensions(x)));
    X509_get0_uids(x, &iuid, &suid);
    N("uids", iuid == NULL && suid == NULL);
    N("tbs alg", OBJ_obj2nid(X509_get0_tbs_sigalg(x)->algorithm));
    H("bits", ASN1_STRING_get0_data(X509_get0_pubkey_bitstr(x)), ASN1_STRING_length(X509_get0_pubkey_bitstr(x)));
    N("pubkey", EVP_PKEY_eq(X509_PUBKEY_get0(X509_get_X509_PUBKEY(x)), X509_get0_pubkey(x)));
    N("pubkey ref", EVP_PKEY_eq(X509_PUBKEY_get(X509_get_X509_PUBKEY(x)), X509_get0_pubkey(x)));
    N("parameters", X509_get_pubkey_parameters(X509_get0_pubkey(x), NULL));
    N("critical", X509_get_ext_by_critical(x, 1, -1));
    N("not critical", X509_get_ext_by_critical(x, 0, 0));
    N("ext nid", X509_get_ext_by_NID(x, NID_basic_constraints, -1));
    N("ext obj", X509_get_ext_by_OBJ(x, unknown, -1));
    N("ext none", X509_get_ext_by_NID(x, 99999, -1));
    N("text", X509_NAME_get_text_by_OBJ(name, obj, text, 9));
    S("text is", text);
    N("text length", X509_NAME_get_text_by_OBJ(name, obj, NULL, 0));
    N("text none", X509_NAME_get_text_by_OBJ(name, unknown, text, 9));
    N("index", X509_NAME_get_index_by_OBJ(name, obj, -1));
    N("serial", ASN1_STRING_length(X509_get0_serialNumber(x)));
    N("before", ASN1_STRING_length(X509_get0_notBefore(x)) + ASN1_STRING_length(X509_get_notBefore(x)));
    N("after", ASN1_STRING_length(X509_get0_notAfter(x)) + ASN1_STRING_length(X509_get_notAfter(x)));
    H("after is", ASN1_STRING_get0_data(X509_get0_notAfter(x)), 13);
    N("time", X509_cmp_time(X509_get0_notBefore(x), NULL));
    N("current", X509_cmp_current_time(X509_get0_notAfter(x)));
    N("frame", X509_cmp_timeframe(NULL, X509_get0_notBefore(x), X509_get0_notAfter(x)));
    N("frame late", X509_cmp_timeframe(NULL, NULL, X509_get0_notBefore(x)));
    N("frame early", X509_cmp_timeframe(NULL, X509_get0_notAfter(x), NULL));
    N("akid", X509_check_akid(x, X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL)));
    N("akid other", X509_check_akid(other, X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL)));
    N("ip", X509_check_ip(x, (const unsigned char *)"\x7f\0\0\1", 4, 0));
    N("ip other", X509_check_ip(x, (const unsigned char *)"\x7f\0\0\2", 4, 0));
    {
        STACK_OF(OPENSSL_STRING) *mails = X509_get1_email(x), *places = X509_get1_ocsp(x);
        int i;
        N("mails", sk_OPENSSL_STRING_num(mails));
        for (i = 0; i < sk_OPENSSL_STRING_num(mails); i++)
            S("mail", sk_OPENSSL_STRING_value(mails, i));
        N("places", sk_OPENSSL_STRING_num(places));
        for (i = 0; i < sk_OPENSSL_STRING_num(places); i++)
            S("place", sk_OPENSSL_STRING_value(places, i));
        X509_email_free(mails);
        X509_email_free(places);
    }
    {
        X509 *copy = X509_dup(x);
        N("dup", X509_cmp(copy, x));
        N("dup issuer", X509_NAME_cmp(X509_get_issuer_name(copy), X509_get_issuer_name(x)));
        X509_set0_distinguishing_id(copy, ASN1_OCTET_STRING_new());
        N("id", X509_get0_distinguishing_id(copy) != NULL && X509_get0_distinguishing_id(x) == NULL);
        X509_free(copy);
    }
}

static void names(void)
{
    X509_NAME *name = X509_NAME_new(), *copy;
    X509_NAME_ENTRY *ne = NULL, *taken;
    unsigned char *utf8 = NULL;
    const unsigned char *der;
    size_t n;
    N("entry", X509_NAME_ENTRY_create_by_txt(&ne, "CN", MBSTRING_ASC, (const unsigned char *)"one", -1) == ne);
    N("entry add", X509_NAME_add_entry(name, ne, -1, 0));
    N("entry again", X509_NAME_ENTRY_create_by_NID(&ne, NID_organizationName, MBSTRING_UTF8, (const unsigned char *)"tw\xc3\xb6", 4) == ne);
    N("entry add again", X509_NAME_add_entry(name, ne, 0, 0));
    N("entry data", X509_NAME_ENTRY_set_data(ne, V_ASN1_IA5STRING, (const unsigned char *)"three", 3));
    N("entry object", X509_NAME_ENTRY_set_object(ne, OBJ_nid2obj(NID_pkcs9_emailAddress)));
    N("entry joined", X509_NAME_add_entry(name, ne, -1, -1));
    E("entry bad", X509_NAME_ENTRY_create_by_txt(NULL, "nothing", MBSTRING_ASC, (const unsigned char *)"x", 1) != NULL);
    E("entry nid", X509_NAME_ENTRY_create_by_NID(NULL, 99999, MBSTRING_ASC, (const unsigned char *)"x", 1) != NULL);
    ERR_clear_error();
    N("by obj", X509_NAME_add_entry_by_OBJ(name, OBJ_nid2obj(NID_localityName), MBSTRING_ASC, (const unsigned char *)"four", -1, 1, 0));
    N("by nid", X509_NAME_add_entry_by_NID(name, NID_countryName, MBSTRING_ASC, (const unsigned char *)"DE", -1, -1, 0));
    S("oneline", X509_NAME_oneline(name, NULL, 0));
    copy = X509_NAME_dup(name);
    taken = X509_NAME_delete_entry(name, 1);
    N("taken", OBJ_obj2nid(X509_NAME_ENTRY_get_object(taken)));
    N("taken utf8", ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(taken)));
    H("taken is", utf8, 4);
    X509_NAME_ENTRY_free(taken);
    taken = X509_NAME_ENTRY_dup(ne);
    N("dup", ASN1_STRING_length(X509_NAME_ENTRY_get_data(taken)));
    N("left", X509_NAME_entry_count(name));
    N("copy", X509_NAME_cmp(copy, name) != 0);
    N("set", X509_NAME_set(&name, copy));
    N("set same", X509_NAME_cmp(copy, name));
    N("der", X509_NAME_get0_der(name, &der, &n));
    H("der is", der, n);
    X509_NAME_free(name);
    X509_NAME_free(copy);
}

static void general(void)
{
    GENERAL_NAME *a = GENERAL_NAME_new(), *b;
    ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_IA5STRING);
    BIO *out = BIO_new_fp(stdout, BIO_NOCLOSE);
    int type = 0, i;
    ASN1_STRING_set(text, "host", -1);
    GENERAL_NAME_set0_value(a, GEN_DNS, text);
    N("general", ASN1_STRING_length(GENERAL_NAME_get0_value(a, &type)));
    N("general type", type);
    b = GENERAL_NAME_dup(a);
    N("general cmp", GENERAL_NAME_cmp(a, b));
    GENERAL_NAME_set0_value(b, GEN_RID, OBJ_nid2obj(NID_commonName));
    N("general differ", GENERAL_NAME_cmp(a, b));
    N("general other", GENERAL_NAME_get0_otherName(a, NULL, NULL));
    GENERAL_NAME_print(out, b);
    BIO_puts(out, "\n");
    GENERAL_NAME_print(out, a);
    BIO_puts(out, "\n");
    BIO_flush(out);
    fflush(stdout);
    GENERAL_NAME_free(b);
    for (i = 0; i < 10; i++) {
        const X509_PURPOSE *p = X509_PURPOSE_get0(i);
        if (p == NULL)
            continue;
        printf("purpose %d %s %s %d\n", X509_PURPOSE_get_id(p), X509_PURPOSE_get0_name(p), X509_PURPOSE_get0_sname(p), X509_PURPOSE_get_trust(p));
    }
    N("purpose sname", X509_PURPOSE_get_by_sname("smimesign"));
    N("purpose none", X509_PURPOSE_get_by_sname("nothing"));
    N("purpose id", X509_PURPOSE_get_by_id(X509_PURPOSE_ANY));
    N("purposes", X509_PURPOSE_get_count());
}

static void objects(void)
{
    S("ln", OBJ_nid2ln(NID_commonName));
    N("sn", OBJ_sn2nid("CN"));
    N("txt", OBJ_txt2nid("2.5.4.3"));
    E("txt none", OBJ_txt2nid("nothing at all"));
    {
        static const char *texts[] = { "", "3.1", "1", "1x2", "1.2.x", "1.2.", "1.40", "2.40", "1.2.3.4", "0.39.1", "1 2 3" };
        int i;
        for (i = 0; i < 11; i++)
            E(texts[i], OBJ_txt2obj(texts[i], 1) != NULL);
    }
    N("cmp", OBJ_cmp(OBJ_txt2obj("CN", 0), OBJ_txt2obj("2.5.4.3", 1)));
    N("default area", X509_get_default_cert_area()[0]);
    N("default private", X509_get_default_private_dir()[0]);
    S("dir env", X509_get_default_cert_dir_env());
    S("file env", X509_get_default_cert_file_env());
    N("dir", X509_get_default_cert_dir()[0] + X509_get_default_cert_file()[0]);
}

static void algorithms(void)
{
    const EVP_CIPHER *c = EVP_get_cipherbynid(NID_aes_192_cbc);
    EVP_CIPHER_CTX *cc = EVP_CIPHER_CTX_new();
    EVP_MD_CTX *mc = EVP_MD_CTX_create();
    DH *dh = DH_new();
    EVP_PKEY *pkey = EVP_PKEY_new();
    const BIGNUM *p = NULL, *q = NULL, *g = NULL;
    BIGNUM *three = BN_new(), *big = BN_new();
    RSA *rsa = RSA_new();
    unsigned char md[64];
    unsigned int n = 0;
    N("block", EVP_CIPHER_block_size(c));
    N("iv", EVP_CIPHER_iv_length(c));
    N("mode", EVP_CIPHER_mode(c));
    N("cipher", EVP_EncryptInit_ex(cc, c, NULL, (const unsigned char *)"0123456789abcdef01234567", (const unsigned char *)"0123456789abcdef"));
    N("cipher back", EVP_CIPHER_nid(EVP_CIPHER_CTX_cipher(cc)));
    N("padding", EVP_CIPHER_CTX_set_padding(cc, 0));
    EVP_CIPHER_CTX_free(cc);
    N("md", EVP_MD_size(EVP_get_digestbynid(NID_sha384)));
    EVP_DigestInit_ex(mc, EVP_sha224(), NULL);
    N("md size", EVP_MD_CTX_size(mc));
    EVP_DigestUpdate(mc, "abc", 3);
    EVP_DigestFinal_ex(mc, md, &n);
    H("md is", md, n);
    EVP_MD_CTX_destroy(mc);
    mc = EVP_MD_CTX_new();
    EVP_MD_CTX_free(mc);
    N("md sizes", EVP_MD_size(EVP_sha3_224()) + EVP_MD_size(EVP_sha3_256()) * 100LL + EVP_MD_size(EVP_sha3_384()) * 10000LL + EVP_MD_size(EVP_sha3_512()) * 1000000LL);
    N("md more", EVP_MD_size(EVP_sha512_224()) + EVP_MD_size(EVP_sha512_256()) * 100LL + EVP_MD_size(EVP_md5_sha1()) * 10000LL);
    BN_set_word(three, 3);
    BN_set_word(big, 1000003);
    N("pqg", DH_set0_pqg(dh, big, NULL, three));
    DH_get0_pqg(dh, &p, &q, &g);
    N("pqg bits", BN_num_bits(p) * 100 + BN_num_bits(g) * 10 + (q == NULL));
    N("dh set", EVP_PKEY_set1_DH(pkey, dh));
    N("dh got", EVP_PKEY_get0_DH(pkey) != NULL);
    N("dh ref", EVP_PKEY_get1_DH(pkey) != NULL);
    N("dh id", EVP_PKEY_id(pkey) * 1000 + EVP_PKEY_base_id(pkey));
    DH_free(dh);
    RSA_free(rsa);
    BN_free(BN_new());
    N("random", RAND_status() + RAND_priv_bytes(md, 8) + RAND_bytes(md, 8));
    N("libs", CRYPTO_num_locks() + (SSLeay() == OpenSSL_version_num()));
    OPENSSL_free(OPENSSL_malloc(3));
    OpenSSL_add_all_algorithms();
    OpenSSL_add_all_digests();
    OpenSSL_add_ssl_algorithms();
    SSLeay_add_ssl_algorithms();
    SSL_load_error_strings();
    ERR_load_BIO_strings();
    ERR_load_SSL_strings();
    ERR_load_crypto_strings();
    ERR_free_strings();
    ERR_remove_state(0);
    ERR_remove_thread_state(NULL);
    S("build", OPENSSL_version_build_metadata());
    S("pre", OPENSSL_version_pre_release());
    {
        OPENSSL_INIT_SETTINGS *init = OPENSSL_INIT_new();
        N("init", OPENSSL_INIT_set_config_filename(init, "x") + OPENSSL_INIT_set_config_appname(init, "y"));
        OPENSSL_INIT_set_config_file_flags(init, 1);
        OPENSSL_INIT_free(init);
    }
    S("dup", BUF_strdup("abc"));
    S("ndup", BUF_strndup("abc", 2));
    S("osdup", OPENSSL_strdup("abc"));
    H("memdup", BUF_memdup("abc", 2), 2);
    {
        unsigned char there[4];
        BUF_reverse(there, (const unsigned char *)"abcd", 4);
        H("reverse", there, 4);
    }
}

static void errors(void)
{
    const char *file, *func, *data;
    int line, flags;
    ERR_put_error(ERR_LIB_SSL, 0, 193, "a.c", 7);
    ERR_add_error_data(2, "one", "two");
    N("line", ERR_GET_REASON(ERR_peek_error_line(&file, &line)));
    S("line file", file);
    N("line line", line);
    N("func", ERR_GET_LIB(ERR_peek_error_func(&func)));
    N("data", ERR_GET_REASON(ERR_peek_error_line_data(&file, &line, &data, &flags)));
    S("data is", data);
    N("data flags", flags);
    N("all", ERR_GET_REASON(ERR_peek_error_all(&file, &line, &func, &data, &flags)));
    N("last line", ERR_GET_REASON(ERR_peek_last_error_line_data(&file, &line, &data, &flags)));
    N("last data", ERR_GET_REASON(ERR_peek_last_error_data(&data, &flags)));
    S("last data is", data);
    N("last func", ERR_GET_REASON(ERR_peek_last_error_func(&func)));
    N("get line", ERR_GET_REASON(ERR_get_error_line(&file, &line)));
    N("none", ERR_peek_error());
    SSLerr(0, 5);
    X509err(0, 6);
    EVPerr(0, 7);
    PEMerr(0, 8);
    BIOerr(0, 9);
    RSAerr(0, 10);
    ASN1err(0, 11);
    SYSerr(0, 12);
    {
        unsigned long e;
        while ((e = ERR_get_error()) != 0)
            printf("raised %d %d %d\n", ERR_GET_LIB(e), ERR_GET_REASON(e), ERR_SYSTEM_ERROR(e) != 0);
    }
}

static int create(BIO *b) { BIO_set_init(b, 1); return 1; }
static int destroy(BIO *b) { return 1; }
static int puts_(BIO *b, const char *s) { return 40 + (int)strlen(s); }
static int gets_(BIO *b, char *s, int n) { return 50; }
static int write_(BIO *b, const char *s, size_t n, size_t *w) { *w = 3; return 1; }
static int read_(BIO *b, char *s, size_t n, size_t *r) { *r = 2; return 1; }
static long ctrl(BIO *b, int cmd, long n, void *p)
{
    if (cmd == BIO_C_DO_STATE_MACHINE || cmd == BIO_C_SET_NBIO)
        return 60 + n;
    return 0;
}
static long callback_ctrl(BIO *b, int cmd, BIO_info_cb *f) { return 70 + cmd; }
static long watch(BIO *b, int oper, const char *p, size_t n, int i, long l, int ret, size_t *done) { return ret; }
static int told(BIO *b, int state, int res) { return res; }
static int line(const void *data, size_t n, void *u) { printf("%.*s", (int)n, (const char *)data); return (int)n; }

static void bios(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_FILTER, "own");
    BIO *a = BIO_new(BIO_s_mem()), *b;
    int data = 0;
    char buf[8], *dumped;
    N("create", BIO_meth_set_create(m, create) + BIO_meth_set_destroy(m, destroy));
    N("puts", BIO_meth_set_puts(m, puts_) + BIO_meth_set_gets(m, gets_));
    N("io", BIO_meth_set_write_ex(m, write_) + BIO_meth_set_read_ex(m, read_));
    N("ctrl", BIO_meth_set_ctrl(m, ctrl) + BIO_meth_set_callback_ctrl(m, callback_ctrl));
    N("got", (BIO_meth_get_create(m) == create) + (BIO_meth_get_destroy(m) == destroy) + (BIO_meth_get_puts(m) == puts_)
        + (BIO_meth_get_gets(m) == gets_) + (BIO_meth_get_ctrl(m) == ctrl) + (BIO_meth_get_callback_ctrl(m) == callback_ctrl)
        + (BIO_meth_get_write_ex(m) == write_) + (BIO_meth_get_read_ex(m) == read_));
    b = BIO_new(m);
    N("puts", BIO_puts(b, "abc"));
    N("gets", BIO_gets(b, buf, 8));
    N("write", BIO_write(b, "abcd", 4));
    N("read", BIO_read(b, buf, 4));
    N("handshake", BIO_do_handshake(b));
    N("nbio", BIO_set_nbio(b, 1));
    N("int", BIO_int_ctrl(b, BIO_C_SET_NBIO, 5, 3));
    N("callback", BIO_callback_ctrl(b, BIO_CTRL_SET_CALLBACK, told));
    BIO_set_callback_ex(b, watch);
    BIO_set_callback_arg(b, (char *)&data);
    N("arg", BIO_get_callback_arg(b) == (char *)&data);
    N("cb", BIO_get_callback_ex(b) == watch);
    BIO_set_callback_ex(b, NULL);
    BIO_set_next(b, a);
    N("next", BIO_next(b) == a);
    BIO_set_flags(a, BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_READ);
    BIO_copy_next_retry(b);
    N("retry", BIO_should_retry(b) != 0);
    N("retry read", BIO_should_read(b) != 0);
    N("retry type", BIO_retry_type(b));
    N("flags", BIO_get_flags(a));
    BIO_clear_flags(b, BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_READ);
    N("cleared", BIO_should_retry(b));
    BIO_set_retry_special(b);
    N("special", BIO_should_io_special(b) != 0);
    N("pre", BIO_cb_pre(2) + 10 * BIO_cb_pre(2 | BIO_CB_RETURN));
    N("post", BIO_cb_post(2) + (BIO_CB_return(2) == 130));
    BIO_set_next(b, NULL);
    BIO_set_shutdown(a, 0);
    N("shutdown", BIO_get_shutdown(a));
    BIO_set_shutdown(a, 1);
    N("pending", BIO_ctrl_wpending(a));
    N("dump", BIO_dump(a, "dumped bytes, more than sixteen", 31));
    N("dump indent", BIO_dump_indent(a, "xy\n", 3, 4));
    N("dump cb", BIO_dump_cb(line, NULL, "callback", 8));
    N("dumped length", BIO_get_mem_data(a, &dumped));
    H("dumped", dumped, BIO_get_mem_data(a, NULL));
    BIO_vfree(b);
    BIO_meth_free(m);
    BIO_free(a);
}

int main(void)
{
    BIO *in = BIO_new_file(FILE_NAME, "r");
    X509 *x, *first = NULL;
    puts(OpenSSL_version(OPENSSL_VERSION));
    while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        if (first == NULL)
            first = x;
        certificate(x, first);
    }
    ERR_clear_error();
    names();
    general();
    objects();
    algorithms();
    errors();
    bios();
    return 0;
}

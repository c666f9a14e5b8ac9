/* Stores, parameters and PEM, on certificates of ../x509/print.pem. Compared line by line with store.test.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void N(const char *what, long long value) { printf("%s %lld\n", what, value); }
static void S(const char *what, const char *value) { printf("%s %s\n", what, value == NULL ? "null" : value); }
static void E(const char *what, long long value)
{
    unsigned long e = ERR_peek_last_error();
    printf("%s %lld %d %d\n", what, value, ERR_GET_LIB(e), ERR_GET_REASON(e));
    ERR_clear_error();
}

static void parameters(void)
{
    X509_VERIFY_PARAM *a = X509_VERIFY_PARAM_new(), *b = X509_VERIFY_PARAM_new();
    int i;
    N("flags", X509_VERIFY_PARAM_set_flags(a, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CRL_CHECK));
    N("clear", X509_VERIFY_PARAM_clear_flags(a, X509_V_FLAG_CRL_CHECK));
    N("flags back", X509_VERIFY_PARAM_get_flags(a));
    N("host", X509_VERIFY_PARAM_set1_host(a, "one", 0) + X509_VERIFY_PARAM_add1_host(a, "two", 3));
    S("host back", X509_VERIFY_PARAM_get0_host(a, 1));
    S("host none", X509_VERIFY_PARAM_get0_host(a, 2));
    X509_VERIFY_PARAM_set_hostflags(a, 4);
    N("hostflags", X509_VERIFY_PARAM_get_hostflags(a));
    N("email", X509_VERIFY_PARAM_set1_email(a, "me@example.com", 0));
    S("email back", X509_VERIFY_PARAM_get0_email(a));
    N("name", X509_VERIFY_PARAM_set1_name(a, "mine"));
    S("name back", X509_VERIFY_PARAM_get0_name(a));
    X509_VERIFY_PARAM_set_auth_level(a, 2);
    N("level", X509_VERIFY_PARAM_get_auth_level(a));
    X509_VERIFY_PARAM_set_depth(a, 3);
    N("depth", X509_VERIFY_PARAM_get_depth(a));
    X509_VERIFY_PARAM_set_time(a, 1000);
    N("time", X509_VERIFY_PARAM_get_time(a));
    N("inherit flags", X509_VERIFY_PARAM_set_inh_flags(b, X509_VP_FLAG_DEFAULT));
    N("inherit flags back", X509_VERIFY_PARAM_get_inh_flags(b));
    N("inherit", X509_VERIFY_PARAM_inherit(b, a));
    N("inherited", X509_VERIFY_PARAM_get_depth(b));
    S("inherited host", X509_VERIFY_PARAM_get0_host(b, 0));
    X509_VERIFY_PARAM_set_depth(a, 4);
    N("set1", X509_VERIFY_PARAM_set1(b, a));
    N("set", X509_VERIFY_PARAM_get_depth(b));
    X509_VERIFY_PARAM_move_peername(b, a);
    S("peer", X509_VERIFY_PARAM_get0_peername(b));
    N("purpose", X509_VERIFY_PARAM_set_purpose(a, X509_PURPOSE_SSL_SERVER));
    E("purpose bad", X509_VERIFY_PARAM_set_purpose(a, 99));
    N("policy", X509_VERIFY_PARAM_add0_policy(a, OBJ_txt2obj("1.2.3", 1)));
    N("policy flags", X509_VERIFY_PARAM_get_flags(a) & X509_V_FLAG_POLICY_CHECK);
    {
        STACK_OF(ASN1_OBJECT) *none = NULL;
        N("policies", X509_VERIFY_PARAM_set1_policies(a, none));
    }
    N("lookup", X509_VERIFY_PARAM_lookup("ssl_server") != NULL);
    N("lookup none", X509_VERIFY_PARAM_lookup("mine") != NULL);
    N("count", X509_VERIFY_PARAM_get_count());
    for (i = 0; i < 6; i++)
        S("known", X509_VERIFY_PARAM_get0(i) == NULL ? NULL : X509_VERIFY_PARAM_get0_name(X509_VERIFY_PARAM_get0(i)));
    N("add", X509_VERIFY_PARAM_add0_table(a));
    N("added", X509_VERIFY_PARAM_get_count());
    N("found", X509_VERIFY_PARAM_lookup("mine") == a);
    S("last", X509_VERIFY_PARAM_get0_name(X509_VERIFY_PARAM_get0(5)));
    X509_VERIFY_PARAM_table_cleanup();
    N("gone", X509_VERIFY_PARAM_get_count());
    X509_VERIFY_PARAM_free(b);
}

static int issuers, issued, revocations, policies, signatures, lookups, lists, cleanups;
static X509 *root;

static int get_issuer(X509 **issuer, X509_STORE_CTX *ctx, X509 *x) { issuers++; X509_up_ref(root); *issuer = root; return 1; }
static int check_issued(X509_STORE_CTX *ctx, X509 *x, X509 *issuer) { issued++; return 1; }
static int check_revocation(X509_STORE_CTX *ctx) { revocations++; return 1; }
static int no_revocation(X509_STORE_CTX *ctx) { X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_REVOKED); return 0; }
static int check_policy(X509_STORE_CTX *ctx) { policies++; return 1; }
static int verify_(X509_STORE_CTX *ctx) { signatures = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)); return 1; }
static STACK_OF(X509) *lookup_certs(X509_STORE_CTX *ctx, const X509_NAME *nm)
{
    STACK_OF(X509) *sk = sk_X509_new_null();
    lookups++;
    X509_up_ref(root);
    sk_X509_push(sk, root);
    return sk;
}
static int cleanup(X509_STORE_CTX *ctx) { cleanups++; return 1; }

static int run(X509_STORE *store, X509 *x)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(NULL, NULL);
    int result;
    X509_STORE_CTX_init(ctx, store, x, NULL);
    result = X509_STORE_CTX_verify(ctx) * 1000 + X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    return result;
}

static void stores(X509 *leaf, X509 *top)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_OBJECT *object = NULL;
    X509 *issuer = NULL;
    STACK_OF(X509) *found, *own = sk_X509_new_null();
    int data = 1;
    root = top;
    N("up ref", X509_STORE_up_ref(store));
    X509_STORE_free(store);
    N("lock", X509_STORE_lock(store) + X509_STORE_unlock(store));
    N("flags", X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN));
    N("flags back", X509_VERIFY_PARAM_get_flags(X509_STORE_get0_param(store)));
    N("trust", X509_STORE_set_trust(store, 1));
    N("data", X509_STORE_set_ex_data(store, 0, &data));
    N("data back", X509_STORE_get_ex_data(store, 0) == &data);
    N("hooks", (X509_STORE_get_get_issuer(store) == NULL) + (X509_STORE_get_check_issued(store) == NULL) + (X509_STORE_get_check_revocation(store) == NULL)
        + (X509_STORE_get_check_policy(store) == NULL) + (X509_STORE_get_verify(store) == NULL) + (X509_STORE_get_lookup_certs(store) == NULL)
        + (X509_STORE_get_lookup_crls(store) == NULL) + (X509_STORE_get_cleanup(store) == NULL) + (X509_STORE_get_verify_cb(store) == NULL));
    N("empty", run(store, leaf));
    N("add", X509_STORE_add_cert(store, top));
    N("good", run(store, leaf));
    X509_STORE_set_check_revocation(store, no_revocation);
    N("revoked", run(store, leaf));
    X509_STORE_set_check_revocation(store, check_revocation);
    X509_STORE_set_check_policy(store, check_policy);
    X509_STORE_set_verify(store, verify_);
    X509_STORE_set_check_issued(store, check_issued);
    X509_STORE_set_lookup_certs(store, lookup_certs);
    X509_STORE_set_cleanup(store, cleanup);
    N("hooked", run(store, leaf));
    N("revocations", revocations);
    N("policies", policies);
    N("signatures", signatures);
    N("issued", issued > 0);
    N("lookups", lookups > 0);
    N("cleanups", cleanups);
    X509_STORE_set_get_issuer(store, get_issuer);
    N("issuer hook", run(store, leaf));
    N("issuers", issuers > 0);
    N("got", (X509_STORE_get_get_issuer(store) == get_issuer) + (X509_STORE_get_verify(store) == verify_) + (X509_STORE_get_cleanup(store) == cleanup));
    X509_STORE_set_get_issuer(store, NULL);
    X509_STORE_set_check_issued(store, NULL);
    X509_STORE_set_check_revocation(store, NULL);
    X509_STORE_set_check_policy(store, NULL);
    X509_STORE_set_verify(store, NULL);
    X509_STORE_set_lookup_certs(store, NULL);
    X509_STORE_set_lookup_crls(store, NULL);
    X509_STORE_set_cleanup(store, NULL);
    N("unhooked", run(store, leaf));
    X509_STORE_CTX_init(ctx, store, leaf, NULL);
    N("ctx cert", X509_STORE_CTX_get0_cert(ctx) == leaf);
    N("ctx store", X509_STORE_CTX_get0_store(ctx) == store);
    N("ctx untrusted", sk_X509_num(X509_STORE_CTX_get0_untrusted(ctx)));
    N("ctx issuer", X509_STORE_CTX_get1_issuer(&issuer, ctx, leaf));
    N("ctx issuer is", X509_cmp(issuer, top));
    found = X509_STORE_CTX_get1_certs(ctx, X509_get_issuer_name(leaf));
    N("ctx certs", sk_X509_num(found));
    sk_X509_pop_free(found, X509_free);
    N("ctx crls", X509_STORE_CTX_get1_crls(ctx, X509_get_issuer_name(leaf)) == NULL);
    N("ctx object", (object = X509_STORE_CTX_get_obj_by_subject(ctx, X509_LU_X509, X509_get_subject_name(top))) != NULL);
    N("ctx object is", X509_cmp(X509_OBJECT_get0_X509(object), top));
    N("ctx object type", X509_OBJECT_get_type(object));
    X509_OBJECT_free(object);
    N("ctx none", X509_STORE_CTX_get_obj_by_subject(ctx, X509_LU_CRL, X509_get_subject_name(top)) == NULL);
    N("ctx built in", X509_STORE_CTX_get_get_issuer(ctx)(&issuer, ctx, leaf));
    N("ctx built in issued", X509_STORE_CTX_get_check_issued(ctx)(ctx, leaf, top));
    N("ctx built in not", X509_STORE_CTX_get_check_issued(ctx)(ctx, top, leaf));
    N("ctx built in certs", sk_X509_num(X509_STORE_CTX_get_lookup_certs(ctx)(ctx, X509_get_issuer_name(leaf))));
    N("ctx built in rest", (X509_STORE_CTX_get_verify(ctx) != NULL) + (X509_STORE_CTX_get_check_revocation(ctx) != NULL)
        + (X509_STORE_CTX_get_check_policy(ctx) != NULL) + (X509_STORE_CTX_get_lookup_crls(ctx) != NULL));
    N("ctx parent", X509_STORE_CTX_get0_parent_ctx(ctx) == NULL);
    N("ctx policy", (X509_STORE_CTX_get0_policy_tree(ctx) == NULL) + X509_STORE_CTX_get_explicit_policy(ctx));
    N("ctx purpose", X509_STORE_CTX_purpose_inherit(ctx, X509_PURPOSE_SSL_SERVER, 0, 0));
    E("ctx purpose bad", X509_STORE_CTX_purpose_inherit(ctx, 0, 99, 0));
    E("ctx trust bad", X509_STORE_CTX_purpose_inherit(ctx, 0, 0, 99));
    N("ctx trust", X509_STORE_CTX_set_trust(ctx, 2));
    N("ctx purpose set", X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_ANY));
    X509_STORE_CTX_set_depth(ctx, 7);
    N("ctx depth", X509_VERIFY_PARAM_get_depth(X509_STORE_CTX_get0_param(ctx)));
    N("ctx data", X509_STORE_CTX_set_app_data(ctx, &data));
    N("ctx data back", X509_STORE_CTX_get_app_data(ctx) == &data);
    X509_STORE_CTX_set_current_cert(ctx, top);
    N("ctx current", X509_STORE_CTX_get_current_cert(ctx) == top);
    X509_STORE_CTX_set_error_depth(ctx, 5);
    N("ctx error depth", X509_STORE_CTX_get_error_depth(ctx));
    sk_X509_push(own, top);
    X509_STORE_CTX_set0_untrusted(ctx, own);
    N("ctx untrusted set", sk_X509_num(X509_STORE_CTX_get0_untrusted(ctx)));
    X509_STORE_CTX_set0_crls(ctx, NULL);
    X509_STORE_CTX_set_cert(ctx, top);
    N("ctx cert set", X509_STORE_CTX_get0_cert(ctx) == top);
    N("ctx verify", X509_STORE_CTX_verify(ctx));
    N("ctx untrusted count", X509_STORE_CTX_get_num_untrusted(ctx));
    found = X509_STORE_CTX_get1_chain(ctx);
    N("ctx chain", sk_X509_num(found) + sk_X509_num(X509_STORE_CTX_get_chain(ctx)));
    sk_X509_pop_free(found, X509_free);
    X509_STORE_CTX_set0_verified_chain(ctx, NULL);
    N("ctx chain set", X509_STORE_CTX_get0_chain(ctx) == NULL);
    X509_STORE_CTX_free(ctx);
    found = X509_STORE_get1_all_certs(store);
    N("all", sk_X509_num(found));
    sk_X509_pop_free(found, X509_free);
    E("crl null", X509_STORE_add_crl(store, NULL));
    E("file", X509_STORE_load_file_ex(store, "/nowhere", NULL, NULL));
    N("locations", X509_STORE_load_locations_ex(store, FILE_NAME, NULL, NULL, NULL));
    N("store", X509_STORE_load_store_ex(store, FILE_NAME, NULL, NULL));
    ERR_clear_error();
    X509_STORE_free(store);
}

static void stacks(void)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new(NULL);
    X509_NAME *a = X509_NAME_new(), *b = X509_NAME_new();
    N("push", sk_X509_NAME_push(names, a));
    N("find", sk_X509_NAME_find(names, a));
    N("find none", sk_X509_NAME_find(names, b));
    N("value", sk_X509_NAME_value(names, 0) == a);
    N("value none", sk_X509_NAME_value(names, 1) == NULL);
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    N("null", sk_X509_NAME_num(NULL));
}

static int order(const void *a, const void *b) { return **(char **)a - **(char **)b; }

static void sorted(void)
{
    OPENSSL_STACK *s = OPENSSL_sk_new_reserve(order, 4), *t;
    static const char *texts[] = { "d", "b", "a", "b", "e" };
    int i, n = 0;
    for (i = 0; i < 5; i++)
        N("sk push", OPENSSL_sk_push(s, texts[i]));
    N("sk sorted", OPENSSL_sk_is_sorted(s));
    N("sk find", OPENSSL_sk_find(s, "b"));
    N("sk sorted", OPENSSL_sk_is_sorted(s));
    N("sk find all", OPENSSL_sk_find_all(s, "b", &n));
    N("sk equal", n);
    N("sk find none", OPENSSL_sk_find(s, "c"));
    N("sk find all none", OPENSSL_sk_find_all(s, "c", &n));
    N("sk find ex", OPENSSL_sk_find_ex(s, "d"));
    N("sk insert", OPENSSL_sk_insert(s, "0", 2));
    N("sk unshift", OPENSSL_sk_unshift(s, "z"));
    for (i = 0; i < OPENSSL_sk_num(s); i++)
        S("sk", OPENSSL_sk_value(s, i));
    t = OPENSSL_sk_dup(s);
    OPENSSL_sk_sort(t);
    for (i = 0; i < OPENSSL_sk_num(t); i++)
        S("sk", OPENSSL_sk_value(t, i));
    S("sk pop", OPENSSL_sk_pop(t));
    S("sk shift", OPENSSL_sk_shift(t));
    S("sk delete", OPENSSL_sk_delete(t, 1));
    S("sk delete none", OPENSSL_sk_delete(t, 9));
    S("sk set", OPENSSL_sk_set(t, 0, "q"));
    N("sk set none", OPENSSL_sk_set(t, 9, "q") == NULL);
    N("sk num", OPENSSL_sk_num(t));
    OPENSSL_sk_zero(t);
    N("sk zero", OPENSSL_sk_num(t));
    N("sk null", OPENSSL_sk_num(NULL));
    OPENSSL_sk_free(t);
    t = OPENSSL_sk_new_null();
    N("sk new find", OPENSSL_sk_find(t, "a"));
    OPENSSL_sk_free(t);
    t = OPENSSL_sk_new(order);
    N("sk empty find", OPENSSL_sk_find_ex(t, "a"));
    OPENSSL_sk_free(t);
    OPENSSL_sk_free(s);
}

static void pem(X509 *x)
{
    BIO *b = BIO_new(BIO_s_mem());
    X509 *back;
    STACK_OF(X509_INFO) *infos;
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    DH *dh;
    N("names", sk_GENERAL_NAME_num(names));
    GENERAL_NAMES_free(names);
    N("write", PEM_write_bio_X509(b, x));
    N("write aux", PEM_write_bio_X509_AUX(b, x));
    N("pending", BIO_pending(b));
    back = PEM_read_bio_X509(b, NULL, NULL, NULL);
    N("read", X509_cmp(back, x));
    infos = PEM_X509_INFO_read_bio(b, NULL, NULL, NULL);
    N("infos", sk_X509_INFO_num(infos));
    N("info", sk_X509_INFO_value(infos, 0)->x509 != NULL && sk_X509_INFO_value(infos, 0)->crl == NULL);
    sk_X509_INFO_pop_free(infos, X509_INFO_free);
    E("read none", PEM_read_bio_X509(b, NULL, NULL, NULL) != NULL);
    BIO_puts(b, "-----BEGIN DH PARAMETERS-----\nMEYCQQCb/3W9fkDjdSLJE+KWW/n7B2A1QFixLADDnypn6GGVHvU4+j3QUAyQMEkF\nn6H0w7dCbdF/YOltPPICEjU/uF1nAgEC\n-----END DH PARAMETERS-----\n");
    dh = PEM_read_bio_DHparams(b, NULL, NULL, NULL);
    N("dh", dh == NULL ? 0 : BN_num_bits(DH_get0_p(dh)) * 10 + BN_num_bits(DH_get0_g(dh)));
    E("dh none", PEM_read_bio_DHparams(b, NULL, NULL, NULL) != NULL);
}

int main(void)
{
    BIO *in = BIO_new_file(FILE_NAME, "r");
    X509 *all[20], *leaf = NULL, *top = NULL;
    int n = 0, i;
    puts(OpenSSL_version(OPENSSL_VERSION));
    while ((all[n] = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
        n++;
    ERR_clear_error();
    leaf = all[1], top = all[1];
    for (i = 0; i < n; i++)
        if (ASN1_INTEGER_get(X509_get_serialNumber(all[i])) == 7)
            leaf = top = all[i];
    parameters();
    stores(leaf, top);
    stacks();
    sorted();
    pem(leaf);
    return 0;
}

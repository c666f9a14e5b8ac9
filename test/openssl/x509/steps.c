/* The steps of a verification that a program does itself, trust settings and policies: what the calls answer. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define CERTS "test/openssl/x509/certs/"
static X509 *ee, *ca, *root;
static X509_CRL *crl;

static X509 *load(const char *file)
{
    BIO *in = BIO_new_file(file, "r");
    X509 *x = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL);
    BIO_free(in);
    return x;
}

static int told(int ok, X509_STORE_CTX *ctx)
{
    printf(" %d/%d@%d%s%s", ok, X509_STORE_CTX_get_error(ctx), X509_STORE_CTX_get_error_depth(ctx),
        X509_STORE_CTX_get0_current_crl(ctx) == crl ? "+crl" : "",
        X509_STORE_CTX_get0_parent_ctx(ctx) != NULL ? "+path" : "");
    return 1;
}

static int issuer_fails(X509_STORE_CTX **issuer, X509_STORE_CTX *ctx, X509 *x) { return -1; }
static int never(X509_STORE_CTX *ctx, X509 *x, X509 *issuer) { return 0; }
static int give_crl(X509_STORE_CTX *ctx, X509_CRL **out, X509 *x) { X509_CRL_up_ref(crl); *out = crl; return 1; }
static int no_crl(X509_STORE_CTX *ctx, X509_CRL **out, X509 *x) { return 0; }
static int good_crl(X509_STORE_CTX *ctx, X509_CRL *list) { printf(" check%d", list == crl); return 1; }
static int bad_crl(X509_STORE_CTX *ctx, X509_CRL *list) { X509_STORE_CTX_set_error(ctx, 50); return 0; }
static int on_crl(X509_STORE_CTX *ctx, X509_CRL *list, X509 *x) { printf(" lookup%d", x == ee); return 1; }
static int revoked(X509_STORE_CTX *ctx, X509_CRL *list, X509 *x) { X509_STORE_CTX_set_error(ctx, 23); return 0; }
static int own_check(X509_STORE_CTX *ctx, X509_CRL *list) { return X509_STORE_CTX_get_check_crl(ctx) == own_check; }

static void verify(const char *name, X509_STORE *store, X509 *target, unsigned long flags)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    int ret;
    sk_X509_push(untrusted, ca);
    printf("%s:", name);
    X509_STORE_CTX_init(ctx, store, target, untrusted);
    X509_STORE_CTX_set_time(ctx, 0, 1739527200);
    X509_STORE_CTX_set_flags(ctx, flags);
    X509_STORE_CTX_set_verify_cb(ctx, told);
    ret = X509_verify_cert(ctx);
    printf(" = %d/%d", ret, X509_STORE_CTX_get_error(ctx));
    ret = X509_verify_cert(ctx);
    printf(" again %d/%d\n", ret, X509_STORE_CTX_get_error(ctx));
    ERR_clear_error();
    X509_STORE_CTX_free(ctx);
}

static X509_STORE *trusting(X509 *x)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_add_cert(store, x);
    return store;
}

static void say_trust(const char *name)
{
    STACK_OF(ASN1_OBJECT) *t = X509_get0_trust_objects(root), *r = X509_get0_reject_objects(root);
    printf("%s: %d %d %d %d\n", name, X509_trusted(root), t == NULL ? -1 : sk_ASN1_OBJECT_num(t),
        r == NULL ? -1 : sk_ASN1_OBJECT_num(r), i2d_X509_AUX(root, NULL) - i2d_X509(root, NULL));
}

static void settings(void)
{
    ASN1_OBJECT *server = OBJ_nid2obj(NID_server_auth), *client = OBJ_nid2obj(NID_client_auth);
    X509_STORE *store = trusting(root);
    X509_STORE_set_trust(store, X509_TRUST_SSL_SERVER);
    say_trust("nothing noted");
    X509_alias_set1(root, NULL, -1);
    X509_trust_clear(root);
    say_trust("nothing taken away");
    verify("trusted", store, ee, 0);
    X509_add1_trust_object(root, client);
    say_trust("client");
    verify("trusted for clients", store, ee, 0);
    X509_add1_trust_object(root, server);
    say_trust("both");
    verify("trusted for servers", store, ee, 0);
    X509_add1_reject_object(root, server);
    say_trust("rejected");
    verify("rejected for servers", store, ee, 0);
    X509_trust_clear(root);
    X509_reject_clear(root);
    say_trust("cleared");
    X509_add1_trust_object(root, NULL);
    X509_alias_set1(root, (unsigned char *)"root", 4);
    say_trust("trusted for nothing");
    verify("trusted for nothing", store, ee, 0);
    {
        unsigned char *der = NULL;
        const unsigned char *p;
        int length = i2d_X509_AUX(root, &der);
        X509 *copy;
        p = der;
        copy = d2i_X509_AUX(NULL, &p, length);
        printf("read again: %d %d %d", (int)(p - der) == length, X509_cmp(copy, root), X509_trusted(copy));
        length = 0;
        X509_alias_get0(copy, &length);
        printf(" %d\n", length);
        p = der;
        printf("cut short: %d\n", d2i_X509_AUX(NULL, &p, i2d_X509_AUX(root, NULL) - 1) != NULL);
        ERR_clear_error();
    }
    X509_reject_clear(root);
    X509_trust_clear(root);
}

static void nodes(const char *name, STACK_OF(X509_POLICY_NODE) *list)
{
    printf(" %s%d", name, list == NULL ? -1 : sk_X509_POLICY_NODE_num(list));
}

static void policies(const char *leaf, int flags, const char *wanted)
{
    STACK_OF(X509) *chain = sk_X509_new_null();
    STACK_OF(ASN1_OBJECT) *oids = sk_ASN1_OBJECT_new_null();
    X509_POLICY_TREE *tree = NULL;
    int explicit_policy = 7, ret, i, j;
    if (wanted != NULL) sk_ASN1_OBJECT_push(oids, OBJ_txt2obj(wanted, 1));
    sk_X509_push(chain, load(leaf));
    sk_X509_push(chain, load(CERTS "ca-pol-cert.pem"));
    sk_X509_push(chain, root);
    ret = X509_policy_check(&tree, &explicit_policy, chain, oids, flags);
    printf("policies %x: %d %d", flags, ret, explicit_policy);
    nodes("A", X509_policy_tree_get0_policies(tree));
    nodes("U", X509_policy_tree_get0_user_policies(tree));
    for (i = 0; i <= X509_policy_tree_level_count(tree); i++) {
        X509_POLICY_LEVEL *level = X509_policy_tree_get0_level(tree, i);
        printf(" [%d", X509_policy_level_node_count(level));
        for (j = 0; j <= X509_policy_level_node_count(level); j++) {
            X509_POLICY_NODE *node = X509_policy_level_get0_node(level, j);
            char text[80] = "-";
            STACK_OF(POLICYQUALINFO) *q = X509_policy_node_get0_qualifiers(node);
            if (node != NULL) OBJ_obj2txt(text, sizeof text, X509_policy_node_get0_policy(node), 1);
            printf(" %s/%d/%d", text, q == NULL ? -1 : sk_POLICYQUALINFO_num(q),
                X509_policy_node_get0_parent(node) != NULL);
        }
        printf("]");
    }
    puts("");
    X509_policy_tree_free(tree);
}

int main(void)
{
    X509_STORE *store;
    BIO *in = BIO_new_file(CERTS "cve-2026-28388-crls.pem", "r");
    puts(OpenSSL_version(OPENSSL_VERSION));
    ee = load(CERTS "ee-cert.pem");
    ca = load(CERTS "ca-cert.pem");
    root = load(CERTS "root-cert.pem");
    crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL);
    verify("nothing to verify", trusting(root), NULL, 0);
    verify("good", trusting(root), ee, 0);
    store = trusting(root);
    X509_STORE_set_get_issuer(store, (X509_STORE_CTX_get_issuer_fn)issuer_fails);
    verify("no issuer can be looked for", store, ee, 0);
    store = trusting(root);
    X509_STORE_set_check_issued(store, never);
    verify("nobody has issued it", store, ee, 0);
    store = trusting(root);
    printf("get_crl %d %d\n", X509_STORE_get_get_crl(store) != NULL, X509_STORE_get_check_crl(store) != NULL);
    verify("no list", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_get_crl(store, no_crl);
    verify("no list of the program", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_get_crl(store, give_crl);
    verify("a list of somebody else", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_check_crl(store, good_crl);
    verify("found good", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_cert_crl(store, on_crl);
    verify("looked up", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_cert_crl(store, revoked);
    verify("found revoked", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_check_crl(store, bad_crl);
    verify("found bad", store, ee, X509_V_FLAG_CRL_CHECK);
    X509_STORE_set_check_crl(store, own_check);
    verify("its own", store, ee, X509_V_FLAG_CRL_CHECK);
    store = trusting(ee);
    X509_STORE_set_get_crl(store, give_crl);
    verify("nobody above", store, ee, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_PARTIAL_CHAIN);
    settings();
    policies(CERTS "ee-cert-policies.pem", 0, NULL);
    policies(CERTS "ee-cert-policies.pem", X509_V_FLAG_EXPLICIT_POLICY, NULL);
    policies(CERTS "ee-cert-policies.pem", X509_V_FLAG_EXPLICIT_POLICY, "1.3.6.1.4.1.16604.998855.1");
    policies(CERTS "ee-cert-policies.pem", X509_V_FLAG_EXPLICIT_POLICY | X509_V_FLAG_INHIBIT_ANY, "2.5.29.32.0");
    policies(CERTS "ee-cert-policies-bad.pem", 0, NULL);
    policies(CERTS "ee-cert.pem", X509_V_FLAG_EXPLICIT_POLICY, NULL);
    return 0;
}

/*
 * Verifies chains with the installed libcrypto and prints what its callback was told, one line a call, so that the tests
 * can compare call by call. Standard input, one case a line, words separated by blanks:
 *   flags purpose depth level time host ip email policies trust overrule  T file  U file...  R file...  C file...  L file...
 * T target, U untrusted, R trusted (with trust settings behind it), C lists of the store, L lists of the verification.
 * "-" stands for none; the flag X509_V_FLAG_TRUSTED_FIRST is taken away instead of set; policies are joined by commas;
 * overrule 1: the callback always answers 1. After the result: whether a policy had to be explicit, those of the
 * authorities and of the user, each with its level-by-level tree. "[" stands before calls for the path of a list.
 */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 11 };
static int overrule;

static int callback(int ok, X509_STORE_CTX *ctx)
{
    printf("%s%d/%d@%d ", X509_STORE_CTX_get0_parent_ctx(ctx) ? "[" : "", ok, X509_STORE_CTX_get_error(ctx),
        X509_STORE_CTX_get_error_depth(ctx));
    return overrule ? 1 : ok;
}

static BIO *open_file(const char *file)
{
    BIO *in = BIO_new_file(file, "rb");
    if (in == NULL) exit(3);
    return in;
}

static X509 *load(const char *file)
{
    unsigned char *data = NULL;
    BIO *in = open_file(file), *mem = BIO_new(BIO_s_mem());
    char buffer[4096];
    int n;
    while ((n = BIO_read(in, buffer, sizeof buffer)) > 0) BIO_write(mem, buffer, n);
    n = BIO_get_mem_data(mem, &data);
    const unsigned char *p = data;
    X509 *x = d2i_X509_AUX(NULL, &p, n);
    if (x == NULL) { fprintf(stderr, "%s is not read\n", file); ERR_print_errors_fp(stderr); exit(4); }
    BIO_free(in);
    BIO_free(mem);
    return x;
}

static X509_CRL *load_crl(const char *file)
{
    BIO *in = open_file(file);
    X509_CRL *crl = d2i_X509_CRL_bio(in, NULL);
    if (crl == NULL) { fprintf(stderr, "%s is not read\n", file); exit(5); }
    BIO_free(in);
    return crl;
}

static void print_policy(const X509_POLICY_NODE *node)
{
    char text[128];
    OBJ_obj2txt(text, sizeof text, X509_policy_node_get0_policy(node), 1);
    printf("%s,", text);
}

static void print_nodes(const char *title, STACK_OF(X509_POLICY_NODE) *nodes)
{
    printf(" %s:", title);
    for (int i = 0; i < sk_X509_POLICY_NODE_num(nodes); i++) print_policy(sk_X509_POLICY_NODE_value(nodes, i));
}

static void print_policies(X509_STORE_CTX *ctx)
{
    X509_POLICY_TREE *tree = X509_STORE_CTX_get0_policy_tree(ctx);
    printf(" E%d", X509_STORE_CTX_get_explicit_policy(ctx));
    if (tree == NULL) return;
    print_nodes("A", X509_policy_tree_get0_policies(tree));
    print_nodes("U", X509_policy_tree_get0_user_policies(tree));
    for (int i = 0; i < X509_policy_tree_level_count(tree); i++) {
        X509_POLICY_LEVEL *level = X509_policy_tree_get0_level(tree, i);
        printf(" %d:", i);
        for (int j = 0; j < X509_policy_level_node_count(level); j++) print_policy(X509_policy_level_get0_node(level, j));
    }
}

int main(void)
{
    static char line[1 << 17];
    puts(OpenSSL_version(OPENSSL_VERSION));
    while (fgets(line, sizeof line, stdin)) {
        X509_STORE *store = X509_STORE_new();
        X509_STORE_CTX *ctx = X509_STORE_CTX_new();
        STACK_OF(X509) *untrusted = sk_X509_new_null();
        STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
        X509 *target = NULL;
        char *fields[FIELDS], *word, kind = 0;
        int i, ret;
        fields[0] = strtok(line, " \n");
        for (i = 1; i < FIELDS; i++) fields[i] = strtok(NULL, " \n");
        while ((word = strtok(NULL, " \n")) != NULL) {
            if (word[1] == 0) { kind = word[0]; continue; }
            if (kind == 'T') target = load(word);
            else if (kind == 'U') sk_X509_push(untrusted, load(word));
            else if (kind == 'R') X509_STORE_add_cert(store, load(word));
            else if (kind == 'C') X509_STORE_add_crl(store, load_crl(word));
            else if (kind == 'L') sk_X509_CRL_push(lists, load_crl(word));
        }
        X509_STORE_CTX_init(ctx, store, target, untrusted);
        X509_STORE_CTX_set0_crls(ctx, lists);
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
        unsigned long flags = strtoul(fields[0], NULL, 0);
        X509_VERIFY_PARAM_clear_flags(param, flags & X509_V_FLAG_TRUSTED_FIRST);
        X509_VERIFY_PARAM_set_flags(param, flags & ~(unsigned long)X509_V_FLAG_TRUSTED_FIRST);
        if (atoi(fields[1])) X509_VERIFY_PARAM_set_purpose(param, atoi(fields[1]));
        X509_VERIFY_PARAM_set_depth(param, atoi(fields[2]));
        X509_VERIFY_PARAM_set_auth_level(param, atoi(fields[3]));
        X509_VERIFY_PARAM_set_time(param, atol(fields[4]));
        if (strcmp(fields[5], "-")) X509_VERIFY_PARAM_set1_host(param, fields[5], 0);
        if (strcmp(fields[6], "-")) X509_VERIFY_PARAM_set1_ip_asc(param, fields[6]);
        if (strcmp(fields[7], "-")) X509_VERIFY_PARAM_set1_email(param, fields[7], 0);
        if (strcmp(fields[8], "-")) {
            char *rest = fields[8], *policy;
            while ((policy = strsep(&rest, ",")) != NULL)
                X509_VERIFY_PARAM_add0_policy(param, OBJ_txt2obj(policy, 1));
        }
        if (atoi(fields[9])) X509_VERIFY_PARAM_set_trust(param, atoi(fields[9]));
        overrule = atoi(fields[10]);
        X509_STORE_CTX_set_verify_cb(ctx, callback);
        ret = X509_verify_cert(ctx);
        printf("=%d/%d", ret, X509_STORE_CTX_get_error(ctx));
        print_policies(ctx);
        puts("");
        ERR_clear_error();
        X509_STORE_CTX_free(ctx);
        X509_STORE_free(store);
    }
    return 0;
}

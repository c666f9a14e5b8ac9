/* What is set is got back: SSL_CTX and SSL. Compared line by line with ssl.test.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void N(const char *what, long long value) { printf("%s %lld\n", what, value); }
static void E(const char *what, long long value)
{
    unsigned long e = ERR_peek_last_error();
    printf("%s %lld %d %d\n", what, value, ERR_GET_LIB(e), ERR_GET_REASON(e));
    ERR_clear_error();
}

static EVP_PKEY *key(int fill)
{
    unsigned char raw[32];
    memset(raw, fill, sizeof raw);
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw);
}

static X509 *certificate(const char *name, EVP_PKEY *own, const char *issuer, EVP_PKEY *by)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_NAME_new(), *from = X509_NAME_new();
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_NAME_add_entry_by_NID(from, NID_commonName, MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
    X509_set_version(x, 2);
    X509_set_subject_name(x, subject);
    X509_set_issuer_name(x, from);
    X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, NULL);
    X509_time_adj_ex(X509_getm_notAfter(x), 1, 0, NULL);
    X509_set_pubkey(x, own);
    X509_add_ext(x, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE"), -1);
    X509_sign(x, by, NULL);
    X509_NAME_free(subject);
    X509_NAME_free(from);
    return x;
}

static void info(const SSL *s, int where, int ret) { }
static void message(int w, int v, int t, const void *b, size_t n, SSL *s, void *a) { *(int *)a += 1; }
static unsigned int psk_client(SSL *s, const char *h, char *i, unsigned int n, unsigned char *p, unsigned int m) { return 0; }
static unsigned int psk_server(SSL *s, const char *i, unsigned char *p, unsigned int m) { return 0; }
static int verify(int ok, X509_STORE_CTX *c) { return ok; }
static int certs(SSL *s, void *a) { return 1; }
static int generate(SSL *s, unsigned char *id, unsigned int *n) { return 1; }
static int client_cert(SSL *s, X509 **x, EVP_PKEY **k) { return 0; }

static void settings(SSL_CTX *ctx, SSL *ssl)
{
    int curves[] = { NID_X9_62_prime256v1, NID_secp384r1 }, other[] = { NID_X25519 }, data = 7;
    N("app_data", SSL_CTX_set_app_data(ctx, &data));
    N("app_data back", SSL_CTX_get_app_data(ctx) == &data);
    N("ex_data", SSL_CTX_set_ex_data(ctx, 0, NULL));
    N("ex_data back", SSL_CTX_get_ex_data(ctx, 0) == NULL);
    N("curves", SSL_CTX_set1_curves(ctx, curves, 2));
    N("curves list", SSL_CTX_set1_curves_list(ctx, "P-256:X25519"));
    E("curves list bad", SSL_CTX_set1_curves_list(ctx, "P-256:none"));
    N("ssl curves", SSL_set1_curves(ssl, curves, 2));
    N("ssl groups", SSL_set1_groups(ssl, other, 1));
    N("ssl groups list", SSL_set1_groups_list(ssl, "P-521:P-256"));
    E("ssl curves list", SSL_set1_curves_list(ssl, "nothing"));
    N("shared curve", SSL_get_shared_curve(ssl, 0));
    N("shared curves", SSL_get_shared_curve(ssl, -1));
    N("peer curves", SSL_get1_curves(ssl, NULL));
    SSL_CTX_set_info_callback(ctx, info);
    N("info", SSL_CTX_get_info_callback(ctx) == info);
    N("ssl info", SSL_get_info_callback(ssl) == NULL);
    SSL_set_info_callback(ssl, info);
    N("ssl info set", SSL_get_info_callback(ssl) == info);
    SSL_CTX_set_info_callback(ctx, NULL);
    SSL_CTX_set_quiet_shutdown(ctx, 1);
    N("quiet", SSL_CTX_get_quiet_shutdown(ctx));
    N("ssl quiet", SSL_get_quiet_shutdown(ssl));
    SSL_CTX_set_quiet_shutdown(ctx, 0);
    SSL_set_read_ahead(ssl, 1);
    N("read ahead", SSL_get_read_ahead(ssl));
    SSL_CTX_set_default_read_ahead(ctx, 1);
    N("default read ahead", SSL_CTX_get_default_read_ahead(ctx));
    N("cert list", SSL_get_max_cert_list(ssl));
    N("cert list set", SSL_set_max_cert_list(ssl, 5000));
    N("cert list back", SSL_get_max_cert_list(ssl));
    N("tickets", SSL_CTX_set_num_tickets(ctx, 5));
    N("tickets back", SSL_CTX_get_num_tickets(ctx));
    SSL_CTX_set_default_read_buffer_len(ctx, 20000);
    SSL_set_default_read_buffer_len(ssl, 20000);
    N("fragment", SSL_set_split_send_fragment(ssl, 600));
    N("pipelines", SSL_set_max_pipelines(ssl, 40));
    N("pipelines fit", SSL_set_max_pipelines(ssl, 4));
    N("cert flags", SSL_set_cert_flags(ssl, SSL_CERT_FLAG_TLS_STRICT));
    N("cert flags off", SSL_clear_cert_flags(ssl, SSL_CERT_FLAG_TLS_STRICT));
    SSL_set_psk_client_callback(ssl, psk_client);
    SSL_set_psk_server_callback(ssl, psk_server);
    N("min", SSL_set_min_proto_version(ssl, DTLS1_2_VERSION));
    N("min back", SSL_get_min_proto_version(ssl));
    N("max", SSL_set_max_proto_version(ssl, DTLS1_VERSION));
    N("max back", SSL_get_max_proto_version(ssl));
    N("max none", SSL_set_max_proto_version(ssl, TLS1_2_VERSION));
    N("method", SSL_CTX_get_ssl_method(ctx) == DTLS_method());
    N("state", SSL_get_state(ssl));
    N("connect init", SSL_in_connect_init(ssl));
    N("accept init", SSL_in_accept_init(ssl));
    N("want", SSL_want_nothing(ssl) * 100 + SSL_want_read(ssl) * 10 + SSL_want_write(ssl));
    N("want more", SSL_want_x509_lookup(ssl) * 100 + SSL_want_client_hello_cb(ssl) * 10 + SSL_want_retry_verify(ssl));
    N("ecdh auto", SSL_set_ecdh_auto(ssl, 1));
    N("dh auto", SSL_set_dh_auto(ssl, 1));
    {
        EC_KEY *ec = EC_KEY_new_by_curve_name(NID_secp384r1);
        EC_KEY_set_asn1_flag(ec, OPENSSL_EC_NAMED_CURVE);
        N("tmp ecdh", SSL_set_tmp_ecdh(ssl, ec));
        EC_KEY_free(ec);
    }
    E("tmp ecdh null", SSL_set_tmp_ecdh(ssl, NULL));
    N("tmp rsa", SSL_CTX_need_tmp_RSA(ctx) + SSL_need_tmp_RSA(ssl) + SSL_CTX_set_tmp_rsa(ctx, NULL) + SSL_set_tmp_rsa(ssl, NULL));
    SSL_CTX_set_client_cert_cb(ctx, client_cert);
    N("client cert", SSL_CTX_get_client_cert_cb(ctx) == client_cert);
    SSL_set_cert_cb(ssl, certs, NULL);
    N("session id", SSL_set_generate_session_id(ssl, generate));
    N("fd", SSL_get_fd(ssl));
    N("rfd", SSL_get_rfd(ssl));
    N("wfd", SSL_get_wfd(ssl));
    SSL_CTX_set0_security_ex_data(ctx, &data);
    N("security data", SSL_CTX_get0_security_ex_data(ctx) == &data);
    SSL_set0_security_ex_data(ssl, &data);
    N("ssl security data", SSL_get0_security_ex_data(ssl) == &data);
    SSL_set_security_level(ssl, 2);
    N("level", SSL_get_security_level(ssl));
    N("ciphersuites", SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256"));
    N("sigalgs", SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256"));
    {
        int pairs[] = { NID_sha256, EVP_PKEY_RSA };
        N("sigalgs pairs", SSL_set1_sigalgs(ssl, pairs, 2));
        N("client sigalgs", SSL_set1_client_sigalgs(ssl, pairs, 2));
        N("ctx client sigalgs", SSL_CTX_set1_client_sigalgs(ctx, pairs, 2));
        N("sigalgs odd", SSL_set1_sigalgs(ssl, pairs, 1));
        ERR_clear_error();
    }
    N("tmp key", SSL_get_peer_tmp_key(ssl, NULL) + SSL_get_server_tmp_key(ssl, NULL) + SSL_get_tmp_key(ssl, NULL));
    N("up ref", SSL_CTX_up_ref(ctx));
    SSL_CTX_free(ctx);
}

static void verification(SSL_CTX *ctx, SSL *ssl)
{
    X509_STORE *store = X509_STORE_new(), *got = NULL;
    X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, verify);
    N("verify", SSL_CTX_get_verify_callback(ctx) == verify);
    N("ssl verify", SSL_get_verify_callback(ssl) == NULL);
    N("mode", SSL_get_verify_mode(ssl));
    SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, verify);
    N("ssl verify set", SSL_get_verify_callback(ssl) == verify);
    N("mode set", SSL_get_verify_mode(ssl));
    SSL_set_verify_depth(ssl, 4);
    N("depth", SSL_get_verify_depth(ssl));
    SSL_set_verify_result(ssl, X509_V_ERR_CERT_HAS_EXPIRED);
    N("result", SSL_get_verify_result(ssl));
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_WILDCARDS);
    N("hostflags", X509_VERIFY_PARAM_get_hostflags(SSL_get0_param(ssl)));
    N("host", SSL_set1_host(ssl, "one"));
    N("host more", SSL_add1_host(ssl, "two"));
    N("host back", !strcmp(X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 1), "two"));
    X509_VERIFY_PARAM_set_depth(param, 9);
    N("param", SSL_CTX_set1_param(ctx, param));
    N("param depth", SSL_CTX_get_verify_depth(ctx));
    X509_VERIFY_PARAM_set_depth(param, 8);
    N("ssl param", SSL_set1_param(ssl, param));
    N("ssl param depth", SSL_get_verify_depth(ssl));
    X509_VERIFY_PARAM_free(param);
    N("trust", SSL_CTX_set_trust(ctx, 3));
    E("trust bad", SSL_CTX_set_trust(ctx, 99));
    SSL_CTX_set_cert_store(ctx, store);
    N("store", SSL_CTX_get_cert_store(ctx) == store);
    N("paths", SSL_CTX_set_default_verify_paths(ctx));
    N("dir", SSL_CTX_load_verify_dir(ctx, "/nowhere"));
    SSL_CTX_set1_cert_store(ctx, store);
    N("chain store", SSL_CTX_set1_chain_cert_store(ctx, store));
    N("chain store back", SSL_CTX_get0_chain_cert_store(ctx, &got));
    N("chain store same", got == store);
    N("verify store", SSL_CTX_set1_verify_cert_store(ctx, store));
    N("verify store back", SSL_CTX_get0_verify_cert_store(ctx, &got));
    N("verify store same", got == store);
    N("ssl chain store", SSL_set1_chain_cert_store(ssl, store));
    N("ssl chain store back", SSL_get0_chain_cert_store(ssl, &got));
    N("ssl verify store", SSL_set0_verify_cert_store(ssl, NULL));
    N("ssl verify store back", SSL_get0_verify_cert_store(ssl, &got));
    N("ssl verify store none", got == NULL);
}

static void certificates(SSL_CTX *ctx, SSL *ssl)
{
    EVP_PKEY *rk = key(1), *lk = key(2);
    X509 *root = certificate("root", rk, "root", rk), *leaf = certificate("leaf", lk, "root", rk);
    unsigned char *der = NULL, *pk = NULL;
    int n = i2d_X509(leaf, &der), m = i2d_PrivateKey(lk, &pk);
    STACK_OF(X509) *chain = NULL;
    STACK_OF(X509) *own = sk_X509_new_null();
    STACK_OF(X509_NAME) *list = sk_X509_NAME_new_null();
    N("certificate", SSL_CTX_use_certificate_ASN1(ctx, n, der));
    N("key", SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_ED25519, ctx, pk, m));
    N("fits", SSL_CTX_check_private_key(ctx));
    E("certificate cut", SSL_CTX_use_certificate_ASN1(ctx, n - 1, der) == 1);
    N("chain add", SSL_CTX_add0_chain_cert(ctx, X509_dup(root)));
    N("extra", SSL_CTX_get_extra_chain_certs_only(ctx, &chain));
    N("extra none", chain == NULL);
    N("extra or own", SSL_CTX_get_extra_chain_certs(ctx, &chain));
    N("extra or own n", sk_X509_num(chain));
    N("extra clear", SSL_CTX_clear_extra_chain_certs(ctx));
    N("ssl certificate", SSL_use_certificate_ASN1(ssl, der, n));
    N("ssl key", SSL_use_PrivateKey_ASN1(EVP_PKEY_ED25519, ssl, pk, m));
    N("ssl fits", SSL_check_private_key(ssl));
    N("ssl other key", SSL_use_PrivateKey(ssl, rk));
    ERR_clear_error();
    N("ssl again", SSL_use_certificate(ssl, leaf));
    N("ssl key again", SSL_use_PrivateKey(ssl, lk));
    N("ssl key back", EVP_PKEY_eq(SSL_get_privatekey(ssl), lk));
    N("ssl chain add", SSL_add1_chain_cert(ssl, root));
    N("ssl chain", SSL_get0_chain_certs(ssl, &chain));
    N("ssl chain n", sk_X509_num(chain));
    N("ssl chain first", X509_cmp(sk_X509_value(chain, 0), root));
    N("ssl chain clear", SSL_clear_chain_certs(ssl));
    N("ssl chain after", SSL_get0_chain_certs(ssl, &chain));
    N("ssl chain none", chain == NULL);
    sk_X509_push(own, root);
    N("ssl chain set", SSL_set1_chain(ssl, own));
    SSL_get0_chain_certs(ssl, &chain);
    N("ssl chain set n", sk_X509_num(chain));
    N("ssl build", SSL_build_cert_chain(ssl, SSL_BUILD_CHAIN_FLAG_CHECK | SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR));
    ERR_clear_error();
    N("ssl all", SSL_use_cert_and_key(ssl, leaf, lk, own, 1));
    E("ssl all again", SSL_use_cert_and_key(ssl, leaf, lk, own, 0));
    N("ssl select", SSL_select_current_cert(ssl, leaf));
    SSL_certs_clear(ssl);
    N("ssl cleared", SSL_get_certificate(ssl) == NULL);
    E("ssl unfit", SSL_check_private_key(ssl));
    E("ssl no file", SSL_use_certificate_chain_file(ssl, "/nowhere/at.pem"));
    N("ca", SSL_add_client_CA(ssl, root));
    N("ca n", sk_X509_NAME_num(SSL_get0_CA_list(ssl)));
    sk_X509_NAME_push(list, X509_NAME_dup(X509_get_subject_name(leaf)));
    sk_X509_NAME_push(list, X509_NAME_dup(X509_get_subject_name(root)));
    SSL_set_client_CA_list(ssl, list);
    N("ca set", sk_X509_NAME_num(SSL_get_client_CA_list(ssl)) + 10 * sk_X509_NAME_num(SSL_get0_CA_list(ssl)));
    N("ca more", SSL_add1_to_CA_list(ssl, root));
    N("ca more n", sk_X509_NAME_num(SSL_get0_CA_list(ssl)));
    list = SSL_dup_CA_list(SSL_get0_CA_list(ssl));
    N("ca dup", sk_X509_NAME_num(list));
    SSL_CTX_set0_CA_list(ctx, list);
    N("ca ctx", sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx)));
    SSL_set0_CA_list(ssl, NULL);
    N("ca ctx's", sk_X509_NAME_num(SSL_get0_CA_list(ssl)));
    N("peer", SSL_get1_peer_certificate(ssl) == NULL);
}

static void sessions(SSL *ssl)
{
    SSL_SESSION *s = SSL_SESSION_new();
    STACK_OF(SSL_CIPHER) *known = NULL, *signals = NULL;
    unsigned char suites[] = { 0xc0, 0x2b, 0x00, 0xff, 0xc0, 0x2f, 0x12, 0x34 };
    int data = 3, count = 0;
    N("session ref", SSL_SESSION_up_ref(s));
    SSL_SESSION_free(s);
    N("session data", SSL_SESSION_set_ex_data(s, 0, &data));
    N("session data back", SSL_SESSION_get_ex_data(s, 0) == &data);
    N("session time", SSL_set_time(s, 1234567));
    N("session time back", SSL_get_time(s));
    N("session timeout", SSL_set_timeout(s, 60));
    N("session timeout back", SSL_get_timeout(s));
    SSL_SESSION_free(s);
    N("suites", SSL_bytes_to_cipher_list(ssl, suites, sizeof suites, 0, &known, &signals));
    N("suites known", sk_SSL_CIPHER_num(known));
    N("suites signals", sk_SSL_CIPHER_num(signals));
    N("suites first", SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(known, 0)));
    sk_SSL_CIPHER_free(known);
    sk_SSL_CIPHER_free(signals);
    E("suites odd", SSL_bytes_to_cipher_list(ssl, suites, 3, 0, &known, &signals));
    SSL_set_msg_callback(ssl, message);
    SSL_set_msg_callback_arg(ssl, &count);
    SSL_set_connect_state(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    SSL_set_mtu(ssl, 1400);
    N("connect", SSL_connect(ssl));
    N("messages", count > 0);
    N("connecting", SSL_in_connect_init(ssl) * 10 + SSL_in_accept_init(ssl));
    N("wanting", SSL_want_nothing(ssl) * 100 + SSL_want_read(ssl) * 10 + SSL_want_write(ssl));
    N("hit", SSL_cache_hit(ssl));
}

int main(void)
{
    SSL_CTX *ctx;
    SSL *ssl;
    int count = 0;
    puts(OpenSSL_version(OPENSSL_VERSION));
    ctx = SSL_CTX_new_ex(NULL, NULL, DTLS_method());
    ssl = SSL_new(ctx);
    settings(ctx, ssl);
    verification(ctx, ssl);
    certificates(ctx, ssl);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ctx = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_set_msg_callback(ctx, message);
    SSL_CTX_set_msg_callback_arg(ctx, &count);
    ssl = SSL_new(ctx);
    sessions(ssl);
    N("ctx messages", count);
    N("no default paths", SSL_CTX_set_default_verify_paths(ctx));
    return 0;
}

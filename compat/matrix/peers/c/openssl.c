/* A peer against libssl 3.0. */
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <sys/time.h>
#ifndef OPENSSL_NO_SCTP
#define WITH_SCTP
#endif
#include "peer.h"

static SSL_CTX *ctx;
static SSL *ssl;
static SSL_SESSION *kept;

static void failed(const char *what)
{
    char text[256] = "no reason";
    unsigned long code = ERR_peek_last_error();
    if (code) ERR_error_string_n(code, text, sizeof text);
    fail("%s: %s", what, text);
}

static unsigned give_psk(unsigned char *psk, unsigned room) { return (unsigned)psk_bytes(psk, room); }
static unsigned psk_client(SSL *s, const char *hint, char *identity, unsigned max, unsigned char *psk, unsigned room)
{
    snprintf(identity, max, "%s", opt("identity"));
    return give_psk(psk, room);
}
static unsigned psk_server(SSL *s, const char *identity, unsigned char *psk, unsigned room)
{
    return !strcmp(identity, opt("identity")) ? give_psk(psk, room) : 0;
}

static int cookie_make(SSL *s, unsigned char *cookie, unsigned *length)
{
    return HMAC(EVP_sha256(), "compat", 6, (const unsigned char *)"peer", 4, cookie, length) != NULL;
}
static int cookie_check(SSL *s, const unsigned char *cookie, unsigned length)
{
    unsigned char own[EVP_MAX_MD_SIZE];
    unsigned own_length;
    return cookie_make(s, own, &own_length) && length == own_length && !CRYPTO_memcmp(own, cookie, length);
}

static int protocols(unsigned char *out)
{
    int length = 0;
    char *list = strdup(opt("alpn"));
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        out[length++] = (unsigned char)strlen(name);
        memcpy(out + length, name, strlen(name));
        length += strlen(name);
    }
    free(list);
    return length;
}
static int choose_alpn(SSL *s, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned inlen,
                       void *arg)
{
    static unsigned char own[256];
    int length = protocols(own);
    return SSL_select_next_proto((unsigned char **)out, outlen, own, length, in, inlen) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}
static int name_asked(SSL *s, int *alert, void *arg) { return SSL_TLSEXT_ERR_OK; }

static void choose_cipher(void)
{
    STACK_OF(SSL_CIPHER) *all;
    if (!SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0")) failed("cipher list");
    if (!cipher_id()) {
        SSL_CTX_set_cipher_list(ctx, "DEFAULT:PSK:@SECLEVEL=0");
        return;
    }
    all = SSL_CTX_get_ciphers(ctx);
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);
        if (SSL_CIPHER_get_protocol_id(cipher) == cipher_id()) {
            char list[100];
            snprintf(list, sizeof list, "%s:@SECLEVEL=0", SSL_CIPHER_get_name(cipher));
            if (!SSL_CTX_set_cipher_list(ctx, list)) failed("cipher list");
            return;
        }
    }
    lack("the suite %s", opt("cipher"));
}

static void library_setup(void)
{
    static const int tls[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION };
    int version = datagrams() ? (minor() == 2 ? DTLS1_2_VERSION : DTLS1_VERSION) : tls[minor()];
    unsigned char alpn[256];
    ctx = SSL_CTX_new(datagrams() ? DTLS_method() : TLS_method());
    choose_cipher();
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_dh_auto(ctx, 1);
    SSL_CTX_set_options(ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"compat", 6);
    if (opt("group") && !SSL_CTX_set1_groups_list(ctx, opt("group"))) lack("the group %s", opt("group"));
    if (opt("cert") && (SSL_CTX_use_certificate_chain_file(ctx, opt("cert")) != 1 ||
                        SSL_CTX_use_PrivateKey_file(ctx, opt("key"), SSL_FILETYPE_PEM) != 1))
        failed("certificate");
    if (opt("ca")) {
        SSL_CTX_load_verify_locations(ctx, opt("ca"), NULL);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    if (opt("psk")) {
        SSL_CTX_set_psk_client_callback(ctx, psk_client);
        SSL_CTX_set_psk_server_callback(ctx, psk_server);
    }
    if (opt_is("resume", "id")) SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    if (opt_is("ems", "0")) SSL_CTX_set_options(ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    if (opt_is("etm", "0")) SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
    if (opt("alpn")) {
        SSL_CTX_set_alpn_protos(ctx, alpn, protocols(alpn));
        SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
    }
    SSL_CTX_set_tlsext_servername_callback(ctx, name_asked);
    if (opt("srtp") && SSL_CTX_set_tlsext_use_srtp(ctx, opt("srtp"))) lack("the profile %s", opt("srtp"));
    if (opt("heartbeat")) lack("heartbeats: OpenSSL dropped them in 1.1.1");
#ifdef WITH_SCTP
    if (opt_is("label", "bug")) SSL_CTX_set_mode(ctx, SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG);
#endif
    SSL_CTX_set_cookie_generate_cb(ctx, cookie_make);
    SSL_CTX_set_cookie_verify_cb(ctx, cookie_check);
}

#ifdef WITH_SCTP
/* Which turns SCTP-AUTH on. */
static void sctp_prepare(int fd)
{
    BIO *bio = BIO_new_dgram_sctp(fd, BIO_NOCLOSE);
    if (!bio) failed("BIO_new_dgram_sctp");
    BIO_free(bio);
}

static int sctp_stream_read(void)
{
    struct bio_dgram_sctp_rcvinfo info = { 0 };
    if (associations()) BIO_ctrl(SSL_get_rbio(ssl), BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, sizeof info, &info);
    return info.rcv_sid;
}

static void sctp_stream_write(int stream)
{
    struct bio_dgram_sctp_sndinfo info = { .snd_sid = stream };
    BIO_ctrl(SSL_get_wbio(ssl), BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, sizeof info, &info);
}

static BIO *new_sctp_bio(int fd) { return BIO_new_dgram_sctp(fd, BIO_NOCLOSE); }
#else
static BIO *new_sctp_bio(int fd) { return NULL; }
#endif

static void session_open(int fd)
{
    BIO *bio = associations()  ? new_sctp_bio(fd)
               : datagrams() ? BIO_new_dgram(fd, BIO_NOCLOSE)
                             : BIO_new_socket(fd, BIO_NOCLOSE);
    if (!bio) failed("no BIO");
    ssl = SSL_new(ctx);
    if (one_socket()) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &size)) failed("getpeername");
        BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &peer);
    }
    SSL_set_bio(ssl, bio, bio);
    if (opt("mtu")) {
        SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(ssl, atoi(opt("mtu")));
    }
    if (opt("sni") && !is_server) SSL_set_tlsext_host_name(ssl, opt("sni"));
    if (kept && !is_server) SSL_set_session(ssl, kept);
    if (is_server && opt("cookie")) {
        BIO_ADDR *address = BIO_ADDR_new();
        int ret;
        while ((ret = DTLSv1_listen(ssl, address)) <= 0)
            if (ret < 0) failed("DTLSv1_listen");
        BIO_ADDR_free(address);
    }
    for (;;) {
        int ret = is_server ? SSL_accept(ssl) : SSL_connect(ssl);
        if (ret == 1) return;
        if (SSL_get_error(ssl, ret) != SSL_ERROR_WANT_READ) failed("handshake");
    }
}

static void session_report(void)
{
    const unsigned char *alpn;
    unsigned length;
    unsigned char bytes[60];
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(ssl);
    X509 *peer = SSL_get0_peer_certificate(ssl);
    tell("version %s", SSL_get_version(ssl));
    tell("cipher %04X", SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)));
    tell("reused %d", SSL_session_reused(ssl));
    tell("ems %ld", SSL_get_extms_support(ssl));
    tell("peer %d", peer != NULL);
    if (is_server && SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
        tell("sni %s", SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    SSL_get0_alpn_selected(ssl, &alpn, &length);
    if (length) tell("alpn %.*s", (int)length, alpn);
    if (opt("exporter")) {
        SSL_export_keying_material(ssl, bytes, 32, opt("exporter"), strlen(opt("exporter")), NULL, 0, 0);
        tell_hex("exporter", bytes, 32);
    }
    if (profile) {
        tell("srtp %s", profile->name);
        SSL_export_keying_material(ssl, bytes, 60, "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0);
        tell_hex("srtpkeys", bytes, 60);
    }
}

static void session_renegotiate(void)
{
    unsigned char byte, before[32], now[32];
    SSL_get_client_random(ssl, before, sizeof before);
    if (SSL_renegotiate(ssl) != 1 || SSL_do_handshake(ssl) != 1) failed("renegotiation");
    if (!is_server) return;
    /* A server has only asked so far. Without this mode a call that meets a handshake is over with it. */
    SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
    for (int done = 0; !done; done = memcmp(before, now, sizeof now) && !SSL_in_init(ssl)) {
        int ret = SSL_peek(ssl, &byte, 1);
        SSL_get_client_random(ssl, now, sizeof now);
        if (ret > 0 || SSL_get_error(ssl, ret) != SSL_ERROR_WANT_READ) failed("renegotiation");
    }
    SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
}

static void session_heartbeat(void) {}

static int session_read(unsigned char *buffer, int room)
{
    for (;;) {
        int n = SSL_read(ssl, buffer, room);
        if (n > 0) return n;
        switch (SSL_get_error(ssl, n)) {
        case SSL_ERROR_WANT_READ: continue;
        case SSL_ERROR_ZERO_RETURN: return 0;
        case SSL_ERROR_SYSCALL: return -1;
        }
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return -1;
        failed("SSL_read");
    }
}

static void session_write(const unsigned char *bytes, int length)
{
    if (SSL_write(ssl, bytes, length) != length) failed("SSL_write");
}

static void session_close(void)
{
    if (!is_server && opt("resume")) kept = SSL_get1_session(ssl);
    SSL_shutdown(ssl);
}

static void session_free(void)
{
    SSL_free(ssl);
    ERR_clear_error();
}

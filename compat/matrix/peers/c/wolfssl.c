/* A peer against wolfSSL. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/dh.h>
#include "peer.h"

static WOLFSSL_CTX *ctx;
static WOLFSSL *ssl;
static WOLFSSL_SESSION *kept;

static void failed(const char *what, int ret)
{
    char text[WOLFSSL_MAX_ERROR_SZ];
    fail("%s: %s", what, wolfSSL_ERR_error_string(wolfSSL_get_error(ssl, ret), text));
}

static unsigned psk_client(WOLFSSL *s, const char *hint, char *identity, unsigned max, unsigned char *psk,
                           unsigned room)
{
    snprintf(identity, max, "%s", opt("identity"));
    return (unsigned)psk_bytes(psk, room);
}
static unsigned psk_server(WOLFSSL *s, const char *identity, unsigned char *psk, unsigned room)
{
    return !strcmp(identity, opt("identity")) ? (unsigned)psk_bytes(psk, room) : 0;
}

static void choose_cipher(void)
{
    char names[16384], list[200];
    byte first, second;
    int flags;
    if (wolfSSL_get_ciphers(names, sizeof names) != WOLFSSL_SUCCESS) fail("wolfSSL_get_ciphers");
    for (char *name = strtok(names, ":"); name; name = strtok(NULL, ":"))
        if (wolfSSL_get_cipher_suite_from_name(name, &first, &second, &flags) == 0 &&
            ((unsigned)first << 8 | second) == cipher_id()) {
            snprintf(list, sizeof list, "%s", name);
            if (wolfSSL_CTX_set_cipher_list(ctx, list) != WOLFSSL_SUCCESS) lack("the suite %s", list);
            return;
        }
    lack("the suite %s", opt("cipher"));
}

static int group_of(const char *name)
{
    static const struct { const char *name; int group; } groups[] = {
        { "X25519", WOLFSSL_ECC_X25519 },       { "X448", WOLFSSL_ECC_X448 },
        { "P-256", WOLFSSL_ECC_SECP256R1 },     { "P-384", WOLFSSL_ECC_SECP384R1 },
        { "P-521", WOLFSSL_ECC_SECP521R1 },     { "secp256k1", WOLFSSL_ECC_SECP256K1 },
        { "brainpoolP256r1", WOLFSSL_ECC_BRAINPOOLP256R1 },
        { "brainpoolP384r1", WOLFSSL_ECC_BRAINPOOLP384R1 },
        { "brainpoolP512r1", WOLFSSL_ECC_BRAINPOOLP512R1 },
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (!strcmp(groups[i].name, name)) return groups[i].group;
    lack("the group %s", name);
}

static WOLFSSL_METHOD *method(void)
{
    if (datagrams() && minor() == 2) return is_server ? wolfDTLSv1_2_server_method() : wolfDTLSv1_2_client_method();
#ifndef NO_OLD_TLS
    if (datagrams()) return is_server ? wolfDTLSv1_server_method() : wolfDTLSv1_client_method();
    if (minor() == 1) return is_server ? wolfTLSv1_1_server_method() : wolfTLSv1_1_client_method();
#ifdef WOLFSSL_ALLOW_TLSV10
    if (minor() == 0) return is_server ? wolfTLSv1_server_method() : wolfTLSv1_client_method();
#endif
#endif
    if (minor() == 2 && !datagrams()) return is_server ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method();
    lack("%s", opt("version"));
}

static void library_setup(void)
{
    wolfSSL_Init();
    ctx = wolfSSL_CTX_new(method());
    if (!ctx) fail("wolfSSL_CTX_new");
    if (cipher_id()) choose_cipher();
    if (opt("cert") && (wolfSSL_CTX_use_certificate_chain_file(ctx, opt("cert")) != WOLFSSL_SUCCESS ||
                        wolfSSL_CTX_use_PrivateKey_file(ctx, opt("key"), WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS))
        fail("certificate");
    if (opt("ca")) {
        if (wolfSSL_CTX_load_verify_locations(ctx, opt("ca"), NULL) != WOLFSSL_SUCCESS) fail("authority");
        wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    } else {
        wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL);
    }
    if (opt("psk")) {
#ifdef NO_PSK
        lack("pre-shared keys");
#else
        wolfSSL_CTX_set_psk_client_callback(ctx, psk_client);
        wolfSSL_CTX_set_psk_server_callback(ctx, psk_server);
#endif
    }
    if (is_server) {
        const DhParams *dh = wc_Dh_ffdhe2048_Get();
        wolfSSL_CTX_SetTmpDH(ctx, dh->p, (int)dh->p_len, dh->g, (int)dh->g_len);
    }
    if (!opt_is("resume", "ticket")) wolfSSL_CTX_NoTicketTLSv12(ctx);
    else if (!is_server) wolfSSL_CTX_UseSessionTicket(ctx);
    if (opt_is("ems", "0")) wolfSSL_CTX_DisableExtendedMasterSecret(ctx);
    if (opt_is("etm", "0")) wolfSSL_CTX_AllowEncryptThenMac(ctx, 0);
    if (opt("srtp")) lack("use_srtp: this build is without WOLFSSL_SRTP");
    if (opt("heartbeat")) lack("heartbeats");
#ifdef HAVE_SECURE_RENEGOTIATION
    if (opt("renegotiate")) wolfSSL_CTX_UseSecureRenegotiation(ctx);
#else
    if (opt("renegotiate")) lack("renegotiation: this build is without HAVE_SECURE_RENEGOTIATION");
#endif
#ifndef HAVE_ANON
    if (!opt("cert") && is_server && !opt("psk")) lack("anonymous suites");
#endif
    if (opt("mtu")) {
#ifdef WOLFSSL_DTLS_MTU
        wolfSSL_CTX_dtls_set_mtu(ctx, (unsigned short)atoi(opt("mtu")));
#else
        lack("a choice of MTU: this build is without WOLFSSL_DTLS_MTU");
#endif
    }
}

static void session_open(int fd)
{
    int ret;
    ssl = wolfSSL_new(ctx);
    wolfSSL_set_fd(ssl, fd);
    if (datagrams()) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        getpeername(fd, (struct sockaddr *)&peer, &size);
        wolfSSL_dtls_set_peer(ssl, &peer, size);
    }
    wolfSSL_KeepArrays(ssl);
    /* A server of it takes whatever group the client has. */
    if (opt("group") && !is_server && wolfSSL_UseSupportedCurve(ssl, group_of(opt("group"))) != WOLFSSL_SUCCESS)
        lack("the group %s", opt("group"));
    if (opt("sni") && !is_server) wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, opt("sni"), strlen(opt("sni")));
    if (opt("sni") && is_server) {
        wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, opt("sni"), strlen(opt("sni")));
        wolfSSL_SNI_SetOptions(ssl, WOLFSSL_SNI_HOST_NAME, WOLFSSL_SNI_CONTINUE_ON_MISMATCH);
    }
    if (opt("alpn"))
        wolfSSL_UseALPN(ssl, (char *)opt("alpn"), strlen(opt("alpn")), WOLFSSL_ALPN_CONTINUE_ON_MISMATCH);
    if (kept && !is_server) wolfSSL_set_session(ssl, kept);
    ret = is_server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
    if (ret != WOLFSSL_SUCCESS) failed("handshake", ret);
}

static void session_report(void)
{
    unsigned char bytes[60];
    char *alpn;
    unsigned short length;
    const char *version = wolfSSL_get_version(ssl);
    tell("version %s", !strcmp(version, "DTLS") ? "DTLSv1" : version);
    tell("cipher %04X", wolfSSL_CIPHER_get_id(wolfSSL_get_current_cipher(ssl)) & 0xffff);
    tell("reused %d", wolfSSL_session_reused(ssl));
    /* Of EdDSA it keeps no WOLFSSL_X509. */
    tell("peer %d", wolfSSL_get_chain_count(wolfSSL_get_peer_chain(ssl)) > 0);
    if (is_server && opt("sni")) {
        void *name = NULL;
        unsigned short size = wolfSSL_SNI_GetRequest(ssl, WOLFSSL_SNI_HOST_NAME, &name);
        if (name) tell("sni %.*s", size, (char *)name);
    }
    if (opt("alpn") && wolfSSL_ALPN_GetProtocol(ssl, &alpn, &length) == WOLFSSL_SUCCESS)
        tell("alpn %.*s", length, alpn);
    if (opt("exporter")) {
#ifdef HAVE_KEYING_MATERIAL
        if (wolfSSL_export_keying_material(ssl, bytes, 32, opt("exporter"), strlen(opt("exporter")), NULL, 0, 0) !=
            WOLFSSL_SUCCESS)
            fail("exporter");
        tell_hex("exporter", bytes, 32);
#else
        lack("exporters: this build is without HAVE_KEYING_MATERIAL");
#endif
    }
}

static void session_renegotiate(void)
{
#ifdef HAVE_SECURE_RENEGOTIATION
    int ret = wolfSSL_Rehandshake(ssl);
    if (ret != WOLFSSL_SUCCESS) failed("renegotiation", ret);
#endif
}

static void session_heartbeat(void) {}

static int session_read(unsigned char *buffer, int room)
{
    for (;;) {
        int n = wolfSSL_read(ssl, buffer, room);
        if (n > 0) return n;
        switch (wolfSSL_get_error(ssl, n)) {
        case WOLFSSL_ERROR_WANT_READ: continue;
        case WOLFSSL_ERROR_ZERO_RETURN: return 0;
        case SOCKET_PEER_CLOSED_E:
        case SOCKET_ERROR_E:
        case WOLFSSL_ERROR_SYSCALL: return -1;
        }
        failed("wolfSSL_read", n);
    }
}

static void session_write(const unsigned char *bytes, int length)
{
    int n = wolfSSL_write(ssl, bytes, length);
    if (n != length) failed("wolfSSL_write", n);
}

static void session_close(void)
{
    if (!is_server && opt("resume")) kept = wolfSSL_get1_session(ssl);
    wolfSSL_shutdown(ssl);
}

static void session_free(void) { wolfSSL_free(ssl); }

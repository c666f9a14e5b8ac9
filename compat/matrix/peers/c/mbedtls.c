/* A peer against mbedTLS 2.28. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_cookie.h>
#include <mbedtls/ssl_internal.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/timing.h>
#include "peer.h"

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_ssl_config config;
static mbedtls_ssl_context ssl;
static mbedtls_x509_crt own, authority;
static mbedtls_pk_context key;
static mbedtls_ssl_cache_context cache;
static mbedtls_ssl_ticket_context tickets;
static mbedtls_ssl_cookie_ctx cookies;
static mbedtls_timing_delay_context timer;
static mbedtls_net_context net;
static mbedtls_ssl_session kept;
static int have_kept;
static char asked[256];
static unsigned char last_master[48];
static int resumed;

static void check(int code, const char *what)
{
    char text[200];
    if (code == 0) return;
    mbedtls_strerror(code, text, sizeof text);
    fail("%s: %s", what, text);
}

/* What an exporter is computed from. */
static unsigned char master[48], randoms[64];
static mbedtls_tls_prf_types prf;
static int export_keys(void *arg, const unsigned char *secret, const unsigned char *block, size_t maclen, size_t keylen,
                       size_t ivlen, const unsigned char client_random[32], const unsigned char server_random[32],
                       mbedtls_tls_prf_types type)
{
    memcpy(master, secret, 48);
    memcpy(randoms, client_random, 32);
    memcpy(randoms + 32, server_random, 32);
    prf = type;
    return 0;
}

static int name_asked(void *arg, mbedtls_ssl_context *s, const unsigned char *name, size_t length)
{
    snprintf(asked, sizeof asked, "%.*s", (int)length, (const char *)name);
    return 0;
}

static void choose_group(void)
{
    static const struct { const char *name; mbedtls_ecp_group_id id; } groups[] = {
        { "X25519", MBEDTLS_ECP_DP_CURVE25519 },        { "P-256", MBEDTLS_ECP_DP_SECP256R1 },
        { "P-384", MBEDTLS_ECP_DP_SECP384R1 },          { "P-521", MBEDTLS_ECP_DP_SECP521R1 },
        { "secp256k1", MBEDTLS_ECP_DP_SECP256K1 },      { "brainpoolP256r1", MBEDTLS_ECP_DP_BP256R1 },
        { "brainpoolP384r1", MBEDTLS_ECP_DP_BP384R1 },  { "brainpoolP512r1", MBEDTLS_ECP_DP_BP512R1 },
    };
    static mbedtls_ecp_group_id chosen[] = { MBEDTLS_ECP_DP_NONE, MBEDTLS_ECP_DP_NONE };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (!strcmp(groups[i].name, opt("group"))) chosen[0] = groups[i].id;
    if (chosen[0] == MBEDTLS_ECP_DP_NONE) lack("the group %s", opt("group"));
    mbedtls_ssl_conf_curves(&config, chosen);
}

static void choose_cipher(void)
{
    static int chosen[2];
    chosen[0] = (int)cipher_id();
    for (const int *id = mbedtls_ssl_list_ciphersuites(); *id; id++)
        if (*id == chosen[0]) {
            mbedtls_ssl_conf_ciphersuites(&config, chosen);
            return;
        }
    lack("the suite %s", opt("cipher"));
}

#ifdef MBEDTLS_SSL_DTLS_SRTP
static const struct { const char *name; mbedtls_ssl_srtp_profile profile; } profiles[] = {
    { "SRTP_AES128_CM_SHA1_80", MBEDTLS_TLS_SRTP_AES128_CM_HMAC_SHA1_80 },
    { "SRTP_AES128_CM_SHA1_32", MBEDTLS_TLS_SRTP_AES128_CM_HMAC_SHA1_32 },
};

static void choose_srtp(void)
{
    static mbedtls_ssl_srtp_profile chosen[] = { MBEDTLS_TLS_SRTP_UNSET, MBEDTLS_TLS_SRTP_UNSET };
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (!strcmp(profiles[i].name, opt("srtp"))) chosen[0] = profiles[i].profile;
    if (*chosen == MBEDTLS_TLS_SRTP_UNSET) lack("the profile %s", opt("srtp"));
    check(mbedtls_ssl_conf_dtls_srtp_protection_profiles(&config, chosen), "use_srtp");
}

static void export_secret(const char *name, const char *label, size_t length);

static void report_srtp(void)
{
    mbedtls_dtls_srtp_info info;
    mbedtls_ssl_get_dtls_srtp_negotiation_result(&ssl, &info);
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (profiles[i].profile == info.chosen_dtls_srtp_profile) {
            tell("srtp %s", profiles[i].name);
            export_secret("srtpkeys", "EXTRACTOR-dtls_srtp", 60);
        }
}
#else
static void choose_srtp(void) { lack("use_srtp: this build is without MBEDTLS_SSL_DTLS_SRTP"); }
static void report_srtp(void) {}
#endif

static void library_setup(void)
{
    static const int versions[] = { MBEDTLS_SSL_MINOR_VERSION_1, MBEDTLS_SSL_MINOR_VERSION_2,
                                    MBEDTLS_SSL_MINOR_VERSION_3 };
    static unsigned char psk[64];
    static const char *alpn[5];
    size_t length = psk_bytes(psk, sizeof psk);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    check(mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    mbedtls_ssl_config_init(&config);
    check(mbedtls_ssl_config_defaults(&config, is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                      datagrams() ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM, 0),
          "defaults");
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &drbg);
    mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, versions[minor()]);
    mbedtls_ssl_conf_max_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, versions[minor()]);
    mbedtls_ssl_conf_read_timeout(&config, PATIENCE * 1000);
    if (cipher_id()) choose_cipher();
    if (opt("group")) choose_group();
    if (opt("cert")) {
        check(mbedtls_x509_crt_parse_file(&own, opt("cert")), "certificate");
        check(mbedtls_pk_parse_keyfile(&key, opt("key"), NULL), "key");
        check(mbedtls_ssl_conf_own_cert(&config, &own, &key), "certificate and key");
    }
    if (opt("ca")) {
        check(mbedtls_x509_crt_parse_file(&authority, opt("ca")), "authority");
        mbedtls_ssl_conf_ca_chain(&config, &authority, NULL);
        mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    } else {
        mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
    }
    if (length)
        check(mbedtls_ssl_conf_psk(&config, psk, length, (const unsigned char *)opt("identity"),
                                   strlen(opt("identity"))),
              "psk");
    mbedtls_ssl_cache_init(&cache);
    mbedtls_ssl_ticket_init(&tickets);
    if (is_server && opt_is("resume", "id"))
        mbedtls_ssl_conf_session_cache(&config, &cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
    if (is_server && opt_is("resume", "ticket")) {
        check(mbedtls_ssl_ticket_setup(&tickets, mbedtls_ctr_drbg_random, &drbg, MBEDTLS_CIPHER_AES_256_GCM, 3600),
              "tickets");
        mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
    }
    if (!is_server)
        mbedtls_ssl_conf_session_tickets(&config, opt_is("resume", "ticket") ? MBEDTLS_SSL_SESSION_TICKETS_ENABLED
                                                                             : MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    if (opt_is("ems", "0")) mbedtls_ssl_conf_extended_master_secret(&config, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    if (opt_is("etm", "0")) mbedtls_ssl_conf_encrypt_then_mac(&config, MBEDTLS_SSL_ETM_DISABLED);
    if (opt("alpn")) {
        size_t count = 0;
        for (char *name = strtok(strdup(opt("alpn")), ","); name && count < 4; name = strtok(NULL, ","))
            alpn[count++] = name;
        check(mbedtls_ssl_conf_alpn_protocols(&config, alpn), "ALPN");
    }
    if (is_server) mbedtls_ssl_conf_sni(&config, name_asked, NULL);
    mbedtls_ssl_conf_export_keys_ext_cb(&config, export_keys, NULL);
    mbedtls_ssl_conf_renegotiation(&config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    if (opt("srtp")) choose_srtp();
    if (opt("heartbeat")) lack("heartbeats");
    if (is_server && datagrams() && opt("cookie")) {
        mbedtls_ssl_cookie_init(&cookies);
        check(mbedtls_ssl_cookie_setup(&cookies, mbedtls_ctr_drbg_random, &drbg), "cookies");
        mbedtls_ssl_conf_dtls_cookies(&config, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check, &cookies);
    } else if (is_server && datagrams()) {
        mbedtls_ssl_conf_dtls_cookies(&config, NULL, NULL, NULL);
    }
}

/* Waits for nothing more once a handshake that this server has asked for is over: the client waits for its echo. */
static int receive(void *from, unsigned char *buffer, size_t room, uint32_t timeout)
{
    static int seen;
    int over = ssl.renego_status == MBEDTLS_SSL_RENEGOTIATION_DONE && ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER;
    if (is_server && over && !seen) {
        seen = 1;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    return mbedtls_net_recv_timeout(from, buffer, room, timeout);
}

static void session_open(int fd)
{
    int code;
    net.fd = fd;
    mbedtls_ssl_init(&ssl);
    check(mbedtls_ssl_setup(&ssl, &config), "mbedtls_ssl_setup");
    mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, NULL, receive);
    if (datagrams()) mbedtls_ssl_set_timer_cb(&ssl, &timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);
    if (opt("mtu")) mbedtls_ssl_set_mtu(&ssl, (uint16_t)atoi(opt("mtu")));
    if (opt("sni") && !is_server) mbedtls_ssl_set_hostname(&ssl, opt("sni"));
    if (have_kept) check(mbedtls_ssl_set_session(&ssl, &kept), "mbedtls_ssl_set_session");
    for (;;) {
        if (is_server && datagrams() && opt("cookie"))
            mbedtls_ssl_set_client_transport_id(&ssl, (const unsigned char *)"peer", 4);
        code = mbedtls_ssl_handshake(&ssl);
        if (code == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) mbedtls_ssl_session_reset(&ssl);
        else if (code != MBEDTLS_ERR_SSL_WANT_READ && code != MBEDTLS_ERR_SSL_WANT_WRITE) break;
    }
    check(code, "handshake");
    /* There is no call that says it: the secret of the connection before is the secret still. */
    resumed = !memcmp(master, last_master, sizeof master);
    memcpy(last_master, master, sizeof master);
}

static void export_secret(const char *name, const char *label, size_t length)
{
    unsigned char bytes[60];
    check(mbedtls_ssl_tls_prf(prf, master, sizeof master, label, randoms, sizeof randoms, bytes, length), "exporter");
    tell_hex(name, bytes, length);
}

static void session_report(void)
{
    tell("version %s", !strcmp(mbedtls_ssl_get_version(&ssl), "DTLSv1.0") ? "DTLSv1"
                       : !strcmp(mbedtls_ssl_get_version(&ssl), "TLSv1.0") ? "TLSv1"
                                                                           : mbedtls_ssl_get_version(&ssl));
    tell("cipher %04X", mbedtls_ssl_get_ciphersuite_id(mbedtls_ssl_get_ciphersuite(&ssl)));
    tell("reused %d", resumed);
    tell("peer %d", mbedtls_ssl_get_peer_cert(&ssl) != NULL);
    if (is_server && *asked) tell("sni %s", asked);
    if (mbedtls_ssl_get_alpn_protocol(&ssl)) tell("alpn %s", mbedtls_ssl_get_alpn_protocol(&ssl));
    if (opt("exporter")) export_secret("exporter", opt("exporter"), 32);
    if (opt("srtp")) report_srtp();
}

static void session_renegotiate(void)
{
    int code;
    unsigned char byte;
    do code = mbedtls_ssl_renegotiate(&ssl);
    while (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE);
    check(code, "renegotiation");
    /* A server has only asked so far. */
    while (ssl.renego_status != MBEDTLS_SSL_RENEGOTIATION_DONE || ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
        code = mbedtls_ssl_read(&ssl, &byte, 1);
        if (code >= 0) fail("no renegotiation, but %d bytes", code);
        if (code != MBEDTLS_ERR_SSL_WANT_READ && code != MBEDTLS_ERR_SSL_WANT_WRITE) check(code, "renegotiation");
    }
}

static void session_heartbeat(void) {}

static int session_read(unsigned char *buffer, int room)
{
    for (;;) {
        int n = mbedtls_ssl_read(&ssl, buffer, room);
        if (n > 0) return n;
        if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return 0;
        if (n == 0 || n == MBEDTLS_ERR_SSL_CONN_EOF || n == MBEDTLS_ERR_NET_CONN_RESET) return -1;
        if (n != MBEDTLS_ERR_SSL_WANT_READ && n != MBEDTLS_ERR_SSL_WANT_WRITE) check(n, "mbedtls_ssl_read");
    }
}

static void session_write(const unsigned char *bytes, int length)
{
    int n = mbedtls_ssl_write(&ssl, bytes, length);
    if (n < 0) check(n, "mbedtls_ssl_write");
    /* TLS 1.0 sends the first byte alone when it uses CBC. */
    if (n != length) {
        if (datagrams()) fail("%d of %d bytes were sent", n, length);
        session_write(bytes + n, length - n);
    }
}

static void session_close(void)
{
    if (!is_server && opt("resume")) {
        if (have_kept) mbedtls_ssl_session_free(&kept);
        mbedtls_ssl_session_init(&kept);
        check(mbedtls_ssl_get_session(&ssl, &kept), "mbedtls_ssl_get_session");
        have_kept = 1;
    }
    mbedtls_ssl_close_notify(&ssl);
}

static void session_free(void) { mbedtls_ssl_free(&ssl); }

/* A peer against GnuTLS. */
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include "peer.h"

static gnutls_certificate_credentials_t certificates;
static gnutls_psk_client_credentials_t psk_client;
static gnutls_psk_server_credentials_t psk_server;
static gnutls_anon_client_credentials_t anon_client;
static gnutls_anon_server_credentials_t anon_server;
static gnutls_datum_t ticket_key, kept, cookie_key;
static gnutls_session_t session;
static char priority[1000];

static void check(int code, const char *what)
{
    if (code < 0) fail("%s: %s", what, gnutls_strerror(code));
}

/* The sessions that a server keeps by id: the last one. */
static gnutls_datum_t stored_id, stored;
static gnutls_datum_t copy(gnutls_datum_t from)
{
    gnutls_datum_t to = { gnutls_malloc(from.size), from.size };
    memcpy(to.data, from.data, from.size);
    return to;
}
static int store(void *arg, gnutls_datum_t id, gnutls_datum_t data)
{
    stored_id = copy(id);
    stored = copy(data);
    return 0;
}
static gnutls_datum_t fetch(void *arg, gnutls_datum_t id)
{
    gnutls_datum_t none = { NULL, 0 };
    int same = stored.data && id.size == stored_id.size && !memcmp(id.data, stored_id.data, id.size);
    return same ? copy(stored) : none;
}
static int forget(void *arg, gnutls_datum_t id) { return 0; }

static int psk_of(gnutls_session_t s, const char *name, gnutls_datum_t *key)
{
    if (strcmp(name, opt("identity"))) return -1;
    key->data = gnutls_malloc(64);
    key->size = psk_bytes(key->data, 64);
    return 0;
}

static const char *group_of(const char *name)
{
    static const char *const names[][2] = { { "X25519", "X25519" },   { "X448", "X448" },
                                            { "P-256", "SECP256R1" }, { "P-384", "SECP384R1" },
                                            { "P-521", "SECP521R1" } };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i][0], name)) return names[i][1];
    lack("the group %s", name);
}

static unsigned number_of(const unsigned char id[2]) { return (unsigned)id[0] << 8 | id[1]; }

static void make_priority(void)
{
    static const char *const tls[] = { "TLS1.0", "TLS1.1", "TLS1.2" };
    const char *version = datagrams() ? (minor() == 2 ? "DTLS1.2" : "DTLS1.0") : tls[minor()];
    int n = snprintf(priority, sizeof priority,
                     "NONE:+VERS-%s:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:%%SERVER_PRECEDENCE:+GROUP-%s", version,
                     opt("group") ? group_of(opt("group")) : "ALL");
    gnutls_kx_algorithm_t kx;
    gnutls_cipher_algorithm_t cipher;
    gnutls_mac_algorithm_t mac;
    unsigned char id[2];
    int known = !cipher_id();
    if (known)
        n += snprintf(priority + n, sizeof priority - n, ":+KX-ALL:+CIPHER-ALL:+MAC-ALL%s",
                      opt("psk") ? ":+ECDHE-PSK:+PSK" : "");
    for (size_t i = 0; !known && gnutls_cipher_suite_info(i, id, &kx, &cipher, &mac, NULL); i++)
        if (number_of(id) == cipher_id()) {
            const char *hash = gnutls_mac_get_name(mac);
            n += snprintf(priority + n, sizeof priority - n, ":+%s:+%s:+%s", gnutls_kx_get_name(kx),
                          gnutls_cipher_get_name(cipher), hash);
            known = 1;
        }
    if (!known) lack("the suite %s", opt("cipher"));
    if (opt_is("ems", "0")) n += snprintf(priority + n, sizeof priority - n, ":%%NO_SESSION_HASH");
    if (opt_is("etm", "0")) n += snprintf(priority + n, sizeof priority - n, ":%%NO_ETM");
}

static void library_setup(void)
{
    gnutls_certificate_allocate_credentials(&certificates);
    gnutls_certificate_set_known_dh_params(certificates, GNUTLS_SEC_PARAM_MEDIUM);
    if (opt("cert"))
        check(gnutls_certificate_set_x509_key_file(certificates, opt("cert"), opt("key"), GNUTLS_X509_FMT_PEM), "key");
    if (opt("ca"))
        check(gnutls_certificate_set_x509_trust_file(certificates, opt("ca"), GNUTLS_X509_FMT_PEM), "authority");
    gnutls_anon_allocate_client_credentials(&anon_client);
    gnutls_anon_allocate_server_credentials(&anon_server);
    gnutls_anon_set_server_known_dh_params(anon_server, GNUTLS_SEC_PARAM_MEDIUM);
    gnutls_psk_allocate_server_credentials(&psk_server);
    gnutls_psk_set_server_known_dh_params(psk_server, GNUTLS_SEC_PARAM_MEDIUM);
    gnutls_psk_set_server_credentials_function(psk_server, psk_of);
    gnutls_psk_allocate_client_credentials(&psk_client);
    if (opt("psk")) {
        gnutls_datum_t key = { (unsigned char *)opt("psk"), strlen(opt("psk")) };
        gnutls_psk_set_client_credentials(psk_client, opt("identity"), &key, GNUTLS_PSK_KEY_HEX);
    }
    gnutls_session_ticket_key_generate(&ticket_key);
    gnutls_key_generate(&cookie_key, GNUTLS_COOKIE_KEY_SIZE);
    make_priority();
}

static ssize_t push(gnutls_transport_ptr_t to, const void *data, size_t size)
{
    return send((int)(long)to, data, size, 0);
}

/* Answers hellos until one brings its cookie; leaves that one in the socket. */
static void ask_for_cookie(int fd)
{
    gnutls_dtls_prestate_st state;
    for (;;) {
        unsigned char hello[2000];
        ssize_t length = recv(fd, hello, sizeof hello, MSG_PEEK);
        memset(&state, 0, sizeof state);
        if (length > 0 && gnutls_dtls_cookie_verify(&cookie_key, "peer", 4, hello, length, &state) >= 0) break;
        gnutls_dtls_cookie_send(&cookie_key, "peer", 4, &state, (gnutls_transport_ptr_t)(long)fd, push);
        recv(fd, hello, sizeof hello, 0);
    }
    gnutls_dtls_prestate_set(session, &state);
}

static void handshake(const char *what)
{
    int code;
    do code = gnutls_handshake(session);
    while (code < 0 && !gnutls_error_is_fatal(code));
    if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
        fail("%s: %s", what, gnutls_alert_get_name(gnutls_alert_get(session)));
    check(code, what);
}

static void session_open(int fd)
{
    const char *at;
    unsigned flags = (is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) | (datagrams() ? GNUTLS_DATAGRAM : 0);
    if (opt_is("resume", "id")) flags |= GNUTLS_NO_TICKETS;
    gnutls_init(&session, flags);
    if (gnutls_priority_set_direct(session, priority, &at) < 0) fail("priority %s at %s", priority, at);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, certificates);
    gnutls_credentials_set(session, GNUTLS_CRD_ANON, is_server ? (void *)anon_server : (void *)anon_client);
    gnutls_credentials_set(session, GNUTLS_CRD_PSK, is_server ? (void *)psk_server : (void *)psk_client);
    if (opt("ca") && !is_server) gnutls_session_set_verify_cert(session, NULL, 0);
    if (opt("ca") && is_server) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        gnutls_session_set_verify_cert(session, NULL, 0);
    }
    if (is_server && opt_is("resume", "ticket")) gnutls_session_ticket_enable_server(session, &ticket_key);
    if (is_server && opt_is("resume", "id")) {
        gnutls_db_set_store_function(session, store);
        gnutls_db_set_retrieve_function(session, fetch);
        gnutls_db_set_remove_function(session, forget);
    }
    if (kept.data && !is_server) gnutls_session_set_data(session, kept.data, kept.size);
    if (opt("sni") && !is_server) gnutls_server_name_set(session, GNUTLS_NAME_DNS, opt("sni"), strlen(opt("sni")));
    if (opt("alpn")) {
        gnutls_datum_t names[4];
        unsigned count = 0;
        for (char *name = strtok(strdup(opt("alpn")), ","); name && count < 4; name = strtok(NULL, ","))
            names[count++] = (gnutls_datum_t){ (unsigned char *)name, strlen(name) };
        gnutls_alpn_set_protocols(session, names, count, is_server ? GNUTLS_ALPN_SERVER_PRECEDENCE : 0);
    }
    if (opt("srtp")) {
        static const struct { const char *name; gnutls_srtp_profile_t profile; } profiles[] = {
            { "SRTP_AES128_CM_SHA1_80", GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80 },
            { "SRTP_AES128_CM_SHA1_32", GNUTLS_SRTP_AES128_CM_HMAC_SHA1_32 },
        };
        size_t i = 0;
        while (i < 2 && strcmp(profiles[i].name, opt("srtp"))) i++;
        if (i == 2) lack("the profile %s", opt("srtp"));
        gnutls_srtp_set_profile(session, profiles[i].profile);
    }
    if (opt("heartbeat")) gnutls_heartbeat_enable(session, GNUTLS_HB_PEER_ALLOWED_TO_SEND);
    if (datagrams()) {
        /* The whole of a datagram: without this data over 1400 bytes is refused. */
        gnutls_dtls_set_mtu(session, opt("mtu") ? atoi(opt("mtu")) : 17000);
        gnutls_dtls_set_timeouts(session, 1000, PATIENCE * 1000);
    }
    gnutls_handshake_set_timeout(session, PATIENCE * 1000);
    gnutls_transport_set_int(session, fd);
    if (is_server && opt("cookie")) ask_for_cookie(fd);
    handshake("handshake");
}

static void session_report(void)
{
    static const struct { gnutls_protocol_t version; const char *name; } versions[] = {
        { GNUTLS_DTLS1_2, "DTLSv1.2" }, { GNUTLS_DTLS1_0, "DTLSv1" }, { GNUTLS_TLS1_2, "TLSv1.2" },
        { GNUTLS_TLS1_1, "TLSv1.1" },   { GNUTLS_TLS1_0, "TLSv1" },
    };
    gnutls_kx_algorithm_t kx;
    gnutls_cipher_algorithm_t cipher;
    gnutls_mac_algorithm_t mac;
    gnutls_datum_t alpn;
    gnutls_srtp_profile_t profile;
    unsigned char id[2], bytes[60];
    char name[256];
    size_t size = sizeof name;
    unsigned type, count = 0;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (versions[i].version == gnutls_protocol_get_version(session)) tell("version %s", versions[i].name);
    for (size_t i = 0; gnutls_cipher_suite_info(i, id, &kx, &cipher, &mac, NULL); i++)
        if (kx == gnutls_kx_get(session) && cipher == gnutls_cipher_get(session) && mac == gnutls_mac_get(session))
            tell("cipher %04X", number_of(id));
    tell("reused %d", gnutls_session_is_resumed(session));
    tell("ems %d", (gnutls_session_get_flags(session) & GNUTLS_SFLAGS_EXT_MASTER_SECRET) != 0);
    tell("etm %d", (gnutls_session_get_flags(session) & GNUTLS_SFLAGS_ETM) != 0);
    gnutls_certificate_get_peers(session, &count);
    tell("peer %d", count > 0);
    if (is_server && gnutls_server_name_get(session, name, &size, &type, 0) == 0) tell("sni %s", name);
    if (gnutls_alpn_get_selected_protocol(session, &alpn) == 0) tell("alpn %.*s", (int)alpn.size, (char *)alpn.data);
    if (opt("exporter")) {
        gnutls_prf_rfc5705(session, strlen(opt("exporter")), opt("exporter"), 0, NULL, 32, (char *)bytes);
        tell_hex("exporter", bytes, 32);
    }
    if (opt("srtp") && gnutls_srtp_get_selected_profile(session, &profile) == 0) {
        tell("srtp %s", profile == GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80 ? "SRTP_AES128_CM_SHA1_80"
                                                                      : "SRTP_AES128_CM_SHA1_32");
        gnutls_prf_rfc5705(session, 19, "EXTRACTOR-dtls_srtp", 0, NULL, 60, (char *)bytes);
        tell_hex("srtpkeys", bytes, 60);
    }
}

static void session_renegotiate(void)
{
    if (is_server) check(gnutls_rehandshake(session), "gnutls_rehandshake");
    handshake("renegotiation");
}

static void session_heartbeat(void)
{
    int code = gnutls_heartbeat_ping(session, 200, 5, GNUTLS_HEARTBEAT_WAIT);
    check(code, "heartbeat");
}

static int session_read(unsigned char *buffer, int room)
{
    for (;;) {
        ssize_t n = gnutls_record_recv(session, buffer, room);
        if (n >= 0) return (int)n;
        if (n == GNUTLS_E_HEARTBEAT_PING_RECEIVED) gnutls_heartbeat_pong(session, 0);
        else if (n == GNUTLS_E_REHANDSHAKE) handshake("renegotiation");
        else if (n == GNUTLS_E_PREMATURE_TERMINATION) return -1;
        else if (gnutls_error_is_fatal((int)n)) check((int)n, "gnutls_record_recv");
    }
}

static void session_write(const unsigned char *bytes, int length)
{
    ssize_t n;
    do n = gnutls_record_send(session, bytes, length);
    while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
    check((int)n, "gnutls_record_send");
    if (n != length) fail("%d of %d bytes were sent", (int)n, length);
}

static void session_close(void)
{
    if (!is_server && opt("resume")) check(gnutls_session_get_data2(session, &kept), "gnutls_session_get_data2");
    gnutls_bye(session, GNUTLS_SHUT_WR);
}

static void session_free(void) { gnutls_deinit(session); }

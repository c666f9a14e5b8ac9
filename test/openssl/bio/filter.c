/* What BIO_f_ssl does over datagrams, with pre-shared keys. Compared with lib/openssl/ssl/filter.ts. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static char buf[1000];

static void errors(void)
{
    unsigned long e;
    const char *data;
    int flags;
    while ((e = ERR_get_error_line_data(NULL, NULL, &data, &flags)) != 0)
        printf("  error %lX\n", e);
}

static void say(const char *label, long ret, BIO *b)
{
    printf("%s = %ld", label, ret);
    if (b != NULL) printf(" flags %x reason %d", BIO_get_retry_flags(b), BIO_get_retry_reason(b));
    printf("\n");
    errors();
}

static unsigned int client_psk(SSL *s, const char *hint, char *id, unsigned int room, unsigned char *psk, unsigned int max)
{
    strcpy(id, "me");
    memset(psk, 7, 16);
    return 16;
}

static unsigned int server_psk(SSL *s, const char *id, unsigned char *psk, unsigned int max)
{
    memset(psk, 7, 16);
    return 16;
}

static SSL_CTX *context(int server)
{
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
    SSL_CTX_set_cipher_list(ctx, "PSK-AES128-GCM-SHA256");
    if (server) SSL_CTX_set_psk_server_callback(ctx, server_psk);
    else SSL_CTX_set_psk_client_callback(ctx, client_psk);
    return ctx;
}

static void sockets(int fd[2], BIO *b[2])
{
    struct sockaddr_in a[2];
    socklen_t n = sizeof *a;
    int i;
    for (i = 0; i < 2; i++) {
        memset(&a[i], 0, sizeof *a);
        a[i].sin_family = AF_INET;
        a[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        bind(fd[i], (struct sockaddr *)&a[i], n);
        getsockname(fd[i], (struct sockaddr *)&a[i], &n);
    }
    for (i = 0; i < 2; i++) {
        BIO_ADDR *peer = BIO_ADDR_new();
        BIO_ADDR_rawmake(peer, AF_INET, &a[1 - i].sin_addr, 4, a[1 - i].sin_port);
        connect(fd[i], (struct sockaddr *)&a[1 - i], n);
        b[i] = BIO_new_dgram(fd[i], BIO_CLOSE);
        BIO_ctrl_set_connected(b[i], peer);
        BIO_ADDR_free(peer);
    }
}

static void until(int fd) { struct pollfd p = { fd, POLLIN, 0 }; poll(&p, 1, -1); }

static void ctrls(BIO *b)
{
    static const int cmds[] = { 3, 8, 10, 11, 13, 110, 999 };
    size_t i;
    for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++) printf("ctrl %d = %ld\n", cmds[i], BIO_ctrl(b, cmds[i], 0, NULL));
    errors();
}

static long seen(BIO *b, int oper, const char *argp, size_t len, int argi, long argl, int ret, size_t *processed)
{
    printf("  cb %s %x len %d argi %d argl %ld ret %d processed %d\n", BIO_method_name(b), oper, (int)len, argi, argl,
           ret, processed == NULL || ret <= 0 ? -1 : (int)*processed);
    return ret;
}

int main(void)
{
    SSL_CTX *cctx, *sctx;
    BIO *c, *s, *e, *d[2], *copy;
    SSL *ssl = NULL, *other = NULL;
    int fd[2], i;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    cctx = context(0);
    sctx = context(1);

    e = BIO_new(BIO_f_ssl());
    printf("type %x name %s init %d\n", BIO_method_type(e), BIO_method_name(e), BIO_get_init(e));
    ctrls(e);
    say("read", BIO_read(e, buf, 1), e);
    say("do_handshake", BIO_do_handshake(e), e);
    say("get_ssl", BIO_get_ssl(e, &ssl), e);
    say("copy", BIO_ssl_copy_session_id(e, e), e);
    BIO_ssl_shutdown(e);
    BIO_free(e);

    c = BIO_new_ssl(cctx, 1);
    s = BIO_new_ssl(sctx, 0);
    printf("init %d close %ld server %d %d\n", BIO_get_init(c), BIO_get_close(c), 0, 1);
    say("get_ssl", BIO_get_ssl(c, &ssl), c);
    printf("client %d rbio %d\n", !SSL_is_server(ssl), SSL_get_rbio(ssl) != NULL);
    BIO_get_ssl(s, &other);
    printf("server %d\n", SSL_is_server(other));
    say("mode", BIO_set_ssl_mode(s, 1), s);
    printf("server %d\n", SSL_is_server(other));
    say("mode", BIO_set_ssl_mode(s, 0), s);
    copy = BIO_dup_chain(s);
    BIO_get_ssl(copy, &other);
    printf("copied %d server %d init %d\n", copy != NULL, SSL_is_server(other), BIO_get_init(copy));
    BIO_free(copy);
    sockets(fd, d);
    printf("push %d\n", BIO_push(c, d[0]) == c);
    printf("push %d\n", BIO_push(s, d[1]) == s);
    printf("rbio %d wbio %d next %d\n", SSL_get_rbio(ssl) == d[0], SSL_get_wbio(ssl) == d[0], BIO_next(c) == d[0]);
    say("write before", BIO_write(s, "x", 1), s);
    BIO_set_callback_ex(c, seen);
    say("client", BIO_do_handshake(c), c);
    BIO_set_callback_ex(c, NULL);
    for (i = 0; i < 3; i++) {
        int done, finished;
        until(fd[1]);
        say("server", done = BIO_do_handshake(s), s);
        if (done == 1) break;
        until(fd[0]);
        say("client", finished = BIO_do_handshake(c), c);
    }
    until(fd[0]);
    say("client", BIO_do_handshake(c), c);
    say("client again", BIO_do_handshake(c), c);
    BIO_set_callback_ex(c, seen);
    BIO_set_callback_ex(s, seen);
    say("write", BIO_write(c, "hello", 5), c);
    until(fd[1]);
    say("pending", BIO_pending(s), s);
    say("read", BIO_read(s, buf, 3), s);
    say("pending", BIO_pending(s), s);
    say("read", BIO_read(s, buf, 100), s);
    say("read", BIO_read(s, buf, 100), s);
    say("puts", BIO_puts(s, "line\n"), s);
    BIO_set_callback_ex(c, NULL);
    BIO_set_callback_ex(s, NULL);
    until(fd[0]);
    say("gets", BIO_gets(c, buf, 100), c);
    say("flush", BIO_flush(c), c);
    say("wpending", BIO_wpending(c), c);
    say("eof", BIO_eof(c), c);
    say("read", BIO_read(c, buf, 100), c);
    printf("number read %d written %d\n", (int)BIO_number_read(c), (int)BIO_number_written(c));
    printf("fd %d\n", BIO_get_fd(c, NULL) == fd[0]);
    ctrls(c);
    say("close flag", BIO_get_close(c), c);

    e = BIO_new_ssl(cctx, 1);
    say("copy session", BIO_ssl_copy_session_id(e, c), e);
    BIO_get_ssl(e, &other);
    printf("same session %d\n", SSL_get_session(other) == SSL_get_session(ssl));
    BIO_free(e);

    say("bytes", BIO_set_ssl_renegotiate_bytes(c, 100), c);
    say("bytes", BIO_set_ssl_renegotiate_bytes(c, 600), c);
    say("bytes", BIO_set_ssl_renegotiate_bytes(c, 1), c);
    say("timeout", BIO_set_ssl_renegotiate_timeout(c, 3600), c);
    say("timeout", BIO_set_ssl_renegotiate_timeout(c, 5), c);
    say("timeout", BIO_set_ssl_renegotiate_timeout(c, 3600), c);
    say("renegotiates", BIO_get_num_renegotiates(c), c);
    memset(buf, 'x', sizeof buf);
    /* It is counted, and refused: the connection goes on as it is. */
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
    for (i = 0; i < 3; i++) {
        say("write", BIO_write(c, buf, 300), c);
        until(fd[1]);
        say("read", BIO_read(s, buf, 300), s);
        printf("renegotiates %ld pending %d\n", BIO_get_num_renegotiates(c), SSL_renegotiate_pending(ssl));
    }
    BIO_ssl_shutdown(c);
    errors();
    until(fd[1]);
    say("read", BIO_read(s, buf, 100), s);
    say("eof", BIO_eof(s), s);
    say("write after", BIO_write(c, "x", 1), c);
    SSL_up_ref(ssl);
    printf("pop %d\n", BIO_pop(c) == d[0]);
    printf("rbio %d next %d\n", SSL_get_rbio(ssl) != NULL, BIO_next(c) != NULL);
    say("free", BIO_free(c), NULL);
    SSL_free(ssl);
    BIO_free_all(d[0]);
    say("reset", BIO_reset(s), s);
    BIO_get_ssl(s, &other);
    printf("server %d in init %d\n", SSL_is_server(other), SSL_in_init(other));
    BIO_free_all(s);

    ssl = SSL_new(cctx);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    e = BIO_new(BIO_f_ssl());
    say("set_ssl", BIO_set_ssl(e, ssl, BIO_NOCLOSE), e);
    printf("next %d init %d\n", BIO_next(e) == SSL_get_rbio(ssl), BIO_get_init(e));
    say("do_handshake", BIO_do_handshake(e), e);
    BIO_free_all(e);
    SSL_free(ssl);
    e = BIO_new_buffer_ssl_connect(cctx);
    printf("%s %s %s\n", BIO_method_name(e), BIO_method_name(BIO_next(e)), BIO_method_name(BIO_next(BIO_next(e))));
    say("hostname", BIO_set_conn_hostname(e, "127.0.0.1:1"), e);
    printf("%s\n", BIO_get_conn_hostname(e));
    BIO_free_all(e);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    return 0;
}

/* What BIOs on TCP sockets do: connecting, accepting, reading, and the calls below them. Compared with lib/openssl/bio. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[1000];

static void errors(void)
{
    unsigned long e;
    const char *data;
    int flags;
    while ((e = ERR_get_error_line_data(NULL, NULL, &data, &flags)) != 0)
        printf("  error %lX %s\n", e, flags & ERR_TXT_STRING ? data : "");
}

static void say(const char *label, long ret, BIO *b)
{
    printf("%s = %ld", label, ret);
    if (b != NULL) printf(" flags %x reason %d", BIO_get_retry_flags(b), BIO_get_retry_reason(b));
    printf("\n");
    errors();
}

static void text(const char *label, const char *s) { printf("%s <%s>\n", label, s == NULL ? "null" : s); }

static void ctrls(BIO *b)
{
    static const int cmds[] = { 2, 3, 8, 10, 11, 13, 105, 107, 110, 119, 132, 133, 999 };
    size_t i;
    for (i = 0; i < sizeof(cmds) / sizeof(*cmds); i++) {
        long ret = BIO_ctrl(b, cmds[i], 0, NULL);
        printf("ctrl %d = %s%ld\n", cmds[i], cmds[i] == 105 && ret > 0 ? "fd " : "", cmds[i] == 105 && ret > 0 ? 1 : ret);
    }
    errors();
}

static void until(int fd, int events) { struct pollfd p = { fd, events, 0 }; poll(&p, 1, -1); }

static void readn(const char *label, BIO *b, int n)
{
    int r = BIO_read(b, buf, n);
    printf("%s %d <%.*s> eof %d\n", label, r, r > 0 ? r : 0, buf, BIO_eof(b));
    say(label, r, b);
}

static long seen(BIO *b, int oper, const char *argp, size_t len, int argi, long argl, int ret, size_t *processed)
{
    char shown[20];
    /* A descriptor's number is the system's to choose. */
    if (argi == 105 && ret > 2) strcpy(shown, "fd");
    else sprintf(shown, "%d", ret);
    printf("  cb %s %x len %d argi %d argl %ld ret %s processed %d\n", BIO_method_name(b), oper, (int)len,
           argi, argl, shown, processed == NULL ? -1 : (int)*processed);
    return ret;
}

static int state(BIO *b, int s, int ret)
{
    printf("  state %d ret %d\n", s, ret == BIO_get_fd(b, NULL) && ret > 2 ? 1000 : ret);
    return ret;
}

static BIO *acceptor(void)
{
    BIO *a = BIO_new(BIO_s_accept());
    printf("type %x name %s init %d close %ld\n", BIO_method_type(a), BIO_method_name(a), BIO_get_init(a), BIO_get_close(a));
    ctrls(a);
    say("family", BIO_get_accept_ip_family(a), a);
    say("do_accept without anything", BIO_do_accept(a), a);
    say("read", BIO_read(a, buf, 1), a);
    BIO_free(a);
    a = BIO_new_accept("a:b:c");
    printf("new_accept ambiguous %d\n", a != NULL);
    errors();
    a = BIO_new_accept("127.0.0.1:nosuchservice");
    say("do_accept bad port", BIO_do_accept(a), a);
    BIO_free(a);
    a = BIO_new_accept("127.0.0.1:0");
    say("set family", BIO_set_accept_ip_family(a, 5), a);
    say("do_accept bad family", BIO_do_accept(a), a);
    say("set family", BIO_set_accept_ip_family(a, BIO_FAMILY_IPV4), a);
    say("family", BIO_get_accept_ip_family(a), a);
    say("nbio_accept", BIO_set_nbio_accept(a, 1), a);
    say("nbio", BIO_set_nbio(a, 1), a);
    say("bind mode", BIO_get_bind_mode(a), a);
    say("bind mode", BIO_set_bind_mode(a, BIO_get_bind_mode(a) | BIO_BIND_REUSEADDR), a);
    say("bind mode", BIO_get_bind_mode(a), a);
    text("name", BIO_get_accept_name(a));
    BIO_set_callback_ex(a, seen);
    say("do_accept", BIO_do_accept(a), a);
    say("do_accept", BIO_do_accept(a), a);
    say("read", BIO_read(a, buf, 5), a);
    BIO_set_callback_ex(a, NULL);
    text("name", BIO_get_accept_name(a));
    text("peer", BIO_get_peer_name(a));
    say("family", BIO_get_accept_ip_family(a), a);
    printf("port %d fd %d\n", atoi(BIO_get_accept_port(a)) > 0, BIO_get_fd(a, NULL) > 2);
    ctrls(a);
    return a;
}

static BIO *connector(const char *port)
{
    BIO *c = BIO_new(BIO_s_connect()), *d;
    BIO_info_cb *cb = NULL;
    printf("type %x name %s init %d close %ld\n", BIO_method_type(c), BIO_method_name(c), BIO_get_init(c), BIO_get_close(c));
    ctrls(c);
    say("do_connect without anything", BIO_do_connect(c), c);
    say("write", BIO_write(c, "x", 1), c);
    text("host", BIO_get_conn_hostname(c));
    say("host", BIO_set_conn_hostname(c, "127.0.0.1:echo"), c);
    text("host", BIO_get_conn_hostname(c));
    text("port", BIO_get_conn_port(c));
    say("family", BIO_get_conn_ip_family(c), c);
    say("set family", BIO_set_conn_ip_family(c, 7), c);
    say("do_connect bad family", BIO_do_connect(c), c);
    say("set family", BIO_set_conn_ip_family(c, BIO_FAMILY_IPV4), c);
    say("host", BIO_set_conn_hostname(c, "[::1]:7"), c);
    text("host", BIO_get_conn_hostname(c));
    text("port", BIO_get_conn_port(c));
    say("do_connect wrong family", BIO_do_connect(c), c);
    say("reset", BIO_reset(c), c);
    say("host", BIO_set_conn_hostname(c, "127.0.0.1"), c);
    text("port", BIO_get_conn_port(c));
    say("port", BIO_set_conn_port(c, port), c);
    say("nbio", BIO_set_nbio(c, 1), c);
    d = BIO_dup_chain(c);
    text("copied host", BIO_get_conn_hostname(d));
    printf("copied init %d\n", BIO_get_init(d));
    BIO_free(d);
    say("info callback", BIO_set_info_callback(c, state), c);
    say("info callback", BIO_ctrl(c, BIO_CTRL_GET_CALLBACK, 0, &cb), c);
    printf("same %d\n", cb == state);
    BIO_set_callback_ex(c, seen);
    say("do_connect", BIO_do_connect(c), c);
    BIO_set_callback_ex(c, NULL);
    until(BIO_get_fd(c, NULL), POLLOUT);
    say("do_connect", BIO_do_connect(c), c);
    say("do_connect", BIO_do_connect(c), c);
    say("family", BIO_get_conn_ip_family(c), c);
    text("address", BIO_ADDR_hostname_string(BIO_get_conn_address(c), 1));
    ctrls(c);
    return c;
}

static void talk(BIO *a, BIO *c)
{
    BIO *s;
    until(BIO_get_fd(a, NULL), POLLIN);
    BIO_set_callback_ex(a, seen);
    say("do_accept", BIO_do_accept(a), a);
    say("do_accept", BIO_do_accept(a), a);
    BIO_set_callback_ex(a, NULL);
    text("peer", BIO_get_peer_name(a));
    printf("peer port %d\n", atoi(BIO_get_peer_port(a)) > 0);
    s = BIO_next(a);
    readn("read through", a, 5);
    say("write", BIO_write(c, "hello", 5), c);
    until(BIO_get_fd(s, NULL), POLLIN);
    readn("read through", a, 100);
    say("write back", BIO_write(a, "answer", 6), a);
    until(BIO_get_fd(c, NULL), POLLIN);
    readn("read", c, 3);
    readn("read", c, 100);
    readn("read", c, 100);
    say("eof", BIO_eof(a), a);
    BIO_pop(a);
    BIO_set_callback_ex(s, NULL);
    say("eof", BIO_eof(a), a);
    printf("type %x name %s init %d close %ld\n", BIO_method_type(s), BIO_method_name(s), BIO_get_init(s), BIO_get_close(s));
    ctrls(s);
    say("puts", BIO_puts(s, "a line\n"), s);
    say("gets", BIO_gets(c, buf, 10), c);
    until(BIO_get_fd(c, NULL), POLLIN);
    memset(buf, 0, sizeof buf);
    say("get_line", BIO_get_line(c, buf, 50), c);
    text("line", buf);
    BIO_set_callback_ex(s, seen);
    say("write", BIO_write(s, "x", 1), s);
    say("read", BIO_read(s, buf, 1), s);
    say("flush", BIO_flush(s), s);
    BIO_free(s);
    until(BIO_get_fd(c, NULL), POLLIN);
    readn("read", c, 1);
    until(BIO_get_fd(c, NULL), POLLIN);
    readn("read at the end", c, 1);
    printf("number read %d written %d\n", (int)BIO_number_read(c), (int)BIO_number_written(c));
    say("reset", BIO_reset(c), c);
    printf("fd %ld\n", BIO_get_fd(c, NULL));
    text("host", BIO_get_conn_hostname(c));
    BIO_free(c);
}

static void refused(void)
{
    BIO *c = BIO_new_connect("127.0.0.1:1");
    BIO_set_nbio(c, 1);
    BIO_set_info_callback(c, state);
    say("do_connect", BIO_do_connect(c), c);
    until(BIO_get_fd(c, NULL), POLLOUT);
    say("do_connect refused", BIO_do_connect(c), c);
    say("reset", BIO_reset(c), c);
    say("read", BIO_read(c, buf, 1), c);
    until(BIO_get_fd(c, NULL), POLLOUT);
    say("read refused", BIO_read(c, buf, 1), c);
    BIO_free(c);
    c = BIO_new_connect("no such host:1");
    say("do_connect unknown", BIO_do_connect(c), c);
    BIO_free(c);
}

static void chained(BIO *a, const char *port)
{
    BIO *c = BIO_new_connect("127.0.0.1"), *s;
    BIO_set_conn_port(c, port);
    BIO_set_nbio(c, 1);
    say("accept bios", BIO_set_accept_bios(a, (char *)BIO_new(BIO_f_buffer())), a);
    say("write", BIO_write(c, "two\nlines\n", 10), c);
    until(BIO_get_fd(c, NULL), POLLOUT);
    say("write", BIO_write(c, "two\nlines\n", 10), c);
    until(BIO_get_fd(a, NULL), POLLIN);
    say("do_accept", BIO_do_accept(a), a);
    s = BIO_next(a);
    printf("%s then %s\n", BIO_method_name(s), BIO_method_name(BIO_next(s)));
    until(BIO_get_fd(s, NULL), POLLIN);
    memset(buf, 0, sizeof buf);
    say("gets", BIO_gets(s, buf, 50), s);
    text("line", buf);
    say("gets", BIO_gets(s, buf, 50), s);
    text("line", buf);
    say("gets", BIO_gets(s, buf, 50), s);
    say("reset", BIO_reset(a), a);
    printf("fd %ld\n", BIO_get_fd(a, NULL));
    BIO_free_all(a);
    BIO_free(c);
}

static void calls(void)
{
    BIO_ADDR *addr = BIO_ADDR_new();
    struct in_addr in = { htonl(INADDR_LOOPBACK) };
    unsigned char ip[4];
    unsigned short port = 0;
    char *peer = NULL;
    int l, c, s, on = 1;
    struct hostent *h;
    BIO_ADDR_rawmake(addr, AF_INET, &in, 4, htons(1));
    say("connect -1", BIO_connect(-1, addr, 0), NULL);
    say("listen -1", BIO_listen(-1, addr, 0), NULL);
    say("connect bad", BIO_connect(999, addr, 0), NULL);
    say("listen bad", BIO_listen(999, addr, 0), NULL);
    say("accept bad", BIO_accept_ex(999, addr, 0), NULL);
    say("accept bad", BIO_accept(999, NULL), NULL);
    say("close bad", BIO_closesocket(999), NULL);
    say("close -1", BIO_closesocket(-1), NULL);
    say("nbio bad", BIO_socket_nbio(999, 1), NULL);
    say("ioctl bad", BIO_socket_ioctl(999, 0x5421, &on), NULL);
    say("ndelay bad", BIO_set_tcp_ndelay(999, 1), NULL);
    say("error bad", BIO_sock_error(999), NULL);
    say("socket", BIO_socket(AF_INET, SOCK_STREAM, IPPROTO_UDP, 0), NULL);
    say("accept socket", BIO_get_accept_socket("a:b:c", 0), NULL);
    say("accept socket", BIO_get_accept_socket("127.0.0.1:nosuchservice", 0), NULL);
    l = BIO_get_accept_socket("127.0.0.1:0", 1);
    printf("accept socket %d\n", l > 2);
    say("nbio", BIO_socket_nbio(l, 1), NULL);
    say("accept", BIO_accept(l, &peer), NULL);
    say("accept", BIO_accept_ex(l, NULL, 0), NULL);
    printf("retry %d\n", BIO_sock_should_retry(-1));
    {
        union BIO_sock_info_u info = { addr };
        say("info", BIO_sock_info(l, BIO_SOCK_INFO_ADDRESS, &info), NULL);
        say("info", BIO_sock_info(l, 5, &info), NULL);
        say("info bad", BIO_sock_info(999, BIO_SOCK_INFO_ADDRESS, &info), NULL);
    }
    c = BIO_socket(AF_INET, SOCK_STREAM, 0, 0);
    say("connect", BIO_connect(c, addr, BIO_SOCK_NONBLOCK | BIO_SOCK_KEEPALIVE | BIO_SOCK_NODELAY), NULL);
    printf("retry %d\n", BIO_sock_should_retry(-1));
    say("wait", BIO_socket_wait(c, 0, time(NULL) + 100), NULL);
    say("error", BIO_sock_error(c), NULL);
    say("ndelay", BIO_set_tcp_ndelay(c, 0), NULL);
    until(l, POLLIN);
    s = BIO_accept(l, &peer);
    printf("accepted %d from %.10s\n", s > 2, peer);
    say("connect again", BIO_connect(c, addr, BIO_SOCK_NONBLOCK), NULL);
    say("connect again", BIO_connect(c, addr, BIO_SOCK_NONBLOCK), NULL);
    {
        BIO *b = BIO_new_socket(c, BIO_NOCLOSE), *f = BIO_new_fd(s, BIO_CLOSE);
        BIO_socket_nbio(s, 1);
        printf("type %x name %s init %d close %ld\n", BIO_method_type(f), BIO_method_name(f), BIO_get_init(f), BIO_get_close(f));
        say("write", BIO_write(b, "over\nthe wire", 13), b);
        until(s, POLLIN);
        memset(buf, 0, sizeof buf);
        say("gets", BIO_gets(f, buf, 50), f);
        text("line", buf);
        say("gets", BIO_gets(f, buf, 5), f);
        text("line", buf);
        say("gets", BIO_gets(f, buf, 50), f);
        text("line", buf);
        say("gets", BIO_gets(f, buf, 50), f);
        say("seek", BIO_seek(f, 3), f);
        say("tell", BIO_tell(f), f);
        ctrls(f);
        say("free", BIO_free(f), NULL);
        until(c, POLLIN);
        readn("end", b, 5);
        say("close", BIO_closesocket(c), NULL);
        readn("closed", b, 5);
        say("write", BIO_write(b, "x", 1), b);
        BIO_free(b);
    }
    BIO_closesocket(l);
    say("host ip", BIO_get_host_ip("127.0.0.9", ip), NULL);
    printf("%d.%d.%d.%d\n", ip[0], ip[1], ip[2], ip[3]);
    say("host ip", BIO_get_host_ip("::1", ip), NULL);
    say("port", BIO_get_port("4433", &port), NULL);
    printf("%d\n", port);
    say("port", BIO_get_port("nosuchservice", &port), NULL);
    say("port", BIO_get_port(NULL, &port), NULL);
    h = BIO_gethostbyname("127.0.0.5");
    printf("%s %d %d %d\n", h->h_name, h->h_addrtype, h->h_length, ((unsigned char *)h->h_addr_list[0])[3]);
    for (on = 0; on < 140; on++)
        if (BIO_fd_non_fatal_error(on) || BIO_sock_non_fatal_error(on))
            printf("again %d %d %d\n", on, BIO_fd_non_fatal_error(on), BIO_sock_non_fatal_error(on));
    BIO_ADDR_free(addr);
}

static void file(void)
{
    char name[] = "/tmp/openssl-shim-XXXXXX";
    int fd = mkstemp(name);
    BIO *f = BIO_new_fd(fd, BIO_CLOSE);
    say("write", BIO_write(f, "one\ntwo\nthree", 13), f);
    say("tell", BIO_tell(f), f);
    say("reset", BIO_reset(f), f);
    memset(buf, 0, sizeof buf);
    say("gets", BIO_gets(f, buf, 50), f);
    text("line", buf);
    say("tell", BIO_tell(f), f);
    say("seek", BIO_seek(f, 8), f);
    readn("read", f, 50);
    readn("read", f, 50);
    say("seek", BIO_seek(f, -1), f);
    BIO_free(f);
    f = BIO_new(BIO_s_fd());
    say("get_fd", BIO_get_fd(f, NULL), f);
    say("read", BIO_read(f, buf, 1), f);
    BIO_free(f);
    f = BIO_new_fd(fd, BIO_NOCLOSE);
    readn("closed", f, 1);
    BIO_free(f);
    unlink(name);
}

int main(void)
{
    char port[10];
    BIO *a, *c;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    a = acceptor();
    strcpy(port, BIO_get_accept_port(a));
    c = connector(port);
    talk(a, c);
    refused();
    chained(a, port);
    calls();
    file();
    return 0;
}

/* What the calls on TCP sockets of the system give. Compared with lib/transport line by line. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[100];

static void say(const char *label, long ret)
{
    printf("%s = %ld", label, ret);
    if (ret < 0) printf(" errno %d", errno);
    printf("\n");
}

static struct sockaddr_in at(int port)
{
    struct sockaddr_in a;
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static int made(void) { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP); }
static int to(int fd, int port) { struct sockaddr_in a = at(port); return connect(fd, (struct sockaddr *)&a, sizeof a); }
static int here(int fd, int port) { struct sockaddr_in a = at(port); return bind(fd, (struct sockaddr *)&a, sizeof a); }
static void until(int fd, int events) { struct pollfd p = { fd, events, 0 }; poll(&p, 1, -1); }

static int port_of(int fd)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    getsockname(fd, (struct sockaddr *)&a, &n);
    return ntohs(a.sin_port);
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t n = sizeof value;
    say("getsockopt", getsockopt(fd, level, name, &value, &n));
    return value;
}

static void options(int fd)
{
    int one = 1;
    struct linger l = { 1, 5 };
    socklen_t n = sizeof l;
    printf("type %d\n", option(fd, SOL_SOCKET, SO_TYPE));
    printf("protocol %d\n", option(fd, SOL_SOCKET, SO_PROTOCOL));
    printf("domain %d\n", option(fd, SOL_SOCKET, SO_DOMAIN));
    printf("accepts %d\n", option(fd, SOL_SOCKET, SO_ACCEPTCONN));
    printf("no delay %d\n", option(fd, IPPROTO_TCP, TCP_NODELAY));
    say("no delay", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
    printf("no delay %d\n", option(fd, IPPROTO_TCP, TCP_NODELAY));
    say("keep alive", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one));
    printf("keep alive %d\n", option(fd, SOL_SOCKET, SO_KEEPALIVE));
    say("linger", setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l));
    l.l_onoff = l.l_linger = 0;
    say("linger", getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &n));
    printf("linger %d %d\n", l.l_onoff, l.l_linger);
    say("accepts", setsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &one, sizeof one));
    say("unknown", setsockopt(fd, SOL_SOCKET, 9999, &one, sizeof one));
}

int main(void)
{
    int l = made(), c = made(), d = made(), e = made(), s, port;
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
    say("bind", here(l, 0));
    say("bind again", here(l, 0));
    port = port_of(l);
    say("accept before listen", accept(l, NULL, NULL));
    options(l);
    say("listen", listen(l, 2));
    say("listen again", listen(l, 3));
    printf("accepts %d\n", option(l, SOL_SOCKET, SO_ACCEPTCONN));
    say("accept", accept(l, NULL, NULL));
    say("recv of a listener", recv(l, buf, 10, 0));
    say("send of a listener", send(l, buf, 10, MSG_NOSIGNAL));
    say("bind in use", here(e, port));
    say("send before", send(c, buf, 10, MSG_NOSIGNAL));
    say("recv before", recv(c, buf, 10, 0));
    say("shutdown before", shutdown(e, SHUT_WR));
    say("getpeername before", getpeername(c, (struct sockaddr *)&a, &n));
    say("accept", accept(c, NULL, NULL));
    say("connect", to(c, port));
    until(c, POLLOUT);
    printf("error %d\n", option(c, SOL_SOCKET, SO_ERROR));
    say("connect", to(c, port));
    say("connect", to(c, port));
    say("listen", listen(c, 2));
    say("bind", here(c, 0));
    until(l, POLLIN);
    s = accept(l, (struct sockaddr *)&a, &n);
    printf("accepted %d from the client %d\n", s >= 0, ntohs(a.sin_port) == port_of(c));
    say("recv", recv(s, buf, 10, MSG_DONTWAIT));
    say("send", send(c, "hello world", 11, 0));
    until(s, POLLIN);
    say("peek", recv(s, buf, 5, MSG_PEEK));
    say("recv", recv(s, buf, 5, 0));
    printf("%.5s\n", buf);
    say("recv nothing", recv(s, buf, 0, 0));
    say("recv", recv(s, buf, 50, 0));
    printf("%.6s\n", buf);
    say("shutdown bad", shutdown(c, 7));
    say("shutdown", shutdown(c, SHUT_WR));
    say("shutdown", shutdown(c, SHUT_WR));
    say("send", send(c, "x", 1, MSG_NOSIGNAL));
    until(s, POLLIN);
    say("recv", recv(s, buf, 10, 0));
    say("recv", recv(s, buf, 10, 0));
    say("send", send(s, "back", 4, 0));
    until(c, POLLIN);
    say("recv", recv(c, buf, 10, 0));
    say("shutdown read", shutdown(c, SHUT_RD));
    say("recv", recv(c, buf, 10, 0));
    close(c);
    close(s);

    c = made();
    say("connect", to(c, port));
    until(l, POLLIN);
    s = accept(l, NULL, NULL);
    until(c, POLLOUT);
    say("send", send(s, "last", 4, 0));
    until(c, POLLIN);
    { struct linger reset = { 1, 0 }; say("linger", setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset)); }
    say("peek", recv(c, buf, 10, MSG_PEEK));
    close(s);
    until(c, POLLERR);
    say("recv", recv(c, buf, 10, 0));
    say("recv", recv(c, buf, 10, 0));
    say("recv", recv(c, buf, 10, 0));
    say("send", send(c, "x", 1, MSG_NOSIGNAL));
    close(c);

    close(l);
    /* Bound and not listening, so that it refuses and nobody else can have it. */
    say("bind", here(e, 0));
    port = port_of(e);
    say("connect", to(d, port));
    until(d, POLLOUT);
    printf("error %d\n", option(d, SOL_SOCKET, SO_ERROR) == ECONNREFUSED);
    printf("error %d\n", option(d, SOL_SOCKET, SO_ERROR));
    say("recv", recv(d, buf, 10, 0));
    say("send", send(d, "x", 1, MSG_NOSIGNAL));
    say("getpeername", getpeername(d, (struct sockaddr *)&a, &n));
    say("connect", to(d, port));
    say("connect", to(d, port));
    until(d, POLLOUT);
    say("connect", to(d, port));
    say("protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    return 0;
}

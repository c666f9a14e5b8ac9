/* What Linux answers to the calls that posix.test.ts makes with openssl-shim/socket: "label result errno". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define P(label, call) do { errno = 0; long r_ = (call); printf("%s %ld %d\n", label, r_, r_ < 0 ? errno : 0); } while (0)

static char big[70000];

static struct sockaddr_in in4(const char *text, int port) {
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
  inet_pton(AF_INET, text, &a.sin_addr);
  return a;
}

int main(void) {
  struct sockaddr_in a = in4("127.0.0.1", 0), b, none = { .sin_family = AF_INET };
  socklen_t l;
  int v, t = 1;
  struct timeval tv;

  P("socket domain", socket(77, SOCK_DGRAM, 0));
  P("socket type", socket(AF_INET, 77, 0));
  P("socket tcp as udp", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
  int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP), c = socket(AF_INET, SOCK_DGRAM, 0), n = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  P("getfl blocking", fcntl(s, F_GETFL) & O_NONBLOCK);
  P("getfl nonblocking", fcntl(n, F_GETFL) & O_NONBLOCK);
  P("setfl", fcntl(s, F_SETFL, O_NONBLOCK));
  P("getfl set", fcntl(s, F_GETFL) & O_NONBLOCK);
  P("fcntl bad", fcntl(s, 9999));
  fcntl(c, F_SETFL, O_NONBLOCK);
  l = sizeof b; P("getsockname unbound", getsockname(s, (void *)&b, &l)); printf("%d %d\n", b.sin_family, b.sin_addr.s_addr);
  l = sizeof b; P("getpeername unconnected", getpeername(s, (void *)&b, &l));
  P("send unconnected", send(c, "x", 1, 0));
  P("recv empty", recv(c, big, 10, 0));
  b = in4("203.0.113.7", 0); P("bind foreign", bind(s, (void *)&b, sizeof b));
  P("bind", bind(s, (void *)&a, sizeof a));
  P("bind again", bind(s, (void *)&a, sizeof a));
  l = sizeof a; P("getsockname", getsockname(s, (void *)&a, &l)); printf("%d %x\n", a.sin_family, ntohl(a.sin_addr.s_addr));
  P("bind taken", bind(n, (void *)&a, sizeof a));
  P("listen", listen(s, 5));
  P("accept", accept(s, 0, 0));
  P("sendto port 0", (b = in4("127.0.0.1", 0), sendto(c, "x", 1, 0, (void *)&b, sizeof b)));
  P("sendto too long", sendto(c, big, 65508, 0, (void *)&a, sizeof a));
  P("sendto", sendto(c, "hello", 5, 0, (void *)&a, sizeof a));
  struct pollfd p = { s, POLLIN, 0 };
  P("poll", poll(&p, 1, 2000)); printf("%d\n", p.revents);
  P("recv peek", recv(s, big, 3, MSG_PEEK));
  P("recv peek trunc", recv(s, big, 3, MSG_PEEK | MSG_TRUNC));
  l = sizeof b; P("recvfrom short", recvfrom(s, big, 3, 0, (void *)&b, &l)); printf("%.3s %d\n", big, b.sin_family);
  P("recv gone", recv(s, big, 10, 0));
  P("connect broadcast", (b = in4("255.255.255.255", 9), connect(n, (void *)&b, sizeof b)));
  P("connect", connect(c, (void *)&a, sizeof a));
  l = sizeof b; P("getpeername", getpeername(c, (void *)&b, &l)); printf("%d\n", b.sin_port == a.sin_port);
  P("send", send(c, "", 0, 0));
  P("poll", poll(&p, 1, 2000));
  P("recv empty datagram", recv(s, big, 10, 0));
  none.sin_family = AF_UNSPEC; P("disconnect", connect(c, (void *)&none, sizeof none));
  l = sizeof b; P("getpeername disconnected", getpeername(c, (void *)&b, &l));

  int m = socket(AF_INET, SOCK_DGRAM, 0);
  P("option unknown", setsockopt(m, SOL_SOCKET, 9999, &t, sizeof t));
  P("option level", setsockopt(s, 9999, 1, &t, sizeof t));
  P("v6only on IPv4", setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &t, sizeof t));
  P("reuseaddr", setsockopt(m, SOL_SOCKET, SO_REUSEADDR, &t, sizeof t));
  l = sizeof v; P("get reuseaddr", getsockopt(m, SOL_SOCKET, SO_REUSEADDR, &v, &l)); printf("%d\n", v);
  l = sizeof v; P("get type", getsockopt(m, SOL_SOCKET, SO_TYPE, &v, &l)); printf("%d\n", v);
  l = sizeof v; P("get protocol", getsockopt(m, SOL_SOCKET, SO_PROTOCOL, &v, &l)); printf("%d\n", v);
  l = sizeof v; P("get domain", getsockopt(m, SOL_SOCKET, SO_DOMAIN, &v, &l)); printf("%d\n", v);
  l = sizeof v; P("get error", getsockopt(m, SOL_SOCKET, SO_ERROR, &v, &l)); printf("%d\n", v);
  l = sizeof v; P("get unknown", getsockopt(m, SOL_SOCKET, 9999, &v, &l));
  v = 1; P("rcvbuf", setsockopt(m, SOL_SOCKET, SO_RCVBUF, &v, sizeof v)); l = sizeof v; getsockopt(m, SOL_SOCKET, SO_RCVBUF, &v, &l); printf("%d\n", v);
  v = 100000; P("rcvbuf", setsockopt(m, SOL_SOCKET, SO_RCVBUF, &v, sizeof v)); l = sizeof v; getsockopt(m, SOL_SOCKET, SO_RCVBUF, &v, &l); printf("%d\n", v);
  v = 1; P("sndbuf", setsockopt(m, SOL_SOCKET, SO_SNDBUF, &v, sizeof v)); l = sizeof v; getsockopt(m, SOL_SOCKET, SO_SNDBUF, &v, &l); printf("%d\n", v);
  tv = (struct timeval){ 1, 1000000 }; P("rcvtimeo microseconds", setsockopt(m, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  tv = (struct timeval){ 5, 500000 }; P("rcvtimeo", setsockopt(m, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  l = sizeof tv; tv = (struct timeval){ 9, 9 }; P("get rcvtimeo", getsockopt(m, SOL_SOCKET, SO_RCVTIMEO, &tv, &l)); printf("%ld %ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
  l = sizeof tv; tv = (struct timeval){ 9, 9 }; P("get sndtimeo", getsockopt(m, SOL_SOCKET, SO_SNDTIMEO, &tv, &l)); printf("%ld %ld\n", (long)tv.tv_sec, (long)tv.tv_usec);

  fd_set r, w;
  tv = (struct timeval){ 0, 0 }; FD_ZERO(&r); FD_SET(s, &r); P("select nothing", select(s + 1, &r, 0, 0, &tv)); printf("%d\n", FD_ISSET(s, &r) != 0);
  tv = (struct timeval){ 0, 0 }; FD_ZERO(&r); FD_ZERO(&w); FD_SET(s, &r); FD_SET(s, &w); FD_SET(c, &w); P("select writable", select((s > c ? s : c) + 1, &r, &w, 0, &tv)); printf("%d %d %d\n", FD_ISSET(s, &r) != 0, FD_ISSET(s, &w) != 0, FD_ISSET(c, &w) != 0);
  tv = (struct timeval){ -1, 0 }; P("select negative", select(1, 0, 0, 0, &tv));
  tv = (struct timeval){ 0, 0 }; P("select nfds", select(-1, 0, 0, 0, &tv));
  struct pollfd ps[3] = { { 900, POLLIN, 0 }, { -1, POLLIN, 7 }, { c, POLLIN | POLLOUT, 0 } };
  P("poll several", poll(ps, 3, 0)); printf("%d %d %d\n", ps[0].revents, ps[1].revents, ps[2].revents);

  P("close", close(s));
  P("close again", close(s));
  tv = (struct timeval){ 0, 0 }; FD_ZERO(&r); FD_SET(s, &r); P("select closed", select(s + 1, &r, 0, 0, &tv));
  P("recv closed", recv(s, big, 1, 0));
  P("send closed", send(900, big, 1, 0));
  P("bind closed", bind(900, (void *)&a, sizeof a));
  P("connect closed", connect(900, (void *)&a, sizeof a));
  P("listen closed", listen(900, 1));
  P("fcntl closed", fcntl(900, F_GETFL));
  P("getsockopt closed", getsockopt(900, SOL_SOCKET, SO_TYPE, &v, &l));
  P("family", socket(AF_INET, SOCK_DGRAM, 0) >= 0);
  struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = in6addr_loopback };
  P("IPv4 sendto IPv6", sendto(c, "x", 1, 0, (void *)&a6, sizeof a6));
  P("IPv4 connect IPv6", connect(c, (void *)&a6, sizeof a6));
  return 0;
}

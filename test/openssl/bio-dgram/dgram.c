/* What libcrypto answers to the calls of dgram-transcript.test.ts: "label result errno retry-flags". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static BIO *cur;
#define P(label, call) do { errno = 0; long r_ = (call); int e_ = errno; printf("%s %ld %d %d\n", label, r_, r_ < 0 ? e_ : 0, BIO_test_flags(cur, 15)); } while (0)

static char buf[70000];

static void ready(int fd) {
  struct pollfd p = { fd, POLLIN, 0 };
  poll(&p, 1, 3000);
}

static void run(int family) {
  const char *text = family == AF_INET ? "127.0.0.1" : "::1";
  unsigned char raw[16];
  size_t len = family == AF_INET ? 4 : 16;
  int largest = family == AF_INET ? 65507 : 65527;
  inet_pton(family, text, raw);
  BIO_ADDR *any = BIO_ADDR_new(), *at = BIO_ADDR_new(), *peer = BIO_ADDR_new(), *unset = BIO_ADDR_new();
  BIO_ADDR_rawmake(any, family, raw, len, 0);
  int s = socket(family, SOCK_DGRAM, 0), c = socket(family, SOCK_DGRAM, 0), on = 1;
  fcntl(s, F_SETFL, O_NONBLOCK);
  fcntl(c, F_SETFL, O_NONBLOCK);
  BIO_bind(s, any, 0);
  BIO_bind(c, any, 0);
  union BIO_sock_info_u info = { .addr = at };
  BIO_sock_info(s, BIO_SOCK_INFO_ADDRESS, &info);

  BIO *b = BIO_new_dgram(c, BIO_NOCLOSE), *d = BIO_new_dgram(s, BIO_NOCLOSE);
  struct timeval tv = { 0, 0 };
  cur = b;
  printf("%d %s\n", BIO_method_type(b), BIO_method_name(b));
  P("get fd", BIO_get_fd(b, 0) == c);
  P("get close", BIO_get_close(b));
  P("mtu discover", BIO_ctrl(b, BIO_CTRL_DGRAM_MTU_DISCOVER, 0, 0));
  P("query mtu", BIO_ctrl(b, BIO_CTRL_DGRAM_QUERY_MTU, 0, 0));
  P("get mtu", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_MTU, 0, 0));
  P("set mtu", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_MTU, 1200, 0));
  P("get mtu", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_MTU, 0, 0));
  P("mtu exceeded", BIO_ctrl(b, BIO_CTRL_DGRAM_MTU_EXCEEDED, 0, 0));
  P("fallback", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_FALLBACK_MTU, 0, 0));
  P("overhead", BIO_dgram_get_mtu_overhead(b));
  P("dont frag", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_DONT_FRAG, 1, 0));
  P("get peer", BIO_dgram_get_peer(b, peer));
  P("peer family", BIO_ADDR_family(peer));
  P("flush", BIO_flush(b));
  P("pending", BIO_pending(b));
  P("wpending", BIO_wpending(b));
  P("eof", BIO_eof(b));
  P("reset", BIO_reset(b));
  P("info", BIO_ctrl(b, BIO_CTRL_INFO, 0, 0));
  P("unknown", BIO_ctrl(b, 9999, 0, 0));
  P("ktls", BIO_ctrl(b, 73, 0, 0));
  P("push", BIO_ctrl(b, BIO_CTRL_PUSH, 0, 0));
  P("recv exp", BIO_dgram_recv_timedout(b));
  P("send exp", BIO_dgram_send_timedout(b));
  tv = (struct timeval){ 5, 500000 };
  P("set recv timeout", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &tv));
  tv = (struct timeval){ 0, 1000000 };
  P("set recv timeout wrong", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &tv) == -1);
  tv = (struct timeval){ 9, 9 };
  P("get recv timeout", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, &tv));
  printf("%ld %ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
  P("get send timeout", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_SEND_TIMEOUT, 0, &tv));
  printf("%ld %ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
  tv = (struct timeval){ 1, 248000 };
  P("set send timeout", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_SEND_TIMEOUT, 0, &tv));
  P("get send timeout", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_SEND_TIMEOUT, 0, &tv));
  printf("%ld %ld\n", (long)tv.tv_sec, (long)tv.tv_usec);
  tv = (struct timeval){ 0, 0 };
  P("set next timeout", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, &tv));

  P("write no peer", BIO_write(b, "x", 1));
  P("read empty", BIO_read(b, buf, 10));
  P("recv exp", BIO_dgram_recv_timedout(b));
  P("recv exp again", BIO_dgram_recv_timedout(b));
  P("read empty", BIO_read(b, buf, 10));
  P("send exp", BIO_dgram_send_timedout(b));
  P("read 0", BIO_read(b, buf, 0));
  P("gets", BIO_gets(b, buf, 10));

  P("set peer", BIO_dgram_set_peer(b, at));
  P("set peer unset", BIO_dgram_set_peer(b, unset));
  P("get peer", BIO_dgram_get_peer(b, peer));
  P("get peer 4", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_PEER, 4, buf));
  P("get peer 999", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_PEER, 999, peer));
  P("fallback", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_FALLBACK_MTU, 0, 0));
  P("overhead", BIO_dgram_get_mtu_overhead(b));
  P("dont frag", BIO_ctrl(b, BIO_CTRL_DGRAM_SET_DONT_FRAG, 0, 0));
  P("write", BIO_write(b, "hello", 5));
  P("puts", BIO_puts(b, "text"));
  P("write too long", BIO_write(b, buf, largest + 1));
  P("mtu exceeded", BIO_ctrl(b, BIO_CTRL_DGRAM_MTU_EXCEEDED, 0, 0));
  P("read empty", BIO_read(b, buf, 10));
  P("write clears retry", BIO_write(b, "third", 5));

  cur = d;
  ready(s);
  P("peek mode", BIO_ctrl(d, BIO_CTRL_DGRAM_SET_PEEK_MODE, 1, 0));
  P("peek", BIO_read(d, buf, 100));
  P("peek", BIO_read(d, buf, 100));
  P("peek mode off", BIO_ctrl(d, BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 0, 0));
  P("short read", BIO_read(d, buf, 2));
  P("read next", BIO_read(d, buf, 100));
  printf("%.4s\n", buf);
  P("read next", BIO_read(d, buf, 100));
  P("read none", BIO_read(d, buf, 100));
  P("get peer", BIO_dgram_get_peer(d, peer));
  info.addr = unset;
  BIO_sock_info(c, BIO_SOCK_INFO_ADDRESS, &info);
  P("peer is the sender", BIO_ADDR_rawport(peer) == BIO_ADDR_rawport(unset));
  P("answer", BIO_write(d, "answer", 6));
  cur = b;
  ready(c);
  P("read answer", BIO_read(b, buf, 100));
  P("number read", BIO_number_read(b));
  P("number written", BIO_number_written(b));

  BIO_connect(c, at, BIO_SOCK_NONBLOCK);
  P("set connected", BIO_ctrl_set_connected(b, at));
  P("query mtu", BIO_ctrl(b, BIO_CTRL_DGRAM_QUERY_MTU, 0, 0));
  P("get mtu", BIO_ctrl(b, BIO_CTRL_DGRAM_GET_MTU, 0, 0));
  P("write connected", BIO_write(b, "hello", 5));
  P("write too long", BIO_write(b, buf, largest + 1));
  P("get peer", BIO_dgram_get_peer(b, peer));
  close(s);
  P("write to nobody", BIO_write(b, "hello", 5));
  usleep(20000);
  P("read refused", BIO_read(b, buf, 10));
  P("recv exp", BIO_dgram_recv_timedout(b));
  P("read empty", BIO_read(b, buf, 10));
  P("not connected", BIO_ctrl_set_connected(b, 0));
  P("get peer", BIO_dgram_get_peer(b, peer));
  P("dgram connect", BIO_ctrl_dgram_connect(b, at));
  P("get peer", BIO_dgram_get_peer(b, peer));
  P("set close", BIO_set_close(b, BIO_CLOSE));
  P("get close", BIO_get_close(b));
  P("set fd closes", BIO_set_fd(b, s = socket(family, SOCK_DGRAM, 0), BIO_CLOSE));
  P("closed", BIO_closesocket(c));
  P("free closes", (BIO_free(b), cur = d, BIO_closesocket(s)));

  BIO *none = cur = BIO_new_dgram(-1, BIO_NOCLOSE);
  P("no fd", BIO_get_fd(none, 0));
  P("no fd read", BIO_read(none, buf, 10));
  P("no fd write", BIO_write(none, buf, 10));
  tv = (struct timeval){ 1, 0 };
  P("no fd set timeout", BIO_ctrl(none, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &tv) == -1);
  P("no fd get timeout", BIO_ctrl(none, BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, &tv) == -1);
  P("no fd query", BIO_ctrl(none, BIO_CTRL_DGRAM_QUERY_MTU, 0, 0));
  P("no fd discover", BIO_ctrl(none, BIO_CTRL_DGRAM_MTU_DISCOVER, 0, 0));
  BIO *fresh = cur = BIO_new(BIO_s_datagram());
  P("fresh fd", BIO_get_fd(fresh, 0) == -1);
  P("fresh init", BIO_get_init(fresh));
  P("fresh close", BIO_get_close(fresh));
}

int main(void) {
  /* libcrypto complains there of what is refused on purpose. */
  freopen("/dev/null", "w", stderr);
  run(AF_INET);
  run(AF_INET6);
  for (int e = 0; e < 140; e++)
    if (BIO_dgram_non_fatal_error(e)) printf("%d ", e);
  puts("");
  return 0;
}

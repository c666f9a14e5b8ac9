/* What libcrypto answers to the calls of addr-transcript.test.ts. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void errors(void) {
  unsigned long e;
  const char *data;
  int flags;
  while ((e = ERR_get_error_all(0, 0, 0, &data, &flags))) printf("error %08lX %s\n", e, data);
}

#define P(label, call) do { printf("%s %ld\n", label, (long)(call)); errors(); } while (0)
#define S(label, call) do { char *s_ = (call); printf("%s %s\n", label, s_ ? s_ : "NULL"); errors(); } while (0)

static void look(const char *host, const char *service, int type, int family, int socktype, int protocol) {
  BIO_ADDRINFO *res = 0;
  printf("lookup %s %s %d %d %d %d: %d\n", host ? host : "NULL", service ? service : "NULL", type, family, socktype, protocol,
         BIO_lookup_ex(host, service, type, family, socktype, protocol, &res));
  for (const BIO_ADDRINFO *i = res; i; i = BIO_ADDRINFO_next(i))
    printf("%d %d %d %s %s\n", BIO_ADDRINFO_family(i), BIO_ADDRINFO_socktype(i), BIO_ADDRINFO_protocol(i),
           BIO_ADDR_hostname_string(BIO_ADDRINFO_address(i), 1), BIO_ADDR_service_string(BIO_ADDRINFO_address(i), 1));
  errors();
}

int main(void) {
  const char *texts[] = { "host:80", "host", "[::1]:443", "[::1]", "::1", "*:80", ":80", "80", "host:", "host:*", "", ":", "[::1",
                          "a:b:c", "*", "*:*", "[::1]x", "[::1]:a:b", "[]:1", "[*]:1" };
  for (int prio = 0; prio < 2; prio++)
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      char *h = "unset", *s = "unset";
      int r = BIO_parse_hostserv(texts[i], &h, &s, prio);
      printf("parse %d '%s' %d %s %s\n", prio, texts[i], r, h ? h : "NULL", s ? s : "NULL");
      errors();
    }

  BIO_ADDR *a = BIO_ADDR_new();
  unsigned char raw[200], out[200];
  size_t l = 77;
  P("unset family", BIO_ADDR_family(a));
  P("unset rawaddress", BIO_ADDR_rawaddress(a, 0, &l));
  P("unset length", l);
  P("unset port", BIO_ADDR_rawport(a));
  S("unset host", BIO_ADDR_hostname_string(a, 1));
  S("unset service", BIO_ADDR_service_string(a, 1));
  S("unset path", BIO_ADDR_path_string(a));
  inet_pton(AF_INET, "192.0.2.77", raw);
  P("rawmake", BIO_ADDR_rawmake(a, AF_INET, raw, 4, htons(40999)));
  P("rawmake length", BIO_ADDR_rawmake(a, AF_INET, raw, 5, 1));
  P("rawmake length", BIO_ADDR_rawmake(a, AF_INET, raw, 16, 1));
  P("rawmake length", BIO_ADDR_rawmake(a, AF_INET6, raw, 4, 1));
  P("rawmake family", BIO_ADDR_rawmake(a, 77, raw, 4, 1));
  P("family", BIO_ADDR_family(a));
  P("rawport", BIO_ADDR_rawport(a));
  P("rawaddress", BIO_ADDR_rawaddress(a, out, &l));
  printf("%zu %02x%02x%02x%02x\n", l, out[0], out[1], out[2], out[3]);
  S("host", BIO_ADDR_hostname_string(a, 1));
  S("service", BIO_ADDR_service_string(a, 1));
  S("service by name", BIO_ADDR_service_string(a, 0));
  S("path", BIO_ADDR_path_string(a));
  inet_pton(AF_INET, "127.0.0.1", raw);
  BIO_ADDR_rawmake(a, AF_INET, raw, 4, htons(53));
  S("host by name", BIO_ADDR_hostname_string(a, 0));
  S("service by name", BIO_ADDR_service_string(a, 0));
  inet_pton(AF_INET6, "2001:db8::1", raw);
  P("rawmake 6", BIO_ADDR_rawmake(a, AF_INET6, raw, 16, htons(1)));
  S("host 6", BIO_ADDR_hostname_string(a, 1));
  P("unix", BIO_ADDR_rawmake(a, AF_UNIX, "/tmp/y", 6, 0));
  P("unix family", BIO_ADDR_family(a));
  S("unix path", BIO_ADDR_path_string(a));
  P("unix port", BIO_ADDR_rawport(a));
  P("unix rawaddress", BIO_ADDR_rawaddress(a, 0, &l));
  P("unix length", l);
  S("unix host", BIO_ADDR_hostname_string(a, 1));
  S("unix service", BIO_ADDR_service_string(a, 1));
  memset(raw, 'a', sizeof raw);
  P("unix 107", BIO_ADDR_rawmake(a, AF_UNIX, raw, 107, 0));
  P("unix 108", BIO_ADDR_rawmake(a, AF_UNIX, raw, 108, 0));
  BIO_ADDR_clear(a);
  P("cleared", BIO_ADDR_family(a));

  look(0, "4433", 1, 0, 2, 0);
  look(0, "4433", 0, 0, 2, 0);
  look(0, "4433", 0, 2, 2, 0);
  look("127.0.0.1", "4433", 0, 0, 2, 0);
  look("127.0.0.1", 0, 0, 0, 2, 0);
  look("127.0.0.1", "", 0, 0, 2, 0);
  look(0, 0, 0, 0, 2, 0);
  look("::1", "4433", 0, 10, 0, 0);
  look("::1", "4433", 0, 2, 2, 0);
  look("127.0.0.1", "1", 0, 10, 2, 0);
  look("2001:DB8:0::1", "1", 0, 10, 2, 0);
  look("localhost", "4433", 0, 2, 2, 0);
  look("127.0.0.1", "domain", 0, 0, 2, 0);
  look("127.0.0.1", "http", 0, 0, 1, 0);
  look("127.0.0.1", "nosuch", 0, 0, 2, 0);
  look("127.0.0.1", "-1", 0, 0, 2, 0);
  look("127.0.0.1", "12x", 0, 0, 2, 0);
  look("127.0.0.1", "1", 0, 77, 2, 0);
  look("127.0.0.1", "1", 0, 0, 2, 6);
  look("127.0.0.1", "1", 0, 0, 2, 17);
  look("127.0.0.1", "1", 0, 0, 5, 132);
  look("127.0.0.1", "1", 0, 0, 5, 0);
  look("127.0.0.1", "1", 0, 0, 0, 17);
  look("127.0.0.1", "1", 0, 2, 77, 0);
  look("fe80::1%nosuch", "1", 0, 10, 2, 0);
  look("", "1", 0, 0, 2, 0);
  look("/tmp/x", 0, 0, 1, 2, 0);

  P("socket", BIO_socket(77, 2, 0, 0));
  P("connect -1", BIO_connect(-1, a, 0));
  P("bind -1", BIO_bind(-1, a, 0));
  P("listen -1", BIO_listen(-1, a, 0));
  P("closesocket -1", BIO_closesocket(-1));
  P("closesocket 999", BIO_closesocket(999));
  P("nbio 999", BIO_socket_nbio(999, 1));
  P("sock_error 999", BIO_sock_error(999));
  P("connect 999", BIO_connect(999, a, 0));
  P("listen 999", BIO_listen(999, a, 0));
  P("bind 999", BIO_bind(999, a, 1));
  P("bind 999", BIO_bind(999, a, 0));
  union BIO_sock_info_u info = { .addr = a };
  P("info 999", BIO_sock_info(999, BIO_SOCK_INFO_ADDRESS, &info));
  P("info type", BIO_sock_info(999, 7, &info));
  int fd = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0);
  inet_pton(AF_INET, "203.0.113.9", raw);
  BIO_ADDR_rawmake(a, AF_INET, raw, 4, htons(40999));
  P("bind foreign", BIO_bind(fd, a, BIO_SOCK_REUSEADDR));
  P("listen foreign", BIO_listen(fd, a, 0));
  inet_pton(AF_INET, "127.0.0.1", raw);
  BIO_ADDR_rawmake(a, AF_INET, raw, 4, 0);
  P("listen", BIO_listen(fd, a, BIO_SOCK_KEEPALIVE));
  P("sock_error", BIO_sock_error(fd));
  P("accept", BIO_accept_ex(fd, 0, 0));
  P("info", BIO_sock_info(fd, BIO_SOCK_INFO_ADDRESS, &info));
  S("info host", BIO_ADDR_hostname_string(a, 1));
  int other = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0);
  P("connect", BIO_connect(other, a, BIO_SOCK_NONBLOCK));
  BIO_closesocket(other);
  other = BIO_socket(AF_INET, SOCK_DGRAM, 0, 0);
  P("connect nodelay", BIO_connect(other, a, BIO_SOCK_NODELAY));
  memset(raw, 255, 4);
  BIO_ADDR_rawmake(a, AF_INET, raw, 4, htons(9));
  P("connect broadcast", BIO_connect(other, a, 0));
  P("close", BIO_closesocket(fd));
  P("init", BIO_sock_init());
  for (int e = 0; e < 140; e++)
    if (BIO_sock_non_fatal_error(e)) printf("%d ", e);
  puts("");
  return 0;
}

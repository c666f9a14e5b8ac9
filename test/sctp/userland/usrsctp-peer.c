/*
 * An SCTP peer on usrsctp, in UDP datagrams (RFC 6951). It sends every message back on its stream, with its protocol
 * identifier and in its manner, and says on stdout what happens.
 *
 *   usrsctp-peer server|client OWN_UDP PEER_UDP SCTP_PORT [auth|interleave]
 *
 * A message that begins with ! is an order instead: "!key N HEX" (use that key from now on), "!abort", "!reset STREAM",
 * "!add N", "!primary" and so on. The client connects to 127.0.0.1 and waits for orders as the server does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usrsctp.h>

#define LARGEST 400000
/* Known to the library, but not to its header. */
#define SCTP_INTERLEAVING_SUPPORTED 0x00001206

static struct socket *live;

static void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

static void must(int result, const char *what) {
  if (result >= 0) return;
  say("failed %s: %s", what, strerror(errno));
  exit(1);
}

static void option(struct socket *socket, int name, const void *value, socklen_t length, const char *what) {
  must(usrsctp_setsockopt(socket, IPPROTO_SCTP, name, value, length), what);
}

static void prepare(struct socket *socket, int peer_udp, int auth, int interleave) {
  int on = 1, size = 1 << 20;
  must(usrsctp_setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), "SO_SNDBUF");
  must(usrsctp_setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), "SO_RCVBUF");
  option(socket, SCTP_RECVRCVINFO, &on, sizeof on, "RECVRCVINFO");
  option(socket, SCTP_NODELAY, &on, sizeof on, "NODELAY");
  struct sctp_udpencaps encaps = {0};
  encaps.sue_address.ss_family = AF_INET;
  encaps.sue_port = htons(peer_udp);
  option(socket, SCTP_REMOTE_UDP_ENCAPS_PORT, &encaps, sizeof encaps, "ENCAPS_PORT");
  static const uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_STREAM_RESET_EVENT,
                                    SCTP_STREAM_CHANGE_EVENT, SCTP_AUTHENTICATION_EVENT, SCTP_REMOTE_ERROR};
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    struct sctp_event event = {.se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = events[i], .se_on = 1};
    option(socket, SCTP_EVENT, &event, sizeof event, "EVENT");
  }
  struct sctp_assoc_value reset = {.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = 7};
  option(socket, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset, "ENABLE_STREAM_RESET");
  if (interleave) {
    int level = 2;
    option(socket, SCTP_FRAGMENT_INTERLEAVE, &level, sizeof level, "FRAGMENT_INTERLEAVE");
    struct sctp_assoc_value yes = {.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = 1};
    option(socket, SCTP_INTERLEAVING_SUPPORTED, &yes, sizeof yes, "INTERLEAVING_SUPPORTED");
    struct sctp_assoc_value turns = {.assoc_id = SCTP_FUTURE_ASSOC, .assoc_value = SCTP_SS_ROUND_ROBIN};
    option(socket, SCTP_PLUGGABLE_SS, &turns, sizeof turns, "PLUGGABLE_SS");
  }
  for (int i = 0; auth && i < 2; i++) {
    struct sctp_authchunk chunk = {.sauth_chunk = i == 0 ? 0 : 0xc0};
    option(socket, SCTP_AUTH_CHUNK, &chunk, sizeof chunk, "AUTH_CHUNK");
  }
}

static void use_key(unsigned number, const char *hex) {
  unsigned char space[sizeof(struct sctp_authkey) + 128];
  memset(space, 0, sizeof space);
  struct sctp_authkey *key = (struct sctp_authkey *)space;
  key->sca_keynumber = number;
  while (key->sca_keylength < 128 && sscanf(hex + 2 * key->sca_keylength, "%2hhx", &key->sca_key[key->sca_keylength]) == 1)
    key->sca_keylength++;
  option(live, SCTP_AUTH_KEY, key, sizeof *key + key->sca_keylength, "AUTH_KEY");
  struct sctp_authkeyid id = {.scact_keynumber = number};
  option(live, SCTP_AUTH_ACTIVE_KEY, &id, sizeof id, "AUTH_ACTIVE_KEY");
  say("key %u of %u bytes", number, key->sca_keylength);
}

static void order(char *text) {
  unsigned number;
  char hex[300];
  if (sscanf(text, "!key %u %299s", &number, hex) == 2) use_key(number, hex);
  else if (sscanf(text, "!reset %u", &number) == 1) {
    unsigned char space[sizeof(struct sctp_reset_streams) + 2] = {0};
    struct sctp_reset_streams *reset = (struct sctp_reset_streams *)space;
    reset->srs_flags = SCTP_STREAM_RESET_OUTGOING;
    reset->srs_number_streams = 1;
    reset->srs_stream_list[0] = number;
    option(live, SCTP_RESET_STREAMS, reset, sizeof space, "RESET_STREAMS");
  } else if (sscanf(text, "!add %u", &number) == 1) {
    struct sctp_add_streams add = {.sas_outstrms = number};
    option(live, SCTP_ADD_STREAMS, &add, sizeof add, "ADD_STREAMS");
  } else if (strcmp(text, "!shutdown") == 0) {
    must(usrsctp_shutdown(live, SHUT_WR), "shutdown");
  } else if (strcmp(text, "!abort") == 0) {
    struct linger linger = {1, 0};
    must(usrsctp_setsockopt(live, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), "SO_LINGER");
    usrsctp_close(live);
    say("aborted");
    usleep(100000);
    exit(0);
  } else say("unknown order %s", text);
}

static void notified(const union sctp_notification *it) {
  switch (it->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
      say("%s, streams %u %u", it->sn_assoc_change.sac_state == SCTP_COMM_UP ? "up" : "change",
          it->sn_assoc_change.sac_outbound_streams, it->sn_assoc_change.sac_inbound_streams);
      break;
    case SCTP_SHUTDOWN_EVENT: say("shutdown"); break;
    case SCTP_STREAM_RESET_EVENT: say("reset %u", it->sn_strreset_event.strreset_flags); break;
    case SCTP_STREAM_CHANGE_EVENT:
      say("streams %u %u", it->sn_strchange_event.strchange_outstrms, it->sn_strchange_event.strchange_instrms);
      break;
    case SCTP_AUTHENTICATION_EVENT:
      say("authentication %u %u", it->sn_auth_event.auth_indication, it->sn_auth_event.auth_keynumber);
      break;
    case SCTP_REMOTE_ERROR: say("error %u", it->sn_remote_error.sre_error); break;
  }
}

static void serve(void) {
  static char message[LARGEST];
  size_t have = 0;
  for (;;) {
    struct sctp_recvv_rn info = {0};
    struct sockaddr_in from;
    socklen_t from_length = sizeof from, info_length = sizeof info;
    unsigned type = 0;
    int flags = 0;
    ssize_t got = usrsctp_recvv(live, message + have, sizeof message - have, (struct sockaddr *)&from, &from_length,
                                &info, &info_length, &type, &flags);
    if (got <= 0) {
      say("end %s", got == 0 ? "" : strerror(errno));
      return;
    }
    if (flags & MSG_NOTIFICATION) {
      notified((const union sctp_notification *)(message + have));
      continue;
    }
    have += got;
    if (!(flags & MSG_EOR)) continue;
    struct sctp_rcvinfo *with = type == SCTP_RECVV_RN ? &info.recvv_rcvinfo : (struct sctp_rcvinfo *)&info;
    say("message %zu on %u, number %u, %s, ppid %u", have, with->rcv_sid, with->rcv_ssn,
        with->rcv_flags & SCTP_UNORDERED ? "unordered" : "ordered", ntohl(with->rcv_ppid));
    if (have > 0 && message[0] == '!') {
      message[have] = 0;
      order(message);
    } else {
      struct sctp_sndinfo back = {.snd_sid = with->rcv_sid, .snd_ppid = with->rcv_ppid};
      back.snd_flags = with->rcv_flags & SCTP_UNORDERED;
      must(usrsctp_sendv(live, message, have, NULL, 0, &back, sizeof back, SCTP_SENDV_SNDINFO, 0), "send");
    }
    have = 0;
  }
}

int main(int count, char **arguments) {
  if (count < 5) return 2;
  int own_udp = atoi(arguments[2]), peer_udp = atoi(arguments[3]);
  int auth = count > 5 && strcmp(arguments[5], "auth") == 0, interleave = count > 5 && !auth;
  usrsctp_init(own_udp, NULL, NULL);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);
  struct socket *socket = usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (socket == NULL) must(-1, "socket");
  prepare(socket, peer_udp, auth, interleave);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[4]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (strcmp(arguments[1], "server") == 0) {
    must(usrsctp_bind(socket, (struct sockaddr *)&address, sizeof address), "bind");
    must(usrsctp_listen(socket, 1), "listen");
    say("listening");
    live = usrsctp_accept(socket, NULL, NULL);
    if (live == NULL) must(-1, "accept");
  } else {
    say("connecting");
    must(usrsctp_connect(socket, (struct sockaddr *)&address, sizeof address), "connect");
    live = socket;
  }
  serve();
  usrsctp_close(live);
  if (live != socket) usrsctp_close(socket);
  for (int i = 0; i < 30 && usrsctp_finish() != 0; i++) usleep(100000);
  say("done");
  return 0;
}

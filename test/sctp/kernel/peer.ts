import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** The program in C that the suite talks to; there where it could be compiled. */
export const PEER_FILE = join(import.meta.dirname, 'peer')

/** Compiles it; says why not where that does not work. Before the guest is started, which would take twenty times as long. */
export function compilePeer(): void {
  try {
    execFileSync('gcc', ['-x', 'c', '-', '-o', PEER_FILE], { input: PEER, stdio: 'pipe' })
  } catch (failure) {
    console.log(`no peer in C: ${failure instanceof Error ? failure.message : failure}`)
  }
}

/** A client in C, on the kernel's header alone: five messages, their echoes, what it knows of each, a graceful end. */
const PEER = `
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/sctp.h>

int main(int argc, char **argv) {
  int s = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), on = 1;
  struct sctp_initmsg init = {7, 9, 0, 0};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(s, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
  setsockopt(s, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
  if (connect(s, (struct sockaddr *)&to, sizeof to) != 0) return 1;
  for (int i = 0; i < 5; i++) {
    char text[50], control[200] = {0}, back[200];
    int length = sprintf(text, "message %d", i);
    struct iovec v = {text, length};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(struct sctp_sndinfo))};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    struct sctp_sndinfo info = {.snd_sid = i, .snd_flags = i & 1 ? SCTP_UNORDERED : 0, .snd_ppid = htonl(40 + i)};
    h->cmsg_level = IPPROTO_SCTP; h->cmsg_type = SCTP_SNDINFO; h->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(h), &info, sizeof info);
    if (sendmsg(s, &m, 0) != length) return 2;
    struct iovec w = {back, sizeof back};
    struct msghdr r = {.msg_iov = &w, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int got = recvmsg(s, &r, 0);
    for (h = CMSG_FIRSTHDR(&r); h; h = CMSG_NXTHDR(&r, h)) if (h->cmsg_type == SCTP_RCVINFO) {
      struct sctp_rcvinfo *i = (struct sctp_rcvinfo *)CMSG_DATA(h);
      printf("%.*s: stream %u, flags %u, ppid %u, %s\\n", got, back, i->rcv_sid, i->rcv_flags, ntohl(i->rcv_ppid), r.msg_flags & MSG_EOR ? "whole" : "cut");
    }
  }
  struct sctp_status status; socklen_t size = sizeof status;
  getsockopt(s, IPPROTO_SCTP, SCTP_STATUS, &status, &size);
  printf("streams %u in, %u out\\n", status.sstat_instrms, status.sstat_outstrms);
  return shutdown(s, SHUT_WR);
}
`

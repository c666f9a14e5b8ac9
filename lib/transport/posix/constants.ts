// The values of Linux (<sys/socket.h>, <netinet/in.h>, <fcntl.h>, <poll.h>), the same on every system.

import { AF_INET, AF_INET6 } from '../../base/sockaddr.ts'

export { AF_INET, AF_INET6 }
export const AF_UNSPEC = 0
export const AF_UNIX = 1
export const PF_UNSPEC = AF_UNSPEC
export const PF_INET = AF_INET
export const PF_INET6 = AF_INET6

export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_SEQPACKET = 5
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000

export const IPPROTO_IP = 0
export const IPPROTO_TCP = 6
export const IPPROTO_UDP = 17
export const IPPROTO_IPV6 = 41
export const IPPROTO_SCTP = 132

export const SOL_SOCKET = 1
export const SO_REUSEADDR = 2
export const SO_TYPE = 3
export const SO_ERROR = 4
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
export const SO_KEEPALIVE = 9
export const SO_LINGER = 13
export const SO_REUSEPORT = 15
export const SO_RCVTIMEO = 20
export const SO_SNDTIMEO = 21
export const SO_ACCEPTCONN = 30
export const SO_PROTOCOL = 38
export const SO_DOMAIN = 39
export const IPV6_V6ONLY = 26
export const TCP_NODELAY = 1

export const SHUT_RD = 0
export const SHUT_WR = 1
export const SHUT_RDWR = 2

export const MSG_PEEK = 0x2
export const MSG_TRUNC = 0x20
export const MSG_DONTWAIT = 0x40
export const MSG_NOSIGNAL = 0x4000

export const F_GETFD = 1
export const F_SETFD = 2
export const F_GETFL = 3
export const F_SETFL = 4
export const FD_CLOEXEC = 1
export const O_RDWR = 0o2
export const O_NONBLOCK = 0o4000

export const POLLIN = 0x1
export const POLLPRI = 0x2
export const POLLOUT = 0x4
export const POLLERR = 0x8
export const POLLHUP = 0x10
export const POLLNVAL = 0x20

/** IPv4 addresses in host order, as in C: they go through `htonl`. */
export const INADDR_ANY = 0
export const INADDR_LOOPBACK = 0x7f000001
export const INADDR_BROADCAST = 0xffffffff
export const INADDR_NONE = 0xffffffff
/** Room for the text of an address with its final NUL, in bytes. */
export const INET_ADDRSTRLEN = 16
export const INET6_ADDRSTRLEN = 46

export const SOMAXCONN = 4096

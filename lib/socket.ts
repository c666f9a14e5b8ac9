/**
 * `openssl-shim/socket`: the little of POSIX that programs written for OpenSSL use. Descriptors are integers, results
 * are C's (-1 and `errno()`), nothing blocks: `select` and `poll` are promises. UDP and TCP over IPv4
 * and IPv6.
 */

export { errno, errnoName, setErrno, strerror } from './base/errno.ts'
export * from './base/errno-numbers.ts'
export * from './transport/posix/constants.ts'
export type { linger } from './transport/posix/kind.ts'
export { getsockopt, setsockopt, type timeval } from './transport/posix/options.ts'
export * from './transport/posix/select.ts'
export {
  htonl,
  htons,
  type in_addr,
  type in6_addr,
  in6addr_any,
  in6addr_loopback,
  inet_addr,
  inet_ntop,
  inet_pton,
  ntohl,
  ntohs,
  type sockaddr,
  type sockaddr_in,
  type sockaddr_in6,
  type sockaddr_storage,
} from './transport/posix/sockaddr.ts'
export {
  accept,
  bind,
  close,
  connect,
  fcntl,
  fileno,
  getpeername,
  getsockname,
  listen,
  shutdown,
  socket,
} from './transport/posix/socket.ts'
export { read, recv, recvfrom, send, sendto, write } from './transport/posix/transfer.ts'

/**
 * `openssl-shim/sctp`: the sockets API of SCTP (RFC 6458) on the descriptors of `openssl-shim/socket`, with C's names: the
 * calls, the structs as objects, the constants with Linux's values. Which SCTP stands behind them: `sctpProvider`.
 */

export type { sockaddr, sockaddr_in, sockaddr_in6, sockaddr_storage } from './base/sockaddr.ts'
export * from './sctp/api/index.ts'
export { packNotification, parseNotification } from './sctp/api/notification-layouts.ts'
export {
  sctp_bindx,
  sctp_connectx,
  sctp_freeladdrs,
  sctp_freepaddrs,
  sctp_getaddrlen,
  sctp_getassocid,
  sctp_getladdrs,
  sctp_getpaddrs,
  sctp_opt_info,
  sctp_peeloff,
} from './transport/posix/sctp.ts'
export {
  type SctpSendvInfos,
  type SctpVector,
  sctp_recvmsg,
  sctp_recvv,
  sctp_send,
  sctp_sendmsg,
  sctp_sendv,
} from './transport/posix/sctp-messages.ts'
export { sctpProvider, useSctpProvider } from './transport/sctp/choose.ts'
export type { SctpProvider, SctpReceived, SctpSend, SctpSocket } from './transport/sctp/provider.ts'

import type { sockaddr_storage } from '../../base/sockaddr.ts'
import type {
  SctpOption,
  SctpOptions,
  sctp_authinfo,
  sctp_initmsg,
  sctp_nxtinfo,
  sctp_prinfo,
  sctp_rcvinfo,
  sctp_sndinfo,
  sctp_sndrcvinfo,
} from '../../sctp/api/index.ts'
import type { Described } from '../descriptors.ts'

/** An SCTP to make sockets with: the kernel's, the userland's over UDP, or the one inside the process. */
export interface SctpProvider {
  readonly name: 'kernel' | 'udp' | 'loopback'
  /** Why it makes no sockets here, as a sentence for people; null when it does. */
  readonly unavailable: string | null
  /**
   * Makes a socket.
   * @param domain - AF_INET or AF_INET6 (which takes IPv4 too, unless IPV6_V6ONLY is set)
   * @param type - SOCK_STREAM for one-to-one, SOCK_SEQPACKET for one-to-many style (RFC 6458 sections 3 and 4)
   * @returns the socket, or a negative error number: EPROTONOSUPPORT when there is none here
   */
  open(domain: number, type: number): SctpSocket | number
}

/**
 * One SCTP socket, never blocking. Results are those of the system calls, with the error number negative: `-EAGAIN` when
 * there is nothing to read or no room to write, `-EBADF` after `close`. Nothing that a peer does throws.
 */
export interface SctpSocket extends Described {
  readonly domain: number
  readonly type: number

  /** Gives it its first local address; 0 or an error. */
  bind(address: sockaddr_storage): number
  /**
   * Adds or removes local addresses (RFC 6458 section 9.1).
   * @param flags - SCTP_BINDX_ADD_ADDR or SCTP_BINDX_REM_ADDR
   */
  bindx(addresses: readonly sockaddr_storage[], flags: number): number
  /**
   * Begins an association with a peer that has these addresses (RFC 6458 section 9.9): an error, EINPROGRESS as a rule;
   * then `writable`, and SO_ERROR tells how it ended. 0 when it is there at once.
   */
  connectx(addresses: readonly sockaddr_storage[]): number
  /** Lets peers begin associations; 0 on a one-to-many socket ends that. */
  listen(backlog: number): number
  /** The next association of a listening one-to-one socket. */
  accept(): SctpSocket | number
  /** Makes an association of a one-to-many socket a one-to-one socket of its own (RFC 6458 section 9.2). */
  peeloff(associationId: number): SctpSocket | number
  /** SHUT_WR (1) and SHUT_RDWR (2) end the association gracefully; SCTP has no half-closed state. */
  shutdown(how: number): number
  /** Closes gracefully; with unread data or a linger time of 0 it aborts. Again: nothing. */
  close(): void

  /** Sends one message whole; bytes, or an error. */
  sendmsg(data: Uint8Array, how?: SctpSend): number
  /**
   * Reads from the next message or notification into a buffer. What does not fit is left for the next call; MSG_EOR says
   * that this was the end. A notification is the bytes of the C struct: `parseNotification` makes an object of them.
   * @param flags - 0 or MSG_PEEK
   */
  recvmsg(into: Uint8Array, flags?: number): SctpReceived | number

  /** Sets an option of level IPPROTO_SCTP; fields left out are 0. */
  setOption<Name extends SctpOption>(name: Name, value: Readonly<Partial<SctpOptions[Name]>>): number
  /** Reads an option; `request` holds what C reads from the struct first (association, address, ...). */
  getOption<Name extends SctpOption>(
    name: Name,
    request?: Readonly<Partial<SctpOptions[Name]>>,
  ): SctpOptions[Name] | number
  /** Sets a whole-numbered option of another level (SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6). */
  setInteger(level: number, name: number, value: number): number
  getInteger(level: number, name: number): { readonly value: number } | number
  /** SO_LINGER: seconds, null for off. 0 makes `close` abort. */
  setLinger(seconds: number | null): number
  getLinger(): { readonly seconds: number | null } | number

  /** All local addresses, of an association or (0) of the socket; `[]` before it is bound. */
  localAddresses(associationId: number): readonly sockaddr_storage[] | number
  /** All addresses of the peer. */
  peerAddresses(associationId: number): readonly sockaddr_storage[] | number
}

/** How a message is sent; what is left out is the socket's default. */
export interface SctpSend {
  /** The peer on a one-to-many socket; elsewhere one of the peer's addresses, with SCTP_ADDR_OVER. */
  readonly to?: sockaddr_storage
  readonly sndinfo?: Readonly<Partial<sctp_sndinfo>>
  readonly prinfo?: Readonly<Partial<sctp_prinfo>>
  readonly authinfo?: Readonly<Partial<sctp_authinfo>>
  /** The older form, instead of `sndinfo`. */
  readonly sndrcvinfo?: Readonly<Partial<sctp_sndrcvinfo>>
  /** Counts when the message begins an association. */
  readonly initmsg?: Readonly<Partial<sctp_initmsg>>
}

/** What one read gave. */
export interface SctpReceived {
  /** Bytes put into the buffer; 0 with no flags: the association has ended. */
  readonly length: number
  /** MSG_EOR, MSG_NOTIFICATION. */
  readonly flags: number
  /** With SCTP_RECVRCVINFO; not for notifications. */
  readonly rcvinfo: sctp_rcvinfo | null
  /** With SCTP_RECVNXTINFO, when the next message is there. */
  readonly nxtinfo: sctp_nxtinfo | null
  /** With `sctp_data_io_event`. */
  readonly sndrcvinfo: sctp_sndrcvinfo | null
  readonly from: sockaddr_storage | null
}

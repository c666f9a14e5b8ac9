import type { Endpoint } from '../address.ts'
import type { Described } from '../descriptors.ts'

/** SO_LINGER: what happens on close to what was not sent yet. */
export interface linger {
  /** Not 0: `l_linger` counts. */
  l_onoff: number
  /** Seconds; 0 throws the data away and resets the connection. */
  l_linger: number
}

/** What one read gave. */
export interface Received {
  /** Bytes put into the buffer. */
  readonly length: number
  /** Bytes of the whole message; more than `length` when the rest of a datagram was lost. */
  readonly whole: number
  readonly from: Endpoint | null
}

/**
 * What stands behind a socket's descriptor, whatever its kind. Calls answer at once: with their result, or with a negative
 * (Linux) error number.
 */
export interface PosixSocket extends Described {
  readonly family: Endpoint['family']
  /** SOCK_* */
  readonly type: number
  /** IPPROTO_* */
  readonly protocol: number
  /** O_NONBLOCK, for who waits: the calls here never do. */
  nonBlocking: boolean
  /** SO_RCVTIMEO and SO_SNDTIMEO in milliseconds, null for none. For who waits. */
  receiveTimeout: number | null
  sendTimeout: number | null
  /** getsockname(2) and getpeername(2): null when there is none. */
  readonly local: Endpoint | null
  readonly peer: Endpoint | null

  bind(to: Endpoint): number
  /** 0, or -EINPROGRESS when it takes time: `writable` then says that it is over, and `takeError` how it ended. */
  connect(to: Endpoint): number
  /** connect(2) to AF_UNSPEC. */
  disconnect(): number
  listen(backlog: number): number
  accept(): PosixSocket | number
  /** @param how - SHUT_RD, SHUT_WR or SHUT_RDWR */
  shutdown(how: number): number
  /** @param peek - what is read stays for the next read too */
  receiveInto(into: Uint8Array, peek: boolean): Received | number
  /** The number of bytes taken, copied before it returns. */
  send(data: Uint8Array, to: Endpoint | null): number

  /** The error that waits (SO_ERROR), a positive number or 0. Asking takes it away. */
  takeError(): number
  /** An option of the kind's own; 0 or an error, ENOPROTOOPT for one it does not have. */
  setOption(level: number, name: number, value: number | linger): number
  /** undefined for an option that it does not have. */
  getOption(level: number, name: number): number | linger | undefined
}

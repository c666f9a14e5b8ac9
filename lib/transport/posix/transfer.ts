import { EOPNOTSUPP } from '../../base/errno.ts'
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC } from './constants.ts'
import { settle, socketOf } from './lookup.ts'
import { endpointOf, fillSockaddr, type sockaddr } from './sockaddr.ts'

/**
 * Takes what has come, without waiting (recvfrom(2)): the next datagram, of which the rest that does not fit into the
 * buffer is lost, or the next bytes of a stream.
 * @param buf - filled from its beginning
 * @param len - the room in `buf`, in bytes
 * @param flags - MSG_PEEK, MSG_TRUNC (return the datagram's whole length), MSG_DONTWAIT
 * @param src_addr - filled with the sender's address; left alone by a stream
 * @returns bytes, 0 for an empty datagram or the end of a stream; -1 with EAGAIN when there is nothing, ECONNREFUSED
 * (ICMP, once), ECONNRESET, ENOTCONN, EBADF ...
 */
export function recvfrom(
  fd: number,
  buf: Uint8Array,
  len = buf.length,
  flags = 0,
  src_addr: sockaddr | null = null,
): number {
  const socket = socketOf(fd)
  if (socket === null) return -1
  if ((flags & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_NOSIGNAL)) !== 0) return settle(-EOPNOTSUPP)
  const got = socket.receiveInto(buf.subarray(0, boundedLength(buf, len)), (flags & MSG_PEEK) !== 0)
  if (typeof got === 'number') return settle(got)
  if (src_addr !== null && got.from !== null) fillSockaddr(src_addr, got.from)
  return (flags & MSG_TRUNC) !== 0 ? got.whole : got.length
}

/**
 * `recvfrom` without the sender's address (recv(2)).
 * @param len - the room in `buf`, in bytes
 * @returns as `recvfrom`
 */
export function recv(fd: number, buf: Uint8Array, len = buf.length, flags = 0): number {
  return recvfrom(fd, buf, len, flags)
}

/**
 * Sends a datagram whole, or as many bytes of a stream as there is room for (sendto(2)). Node tells only later that a send
 * failed: the next call on the socket reports it.
 * @param len - bytes of `buf` to send
 * @param dest_addr - where to; null on a connected socket. Elsewhere than to its peer is EISCONN there
 * @returns bytes; -1 with EMSGSIZE, EAGAIN (too much is waiting to go out), EDESTADDRREQ, ECONNREFUSED (ICMP, once),
 * EPIPE, ECONNRESET ...
 */
export function sendto(
  fd: number,
  buf: Uint8Array,
  len = buf.length,
  flags = 0,
  dest_addr: sockaddr | null = null,
): number {
  const socket = socketOf(fd)
  if (socket === null) return -1
  if ((flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL)) !== 0) return settle(-EOPNOTSUPP)
  const to = dest_addr === null ? null : endpointOf(dest_addr)
  return settle(typeof to === 'number' ? to : socket.send(buf.subarray(0, boundedLength(buf, len)), to))
}

/**
 * `sendto` on a connected socket (send(2)).
 * @param len - bytes of `buf` to send
 * @returns as `sendto`
 */
export function send(fd: number, buf: Uint8Array, len = buf.length, flags = 0): number {
  return sendto(fd, buf, len, flags)
}

/**
 * `recv` without flags (read(2)).
 * @param count - the room in `buf`, in bytes
 * @returns as `recvfrom`
 */
export function read(fd: number, buf: Uint8Array, count = buf.length): number {
  return recvfrom(fd, buf, count)
}

/**
 * `send` without flags (write(2)).
 * @param count - bytes of `buf` to send
 * @returns as `sendto`
 */
export function write(fd: number, buf: Uint8Array, count = buf.length): number {
  return sendto(fd, buf, count)
}

function boundedLength(buf: Uint8Array, len: number): number {
  if (!(buf instanceof Uint8Array)) throw new TypeError('buf: a Uint8Array is needed')
  if (!Number.isInteger(len) || len < 0 || len > buf.length) throw new TypeError('len: beyond the buffer')
  return len
}

import { EOPNOTSUPP } from '../../base/errno.ts'
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC } from './constants.ts'
import { settle, socketOf } from './lookup.ts'
import { endpointOf, fillSockaddr, type sockaddr } from './sockaddr.ts'

/**
 * Takes the next datagram without waiting for one (recvfrom(2)). What does not fit into the buffer is lost.
 * @param buf - filled from its beginning
 * @param len - the room in `buf`, in bytes
 * @param flags - MSG_PEEK, MSG_TRUNC (return the whole length), MSG_DONTWAIT
 * @param src_addr - filled with the sender's address
 * @returns bytes, 0 for an empty datagram; -1 with EAGAIN when there is none, ECONNREFUSED (ICMP, once), EBADF ...
 */
export function recvfrom(
  fd: number,
  buf: Uint8Array,
  len = buf.length,
  flags = 0,
  src_addr: sockaddr | null = null,
): number {
  const udp = socketOf(fd)
  if (udp === null) return -1
  if ((flags & ~(MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_NOSIGNAL)) !== 0) return settle(-EOPNOTSUPP)
  const datagram = (flags & MSG_PEEK) !== 0 ? udp.peek() : udp.receive()
  if (typeof datagram === 'number') return settle(datagram)
  const { data, from } = datagram
  const room = boundedLength(buf, len)
  buf.set(data.subarray(0, room))
  if (src_addr !== null) fillSockaddr(src_addr, from)
  return (flags & MSG_TRUNC) !== 0 ? data.length : Math.min(room, data.length)
}

/** `recvfrom` without the sender's address (recv(2)). */
export function recv(fd: number, buf: Uint8Array, len = buf.length, flags = 0): number {
  return recvfrom(fd, buf, len, flags)
}

/**
 * Sends a datagram (sendto(2)). Node tells only later that a send failed: the next call on the socket reports it.
 * @param len - bytes of `buf` to send
 * @param dest_addr - where to; null on a connected socket. Elsewhere than to its peer is EISCONN there
 * @returns bytes; -1 with EMSGSIZE, EAGAIN (too much is waiting to go out), EDESTADDRREQ, ECONNREFUSED (ICMP, once) ...
 */
export function sendto(
  fd: number,
  buf: Uint8Array,
  len = buf.length,
  flags = 0,
  dest_addr: sockaddr | null = null,
): number {
  const udp = socketOf(fd)
  if (udp === null) return -1
  if ((flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL)) !== 0) return settle(-EOPNOTSUPP)
  const to = dest_addr === null ? null : endpointOf(dest_addr)
  return settle(typeof to === 'number' ? to : udp.send(buf.subarray(0, boundedLength(buf, len)), to))
}

/** `sendto` on a connected socket (send(2)). */
export function send(fd: number, buf: Uint8Array, len = buf.length, flags = 0): number {
  return sendto(fd, buf, len, flags)
}

function boundedLength(buf: Uint8Array, len: number): number {
  if (!(buf instanceof Uint8Array)) throw new TypeError('buf: a Uint8Array is needed')
  if (!Number.isInteger(len) || len < 0 || len > buf.length) throw new TypeError('len: beyond the buffer')
  return len
}

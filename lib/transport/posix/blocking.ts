import { EAGAIN, EINPROGRESS, errno, setErrno } from '../../base/errno.ts'
import { descriptor } from '../descriptors.ts'
import { inTurn, takeTurn, turnIsDue } from '../fairness.ts'
import { MSG_DONTWAIT, SO_ERROR, SOCK_STREAM, SOL_SOCKET } from './constants.ts'
import { isSocket } from './lookup.ts'
import { getsockopt } from './options.ts'
import type { sockaddr } from './sockaddr.ts'
import * as plain from './socket.ts'
import * as transfer from './transfer.ts'
import { waitForSocket } from './wait.ts'

/**
 * The calls on descriptors that block in C, as promises. SO_RCVTIMEO and SO_SNDTIMEO bound the wait; a descriptor with
 * O_NONBLOCK, and a call with MSG_DONTWAIT, is not waited for. Results and errors are those of the calls that do not wait.
 */

/**
 * Waits for the next connection of a listening socket (accept(2)).
 * @param addr - filled with the peer's address
 * @returns a descriptor of its own; -1 with EAGAIN when SO_RCVTIMEO is over, EBADF when the descriptor is closed meanwhile ...
 */
export function accept(fd: number, addr: sockaddr | null = null): Promise<number> {
  return block(fd, 'read', () => plain.accept(fd, addr))
}

/**
 * Connects a socket, and waits until that is over (connect(2)).
 * @returns 0; -1 with ECONNREFUSED, ETIMEDOUT ..., with EINPROGRESS when SO_SNDTIMEO is over or for O_NONBLOCK
 */
export async function connect(fd: number, addr: sockaddr): Promise<number> {
  if (plain.connect(fd, addr) === 0) return 0
  if (errno() !== EINPROGRESS) return -1
  const over = !wantsNoWait(fd) && (await waitForSocket(fd, 'write'))
  const error = { value: EINPROGRESS }
  if (over && getsockopt(fd, SOL_SOCKET, SO_ERROR, error) !== 0) return -1
  if (error.value === 0) return 0
  setErrno(error.value)
  return -1
}

/** Waits for the next datagram, or the next bytes of a stream (recvfrom(2)). @returns as the call that does not wait */
export function recvfrom(
  fd: number,
  buf: Uint8Array,
  len = buf.length,
  flags = 0,
  src_addr: sockaddr | null = null,
): Promise<number> {
  return block(fd, 'read', () => transfer.recvfrom(fd, buf, len, flags, src_addr), flags)
}

/** `recvfrom` without the sender's address (recv(2)). */
export function recv(fd: number, buf: Uint8Array, len = buf.length, flags = 0): Promise<number> {
  return recvfrom(fd, buf, len, flags)
}

/** `recv` without flags (read(2)). */
export function read(fd: number, buf: Uint8Array, count = buf.length): Promise<number> {
  return recvfrom(fd, buf, count)
}

/**
 * Sends a datagram, or all of the bytes on a stream (sendto(2)).
 * @returns `len`; fewer when a stream failed, or SO_SNDTIMEO was over, after some were sent; -1 as the call that does not wait
 */
export function sendto(
  fd: number,
  buf: Uint8Array,
  len = buf.length,
  flags = 0,
  dest_addr: sockaddr | null = null,
): Promise<number> {
  const put = (sent: number) => transfer.sendto(fd, buf.subarray(sent), len - sent, flags, dest_addr)
  return inTurn(descriptor(fd) ?? null, async () => {
    for (let sent = 0; ; ) {
      const more = await block(fd, 'write', () => put(sent), flags)
      if (more < 0) return sent || more
      sent += more
      if (sent === len || wantsNoWait(fd, flags) || !isStream(fd)) return sent
    }
  })
}

/** `sendto` on a connected socket (send(2)). */
export function send(fd: number, buf: Uint8Array, len = buf.length, flags = 0): Promise<number> {
  return sendto(fd, buf, len, flags)
}

/** `send` without flags (write(2)). */
export function write(fd: number, buf: Uint8Array, count = buf.length): Promise<number> {
  return sendto(fd, buf, count)
}

/** Calls until the answer is not "again", or time is up. */
async function block(fd: number, want: 'read' | 'write', call: () => number, flags = 0): Promise<number> {
  if (turnIsDue()) await takeTurn()
  for (;;) {
    const result = call()
    if (result >= 0 || errno() !== EAGAIN || wantsNoWait(fd, flags)) return result
    if (await waitForSocket(fd, want)) continue
    setErrno(EAGAIN)
    return -1
  }
}

function wantsNoWait(fd: number, flags = 0): boolean {
  const socket = descriptor(fd)
  return (flags & MSG_DONTWAIT) !== 0 || (socket !== undefined && isSocket(socket) && socket.nonBlocking)
}

function isStream(fd: number): boolean {
  const socket = descriptor(fd)
  return socket !== undefined && isSocket(socket) && socket.type === SOCK_STREAM
}

import { EBADF, ENOTSOCK, setErrno } from '../../base/errno.ts'
import { descriptor } from '../descriptors.ts'
import { UdpSocket } from '../udp.ts'

/** The socket of a descriptor; null with EBADF or ENOTSOCK. */
export function socketOf(fd: number): UdpSocket | null {
  const object = descriptor(fd)
  if (object instanceof UdpSocket) return object
  setErrno(object === undefined ? EBADF : ENOTSOCK)
  return null
}

/** What a system call returns: a negative error number becomes -1 and errno. */
export function settle(result: number): number {
  if (result >= 0) return result
  setErrno(-result)
  return -1
}

/** Does a call on a descriptor's socket; what it returns is a result or a negative error number. */
export function onSocket(fd: number, call: (socket: UdpSocket) => number): number {
  const socket = socketOf(fd)
  return socket === null ? -1 : settle(call(socket))
}

import { EBADF, ENOTSOCK, setErrno } from '../../base/errno.ts'
import { type Described, descriptor } from '../descriptors.ts'
import type { PosixSocket } from './kind.ts'

/** The socket of a descriptor; null with EBADF or ENOTSOCK. */
export function socketOf(fd: number): PosixSocket | null {
  const object = descriptor(fd)
  if (object !== undefined && isSocket(object)) return object
  setErrno(object === undefined ? EBADF : ENOTSOCK)
  return null
}

/** True for what `socket` makes; other objects may have descriptors too. */
export function isSocket(object: Described): object is PosixSocket {
  return 'protocol' in object
}

/** What a system call returns: a negative error number becomes -1 and errno. */
export function settle(result: number): number {
  if (result >= 0) return result
  setErrno(-result)
  return -1
}

/** Does a call on a descriptor's socket; what it returns is a result or a negative error number. */
export function onSocket(fd: number, call: (socket: PosixSocket) => number): number {
  const socket = socketOf(fd)
  return socket === null ? -1 : settle(call(socket))
}

import type * as dgram from 'node:dgram'
import type * as net from 'node:net'
import { setErrno } from '../../../base/errno.ts'
import { descriptor } from '../../../transport/descriptors.ts'
import { isSocket } from '../../../transport/posix/lookup.ts'
import { fileno } from '../../../transport/posix/socket.ts'
import { read as readSocket, write as writeSocket } from '../../../transport/posix/transfer.ts'
import { turn } from '../../../transport/readiness.ts'
import { requireOut } from '../../boundary.ts'
import {
  BIO_C_GET_FD,
  BIO_C_SET_FD,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_FLAGS_IN_EOF,
  BIO_TYPE_SOCKET,
} from '../../constants/bio.ts'
import { type BIO, BIO_clear_retry_flags, BIO_new, BIO_set_flags } from '../bio.ts'
import { closeFlagCommand } from '../close-flag.ts'
import { putsAsWrite } from '../io.ts'
import { BIO_get_ktls_recv, BIO_set_fd, BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { BIO_METHOD } from '../method.ts'
import { type Recall, shortest, waitOn } from '../wait.ts'
import { BIO_closesocket, BIO_sock_should_retry } from './sock.ts'

/** A connected socket (BIO_s_socket(3)). */
export function BIO_s_socket(): BIO_METHOD {
  return METHOD
}

/**
 * A BIO on a connected socket (BIO_new_socket(3)).
 * @param sock - a descriptor of `openssl-shim/socket`, or a socket of Node's: `fileno` says what that means
 * @param close_flag - BIO_CLOSE or BIO_NOCLOSE: whether freeing the BIO closes the socket
 */
export function BIO_new_socket(sock: number | net.Socket | dgram.Socket, close_flag: number): BIO | null {
  const bio = BIO_new(METHOD)
  if (bio !== null) BIO_set_fd(bio, typeof sock === 'number' ? sock : fileno(sock), close_flag)
  return bio
}

/** What a read of a BIO does that has a connected socket in `num`. */
export function readFromSocket(b: BIO, out: Uint8Array): number {
  setErrno(0)
  // C asks before each read, which callbacks of programs see.
  BIO_get_ktls_recv(b)
  const got = readSocket(b.num, out)
  BIO_clear_retry_flags(b)
  if (got > 0) return got
  if (BIO_sock_should_retry(got)) BIO_set_retry_read(b)
  else if (got === 0) BIO_set_flags(b, BIO_FLAGS_IN_EOF)
  return got
}

/** What a write to a BIO does that has a connected socket in `num`. */
export function writeToSocket(b: BIO, data: Uint8Array): number {
  setErrno(0)
  const put = writeSocket(b.num, data)
  BIO_clear_retry_flags(b)
  if (put <= 0 && BIO_sock_should_retry(put)) BIO_set_retry_write(b)
  return put
}

/**
 * Waits as a call on a blocking socket would, no longer than the socket's own time-out. On a descriptor with O_NONBLOCK it
 * only lets the event loop turn.
 */
export async function waitForSocket(
  fd: number,
  want: 'read' | 'write',
  milliseconds: number | null,
  recall: Recall,
): Promise<boolean> {
  const socket = descriptor(fd)
  if (socket === undefined || !isSocket(socket)) return true
  const ready = () => (want === 'read' ? socket.readable : socket.writable)
  if (socket.nonBlocking) {
    await turn()
    return ready()
  }
  const own = want === 'read' ? socket.receiveTimeout : socket.sendTimeout
  return waitOn(ready, [socket], shortest(milliseconds, own), recall)
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  switch (cmd) {
    case BIO_C_SET_FD:
      destroy(b)
      Object.assign(b, { num: requireOut<number>(ptr, 'fd').value, shutdown: num, init: 1 })
      b.changed()
      return 1
    case BIO_C_GET_FD:
      return descriptorIn(b, b.num, ptr)
    case BIO_CTRL_DUP:
    case BIO_CTRL_FLUSH:
      return 1
    case BIO_CTRL_EOF:
      return Number((b.flags & BIO_FLAGS_IN_EOF) !== 0)
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

/** The answer to BIO_get_fd: the number, also in the place that was given; -1 before there is one. */
export function descriptorIn(b: BIO, fd: number, ptr: unknown): number {
  if (!b.init) return -1
  if (ptr !== null) requireOut<number>(ptr, 'c').value = fd
  return fd
}

function destroy(b: BIO): number {
  if (!b.shutdown) return 1
  if (b.init) BIO_closesocket(b.num)
  b.init = b.flags = 0
  return 1
}

const METHOD = new BIO_METHOD(BIO_TYPE_SOCKET, 'socket', {
  read: readFromSocket,
  write: writeToSocket,
  puts: putsAsWrite(writeToSocket),
  ctrl,
  create: () => 1,
  destroy,
  wait: (b, want, milliseconds, recall) => waitForSocket(b.num, want, milliseconds, recall),
})

import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import {
  EAGAIN,
  EALREADY,
  EINPROGRESS,
  EINTR,
  EINVAL,
  ENOTCONN,
  EPROTO,
  ESPIPE,
  errno,
  errnoOf,
  setErrno,
} from '../../../base/errno.ts'
import { closeDescriptor, descriptor } from '../../../transport/descriptors.ts'
import { read as readSocket, write as writeSocket } from '../../../transport/posix/transfer.ts'
import { requireInstance, requireOut } from '../../boundary.ts'
import {
  BIO_C_FILE_SEEK,
  BIO_C_FILE_TELL,
  BIO_C_GET_FD,
  BIO_C_SET_FD,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_INFO,
  BIO_CTRL_RESET,
  BIO_FLAGS_IN_EOF,
  BIO_TYPE_FD,
} from '../../constants/bio.ts'
import { BIO, BIO_clear_retry_flags, BIO_new, BIO_set_flags } from '../bio.ts'
import { closeFlagCommand } from '../close-flag.ts'
import { putsAsWrite } from '../io.ts'
import { BIO_set_fd, BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { BIO_METHOD } from '../method.ts'
import { descriptorIn, waitForSocket } from './socket.ts'

/**
 * A descriptor of any kind (BIO_s_fd(3)): of `openssl-shim/socket`, else one of `node:fs`, read and written at once. Numbers
 * of both may meet: then it is the socket.
 */
export function BIO_s_fd(): BIO_METHOD {
  return METHOD
}

/**
 * A BIO on a descriptor (BIO_new_fd(3)).
 * @param close_flag - BIO_CLOSE or BIO_NOCLOSE: whether freeing the BIO closes the descriptor
 */
export function BIO_new_fd(fd: number, close_flag: number): BIO | null {
  const bio = BIO_new(METHOD)
  if (bio !== null) BIO_set_fd(bio, fd, close_flag)
  return bio
}

/** Whether an errno of a descriptor means "try again": 1 or 0. */
export function BIO_fd_non_fatal_error(error: number): number {
  return Number([EAGAIN, ENOTCONN, EINTR, EPROTO, EINPROGRESS, EALREADY].includes(error))
}

/** Whether the result `i` of a read or write, with errno, means "try again": 1 or 0. */
export function BIO_fd_should_retry(i: number): number {
  return i === 0 || i === -1 ? BIO_fd_non_fatal_error(errno()) : 0
}

function read(b: BIO, out: Uint8Array): number {
  setErrno(0)
  const got =
    descriptor(b.num) === undefined
      ? onFile(b, place => readSync(b.num, out, 0, out.length, place))
      : readSocket(b.num, out)
  BIO_clear_retry_flags(b)
  if (got > 0) return got
  if (BIO_fd_should_retry(got)) BIO_set_retry_read(b)
  else if (got === 0) BIO_set_flags(b, BIO_FLAGS_IN_EOF)
  return got
}

function write(b: BIO, data: Uint8Array): number {
  setErrno(0)
  const put =
    descriptor(b.num) === undefined
      ? onFile(b, place => writeSync(b.num, data, 0, data.length, place))
      : writeSocket(b.num, data)
  BIO_clear_retry_flags(b)
  if (put <= 0 && BIO_fd_should_retry(put)) BIO_set_retry_write(b)
  return put
}

/** A line, as far as there is one, with a NUL after it. */
function gets(b: BIO, buf: Uint8Array, size: number): number {
  let length = 0
  while (length < size - 1 && read(b, buf.subarray(length, length + 1)) > 0) {
    if (buf[length++] === 0x0a) break
  }
  buf[length] = 0
  return buf.indexOf(0)
}

/** Moves bytes of a file at the place that BIO_seek chose, else at the system's own. */
function onFile(b: BIO, move: (place: number | null) => number): number {
  const place = placeOf(b)
  try {
    const moved = move(place.sought)
    if (place.sought !== null) place.sought += moved
    else place.moved += moved
    return moved
  } catch (failure) {
    setErrno(errnoOf(failure))
    return -1
  }
}

/** Node has no lseek(2): a BIO counts what it moves, from 0, and after BIO_seek it names the place in each call. */
class Place {
  sought: number | null = null
  moved = 0

  get at(): number {
    return this.sought ?? this.moved
  }
}

function placeOf(b: BIO): Place {
  return requireInstance(b.ptr, Place, 'the data of the BIO')
}

/** lseek(2): the place, -1 with ESPIPE where there is none. */
function seek(b: BIO, to: number | null): number {
  const place = placeOf(b)
  try {
    if (descriptor(b.num) !== undefined || !fstatSync(b.num).isFile()) setErrno(ESPIPE)
    else if (to === null) return place.at
    else if (to < 0) setErrno(EINVAL)
    else {
      place.sought = to
      return to
    }
  } catch (failure) {
    setErrno(errnoOf(failure))
  }
  return -1
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  switch (cmd) {
    case BIO_CTRL_RESET:
      return seek(b, 0)
    case BIO_C_FILE_SEEK:
      return seek(b, num)
    case BIO_C_FILE_TELL:
    case BIO_CTRL_INFO:
      return seek(b, null)
    case BIO_C_SET_FD:
      destroy(b)
      Object.assign(b, { num: requireOut<number>(ptr, 'fd').value, shutdown: num, init: 1, ptr: new Place() })
      b.changed()
      return 1
    case BIO_C_GET_FD:
      return descriptorIn(b, b.num, ptr)
    case BIO_CTRL_DUP:
      if (ptr instanceof BIO) ptr.ptr = new Place()
      return 1
    case BIO_CTRL_FLUSH:
      return 1
    case BIO_CTRL_EOF:
      return Number((b.flags & BIO_FLAGS_IN_EOF) !== 0)
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

function destroy(b: BIO): number {
  if (!b.shutdown) return 1
  if (b.init && !closeDescriptor(b.num)) closeFile(b.num)
  b.init = 0
  b.flags = 0
  return 1
}

function closeFile(fd: number): void {
  try {
    closeSync(fd)
  } catch (failure) {
    setErrno(errnoOf(failure))
  }
}

const METHOD = new BIO_METHOD(BIO_TYPE_FD, 'file descriptor', {
  read,
  write,
  puts: putsAsWrite(write),
  gets,
  ctrl,
  create: b => {
    b.num = -1
    b.ptr = new Place()
    return 1
  },
  destroy,
  wait: (b, want, milliseconds, recall) => waitForSocket(b.num, want, milliseconds, recall),
})

import { ENOENT, ENXIO, errnoOf } from '../../base/errno.ts'
import type { Out } from '../boundary.ts'
import { requireInstance, requireOut, requireString } from '../boundary.ts'
import {
  BIO_C_FILE_SEEK,
  BIO_C_FILE_TELL,
  BIO_C_GET_FILE_PTR,
  BIO_C_SET_FILE_PTR,
  BIO_C_SET_FILENAME,
  BIO_CLOSE,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_INFO,
  BIO_CTRL_RESET,
  BIO_FP_APPEND,
  BIO_FP_READ,
  BIO_FP_WRITE,
  BIO_TYPE_FILE,
} from '../constants/bio.ts'
import { BIO_R_BAD_FOPEN_MODE, BIO_R_NO_SUCH_FILE } from '../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_R_SYS_LIB } from '../constants/err.ts'
import { raise, raiseSystem } from '../err/raise.ts'
import { type BIO, BIO_clear_retry_flags, BIO_free, BIO_new } from './bio.ts'
import { closeFlagCommand } from './close-flag.ts'
import { BIO_ctrl, putsAsWrite } from './io.ts'
import { BIO_METHOD } from './method.ts'
import { adopt, type FILE, OpenFile } from './stdio.ts'

export type { FILE }

/** Files and standard streams (BIO_s_file(3)), read and written at once, as fs.readSync does. */
export function BIO_s_file(): BIO_METHOD {
  return METHOD
}

/**
 * Opens a file (BIO_new_file(3)).
 * @param mode - as for fopen: `r`, `w`, `a`, with `+` and `b`
 * @returns null with ERR_LIB_SYS and BIO_R_NO_SUCH_FILE or ERR_R_SYS_LIB
 */
export function BIO_new_file(filename: string, mode: string): BIO | null {
  const file = open(requireString(filename, 'filename'), requireString(mode, 'mode'), BIO_R_NO_SUCH_FILE)
  const bio = file && BIO_new(METHOD)
  if (bio === null) return null
  Object.assign(bio, { ptr: file, init: 1, shutdown: BIO_CLOSE })
  return bio
}

/**
 * A BIO over a stream that is open already, such as `process.stdout` (BIO_new_fp(3)).
 * @param close_flag - BIO_CLOSE to close it with the BIO
 */
export function BIO_new_fp(stream: FILE, close_flag: number): BIO | null {
  const bio = BIO_new(METHOD)
  if (bio === null || BIO_set_fp(bio, stream, close_flag) > 0) return bio
  BIO_free(bio)
  return null
}

/** Puts a stream below. @param flags - BIO_CLOSE or BIO_NOCLOSE @returns 1, or 0 */
export function BIO_set_fp(b: BIO | null, fp: FILE, flags: number): number {
  return BIO_ctrl(b, BIO_C_SET_FILE_PTR, flags, fp)
}

/** The stream below, in `fpp.value`. @returns 1 */
export function BIO_get_fp(b: BIO | null, fpp: Out<FILE | null>): number {
  return BIO_ctrl(b, BIO_C_GET_FILE_PTR, 0, fpp)
}

/** Opens a file for reading in place of what was open. @returns 1, or 0 with ERR_LIB_SYS and ERR_R_SYS_LIB */
export function BIO_read_filename(b: BIO | null, name: string): number {
  return BIO_ctrl(b, BIO_C_SET_FILENAME, BIO_CLOSE | BIO_FP_READ, name)
}

/** Opens a file to write, which empties it. @returns 1, or 0 with the errors of opening */
export function BIO_write_filename(b: BIO | null, name: string): number {
  return BIO_ctrl(b, BIO_C_SET_FILENAME, BIO_CLOSE | BIO_FP_WRITE, name)
}

/** Opens a file to write at its end. @returns 1, or 0 with the errors of opening */
export function BIO_append_filename(b: BIO | null, name: string): number {
  return BIO_ctrl(b, BIO_C_SET_FILENAME, BIO_CLOSE | BIO_FP_APPEND, name)
}

/** Opens a file to read and write. @returns 1, or 0 with the errors of opening */
export function BIO_rw_filename(b: BIO | null, name: string): number {
  return BIO_ctrl(b, BIO_C_SET_FILENAME, BIO_CLOSE | BIO_FP_READ | BIO_FP_WRITE, name)
}

function open(name: string, mode: string, missing: number): OpenFile | null {
  try {
    return OpenFile.open(name, mode)
  } catch (failure) {
    const number = errnoOf(failure)
    raiseSystem(number, `fopen(${name}, ${mode})`)
    raise(ERR_LIB_BIO, number === ENOENT || number === ENXIO ? missing : ERR_R_SYS_LIB)
    return null
  }
}

function fileOf(b: BIO): OpenFile | null {
  return b.ptr === null ? null : requireInstance(b.ptr, OpenFile, 'the data of the BIO')
}

function close(b: BIO): void {
  if (!b.shutdown) return
  if (b.init) fileOf(b)?.close()
  b.ptr = null
  b.init = 0
}

/** Runs a system call; its failure is queued and becomes `failed`. */
function attempt<T>(call: string, failed: T, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    raiseSystem(errnoOf(failure), call)
    raise(ERR_LIB_BIO, ERR_R_SYS_LIB)
    return failed
  }
}

function read(b: BIO, out: Uint8Array): number {
  BIO_clear_retry_flags(b)
  return attempt('fread()', -1, () => fileOf(b)?.read(out) ?? 0)
}

function write(b: BIO, data: Uint8Array): number {
  BIO_clear_retry_flags(b)
  return attempt('fwrite()', 0, () => fileOf(b)?.write(data) ?? 0)
}

function gets(b: BIO, buf: Uint8Array, size: number): number {
  BIO_clear_retry_flags(b)
  if (size === 0) return 0
  const length = attempt('fgets()', 0, () => fileOf(b)?.line(buf.subarray(0, size - 1)) ?? 0)
  buf[length] = 0
  return length
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const file = fileOf(b)
  switch (cmd) {
    case BIO_CTRL_RESET:
    case BIO_C_FILE_SEEK:
      return file?.seek(num) ? 0 : -1
    case BIO_CTRL_EOF:
      return Number(file?.atEnd ?? true)
    case BIO_CTRL_INFO:
    case BIO_C_FILE_TELL:
      return file?.position ?? -1
    case BIO_C_SET_FILE_PTR:
      close(b)
      Object.assign(b, { ptr: adopt(ptr), shutdown: num & BIO_CLOSE, init: 1 })
      return 1
    case BIO_C_SET_FILENAME:
      return setFilename(b, num, requireString(ptr, 'name'))
    case BIO_C_GET_FILE_PTR:
      if (ptr !== null) requireOut<FILE | null>(ptr, 'fpp').value = file?.stream ?? null
      return 1
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

function setFilename(b: BIO, flags: number, name: string): number {
  close(b)
  b.shutdown = flags & BIO_CLOSE
  const mode = modeOf(flags)
  if (mode === null) {
    raise(ERR_LIB_BIO, BIO_R_BAD_FOPEN_MODE)
    return 0
  }
  const file = open(name, mode, ERR_R_SYS_LIB)
  if (file === null) return 0
  b.ptr = file
  b.init = 1
  return 1
}

function modeOf(flags: number): string | null {
  const reads = (flags & BIO_FP_READ) !== 0
  if (flags & BIO_FP_APPEND) return reads ? 'a+' : 'a'
  if (flags & BIO_FP_WRITE) return reads ? 'r+' : 'w'
  return reads ? 'r' : null
}

const METHOD = new BIO_METHOD(BIO_TYPE_FILE, 'FILE pointer', {
  read,
  write,
  puts: putsAsWrite(write),
  gets,
  ctrl,
  create: b => {
    b.ptr = null
    b.init = 0
    return 1
  },
  destroy: b => {
    close(b)
    return 1
  },
  wait: async () => true,
})

import { ERR_LIB_SYS } from '../constants/err.ts'
import { queue, setError } from './queue.ts'

/**
 * Queues an error: the library's own way, which every part of the facade uses.
 * @param lib - ERR_LIB_*
 * @param reason - a reason of that library or ERR_R_*
 * @param data - what ERR_get_error_all gives beside the code, such as a file name
 */
export function raise(lib: number, reason: number, data: string | null = null): void {
  queue.open().line = 0
  setError(lib, reason, data)
}

/** Queues the failure of a system call, worded as OpenSSL does: `calling fopen(cert.pem, r)`. */
export function raiseSystem(errno: number, call: string): void {
  raise(ERR_LIB_SYS, errno, `calling ${call}`)
}

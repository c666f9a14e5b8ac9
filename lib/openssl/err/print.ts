import { threadId } from 'node:worker_threads'
import { latin1, utf8 } from '../../base/bytes.ts'
import { type BIO, BIO_free } from '../bio/bio.ts'
import { BIO_new_fp, type FILE } from '../bio/file.ts'
import { BIO_write } from '../bio/io.ts'
import { BIO_get_mem_data } from '../bio/memory/mem.ts'
import { BIO_NOCLOSE } from '../constants/bio.ts'
import { ERR_LIB_NONE, ERR_TXT_STRING } from '../constants/err.ts'
import { ERR_GET_LIB } from './codes.ts'
import { ERR_get_error_all, ERR_peek_last_error, ERR_peek_last_error_all } from './get.ts'
import { ERR_add_error_data, ERR_new, ERR_set_debug, ERR_set_error } from './put.ts'
import { errorText } from './strings.ts'

/** Takes a line of ERR_print_errors_cb, `len` bytes long; 0 or less ends the printing. */
export type ErrPrintCallback = (str: string, len: number, u: unknown) => number

/**
 * Writes every error of the queue as a line, and empties the queue (ERR_print_errors(3)):
 * `<thread>:error:<code>:<library>:<function>:<reason>:<file>:<line>:<data>`.
 */
export function ERR_print_errors(bp: BIO): void {
  ERR_print_errors_cb((line: string) => BIO_write(bp, utf8(line)), null)
}

/** ERR_print_errors to a stream such as `process.stderr`. */
export function ERR_print_errors_fp(fp: FILE): void {
  const bio = BIO_new_fp(fp, BIO_NOCLOSE)
  if (bio === null) return
  ERR_print_errors(bio)
  BIO_free(bio)
}

/** ERR_print_errors to a callback. */
export function ERR_print_errors_cb(cb: ErrPrintCallback, u: unknown): void {
  const { file, line, func, data, flags } = places()
  for (let code = ERR_get_error_all(file, line, func, data, flags); code !== 0; ) {
    const start = `${THREAD}:`
    const text = start + errorText(code, func.value, PRINT_SIZE - start.length)
    const added = flags.value & ERR_TXT_STRING ? data.value : ''
    const whole = cut(`${text}:${file.value}:${line.value}:${added}\n`)
    if (cb(whole, Buffer.byteLength(whole), u) <= 0) return
    code = ERR_get_error_all(file, line, func, data, flags)
  }
}

/** What a line may have, the NUL of C among it. */
const PRINT_SIZE = 4096

/** C prints the bytes of a pthread_t; a worker's number is as good. */
const THREAD = threadId.toString(16).toUpperCase().padStart(16, '0')

/** What has to be left for the rest of a line when data is added piece by piece. */
const MAX_DATA = PRINT_SIZE - 100

/**
 * Appends to the text of the newest error, with a separator if there is a text already; what gets too long for a line
 * of ERR_print_errors goes to further errors with the same code (ERR_add_error_txt).
 */
export function ERR_add_error_txt(sepr: string | null, txt: string): void {
  const separator = sepr ?? ''
  const code = ERR_peek_last_error()
  if (code === 0) again(ERR_LIB_NONE, 0, '', '', 0)
  let rest = txt
  do {
    const { file, line, func, data, flags } = places()
    ERR_peek_last_error_all(file, line, func, data, flags)
    const hasText = (flags.value & ERR_TXT_STRING) !== 0
    const free = Math.max(0, MAX_DATA - (hasText ? data.value.length : 0) - separator.length - 1)
    const { kept, left } = split(rest, separator, free)
    if (left === null) {
      const whole = separator !== '' && kept.endsWith(separator) ? kept.slice(0, -separator.length) : kept
      ERR_add_error_data(2, hasText ? separator : '', whole)
      return
    }
    if (kept !== '') ERR_add_error_data(2, separator, kept)
    again(ERR_GET_LIB(code), code, func.value, file.value, line.value)
    rest = left
  } while (rest !== '')
}

/** Appends what a memory BIO holds. */
export function ERR_add_error_mem_bio(sep: string | null, bio: BIO | null): void {
  const text = { value: new Uint8Array(0) }
  if (bio === null || BIO_get_mem_data(bio, text) <= 0) return
  if (text.value.at(-1) !== 0 && BIO_write(bio, new Uint8Array(1)) <= 0) return
  BIO_get_mem_data(bio, text)
  const end = text.value.indexOf(0)
  if (text.value.length > 1) ERR_add_error_txt(sep, latin1(text.value.subarray(0, end)))
}

/**
 * Cuts a text at the last separator that leaves no more than `free` characters before it; `left` is null when all of
 * it fits.
 */
function split(text: string, separator: string, free: number): { kept: string; left: string | null } {
  if (text.length <= free) return { kept: text, left: null }
  if (separator === '') return { kept: text.slice(0, free), left: text.slice(free) }
  let end = 0
  for (let next = 0; next < text.length && next <= free; ) {
    end = next
    const found = text.indexOf(separator, end)
    next = found < 0 ? text.length : found + separator.length
  }
  return { kept: text.slice(0, end), left: text.slice(end) }
}

function again(lib: number, reason: number, func: string, file: string, line: number): void {
  ERR_new()
  ERR_set_debug(file, line, func)
  ERR_set_error(lib, reason)
}

function places() {
  return { file: { value: '' }, line: { value: 0 }, func: { value: '' }, data: { value: '' }, flags: { value: 0 } }
}

function cut(line: string): string {
  return line.length < PRINT_SIZE ? line : line.slice(0, PRINT_SIZE - 1)
}

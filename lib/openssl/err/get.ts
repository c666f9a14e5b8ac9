import type { Out } from '../boundary.ts'
import { type Entry, queue } from './queue.ts'

type Place<T> = Out<T> | null

/**
 * Takes the oldest error out of the queue (ERR_get_error(3)).
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_get_error(): number {
  return report(queue.shift())
}

/**
 * ERR_get_error, with the place that raised it (ERR_get_error_line(3)).
 * @param file, line - take it; errors of this library have no file (`''`) and line 0. Null: not wanted
 * @returns the code of the error, which is taken out, or 0 when the queue is empty
 */
export function ERR_get_error_line(file: Place<string>, line: Place<number>): number {
  return report(queue.shift(), file, line)
}

/**
 * ERR_get_error_line, with the text that was added (ERR_get_error_line_data(3)).
 * @param data - takes the text, `''` without
 * @param flags - takes ERR_TXT_STRING where there is a text
 * @returns the code of the error, which is taken out, or 0 when the queue is empty
 */
export function ERR_get_error_line_data(
  file: Place<string>,
  line: Place<number>,
  data: Place<string>,
  flags: Place<number>,
): number {
  return report(queue.shift(), file, line, null, data, flags)
}

/**
 * Takes the oldest error out with everything known about it (ERR_get_error_all(3)).
 * @param func - takes the function that raised it
 * @param file, line, data, flags - as ERR_get_error_line_data; a place that is null is left out
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_get_error_all(
  file: Place<string>,
  line: Place<number>,
  func: Place<string>,
  data: Place<string>,
  flags: Place<number>,
): number {
  return report(queue.shift(), file, line, func, data, flags)
}

/**
 * The oldest error, left in the queue (ERR_peek_error(3)).
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_error(): number {
  return report(queue.first())
}

/**
 * The oldest error, which stays, with the place that raised it (ERR_peek_error_line(3)).
 * @param file, line - as ERR_get_error_line
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_error_line(file: Place<string>, line: Place<number>): number {
  return report(queue.first(), file, line)
}

/**
 * The oldest error, which stays, with the function that raised it (ERR_peek_error_func(3)).
 * @param func - takes its name
 * @returns the code, or 0 when the queue is empty
 */
export function ERR_peek_error_func(func: Place<string>): number {
  return report(queue.first(), null, null, func)
}

/**
 * The oldest error, which stays, with the text added to it (ERR_peek_error_data(3)).
 * @param data, flags - as ERR_get_error_line_data
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_error_data(data: Place<string>, flags: Place<number>): number {
  return report(queue.first(), null, null, null, data, flags)
}

/**
 * The oldest error, which stays, with place, text and flags (ERR_peek_error_line_data(3)).
 * @param file, line, data, flags - as ERR_get_error_line_data
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_error_line_data(
  file: Place<string>,
  line: Place<number>,
  data: Place<string>,
  flags: Place<number>,
): number {
  return report(queue.first(), file, line, null, data, flags)
}

/**
 * The oldest error, which stays, with everything known about it (ERR_peek_error_all(3)).
 * @param file, line, func, data, flags - as ERR_get_error_all
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_error_all(
  file: Place<string>,
  line: Place<number>,
  func: Place<string>,
  data: Place<string>,
  flags: Place<number>,
): number {
  return report(queue.first(), file, line, func, data, flags)
}

/**
 * The newest error, left in the queue (ERR_peek_last_error(3)).
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_last_error(): number {
  return report(queue.last())
}

/**
 * The newest error, which stays, with the place that raised it (ERR_peek_last_error_line(3)).
 * @param file, line - as ERR_get_error_line
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_last_error_line(file: Place<string>, line: Place<number>): number {
  return report(queue.last(), file, line)
}

/**
 * The newest error, which stays, with the function that raised it (ERR_peek_last_error_func(3)).
 * @param func - takes its name
 * @returns the code, or 0 when the queue is empty
 */
export function ERR_peek_last_error_func(func: Place<string>): number {
  return report(queue.last(), null, null, func)
}

/**
 * The newest error, which stays, with the text added to it (ERR_peek_last_error_data(3)).
 * @param data, flags - as ERR_get_error_line_data
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_last_error_data(data: Place<string>, flags: Place<number>): number {
  return report(queue.last(), null, null, null, data, flags)
}

/**
 * The newest error, which stays, with place, text and flags (ERR_peek_last_error_line_data(3)).
 * @param file, line, data, flags - as ERR_get_error_line_data
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_last_error_line_data(
  file: Place<string>,
  line: Place<number>,
  data: Place<string>,
  flags: Place<number>,
): number {
  return report(queue.last(), file, line, null, data, flags)
}

/**
 * The newest error, which stays, with everything known about it (ERR_peek_last_error_all(3)).
 * @param file, line, func, data, flags - as ERR_get_error_all
 * @returns its code, or 0 when the queue is empty
 */
export function ERR_peek_last_error_all(
  file: Place<string>,
  line: Place<number>,
  func: Place<string>,
  data: Place<string>,
  flags: Place<number>,
): number {
  return report(queue.last(), file, line, func, data, flags)
}

function report(
  entry: Entry | null,
  file: Place<string> = null,
  line: Place<number> = null,
  func: Place<string> = null,
  data: Place<string> = null,
  flags: Place<number> = null,
): number {
  if (entry === null) return 0
  if (file !== null) file.value = entry.file
  if (line !== null) line.value = entry.line
  if (func !== null) func.value = entry.func
  if (flags !== null) flags.value = data !== null && entry.data === null ? 0 : entry.flags
  if (data !== null) data.value = entry.data ?? ''
  return entry.code
}

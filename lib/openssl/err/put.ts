import { formatC, type PrintfArgument } from '../bio/format.ts'
import { ERR_LIB_USER, ERR_MAX_DATA_SIZE, ERR_TXT_STRING } from '../constants/err.ts'
import { addText, queue, setError } from './queue.ts'

/** Takes a new slot of the queue, to be filled by ERR_set_debug and ERR_set_error (ERR_new(3)). */
export function ERR_new(): void {
  queue.open()
}

/** Tells where the error of the newest slot was raised. */
export function ERR_set_debug(file: string | null, line: number, func: string | null): void {
  Object.assign(queue.top, { file: file ?? '', line, func: func ?? '' })
}

/**
 * Gives the newest slot its code and, with a format in printf's notation, a text.
 * A text of 1024 bytes or more becomes empty, as in OpenSSL.
 */
export function ERR_set_error(lib: number, reason: number, fmt: string | null = null, ...args: PrintfArgument[]): void {
  ERR_vset_error(lib, reason, fmt, args)
}

/** ERR_set_error with the values in an array, C's va_list. */
export function ERR_vset_error(lib: number, reason: number, fmt: string | null, args: readonly PrintfArgument[]): void {
  const text = fmt === null ? null : formatC(fmt, args)
  setError(lib, reason, text !== null && Buffer.byteLength(text) >= ERR_MAX_DATA_SIZE ? '' : text)
}

/**
 * Queues an error of the caller's own (ERR_raise(3)). `lib` is ERR_LIB_* or a number from ERR_get_next_error_library.
 */
export function ERR_raise(lib: number, reason: number): void {
  ERR_raise_data(lib, reason, null)
}

/** Queues an error with a text in printf's notation. */
export function ERR_raise_data(lib: number, reason: number, fmt: string | null, ...args: PrintfArgument[]): void {
  ERR_put_error(lib, 0, reason, '', 0)
  ERR_vset_error(lib, reason, fmt, args)
}

/** The 1.x way to queue an error; `func` is ignored. */
export function ERR_put_error(lib: number, func: number, reason: number, file: string | null, line: number): void {
  void func
  ERR_new()
  ERR_set_debug(file, line, null)
  ERR_set_error(lib, reason)
}

/** ERR_put_error, as a macro of 1.x named it. */
export const ERR_PUT_error: typeof ERR_put_error = ERR_put_error

/** Appends texts to the newest error, the first `num` of them (ERR_add_error_data(3)); null reads `<NULL>`. */
export function ERR_add_error_data(num: number, ...texts: (string | null)[]): void {
  addText(
    texts
      .slice(0, Math.max(0, num))
      .map(text => text ?? '<NULL>')
      .join(''),
  )
}

/** ERR_add_error_data with the texts in an array, C's va_list. */
export function ERR_add_error_vdata(num: number, texts: (string | null)[]): void {
  ERR_add_error_data(num, ...texts)
}

/** Replaces the text of the newest error. @param flags - ERR_TXT_STRING and ERR_TXT_MALLOCED */
export function ERR_set_error_data(data: string, flags: number): void {
  Object.assign(queue.top, { data, flags: flags === 0 ? ERR_TXT_STRING : flags })
}

/** Empties the queue. Programs do so before a call whose SSL_get_error they will ask for. */
export function ERR_clear_error(): void {
  queue.clear()
}

/**
 * Marks the newest error, so that later ones can be taken back (ERR_set_mark(3)).
 * @returns 1; 0 when the queue is empty
 */
export function ERR_set_mark(): number {
  if (queue.empty) return 0
  queue.top.marks++
  return 1
}

/**
 * Removes the errors above the newest mark, and the mark.
 * @returns 1; 0 when there was none and the queue is now empty
 */
export function ERR_pop_to_mark(): number {
  while (!queue.empty && queue.top.marks === 0) queue.pop()
  if (queue.empty) return 0
  queue.top.marks--
  return 1
}

/** Removes the newest mark and leaves the errors. @returns 1, or 0 when there was none */
export function ERR_clear_last_mark(): number {
  const { entry } = queue.marked()
  if (entry === null) return 0
  entry.marks--
  return 1
}

/** The number of errors above the newest mark; all of them when there is none. */
export function ERR_count_to_mark(): number {
  return queue.marked().above
}

/** Removes the newest error. @returns 1, or 0 when the queue is empty */
export function ERR_pop(): number {
  return Number(queue.pop())
}

let nextLibrary: number = ERR_LIB_USER

/** A library number for errors of the program's own (ERR_get_next_error_library(3)); 128 first. */
export function ERR_get_next_error_library(): number {
  return nextLibrary++
}

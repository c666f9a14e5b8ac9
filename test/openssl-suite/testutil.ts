/** OpenSSL's test/testutil.h: checks by the names that its test programs use. A check that does not hold ends the test. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from '@jest/globals'
import { ERR_clear_error, ERR_error_string, ERR_get_error } from '../../lib/index.ts'

/** The directory of OpenSSL's test/certs, as far as its files are used here. */
export const certsdir = fileURLToPath(new URL('certs', import.meta.url))

/** C's test_mk_file_path(certsdir, name). */
export const test_mk_file_path = (name: string): string => `${certsdir}/${name}`

export const readCert = (name: string): string => readFileSync(test_mk_file_path(name), 'latin1')

export function ADD_TEST(run: () => void | Promise<void>): void {
  test(run.name, () => afresh(run))
}

/** A test for each index below `count`. */
export function ADD_ALL_TESTS(run: (index: number) => void | Promise<void>, count: number): void {
  test.each(Array.from({ length: count }, (_, index) => index))(`${run.name} %i`, index => afresh(() => run(index)))
}

export function TEST_true(value: number | boolean): void {
  if (value === 0 || value === false) fail(TEST_true, `TEST_true: ${value}`)
}

export function TEST_false(value: number | boolean): void {
  if (value !== 0 && value !== false) fail(TEST_false, `TEST_false: ${value}`)
}

/** @returns what is no NULL */
export function TEST_ptr<T>(value: T | null | undefined): T {
  return value ?? fail(TEST_ptr, 'TEST_ptr: NULL')
}

export function TEST_ptr_null(value: unknown): void {
  if (value !== null && value !== undefined) fail(TEST_ptr_null, 'TEST_ptr_null: not NULL')
}

export const TEST_ptr_eq: (a: unknown, b: unknown) => void = compare('==', (a, b) => a === b)
export const TEST_ptr_ne: (a: unknown, b: unknown) => void = compare('!=', (a, b) => a !== b)
export const TEST_int_eq: (a: number, b: number) => void = compare('==', (a, b) => a === b)
export const TEST_int_ne: (a: number, b: number) => void = compare('!=', (a, b) => a !== b)
export const TEST_int_lt: (a: number, b: number) => void = compare('<', (a, b) => a < b)
export const TEST_int_le: (a: number, b: number) => void = compare('<=', (a, b) => a <= b)
export const TEST_int_gt: (a: number, b: number) => void = compare('>', (a, b) => a > b)
export const TEST_int_ge: (a: number, b: number) => void = compare('>=', (a, b) => a >= b)
export const TEST_str_eq: (a: string | null, b: string | null) => void = compare('==', (a, b) => a === b)
export const TEST_strn_eq: (a: string, b: string, length: number) => void = (a, b, length) =>
  TEST_str_eq(a.slice(0, length), b.slice(0, length))

export function TEST_mem_eq(a: Uint8Array | null, b: Uint8Array | null): void {
  const same = a === null || b === null ? a === b : Buffer.compare(a, b) === 0
  if (!same) fail(TEST_mem_eq, `TEST_mem_eq: ${hex(a)} == ${hex(b)}`)
}

export function TEST_mem_ne(a: Uint8Array, b: Uint8Array): void {
  if (Buffer.compare(a, b) === 0) fail(TEST_mem_ne, `TEST_mem_ne: ${hex(a)}`)
}

/** Ends the test, where C says TEST_error and goes to its end. */
export function TEST_error(text: string): never {
  return fail(TEST_error, text)
}

/** What is in the error queue; empties it. */
export function openssl_errors(): string[] {
  const found: string[] = []
  for (let code = ERR_get_error(); code !== 0; code = ERR_get_error()) found.push(ERR_error_string(code, null))
  return found
}

/** C's TEST_info and TEST_openssl_errors: is shown when the test fails. */
export function note(...lines: string[]): void {
  notes.push(...lines)
}

let notes: string[] = []

/** Forgets what a test before has left. */
export function begin(): void {
  notes = []
  ERR_clear_error()
}

async function afresh(run: () => void | Promise<void>): Promise<void> {
  begin()
  await run()
}

function compare<T>(sign: string, holds: (a: T, b: T) => boolean): (a: T, b: T) => void {
  const check = (a: T, b: T): void => {
    if (!holds(a, b)) fail(check, `${String(a)} ${sign} ${String(b)}`)
  }
  return check
}

/** @param check - the function whose caller is shown */
function fail(check: (...args: never[]) => unknown, text: string): never {
  const error = new Error([text, ...notes, ...openssl_errors()].join('\n'))
  Error.captureStackTrace(error, check)
  throw error
}

const hex = (bytes: Uint8Array | null): string => (bytes === null ? 'NULL' : Buffer.from(bytes).toString('hex'))

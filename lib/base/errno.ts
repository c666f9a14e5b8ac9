import * as numbers from './errno-numbers.ts'
import { ERROR_TEXTS } from './errno-texts.ts'

export * from './errno-numbers.ts'

let current = 0

/**
 * The number of the last failed system call, as C's `errno`: Linux's numbers whatever the system. A call that works
 * leaves it alone.
 */
export function errno(): number {
  return current
}

/** Sets what `errno()` answers; programs set 0 before a call whose result alone does not tell a failure. */
export function setErrno(number: number): void {
  current = number
}

/** The symbol of an error number, such as `ECONNREFUSED`; undefined for a number that Linux does not have. */
export function errnoName(number: number): string | undefined {
  return NAMES.get(number)
}

/** strerror(3) in the C locale. */
export function strerror(number: number): string {
  return number === 0 ? 'Success' : (ERROR_TEXTS[number] ?? `Unknown error ${number}`)
}

/**
 * The Linux error number for what Node threw, emitted or handed to a callback. Node names the error in `code`; its
 * `errno` differs from system to system and is not used. What has no counterpart becomes EIO.
 */
export function errnoOf(failure: unknown): number {
  if (typeof failure !== 'object' || failure === null || !('code' in failure)) return numbers.EIO
  const { code } = failure
  if (typeof code !== 'string') return numbers.EIO
  return NUMBERS.get(code) ?? (code.startsWith('EAI_') ? numbers.EADDRNOTAVAIL : numbers.EIO)
}

const ALIASES: ReadonlySet<string> = new Set(['EWOULDBLOCK', 'EDEADLOCK', 'ENOTSUP'])

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(numbers)
    .filter(([name]) => !ALIASES.has(name))
    .map(([name, number]) => [number, name]),
)

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(numbers),
  // Node's own checks, which come before the system call that would have failed.
  ['ERR_SOCKET_ALREADY_BOUND', numbers.EINVAL],
  ['ERR_SOCKET_BAD_PORT', numbers.EINVAL],
  ['ERR_SOCKET_DGRAM_IS_CONNECTED', numbers.EISCONN],
  ['ERR_SOCKET_DGRAM_NOT_CONNECTED', numbers.ENOTCONN],
  ['ERR_SOCKET_DGRAM_NOT_RUNNING', numbers.EBADF],
  ['ERR_SOCKET_BUFFER_SIZE', numbers.EINVAL],
  ['ERR_INVALID_IP_ADDRESS', numbers.EINVAL],
  ['ERR_BUFFER_OUT_OF_BOUNDS', numbers.EINVAL],
])

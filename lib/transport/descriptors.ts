import type { Source } from './readiness.ts'

/** What a descriptor can stand for. */
export interface Described extends Source {
  close(): void
}

/** 0, 1 and 2 are the standard streams. */
const FIRST = 3
/** The bound on open descriptors (EMFILE beyond), as a login shell's `ulimit -n` would set one. */
const MOST = 65536

const open = new Map<number, Described>()
const numbers = new Map<Described, number>()
let lowestFree = FIRST

/**
 * The integer for an object: the one it has, else the lowest that is free, as POSIX wants; -1 when there are too many.
 */
export function openDescriptor(object: Described): number {
  const known = numbers.get(object)
  if (known !== undefined) return known
  if (open.size >= MOST) return -1
  const fd = lowestFree
  open.set(fd, object)
  numbers.set(object, fd)
  while (open.has(lowestFree)) lowestFree++
  return fd
}

export function descriptor(fd: number): Described | undefined {
  return open.get(fd)
}

/** Closes what the descriptor stands for; false for a number that is not open. */
export function closeDescriptor(fd: number): boolean {
  const object = open.get(fd)
  if (object === undefined) return false
  forgetDescriptor(object)
  object.close()
  return true
}

/** Gives the number back without closing: the object has closed itself. */
export function forgetDescriptor(object: Described): void {
  const fd = numbers.get(object)
  if (fd === undefined) return
  numbers.delete(object)
  open.delete(fd)
  lowestFree = Math.min(lowestFree, fd)
}

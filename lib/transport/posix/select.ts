import { EBADF, EINVAL } from '../../base/errno.ts'
import { type Described, descriptor } from '../descriptors.ts'
import { turn, waitUntil } from '../readiness.ts'
import { POLLERR, POLLIN, POLLNVAL, POLLOUT } from './constants.ts'
import { settle } from './lookup.ts'
import type { timeval } from './options.ts'

/** A set of descriptors. */
export type fd_set = Set<number>

export interface pollfd {
  fd: number
  /** POLLIN, POLLOUT: what to wait for. */
  events: number
  /** What holds: those, and POLLERR and POLLNVAL unasked. */
  revents: number
}

/** The descriptors that C's `fd_set` has room for; here there is no such bound. */
export const FD_SETSIZE = 1024

/** Empties a set of descriptors (select(2)). */
export function FD_ZERO(set: fd_set): void {
  set.clear()
}

/**
 * Puts a descriptor into a set (select(2)).
 * @param fd - of any number: there is no FD_SETSIZE to pass
 */
export function FD_SET(fd: number, set: fd_set): void {
  set.add(fd)
}

/** Takes a descriptor out of a set (select(2)). */
export function FD_CLR(fd: number, set: fd_set): void {
  set.delete(fd)
}

/** Whether a descriptor is in a set: after `select`, whether it is ready (select(2)). */
export function FD_ISSET(fd: number, set: fd_set): boolean {
  return set.has(fd)
}

/**
 * Waits until a descriptor is ready (select(2)). The sets keep those that are; `exceptfds` empties, there is no urgent
 * data.
 * @param nfds - one more than the highest descriptor; others are not looked at
 * @param timeout - null waits for ever, 0 looks once. It is left as it was
 * @returns a promise of the number of ready descriptors, 0 when the time ran out; -1 with EBADF or EINVAL
 */
export async function select(
  nfds: number,
  readfds: fd_set | null,
  writefds: fd_set | null,
  exceptfds: fd_set | null,
  timeout: timeval | null,
): Promise<number> {
  for (const set of [readfds, writefds, exceptfds])
    if (set !== null && !(set instanceof Set)) throw new TypeError('fds: a Set of descriptors is needed')
  const milliseconds = timeout === null ? null : timeout.tv_sec * 1000 + timeout.tv_usec / 1000
  if (nfds < 0 || (milliseconds !== null && !(milliseconds >= 0))) return settle(-EINVAL)
  const reads = [...(readfds ?? [])].filter(fd => fd < nfds)
  const writes = [...(writefds ?? [])].filter(fd => fd < nfds)
  if ([...reads, ...writes].some(fd => descriptor(fd) === undefined)) return settle(-EBADF)
  const wishes = [...reads.map(fd => wish(fd, POLLIN)), ...writes.map(fd => wish(fd, POLLOUT))]
  await untilReady(wishes, milliseconds)
  exceptfds?.clear()
  let count = 0
  for (const one of wishes) {
    if (answer(one) !== 0) count++
    else (one.events === POLLIN ? readfds : writefds)?.delete(one.fd)
  }
  return count
}

/**
 * Waits until a descriptor is ready (poll(2)) and fills in `revents`.
 * @param nfds - how many entries of `fds` count; a negative `fd` is passed over
 * @param timeout - milliseconds; negative waits for ever, 0 looks once
 * @returns a promise of the number of entries with a `revents` that is not 0; 0 when the time ran out
 */
export async function poll(fds: readonly pollfd[], nfds: number, timeout: number): Promise<number> {
  if (!Array.isArray(fds)) throw new TypeError('fds: an array of { fd, events, revents } is needed')
  const entries = fds.slice(0, nfds)
  const wishes = entries.map(({ fd, events }) => wish(fd, events))
  await untilReady(wishes, timeout < 0 ? null : timeout)
  for (const [i, entry] of entries.entries()) entry.revents = answer(wishes[i])
  return entries.filter(({ revents }) => revents !== 0).length
}

interface Wish {
  readonly fd: number
  readonly events: number
  /** What the descriptor stood for when the wait began. */
  readonly source: Described | undefined
}

function wish(fd: number, events: number): Wish {
  return { fd, events, source: descriptor(fd) }
}

async function untilReady(wishes: readonly Wish[], milliseconds: number | null): Promise<void> {
  const ready = () => wishes.some(one => answer(one) !== 0)
  // A program that finds something ready each time must still let the event loop turn, or nothing would ever come in.
  if (ready()) return turn()
  const sources = new Set(wishes.flatMap(({ source }) => source ?? []))
  await waitUntil(ready, [...sources], milliseconds)
}

function answer(one: Wish | undefined): number {
  if (one === undefined || one.fd < 0) return 0
  if (one.source === undefined) return POLLNVAL
  return state(one.source) & (one.events | POLLERR)
}

function state(source: Described): number {
  return (source.readable ? POLLIN : 0) | (source.writable ? POLLOUT : 0) | (source.failed ? POLLERR : 0)
}

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, test } from '@jest/globals'
import { EINPROGRESS, errnoName } from '../../../lib/base/errno.ts'
import { parseIp } from '../../../lib/base/ip.ts'
import { AF_INET, AF_INET6, ipOf, type sockaddr_storage, sockaddrFrom } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api.ts'
import { parseNotification } from '../../../lib/sctp/notification-layouts.ts'
import { SO_ERROR, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import { waitUntil } from '../../../lib/transport/readiness.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import type { SctpReceived, SctpSocket } from '../../../lib/transport/sctp/provider.ts'

/** `describe` where the kernel has SCTP, or must have it. */
export function describeKernel(name: string, body: () => void): void {
  if (process.env.SCTP_KERNEL === 'required' || kernelSctp.unavailable === null) describe(name, body)
  else describe.skip(name, body)
}

/** A test that changes the machine's network: in the guest only. */
export function testInGuest(name: string, body: () => Promise<void> | void): void {
  if (process.env.SCTP_GUEST === '1') test(name, async () => await body())
  else test.skip(name, async () => await body())
}

/** Runs a program that must succeed. */
export function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}

/** Does something while the loop-back device treats packets so (netem). */
export async function withNetem(rules: string, body: () => Promise<void>): Promise<void> {
  run('tc', ...`qdisc add dev lo root netem ${rules}`.split(' '))
  try {
    await body()
  } finally {
    run('tc', ...'qdisc del dev lo root'.split(' '))
  }
}

/** Does something while the loop-back device treats so what matches (tc-u32(8), tc-actions(8)). */
export async function withDropped(match: string, action: string, body: () => Promise<void>): Promise<void> {
  run('tc', ...'qdisc add dev lo clsact'.split(' '))
  try {
    run('tc', ...`filter add dev lo egress protocol ip u32 match ${match} action ${action}`.split(' '))
    await body()
  } finally {
    run('tc', ...'qdisc del dev lo clsact'.split(' '))
  }
}

/** Milliseconds that nothing here takes, even on an emulated machine. */
const LONG = 20_000

const open = new Set<SctpSocket>()
afterEach(() => {
  for (const socket of open) socket.close()
  open.clear()
})

/** The value of a call that must not fail. */
export function good<Value>(result: Value | number): Value {
  if (typeof result !== 'number') return result
  throw new Error(`${errnoName(-result) ?? result}`)
}

/** The name of a call's error, or its result. */
export function named(result: object | number): string | number {
  if (typeof result !== 'number') return 'done'
  return result < 0 ? (errnoName(-result) ?? result) : result
}

export function kept(socket: SctpSocket): SctpSocket {
  open.add(socket)
  return socket
}

/** A socket that is closed after the test. */
export function made(type: number = SOCK_STREAM, domain = AF_INET): SctpSocket {
  return kept(good(kernelSctp.open(domain, type)))
}

export function ip(text: string, port = 0): sockaddr_storage {
  const bytes = parseIp(text)
  if (bytes === null) throw new TypeError(`${text} is no address`)
  return sockaddrFrom({ bytes, port, scope: 0 })
}

export function portOf(socket: SctpSocket): number {
  return ipOf(good(socket.localAddresses(0))[0] ?? {})?.port ?? 0
}

/** A socket that listens on 127.0.0.1 unless told otherwise, at a port of the kernel's choice. */
export function listening({
  type = SOCK_STREAM as number,
  at = [ip('127.0.0.1')],
  before = (_: SctpSocket): void => {},
} = {}): {
  listener: SctpSocket
  address: sockaddr_storage
} {
  const [first = ip('127.0.0.1'), ...others] = at
  const listener = made(type, first.ss_family === AF_INET6 ? AF_INET6 : AF_INET)
  expectZero(listener.bind(first))
  const port = portOf(listener)
  const address = { ...first, ...(first.ss_family === AF_INET ? { sin_port: swap(port) } : { sin6_port: swap(port) }) }
  for (const other of others) {
    const bytes = ipOf(other)?.bytes ?? new Uint8Array(4)
    expectZero(listener.bindx([sockaddrFrom({ bytes, port, scope: 0 })], sctp.SCTP_BINDX_ADD_ADDR))
  }
  before(listener)
  expectZero(listener.listen(5))
  return { listener, address }
}

/** Two ends of an association; `before` prepares both the listener and the client. */
export async function pair({
  before = (_: SctpSocket): void => {},
  at = [ip('127.0.0.1')],
}: {
  before?: (socket: SctpSocket, role: 'client' | 'listener') => void
  at?: sockaddr_storage[]
} = {}): Promise<{ client: SctpSocket; server: SctpSocket; listener: SctpSocket }> {
  const { listener, address } = listening({ at, before: socket => before(socket, 'listener') })
  const client = made(SOCK_STREAM, listener.domain)
  before(client, 'client')
  await connected(client, [address])
  await until(() => listener.readable, listener)
  const server = kept(good(listener.accept()))
  return { client, server, listener }
}

/** Begins an association and waits for it; what went wrong as an error number. */
export async function connected(client: SctpSocket, addresses: readonly sockaddr_storage[]): Promise<number> {
  const result = client.connectx(addresses)
  if (result !== -EINPROGRESS && result !== 0) throw new Error(named(result).toString())
  await until(() => client.writable, client)
  return good(client.getInteger(SOL_SOCKET, SO_ERROR)).value
}

export async function until(condition: () => boolean, ...sockets: SctpSocket[]): Promise<void> {
  if (!(await waitUntil(condition, sockets, LONG))) throw new Error('it took too long')
}

/** Asks again and again, for what no socket tells of. */
export async function eventually(condition: () => boolean): Promise<void> {
  const end = performance.now() + LONG
  while (!condition()) {
    if (performance.now() > end) throw new Error('it took too long')
    await sleep(10)
  }
}

export interface Read extends SctpReceived {
  readonly data: Uint8Array
}

/** What can be read next, waited for. */
export async function read(socket: SctpSocket, room = 1 << 18, flags = 0): Promise<Read> {
  await until(() => socket.readable, socket)
  const into = new Uint8Array(room)
  const got = good(socket.recvmsg(into, flags))
  return { ...got, data: into.subarray(0, got.length) }
}

/** The text of the next message, notifications passed over. */
export async function readText(socket: SctpSocket): Promise<string> {
  for (;;) {
    const { data, flags } = await read(socket)
    if ((flags & sctp.MSG_NOTIFICATION) === 0) return Buffer.from(data).toString()
  }
}

/** The next notification of a type; others, and data, are passed over. */
export async function notification<Type extends sctp.sctp_notification['sn_type']>(
  socket: SctpSocket,
  type: Type,
): Promise<Extract<sctp.sctp_notification, { sn_type: Type }>> {
  for (;;) {
    const { data, flags } = await read(socket)
    const found = (flags & sctp.MSG_NOTIFICATION) === 0 ? null : parseNotification(data)
    if (found !== null && isOf(found, type)) return found
    if (flags === 0 && data.length === 0) throw new Error('the association ended before')
  }
}

export function subscribe(socket: SctpSocket, ...types: number[]): void {
  for (const se_type of types) expectZero(socket.setOption(sctp.SCTP_EVENT, { se_type, se_on: 1 }))
}

export function send(socket: SctpSocket, text: string | Uint8Array, snd: Partial<sctp.sctp_sndinfo> = {}): number {
  return socket.sendmsg(typeof text === 'string' ? Buffer.from(text) : text, { sndinfo: snd })
}

export const one = SOCK_STREAM
export const many = SOCK_SEQPACKET

export function expectZero(result: number): void {
  if (result !== 0) throw new Error(named(result).toString())
}

function isOf<Type extends number>(
  found: sctp.sctp_notification,
  type: Type,
): found is Extract<sctp.sctp_notification, { sn_type: Type }> {
  return found.sn_type === type
}

function swap(port: number): number {
  return ((port & 0xff) << 8) | (port >>> 8)
}

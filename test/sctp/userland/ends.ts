import { expect } from '@jest/globals'
import { AF_INET, htonl, htons, type sockaddr_storage } from '../../../lib/base/sockaddr.ts'
import * as c from '../../../lib/sctp/api/index.ts'
import { parseNotification } from '../../../lib/sctp/api/notification-layouts.ts'
import { SOCK_STREAM } from '../../../lib/transport/posix/constants.ts'
import { waitUntil } from '../../../lib/transport/readiness.ts'
import type { SctpProvider, SctpReceived, SctpSocket } from '../../../lib/transport/sctp/provider.ts'

export const LONG = 10_000
const opened: SctpSocket[] = []

/** Ends what `open` and `keep` have, abruptly: nothing is left to wait for. */
export function closeAll(): void {
  for (const socket of opened.splice(0)) {
    socket.setLinger(0)
    socket.close()
  }
}

/** A socket that `closeAll` closes. */
export function keep(socket: SctpSocket | number): SctpSocket {
  if (typeof socket === 'number') throw new Error(`no socket: ${socket}`)
  opened.push(socket)
  return socket
}

export function open(provider: SctpProvider, type = SOCK_STREAM): SctpSocket {
  return keep(provider.open(AF_INET, type))
}

export function local(port: number, last = 1): sockaddr_storage {
  return {
    ss_family: AF_INET,
    sin_family: AF_INET,
    sin_port: htons(port),
    sin_addr: { s_addr: htonl(0x7f000000 + last) },
  }
}

export function portOf(socket: SctpSocket): number {
  const addresses = socket.localAddresses(0)
  if (typeof addresses === 'number') throw new Error('not bound')
  return htons(addresses[0]?.sin_port ?? 0)
}

export async function readable(socket: SctpSocket): Promise<void> {
  if (!(await waitUntil(() => socket.readable, [socket], LONG))) throw new Error('nothing came')
}

export interface Message extends SctpReceived {
  readonly data: Uint8Array
}

export async function read(socket: SctpSocket, size = 65536, flags = 0): Promise<Message> {
  await readable(socket)
  const into = new Uint8Array(size)
  const received = socket.recvmsg(into, flags)
  if (typeof received === 'number') throw new Error(`recvmsg: ${received}`)
  return { ...received, data: into.subarray(0, received.length) }
}

export async function notification(socket: SctpSocket) {
  const message = await read(socket)
  expect(message.flags).toBe(c.MSG_NOTIFICATION | c.MSG_EOR)
  const parsed = parseNotification(message.data)
  if (parsed === null) throw new Error('no notification')
  return parsed
}

export function subscribe(socket: SctpSocket, ...types: readonly number[]): void {
  for (const se_type of types) expect(socket.setOption(c.SCTP_EVENT, { se_type, se_on: 1 })).toBe(0)
}

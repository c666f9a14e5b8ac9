import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, test } from '@jest/globals'
import { EINPROGRESS, errnoName } from '../../../lib/base/errno.ts'
import { formatIp, parseIp } from '../../../lib/base/ip.ts'
import { AF_INET, AF_INET6, ipOf, type sockaddr_storage, sockaddrFrom } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { parseNotification } from '../../../lib/sctp/api/notification-layouts.ts'
import { SO_ERROR, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import { waitUntil } from '../../../lib/transport/readiness.ts'
import type { SctpProvider, SctpReceived, SctpSocket } from '../../../lib/transport/sctp/provider.ts'

/** The SCTP of each side: the same one, or that of two machines, as it were. */
export interface Providers {
  readonly client: SctpProvider
  readonly server: SctpProvider
  close(): void
}

/** Where the suite is played. */
export interface Ground {
  /** What this SCTP has not; everything else must be there. */
  readonly lacks: readonly Feature[]
  prepare(): Promise<Providers>
  /**
   * Runs something while packets to an address, or (null) all of them, get lost: each of them, or one in ten. Null where
   * the network is not ours to change.
   */
  readonly losing: ((what: { to: string | null; oneIn: number }, body: () => Promise<void>) => Promise<void>) | null
  /** Runs something while packets take long enough for two calls to come before the first answer. */
  readonly delaying: (body: () => Promise<void>) => Promise<void>
}

/** What a provider may do without. */
export type Feature = keyof typeof FEATURES

export const FEATURES = {
  interleaving: 'I-DATA (RFC 8260)',
  schedulers: 'stream schedulers (RFC 8260 section 3)',
  reconfigured: 'addresses that come and go (RFC 5061)',
  'potentially failed': 'the state between active and inactive (RFC 7829)',
  congestion: 'explicit congestion notification',
  'path MTU': 'path MTU discovery by probes (RFC 8899)',
  statistics: "an association's counters",
  'automatic addresses': "changes of the machine's addresses",
  'primary switch': 'a threshold for another primary path (RFC 7829 section 5)',
  'shared ports': 'several sockets at one port',
} as const

export interface PairOptions {
  /** Prepares both the listener and the client. */
  readonly before?: (socket: SctpSocket, role: 'client' | 'listener') => void
  /** The server's addresses. */
  readonly at?: readonly sockaddr_storage[]
}

export interface ListenOptions {
  readonly type?: number
  readonly at?: readonly sockaddr_storage[]
  readonly before?: (socket: SctpSocket) => void
}

/** What tests make sockets with; whatever they make is closed after each of them. */
export interface Stage {
  readonly kept: (socket: SctpSocket) => SctpSocket
  /** A socket of the client's side. */
  readonly made: (type?: number, domain?: number) => SctpSocket
  /** A socket that listens on 127.0.0.1 unless told otherwise, at a port that is free. */
  readonly listening: (options?: ListenOptions) => { listener: SctpSocket; address: sockaddr_storage }
  /** Two ends of an association. */
  readonly pair: (
    options?: PairOptions,
  ) => Promise<{ client: SctpSocket; server: SctpSocket; listener: SctpSocket; address: sockaddr_storage }>
  /** A test of what a provider may do without: skipped where it does. */
  readonly testWith: (feature: Feature, name: string, body: () => Promise<void> | void) => void
  readonly delaying: Ground['delaying']
  /** A test that loses packets: skipped where that cannot be done. */
  readonly testLosing: (name: string, body: (losing: NonNullable<Ground['losing']>) => Promise<void>) => void
}

/** Milliseconds that nothing here takes, even on an emulated machine. */
const LONG = 20_000

/** To be called where Jest collects tests. */
export function createStage(ground: Ground): Stage {
  const open = new Set<SctpSocket>()
  let providers: Providers | null = null
  beforeAll(async () => {
    providers = await ground.prepare()
  })
  afterEach(() => {
    for (const socket of open) {
      // Nothing is left to wait for.
      socket.setLinger(0)
      socket.close()
    }
    open.clear()
  })
  afterAll(() => providers?.close())

  function kept(socket: SctpSocket): SctpSocket {
    open.add(socket)
    return socket
  }

  function opened(side: 'client' | 'server', type: number, domain: number): SctpSocket {
    if (providers === null) throw new Error('sockets are made in tests only')
    return kept(good(providers[side].open(domain, type)))
  }

  const made = (type: number = SOCK_STREAM, domain = AF_INET) => opened('client', type, domain)

  function listening({ type = SOCK_STREAM, at = [ip('127.0.0.1')], before = () => {} }: ListenOptions = {}) {
    const [first = ip('127.0.0.1'), ...others] = at
    const listener = opened('server', type, first.ss_family === AF_INET6 ? AF_INET6 : AF_INET)
    expectZero(listener.bind(first))
    const port = portOf(listener)
    for (const other of others) expectZero(listener.bindx([withPort(other, port)], sctp.SCTP_BINDX_ADD_ADDR))
    before(listener)
    expectZero(listener.listen(5))
    return { listener, address: withPort(first, port) }
  }

  async function pair({ before = () => {}, at = [ip('127.0.0.1')] }: PairOptions = {}) {
    const { listener, address } = listening({ at, before: socket => before(socket, 'listener') })
    const client = made(SOCK_STREAM, listener.domain)
    before(client, 'client')
    const error = await connected(client, [address])
    if (error !== 0) throw new Error(`no association: ${errnoName(error)}`)
    await until(() => listener.readable, listener)
    const server = kept(good(listener.accept()))
    return { client, server, listener, address }
  }

  function testLosing(name: string, body: (losing: NonNullable<Ground['losing']>) => Promise<void>): void {
    const { losing } = ground
    if (losing === null) test.skip(name, () => {})
    else test(name, async () => await body(losing))
  }

  function testWith(feature: Feature, name: string, body: () => Promise<void> | void): void {
    if (ground.lacks.includes(feature)) test.skip(`${name}: without ${FEATURES[feature]}`, () => {})
    else test(name, async () => await body())
  }

  return { kept, made, listening, pair, delaying: ground.delaying, testLosing, testWith }
}

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

export function expectZero(result: number): void {
  if (result !== 0) throw new Error(named(result).toString())
}

export function ip(text: string, port = 0): sockaddr_storage {
  const bytes = parseIp(text)
  if (bytes === null) throw new TypeError(`${text} is no address`)
  return sockaddrFrom({ bytes, port, scope: 0 })
}

export function textOf(address: sockaddr_storage): string {
  return formatIp(ipOf(address)?.bytes ?? new Uint8Array(4))
}

export function withPort(address: sockaddr_storage, port: number): sockaddr_storage {
  return ip(textOf(address), port)
}

export function portOf(socket: SctpSocket): number {
  return ipOf(good(socket.localAddresses(0))[0] ?? {})?.port ?? 0
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

/** The next message, notifications passed over. */
export async function readMessage(socket: SctpSocket): Promise<Read> {
  for (;;) {
    const got = await read(socket)
    if ((got.flags & sctp.MSG_NOTIFICATION) === 0) return got
  }
}

export async function readText(socket: SctpSocket): Promise<string> {
  return Buffer.from((await readMessage(socket)).data).toString()
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

function isOf<Type extends number>(
  found: sctp.sctp_notification,
  type: Type,
): found is Extract<sctp.sctp_notification, { sn_type: Type }> {
  return found.sn_type === type
}

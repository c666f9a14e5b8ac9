import { describe, expect, test } from '@jest/globals'
import * as sctp from '../../lib/sctp.ts'
import * as posix from '../../lib/socket.ts'
import { AF_INET, SOCK_STREAM } from '../../lib/transport/posix/constants.ts'
import { kernelSctp } from '../../lib/transport/sctp/kernel.ts'
import { type Addon, loadAddon } from '../../lib/transport/sctp/native.ts'

const loaded = loadAddon()
if (typeof loaded === 'string') console.warn(`the addon is not tested: ${loaded}`)
const describeAddon = typeof loaded === 'string' ? describe.skip : describe

/** Calls with whatever arguments, as JavaScript may. */
function call(target: object, method: string, ...args: unknown[]): unknown {
  const found: unknown = Reflect.get(target, method)
  if (typeof found !== 'function') throw new Error(`there is no ${method}`)
  return Reflect.apply(found, target, args)
}

const BYTES = new Uint8Array(16)
const NOT_BYTES = [
  undefined,
  null,
  1,
  'text',
  {},
  [1],
  new ArrayBuffer(4),
  new Uint16Array(4),
  new DataView(new ArrayBuffer(4)),
]
const NOT_INTEGERS = [undefined, null, '1', {}, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, -(2 ** 31) - 1, 1n]

describeAddon('the addon', () => {
  if (typeof loaded === 'string') return
  const addon: Addon = loaded

  /** Constructed by hand a socket is closed: what is wrong with an argument is told before that. */
  const socket = (): object => Reflect.construct(addon.Socket, [])

  test.each([
    ['domain', (wrong: unknown) => call(addon, 'open', wrong, SOCK_STREAM)],
    ['type', (wrong: unknown) => call(addon, 'open', AF_INET, wrong)],
    ['backlog', (wrong: unknown) => call(socket(), 'listen', wrong)],
    ['associationId', (wrong: unknown) => call(socket(), 'peeloff', wrong)],
    ['how', (wrong: unknown) => call(socket(), 'shutdown', wrong)],
    ['flags', (wrong: unknown) => call(socket(), 'recvmsg', BYTES, wrong, BYTES)],
    ['level', (wrong: unknown) => call(socket(), 'setsockopt', wrong, 1, BYTES)],
    ['name', (wrong: unknown) => call(socket(), 'setsockopt', 132, wrong, BYTES)],
    ['level', (wrong: unknown) => call(socket(), 'getsockopt', wrong, 1, BYTES)],
    ['name', (wrong: unknown) => call(socket(), 'getsockopt', 132, wrong, BYTES)],
    ['events', (wrong: unknown) => call(socket(), 'watch', wrong, () => {})],
  ])('%s must be a whole number of 32 bits', (name, use) => {
    for (const wrong of NOT_INTEGERS) expect(() => use(wrong)).toThrow(new RegExp(`^${name}: `))
  })

  test.each([
    ['address', (wrong: unknown) => call(socket(), 'bind', wrong)],
    ['data', (wrong: unknown) => call(socket(), 'sendmsg', wrong, null, null, null, null, null, null)],
    ['into', (wrong: unknown) => call(socket(), 'recvmsg', wrong, 0, BYTES)],
    ['received', (wrong: unknown) => call(socket(), 'recvmsg', BYTES, 0, wrong)],
    ['value', (wrong: unknown) => call(socket(), 'setsockopt', 132, 3, wrong)],
    ['value', (wrong: unknown) => call(socket(), 'getsockopt', 132, 3, wrong)],
  ])('%s must be a Uint8Array', (name, use) => {
    for (const wrong of NOT_BYTES) expect(() => use(wrong)).toThrow(new RegExp(`^${name}: `))
  })

  test('structs must have their length', () => {
    const kinds = { to: 16, sndinfo: 16, prinfo: 8, authinfo: 2, sndrcvinfo: 32, initmsg: 8 }
    for (const [i, [name, length]] of Object.entries(kinds).entries()) {
      for (const wrong of [0, length - 1, length + 1, 1000]) {
        const args: unknown[] = [null, null, null, null, null, null]
        args[i] = new Uint8Array(wrong)
        expect(() => call(socket(), 'sendmsg', BYTES, ...args)).toThrow(new RegExp(`^${name}: `))
        args[i] = 'text'
        expect(() => call(socket(), 'sendmsg', BYTES, ...args)).toThrow(new RegExp(`^${name}: `))
      }
    }
    for (const length of [0, 111, 113]) {
      expect(() => call(socket(), 'recvmsg', BYTES, 0, new Uint8Array(length))).toThrow(/^received: 112 bytes/)
    }
    const six = new Uint8Array(28)
    new DataView(six.buffer).setUint16(0, AF_INET, true)
    for (const wrong of [new Uint8Array(15), new Uint8Array(128), six, new Uint8Array(16)]) {
      expect(() => call(socket(), 'bind', wrong)).toThrow(/^address: /)
    }
  })

  test('other values out of range are named', () => {
    expect(() => addon.open(1, SOCK_STREAM)).toThrow(/^domain: /)
    expect(() => addon.open(AF_INET, 2)).toThrow(/^type: /)
    expect(() => call(socket(), 'recvmsg', BYTES, 1, new Uint8Array(112))).toThrow(/^flags: /)
    expect(() => call(socket(), 'watch', 8, () => {})).toThrow(/^events: /)
    expect(() => call(socket(), 'watch', 1, 'text')).toThrow(/^changed: /)
  })

  test('a closed socket says so, and closing it again too', () => {
    const four = Uint8Array.of(2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
    const calls: [string, ...unknown[]][] = [
      ['bind', four],
      ['listen', 1],
      ['accept'],
      ['peeloff', 1],
      ['shutdown', 1],
      ['close'],
      ['close'],
      ['sendmsg', BYTES, four, null, null, null, null, null],
      ['recvmsg', BYTES, 0, new Uint8Array(112)],
      ['setsockopt', 132, 3, BYTES],
      ['getsockopt', 132, 3, BYTES],
      ['poll'],
      ['watch', 1, () => {}],
    ]
    for (const [method, ...args] of calls) expect(() => call(socket(), method, ...args)).toThrow('socket: it is closed')
    const named = new Set(calls.map(([method]) => method))
    expect([...Object.getOwnPropertyNames(addon.Socket.prototype)].sort()).toEqual([...named, 'constructor'].sort())
  })

  test('a call on what is no socket is refused', () => {
    const poll: unknown = Reflect.get(addon.Socket.prototype, 'poll')
    if (typeof poll !== 'function') throw new Error('there is no poll')
    for (const other of [{}, Object.create(socket()), addon, null, 1]) {
      expect(() => Reflect.apply(poll, other, [])).toThrow()
    }
  })
})

describe('where the kernel has no SCTP', () => {
  const absent = kernelSctp.unavailable === null ? test.skip : test

  absent('the reason is told, and sockets are EPROTONOSUPPORT', () => {
    expect(kernelSctp.unavailable).toMatch(/modprobe sctp|npm rebuild openssl-shim|Linux only|refuses|does not load/)
    sctp.useSctpProvider('kernel')
    try {
      expect(sctp.sctpProvider().unavailable).toBe(kernelSctp.unavailable)
      for (const type of [posix.SOCK_STREAM, posix.SOCK_SEQPACKET]) {
        expect(posix.socket(AF_INET, type, posix.IPPROTO_SCTP)).toBe(-1)
        expect(posix.errno()).toBe(posix.EPROTONOSUPPORT)
      }
    } finally {
      sctp.useSctpProvider(null)
    }
  })

  test('a provider that there is not makes no sockets, and says why', () => {
    const before = process.env.OPENSSL_SHIM_SCTP
    process.env.OPENSSL_SHIM_SCTP = 'telepathy'
    try {
      expect(sctp.sctpProvider().unavailable).toMatch(/telepathy/)
      expect(posix.socket(AF_INET, SOCK_STREAM, posix.IPPROTO_SCTP)).toBe(-1)
      expect(posix.errno()).toBe(posix.EPROTONOSUPPORT)
    } finally {
      if (before === undefined) delete process.env.OPENSSL_SHIM_SCTP
      else process.env.OPENSSL_SHIM_SCTP = before
    }
    const unknown: unknown = 'telepathy'
    expect(() => Reflect.apply(sctp.useSctpProvider, null, [unknown])).toThrow(/^name: /)
  })
})

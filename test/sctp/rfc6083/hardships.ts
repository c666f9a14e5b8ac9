import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as plain from '../../../lib/index.ts'
import * as O from '../../../lib/promises.ts'
import * as S from '../../../lib/sctp.ts'
import * as P from '../../../lib/socket.ts'
import { openDescriptor } from '../../../lib/transport/descriptors.ts'
import { SctpDescriptor } from '../../../lib/transport/posix/sctp-socket.ts'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { receiveAll, STREAMS, sendAll } from './conversation.ts'
import { context, Ends, errors, type Secured, secured, socketOf } from './ends.ts'

/**
 * DTLS on what SCTP can do to messages and to associations, the same on whichever SCTP. `slow`: as in the other suite;
 * `messages`: in a long conversation, each way.
 */
export function hardshipSuite(provider: SctpProvider, slow = 20_000, messages = 10_000): void {
  let ends: Ends
  beforeEach(() => {
    ends = new Ends(provider)
  })
  afterEach(() => ends.close())
  const long = (name: string, run: () => Promise<void>) => test(name, run, slow)

  describe('messages', () => {
    long('unordered, long ones among short ones: each comes once and whole', async () => {
      const pair = await secured(ends)
      const lengths = Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 16384 : 4 + i))
      const received = collect(pair.s, lengths.length)
      for (const [i, length] of lengths.entries()) {
        setSndinfo(pair.c, i % 3, S.SCTP_UNORDERED)
        expect(await O.SSL_write(pair.c, numbered(i, length))).toBe(length)
      }
      const messages = (await received).sort((a, b) => a.readUInt32BE() - b.readUInt32BE())
      expect(messages.map((message, i) => message.equals(numbered(i, lengths[i] ?? 0)))).toEqual(
        lengths.map(() => true),
      )
    })

    long('of 16384 bytes each way, which SCTP delivers in parts', async () => {
      const pair = await secured(ends)
      for (const socket of [pair.clientSocket, pair.serverSocket])
        expect(socket.setOption(S.SCTP_PARTIAL_DELIVERY_POINT, { value: 2000 })).toBe(0)
      const indices = Array.from({ length: 30 }, (_, i) => i)
      const send = async (ssl: O.SSL) => {
        for (const i of indices) {
          setSndinfo(ssl, i % 10)
          expect(await O.SSL_write(ssl, numbered(i, 16384))).toBe(16384)
        }
      }
      const [atServer, atClient] = await Promise.all([
        collect(pair.s, indices.length),
        collect(pair.c, indices.length),
        send(pair.c),
        send(pair.s),
      ])
      for (const messages of [atServer, atClient])
        expect(
          messages.sort((a, b) => a.readUInt32BE() - b.readUInt32BE()).map((m, i) => m.equals(numbered(i, 16384))),
        ).toEqual(indices.map(() => true))
    })
  })

  describe(`${messages} messages each way on ${STREAMS} streams`, () => {
    for (const asker of ['c', 's'] as const)
      test(
        `through three renegotiations that the ${asker === 'c' ? 'client' : 'server'} asks for`,
        async () => {
          const wide = new Ends(provider, STREAMS)
          try {
            const allowing = (ctx: O.SSL_CTX) => void O.SSL_CTX_set_options(ctx, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
            const pair = await secured(wide, { server: context('server', allowing) })
            await Promise.all([
              receiveAll(pair.c, messages),
              receiveAll(pair.s, messages),
              sendAll(pair.c, messages, asker === 'c' ? 3 : 0),
              sendAll(pair.s, messages, asker === 's' ? 3 : 0),
            ])
            for (const socket of [pair.clientSocket, pair.serverSocket])
              expect(socket.getOption(S.SCTP_AUTH_ACTIVE_KEY)).toMatchObject({ scact_keynumber: 4 })
          } finally {
            wide.close()
          }
        },
        6 * slow,
      )
  })

  describe('heartbeats (RFC 6520)', () => {
    for (const [asker, other] of [
      ['c', 's'],
      ['s', 'c'],
    ] as const)
      long(`${asker === 'c' ? 'the client' : 'the server'} asks, between data on other streams`, async () => {
        const association = await ends.associate()
        const offer = (ssl: O.SSL) => void O.SSL_set_tlsext_heartbeat_no_requests(ssl, 0)
        const c = ends.connection(association.client, context('client'), offer)
        const s = ends.connection(association.server, context('server'), offer)
        expect(await Promise.all([O.SSL_connect(c), O.SSL_accept(s)])).toEqual([1, 1])
        const pair = { c, s }
        setSndinfo(pair[asker], 5)
        expect(await O.SSL_write(pair[asker], Buffer.from('before'))).toBe(6)
        expect(O.SSL_heartbeat(pair[asker])).toBe(37)
        expect(await O.SSL_write(pair[asker], Buffer.from('after'))).toBe(5)
        expect([await text(pair[other]), await text(pair[other])]).toEqual(['before', 'after'])
        while (O.SSL_get_tlsext_heartbeat_pending(pair[asker]) === 1) {
          for (const ssl of [pair[other], pair[asker]]) expect(plain.SSL_read(ssl, Buffer.alloc(1))).toBe(-1)
          await pause(1)
        }
        expect(errors()).toBe('')
      })
  })

  describe('an association that was one of many of a socket', () => {
    long('is peeled off and carries DTLS', async () => {
      const many = provider.open(P.AF_INET, P.SOCK_SEQPACKET)
      if (typeof many === 'number') throw new Error(P.errnoName(-many))
      const listener = openDescriptor(new SctpDescriptor(many))
      P.bind(listener, { sin_family: P.AF_INET, sin_addr: { s_addr: P.inet_addr('127.0.0.1') }, sin_port: 0 })
      for (const type of [0x00, 0xc0])
        expect(P.setsockopt(listener, P.IPPROTO_SCTP, S.SCTP_AUTH_CHUNK, { sauth_chunk: type })).toBe(0)
      many.setOption(S.SCTP_EVENT, { se_type: S.SCTP_ASSOC_CHANGE, se_on: 1 })
      P.listen(listener, 5)
      const address: P.sockaddr = {}
      P.getsockname(listener, address)
      const port = P.ntohs(address.sin_port ?? 0)
      try {
        for (const name of ['first', 'second']) {
          const client = await ends.connect(port)
          const peeled = await peelNext(listener)
          try {
            const c = ends.connection(client, context('client'))
            const s = ends.connection(peeled, context('server'))
            expect(await Promise.all([O.SSL_connect(c), O.SSL_accept(s)])).toEqual([1, 1])
            setSndinfo(c, 4)
            await O.SSL_write(c, Buffer.from(name))
            expect(await text(s)).toBe(name)
            await O.SSL_write(s, Buffer.from('answer'))
            expect(await text(c)).toBe('answer')
            expect(await O.SSL_shutdown(c)).toBe(0)
            expect(await O.SSL_read(s, Buffer.alloc(1))).toBe(0)
          } finally {
            P.close(peeled)
          }
        }
      } finally {
        P.close(listener)
      }
    })
  })

  describe('an abort is an error, not silence', () => {
    for (const role of ['client', 'server'] as const)
      test.each([0, 1, 2, 3, 4, 5, 6, 7])(
        `of the ${role} after %i calls of its handshake`,
        async count => {
          const association = await ends.associate()
          const c = ends.connection(association.client, context('client'))
          const s = ends.connection(association.server, context('server'))
          const [survivor, other] = role === 'server' ? [c, s] : [s, c]
          const shaking = role === 'server' ? O.SSL_connect(c) : O.SSL_accept(s)
          for (let i = 0; i < count; i++) {
            plain.SSL_do_handshake(other)
            await pause(1)
          }
          const fd = association[role]
          socketOf(fd).setLinger(0)
          P.close(fd)
          const ret = await shaking
          if (ret === 1) expect(await O.SSL_read(survivor, Buffer.alloc(1))).toBeLessThanOrEqual(0)
          // SSL_ERROR_SSL: it was the key for the association that could not be set any more.
          else expect([O.SSL_ERROR_SYSCALL, O.SSL_ERROR_SSL]).toContain(O.SSL_get_error(survivor, ret))
          // And it stays one.
          O.ERR_clear_error()
          expect(await O.SSL_read(survivor, Buffer.alloc(1))).toBeLessThanOrEqual(0)
        },
        slow,
      )
  })
}

export function setSndinfo(ssl: O.SSL, snd_sid: number, snd_flags = 0): void {
  const sndinfo = { snd_sid, snd_flags, snd_ppid: 0, snd_context: 0 }
  expect(O.BIO_ctrl(O.SSL_get_wbio(ssl), O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sndinfo)).toBe(1)
}

/** A message that begins with its number and whose other bytes follow from it. */
export function numbered(i: number, length: number): Buffer {
  const message = Buffer.alloc(length, i + 1)
  message.writeUInt32BE(i)
  return message
}

async function collect(ssl: O.SSL, count: number): Promise<Buffer[]> {
  const messages: Buffer[] = []
  const buf = Buffer.alloc(20_000)
  while (messages.length < count) {
    const length = await O.SSL_read(ssl, buf)
    if (length <= 0) throw new Error(`message ${messages.length}: ${O.SSL_get_error(ssl, length)} ${errors()}`)
    messages.push(Buffer.from(buf.subarray(0, length)))
  }
  return messages
}

async function text(ssl: Secured['c']): Promise<string> {
  const buf = Buffer.alloc(100)
  return buf.toString('latin1', 0, Math.max(0, await O.SSL_read(ssl, buf)))
}

/** The descriptor of the association that the next COMM_UP is about. */
async function peelNext(listener: number): Promise<number> {
  const buffer = Buffer.alloc(1000)
  for (;;) {
    await P.poll([{ fd: listener, events: P.POLLIN, revents: 0 }], 1, 60_000)
    const got = socketOf(listener).recvmsg(buffer)
    if (typeof got === 'number') throw new Error(P.errnoName(-got))
    const notification =
      (got.flags & S.MSG_NOTIFICATION) !== 0 ? S.parseNotification(buffer.subarray(0, got.length)) : null
    if (notification?.sn_type !== S.SCTP_ASSOC_CHANGE) continue
    const { sac_state, sac_assoc_id } = notification.sn_assoc_change
    if (sac_state === S.SCTP_COMM_UP) return S.sctp_peeloff(listener, sac_assoc_id)
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as plain from '../../../lib/index.ts'
import { setSslClock } from '../../../lib/openssl/clock.ts'
import * as O from '../../../lib/promises.ts'
import * as S from '../../../lib/sctp.ts'
import * as P from '../../../lib/socket.ts'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { context, Ends, errors, present, type Secured, secured } from './ends.ts'
import { recorded } from './transcript.ts'
import { bioTranscript } from './transcript-bio.ts'
import { callbackTranscript } from './transcript-callbacks.ts'

/** DTLS over SCTP (RFC 6083), the same on whichever SCTP. `slow`: time for what computes much, in milliseconds. */
export function rfc6083Suite(provider: SctpProvider, slow = 20_000): void {
  let ends: Ends
  beforeEach(() => {
    ends = new Ends(provider)
  })
  afterEach(() => {
    ends.close()
    setSslClock(null)
  })
  const long = (name: string, run: () => Promise<void>) => test(name, run, slow)

  describe('the BIO', () => {
    long('asks for authenticated DATA and FORWARD-TSN on both ends', async () => {
      const { clientSocket, serverSocket } = await ends.associate()
      for (const socket of [clientSocket, serverSocket]) {
        for (const option of [S.SCTP_LOCAL_AUTH_CHUNKS, S.SCTP_PEER_AUTH_CHUNKS] as const) {
          const chunks = socket.getOption(option)
          expect(typeof chunks === 'number' ? chunks : [...chunks.gauth_chunks]).toEqual(
            expect.arrayContaining([0, 0xc0]),
          )
        }
      }
    })

    long('has the answers of OpenSSL', async () => {
      const { client } = await ends.associate()
      const bio = present(O.BIO_new_dgram_sctp(client, O.BIO_NOCLOSE))
      const ask = (cmd: number, larg = 0, parg: unknown = null) => O.BIO_ctrl(bio, cmd, larg, parg)
      expect(O.BIO_dgram_is_sctp(bio)).toBe(1)
      expect(O.BIO_method_type(bio)).toBe(O.BIO_TYPE_DGRAM_SCTP)
      expect(ask(O.BIO_CTRL_DGRAM_QUERY_MTU)).toBe(16384)
      expect(ask(O.BIO_CTRL_DGRAM_SET_MTU, 500)).toBe(16384)
      expect(ask(O.BIO_CTRL_DGRAM_GET_MTU_OVERHEAD)).toBe(0)
      expect(ask(O.BIO_CTRL_DGRAM_CONNECT)).toBe(-1)
      expect(ask(O.BIO_CTRL_DGRAM_SET_CONNECTED)).toBe(-1)
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 1)).toBe(0)
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 0)).toBe(1)
      const sndinfo = { snd_sid: 3, snd_flags: S.SCTP_UNORDERED, snd_ppid: 7, snd_context: 9 }
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sndinfo)).toBe(1)
      const read = {}
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_GET_SNDINFO, 0, read)).toBe(12)
      expect(read).toEqual(sndinfo)
      const prinfo = { pr_policy: S.SCTP_PR_SCTP_TTL, pr_value: 500 }
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_SET_PRINFO, 0, prinfo)).toBe(1)
      const readBack = {}
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_GET_PRINFO, 0, readBack)).toBe(8)
      expect(readBack).toEqual(prinfo)
      expect(ask(O.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 0, {})).toBe(24)
      expect(O.BIO_dgram_sctp_msg_waiting(bio)).toBe(0)
      expect(O.BIO_dgram_sctp_notification_cb(bio, null, null)).toBe(-1)
      expect(O.BIO_dgram_sctp_notification_cb(bio, () => {}, null)).toBe(0)
      expect(O.BIO_get_fd(bio)).toBe(client)
      O.BIO_free(bio)
    })

    long('answers call by call as libssl does, from before connect until after close', async () => {
      expect(await bioTranscript(provider)).toEqual(recorded('bio'))
    })

    test('is not made for what is no SCTP socket', () => {
      const fd = P.socket(P.AF_INET, P.SOCK_DGRAM)
      expect(O.BIO_new_dgram_sctp(fd, O.BIO_NOCLOSE)).toBeNull()
      expect(O.ERR_GET_REASON(O.ERR_peek_error())).toBe(O.ERR_R_SYS_LIB)
      P.close(fd)
    })

    long('reads nothing from a peer without authentication', async () => {
      const { client, serverSocket } = await ends.associate(false)
      const c = ends.connection(client, context('client'))
      serverSocket.sendmsg(Buffer.from('15fefd0000000000000000000202282b', 'hex'))
      expect(await O.SSL_connect(c)).toBe(-1)
      expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.BIO_R_CONNECT_ERROR)
    })
  })

  describe('a handshake', () => {
    long('ends with the key 1 in use on both ends, and 64 bytes of the exporter in it', async () => {
      const { c, s, clientSocket, serverSocket } = await secured(ends)
      expect([O.SSL_get_version(c), O.SSL_get_cipher(s)]).toEqual(['DTLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384'])
      for (const socket of [clientSocket, serverSocket])
        expect(socket.getOption(S.SCTP_AUTH_ACTIVE_KEY)).toMatchObject({ scact_keynumber: 1 })
    })

    long('tells its callbacks of records, messages and states in the order of libssl', async () => {
      expect(await callbackTranscript(provider)).toEqual(recorded('callbacks'))
    })

    long('is resumed by ticket and by id', async () => {
      for (const tickets of [true, false]) {
        const server = context('server', ctx => void (tickets || O.SSL_CTX_set_options(ctx, O.SSL_OP_NO_TICKET)))
        const first = await secured(ends, { server })
        const session = present(O.SSL_get1_session(first.c))
        const second = await secured(ends, { server, session })
        expect([O.SSL_session_reused(second.c), O.SSL_session_reused(second.s)]).toEqual([1, 1])
        expect(await exchange(second, 'resumed')).toBe('resumed')
      }
    })

    long('takes certificates of both sides', async () => {
      const server = context('server', ctx =>
        O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER | O.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null),
      )
      const client = context('client', ctx => O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER, null))
      const { c, s } = await secured(ends, { client, server })
      expect([O.SSL_get_verify_result(c), O.SSL_get_verify_result(s)]).toEqual([O.X509_V_OK, O.X509_V_OK])
      expect(O.SSL_get1_peer_certificate(s)).not.toBeNull()
    })

    long('asks for no cookie, and DTLSv1_listen is refused', async () => {
      const server = context('server', ctx => void O.SSL_CTX_set_options(ctx, O.SSL_OP_COOKIE_EXCHANGE))
      const { server: fd } = await secured(ends, { server })
      const s = ends.connection(fd, server)
      expect(plain.DTLSv1_listen(s, O.BIO_ADDR_new())).toBe(-1)
      expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
    })

    long('with the label of old OpenSSL on both sides', async () => {
      const old = (ctx: O.SSL_CTX) => void O.SSL_CTX_set_mode(ctx, O.SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG)
      const pair = await secured(ends, { client: context('client', old), server: context('server', old) })
      expect(await exchange(pair, 'hello')).toBe('hello')
    })

    for (const wrong of ['client', 'server'] as const)
      long(`with the label of old OpenSSL on the ${wrong} only: both are told so (openssl/openssl#7956)`, async () => {
        let now = 1_000_000
        setSslClock({ now: () => now, wall: () => now })
        const association = await ends.associate()
        const labelled = (role: 'client' | 'server') =>
          context(role, ctx => {
            if (role === wrong) O.SSL_CTX_set_mode(ctx, O.SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG)
          })
        const c = ends.connection(association.client, labelled('client'))
        const s = ends.connection(association.server, labelled('server'))
        const timeout = { tv_sec: 0, tv_usec: 0 }
        const waits = (ssl: O.SSL) => plain.DTLSv1_get_timeout(ssl, timeout) === 1
        for (; !waits(c) || !waits(s); await pause(1)) {
          plain.SSL_connect(c)
          plain.SSL_accept(s)
        }
        for (const ssl of [c, s]) expect(plain.DTLSv1_handle_timeout(ssl)).toBe(0)
        now += 60_000
        for (const ssl of [c, s]) {
          expect(plain.DTLSv1_handle_timeout(ssl)).toBe(-1)
          const data: O.Out<string> = { value: '' }
          const code = O.ERR_get_error_all(null, null, null, data, null)
          expect(O.ERR_GET_REASON(code)).toBe(O.SSL_R_READ_TIMEOUT_EXPIRED)
          expect(data.value).toMatch(/SCTP-AUTH/)
        }
      })
  })

  describe('data', () => {
    long('on any stream, with what goes with it; the handshake stays on stream 0', async () => {
      const pair = await secured(ends)
      for (const [snd_sid, snd_flags] of [
        [0, 0],
        [3, 0],
        [9, S.SCTP_UNORDERED],
      ]) {
        const sndinfo = { snd_sid, snd_flags, snd_ppid: 4711, snd_context: 0 }
        O.BIO_ctrl(O.SSL_get_wbio(pair.c), O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sndinfo)
        expect(await exchange(pair, `stream ${snd_sid}`)).toBe(`stream ${snd_sid}`)
        const rcvinfo = {}
        O.BIO_ctrl(O.SSL_get_rbio(pair.s), O.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 0, rcvinfo)
        expect(rcvinfo).toMatchObject({ rcv_sid: snd_sid, rcv_flags: snd_flags, rcv_ppid: 4711 })
      }
    })

    long('of 1 to 16384 bytes in one record; more is refused', async () => {
      const pair = await secured(ends)
      for (const length of [1, 1000, 16384]) {
        const sent = Buffer.alloc(length, length)
        expect(await O.SSL_write(pair.c, sent)).toBe(length)
        const got = Buffer.alloc(20_000)
        expect(await O.SSL_read(pair.s, got)).toBe(length)
        expect(got.subarray(0, length).equals(sent)).toBe(true)
      }
      expect(await O.SSL_write(pair.c, Buffer.alloc(16385))).toBe(-1)
      expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.SSL_R_DTLS_MESSAGE_TOO_BIG)
    })

    long(
      'both ways at once, many messages on many streams: none lost, none twice, in order on each stream',
      async () => {
        const pair = await secured(ends)
        const [atServer, atClient] = await Promise.all([
          collect(pair.s, 300),
          collect(pair.c, 300),
          sendNumbered(pair.c, 300),
          sendNumbered(pair.s, 300),
        ])
        for (const got of [atServer, atClient]) {
          expect([...got.values()].flat()).toHaveLength(300)
          for (const [stream, numbers] of got)
            expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i * 10 + stream))
        }
      },
    )
  })

  describe('renegotiation', () => {
    for (const [asker, resumed] of [
      ['c', false],
      ['s', false],
      ['c', true],
      ['s', true],
    ] as const) {
      long(`asked for by ${asker}, ${resumed ? 'abbreviated' : 'full'}, with data under way both ways`, async () => {
        const server = context('server', ctx => void O.SSL_CTX_set_options(ctx, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION))
        const pair = await secured(ends, { server })
        const reading = Promise.all([collect(pair.s, 300), collect(pair.c, 300)])
        await Promise.all([sendNumbered(pair.c, 100), sendNumbered(pair.s, 100)])
        expect((resumed ? O.SSL_renegotiate_abbreviated : O.SSL_renegotiate)(pair[asker])).toBe(1)
        await Promise.all([sendNumbered(pair.c, 200, 100), sendNumbered(pair.s, 200, 100)])
        for (const got of await reading) {
          expect([...got.values()].flat()).toHaveLength(300)
          for (const [stream, numbers] of got)
            expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i * 10 + stream))
        }
        await renewed(pair)
        for (const socket of [pair.clientSocket, pair.serverSocket])
          expect(socket.getOption(S.SCTP_AUTH_ACTIVE_KEY)).toMatchObject({ scact_keynumber: 2 })
        // As libssl, a DTLS client answers a HelloRequest with a full handshake.
        expect(O.SSL_session_reused(pair.c)).toBe(Number(resumed && asker === 'c'))
      })
    }

    long('a writer whose reader is behind is told to read, by SSL_ERROR_WANT_READ', async () => {
      const server = context('server', ctx => void O.SSL_CTX_set_options(ctx, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION))
      const pair = await secured(ends, { server })
      for (let i = 0; i < 600; i++) await O.SSL_write(pair.s, Buffer.from('x'))
      // All of it has arrived.
      while (O.BIO_dgram_sctp_wait_for_dry(present(O.SSL_get_wbio(pair.s))) !== 1) await pause(1)
      expect(O.SSL_renegotiate(pair.c)).toBe(1)
      for (let i = 0; i < 5; i++) {
        const ret = plain.SSL_write(pair.c, Buffer.from('x'))
        expect([ret, plain.SSL_get_error(pair.c, ret)]).toEqual([-1, O.SSL_ERROR_WANT_READ])
        // What is taken makes room for one more.
        expect(plain.SSL_read(pair.c, Buffer.alloc(1))).toBe(1)
      }
    })

    long('again and again: keys follow each other, and only the last two are kept', async () => {
      const pair = await secured(ends)
      for (let round = 2; round <= 5; round++) {
        expect(O.SSL_renegotiate(pair.s)).toBe(1)
        await renewed(pair)
        expect(await exchange(pair, 'there')).toBe('there')
        expect(pair.clientSocket.getOption(S.SCTP_AUTH_ACTIVE_KEY)).toMatchObject({ scact_keynumber: round })
        // A key that is gone cannot be made active.
        if (round > 2)
          expect(pair.clientSocket.setOption(S.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: round - 2 })).toBe(-P.EINVAL)
      }
    })
  })

  describe('notifications', () => {
    long('reach the callback as objects, between records', async () => {
      const seen: string[] = []
      const { client, server, serverSocket, clientSocket } = await ends.associate()
      clientSocket.setOption(S.SCTP_EVENT, { se_type: S.SCTP_SHUTDOWN_EVENT, se_on: 1 })
      const c = ends.connection(client, context('client'), ssl => {
        O.BIO_dgram_sctp_notification_cb(
          present(O.SSL_get_rbio(ssl)),
          (bio, given, notification) => {
            expect([bio, given]).toEqual([O.SSL_get_rbio(ssl), 'context'])
            if (notification.sn_type === S.SCTP_SHUTDOWN_EVENT) seen.push(`${notification.sn_shutdown_event.sse_type}`)
          },
          'context',
        )
      })
      const s = ends.connection(server, context('server'))
      await Promise.all([O.SSL_connect(c), O.SSL_accept(s)])
      serverSocket.shutdown(P.SHUT_WR)
      await O.SSL_read(c, Buffer.alloc(10))
      expect(seen).toEqual([`${S.SCTP_SHUTDOWN_EVENT}`])
    })
  })

  describe('the end', () => {
    long('a close_notify comes after the last message, and SSL_shutdown gets through when called once', async () => {
      const pair = await secured(ends)
      const got = collectText(pair.s)
      for (const word of ['one', 'two', 'three']) await O.SSL_write(pair.c, Buffer.from(word))
      expect(await O.SSL_shutdown(pair.c)).toBe(0)
      expect(await got).toEqual(['one', 'two', 'three'])
      expect(O.SSL_get_shutdown(pair.s)).toBe(O.SSL_RECEIVED_SHUTDOWN)
      expect(await O.SSL_shutdown(pair.s)).toBe(1)
      expect(await O.SSL_shutdown(pair.c)).toBe(1)
    })

    long('with data of the peer unread, which is not lost (openssl/openssl#5084)', async () => {
      const pair = await secured(ends)
      await O.SSL_write(pair.s, Buffer.from('early'))
      await O.SSL_write(pair.c, Buffer.from('late'))
      expect(await O.SSL_shutdown(pair.c)).toBe(0)
      expect(await collectText(pair.s)).toEqual(['late'])
      const buf = Buffer.alloc(100)
      expect(buf.toString('latin1', 0, await O.SSL_read(pair.c, buf))).toBe('early')
    })

    long('in the plain style it is called again until everything is acknowledged', async () => {
      const pair = await secured(ends)
      expect(plain.SSL_write(pair.c, Buffer.from('x'))).toBe(1)
      let calls = 0
      for (let ret = -1; ret !== 0; calls++) {
        ret = plain.SSL_shutdown(pair.c)
        if (ret === 0) break
        expect([ret, plain.SSL_get_error(pair.c, ret)]).toEqual([-1, O.SSL_ERROR_WANT_WRITE])
        await P.poll([{ fd: pair.client, events: P.POLLIN, revents: 0 }], 1, slow)
      }
      expect(calls).toBeGreaterThan(0)
      expect(await collectText(pair.s)).toEqual(['x'])
    })

    long('an association that is gone ends reading and shutting down', async () => {
      const pair = await secured(ends)
      pair.serverSocket.setLinger(0)
      P.close(pair.server)
      expect(await O.SSL_read(pair.c, Buffer.alloc(10))).toBeLessThanOrEqual(0)
      expect(O.SSL_get_error(pair.c, -1)).toBe(O.SSL_ERROR_SYSCALL)
      await O.SSL_write(pair.c, Buffer.from('x'))
      expect(await O.SSL_shutdown(pair.c)).toBe(-1)
    })
  })
}

async function exchange({ c, s }: Secured, text: string): Promise<string> {
  await O.SSL_write(c, Buffer.from(text))
  const buf = Buffer.alloc(16384)
  return buf.toString('latin1', 0, await O.SSL_read(s, buf))
}

/** Both ends read until the renegotiation that one of them has asked for is done. */
async function renewed({ c, s }: Secured): Promise<void> {
  const buf = Buffer.alloc(100)
  while (O.SSL_renegotiate_pending(c) || O.SSL_renegotiate_pending(s) || O.SSL_in_init(c) || O.SSL_in_init(s)) {
    for (const ssl of [s, c]) expect(plain.SSL_do_handshake(ssl) === 1 ? plain.SSL_read(ssl, buf) : -1).toBe(-1)
    await pause(1)
  }
}

/** Messages `i * 10 + stream`, so that each stream has numbers of its own that follow each other. */
async function sendNumbered(ssl: O.SSL, count: number, first = 0): Promise<void> {
  for (let i = first; i < first + count; i++) {
    const sndinfo = { snd_sid: i % 10, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
    O.BIO_ctrl(O.SSL_get_wbio(ssl), O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sndinfo)
    const message = Buffer.alloc(200)
    message.writeUInt32BE(i)
    while ((await O.SSL_write(ssl, message)) <= 0) await pause(1)
  }
}

/** By stream, the numbers in the order in which they came. */
async function collect(ssl: O.SSL, count: number): Promise<Map<number, number[]>> {
  const streams = new Map<number, number[]>()
  const buf = Buffer.alloc(1000)
  for (let i = 0; i < count; i++) {
    if ((await O.SSL_read(ssl, buf)) !== 200) throw new Error(`message ${i}: ${errors()}`)
    const rcvinfo = { rcv_sid: 0 }
    O.BIO_ctrl(O.SSL_get_rbio(ssl), O.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 0, rcvinfo)
    const numbers = streams.get(rcvinfo.rcv_sid) ?? []
    streams.set(rcvinfo.rcv_sid, numbers)
    numbers.push(buf.readUInt32BE())
  }
  return streams
}

/** What comes before the close_notify. */
async function collectText(ssl: O.SSL): Promise<string[]> {
  const texts: string[] = []
  const buf = Buffer.alloc(1000)
  for (let n = 0; (n = await O.SSL_read(ssl, buf)) > 0; ) texts.push(buf.toString('latin1', 0, n))
  return texts
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

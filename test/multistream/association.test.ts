import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ECONNRESET, EMSGSIZE, ENOBUFS, EPERM } from '../../lib/base/errno-numbers.ts'
import * as plain from '../../lib/multistream.ts'
import * as M from '../../lib/multistream-promises.ts'
import * as O from '../../lib/promises.ts'
import * as S from '../../lib/sctp.ts'
import * as P from '../../lib/socket.ts'
import { createLoopbackProvider } from '../../lib/transport/sctp/loopback.ts'
import { context, Ends, errors, next, present, say, settle, shake } from './ends.ts'

/** RFC 3436 over associations inside the process. */

let ends: Ends
beforeEach(() => {
  ends = new Ends(createLoopbackProvider())
})
afterEach(() => ends.close())

async function secured(pairs: number, options: Parameters<Ends['pair']>[1] = {}) {
  const pair = await ends.pair(pairs, options)
  expect(await shake(pair)).toEqual([1, 1])
  return pair
}

function ssl(ms: M.MULTISTREAM, sid: number): O.SSL {
  return present(M.MULTISTREAM_get0_ssl(ms, sid))
}

/** Reads so many octets from one stream. */
async function readAll(from: O.SSL, length: number): Promise<Buffer> {
  const all = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const got = await O.SSL_read(from, all.subarray(at))
    if (got <= 0) throw new Error(`SSL_read: ${got} ${errors()}`)
    at += got
  }
  return all
}

describe('streams', () => {
  test('are pairs as far as both ends have them', async () => {
    const { client, server } = await ends.associate({ client: { outbound: 3 }, server: { outbound: 5 } })
    const [c, s] = [ends.object(client, context('client')), ends.object(server, context('server'))]
    expect([M.MULTISTREAM_get_pairs(c), M.MULTISTREAM_get_pairs(s)]).toEqual([3, 3])
    const [inbound, outbound] = [{ value: 0 }, { value: 0 }]
    expect(M.MULTISTREAM_get_streams(c, inbound, outbound)).toBe(1)
    expect([inbound.value, outbound.value]).toEqual([5, 3])
    expect(M.BIO_new_sctp_stream(c, 3)).toBeNull()
    expect(M.MULTISTREAM_get0_ssl(s, 4)).toBeNull()
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.ERR_R_PASSED_INVALID_ARGUMENT)
    O.ERR_clear_error()
    expect(await shake({ c, s })).toEqual([1, 1])
    // What goes one way only carries messages as they are.
    const fine = { snd_flags: S.SCTP_UNORDERED, snd_ppid: 46, pr_policy: S.SCTP_PR_SCTP_TTL, pr_value: 5000 }
    expect(await M.MULTISTREAM_send(s, 4, Buffer.from('one way'), 7, fine)).toBe(7)
    const [buffer, info] = [Buffer.alloc(20), {}]
    expect(await M.MULTISTREAM_recv(c, 4, buffer, 20, info)).toBe(7)
    expect([buffer.toString('latin1', 0, 7), info]).toEqual(['one way', { rcv_ppid: 46, rcv_unordered: 1 }])
  })

  test('64 at once, one of which nobody reads for a while', async () => {
    const { c, s } = await secured(64)
    const text = Buffer.alloc(30_000, 'x')
    const others = Array.from({ length: 64 }, (_, sid) => sid).filter(sid => sid !== 7)
    const sent = Promise.all(Array.from({ length: 64 }, (_, sid) => M.MULTISTREAM_write(c, sid, text)))
    const read = await Promise.all(others.map(sid => readAll(ssl(s, sid), text.length)))
    expect(read.every(one => one.equals(text))).toBe(true)
    // Answers pass too, while what has come on stream 7 waits.
    for (const sid of others) await say(s, sid, `answer ${sid}`)
    const answers = await Promise.all(others.map(sid => readAll(ssl(c, sid), `answer ${sid}`.length)))
    expect(answers.map(String)).toEqual(others.map(sid => `answer ${sid}`))
    expect((await readAll(ssl(s, 7), text.length)).equals(text)).toBe(true)
    expect(new Set(await sent)).toEqual(new Set([text.length]))
  }, 30_000)

  test('on which two writes at once follow each other, whole', async () => {
    const { c, s } = await secured(2)
    // More than the association holds at once.
    const [long, short] = [Buffer.alloc(1_000_000, 1), Buffer.alloc(1000, 2)]
    const writes = [M.MULTISTREAM_write(c, 1, long), M.MULTISTREAM_write(c, 1, short), O.SSL_write(ssl(c, 1), short)]
    const all = await readAll(ssl(s, 1), long.length + 2 * short.length)
    expect(await Promise.all(writes)).toEqual([1_000_000, 1000, 1000])
    expect(all.indexOf(2)).toBe(long.length)
  })

  test('of which one is never read: it ends, the memory is bounded, the others go on', async () => {
    const { c, s } = await secured(3, { limits: { streamBuffer: 40_000 } })
    const flood = (async () => {
      for (let i = 0; i < 100; i++) await M.MULTISTREAM_write(c, 1, Buffer.alloc(4000))
    })()
    for (let i = 0; i < 30; i++) {
      await say(c, 2, 'still here')
      expect(String(await readAll(ssl(s, 2), 10))).toBe('still here')
      expect(s.streams.held).toBeLessThanOrEqual(2 * 40_000)
    }
    await say(c, 2, 'last')
    // The reader of stream 2 takes what is in the way, or the peer would wait for ever.
    expect(await Promise.all([flood, readAll(ssl(s, 2), 4)])).toEqual([undefined, Buffer.from('last')])
    await say(c, 0, 'and others')
    await readAll(ssl(s, 0), 10)
    const result = await O.SSL_read(ssl(s, 1), Buffer.alloc(10))
    expect([result, O.SSL_get_error(ssl(s, 1), result), P.errno()]).toEqual([-1, O.SSL_ERROR_SYSCALL, ENOBUFS])
    expect(s.streams.held).toBe(0)
  })

  test('without TLS beside those with it; one is upgraded', async () => {
    const pair = await ends.pair(3)
    const { c, s } = pair
    for (const ms of [c, s]) expect(M.MULTISTREAM_set_plain(ms, 1)).toBe(1)
    expect(await shake(pair)).toEqual([1, 1])
    await M.MULTISTREAM_send(c, 1, Buffer.from('STARTTLS'))
    expect(await next(s)).toBe('1:STARTTLS')
    await say(c, 0, 'TLS meanwhile')
    expect(await next(s)).toBe('0:TLS meanwhile')
    await M.MULTISTREAM_send(s, 1, Buffer.from('go ahead'))
    expect(present(M.MULTISTREAM_get0_ssl(s, 1))).toBeInstanceOf(O.SSL)
    expect(await next(c)).toBe('1:go ahead')
    const [written, read] = await Promise.all([say(c, 1, 'secret'), next(s)])
    expect([written, read]).toEqual([6, '1:secret'])
    expect(O.SSL_session_reused(ssl(s, 1))).toBe(1)
    // There is no way back.
    expect(M.MULTISTREAM_set_plain(s, 1)).toBe(0)
    expect(await M.MULTISTREAM_send(s, 1, Buffer.from('plain'))).toBe(-1)
    expect([P.errno(), M.MULTISTREAM_get_error(s)]).toEqual([EPERM, O.SSL_ERROR_SYSCALL])
    expect(errors()).toContain('passed invalid argument')
  })

  test('with TLS take no message out of order, nor one that may be lost', async () => {
    const { c } = await secured(1)
    const bio = present(O.SSL_get_wbio(ssl(c, 0)))
    const set = (command: number, info: object) => O.BIO_ctrl(bio, command, 0, info)
    expect(set(O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, { snd_sid: 0, snd_flags: 0 })).toBe(1)
    expect(set(O.BIO_CTRL_DGRAM_SCTP_SET_PRINFO, { pr_policy: S.SCTP_PR_SCTP_NONE, pr_value: 0 })).toBe(1)
    expect(O.ERR_peek_error()).toBe(0)
    for (const [command, info] of [
      [O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, { snd_sid: 0, snd_flags: S.SCTP_UNORDERED }],
      [O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, { snd_sid: 1 }],
      [O.BIO_CTRL_DGRAM_SCTP_SET_PRINFO, { pr_policy: S.SCTP_PR_SCTP_TTL, pr_value: 10 }],
      [O.BIO_CTRL_DGRAM_SCTP_SET_PRINFO, { pr_policy: S.SCTP_PR_SCTP_RTX, pr_value: 0 }],
    ] as const) {
      expect(set(command, info)).toBe(0)
      expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.ERR_R_PASSED_INVALID_ARGUMENT)
    }
  })

  test('ignore the defaults of the socket, which are for messages without TLS', async () => {
    const { c, s, clientSocket } = await ends.pair(2)
    clientSocket.setOption(S.SCTP_DEFAULT_SNDINFO, { snd_sid: 1, snd_flags: S.SCTP_UNORDERED, snd_ppid: 9 })
    clientSocket.setOption(S.SCTP_DEFAULT_PRINFO, { pr_policy: S.SCTP_PR_SCTP_TTL, pr_value: 1 })
    expect(await shake({ c, s })).toEqual([1, 1])
    await say(c, 0, 'in order')
    expect(await next(s)).toBe('0:in order')
  })

  test('carry records of every length, in messages that come in parts', async () => {
    const { c, s, serverSocket } = await secured(2)
    expect(serverSocket.setOption(S.SCTP_PARTIAL_DELIVERY_POINT, { value: 1000 })).toBe(0)
    for (const length of [1, 999, 16_383, 16_384, 50_000]) {
      const text = Buffer.alloc(length, `${length} `)
      const [, read] = await Promise.all([M.MULTISTREAM_write(c, 1, text), readAll(ssl(s, 1), length)])
      expect(read.equals(text)).toBe(true)
    }
  })
})

describe('the program', () => {
  test('may hold the connections itself', async () => {
    const { c, s } = await ends.pair(2)
    const made = [c, s].map((ms, i) => {
      const [con, bio] = [present(O.SSL_new(ms.ctx)), present(M.BIO_new_sctp_stream(ms, 1))]
      O.SSL_set_bio(con, bio, bio)
      if (i === 0) O.SSL_set_connect_state(con)
      else O.SSL_set_accept_state(con)
      return con
    })
    const [calling, serving] = [present(made[0] ?? null), present(made[1] ?? null)]
    expect(await Promise.all([O.SSL_do_handshake(calling), O.SSL_do_handshake(serving)])).toEqual([1, 1])
    expect(await shake({ c, s })).toEqual([1, 1])
    expect([...s.connections.keys()]).toEqual([0])
    await O.SSL_write(calling, Buffer.from('mine'))
    await say(c, 0, 'theirs')
    expect(await next(s)).toBe('0:theirs')
    expect(String(await readAll(serving, 4))).toBe('mine')
    expect(M.MULTISTREAM_get0_ssl(s, 1)).toBeNull()
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
    for (const con of made) O.SSL_free(con)
  })

  test('closes the descriptor with the last that uses it', async () => {
    const { client } = await ends.associate()
    const ms = present(M.MULTISTREAM_new(context('client'), client, O.BIO_CLOSE))
    const con = ssl(ms, 0)
    expect(O.SSL_get_fd(con)).toBe(client)
    O.SSL_up_ref(con)
    M.MULTISTREAM_free(ms)
    expect(P.fcntl(client, P.F_GETFL)).toBeGreaterThanOrEqual(0)
    O.SSL_free(con)
    expect(P.fcntl(client, P.F_GETFL)).toBe(-1)
    expect(() => M.MULTISTREAM_get_pairs(ms)).toThrow(TypeError)
  })

  test('is told what is not possible', async () => {
    const { client } = await ends.associate()
    const datagrams = present(O.SSL_CTX_new(O.DTLS_method()))
    expect(M.MULTISTREAM_new(datagrams, client, O.BIO_NOCLOSE)).toBeNull()
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.ERR_R_PASSED_INVALID_ARGUMENT)
    expect(M.MULTISTREAM_new(context('client'), 12_345, O.BIO_NOCLOSE)).toBeNull()
    expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(P.EBADF)
    const either = ends.object(client, present(O.SSL_CTX_new(O.TLS_method())))
    expect(M.MULTISTREAM_get0_ssl(either, 0)).toBeNull()
    expect(plain.MULTISTREAM_read(either, { value: 0 }, Buffer.alloc(1))).toBe(-1)
    expect([M.MULTISTREAM_get_error(either), O.ERR_GET_REASON(O.ERR_get_error())]).toEqual([
      O.SSL_ERROR_SSL,
      O.SSL_R_CONNECTION_TYPE_NOT_SET,
    ])
    expect(() => M.MULTISTREAM_get0_ssl(either, -1)).toThrow(TypeError)
  })

  test('may do handshakes itself; who fails there is told of, and nothing hangs', async () => {
    const { s, clientSocket } = await ends.pair(2)
    for (const junk of ['not TLS at all', 'nor this'])
      clientSocket.sendmsg(Buffer.from(junk), { sndinfo: { snd_sid: 1 } })
    expect(await O.SSL_do_handshake(ssl(s, 1))).toBe(-1)
    O.ERR_clear_error()
    expect(await next(s)).toBe('1=-1')
    expect(M.MULTISTREAM_get_error(s)).toBe(O.SSL_ERROR_SSL)
    expect(plain.MULTISTREAM_read(s, { value: 0 }, Buffer.alloc(1))).toBe(-1)
    expect(M.MULTISTREAM_get_error(s)).toBe(O.SSL_ERROR_WANT_READ)
    expect(plain.MULTISTREAM_read(s, { value: 0 }, Buffer.alloc(0))).toBe(-1)
    expect([M.MULTISTREAM_get_error(s), P.errno()]).toEqual([O.SSL_ERROR_SYSCALL, P.EINVAL])
  })

  test('does not lose a message that its buffer has no room for', async () => {
    const { c, s } = await ends.pair(1)
    M.MULTISTREAM_set_plain(s, 0)
    await M.MULTISTREAM_send(c, 0, Buffer.from('eight...'))
    expect(await M.MULTISTREAM_recv(s, 0, Buffer.alloc(7))).toBe(-1)
    expect(P.errno()).toBe(EMSGSIZE)
    expect(await next(s)).toBe('0:eight...')
  })

  test('may move the messages itself, many records in one, cut anywhere', async () => {
    const wires = { toServer: [] as [number, Buffer][], toClient: [] as [number, Buffer][] }
    const end = (role: 'client' | 'server', out: [number, Buffer][], input: [number, Buffer][]) =>
      present(
        M.MULTISTREAM_new_callbacks(
          context(role),
          2,
          2,
          (sid, buf, last) => {
            const [first] = input
            if (first === undefined) {
              P.setErrno(P.EAGAIN)
              return -1
            }
            const [stream, bytes] = first
            const length = Math.min(bytes.length, 100)
            sid.value = stream
            buf.set(bytes.subarray(0, length))
            last.value = Number(length === bytes.length)
            if (last.value === 1) input.shift()
            else first[1] = bytes.subarray(length)
            return length
          },
          (sid, bytes) => {
            // As freeDiameter does: a flight is one message.
            const previous = out.at(-1)
            if (previous !== undefined && previous[0] === sid) previous[1] = Buffer.concat([previous[1], bytes])
            else out.push([sid, Buffer.from(bytes)])
            return bytes.length
          },
        ),
      )
    const [c, s] = [end('client', wires.toServer, wires.toClient), end('server', wires.toClient, wires.toServer)]
    expect(await shake({ c, s })).toEqual([1, 1])
    await say(c, 1, 'through callbacks')
    expect(await next(s)).toBe('1:through callbacks')
    M.MULTISTREAM_free(c)
    M.MULTISTREAM_free(s)
  })
})

describe('the end', () => {
  test('close_notify is told stream by stream', async () => {
    const { c, s } = await secured(2)
    expect(await O.SSL_shutdown(ssl(c, 1))).toBe(0)
    expect(await next(s)).toBe('1=0')
    expect(O.SSL_get_shutdown(ssl(s, 1))).toBe(O.SSL_RECEIVED_SHUTDOWN)
    await say(c, 0, 'goes on')
    expect(await next(s)).toBe('0:goes on')
    expect(await M.MULTISTREAM_shutdown(c)).toBe(0)
    expect([await M.MULTISTREAM_shutdown(s), await M.MULTISTREAM_shutdown(s)]).toEqual([0, 1])
    expect(await M.MULTISTREAM_shutdown(c)).toBe(1)
  })

  test('of the association needs no close_notify, and is no truncation', async () => {
    const { c, s, client } = await secured(2)
    await say(c, 0, 'last words')
    P.shutdown(client, P.SHUT_RDWR)
    expect(await next(s)).toBe('0:last words')
    expect(await next(s)).toBe('-1=0')
    expect(M.MULTISTREAM_get_error(s)).toBe(O.SSL_ERROR_ZERO_RETURN)
    const result = await O.SSL_read(ssl(s, 1), Buffer.alloc(1))
    expect([result, O.SSL_get_error(ssl(s, 1), result), P.errno(), errors()]).toEqual([0, O.SSL_ERROR_SYSCALL, 0, ''])
    expect(O.SSL_get_shutdown(ssl(s, 1)) & O.SSL_RECEIVED_SHUTDOWN).toBe(0)
    expect(await M.MULTISTREAM_shutdown(s)).toBe(1)
  })

  test('in the middle of a record is', async () => {
    const { c, s, client, clientSocket } = await secured(3)
    clientSocket.sendmsg(Buffer.from([23, 3, 3, 0, 100, 1, 2, 3]), { sndinfo: { snd_sid: 1 } })
    await say(c, 0, 'last words')
    P.shutdown(client, P.SHUT_RDWR)
    const told = [await next(s), await next(s), await next(s)]
    expect(told.sort()).toEqual(['-1=0', '0:last words', '1=-1'])
    const result = await O.SSL_read(ssl(s, 1), Buffer.alloc(1))
    expect(result).toBe(-1)
    expect(errors()).toBe('unexpected eof while reading')
    // Stream 2 was at the end of a record.
    expect(O.SSL_get_error(ssl(s, 2), await O.SSL_read(ssl(s, 2), Buffer.alloc(1)))).toBe(O.SSL_ERROR_SYSCALL)
  })

  test('in the middle of a record is told by SSL_read, for who reads stream by stream', async () => {
    const { s, client, clientSocket } = await secured(2)
    clientSocket.sendmsg(Buffer.from([23, 3, 3, 0, 100, 1, 2, 3]), { sndinfo: { snd_sid: 1 } })
    P.shutdown(client, P.SHUT_RDWR)
    const result = await O.SSL_read(ssl(s, 1), Buffer.alloc(1))
    expect(O.SSL_get_error(ssl(s, 1), result)).toBe(O.SSL_ERROR_SSL)
    expect(errors()).toBe('unexpected eof while reading')
  })

  test('by force is an error on every stream', async () => {
    const { s, clientSocket } = await secured(2)
    clientSocket.setLinger(0)
    clientSocket.close()
    expect(await next(s)).toBe('-1=-1')
    expect([M.MULTISTREAM_get_error(s), P.errno()]).toEqual([O.SSL_ERROR_SYSCALL, ECONNRESET])
    for (const sid of [0, 1]) {
      const result = await O.SSL_read(ssl(s, sid), Buffer.alloc(1))
      expect([result, O.SSL_get_error(ssl(s, sid), result), P.errno()]).toEqual([-1, O.SSL_ERROR_SYSCALL, ECONNRESET])
    }
    expect(await M.MULTISTREAM_shutdown(s)).toBe(-1)
  })
})

describe('a hostile peer', () => {
  test('harms the stream that it writes to, and no other', async () => {
    const { c, s, clientSocket } = await secured(4)
    const junk = [
      Buffer.from([23, 3, 3, 0, 40, ...Buffer.alloc(40)]),
      Buffer.from('GET / HTTP/1.1'),
      Buffer.alloc(9000),
    ]
    for (const [i, bytes] of junk.entries()) clientSocket.sendmsg(bytes, { sndinfo: { snd_sid: i } })
    const failed: string[] = []
    for (let i = 0; i < junk.length; i++) {
      failed.push(await next(s))
      expect(M.MULTISTREAM_get_error(s)).toBe(O.SSL_ERROR_SSL)
      expect(O.ERR_peek_error()).not.toBe(0)
      O.ERR_clear_error()
    }
    expect(failed).toEqual(['0=-1', '1=-1', '2=-1'])
    // What it sends there now is dropped.
    for (const [i, bytes] of junk.entries()) clientSocket.sendmsg(bytes, { sndinfo: { snd_sid: i } })
    await say(c, 3, 'unharmed')
    expect(await next(s)).toBe('3:unharmed')
    expect(s.streams.held).toBe(0)
  })

  test('cannot send TLS out of order', async () => {
    const { s, clientSocket } = await secured(2)
    const record = Buffer.from([23, 3, 3, 0, 40, ...Buffer.alloc(40)])
    clientSocket.sendmsg(record, { sndinfo: { snd_sid: 1, snd_flags: S.SCTP_UNORDERED } })
    expect(await next(s)).toBe('1=-1')
    expect([M.MULTISTREAM_get_error(s), P.errno()]).toEqual([O.SSL_ERROR_SYSCALL, P.EPROTO])
  })

  test('cannot slip in plaintext before an upgrade', async () => {
    const { c, s } = await ends.pair(1)
    for (const ms of [c, s]) M.MULTISTREAM_set_plain(ms, 0)
    await M.MULTISTREAM_send(c, 0, Buffer.from('STARTTLS'))
    await M.MULTISTREAM_send(c, 0, Buffer.from('RUN evil'))
    expect(await next(s)).toBe('0:STARTTLS')
    ssl(s, 0)
    expect(await next(s)).toBe('0=-1')
    expect(errors()).toBe('wrong version number')
  })

  test('fails one handshake, and the others are finished', async () => {
    const { c, s, clientSocket } = await ends.pair(3)
    clientSocket.sendmsg(Buffer.from('not TLS at all'), { sndinfo: { snd_sid: 1 } })
    await settle()
    const failed = { value: -1 }
    const calling = M.MULTISTREAM_do_handshake(c, null, [0, 2])
    expect(await M.MULTISTREAM_do_handshake(s, failed)).toBe(-1)
    expect([failed.value, M.MULTISTREAM_get_error(s), errors()]).toEqual([1, O.SSL_ERROR_SSL, 'wrong version number'])
    expect(await Promise.all([calling, M.MULTISTREAM_do_handshake(s, failed)])).toEqual([1, 1])
    expect(failed.value).toBe(-1)
    await say(c, 2, 'fine')
    expect(await next(s)).toBe('2:fine')
  })

  test('is not heard by a client on a pair that it has not begun', async () => {
    const { c, s, serverSocket } = await ends.pair(2)
    expect(await shake({ c, s }, [0])).toEqual([1, 1])
    serverSocket.sendmsg(Buffer.from('unasked'), { sndinfo: { snd_sid: 1 } })
    await say(s, 0, 'asked')
    expect(await next(c)).toBe('0:asked')
    expect([M.MULTISTREAM_pending(c), c.connections.size]).toEqual([0, 1])
  })
})

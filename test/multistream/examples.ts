import { afterEach, beforeEach, expect, test } from '@jest/globals'
import * as plainStyle from '../../lib/multistream.ts'
import * as M from '../../lib/multistream-promises.ts'
import * as O from '../../lib/promises.ts'
import { MSG_NOTIFICATION } from '../../lib/sctp.ts'
import * as P from '../../lib/socket.ts'
import type { SctpProvider, SctpSocket } from '../../lib/transport/sctp/provider.ts'
import { context, Ends, next, present, resumed, say, shake } from './ends.ts'

/** The four examples of RFC 3436 section 5, an association with two pairs of streams, on whichever SCTP. */
export function examples(provider: SctpProvider): void {
  let ends: Ends
  beforeEach(() => {
    ends = new Ends(provider)
  })
  afterEach(() => ends.close())

  test('5.1: two full handshakes at once', async () => {
    const { c, server, serverSocket } = await ends.pair(2)
    M.MULTISTREAM_set_resumption(c, 0)
    expect(plainStyle.MULTISTREAM_do_handshake(c)).toBe(-1)
    expect(M.MULTISTREAM_get_error(c)).toBe(O.SSL_ERROR_WANT_READ)
    // Both ClientHellos leave before anything is answered, each in a message of its own.
    expect(await arrived(server, serverSocket, 2)).toEqual(['0:22', '1:22'])
  })

  test('5.1: both connections carry data, and have nothing in common', async () => {
    const { c, s } = await ends.pair(2)
    M.MULTISTREAM_set_resumption(c, 0)
    expect(await shake({ c, s })).toEqual([1, 1])
    expect(resumed(c, 2)).toEqual([])
    const [zero, one] = [0, 1].map(sid => present(O.SSL_get_session(present(M.MULTISTREAM_get0_ssl(c, sid)))))
    expect(Buffer.from(present(zero ?? null).session.master).equals(present(one ?? null).session.master)).toBe(false)
    await say(c, 1, 'on one')
    expect(await next(s)).toBe('1:on one')
    await say(s, 0, 'on zero')
    expect(await next(c)).toBe('0:on zero')
  })

  test('5.2: a full handshake, then an abbreviated one; the first stream is used meanwhile', async () => {
    const { c, s } = await ends.pair(2)
    const order: string[] = []
    O.SSL_CTX_set_info_callback(c.ctx, (ssl, where) => {
      if (where !== O.SSL_CB_HANDSHAKE_START && where !== O.SSL_CB_HANDSHAKE_DONE) return
      const sid = [...c.connections].find(([, one]) => one === ssl)?.[0]
      order.push(`${where === O.SSL_CB_HANDSHAKE_START ? 'begins' : 'has done'} ${sid}`)
      if (order.length === 2) M.MULTISTREAM_write(c, 0, Buffer.from('meanwhile'))
    })
    const read = shake({ c, s }).then(async results => [results, await next(s)])
    expect(await read).toEqual([[1, 1], '0:meanwhile'])
    expect(order).toEqual(['begins 0', 'has done 0', 'begins 1', 'has done 1'])
    expect([resumed(c, 2), resumed(s, 2)]).toEqual([[1], [1]])
  })

  test.each(['session ids', 'tickets'])(
    '5.3: an abbreviated handshake when the stream is first used, by %s',
    async by => {
      const server = context('server', ctx => {
        if (by === 'session ids') O.SSL_CTX_set_options(ctx, O.SSL_OP_NO_TICKET)
      })
      const { c, s } = await ends.pair(2, { server })
      expect(await shake({ c, s }, [0])).toEqual([1, 1])
      await say(c, 0, 'first')
      expect(await next(s)).toBe('0:first')
      expect([...c.connections.keys()]).toEqual([0])
      // Neither side is told: the client writes, the server finds out when it reads.
      const [written, read] = await Promise.all([say(c, 1, 'later'), next(s)])
      expect([written, read]).toEqual([5, '1:later'])
      expect([resumed(c, 2), resumed(s, 2)]).toEqual([[1], [1]])
    },
  )

  test('5.4: abbreviated handshakes on both, by a session of another association', async () => {
    const [client, server] = [context('client'), context('server')]
    const first = await ends.pair(1, { client, server })
    expect(await shake(first)).toEqual([1, 1])
    const session = present(O.SSL_get1_session(present(M.MULTISTREAM_get0_ssl(first.c, 0))))
    const second = await ends.pair(2, { client, server })
    M.MULTISTREAM_set_session(second.c, session)
    O.SSL_SESSION_free(session)
    expect(plainStyle.MULTISTREAM_do_handshake(second.c)).toBe(-1)
    expect(second.c.connections.size).toBe(2)
    expect(await shake(second)).toEqual([1, 1])
    expect([resumed(second.c, 2), resumed(second.s, 2)]).toEqual([
      [0, 1],
      [0, 1],
    ])
    await say(second.s, 1, 'resumed')
    expect(await next(second.c)).toBe('1:resumed')
  })

  test('TLS_RSA_WITH_AES_128_CBC_SHA, which section 4.1 requires', async () => {
    const rsa = 'test/vectors/certificates/rsa'
    const only = (ctx: O.SSL_CTX) => {
      O.SSL_CTX_set_cipher_list(ctx, 'AES128-SHA')
      O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_NONE, null)
    }
    const server = context('server', ctx => {
      only(ctx)
      O.SSL_CTX_use_certificate_chain_file(ctx, `${rsa}.pem`)
      O.SSL_CTX_use_PrivateKey_file(ctx, `${rsa}.key.pem`, O.SSL_FILETYPE_PEM)
    })
    const { c, s } = await ends.pair(2, { client: context('client', only), server })
    expect(await shake({ c, s })).toEqual([1, 1])
    expect(O.SSL_get_cipher(present(M.MULTISTREAM_get0_ssl(s, 1)))).toBe('AES128-SHA')
  })
}

/** The next messages, as the stream and the type of each record in them. */
async function arrived(fd: number, socket: SctpSocket, count: number): Promise<string[]> {
  const messages: string[] = []
  const buffer = Buffer.alloc(65536)
  while (messages.length < count) {
    await P.poll([{ fd, events: P.POLLIN, revents: 0 }], 1, 20_000)
    const got = socket.recvmsg(buffer)
    if (typeof got === 'number') throw new Error(`${P.errnoName(-got)} behind ${messages}`)
    if ((got.flags & MSG_NOTIFICATION) !== 0) continue
    const types: number[] = []
    for (let at = 0; at < got.length; at += 5 + buffer.readUInt16BE(at + 3)) types.push(buffer.readUInt8(at))
    messages.push(`${got.rcvinfo?.rcv_sid}:${types}`)
  }
  return messages
}

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as plain from '../../../lib/index.ts'
import * as ssl from '../../../lib/promises.ts'
import * as S from '../../../lib/sctp.ts'
import * as P from '../../../lib/socket.ts'
import { openDescriptor } from '../../../lib/transport/descriptors.ts'
import { SctpDescriptor } from '../../../lib/transport/posix/sctp-socket.ts'
import { createLoopbackProvider } from '../../../lib/transport/sctp/loopback.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { context, Ends, present, secured } from '../../sctp/rfc6083/ends.ts'

// DTLS over SCTP. Each test is named after the thread in which somebody else paid for it.

const provider = createLoopbackProvider()
let ends: Ends

beforeEach(() => {
  ends = new Ends(provider)
  ssl.ERR_clear_error()
})
afterEach(() => ends.close())

/** What a socket is told about keys, and the records of the end of a handshake on their way through it. */
class Watched {
  readonly log: string[] = []
  readonly keys: Buffer[] = []

  constructor(socket: SctpSocket) {
    const real = { setOption: socket.setOption, sendmsg: socket.sendmsg, recvmsg: socket.recvmsg }
    Object.assign(socket, {
      setOption: (name: S.SctpOption, value: object) => {
        this.#option(name, new Map(Object.entries(value)))
        return Reflect.apply(real.setOption, socket, [name, value])
      },
      sendmsg: (data: Uint8Array, how: unknown) => {
        this.#record('sends', data)
        return Reflect.apply(real.sendmsg, socket, [data, how])
      },
      recvmsg: (into: Uint8Array, flags: unknown) => {
        const got = Reflect.apply(real.recvmsg, socket, [into, flags])
        if (typeof got === 'object' && (got.flags & S.MSG_NOTIFICATION) === 0) this.#record('reads', into)
        return got
      },
    })
  }

  #option(name: number, value: ReadonlyMap<string, unknown>): void {
    if (name === S.SCTP_AUTH_KEY) {
      this.log.push(`adds key ${value.get('sca_keynumber')}`)
      const key = value.get('sca_key')
      if (key instanceof Uint8Array) this.keys.push(Buffer.from(key))
    }
    const key = value.get('scact_keynumber')
    if (name === S.SCTP_AUTH_ACTIVE_KEY) this.log.push(`uses key ${key}`)
    if (name === S.SCTP_AUTH_DEACTIVATE_KEY) this.log.push(`puts key ${key} away`)
  }

  #record(how: 'sends' | 'reads', record: Uint8Array): void {
    const [type, , , , epoch] = record
    if (type === 20) this.log.push(`${how} ChangeCipherSpec`)
    if (type === 22 && epoch === 1) this.log.push(`${how} Finished`)
  }
}

type Contexts = { readonly client: ssl.SSL_CTX; readonly server: ssl.SSL_CTX }
const contexts = (configure: (ctx: ssl.SSL_CTX) => void = () => {}): Contexts => ({
  client: context('client', configure),
  server: context('server', configure),
})

async function shaken(ctx: Contexts, session: ssl.SSL_SESSION | null = null) {
  const association = await ends.associate()
  const watched = { client: new Watched(association.clientSocket), server: new Watched(association.serverSocket) }
  const c = ends.connection(association.client, ctx.client, con => {
    if (session !== null) ssl.SSL_set_session(con, session)
  })
  const s = ends.connection(association.server, ctx.server)
  expect(await Promise.all([ssl.SSL_connect(c), ssl.SSL_accept(s)])).toEqual([1, 1])
  return { ...association, c, s, watched }
}

const readText = async (con: ssl.SSL) => {
  const buf = Buffer.alloc(100)
  return buf.toString('latin1', 0, Math.max(0, await ssl.SSL_read(con, buf)))
}

describe('openssl/openssl#7956: the label of the exporter', () => {
  test.each([
    ['without a zero byte, as the RFC has it', 0, 'EXPORTER_DTLS_OVER_SCTP'],
    [
      'with one, where the mode of old OpenSSL is set',
      ssl.SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG,
      'EXPORTER_DTLS_OVER_SCTP\0',
    ],
  ])('%s', async (_, mode, label) => {
    const { c, watched } = await shaken(contexts(ctx => void ssl.SSL_CTX_set_mode(ctx, mode)))
    const key = Buffer.alloc(64)
    expect(ssl.SSL_export_keying_material(c, key, 64, label, label.length, null, 0, 0)).toBe(1)
    expect([...watched.client.keys, ...watched.server.keys]).toEqual([key, key])
  })
})

describe('openssl/openssl#28998: keys around Finished (RFC 6083 section 4.8)', () => {
  /** The side whose Finished is the first. */
  const first = [
    'adds key 1',
    'sends ChangeCipherSpec',
    'uses key 1',
    'sends Finished',
    'reads ChangeCipherSpec',
    'reads Finished',
    'puts key 0 away',
  ]
  /** The other: the former key is of use until its own Finished goes. */
  const second = [
    'adds key 1',
    'reads ChangeCipherSpec',
    'reads Finished',
    'sends ChangeCipherSpec',
    'uses key 1',
    'puts key 0 away',
    'sends Finished',
  ]

  test('a full handshake: the client is the first', async () => {
    const { watched } = await shaken(contexts())
    expect(watched.client.log).toEqual(first)
    expect(watched.server.log).toEqual(second)
  })

  test('an abbreviated one: the server is', async () => {
    const ctx = contexts()
    const { c } = await shaken(ctx)
    const again = await shaken(ctx, present(ssl.SSL_get1_session(c)))
    expect(ssl.SSL_session_reused(again.s)).toBe(1)
    expect(again.watched.server.log).toEqual(first)
    expect(again.watched.client.log).toEqual(second)
  })
})

describe('openssl/openssl#4763: an alert during the wait for everything to be acknowledged', () => {
  test('ends the wait: the client hears why', async () => {
    const { client, server } = await ends.associate()
    const c = ends.connection(client, context('client'))
    const s = ends.connection(
      server,
      // A fatal alert as soon as there is a certificate of the client to be judged, which comes before its ChangeCipherSpec.
      context('server', ctx => {
        ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, () => 0)
      }),
    )
    const [connected, accepted] = await Promise.all([ssl.SSL_connect(c), ssl.SSL_accept(s)])
    expect([connected, accepted]).toEqual([-1, -1])
    expect(ssl.SSL_get_error(c, connected)).toBe(ssl.SSL_ERROR_SSL)
    const reasons: number[] = []
    for (let code = ssl.ERR_get_error(); code !== 0; code = ssl.ERR_get_error()) reasons.push(ssl.ERR_GET_REASON(code))
    expect(reasons).toContain(ssl.SSL_R_TLSV1_ALERT_INTERNAL_ERROR)
  })
})

describe('openssl/openssl#5084: the end waits for nothing that is of no use', () => {
  test('data of the peer that came early hangs neither the handshake nor the close', async () => {
    const { c, s } = await secured(ends)
    for (const word of ['one', 'two']) await ssl.SSL_write(s, Buffer.from(word))
    expect(await ssl.SSL_shutdown(c)).toBe(0)
    expect([await readText(c), await readText(c)]).toEqual(['one', 'two'])
    expect(await readText(s)).toBe('')
    expect([await ssl.SSL_shutdown(s), await ssl.SSL_shutdown(c)]).toEqual([1, 1])
  })

  test('whoever has sent nothing since closes at once', async () => {
    const { c, s } = await secured(ends)
    await ssl.SSL_write(c, Buffer.from('x'))
    expect(await readText(s)).toBe('x')
    await ssl.SSL_write(s, Buffer.from('y'))
    expect(await readText(c)).toBe('y')
    // By now the answer has acknowledged what the client sent.
    expect(plain.BIO_dgram_sctp_wait_for_dry(present(ssl.SSL_get_rbio(c)))).toBe(1)
    expect(plain.SSL_shutdown(c)).toBe(0)
  })
})

describe('openssl/openssl#3723: control numbers of an SCTP BIO', () => {
  test('none is taken for another, nor by BIOs of another kind', () => {
    const numbers = Object.entries(ssl).filter(([name]) => /^BIO_CTRL_DGRAM_/.test(name))
    expect(numbers.filter(([name]) => name.includes('_SCTP_'))).toHaveLength(13)
    expect(new Set(numbers.map(([, number]) => number)).size).toBe(numbers.length)
    const memory = present(ssl.BIO_new(ssl.BIO_s_mem()))
    for (const [name, number] of numbers)
      if (name.includes('_SCTP_') && typeof number === 'number')
        expect([name, ssl.BIO_ctrl(memory, number, 0)]).toEqual([name, 0])
  })
})

describe('nplab/DTLS-Examples#15: a system where SCTP-AUTH is switched off', () => {
  /** A socket of such a system. @param permitted - it may be switched on for a socket (Linux 5.4 and later) */
  function withoutAuthentication(permitted: boolean): number {
    const socket = provider.open(P.AF_INET, P.SOCK_STREAM)
    if (typeof socket === 'number') throw new Error(P.errnoName(-socket))
    const real = socket.setOption
    let on = false
    Object.assign(socket, {
      setOption: (name: S.SctpOption, value: object) => {
        if (name === S.SCTP_AUTH_SUPPORTED && !permitted) return -P.EPERM
        if (name === S.SCTP_AUTH_SUPPORTED) on = true
        if (name === S.SCTP_AUTH_CHUNK && !on) return -P.EACCES
        return name === S.SCTP_AUTH_SUPPORTED ? 0 : Reflect.apply(real, socket, [name, value])
      },
    })
    return openDescriptor(new SctpDescriptor(socket))
  }

  test('the error says what to do', () => {
    const fd = withoutAuthentication(false)
    expect(ssl.BIO_new_dgram_sctp(fd, ssl.BIO_CLOSE)).toBeNull()
    const data: ssl.Out<string> = { value: '' }
    const code = ssl.ERR_get_error_all(null, null, null, data, null)
    expect([ssl.ERR_GET_LIB(code), ssl.ERR_GET_REASON(code)]).toEqual([ssl.ERR_LIB_BIO, ssl.ERR_R_SYS_LIB])
    expect(data.value).toBe('Ensure SCTP AUTH chunks are enabled in kernel (EACCES: sysctl net.sctp.auth_enable=1)')
    // It was not taken over: the descriptor is the program's to close.
    expect(P.close(fd)).toBe(0)
  })

  test('it is switched on for the socket where that is permitted, and there is no error', () => {
    const fd = withoutAuthentication(true)
    const bio = present(ssl.BIO_new_dgram_sctp(fd, ssl.BIO_CLOSE))
    expect(ssl.ERR_peek_error()).toBe(0)
    ssl.BIO_free(bio)
    expect(P.close(fd)).toBe(-1)
  })
})

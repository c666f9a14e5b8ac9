import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as plain from '../../../lib/index.ts'
import * as O from '../../../lib/promises.ts'
import * as S from '../../../lib/sctp.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { Openssl } from '../../interop/openssl.ts'
import { receiveAll, STREAMS, sendAll } from '../rfc6083/conversation.ts'
import { context, Ends, errors, present, socketOf } from '../rfc6083/ends.ts'
import { OPENSSL_PEER, OPENSSL_VARIABLE } from './openssl.ts'
import { describeKernel } from './stage.ts'

/** DTLS over SCTP with the program of an OpenSSL that has SCTP. */

const openssl = process.env[OPENSSL_VARIABLE]
const program = join(openssl ?? '', 'bin', 'openssl')
const file = (name: string) => join('test', 'vectors', 'certificates', `${name}.pem`)
const identity = (name: string) => ['-cert', file(name), '-key', file(`${name}.key`)]
const TRUST = ['-CAfile', file('authority'), '-verify_return_error']
const DTLS = ['-dtls1_2', '-sctp', '-4']
/** Milliseconds: whatever a program says, it says it before. */
const PATIENCE = 60_000
/** What the program in C sends and gets, each way. */
const MESSAGES = Number(process.env.SCTP_OPENSSL_MESSAGES ?? 2000)
const RENEGOTIATIONS = 3

interface Peer {
  /** Our connection, its descriptor and the other end. */
  readonly ssl: O.SSL
  readonly fd: number
  readonly process: Openssl
}

let ends = new Ends(kernelSctp, STREAMS)
const processes: Openssl[] = []
let lines = 0
afterEach(async () => {
  ends.close()
  ends = new Ends(kernelSctp, STREAMS)
  for (const process of processes.splice(0)) await process.stop()
})

describeKernel('OpenSSL over SCTP', () => {
  const live = openssl === undefined ? describe.skip : describe

  live('its server, our client', () => {
    long('a handshake, data both ways; we close', async () => {
      const { ssl, fd, process } = await withServer([], context('client', verifying))
      expect([O.SSL_get_version(ssl), O.SSL_get_verify_result(ssl)]).toEqual(['DTLSv1.2', O.X509_V_OK])
      expect(activeKey(fd)).toBe(1)
      await exchange({ ssl, fd, process })
      expect(await O.SSL_shutdown(ssl)).toBe(0)
      await process.prints(/^DONE/m, PATIENCE)
      expect(await O.SSL_shutdown(ssl)).toBe(1)
    })

    long(
      'it goes away without a close_notify: what it said last is read, then that the association has ended',
      async () => {
        const peer = await withServer()
        // libssl's program closes its socket before it shuts down.
        peer.process.type('last\n')
        expect(await line(peer)).toBe('last\n')
        peer.process.type('Q\n')
        expect(await O.SSL_read(peer.ssl, Buffer.alloc(100))).toBe(0)
        expect(O.SSL_get_error(peer.ssl, 0)).toBe(O.SSL_ERROR_SYSCALL)
      },
    )

    test.each([
      ['ticket', []],
      ['id', ['-no_ticket']],
    ])(
      'a session is resumed by %s',
      async (_, args) => {
        const { port, process } = await startServer(args)
        const first = await toServer(port, process)
        await exchange(first)
        const session = present(O.SSL_get1_session(first.ssl))
        await O.SSL_shutdown(first.ssl)
        await O.SSL_shutdown(first.ssl)
        const second = await toServer(port, process, context('client'), session)
        expect([O.SSL_session_reused(second.ssl), activeKey(second.fd)]).toEqual([1, 1])
        await exchange(second)
      },
      PATIENCE,
    )

    long('it asks for our certificate', async () => {
      const peer = await withServer(['-Verify', '1', ...TRUST])
      await peer.process.prints(/verify return:1/, PATIENCE)
      await exchange(peer)
    })

    long('with the label of old OpenSSL on both sides', async () => {
      await exchange(await withServer(['-sctp_label_bug'], context('client', oldLabel)))
    })

    long('it renegotiates, twice, with a certificate asked for', async () => {
      const peer = await withServer(TRUST)
      for (const [round, command] of ['r', 'R'].entries()) {
        peer.process.type(`${command}\n`)
        await renewed(peer, round + 2)
        await exchange(peer)
      }
    })

    for (const ask of [O.SSL_renegotiate, O.SSL_renegotiate_abbreviated])
      long(`we renegotiate: ${ask.name}`, async () => {
        const peer = await withServer(['-client_renegotiation'])
        expect(ask(peer.ssl)).toBe(1)
        await renewed(peer, 2)
        expect(O.SSL_session_reused(peer.ssl)).toBe(Number(ask === O.SSL_renegotiate_abbreviated))
        await exchange(peer)
      })
  })

  live('its client, our server', () => {
    long('a handshake, data both ways; we close', async () => {
      const peer = await withClient(TRUST)
      expect([O.SSL_get_version(peer.ssl), activeKey(peer.fd)]).toEqual(['DTLSv1.2', 1])
      await exchange(peer)
      await peer.process.prints(/Verify return code: 0 \(ok\)/, PATIENCE)
      expect(await O.SSL_shutdown(peer.ssl)).toBe(0)
      expect(await O.SSL_shutdown(peer.ssl)).toBe(1)
      await peer.process.ends()
    })

    long('it closes: what it said last is read first', async () => {
      const peer = await withClient()
      peer.process.type('last\n')
      expect(await line(peer)).toBe('last\n')
      peer.process.type('Q\n')
      expect(await O.SSL_read(peer.ssl, Buffer.alloc(100))).toBe(0)
      expect(O.SSL_get_error(peer.ssl, 0)).toBe(O.SSL_ERROR_ZERO_RETURN)
      expect(await O.SSL_shutdown(peer.ssl)).toBe(1)
      await peer.process.ends()
    })

    for (const tickets of [true, false])
      long(`a session is resumed by ${tickets ? 'ticket' : 'id'}`, async () => {
        const ctx = context('server', ctx => void (tickets || O.SSL_CTX_set_options(ctx, O.SSL_OP_NO_TICKET)))
        const kept = join(tmpdir(), `sctp-session-${process.pid}-${tickets}`)
        const first = await withClient(['-sess_out', kept], ctx)
        await exchange(first)
        first.process.type('Q\n')
        await O.SSL_shutdown(first.ssl)
        await first.process.ends()
        const second = await withClient(['-sess_in', kept], ctx)
        await second.process.prints(/^Reused, /m, PATIENCE)
        expect([O.SSL_session_reused(second.ssl), activeKey(second.fd)]).toEqual([1, 1])
        await exchange(second)
      })

    long('we ask for its certificate', async () => {
      const ctx = context('server', verifying)
      const peer = await withClient(identity('client'), ctx)
      expect(O.SSL_get_verify_result(peer.ssl)).toBe(O.X509_V_OK)
      expect(O.SSL_get1_peer_certificate(peer.ssl)).not.toBeNull()
      await exchange(peer)
    })

    long('with the label of old OpenSSL on both sides', async () => {
      await exchange(await withClient(['-sctp_label_bug'], context('server', oldLabel)))
    })

    long('it renegotiates, twice', async () => {
      const peer = await withClient([], renegotiable())
      for (const round of [2, 3]) {
        peer.process.type('R\n')
        await renewed(peer, round)
        await exchange(peer)
      }
    })

    long('we renegotiate', async () => {
      const peer = await withClient()
      expect(O.SSL_renegotiate(peer.ssl)).toBe(1)
      await renewed(peer, 2)
      await exchange(peer)
    })
  })

  live(
    `its libssl: ${MESSAGES} messages each way on ${STREAMS} streams while it goes through ${RENEGOTIATIONS} renegotiations`,
    () => {
      for (const weAsk of [true, false]) {
        const which = weAsk ? 'that we ask for' : 'that it asks for'
        const amount = [String(MESSAGES), String(STREAMS), String(weAsk ? 0 : RENEGOTIATIONS)]

        longer(`${which}, from our client`, async () => {
          const process = startedPeer(['server', ...amount])
          const [, port = ''] = await process.prints(/^port (\d+)/m, PATIENCE)
          const { ssl, fd } = await toServer(Number(port), process)
          await converse(fd, ssl, process, weAsk)
        })

        longer(`${which}, from our server`, async () => {
          const { port, accept } = ends.listen()
          const process = startedPeer(['client', String(port), ...amount])
          const { ssl, fd } = await fromClient(await accept(), process, renegotiable())
          await converse(fd, ssl, process, weAsk)
        })
      }
    },
  )
})

/** Our side of the program in C: the same messages from us, the same checks of what comes. */
async function converse(fd: number, ssl: O.SSL, process: Openssl, weAsk: boolean): Promise<void> {
  await Promise.all([receiveAll(ssl, MESSAGES), sendAll(ssl, MESSAGES, weAsk ? RENEGOTIATIONS : 0)])
  expect(await O.SSL_read(ssl, Buffer.alloc(1))).toBe(0)
  expect(O.SSL_get_error(ssl, 0)).toBe(O.SSL_ERROR_ZERO_RETURN)
  expect(activeKey(fd)).toBe(1 + RENEGOTIATIONS)
  expect(await O.SSL_shutdown(ssl)).toBe(1)
  expect(await process.ends()).toMatch(new RegExp(`done ${MESSAGES}\nshutdown 0\nshutdown 1\n$`))
}

function long(name: string, run: () => Promise<void>): void {
  test(name, run, 2 * PATIENCE)
}

/** For what a slow machine computes minutes of. */
function longer(name: string, run: () => Promise<void>): void {
  test(name, run, 5 * PATIENCE)
}

function verifying(ctx: O.SSL_CTX): void {
  O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER | O.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
}

function renegotiable(): O.SSL_CTX {
  return context('server', ctx => void O.SSL_CTX_set_options(ctx, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION))
}

function oldLabel(ctx: O.SSL_CTX): void {
  O.SSL_CTX_set_mode(ctx, O.SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG)
}

function started(args: readonly string[]): Openssl {
  const process = new Openssl([...args, ...DTLS], { LD_LIBRARY_PATH: join(openssl ?? '', 'lib') }, program)
  processes.push(process)
  return process
}

function startedPeer(args: readonly string[]): Openssl {
  const certificate = { PEER_CERTIFICATE: file('p256'), PEER_KEY: file('p256.key') }
  const process = new Openssl(args, certificate, OPENSSL_PEER)
  processes.push(process)
  return process
}

async function startServer(args: readonly string[]): Promise<{ port: number; process: Openssl }> {
  const process = started(['s_server', '-accept', '127.0.0.1:0', ...identity('p256'), ...args])
  const [, port = ''] = await process.prints(/^ACCEPT .*:(\d+)/m, PATIENCE)
  return { port: Number(port), process }
}

async function withServer(args: readonly string[] = [], ctx = context('client')): Promise<Peer> {
  const { port, process } = await startServer(args)
  return toServer(port, process, ctx)
}

async function toServer(
  port: number,
  process: Openssl,
  ctx = context('client'),
  session: O.SSL_SESSION | null = null,
): Promise<Peer> {
  const fd = await ends.connect(port)
  const ssl = ends.connection(fd, ctx, ssl => void (session && O.SSL_set_session(ssl, session)))
  if ((await O.SSL_connect(ssl)) !== 1) throw new Error(`${errors()}\n${process.output}`)
  return { ssl, fd, process }
}

async function withClient(args: readonly string[] = [], ctx = context('server')): Promise<Peer> {
  const { port, accept } = ends.listen()
  const process = started(['s_client', '-connect', `127.0.0.1:${port}`, ...args])
  return fromClient(await accept(), process, ctx)
}

async function fromClient(fd: number, process: Openssl, ctx: O.SSL_CTX): Promise<Peer> {
  const ssl = ends.connection(fd, ctx)
  if ((await O.SSL_accept(ssl)) !== 1) throw new Error(`${errors()}\n${process.output}`)
  return { ssl, fd, process }
}

/** A line each way, of which there has been none like it. */
async function exchange(peer: Peer): Promise<void> {
  const text = `line ${++lines}`
  await O.SSL_write(peer.ssl, Buffer.from(`${text} of ours\n`))
  await peer.process.prints(new RegExp(`${text} of ours`), PATIENCE)
  peer.process.type(`${text} of theirs\n`)
  expect(await line(peer)).toBe(`${text} of theirs\n`)
}

async function line({ ssl, process }: Peer): Promise<string> {
  const buf = Buffer.alloc(1000)
  const length = await O.SSL_read(ssl, buf)
  if (length <= 0) throw new Error(`${O.SSL_get_error(ssl, length)} ${errors()}\n${process.output}`)
  return buf.toString('latin1', 0, length)
}

/** Handshakes until the association has this key in use, and the handshake is over. */
async function renewed({ ssl, fd }: Peer, key: number): Promise<void> {
  while (activeKey(fd) !== key || O.SSL_renegotiate_pending(ssl) === 1 || O.SSL_in_init(ssl) === 1) {
    if (plain.SSL_do_handshake(ssl) === 1) expect(plain.SSL_read(ssl, Buffer.alloc(1))).toBe(-1)
    await sleep(5)
  }
}

function activeKey(fd: number): number {
  const active = socketOf(fd).getOption(S.SCTP_AUTH_ACTIVE_KEY)
  return typeof active === 'number' ? active : active.scact_keynumber
}

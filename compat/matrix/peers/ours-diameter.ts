import { setTimeout as sleep } from 'node:timers/promises'
import * as ssl from 'openssl-shim/promises'
import * as posix from 'openssl-shim/socket'
import * as M from '../../../lib/multistream-promises.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { Ends, present } from '../../../test/multistream/ends.ts'
import {
  answerTo,
  CER,
  type Diameter,
  DPR,
  DWR,
  headerOf,
  request,
  resultOf,
} from '../../../test/multistream/freediameter.ts'
import type { Role } from '../settings.ts'
import type { Hands } from './driven.ts'

/** Our side of a run with freeDiameter: every stream is secured, capabilities are exchanged, and it is ended in order. */
export async function talkDiameter(
  diameter: Diameter,
  role: Role,
  port: number,
  streams: number,
  tell: Hands['tell'],
): Promise<void> {
  const ends = new Ends(kernelSctp)
  let fd = -1
  try {
    fd = await (role === 'client' ? call(ends, port, streams) : beCalled(ends, port, streams, tell))
    const ms = ends.object(fd, context(diameter, role))
    must((await M.MULTISTREAM_do_handshake(ms)) === 1, 'MULTISTREAM_do_handshake')
    tell('connection 1')
    tell(`version ${ssl.SSL_get_version(present(M.MULTISTREAM_get0_ssl(ms, 0)))}`)
    tell(`resumedstreams ${resumed(ms).join()}`)
    tell('done')
    if (role === 'client') await ask(ms, streams)
    else await answer(ms, diameter)
    await M.MULTISTREAM_write(ms, 0, request(DPR, 99))
    expectSuccess(await receiveOther(ms), DPR)
    await M.MULTISTREAM_shutdown(ms)
    // It does not send close_notify on every stream: the end of the association does.
    must((await M.MULTISTREAM_shutdown(ms)) === 1, 'MULTISTREAM_shutdown')
  } finally {
    ends.close()
    if (role === 'server' && fd !== -1) posix.close(fd)
  }
}

const LOOPBACK = { sin_family: posix.AF_INET, sin_addr: { s_addr: posix.htonl(posix.INADDR_LOOPBACK) } }
/** Milliseconds for what an emulated machine does. */
const LONG = 60_000

/** It may take its time to listen. */
async function call(ends: Ends, port: number, streams: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const fd = ends.socket({ outbound: streams, inbound: streams })
    posix.connect(fd, { ...LOOPBACK, sin_port: posix.htons(port) })
    await posix.poll([{ fd, events: posix.POLLOUT, revents: 0 }], 1, LONG)
    const error = { value: 0 }
    posix.getsockopt(fd, posix.SOL_SOCKET, posix.SO_ERROR, error)
    if (error.value === 0) return fd
    ends.closeSocket(fd)
    await sleep(500)
  }
  throw new Error('nobody listens')
}

async function beCalled(ends: Ends, port: number, streams: number, tell: Hands['tell']): Promise<number> {
  const listener = ends.socket({ outbound: streams, inbound: streams })
  must(posix.bind(listener, { ...LOOPBACK, sin_port: posix.htons(port) }) === 0, 'bind')
  must(posix.listen(listener, 5) === 0, 'listen')
  tell('ready')
  await posix.poll([{ fd: listener, events: posix.POLLIN, revents: 0 }], 1, LONG)
  return posix.accept(listener)
}

/** Verifies the peer, and knows sessions by ids, as it does. */
function context(diameter: Diameter, role: Role): ssl.SSL_CTX {
  const ctx = present(ssl.SSL_CTX_new(role === 'client' ? ssl.TLS_client_method() : ssl.TLS_server_method()))
  must(ssl.SSL_CTX_use_certificate_chain_file(ctx, diameter.file('ours.pem')) === 1, 'certificate')
  must(ssl.SSL_CTX_use_PrivateKey_file(ctx, diameter.file('ours.key'), ssl.SSL_FILETYPE_PEM) === 1, 'key')
  must(ssl.SSL_CTX_load_verify_file(ctx, diameter.file('ca.pem')) === 1, 'authority')
  ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
  ssl.SSL_CTX_set_session_id_context(ctx, Buffer.from('diameter'), 8)
  ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_TICKET)
  return ctx
}

function resumed(ms: M.MULTISTREAM): number[] {
  const pairs = Array.from({ length: M.MULTISTREAM_get_pairs(ms) }, (_, sid) => sid)
  return pairs.filter(sid => ssl.SSL_session_reused(present(M.MULTISTREAM_get0_ssl(ms, sid))) === 1)
}

/** Capabilities on the first stream, a watchdog's request on the last. */
async function ask(ms: M.MULTISTREAM, streams: number): Promise<void> {
  await M.MULTISTREAM_write(ms, 0, request(CER, 1))
  expectSuccess(await receiveOther(ms), CER)
  await M.MULTISTREAM_write(ms, streams - 1, request(DWR, 2))
  expectSuccess(await receiveOther(ms), DWR)
}

async function answer(ms: M.MULTISTREAM, diameter: Diameter): Promise<void> {
  const { message } = await receive(ms)
  must(headerOf(message).code === CER, 'the first message is no CER')
  await M.MULTISTREAM_write(ms, 0, answerTo(message))
  // What is said before it has taken the answer in, it does not expect.
  await diameter.says(/STATE_OPEN/)
}

interface Received {
  readonly sid: number
  readonly message: Buffer
}

async function receive(ms: M.MULTISTREAM): Promise<Received> {
  const [sid, buffer] = [{ value: 0 }, Buffer.alloc(16_384)]
  const length = await M.MULTISTREAM_read(ms, sid, buffer)
  const error = ssl.ERR_peek_error()
  const why = error === 0 ? `errno ${ssl.errno()}` : ssl.ERR_error_string(error)
  must(length > 0, `stream ${sid.value} has ended: ${why}`)
  return { sid: sid.value, message: Buffer.from(buffer.subarray(0, length)) }
}

/** The next message that is not a request of its watchdog; that is answered. */
async function receiveOther(ms: M.MULTISTREAM): Promise<Received> {
  for (;;) {
    const got = await receive(ms)
    const { code, request: asks } = headerOf(got.message)
    if (code !== DWR || !asks) return got
    await M.MULTISTREAM_write(ms, got.sid, answerTo(got.message))
  }
}

function expectSuccess({ message }: Received, code: number): void {
  must(headerOf(message).code === code && resultOf(message) === 2001, `no success of command ${code}`)
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

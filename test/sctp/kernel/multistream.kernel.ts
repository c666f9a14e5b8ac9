import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import * as M from '../../../lib/multistream-promises.ts'
import * as O from '../../../lib/promises.ts'
import * as P from '../../../lib/socket.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { Ends, present } from '../../multistream/ends.ts'
import { examples } from '../../multistream/examples.ts'
import {
  answerTo,
  CER,
  Diameter,
  DPR,
  DWR,
  headerOf,
  request,
  resultOf,
  withoutFreeDiameter,
} from '../../multistream/freediameter.ts'
import { describeKernel } from './stage.ts'

const STREAMS = 3
const LOOPBACK = { sin_family: P.AF_INET, sin_addr: { s_addr: P.inet_addr('127.0.0.1') } }
/** Milliseconds for what an emulated machine does. */
const LONG = 120_000

describeKernel("TLS over the streams of the kernel's SCTP", () => examples(kernelSctp))

/** freeDiameter puts a flight of several records into one message, and resumes on all streams but the first. */
describeKernel('freeDiameter over the streams of an association', () => {
  const live = withoutFreeDiameter === null ? test : test.skip
  if (withoutFreeDiameter !== null) console.log(`SKIPPED: ${withoutFreeDiameter}`)
  let ends: Ends
  let diameter: Diameter
  beforeEach(() => {
    ends = new Ends(kernelSctp)
    diameter = new Diameter()
  })
  afterEach(async () => {
    ends.close()
    await diameter.stop()
  })

  function bound(fd: number): number {
    P.bind(fd, { ...LOOPBACK, sin_port: 0 })
    const address: P.sockaddr = {}
    P.getsockname(fd, address)
    return P.ntohs(address.sin_port ?? 0)
  }

  /** A port that nobody has now. */
  function freePort(): number {
    const fd = ends.socket()
    const port = bound(fd)
    ends.closeSocket(fd)
    return port
  }

  /** Verifies the peer, and knows sessions by ids, as it does. */
  function context(method: O.SSL_METHOD): O.SSL_CTX {
    const ctx = present(O.SSL_CTX_new(method))
    expect(O.SSL_CTX_use_certificate_chain_file(ctx, diameter.file('ours.pem'))).toBe(1)
    expect(O.SSL_CTX_use_PrivateKey_file(ctx, diameter.file('ours.key'), O.SSL_FILETYPE_PEM)).toBe(1)
    O.SSL_CTX_load_verify_file(ctx, diameter.file('ca.pem'))
    O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER | O.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
    O.SSL_CTX_set_session_id_context(ctx, Buffer.from('diameter'), 8)
    O.SSL_CTX_set_options(ctx, O.SSL_OP_NO_TICKET)
    return ctx
  }

  function resumedStreams(ms: M.MULTISTREAM): number[] {
    const pairs = Array.from({ length: M.MULTISTREAM_get_pairs(ms) }, (_, sid) => sid)
    return pairs.filter(sid => O.SSL_session_reused(present(M.MULTISTREAM_get0_ssl(ms, sid))) === 1)
  }

  /** The next message of Diameter and its stream. */
  async function receive(ms: M.MULTISTREAM): Promise<{ sid: number; message: Buffer }> {
    const [sid, buffer] = [{ value: 0 }, Buffer.alloc(16_384)]
    const length = await M.MULTISTREAM_read(ms, sid, buffer)
    if (length <= 0) throw new Error(`stream ${sid.value}: ${length}, ${M.MULTISTREAM_get_error(ms)}`)
    return { sid: sid.value, message: Buffer.from(buffer.subarray(0, length)) }
  }

  /** The next message that is not its watchdog's; that is answered. */
  async function receiveOther(ms: M.MULTISTREAM): Promise<{ sid: number; message: Buffer }> {
    for (;;) {
      const got = await receive(ms)
      const { code, request: asks } = headerOf(got.message)
      if (code !== DWR || !asks) return got
      await M.MULTISTREAM_write(ms, got.sid, answerTo(got.message))
    }
  }

  async function disconnect(ms: M.MULTISTREAM): Promise<void> {
    await M.MULTISTREAM_write(ms, 0, request(DPR, 99))
    const answer = await receiveOther(ms)
    expect([headerOf(answer.message).code, resultOf(answer.message)]).toEqual([DPR, 2001])
    await M.MULTISTREAM_shutdown(ms)
    // It does not send close_notify on every stream: the end of the association does.
    expect(await M.MULTISTREAM_shutdown(ms)).toBe(1)
  }

  live(
    'we call',
    async () => {
      const port = freePort()
      diameter.start({ port, streams: STREAMS })
      let fd = -1
      for (let tries = 0; tries < 50; tries++) {
        fd = ends.socket({ outbound: STREAMS, inbound: STREAMS })
        P.connect(fd, { ...LOOPBACK, sin_port: P.htons(port) })
        await P.poll([{ fd, events: P.POLLOUT, revents: 0 }], 1, LONG)
        const error = { value: 0 }
        P.getsockopt(fd, P.SOL_SOCKET, P.SO_ERROR, error)
        if (error.value === 0) break
        await sleep(500)
      }
      const ms = ends.object(fd, context(O.TLS_client_method()))
      expect(await M.MULTISTREAM_do_handshake(ms)).toBe(1)
      expect(resumedStreams(ms)).toEqual([1, 2])
      await M.MULTISTREAM_write(ms, 0, request(CER, 1))
      const answer = await receiveOther(ms)
      expect([headerOf(answer.message).code, resultOf(answer.message)]).toEqual([CER, 2001])
      await diameter.says(/STATE_OPEN/)
      // A request on another stream is answered, on whichever it likes.
      await M.MULTISTREAM_write(ms, 2, request(DWR, 2))
      const watchdog = await receiveOther(ms)
      expect(headerOf(watchdog.message)).toMatchObject({ code: DWR, request: false, hopByHop: 2 })
      await disconnect(ms)
    },
    LONG,
  )

  live(
    'it calls',
    async () => {
      const listener = ends.socket({ outbound: STREAMS, inbound: STREAMS })
      const port = bound(listener)
      P.listen(listener, 5)
      diameter.start({ port: freePort(), streams: STREAMS, connectTo: port })
      await P.poll([{ fd: listener, events: P.POLLIN, revents: 0 }], 1, LONG)
      const ms = ends.object(P.accept(listener), context(O.TLS_server_method()))
      expect(await M.MULTISTREAM_do_handshake(ms)).toBe(1)
      expect(resumedStreams(ms)).toEqual([1, 2])
      const capabilities = await receive(ms)
      expect([capabilities.sid, headerOf(capabilities.message).code]).toEqual([0, CER])
      await M.MULTISTREAM_write(ms, 0, answerTo(capabilities.message))
      await diameter.says(/STATE_OPEN/)
      await disconnect(ms)
    },
    LONG,
  )
})

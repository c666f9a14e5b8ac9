import { inTurn, takeTurn, turnIsDue } from '../../transport/fairness.ts'
import { recallable } from '../bio/wait.ts'
import type { Out } from '../boundary.ts'
import { SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE } from '../constants/ssl.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../err/index.ts'
import type { SSL } from '../ssl/ssl.ts'
import type { MULTISTREAM } from './association.ts'
import * as handshake from './handshake.ts'
import * as io from './io.ts'
import { live, MULTISTREAM_get0_ssl } from './multistream.ts'

/**
 * The calls that block in C, as promises. The SSL calls of `openssl-shim/promises` work on the connections of the streams too,
 * as many at once as one likes: none waits for another's stream.
 */

/** MULTISTREAM_do_handshake on a blocking descriptor: waits for all. */
export function MULTISTREAM_do_handshake(
  ms: MULTISTREAM,
  sid: Out<number> | null = null,
  pairs: readonly number[] | null = null,
): Promise<number> {
  return block(ms, () => handshake.MULTISTREAM_do_handshake(ms, sid, pairs))
}

/** MULTISTREAM_read on a blocking descriptor: waits until some stream has something. */
export function MULTISTREAM_read(ms: MULTISTREAM, sid: Out<number>, buf: Uint8Array, num?: number): Promise<number> {
  return block(ms, () => io.MULTISTREAM_read(ms, sid, buf, num))
}

/** MULTISTREAM_write on a blocking descriptor: waits for the stream's handshake, for room, and for writes before it. */
export function MULTISTREAM_write(ms: MULTISTREAM, sid: number, buf: Uint8Array, num?: number): Promise<number> {
  return inTurn(connectionOf(ms, sid), () => block(ms, () => io.MULTISTREAM_write(ms, sid, buf, num), { stream: sid }))
}

/** MULTISTREAM_send on a blocking descriptor: waits for room. */
export function MULTISTREAM_send(
  ms: MULTISTREAM,
  sid: number,
  buf: Uint8Array,
  num?: number,
  how: io.MULTISTREAM_sendinfo = {},
): Promise<number> {
  return block(ms, () => io.MULTISTREAM_send(ms, sid, buf, num, how), { writes: true })
}

/** MULTISTREAM_recv on a blocking descriptor: waits for a message of this stream. */
export function MULTISTREAM_recv(
  ms: MULTISTREAM,
  sid: number,
  buf: Uint8Array,
  num?: number,
  info: Partial<io.MULTISTREAM_recvinfo> | null = null,
): Promise<number> {
  return block(ms, () => io.MULTISTREAM_recv(ms, sid, buf, num, info), { stream: sid })
}

/** MULTISTREAM_shutdown on a blocking descriptor: the first call sends, the second waits for the peers or the association's end. */
export function MULTISTREAM_shutdown(ms: MULTISTREAM): Promise<number> {
  const object = live(ms)
  const begun = object.closing
  object.closing = true
  return block(ms, () => io.MULTISTREAM_shutdown(ms), { final: begun ? 1 : 0 })
}

/** What SSL_write waits in turn for as well. Null where there can be none: the call says why. */
function connectionOf(ms: MULTISTREAM, sid: number): SSL | null {
  ERR_set_mark()
  const ssl = MULTISTREAM_get0_ssl(ms, sid)
  ERR_pop_to_mark()
  return ssl
}

interface Waiting {
  /** The smallest result that needs no waiting. */
  readonly final?: number
  /** What comes on other streams is no reason to try again. */
  readonly stream?: number
  /** It is room that is awaited, whatever the call says. */
  readonly writes?: boolean
}

async function block(
  ms: MULTISTREAM,
  call: () => number,
  { final = 1, stream, writes = false }: Waiting = {},
): Promise<number> {
  const { shared, streams } = live(ms)
  if (turnIsDue()) await takeTurn()
  for (;;) {
    const seen = streams.arrivals
    const settled = () =>
      stream === undefined ? streams.arrivals !== seen || streams.end !== null : streams.settled(streams.stream(stream))
    const ret = call()
    const { error } = ms
    if (ret >= final || (error !== SSL_ERROR_WANT_READ && error !== SSL_ERROR_WANT_WRITE)) return ret
    const want = writes || error === SSL_ERROR_WANT_WRITE ? 'write' : 'read'
    if (!(await recallable([ms], recall => shared.wait(want, null, settled, recall)))) return ret
  }
}

import { ECONNABORTED } from '../../base/errno.ts'
import { type Out, requireOut } from '../boundary.ts'
import {
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_SYSCALL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_ZERO_RETURN,
} from '../constants/ssl.ts'
import { SSL_get_error } from '../ssl/error.ts'
import { SSL_do_handshake } from '../ssl/handshake.ts'
import { SSL_get1_session } from '../ssl/sessions/use.ts'
import type { SSL } from '../ssl/ssl.ts'
import type { MULTISTREAM } from './association.ts'
import { live, MULTISTREAM_get0_ssl } from './multistream.ts'

/**
 * Takes the handshakes of many streams as far as they go, side by side. A client that resumes and has no session yet finishes
 * the first before it begins the others; every other way all begin at once. Handshakes that are left out are done when their
 * stream is first used. One that fails leaves the others alone: call again to go on with them, or free the object.
 * @param sid - takes the stream of the handshake that has failed
 * @param pairs - which streams; when left out all that go both ways, are not plain and have no BIO of the program's
 * @returns 1 when all are done but those that failed before; -1 otherwise: MULTISTREAM_get_error says SSL_ERROR_WANT_READ,
 * _WANT_WRITE or what a callback waits for, SSL_ERROR_SSL or _SYSCALL when a handshake has failed, with the reason queued
 */
export function MULTISTREAM_do_handshake(
  ms: MULTISTREAM,
  sid: Out<number> | null = null,
  pairs: readonly number[] | null = null,
): number {
  const object = live(ms)
  const failed = sid === null ? { value: -1 } : requireOut(sid, 'sid')
  failed.value = -1
  object.error = SSL_ERROR_NONE
  for (const id of pairs ?? securable(object)) {
    if (object.over.has(id)) continue
    const ssl = MULTISTREAM_get0_ssl(object, id)
    const ret = ssl === null ? -1 : finish(object, ssl)
    if (ret === 1) continue
    const error = ssl === null ? SSL_ERROR_SSL : SSL_get_error(ssl, ret)
    if (isFinal(error)) {
      object.over.add(id)
      object.streams.abandon(object.streams.stream(id), ECONNABORTED)
      object.error = error
      failed.value = id
      return -1
    }
    // What is to be written is more urgent than what may come.
    if (object.error === SSL_ERROR_NONE || object.error === SSL_ERROR_WANT_READ) object.error = error
    if (object.role === 'client' && object.resumption && object.session === null) break
  }
  return object.error === SSL_ERROR_NONE ? 1 : -1
}

/** A connection that has failed or ended, so that no call goes on with it. */
export function isFinal(error: number): boolean {
  return error === SSL_ERROR_SSL || error === SSL_ERROR_SYSCALL || error === SSL_ERROR_ZERO_RETURN
}

/** Keeps the session of the first connection that has one, for those that come after. */
export function keepSession(object: MULTISTREAM, ssl: SSL): void {
  if (object.role === 'client' && object.resumption && object.session === null) object.session = SSL_get1_session(ssl)
}

function finish(object: MULTISTREAM, ssl: SSL): number {
  if (ssl.connection?.established) return 1
  const ret = SSL_do_handshake(ssl)
  if (ret === 1) keepSession(object, ssl)
  return ret
}

/** Not those for which the program has a BIO of its own. */
function securable({ streams, plain, connections }: MULTISTREAM): number[] {
  const pairs = Array.from({ length: streams.pairs }, (_, id) => id)
  return pairs.filter(id => connections.has(id) || !(plain.has(id) || streams.stream(id).secured))
}

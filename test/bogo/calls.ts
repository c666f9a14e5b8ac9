import {
  DTLSv1_handle_timeout,
  ERR_peek_error,
  type SSL,
  SSL_ERROR_SSL,
  SSL_ERROR_WANT_CLIENT_HELLO_CB,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_RETRY_VERIFY,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_WANT_X509_LOOKUP,
  SSL_ERROR_ZERO_RETURN,
  SSL_export_keying_material,
  SSL_get_error,
  SSL_peek,
  SSL_read,
  SSL_shutdown,
  SSL_write,
} from 'openssl-shim'
import { POLLIN, POLLOUT, poll } from 'openssl-shim/socket'
import { check, MustNotHappen, type Tested } from './state.ts'

/** The calls of the API, waiting and coming back for more as a program does whose descriptor does not block. */

/** Calls until there is an answer; a failure must be the same when the call is made once more. */
export async function settle(tested: Tested, call: (ssl: SSL) => number): Promise<number> {
  for (;;) {
    const ret = twiceTheSame(tested.ssl, call)
    if (!(await again(tested, ret))) return ret
  }
}

/** SSL_read, or SSL_peek and then SSL_read, as the settings want it. */
export async function read(tested: Tested, out: Uint8Array): Promise<number> {
  const { ssl, settings, state } = tested
  for (;;) {
    // A flight that is sent again is not to fail for want of a quota: nobody would hear of it.
    if (state.asyncBio !== null) state.asyncBio.enforceWriteQuota = false
    const ret = twiceTheSame(ssl, () => (settings.peekThenRead ? SSL_peek(ssl, out) : SSL_read(ssl, out)))
    if (state.asyncBio !== null) state.asyncBio.enforceWriteQuota = true
    if (settings.useExporterBetweenReads) {
      const exported = SSL_export_keying_material(ssl, new Uint8Array(1), 1, '', 0, null, 0, 0)
      check(exported === 1, 'failed to export keying material')
    }
    if (await again(tested, ret)) continue
    if (settings.peekThenRead && ret > 0) comparePeeks(ssl, out.subarray(0, ret))
    return ret
  }
}

/** SSL_write until all is written. */
export async function writeAll(tested: Tested, data: Uint8Array): Promise<void> {
  let rest = data
  for (;;) {
    const ret = SSL_write(tested.ssl, rest)
    if (ret > 0) rest = rest.subarray(ret)
    if (ret > 0 && rest.length > 0) continue
    if (await again(tested, ret)) continue
    // Nothing to write is 0, and no failure.
    check(ret > 0 || rest.length === 0, 'SSL_write failed')
    return
  }
}

/** SSL_shutdown once: what it returns when it has not to wait. */
export async function shutdown(tested: Tested): Promise<number> {
  for (;;) {
    const ret = SSL_shutdown(tested.ssl)
    if (!(await again(tested, ret))) return ret
  }
}

/** Whether the call is worth another try; waits, lets time go by, allows another byte or makes ready what it was for. */
async function again(tested: Tested, ret: number): Promise<boolean> {
  const { ssl, state, fd } = tested
  if (ret >= 0) return false
  if (passTime(tested)) return true
  switch (SSL_get_error(ssl, ret)) {
    case SSL_ERROR_WANT_READ:
      if (!state.asyncBio?.allowRead()) await poll([{ fd, events: POLLIN, revents: 0 }], 1, -1)
      return true
    case SSL_ERROR_WANT_WRITE:
      if (!state.asyncBio?.allowWrite()) await poll([{ fd, events: POLLOUT, revents: 0 }], 1, -1)
      return true
    case SSL_ERROR_WANT_X509_LOOKUP:
      state.certReady = true
      return true
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      state.earlyCallbackReady = true
      return true
    case SSL_ERROR_WANT_RETRY_VERIFY:
      state.customVerifyReady = true
      return true
    default:
      return false
  }
}

/** True when the runner wanted time to go by. */
function passTime({ ssl, state, clock }: Tested): boolean {
  const passed = state.packeted?.takeTimeout() ?? 0
  if (passed === 0) return false
  clock.advance(passed)
  if (state.asyncBio !== null) state.asyncBio.enforceWriteQuota = false
  const ret = DTLSv1_handle_timeout(ssl)
  if (state.asyncBio !== null) state.asyncBio.enforceWriteQuota = true
  check(ret >= 0, 'Error retransmitting.')
  return true
}

function twiceTheSame(ssl: SSL, call: (ssl: SSL) => number): number {
  const ret = call(ssl)
  const error = SSL_get_error(ssl, ret)
  if (error !== SSL_ERROR_SSL && error !== SSL_ERROR_ZERO_RETURN) return ret
  // OpenSSL may give 0 first and -1 afterwards.
  const before = `${ret > 0} ${error} ${ERR_peek_error()}`
  const ret2 = call(ssl)
  const after = `${ret2 > 0} ${SSL_get_error(ssl, ret2)} ${ERR_peek_error()}`
  if (before !== after) throw new MustNotHappen(`the failure is ${before} and then ${after}`)
  return ret
}

function comparePeeks(ssl: SSL, first: Uint8Array): void {
  const buf = new Uint8Array(first.length)
  check(SSL_peek(ssl, buf) === buf.length && Buffer.compare(buf, first) === 0, 'two calls of SSL_peek differ')
  buf.fill(0)
  check(SSL_read(ssl, buf) === buf.length && Buffer.compare(buf, first) === 0, 'SSL_peek and SSL_read differ')
}

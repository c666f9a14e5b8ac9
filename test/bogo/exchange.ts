import {
  SSL_do_handshake,
  SSL_ERROR_NONE,
  SSL_ERROR_SYSCALL,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_ZERO_RETURN,
  SSL_export_keying_material,
  SSL_get_error,
  SSL_get_finished,
  SSL_get_peer_finished,
  SSL_get1_session,
  SSL_OP_NO_RENEGOTIATION,
  type SSL_SESSION,
  SSL_SESSION_get0_ticket,
  SSL_session_reused,
  SSL_set_options,
  SSL_total_renegotiations,
  SSL_write,
} from 'openssl-shim'
import { read, settle, shutdown, writeAll } from './calls.ts'
import { checkAuthentication, checkHandshake } from './checks.ts'
import { check, type Tested } from './state.ts'

const HELLO = Buffer.from('hello')

/** A connection from its handshake to its end, as DoExchange of ssl/test/bssl_shim.cc has it. */
export async function exchange(tested: Tested): Promise<void> {
  const { settings } = tested
  if (!settings.implicitHandshake) await handshake(tested)
  if (settings.exportKeyingMaterial > 0) await writeAll(tested, exportedKey(tested))
  if (settings.tlsUnique) await writeAll(tested, channelBinding(tested))
  if (settings.writeDifferentRecordSizes) await writeSizes(tested)
  else await echo(tested)
  if (settings.implicitHandshake) noteRenewal(tested)
  await end(tested)
  checkRenegotiations(tested)
}

async function handshake(tested: Tested): Promise<void> {
  const { ssl, settings } = tested
  const ret = await settle(tested, SSL_do_handshake)
  if (settings.forbidRenegotiationAfterHandshake) SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION)
  check(ret === 1, 'the handshake failed')
  noteRenewal(tested)
  checkHandshake(tested)
  if (settings.handshakeTwice) check((await settle(tested, SSL_do_handshake)) === 1, 'the second handshake failed')
  check(!settings.noOpExtraHandshake || SSL_do_handshake(ssl) === 1, 'Extra SSL_do_handshake was not a no-op.')
}

/** OpenSSL tells of sessions that are new, not of a new ticket for one that is resumed. */
function noteRenewal({ ssl, settings, state }: Tested): void {
  const session = SSL_get1_session(ssl)
  if (settings.server || state.offered === null || session === null || SSL_session_reused(ssl) === 0) return
  if (ticketOf(session) === ticketOf(state.offered)) return
  state.gotNewSession = true
  state.newSession = session
}

function ticketOf(session: SSL_SESSION): string {
  const ticket: { value: Uint8Array | null } = { value: null }
  SSL_SESSION_get0_ticket(session, ticket, { value: 0 })
  return String(ticket.value)
}

function exportedKey({ ssl, settings }: Tested): Uint8Array {
  const { exportKeyingMaterial, exportLabel, exportContext, useExportContext } = settings
  const out = new Uint8Array(exportKeyingMaterial)
  const context = Buffer.from(exportContext, 'latin1')
  const ok = SSL_export_keying_material(
    ssl,
    out,
    out.length,
    exportLabel,
    exportLabel.length,
    context,
    context.length,
    Number(useExportContext),
  )
  check(ok === 1, 'failed to export keying material')
  return out
}

/** tls-unique (RFC 5929 section 3.1): the first Finished of the handshake. */
function channelBinding({ ssl, settings }: Tested): Uint8Array {
  const clientFirst = SSL_session_reused(ssl) === 0
  const get = clientFirst === settings.server ? SSL_get_peer_finished : SSL_get_finished
  const out = new Uint8Array(64)
  const length = get(ssl, out)
  check(length === 12, `tls-unique has ${length} bytes`)
  return out.subarray(0, length)
}

async function writeSizes(tested: Tested): Promise<void> {
  for (const size of [0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769])
    await writeAll(tested, Buffer.alloc(size, 0x42))
}

/** Sends back what comes, each byte the complement of the one that came, until the end. */
async function echo(tested: Tested): Promise<void> {
  const { settings, state } = tested
  let pending = settings.readWithUnfinishedWrite
  if (pending) beginWrite(tested)
  else if (settings.shimWritesFirst) await writeAll(tested, HELLO)
  if (settings.shimShutsDown) return
  for (;;) {
    // Less than a record in TLS, so that one needs several reads.
    const buf = new Uint8Array(settings.readSize || (settings.dtls ? 16384 : 512))
    const n = await read(tested, buf)
    if (ended(tested, n)) return
    check(state.handshakeDone, 'handshake was not completed after SSL_read')
    if (pending) await writeAll(tested, HELLO)
    pending = false
    await writeAll(
      tested,
      buf.subarray(0, n).map(byte => byte ^ 0xff),
    )
  }
}

/** Leaves a record half written. */
function beginWrite({ ssl, state }: Tested): void {
  check(state.asyncBio !== null, '-read-with-unfinished-write wants -async')
  state.asyncBio.allowWrite()
  const ret = SSL_write(ssl, HELLO)
  check(SSL_get_error(ssl, ret) === SSL_ERROR_WANT_WRITE, 'failed to leave unfinished write')
}

/** True at the end of the data, clean or not; a failure is thrown. */
function ended({ ssl }: Tested, n: number): boolean {
  const error = SSL_get_error(ssl, n)
  check(n > 0 === (error === SSL_ERROR_NONE), `SSL_read gave ${n}, SSL_get_error ${error}`)
  if (error === SSL_ERROR_NONE) return false
  const end = error === SSL_ERROR_ZERO_RETURN || (n === 0 && error === SSL_ERROR_SYSCALL)
  check(end, `SSL_read failed: ${error}`)
  return true
}

async function end(tested: Tested): Promise<void> {
  const { settings } = tested
  let ret = await shutdown(tested)
  if (settings.shimShutsDown && settings.checkCloseNotify) {
    check(ret === 0, `Unexpected SSL_shutdown result: ${ret} != 0`)
    ret = await shutdown(tested)
  }
  check(ret === 1, `Unexpected SSL_shutdown result: ${ret} != 1`)
}

function checkRenegotiations({ ssl, settings, state }: Tested): void {
  const count = SSL_total_renegotiations(ssl)
  check(count === settings.expectTotalRenegotiations, `${count} renegotiations`)
  if (count === 0) return
  check(SSL_session_reused(ssl) === 0, 'Renegotiations should never resume sessions.')
  checkAuthentication(ssl, settings, state.isResume)
}

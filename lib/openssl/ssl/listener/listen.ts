import { copy } from '../../../base/bytes.ts'
import { setErrno } from '../../../base/errno.ts'
import { helloGate } from '../../../handshake/hello-gate.ts'
import { DTLS_RECORD_HEADER, readDtlsRecord } from '../../../wire/record.ts'
import { BIO_dgram_is_sctp } from '../../bio/datagram/dgram-sctp.ts'
import { BIO_ctrl, BIO_read, BIO_write } from '../../bio/io.ts'
import { BIO_flush, BIO_should_retry } from '../../bio/macros.ts'
import { BIO_ADDR, BIO_ADDR_clear } from '../../bio/socket/addr.ts'
import { requireInstance, requireLive } from '../../boundary.ts'
import { BIO_CTRL_DGRAM_GET_PEER, BIO_CTRL_DGRAM_SET_PEER } from '../../constants/bio.ts'
import { ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../../constants/err.ts'
import { DTLS1_VERSION } from '../../constants/prov-ssl.ts'
import { SSL_NOTHING, SSL_OP_COOKIE_EXCHANGE } from '../../constants/ssl.ts'
import { SSL3_RT_HANDSHAKE, SSL3_RT_HEADER } from '../../constants/ssl3.ts'
import {
  SSL_R_BIO_NOT_SET,
  SSL_R_NO_VERIFY_COOKIE_CALLBACK,
  SSL_R_UNSUPPORTED_SSL_VERSION,
} from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import { openConnection } from '../engine/bridge.ts'
import { cookiesOf } from '../engine/hello-callbacks.ts'
import { tellMessage } from '../engine/observer.ts'
import { versionsOf } from '../engine/offers.ts'
import { raiseGateFault } from '../engine/reasons.ts'
import { SSL_set_accept_state } from '../handshake.ts'
import { SSL_clear } from '../new-free.ts'
import { SSL } from '../ssl.ts'

/**
 * Looks for a client that brings its cookie back, and keeps nothing of all others (DTLSv1_listen(3)). ClientHellos without
 * a good cookie are answered with a HelloVerifyRequest; the call goes on until one has it or nothing is left to read.
 * Then bind and connect a descriptor of its own for the client and go on with SSL_accept on the same object.
 * @param client - takes the client's address when the result is 1
 * @returns 1 when a client has shown that it receives at its address; 0 when none has, yet, or a datagram was no
 * ClientHello (its fault queued); -1 when the BIO or a callback failed or is missing, and in TLS
 */
export function DTLSv1_listen(s: SSL, client: BIO_ADDR): number {
  const ssl = requireLive(s, SSL, 's')
  requireInstance(client, BIO_ADDR, 'client')
  // RFC 6083 section 3.3: an association needs no cookie, and its messages have no address to answer to.
  if (ssl.isListener || (ssl.rbio !== null && BIO_dgram_is_sctp(ssl.rbio))) {
    raise(ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
    return -1
  }
  if (ssl.role === null) SSL_set_accept_state(ssl)
  // The state of a call before is gone: nothing of it was worth keeping.
  if (!SSL_clear(ssl)) return -1
  ERR_clear_error()
  setErrno(0)
  if (ssl.rbio === null || ssl.wbio === null) {
    raise(ERR_LIB_SSL, SSL_R_BIO_NOT_SET)
    return -1
  }
  if (!ssl.method.datagram) {
    raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_SSL_VERSION)
    return -1
  }
  // As in libssl a call that found nothing leaves no wish: SSL_get_error says SSL_ERROR_SYSCALL.
  ssl.want = SSL_NOTHING
  for (;;) {
    const heard = listenOnce(ssl, client)
    if (heard !== 'again') return heard
  }
}

function listenOnce(ssl: SSL, client: BIO_ADDR): 1 | 0 | -1 | 'again' {
  const { rbio, wbio } = ssl
  const length = BIO_read(rbio, scratch)
  if (length <= 0) return rbio !== null && BIO_should_retry(rbio) ? 0 : -1
  const datagram = scratch.subarray(0, length)
  tellHeader(ssl, false, 0, datagram)
  const cookies = cookiesOf(ssl)
  let unchecked = false
  const outcome = helloGate(datagram, {
    generate: hello => (unchecked ? null : cookies.generate(hello)),
    verify: (cookie, hello) => {
      unchecked = ssl.ctx.cookieVerify === null
      return !unchecked && cookies.verify(cookie, hello)
    },
  })
  if (outcome.kind !== 'drop' || outcome.fault === 'cookie-gen-callback-failure') tellHello(ssl, datagram)
  if (unchecked) {
    raise(ERR_LIB_SSL, SSL_R_NO_VERIFY_COOKIE_CALLBACK)
    return -1
  }
  switch (outcome.kind) {
    case 'drop':
      raiseGateFault(outcome.fault)
      return outcome.fault === 'cookie-gen-callback-failure' ? -1 : 0
    case 'reply':
      if (peerOf(ssl, asker)) BIO_ctrl(wbio, BIO_CTRL_DGRAM_SET_PEER, 0, asker)
      return reply(ssl, outcome.datagram)
    case 'verified':
      ssl.settings.options |= SSL_OP_COOKIE_EXCHANGE
      ssl.connection = openConnection(ssl, 'server')
      ssl.connection.continueFrom({
        ...outcome.hello,
        fragment: copy(outcome.hello.fragment),
        rest: copy(outcome.hello.rest),
      })
      if (!peerOf(ssl, client)) BIO_ADDR_clear(client)
      return 1
  }
}

function peerOf({ rbio }: SSL, address: BIO_ADDR): boolean {
  return BIO_ctrl(rbio, BIO_CTRL_DGRAM_GET_PEER, 0, address) > 0
}

function tellHeader(ssl: SSL, sent: boolean, version: number, datagram: Uint8Array): void {
  if (datagram.length >= DTLS_RECORD_HEADER)
    tellMessage(ssl, sent, version, SSL3_RT_HEADER, datagram.subarray(0, DTLS_RECORD_HEADER))
}

/** The hello as it came: perhaps only its first fragment. */
function tellHello(ssl: SSL, datagram: Uint8Array): void {
  const record = readDtlsRecord(datagram, 0)
  const version = versionsOf(ssl)[0]?.wire ?? DTLS1_VERSION
  if (record !== null) tellMessage(ssl, false, version, SSL3_RT_HANDSHAKE, record.fragment)
}

function reply(ssl: SSL, datagram: Uint8Array): 0 | -1 | 'again' {
  const { wbio } = ssl
  if (wbio === null || BIO_write(wbio, datagram) < datagram.length) {
    // The client will ask again; a kernel that is busy is no failure.
    return wbio !== null && BIO_should_retry(wbio) ? 0 : -1
  }
  tellHeader(ssl, true, DTLS1_VERSION, datagram)
  BIO_flush(wbio)
  return 'again'
}

const scratch = new Uint8Array(65536)
/** Whom a HelloVerifyRequest goes to: nothing of it is kept. */
const asker = new BIO_ADDR()

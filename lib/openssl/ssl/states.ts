import type { HandshakeState } from '../../handshake/state.ts'
import * as C from '../constants/ssl.ts'

/** A state as OpenSSL shows it: its number and its two names. */
export interface ShownState {
  readonly number: number
  readonly short: string
  readonly long: string
}

/** The state of the engine in OpenSSL's words. Some of them have one number on a client and another on a server. */
export function shownState(state: HandshakeState, isServer: boolean): ShownState {
  const [clientNumber, serverNumber, short, long] = STATES[state]
  return { number: isServer ? serverNumber : clientNumber, short, long }
}

type Row = readonly [client: number, server: number, short: string, long: string]

const row = (client: number, server: number, short: string, long: string): Row => [client, server, short, long]

/** A state that only one side can be in. */
const only = (number: number, short: string, long: string): Row => [number, number, short, `SSLv3/TLS ${long}`]

const STATES: Readonly<Record<HandshakeState, Row>> = {
  before: row(C.TLS_ST_BEFORE, C.TLS_ST_BEFORE, 'PINIT', 'before SSL initialization'),
  established: row(C.TLS_ST_OK, C.TLS_ST_OK, 'SSLOK', 'SSL negotiation finished successfully'),
  // A failure leaves the number where it was; who asks for it takes the state that was left.
  error: row(C.TLS_ST_BEFORE, C.TLS_ST_BEFORE, 'SSLERR', 'error'),
  'read-hello-request': only(C.TLS_ST_CR_HELLO_REQ, 'TRHR', 'read hello request'),
  'write-hello-request': only(C.TLS_ST_SW_HELLO_REQ, 'TWHR', 'write hello request'),
  'write-client-hello': only(C.TLS_ST_CW_CLNT_HELLO, 'TWCH', 'write client hello'),
  'read-client-hello': only(C.TLS_ST_SR_CLNT_HELLO, 'TRCH', 'read client hello'),
  'write-hello-verify-request': row(
    C.DTLS_ST_SW_HELLO_VERIFY_REQUEST,
    C.DTLS_ST_SW_HELLO_VERIFY_REQUEST,
    'DWCHV',
    'DTLS1 write hello verify request',
  ),
  'read-hello-verify-request': row(
    C.DTLS_ST_CR_HELLO_VERIFY_REQUEST,
    C.DTLS_ST_CR_HELLO_VERIFY_REQUEST,
    'DRCHV',
    'DTLS1 read hello verify request',
  ),
  'write-server-hello': only(C.TLS_ST_SW_SRVR_HELLO, 'TWSH', 'write server hello'),
  'read-server-hello': only(C.TLS_ST_CR_SRVR_HELLO, 'TRSH', 'read server hello'),
  'write-server-certificate': only(C.TLS_ST_SW_CERT, 'TWSC', 'write certificate'),
  'read-server-certificate': only(C.TLS_ST_CR_CERT, 'TRSC', 'read server certificate'),
  'write-certificate-status': only(C.TLS_ST_SW_CERT_STATUS, 'TWCS', 'write certificate status'),
  'read-certificate-status': only(C.TLS_ST_CR_CERT_STATUS, 'TRCS', 'read certificate status'),
  'write-server-key-exchange': only(C.TLS_ST_SW_KEY_EXCH, 'TWSKE', 'write key exchange'),
  'read-server-key-exchange': only(C.TLS_ST_CR_KEY_EXCH, 'TRSKE', 'read server key exchange'),
  'write-certificate-request': only(C.TLS_ST_SW_CERT_REQ, 'TWCR', 'write certificate request'),
  'read-certificate-request': only(C.TLS_ST_CR_CERT_REQ, 'TRCR', 'read server certificate request'),
  'write-server-hello-done': only(C.TLS_ST_SW_SRVR_DONE, 'TWSD', 'write server done'),
  'read-server-hello-done': only(C.TLS_ST_CR_SRVR_DONE, 'TRSD', 'read server done'),
  'write-client-certificate': only(C.TLS_ST_CW_CERT, 'TWCC', 'write client certificate'),
  'read-client-certificate': only(C.TLS_ST_SR_CERT, 'TRCC', 'read client certificate'),
  'write-client-key-exchange': only(C.TLS_ST_CW_KEY_EXCH, 'TWCKE', 'write client key exchange'),
  'read-client-key-exchange': only(C.TLS_ST_SR_KEY_EXCH, 'TRCKE', 'read client key exchange'),
  'write-certificate-verify': only(C.TLS_ST_CW_CERT_VRFY, 'TWCV', 'write certificate verify'),
  'read-certificate-verify': only(C.TLS_ST_SR_CERT_VRFY, 'TRCV', 'read certificate verify'),
  'write-session-ticket': only(C.TLS_ST_SW_SESSION_TICKET, 'TWST', 'write session ticket'),
  'read-session-ticket': only(C.TLS_ST_CR_SESSION_TICKET, 'TRST', 'read server session ticket'),
  'write-change-cipher-spec': row(
    C.TLS_ST_CW_CHANGE,
    C.TLS_ST_SW_CHANGE,
    'TWCCS',
    'SSLv3/TLS write change cipher spec',
  ),
  'read-change-cipher-spec': row(C.TLS_ST_CR_CHANGE, C.TLS_ST_SR_CHANGE, 'TRCCS', 'SSLv3/TLS read change cipher spec'),
  'write-finished': row(C.TLS_ST_CW_FINISHED, C.TLS_ST_SW_FINISHED, 'TWFIN', 'SSLv3/TLS write finished'),
  'read-finished': row(C.TLS_ST_CR_FINISHED, C.TLS_ST_SR_FINISHED, 'TRFIN', 'SSLv3/TLS read finished'),
}

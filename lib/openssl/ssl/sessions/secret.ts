import { copy, wipe } from '../../../base/bytes.ts'
import type { ExternalSecret } from '../../../handshake/config.ts'
import { type Out, requireBytes, requireCallback, requireLength } from '../../boundary.ts'
import { ciphersOfPeer, type SSL_CIPHER } from '../algorithms/cipher.ts'
import type { tls_session_secret_cb_fn, tls_session_ticket_ext_cb_fn } from '../callbacks.ts'
import { liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * Sets who has the master secret for a ticket, as EAP-FAST has (RFC 4851): asked on a client when the ServerHello has come and a
 * ticket was sent, on a server of TLS (of DTLS never, as in OpenSSL) when no session is resumed. With it tickets are not opened.
 * @returns 1
 */
export function SSL_set_session_secret_cb(s: SSL, cb: tls_session_secret_cb_fn | null, arg: unknown = null): number {
  const ssl = liveSsl(s)
  ssl.sessionSecretCallback = requireCallback(cb, 'cb')
  ssl.sessionSecretArg = arg
  return 1
}

/**
 * Sets what a client sends as its ticket while no session has one; it is copied. Null: not even the extension is sent.
 * @param ext_len - bytes of `ext_data`
 * @returns 1
 */
export function SSL_set_session_ticket_ext(s: SSL, ext_data: Uint8Array | null, ext_len?: number): number {
  const ssl = liveSsl(s)
  const data = ext_data === null ? null : requireBytes(ext_data, 'ext_data')
  ssl.ticketExtension = { data: data && copy(data.subarray(0, requireLength(ext_len, data, 'ext_len'))) }
  return 1
}

/** Sets who sees the peer's ticket extension. @returns 1 */
export function SSL_set_session_ticket_ext_cb(
  s: SSL,
  cb: tls_session_ticket_ext_cb_fn | null,
  arg: unknown = null,
): number {
  const ssl = liveSsl(s)
  ssl.ticketExtensionCallback = requireCallback(cb, 'cb')
  ssl.ticketExtensionArg = arg
  return 1
}

/** What the engine asks for a secret; null when nobody was set. */
export function externalSecretOf(ssl: SSL): ((suites: readonly number[] | null) => ExternalSecret | null) | null {
  const { sessionSecretCallback: callback, sessionSecretArg } = ssl
  if (callback === null) return null
  return suites => {
    const secret = new Uint8Array(ROOM)
    const length = { value: ROOM }
    const cipher: Out<SSL_CIPHER | null> = { value: null }
    const ciphers = suites === null ? null : ciphersOfPeer(suites)
    const answer = callback(ssl, secret, length, ciphers, cipher, sessionSecretArg)
    const master = secret.slice(0, answer === 0 ? 0 : length.value)
    wipe(secret)
    return { master, suite: cipher.value?.suite?.id ?? null }
  }
}

/** As much as OpenSSL has for it, in bytes. */
const ROOM = 512

import { AlertLevel } from '../../../base/alert.ts'
import { concat, equal } from '../../../base/bytes.ts'
import type { AlpnAnswer, CookieExchange, ServerNameAnswer } from '../../../handshake/config.ts'
import { SUSPEND, type Suspend } from '../../../handshake/wait.ts'
import type { ClientHello } from '../../../wire/messages/client-hello.ts'
import {
  SSL_AD_INTERNAL_ERROR,
  SSL_AD_UNRECOGNIZED_NAME,
  SSL_CLIENT_HELLO_RETRY,
  SSL_CLIENT_HELLO_SUCCESS,
} from '../../constants/ssl.ts'
import {
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_ALERT_WARNING,
  SSL_TLSEXT_ERR_NOACK,
  SSL_TLSEXT_ERR_OK,
} from '../../constants/tls1.ts'
import type { SSL } from '../ssl.ts'

// What a server's program has to say to a ClientHello, in the engine's words.

/** The cookie callbacks of the context. */
export function cookiesOf(ssl: SSL): CookieExchange {
  return {
    generate: hello => withHello(ssl, hello, () => (ssl.cookie = generateCookie(ssl))),
    verify: (cookie, hello) => withHello(ssl, hello, () => verifyCookie(ssl, cookie)),
  }
}

/** The ClientHello callback: the alert to end with, or null to go on. */
export function judgeHello(ssl: SSL, hello: ClientHello): { readonly alert: number } | null | Suspend {
  const { clientHelloCallback, clientHelloArg } = ssl.initialCtx
  if (clientHelloCallback === null) return null
  const alert = { value: SSL_AD_INTERNAL_ERROR }
  const answer = withHello(ssl, hello, () => clientHelloCallback(ssl, alert, clientHelloArg))
  if (answer === SSL_CLIENT_HELLO_RETRY) return SUSPEND
  return answer === SSL_CLIENT_HELLO_SUCCESS ? null : { alert: alert.value }
}

/** The server name callback. */
export function judgeServerName(ssl: SSL): ServerNameAnswer {
  const { servernameCallback, servernameArg } = ssl.ctx
  if (servernameCallback === null) return 'not-acknowledged'
  const alert = { value: SSL_AD_UNRECOGNIZED_NAME }
  const answer = servernameCallback(ssl, alert, servernameArg)
  if (answer === SSL_TLSEXT_ERR_ALERT_FATAL) return { alert: alert.value }
  if (answer === SSL_TLSEXT_ERR_ALERT_WARNING) ssl.connection?.sendAlert(AlertLevel.warning, alert.value)
  return answer === SSL_TLSEXT_ERR_OK ? 'accepted' : 'not-acknowledged'
}

/** The ALPN selection callback. */
export function selectProtocol(ssl: SSL, offered: readonly Uint8Array[]): AlpnAnswer {
  const { alpnSelectCallback, alpnSelectArg } = ssl.ctx
  if (alpnSelectCallback === null) return 'none'
  const list = concat(...offered.flatMap(name => [Uint8Array.of(name.length), name]))
  const out: { value: Uint8Array | null } = { value: null }
  const length = { value: 0 }
  const answer = alpnSelectCallback(ssl, out, length, list, list.length, alpnSelectArg)
  if (answer === SSL_TLSEXT_ERR_NOACK) return 'none'
  if (answer !== SSL_TLSEXT_ERR_OK || out.value === null) return 'refused'
  return { selected: out.value.subarray(0, length.value || out.value.length) }
}

/** Makes the ClientHello visible to SSL_client_hello_get0_* while a callback runs. */
function withHello<T>(ssl: SSL, hello: ClientHello | null, action: () => T): T {
  ssl.clientHello = hello
  try {
    return action()
  } finally {
    ssl.clientHello = null
  }
}

function generateCookie(ssl: SSL): Uint8Array | null {
  const cookie = new Uint8Array(MAX_COOKIE)
  const length = { value: cookie.length }
  const answer = ssl.ctx.cookieGenerate?.(ssl, cookie, length) ?? 0
  return answer === 0 || length.value > MAX_COOKIE ? null : cookie.subarray(0, length.value)
}

/** Without a callback the cookie must be the one that this very object has sent. */
function verifyCookie(ssl: SSL, cookie: Uint8Array): boolean {
  const { cookieVerify } = ssl.ctx
  if (cookieVerify === null) return ssl.cookie !== null && equal(ssl.cookie, cookie)
  return cookieVerify(ssl, cookie, cookie.length) !== 0
}

const MAX_COOKIE = 255

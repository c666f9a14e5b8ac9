import { toHex } from '../../../base/bytes.ts'
import type { Observer } from '../../../handshake/observer.ts'
import type { HandshakeState } from '../../../handshake/state.ts'
import {
  SSL_CB_ACCEPT_EXIT,
  SSL_CB_ACCEPT_LOOP,
  SSL_CB_CONNECT_EXIT,
  SSL_CB_CONNECT_LOOP,
  SSL_CB_HANDSHAKE_DONE,
  SSL_CB_HANDSHAKE_START,
  SSL_CB_READ_ALERT,
  SSL_CB_WRITE_ALERT,
} from '../../constants/ssl.ts'
import { SSL3_AL_FATAL, SSL3_AL_WARNING, SSL3_RT_HEADER } from '../../constants/ssl3.ts'
import { showsExtension } from '../extensions/custom-extensions.ts'
import { SSL_CTX_remove_session } from '../sessions/cache.ts'
import type { SSL } from '../ssl.ts'

/** Carries what the engine reports to the info, message and key log callbacks. */
export function observerOf(ssl: SSL): Observer {
  const message: Observer['onMessage'] = (sent, version, content, bytes) => {
    tellMessage(ssl, sent, version, content === 'header' ? SSL3_RT_HEADER : content, bytes)
  }
  return {
    onState(event, state) {
      switch (event) {
        case 'start':
          countStart(ssl)
          info(ssl, SSL_CB_HANDSHAKE_START, 1)
          break
        case 'loop':
          countState(ssl, state)
          info(ssl, ssl.isServer ? SSL_CB_ACCEPT_LOOP : SSL_CB_CONNECT_LOOP, 1)
          break
        case 'done':
          info(ssl, SSL_CB_HANDSHAKE_DONE, 1)
          // A renegotiation that SSL_read has refused.
          if (!ssl.handshaking) tellExit(ssl, 1)
          break
      }
    },

    // Nothing is prepared for a watcher who is not there.
    get onMessage() {
      return ssl.settings.msgCallback === null ? undefined : message
    },

    onExtension(type, body) {
      if (!showsExtension(ssl, type)) return
      ssl.tlsextDebugCallback?.(ssl, Number(!ssl.isServer), type, body, body.length, ssl.tlsextDebugArg)
    },

    onAlert(sent, level, description) {
      if (!sent && level === SSL3_AL_WARNING) ssl.lastWarning = description
      // RFC 5246 section 7.2.2: after a fatal alert its session is not resumed.
      if (level === SSL3_AL_FATAL) SSL_CTX_remove_session(ssl.initialCtx, ssl.session)
      info(ssl, sent ? SSL_CB_WRITE_ALERT : SSL_CB_READ_ALERT, (level << 8) | description)
    },

    onSecret(label, name, secret) {
      ssl.ctx.keylogCallback?.(ssl, `${label} ${toHex(name)} ${toHex(secret)}`)
    },
  }
}

/** A server's renegotiations count once it answers a hello: it may only have asked for one, or refuse it. */
function countStart({ isServer, initialCtx: { stats }, connection }: SSL): void {
  if (connection?.established === true) stats.connectRenegotiate += Number(!isServer && connection.renegotiating)
  else if (isServer) stats.accept++
  else stats.connect++
}

/** What has just been sent. */
function countState(ssl: SSL, state: HandshakeState): void {
  if (state === 'write-certificate-request') ssl.certificateRequests++
  if (state === 'write-server-hello' && ssl.connection?.established === true) ssl.initialCtx.stats.acceptRenegotiate++
}

/** The end of a call that handshakes. */
export function tellExit(ssl: SSL, ret: number): void {
  info(ssl, ssl.role === 'server' ? SSL_CB_ACCEPT_EXIT : SSL_CB_CONNECT_EXIT, ret)
}

/** To the message callback: a header, a message, an alert ... */
export function tellMessage(ssl: SSL, sent: boolean, version: number, type: number, bytes: Uint8Array): void {
  const { msgCallback, msgCallbackArg } = ssl.settings
  msgCallback?.(Number(sent), version, type, bytes, bytes.length, ssl, msgCallbackArg)
}

/** The connection's info callback, or its context's. */
export function info(ssl: SSL, type: number, value: number): void {
  const callback = ssl.settings.infoCallback ?? ssl.ctx.settings.infoCallback
  callback?.(ssl, type, value)
}

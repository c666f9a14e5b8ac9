import {
  SSL_CTRL_SET_MSG_CALLBACK,
  SSL_CTRL_SET_TLSEXT_DEBUG_CB,
  SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
  SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
  SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB,
  SSL_CTRL_SET_TMP_DH_CB,
} from '../constants/ssl.ts'
import { SSL_CTX_set_tmp_dh_callback, SSL_set_tmp_dh_callback } from './algorithms/dh.ts'
import type {
  SSL_msg_cb,
  SSL_servername_cb,
  SSL_status_cb,
  SSL_ticket_key_cb,
  SSL_tlsext_debug_cb,
  SSL_tmp_dh_cb,
} from './callbacks.ts'
import { SSL_CTX_set_tlsext_status_cb } from './certificates/status.ts'
import type { SSL_CTX } from './ctx.ts'
import { SSL_CTX_set_tlsext_servername_callback } from './extensions/sni.ts'
import { SSL_set_tlsext_debug_callback } from './extensions/tlsext-debug.ts'
import { SSL_CTX_set_msg_callback, SSL_set_msg_callback } from './info.ts'
import { liveCtx, liveSsl } from './owner.ts'
import { SSL_CTX_set_tlsext_ticket_key_cb } from './sessions/tickets.ts'
import type { SSL } from './ssl.ts'

/** What both take. */
type CommonCommand =
  | [cmd: typeof SSL_CTRL_SET_MSG_CALLBACK, cb: SSL_msg_cb | null]
  | [cmd: typeof SSL_CTRL_SET_TMP_DH_CB, cb: SSL_tmp_dh_cb | null]

/** A command of SSL_callback_ctrl with the callback that it wants. */
export type SSL_callback_ctrl_command =
  | CommonCommand
  | [cmd: typeof SSL_CTRL_SET_TLSEXT_DEBUG_CB, cb: SSL_tlsext_debug_cb | null]

/** A command of SSL_CTX_callback_ctrl with the callback that it wants. */
export type SSL_CTX_callback_ctrl_command =
  | CommonCommand
  | [cmd: typeof SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, cb: SSL_servername_cb | null]
  | [cmd: typeof SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, cb: SSL_status_cb | null]
  | [cmd: typeof SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB, cb: SSL_ticket_key_cb | null]

/** Sets a callback by number (SSL_callback_ctrl(3)). @returns 1, or 0 for a command that is not known */
export function SSL_callback_ctrl(ssl: SSL, ...[cmd, cb]: SSL_callback_ctrl_command): number {
  const s = liveSsl(ssl)
  switch (cmd) {
    case SSL_CTRL_SET_MSG_CALLBACK:
      SSL_set_msg_callback(s, cb)
      return 1
    case SSL_CTRL_SET_TMP_DH_CB:
      SSL_set_tmp_dh_callback(s, cb)
      return 1
    case SSL_CTRL_SET_TLSEXT_DEBUG_CB:
      return SSL_set_tlsext_debug_callback(s, cb)
    default:
      return 0
  }
}

/** SSL_callback_ctrl for a context. */
export function SSL_CTX_callback_ctrl(ctx: SSL_CTX, ...[cmd, cb]: SSL_CTX_callback_ctrl_command): number {
  const context = liveCtx(ctx)
  switch (cmd) {
    case SSL_CTRL_SET_MSG_CALLBACK:
      SSL_CTX_set_msg_callback(context, cb)
      return 1
    case SSL_CTRL_SET_TMP_DH_CB:
      SSL_CTX_set_tmp_dh_callback(context, cb)
      return 1
    case SSL_CTRL_SET_TLSEXT_SERVERNAME_CB:
      return SSL_CTX_set_tlsext_servername_callback(context, cb)
    case SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB:
      return SSL_CTX_set_tlsext_status_cb(context, cb)
    case SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB:
      return SSL_CTX_set_tlsext_ticket_key_cb(context, cb)
    default:
      return 0
  }
}

import { latin1 } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { ERR_LIB_SSL, ERR_R_UNSUPPORTED } from '../constants/err.ts'
import { SSL_OP_NO_TICKET } from '../constants/ssl.ts'
import { raise } from '../err/raise.ts'
import type { SSL_CTX } from '../ssl/ctx.ts'
import { SSL_CTX_set_psk_server_callback, SSL_set_psk_client_callback } from '../ssl/extensions/psk.ts'
import { SSL_CTX_set_options } from '../ssl/options.ts'
import { SSL_CTX_set_generate_session_id } from '../ssl/sessions/use.ts'
import type { SSL } from '../ssl/ssl.ts'

/**
 * MTLS over DTLS keys its TLS connection from the DTLS session: the PSK identity is the session id, the key is the master
 * secret (draft-badra-hajjeh-mtls-05 section 2.3).
 */

/**
 * Prepares the context of a DTLS server for that: its sessions have ids, not tickets, and no id contains a NUL, at which C ends
 * an identity.
 */
export function MTLS_CTX_set_session_ids(ctx: SSL_CTX): void {
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET)
  SSL_CTX_set_generate_session_id(ctx, (_ssl, id, length) => {
    length.value = Math.min(length.value, ID_LENGTH)
    id.set(systemRandom(length.value).map(octet => 1 + (octet % 255)))
    return 1
  })
}

/**
 * Gives a client's control connection its key, before its handshake: leave it only PSK suites, TLS_PSK_WITH_AES_128_CBC_SHA
 * (`PSK-AES128-CBC-SHA`) among them.
 * @param data - the DTLS connection, its handshake done
 * @returns 1; 0 with ERR_R_UNSUPPORTED when its session has no id that can be an identity
 */
export function MTLS_set_psk(control: SSL, data: SSL): number {
  const { session } = data
  const id = session?.session.id
  if (session === null || id === undefined || id.length === 0 || id.includes(0) || session.session.ticket.length > 0) {
    raise(ERR_LIB_SSL, ERR_R_UNSUPPORTED, 'the DTLS session has no id that both sides know')
    return 0
  }
  SSL_set_psk_client_callback(control, (_ssl, _hint, identity, _room, key) => {
    identity.fill(0)
    identity.set(id)
    key.set(session.session.master)
    return session.session.master.length
  })
  return 1
}

/**
 * Has a server's context for control connections find their keys.
 * @param find - the DTLS connection whose session has this id; null when there is none
 */
export function MTLS_CTX_set_psk(ctx: SSL_CTX, find: (session_id: Uint8Array) => SSL | null): void {
  SSL_CTX_set_psk_server_callback(ctx, (_ssl, identity, key) => {
    const id = Uint8Array.from(identity, character => character.charCodeAt(0))
    const session = find(id)?.session?.session
    // A session of another id is another one, whatever the program found.
    if (session === undefined || latin1(session.id) !== identity) return 0
    key.set(session.master)
    return session.master.length
  })
}

const ID_LENGTH = 32

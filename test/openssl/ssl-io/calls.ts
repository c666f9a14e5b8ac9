import { utf8 } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'

/** How a call's result is shown: a plain number, an I/O call, one that reads, one with a count of its own. */
export type Kind = 'plain' | 'io' | 'read' | 'read-count' | 'count'

interface Call {
  readonly kind: Kind
  readonly run: (ssl: O.SSL, number: number, place: Place) => number
}

/** The program's memory: two buffers, as a write that is repeated from elsewhere is another write. */
export class Place {
  readonly buffers = [new Uint8Array(70000), new Uint8Array(70000)] as const
  readonly moved = { value: 0 }
  say: (line: string) => void = () => undefined
  #letter = 0

  get first(): Uint8Array {
    return this.buffers[0]
  }

  /** Another letter for each write. */
  filled(length: number): Uint8Array {
    if (length > 0) this.first.fill(0x41 + (this.#letter++ % 26), 0, length)
    return this.first
  }

  blank(): Uint8Array {
    this.first.fill(0x2d, 0, 8)
    return this.first
  }

  elsewhere(): Uint8Array {
    this.buffers[1].set(this.first)
    return this.buffers[1]
  }

  reset(): void {
    this.#letter = 0
  }
}

const plain = (run: Call['run']): Call => ({ kind: 'plain', run })
const io = (run: Call['run']): Call => ({ kind: 'io', run })
const nothing = (run: (ssl: O.SSL, number: number) => void): Call =>
  plain((ssl, number) => {
    run(ssl, number)
    return 0
  })

export const CALLS: Readonly<Record<string, Call>> = {
  SSL_connect: io(O.SSL_connect),
  SSL_accept: io(O.SSL_accept),
  SSL_do_handshake: io(O.SSL_do_handshake),
  SSL_shutdown: io(O.SSL_shutdown),
  SSL_read: { kind: 'read', run: (ssl, n, place) => O.SSL_read(ssl, place.blank(), n) },
  SSL_peek: { kind: 'read', run: (ssl, n, place) => O.SSL_peek(ssl, place.blank(), n) },
  SSL_read_ex: { kind: 'read-count', run: (ssl, n, place) => O.SSL_read_ex(ssl, place.blank(), n, place.moved) },
  SSL_peek_ex: { kind: 'read-count', run: (ssl, n, place) => O.SSL_peek_ex(ssl, place.blank(), n, place.moved) },
  SSL_write: io((ssl, n, place) => O.SSL_write(ssl, place.filled(n), n)),
  'SSL_write/again': io((ssl, n, place) => O.SSL_write(ssl, place.first, n)),
  'SSL_write/elsewhere': io((ssl, n, place) => O.SSL_write(ssl, place.elsewhere(), n)),
  SSL_write_ex: { kind: 'count', run: (ssl, n, place) => O.SSL_write_ex(ssl, place.filled(n), n, place.moved) },
  DTLSv1_listen: io((ssl, _n, place) => {
    const address = new O.BIO_ADDR()
    const result = O.DTLSv1_listen(ssl, address)
    place.say(`  family ${O.BIO_ADDR_family(address)}`)
    return result
  }),
  DTLSv1_handle_timeout: io(O.DTLSv1_handle_timeout),
  SSL_pending: plain(O.SSL_pending),
  SSL_has_pending: plain(O.SSL_has_pending),
  DTLS_get_data_mtu: plain(O.DTLS_get_data_mtu),
  DTLS_get_link_min_mtu: plain(O.DTLS_get_link_min_mtu),
  SSL_get_verify_result: plain(O.SSL_get_verify_result),
  SSL_clear: plain(O.SSL_clear),
  SSL_is_init_finished: plain(O.SSL_is_init_finished),
  SSL_in_before: plain(O.SSL_in_before),
  SSL_in_init: plain(O.SSL_in_init),
  SSL_get_shutdown: plain(O.SSL_get_shutdown),
  SSL_is_server: plain(O.SSL_is_server),
  SSL_want: plain(O.SSL_want),
  SSL_get_state: plain(O.SSL_get_state),
  SSL_up_ref: plain(O.SSL_up_ref),
  SSL_set_mtu: plain(O.SSL_set_mtu),
  DTLS_set_link_mtu: plain(O.DTLS_set_link_mtu),
  SSL_set_max_send_fragment: plain(O.SSL_set_max_send_fragment),
  SSL_set_options: plain(O.SSL_set_options),
  SSL_clear_options: plain(O.SSL_clear_options),
  SSL_set_mode: plain(O.SSL_set_mode),
  SSL_clear_mode: plain(O.SSL_clear_mode),
  SSL_set_tlsext_max_fragment_length: plain(O.SSL_set_tlsext_max_fragment_length),
  SSL_get_error: plain(O.SSL_get_error),
  SSL_renegotiate: io(O.SSL_renegotiate),
  SSL_renegotiate_abbreviated: io(O.SSL_renegotiate_abbreviated),
  SSL_renegotiate_pending: plain(O.SSL_renegotiate_pending),
  SSL_num_renegotiations: plain(O.SSL_num_renegotiations),
  SSL_clear_num_renegotiations: plain(O.SSL_clear_num_renegotiations),
  SSL_total_renegotiations: plain(O.SSL_total_renegotiations),
  SSL_session_reused: plain(O.SSL_session_reused),
  SSL_get_secure_renegotiation_support: plain(O.SSL_get_secure_renegotiation_support),
  SSL_set_verify: plain((ssl, mode) => {
    O.SSL_set_verify(ssl, mode, null)
    return O.SSL_set_session_id_context(ssl, utf8('id'), 2)
  }),
  SSL_get0_peer_certificate: plain(ssl => Number(O.SSL_get0_peer_certificate(ssl) !== null)),
  SSL_set_cipher_list: plain((ssl, which) =>
    O.SSL_set_cipher_list(ssl, which === 0 ? 'ECDHE-RSA-AES128-GCM-SHA256' : 'ECDHE-RSA-CHACHA20-POLY1305'),
  ),
  SSL_set_shutdown: nothing(O.SSL_set_shutdown),
  SSL_set_connect_state: nothing(O.SSL_set_connect_state),
  SSL_set_accept_state: nothing(O.SSL_set_accept_state),
  SSL_set_split_send_fragment: plain(O.SSL_set_split_send_fragment),
  SSL_set_read_ahead: nothing(O.SSL_set_read_ahead),
  SSL_set_quiet_shutdown: nothing(O.SSL_set_quiet_shutdown),
}

import { ProtocolFailure } from '../../base/failure.ts'
import { Multiplexer } from '../../mtls/multiplexer.ts'
import type { MultiplexerEvents, MultiplexerOptions } from '../../mtls/options.ts'
import { sslClock } from '../clock.ts'
import { SSL_RECEIVED_SHUTDOWN } from '../constants/ssl.ts'
import { SSL_is_server } from '../ssl/handshake.ts'
import { DTLS_get_data_mtu } from '../ssl/mtu.ts'
import { SSL_CTX_remove_session } from '../ssl/sessions/cache.ts'
import { SSL_get_shutdown } from '../ssl/shutdown.ts'
import type { SSL } from '../ssl/ssl.ts'

/** The limits of a session; what is left out is the multiplexer's choice. */
export type MtlsLimits = Pick<MultiplexerOptions, 'windowLength' | 'maxPacketLength' | 'sendBuffer' | 'maxChannels'>

/** The connections that a session runs over: TLS alone, or TLS for control beside DTLS for data. */
export interface MtlsConnections {
  readonly control: SSL
  readonly data: SSL | null
}

/** A multiplexer for connections whose handshakes are done. */
export function multiplexerOver(
  connections: MtlsConnections,
  told: MultiplexerEvents,
  limits: MtlsLimits,
): Multiplexer {
  const { control, data } = connections
  const events: MultiplexerEvents = {
    ...told,
    onFailure(failure) {
      forbidResumption(connections)
      told.onFailure?.(failure)
    },
  }
  const role = SSL_is_server(control) ? 'server' : 'client'
  const common = { role, clock: sslClock, events, ...limits } as const
  if (data === null) return new Multiplexer({ carrier: 'stream', ...common })
  return new Multiplexer({ carrier: 'datagram', maxRecord: recordRoom(data), ...common })
}

/** Octets of plaintext that a record of a DTLS connection may have now, by what is known of the path. */
export function recordRoom(data: SSL): number {
  return Math.min(RECORD, DTLS_get_data_mtu(data) || RECORD)
}

/** What a read that gave nothing, or a write, means: the peer has closed the connection in order, or it has failed. */
export function ended(mux: Multiplexer, on: SSL): void {
  if (SSL_get_shutdown(on) & SSL_RECEIVED_SHUTDOWN && on.connection?.failure === null) mux.end()
  else mux.fail(on.connection?.failure ?? new ProtocolFailure('unexpected-eof', { alert: null }))
}

/**
 * Takes the sessions of the connections out of the caches, and condemns them: after a fatal error no session may be resumed
 * (draft-badra-hajjeh-mtls-05 section 3).
 */
function forbidResumption({ control, data }: MtlsConnections): void {
  for (const ssl of [control, data]) {
    if (ssl === null || ssl.session === null) continue
    SSL_CTX_remove_session(ssl.ctx, ssl.session)
    ssl.session.session.condemn()
  }
}

/** The plaintext of a record (RFC 5246 section 6.2.1), octets. */
export const RECORD = 2 ** 14

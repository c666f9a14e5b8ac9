import type { HeartbeatRefusal } from '../../connection/heartbeats.ts'
import { HEARTBEAT_OVERHEAD } from '../../wire/messages/heartbeat.ts'
import { HeartbeatMode } from '../../wire/registry.ts'
import { requireInteger } from '../boundary.ts'
import { ERR_LIB_SSL } from '../constants/err.ts'
import { SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT, SSL_R_TLS_HEARTBEAT_PENDING } from '../constants/ssl.ts'
import { SSL_R_UNEXPECTED_MESSAGE } from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import { announceDeadline, reportFailure, send } from './engine/transport.ts'
import { liveSsl } from './owner.ts'
import type { SSL } from './ssl.ts'

/**
 * Heartbeats (RFC 6520), with the names of OpenSSL 1.0.1 to 1.1.0. They are off until SSL_set_tlsext_heartbeat_no_requests
 * is called before the handshake, on both sides.
 */

/**
 * Offers heartbeats in the next handshake.
 * @param arg - 0: the peer may send requests, too; 1: it may only answer ours
 * @returns 1
 */
export function SSL_set_tlsext_heartbeat_no_requests(ssl: SSL, arg: number): number {
  const refuses = requireInteger(arg, 'arg') !== 0
  liveSsl(ssl).heartbeat = refuses ? HeartbeatMode.peerNotAllowedToSend : HeartbeatMode.peerAllowedToSend
  return 1
}

/** SSL_set_tlsext_heartbeat_no_requests, as 1.1.0 named it. */
export const SSL_set_dtlsext_heartbeat_no_requests: typeof SSL_set_tlsext_heartbeat_no_requests =
  SSL_set_tlsext_heartbeat_no_requests

/**
 * Sends a HeartbeatRequest: 2 bytes of a sequence number, 16 random ones, 16 of padding. SSL_read takes the answer in. Over
 * datagrams it is sent again as a flight is, by SSL_read and DTLSv1_handle_timeout, and when the answer has not come in the
 * end the connection has failed with SSL_R_READ_TIMEOUT_EXPIRED.
 * @returns 37, the bytes of the message; -1 with SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT before the handshake is done and when
 * the hellos did not agree on heartbeats, SSL_R_TLS_HEARTBEAT_PENDING when one is not answered, SSL_R_UNEXPECTED_MESSAGE in a
 * renegotiation; what BIO_write said when the BIO did not take it
 */
export function SSL_heartbeat(ssl: SSL): number {
  return request(liveSsl(ssl), null)
}

/** 1 when the peer has not answered the last SSL_heartbeat yet. */
export function SSL_get_tlsext_heartbeat_pending(ssl: SSL): number {
  return Number(liveSsl(ssl).connection?.heartbeatState === 'pending')
}

/** SSL_get_tlsext_heartbeat_pending, as 1.1.0 named it. */
export const SSL_get_dtlsext_heartbeat_pending: typeof SSL_get_tlsext_heartbeat_pending =
  SSL_get_tlsext_heartbeat_pending

/**
 * Probes whether datagrams of this size pass on the way to the peer (RFC 6520 section 5.1, RFC 4821; not in OpenSSL): a
 * HeartbeatRequest that is padded to it and sent once. The answer is small. SSL_heartbeat_probe_result tells what came of it;
 * without an answer the connection goes on.
 * @param size - bytes of the datagram, UDP's headers not counted; with CBC suites it may be some bytes shorter
 * @returns the bytes of the message, or as SSL_heartbeat; -1 with nothing queued when `size` is too small or too large
 */
export function SSL_heartbeat_probe(ssl: SSL, size: number): number {
  return request(liveSsl(ssl), requireInteger(size, 'size'))
}

/** What came of the last SSL_heartbeat or SSL_heartbeat_probe: 1 answered, 0 not yet, or none was sent, -1 lost. */
export function SSL_heartbeat_probe_result(ssl: SSL): number {
  switch (liveSsl(ssl).connection?.heartbeatState) {
    case 'answered':
      return 1
    case 'lost':
      return -1
    default:
      return 0
  }
}

function request(ssl: SSL, size: number | null): number {
  const { connection } = ssl
  const refusal = connection === null ? 'not-accepted' : connection.heartbeatRefusal
  if (connection === null || refusal !== null) {
    raise(ERR_LIB_SSL, REASONS[refusal ?? 'not-accepted'])
    return -1
  }
  const padding = size === null ? MIN_PADDING : connection.dataMtu(size) - PAYLOAD - HEADER
  if (padding < MIN_PADDING || padding > connection.maxWrite - PAYLOAD - HEADER) return -1
  const sent = connection.heartbeat({ padding, probe: size !== null })
  if (typeof sent === 'string') {
    reportFailure(ssl, connection)
    return -1
  }
  const taken = send(ssl, connection)
  announceDeadline(ssl)
  return taken > 0 ? sent : taken
}

const REASONS: Readonly<Record<HeartbeatRefusal, number>> = {
  'not-accepted': SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT,
  pending: SSL_R_TLS_HEARTBEAT_PENDING,
  handshaking: SSL_R_UNEXPECTED_MESSAGE,
  failed: SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT,
}

/** Bytes of what the engine puts into a request by itself. */
const PAYLOAD = 18
const MIN_PADDING = 16
const HEADER = HEARTBEAT_OVERHEAD - MIN_PADDING

import { SLACK } from '../../handshake/dtls/timer.ts'
import { requireCallback, requireLive } from '../boundary.ts'
import { sslClock } from '../clock.ts'
import type { DTLS_timer_cb } from './callbacks.ts'
import { announceDeadline, serviceTimer } from './engine/transport.ts'
import { SSL } from './ssl.ts'

/** C's struct timeval. */
export interface timeval {
  tv_sec: number
  tv_usec: number
}

/**
 * How long until the flight is to be sent again (DTLSv1_get_timeout(3)): wait no longer, then call DTLSv1_handle_timeout.
 * @param arg - takes the time; less than 15 ms is none
 * @returns 1, or 0 when no timer runs and `arg` is untouched
 */
export function DTLSv1_get_timeout(ssl: SSL, arg: timeval): number {
  const s = requireLive(ssl, SSL, 'ssl')
  if (typeof arg !== 'object' || arg === null) throw new TypeError('arg: an object { tv_sec, tv_usec } is needed')
  const deadline = s.connection?.nextDeadline() ?? null
  if (deadline === null) return 0
  const left = deadline - sslClock.now()
  const milliseconds = left < SLACK ? 0 : left
  arg.tv_sec = Math.floor(milliseconds / 1000)
  arg.tv_usec = Math.floor((milliseconds % 1000) * 1000)
  return 1
}

/**
 * Sends the flight again if the timer has run out (DTLSv1_handle_timeout(3)).
 * @returns 1 when it was sent, or waits for a BIO that had no room; 0 when no timer runs or it has not run out; -1 when the
 * peer was silent for too long: SSL_R_READ_TIMEOUT_EXPIRED at the 13th time, and from then on
 */
export function DTLSv1_handle_timeout(ssl: SSL): number {
  const s = requireLive(ssl, SSL, 'ssl')
  if (s.connection === null) return 0
  const ret = serviceTimer(s, s.connection)
  announceDeadline(s)
  return ret
}

/**
 * Chooses the durations of the timer instead of 1 s doubling to 60 s (DTLS_set_timer_cb(3)).
 * @param cb - the last duration in microseconds (0 at first) in, the next out; null for the default
 */
export function DTLS_set_timer_cb(s: SSL, cb: DTLS_timer_cb | null): void {
  requireLive(s, SSL, 's').settings.timerCallback = requireCallback(cb, 'cb')
}

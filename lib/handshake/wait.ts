/** What a handshake step may wait for. The facade maps each to one `SSL_ERROR_*`; nothing else suspends a handshake. */
export type Wait =
  /** The next datagram, or the deadline. */
  | 'message'
  /** The path MTU is unknown, so nothing could be sent. */
  | 'mtu'
  /** The application is to choose a certificate. */
  | 'certificate-callback'
  /** The application is to look at the ClientHello. */
  | 'hello-callback'
  /** The application checks the peer's certificates on its own time. */
  | 'retry-verify'
  /** What was made so far is to leave. */
  | 'flush'
  /** The association has not delivered everything yet (RFC 6083 section 4.7). */
  | 'dry'

/** A callback's answer when it cannot answer yet. The handshake asks again when it is resumed. */
export const SUSPEND: unique symbol = Symbol('suspend')
export type Suspend = typeof SUSPEND

/** A part of a handshake: it yields what it waits for and is resumed when that may have come. */
export type Step<T> = Generator<Wait, T, void>

/** Asks until there is an answer. */
export function* ask<T>(wait: Wait, question: () => T | Suspend): Step<T> {
  for (;;) {
    const answer = question()
    if (answer !== SUSPEND) return answer
    yield wait
  }
}

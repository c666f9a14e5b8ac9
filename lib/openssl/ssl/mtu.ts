import { BIO_ctrl } from '../bio/io.ts'
import { requireInteger, requireLive } from '../boundary.ts'
import {
  BIO_CTRL_DGRAM_GET_FALLBACK_MTU,
  BIO_CTRL_DGRAM_GET_MTU_OVERHEAD,
  BIO_CTRL_DGRAM_QUERY_MTU,
  BIO_CTRL_DGRAM_SET_MTU,
} from '../constants/bio.ts'
import { SSL_OP_NO_QUERY_MTU } from '../constants/ssl.ts'
import { SSL } from './ssl.ts'

/** The smallest link MTU that DTLS_set_link_mtu takes, bytes. */
const MIN_LINK_MTU = 256
/** The largest header overhead there is, IPv6 with UDP, bytes. */
const MAX_OVERHEAD = 48
/**
 * Bytes of a link whose MTU nobody knows: IPv6 promises 1280. libssl takes 256, and cuts a certificate into a dozen
 * datagrams wherever the BIO does not answer (rust-openssl/rust-openssl#1155).
 */
const DEFAULT_LINK_MTU = 1280

/**
 * Sets the bytes that a datagram may have, headers below UDP not counted. Before the handshake it lasts only with
 * SSL_OP_NO_QUERY_MTU: without it the start of the handshake asks the BIO.
 * @returns `mtu`, or 0 when it is below 208, and in TLS
 */
export function SSL_set_mtu(ssl: SSL, mtu: number): number {
  const s = requireLive(ssl, SSL, 'ssl')
  if (requireInteger(mtu, 'mtu') < MIN_LINK_MTU - MAX_OVERHEAD || !s.method.datagram) return 0
  s.mtu = mtu
  return mtu
}

/**
 * Sets the bytes that a packet on the link may have, IP and UDP headers included; used from the next flight on.
 * @returns 1, or 0 when it is below 256, and in TLS
 */
export function DTLS_set_link_mtu(ssl: SSL, mtu: number): number {
  const s = requireLive(ssl, SSL, 'ssl')
  if (requireInteger(mtu, 'mtu') < MIN_LINK_MTU || !s.method.datagram) return 0
  s.linkMtu = mtu
  return 1
}

/**
 * The smallest MTU that DTLS goes down to.
 * @returns 256, the smallest link MTU, bytes; 0 in TLS
 */
export function DTLS_get_link_min_mtu(ssl: SSL): number {
  return requireLive(ssl, SSL, 'ssl').method.datagram ? MIN_LINK_MTU : 0
}

/**
 * The most application data, in bytes, that SSL_write can put into a datagram within the MTU (DTLS_get_data_mtu(3)).
 * @returns 0 before there are keys, and in TLS
 */
export function DTLS_get_data_mtu(s: SSL): number {
  const ssl = requireLive(s, SSL, 's')
  return ssl.method.datagram ? (ssl.connection?.dataMtu(ssl.mtu) ?? 0) : 0
}

/** The start of a handshake forgets what was set before it, unless the program has said that it knows better. */
export function resetMtu(ssl: SSL): void {
  if (ssl.settings.options & SSL_OP_NO_QUERY_MTU) return
  ssl.mtu = 0
  ssl.linkMtu = 0
}

/**
 * The bytes that the datagrams of the next flight may have; 0 when the program forbids to ask and has set nothing.
 * @param expirations - how often the timer ran out on this flight: from the third on the BIO's fall-back is taken
 */
export function currentMtu(ssl: SSL, expirations: number): number {
  const overhead = ask(ssl, BIO_CTRL_DGRAM_GET_MTU_OVERHEAD)
  const mayQuery = (ssl.settings.options & SSL_OP_NO_QUERY_MTU) === 0
  if (ssl.linkMtu !== 0) {
    ssl.mtu = ssl.linkMtu - overhead
    ssl.linkMtu = 0
  }
  const minimum = MIN_LINK_MTU - overhead
  if (ssl.mtu < minimum) {
    if (!mayQuery) return 0
    ssl.mtu = ask(ssl, BIO_CTRL_DGRAM_QUERY_MTU)
    if (ssl.mtu < minimum) {
      ssl.mtu = DEFAULT_LINK_MTU - (overhead === 0 ? MAX_OVERHEAD : overhead)
      if (ssl.wbio !== null) BIO_ctrl(ssl.wbio, BIO_CTRL_DGRAM_SET_MTU, ssl.mtu)
    }
  }
  if (mayQuery && expirations > 2) {
    const fallback = ask(ssl, BIO_CTRL_DGRAM_GET_FALLBACK_MTU)
    if (fallback > 0 && fallback < ssl.mtu) ssl.mtu = fallback
  }
  return ssl.mtu
}

function ask({ wbio }: SSL, command: number): number {
  return wbio === null ? 0 : Math.max(0, BIO_ctrl(wbio, command, 0))
}

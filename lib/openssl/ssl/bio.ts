import type * as dgram from 'node:dgram'
import type * as net from 'node:net'
import { fileno } from '../../transport/posix/socket.ts'
import { BIO, BIO_free_all, BIO_up_ref } from '../bio/bio.ts'
import { BIO_find_type, BIO_method_type } from '../bio/chain.ts'
import { BIO_ctrl_set_connected, BIO_new_dgram } from '../bio/datagram/dgram.ts'
import { stateOf } from '../bio/datagram/dgram-state.ts'
import { BIO_get_fd } from '../bio/macros.ts'
import { BIO_ADDR, setAddress } from '../bio/socket/addr.ts'
import { BIO_new_socket } from '../bio/socket/socket.ts'
import { requireLive, requireLiveOrNull } from '../boundary.ts'
import { BIO_NOCLOSE, BIO_TYPE_DESCRIPTOR, BIO_TYPE_DGRAM, BIO_TYPE_SOCKET } from '../constants/bio.ts'
import { ERR_LIB_SSL, ERR_R_BUF_LIB } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { SSL } from './ssl.ts'

/**
 * Gives the object its BIOs; it owns one reference to each from then on, and only one if both are the same
 * (SSL_set_bio(3), whose historical rules hold: what does not change is not taken again).
 */
export function SSL_set_bio(s: SSL, rbio: BIO | null, wbio: BIO | null): void {
  const ssl = requireLive(s, SSL, 's')
  requireLiveOrNull(rbio, BIO, 'rbio')
  requireLiveOrNull(wbio, BIO, 'wbio')
  if (rbio === ssl.rbio && wbio === ssl.wbio) return
  if (rbio !== null && rbio === wbio) BIO_up_ref(rbio)
  if (rbio === ssl.rbio) {
    SSL_set0_wbio(ssl, wbio)
    return
  }
  if (wbio === ssl.wbio && ssl.rbio !== ssl.wbio) {
    SSL_set0_rbio(ssl, rbio)
    return
  }
  SSL_set0_rbio(ssl, rbio)
  SSL_set0_wbio(ssl, wbio)
}

/** Gives the object its read BIO, with one reference. */
export function SSL_set0_rbio(s: SSL, rbio: BIO | null): void {
  const ssl = requireLive(s, SSL, 's')
  const bio = requireLiveOrNull(rbio, BIO, 'rbio')
  BIO_free_all(ssl.rbio)
  ssl.rbio = bio
  ssl.changed()
}

/** Gives the object its write BIO, with one reference. */
export function SSL_set0_wbio(s: SSL, wbio: BIO | null): void {
  const ssl = requireLive(s, SSL, 's')
  const bio = requireLiveOrNull(wbio, BIO, 'wbio')
  BIO_free_all(ssl.wbio)
  ssl.wbio = bio
  ssl.changed()
}

/** The BIO that is read from, without a reference; null for none. */
export function SSL_get_rbio(s: SSL): BIO | null {
  return requireLive(s, SSL, 's').rbio
}

/** The BIO that is written to, without a reference; null for none. */
export function SSL_get_wbio(s: SSL): BIO | null {
  return requireLive(s, SSL, 's').wbio
}

/**
 * Reads from and writes to a descriptor, or a socket of Node's, which stays the caller's (SSL_set_fd(3)): of TCP for TLS, a
 * `net.Socket`; of UDP for DTLS, a `dgram.Socket`. Connect it first, as a client; one of UDP that is not connected answers
 * whoever was heard last.
 * @returns 1, or 0 when no BIO can be made
 */
export function SSL_set_fd(s: SSL, fd: number | net.Socket | dgram.Socket): number {
  return withBio(s, fd, (ssl, bio) => SSL_set_bio(ssl, bio, bio))
}

/** SSL_set_fd for reading only. */
export function SSL_set_rfd(s: SSL, fd: number | net.Socket | dgram.Socket): number {
  return withBio(s, fd, SSL_set0_rbio, SSL_get_wbio(s))
}

/** SSL_set_fd for writing only. */
export function SSL_set_wfd(s: SSL, fd: number | net.Socket | dgram.Socket): number {
  return withBio(s, fd, SSL_set0_wbio, SSL_get_rbio(s))
}

/** The descriptor of the read BIO, -1 when it has none. */
export function SSL_get_fd(s: SSL): number {
  return SSL_get_rfd(s)
}

/** The descriptor that is read from; -1 for none, with ERR_R_PASSED_NULL_PARAMETER where there is no BIO at all. */
export function SSL_get_rfd(s: SSL): number {
  return descriptorOf(SSL_get_rbio(s))
}

/** The descriptor that is written to; -1 for none. */
export function SSL_get_wfd(s: SSL): number {
  return descriptorOf(SSL_get_wbio(s))
}

/** @param there - the BIO of the other direction, which serves both on the same descriptor */
function withBio(
  s: SSL,
  socket: number | net.Socket | dgram.Socket,
  use: (ssl: SSL, bio: BIO) => void,
  there: BIO | null = null,
): number {
  const ssl = requireLive(s, SSL, 's')
  const type = ssl.method.datagram ? BIO_TYPE_DGRAM : BIO_TYPE_SOCKET
  if (there !== null && BIO_method_type(there) === type && BIO_get_fd(there, null) === descriptor(socket)) {
    BIO_up_ref(there)
    use(ssl, there)
    return 1
  }
  const bio = ssl.method.datagram ? datagramBio(socket) : BIO_new_socket(socket, BIO_NOCLOSE)
  if (bio === null) {
    raise(ERR_LIB_SSL, ERR_R_BUF_LIB)
    return 0
  }
  use(ssl, bio)
  return 1
}

const descriptor = (socket: number | net.Socket | dgram.Socket): number =>
  typeof socket === 'number' ? socket : fileno(socket)

function datagramBio(socket: number | net.Socket | dgram.Socket): BIO | null {
  const bio = BIO_new_dgram(descriptor(socket), BIO_NOCLOSE)
  if (bio === null) return null
  // C makes a socket BIO here, which needs not be told whom its descriptor is connected to.
  const peer = new BIO_ADDR()
  setAddress(peer, stateOf(bio).socket?.peer ?? null)
  if (peer.endpoint !== null) BIO_ctrl_set_connected(bio, peer)
  return bio
}

function descriptorOf(bio: BIO | null): number {
  const below = BIO_find_type(bio, BIO_TYPE_DESCRIPTOR)
  return below === null ? -1 : BIO_get_fd(below, null)
}

import { utf8 } from '../../lib/base/bytes.ts'
import type { BIO } from '../../lib/openssl/bio/bio.ts'
import { BIO_new_bio_dgram_pair } from '../../lib/openssl/bio/datagram/datagram-pair.ts'
import type { Out } from '../../lib/openssl/boundary.ts'
import { SSL_CTX_set_cipher_list } from '../../lib/openssl/ssl/algorithms/ciphers.ts'
import { SSL_set_bio } from '../../lib/openssl/ssl/bio.ts'
import type { SSL_CTX } from '../../lib/openssl/ssl/ctx.ts'
import {
  SSL_CTX_set_psk_client_callback,
  SSL_CTX_set_psk_server_callback,
} from '../../lib/openssl/ssl/extensions/psk.ts'
import { SSL_do_handshake, SSL_set_accept_state, SSL_set_connect_state } from '../../lib/openssl/ssl/handshake.ts'
import { DTLS_method } from '../../lib/openssl/ssl/method.ts'
import { SSL_CTX_new, SSL_new } from '../../lib/openssl/ssl/new-free.ts'
import type { SSL } from '../../lib/openssl/ssl/ssl.ts'

/** A context whose connections agree on a key both have: no certificates get in the way of what is measured. */
export function pskContext(ciphers: string): SSL_CTX {
  const ctx = present(SSL_CTX_new(DTLS_method()), 'SSL_CTX_new')
  if (SSL_CTX_set_cipher_list(ctx, ciphers) !== 1) throw new Error(`${ciphers} is not available`)
  SSL_CTX_set_psk_client_callback(ctx, (_ssl, _hint, identity, _room, psk) => {
    identity.set(utf8('bench\0'))
    psk.set(KEY)
    return KEY.length
  })
  SSL_CTX_set_psk_server_callback(ctx, (_ssl, _identity, psk) => {
    psk.set(KEY)
    return KEY.length
  })
  return ctx
}

/** Client and server through with the handshake, joined by a datagram pair in memory. */
export function connectedPair(ctx: SSL_CTX): [SSL, SSL] {
  const ends: [Out<BIO | null>, Out<BIO | null>] = [{ value: null }, { value: null }]
  if (BIO_new_bio_dgram_pair(ends[0], ROOM, ends[1], ROOM) !== 1) throw new Error('BIO_new_bio_dgram_pair')
  const make = (bio: BIO | null): SSL => {
    const ssl = present(SSL_new(ctx), 'SSL_new')
    SSL_set_bio(ssl, bio, bio)
    return ssl
  }
  const [client, server] = [make(ends[0].value), make(ends[1].value)]
  SSL_set_connect_state(client)
  SSL_set_accept_state(server)
  for (let turn = 0; turn < TURNS; turn++) {
    const [a, b] = [SSL_do_handshake(client), SSL_do_handshake(server)]
    if (a === 1 && b === 1) return [client, server]
  }
  throw new Error('the handshake does not end')
}

export function present<T>(value: T | null, name: string): T {
  if (value === null) throw new Error(`${name} gave null`)
  return value
}

const KEY = new Uint8Array(16).fill(7)
/** For records of 16 KiB; the BIO's own default is for nine datagrams of usual size. */
const ROOM = 2 ** 17
const TURNS = 20

import { resolve } from 'node:path'
import * as ssl from 'openssl-shim'
import type { Role } from '../demo/events.ts'
import { message_name, Records } from '../demo/messages.ts'
import type { Arrow } from './arrow.ts'

/** The handshakes that have a picture: each is run in memory, and its message callbacks tell what passes. */
export type Kind = 'full' | 'resumed' | 'cookie'

export const TITLES: Readonly<Record<Kind, string>> = {
  full: 'A full handshake of DTLS 1.2',
  resumed: 'A session resumed by its ticket',
  cookie: 'A full handshake behind a cookie exchange, with certificates on both sides',
}

/** Milliseconds that a flight takes to the other side. Lengths are those of RSA and X25519, which never vary. */
const DELAY = 10

/** Runs a handshake of this kind and returns what passed. */
export function trace(kind: Kind): Arrow[] {
  const client = context('client', kind)
  const server = context('server', kind)
  let arrows: Arrow[] = []
  let session: ssl.SSL_SESSION | null = null
  for (let runs = kind === 'resumed' ? 2 : 1; runs > 0; runs--) {
    const met = meet(client, server, session)
    if (session !== null) ssl.SSL_SESSION_free(session)
    arrows = met.arrows
    session = met.session
  }
  if (session !== null) ssl.SSL_SESSION_free(session)
  ssl.SSL_CTX_free(client)
  ssl.SSL_CTX_free(server)
  return arrows
}

function meet(client: ssl.SSL_CTX, server: ssl.SSL_CTX, session: ssl.SSL_SESSION | null) {
  const arrows: Arrow[] = []
  let now = 0
  const ends = { client: end(client), server: end(server) }
  for (const role of ROLES) {
    const records = new Records()
    ssl.SSL_set_msg_callback(ends[role], (sent, _version, type, bytes) => {
      if (sent === 0) return
      if (type === ssl.SSL3_RT_HEADER) records.add(bytes)
      else {
        const { epoch, length } = records.take()
        arrows.push({ from: role, name: message_name(type, bytes), epoch, length, at: now })
      }
    })
  }
  ssl.SSL_set_connect_state(ends.client)
  ssl.SSL_set_accept_state(ends.server)
  if (session !== null) ssl.SSL_set_session(ends.client, session)
  const unfinished = () => ROLES.some(role => ssl.SSL_is_init_finished(ends[role]) !== 1)
  for (let turn = 0; turn < 12 && unfinished(); turn++) {
    const [from, to] = turn % 2 === 0 ? [ends.client, ends.server] : [ends.server, ends.client]
    ssl.SSL_do_handshake(from)
    deliver(from, to)
    now += DELAY
  }
  if (unfinished()) throw new Error('the handshake was not finished')
  const kept = ssl.SSL_get1_session(ends.client)
  ssl.SSL_shutdown(ends.client)
  deliver(ends.client, ends.server)
  now += DELAY
  ssl.SSL_read(ends.server, Buffer.alloc(1))
  ssl.SSL_shutdown(ends.server)
  for (const role of ROLES) ssl.SSL_free(ends[role])
  ssl.ERR_clear_error()
  return { arrows, session: kept }
}

const ROLES: readonly Role[] = ['client', 'server']

function context(role: Role, kind: Kind): ssl.SSL_CTX {
  const ctx = present(ssl.SSL_CTX_new(ssl.DTLS_method()))
  ssl.SSL_CTX_set1_groups_list(ctx, 'X25519')
  ssl.SSL_CTX_set_cipher_list(ctx, 'ECDHE-RSA-AES128-GCM-SHA256')
  if (role === 'server' || kind === 'cookie') {
    const name = role === 'server' ? 'rsa' : 'client-rsa'
    must(ssl.SSL_CTX_use_certificate_chain_file(ctx, certificate(name)))
    must(ssl.SSL_CTX_use_PrivateKey_file(ctx, certificate(`${name}.key`), ssl.SSL_FILETYPE_PEM))
  }
  must(ssl.SSL_CTX_load_verify_file(ctx, certificate('authority')))
  if (role === 'client' || kind === 'cookie') ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
  if (kind === 'cookie') ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_COOKIE_EXCHANGE)
  ssl.SSL_CTX_set_cookie_generate_cb(ctx, (_ssl, cookie, length) => {
    cookie.set(COOKIE)
    length.value = COOKIE.length
    return 1
  })
  ssl.SSL_CTX_set_cookie_verify_cb(ctx, (_ssl, cookie, length) => Number(COOKIE.equals(cookie.subarray(0, length))))
  return ctx
}

/** There is but one client, in the same process. */
const COOKIE = Buffer.alloc(20, 0x5a)

function end(ctx: ssl.SSL_CTX): ssl.SSL {
  const con = present(ssl.SSL_new(ctx))
  ssl.SSL_set_bio(con, present(ssl.BIO_new(ssl.BIO_s_mem())), present(ssl.BIO_new(ssl.BIO_s_mem())))
  ssl.SSL_set_options(con, ssl.SSL_OP_NO_QUERY_MTU)
  ssl.SSL_set_mtu(con, 1500)
  return con
}

function deliver(from: ssl.SSL, to: ssl.SSL): void {
  const bytes = Buffer.alloc(20_000)
  const length = ssl.BIO_read(present(ssl.SSL_get_wbio(from)), bytes)
  if (length > 0) ssl.BIO_write(present(ssl.SSL_get_rbio(to)), bytes, length)
}

/** From the root of the project, where every command starts: this also runs compiled. */
function certificate(name: string): string {
  return resolve('test/vectors/certificates', `${name}.pem`)
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error(ssl.ERR_error_string(ssl.ERR_get_error()))
  return value
}

function must(ret: number): void {
  if (ret !== 1) throw new Error(ssl.ERR_error_string(ssl.ERR_get_error()))
}

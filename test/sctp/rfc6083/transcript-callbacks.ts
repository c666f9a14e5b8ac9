import { setTimeout as sleep } from 'node:timers/promises'
import * as O from '../../../lib/promises.ts'
import * as P from '../../../lib/socket.ts'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { present } from './ends.ts'
import { accepted, comparable, connected, newBio, Sockets } from './transcript.ts'

/** The callbacks of both ends, as test/sctp/kernel/openssl-transcript.c has them: first the server's, then the client's. */
export async function callbackTranscript(provider: SctpProvider): Promise<string[]> {
  const sockets = new Sockets(provider)
  const { listener, address } = sockets.listening(5)
  const [client, server] = [new Callbacks(), new Callbacks()]
  await Promise.all([clientSide(client, sockets, address), serverSide(server, listener)])
  P.close(listener)
  return comparable([...server.lines, ...client.lines].join('\n'))
}

async function clientSide(log: Callbacks, sockets: Sockets, address: P.sockaddr): Promise<void> {
  const ctx = certified(O.DTLS_client_method())
  const buf = Buffer.alloc(100)
  let session: O.SSL_SESSION | null = null
  for (let round = 0; round < 2; round++) {
    const fd = sockets.open(5)
    O.BIO_free(newBio(fd))
    await connected(fd, address)
    const ssl = log.watched(ctx, fd)
    log.lines.push(`client ${round}`)
    if (session !== null) O.SSL_set_session(ssl, session)
    log.result('connect', ssl, await O.SSL_connect(ssl))
    log.result('write', ssl, await O.SSL_write(ssl, Buffer.from('hello')))
    log.result('read', ssl, await O.SSL_read(ssl, buf))
    if (round === 0) {
      log.result('read', ssl, await O.SSL_read(ssl, buf))
      log.result('write', ssl, await O.SSL_write(ssl, Buffer.from('again')))
    }
    log.result('read', ssl, await O.SSL_read(ssl, buf))
    log.result('shutdown', ssl, await O.SSL_shutdown(ssl))
    session = present(O.SSL_get1_session(ssl))
    O.SSL_free(ssl)
    P.close(fd)
  }
}

async function serverSide(log: Callbacks, listener: number): Promise<void> {
  const ctx = certified(O.DTLS_server_method())
  const buf = Buffer.alloc(100)
  O.SSL_CTX_set_session_id_context(ctx, Buffer.from('sctp'), 4)
  for (let round = 0; round < 2; round++) {
    const fd = await accepted(listener)
    P.fcntl(fd, P.F_SETFL, 0)
    const ssl = log.watched(ctx, fd)
    log.lines.push(`server ${round}`)
    log.result('accept', ssl, await O.SSL_accept(ssl))
    log.result('read', ssl, await O.SSL_read(ssl, buf))
    log.result('write', ssl, await O.SSL_write(ssl, Buffer.from('world')))
    if (round === 0) {
      O.SSL_renegotiate(ssl)
      log.result('handshake', ssl, await O.SSL_do_handshake(ssl))
      log.result('write', ssl, await O.SSL_write(ssl, Buffer.from('there')))
      log.result('read', ssl, await O.SSL_read(ssl, buf))
    }
    while (O.BIO_dgram_sctp_wait_for_dry(present(O.SSL_get_wbio(ssl))) !== 1) await sleep(10)
    log.result('shutdown', ssl, await O.SSL_shutdown(ssl))
    log.result('shutdown', ssl, await O.SSL_shutdown(ssl))
    O.SSL_free(ssl)
    P.close(fd)
  }
}

class Callbacks {
  readonly lines: string[] = []

  watched(ctx: O.SSL_CTX, fd: number): O.SSL {
    const ssl = present(O.SSL_new(ctx))
    const bio = newBio(fd)
    O.SSL_set_bio(ssl, bio, bio)
    O.SSL_set_msg_callback(ssl, (writing, version, type, buf, length) => {
      const number = (at: number) => ((buf[at] ?? 0) << 8) | (buf[at + 1] ?? 0)
      let line = `  ${writing ? 'writes' : 'reads'} ${version.toString(16).padStart(4, '0')} type ${type}`
      if (type === O.SSL3_RT_HEADER) line += `, header of type ${buf[0]}, epoch ${number(3)}`
      else if (type === O.SSL3_RT_HANDSHAKE) line += `, message ${buf[0]}, sequence ${number(4)}`
      else if (type === O.SSL3_RT_ALERT) line += `, alert ${buf[0]} ${buf[1]}`
      else line += `, ${length} bytes`
      this.lines.push(line)
    })
    O.SSL_set_info_callback(ssl, (given, where, ret) => {
      this.lines.push(`  info ${where.toString(16)} ${ret} ${O.SSL_state_string(given)}`)
    })
    return ssl
  }

  result(what: string, ssl: O.SSL, ret: number): void {
    let line = `${what}: ${ret}, error ${O.SSL_get_error(ssl, ret)}`
    for (let code = O.ERR_get_error(); code !== 0; code = O.ERR_get_error()) line += `, ${O.ERR_GET_REASON(code)}`
    this.lines.push(line)
  }
}

function certified(method: O.SSL_METHOD): O.SSL_CTX {
  const ctx = present(O.SSL_CTX_new(method))
  const file = (name: string) => `test/vectors/certificates/${name}.pem`
  O.SSL_CTX_use_certificate_file(ctx, file('p256'), O.SSL_FILETYPE_PEM)
  O.SSL_CTX_use_PrivateKey_file(ctx, file('p256.key'), O.SSL_FILETYPE_PEM)
  return ctx
}

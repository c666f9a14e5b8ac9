import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { certificatePath, need } from './pair.ts'

/** What SSL_get_peer_cert_chain gives after a resumption, and beside it SSL_get0_peer_certificate, as measured on libssl 3.0. */

interface Ends {
  readonly client: O.SSL
  readonly server: O.SSL
}

function contexts(options = 0): { cc: O.SSL_CTX; sc: O.SSL_CTX } {
  const [cc, sc] = [need(O.SSL_CTX_new(O.DTLS_method())), need(O.SSL_CTX_new(O.DTLS_method()))]
  for (const [ctx, name] of [
    [cc, 'client-rsa'],
    [sc, 'rsa'],
  ] as const) {
    O.SSL_CTX_use_certificate_chain_file(ctx, certificatePath(name))
    O.SSL_CTX_use_PrivateKey_file(ctx, certificatePath(`${name}.key`), 1)
  }
  O.SSL_CTX_load_verify_file(sc, certificatePath('authority'))
  O.SSL_CTX_set_verify(sc, O.SSL_VERIFY_PEER, null)
  O.SSL_CTX_set_session_id_context(sc, Buffer.from('a'))
  O.SSL_CTX_set_options(sc, options)
  return { cc, sc }
}

function connect({ cc, sc }: ReturnType<typeof contexts>, session: O.SSL_SESSION | null): Ends {
  const [client, server] = [need(O.SSL_new(cc)), need(O.SSL_new(sc))]
  const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
  O.BIO_up_ref(one)
  O.BIO_up_ref(two)
  O.SSL_set_bio(client, one, two)
  O.SSL_set_bio(server, two, one)
  O.SSL_set_connect_state(client)
  O.SSL_set_accept_state(server)
  if (session !== null) O.SSL_set_session(client, session)
  for (let round = 0; round < 4; round++) for (const ssl of [client, server]) O.SSL_do_handshake(ssl)
  for (const ssl of [client, server]) expect(O.SSL_session_reused(ssl)).toBe(Number(session !== null))
  return { client, server }
}

/** The lengths of both chains, null where there is none, while both know the other's own certificate. */
function chains({ client, server }: Ends) {
  for (const ssl of [client, server]) expect(O.SSL_get0_peer_certificate(ssl)).not.toBeNull()
  return [client, server].map(ssl => O.SSL_get_peer_cert_chain(ssl)?.length ?? null)
}

function kept({ client, server }: Ends): O.SSL_SESSION {
  for (const ssl of [client, server]) O.SSL_shutdown(ssl)
  return need(O.SSL_get1_session(client))
}

test.each([
  ['ticket', 0, null],
  ['id', O.SSL_OP_NO_TICKET, 0],
] as const)('resumed by %s: the client has kept the chain', (_how, options, ofServer) => {
  const both = contexts(options)
  const first = connect(both, null)
  expect(chains(first)).toEqual([2, 0])
  expect(chains(connect(both, kept(first)))).toEqual([2, ofServer])
})

test('resumed from the DER form: neither has', () => {
  const both = contexts()
  const der: { value: Uint8Array | null } = { value: null }
  const length = O.i2d_SSL_SESSION(kept(connect(both, null)), der)
  const session = need(O.d2i_SSL_SESSION(null, { value: need(der.value) }, length))
  expect(chains(connect(both, session))).toEqual([null, null])
})

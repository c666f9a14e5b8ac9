import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { type Endpoint, failure, handshake } from './ours.ts'
import { exchange, identity, live, Stage, trust } from './stage.ts'

/** Every kind of key with every signature scheme it can make, shown by the server and by the client, in both roles. */

const stage = new Stage()
afterEach(() => stage.clear())

interface Cell {
  /** File name of the certificate. */
  readonly certificate: string
  /** As OpenSSL's lists call it. */
  readonly scheme: string
  /** What openssl prints of a signature made with it; null where the scheme has no hash of its own. */
  readonly digest: string | null
  readonly type: string
}

const ECDSA = ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']
const cells: readonly Cell[] = [
  ...signed('rsa', 'RSA', 'RSA', ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']),
  ...signed('rsa', 'RSA-PSS', 'RSA-PSS', ['SHA256', 'SHA384', 'SHA512']),
  ...['256', '384', '512'].map(bits => ({
    certificate: 'rsa-pss',
    scheme: `rsa_pss_pss_sha${bits}`,
    digest: `SHA${bits}`,
    type: 'RSA-PSS',
  })),
  ...['p256', 'p384', 'p521'].flatMap(name => signed(name, 'ECDSA', 'ECDSA', ECDSA)),
  { certificate: 'ed25519', scheme: 'ed25519', digest: null, type: 'ed25519' },
  { certificate: 'ed448', scheme: 'ed448', digest: null, type: 'ed448' },
]

/** libssl 3.0 uses these in a server of TLS 1.2, but not of DTLS 1.2: it compares the version with TLS's numbers. */
const NOT_IN_LIBSSL = ['rsa-pss', 'ed25519', 'ed448']

function signed(certificate: string, key: string, type: string, digests: readonly string[]): Cell[] {
  return digests.map(digest => ({ certificate, scheme: `${key}+${digest}`, digest, type }))
}

/** SHA-1 signatures are for level 0 only. */
const ciphers = 'ECDHE:@SECLEVEL=0'

/** What openssl says that its peer has signed with. */
function printed({ digest, type }: Cell): RegExp {
  return digest === null
    ? new RegExp(`Peer signature type: ${type}\\s`)
    : new RegExp(`Peer signing digest: ${digest}\\s+Peer signature type: ${type}\\s`)
}

/** The same from our side, in the same words. */
function heard({ con }: Endpoint): string {
  const [hash, type] = [{ value: 0 }, { value: 0 }]
  ssl.SSL_get_peer_signature_nid(con, hash)
  ssl.SSL_get_peer_signature_type_nid(con, type)
  return `${HASHES.get(hash.value) ?? hash.value} ${TYPES.get(type.value) ?? type.value}`
}

function said({ digest, type }: Cell): string {
  return `${digest ?? 'none'} ${type}`
}

const HASHES = new Map([
  [0, 'none'],
  [ssl.NID_sha1, 'SHA1'],
  [675, 'SHA224'],
  [ssl.NID_sha256, 'SHA256'],
  [ssl.NID_sha384, 'SHA384'],
  [ssl.NID_sha512, 'SHA512'],
])
const TYPES = new Map([
  [ssl.EVP_PKEY_RSA, 'RSA'],
  [ssl.EVP_PKEY_RSA_PSS, 'RSA-PSS'],
  [ssl.EVP_PKEY_EC, 'ECDSA'],
  [ssl.NID_ED25519, 'ed25519'],
  [ssl.NID_ED448, 'ed448'],
])

function subjectOfPeer({ con }: Endpoint): string | null {
  const certificate = ssl.SSL_get0_peer_certificate(con)
  return certificate === null ? null : ssl.X509_NAME_oneline(ssl.X509_get_subject_name(certificate))
}

const strictly = (ctx: ssl.SSL_CTX) =>
  ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)

live("the server's signature: our client, s_server", () => {
  test.each(NOT_IN_LIBSSL)('a server that has %s alone finds no cipher', async name => {
    const { port, process } = await stage.server(['-dtls', ...identity(name)])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_client_method()), port)
    expect(await failure(endpoint, 'client')).toEqual(['0A000410'])
    await process.prints(/error:0A0000C1:/)
  })

  test.each(cells.filter(({ certificate }) => !NOT_IN_LIBSSL.includes(certificate)))(
    '$certificate, $scheme',
    async cell => {
      const { port, process } = await stage.server(['-dtls', ...identity(cell.certificate), '-cipher', ciphers])
      const ctx = stage.context(ssl.DTLS_client_method(), { ciphers, configure: strictly })
      expect(ssl.SSL_CTX_set1_sigalgs_list(ctx, cell.scheme)).toBe(1)
      const endpoint = await stage.endpoint(ctx, port)
      await handshake(endpoint, 'client')
      expect(heard(endpoint)).toBe(said(cell))
      expect(subjectOfPeer(endpoint)).toBe(`/CN=${cell.certificate}.test`)
      expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(ssl.X509_V_OK)
      await exchange(endpoint, process)
    },
  )
})

live("the server's signature: s_client, our server", () => {
  test.each(cells)('$certificate, $scheme', async cell => {
    const ctx = stage.context(ssl.DTLS_server_method(), { ciphers, certificates: [cell.certificate] })
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', ...trust(), '-sigalgs', cell.scheme, '-cipher', ciphers])
    await handshake(endpoint, 'server')
    await client.prints(/Verify return code: 0 \(ok\)/)
    expect(client.output).toMatch(printed(cell))
    await exchange(endpoint, client)
  })
})

live("the client's signature: our client, s_server", () => {
  test.each(cells)('$certificate, $scheme', async cell => {
    const asks = ['-Verify', '1', ...trust(), '-client_sigalgs', cell.scheme]
    const { port, process } = await stage.server(['-dtls', ...identity('p256'), ...asks, '-cipher', ciphers])
    const ctx = stage.context(ssl.DTLS_client_method(), { ciphers, certificates: [cell.certificate] })
    const endpoint = await stage.endpoint(ctx, port)
    await handshake(endpoint, 'client')
    await process.prints(/CIPHER is/)
    expect(process.output).toMatch(printed(cell))
    expect(process.output).toMatch(new RegExp(`subject=CN = ${cell.certificate}\\.test`))
    await exchange(endpoint, process)
  })
})

live("the client's signature: s_client, our server", () => {
  test.each(cells)('$certificate, $scheme', async cell => {
    const ctx = stage.context(ssl.DTLS_server_method(), { ciphers, certificates: ['p256'], configure: strictly })
    expect(ssl.SSL_CTX_set1_client_sigalgs_list(ctx, cell.scheme)).toBe(1)
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', ...identity(cell.certificate), '-cipher', ciphers])
    await handshake(endpoint, 'server')
    expect(heard(endpoint)).toBe(said(cell))
    expect(subjectOfPeer(endpoint)).toBe(`/CN=${cell.certificate}.test`)
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(ssl.X509_V_OK)
    await exchange(endpoint, client)
  })
})

live('both sides with certificates in DTLS 1.0, where the kind of key decides the signature', () => {
  const kinds = ['rsa', 'p256', 'p384', 'p521']

  test.each(kinds)('our client, s_server: %s', async name => {
    const args = ['-dtls1', ...identity(name), '-Verify', '1', ...trust(), '-cipher', ciphers]
    const { port, process } = await stage.server(args)
    const options = { ciphers, certificates: [name], configure: strictly }
    const endpoint = await stage.endpoint(stage.context(ssl.DTLSv1_client_method(), options), port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_version(endpoint.con)).toBe('DTLSv1')
    await exchange(endpoint, process)
    expect(process.output).toMatch(new RegExp(`subject=CN = ${name}\\.test`))
  })

  test.each(kinds)('s_client, our server: %s', async name => {
    const options = { ciphers, certificates: [name], configure: strictly }
    const endpoint = await stage.endpoint(stage.context(ssl.DTLSv1_server_method(), options))
    const client = stage.client(endpoint.port, ['-dtls1', ...identity(name), ...trust(), '-cipher', ciphers])
    await handshake(endpoint, 'server')
    expect(subjectOfPeer(endpoint)).toBe(`/CN=${name}.test`)
    await client.prints(/Verify return code: 0 \(ok\)/)
    await exchange(endpoint, client)
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { certificateFile, type Endpoint, handshake, keyFile } from './ours.ts'
import { exchange, identity, identityWithChain, live, Stage } from './stage.ts'

/** What both sides agree on beyond a suite, as our calls and openssl's options ask for it, and as both say afterwards. */

const stage = new Stage()
const folder = mkdtempSync(join(tmpdir(), 'extensions-'))
afterEach(() => stage.clear())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function subjectOfPeer({ con }: Endpoint): string | null {
  const certificate = ssl.SSL_get0_peer_certificate(con)
  return certificate === null ? null : ssl.X509_NAME_oneline(ssl.X509_get_subject_name(certificate))
}

function selectedProtocol({ con }: Endpoint): string {
  const data: ssl.Out<Uint8Array | null> = { value: null }
  const length = { value: 0 }
  ssl.SSL_get0_alpn_selected(con, data, length)
  return Buffer.from(data.value ?? []).toString('latin1', 0, length.value)
}

const OFFER = Buffer.from('\x05first\x06second')

live('ALPN', () => {
  test.each([
    ['second,third', 'second'],
    ['second,first', 'second'],
  ])('our client offers first and second, s_server has %s: %s', async (list, chosen) => {
    const { port, process } = await stage.server(['-dtls', ...identity('p256'), '-alpn', list])
    const ctx = stage.context(ssl.DTLS_method())
    expect(ssl.SSL_CTX_set_alpn_protos(ctx, OFFER)).toBe(0)
    const endpoint = await stage.endpoint(ctx, port)
    await handshake(endpoint, 'client')
    expect(selectedProtocol(endpoint)).toBe(chosen)
    await process.prints(new RegExp(`ALPN protocols selected: ${chosen}`))
    await exchange(endpoint, process)
  })

  test('our client offers, s_server knows nothing of it', async () => {
    const { port, process } = await stage.server(['-dtls', ...identity('p256')])
    const ctx = stage.context(ssl.DTLS_method())
    ssl.SSL_CTX_set_alpn_protos(ctx, OFFER)
    const endpoint = await stage.endpoint(ctx, port)
    await handshake(endpoint, 'client')
    expect(selectedProtocol(endpoint)).toBe('')
    await exchange(endpoint, process)
  })

  test.each([
    ['taken', ssl.SSL_TLSEXT_ERR_OK, /ALPN protocol: second/],
    ['passed over', ssl.SSL_TLSEXT_ERR_NOACK, /No ALPN negotiated/],
  ] as const)('s_client offers, our callback: %s', async (_name, answer, printed) => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    const offered: string[] = []
    ssl.SSL_CTX_set_alpn_select_cb(
      ctx,
      (_con, out, outlen, list, length) => {
        offered.push(Buffer.from(list).toString('latin1', 0, length))
        ssl.SSL_select_next_proto(out, outlen, Buffer.from('\x06second'), 7, list, length)
        return answer
      },
      null,
    )
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', '-alpn', 'first,second'])
    await handshake(endpoint, 'server')
    await client.prints(printed)
    expect(offered).toEqual([OFFER.toString('latin1')])
    await exchange(endpoint, client)
  })
})

live('the name that the client asks for', () => {
  const second = ['-servername', 'second.test', '-cert2', certificateFile('p384'), '-key2', keyFile('p384')]

  test.each([
    ['second.test', '/CN=p384.test'],
    ['first.test', '/CN=p256.test'],
    [null, '/CN=p256.test'],
  ])('our client asks s_server for %s', async (name, subject) => {
    const { port, process } = await stage.server(['-dtls', ...identity('p256'), ...second])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method()), port)
    if (name !== null) expect(ssl.SSL_set_tlsext_host_name(endpoint.con, name)).toBe(1)
    await handshake(endpoint, 'client')
    expect(subjectOfPeer(endpoint)).toBe(subject)
    await exchange(endpoint, process)
  })

  test.each([
    [['-servername', 'second.test'], 'CN = p384.test', 'second.test'],
    [['-servername', 'first.test'], 'CN = p256.test', 'first.test'],
    [['-noservername'], 'CN = p256.test', null],
  ] as const)('s_client %j, our server changes the context', async (args, subject, heard) => {
    const other = stage.context(ssl.DTLS_method(), { certificates: ['p384'] })
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    ssl.SSL_CTX_set_tlsext_servername_callback(ctx, con => {
      const name = ssl.SSL_get_servername(con, ssl.TLSEXT_NAMETYPE_host_name)
      if (name === 'second.test') ssl.SSL_set_SSL_CTX(con, other)
      return name === null ? ssl.SSL_TLSEXT_ERR_NOACK : ssl.SSL_TLSEXT_ERR_OK
    })
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', ...args])
    await handshake(endpoint, 'server')
    expect(ssl.SSL_get_servername(endpoint.con, ssl.TLSEXT_NAMETYPE_host_name)).toBe(heard)
    await client.prints(/Extended master secret/)
    expect(client.output).toContain(`subject=${subject}`)
    await exchange(endpoint, client)
  })
})

live('max_fragment_length', () => {
  const lengths = [
    [512, ssl.TLSEXT_max_fragment_length_512],
    [1024, ssl.TLSEXT_max_fragment_length_1024],
    [2048, ssl.TLSEXT_max_fragment_length_2048],
    [4096, ssl.TLSEXT_max_fragment_length_4096],
  ] as const

  test.each(lengths)('our client asks s_server for %i', async (length, code) => {
    const { port, process } = await stage.server(['-dtls', ...identityWithChain('long-chain')])
    const ctx = stage.context(ssl.DTLS_method())
    expect(ssl.SSL_CTX_set_tlsext_max_fragment_length(ctx, code)).toBe(1)
    const endpoint = await stage.endpoint(ctx, port)
    await handshake(endpoint, 'client')
    await exchange(endpoint, process)
    const line = `${'x'.repeat(length - 1)}\n`
    await endpoint.write(line)
    await process.prints(new RegExp(line))
    process.type(line)
    expect(await endpoint.read()).toBe(line)
    expect(await ssl.SSL_write(endpoint.con, Buffer.alloc(length + 1))).toBe(0)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_EXCEEDS_MAX_FRAGMENT_SIZE)
  })

  test.each(lengths.map(([length]) => length))('s_client asks our server for %i', async length => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['long-chain'] })
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', '-maxfraglen', `${length}`, '-tlsextdebug'])
    await handshake(endpoint, 'server')
    await exchange(endpoint, client)
    expect(client.output).toMatch(/TLS server extension "max fragment length" \(id=1\), len=1/)
    const line = `${'y'.repeat(length - 1)}\n`
    await endpoint.write(line)
    await client.prints(new RegExp(line))
    client.type(line)
    expect(await endpoint.read()).toBe(line)
    expect(await ssl.SSL_write(endpoint.con, Buffer.alloc(length + 1))).toBe(0)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_EXCEEDS_MAX_FRAGMENT_SIZE)
  })
})

/** What a datagram of 1472 bytes has room for tells how its record is protected. */
function protectsEncrypted({ con }: Endpoint): boolean {
  ssl.SSL_set_mtu(con, 1472)
  const room = ssl.DTLS_get_data_mtu(con)
  expect([1407, 1419]).toContain(room)
  return room === 1407
}

describe.each([
  ['encrypt-then-mac', '-EncryptThenMac', ssl.SSL_OP_NO_ENCRYPT_THEN_MAC, protectsEncrypted],
  [
    'extended master secret',
    '-ExtendedMasterSecret',
    ssl.SSL_OP_NO_EXTENDED_MASTER_SECRET,
    ({ con }: Endpoint) => ssl.SSL_get_extms_support(con) === 1,
  ],
] as const)('%s', (name, command, option, agreed) => {
  const ciphers = 'ECDHE-ECDSA-AES128-SHA'
  const printed = new RegExp(`extension "${name}"`)
  const section = name.replaceAll(' ', '-')
  const file = join(folder, `${section}.cnf`)
  writeFileSync(file, `openssl_conf = top\n[top]\nssl_conf = all\n[all]\nswitched = off\n[off]\nOptions = ${command}\n`)
  const theirs = (on: boolean) => (on ? [] : ['-ssl_config', 'switched'])
  const cells = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const

  live('on and off', () => {
    test.each(cells)('our client: %s, s_server: %s', async (own, their) => {
      const args = ['-dtls', ...identity('p256'), ...theirs(their), '-tlsextdebug', '-cipher', ciphers]
      const { port, process } = await stage.server(args, { OPENSSL_CONF: file })
      const ctx = stage.context(ssl.DTLS_method(), { ciphers })
      if (!own) ssl.SSL_CTX_set_options(ctx, option)
      const endpoint = await stage.endpoint(ctx, port)
      await handshake(endpoint, 'client')
      await exchange(endpoint, process)
      expect(printed.test(process.output)).toBe(own)
      expect(agreed(endpoint)).toBe(own && their)
    })

    test.each(cells)('our server: %s, s_client: %s', async (own, their) => {
      const ctx = stage.context(ssl.DTLS_method(), { ciphers, certificates: ['p256'] })
      if (!own) ssl.SSL_CTX_set_options(ctx, option)
      const endpoint = await stage.endpoint(ctx)
      const client = stage.client(endpoint.port, ['-dtls', ...theirs(their), '-tlsextdebug'], { OPENSSL_CONF: file })
      await handshake(endpoint, 'server')
      await exchange(endpoint, client)
      expect(printed.test(client.output)).toBe(own && their)
      expect(agreed(endpoint)).toBe(own && their)
    })
  })
})

live('keys for others', () => {
  const LABEL = 'EXPORTER-of-this-test'
  const asked = ['-keymatexport', LABEL, '-keymatexportlen', '48']

  function exported({ con }: Endpoint): string {
    const out = new Uint8Array(48)
    expect(ssl.SSL_export_keying_material(con, out, 48, LABEL, LABEL.length, null, 0, 0)).toBe(1)
    return Buffer.from(out).toString('hex').toUpperCase()
  }

  test.each(['-dtls1_2', '-dtls1'])(
    'our client exports what s_server exports, and logs what it logs: %s',
    async flag => {
      const [file, ciphers] = [join(folder, `server${flag}.keys`), 'ECDHE:@SECLEVEL=0']
      const more = [...asked, '-keylogfile', file, '-cipher', ciphers]
      const { port, process } = await stage.server([flag, ...identity('p256'), ...more])
      const ctx = stage.context(ssl.DTLS_method(), { ciphers })
      const lines: string[] = []
      ssl.SSL_CTX_set_keylog_callback(ctx, (_con, line) => lines.push(line))
      const endpoint = await stage.endpoint(ctx, port)
      await handshake(endpoint, 'client')
      const [, material] = await process.prints(/Keying material: (\w+)/)
      expect(exported(endpoint)).toBe(material)
      await exchange(endpoint, process)
      expect(logged(file)).toEqual(lines)
      expect(lines).toHaveLength(1)
    },
  )

  test.each(['-dtls1_2', '-dtls1'])(
    'our server exports what s_client exports, and logs what it logs: %s',
    async flag => {
      const [file, ciphers] = [join(folder, `client${flag}.keys`), 'ECDHE:@SECLEVEL=0']
      const ctx = stage.context(ssl.DTLS_method(), { ciphers, certificates: ['p256'] })
      const lines: string[] = []
      ssl.SSL_CTX_set_keylog_callback(ctx, (_con, line) => lines.push(line))
      const endpoint = await stage.endpoint(ctx)
      const client = stage.client(endpoint.port, [flag, ...asked, '-keylogfile', file, '-cipher', ciphers])
      await handshake(endpoint, 'server')
      const [, material] = await client.prints(/Keying material: (\w+)/)
      expect(exported(endpoint)).toBe(material)
      await exchange(endpoint, client)
      expect(logged(file)).toEqual(lines)
      expect(lines).toHaveLength(1)
    },
  )

  function logged(file: string): string[] {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
  }
})

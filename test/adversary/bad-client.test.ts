import { constants, publicEncrypt } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Alert } from '../../lib/base/alert.ts'
import { concat, EMPTY, fromHex, utf8 } from '../../lib/base/bytes.ts'
import { SUITES } from '../../lib/crypto/suites.ts'
import { DTLS_1_0, DTLS_1_2 } from '../../lib/engine.ts'
import type { ClientHello } from '../../lib/wire/messages/client-hello.ts'
import { ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import { testCredential } from '../connection/credentials.ts'
import { expectEnd } from './expect-end.ts'
import { ScriptedClient } from './scripted-client.ts'

type Hello = Parameters<ScriptedClient['hello']>
const hello = (...args: Hello) => new ScriptedClient().hello(...args)
const raw = (body: Uint8Array) => new ScriptedClient().message(HandshakeType.clientHello, body)

describe('ClientHello', () => {
  test('of a version below what is enabled, or of another protocol', () => {
    for (const version of [0xfeff, 0xff00, 0x0303, 0x0100, 0])
      expectEnd(hello({ version }), 'unsupported-protocol', Alert.protocolVersion)
  })

  test.each([0xfe00, 0xfdff])(
    'of version %i, above what is enabled, gets the best there is (RFC 5246 appendix E.1)',
    version => {
      const script = hello({ version })
      expect(script.engine.failure).toBeNull()
      expect(script.last(HandshakeType.serverHello).subarray(0, 2)).toEqual(fromHex('fefd'))
    },
  )

  test('with TLS_FALLBACK_SCSV below what the server speaks (RFC 7507 section 3)', () => {
    const engine = { versions: [DTLS_1_2, DTLS_1_0] }
    const fallen = (version: number) => {
      const script = new ScriptedClient({ engine, version: 0xfeff, suite: 'ECDHE-ECDSA-AES128-SHA' })
      return script.hello({ version, cipherSuites: [script.suite.id, 0x5600] })
    }
    expectEnd(fallen(0xfeff), 'inappropriate-fallback', Alert.inappropriateFallback)
    expect(fallen(0xfefd).engine.failure).toBeNull()
  })

  test('without suites, with none that is known, and with an odd number of bytes', () => {
    expectEnd(hello({ cipherSuites: [0x00ff] }), 'no-shared-cipher', Alert.handshakeFailure)
    expectEnd(hello({ cipherSuites: [0xfafa, 0x1301] }), 'no-shared-cipher', Alert.handshakeFailure)
    const start = concat(fromHex('fefd'), new Uint8Array(32), fromHex('0000'))
    expectEnd(raw(concat(start, fromHex('0000' + '0100'))), 'no-ciphers-specified', Alert.illegalParameter)
    expectEnd(raw(concat(start, fromHex('0003c02b00' + '0100'))), 'error-in-received-cipher-list', Alert.decodeError)
  })

  test('without the null compression', () => {
    expectEnd(hello({ compression: Uint8Array.of(1) }), 'no-compression-specified', Alert.decodeError)
    const start = concat(fromHex('fefd'), new Uint8Array(32), fromHex('0000' + '0002c02b'))
    expectEnd(raw(concat(start, fromHex('00'))), 'no-compression-specified', Alert.decodeError)
  })

  test('that ends early, at any byte', () => {
    const whole = new ScriptedClient()
    whole.holding = true
    whole.hello()
    const body = (whole.held[0] ?? EMPTY).subarray(25)
    for (let length = 0; length < body.length; length++) {
      // Without its extensions it is whole, and of an older time.
      const { engine } = raw(body.subarray(0, length))
      if (engine.failure === null) expect(length).toBe(extensionsAt(body))
      else expect([Alert.decodeError, Alert.illegalParameter]).toContain(engine.failure.alert)
    }
  })

  test('with something behind its end, a session id or a cookie that is too long', () => {
    const start = concat(fromHex('fefd'), new Uint8Array(32))
    expectEnd(raw(concat(start, fromHex('00000002c02b0100' + '0000' + '00'))), 'length-mismatch', Alert.decodeError)
    expectEnd(raw(concat(start, Uint8Array.of(33), new Uint8Array(80))), 'decode-error', Alert.decodeError)
  })

  test.each([
    ['server_name of two names', ExtensionType.serverName, '000a' + '0000026161' + '0000026262', 'bad-extension', 50],
    ['server_name of another type', ExtensionType.serverName, '0005' + '0100026161', 'bad-extension', 50],
    ['server_name with a NUL in it', ExtensionType.serverName, '0006' + '000003610062', 'bad-server-name', 112],
    ['an empty server_name', ExtensionType.serverName, '0003' + '000000', 'bad-extension', 50],
    ['max_fragment_length 0', ExtensionType.maxFragmentLength, '00', 'bad-max-fragment-length', 47],
    ['max_fragment_length 5', ExtensionType.maxFragmentLength, '05', 'bad-max-fragment-length', 47],
    ['max_fragment_length of two bytes', ExtensionType.maxFragmentLength, '0101', 'bad-extension', 50],
    ['ALPN without names', ExtensionType.alpn, '0000', 'bad-extension', 50],
    ['ALPN with an empty name', ExtensionType.alpn, '000100', 'bad-extension', 50],
    [
      'renegotiation_info of an earlier handshake',
      ExtensionType.renegotiationInfo,
      `0c${'00'.repeat(12)}`,
      'renegotiation-mismatch',
      40,
    ],
    [
      'renegotiation_info whose length lies',
      ExtensionType.renegotiationInfo,
      '0100aa',
      'renegotiation-encoding-err',
      50,
    ],
    ['extended_master_secret with a body', ExtensionType.extendedMasterSecret, '00', 'bad-extension', 50],
    ['encrypt_then_mac with a body', ExtensionType.encryptThenMac, '00', 'bad-extension', 50],
    ['no signature schemes', ExtensionType.signatureAlgorithms, '0000', 'bad-extension', 50],
    ['an odd list of signature schemes', ExtensionType.signatureAlgorithms, '0003040305', 'bad-extension', 50],
    ['no groups', ExtensionType.supportedGroups, '0000', 'bad-extension', 50],
    ['an odd list of groups', ExtensionType.supportedGroups, '0003001700', 'bad-extension', 50],
    ['no point formats', ExtensionType.ecPointFormats, '00', 'bad-extension', 50],
    ['point formats without the uncompressed one', ExtensionType.ecPointFormats, '0101', 'bad-extension', 47],
  ] as const)('with %s', (_name, type, body, reason, alert) => {
    expectEnd(hello({}, [{ type, body: fromHex(body) }]), reason, alert)
  })

  test('with an extension twice', () => {
    const extension = { type: 0x4a4a, body: EMPTY }
    expectEnd(hello({ extensions: [extension, extension] }), 'bad-extension', Alert.illegalParameter)
  })

  test('with extensions that nobody knows', () => {
    const strange = [0x4a4a, 0x0a0a, 57, 65000].map(type => ({ type, body: new Uint8Array(40) }))
    const script = hello({}, strange).keyExchange().changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })

  test('that shares no group falls back to no elliptic curve at all', () => {
    const body = fromHex('0002001a')
    expectEnd(hello({}, [{ type: ExtensionType.supportedGroups, body }]), 'no-shared-cipher', Alert.handshakeFailure)
  })

  test('that shares no signature scheme, or none that the server has a key for', () => {
    const listing = (body: string) => hello({}, [{ type: ExtensionType.signatureAlgorithms, body: fromHex(body) }])
    expectEnd(listing('00020102'), 'no-shared-signature-algorithms', Alert.handshakeFailure)
    expectEnd(listing('00020807'), 'no-shared-cipher', Alert.handshakeFailure)
  })

  test('that shares no protocol, when the program insists', () => {
    const script = new ScriptedClient({ engine: { onAlpn: () => 'refused' } })
    expectEnd(script.hello({}, [ScriptedClient.alpn('h2')]), 'no-application-protocol', Alert.noApplicationProtocol)
  })

  test('longer than any', () => {
    const script = new ScriptedClient().fragment(HandshakeType.clientHello, 131397, 0, 0, new Uint8Array(9))
    expectEnd(script, 'excessive-message-size', Alert.illegalParameter)
  })

  test.each([
    ['the same again and again', (_item: number) => 0],
    ['all different', (item: number) => item],
  ])('of 100 KB of lists, %s, is judged in no time', (_name, step) => {
    const suites = SUITES.filter(suite => suite.available && suite.authentication === 'ecdsa').map(suite => suite.id)
    const engine = { suites: SUITES.filter(suite => suite.available), credentials: [testCredential('ed448')] }
    const script = new ScriptedClient({ engine })
    const list = (length: number, first: number) => u16List(Array.from({ length }, (_, item) => first + step(item)))
    const body = helloBody(
      Array.from({ length: 24_000 }, (_, item) => suites[step(item) % suites.length] ?? 0),
      [
        [ExtensionType.supportedGroups, list(12_000, 1000)],
        // The first is one that this server has, too, but no key for.
        [ExtensionType.signatureAlgorithms, list(12_000, 0x0809)],
      ],
    )
    const started = performance.now()
    for (let at = 0; at < body.length; at += 16_000)
      script.fragment(HandshakeType.clientHello, body.length, 0, at, body.subarray(at, at + 16_000))
    const elapsed = performance.now() - started
    expectEnd(script, 'no-shared-cipher', Alert.handshakeFailure)
    // Milliseconds: some ten are enough; lists that are gone through once for each of their items took thousands.
    expect(elapsed).toBeLessThan(500)
  })
})

describe('the stateful cookie exchange (RFC 6347 section 4.2.1)', () => {
  const seen: (ClientHello | null)[] = []
  /** A cookie that binds what the hello asks for. */
  const digestOf = (hello: ClientHello | null) => {
    if (hello === null) return EMPTY
    seen.push(hello)
    return concat(hello.random.subarray(0, 4), new Uint8Array(Uint16Array.from(hello.cipherSuites).buffer))
  }
  const cookie = {
    generate: digestOf,
    verify: (given: Uint8Array, hello: ClientHello | null) => Buffer.compare(given, digestOf(hello)) === 0,
  }
  const server = () => new ScriptedClient({ engine: { cookie } })

  test('lets in who brings the cookie back with the same parameters', () => {
    const script = server().hello().hello().keyExchange().changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })

  test('a cookie binds the parameters: changed suites or randoms are refused (openssl/openssl#15297)', () => {
    const first = server().hello()
    expectEnd(
      first.hello({ cipherSuites: [first.suite.id, 0xc02c, 0x00ff] }),
      'cookie-mismatch',
      Alert.handshakeFailure,
    )
    expectEnd(
      server()
        .hello()
        .hello({ random: new Uint8Array(32).fill(9) }),
      'cookie-mismatch',
      Alert.handshakeFailure,
    )
  })

  test('no cookie, an empty one or another in the second hello', () => {
    for (const given of [EMPTY, utf8('guess'), new Uint8Array(255)])
      expectEnd(server().hello().hello({ cookie: given }), 'cookie-mismatch', Alert.handshakeFailure)
  })

  test('a wrong cookie in the first hello is refused where state is kept', () => {
    expectEnd(server().hello({ cookie: utf8('guess') }), 'cookie-mismatch', Alert.handshakeFailure)
  })

  test('no cookie from the program: nothing is sent, and the connection is dead', () => {
    const script = new ScriptedClient({ engine: { cookie: { generate: () => null, verify: () => true } } }).hello()
    expectEnd(script, 'cookie-gen-callback-failure')
  })

  test('a repeated first hello is answered each time, never with more bytes than came', () => {
    const script = server().hello()
    expect(script.received).toHaveLength(1)
    for (let i = 0; i < 20; i++) {
      script.clock.advanceTo(script.clock.now() + 50)
      // A client that sends its first ClientHello again, whole.
      const hello = script.sealed(22, firstHello(script))
      script.engine.receive(hello.slice())
      script.engine.handshake()
      const answers = script.engine.takeOutput()
      expect(answers).toHaveLength(1)
      expect(answers[0]?.length).toBeLessThan(hello.length)
    }
  })

  test('a forged fragment of a later message does not silence the server', () => {
    const script = server().hello()
    script.fragment(HandshakeType.certificate, 1000, 4, 10, new Uint8Array(10))
    script.clock.advanceTo(script.clock.now() + 1000)
    script.engine.receive(script.sealed(22, firstHello(script)))
    script.engine.handshake()
    expect(script.engine.takeOutput()).toHaveLength(1)
  })
})

describe('Certificate of a client', () => {
  const asked = (clientAuthentication: 'request' | 'require' = 'request', more = {}) =>
    new ScriptedClient({ engine: { clientAuthentication, ...more } }).hello()

  test('none, where one is needed', () => {
    expectEnd(asked('require').certificate([]), 'peer-did-not-return-a-certificate', Alert.handshakeFailure)
  })

  test('none, where one is only asked for', () => {
    const script = asked().certificate([]).keyExchange().changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
    expect(script.engine.negotiated.peerChain).toEqual([])
  })

  test('that is none', () => {
    expectEnd(asked().certificate([utf8('not DER')]), 'bad-certificate', Alert.badCertificate)
  })

  test('that the program refuses', () => {
    const verifyPeer = () => ({ accepted: false, alert: Alert.unknownCa }) as const
    expectEnd(asked('require', { verifyPeer }).certificate(), 'certificate-verify-failed', Alert.unknownCa)
  })

  test('larger than max_cert_list', () => {
    const script = asked('require', { maxCertificateList: 1000 })
    script.fragment(HandshakeType.certificate, 1001, 1, 0, new Uint8Array(1))
    expectEnd(script, 'excessive-message-size', Alert.illegalParameter)
  })

  test('on a curve that this client did not name', () => {
    const script = asked()
    script.credential = testCredential('p384')
    expectEnd(
      script.certificate().keyExchange().certificateVerify({ scheme: 0x0503 }),
      'wrong-curve',
      Alert.illegalParameter,
    )
  })
})

describe('CertificateVerify', () => {
  const reached = (more = {}) =>
    new ScriptedClient({ engine: { clientAuthentication: 'require', ...more } }).hello().certificate().keyExchange()

  test('left out', () => {
    const script = reached()
    script.record(20, Uint8Array.of(1))
    script.epoch = 1
    script.finished()
    // Neither Finished nor what follows counts before the key is proven.
    expect(script.engine.established).toBe(false)
    expect(script.engine.negotiated.state).toBe('read-client-key-exchange')
    const plain = reached().finished()
    expectEnd(plain, 'unexpected-message', Alert.unexpectedMessage)
  })

  test('by another key', () => {
    expectEnd(reached().certificateVerify({ credential: testCredential('p256') }), 'bad-signature', Alert.decryptError)
  })

  test('over something else', () => {
    expectEnd(reached().certificateVerify({ data: new Uint8Array(100) }), 'bad-signature', Alert.decryptError)
  })

  test('with one bit wrong, cut short, or empty', () => {
    for (const mangle of [
      (value: Uint8Array) => value.with(30, (value[30] ?? 0) ^ 4),
      (value: Uint8Array) => value.subarray(0, -1),
      () => EMPTY,
    ])
      expectEnd(reached().certificateVerify({ mangle }), 'bad-signature', Alert.decryptError)
  })

  test('with a scheme that does not fit the key', () => {
    for (const id of [0x0804, 0x0807, 0xfafa]) {
      const script = reached()
      const body = concat(Uint8Array.of(id >> 8, id & 0xff), fromHex('0002'), new Uint8Array(2))
      script.message(HandshakeType.certificateVerify, body)
      expectEnd(script, 'wrong-signature-type', Alert.illegalParameter)
    }
  })

  test('with a scheme that was not asked for, though the server would offer it itself (RFC 5246 section 7.4.8)', () => {
    const script = reached({ clientSignatureSchemes: [0x0804], signatureSchemes: [0x0403, 0x0804] })
    expectEnd(script.certificateVerify({ scheme: 0x0403 }), 'wrong-signature-type', Alert.illegalParameter)
    const other = reached({ clientSignatureSchemes: [0x0403], signatureSchemes: [0x0804, 0x0403].toSpliced(0, 0) })
    expect(other.certificateVerify({ scheme: 0x0403 }).engine.failure).toBeNull()
  })
})

describe('ClientKeyExchange', () => {
  const reached = (suite = 'ECDHE-ECDSA-AES128-GCM-SHA256') => new ScriptedClient({ suite }).hello()

  test.each([
    ['off the curve', concat(Uint8Array.of(4), new Uint8Array(63), Uint8Array.of(1))],
    ['all zero', concat(Uint8Array.of(4), new Uint8Array(64))],
    ['compressed', concat(Uint8Array.of(3), new Uint8Array(32).fill(9))],
    ['too short', concat(Uint8Array.of(4), new Uint8Array(62))],
    ['at infinity', Uint8Array.of(0)],
  ])('with a point %s', (_name, publicKey) => {
    expectEnd(reached().keyExchange({ publicKey }), 'bad-ecpoint', Alert.illegalParameter)
  })

  test('with an X25519 value of small order', () => {
    const groups = { type: ExtensionType.supportedGroups, body: fromHex('0002001d') }
    for (const publicKey of [new Uint8Array(32), new Uint8Array(32).with(0, 1)]) {
      const script = new ScriptedClient({ suite: 'ECDHE-RSA-AES128-GCM-SHA256' }).hello({}, [groups])
      expectEnd(script.keyExchange({ publicKey }), 'bad-ecpoint', Alert.illegalParameter)
    }
  })

  test('with a value of Diffie-Hellman that gives the secret away', () => {
    for (const publicKey of [
      Uint8Array.of(0),
      Uint8Array.of(1),
      new Uint8Array(2000).fill(0xff),
      new Uint8Array(4096).fill(1),
    ]) {
      const script = reached('DHE-RSA-AES128-GCM-SHA256').keyExchange({ publicKey })
      if (publicKey.length > 2046) expectEnd(script, 'excessive-message-size', Alert.illegalParameter)
      else expectEnd(script, 'bad-dh-value', Alert.illegalParameter)
    }
  })

  test('that is empty, too short or too long', () => {
    expectEnd(reached().keyExchange({ body: () => EMPTY }), 'decode-error', Alert.decodeError)
    expectEnd(reached().keyExchange({ body: good => good.subarray(0, -1) }), 'decode-error', Alert.decodeError)
    expectEnd(reached().keyExchange({ body: good => concat(good, Uint8Array.of(0)) }), 'length-mismatch', 50)
    expectEnd(reached('AES128-SHA').keyExchange({ body: () => EMPTY }), 'decode-error', Alert.decodeError)
    expectEnd(
      reached('AES128-SHA').keyExchange({ body: good => concat(good, EMPTY, Uint8Array.of(0)) }),
      'length-mismatch',
      50,
    )
  })

  test('with a PSK identity that is unknown or too long', () => {
    const psk = 'PSK-AES128-GCM-SHA256'
    expectEnd(
      reached(psk).keyExchange({ identity: utf8('nobody') }),
      'psk-identity-not-found-server',
      Alert.unknownPskIdentity,
    )
    expectEnd(reached(psk).keyExchange({ identity: EMPTY }), 'psk-identity-not-found-server', Alert.unknownPskIdentity)
    expectEnd(reached(psk).keyExchange({ identity: new Uint8Array(257) }), 'data-length-too-long', Alert.decodeError)
  })

  test('with an identity whose key is empty: an empty key is none', () => {
    const script = new ScriptedClient({ suite: 'PSK-AES128-GCM-SHA256', engine: { serverPsk: () => EMPTY } }).hello()
    expectEnd(script.keyExchange(), 'psk-identity-not-found-server', Alert.unknownPskIdentity)
  })

  test('with another key: nobody learns that it was the key', () => {
    const script = new ScriptedClient({ suite: 'PSK-AES128-GCM-SHA256', engine: { serverPsk: () => utf8('another') } })
    script.complete()
    expectEnd(script, null)
    expect(script.alerts).toEqual([])
    expect(script.engine.discards.count('bad-mac')).toBe(1)
  })
})

describe('an RSA premaster that is wrong (RFC 5246 section 7.4.7.1)', () => {
  const key = testCredential('rsa').leaf.publicKey
  if (key === null) throw new Error('no key')
  const block = (change: (block: Uint8Array) => void): Uint8Array => {
    const padded = new Uint8Array(256).fill(0x77)
    padded.set([0, 2])
    padded.set([0, 0xfe, 0xfd], 256 - 49)
    change(padded)
    return new Uint8Array(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded))
  }
  const WRONG: readonly (readonly [string, Uint8Array])[] = [
    ['has another version', block(b => b.set([0xfe, 0xff], 256 - 48))],
    ['has the version of TLS', block(b => b.set([3, 3], 256 - 48))],
    ['has another block type', block(b => b.set([0, 1]))],
    ['does not begin with zero', block(b => b.set([1, 2]))],
    ['has a zero in its padding', block(b => b.set([0], 100))],
    ['has no zero after its padding', block(b => b.set([7], 256 - 49))],
    ['is too short', block(b => b.fill(0x11, 256 - 49, 256 - 40).set([0], 256 - 40))],
    ['is too long', block(b => b.set([0], 256 - 60))],
    ['is empty', new Uint8Array(0)],
    ['is shorter than the modulus', new Uint8Array(255).fill(1)],
    ['is longer than the modulus', new Uint8Array(257).fill(1)],
    ['is above the modulus', new Uint8Array(256).fill(0xff)],
    ['is zero', new Uint8Array(256)],
    ['is one', new Uint8Array(256).with(255, 1)],
  ]

  test('the good block is good, so that the others differ in what they say', () => {
    const premaster = new Uint8Array(48).fill(0x77)
    premaster.set([0xfe, 0xfd])
    const script = new ScriptedClient({ suite: 'AES128-SHA' }).hello()
    script
      .keyExchange({ encrypted: block(() => undefined), premaster })
      .changeCipherSpec()
      .finished()
    expect(script.engine.established).toBe(true)
  })

  test.each(WRONG)('%s: no alert, no failure, only a Finished that cannot be opened', (_name, encrypted) => {
    for (const suite of ['AES128-SHA', 'AES128-GCM-SHA256', 'RSA-PSK-AES128-GCM-SHA256']) {
      const script = new ScriptedClient({ suite }).hello()
      const deadline = script.engine.nextDeadline()
      script.keyExchange({ encrypted }).changeCipherSpec().finished()
      expectEnd(script, null)
      expect(script.alerts).toEqual([])
      expect(script.engine.negotiated.state).toBe('read-change-cipher-spec')
      expect([...script.engine.discards.entries()]).toEqual([['bad-mac', 1]])
      expect(script.engine.nextDeadline()).toBe(deadline)
    }
  })
})

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}

/** Two-byte numbers behind their length in bytes. */
function u16List(values: readonly number[]): Uint8Array {
  return concat(u16(2 * values.length), ...values.map(u16))
}

function helloBody(suites: readonly number[], extensions: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const block = concat(...extensions.map(([type, body]) => concat(u16(type), u16(body.length), body)))
  const start = concat(fromHex('fefd'), new Uint8Array(32), fromHex('0000'))
  return concat(start, u16List(suites), fromHex('0100'), u16(block.length), block)
}

/** The handshake content of the script's first ClientHello, made again. */
function firstHello(script: ScriptedClient): Uint8Array {
  const copy = new ScriptedClient({ seed: 7 })
  copy.clientRandom = script.clientRandom
  copy.holding = true
  copy.hello()
  return (copy.held[0] ?? EMPTY).subarray(13)
}

function extensionsAt(body: Uint8Array): number {
  const suites = 2 + 32 + 1 + 1
  return suites + 2 + ((body[suites] ?? 0) << 8) + (body[suites + 1] ?? 0) + 2
}

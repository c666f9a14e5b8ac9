import { describe, expect, test } from '@jest/globals'
import { Alert } from '../../lib/base/alert.ts'
import { concat, EMPTY, fromHex, utf8 } from '../../lib/base/bytes.ts'
import { credential, DTLS_1_0, DTLS_1_2, NO_SESSIONS, Session } from '../../lib/engine.ts'
import { alpn } from '../../lib/wire/extensions/alpn.ts'
import { ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import { testCredential } from '../connection/credentials.ts'
import { Pair } from '../connection/pair.ts'
import { ext, issue } from '../pki/authority.ts'
import { expectEnd } from './expect-end.ts'
import { suiteNamed } from './script.ts'
import { ScriptedServer } from './scripted-server.ts'

const { renegotiationInfo } = ExtensionType
const hello = (changes: Parameters<ScriptedServer['hello']>[0], more?: Parameters<ScriptedServer['hello']>[1]) =>
  new ScriptedServer().hello(changes, more)

describe('ServerHello', () => {
  test('of a version that was not offered', () => {
    for (const version of [0xfeff, 0xfefc, 0x0303, 0, 0xffff])
      expectEnd(hello({ version }), 'unsupported-protocol', Alert.protocolVersion)
  })

  test('of DTLS 1.0 with the mark of a server that can do better (RFC 8446 section 4.1.3)', () => {
    const versions = [DTLS_1_2, DTLS_1_0]
    const script = new ScriptedServer({ engine: { versions }, suite: 'ECDHE-ECDSA-AES128-SHA', version: 0xfeff })
    const random = new Uint8Array(32)
    random.set(fromHex('444f574e47524400'), 24)
    expectEnd(script.hello({ random }), 'inappropriate-fallback', Alert.illegalParameter)
  })

  test('with a suite that nobody knows', () => {
    expectEnd(hello({ cipherSuite: 0xfafa }), 'unknown-cipher-returned', Alert.illegalParameter)
  })

  test.each(['ECDHE-RSA-AES128-GCM-SHA256', 'AES128-SHA', 'AECDH-AES128-SHA', 'PSK-AES128-GCM-SHA256'])(
    'with a suite that was not offered: %s',
    name => {
      expectEnd(hello({ cipherSuite: suiteNamed(name).id }), 'wrong-cipher-returned', Alert.illegalParameter)
    },
  )

  test('with a signalling value for a suite', () => {
    for (const cipherSuite of [0x00ff, 0x5600, 0])
      expectEnd(hello({ cipherSuite }), 'unknown-cipher-returned', Alert.illegalParameter)
  })

  test('with an AEAD suite in DTLS 1.0', () => {
    const versions = [DTLS_1_2, DTLS_1_0]
    const suites = [suiteNamed('ECDHE-ECDSA-AES128-SHA'), suiteNamed('ECDHE-ECDSA-AES128-GCM-SHA256')]
    const script = new ScriptedServer({
      engine: { versions, suites },
      version: 0xfeff,
      suite: 'ECDHE-ECDSA-AES128-SHA',
    })
    const cipherSuite = suiteNamed('ECDHE-ECDSA-AES128-GCM-SHA256').id
    expectEnd(script.hello({ cipherSuite }), 'wrong-cipher-returned', Alert.illegalParameter)
  })

  test('with compression', () => {
    expectEnd(hello({ compression: 1 }), 'compression-disabled', Alert.illegalParameter)
    expectEnd(hello({ compression: 64 }), 'compression-disabled', Alert.illegalParameter)
  })

  test('with a session id of its own is a new session, not a resumption', () => {
    const script = hello({ sessionId: new Uint8Array(32).fill(7) })
    expect(script.engine.failure).toBeNull()
    expectEnd(script.changeCipherSpec().finished(new Uint8Array(12)), null)
  })

  test("that resumes a session without a word of its fragment length: the length is the session's (RFC 6066 section 4)", () => {
    const offered = new Session(0, 7200)
    Object.assign(offered, {
      version: 0xfefd,
      suite: 0xc02b,
      master: new Uint8Array(48),
      id: new Uint8Array(32).fill(7),
    })
    Object.assign(offered, { extendedMasterSecret: true, maxFragmentLength: 2 })
    const engine = { maxFragmentLength: 2, sessions: { ...NO_SESSIONS, offered } }
    const { negotiated } = new ScriptedServer({ engine }).hello({ sessionId: offered.id }).engine
    expect(negotiated.resumed).toBe(true)
    expect(negotiated.agreed.maxFragmentLength).toBe(2)
  })

  test('that ends in the middle, and that goes on after its end', () => {
    const good = new ScriptedServer()
    good.hello()
    const body = concat(fromHex('fefd'), new Uint8Array(32), fromHex('00c02b00'))
    expectEnd(new ScriptedServer().message(HandshakeType.serverHello, body.subarray(0, 20)), 'decode-error', 50)
    expectEnd(new ScriptedServer().message(HandshakeType.serverHello, concat(body, fromHex('00'))), 'decode-error', 50)
    const trailing = concat(body, fromHex('0000'), fromHex('ff'))
    expectEnd(new ScriptedServer().message(HandshakeType.serverHello, trailing), 'length-mismatch', 50)
    const longId = concat(fromHex('fefd'), new Uint8Array(32), Uint8Array.of(33), new Uint8Array(33), fromHex('c02b00'))
    expectEnd(new ScriptedServer().message(HandshakeType.serverHello, longId), 'session-id-too-long', 47)
  })
})

describe('the extensions of a ServerHello', () => {
  const unsolicited: readonly (readonly [string, number, Uint8Array])[] = [
    ['server_name', ExtensionType.serverName, EMPTY],
    ['max_fragment_length', ExtensionType.maxFragmentLength, Uint8Array.of(1)],
    ['ALPN', ExtensionType.alpn, alpn.writeServer(utf8('h2'))],
    ['use_srtp', ExtensionType.useSrtp, fromHex('0002000100')],
    ['heartbeat', ExtensionType.heartbeat, Uint8Array.of(1)],
    ['status_request', ExtensionType.statusRequest, EMPTY],
    ['signature_algorithms', ExtensionType.signatureAlgorithms, fromHex('00020403')],
    ['supported_versions', ExtensionType.supportedVersions, fromHex('fefc')],
    ['connection_id', ExtensionType.connectionId, Uint8Array.of(0)],
    ['padding', ExtensionType.padding, EMPTY],
    ['one that nobody knows', 0x4a4a, EMPTY],
  ]

  test.each(unsolicited)('%s that was not offered', (_name, type, body) => {
    expectEnd(hello({}, [{ type, body }]), 'unsolicited-extension', Alert.unsupportedExtension)
  })

  test('extended_master_secret and encrypt_then_mac that were not offered', () => {
    const engine = { extendedMasterSecret: false, encryptThenMac: false }
    for (const type of [ExtensionType.extendedMasterSecret, ExtensionType.encryptThenMac])
      expectEnd(
        new ScriptedServer({ engine }).hello({}, [{ type, body: EMPTY }]),
        'unsolicited-extension',
        Alert.unsupportedExtension,
      )
  })

  test('one twice', () => {
    const extension = { type: ExtensionType.extendedMasterSecret, body: EMPTY }
    expectEnd(hello({ extensions: [extension, extension] }), 'bad-extension', Alert.illegalParameter)
  })

  test('renegotiation_info that speaks of an earlier handshake (RFC 5746 section 3.4)', () => {
    const body = concat(Uint8Array.of(24), new Uint8Array(24))
    expectEnd(hello({}, [{ type: renegotiationInfo, body }]), 'renegotiation-mismatch', Alert.handshakeFailure)
  })

  test('renegotiation_info whose length lies', () => {
    for (const body of [EMPTY, Uint8Array.of(1), Uint8Array.of(0, 0)])
      expectEnd(hello({}, [{ type: renegotiationInfo, body }]), 'renegotiation-encoding-err', Alert.decodeError)
  })

  test('no renegotiation_info, which is only accepted when the program says so', () => {
    const without = [{ type: renegotiationInfo, body: null }]
    expectEnd(hello({}, without), 'unsafe-legacy-renegotiation', Alert.handshakeFailure)
    const script = new ScriptedServer({ engine: { legacyServerConnect: true } }).hello({}, without)
    expect(script.engine.failure).toBeNull()
    expect(script.engine.negotiated.agreed.secureRenegotiation).toBe(false)
  })

  test('extended_master_secret and encrypt_then_mac with a body', () => {
    for (const type of [ExtensionType.extendedMasterSecret, ExtensionType.encryptThenMac])
      expectEnd(hello({}, [{ type, body: Uint8Array.of(0) }]), 'bad-extension', Alert.decodeError)
  })

  test('max_fragment_length of another size than asked', () => {
    for (const code of [1, 3, 4]) {
      const script = new ScriptedServer({ engine: { maxFragmentLength: 2 } })
      script.hello({}, [{ type: ExtensionType.maxFragmentLength, body: Uint8Array.of(code) }])
      expectEnd(script, 'bad-max-fragment-length', Alert.illegalParameter)
    }
    for (const code of [0, 5, 255]) {
      const script = new ScriptedServer({ engine: { maxFragmentLength: 2 } })
      script.hello({}, [{ type: ExtensionType.maxFragmentLength, body: Uint8Array.of(code) }])
      expectEnd(script, 'bad-max-fragment-length', Alert.illegalParameter)
    }
  })

  const offering = { alpn: [utf8('coap'), utf8('h2')] }

  test('a protocol that was not offered (RFC 7301 section 3.2)', () => {
    for (const name of ['h3', 'coa', 'coapp', 'COAP']) {
      const script = new ScriptedServer({ engine: offering })
      script.hello({}, [{ type: alpn.type, body: alpn.writeServer(utf8(name)) }])
      expectEnd(script, 'bad-alpn', Alert.illegalParameter)
    }
  })

  test('ALPN with no protocol, two, or an empty one', () => {
    for (const body of ['0000', '000100', '000603636f6102', '0008026832026832' + '0000', '0006026832026832', '']) {
      const script = new ScriptedServer({ engine: offering }).hello({}, [{ type: alpn.type, body: fromHex(body) }])
      expectEnd(script, 'bad-extension', Alert.decodeError)
    }
  })

  test('point formats without the uncompressed one (RFC 8422 section 5.1.2)', () => {
    const script = hello({}, [{ type: ExtensionType.ecPointFormats, body: fromHex('0101') }])
    expectEnd(script, 'bad-extension', Alert.illegalParameter)
    expectEnd(
      hello({}, [{ type: ExtensionType.ecPointFormats, body: fromHex('00') }]),
      'bad-extension',
      Alert.decodeError,
    )
  })
})

describe('extended master secret and encrypt-then-MAC', () => {
  test('a server that says one and does the other cannot finish', () => {
    const script = new ScriptedServer().hello()
    script.extendedMaster = false
    script.certificate().keyExchange().done().changeCipherSpec().finished()
    expect(script.engine.discards.count('bad-mac')).toBe(1)
    expect(script.engine.established).toBe(false)
  })

  test('a server that agrees to encrypt-then-MAC and does not do it cannot finish', () => {
    const script = new ScriptedServer({ suite: 'ECDHE-ECDSA-AES128-SHA' }).hello()
    expect(script.engine.negotiated.agreed.encryptThenMac).toBe(true)
    script.encryptThenMac = false
    script.certificate().keyExchange().done().changeCipherSpec().finished()
    expect(script.engine.discards.count('bad-mac')).toBe(1)
    expect(script.engine.established).toBe(false)
  })

  test('encrypt-then-MAC is of no meaning with an AEAD suite (RFC 7366 section 3)', () => {
    const script = hello({}, [{ type: ExtensionType.encryptThenMac, body: EMPTY }])
    expect(script.engine.failure).toBeNull()
    expect(script.engine.negotiated.agreed.encryptThenMac).toBe(false)
  })
})

describe('Certificate', () => {
  const reached = (suite?: string) => new ScriptedServer(suite === undefined ? {} : { suite }).hello()
  const raw = (hex: string) => reached().message(HandshakeType.certificate, fromHex(hex))

  test('with a key whose modulus is even', () => {
    const [leaf = new Uint8Array()] = testCredential('rsa').chain
    const damaged = leaf.slice()
    const last = Buffer.from(leaf).indexOf('0203010001', 'hex') - 1
    damaged[last] = (leaf[last] ?? 0) & 0xfe
    expectEnd(reached('AES128-SHA').certificate([damaged]).done(), 'bad-rsa-encrypt', Alert.internalError)
  })

  test('without a certificate', () => {
    expectEnd(reached().certificate([]), 'certificate-length-mismatch', Alert.decodeError)
  })

  test('that is none', () => {
    expectEnd(reached().certificate([utf8('not DER')]), 'bad-certificate', Alert.badCertificate)
    const [leaf = EMPTY] = testCredential('p256').chain
    expectEnd(reached().certificate([leaf.subarray(0, -1)]), 'bad-certificate', Alert.badCertificate)
    expectEnd(reached().certificate([concat(leaf, Uint8Array.of(0))]), 'bad-certificate', Alert.badCertificate)
  })

  test('whose lengths lie', () => {
    expectEnd(raw('000001'), 'decode-error', Alert.decodeError)
    expectEnd(raw('000003000001'), 'decode-error', Alert.decodeError)
    expectEnd(raw('000003000000'), 'decode-error', Alert.decodeError)
    expectEnd(raw('00000000'), 'length-mismatch', Alert.decodeError)
    expectEnd(raw(''), 'decode-error', Alert.decodeError)
  })

  test('of the wrong kind for the suite', () => {
    for (const name of ['rsa', 'rsa-pss'] as const)
      expectEnd(reached().certificate(testCredential(name).chain), 'wrong-certificate-type', Alert.illegalParameter)
    for (const name of ['p256', 'ed25519'] as const) {
      const script = new ScriptedServer({ suite: 'ECDHE-RSA-AES128-GCM-SHA256' }).hello()
      expectEnd(script.certificate(testCredential(name).chain), 'wrong-certificate-type', Alert.illegalParameter)
    }
  })

  test('for key transport with a key that may only sign', () => {
    const script = new ScriptedServer({ suite: 'AES128-SHA' }).hello()
    script.certificate(testCredential('rsa-pss').chain).done()
    expectEnd(script, 'wrong-certificate-type', Alert.illegalParameter)
  })

  test('on a curve that was not offered (RFC 8422 section 5.1.1)', () => {
    const script = new ScriptedServer({ engine: { groups: [29, 23] } }).hello()
    script.credential = testCredential('p384')
    script.certificate().keyExchange({ scheme: 0x0503 })
    expectEnd(script, 'wrong-curve', Alert.illegalParameter)
  })

  test('that the program refuses, with the alert it names', () => {
    for (const alert of [Alert.unknownCa, Alert.certificateExpired, Alert.badCertificate]) {
      const engine = { verifyPeer: () => ({ accepted: false, alert }) as const }
      expectEnd(new ScriptedServer({ engine }).hello().certificate(), 'certificate-verify-failed', alert)
    }
  })

  test('larger than max_cert_list: the first fragment tells', () => {
    const script = new ScriptedServer({ engine: { maxCertificateList: 1000 } }).hello()
    script.fragment(HandshakeType.certificate, 1001, 1, 0, new Uint8Array(100))
    expectEnd(script, 'excessive-message-size', Alert.illegalParameter)
  })

  test('up to max_cert_list, which bounds no other message', () => {
    const { chain } = testCredential('p256')
    const size = chain.reduce((sum, der) => sum + der.length + 3, 3)
    const script = new ScriptedServer({ engine: { maxCertificateList: size } }).hello().certificate()
    expect(script.engine.failure).toBeNull()
    const small = new ScriptedServer({ suite: 'DHE-PSK-AES128-GCM-SHA256', engine: { maxCertificateList: 10 } })
    small.complete()
    expect(small.engine.established).toBe(true)
  })
})

describe('other messages that are too long for what they are', () => {
  test.each([
    ['ServerHelloDone', HandshakeType.serverHelloDone, 1, (s: ScriptedServer) => s.hello().certificate().keyExchange()],
    ['HelloVerifyRequest', HandshakeType.helloVerifyRequest, 259, (s: ScriptedServer) => s],
    ['ServerHello', HandshakeType.serverHello, 20_001, (s: ScriptedServer) => s],
  ] as const)('%s', (_name, type, length, reach) => {
    const script = reach(new ScriptedServer())
    script.fragment(type, length, script.nextMessage, 0, new Uint8Array(1))
    expectEnd(script, 'excessive-message-size', Alert.illegalParameter)
  })
})

describe('ServerKeyExchange', () => {
  const reached = (suite = 'ECDHE-ECDSA-AES128-GCM-SHA256') => new ScriptedServer({ suite }).hello().certificate()

  test('on a group that was not offered', () => {
    const script = new ScriptedServer({ engine: { groups: [29, 23] } }).hello().certificate()
    expectEnd(script.keyExchange({ group: 24 }), 'wrong-curve', Alert.illegalParameter)
    for (const group of [0, 1, 256, 0xfafa])
      expectEnd(reached().keyExchange({ group, publicKey: Uint8Array.of(4) }), 'wrong-curve', Alert.illegalParameter)
  })

  test('with a curve spelt out', () => {
    const body = (good: Uint8Array) => concat(Uint8Array.of(1), good.subarray(1))
    expectEnd(reached().keyExchange({ body }), 'wrong-curve', Alert.illegalParameter)
  })

  const P256_SMALL = concat(Uint8Array.of(4), new Uint8Array(63), Uint8Array.of(1))
  const POINTS: readonly (readonly [string, number, Uint8Array])[] = [
    ['off the curve', 23, P256_SMALL],
    ['all zero', 23, concat(Uint8Array.of(4), new Uint8Array(64))],
    ['compressed', 23, concat(Uint8Array.of(2), new Uint8Array(32).fill(9))],
    ['at infinity', 23, Uint8Array.of(0)],
    ['too short', 23, concat(Uint8Array.of(4), new Uint8Array(62))],
    ['too long', 23, concat(Uint8Array.of(4), new Uint8Array(65))],
    ['all zero, X25519', 29, new Uint8Array(32)],
    ['of small order, X25519', 29, new Uint8Array(32).fill(0).with(0, 1)],
    ['too short, X25519', 29, new Uint8Array(31).fill(9)],
    ['too long, X25519', 29, new Uint8Array(33).fill(9)],
    ['all zero, X448', 30, new Uint8Array(56)],
  ]

  test.each(POINTS)('with a point %s', (_name, group, publicKey) => {
    expectEnd(reached().keyExchange({ group, publicKey }).done(), 'bad-ecpoint', Alert.illegalParameter)
  })

  test('with an empty point', () => {
    const body = (good: Uint8Array) => concat(good.subarray(0, 3), Uint8Array.of(0), good.subarray(4 + 65))
    expectEnd(reached().keyExchange({ body }), 'decode-error', Alert.decodeError)
  })

  test('with a value of Diffie-Hellman that gives the secret away', () => {
    const suite = 'DHE-RSA-AES128-GCM-SHA256'
    const p = new ScriptedServer({ suite }).hello().certificate().keyExchangeBody().slice(2, 258)
    const less = p.with(255, (p[255] ?? 0) - 1)
    const more = new Uint8Array(256).fill(0xff)
    for (const publicKey of [
      Uint8Array.of(0),
      Uint8Array.of(1),
      less,
      p,
      more,
      new Uint8Array(256),
      new Uint8Array(300).fill(1),
    ])
      expectEnd(reached(suite).keyExchange({ publicKey }).done(), 'bad-dh-value', Alert.illegalParameter)
  })

  test('with parameters of Diffie-Hellman that are none', () => {
    const suite = 'DHE-RSA-AES128-GCM-SHA256'
    const even = new Uint8Array(256).fill(0xff).with(255, 0xfe)
    expectEnd(reached(suite).keyExchange({ p: even }), 'bad-dh-value', Alert.illegalParameter)
    expectEnd(reached(suite).keyExchange({ p: Uint8Array.of(7) }), 'bad-dh-value', Alert.illegalParameter)
    expectEnd(
      reached(suite).keyExchange({ p: new Uint8Array(2000).fill(0xff) }),
      'bad-dh-value',
      Alert.illegalParameter,
    )
    for (const g of [0, 1]) expectEnd(reached(suite).keyExchange({ g: Uint8Array.of(g) }), 'bad-dh-value', 47)
  })

  test('with a prime that the program finds too small', () => {
    const engine = { permits: (question: string, bits: number) => question !== 'temporary-dh' || bits >= 128 }
    const script = new ScriptedServer({ suite: 'DHE-RSA-AES128-GCM-SHA256', engine })
      .hello()
      .certificate()
      .keyExchange()
    expectEnd(script, 'dh-key-too-small', Alert.handshakeFailure)
  })

  test.each([
    ['with one bit wrong', (value: Uint8Array) => value.with(20, (value[20] ?? 0) ^ 1)],
    ['cut short', (value: Uint8Array) => value.subarray(0, -1)],
    ['with a byte too many', (value: Uint8Array) => concat(value, Uint8Array.of(0))],
    ['empty', () => EMPTY],
    ['of zeros', (value: Uint8Array) => new Uint8Array(value.length)],
  ] as const)('with a signature %s', (_name, signature) => {
    for (const suite of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES128-GCM-SHA256'])
      expectEnd(reached(suite).keyExchange({ signature }), 'bad-signature', Alert.decryptError)
  })

  test('signed over other randoms, or over other parameters', () => {
    const script = reached()
    const stale = concat(new Uint8Array(64), script.keyExchangeBody().subarray(0, 69))
    expectEnd(script.keyExchange({ signed: stale }), 'bad-signature', Alert.decryptError)
    expectEnd(reached().keyExchange({ signed: new Uint8Array(133) }), 'bad-signature', Alert.decryptError)
  })

  test('signed by another key', () => {
    expectEnd(reached().keyExchange({ credential: testCredential('client') }), 'bad-signature', Alert.decryptError)
  })

  test('with a scheme that was not offered', () => {
    const script = new ScriptedServer({ engine: { signatureSchemes: [0x0503, 0x0804] } }).hello().certificate()
    expectEnd(script.keyExchange({ scheme: 0x0403 }), 'wrong-signature-type', Alert.illegalParameter)
  })

  test('with a scheme that does not fit the key, or that nobody knows', () => {
    for (const scheme of [0x0804, 0x0401, 0x0807, 0x0402, 0xfafa, 0]) {
      const body = (good: Uint8Array) => good.with(69, scheme >> 8).with(70, scheme & 0xff)
      expectEnd(reached().keyExchange({ body }), 'wrong-signature-type', Alert.illegalParameter)
    }
  })

  test('with something behind its end', () => {
    const body = (good: Uint8Array) => concat(good, Uint8Array.of(0))
    expectEnd(reached().keyExchange({ body }), 'length-mismatch', Alert.decodeError)
  })

  test('without a signature', () => {
    expectEnd(reached().keyExchange({ body: good => good.subarray(0, 69) }), 'decode-error', Alert.decodeError)
  })

  test('with an identity hint longer than any (RFC 4279 section 5.2)', () => {
    const script = new ScriptedServer({ suite: 'PSK-AES128-GCM-SHA256' }).hello()
    expectEnd(script.keyExchange({ hint: new Uint8Array(257) }), 'data-length-too-long', Alert.handshakeFailure)
  })
})

describe('a PSK whose key is empty', () => {
  test('is none', () => {
    const clientPsk = () => ({ identity: utf8('someone'), key: EMPTY })
    const script = new ScriptedServer({ suite: 'PSK-AES128-GCM-SHA256', engine: { clientPsk } }).firstFlight()
    expectEnd(script, 'psk-identity-not-found-client', Alert.handshakeFailure)
  })
})

describe('CertificateRequest and ServerHelloDone', () => {
  const reached = () => new ScriptedServer().hello().certificate().keyExchange()
  const raw = (hex: string) => reached().message(HandshakeType.certificateRequest, fromHex(hex))
  const lengthOf = (hex: string) => (hex.length / 2).toString(16).padStart(4, '0')

  test('a request without types, without schemes, or with lengths that lie', () => {
    for (const hex of ['00' + '00020403' + '0000', '0101' + '0000' + '0000', '0101' + '000104' + '0000', '0101'])
      expectEnd(raw(hex), 'decode-error', Alert.decodeError)
    expectEnd(raw('0101' + '00020403' + '0000' + '00'), 'length-mismatch', Alert.decodeError)
    expectEnd(raw('0101' + '00020403' + '0002' + '0000'), 'decode-error', Alert.decodeError)
    // An authority must have a name: here the empty one, cut short, with a byte behind it, and no name at all.
    const naming = (hex: string) => `0101${'00020403'}${lengthOf(`xxxx${hex}`)}${lengthOf(hex)}${hex}`
    expect(raw(naming('3000')).engine.failure).toBeNull()
    for (const hex of ['30', '3001', '300000', '0400']) expectEnd(raw(naming(hex)), 'decode-error', Alert.decodeError)
  })

  test('a request for schemes that the key has none of gets an empty certificate', () => {
    const script = new ScriptedServer({ engine: { clientCredential: () => testCredential('client') } })
    script.hello().certificate().keyExchange().certificateRequest([0x0807]).done()
    expect(script.last(HandshakeType.certificate)).toEqual(new Uint8Array(3))
    expect(script.has(HandshakeType.certificateVerify)).toBe(false)
  })
})

// libssl's ssl_check_srvr_ecc_cert_and_alg, RFC 8422 section 2.2: ECDHE_ECDSA wants a certificate that may sign.
describe('an ECDSA certificate whose keyUsage', () => {
  const keyAgreement = 0x08
  const digitalSignature = 0x80
  const holder = (usage: number) => {
    const { certificate, key } = issue('usage.test', { extensions: [ext.usage(usage)] })
    return credential([certificate.der], key)
  }

  test('forbids to sign is refused by a client, whatever it thinks of the chain', () => {
    const reached = (usage: number) => {
      const script = new ScriptedServer().hello()
      script.credential = holder(usage)
      return script.certificate().keyExchange().done()
    }
    expect(reached(digitalSignature | keyAgreement).engine.failure).toBeNull()
    expectEnd(reached(keyAgreement), 'bad-ecc-cert', Alert.handshakeFailure)
  })

  test('forbids to sign is not shown by a server', () => {
    const server = { credentials: [holder(keyAgreement)] }
    const pair = new Pair({ client: { suites: [suiteNamed('ECDHE-ECDSA-AES128-GCM-SHA256')] }, server })
    pair.run()
    expect(pair.server.failure?.reason).toBe('no-shared-cipher')
  })
})

describe('HelloVerifyRequest', () => {
  test('more than once: the cookie may have grown old, but not for ever (RFC 6347 section 4.2.1)', () => {
    const script = new ScriptedServer()
    script.helloVerifyRequest(utf8('one')).helloVerifyRequest(utf8('two')).helloVerifyRequest(utf8('three'))
    expect(script.clientHello.cookie).toEqual(utf8('three'))
    script.complete()
    expect(script.engine.established).toBe(true)
    const endless = new ScriptedServer()
    for (let i = 0; i < 20 && endless.engine.failure === null; i++) endless.helloVerifyRequest(Uint8Array.of(i))
    expectEnd(endless, 'unexpected-message', Alert.unexpectedMessage)
    expect(endless.received.length).toBeLessThan(10)
  })

  test('the second ClientHello is the first with the cookie in it', () => {
    const script = new ScriptedServer()
    const first = script.clientHello
    script.helloVerifyRequest(utf8('cookie'))
    expect(script.clientHello).toEqual({ ...first, cookie: utf8('cookie') })
  })

  test('that is malformed', () => {
    for (const hex of ['', 'feff', 'feff05', 'feff0101' + '00'])
      expect(new ScriptedServer().message(HandshakeType.helloVerifyRequest, fromHex(hex)).engine.failure?.alert).toBe(
        50,
      )
  })

  test('of any version: it says nothing of the one to come', () => {
    const script = new ScriptedServer().message(HandshakeType.helloVerifyRequest, fromHex('000001aa'), {
      counts: false,
    })
    expect(script.engine.failure).toBeNull()
    expect(script.clientHello.cookie).toEqual(Uint8Array.of(0xaa))
  })
})

import { describe, expect, test } from '@jest/globals'
import { concat, EMPTY, latin1, utf8 } from '../../lib/base/bytes.ts'
import { Alert, AlertLevel, type Reason } from '../../lib/engine.ts'
import { encryptThenMac } from '../../lib/wire/extensions/encrypt-then-mac.ts'
import { extendedMasterSecret } from '../../lib/wire/extensions/extended-master-secret.ts'
import { find } from '../../lib/wire/extensions/extension.ts'
import { renegotiationInfo } from '../../lib/wire/extensions/renegotiation-info.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { ContentType, ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import type { Script } from './script.ts'
import { ScriptedClient } from './scripted-client.ts'
import { ScriptedServer } from './scripted-server.ts'

/** A client that is connected, and what its Finished said. */
function connectedClient(
  engine: ConstructorParameters<typeof ScriptedClient>[0] = {},
  more: Parameters<ScriptedClient['hello']>[1] = [],
) {
  const script = new ScriptedClient({ ...engine, engine: { peerMayRenegotiate: true, ...engine.engine } })
  script.hello({}, more).keyExchange().changeCipherSpec()
  const own = script.verifyData()
  script.finished(own)
  expect(script.engine.settled).toBe(true)
  return { script, own, peers: script.last(HandshakeType.finished).slice() }
}

function connectedServer(engine: ConstructorParameters<typeof ScriptedServer>[0] = {}) {
  const script = new ScriptedServer({ ...engine, engine: { peerMayRenegotiate: true, ...engine.engine } })
  script.firstFlight().changeCipherSpec()
  const own = script.verifyData()
  script.finished(own)
  expect(script.engine.settled).toBe(true)
  return { script, own, peers: script.last(HandshakeType.finished).slice() }
}

const CBC = 'ECDHE-ECDSA-AES128-SHA'
const info = (body: Uint8Array) => ({ type: ExtensionType.renegotiationInfo, body })
const client = (verifyData: Uint8Array) => info(renegotiationInfo.writeClient(verifyData))
const server = (clients: Uint8Array, servers: Uint8Array) =>
  info(renegotiationInfo.writeServer(concat(clients, servers)))
const plain = (script: Script) => ({ cipherSuites: [script.suite.id] })

/** A failure in the middle of an established connection: told with one protected alert, and nothing goes on. */
function expectEnd(script: Script, reason: Reason, alert: number): void {
  expect(script.engine.failure?.reason).toBe(reason)
  expect(script.alerts).toEqual([{ level: AlertLevel.fatal, description: alert, epoch: 1 }])
  expect(script.engine.handshake()).toBe('failed')
  expect(script.engine.write(utf8('data'))).toBe(false)
  expect(script.engine.nextDeadline()).toBeNull()
}

/** Nothing has changed: what the script sends in the epoch of the connection arrives, and an answer would leave. */
function expectUntouched(script: Script): void {
  expect(script.engine.failure).toBeNull()
  expect(script.engine.settled).toBe(true)
  expect(script.engine.nextDeadline()).toBeNull()
  script.application('still here')
  expect(script.data.map(latin1).at(-1)).toBe('still here')
  expect(script.engine.write(utf8('yes'))).toBe(true)
}

describe('a client that renegotiates', () => {
  test('as it should, again and again', () => {
    const { script, own, peers } = connectedClient()
    let [clients, servers] = [own, peers]
    for (let round = 0; round < 3; round++) {
      script.renew().hello(plain(script), [client(clients)])
      const answer = serverHello.read(script.last(HandshakeType.serverHello))
      const shown = find(answer.extensions, ExtensionType.renegotiationInfo)
      expect(shown && renegotiationInfo.readServer(shown)).toEqual(concat(clients, servers))
      script.keyExchange().changeCipherSpec()
      clients = script.verifyData()
      script.finished(clients)
      servers = script.last(HandshakeType.finished).slice()
      expectUntouched(script)
    }
  })

  test.each<[string, (own: Uint8Array, peers: Uint8Array) => Uint8Array]>([
    ['nothing', () => EMPTY],
    ['another Finished', own => own.map(byte => byte ^ 1)],
    ['one byte changed', own => own.map((byte, at) => (at === own.length - 1 ? byte ^ 0x80 : byte))],
    ['half of it', own => own.subarray(0, 6)],
    ["the server's", (_own, peers) => peers],
    ['both', (own, peers) => concat(own, peers)],
  ])('showing %s in renegotiation_info (RFC 5746 section 3.7)', (_what, shown) => {
    const { script, own, peers } = connectedClient()
    script.renew().hello(plain(script), [client(shown(own, peers))])
    expectEnd(script, 'renegotiation-mismatch', Alert.handshakeFailure)
  })

  test('without renegotiation_info', () => {
    const { script } = connectedClient()
    script.renew().hello(plain(script))
    expectEnd(script, 'unsafe-legacy-renegotiation', Alert.handshakeFailure)
  })

  test('without renegotiation_info, where what is unsafe is allowed: it has spoken it before', () => {
    const { script } = connectedClient({ engine: { unsafeRenegotiation: true } })
    script.renew().hello(plain(script))
    expectEnd(script, 'unsafe-legacy-renegotiation', Alert.handshakeFailure)
  })

  test('with the SCSV of a first handshake', () => {
    const { script, own } = connectedClient()
    script.renew().hello({}, [client(own)])
    expectEnd(script, 'scsv-received-when-renegotiating', Alert.handshakeFailure)
  })

  test('without the extended master secret that it had (RFC 7627 section 5.4)', () => {
    const { script, own } = connectedClient()
    script.renew().hello(plain(script), [client(own), { type: extendedMasterSecret.type, body: null }])
    expectEnd(script, 'inconsistent-extended-master-secret', Alert.handshakeFailure)
  })

  test('without encrypt-then-MAC, under which it was (RFC 7366 section 3.1)', () => {
    const { script, own } = connectedClient({ suite: CBC }, [{ type: encryptThenMac.type, body: EMPTY }])
    script.renew().hello(plain(script), [client(own)])
    expectEnd(script, 'renegotiation-mismatch', Alert.handshakeFailure)
  })

  test('with an older version', () => {
    const { script, own } = connectedClient()
    script.renew().hello({ ...plain(script), version: 0xfeff }, [client(own)])
    expectEnd(script, 'wrong-version', Alert.protocolVersion)
  })

  test('with a Finished that is wrong', () => {
    const { script, own } = connectedClient()
    script
      .renew()
      .hello(plain(script), [client(own)])
      .keyExchange()
      .changeCipherSpec()
    script.finished(script.verifyData().map(byte => byte ^ 1))
    expect(script.engine.failure?.reason).toBe('digest-check-failed')
    expect(script.alerts).toEqual([{ level: AlertLevel.fatal, description: Alert.decryptError, epoch: 1 }])
  })

  test('where it is not allowed: one warning for each hello, and nothing else', () => {
    const { script, own } = connectedClient({ engine: { peerMayRenegotiate: false } })
    for (let times = 0; times < 3; times++) script.renew().hello(plain(script), [client(own)])
    script.fragment(HandshakeType.clientHello, 500, 0, 100, utf8('a later part'))
    expect(script.alerts).toEqual(
      new Array(3).fill({ level: AlertLevel.warning, description: Alert.noRenegotiation, epoch: 1 }),
    )
    expect(script.has(HandshakeType.helloRequest)).toBe(false)
    expectUntouched(script)
  })

  test('that never spoke RFC 5746, is refused', () => {
    const script = new ScriptedClient({ engine: { peerMayRenegotiate: true } })
    script.hello(plain(script)).keyExchange().changeCipherSpec().finished()
    expect(script.engine.negotiated.agreed.secureRenegotiation).toBe(false)
    script.renew().hello(plain(script))
    expect(script.alerts).toEqual([{ level: AlertLevel.warning, description: Alert.noRenegotiation, epoch: 1 }])
    expectUntouched(script)
  })

  test('that never spoke RFC 5746, is served where what is unsafe is allowed', () => {
    const script = new ScriptedClient({ engine: { peerMayRenegotiate: true, unsafeRenegotiation: true } })
    script.hello(plain(script)).keyExchange().changeCipherSpec().finished()
    script.renew().hello(plain(script)).keyExchange().changeCipherSpec().finished()
    expectUntouched(script)
    // What nobody has spoken at first cannot be spoken in the middle (section 4.4).
    const shown = script.verifyData()
    script.renew().hello(plain(script), [client(shown)])
    expect(script.engine.failure?.reason).toBe('renegotiation-mismatch')
  })

  test('in the clear, as anybody could', () => {
    const { script, own } = connectedClient()
    for (const sequence of [0, 1, 2]) {
      const hello = clientHello.write({
        version: 0xfefd,
        random: script.random(32),
        sessionId: EMPTY,
        cookie: EMPTY,
        cipherSuites: [script.suite.id],
        compression: Uint8Array.of(0),
        extensions: [client(own)],
      })
      script.message(HandshakeType.clientHello, hello, { epoch: 0, messageSequence: sequence, counts: false })
    }
    expect(script.alerts).toEqual([])
    expectUntouched(script)
  })

  test('while its last Finished is still repeated on the way', () => {
    const { script, own } = connectedClient()
    script.renew().hello(plain(script), [client(own)])
    // Two numbers that the new handshake uses for other messages, too.
    for (const messageSequence of [1, 2])
      script.message(HandshakeType.finished, own, { messageSequence, counts: false, epoch: 1 })
    script.keyExchange().changeCipherSpec().finished()
    expectUntouched(script)
  })

  test('and sends data before its Finished: it waits', () => {
    const { script, own } = connectedClient()
    script.renew().hello(plain(script), [client(own)])
    script.application('under the old keys')
    expect(script.data.map(latin1)).toEqual(['under the old keys'])
    script.keyExchange().changeCipherSpec()
    script.application('under keys that nothing has proven yet')
    expect(script.data).toHaveLength(1)
    expect(script.engine.write(utf8('data'))).toBe(false)
    script.finished()
    expect(script.data.map(latin1)).toEqual(['under the old keys', 'under keys that nothing has proven yet'])
    expectUntouched(script)
  })

  test('and never shows that its Finished is its own: the data does not come out', () => {
    const { script, own } = connectedClient()
    script
      .renew()
      .hello(plain(script), [client(own)])
      .keyExchange()
      .changeCipherSpec()
    script.application('forged')
    script.finished(new Uint8Array(12))
    expect(script.engine.failure?.reason).toBe('digest-check-failed')
    expect(script.data).toEqual([])
  })

  test('and closes in the middle', () => {
    const { script, own } = connectedClient()
    script.renew().hello(plain(script), [client(own)])
    script.alert(AlertLevel.warning, Alert.closeNotify)
    expect(script.engine.readState).toBe('closed')
    expect(script.engine.handshake()).toBe('closed')
  })

  test('with a hello that is not to be had whole: the connection still reads', () => {
    const { script } = connectedClient()
    script.fragment(HandshakeType.clientHello, 500, 0, 100, utf8('a later part'))
    expect(script.engine.settled).toBe(false)
    script.application('still here')
    expect(script.data.map(latin1)).toEqual(['still here'])
    expect(script.engine.nextDeadline()).toBeNull()
  })
})

describe('a server that wants a new handshake', () => {
  test('as it should, again and again', () => {
    const { script, own, peers } = connectedServer()
    let [clients, servers] = [peers, own]
    for (let round = 0; round < 3; round++) {
      script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
      const { extensions, cipherSuites } = script.clientHello
      const shown = find(extensions, ExtensionType.renegotiationInfo)
      expect(shown && renegotiationInfo.readClient(shown)).toEqual(clients)
      expect(cipherSuites).not.toContain(0x00ff)
      script
        .hello({}, [server(clients, servers)])
        .certificate()
        .keyExchange()
        .done()
        .changeCipherSpec()
      servers = script.verifyData()
      script.finished(servers)
      clients = script.last(HandshakeType.finished).slice()
      expectUntouched(script)
    }
  })

  test.each<[string, (clients: Uint8Array, servers: Uint8Array) => Uint8Array]>([
    ['nothing', () => EMPTY],
    ["the client's Finished alone", clients => clients],
    ['both the other way round', (clients, servers) => concat(servers, clients)],
    [
      'a changed half',
      (clients, servers) =>
        concat(
          clients,
          servers.map(byte => byte ^ 1),
        ),
    ],
    ['a byte less', (clients, servers) => concat(clients, servers.subarray(1))],
  ])('showing %s in renegotiation_info (RFC 5746 section 3.5)', (_what, shown) => {
    const { script, own, peers } = connectedServer()
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    script.hello({}, [info(renegotiationInfo.writeServer(shown(peers, own)))])
    expectEnd(script, 'renegotiation-mismatch', Alert.handshakeFailure)
  })

  test('without renegotiation_info', () => {
    const { script } = connectedServer({ engine: { unsafeRenegotiation: true, legacyServerConnect: true } })
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    script.hello({}, [{ type: ExtensionType.renegotiationInfo, body: null }])
    expectEnd(script, 'unsafe-legacy-renegotiation', Alert.handshakeFailure)
  })

  test('without the extended master secret that it had', () => {
    const { script, own, peers } = connectedServer()
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    script.hello({}, [server(peers, own), { type: extendedMasterSecret.type, body: null }])
    expectEnd(script, 'inconsistent-extended-master-secret', Alert.handshakeFailure)
  })

  test('without encrypt-then-MAC, under which it was (RFC 7366 section 3.1)', () => {
    const { script, own, peers } = connectedServer({ suite: CBC })
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    script.hello({}, [server(peers, own), { type: encryptThenMac.type, body: null }])
    expectEnd(script, 'renegotiation-mismatch', Alert.handshakeFailure)
  })

  test('with another version', () => {
    const { script, own, peers } = connectedServer()
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    script.hello({ version: 0xfeff }, [server(peers, own)])
    expectEnd(script, 'wrong-version', Alert.protocolVersion)
  })

  test('that never spoke RFC 5746, is refused', () => {
    const script = new ScriptedServer({ engine: { peerMayRenegotiate: true, legacyServerConnect: true } })
    script.hello({}, [{ type: ExtensionType.renegotiationInfo, body: null }])
    script.certificate().keyExchange().done().changeCipherSpec().finished()
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    expect(script.alerts).toEqual([{ level: AlertLevel.warning, description: Alert.noRenegotiation, epoch: 1 }])
    expectUntouched(script)
  })

  test('that never spoke RFC 5746, is followed where what is unsafe is allowed', () => {
    const script = new ScriptedServer({ engine: { peerMayRenegotiate: true, unsafeRenegotiation: true } })
    const silent = [{ type: ExtensionType.renegotiationInfo, body: null }]
    script.hello({}, silent).certificate().keyExchange().done().changeCipherSpec().finished()
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
    script.hello({}, silent).certificate().keyExchange().done().changeCipherSpec().finished()
    expectUntouched(script)
  })

  test('where it is refused: one warning each', () => {
    const { script } = connectedServer({ engine: { peerMayRenegotiate: false } })
    script.renew()
    for (let times = 0; times < 3; times++)
      script.message(HandshakeType.helloRequest, EMPTY, { counts: false, messageSequence: 0 })
    expect(script.alerts).toEqual(
      new Array(3).fill({ level: AlertLevel.warning, description: Alert.noRenegotiation, epoch: 1 }),
    )
    expectUntouched(script)
  })

  test('a thousand times: there is one handshake, whose hello leaves once', () => {
    const { script, own, peers } = connectedServer()
    script.renew()
    for (let times = 0; times < 1000; times++)
      script.message(HandshakeType.helloRequest, EMPTY, { counts: false, messageSequence: times % 9 })
    expect(script.received.filter(({ type }) => type === HandshakeType.clientHello)).toHaveLength(2)
    script.nextMessage = 1
    script
      .hello({}, [server(peers, own)])
      .certificate()
      .keyExchange()
      .done()
      .changeCipherSpec()
      .finished()
    expectUntouched(script)
  })

  test.each([0, 1, 2, 5])('and has counted %d HelloRequests that never came', count => {
    const { script, own, peers } = connectedServer()
    script.engine.renegotiate()
    script.renew().pump()
    script.nextMessage = count
    script
      .hello({}, [server(peers, own)])
      .certificate()
      .keyExchange()
      .done()
      .changeCipherSpec()
      .finished()
    expectUntouched(script)
  })

  test('in the clear, as anybody could', () => {
    const { script } = connectedServer()
    script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false, epoch: 0 })
    expect(script.alerts).toEqual([])
    expectUntouched(script)
  })

  test('with a HelloRequest that has a body', () => {
    const { script } = connectedServer()
    script.renew().message(HandshakeType.helloRequest, utf8('what is this'), { counts: false })
    expect(script.alerts).toEqual([])
    expectUntouched(script)
  })

  test('refuses what the client has asked for', () => {
    const { script } = connectedServer()
    script.engine.renegotiate()
    script.renew().pump()
    expect(script.engine.nextDeadline()).not.toBeNull()
    script.alert(AlertLevel.warning, Alert.noRenegotiation)
    expectEnd(script, 'no-renegotiation', Alert.handshakeFailure)
  })

  test('refuses what nobody has asked for', () => {
    const { script } = connectedServer()
    script.alert(AlertLevel.warning, Alert.noRenegotiation)
    expect(script.alerts).toEqual([])
    expectUntouched(script)
  })
})

test('a client refuses what the server has asked for', () => {
  const { script } = connectedClient()
  script.engine.renegotiate()
  script.renew().pump()
  expect(script.received.at(-1)?.type).toBe(HandshakeType.helloRequest)
  expect(script.engine.nextDeadline()).toBeNull()
  script.alert(AlertLevel.warning, Alert.noRenegotiation)
  expectEnd(script, 'no-renegotiation', Alert.handshakeFailure)
})

test('a HelloRequest that is held back until the handshake it asked for runs (openssl/openssl#32363)', () => {
  const { script, own, peers } = connectedServer()
  script.renew().message(HandshakeType.helloRequest, EMPTY, { counts: false })
  script.hello({}, [server(peers, own)])
  script.message(HandshakeType.helloRequest, EMPTY, { counts: false, messageSequence: script.nextMessage })
  script.certificate().keyExchange()
  script.message(HandshakeType.helloRequest, EMPTY, { counts: false, messageSequence: script.nextMessage + 1 })
  script.done().changeCipherSpec().finished()
  expectUntouched(script)
})

test('a stray ChangeCipherSpec in a settled connection changes nothing', () => {
  const { script } = connectedClient()
  script.record(ContentType.changeCipherSpec, Uint8Array.of(1))
  expectUntouched(script)
})

import { describe, expect, test } from '@jest/globals'
import { Alert } from '../../lib/base/alert.ts'
import { concat, EMPTY } from '../../lib/base/bytes.ts'
import { MAX_SEQUENCE, writeDtlsHeader } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import { ScriptedClient } from '../adversary/scripted-client.ts'
import { ScriptedServer } from '../adversary/scripted-server.ts'
import { establishedPair, Pair } from '../connection/pair.ts'

// Each test is named after the thread in which somebody else paid for it.

describe('openssl/openssl#24972, #25389: a bad MAC is silent', () => {
  test.each(['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA', 'PSK-CHACHA20-POLY1305'])('%s', suite => {
    for (const script of [new ScriptedServer({ suite }).complete(), new ScriptedClient({ suite }).complete()]) {
      for (let i = 0; i < 100; i++) {
        const mangle = (record: Uint8Array) => record.with(-1 + record.length, (record.at(-1) ?? 0) ^ 1)
        script.application('forged', { mangle })
      }
      expect(script.engine.discards.count('bad-mac')).toBe(100)
      expect(script.engine.failure).toBeNull()
      expect(script.alerts).toEqual([])
      expect(script.application('genuine').data).toHaveLength(1)
    }
  })
})

describe('openssl/openssl#32622: a plaintext alert after the keys', () => {
  test.each([
    ['fatal', 2, Alert.handshakeFailure],
    ['close_notify', 1, Alert.closeNotify],
    ['fatal close_notify', 2, Alert.closeNotify],
  ])('%s is ignored', (_name, level, description) => {
    for (const script of [new ScriptedServer().complete(), new ScriptedClient().complete()]) {
      script.alert(level, description, { epoch: 0 })
      expect(script.engine.failure).toBeNull()
      expect(script.engine.readState).toBe('open')
      expect(script.application('x').data).toHaveLength(1)
    }
  })

  test('also between the keys and Finished', () => {
    const script = new ScriptedClient().hello().keyExchange().changeCipherSpec()
    script.alert(2, Alert.handshakeFailure, { epoch: 0 }).finished()
    expect(script.engine.established).toBe(true)
  })
})

describe('pion/dtls#138: an unauthenticated ChangeCipherSpec', () => {
  test('is ignored outside its one place', () => {
    const script = new ScriptedClient()
    const forge = () => script.record(ContentType.changeCipherSpec, Uint8Array.of(1), { epoch: 0 })
    forge().hello()
    script.keyExchange().changeCipherSpec()
    forge().finished()
    forge()
    expect(script.engine.established).toBe(true)
    expect(script.application('x').data).toHaveLength(1)
  })
})

describe('algesten/dimpl#78: the replay window moves only after a record was opened', () => {
  test('a forged high number does not shut it', () => {
    for (const script of [new ScriptedServer().complete(), new ScriptedClient().complete()]) {
      const forged = new Uint8Array(13 + 40)
      for (const sequence of [MAX_SEQUENCE, 2 ** 32, 1000]) {
        writeDtlsHeader(forged, 0, ContentType.applicationData, script.version, 1, sequence, 40)
        script.deliver(forged.slice())
      }
      expect(script.engine.discards.count('bad-mac')).toBe(3)
      expect(script.application('x').data).toHaveLength(1)
    }
  })
})

describe('openssl/openssl#32363: a HelloRequest out of order', () => {
  test('is ignored, and the message whose number it took is heard', () => {
    const script = new ScriptedServer()
    script.fragment(HandshakeType.helloRequest, 0, 1, 0, EMPTY)
    script.fragment(HandshakeType.helloRequest, 0, 3, 0, EMPTY)
    script.complete()
    expect(script.engine.established).toBe(true)
  })

  test('in order it is ignored too, and takes no number (openssl/openssl#31532)', () => {
    const script = new ScriptedServer().hello()
    script.fragment(HandshakeType.helloRequest, 0, 1, 0, EMPTY)
    script.certificate().keyExchange().done().changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })
})

describe('openssl/openssl#3283: a new hello on a live association', () => {
  test('in the clear it disturbs nothing, whole, cut, or with a cookie', () => {
    const pair = establishedPair()
    const stranger = new Pair({ seed: 99 })
    stranger.client.handshake()
    const hellos = stranger.client.takeOutput()
    for (const hello of [...hellos, ...hellos.map(bytes => bytes.subarray(0, 40))]) pair.server.receive(hello)
    expect(pair.server.read(new Uint8Array(10))).toBe(0)
    expect(pair.server.hasOutput).toBe(false)
    expect(pair.server.discards.count('old-epoch')).toBe(1)
    expect(pair.send('client', 'the old one lives')).toBe('the old one lives')
    expect(pair.send('server', 'on both sides')).toBe('on both sides')
  })
})

describe('openssl/openssl#15490: messages from before a handshake', () => {
  test('that came after the last one are not kept for the next', () => {
    const script = new ScriptedServer().complete()
    for (let ahead = 0; ahead < 5; ahead++)
      script.message(HandshakeType.serverHello, new Uint8Array(60), { messageSequence: script.nextMessage + ahead })
    expect(script.engine.discards.count('distant-message')).toBe(5)
    expect(script.application('x').data).toHaveLength(1)
  })
})

describe('OvenMediaLabs/OvenMediaEngine#2329: fragments cut anew', () => {
  test('any overlap completes', () => {
    for (const [first, second] of [
      [100, 77],
      [77, 100],
      [1, 512],
      [333, 332],
    ] as const) {
      const script = new ScriptedServer().hello()
      script.holding = true
      script.certificate()
      script.holding = false
      const body = (script.held.splice(0)[0] ?? EMPTY).subarray(25)
      // Every other piece is lost, then all of it comes again in other pieces, backwards.
      for (let at = 0; at < body.length; at += 2 * first)
        script.fragment(HandshakeType.certificate, body.length, 1, at, body.subarray(at, at + first))
      for (let at = Math.floor(body.length / second) * second; at >= 0; at -= second)
        script.fragment(HandshakeType.certificate, body.length, 1, at, body.subarray(at, at + second))
      script.keyExchange().done().changeCipherSpec().finished()
      expect(script.engine.established).toBe(true)
    }
  })
})

describe('openssl/openssl#15297: a cookie binds the parameters', () => {
  const bound = {
    generate: (hello: { readonly cipherSuites: readonly number[] } | null) =>
      Uint8Array.from((hello?.cipherSuites ?? [0]).slice(0, 100), suite => suite & 0xff),
    verify: (cookie: Uint8Array, hello: { readonly cipherSuites: readonly number[] } | null) =>
      Buffer.compare(cookie, bound.generate(hello)) === 0,
  }

  test('changed suites make another cookie, and the old one is refused', () => {
    const first = new ScriptedClient({ engine: { cookie: bound } }).hello()
    const other = new ScriptedClient({ engine: { cookie: bound } }).hello({ cipherSuites: [first.suite.id, 0xc02c] })
    expect(first.cookie).not.toEqual(other.cookie)
    first.hello({ cipherSuites: [first.suite.id, 0xc02c] })
    expect(first.engine.failure?.reason).toBe('cookie-mismatch')
    other.hello({ cipherSuites: [other.suite.id, 0xc02c] })
    expect(other.engine.failure).toBeNull()
  })
})

describe('openssl/openssl#4929: ChangeCipherSpec before the message that precedes it', () => {
  test('waits for it', () => {
    const script = new ScriptedClient().hello()
    script.holding = true
    script.keyExchange().changeCipherSpec().finished()
    const [keys = EMPTY, change = EMPTY, finished = EMPTY] = script.held
    script.release([change, finished, keys])
    expect(script.engine.established).toBe(true)
  })

  test('and all of it in one datagram, in any order', () => {
    const script = new ScriptedClient().hello()
    script.holding = true
    script.keyExchange().changeCipherSpec().finished()
    script.release([concat(...[...script.held].reverse())])
    expect(script.engine.established).toBe(true)
  })
})

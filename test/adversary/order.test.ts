import { describe, expect, test } from '@jest/globals'
import { HandshakeType as Type } from '../../lib/wire/registry.ts'
import { testCredential } from '../connection/credentials.ts'
import { ScriptedClient } from './scripted-client.ts'
import { ScriptedServer } from './scripted-server.ts'

const TYPES = [...new Set([...Object.values(Type), 5, 99, 254])]

/** Where the engine stands, how a script takes it there, and which messages may then come. */
interface Situation<S> {
  readonly name: string
  readonly reach: () => S
  readonly allowed: readonly number[]
}

const asClient: readonly Situation<ScriptedServer>[] = [
  {
    name: 'after ClientHello',
    reach: () => new ScriptedServer(),
    allowed: [Type.serverHello, Type.helloVerifyRequest],
  },
  {
    name: 'after the second ClientHello',
    reach: () => new ScriptedServer().helloVerifyRequest(),
    allowed: [Type.serverHello, Type.helloVerifyRequest],
  },
  { name: 'after ServerHello', reach: () => new ScriptedServer().hello(), allowed: [Type.certificate] },
  {
    name: 'after ServerHello of an anonymous suite',
    reach: () => new ScriptedServer({ suite: 'AECDH-AES128-SHA' }).hello(),
    allowed: [Type.serverKeyExchange],
  },
  {
    name: 'after ServerHello of a PSK suite',
    reach: () => new ScriptedServer({ suite: 'PSK-AES128-GCM-SHA256' }).hello(),
    allowed: [Type.serverKeyExchange, Type.serverHelloDone],
  },
  {
    name: 'after Certificate',
    reach: () => new ScriptedServer().hello().certificate(),
    allowed: [Type.serverKeyExchange],
  },
  {
    name: 'after Certificate of a static RSA suite',
    reach: () => new ScriptedServer({ suite: 'AES128-SHA' }).hello().certificate(),
    allowed: [Type.certificateRequest, Type.serverHelloDone],
  },
  {
    name: 'after ServerKeyExchange',
    reach: () => new ScriptedServer().hello().certificate().keyExchange(),
    allowed: [Type.certificateRequest, Type.serverHelloDone],
  },
  {
    name: 'after ServerKeyExchange of an anonymous suite',
    reach: () => new ScriptedServer({ suite: 'AECDH-AES128-SHA' }).hello().keyExchange(),
    allowed: [Type.serverHelloDone],
  },
  {
    name: 'after CertificateRequest',
    reach: () => new ScriptedServer().hello().certificate().keyExchange().certificateRequest(),
    allowed: [Type.serverHelloDone],
  },
  { name: 'after ServerHelloDone', reach: () => new ScriptedServer().firstFlight(), allowed: [] },
  {
    name: 'after ChangeCipherSpec',
    reach: () => new ScriptedServer().firstFlight().changeCipherSpec(),
    allowed: [Type.finished],
  },
]

const authenticating = { engine: { clientAuthentication: 'request' } } as const
const withCertificate = () => new ScriptedClient(authenticating).hello().certificate().keyExchange()

const asServer: readonly Situation<ScriptedClient>[] = [
  { name: 'before anything', reach: () => new ScriptedClient(), allowed: [Type.clientHello] },
  {
    name: 'after HelloVerifyRequest',
    reach: () => new ScriptedClient({ engine: { cookie: FIXED_COOKIE } }).hello(),
    allowed: [Type.clientHello],
  },
  {
    name: 'after ServerHelloDone',
    reach: () => new ScriptedClient().hello(),
    allowed: [Type.clientKeyExchange],
  },
  {
    name: 'after ServerHelloDone that asked for a certificate',
    reach: () => new ScriptedClient(authenticating).hello(),
    allowed: [Type.certificate],
  },
  {
    name: 'after Certificate',
    reach: () => new ScriptedClient(authenticating).hello().certificate(),
    allowed: [Type.clientKeyExchange],
  },
  { name: 'after ClientKeyExchange', reach: () => new ScriptedClient().hello().keyExchange(), allowed: [] },
  {
    name: 'after ClientKeyExchange that follows an empty Certificate',
    reach: () => new ScriptedClient(authenticating).hello().certificate([]).keyExchange(),
    allowed: [],
  },
  {
    name: 'after ClientKeyExchange that follows a Certificate',
    reach: withCertificate,
    allowed: [Type.certificateVerify],
  },
  { name: 'after CertificateVerify', reach: () => withCertificate().certificateVerify(), allowed: [] },
  {
    name: 'after ChangeCipherSpec',
    reach: () => new ScriptedClient().hello().keyExchange().changeCipherSpec(),
    allowed: [Type.finished],
  },
]

const FIXED_COOKIE = { generate: () => Uint8Array.of(1, 2, 3), verify: () => true }

/** Long enough for what it says it is: its place is judged, not its content. */
function bodyOf(type: number): Uint8Array {
  return new Uint8Array(type === Type.helloRequest || type === Type.serverHelloDone ? 0 : 4)
}

/** The alert that ends it, in the epoch that the engine writes by then. */
function expectUnexpectedMessage(script: ScriptedServer | ScriptedClient): void {
  expect(script.engine.failure?.reason).toBe('unexpected-message')
  expect(script.engine.handshake()).toBe('failed')
  expect(script.engine.established).toBe(false)
  expect(script.engine.nextDeadline()).toBeNull()
  expect(script.alerts.map(({ level, description }) => [level, description])).toEqual([[2, 10]])
}

describe.each(asClient)('a client $name', ({ reach, allowed }) => {
  const refused = TYPES.filter(type => type !== Type.helloRequest && !allowed.includes(type))

  test.each(refused)('refuses message %d', type => {
    const script = reach()
    expect(script.engine.failure).toBeNull()
    script.message(type, bodyOf(type))
    expectUnexpectedMessage(script)
  })

  test('passes over HelloRequest (RFC 5246 section 7.4.1.1)', () => {
    const script = reach()
    script.message(Type.helloRequest, new Uint8Array(0), { messageSequence: script.nextMessage, counts: false })
    expect(script.engine.failure).toBeNull()
    expect(script.alerts).toEqual([])
  })

  test('drops application data and heartbeats that come without protection, and goes on', () => {
    const script = reach()
    const before = script.engine.discards.total
    script.record(23, new Uint8Array(8), { epoch: 0 }).record(24, new Uint8Array(24), { epoch: 0 })
    expect(script.engine.discards.total).toBe(before + 2)
    expect(script.engine.failure).toBeNull()
    expect(script.data).toEqual([])
  })
})

describe.each(asServer)('a server $name', ({ reach, allowed }) => {
  test.each(TYPES.filter(type => !allowed.includes(type)))('refuses message %d', type => {
    const script = reach()
    expect(script.engine.failure).toBeNull()
    script.message(type, bodyOf(type))
    expectUnexpectedMessage(script)
  })
})

describe('a client without the CertificateRequest it needs', () => {
  test('never sends a certificate that nobody asked for', () => {
    const script = new ScriptedServer({ engine: { clientCredential: () => testCredential('client') } }).firstFlight()
    expect(script.has(Type.certificate)).toBe(false)
    expect(script.has(Type.certificateVerify)).toBe(false)
  })
})

describe('HelloRequest at a client in the middle of a handshake (openssl/openssl#32363)', () => {
  test('out of order it takes nobody else its place', () => {
    const script = new ScriptedServer()
    script.fragment(Type.helloRequest, 0, 1, 0, new Uint8Array(0))
    script.complete()
    expect(script.engine.established).toBe(true)
  })

  test('with a body it is no HelloRequest', () => {
    const script = new ScriptedServer().message(Type.helloRequest, new Uint8Array(1))
    expect(script.engine.failure?.reason).toBe('excessive-message-size')
  })
})

describe('ChangeCipherSpec', () => {
  test('before its place does not change what the client reads', () => {
    const script = new ScriptedServer()
    script.record(20, Uint8Array.of(1))
    script.hello().record(20, Uint8Array.of(1)).certificate().keyExchange().record(20, Uint8Array.of(1)).done()
    // Still reading plaintext: an alert that the server sends now must be heard.
    script.alert(2, 40)
    expect(script.engine.failure?.reason).toBe('alert-received')
    expect(script.engine.failure?.received).toBe(40)
  })

  test('before its place does not keep the client from finishing', () => {
    const script = new ScriptedServer()
    for (const step of [script.hello, script.certificate, script.keyExchange, script.done]) {
      script.record(20, Uint8Array.of(1))
      step.call(script)
    }
    script.changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })

  test('before ClientHello does not change what the server reads', () => {
    const script = new ScriptedClient().record(20, Uint8Array.of(1)).hello()
    script.keyExchange().alert(2, 40)
    expect(script.engine.failure?.received).toBe(40)
  })

  test('that overtakes ClientKeyExchange waits for its turn (openssl/openssl#4929)', () => {
    const script = new ScriptedClient().hello()
    script.holding = true
    script.keyExchange().changeCipherSpec().finished()
    script.release([...script.held].reverse())
    expect(script.engine.failure).toBeNull()
    expect(script.engine.established).toBe(true)
  })

  test.each([
    ['empty', new Uint8Array(0)],
    ['of another value', Uint8Array.of(2)],
    ['with a byte too many', Uint8Array.of(1, 1)],
  ])('%s is dropped, as anybody could have sent it', (_name, payload) => {
    const script = new ScriptedServer().firstFlight().record(20, payload)
    expect(script.engine.discards.count('malformed-fragment')).toBe(payload.length === 0 ? 1 : 1)
    expect(script.engine.failure).toBeNull()
    script.changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })

  test('twice changes nothing the second time', () => {
    const script = new ScriptedServer().firstFlight().changeCipherSpec()
    script.record(20, Uint8Array.of(1), { epoch: 0 }).record(20, Uint8Array.of(1)).finished()
    expect(script.engine.established).toBe(true)
  })

  test('after the handshake is dropped, protected or not', () => {
    const script = new ScriptedServer().complete()
    script.record(20, Uint8Array.of(1), { epoch: 0 }).record(20, Uint8Array.of(1))
    expect(script.engine.failure).toBeNull()
    expect(script.application('still here').data).toHaveLength(1)
  })

  test('left out: Finished in the clear is no Finished', () => {
    const server = new ScriptedServer().firstFlight().finished()
    expect(server.engine.failure?.reason).toBe('unexpected-message')
    const client = new ScriptedClient().hello().keyExchange().finished()
    expect(client.engine.failure?.reason).toBe('unexpected-message')
  })

  test('left out: protected Finished waits for ever, and is not acted on', () => {
    const script = new ScriptedClient().hello().keyExchange()
    script.epoch = 1
    script.finished().application('too early')
    expect(script.engine.established).toBe(false)
    expect(script.data).toEqual([])
    script.record(20, Uint8Array.of(1), { epoch: 0 })
    expect(script.engine.established).toBe(true)
  })
})

describe('Finished', () => {
  test.each([
    ['with one bit wrong', (good: Uint8Array) => good.with(0, (good[0] ?? 0) ^ 1), 'digest-check-failed', 51],
    ['of the other side', () => new Uint8Array(12), 'digest-check-failed', 51],
    ['cut short', (good: Uint8Array) => good.subarray(0, 11), 'bad-digest-length', 50],
    ['too long', (good: Uint8Array) => Uint8Array.of(...good, 0), 'bad-digest-length', 50],
    ['empty', () => new Uint8Array(0), 'bad-digest-length', 50],
  ] as const)('%s ends either role', (_name, change, reason, alert) => {
    const scripts = [
      new ScriptedServer().firstFlight().changeCipherSpec(),
      new ScriptedClient().hello().keyExchange().changeCipherSpec(),
    ]
    for (const script of scripts) {
      script.finished(change(script.verifyData()))
      expect(script.engine.failure?.reason).toBe(reason)
      expect(script.alerts.map(({ description }) => description)).toEqual([alert])
      expect(script.engine.established).toBe(false)
    }
  })

  test('that belongs to another transcript ends the handshake', () => {
    const script = new ScriptedServer().firstFlight().changeCipherSpec()
    script.transcript.add(new Uint8Array(12))
    script.finished()
    expect(script.engine.failure?.reason).toBe('digest-check-failed')
  })

  test('application data that comes before it is held back until it is verified', () => {
    const good = new ScriptedClient().hello().keyExchange().changeCipherSpec().application('early')
    expect(good.engine.read(new Uint8Array(100))).toBe(0)
    good.finished()
    expect(good.data).toHaveLength(1)
    const bad = new ScriptedClient().hello().keyExchange().changeCipherSpec().application('early')
    bad.finished(new Uint8Array(12))
    expect(bad.engine.read(new Uint8Array(100))).toBe(0)
  })
})

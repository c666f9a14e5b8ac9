import { describe, expect, test } from '@jest/globals'
import { concat, equal, toHex, utf8 } from '../../lib/base/bytes.ts'
import type { CookieExchange } from '../../lib/handshake/config.ts'
import { type GateFault, type GateOutcome, helloGate } from '../../lib/handshake/hello-gate.ts'
import { encodeFragment, encodeUnfragmented } from '../../lib/wire/handshake.ts'
import { type ClientHello, clientHello } from '../../lib/wire/messages/client-hello.ts'
import { HandshakeType } from '../../lib/wire/registry.ts'
import { establishedPair, Pair } from '../connection/pair.ts'
import { plainRecord } from '../record/records.ts'

const COOKIE = utf8('twenty bytes cookie!')
const cookies: CookieExchange = { generate: () => COOKIE, verify: shown => equal(shown, COOKIE) }

function hello(changes: Partial<ClientHello> = {}): Uint8Array {
  return clientHello.write({
    version: 0xfefd,
    random: new Uint8Array(32).fill(1),
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: [0xc02b, 0x00ff],
    compression: Uint8Array.of(0),
    extensions: [],
    ...changes,
  })
}

const withCookie = hello({ cookie: COOKIE })

interface Shape {
  readonly body?: Uint8Array
  readonly type?: number
  readonly messageSequence?: number
  readonly record?: {
    readonly type?: number
    readonly version?: number
    readonly epoch?: number
    readonly sequence?: number
  }
}

function datagram({ body = hello(), type = HandshakeType.clientHello, messageSequence = 0, record = {} }: Shape = {}) {
  return plainRecord({ version: 0xfeff, ...record, payload: encodeUnfragmented(type, messageSequence, body) })
}

function fragmentDatagram(body: Uint8Array, start: number, end: number): Uint8Array {
  const payload = encodeFragment(HandshakeType.clientHello, body.length, 0, start, body.subarray(start, end))
  return plainRecord({ version: 0xfeff, payload })
}

function dropped(outcome: GateOutcome): GateFault | string {
  return outcome.kind === 'drop' ? outcome.fault : outcome.kind
}

// The rows of libssl 3.0's DTLSv1_listen, as measured.
describe('what is dropped, and for what', () => {
  test.each<[string, Uint8Array, GateFault]>([
    ['an empty datagram', new Uint8Array(0), 'record-too-small'],
    ['12 bytes', datagram().slice(0, 12), 'record-too-small'],
    ['a record cut short', datagram().slice(0, -1), 'length-mismatch'],
    ['an alert', datagram({ record: { type: 21 } }), 'unexpected-message'],
    ['application data', datagram({ record: { type: 23 } }), 'unexpected-message'],
    ['another handshake message', datagram({ type: HandshakeType.finished }), 'unexpected-message'],
    ['epoch 1', datagram({ record: { epoch: 1 } }), 'unexpected-message'],
    ['a record of TLS', datagram({ record: { version: 0x0303 } }), 'bad-protocol-version-number'],
    ['message number 2', datagram({ messageSequence: 2 }), 'invalid-sequence-number'],
    ['a first fragment that ends before the cookie does', fragmentDatagram(withCookie, 0, 40), 'length-mismatch'],
    ['a later fragment', fragmentDatagram(withCookie, 10, 60), 'fragmented-client-hello'],
    ['an empty record', plainRecord({ payload: new Uint8Array(0) }), 'length-mismatch'],
    ['two messages in one record', twoMessages(), 'length-mismatch'],
  ])('%s', (_, bytes, fault) => {
    expect(dropped(helloGate(bytes, cookies))).toBe(fault)
  })

  test('a hello when the application makes no cookie', () => {
    for (const made of [null, new Uint8Array(0)]) {
      const outcome = helloGate(datagram(), { ...cookies, generate: () => made })
      expect(dropped(outcome)).toBe('cookie-gen-callback-failure')
    }
  })

  test('every datagram shorter than a hello, without a fault of ours', () => {
    const full = datagram({ body: withCookie })
    for (let length = 0; length < full.length; length++) {
      expect(helloGate(full.slice(0, length), cookies).kind).toBe('drop')
    }
  })
})

describe('what is answered with a HelloVerifyRequest', () => {
  test.each<[string, Uint8Array]>([
    ['a hello without a cookie', datagram()],
    ['a hello with another cookie', datagram({ body: hello({ cookie: utf8('of another server') }) })],
    ['message number 1', datagram({ messageSequence: 1 })],
    ['a record of version fe00', datagram({ record: { version: 0xfe00 } })],
    ['a record of version fefd', datagram({ record: { version: 0xfefd } })],
    ['a client that offers TLS 1.2', datagram({ body: hello({ version: 0x0303 }) })],
    ['a client that offers DTLS 1.3', datagram({ body: hello({ version: 0xfefc }) })],
    ['a first fragment that reaches to the end of the cookie', fragmentDatagram(hello(), 0, 36)],
    ['two records in a datagram: one answer', concat(datagram(), datagram({ messageSequence: 1 }))],
  ])('%s', (_, bytes) => {
    const outcome = helloGate(bytes, cookies)
    if (outcome.kind !== 'reply') throw new Error(dropped(outcome))
    // Record and body say DTLS 1.0, whatever will be negotiated (RFC 6347 section 4.2.1).
    const expected = `16feff0000000000000000 0023 03 000017 0000 000000 000017 feff 14 ${toHex(COOKIE)}`
    expect(toHex(outcome.datagram)).toBe(expected.replaceAll(' ', ''))
  })

  test('the record number is the client own, the message number 0', () => {
    const outcome = helloGate(datagram({ messageSequence: 1, record: { sequence: 0x0102_0304_0506 } }), cookies)
    if (outcome.kind !== 'reply') throw new Error(dropped(outcome))
    expect(toHex(outcome.datagram.subarray(3, 11))).toBe('0000010203040506')
    expect(toHex(outcome.datagram.subarray(17, 19))).toBe('0000')
  })

  test('the answer is not longer than the question, so that it amplifies nothing', () => {
    const question = datagram()
    const outcome = helloGate(question, cookies)
    if (outcome.kind !== 'reply') throw new Error(dropped(outcome))
    expect(outcome.datagram.length).toBeLessThanOrEqual(question.length)
  })
})

describe('a cookie that is verified', () => {
  test('lets the hello through, with its numbers and what follows it', () => {
    const first = datagram({ body: withCookie, messageSequence: 1, record: { sequence: 9 } })
    const outcome = helloGate(concat(first, utf8('the rest')), cookies)
    if (outcome.kind !== 'verified') throw new Error(dropped(outcome))
    expect(outcome.hello).toEqual({
      recordSequence: 9,
      messageSequence: 1,
      fragment: first.slice(13),
      rest: utf8('the rest'),
    })
  })

  test('of a first fragment is enough', () => {
    expect(helloGate(fragmentDatagram(withCookie, 0, 60), cookies).kind).toBe('verified')
  })

  test('may bind the parameters: the application sees a whole hello, and null instead of a part', () => {
    const seen: (readonly number[] | null)[] = []
    const watching: CookieExchange = {
      generate: whole => {
        seen.push(whole?.cipherSuites ?? null)
        return COOKIE
      },
      verify: () => false,
    }
    helloGate(datagram({ body: withCookie }), watching)
    helloGate(fragmentDatagram(withCookie, 0, 60), watching)
    expect(seen).toEqual([[0xc02b, 0x00ff], null])
  })
})

describe('the server behind the gate', () => {
  function throughGate(pair: Pair): void {
    pair.client.handshake()
    const [first] = pair.client.takeOutput()
    const reply = helloGate(first ?? new Uint8Array(0), cookies)
    if (reply.kind !== 'reply') throw new Error(dropped(reply))
    pair.client.receive(reply.datagram)
    pair.client.handshake()
    const [second] = pair.client.takeOutput()
    const verified = helloGate(second ?? new Uint8Array(0), cookies)
    if (verified.kind !== 'verified') throw new Error(dropped(verified))
    pair.server.continueFrom(verified.hello)
  }

  test('goes on with the numbers of the second hello and asks for no cookie again', () => {
    const pair = new Pair({ server: { cookie: { generate: () => null, verify: () => false } } })
    throughGate(pair)
    expect(pair.server.state).toBe('read-client-hello')
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
    const first = pair.wire.find(({ from }) => from === 'server')
    // Record number 1, and message number 1 for ServerHello.
    expect(toHex(first?.bytes.subarray(3, 11) ?? new Uint8Array(0))).toBe('0000000000000001')
    expect(toHex(first?.bytes.subarray(17, 19) ?? new Uint8Array(0))).toBe('0001')
    expect(pair.send('client', 'through')).toBe('through')
  })

  test('a hello that promises more than any has ends the handshake, and throws nothing at who listens', () => {
    const body = withCookie
    const fragment = encodeFragment(HandshakeType.clientHello, 0xffffff, 1, 0, body)
    const outcome = helloGate(plainRecord({ version: 0xfeff, payload: fragment }), cookies)
    if (outcome.kind !== 'verified') throw new Error(dropped(outcome))
    const { server } = new Pair()
    server.continueFrom(outcome.hello)
    expect(server.handshake()).toBe('failed')
    expect(server.failure?.reason).toBe('excessive-message-size')
  })

  test('agrees with a server that keeps the state of the exchange', () => {
    const suites: string[] = []
    const gated = new Pair()
    throughGate(gated)
    gated.run()
    suites.push(gated.server.negotiated.suite.name)
    suites.push(establishedPair({ server: { cookie: cookies } }).server.negotiated.suite.name)
    expect(suites[0]).toBe(suites[1])
  })
})

function twoMessages(): Uint8Array {
  const message = encodeUnfragmented(HandshakeType.clientHello, 0, hello())
  return plainRecord({ version: 0xfeff, payload: concat(message, message) })
}

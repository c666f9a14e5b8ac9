import { describe, expect, test } from '@jest/globals'
import { concat, EMPTY } from '../../lib/base/bytes.ts'
import { type CookieExchange, helloGate } from '../../lib/engine.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { ScriptedClient } from '../adversary/scripted-client.ts'
import { Pair } from '../connection/pair.ts'

/** A cookie over the random and the suites, where the whole hello has come. */
const cookies: CookieExchange = {
  generate: hello => concat(Uint8Array.of(1), hello?.random.subarray(0, 8) ?? EMPTY, suitesOf(hello)),
  verify: (cookie, hello) => Buffer.compare(cookie, cookies.generate(hello) ?? EMPTY) === 0,
}

function suitesOf(hello: { readonly cipherSuites: readonly number[] } | null): Uint8Array {
  return Uint8Array.from((hello?.cipherSuites ?? []).slice(0, 50), suite => suite & 0xff)
}

/** A pair up to the verified hello, with small datagrams when `mtu` says so. */
function listened(exchange: CookieExchange, mtu = 1200): { pair: Pair; datagrams: Uint8Array[] } {
  const pair = new Pair({ client: { pathMtu: () => mtu } })
  pair.client.handshake()
  const [first = EMPTY] = pair.client.takeOutput()
  const outcome = helloGate(first, exchange)
  if (outcome.kind !== 'reply') throw new Error(outcome.kind)
  pair.client.receive(outcome.datagram)
  pair.client.handshake()
  return { pair, datagrams: pair.client.takeOutput() }
}

describe('openssl/openssl#15297: a stateless cookie binds the parameters', () => {
  test('the same parameters pass, changed suites are asked again', () => {
    const { datagrams } = listened(cookies)
    expect(helloGate(datagrams[0] ?? EMPTY, cookies).kind).toBe('verified')
    const script = new ScriptedClient()
    script.holding = true
    script.hello()
    const cookie = cookies.generate({ ...helloOf(script), cipherSuites: [script.suite.id, 0x00ff] }) ?? EMPTY
    script.cookie = cookie
    script.hello({}, [], { messageSequence: 1 })
    script.hello({ cipherSuites: [script.suite.id, 0xc02c, 0x00ff] }, [], { messageSequence: 1 })
    expect(helloGate(script.held[1] ?? EMPTY, cookies).kind).toBe('verified')
    expect(helloGate(script.held[2] ?? EMPTY, cookies).kind).toBe('reply')
  })
})

describe('openssl/openssl#27640, algesten/dimpl#88: a fragmented hello at listen', () => {
  test('completes: the first fragment is enough for the cookie, the others follow', () => {
    const plain: CookieExchange = { generate: () => Uint8Array.of(1, 2, 3), verify: cookie => cookie.length === 3 }
    const { pair, datagrams } = listened(plain, 110)
    expect(datagrams.length).toBeGreaterThan(1)
    const [first = EMPTY, ...rest] = datagrams
    const outcome = helloGate(first, plain)
    if (outcome.kind !== 'verified') throw new Error(outcome.kind)
    pair.server.continueFrom(outcome.hello)
    for (const datagram of rest) pair.server.receive(datagram)
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
  })

  test('a later fragment alone is dropped without a word', () => {
    const plain: CookieExchange = { generate: () => Uint8Array.of(1), verify: () => true }
    const { datagrams } = listened(plain, 110)
    expect(helloGate(datagrams[1] ?? EMPTY, plain)).toEqual({ kind: 'drop', fault: 'fragmented-client-hello' })
  })
})

describe('openssl/openssl#32063: the first ServerHello after a cookie exchange', () => {
  test('has the record number of the ClientHello that brought the cookie, however often it was sent', () => {
    const plain: CookieExchange = { generate: () => Uint8Array.of(1), verify: () => true }
    const { pair } = listened(plain)
    for (let i = 0; i < 3; i++) {
      pair.clock.advanceTo(pair.client.nextDeadline() ?? 0)
      pair.client.onDeadline()
    }
    const last = pair.client.takeOutput().at(-1) ?? EMPTY
    const outcome = helloGate(last, plain)
    if (outcome.kind !== 'verified') throw new Error(outcome.kind)
    pair.server.continueFrom(outcome.hello)
    pair.server.handshake()
    const [answer = EMPTY] = pair.server.takeOutput()
    expect(readDtlsRecord(answer, 0)?.sequence).toBe(readDtlsRecord(last, 0)?.sequence)
    expect(readDtlsRecord(answer, 0)?.sequence).toBe(4)
  })
})

/** The hello of a script that holds it back. */
function helloOf(script: ScriptedClient) {
  const body = (script.held[0] ?? EMPTY).subarray(25)
  return {
    version: 0xfefd,
    random: body.subarray(2, 34),
    sessionId: EMPTY,
    cookie: EMPTY,
    compression: Uint8Array.of(0),
    extensions: [],
  }
}

import { describe, expect, test } from '@jest/globals'
import { fromHex, latin1, toHex, utf8 } from '../../lib/base/bytes.ts'
import type { DiscardReason } from '../../lib/engine.ts'
import { SeededSource } from '../../lib/sim.ts'
import { heartbeat as heartbeatExtension } from '../../lib/wire/extensions/heartbeat.ts'
import { heartbeat } from '../../lib/wire/messages/heartbeat.ts'
import { ContentType, ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import type { ScriptOptions } from './script.ts'
import { ScriptedClient } from './scripted-client.ts'

const PADDING = fromHex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
const request = (text: string) => heartbeat.write({ type: 1, payload: utf8(text) }, PADDING)
const response = (text: string) => heartbeat.write({ type: 2, payload: utf8(text) }, PADDING)

/** A connected client, and the heartbeat messages that the server under test has sent. */
function connected(theirs: 1 | 2 | null = 1, ours: 1 | 2 | null = 1, options: ScriptOptions = {}) {
  const sent: Uint8Array[] = []
  const script = new ScriptedClient({
    ...options,
    engine: { heartbeat: ours, peerMayRenegotiate: true },
    observer: {
      onMessage(out, _version, content, bytes) {
        if (out && content === ContentType.heartbeat) sent.push(bytes.slice())
      },
    },
  })
  const offer = theirs === null ? [] : [{ type: ExtensionType.heartbeat, body: heartbeatExtension.writeClient(theirs) }]
  script.hello({}, offer).keyExchange().changeCipherSpec().finished()
  expect(script.engine.settled).toBe(true)
  return { script, sent }
}

function expectDropped({ script, sent }: ReturnType<typeof connected>, content: Uint8Array, reason: DiscardReason) {
  const before = script.engine.discards.count(reason)
  script.record(ContentType.heartbeat, content)
  expect(sent).toEqual([])
  expect(script.alerts).toEqual([])
  expect(script.engine.discards.count(reason)).toBe(before + 1)
  script.application('still here')
  expect(script.data.map(latin1).at(-1)).toBe('still here')
}

describe('a heartbeat is dropped in silence', () => {
  test.each([
    ['that asks for 16 KiB and brings 3 bytes (CVE-2014-0160)', '014000'],
    ['that asks for 64 KiB', `01ffff61${toHex(PADDING)}`],
    ['that asks for its padding', `01001161${toHex(PADDING)}`],
    ['that has too little padding', `01000161${toHex(PADDING.subarray(1))}`],
    ['that is empty', ''],
    ['that is one byte', '01'],
  ])('%s', (_what, hex) => expectDropped(connected(), fromHex(hex), 'malformed-heartbeat'))

  test.each([
    ['of an unknown type', heartbeat.write({ type: 3, payload: utf8('a') }, PADDING)],
    ['that answers what nobody has asked', response('a')],
  ])('%s', (_what, content) => expectDropped(connected(), content, 'unwanted-heartbeat'))

  test('from a peer that was told not to', () => {
    expectDropped(connected(1, 2), request('a'), 'unwanted-heartbeat')
  })

  test('where it was not agreed on', () => {
    expectDropped(connected(null, 1), request('a'), 'unwanted-heartbeat')
    expectDropped(connected(1, null), request('a'), 'unwanted-heartbeat')
  })

  test('in a handshake', () => {
    const scene = connected()
    const { script } = scene
    script.engine.renegotiate()
    script.pump()
    script.fragment(HandshakeType.clientHello, 500, 0, 100, utf8('the beginning of another handshake'))
    expectDropped(scene, request('a'), 'unwanted-heartbeat')
  })

  test('in the clear', () => {
    const { script, sent } = connected()
    script.record(ContentType.heartbeat, request('a'), { epoch: 0 })
    expect(sent).toEqual([])
    const early = new ScriptedClient({ engine: { heartbeat: 1 } })
    early.record(ContentType.heartbeat, request('a'))
    expect(early.engine.discards.count('not-admitted')).toBe(1)
    expect(early.engine.failure).toBeNull()
  })

  test('that answers with another payload, the right one being awaited still', () => {
    const { script, sent } = connected()
    expect(script.engine.heartbeat({ payload: utf8('the one') })).toBe(26)
    for (const text of ['the two', 'the on', 'the one ', '']) script.record(ContentType.heartbeat, response(text))
    expect(script.engine.heartbeatState).toBe('pending')
    script.record(ContentType.heartbeat, response('the one'))
    expect(script.engine.heartbeatState).toBe('answered')
    script.record(ContentType.heartbeat, response('the one'))
    expect(script.engine.discards.count('unwanted-heartbeat')).toBe(5)
    expect(sent).toHaveLength(1)
  })
})

describe('a request is answered', () => {
  test('with what it brought and nothing else, whatever it is', () => {
    const { script, sent } = connected()
    const source = new SeededSource('heartbeats')
    for (let times = 0; times < 200; times++) {
      const payload = source.bytes(source.integer(times < 100 ? 40 : 2000))
      script.record(ContentType.heartbeat, heartbeat.write({ type: 1, payload }, source.bytes(16 + source.integer(50))))
      const answer = sent.at(-1)
      if (answer === undefined) throw new Error('no answer')
      expect(answer.length).toBe(payload.length + 19)
      expect(heartbeat.read(answer)).toEqual({ type: 2, payload })
    }
    expect(sent).toHaveLength(200)
  })

  test('once each, however many there are: nothing is gathered', () => {
    const { script, sent } = connected()
    for (let times = 0; times < 1000; times++) script.record(ContentType.heartbeat, request('again'))
    expect(sent).toHaveLength(1000)
    expect(script.engine.hasOutput).toBe(false)
    expect(script.engine.nextDeadline()).toBeNull()
  })
})

test.each([0, 3, 255])('a mode of %d in the hello is an illegal parameter (RFC 6520 section 2)', mode => {
  const script = new ScriptedClient({ engine: { heartbeat: 1 } })
  script.hello({}, [{ type: ExtensionType.heartbeat, body: Uint8Array.of(mode) }])
  expect(script.alerts).toEqual([{ level: 2, description: 47, epoch: 0 }])
})

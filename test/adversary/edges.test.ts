import { describe, expect, test } from '@jest/globals'
import { Alert } from '../../lib/base/alert.ts'
import { EMPTY } from '../../lib/base/bytes.ts'
import { helloGate } from '../../lib/engine.ts'
import { MAX_SEQUENCE } from '../../lib/wire/record.ts'
import { ScriptedClient } from './scripted-client.ts'
import { ScriptedServer } from './scripted-server.ts'

const cookie = { generate: () => Uint8Array.of(1), verify: () => true }

/** A server behind the gate, whose client has come with this record number. */
function behindGate(sequence: number): ScriptedClient {
  const script = new ScriptedClient({ engine: { cookie } })
  script.cookie = Uint8Array.of(1)
  script.holding = true
  script.hello({}, [], { messageSequence: 1, sequence })
  const outcome = helloGate(script.held[0] ?? EMPTY, cookie)
  if (outcome.kind !== 'verified') throw new Error(outcome.kind)
  script.engine.continueFrom(outcome.hello)
  return script
}

describe('record numbers that are used up (RFC 6347 section 4.1)', () => {
  test('a client that begins at the end of the epoch gets no second record with its number', () => {
    const { engine } = behindGate(MAX_SEQUENCE)
    engine.handshake()
    engine.close()
    const sent = engine.takeOutput()
    expect(sent.length).toBeLessThanOrEqual(1)
    engine.onDeadline()
    expect(engine.takeOutput()).toEqual([])
  })

  test('a client that begins shortly before it is served as far as the numbers go', () => {
    const { engine } = behindGate(MAX_SEQUENCE - 5)
    expect(engine.handshake()).toBe('message')
    for (let i = 0; i < 12; i++) {
      engine.onDeadline()
      expect(() => engine.close()).not.toThrow()
    }
  })
})

describe('what the program itself gets wrong ends the connection, and throws nothing at whoever feeds it', () => {
  test('an alert that is none', () => {
    const verifyPeer = () => ({ accepted: false, alert: 300 }) as const
    const script = new ScriptedServer({ engine: { verifyPeer } }).hello().certificate()
    expect(script.engine.failure?.reason).toBe('certificate-verify-failed')
    expect(script.engine.failure?.cause).toBeInstanceOf(RangeError)
    expect(script.alerts).toEqual([])
  })

  test.each(['onAlert', 'onMessage', 'onState', 'onDiscard'] as const)('a watcher that throws: %s', name => {
    const broken = new Error('the watcher is broken')
    let armed = false
    const observer = {
      [name]: () => {
        if (armed) throw broken
      },
    }
    const script = new ScriptedServer({ observer })
    armed = true
    expect(() => script.hello({ compression: 1 }).alert(1, 90).record(99, EMPTY).complete()).not.toThrow()
    expect(script.engine.established).toBe(false)
    expect(script.engine.failure === null).toBe(false)
  })

  test('a callback that throws', () => {
    const broken = new Error('the program is broken')
    const failing = () => {
      throw broken
    }
    const server = new ScriptedServer({ engine: { verifyPeer: failing } }).hello().certificate()
    const client = new ScriptedClient({ engine: { onClientHello: failing } }).hello()
    for (const { engine, alerts } of [server, client]) {
      expect(engine.failure?.reason).toBe('internal-error')
      expect(engine.failure?.cause).toBe(broken)
      expect(alerts.map(({ description }) => description)).toEqual([Alert.internalError])
    }
  })
})

import { expect, test } from '@jest/globals'
import { EMPTY, utf8 } from '../../lib/base/bytes.ts'
import { SeededSource } from '../../lib/sim.ts'
import { encodeFragment } from '../../lib/wire/handshake.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { heartbeat } from '../../lib/wire/messages/heartbeat.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import type { Script } from '../adversary/script.ts'
import { ScriptedClient } from '../adversary/scripted-client.ts'
import { ScriptedServer } from '../adversary/scripted-server.ts'

/** A peer that has the keys and sends what it likes: handshake messages, heartbeats, changes of keys, data. */

const WILLING = { peerMayRenegotiate: true, heartbeat: 1 } as const

function established(seed: number): Script {
  const options = { seed, engine: WILLING }
  const script = seed % 2 === 0 ? new ScriptedClient(options) : new ScriptedServer(options)
  script.complete()
  expect(script.engine.settled).toBe(true)
  return script.renew()
}

/** Something that was well formed once. */
function content(source: SeededSource, script: Script): readonly [type: number, payload: Uint8Array] {
  const hello = clientHello.write({
    version: 0xfefd,
    random: source.bytes(32),
    sessionId: EMPTY,
    cookie: EMPTY,
    cipherSuites: [script.suite.id],
    compression: Uint8Array.of(0),
    extensions: [{ type: 0xff01, body: source.bytes(13) }],
  })
  const bodies = [hello, EMPTY, source.bytes(12), source.bytes(source.integer(200))]
  const body = bodies[source.integer(bodies.length)] ?? EMPTY
  const types = Object.values(HandshakeType)
  const type = source.chance(0.5) ? HandshakeType.clientHello : (types[source.integer(types.length)] ?? 0)
  const offset = source.chance(0.7) ? 0 : source.integer(body.length + 1)
  const end = source.chance(0.7) ? body.length : offset + source.integer(body.length - offset + 1)
  const part = body.subarray(offset, Math.max(offset, end))
  switch (source.integer(6)) {
    case 0:
      return [ContentType.heartbeat, heartbeat.write({ type: 1 + source.integer(3), payload: body }, source.bytes(16))]
    case 1:
      return [ContentType.changeCipherSpec, Uint8Array.of(1)]
    case 2:
      return [ContentType.applicationData, body]
    default:
      return [ContentType.handshake, encodeFragment(type, body.length, source.integer(4), offset, part)]
  }
}

test('whatever a peer with the keys sends, the engine fails with a reason or goes on', () => {
  const ends = new Set<string>()
  for (let seed = 1; seed <= RUNS; seed++) {
    const source = new SeededSource(seed)
    const script = established(seed)
    const { engine } = script
    for (let times = 0; times < RECORDS && engine.failure === null; times++) {
      if (source.chance(0.05)) engine.renegotiate({ resume: source.chance(0.5) })
      const [type, payload] = content(source, script)
      if (payload.length > 0 && source.chance(0.3)) payload.set([source.integer(256)], source.integer(payload.length))
      engine.receive(script.sealed(type, payload))
      // What it answers is nothing that a script understands.
      engine.handshake()
      engine.read(new Uint8Array(16384))
      engine.write(utf8('data'))
      engine.takeOutput()
      script.clock.advanceTo(script.clock.now() + source.integer(500))
      engine.onDeadline()
    }
    ends.add(engine.failure?.reason ?? 'alive')
  }
  // Only a fault of ours is an internal error.
  expect([...ends]).not.toContain('internal-error')
  expect(ends.size).toBeGreaterThan(3)
})

const RUNS = 120
const RECORDS = 60

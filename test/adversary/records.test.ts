import { describe, expect, test } from '@jest/globals'
import { Alert } from '../../lib/base/alert.ts'
import { concat, EMPTY, fromHex } from '../../lib/base/bytes.ts'
import type { DiscardReason } from '../../lib/engine.ts'
import { encodeFragment } from '../../lib/wire/handshake.ts'
import { MAX_SEQUENCE, writeDtlsHeader } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import { testCredential } from '../connection/credentials.ts'
import type { Script } from './script.ts'
import { ScriptedClient } from './scripted-client.ts'
import { ScriptedServer } from './scripted-server.ts'

const SCRIPTS: readonly (readonly [string, () => Script])[] = [
  ['a client', () => new ScriptedServer().complete()],
  ['a server', () => new ScriptedClient().complete()],
  ['a client with CBC', () => new ScriptedServer({ suite: 'ECDHE-RSA-AES128-SHA256' }).complete()],
  ['a server with ChaCha20', () => new ScriptedClient({ suite: 'ECDHE-RSA-CHACHA20-POLY1305' }).complete()],
]

/** Nothing came of it, but for the reasons that were counted. */
function expectDropped(script: Script, reasons: Partial<Record<DiscardReason, number>>, attack: () => void): void {
  const before = new Map(script.engine.discards.entries())
  const alerts = script.alerts.length
  attack()
  const counted = [...script.engine.discards.entries()].flatMap(([reason, count]) => {
    const more = count - (before.get(reason) ?? 0)
    return more === 0 ? [] : [[reason, more]]
  })
  expect(Object.fromEntries(counted)).toEqual(reasons)
  expect(script.engine.failure).toBeNull()
  expect(script.alerts).toHaveLength(alerts)
}

function expectAlive(script: Script): void {
  const before = script.data.length
  script.application('still here')
  expect(script.engine.failure).toBeNull()
  expect(script.data).toHaveLength(before + 1)
  expect(script.engine.write(Uint8Array.of(1))).toBe(true)
}

describe.each(SCRIPTS)('%s that is established', (_name, reach) => {
  test('drops a record with any one bit wrong', () => {
    const script = reach()
    const record = script.sealed(ContentType.applicationData, new Uint8Array(40))
    for (let bit = 0; bit < record.length * 8; bit++) {
      const forged = record.with(bit >> 3, (record[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
      const { total } = script.engine.discards
      script.deliver(forged)
      expect(script.engine.discards.total).toBeGreaterThan(total)
    }
    expect(script.data).toEqual([])
    // The genuine one was not used up by its forgeries.
    script.deliver(record)
    expect(script.data).toHaveLength(1)
    expectAlive(script)
  })

  test('drops plaintext of every kind (openssl/openssl#32622)', () => {
    const script = reach()
    expectDropped(script, { 'old-epoch': 8 }, () => {
      script.alert(2, Alert.handshakeFailure, { epoch: 0 }).alert(1, Alert.closeNotify, { epoch: 0 })
      for (const type of [20, 22, 23, 24, 25, 99]) script.record(type, new Uint8Array(2), { epoch: 0 })
    })
    expectAlive(script)
  })

  test('drops records of every other epoch', () => {
    const script = reach()
    expectDropped(script, { 'far-epoch': 4 }, () => {
      for (const epoch of [2, 3, 255, 65535]) script.application('x', { epoch })
    })
    expectAlive(script)
  })

  test('drops a record that it has had, however far back', () => {
    const script = reach()
    const records = Array.from({ length: 80 }, () => script.sealed(ContentType.applicationData, new Uint8Array(9)))
    for (const record of records) script.deliver(record)
    expect(script.data).toHaveLength(80)
    expectDropped(script, { replayed: 80 }, () => {
      for (const record of records) script.deliver(record)
    })
    expectAlive(script)
  })

  test('large gaps and numbers that run backwards (BoringSSL DTLS-Replay)', () => {
    const script = reach()
    for (let i = 1; i <= 100; i++) script.application('x', { sequence: i * 1023 })
    expect(script.data).toHaveLength(100)
    const base = 2 ** 20
    for (let i = 0; i < 256; i++) script.application('x', { sequence: base + (i ^ 63) })
    expect(script.data).toHaveLength(356)
  })

  test('drops a forged number from the far end, and reads on (algesten/dimpl#78)', () => {
    const script = reach()
    const mangle = (record: Uint8Array) => {
      const forged = record.slice()
      writeDtlsHeader(forged, 0, 23, script.version, 1, MAX_SEQUENCE, record.length - 13)
      return forged
    }
    expectDropped(script, { 'bad-mac': 1 }, () => void script.application('x', { mangle, sequence: 5000 }))
    expectAlive(script)
  })

  test('reads the last record number there is', () => {
    const script = reach()
    script.application('last', { sequence: MAX_SEQUENCE })
    expect(script.data).toHaveLength(1)
    expectDropped(script, { replayed: 1 }, () => void script.application('again', { sequence: MAX_SEQUENCE }))
  })

  test('reads a record of 2^14 bytes, and ends on one byte more', () => {
    const script = reach()
    script.record(ContentType.applicationData, new Uint8Array(16384))
    expect(script.data[0]).toHaveLength(16384)
    script.record(ContentType.applicationData, new Uint8Array(16385))
    expect(script.engine.failure?.reason).toBe('record-overflow')
    expect(script.alerts.at(-1)).toEqual({ level: 2, description: Alert.recordOverflow, epoch: 1 })
  })

  test('drops a record longer than any ciphertext, and one that is cut short', () => {
    const script = reach()
    const long = new Uint8Array(13 + 16384 + 2049)
    writeDtlsHeader(long, 0, 23, script.version, 1, 900, 16384 + 2049)
    expectDropped(script, { 'oversized-record': 1, 'truncated-record': 14 }, () => {
      script.deliver(long)
      for (let length = 0; length < 13; length++) script.deliver(long.subarray(0, length))
      script.deliver(long.subarray(0, -1))
    })
    expectAlive(script)
  })

  test('passes over empty records, also a thousand of them', () => {
    const script = reach()
    for (let i = 0; i < 1000; i++) script.record(ContentType.applicationData, EMPTY)
    expect(script.data).toEqual([])
    expectAlive(script)
  })

  test('drops a record whose protected type or version was changed', () => {
    const script = reach()
    for (const [at, value] of [
      [0, ContentType.alert],
      [0, ContentType.handshake],
      [2, 0xff],
      [1, 3],
    ] as const) {
      const mangle = (record: Uint8Array) => record.with(at, value)
      const { total } = script.engine.discards
      script.application('x', { mangle })
      expect(script.engine.discards.total).toBe(total + 1)
    }
    expectAlive(script)
  })

  test('drops content that nobody knows, and heartbeats that nobody asked for', () => {
    const script = reach()
    expectDropped(script, { 'unknown-content-type': 3, 'unwanted-heartbeat': 1 }, () => {
      for (const type of [0, 25, 255]) script.record(type, new Uint8Array(4))
      script.record(ContentType.heartbeat, concat(fromHex('014000'), new Uint8Array(16)))
    })
    expectAlive(script)
  })

  test('an alert that is not two bytes, or of a level that does not exist, ends it: only the peer can have sent it', () => {
    for (const payload of [EMPTY, Uint8Array.of(2), Uint8Array.of(1, 0, 0)]) {
      const script = reach()
      script.record(ContentType.alert, payload)
      expect(script.engine.failure?.reason).toBe('invalid-alert')
    }
    const script = reach()
    script.alert(3, 0)
    expect(script.engine.failure?.reason).toBe('unknown-alert-type')
    expect(script.alerts.at(-1)?.description).toBe(Alert.illegalParameter)
  })

  test('a fatal alert ends it without an answer', () => {
    const script = reach()
    script.alert(2, Alert.internalError)
    expect(script.engine.failure?.reason).toBe('alert-received')
    expect(script.engine.failure?.received).toBe(Alert.internalError)
    expect(script.alerts).toEqual([])
    expect(script.engine.write(Uint8Array.of(1))).toBe(false)
    expect(script.engine.hasOutput).toBe(false)
  })

  test('five warnings in a row are borne, the sixth is not; data in between starts the count again', () => {
    const script = reach()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++) script.alert(1, Alert.userCanceled)
      script.application('x')
    }
    expect(script.data).toHaveLength(3)
    for (let i = 0; i < 6; i++) script.alert(1, Alert.userCanceled)
    expect(script.engine.failure?.reason).toBe('too-many-warn-alerts')
    expect(script.alerts.at(-1)?.description).toBe(Alert.unexpectedMessage)
  })

  test('nothing is read after close_notify', () => {
    const script = reach()
    script.alert(1, Alert.closeNotify).application('too late')
    expect(script.data).toEqual([])
    expect(script.engine.readState).toBe('closed')
    expect(script.engine.failure).toBeNull()
  })

  test('handshake messages out of the blue are dropped, whatever they are', () => {
    const script = reach()
    for (const type of [2, 3, 4, 11, 12, 13, 14, 15, 16, 22, 67, 99])
      for (const messageSequence of [0, script.nextMessage - 2, script.nextMessage, script.nextMessage + 5, 65535])
        script.message(type, new Uint8Array(60), { messageSequence, counts: false })
    expect(script.engine.failure).toBeNull()
    expect(script.alerts).toEqual([])
    expectAlive(script)
  })

  test('handshake content that is no fragment is dropped', () => {
    const script = reach()
    for (const payload of [EMPTY, Uint8Array.of(1), new Uint8Array(11), fromHex('0b0000010009000000ffffff')])
      script.record(ContentType.handshake, payload)
    expect(script.engine.failure).toBeNull()
    expectAlive(script)
  })
})

describe('a new handshake that nobody allowed', () => {
  test('HelloRequest at a client and ClientHello at a server: a warning, and the connection goes on', () => {
    const client = new ScriptedServer().complete()
    client.message(HandshakeType.helloRequest, EMPTY, { messageSequence: 0, counts: false })
    expect(client.alerts).toEqual([{ level: 1, description: Alert.noRenegotiation, epoch: 1 }])
    expectAlive(client)
    const server = new ScriptedClient().complete()
    server.message(HandshakeType.clientHello, new Uint8Array(50), { messageSequence: 0, counts: false })
    expect(server.alerts).toEqual([{ level: 1, description: Alert.noRenegotiation, epoch: 1 }])
    expectAlive(server)
  })

  test('HelloRequest at a server and ClientHello at a client mean nothing', () => {
    const server = new ScriptedClient().complete()
    server.message(HandshakeType.helloRequest, EMPTY, { messageSequence: 0, counts: false })
    expect(server.alerts).toEqual([])
    expectAlive(server)
    const client = new ScriptedServer().complete()
    client.message(HandshakeType.clientHello, new Uint8Array(50), { messageSequence: 0, counts: false })
    expect(client.alerts).toEqual([])
    expectAlive(client)
  })
})

describe('plaintext while a handshake is under way', () => {
  test('a forged record number does not shut the window of epoch 0, where nobody vouches for one', () => {
    for (const reach of [() => new ScriptedServer(), () => new ScriptedClient()]) {
      const script = reach()
      script.record(99, EMPTY, { sequence: MAX_SEQUENCE })
      script.record(ContentType.handshake, new Uint8Array(3), { sequence: MAX_SEQUENCE - 1 })
      script.record(ContentType.changeCipherSpec, Uint8Array.of(1), { sequence: MAX_SEQUENCE - 2 })
      script.complete()
      expect(script.engine.established).toBe(true)
    }
  })

  test('any number of plaintext warnings is passed over, and does not count after the keys', () => {
    const script = new ScriptedServer()
    for (let i = 0; i < 50; i++) script.alert(1, Alert.userCanceled)
    script.complete()
    expect(script.engine.established).toBe(true)
    for (let i = 0; i < 5; i++) script.alert(1, Alert.userCanceled)
    expectAlive(script)
  })

  test('a fatal alert in the clear is believed before there are keys, since the peer has no other way to say it', () => {
    const script = new ScriptedServer().hello().alert(2, Alert.handshakeFailure)
    expect(script.engine.failure?.received).toBe(Alert.handshakeFailure)
    expect(script.alerts).toEqual([])
  })

  test('close_notify in the clear closes, and stays closed', () => {
    const script = new ScriptedServer().hello().alert(1, Alert.closeNotify)
    expect(script.engine.handshake()).toBe('closed')
    script.certificate().keyExchange()
    expect(script.engine.handshake()).toBe('closed')
    expect(script.engine.established).toBe(false)
  })

  test('alerts that are none are dropped', () => {
    const script = new ScriptedServer()
    for (const payload of [EMPTY, Uint8Array.of(2), Uint8Array.of(2, 40, 0), Uint8Array.of(3, 40), Uint8Array.of(0, 0)])
      script.record(ContentType.alert, payload)
    expect(script.engine.discards.count('malformed-alert')).toBe(5)
    script.complete()
    expect(script.engine.established).toBe(true)
  })

  test('records of the epoch after next, and too many of the next, are dropped', () => {
    const script = new ScriptedServer().hello()
    for (let i = 0; i < 5; i++) script.record(22, new Uint8Array(9), { epoch: 2, mangle: record => record })
    expect(script.engine.discards.count('far-epoch')).toBe(5)
    const forged = new Uint8Array(13 + 30)
    for (let i = 0; i < 100; i++) {
      writeDtlsHeader(forged, 0, 22, script.version, 1, i, 30)
      script.deliver(forged.slice())
    }
    expect(script.engine.discards.count('early-records-full')).toBe(68)
    script.certificate().keyExchange().done().changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
    expect(script.engine.discards.count('bad-mac')).toBe(32)
  })

  test('a plaintext record above 2^14 bytes is dropped', () => {
    const script = new ScriptedServer()
    script.record(22, new Uint8Array(16385))
    expect(script.engine.discards.count('oversized-record')).toBe(1)
    script.complete()
    expect(script.engine.established).toBe(true)
  })

  test('with max_fragment_length, records above it are dropped in the clear and fatal behind keys', () => {
    const script = new ScriptedServer({ engine: { maxFragmentLength: 1 } })
    script.hello({}, [{ type: 1, body: Uint8Array.of(1) }])
    script.record(22, new Uint8Array(513))
    expect(script.engine.discards.count('oversized-record')).toBe(1)
    expect(script.engine.failure).toBeNull()
    const client = new ScriptedClient().hello({}, [{ type: 1, body: Uint8Array.of(1) }])
    client.keyExchange().changeCipherSpec().finished()
    expect(client.engine.established).toBe(true)
    client.record(23, new Uint8Array(512))
    expect(client.data).toHaveLength(1)
    client.record(23, new Uint8Array(513))
    expect(client.engine.failure?.reason).toBe('record-overflow')
  })
})

describe('fragments', () => {
  const certificateOf = (script: ScriptedServer) => {
    script.holding = true
    script.certificate()
    script.holding = false
    const [record = EMPTY] = script.held.splice(0)
    return record.subarray(13 + 12)
  }
  const finish = (script: ScriptedServer) => script.keyExchange().done().changeCipherSpec().finished()

  test('of one byte, backwards, with empty ones and doubles between', () => {
    const script = new ScriptedServer().hello()
    const body = certificateOf(script)
    for (let at = body.length - 1; at >= 0; at--) {
      script.fragment(HandshakeType.certificate, body.length, 1, at, body.subarray(at, at + 1))
      if (at % 7 === 0) script.fragment(HandshakeType.certificate, body.length, 1, at, EMPTY)
      if (at % 5 === 0) script.fragment(HandshakeType.certificate, body.length, 1, at, body.subarray(at, at + 2))
    }
    finish(script)
    expect(script.engine.established).toBe(true)
  })

  test('that claim another length or type for the same message do not keep the peer out', () => {
    const script = new ScriptedServer().hello()
    const body = certificateOf(script)
    const half = body.length >> 1
    script.fragment(HandshakeType.certificate, 5000, 1, 0, new Uint8Array(40))
    script.fragment(HandshakeType.certificate, body.length, 1, 0, body.subarray(0, half))
    script.fragment(HandshakeType.serverKeyExchange, body.length, 1, half, body.subarray(half))
    script.fragment(HandshakeType.certificate, body.length, 1, half, body.subarray(half))
    expect(script.engine.discards.count('conflicting-fragment')).toBeGreaterThan(0)
    // Two lies and the truth: the flight that is sent again decides.
    script.fragment(HandshakeType.certificate, body.length, 1, 0, body)
    finish(script)
    expect(script.engine.established).toBe(true)
  })

  test('one lie between two halves of the truth costs nothing', () => {
    const script = new ScriptedServer().hello()
    const body = certificateOf(script)
    const half = body.length >> 1
    script.fragment(HandshakeType.certificate, body.length, 1, 0, body.subarray(0, half))
    script.fragment(HandshakeType.certificate, 5000, 1, 100, new Uint8Array(40))
    script.fragment(HandshakeType.certificate, body.length, 1, half, body.subarray(half))
    finish(script)
    expect(script.engine.established).toBe(true)
  })

  test('with more gaps than are kept do not keep the whole message out', () => {
    const script = new ScriptedServer({ suite: 'ECDHE-RSA-AES128-GCM-SHA256' }).hello()
    script.credential = testCredential('long-chain')
    const body = certificateOf(script)
    for (let at = 0; at < 3000; at += 2) script.fragment(11, body.length, 1, at, body.subarray(at, at + 1))
    expect(script.engine.discards.count('reassembly-full')).toBe(1500 - 1024)
    script.fragment(HandshakeType.certificate, body.length, 1, 0, body)
    finish(script)
    expect(script.engine.established).toBe(true)
  })

  test('beyond their message are malformed', () => {
    const script = new ScriptedServer().hello()
    const payload = encodeFragment(11, 100, 1, 0, new Uint8Array(100))
    for (const [at, value] of [
      [3, 99],
      [8, 1],
      [11, 101],
    ] as const)
      script.record(22, payload.with(at, value))
    expect(script.engine.discards.count('malformed-fragment')).toBe(3)
    expect(script.engine.failure).toBeNull()
  })

  test('far ahead are dropped', () => {
    const script = new ScriptedServer()
    for (const sequence of [10, 11, 100, 65535]) script.fragment(11, 10, sequence, 0, new Uint8Array(10))
    expect(script.engine.discards.count('distant-message')).toBe(4)
    script.complete()
    expect(script.engine.established).toBe(true)
  })

  test('of a whole flight in one record, and of one flight backwards', () => {
    for (const order of ['together', 'backwards'] as const) {
      const script = new ScriptedServer()
      script.holding = true
      script.firstFlight()
      if (order === 'together') script.release([merged(script)])
      else script.release([...script.held].reverse())
      script.changeCipherSpec().finished()
      expect(script.engine.established).toBe(true)
    }
  })

  test('of a message cut between two epochs are not put together', () => {
    const script = new ScriptedServer().firstFlight()
    const sequence = script.nextMessage
    script.fragment(HandshakeType.finished, 12, sequence, 0, new Uint8Array(6))
    script.record(20, Uint8Array.of(1))
    script.epoch = 1
    const verify = script.verifyData()
    script.fragment(HandshakeType.finished, 12, sequence, 6, verify.subarray(6))
    expect(script.engine.established).toBe(false)
    expect(script.engine.failure).toBeNull()
    script.fragment(HandshakeType.finished, 12, sequence, 0, verify.subarray(0, 6))
    expect(script.engine.established).toBe(true)
  })

  test('an extra message before ChangeCipherSpec is refused, or dropped behind it, but never counted', () => {
    const refused = new ScriptedServer().firstFlight().message(HandshakeType.certificate, new Uint8Array(8))
    expect(refused.engine.failure?.reason).toBe('unexpected-message')
    const script = new ScriptedServer().firstFlight()
    script.fragment(HandshakeType.certificate, 9, script.nextMessage + 1, 0, new Uint8Array(9))
    script.changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })
})

/** The handshake content of the held records in one record. */
function merged(script: Script): Uint8Array {
  const content = concat(...script.held.map(record => record.subarray(13)))
  const record = new Uint8Array(13 + content.length)
  writeDtlsHeader(record, 0, 22, script.version, 0, 77, content.length)
  record.set(content, 13)
  return record
}

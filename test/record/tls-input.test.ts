import { describe, expect, test } from '@jest/globals'
import { Alert } from '../../lib/base/alert.ts'
import { concat, fromHex, latin1, utf8 } from '../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../lib/base/failure.ts'
import { TlsInput } from '../../lib/record/tls-input.ts'
import { writeTlsHeader } from '../../lib/wire/record.ts'
import { ToyProtection } from './records.ts'

const HANDSHAKE = 22
const ALERT = 21
const DATA = 23
const keys = new ToyProtection(7)

function input() {
  const headers: string[] = []
  const versions: number[] = []
  const target = new TlsInput({
    onHeader: (bytes, at, version) => headers.push(`${version.toString(16)} ${bytes[at]}`),
    onOtherVersion: version => versions.push(version),
  })
  return { target, headers, versions }
}

function established() {
  const all = input()
  all.target.version = 0x0303
  all.target.installKeys(keys)
  return all
}

function record(type: number, payload: Uint8Array, version = 0x0303): Uint8Array {
  const out = new Uint8Array(5 + payload.length)
  writeTlsHeader(out, 0, type, version, payload.length)
  out.set(payload, 5)
  return out
}

function feed(target: TlsInput, bytes: Uint8Array): string[] {
  expect(target.receive(bytes)).toBe(bytes.length)
  const found: string[] = []
  for (let next = target.next(); next !== null; next = target.next()) found.push(latin1(next.payload))
  return found
}

function fault(action: () => unknown): ProtocolFailure {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof ProtocolFailure) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('a stream', () => {
  test('gives its records in order, with what the headers say', () => {
    const { target, headers } = input()
    const bytes = concat(record(HANDSHAKE, utf8('one'), 0x0301), record(ALERT, utf8('two'), 0x0303))
    target.receive(bytes)
    expect(target.next()).toEqual({ type: HANDSHAKE, version: 0x0301, epoch: 0, sequence: 0, payload: utf8('one') })
    expect(target.next()).toEqual({ type: ALERT, version: 0x0303, epoch: 0, sequence: 1, payload: utf8('two') })
    expect(target.next()).toBeNull()
    expect(headers).toEqual(['301 22', '303 21'])
  })

  test('may be cut anywhere, and says what it lacks', () => {
    const bytes = concat(record(HANDSHAKE, utf8('one')), record(HANDSHAKE, utf8('second')))
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { target } = input()
      expect([...feed(target, bytes.slice(0, cut)), ...feed(target, bytes.slice(cut))]).toEqual(['one', 'second'])
    }
    const { target } = input()
    const wanted: number[] = []
    for (let at = 0; at < bytes.length; ) {
      wanted.push(target.wanted)
      feed(target, bytes.slice(at, (at += target.wanted)))
    }
    expect(wanted).toEqual([5, 3, 5, 6])
  })

  test('fills one buffer and no more, however much there is', () => {
    const { target } = input()
    const long = record(HANDSHAKE, new Uint8Array(16384))
    const bytes = concat(long, long, long)
    const taken = target.receive(bytes)
    expect(taken).toBeLessThan(2 * long.length)
    expect(target.receive(bytes.subarray(taken))).toBe(0)
    expect(target.room).toBe(0)
    expect(target.next()?.payload).toHaveLength(16384)
    expect(target.receive(bytes.subarray(taken))).toBe(long.length)
    expect(target.next()?.payload).toHaveLength(16384)
  })

  test('looks at a header before its body has come', () => {
    const { target } = input()
    target.receive(fromHex('16 0301 4141'))
    expect(fault(() => target.next())).toMatchObject({
      reason: 'encrypted-length-too-long',
      alert: Alert.recordOverflow,
    })
  })

  test('gives its buffer back when nothing is in it', () => {
    const { target } = input()
    feed(target, record(HANDSHAKE, utf8('one')))
    target.release()
    target.receive(fromHex('16'))
    target.release()
    expect(feed(target, record(HANDSHAKE, utf8('two')).slice(1))).toEqual(['two'])
  })
})

describe('versions', () => {
  test('any of 3.x until one is agreed on, then that one', () => {
    const { target, versions } = input()
    expect(feed(target, concat(record(HANDSHAKE, utf8('a'), 0x0300), record(HANDSHAKE, utf8('b'), 0x03ff)))).toEqual([
      'a',
      'b',
    ])
    target.version = 0x0302
    target.receive(record(HANDSHAKE, utf8('c'), 0x0303))
    expect(fault(() => target.next())).toMatchObject({ reason: 'wrong-version-number', alert: Alert.protocolVersion })
    expect(versions).toEqual([0x0303])
  })

  test('an alert in another version is not answered while nothing is protected', () => {
    const plain = input()
    plain.target.version = 0x0303
    plain.target.receive(record(ALERT, fromHex('0228'), 0x0301))
    expect(fault(() => plain.target.next())).toMatchObject({ reason: 'wrong-version-number', alert: null })
    const protectedOnes = established()
    protectedOnes.target.receive(record(ALERT, fromHex('0228'), 0x0301))
    expect(fault(() => protectedOnes.target.next())).toMatchObject({ alert: Alert.protocolVersion })
    expect(protectedOnes.versions).toEqual([])
  })

  test.each([
    ['GET / HTTP/1.1', 'http-request', null],
    ['POST / HTTP/1.1', 'http-request', null],
    ['HEAD / HTTP/1.1', 'http-request', null],
    ['PUT / HTTP/1.1', 'http-request', null],
    ['CONNECT a:1 HTTP/1.1', 'https-proxy-request', null],
    ['HTTP/1.1 200 OK', 'wrong-version-number', null],
    ['\x80\x2e\x01\x03\x01\x00', 'wrong-version-number', null],
    ['SSH-2.0-x', 'wrong-version-number', null],
  ] as const)('%j is not answered', (text, reason, alert) => {
    const { target } = input()
    target.receive(Buffer.from(text, 'latin1'))
    expect(fault(() => target.next())).toMatchObject({ reason, alert })
  })

  test('what is no TLS any more is', () => {
    const { target } = input()
    feed(target, record(HANDSHAKE, utf8('hello')))
    target.receive(utf8('GET / HTTP/1.1'))
    expect(fault(() => target.next())).toMatchObject({ reason: 'wrong-version-number', alert: Alert.protocolVersion })
  })
})

describe('protection', () => {
  const sealed = (sequence: number, text: string) => record(DATA, keys.protect(sequence, utf8(text)))

  test('counts from 0 with each change of keys', () => {
    const { target } = established()
    expect(feed(target, concat(sealed(0, 'a'), sealed(1, 'b')))).toEqual(['a', 'b'])
    target.installKeys(keys)
    expect(target.epoch).toBe(2)
    expect(feed(target, sealed(0, 'c'))).toEqual(['c'])
  })

  test.each([
    ['a number left out', [sealed(1, 'a')]],
    ['a number twice', [sealed(0, 'a'), sealed(0, 'a')]],
    ['nothing to open', [record(DATA, utf8(''))]],
  ])('%s ends it', (_what, records) => {
    const { target } = established()
    target.receive(concat(...records))
    expect(
      fault(() => {
        for (const _ of records) target.next()
      }),
    ).toMatchObject({ reason: 'bad-record-mac', alert: Alert.badRecordMac })
  })

  test('the old keys are wiped', () => {
    const first = new ToyProtection(1)
    const { target } = input()
    target.installKeys(first)
    target.installKeys(keys)
    expect(first.wiped).toBe(true)
  })
})

describe('lengths', () => {
  test('plaintext beyond 2^14, and beyond what was agreed', () => {
    const { target } = input()
    target.receive(record(HANDSHAKE, new Uint8Array(16385)))
    expect(fault(() => target.next())).toMatchObject({ reason: 'record-overflow', alert: Alert.recordOverflow })
    const less = input()
    less.target.maxPlaintext = 512
    expect(feed(less.target, record(HANDSHAKE, new Uint8Array(512)))).toHaveLength(1)
    less.target.receive(record(HANDSHAKE, new Uint8Array(513)))
    expect(fault(() => less.target.next())).toMatchObject({ reason: 'record-overflow' })
  })

  test('32 empty records in a row, not 33', () => {
    const empty = record(HANDSHAKE, new Uint8Array(0))
    const { target } = input()
    const many = concat(...Array.from({ length: 32 }, () => empty))
    expect(feed(target, many)).toHaveLength(32)
    expect(feed(target, record(HANDSHAKE, utf8('x')))).toHaveLength(1)
    expect(feed(target, many)).toHaveLength(32)
    target.receive(empty)
    expect(fault(() => target.next())).toMatchObject({
      reason: 'too-many-empty-records',
      alert: Alert.unexpectedMessage,
    })
  })
})

import { describe, expect, test } from '@jest/globals'
import { concat, latin1, utf8 } from '../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../lib/base/failure.ts'
import { type DiscardReason, Discards } from '../../lib/record/discard.ts'
import { DtlsInput } from '../../lib/record/dtls-input.ts'
import { plainRecord, type RecordFields, ToyProtection } from './records.ts'

const HANDSHAKE = 22
const ALERT = 21
const DATA = 23
const keys = new ToyProtection(7)

function input(replayWindow: number | null = 64) {
  const headers: Uint8Array[] = []
  const discards = new Discards()
  return {
    input: new DtlsInput({ replayWindow, discards, onHeader: (bytes, at) => headers.push(bytes.slice(at, at + 13)) }),
    discards,
    headers,
  }
}

/** In epoch 1, after a handshake. */
function established(replayWindow: number | null = 64) {
  const all = input(replayWindow)
  all.input.installKeys(keys)
  all.input.version = 0xfefd
  all.input.handshaking = false
  return all
}

function protectedRecord({ type = DATA, epoch = 1, sequence = 0, payload, ...rest }: RecordFields): Uint8Array {
  return plainRecord({ type, epoch, sequence, payload: keys.protect(sequence, payload), ...rest })
}

/** Texts of all records that come out. */
function texts(target: DtlsInput): string[] {
  const found: string[] = []
  for (let record = target.next(); record !== null; record = target.next()) found.push(latin1(record.payload))
  return found
}

describe('datagrams', () => {
  test('give their records in order, with what the headers say', () => {
    const { input: target, headers } = input()
    const one = plainRecord({ sequence: 5, payload: utf8('one'), version: 0xfeff })
    const two = plainRecord({ type: ALERT, sequence: 2 ** 40 + 3, payload: utf8('two') })
    target.receive(concat(one, two))
    expect(target.pending).toBe(true)
    expect(target.next()).toEqual({ type: HANDSHAKE, version: 0xfeff, epoch: 0, sequence: 5, payload: utf8('one') })
    expect(target.next()).toEqual({
      type: ALERT,
      version: 0xfefd,
      epoch: 0,
      sequence: 2 ** 40 + 3,
      payload: utf8('two'),
    })
    expect(target.pending).toBe(false)
    expect(target.next()).toBeNull()
    expect(headers).toEqual([one.slice(0, 13), two.slice(0, 13)])
  })

  test.each<[string, Uint8Array, DiscardReason]>([
    ['empty', new Uint8Array(0), 'truncated-record'],
    ['shorter than a header', new Uint8Array(12).fill(22), 'truncated-record'],
    ['cut in its fragment', plainRecord({ payload: utf8('cut') }).slice(0, -1), 'truncated-record'],
    ['of SSL 3 or TLS', plainRecord({ version: 0x0303, payload: utf8('tls') }), 'bad-version'],
    ['of an unknown content type', plainRecord({ type: 99, payload: utf8('what') }), 'unknown-content-type'],
    ['with data in the clear', plainRecord({ type: DATA, payload: utf8('data') }), 'not-admitted'],
    ['two epochs ahead', plainRecord({ epoch: 2, payload: utf8('far') }), 'far-epoch'],
    ['longer than a ciphertext may be', plainRecord({ payload: new Uint8Array(16384 + 2049) }), 'oversized-record'],
    ['longer than a plaintext may be', plainRecord({ payload: new Uint8Array(16385) }), 'oversized-record'],
  ])('%s are dropped, and counted once', (_, datagram, reason) => {
    const { input: target, discards } = input()
    target.receive(datagram)
    expect(texts(target)).toEqual([])
    expect([...discards.entries()]).toEqual([[reason, 1]])
  })

  test('a good record before rubbish is taken, and before a bad record both around it', () => {
    const { input: target, discards } = input()
    const bad = plainRecord({ type: 99, sequence: 1, payload: utf8('bad') })
    const [first, last] = [0, 2].map(sequence => plainRecord({ sequence, payload: utf8(`good ${sequence}`) }))
    if (first === undefined || last === undefined) throw new Error('two records')
    target.receive(concat(first, bad, last, utf8('rubbish')))
    expect(texts(target)).toEqual(['good 0', 'good 2'])
    expect(discards.count('truncated-record')).toBe(1)
    expect(discards.total).toBe(2)
  })

  test('wait in order, within a bound', () => {
    const { input: target, discards } = input()
    for (let sequence = 0; sequence < 400; sequence++)
      target.receive(plainRecord({ sequence, payload: utf8(`${sequence}`) }))
    expect(texts(target)).toEqual(Array.from({ length: 257 }, (_, number) => `${number}`))
    expect(discards.count('input-full')).toBe(143)
  })
})

describe('in a later epoch', () => {
  test('what authenticates comes out; what does not leaves the window as it was', () => {
    const { input: target, discards } = established()
    target.receive(plainRecord({ type: DATA, epoch: 1, sequence: 900, payload: utf8('forged') }))
    target.receive(protectedRecord({ sequence: 1, payload: utf8('true') }))
    expect(texts(target)).toEqual(['true'])
    expect(discards.count('bad-mac')).toBe(1)
  })

  test('a record is taken once', () => {
    const { input: target, discards } = established()
    const record = protectedRecord({ sequence: 4, payload: utf8('once') })
    for (let copy = 0; copy < 3; copy++) target.receive(record)
    expect(texts(target)).toEqual(['once'])
    expect(discards.count('replayed')).toBe(2)
  })

  test('63 newer ones: still taken; 64: dropped', () => {
    for (const [newer, expected] of [
      [63, 'old'],
      [64, undefined],
    ] as const) {
      const { input: target } = established()
      for (let sequence = 1; sequence <= newer; sequence++)
        target.receive(protectedRecord({ sequence, payload: utf8('new') }))
      target.receive(protectedRecord({ sequence: 0, payload: utf8('old') }))
      expect(texts(target)[newer]).toBe(expected)
    }
  })

  test('without a window everything is taken', () => {
    const { input: target } = established(null)
    const record = protectedRecord({ sequence: 4, payload: utf8('again') })
    target.receive(record)
    target.receive(record)
    expect(texts(target)).toEqual(['again', 'again'])
  })

  test('sequence numbers start anew', () => {
    const { input: target } = input()
    target.receive(plainRecord({ sequence: 0, payload: utf8('clear') }))
    expect(texts(target)).toEqual(['clear'])
    target.installKeys(keys)
    expect(target.epoch).toBe(1)
    target.receive(protectedRecord({ type: HANDSHAKE, sequence: 0, payload: utf8('sealed') }))
    expect(texts(target)).toEqual(['sealed'])
  })

  test.each<[string, RecordFields, DiscardReason]>([
    ['the epoch before', { epoch: 0, payload: utf8('x') }, 'old-epoch'],
    ['the next epoch, which nobody awaits', { epoch: 2, payload: utf8('x') }, 'far-epoch'],
    ['another version', { version: 0xfeff, payload: utf8('x') }, 'bad-version'],
    ['a ChangeCipherSpec', { type: 20, payload: utf8('\x01') }, 'not-admitted'],
  ])('%s is dropped', (_, fields, reason) => {
    const { input: target, discards } = established()
    target.receive(protectedRecord(fields))
    expect(texts(target)).toEqual([])
    expect([...discards.entries()]).toEqual([[reason, 1]])
  })

  test('too much plaintext that is authenticated ends the connection', () => {
    const { input: target } = established()
    target.maxPlaintext = 512
    target.receive(protectedRecord({ sequence: 0, payload: new Uint8Array(512).fill(0x61) }))
    expect(target.next()?.payload.length).toBe(512)
    target.receive(protectedRecord({ sequence: 1, payload: new Uint8Array(513) }))
    expect(() => target.next()).toThrow(ProtocolFailure)
  })
})

describe('records that come before their keys', () => {
  test('wait for them, and come before what arrived later', () => {
    const { input: target } = input()
    target.receive(protectedRecord({ type: HANDSHAKE, sequence: 0, payload: utf8('early') }))
    target.receive(plainRecord({ sequence: 0, payload: utf8('clear') }))
    target.receive(protectedRecord({ type: HANDSHAKE, sequence: 1, payload: utf8('early too') }))
    expect(texts(target)).toEqual(['clear'])
    target.receive(protectedRecord({ type: HANDSHAKE, sequence: 2, payload: utf8('late') }))
    target.installKeys(keys)
    expect(texts(target)).toEqual(['early', 'early too', 'late'])
  })

  test('come before the rest of the datagram that brought the ChangeCipherSpec', () => {
    const { input: target } = input()
    target.receive(protectedRecord({ type: HANDSHAKE, sequence: 0, payload: utf8('early') }))
    expect(texts(target)).toEqual([])
    const ccs = plainRecord({ type: 20, payload: utf8('ccs') })
    target.receive(concat(ccs, protectedRecord({ type: HANDSHAKE, sequence: 1, payload: utf8('behind') })))
    expect(latin1(target.next()?.payload ?? new Uint8Array(0))).toBe('ccs')
    target.installKeys(keys)
    expect(texts(target)).toEqual(['early', 'behind'])
  })

  test('are copies: the datagram may be used again', () => {
    const { input: target } = input()
    const datagram = protectedRecord({ type: HANDSHAKE, sequence: 0, payload: utf8('early') })
    target.receive(datagram)
    expect(texts(target)).toEqual([])
    datagram.fill(0)
    target.installKeys(keys)
    expect(texts(target)).toEqual(['early'])
  })

  test('are bounded in number and in bytes', () => {
    const many = input()
    for (let sequence = 0; sequence < 40; sequence++) {
      many.input.receive(protectedRecord({ type: HANDSHAKE, sequence, payload: utf8(`${sequence}`) }))
      expect(many.input.next()).toBeNull()
    }
    expect(many.discards.count('early-records-full')).toBe(8)
    many.input.installKeys(keys)
    expect(texts(many.input)).toHaveLength(32)

    const large = input()
    for (let sequence = 0; sequence < 8; sequence++) {
      large.input.receive(protectedRecord({ type: HANDSHAKE, sequence, payload: new Uint8Array(16384) }))
      expect(large.input.next()).toBeNull()
    }
    expect(large.discards.count('early-records-full')).toBe(5)
  })

  test('are not kept when no handshake is under way', () => {
    const { input: target, discards } = established()
    target.receive(plainRecord({ epoch: 2, payload: utf8('x') }))
    expect(target.next()).toBeNull()
    expect(discards.count('far-epoch')).toBe(1)
  })
})

test('keys are wiped when they are replaced and at the end', () => {
  const first = new ToyProtection(1)
  const second = new ToyProtection(2)
  const { input: target } = input()
  target.installKeys(first)
  expect(first.wiped).toBe(false)
  target.installKeys(second)
  expect([first.wiped, second.wiped]).toEqual([true, false])
  target.wipe()
  expect(second.wiped).toBe(true)
})

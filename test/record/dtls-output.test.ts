import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import { DtlsOutput, plaintextRoom, recordLength } from '../../lib/record/dtls-output.ts'
import { WriteEpoch } from '../../lib/record/epoch.ts'
import { MAX_SEQUENCE } from '../../lib/wire/record.ts'
import { ToyProtection } from './records.ts'

const output = () => {
  const headers: string[] = []
  return {
    target: new DtlsOutput(0xfeff, { onHeader: (bytes, at) => headers.push(toHex(bytes.subarray(at, at + 13))) }),
    headers,
  }
}

describe('output', () => {
  test('one record a datagram, numbered from 0, taken in order and only once', () => {
    const { target, headers } = output()
    target.send(22, utf8('a'))
    target.send(21, utf8('bc'))
    expect(target.queued).toBe(2)
    expect(target.take().map(toHex)).toEqual(['16feff0000000000000000000161', '15feff000000000000000100026263'])
    expect(target.queued).toBe(0)
    expect(target.take()).toEqual([])
    expect(headers).toEqual(['16feff00000000000000000001', '15feff00000000000000010002'])
  })

  test('a new epoch numbers from 0 again; the earlier one goes on where it was', () => {
    const { target } = output()
    const clear = target.epoch
    target.send(22, utf8('a'))
    target.epoch = new WriteEpoch(1, new ToyProtection(7))
    target.version = 0xfefd
    target.send(23, utf8('b'))
    target.send(22, utf8('c'), clear)
    target.send(23, utf8('d'))
    expect(target.take().map(toHex)).toEqual([
      '16feff0000000000000000000161',
      '17fefd00010000000000000003070062',
      '16fefd0000000000000001000163',
      '17fefd00010000000000010003070164',
    ])
  })

  test('sequence numbers are never used twice: when they are used up, sending fails', () => {
    const { target } = output()
    target.epoch = new WriteEpoch(1, new ToyProtection(7), MAX_SEQUENCE)
    target.send(23, utf8('last'))
    expect(toHex(target.take()[0] ?? new Uint8Array(0))).toMatch(/^17feff0001ffffffffffff/)
    expect(() => target.send(23, utf8('one more'))).toThrow('record sequence numbers are used up')
    expect(target.queued).toBe(0)
  })

  test('lengths: what a record takes, and what fits', () => {
    const sealed = new WriteEpoch(1, new ToyProtection(7))
    const clear = new WriteEpoch(0, null)
    expect([recordLength(clear, 10), recordLength(sealed, 10)]).toEqual([23, 25])
    expect([plaintextRoom(clear, 23), plaintextRoom(sealed, 25), plaintextRoom(sealed, 14)]).toEqual([10, 10, 0])
    expect(plaintextRoom(sealed, 12)).toBeLessThan(0)
  })
})

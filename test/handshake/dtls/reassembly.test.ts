import { describe, expect, test } from '@jest/globals'
import { concat, toHex, utf8 } from '../../../lib/base/bytes.ts'
import { Reassembly } from '../../../lib/handshake/dtls/reassembly.ts'
import { SeededSource } from '../../../lib/sim.ts'
import type { HandshakeFragment } from '../../../lib/wire/handshake.ts'

const TYPE = 11

function piece(body: Uint8Array, offset: number, end: number, type = TYPE): HandshakeFragment {
  return { type, length: body.length, messageSequence: 3, offset, fragment: body.subarray(offset, end) }
}

const letters = utf8('abcdefghijklmnopqrstuvwxyz')

describe('reassembly', () => {
  test('every cut in two, in both orders', () => {
    for (let cut = 0; cut <= letters.length; cut++) {
      const halves = [piece(letters, 0, cut), piece(letters, cut, letters.length)]
      for (const [first, second] of [halves, [...halves].reverse()]) {
        if (first === undefined || second === undefined) throw new Error('two halves')
        const message = new Reassembly(first)
        expect(message.add(first)).toBe(true)
        expect(message.complete).toBe(first.fragment.length === letters.length)
        expect(message.add(second)).toBe(true)
        expect(message.complete).toBe(true)
        expect(toHex(message.body())).toBe(toHex(letters))
      }
    }
  })

  test('every pair of ranges: what is covered is counted once', () => {
    const body = letters.slice(0, 6)
    for (const [a, b] of ranges(6)) {
      for (const [c, d] of ranges(6)) {
        const message = new Reassembly(piece(body, a, b))
        message.add(piece(body, a, b))
        message.add(piece(body, c, d))
        const covered = new Set([...span(a, b), ...span(c, d)]).size
        expect(message.held).toBe(covered)
        expect(message.complete).toBe(covered === 6)
        if (message.complete) expect(message.body()).toEqual(body)
      }
    }
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('random fragments, overlapping and repeated, with seed %d', seed => {
    const source = new SeededSource(`reassembly ${seed}`)
    const body = source.bytes(1 + source.integer(500))
    const message = new Reassembly(piece(body, 0, 0))
    const covered = new Uint8Array(body.length)
    for (let count = 0; !message.complete; count++) {
      const offset = source.integer(body.length)
      const end = Math.min(body.length, offset + source.integer(60))
      expect(message.add(piece(body, offset, end))).toBe(true)
      covered.fill(1, offset, end)
      expect(message.held).toBe(covered.reduce((sum, bit) => sum + bit, 0))
      expect(count).toBeLessThan(100_000)
    }
    expect(toHex(message.body())).toBe(toHex(body))
  })

  test('an empty message is complete at once', () => {
    const empty = piece(new Uint8Array(0), 0, 0)
    const message = new Reassembly(empty)
    expect(message.add(empty)).toBe(true)
    expect(message.complete).toBe(true)
    expect(message.body()).toEqual(new Uint8Array(0))
  })

  test('bytes that are there stay: a later fragment cannot change them', () => {
    const message = new Reassembly(piece(letters, 0, 10))
    message.add(piece(letters, 0, 10))
    message.add(piece(new Uint8Array(26).fill(0x2a), 5, 26))
    expect(Buffer.from(message.body()).toString()).toBe(`abcdefghij${'*'.repeat(16)}`)
  })

  test('another type or another length does not belong to it', () => {
    const message = new Reassembly(piece(letters, 0, 10))
    message.add(piece(letters, 0, 10))
    expect(message.add(piece(letters, 10, 26, TYPE + 1))).toBe(false)
    expect(message.add(piece(concat(letters, letters), 10, 26))).toBe(false)
    expect(message.held).toBe(10)
  })

  test('it keeps copies', () => {
    const bytes = letters.slice()
    const message = new Reassembly(piece(bytes, 0, 26))
    message.add(piece(bytes, 0, 26))
    bytes.fill(0)
    expect(message.body()).toEqual(letters)
  })

  test('more gaps than it keeps track of are refused, and filling them is not', () => {
    const body = new Uint8Array(4096).map((_, at) => at)
    const message = new Reassembly(piece(body, 0, 1))
    for (let at = 0; at < 2048; at += 2) expect(message.add(piece(body, at, at + 1))).toBe(true)
    expect(message.add(piece(body, 2048, 2049))).toBe(false)
    expect(message.held).toBe(1024)
    expect(message.add(piece(body, 1, 2))).toBe(true)
    expect(message.add(piece(body, 2048, 2049))).toBe(true)
    expect(message.held).toBe(1026)
  })

  test.each(['forwards', 'backwards'])(
    'any number of fragments that leave no gaps, %s (BoGo, SplitHandshakeRecords)',
    way => {
      const body = new Uint8Array(5000).map((_, at) => at * 7)
      const message = new Reassembly(piece(body, 0, 1))
      for (let count = 0; count < body.length; count++) {
        const at = way === 'forwards' ? count : body.length - 1 - count
        expect(message.add(piece(body, at, at + 1))).toBe(true)
      }
      expect(message.body()).toEqual(body)
    },
  )

  test('a body is not to be had before it is whole', () => {
    const message = new Reassembly(piece(letters, 0, 10))
    message.add(piece(letters, 0, 10))
    expect(() => message.body()).toThrow()
  })
})

function ranges(length: number): [number, number][] {
  const all: [number, number][] = []
  for (let start = 0; start <= length; start++) for (let end = start; end <= length; end++) all.push([start, end])
  return all
}

function span(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index)
}

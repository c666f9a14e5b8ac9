import { expect, test } from '@jest/globals'
import { allocate, passingCopy } from '../../lib/base/allocate.ts'

test('pieces have the length asked for, are zeroed and share no byte', () => {
  const pieces = Array.from({ length: 400 }, (_, i) => allocate((i * 37) % 1500))
  for (const [i, piece] of pieces.entries()) {
    expect(piece.length).toBe((i * 37) % 1500)
    expect(piece.some(byte => byte !== 0)).toBe(false)
    piece.fill(1 + (i % 255))
  }
  for (const [i, piece] of pieces.entries()) expect(piece.some(byte => byte !== 1 + (i % 255))).toBe(false)
})

test('a long piece has memory of its own, short ones share some, of a bounded size', () => {
  expect(allocate(20000).buffer.byteLength).toBe(20000)
  const small = [allocate(10), allocate(10)]
  expect(small[0]?.buffer.byteLength).toBe(16384)
  expect(allocate(4096).buffer.byteLength).toBe(16384)
  expect(allocate(4097).buffer.byteLength).toBe(4097)
})

test('a passing copy is a copy', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const copied = passingCopy(bytes)
  bytes[0] = 9
  expect([...copied]).toEqual([1, 2, 3])
})

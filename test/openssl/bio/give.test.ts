import { beforeEach, describe, expect, test } from '@jest/globals'
import * as B from '../../../lib/openssl/bio/index.ts'
import { giveDatagram, takeDatagram } from '../../../lib/openssl/bio/io.ts'
import { BIO_CB_RETURN, BIO_CB_WRITE } from '../../../lib/openssl/constants/bio.ts'
import { ERR_clear_error, ERR_peek_error } from '../../../lib/openssl/err/index.ts'

function pair(size = 0): [B.BIO, B.BIO] {
  const one: { value: B.BIO | null } = { value: null }
  const two: { value: B.BIO | null } = { value: null }
  expect(B.BIO_new_bio_dgram_pair(one, size, two, size)).toBe(1)
  if (one.value === null || two.value === null) throw new Error('no pair')
  return [one.value, two.value]
}

beforeEach(ERR_clear_error)

describe('a datagram that the engine gives away', () => {
  test('goes through a pair as the very same bytes, and counts as written and read', () => {
    const [a, b] = pair()
    const datagram = Uint8Array.of(1, 2, 3)
    expect(giveDatagram(a, datagram)).toBe(3)
    expect(takeDatagram(b)).toBe(datagram)
    expect(B.BIO_number_written(a)).toBe(3)
    expect(B.BIO_number_read(b)).toBe(3)
  })

  test('is copied by BIO_write: a program goes on with its buffer', () => {
    const [a, b] = pair()
    const datagram = Uint8Array.of(1, 2, 3)
    expect(B.BIO_write(a, datagram)).toBe(3)
    datagram.fill(0)
    expect(takeDatagram(b)).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('stays with the engine when there is no room', () => {
    const [a, b] = pair(1024)
    expect(giveDatagram(a, new Uint8Array(700).fill(1))).toBe(700)
    const second = new Uint8Array(700).fill(2)
    expect(giveDatagram(a, second)).toBe(-1)
    expect(B.BIO_should_write(a)).not.toBe(0)
    expect(ERR_peek_error()).toBe(0)
    expect(B.BIO_number_written(a)).toBe(700)
    expect(takeDatagram(b)).toHaveLength(700)
    expect(giveDatagram(a, second)).toBe(700)
    expect(takeDatagram(b)).toBe(second)
  })

  test('is seen by a callback as BIO_write, and may be refused by it', () => {
    const [a, b] = pair()
    const seen: number[] = []
    B.BIO_set_callback_ex(a, (_bio, oper, _data, length, _cmd, _larg, ret) => {
      seen.push(oper, length)
      return seen.length > 4 ? 0 : ret
    })
    expect(giveDatagram(a, Uint8Array.of(5, 6))).toBe(2)
    expect(seen).toEqual([BIO_CB_WRITE, 2, BIO_CB_WRITE | BIO_CB_RETURN, 2])
    expect(giveDatagram(a, Uint8Array.of(7))).toBe(0)
    expect(takeDatagram(b)).toEqual(Uint8Array.of(5, 6))
    expect(takeDatagram(b)).toBe(-1)
  })

  test('goes to a kind that cannot keep it by BIO_write', () => {
    const stream = B.BIO_new(B.BIO_s_mem())
    if (stream === null) throw new Error('no BIO')
    const datagram = Uint8Array.of(1, 2)
    expect(giveDatagram(stream, datagram)).toBe(2)
    datagram.fill(0)
    const out = new Uint8Array(4)
    expect(B.BIO_read(stream, out)).toBe(2)
    expect(out).toEqual(Uint8Array.of(1, 2, 0, 0))
  })
})

import { beforeEach, describe, expect, test } from '@jest/globals'
import * as B from '../../../lib/openssl/bio/index.ts'
import {
  type BIO_ADDR,
  BIO_ADDR_family,
  BIO_ADDR_new,
  BIO_ADDR_rawmake,
  BIO_ADDR_rawport,
} from '../../../lib/openssl/bio/socket/addr.ts'
import {
  BIO_DGRAM_CAP_HANDLES_DST_ADDR,
  BIO_DGRAM_CAP_HANDLES_SRC_ADDR,
  BIO_DGRAM_CAP_PROVIDES_DST_ADDR,
} from '../../../lib/openssl/constants/bio-datagram.ts'
import { ERR_clear_error, ERR_get_error, ERR_peek_error } from '../../../lib/openssl/err/index.ts'

const AF_INET = 2

function pair(size1 = 0, size2 = 0): [B.BIO, B.BIO] {
  const one: { value: B.BIO | null } = { value: null }
  const two: { value: B.BIO | null } = { value: null }
  expect(B.BIO_new_bio_dgram_pair(one, size1, two, size2)).toBe(1)
  if (one.value === null || two.value === null) throw new Error('no pair')
  return [one.value, two.value]
}

function memory(): B.BIO {
  const bio = B.BIO_new(B.BIO_s_dgram_mem())
  if (bio === null) throw new Error('no BIO')
  return bio
}

function read(bio: B.BIO, size: number): number[] | number {
  const out = new Uint8Array(size)
  const got = B.BIO_read(bio, out)
  return got < 0 ? got : [...out.subarray(0, got)]
}

function address(port: number): BIO_ADDR {
  const made = BIO_ADDR_new()
  expect(BIO_ADDR_rawmake(made, AF_INET, Uint8Array.of(127, 0, 0, 1), 4, port)).toBe(1)
  return made
}

const message = (data: Uint8Array, peer: BIO_ADDR | null = null, local: BIO_ADDR | null = null): B.BIO_MSG => ({
  data,
  data_len: data.length,
  peer,
  local,
  flags: 7,
})

beforeEach(ERR_clear_error)

describe('datagram pair', () => {
  test('keeps the borders of datagrams in both directions', () => {
    const [a, b] = pair()
    expect(B.BIO_write(a, Uint8Array.of(1, 2, 3))).toBe(3)
    expect(B.BIO_write(a, Uint8Array.of(4))).toBe(1)
    expect(B.BIO_write(b, Uint8Array.of(9))).toBe(1)
    expect(B.BIO_pending(b)).toBe(3)
    expect(read(b, 100)).toEqual([1, 2, 3])
    expect(B.BIO_pending(b)).toBe(1)
    expect(read(b, 100)).toEqual([4])
    expect(read(a, 100)).toEqual([9])
    expect(read(b, 100)).toBe(-1)
    expect(B.BIO_should_read(b)).not.toBe(0)
    expect(B.BIO_eof(b)).toBe(0)
    expect(ERR_peek_error()).toBe(0)
  })

  test('copies what is written', () => {
    const [a, b] = pair()
    const data = Uint8Array.of(1, 2)
    B.BIO_write(a, data)
    data.fill(0)
    expect(read(b, 2)).toEqual([1, 2])
  })

  test('loses the rest of a datagram that is read short, unless told not to', () => {
    const [a, b] = pair()
    for (const first of [1, 4]) B.BIO_write(a, Uint8Array.of(first, 0, 0))
    expect(read(b, 1)).toEqual([1])
    expect(B.BIO_dgram_set_no_trunc(b, 1)).toBe(1)
    expect(B.BIO_dgram_get_no_trunc(b)).toBe(1)
    expect(read(b, 1)).toBe(-1)
    // Waiting would not help: the buffer is to grow.
    expect(B.BIO_should_retry(b)).toBe(0)
    expect(read(b, 3)).toEqual([4, 0, 0])
  })

  test('asks for a retry when full, without an error in the queue', () => {
    const [a, b] = pair(1024)
    expect(B.BIO_get_write_buf_size(a)).toBe(1024)
    expect(B.BIO_write(a, new Uint8Array(600))).toBe(600)
    expect(B.BIO_write(a, new Uint8Array(600))).toBe(-1)
    expect(B.BIO_should_write(a)).not.toBe(0)
    expect(ERR_peek_error()).toBe(0)
    expect(read(b, 1)).toEqual([0])
    expect(B.BIO_write(a, new Uint8Array(600))).toBe(600)
  })

  test('guarantees room for the MTU or none', () => {
    const [a, b] = pair()
    expect(B.BIO_get_write_guarantee(a)).toBe(9 * (232 + 1472) - 232)
    for (let i = 0; i < 8; i++) B.BIO_write(a, new Uint8Array(1472))
    expect(B.BIO_get_write_guarantee(a)).toBe(1472)
    B.BIO_write(a, Uint8Array.of(1))
    expect(B.BIO_get_write_guarantee(a)).toBe(0)
    expect(B.BIO_dgram_set_mtu(b, 100)).toBe(1)
    expect(B.BIO_dgram_get_mtu(a)).toBe(100)
    expect(B.BIO_get_write_guarantee(a)).toBeGreaterThan(100)
  })

  test('answers the MTU queries of DTLS (rust-openssl#1155)', () => {
    const [a] = pair()
    for (const [cmd, answer] of [
      [40, 1472],
      [41, 1472],
      [47, 1472],
      [49, 0],
      [45, 1],
      [46, 0],
      [11, 1],
      [999, 0],
    ] as const)
      expect([cmd, B.BIO_ctrl(a, cmd, 0)]).toEqual([cmd, answer])
  })

  test('carries addresses when both ends agree', () => {
    const [a, b] = pair()
    const processed = { value: -1 }
    const to = message(Uint8Array.of(1), address(1000))
    expect(B.BIO_sendmmsg(a, [to], 0, 1, 0, processed)).toBe(0)
    expect(ERR_get_error() & 0xfff).toBe(114)
    B.BIO_dgram_set_caps(
      b,
      BIO_DGRAM_CAP_HANDLES_DST_ADDR | BIO_DGRAM_CAP_HANDLES_SRC_ADDR | BIO_DGRAM_CAP_PROVIDES_DST_ADDR,
    )
    expect(B.BIO_dgram_get_effective_caps(a)).toBe(11)
    expect(B.BIO_dgram_get_effective_caps(b)).toBe(0)
    expect(B.BIO_dgram_set_local_addr_enable(b, 1)).toBe(0)
    const from = message(Uint8Array.of(2), null, address(2000))
    expect(B.BIO_sendmmsg(a, [from], 0, 1, 0, processed)).toBe(0)
    expect(ERR_get_error() & 0xfff).toBe(111)
    expect(B.BIO_dgram_get_local_addr_cap(a)).toBe(1)
    expect(B.BIO_dgram_set_local_addr_enable(a, 1)).toBe(1)
    const enabled = { value: 0 }
    expect(B.BIO_dgram_get_local_addr_enable(a, enabled)).toBe(1)
    expect(enabled.value).toBe(1)
    expect(B.BIO_sendmmsg(a, [to, from], 0, 2, 0, processed)).toBe(1)
    expect(processed.value).toBe(2)

    B.BIO_dgram_set_caps(a, 11)
    expect(B.BIO_dgram_set_local_addr_enable(b, 1)).toBe(1)
    const got = [0, 1, 2].map(() => message(new Uint8Array(9), BIO_ADDR_new(), BIO_ADDR_new()))
    expect(B.BIO_recvmmsg(b, got, 0, 3, 0, processed)).toBe(1)
    expect(processed.value).toBe(2)
    expect(got.map(({ data_len, flags }) => [data_len, flags])).toEqual([
      [1, 0],
      [1, 0],
      [9, 7],
    ])
    expect(
      got
        .slice(0, 2)
        .map(({ local, peer }) => [local, peer].map(at => at && [BIO_ADDR_family(at), BIO_ADDR_rawport(at)])),
    ).toEqual([
      [
        [AF_INET, 1000],
        [0, 0],
      ],
      [
        [0, 0],
        [AF_INET, 2000],
      ],
    ])
    expect(B.BIO_recvmmsg(b, got, 0, 3, 0, processed)).toBe(0)
    expect(ERR_get_error() & 0xfff).toBe(112)
    expect(B.BIO_recvmmsg(b, got, 0, 0, 0, processed)).toBe(1)
  })

  test('is used up when an end is freed', () => {
    const [a, b] = pair()
    B.BIO_write(a, Uint8Array.of(1))
    expect(B.BIO_make_bio_pair(a, b)).toBe(0)
    expect(ERR_get_error() & 0xfff).toBe(123)
    expect(B.BIO_set_write_buf_size(a, 9000)).toBe(0)
    ERR_clear_error()
    B.BIO_free(a)
    expect(B.BIO_get_init(b)).toBe(0)
    expect(read(b, 10)).toBe(-1)
    expect(B.BIO_eof(b)).toBe(1)
    expect(() => B.BIO_write(a, Uint8Array.of(1))).toThrow('BIO object was freed')
    expect(B.BIO_make_bio_pair(b, memory())).toBe(0)
  })
})

describe('datagram memory', () => {
  test('grows with what is written and is capped (mediasoup#1340)', () => {
    const bio = memory()
    let written = 0
    while (B.BIO_write(bio, new Uint8Array(1200)) > 0) written++
    expect(B.BIO_should_write(bio)).not.toBe(0)
    expect(written).toBe(Math.floor((1 << 20) / (1200 + 232)))
    expect(B.BIO_get_write_buf_size(bio)).toBe(1 << 20)
    for (let i = 0; i < written; i++) expect(B.BIO_read(bio, new Uint8Array(1500))).toBe(1200)
    expect(read(bio, 10)).toBe(-1)
    expect(B.BIO_number_read(bio)).toBe(written * 1200)
  })

  test('has room for many empty datagrams at most', () => {
    const bio = memory()
    const processed = { value: 0 }
    let sent = 0
    while (B.BIO_sendmmsg(bio, [message(new Uint8Array(0))], 0, 1, 0, processed) === 1) sent++
    expect(sent).toBe(Math.floor((1 << 20) / 232))
  })

  test('stops growing when a size is set, and does not shrink below what waits', () => {
    const bio = memory()
    expect(B.BIO_set_write_buf_size(bio, 5)).toBe(1)
    expect(B.BIO_get_write_buf_size(bio)).toBe(1024)
    expect(B.BIO_write(bio, new Uint8Array(792))).toBe(792)
    expect(B.BIO_write(bio, Uint8Array.of(1))).toBe(-1)
    expect(B.BIO_set_write_buf_size(bio, 2048)).toBe(1)
    expect(B.BIO_write(bio, Uint8Array.of(1))).toBe(1)
    expect(B.BIO_set_write_buf_size(bio, 1024)).toBe(0)
    expect(B.BIO_pending(bio)).toBe(792)
    expect(B.BIO_reset(bio)).toBe(1)
    expect(B.BIO_pending(bio)).toBe(0)
  })
})

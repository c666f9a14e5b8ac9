import { describe, expect, test } from '@jest/globals'
import * as B from '../../../lib/openssl/bio/index.ts'
import { BIO_wait, waitFor } from '../../../lib/openssl/bio/wait.ts'
import { BIO_R_TRANSFER_TIMEOUT } from '../../../lib/openssl/constants/bioerr.ts'
import { ERR_get_error } from '../../../lib/openssl/err/index.ts'

const DATA = Uint8Array.of(1)

function need(bio: B.BIO | null): B.BIO {
  if (bio === null) throw new Error('no BIO')
  return bio
}

type MakePair = typeof B.BIO_new_bio_pair

function pairOf(make: MakePair, size: number): [B.BIO, B.BIO] {
  const one: { value: B.BIO | null } = { value: null }
  const two: { value: B.BIO | null } = { value: null }
  make(one, size, two, size)
  return [need(one.value), need(two.value)]
}

describe('waiting', () => {
  test('of a memory BIO ends with a write, or with the time', async () => {
    const bio = need(B.BIO_new(B.BIO_s_mem()))
    expect(await waitFor(bio, 'read', 1)).toBe(false)
    const waiting = waitFor(bio, 'read', null)
    B.BIO_write(bio, DATA)
    expect(await waiting).toBe(true)
    expect(await waitFor(bio, 'read', 0)).toBe(true)
    expect(await waitFor(bio, 'write', 0)).toBe(true)
  })

  test('goes through filters to the BIO that can wait', async () => {
    const bio = need(B.BIO_new(B.BIO_s_mem()))
    const filter = need(B.BIO_push(B.BIO_new(B.BIO_f_null()), bio))
    const waiting = waitFor(filter, 'read', null)
    B.BIO_puts(filter, 'x')
    expect(await waiting).toBe(true)
  })

  const kinds: [string, MakePair, number][] = [
    ['pair', B.BIO_new_bio_pair, 1],
    ['datagram pair', B.BIO_new_bio_dgram_pair, 1024],
  ]
  for (const [name, make, size] of kinds) {
    test(`of a ${name} ends when the other end writes, reads or goes`, async () => {
      const [a, b] = pairOf(make, size)
      const reading = waitFor(b, 'read', null)
      B.BIO_write(a, new Uint8Array(size === 1 ? 1 : 700))
      expect(await reading).toBe(true)
      if (size > 1) B.BIO_dgram_set_mtu(a, 700)
      expect(await waitFor(a, 'write', 1)).toBe(false)
      const writing = waitFor(a, 'write', null)
      B.BIO_read(b, new Uint8Array(700))
      expect(await writing).toBe(true)
      const last = waitFor(b, 'read', null)
      B.BIO_free(a)
      expect(await last).toBe(true)
    })
  }

  test('of a pair ends with its shutdown', async () => {
    const [a, b] = pairOf(B.BIO_new_bio_pair, 10)
    const waiting = waitFor(b, 'read', null)
    B.BIO_shutdown_wr(a)
    expect(await waiting).toBe(true)
    expect(await waitFor(a, 'write', 0)).toBe(true)
  })

  test("of a program's own kind is a nap", async () => {
    const bio = need(B.BIO_new(B.BIO_meth_new(B.BIO_get_new_index(), 'mine')))
    expect(await waitFor(bio, 'read', null)).toBe(true)
    expect(await waitFor(bio, 'read', 1)).toBe(false)
  })

  test('until a point in time fails with an error when that has come', async () => {
    const bio = need(B.BIO_new(B.BIO_s_mem()))
    expect(await BIO_wait(bio, 0, 10)).toBe(1)
    expect(await BIO_wait(bio, 1, 10)).toBe(0)
    expect(ERR_get_error() & 0xfff).toBe(BIO_R_TRANSFER_TIMEOUT)
    const waiting = BIO_wait(bio, Math.floor(Date.now() / 1000) + 60, 10)
    B.BIO_write(bio, DATA)
    expect(await waiting).toBe(1)
  })
})

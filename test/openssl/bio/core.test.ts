import { beforeEach, describe, expect, test } from '@jest/globals'
import { EAGAIN, ECONNRESET, EINTR, ENOTCONN } from '../../../lib/base/errno.ts'
import * as B from '../../../lib/openssl/bio/index.ts'
import { BIO_R_NON_FATAL } from '../../../lib/openssl/constants/bio-datagram.ts'
import { CRYPTO_EX_INDEX_BIO } from '../../../lib/openssl/constants/crypto.ts'
import { ERR_LIB_BIO, ERR_LIB_SSL } from '../../../lib/openssl/constants/err.ts'
import { ERR_clear_error, ERR_get_error, ERR_PACK } from '../../../lib/openssl/err/index.ts'
import { CRYPTO_free_ex_index, CRYPTO_get_ex_new_index, CRYPTO_set_ex_data } from '../../../lib/openssl/ex-data.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function memory(): B.BIO {
  const bio = B.BIO_new(B.BIO_s_mem())
  if (bio === null) throw new Error('no BIO')
  return bio
}

beforeEach(ERR_clear_error)

describe("a programmer's mistake", () => {
  const wrong = (value: unknown) => value as never
  test('throws a TypeError that names the argument', () => {
    const bio = memory()
    expect(() => B.BIO_read(bio, wrong('text'))).toThrow('data: a Uint8Array is needed, this is a string: Buffer.from')
    expect(() => B.BIO_read(bio, new Uint8Array(2), 3)).toThrow(
      new TypeError('dlen: 3 is beyond the 2 bytes of the buffer'),
    )
    expect(() => B.BIO_write(bio, new Uint8Array(2), 1.5)).toThrow(new TypeError('dlen: an integer is needed'))
    expect(() => B.BIO_write(wrong({}), new Uint8Array(2))).toThrow(new TypeError('b: a BIO is needed'))
    expect(() => B.BIO_puts(bio, wrong(1))).toThrow(new TypeError('buf: a string is needed'))
    expect(() => B.BIO_new(wrong(null))).toThrow(new TypeError('method: a BIO_METHOD is needed'))
    expect(() => B.BIO_set_callback_ex(bio, wrong(1))).toThrow(new TypeError('callback: a function or null is needed'))
    expect(() => B.BIO_read_ex(bio, new Uint8Array(1), 1, wrong(null))).toThrow(
      new TypeError('readbytes: an object { value } is needed'),
    )
    expect(() => B.BIO_new_fp(wrong('stdout'), 0)).toThrow(TypeError)
  })

  test('of storing data in a BIO of the library throws when the BIO is used', () => {
    const bio = memory()
    B.BIO_set_data(bio, {})
    expect(() => B.BIO_pending(bio)).toThrow(new TypeError('the data of the BIO: a Memory is needed'))
  })

  test('of using a freed BIO throws, of freeing it twice too', () => {
    const bio = memory()
    expect(B.BIO_up_ref(bio)).toBe(1)
    expect(B.BIO_free(bio)).toBe(1)
    expect(B.BIO_write(bio, bytes('x'))).toBe(1)
    expect(B.BIO_free(bio)).toBe(1)
    expect(() => B.BIO_pending(bio)).toThrow(new TypeError('bp: BIO object was freed'))
    expect(() => B.BIO_free(bio)).toThrow(new TypeError('a: BIO object was freed'))
    expect(() => B.BIO_push(memory(), bio)).toThrow(new TypeError('append: BIO object was freed'))
  })

  test('of freeing a BIO from its own destroy does not loop', () => {
    const method = B.BIO_meth_new(B.BIO_get_new_index(), 'self')
    B.BIO_meth_set_destroy(method, bio => B.BIO_free(bio))
    const bio = B.BIO_new(method)
    expect(() => B.BIO_free(bio)).toThrow('freed')
    expect(() => B.BIO_free(bio)).toThrow('freed')
  })
})

describe('memory', () => {
  test('is wiped when it is reset or freed', () => {
    const bio = memory()
    const view = { value: new Uint8Array(0) }
    B.BIO_puts(bio, 'secret')
    B.BIO_get_mem_data(bio, view)
    B.BIO_reset(bio)
    expect([...view.value]).toEqual([0, 0, 0, 0, 0, 0])
    B.BIO_puts(bio, 'secret')
    B.BIO_get_mem_data(bio, view)
    B.BIO_free(bio)
    expect([...view.value]).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('outlives its BIO with BIO_NOCLOSE', () => {
    const bio = memory()
    B.BIO_puts(bio, 'kept')
    const place: { value: B.BUF_MEM | null } = { value: null }
    B.BIO_get_mem_ptr(bio, place)
    B.BIO_set_close(bio, 0)
    B.BIO_free(bio)
    expect(Buffer.from(place.value?.data.subarray(0, 4) ?? []).toString()).toBe('kept')
  })

  test('of BIO_new_mem_buf is a copy, all of it without a length', () => {
    const source = Uint8Array.of(1, 0, 2)
    const bio = B.BIO_new_mem_buf(source)
    source.fill(9)
    const out = new Uint8Array(5)
    expect(B.BIO_read(bio, out)).toBe(3)
    expect([...out]).toEqual([1, 0, 2, 0, 0])
  })

  test('keeps its bytes through many writes and reads', () => {
    const bio = memory()
    let sent = 0
    let got = 0
    const out = new Uint8Array(97)
    for (let round = 0; round < 300; round++) {
      const data = Uint8Array.from({ length: 1 + ((round * 37) % 131) }, () => sent++ & 0xff)
      expect(B.BIO_write(bio, data)).toBe(data.length)
      const read = B.BIO_read(bio, out)
      for (const byte of out.subarray(0, Math.max(0, read))) expect(byte).toBe(got++ & 0xff)
    }
    expect(B.BIO_pending(bio)).toBe(sent - got)
  })
})

describe('values on a BIO', () => {
  test('have callbacks when it is made, copied and freed', () => {
    const seen: unknown[] = []
    const idx = B.BIO_get_ex_new_index(
      5,
      'arg',
      (_parent, ptr, ad, index, argl, argp) => {
        seen.push(['new', ptr, argl, argp])
        CRYPTO_set_ex_data(ad, index, 'first')
      },
      (_to, _from, from_d) => {
        from_d.value = `copy of ${from_d.value}`
        return 1
      },
      (_parent, ptr) => seen.push(['free', ptr]),
    )
    expect(idx).toBeGreaterThan(0)
    const bio = memory()
    expect(B.BIO_get_ex_data(bio, idx)).toBe('first')
    expect(B.BIO_set_ex_data(bio, idx, 'mine')).toBe(1)
    B.BIO_set_app_data(bio, 'app')
    const copy = B.BIO_dup_chain(bio)
    if (copy === null) throw new Error('no copy')
    expect([B.BIO_get_ex_data(copy, idx), B.BIO_get_app_data(copy)]).toEqual(['copy of mine', 'app'])
    B.BIO_free(bio)
    B.BIO_free(copy)
    expect(seen).toEqual([
      ['new', null, 5, 'arg'],
      ['new', null, 5, 'arg'],
      ['free', 'mine'],
      ['free', 'copy of mine'],
    ])
    expect(CRYPTO_free_ex_index(CRYPTO_EX_INDEX_BIO, idx)).toBe(1)
    expect(CRYPTO_free_ex_index(CRYPTO_EX_INDEX_BIO, idx + 1)).toBe(0)
    B.BIO_free(memory())
    expect(seen).toHaveLength(4)
  })

  test('are refused below 0 and for an unknown class', () => {
    expect(B.BIO_set_ex_data(memory(), -1, 'x')).toBe(0)
    expect(ERR_get_error()).toBe(0x07880106)
    expect(CRYPTO_get_ex_new_index(99, 0, null)).toBe(-1)
    expect(B.BIO_get_ex_data(memory(), 1000)).toBeNull()
  })
})

describe('output', () => {
  test('to a stream keeps its order', () => {
    const written: string[] = []
    let ended = false
    const stream = {
      write: (chunk: Uint8Array) => written.push(Buffer.from(chunk).toString()),
      end: () => (ended = true),
    }
    const bio = B.BIO_new_fp(stream as unknown as NodeJS.WritableStream, 1)
    B.BIO_printf(bio, '%s=%d;', 'a', 1)
    B.BIO_puts(bio, 'é')
    const place: { value: B.FILE | null } = { value: null }
    expect(B.BIO_get_fp(bio, place)).toBe(1)
    expect(place.value).toBe(stream)
    expect(B.BIO_read(bio, new Uint8Array(1))).toBe(-1)
    expect(ERR_get_error()).toBe(0x80000009)
    B.BIO_free(bio)
    expect(written).toEqual(['a=1;', 'é'])
    expect(ended).toBe(true)
  })

  test('of numbers follows printf', () => {
    const format = (pattern: string, ...values: B.PrintfArgument[]) => {
      const place = { value: '' }
      B.BIO_snprintf(place, 200, pattern, ...values)
      return place.value
    }
    expect(format('%g %g %g %G', 0.0001, 100000, 1e20, 1e-7)).toBe('0.0001 100000 1e+20 1E-07')
    expect(format('%p %s %q', 255, null, 1)).toBe('0xff <NULL> %q')
    expect(format('%e %f', Number.NaN, -1 / 0)).toBe('nan -inf')
    expect(format('%-*d|%*d|', 4, 1, -4, 2)).toBe('1   |2   |')
    expect(format('%99999999d', 1)).toHaveLength(199)
    expect(format('%hhu %llu', 257, -1)).toBe('1 18446744073709551615')
    expect(format('%d%%', 5)).toBe('5%')
    expect(B.BIO_snprintf(new Uint8Array(0), 0, 'x')).toBe(-1)
    expect(() => B.BIO_snprintf(new Uint8Array(2), 10, 'abc')).toThrow(TypeError)
  })
})

test('which errors of the queue mean "try again"', () => {
  const system = (errno: number) => 0x80000000 + errno
  expect([EAGAIN, EINTR, ENOTCONN].map(errno => B.BIO_err_is_non_fatal(system(errno)))).toEqual([1, 1, 1])
  expect(B.BIO_err_is_non_fatal(system(ECONNRESET))).toBe(0)
  expect(B.BIO_err_is_non_fatal(ERR_PACK(ERR_LIB_BIO, 0, BIO_R_NON_FATAL))).toBe(1)
  expect(B.BIO_err_is_non_fatal(ERR_PACK(ERR_LIB_SSL, 0, BIO_R_NON_FATAL))).toBe(0)
  expect(B.BIO_err_is_non_fatal(0)).toBe(0)
})

describe("a programmer's mistake with sockets", () => {
  const wrong = (value: unknown) => value as never

  test('throws a TypeError that names the argument', () => {
    const connect = B.BIO_new(B.BIO_s_connect())
    expect(() => B.BIO_set_conn_hostname(connect, wrong(1))).toThrow(new TypeError('name: a string is needed'))
    expect(() => B.BIO_set_conn_address(connect, wrong({}))).toThrow(new TypeError('addr: a BIO_ADDR is needed'))
    const accept = B.BIO_new(B.BIO_s_accept())
    expect(() => B.BIO_set_accept_port(accept, wrong(1))).toThrow(new TypeError('port: a string is needed'))
    expect(() => B.BIO_set_accept_bios(accept, wrong({}))).toThrow(new TypeError('bio: a BIO is needed'))
    expect(() => B.BIO_get_host_ip('127.0.0.1', new Uint8Array(3))).toThrow(TypeError)
    expect(() => B.BIO_socket_ioctl(1, 0x5421, wrong(null))).toThrow(TypeError)
  })

  test('what an accepting BIO holds is freed with it', () => {
    const accept = B.BIO_new_accept('127.0.0.1:0')
    const chain = memory()
    B.BIO_set_accept_bios(accept, chain)
    B.BIO_free(accept)
    expect(chain.freed).toBe(true)
  })
})

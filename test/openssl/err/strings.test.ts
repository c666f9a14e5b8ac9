import { describe, expect, test } from '@jest/globals'
import {
  ERR_COMMON_ERROR,
  ERR_error_string,
  ERR_error_string_n,
  ERR_FATAL_ERROR,
  ERR_func_error_string,
  ERR_GET_FUNC,
  ERR_GET_LIB,
  ERR_GET_REASON,
  ERR_GET_RFLAGS,
  ERR_lib_error_string,
  ERR_PACK,
  ERR_reason_error_string,
} from '../../../lib/openssl/err/index.ts'
import { realTranscript } from '../real.ts'

const LIBRARIES = [4, 6, 9, 11, 13, 15, 16, 20, 32, 34, 35, 57, 60]
const CODES = [
  0, 0x0a0000c1, 0x0a000126, 0x0a00070f, 0x0a080002, 0x0a0c0103, 0x10080002, 0x80000002, 0x8000006f, 0x80000fff,
  0x31800001, 0x3b800005, 0x0b000000, 0x00000041, 0x058000ff, 0x7fffffff,
]
const SIZES = [256, 120, 64, 42, 41, 40, 20, 16, 5, 2, 1]

/** Reasons that 3.0 does not have: heartbeats of 1.0.2, addresses of 3.2. */
const OTHER_RELEASES = new Set(['20 365', '20 366', '32 111', '32 112', '32 114'])

function* transcript(): Generator<string> {
  for (let lib = 0; lib < 256; lib++) yield `lib ${lib} ${ERR_lib_error_string(ERR_PACK(lib, 0, 0)) ?? '-'}`
  for (const lib of LIBRARIES)
    for (let reason = 1; reason < 2048; reason++) {
      const text = ERR_reason_error_string(ERR_PACK(lib, 0, reason))
      if (text !== null && !OTHER_RELEASES.has(`${lib} ${reason}`)) yield `reason ${lib} ${reason} ${text}`
    }
  for (let reason = 0x40000; reason < 0x100000; reason++) {
    const text = ERR_reason_error_string(ERR_PACK(20, 0, reason))
    if (text !== null) yield `common ${reason} ${text}`
  }
  for (const code of CODES) {
    const flags = `flags ${ERR_GET_RFLAGS(code)} fatal ${ERR_FATAL_ERROR(code)} common ${ERR_COMMON_ERROR(code)}`
    yield `code ${code.toString(16).toUpperCase()} lib ${ERR_GET_LIB(code)} reason ${ERR_GET_REASON(code)} ${flags}`
    yield `string ${ERR_error_string(code)}`
    for (const size of SIZES) yield `cut ${size} <${ERR_error_string_n(code, null, size)}>`
  }
}

describe('error texts', () => {
  test('are those of the real library', () => {
    const real = realTranscript(new URL('./strings.c', import.meta.url))
    if (real !== null) expect([...transcript()]).toEqual(real)
  })

  test('go into a buffer with a NUL, or into a place', () => {
    const buf = new Uint8Array(256).fill(0xff)
    expect(ERR_error_string(0x0a0000c1, buf)).toBe('error:0A0000C1:SSL routines::no shared cipher')
    expect(buf[45]).toBe(0)
    expect(buf[46]).toBe(0xff)
    const place = { value: '' }
    ERR_error_string_n(0x0a0000c1, place, 20)
    expect(place.value).toBe('err:a0000c1:14:0:c1')
    expect(() => ERR_error_string_n(0x0a0000c1, new Uint8Array(4), 256)).toThrow(TypeError)
    expect(ERR_error_string_n(0x0a0000c1, null, 0)).toBe('')
  })

  test('exist for the heartbeats of 1.0.2', () => {
    expect(ERR_reason_error_string(ERR_PACK(20, 0, 365))).toBe('peer does not accept heartbeats')
    expect(ERR_reason_error_string(ERR_PACK(20, 0, 366))).toBe('heartbeat request already pending')
  })

  test('have no functions', () => {
    expect(ERR_func_error_string(0x0a0000c1)).toBeNull()
    expect(ERR_GET_FUNC(0x1413116d)).toBe(0x131)
  })
})

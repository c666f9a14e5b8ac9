import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const PROGRAM = new URL('times.c', import.meta.url)
const [TEXTS, SECONDS] = lists(readFileSync(PROGRAM, 'latin1'))

test('times are read, compared and written as in libcrypto', () => {
  const theirs = realTranscript(PROGRAM)
  if (theirs !== null) expect(ours()).toEqual(theirs)
})

test('a time beyond the year 9999 cannot be set', () => {
  O.ERR_clear_error()
  expect(O.ASN1_TIME_set(null, 253_402_300_800)).toBeNull()
  expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(173)
  expect(O.ASN1_UTCTIME_set(null, 253_402_300_800)).toBeNull()
  expect(O.ASN1_GENERALIZEDTIME_set(null, Number.MAX_SAFE_INTEGER)).toBeNull()
  expect(O.X509_gmtime_adj(null, 1e12)).toBeNull()
})

test('what is no time is the mistake of the program', () => {
  const string = new O.ASN1_STRING(O.V_ASN1_UTCTIME)
  expect(() => Reflect.apply(O.ASN1_TIME_check, null, [string])).toThrow('t: an ASN1_TIME is needed')
})

/** Both programs take the same values: those of the C one. */
function lists(source: string): [string[], number[]] {
  const [, texts = '', seconds = ''] =
    /texts\[\] = \{([\s\S]*?)\};[\s\S]*?seconds\[\] = \{([\s\S]*?)\};/.exec(source) ?? []
  return [[...texts.matchAll(/"(.*?)"/g)].map(([, text = '']) => text), seconds.split(',').map(Number)]
}

function ours(): string[] {
  const lines: string[] = []
  for (const s of TEXTS) {
    const strict = O.ASN1_TIME_set_string_X509(null, s)
    let line = `'${s}' ${O.ASN1_TIME_set_string(null, s)} ${O.ASN1_UTCTIME_set_string(null, s)} `
    line += `${O.ASN1_GENERALIZEDTIME_set_string(null, s)} ${strict}`
    const t = O.ASN1_TIME_new()
    O.ASN1_TIME_set_string_X509(t, s)
    if (strict === 1) line += show('strict', t)
    for (const time of [O.ASN1_UTCTIME_new(), O.ASN1_GENERALIZEDTIME_new()]) {
      O.ASN1_STRING_set(time, s)
      lines.push(line + one(time))
      line = ''
    }
  }
  for (const t of SECONDS) {
    const own = O.ASN1_GENERALIZEDTIME_new()
    let line = `${t}${show('set', O.ASN1_TIME_set(null, t))}${show('utc', O.ASN1_UTCTIME_set(null, t))}`
    line += show('general', O.ASN1_GENERALIZEDTIME_set(null, t)) + show('adj', O.ASN1_TIME_adj(null, t, 1, -3600))
    line += show('uadj', O.ASN1_UTCTIME_adj(null, t, -1, 1)) + show('gadj', O.ASN1_GENERALIZEDTIME_adj(null, t, 0, 60))
    lines.push(line + show('own', O.ASN1_TIME_set(own, t)) + show('same', own))
  }
  return lines
}

function show(what: string, t: O.ASN1_TIME | null): string {
  return ` ${what}=${t === null ? 'NULL' : `${t.type}:${Buffer.from(t.data).toString('latin1')}`}`
}

function print(what: string, write: (bio: O.BIO) => number): string {
  const bio = O.BIO_new(O.BIO_s_mem())
  if (bio === null) throw new Error('no BIO')
  const result = write(bio)
  const text = { value: new Uint8Array() }
  O.BIO_get_mem_data(bio, text)
  const line = ` ${what}=${result},${Buffer.from(text.value).toString('latin1')}`
  O.BIO_free(bio)
  return line
}

function one(t: O.ASN1_TIME): string {
  const base = O.ASN1_TIME_set(null, 951782400)
  const copy = O.ASN1_TIME_dup(t)
  if (base === null) throw new Error('no time')
  const fields: Partial<O.tm> = {}
  const [day, sec] = [{ value: 7 }, { value: 7 }]
  let line = ` check=${O.ASN1_TIME_check(t)},${O.ASN1_UTCTIME_check(t)},${O.ASN1_GENERALIZEDTIME_check(t)}`
  const filled = O.ASN1_TIME_to_tm(t, fields)
  line += ` tm=${filled}`
  const { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, tm_wday, tm_yday, tm_isdst } = fields
  if (filled === 1)
    line += `,${tm_year}-${tm_mon}-${tm_mday} ${tm_hour}:${tm_min}:${tm_sec} ${tm_wday} ${tm_yday} ${tm_isdst}`
  line += ` diff=${O.ASN1_TIME_diff(day, sec, base, t)},${day.value},${sec.value}`
  line += ` compare=${O.ASN1_TIME_compare(base, t)},${O.ASN1_TIME_compare(t, base)}`
  line += ` time_t=${O.ASN1_TIME_cmp_time_t(t, 951782400)},${O.ASN1_UTCTIME_cmp_time_t(t, 951782400)}`
  line += ` x509=${O.X509_cmp_time(t, 951782400)}`
  line += print('print', bio => O.ASN1_TIME_print(bio, t))
  line += print('iso', bio => O.ASN1_TIME_print_ex(bio, t, O.ASN1_DTFLGS_ISO8601))
  line += print('utc', bio => O.ASN1_UTCTIME_print(bio, t))
  line += print('general', bio => O.ASN1_GENERALIZEDTIME_print(bio, t))
  line += show('to', O.ASN1_TIME_to_generalizedtime(t, null))
  line += ` normalize=${O.ASN1_TIME_normalize(copy)}${show('', copy)}`
  O.ASN1_UTCTIME_free(null)
  O.ASN1_GENERALIZEDTIME_free(null)
  return line
}

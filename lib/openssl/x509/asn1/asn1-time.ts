import { latin1 } from '../../../base/bytes.ts'
import { Tag } from '../../../pki/der.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_write } from '../../bio/io.ts'
import { type Out, requireInstance, requireInteger, requireString } from '../../boundary.ts'
import { ERR_LIB_ASN1 } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_STRING } from './asn1.ts'
import { type Fields, fieldsAt, fieldsOf, isStrict, millisecondsOf, timeText } from './time-text.ts'

/**
 * UTCTime or GeneralizedTime (X.680 sections 46 and 47): as in a certificate, `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, or with
 * an offset instead of the `Z`, without seconds, or with a fraction of them.
 */
export class ASN1_TIME extends ASN1_STRING {
  constructor(milliseconds?: number) {
    super(Tag.utcTime)
    if (milliseconds !== undefined) this.set(milliseconds)
  }

  /** As RFC 5280 section 4.1.2.5 wants it: UTCTime until 2049. @returns false beyond the years 0 to 9999 */
  set(milliseconds: number, type?: number): boolean {
    const date = new Date(milliseconds)
    const year = date.getUTCFullYear()
    if (!(year >= 0 && year <= 9999)) return false
    const utc = year >= 1950 && year < 2050
    if (type === Tag.utcTime && !utc) return false
    this.type = type ?? (utc ? Tag.utcTime : Tag.generalizedTime)
    const digits = date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')
    this.data = Uint8Array.from(Buffer.from(`${this.type === Tag.utcTime ? digits.slice(2) : digits}Z`, 'latin1'))
    return true
  }

  get fields(): Fields | null {
    return fieldsOf(this.type, latin1(this.data))
  }

  /** Milliseconds since 1970; null when nothing valid was set. */
  get milliseconds(): number | null {
    const { fields } = this
    return fields === null ? null : millisecondsOf(fields)
  }

  /** With seconds and `Z`, as RFC 5280 section 4.1.2.5 wants it. */
  get strict(): boolean {
    return isStrict(this.type, latin1(this.data))
  }
}

/** The types of C that hold one of the two forms are the same class. */
export type ASN1_UTCTIME = ASN1_TIME
export type ASN1_GENERALIZEDTIME = ASN1_TIME

/** The struct of <time.h>: `tm_year` counts from 1900, `tm_mon` from 0. */
export interface tm {
  tm_sec: number
  tm_min: number
  tm_hour: number
  tm_mday: number
  tm_mon: number
  tm_year: number
  tm_wday: number
  tm_yday: number
  tm_isdst: number
}

const DAY = 86_400
const ASN1_R_ERROR_GETTING_TIME = 173
const ASN1_DTFLGS_TYPE_MASK = 0x0f

/** How ASN1_TIME_print_ex writes: `Jun  1 12:00:00 2024 GMT`, or `2024-06-01 12:00:00Z`. */
export const ASN1_DTFLGS_RFC822 = 0
export const ASN1_DTFLGS_ISO8601 = 1

const timeOf = (t: unknown, name = 't'): ASN1_TIME => requireInstance(t, ASN1_TIME, name)
const now = (): number => Math.floor(Date.now() / 1000)

/** An empty time. */
export function ASN1_TIME_new(): ASN1_TIME {
  return new ASN1_TIME()
}

/** An empty GeneralizedTime. */
export function ASN1_GENERALIZEDTIME_new(): ASN1_GENERALIZEDTIME {
  const time = new ASN1_TIME()
  time.type = Tag.generalizedTime
  return time
}

/** An empty UTCTime. */
export const ASN1_UTCTIME_new: typeof ASN1_TIME_new = ASN1_TIME_new

/** Does nothing: times are values here. @harmless what is not used any more is collected */
export function ASN1_TIME_free(s: ASN1_TIME | null): void {
  void s
}

/** ASN1_TIME_free of one form. @harmless what is not used any more is collected */
export const ASN1_GENERALIZEDTIME_free: typeof ASN1_TIME_free = ASN1_TIME_free
export const ASN1_UTCTIME_free: typeof ASN1_TIME_free = ASN1_TIME_free

/** A copy of a time. */
export function ASN1_TIME_dup(t: ASN1_TIME): ASN1_TIME {
  const copy = new ASN1_TIME()
  copy.type = timeOf(t).type
  copy.data = t.data
  return copy
}

/** ASN1_TIME_dup of one form. */
export const ASN1_GENERALIZEDTIME_dup: typeof ASN1_TIME_dup = ASN1_TIME_dup
export const ASN1_UTCTIME_dup: typeof ASN1_TIME_dup = ASN1_TIME_dup

/**
 * Sets a time (ASN1_TIME_adj(3)).
 * @param s - null: a new one is made
 * @param t - seconds since 1970, to which days and seconds are added
 * @param offset_sec - seconds more
 * @returns it, or null for a time beyond the years that can be written
 */
export function ASN1_TIME_adj(
  s: ASN1_TIME | null,
  t: number,
  offset_day: number,
  offset_sec: number,
): ASN1_TIME | null {
  return adjusted(s, t, offset_day, offset_sec)
}

/** ASN1_TIME_adj as GeneralizedTime, whatever the year. */
export function ASN1_GENERALIZEDTIME_adj(
  s: ASN1_GENERALIZEDTIME | null,
  t: number,
  offset_day: number,
  offset_sec: number,
): ASN1_GENERALIZEDTIME | null {
  return adjusted(s, t, offset_day, offset_sec, Tag.generalizedTime)
}

/** ASN1_TIME_adj as UTCTime: null outside of 1950 to 2049. */
export function ASN1_UTCTIME_adj(
  s: ASN1_UTCTIME | null,
  t: number,
  offset_day: number,
  offset_sec: number,
): ASN1_UTCTIME | null {
  return adjusted(s, t, offset_day, offset_sec, Tag.utcTime)
}

/** Sets a time. @param s - null: a new one is made @param t - seconds since 1970 */
export function ASN1_TIME_set(s: ASN1_TIME | null, t: number): ASN1_TIME | null {
  return adjusted(s, t, 0, 0)
}

/** ASN1_TIME_set as GeneralizedTime, whatever the year. */
export function ASN1_GENERALIZEDTIME_set(s: ASN1_GENERALIZEDTIME | null, t: number): ASN1_GENERALIZEDTIME | null {
  return adjusted(s, t, 0, 0, Tag.generalizedTime)
}

/** ASN1_TIME_set as UTCTime: null outside of 1950 to 2049. */
export function ASN1_UTCTIME_set(s: ASN1_UTCTIME | null, t: number): ASN1_UTCTIME | null {
  return adjusted(s, t, 0, 0, Tag.utcTime)
}

function adjusted(s: ASN1_TIME | null, t: number, days: number, seconds: number, type?: number): ASN1_TIME | null {
  const time = s === null ? new ASN1_TIME() : timeOf(s, 's')
  const offset = requireInteger(days, 'offset_day') * DAY + requireInteger(seconds, 'offset_sec')
  const milliseconds = (requireInteger(t, 't') + offset) * 1000
  if (!Number.isNaN(new Date(milliseconds).getTime()) && time.set(milliseconds, type)) return time
  if (offset === 0 && type === undefined) raise(ERR_LIB_ASN1, ASN1_R_ERROR_GETTING_TIME)
  return null
}

/** 1 when the string is a valid time, else 0. */
export function ASN1_TIME_check(t: ASN1_TIME): number {
  return Number(timeOf(t).fields !== null)
}

/** 1 when the string is a valid GeneralizedTime, else 0. */
export function ASN1_GENERALIZEDTIME_check(d: ASN1_GENERALIZEDTIME): number {
  return Number(timeOf(d, 'd').type === Tag.generalizedTime && d.fields !== null)
}

/** 1 when the string is a valid UTCTime, else 0. */
export function ASN1_UTCTIME_check(d: ASN1_UTCTIME): number {
  return Number(timeOf(d, 'd').type === Tag.utcTime && d.fields !== null)
}

/** Sets a time from its characters, UTCTime or else GeneralizedTime. @param s - null: only checks @returns 1 or 0 */
export function ASN1_TIME_set_string(s: ASN1_TIME | null, str: string): number {
  return ASN1_UTCTIME_set_string(s, str) || ASN1_GENERALIZEDTIME_set_string(s, str)
}

/** ASN1_TIME_set_string with UTCTime only. */
export function ASN1_UTCTIME_set_string(s: ASN1_UTCTIME | null, str: string): number {
  return setString(s, str, Tag.utcTime)
}

/** ASN1_TIME_set_string with GeneralizedTime only. */
export function ASN1_GENERALIZEDTIME_set_string(s: ASN1_GENERALIZEDTIME | null, str: string): number {
  return setString(s, str, Tag.generalizedTime)
}

/**
 * Sets a time from characters of the form that RFC 5280 section 4.1.2.5 allows; a GeneralizedTime until 2049 becomes a
 * UTCTime. @param s - null: only checks @returns 1 or 0
 */
export function ASN1_TIME_set_string_X509(s: ASN1_TIME | null, str: string): number {
  const type = [Tag.utcTime, Tag.generalizedTime].find(tag => isStrict(tag, requireString(str, 'str')))
  const fields = type === undefined ? null : fieldsOf(type, str)
  if (type === undefined || fields === null) return 0
  const short = type === Tag.generalizedTime && fields.year >= 1950 && fields.year < 2050
  return s === null ? 1 : short ? setString(s, str.slice(2), Tag.utcTime) : setString(s, str, type)
}

function setString(s: ASN1_TIME | null, text: string, type: number): number {
  if (fieldsOf(type, requireString(text, 'str')) === null) return 0
  if (s !== null) {
    timeOf(s, 's').type = type
    s.data = Uint8Array.from(Buffer.from(text, 'latin1'))
  }
  return 1
}

/** Fills a struct tm. @param s - null: now @param tm - filled in place @returns 1, or 0 when the time is not valid */
export function ASN1_TIME_to_tm(s: ASN1_TIME | null, tm: Partial<tm>): number {
  const fields = s === null ? fieldsAt(now() * 1000) : timeOf(s, 's').fields
  if (fields === null || millisecondsOf(fields) === null) return 0
  Object.assign(tm, structOf(fields))
  return 1
}

/** The day of the week and of the year are those of the time as it is written, as in OpenSSL, the others those of UTC. */
function structOf(fields: Fields): tm {
  const written = new Date(0)
  written.setUTCFullYear(fields.year, fields.month - 1, fields.day)
  const first = new Date(0)
  first.setUTCFullYear(fields.year, 0, 1)
  const utc = fieldsAt(millisecondsOf(fields) ?? 0)
  return {
    tm_sec: utc.second,
    tm_min: utc.minute,
    tm_hour: utc.hour,
    tm_mday: utc.day,
    tm_mon: utc.month - 1,
    tm_year: utc.year - 1900,
    tm_wday: written.getUTCDay(),
    tm_yday: (written.getTime() - first.getTime()) / (DAY * 1000),
    tm_isdst: 0,
  }
}

/** A time as GeneralizedTime. @param out - its time is set, or takes a new one @returns null when the time is not valid */
export function ASN1_TIME_to_generalizedtime(
  t: ASN1_TIME,
  out: Out<ASN1_GENERALIZEDTIME | null> | null = null,
): ASN1_GENERALIZEDTIME | null {
  const { milliseconds } = timeOf(t)
  const time = out?.value ?? new ASN1_TIME()
  if (milliseconds === null || !time.set(milliseconds, Tag.generalizedTime)) return null
  if (out !== null) out.value = time
  return time
}

/** Brings a time into the form that RFC 5280 wants. @returns 1, or 0 when it is not valid */
export function ASN1_TIME_normalize(t: ASN1_TIME): number {
  const { milliseconds } = timeOf(t)
  return Number(milliseconds !== null && t.set(milliseconds))
}

/**
 * The time between two times.
 * @param from - null: now
 * @param pday, psec - take the days and, beyond them, the seconds
 * @returns 1, or 0 when one is not valid
 */
export function ASN1_TIME_diff(
  pday: Out<number> | null,
  psec: Out<number> | null,
  from: ASN1_TIME | null,
  to: ASN1_TIME | null,
): number {
  const [begin, end] = [from, to].map(time => (time === null ? now() * 1000 : timeOf(time, 'time').milliseconds))
  if (typeof begin !== 'number' || typeof end !== 'number') return 0
  const seconds = (end - begin) / 1000
  if (pday !== null) pday.value = Math.trunc(seconds / DAY)
  if (psec !== null) psec.value = seconds % DAY
  return 1
}

/** Orders two times: -1, 0 or 1; -2 when one is not valid. */
export function ASN1_TIME_compare(a: ASN1_TIME, b: ASN1_TIME): number {
  return compare(timeOf(a, 'a').milliseconds, timeOf(b, 'b').milliseconds)
}

/** Orders a time and seconds since 1970: -1, 0 or 1; -2 when it is not valid. */
export function ASN1_TIME_cmp_time_t(s: ASN1_TIME, t: number): number {
  return compare(timeOf(s, 's').milliseconds, requireInteger(t, 't') * 1000)
}

/** ASN1_TIME_cmp_time_t of a UTCTime. */
export function ASN1_UTCTIME_cmp_time_t(s: ASN1_UTCTIME, t: number): number {
  return timeOf(s, 's').type === Tag.utcTime ? ASN1_TIME_cmp_time_t(s, t) : -2
}

function compare(a: number | null, b: number | null): number {
  return a === null || b === null ? -2 : Math.sign(a - b)
}

/** Writes a time as `Jun  1 12:00:00 2024 GMT` (ASN1_TIME_print(3)). @returns 1, or 0 after writing `Bad time value` */
export function ASN1_TIME_print(bp: BIO, tm: ASN1_TIME): number {
  return ASN1_TIME_print_ex(bp, tm, ASN1_DTFLGS_RFC822)
}

/** ASN1_TIME_print in another form. @param flags - ASN1_DTFLGS_RFC822 or ASN1_DTFLGS_ISO8601 */
export function ASN1_TIME_print_ex(bp: BIO, tm: ASN1_TIME, flags: number): number {
  const { fields } = timeOf(tm, 'tm')
  const iso = (requireInteger(flags, 'flags') & ASN1_DTFLGS_TYPE_MASK) === ASN1_DTFLGS_ISO8601
  const text = fields === null ? null : timeText(fields, iso)
  return Number(BIO_write(bp, Buffer.from(text ?? 'Bad time value', 'latin1')) > 0 && text !== null)
}

/** ASN1_TIME_print of a GeneralizedTime; 0 for the other form. */
export function ASN1_GENERALIZEDTIME_print(bp: BIO, tm: ASN1_GENERALIZEDTIME): number {
  return timeOf(tm, 'tm').type === Tag.generalizedTime ? ASN1_TIME_print(bp, tm) : 0
}

/** ASN1_TIME_print of a UTCTime; 0 for the other form. */
export function ASN1_UTCTIME_print(bp: BIO, tm: ASN1_UTCTIME): number {
  return timeOf(tm, 'tm').type === Tag.utcTime ? ASN1_TIME_print(bp, tm) : 0
}

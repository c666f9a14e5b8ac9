import { Tag } from '../../../pki/der.ts'

/** A time as it is written, and what is to be added to it for UTC. */
export interface Fields {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** The digits after the point; empty without. */
  readonly fraction: string
  /** Seconds; null: `Z`. */
  readonly offset: number | null
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d))?()(Z|[+-]\d{4})$/
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.(\d+))?)?(Z|[+-]\d{4})$/

/** Reads a UTCTime or a GeneralizedTime; null for one that is not valid, and for another type. */
export function fieldsOf(type: number, text: string): Fields | null {
  if (type !== Tag.utcTime && type !== Tag.generalizedTime) return null
  const found = (type === Tag.utcTime ? UTC_TIME : GENERALIZED_TIME).exec(text)
  if (found === null) return null
  const [years = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map(item => Number(item ?? 0))
  const year = type === Tag.generalizedTime ? years : years < 50 ? years + 2000 : years + 1900
  const offset = offsetOf(found[8] ?? 'Z')
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59 || Number.isNaN(offset)) return null
  return { year, month, day, hour, minute, second, fraction: found[7] ?? '', offset }
}

/** A valid time of the form that RFC 5280 section 4.1.2.5 allows: seconds, no fraction, `Z`. */
export function isStrict(type: number, text: string): boolean {
  return (type === Tag.utcTime ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text) && fieldsOf(type, text) !== null
}

/** Milliseconds since 1970, fractions left out; null when the offset leads out of the years 1900 to 9999. */
export function millisecondsOf({ year, month, day, hour, minute, second, offset }: Fields): number | null {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  if (offset === null || offset === 0) return date.getTime()
  date.setTime(date.getTime() + offset * 1000)
  return date.getUTCFullYear() >= 1900 && date.getUTCFullYear() <= 9999 ? date.getTime() : null
}

/** The fields of a time in UTC. */
export function fieldsAt(milliseconds: number): Fields {
  const date = new Date(milliseconds)
  return {
    ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
    ...{ fraction: '', offset: null },
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** `Jun  1 12:00:00 2024 GMT` or, of ISO 8601, `2024-06-01 12:00:00Z`; null when it cannot be brought to UTC. */
export function timeText(fields: Fields, iso = false): string | null {
  const milliseconds = millisecondsOf(fields)
  if (milliseconds === null) return null
  const { year, month, day, hour, minute, second } = fieldsAt(milliseconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  const fraction = fields.fraction === '' ? '' : `.${fields.fraction}`
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${fraction}`
  if (iso) return `${String(year).padStart(4)}-${two(month)}-${two(day)} ${clock}Z`
  return `${MONTHS[month - 1]} ${String(day).padStart(2)} ${clock} ${year} GMT`
}

/** Seconds to add for UTC; null for `Z`, NaN for an offset beyond 12:59. */
function offsetOf(zone: string): number | null {
  if (zone === 'Z') return null
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3))]
  if (hours > 12 || minutes > 59) return Number.NaN
  return (hours * 3600 + minutes * 60) * (zone.startsWith('-') ? 1 : -1)
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

import { escaped, svgElement, svgFile, text } from '../trace/drawing.ts'
import type { Call } from './calls.ts'

/** Calls as a picture: a lane for each room of the house, a row for each call, its line from the caller's lane to its own. */
export function wayFile(title: string, calls: readonly Call[]): string {
  return draw(title, calls, svgFile)
}

/** The same as a part of a page that has the style of the drawings. */
export function wayElement(title: string, calls: readonly Call[]): string {
  return draw(title, calls, svgElement)
}

/** A call that is shown. */
interface Row {
  readonly call: Call
  readonly room: string
  readonly parent: number | null
}

const [LANE, FIRST_LANE, ROW, HEADS] = [28, 24, 21, 84]

function draw(title: string, calls: readonly Call[], finish: typeof svgFile): string {
  const rows = rowsOf(distinct(essential(calls, '')))
  const rooms = ROOMS.filter(room => rows.some(row => row.room === room))
  const lane = (room: string) => FIRST_LANE + rooms.indexOf(room) * LANE
  const top = 44 + HEADS
  const words = FIRST_LANE + rooms.length * LANE + 4
  const height = top + rows.length * ROW + 12
  const parts = rooms.flatMap(room => [
    `<line class="life" x1="${lane(room)}" y1="${top - 12}" x2="${lane(room)}" y2="${height - 10}"/>`,
    `<text class="m" transform="translate(${lane(room) + 3} ${top - 18}) rotate(-52)">${escaped(room)}</text>`,
  ])
  const dots: string[] = []
  for (const [i, { call, room, parent }] of rows.entries()) {
    const y = top + i * ROW
    const from = parent === null ? undefined : rows[parent]
    const kind = room.startsWith('openssl') ? 'plain' : room === 'transport' ? 'control' : 'sealed'
    if (from !== undefined && parent !== null) {
      const x = lane(from.room)
      parts.push(
        `<path class="control" fill="none" stroke-width="1.2" d="M${x} ${top + parent * ROW}V${y - 5}${bend(x, lane(room), y)}"/>`,
      )
    }
    dots.push(
      `<circle class="f-${kind}" cx="${lane(room)}" cy="${y}" r="4"/>`,
      `<text x="${words}" y="${y + 4}"><tspan class="k">${escaped(call.name)}</tspan> <tspan class="m">${escaped(call.file)}</tspan></text>`,
    )
  }
  return finish(title, WIDTH, height, [text(16, 26, title, 't'), ...parts, ...dots].join('\n'))
}

const WIDTH = 600

/** From one lane to another; a call within a room is a loop to the side. */
function bend(from: number, to: number, y: number): string {
  if (from === to) return `V${y}`
  const side = to > from ? 5 : -5
  return `Q${from} ${y} ${from + side} ${y}H${to}`
}

/** Lanes from left to right, as the floors of the house from the top down. */
const ROOMS = [
  'openssl/ssl',
  'openssl/bio',
  'profile',
  'connection',
  'handshake',
  'session',
  'record',
  'pki',
  'crypto',
  'wire',
  'transport',
]

function roomOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'openssl' ? `${first}/${second}` : first
}

/**
 * What a reader wants to see: calls from file to file. Left out are getters, checks of arguments, `base`, who only watches,
 * and what is kept about a BIO.
 */
function essential(calls: readonly Call[], file: string): Call[] {
  return calls.flatMap(call => {
    if (ASIDE.test(call.name) || !ROOMS.includes(roomOf(call.file)) || ASIDE_FILES.test(call.file)) return []
    const below = essential(call.calls, call.file)
    return call.file === file ? below : [{ ...call, calls: below }]
  })
}

const ASIDE = /^(require|is[A-Z]|BIO_ctrl$|BIO_flush$|BIO_\w*flags$|BIO_set_retry|BIO_should|BIO_ADDR_new$|stateOf$)/
const ASIDE_FILES = /watch\.ts$|observer\.ts$|hold\.ts$|^wire\/(reader|writer)/

/** Without what was called by the same caller before, in the same way. */
function distinct(calls: readonly Call[]): Call[] {
  const known = new Set<string>()
  return calls.flatMap(call => {
    const folded = { ...call, calls: distinct(call.calls) }
    const key = JSON.stringify(folded)
    if (known.has(key)) return []
    known.add(key)
    return [folded]
  })
}

function rowsOf(calls: readonly Call[], parent: number | null = null, rows: Row[] = []): Row[] {
  for (const call of calls) {
    const number = rows.push({ call, room: roomOf(call.file), parent }) - 1
    rowsOf(call.calls, number, rows)
  }
  return rows
}

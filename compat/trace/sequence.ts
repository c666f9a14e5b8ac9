import type { Role } from '../demo/events.ts'
import { svgElement, svgFile, text, wrapped } from './drawing.ts'
import type { Item, Note, Passage, Step } from './steps.ts'

export interface Sequence {
  readonly title: string
  readonly steps: readonly Step[]
  /** What stands under "client" and "server". */
  readonly ends?: Readonly<Record<Role, string>>
}

/** A sequence diagram as a file: client left, server right, packets as bands, what they carry as arrows in them. */
export function sequenceFile(sequence: Sequence): string {
  return draw(sequence, svgFile)
}

/** The same as a part of a page that has the style of the drawings. */
export function sequenceElement(sequence: Sequence): string {
  return draw(sequence, svgElement)
}

const [WIDTH, CLIENT, SERVER] = [600, 56, 446]
const MIDDLE = (CLIENT + SERVER) / 2
const [TITLE_LINE, TEXT_LINE, DETAIL_LINE] = [20, 24, 13]
/** Letters that fit between the two lines, in the size of details, and across the picture, in that of titles. */
const [DETAIL_LETTERS, TITLE_LETTERS] = [66, 66]
const MOST_STEPS = 400

function draw({ title, steps, ends }: Sequence, finish: typeof svgFile): string {
  const parts: string[] = []
  const titles = wrapped(title, TITLE_LETTERS)
  for (const [i, line] of titles.entries()) parts.push(text(16, 26 + i * TITLE_LINE, line, 't'))
  const top = 34 + titles.length * TITLE_LINE
  let y = top + (ends === undefined ? 12 : 26)
  const flights = new Flights()
  for (const [i, step] of steps.slice(0, MOST_STEPS).entries()) {
    const before = steps[i - 1]
    if (before !== undefined && sideOf(before) !== sideOf(step)) y += 8
    if (step.kind === 'note') {
      parts.push(note(step, y))
      y += 28
    } else {
      parts.push(...passage(step, y, flights.number(step)))
      y += heightOf(step) + 8
    }
  }
  if (steps.length > MOST_STEPS) {
    y += 16
    parts.push(text(MIDDLE, y, `and ${steps.length - MOST_STEPS} more`, 'c m'))
  }
  const bottom = y + 6
  const lines = ([CLIENT, SERVER] as const).map(
    x => `<line class="life" x1="${x}" y1="${top + (ends === undefined ? 6 : 20)}" x2="${x}" y2="${bottom}"/>`,
  )
  const heads = (['client', 'server'] as const).flatMap(role => head(role, top, ends?.[role]))
  const body = [...lines, ...heads, ...parts, ...legend(steps, bottom + 24)]
  return finish(title, WIDTH, bottom + 40, body.join('\n'))
}

function sideOf(step: Step): Role {
  return step.kind === 'note' ? step.who : step.from
}

function head(role: Role, y: number, end?: string): string[] {
  const x = role === 'client' ? CLIENT : SERVER
  const name = text(x, y, role, 'c w')
  const [place, anchor] = role === 'client' ? [16, 'm'] : [SERVER, 'c m']
  return end === undefined ? [name] : [name, text(place, y + 14, end, anchor)]
}

/** Flights are counted as they turn; a packet that only repeats belongs to none of its own. */
class Flights {
  #count = 0
  #last: Role | null = null

  number({ from, items }: Passage): number | null {
    if (from === this.#last || !items.some(item => item.flight && !item.again)) return null
    this.#last = from
    return ++this.#count
  }
}

function heightOf({ items }: Passage): number {
  return items.reduce((sum, item) => sum + itemHeight(item), 6)
}

function itemHeight({ detail }: Item): number {
  return TEXT_LINE + DETAIL_LINE * wrapped(detail, DETAIL_LETTERS).length
}

function passage(step: Passage, top: number, flight: number | null): string[] {
  const { from, at, length, lost, items } = step
  const band = `<rect class="band" x="${CLIENT + 6}" y="${top}" width="${SERVER - CLIENT - 12}" height="${heightOf(step)}" rx="5"/>`
  const fate = lost ? `${length} bytes, lost` : `${length} ${length === 1 ? 'byte' : 'bytes'}`
  const parts = [band, text(SERVER + 12, top + 15, `${clock(at)}, ${fate}`, 'm')]
  if (flight !== null) {
    parts.push(`<circle class="flight" cx="24" cy="${top + 13}" r="9"/>`, text(24, top + 17, `${flight}`, 'n c'))
  }
  let y = top + 3
  for (const item of items) {
    parts.push(...arrow(item, from, lost, y))
    y += itemHeight(item)
  }
  return parts
}

function clock(at: number): string {
  return `${Number.isInteger(at) || at >= 100 ? at.toFixed(0) : at.toFixed(2)} ms`
}

function arrow({ text: words, detail, kind, again }: Item, from: Role, lost: boolean, y: number): string[] {
  const ahead = from === 'client' ? 1 : -1
  const start = from === 'client' ? CLIENT : SERVER
  const end = lost ? start + ahead * (SERVER - CLIENT) * 0.88 : from === 'client' ? SERVER : CLIENT
  const at = y + 19
  const shaft = `<line class="${kind}" x1="${start}" y1="${at}" x2="${end - ahead * (lost ? 0 : 7)}" y2="${at}" stroke-width="${kind === 'sealed' ? 2.6 : 1.3}"${kind === 'control' || lost ? ' stroke-dasharray="5 3"' : ''}/>`
  const tip = lost
    ? `<path class="${kind}" d="M${end - 5} ${at - 5}l10 10m0 -10l-10 10" stroke-width="2"/>`
    : `<path class="f-${kind}" d="M${end} ${at}l${-ahead * 9} -4.5v9z"/>`
  const details = wrapped(detail, DETAIL_LETTERS).map((line, i) => text(MIDDLE, at + 12 + i * DETAIL_LINE, line, 'c m'))
  return [shaft, tip, text(MIDDLE, y + 14, again ? `${words} (again)` : words, 'c'), ...details]
}

function note({ who, text: words }: Note, y: number): string {
  const width = Math.min(SERVER - CLIENT - 20, 20 + words.length * 5.6)
  const x = who === 'client' ? CLIENT - 8 : SERVER + 8 - width
  return `<rect class="note" x="${x}" y="${y + 2}" width="${width}" height="20" rx="10"/>
${text(x + width / 2, y + 16, words, 'c m')}`
}

/** Only of what there is in the picture. */
function legend(steps: readonly Step[], y: number): string[] {
  const items = steps.flatMap(step => (step.kind === 'passage' ? step.items : []))
  const parts: string[] = []
  let x = 16
  for (const [kind, words] of LEGEND) {
    if (!items.some(item => item.kind === kind)) continue
    const dashes = kind === 'control' ? ' stroke-dasharray="5 3"' : ''
    const width = kind === 'sealed' ? 2.6 : 1.3
    parts.push(
      `<line class="${kind}" x1="${x}" y1="${y - 4}" x2="${x + 26}" y2="${y - 4}" stroke-width="${width}"${dashes}/>`,
      text(x + 32, y, words, 'm'),
    )
    x += 50 + words.length * 5.6
  }
  parts.push(
    `<rect class="band" x="${x}" y="${y - 12}" width="26" height="15" rx="4"/>`,
    text(x + 32, y, 'one packet', 'm'),
  )
  if (items.some(({ flight }) => flight)) {
    x += 110
    parts.push(`<circle class="flight" cx="${x + 8}" cy="${y - 4}" r="8"/>`, text(x + 22, y, 'flight', 'm'))
  }
  return parts
}

const LEGEND = [
  ['plain', 'in the clear'],
  ['sealed', 'encrypted'],
  ['control', 'SCTP’s own'],
] as const

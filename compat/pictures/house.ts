import { edges, folderOf, PROTOCOL, TOP, TRANSPORT } from '../../test/architecture.ts'
import { svgElement, svgFile, text, wrapped } from '../trace/drawing.ts'

export const HOUSE_TITLE = 'The house: folders as rooms, imports down the stairs'

/** The tree of lib as a house, from its import lines. */
export function houseFile(): string {
  return draw(svgFile)
}

/** The same as a part of a page that has the style of the drawings. */
export function houseElement(): string {
  return draw(svgElement)
}

interface Room {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly kind: 'plain' | 'sealed' | 'control' | 'life'
}

const [WIDTH, FLOOR, GAP, LEFT, TOP_EDGE] = [600, 52, 14, 16, 44]
/** Where the protocol's column ends and the transports' begins. */
const [SPLIT, RIGHT] = [384, WIDTH - 16]

/** Rooms of one floor stand side by side. */
const FLOORS: readonly (readonly string[])[] = [
  ['mtls', 'multistream'],
  ['connection'],
  ['handshake'],
  ['record'],
  ['pki', 'session'],
  ['crypto'],
  ['wire'],
]

/** The rooms from the top down. */
const PLACES = [...TOP.toReversed(), ...FLOORS.flat(), ...TRANSPORT.toReversed()]

function draw(finish: typeof svgFile): string {
  const rooms = plan()
  const bottom = Math.max(...rooms.map(({ y, height }) => y + height))
  const parts = [...stairs(rooms), ...rooms.flatMap(room => furnished(room))]
  const legend = 'No other way leads from room to room: a test reads the import lines.'
  const body = [text(16, 26, HOUSE_TITLE, 't'), ...parts, text(16, bottom + 22, legend, 'm')]
  return finish(HOUSE_TITLE, WIDTH, bottom + 36, body.join('\n'))
}

function plan(): Room[] {
  const rooms: Room[] = []
  const full = { x: LEFT, width: RIGHT - LEFT }
  let y = TOP_EDGE
  const floor = (names: readonly string[], from: number, to: number, height: number, kind: Room['kind']) => {
    const width = (to - from - GAP * (names.length - 1)) / names.length
    for (const [i, name] of names.entries()) rooms.push({ name, x: from + i * (width + GAP), y, width, height, kind })
  }
  for (const [name, kind] of [
    ['', 'life'],
    ...TOP.toReversed().map(name => [name, name === 'openssl' ? 'plain' : 'control'] as const),
  ] as const) {
    rooms.push({ ...full, name, y, height: FLOOR, kind })
    y += FLOOR + GAP
  }
  const top = y
  for (const names of FLOORS) {
    floor(names, LEFT, SPLIT, FLOOR, 'sealed')
    y += FLOOR + GAP
  }
  const transports = TRANSPORT.filter(name => name !== 'base').toReversed()
  const height = (y - top - GAP * transports.length) / transports.length
  const bottom = y
  y = top
  for (const name of transports) {
    floor([name], SPLIT + GAP * 2, RIGHT, height, 'control')
    y += height + GAP
  }
  rooms.push({ ...full, name: 'base', y: bottom, height: FLOOR, kind: 'life' })
  const missing = [...PROTOCOL, ...TRANSPORT, ...TOP].filter(name => !rooms.some(room => room.name === name))
  if (missing.length > 0) throw new Error(`no room for ${missing.join(', ')}`)
  return rooms
}

/** The rooms that a room imports from. */
function imports(from: string): Set<string> {
  const targets = edges.filter(({ file }) => folderOf(file) === from).map(({ target }) => folderOf(target))
  return new Set(targets.filter(to => to !== from && to !== ''))
}

function furnished({ name, x, y, width, height, kind }: Room): string[] {
  const title = name === '' ? 'the entry points: index, promises, socket, sctp, engine, ...' : name
  const used = imports(name)
  const words = PLACES.filter(place => used.has(place)).join(', ')
  const lines = wrapped(words === '' ? '' : `imports ${words}`, Math.floor((width - 16) / 5.3))
  return [
    `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    `<path class="${kind}" d="M${x} ${y + 6}v${height - 12}" stroke-width="4"/>`,
    text(x + 12, y + 18, title, 'w'),
    ...lines.map((line, i) => text(x + 12, y + 33 + i * 13, line, 'm')),
  ]
}

/** Between rooms that stand on each other, where one imports the other. */
function stairs(rooms: readonly Room[]): string[] {
  return rooms.flatMap(upper =>
    rooms.flatMap(lower => {
      const distance = lower.y - upper.y - upper.height
      const [from, to] = [Math.max(upper.x, lower.x), Math.min(upper.x + upper.width, lower.x + lower.width)]
      const open = upper.name === '' ? true : imports(upper.name).has(lower.name)
      if (Math.abs(distance - GAP) > 1 || from >= to || !open) return []
      const x = (from + to) / 2
      return [
        `<path class="control" d="M${x} ${lower.y - GAP}V${lower.y - 5}" stroke-width="1.6"/>`,
        `<path class="f-control" d="M${x} ${lower.y}l-4.5 -7h9z"/>`,
      ]
    }),
  )
}

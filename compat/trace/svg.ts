import type { Arrow } from './arrow.ts'

const [LEFT, RIGHT, WIDTH, TOP, STEP] = [150, 530, 760, 80, 30]

/** A sequence diagram, client left, server right: flights numbered at the margin, encrypted records in another colour. */
export function svg(title: string, arrows: readonly Arrow[]): string {
  const parts: string[] = []
  let [y, flight] = [TOP, 0]
  for (const [i, arrow] of arrows.entries()) {
    const turns = arrow.from !== arrows[i - 1]?.from
    if (turns && i > 0) y += STEP / 2
    y += STEP
    // An alert and data belong to no flight.
    if (turns && !/^(Alert|Application)/.test(arrow.name)) parts.push(text(16, y, `flight ${++flight}`, 'm'))
    parts.push(line(arrow, y))
    parts.push(text(RIGHT + 16, y, `${arrow.at.toFixed(0)} ms, ${arrow.length} bytes`, 'm'))
  }
  const height = y + 50
  const lifelines = [LEFT, RIGHT].map(
    x => `<line x1="${x}" y1="${TOP - 10}" x2="${x}" y2="${height - 20}" stroke="#bbb"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#222}.t{font-size:17px;font-weight:600}.m{font-size:11px;fill:#777}.c{text-anchor:middle}.w{font-weight:600}</style>
<defs>
${marker('plain', PLAIN)}
${marker('sealed', SEALED)}
</defs>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${text(16, 28, title, 't')}
${text(LEFT, TOP - 18, 'client', 'c w')}
${text(RIGHT, TOP - 18, 'server', 'c w')}
${lifelines.join('\n')}
${parts.join('\n')}
</svg>
`
}

const [PLAIN, SEALED] = ['#1f6fb2', '#a3501c']

function marker(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="${colour}"/></marker>`
}

function line({ from, name, epoch }: Arrow, y: number): string {
  const [x1, x2] = from === 'client' ? [LEFT, RIGHT] : [RIGHT, LEFT]
  const [id, colour] = epoch > 0 ? ['sealed', SEALED] : ['plain', PLAIN]
  const stroke = `stroke="${colour}" stroke-width="${epoch > 0 ? 2.5 : 1.5}" marker-end="url(#${id})"`
  const label = epoch > 0 ? `${name}, epoch ${epoch}` : name
  return `<line x1="${x1}" y1="${y}" x2="${x2}" y2="${y}" ${stroke}/>\n${text((LEFT + RIGHT) / 2, y - 6, label, 'c')}`
}

function text(x: number, y: number, words: string, kind: string): string {
  return `<text x="${x}" y="${y}" class="${kind}">${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

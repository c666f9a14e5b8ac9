import type { Cell } from './cell.ts'
import { byName } from './expected.ts'
import type { Matrix } from './matrix.ts'
import type { Transcript } from './meeting.ts'
import { columns, groups, type Row } from './table.ts'

/** `compat/matrix.html`: one file with everything in it; a cell leads to its command lines and what came back. */
export function html(matrix: Matrix): string {
  const heads = columns(matrix)
  const numbers = new Map(matrix.cells.map((cell, i) => [cell, `c${i}`]))
  const counts = [...byName(matrix.cells.map(cell => cell.outcome))].map(([name, count]) => `${count} ${name}`)
  const tables = groups(matrix).map(({ name, rows }) => {
    const head = heads.map(({ peer, role }) => `<th>${escaped(peer)}<br>${role}</th>`).join('')
    const body = rows.map(row => tableRow(row, numbers)).join('\n')
    return `<h2>${escaped(name)}</h2>\n<table>\n<tr><th></th><th></th>${head}</tr>\n${body}\n</table>`
  })
  const peers = matrix.peers.map(({ title, version, unavailable, install }) => {
    return `<li>${escaped(title)}: ${escaped(unavailable === null ? version : `not run here, ${unavailable}`)} (${escaped(install)})</li>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>openssl-shim: what works with whom</title>
<style>${STYLE}</style>
<h1>What works with whom</h1>
<p>${escaped(counts.join(', '))}. A column names the peer and what it was; we were the other side. A cell leads to what was run.</p>
<ul>
${peers.join('\n')}
</ul>
${tables.join('\n')}
<h1>What was run</h1>
${matrix.cells.map(cell => details(cell, numbers.get(cell) ?? '')).join('\n')}
<script>${SCRIPT}</script>
</html>
`
}

function tableRow({ feature, cells }: Row, numbers: ReadonlyMap<Cell, string>): string {
  const squares = cells.map(cell => {
    if (cell === null) return '<td></td>'
    const kind = cell.outcome.replaceAll(' ', '-')
    return `<td class="${kind}"><a href="#${numbers.get(cell) ?? ''}" title="${escaped(cell.reason)}">${cell.outcome}</a></td>`
  })
  return `<tr><th>${escaped(feature.name)}</th><th>${feature.version}</th>${squares.join('')}</tr>`
}

function details({ peer, role, feature, outcome, reason, runs }: Cell, id: string): string {
  const summary = `${peer} as ${role}, ${feature.version}, ${feature.name}: ${outcome}${reason === '' ? '' : `: ${reason}`}`
  return `<details id="${id}"><summary>${escaped(summary)}</summary>${runs.map(transcript).join('')}</details>`
}

function transcript({ title, client, server }: Transcript): string {
  const side = (name: string, { command, output }: Transcript['client']) =>
    `<pre><b>${name}</b> $ ${escaped(command)}\n${escaped(output)}</pre>`
  return `<h3>${escaped(title)}</h3>${side('server', server)}${side('client', client)}`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

const STYLE = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #222 }
table { border-collapse: collapse } th { text-align: left; font-weight: normal; padding: 2px 10px 2px 0 }
td { border: 1px solid #fff } td a { display: block; padding: 2px 8px; color: inherit; text-decoration: none }
.works { background: #bfe3c0 } .fails { background: #f0a8a0 } .peer-lacks-it { background: #e6e6e6 }
.not-run-here { background: #f5e6b8 } pre { background: #f4f4f4; padding: 8px; white-space: pre-wrap }`

/** A cell that is followed opens what it leads to. */
const SCRIPT = `
const show = () => { const found = document.getElementById(location.hash.slice(1)); if (found) { found.open = true; found.scrollIntoView() } }
addEventListener('hashchange', show); show()`

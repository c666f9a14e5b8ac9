import { type Cell, cellId, OUTCOMES, type Outcome } from './cell.ts'
import { byName } from './expected.ts'
import { SCRIPT } from './html-script.ts'
import { STYLE } from './html-style.ts'
import type { Matrix, PeerLine } from './matrix.ts'
import { type Column, columns, type Group, groups, type Row } from './table.ts'

/** `compat/matrix.html`: one file with everything in it; a cell leads to its command lines and what came back. */
export function html(matrix: Matrix): string {
  const counts = byName(matrix.cells.map(cell => cell.outcome))
  const heads = columns(matrix)
  const shown = groups(matrix)
  const versions = [...new Set(matrix.cells.map(({ feature }) => feature.version))]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>openssl-shim: what works with whom</title>
<style>${STYLE}</style>
<header>
<h1>What works with whom</h1>
<p>Every feature with every peer. A column names the peer and what it was, client or server; we were the other side.
A cell leads to the command lines and what came back.</p>
<form>
<div class="chips">${OUTCOMES.map(outcome => chip(outcome, counts.get(outcome) ?? 0)).join('')}</div>
<label>Peer <select name="peer"><option value="">all</option>${[...new Set(heads.map(({ peer }) => peer))].map(option).join('')}</select></label>
<label>Version <select name="version"><option value="">all</option>${versions.map(option).join('')}</select></label>
<label>Feature <input name="feature" type="search" placeholder="part of its name"></label>
<output></output>
</form>
</header>
<main>
${overview(matrix)}
${shown.map(group => table(group, heads)).join('\n')}
</main>
<dialog><form method="dialog"><button aria-label="Close">✕</button></form><article></article></dialog>
<script type="application/json" id="cells">${json(matrix.cells)}</script>
<script>${SCRIPT}</script>
</html>
`
}

const SIGNS: Readonly<Record<Outcome, string>> = {
  works: '✓',
  fails: '✗',
  'fails with libssl too': '≁',
  'peer lacks it': '–',
  'not run here': '?',
}
const MEANINGS: Readonly<Record<Outcome, string>> = {
  works: 'both sides came to their end, and what they said of it agrees',
  fails: 'with the reason, and what happens with libssl in our place',
  'fails with libssl too': 'the peer fails the same way with libssl in our place: the proof is in the cell',
  'peer lacks it': 'it says so, or cannot do it with itself or with libssl either',
  'not run here': 'with the reason',
}

function chip(outcome: Outcome, count: number): string {
  return `<label class="chip ${kind(outcome)}" title="${MEANINGS[outcome]}"><input type="checkbox" name="outcome" value="${outcome}" checked><b>${SIGNS[outcome]}</b> ${outcome} <i>${count}</i></label>`
}

function option(value: string): string {
  return `<option>${escaped(value)}</option>`
}

/** Who was asked, and how much of it worked. */
function overview({ peers, cells }: Matrix): string {
  const rows = peers.map(peer => {
    const bars = (['client', 'server'] as const).map(role => {
      const own = cells.filter(cell => cell.peer === peer.name && cell.role === role)
      return `<td>${own.length === 0 ? '' : bar(own)}</td>`
    })
    return `<tr data-peer="${escaped(peer.name)}"><th scope="row">${escaped(peer.name)}</th><td>${escaped(peer.title)}, ${escaped(stateOf(peer))}</td>${bars.join('')}</tr>`
  })
  return `<section><h2>Peers</h2><div class="scroll"><table class="peers"><thead><tr><th></th><th></th><th scope="col">as client</th><th scope="col">as server</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></section>`
}

function stateOf({ unavailable, version }: PeerLine): string {
  return unavailable === null ? version : `not run here: ${unavailable}`
}

function bar(cells: readonly Cell[]): string {
  const counts = byName(cells.map(cell => cell.outcome))
  const parts = OUTCOMES.filter(outcome => counts.has(outcome))
  const spans = parts.map(outcome => `<span class="${kind(outcome)}" style="flex:${counts.get(outcome) ?? 0}"></span>`)
  const words = parts.map(outcome => `${counts.get(outcome) ?? 0} ${outcome}`).join(', ')
  return `<div class="bar" role="img" aria-label="${words}" title="${words}">${spans.join('')}</div><small>${counts.get('works') ?? 0} of ${cells.length}</small>`
}

function table({ name, rows }: Group, heads: readonly Column[]): string {
  const used = heads.map((_, at) => rows.some(row => row.cells[at] !== null))
  const kept = heads.filter((_, at) => used[at])
  const names = [...new Set(kept.map(({ peer }) => peer))]
  const first = names.map(peer => {
    const span = kept.filter(head => head.peer === peer).length
    return `<th scope="colgroup" colspan="${span}" data-peer="${escaped(peer)}">${escaped(peer)}</th>`
  })
  const second = kept.map(({ peer, role }) => `<th scope="col" data-peer="${escaped(peer)}">${role}</th>`)
  return `<section><h2>${escaped(name)}</h2><div class="scroll"><table>
<thead><tr><th></th><th></th>${first.join('')}</tr><tr><th></th><th></th>${second.join('')}</tr></thead>
<tbody>${rows.map(row => tableRow(row, heads, used)).join('\n')}</tbody></table></div></section>`
}

function tableRow({ feature, cells }: Row, heads: readonly Column[], used: readonly boolean[]): string {
  const squares = cells.flatMap((cell, at) => {
    const peer = escaped(heads[at]?.peer ?? '')
    if (!used[at]) return []
    return cell === null ? [`<td data-peer="${peer}"></td>`] : [square(cell, peer)]
  })
  return `<tr data-version="${feature.version}"><th scope="row">${escaped(feature.name)}</th><th class="version">${feature.version}</th>${squares.join('')}</tr>`
}

function square(cell: Cell, peer: string): string {
  const { outcome, reason } = cell
  const words = escaped(reason === '' ? outcome : `${outcome}: ${reason}`)
  return `<td class="${kind(outcome)}" data-peer="${peer}"><a href="#${slug(cell)}" title="${words}" aria-label="${words}">${SIGNS[outcome]}</a></td>`
}

function kind(outcome: Outcome): string {
  return outcome.replaceAll(' ', '-')
}

/** By which a cell is linked to: the same from run to run. */
function slug(cell: Cell): string {
  return cellId(cell).replace(/[^\w.]+/g, '-')
}

/** For a script element, in which a less-than sign might end it. */
function json(cells: readonly Cell[]): string {
  const told = cells.map(cell => [slug(cell), { id: cellId(cell), ...pick(cell) }])
  return JSON.stringify(Object.fromEntries(told)).replaceAll('<', '\\u003c')
}

function pick({ outcome, reason, runs }: Cell): Pick<Cell, 'outcome' | 'reason' | 'runs'> {
  return { outcome, reason, runs }
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

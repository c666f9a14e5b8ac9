import { gzipSync } from 'node:zlib'
import { escaped } from '../trace/drawing.ts'
import { type Cell, cellId, OUTCOMES, type Outcome } from './cell.ts'
import { SCRIPT } from './html-script.ts'
import { STYLE } from './html-style.ts'
import type { Matrix, PeerLine } from './matrix.ts'
import { type Column, type Counts, columns, count, type Group, groups, type Row, summary } from './table.ts'

/** `compat/matrix.html`: one file with everything in it; a cell leads to its command lines and what came back. */
export function html(matrix: Matrix): string {
  const counts = count(matrix.cells)
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
<p>Every feature with every peer, as client and as server; we were the other side. Each group below opens, and each of
its cells leads to the command lines and what came back.</p>
<form>
<div class="chips">${OUTCOMES.map(outcome => chip(outcome, counts[outcome])).join('')}</div>
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
<script type="application/gzip" id="cells">${packed(matrix.cells)}</script>
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

/** Who was asked, and what came of it, group by group. */
function overview(matrix: Matrix): string {
  const { groups: names, rows } = summary(matrix)
  const lines = rows.map(({ peer, counts }) => {
    const squares = counts.map(own => (own === null ? '<td></td>' : `<td>${bar(own)}</td>`))
    const title = `<th scope="row" title="${escaped(peer.install)}"><b>${escaped(peer.name)}</b> <small>${escaped(stateOf(peer))}</small></th>`
    return `<tr data-peer="${escaped(peer.name)}">${title}${squares.join('')}</tr>`
  })
  return `<section class="overview"><div class="scroll"><table class="peers"><thead><tr><th></th>${names.map(name => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>${lines.join('\n')}</tbody></table></div></section>`
}

function stateOf({ unavailable, version }: PeerLine): string {
  return unavailable === null ? version.replace(/ \d+ \w+ \d{4}$/, '') : `not run here: ${unavailable}`
}

/** How many work, of those that the peer has; what it lacks is a part of the bar alone. */
function bar(counts: Counts): string {
  const parts = OUTCOMES.filter(outcome => counts[outcome] > 0)
  const spans = parts.map(outcome => `<span class="${kind(outcome)}" style="flex:${counts[outcome]}"></span>`)
  const words = parts.map(outcome => `${counts[outcome]} ${outcome}`).join(', ')
  const bad = counts.fails + counts['fails with libssl too'] + counts['not run here']
  const told =
    counts.works + bad === 0 ? '–' : bad === 0 ? `${counts.works}` : `${counts.works} of ${counts.works + bad}`
  return `<small>${told}</small><div class="bar" role="img" aria-label="${words}" title="${words}">${spans.join('')}</div>`
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
  const {
    works,
    fails,
    'fails with libssl too': likewise,
  } = count(rows.flatMap(row => row.cells.flatMap(cell => cell ?? [])))
  const bad = fails + likewise === 0 ? '' : `, ${fails + likewise} fail`
  return `<section><details><summary><h2>${escaped(name)}</h2> <small>${works} work${bad}</small></summary><div class="scroll"><table>
<thead><tr><th></th><th></th>${first.join('')}</tr><tr><th></th><th></th>${second.join('')}</tr></thead>
<tbody>${rows.map(row => tableRow(row, heads, used)).join('\n')}</tbody></table></div></details></section>`
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
  const title = reason === '' ? '' : ` title="${escaped(reason)}"`
  return `<td class="${kind(outcome)}" data-peer="${peer}"><a href="#${slug(cell)}"${title} aria-label="${outcome}">${SIGNS[outcome]}</a></td>`
}

function kind(outcome: Outcome): string {
  return outcome.replaceAll(' ', '-')
}

/** By which a cell is linked to: the same from run to run. */
function slug(cell: Cell): string {
  return cellId(cell).replace(/[^\w.]+/g, '-')
}

/** What all cells lead to, as JSON: packed, for it says much the same thousands of times. */
function packed(cells: readonly Cell[]): string {
  const told = cells.map(cell => [slug(cell), { id: cellId(cell), ...pick(cell) }])
  return gzipSync(JSON.stringify(Object.fromEntries(told)), { level: 9 }).toString('base64')
}

function pick({ outcome, reason, runs }: Cell): Pick<Cell, 'outcome' | 'reason' | 'runs'> {
  return { outcome, reason, runs }
}

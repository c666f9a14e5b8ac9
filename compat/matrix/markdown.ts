import type { Outcome } from './cell.ts'
import { byName } from './expected.ts'
import type { Matrix } from './matrix.ts'
import { columns, groups } from './table.ts'

const SIGNS = {
  works: 'works',
  fails: '**fails**',
  'fails with libssl too': 'fails¹',
  'peer lacks it': '–',
  'not run here': 'not run',
} as const

/** `compat/matrix.md`. */
export function markdown(matrix: Matrix): string {
  const heads = columns(matrix)
  const counts = byName(matrix.cells.map(cell => cell.outcome))
  const lines = [
    '# What works with whom',
    '',
    'Written by `npm run compat`; nothing here was typed by hand. The command lines and what came back for every cell are',
    'in [matrix.html](matrix.html). A column names the peer and what it was; we were the other side.',
    '',
    `**works** ${counts.get('works') ?? 0}, **fails** ${counts.get('fails') ?? 0}; – ${counts.get('peer lacks it') ?? 0}: the`,
    `peer lacks it, it cannot do it with itself either; not run here ${counts.get('not run here') ?? 0}, with the reason below.`,
    '',
    '| peer | version | how it comes here |',
    '| --- | --- | --- |',
    ...matrix.peers.map(({ name, title, version, unavailable, install }) => {
      return `| ${name}: ${title} | ${version === '' ? `not run here: ${unavailable ?? ''}` : version} | ${install} |`
    }),
  ]
  for (const group of groups(matrix)) {
    const used = heads.map((_, at) => group.rows.some(row => row.cells[at] !== null))
    const kept = <T>(list: readonly T[]) => list.filter((_, at) => used[at])
    lines.push('', `## ${group.name}`, '')
    lines.push(`| | | ${kept(heads.map(({ peer, role }) => `${peer} ${role}`)).join(' | ')} |`)
    lines.push(`| --- | --- |${kept(heads.map(() => ' --- |')).join('')}`)
    for (const { feature, cells } of group.rows)
      lines.push(
        `| ${feature.name} | ${feature.version} | ${kept(cells.map(cell => sign(cell?.outcome))).join(' | ')} |`,
      )
  }
  const failing = matrix.cells.filter(cell => cell.outcome === 'fails')
  if (failing.length > 0) lines.push('', '## What fails, and why', '')
  for (const { peer, role, feature, reason } of failing)
    lines.push(`- ${peer} as ${role}, ${feature.version}, ${feature.name}: ${reason}`)
  return `${lines.join('\n')}\n`
}

function sign(outcome: Outcome | undefined): string {
  return outcome === undefined ? '' : SIGNS[outcome]
}

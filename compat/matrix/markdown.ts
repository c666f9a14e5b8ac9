import type { Outcome } from './cell.ts'
import type { Matrix, PeerLine } from './matrix.ts'
import { type Counts, columns, count, type Group, groups, summary } from './table.ts'

/** `compat/matrix.md`: who was asked and what came of it on the first screen, every row folded below. */
export function markdown(matrix: Matrix): string {
  const counts = count(matrix.cells)
  const { groups: names, rows } = summary(matrix)
  const lines = [
    '# What works with whom',
    '',
    `Written by \`npm run compat\`; nothing here was typed by hand. ${matrix.cells.length} runs with ${matrix.peers.length} peers, each peer as client and as`,
    'server where it can be both; the command lines and what came back for every one are in [matrix.html](matrix.html).',
    '',
    ...legend(counts),
    '',
    `| | ${names.join(' | ')} |`,
    `| --- |${names.map(() => ' --- |').join('')}`,
    ...rows.map(({ peer, counts: own }) => `| **${peer.name}** ${versionOf(peer)} | ${own.map(brief).join(' | ')} |`),
    '',
    '| peer | what it is | how it comes here |',
    '| --- | --- | --- |',
    ...matrix.peers.map(peer => `| ${peer.name} | ${peer.title}, ${versionOf(peer)} | ${peer.install} |`),
    ...whatFails(matrix, 'fails', 'What fails, and why'),
    ...whatFails(matrix, 'fails with libssl too', 'What fails with libssl in our place too'),
    '',
    '## Row by row',
    '',
    'A column names the peer and what it was; we were the other side.',
    ...groups(matrix).flatMap(group => table(group, matrix)),
  ]
  return `${lines.join('\n')}\n`
}

const SIGNS: Readonly<Record<Outcome, string>> = {
  works: '✓',
  fails: '**fails**',
  'fails with libssl too': 'fails¹',
  'peer lacks it': '–',
  'not run here': '?',
}

function legend(counts: Counts): string[] {
  const meanings: Readonly<Record<Outcome, string>> = {
    works: 'both sides came to their end, and what they said of it agrees',
    fails: 'with us, and not with libssl in our place',
    'fails with libssl too': 'the peer fails likewise with libssl in our place: both transcripts are in the cell',
    'peer lacks it': 'it says so, or cannot do it with itself, or, who has but one role, with libssl',
    'not run here': 'the reason stands with the peer',
  }
  const outcomes = Object.keys(meanings).filter((name): name is Outcome => name in counts)
  return [
    '| | | runs | |',
    '| --- | --- | ---: | --- |',
    ...outcomes.map(name => `| ${SIGNS[name]} | ${name} | ${counts[name]} | ${meanings[name]} |`),
  ]
}

function versionOf({ unavailable, version }: PeerLine): string {
  return unavailable === null ? version : `not run here: ${unavailable}`
}

/** What works, of all that the peer has; an empty square is none of its business. */
function brief(counts: Counts | null): string {
  if (counts === null) return ''
  const { works, fails, 'fails with libssl too': likewise, 'not run here': idle } = counts
  if (works + fails + likewise + idle === 0) return SIGNS['peer lacks it']
  const rest = [
    ...(fails === 0 ? [] : [`**${fails} fail**`]),
    ...(likewise === 0 ? [] : [`${likewise} fail¹`]),
    ...(idle === 0 ? [] : [`${idle} not run`]),
  ]
  return [...(works === 0 ? [] : [`✓ ${works}`]), ...rest].join(', ')
}

function whatFails({ cells }: Matrix, outcome: Outcome, title: string): string[] {
  const failing = cells.filter(cell => cell.outcome === outcome)
  if (failing.length === 0) return []
  return [
    ...['', `## ${title}`, ''],
    ...failing.map(
      ({ peer, role, feature, reason }) => `- ${peer} as ${role}, ${feature.version}, ${feature.name}: ${reason}`,
    ),
  ]
}

function table({ name, rows }: Group, matrix: Matrix): string[] {
  const heads = columns(matrix)
  const used = heads.map((_, at) => rows.some(row => row.cells[at] !== null))
  const kept = <T>(list: readonly T[]) => list.filter((_, at) => used[at])
  const { works } = count(rows.flatMap(row => row.cells.flatMap(cell => cell ?? [])))
  return [
    ...['', `<details><summary>${name}: ${works} work</summary>`, ''],
    `| | | ${kept(heads.map(({ peer, role }) => `${peer} ${role}`)).join(' | ')} |`,
    `| --- | --- |${kept(heads.map(() => ' --- |')).join('')}`,
    ...rows.map(({ feature, cells }) => {
      const signs = cells.map(cell => (cell === null ? '' : SIGNS[cell.outcome]))
      return `| ${feature.name} | ${feature.version} | ${kept(signs).join(' | ')} |`
    }),
    ...['', '</details>'],
  ]
}

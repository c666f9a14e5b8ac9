import type { Kind, Tier } from './facts.ts'
import { isCallable, type Row, type Status } from './rows.ts'

const TIERS: Readonly<Record<Tier, string>> = {
  A: 'used by DTLS programs, or needed to write one',
  B: 'of use to TLS and DTLS programs in general',
  C: 'rare: QUIC, CT, SRP, DANE, early data, names gone since 1.1.0',
  N: 'without a meaning in JavaScript: engines, user interfaces, locks',
}

const STATUSES: readonly Status[] = ['works', 'harmless', 'refused', 'absent']

const SECTIONS: readonly (readonly [title: string, kinds: readonly Kind[]])[] = [
  ['Functions', ['function']],
  ['Macros', ['macro-function']],
  ['Types', ['type', 'callback']],
  ['Constants', ['constant']],
]

const MACHINE_MADE = '<!-- Written by `npm run symbols`. -->'

/** The pages of compat/symbols, by file name: one a header, and README.md before them. */
export function pages(rows: readonly Row[]): ReadonlyMap<string, string> {
  const headers = [...new Set(rows.map(row => row.header))].sort()
  const made = headers.map(
    header =>
      [
        pageName(header),
        page(
          header,
          rows.filter(row => row.header === header),
        ),
      ] as const,
  )
  return new Map([['README.md', overview(headers, rows)], ...made])
}

/** How many names of each tier have which status: the block of the project's README. */
export function summary(rows: readonly Row[]): string {
  const tiers = Object.entries(TIERS).map(([tier, meaning]) => {
    const those = rows.filter(row => row.tier === tier)
    return [`${tier}: ${meaning}`, ...STATUSES.map(status => count(those, status)), String(those.length)]
  })
  const all = ['all', ...STATUSES.map(status => count(rows, status)), String(rows.length)]
  return table(['tier', ...STATUSES, 'names'], [...tiers, all])
}

function overview(headers: readonly string[], rows: readonly Row[]): string {
  const untested = rows.filter(row => isCallable(row) && row.file !== null && row.test === null)
  const byHeader = headers.map(header => {
    const those = rows.filter(row => row.header === header)
    const tiers = (['A', 'B', 'C', 'N'] as const).map(tier => present(those.filter(row => row.tier === tier)))
    return [`[${header}](${pageName(header)})`, ...tiers, present(those)]
  })
  return `${MACHINE_MADE}

# Every public name of OpenSSL, and what it is here

One page a header lists the names of libssl, of BIO and ERR, and of the slices of libcrypto that such programs use:
functions, macros, types and constants of 1.0.2 to 3.4, ${rows.length} in all.
[symbols.tsv](symbols.tsv) holds the facts of OpenSSL: header, value, prototype, the release that brought, deprecated or
removed a name, how many of twenty known programs use it. All else is read from this project's sources:

- **works**: exported, and behaves as in OpenSSL 3.0 but for what [differences.md](../differences.md) tells.
- **harmless**: exported for ported code, gives OpenSSL's result; it has no effect because none is needed
  (\`@harmless reason\` in its doc comment).
- **refused**: exported, fails as OpenSSL fails where a feature is missing, and queues the reason
  (\`@refused reason\` in its doc comment).
- **absent**: not exported, with the reason where it is a decision.

A test is a file whose code uses the name. The values of all constants are compared with this list and, where they are
installed, with OpenSSL's headers, by [constants.test.ts](../../test/openssl/constants/constants.test.ts).

## By tier

${summary(rows)}

${untested.length} functions and macros are exported and used by no test.

## By header

Exported / all, by tier.

${table(['header', 'A', 'B', 'C', 'N', 'all'], byHeader)}
`
}

function page(header: string, rows: readonly Row[]): string {
  const sections = SECTIONS.flatMap(([title, kinds]) => {
    const those = rows.filter(row => kinds.includes(row.kind))
    return those.length === 0 ? [] : [`## ${title}\n\n${section(those, kinds)}\n`]
  })
  return `${MACHINE_MADE}\n\n# <openssl/${header}>\n\n[All headers](README.md)\n\n${sections.join('\n')}`
}

function section(rows: readonly Row[], kinds: readonly Kind[]): string {
  if (kinds.includes('constant'))
    return table(
      ['name', 'value', 'tier', 'status', 'releases'],
      rows.map(row => [`\`${row.name}\``, code(row.value), row.tier, status(row), releases(row)]),
    )
  if (kinds.includes('type'))
    return table(
      ['name', 'tier', 'status', 'where', 'releases'],
      rows.map(row => [`\`${row.name}\``, row.tier, status(row), link(row.file), releases(row)]),
    )
  return table(
    ['name', 'tier', 'status', 'where', 'test', 'releases'],
    rows.map(row => [`\`${row.name}\``, row.tier, status(row), link(row.file), link(row.test), releases(row)]),
  )
}

function status(row: Row): string {
  return row.reason === '' ? row.status : `${row.status}: ${row.reason.replaceAll('|', '\\|')}`
}

/** What is not said is so in all of 1.0.2 to 3.0. */
function releases({ since, removed, deprecated }: Row): string {
  const notes = [
    since === '<=1.0.2' ? '' : `since ${since}`,
    deprecated === '' ? '' : `deprecated ${deprecated}`,
    removed === '' ? '' : `gone in ${removed}`,
  ]
  return notes.filter(note => note !== '').join(', ')
}

function link(file: string | null): string {
  if (file === null) return ''
  const short = file.replace(/^(?:lib|test)\/(?:openssl\/)?/, '')
  return `[${short}](../../${file})`
}

function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``
}

function present(rows: readonly Row[]): string {
  return rows.length === 0 ? '' : `${rows.filter(row => row.status !== 'absent').length} / ${rows.length}`
}

function count(rows: readonly Row[], status: Status): string {
  return String(rows.filter(row => row.status === status).length)
}

function pageName(header: string): string {
  return header.replace(/\.h$/, '.md')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

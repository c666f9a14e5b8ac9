import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Definition, exportedDefinitions } from '../symbols/definitions.ts'
import { readFacts } from '../symbols/facts.ts'
import { FACTS } from '../symbols/rows.ts'

/** What each entry point exports, with the doc comments of the code. */
const ENTRIES = {
  'openssl-shim': 'lib/index.ts',
  'openssl-shim/promises': 'lib/promises.ts',
  'openssl-shim/socket': 'lib/socket.ts',
  'openssl-shim/socket/promises': 'lib/socket-promises.ts',
  'openssl-shim/sctp': 'lib/sctp.ts',
  'openssl-shim/mtls': 'lib/mtls.ts',
  'openssl-shim/multistream': 'lib/multistream.ts',
  'openssl-shim/multistream/promises': 'lib/multistream-promises.ts',
  'openssl-shim/engine': 'lib/engine.ts',
  'openssl-shim/sim': 'lib/sim.ts',
} as const

/** A page of the reference: the names of one header of OpenSSL's, or of one entry point. */
export interface Page {
  readonly file: string
  readonly title: string
  readonly names: readonly Name[]
}

export interface Name {
  readonly name: string
  readonly signature: string
  readonly comment: string
}

/**
 * The pages: one for each of OpenSSL's headers, one with what goes beyond them, and one for each other entry point. Every
 * exported name is on the page of its own header and, when another entry point has a form of its own of it, there too.
 */
export function referencePages(root: string): readonly Page[] {
  const main = exportedDefinitions(root, ENTRIES['openssl-shim'])
  const headers = new Map(
    readFacts(readFileSync(join(root, FACTS), 'utf8')).map(({ name, header }) => [name, header] as const),
  )
  const pages = [...groupBy(main, headers)].map(([header, names]) => page(header, `<openssl/${header}>`, names))
  const others = Object.entries(ENTRIES)
    .slice(1)
    .map(([entry, module]) => {
      const own = [...exportedDefinitions(root, module)].filter(([name, { file, text }]) => {
        const there = main.get(name)
        return there === undefined || there.file !== file || there.text !== text
      })
      return page(entry.replaceAll('/', '-'), entry, own)
    })
  return [...pages.toSorted((a, b) => (a.file < b.file ? -1 : 1)), ...others]
}

type Entry = readonly [name: string, definition: Definition]

function groupBy(main: ReadonlyMap<string, Definition>, headers: ReadonlyMap<string, string>): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>()
  for (const entry of main) {
    const header = headers.get(entry[0]) ?? BEYOND
    const list = found.get(header)
    if (list === undefined) found.set(header, [entry])
    else list.push(entry)
  }
  return found
}

/** Names that no header of the list has. */
const BEYOND = 'beyond'

function page(key: string, title: string, entries: readonly Entry[]): Page {
  const names = entries
    .map(([name, { text, comment }]) => ({ name, signature: signature(text), comment }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { file: `${key.replace('.h', '')}.html`, title: key === BEYOND ? 'Beyond the headers' : title, names }
}

/** A declaration without its body. */
function signature(text: string): string {
  const bare = text.replace(/^export /, '')
  if (/^(?:declare )?(?:async )?function/.test(bare)) return bare.replace(/ \{\n[\s\S]*$/, '')
  if (/^(?:abstract )?class/.test(bare)) return bare.split('{')[0]?.trim() ?? bare
  if (/^(?:interface|type)/.test(bare)) return bare
  return bare.split('\n')[0]?.replace(/(?: = \{| =>.*)$/, '') ?? bare
}

/** The page as HTML. */
export function pageHtml({ title, names }: Page): string {
  const items = names.map(({ name, signature: declared, comment }) => {
    const words = comment === '' ? '' : `<p>${paragraphs(comment)}</p>`
    return `<section id="${name}"><h2><a href="#${name}">${name}</a></h2><pre>${escaped(declared)}</pre>${words}</section>`
  })
  return document(title, `<p><a href="index.html">All pages</a></p>\n${items.join('\n')}`)
}

/** The first page: the others, and how many names each has. */
export function indexHtml(pages: readonly Page[]): string {
  const rows = pages.map(
    ({ file, title, names }) => `<tr><td><a href="${file}">${escaped(title)}</a></td><td>${names.length}</td></tr>`,
  )
  return document('openssl-shim: reference', `<table>\n${rows.join('\n')}\n</table>`)
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}h2{font-size:1em;margin-bottom:0}
a{color:#1f6fb2;text-decoration:none}pre{background:#f4f4f4;padding:8px;white-space:pre-wrap;margin:4px 0}td{padding-right:2em}</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`
}

function paragraphs(comment: string): string {
  return escaped(comment)
    .replace(/\n(?=@)/g, '<br>')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/@(\w+)/g, '<b>$1</b>')
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
}

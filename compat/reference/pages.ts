import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Definition, exportedDefinitions } from '../symbols/definitions.ts'
import { type Fact, readFacts } from '../symbols/facts.ts'
import { FACTS } from '../symbols/rows.ts'

/** A page of the reference: the names of one header of OpenSSL's, or of one entry point. */
export interface Page {
  readonly file: string
  readonly title: string
  readonly names: readonly Name[]
}

export interface Name {
  readonly name: string
  readonly kind: 'function' | 'type' | 'constant'
  /** The declaration in TypeScript, without its body. */
  readonly signature: string
  readonly comment: string
  /** From the root of the project. */
  readonly source: string
  /** What OpenSSL's headers say of the name. */
  readonly fact: Fact | null
  /** The page of OpenSSL's manual that describes it, in section 3. */
  readonly manual: string | null
}

/**
 * The pages: one for each of OpenSSL's headers, one with what goes beyond them, and one for each other entry point. Every
 * exported name is on the page of its own header and, when another entry point has a form of its own of it, there too.
 */
export function referencePages(root: string): readonly Page[] {
  const [[, first = ''] = [], ...entries] = entryPoints(root)
  const main = exportedDefinitions(root, first)
  const facts = new Map(readFacts(readFileSync(join(root, FACTS), 'utf8')).map(fact => [fact.name, fact]))
  const manual = readManual(readFileSync(join(root, MANUAL), 'utf8'))
  const page = (key: string, title: string, entries: readonly Entry[]): Page => ({
    file: `${key.replace('.h', '')}.html`,
    title: key === BEYOND ? 'Beyond the headers' : title,
    names: entries
      .map(([name, { text, comment, file }]) => ({
        ...{ name, signature: signature(text), comment, source: file, kind: kindOf(text) },
        ...{ fact: facts.get(name) ?? null, manual: manual.get(name) ?? null },
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  })
  const pages = [...groupBy(main, facts)].map(([header, names]) => page(header, `<openssl/${header}>`, names))
  // What one entry point exports just as another before it is told of once.
  const told = new Set([...main.values()].map(keyOf))
  const others = entries.map(([entry, module]) => {
    const own = [...exportedDefinitions(root, module)].filter(([, definition]) => !told.has(keyOf(definition)))
    for (const [, definition] of own) told.add(keyOf(definition))
    return page(entry.replaceAll('/', '-'), entry, own)
  })
  return [...pages.toSorted((a, b) => (a.file < b.file ? -1 : 1)), ...others]
}

/** The package's entry points and the modules that they are, as its manifest has them; `openssl-shim` itself is the first. */
function entryPoints(root: string): [entry: string, module: string][] {
  const { name, exports }: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [[join(name, path), target.default.replace('./dist/', '').replace(/js$/, 'ts')] as [string, string]],
  )
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
}

function keyOf({ file, text }: Definition): string {
  return `${file} ${text}`
}

type Entry = readonly [name: string, definition: Definition]

function groupBy(main: ReadonlyMap<string, Definition>, facts: ReadonlyMap<string, Fact>): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>()
  for (const entry of main) {
    const header = facts.get(entry[0])?.header ?? BEYOND
    const list = found.get(header)
    if (list === undefined) found.set(header, [entry])
    else list.push(entry)
  }
  return found
}

/** Names that no header of the list has. */
const BEYOND = 'beyond'
/** Lines of a page of the manual and the names that its NAME section lists. */
const MANUAL = 'compat/reference/manual.tsv'

function readManual(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .trimEnd()
      .split('\n')
      .flatMap(line => {
        const [page = '', names = ''] = line.split('\t')
        return names.split(' ').map(name => [name, page] as const)
      }),
  )
}

function kindOf(text: string): Name['kind'] {
  if (/^export (?:declare )?(?:async )?function/.test(text)) return 'function'
  if (/^export (?:abstract )?(?:class|interface|type)/.test(text)) return 'type'
  return /=>|: typeof |= (?:async )?function/.test(text.split('\n')[0] ?? '') ? 'function' : 'constant'
}

/** A declaration without its body. */
function signature(text: string): string {
  const bare = text.replace(/^export /, '')
  if (/^(?:declare )?(?:async )?function/.test(bare)) return bare.replace(/ \{\n[\s\S]*$/, '')
  if (/^(?:abstract )?class/.test(bare)) return bare.split('{')[0]?.trim() ?? bare
  if (/^(?:interface|type)/.test(bare)) return bare
  return bare.split('\n')[0]?.replace(/(?: = \{| =>.*)$/, '') ?? bare
}

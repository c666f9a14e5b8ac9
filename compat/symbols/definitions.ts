import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Where an exported name is defined, and what its doc comment says of it. */
export interface Definition {
  /** From the root of the project, with `/`. */
  readonly file: string
  /** `@harmless reason` or `@refused reason` in the doc comment; null: it works. */
  readonly mark: Mark | null
  /** The doc comment, without its stars; empty when it has none of its own. */
  readonly comment: string
  /** Everything from `export` to the next line that starts in the first column. */
  readonly text: string
}

export interface Mark {
  readonly status: 'harmless' | 'refused'
  readonly reason: string
}

/**
 * What a module exports, re-exports followed, read from its text alone: neither a build nor a sound tree is needed.
 * @param module - from the root, with `/`
 */
export function exportedDefinitions(root: string, module: string): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>()
  const source = readFileSync(join(root, module), 'utf8')
  const own = ownDefinitions(source, module)
  for (const [, list = '', from] of source.matchAll(/^export (?:type )?\{([^}]*)\}(?: from '(\.[^']+)')?/gm)) {
    const there = from === undefined ? own : exportedDefinitions(root, resolve(root, module, from))
    for (const [name, alias] of elements(list)) {
      const definition = there.get(name) ?? (from === undefined ? imported(root, module, source, name) : undefined)
      if (definition !== undefined) found.set(alias, definition)
    }
  }
  // What is exported by name goes before what comes with a star.
  for (const [, from = ''] of source.matchAll(/^export (?:type )?\* from '(\.[^']+)'/gm))
    for (const [name, definition] of exportedDefinitions(root, resolve(root, module, from)))
      if (!found.has(name)) found.set(name, definition)
  for (const [name, definition] of own) if (definition.text.startsWith('export')) found.set(name, definition)
  return found
}

/** Of a name that is imported and exported again by two statements. */
function imported(root: string, module: string, source: string, wanted: string): Definition | undefined {
  for (const [, list = '', from = ''] of source.matchAll(/^import (?:type )?\{([^}]*)\} from '(\.[^']+)'/gm))
    for (const [name, alias] of elements(list))
      if (alias === wanted) return exportedDefinitions(root, resolve(root, module, from)).get(name)
  return undefined
}

const DEFINITION =
  /^(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|const|let|type|interface) (\w+)/

function ownDefinitions(source: string, file: string): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>()
  const lines = source.split('\n')
  let comment = ''
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line.startsWith('/**')) {
      const end = lines.findIndex((text, at) => at >= i && text.endsWith('*/'))
      comment = lines.slice(i, end + 1).join('\n')
      i = end
      continue
    }
    const name = DEFINITION.exec(line)?.[1]
    if (name !== undefined && !found.has(name)) {
      const text = statement(lines, i)
      found.set(name, { file, mark: markOf(comment) ?? aliasMark(found, text), comment: wordsOf(comment), text })
    }
    // A comment also serves the table of one-line constants that follows it.
    if (!/^export const \w+.* = [^{]*$/.test(line)) comment = ''
  }
  return found
}

function statement(lines: readonly string[], start: number): string {
  let end = start + 1
  while (end < lines.length && /^(?:\s|[)}\]])/.test(lines[end] ?? '')) end++
  return lines.slice(start, end).join('\n')
}

function wordsOf(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^ *\* ?/gm, '')
    .trim()
}

function markOf(comment: string): Mark | null {
  const [, status, reason = ''] = /@(harmless|refused)\b([^@]*)/.exec(wordsOf(comment)) ?? []
  if (status !== 'harmless' && status !== 'refused') return null
  return { status, reason: reason.trim().replace(/\s+/g, ' ') }
}

/** `export const NAME: typeof OTHER = OTHER` is what OTHER is. */
function aliasMark(found: ReadonlyMap<string, Definition>, text: string): Mark | null {
  const target = /^export const \w+(?:: typeof \w+)? = (\w+)$/.exec(text)?.[1]
  return target === undefined ? null : (found.get(target)?.mark ?? null)
}

function elements(list: string): [name: string, alias: string][] {
  const names = list.split(',').map(element => element.trim().replace(/^type /, ''))
  return names
    .filter(name => name !== '')
    .map(name => {
      const [own = '', alias = own] = name.split(' as ')
      return [own, alias]
    })
}

function resolve(root: string, module: string, from: string): string {
  return relative(root, join(root, dirname(module), from)).replaceAll('\\', '/')
}

import { escaped } from '../trace/drawing.ts'
import type { Name, Page } from './pages.ts'

/** A doc comment, taken apart. */
export interface Comment {
  readonly text: string
  readonly parameters: readonly (readonly [name: string, words: string])[]
  readonly returns: string
  readonly examples: readonly string[]
}

/** The words of doc comments and signatures, among which names of the reference are links. */
export class Words {
  /** Where each name is told of; of several places the first. */
  readonly #places = new Map<string, { readonly file: string; readonly name: Name }>()

  constructor(pages: readonly Page[]) {
    for (const { file, names } of pages)
      for (const name of names) if (!this.#places.has(name.name)) this.#places.set(name.name, { file, name })
  }

  parse(comment: string): Comment {
    const [text = '', ...tags] = comment.split(/(?:^|\s)@(?=(?:param|returns|example|harmless|refused)\b)/)
    const parameters: [string, string][] = []
    const examples: string[] = []
    let [returns, more] = ['', '']
    for (const tag of tags) {
      const [, kind = '', words = ''] = /^(\w+)\s*([\s\S]*)$/.exec(tag) ?? []
      if (kind === 'param') {
        const [, name = '', said = ''] = /^(\w+)\s*-?\s*([\s\S]*)$/.exec(words) ?? []
        parameters.push([name, said])
      } else if (kind === 'returns') returns = words
      else if (kind === 'example') examples.push(words)
      else more += ` ${kind === 'harmless' ? 'Does nothing here' : 'Always refused'}: ${words}`
    }
    // Blocks of code in the text itself.
    const prose = text.replace(/```\w*\n([\s\S]*?)```/g, (_, code: string) => {
      examples.push(code.trimEnd())
      return ''
    })
    return { text: `${prose.trim()}${more}`, parameters, returns, examples }
  }

  /** The name that a comment leaves the rest to: `NAME for one connection`, `NAME, never below 0`, `...; as NAME`. */
  origin(text: string, depth = 0): Name | null {
    const words = [/^`?(\w+)/.exec(text)?.[1], /\bas `?(\w+)/.exec(text)?.[1]]
    const [name] = words.flatMap(word => this.#places.get(word ?? '')?.name ?? [])
    if (name === undefined || name.kind !== 'function') return null
    const next = /@(?:param|returns)/.test(name.comment) || depth > 3 ? null : this.origin(name.comment, depth + 1)
    return next ?? name
  }

  /** Text as HTML, for a page; quoted code and pages of the manual are marked. */
  prose(text: string, page: string): string {
    return text
      .split(/(`[^`]+`)/)
      .map(part =>
        part.startsWith('`') ? `<code>${this.code(part.slice(1, -1), page)}</code>` : this.code(part, page),
      )
      .join('')
  }

  /** Text as HTML, in which names that are on a page link there. */
  code(text: string, page: string): string {
    return text
      .split(/([A-Za-z_]\w+)/)
      .map((word, i) => (i % 2 === 1 ? this.link(word, page) : escaped(word)))
      .join('')
  }

  /** A name as a link, or as it is where there is no such name. Words of plain English are none. */
  link(word: string, page: string): string {
    const place = /[A-Z_]/.test(word.slice(1)) ? this.#places.get(word) : undefined
    if (place === undefined) return escaped(word)
    return `<a href="${place.file === page ? '' : place.file}#${word}">${word}</a>`
  }
}

import { escaped } from '../trace/drawing.ts'
import { type Comment, Words } from './comment.ts'
import type { Example } from './examples.ts'
import type { Name, Page } from './pages.ts'

/** The reference as HTML: each page knows the names of all, so that words which are names become links. */
export class Reference {
  readonly #pages: readonly Page[]
  readonly #words: Words

  constructor(pages: readonly Page[]) {
    this.#pages = pages
    this.#words = new Words(pages)
  }

  /** A page: its names in groups of one prefix, functions and types at length, constants as a table. */
  page({ file, title, names }: Page): string {
    const long = names.filter(({ kind }) => kind !== 'constant')
    const constants = names.filter(({ kind }) => kind === 'constant')
    const groups = grouped(long)
    const links = groups.map(
      ([prefix, members]) => `<a href="#group-${prefix}">${prefix}</a>&nbsp;<small>${members.length}</small>`,
    )
    if (constants.length > 0) links.push(`<a href="#constants">Constants</a>&nbsp;<small>${constants.length}</small>`)
    const sections = groups.map(
      ([prefix, members]) =>
        `<h2 id="group-${prefix}">${prefix}</h2>\n<p class="names">${members.map(({ name }) => `<a href="#${name}">${name}</a>`).join(' ')}</p>\n${members.map(name => this.#entry(name, file)).join('\n')}`,
    )
    const table = constants.length === 0 ? '' : this.#constants(constants, file)
    return document(
      title,
      `<p><a href="index.html">All pages</a></p>\n<nav>${links.join(' ')}</nav>\n${sections.join('\n')}\n${table}`,
    )
  }

  /** The first page: the others, and how many names each has. */
  index(examples: readonly Example[]): string {
    const list = (pages: readonly Page[]) => {
      const items = pages.map(
        ({ file, title, names }) => `<li><a href="${file}">${escaped(title)}</a> <small>${names.length}</small></li>`,
      )
      return `<ul class="pages">${items.join('\n')}</ul>`
    }
    const headers = this.#pages.filter(({ title }) => title.startsWith('<'))
    const others = this.#pages.filter(page => !headers.includes(page))
    const shown = examples.map(
      ({ name, words, text }) =>
        `<h3 id="example-${name}">${escaped(words)}</h3>\n<pre class="example">${this.#words.code(text, '')}</pre>`,
    )
    return document(
      'openssl-shim: reference',
      `<p>Every exported name, under the header of OpenSSL that declares it. Functions keep OpenSSL’s names, parameters and
results; how C’s types are written in TypeScript stands in <a href="../compat/PORTING.md">PORTING.md</a>.</p>
<h2>openssl-shim</h2>\n${list(headers)}\n<h2>Beyond OpenSSL’s headers</h2>\n${list(others)}\n<h2>Examples</h2>\n<p>Each is a whole program, which the tests run.</p>\n${shown.join('\n')}`,
    )
  }

  #entry({ name, signature, comment, source, fact, manual }: Name, file: string): string {
    const parsed = this.#words.parse(comment)
    const facts = [
      manual === null ? '' : `<a href="https://docs.openssl.org/3.0/man3/${manual}/">${manual}(3)</a>`,
      fact === null || fact.since === '' ? '' : `since ${escaped(fact.since)}`,
      fact === null || fact.deprecated === '' ? '' : `deprecated in ${escaped(fact.deprecated)}`,
      `<a href="../${source}">${source}</a>`,
    ]
    const prototype = fact === null || fact.signature === '' ? '' : `<pre class="c">${escaped(fact.signature)}</pre>`
    return `<section id="${name}"><h3><a href="#${name}">${name}</a></h3>
<pre>${this.#words.code(signature, file)}</pre>${prototype}
${this.#described(parsed, file)}${this.#inherited(parsed, file)}
<p class="facts">${facts.filter(text => text !== '').join(' · ')}</p></section>`
  }

  #described({ text, parameters, returns, examples }: Comment, file: string): string {
    const rows = parameters.map(
      ([name, words]) => `<dt><code>${escaped(name)}</code></dt><dd>${this.#words.prose(words, file)}</dd>`,
    )
    if (returns !== '') rows.push(`<dt>Returns</dt><dd>${this.#words.prose(returns, file)}</dd>`)
    const list = rows.length === 0 ? '' : `<dl>${rows.join('')}</dl>`
    const shown = examples.map(example => `<pre class="example">${this.#words.code(example, file)}</pre>`)
    return `${text === '' ? '' : `<p>${this.#words.prose(text, file)}</p>`}${list}${shown.join('')}`
  }

  /** What `NAME for one connection` and its like leave to be said by the other. */
  #inherited({ text, returns }: Comment, file: string): string {
    const origin = returns === '' ? this.#words.origin(text) : null
    if (origin === null) return ''
    const { parameters, returns: result } = this.#words.parse(origin.comment)
    const described = this.#described({ text: '', parameters, returns: result, examples: [] }, file)
    return described === '' ? '' : `<div class="as"><p>As ${this.#words.link(origin.name, file)}:</p>${described}</div>`
  }

  #constants(names: readonly Name[], file: string): string {
    const rows = names.map(({ name, signature, comment, fact }) => {
      const value = fact?.value ?? / = (.*)$/.exec(signature)?.[1] ?? ''
      return `<tr id="${name}"><td><a href="#${name}">${name}</a></td><td><code>${escaped(value)}</code></td><td>${this.#words.prose(comment, file)}</td></tr>`
    })
    return `<h2 id="constants">Constants</h2>\n<table class="wide">\n${rows.join('\n')}\n</table>`
  }
}

/** By the words in front of the first small letter or the second underscore; small groups are put together. */
function grouped(names: readonly Name[]): [string, Name[]][] {
  const groups = new Map<string, Name[]>()
  for (const name of names) {
    const prefix = /^[A-Z][A-Z0-9]+_(?:[A-Z][A-Z0-9]+_)?/.exec(name.name)?.[0].replace(/_$/, '') ?? 'others'
    const group = groups.get(prefix) ?? []
    groups.set(prefix, group)
    group.push(name)
  }
  const [large, small] = [
    [...groups].filter(([, members]) => members.length >= 4),
    [...groups].filter(([, members]) => members.length < 4),
  ]
  const others = small.flatMap(([, members]) => members).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const own = large.filter(([prefix]) => prefix !== 'others').toSorted(([a], [b]) => (a < b ? -1 : 1))
  const rest = [...(groups.get('others') ?? []).filter(name => !others.includes(name)), ...others]
  return rest.length === 0 ? own : [...own, ['others', rest]]
}

function document(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:62em;margin:0 auto;padding:1em;color:#1b1f24;background:#fff}
h1{font-size:1.6em}h2{margin:2em 0 .2em;border-bottom:1px solid #d5dbe1}h3{font-size:1em;margin:1.4em 0 .2em;font-family:ui-monospace,Menlo,Consolas,monospace}
a{color:#0b5cad;text-decoration:none}a:hover{text-decoration:underline}pre{background:#f1f4f7;padding:8px 10px;border-radius:5px;white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;font-size:.87em}
pre.c{background:none;padding:0 10px;color:#57606a}nav{line-height:2}nav a{font-weight:600}nav small{color:#57606a;margin-right:10px}.names{font-size:.85em;line-height:1.7}.names a{margin-right:.7em}
section p{margin:.3em 0}dl{margin:.3em 0;display:grid;grid-template-columns:max-content 1fr;gap:2px 14px}dd{margin:0}dt{color:#57606a}.facts{font-size:.82em;color:#57606a}
.pages{columns:16em;padding:0;list-style:none}.pages small{color:#57606a}
.as{border-left:3px solid #d5dbe1;padding-left:12px}td{padding:2px 14px 2px 0;vertical-align:top}.wide{font-size:.9em}section:target h3,tr:target{background:#fff4d6}
@media(max-width:600px){dl{display:block}dd{margin:0 0 .3em 1em}}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#12161c}a{color:#6cb6ff}pre{background:#1d242d}pre.c,dt,.facts,small{color:#9aa4af}h2,.as{border-color:#3d4752}section:target h3,tr:target{background:#3a2f12}}`

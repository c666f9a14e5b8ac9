import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import * as main from 'openssl-shim'
import * as posix from 'openssl-shim/socket'
import { Words } from '../../compat/reference/comment.ts'
import { examplesIn } from '../../compat/reference/examples.ts'
import { Reference } from '../../compat/reference/html.ts'
import { referencePages } from '../../compat/reference/pages.ts'

/** The reference: every exported name, under OpenSSL's header, with what its doc comment says. */

const pages = referencePages(process.cwd())
const reference = new Reference(pages)
const written = new Map(pages.map(page => [page.file, reference.page(page)]))
const onPages = new Set(pages.flatMap(({ names }) => names.map(({ name }) => name)))

describe('the reference', () => {
  test('every exported value is on a page', () => {
    const missing = [...Object.keys(main), ...Object.keys(posix)].filter(name => !onPages.has(name))
    expect(missing).toEqual([])
  })

  test('every entry point of the package has its page', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
    const entries = Object.keys(exports).filter(entry => entry !== '.' && !entry.endsWith('.json'))
    const files = entries.map(entry => `openssl-shim-${entry.slice(2).replaceAll('/', '-')}.html`)
    expect(pages.map(({ file }) => file)).toEqual(expect.arrayContaining(files))
  })

  test('pages are those of the headers', () => {
    const named = (file: string) => pages.find(page => page.file === file)?.names.map(({ name }) => name)
    expect(named('ssl.html')).toContain('SSL_CTX_new')
    expect(named('bio.html')).toContain('BIO_new_dgram')
    expect(named('openssl-shim-promises.html')).toContain('SSL_read')
    expect(named('openssl-shim-promises.html')).not.toContain('SSL_CTX_new')
  })

  test('a function is shown with its parameters and its words, and without its body', () => {
    const page = pages.find(({ file }) => file === 'openssl-shim-socket.html')
    const bind = page?.names.find(({ name }) => name === 'bind')
    expect(bind?.signature).toBe('function bind(fd: number, addr: sockaddr): number')
    expect(bind?.comment).toContain('bind(2)')
  })

  test('what is written is text, and every page is on the first', () => {
    const index = reference.index([])
    for (const page of pages) {
      expect(written.get(page.file)).not.toMatch(/<(?:T|Name|string|number|Uint8Array)\b/)
      expect(index).toContain(`href="${page.file}"`)
    }
  })

  test('every link leads to a name, a page or a file that is there', () => {
    const anchors = new Map([...written].map(([file, html]) => [file, new Set(matches(html, / id="([^"]+)"/g))]))
    const missing = [...written].flatMap(([file, html]) =>
      [...new Set(matches(html, / href="([^"]+)"/g))].filter(link => {
        const [target = '', anchor] = link.split('#')
        if (target.startsWith('https:') || target === 'index.html') return false
        if (target.startsWith('../')) return !existsSync(target.slice(3))
        const there = anchors.get(target === '' ? file : target)
        return there === undefined || (anchor !== undefined && !there.has(anchor))
      }),
    )
    expect(missing).toEqual([])
  })

  test('no name is on a page twice', () => {
    for (const html of written.values()) {
      const ids = matches(html, / id="([^"]+)"/g)
      expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
    }
  })

  test("nearly every function of OpenSSL's leads to its page of the manual", () => {
    const functions = pages
      .filter(({ file }) => /^(?:ssl|bio|err|x509|x509_vfy|evp)\.html$/.test(file))
      .flatMap(({ names }) => names.filter(({ kind, fact }) => kind === 'function' && fact?.kind === 'function'))
    expect(functions.filter(({ manual }) => manual !== null).length / functions.length).toBeGreaterThan(0.85)
  })

  test('what a name says only by another is shown in full', () => {
    expect(written.get('ssl.html')).toMatch(/id="SSL_set_alpn_protos"[\s\S]*?As <a href="#SSL_CTX_set_alpn_protos">/)
  })
})

describe('a comment', () => {
  const words = new Words(pages)

  test('is taken apart', () => {
    expect(words.parse('Does it.\n@param n - how often,\n  as a number\n@returns 1 or 0. @example\ndoIt(1)')).toEqual({
      text: 'Does it.',
      parameters: [['n', 'how often,\n  as a number']],
      returns: '1 or 0.',
      examples: ['doIt(1)'],
    })
    expect(words.parse('Text.\n\n```ts\ncode(1)\n```\n').examples).toEqual(['code(1)'])
  })

  test('links names and no words of English', () => {
    expect(words.prose('As SSL_read, not read; <b>.', 'ssl.html')).toBe(
      'As <a href="#SSL_read">SSL_read</a>, not read; &#60;b&#62;.',
    )
  })
})

describe('the examples', () => {
  const examples = examplesIn(process.cwd())

  test.each(examples.map(({ name, prints }) => [name, prints] as const))('%s prints what it says', (name, prints) => {
    const program = `dist/compat/reference/examples/${name}.js`
    if (!existsSync(program)) throw new Error('there is no dist: run `npm run build` first')
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', program], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(prints.length).toBeGreaterThan(0)
    expect(stdout.trimEnd().split('\n')).toEqual(prints)
  })

  test('are shown', () => {
    const index = reference.index(examples)
    for (const { name } of examples) expect(index).toContain(`id="example-${name}"`)
  })
})

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

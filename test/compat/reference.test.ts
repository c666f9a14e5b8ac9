import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import * as main from 'openssl-shim'
import * as posix from 'openssl-shim/socket'
import { indexHtml, pageHtml, referencePages } from '../../compat/reference/pages.ts'

/** The reference: every exported name, under OpenSSL's header, with what its doc comment says. */

const pages = referencePages(process.cwd())
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
    for (const page of pages) {
      expect(pageHtml(page)).not.toMatch(/<(?:T|Name|string|number|Uint8Array)\b/)
      expect(indexHtml(pages)).toContain(`href="${page.file}"`)
    }
  })
})

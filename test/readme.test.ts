import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { supportedTable } from '../compat/supported.ts'

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')

test('the table of what is supported is that of the code', () => {
  const [, table] = /<!-- supported -->\n\n([\s\S]*?)\n\n<!-- \/supported -->/.exec(readme) ?? []
  expect(table).toBe(supportedTable())
})

test('every file and command that the README names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
  for (const [, name] of readme.matchAll(/npm run (?:-s )?([a-z:-]+)/g)) expect(Object.keys(scripts)).toContain(name)
  for (const [, path] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
    expect(() => readFileSync(join(import.meta.dirname, '..', path ?? ''))).not.toThrow()
  }
})

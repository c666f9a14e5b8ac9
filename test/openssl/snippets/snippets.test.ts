import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'
import { interpret } from './interpreter.ts'

/**
 * Short scenes in C, compiled with the real library and interpreted with ours. What the real library printed stands in
 * recorded/; a record that is missing is made.
 */

const here = (path: string) => new URL(path, import.meta.url)
const read = (path: string) => readFileSync(here(path), 'utf8')
const names = readdirSync(here('scenes')).map(name => name.replace('.txt', ''))
const scenesOf = (name: string) =>
  read(`scenes/${name}.txt`)
    .split(/^== /m)
    .slice(1)
    .map(text => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const)

test('the records are what the real library does', () => {
  const scenes = names.flatMap(name => [['=', `puts("=== ${name}");\n`] as const, ...scenesOf(name)])
  const bodies = scenes.map(([title, text], at) => `static void scene${at}(void) {\nputs("== ${title}");\n${text}}\n`)
  const calls = scenes.map((_, at) => `scene${at}();`).join(' ')
  const main = `int main(void) { puts(OpenSSL_version(OPENSSL_VERSION)); ${calls} return 0; }`
  const real = realTranscript(`${read('head.c')}${bodies.join('')}${main}`)
  if (real === null) return
  for (const part of real.join('\n').split('== =\n=== ').slice(1)) {
    const [name = '', ...lines] = part.trimEnd().split('\n')
    const file = here(`recorded/${name}.txt`)
    if (!existsSync(file)) writeFileSync(file, `${lines.join('\n')}\n`)
    expect(lines).toEqual(read(`recorded/${name}.txt`).trimEnd().split('\n'))
  }
})

describe.each(names)('%s', name => {
  test.each(scenesOf(name))('%s', (title, text) => {
    const recorded = read(`recorded/${name}.txt`)
      .split(/^== /m)
      .find(scene => scene.startsWith(`${title}\n`))
    expect(interpret(text)).toEqual((recorded ?? '').trimEnd().split('\n').slice(1))
  })
})

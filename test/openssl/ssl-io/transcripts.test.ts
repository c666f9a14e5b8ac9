import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'
import { CERTIFICATES } from './configure.ts'
import { play } from './driver.ts'

/**
 * The same scenes with the real library and with ours, call by call: results, SSL_get_error, SSL_want, shutdown flags, state,
 * queued errors, datagrams and callbacks. What the real library did stands in recorded/; a record that is missing is made.
 */

const here = (path: string) => new URL(path, import.meta.url)
const read = (path: string) => readFileSync(here(path), 'utf8')
const names = readdirSync(here('scenes')).map(name => name.replace('.txt', ''))
const script = (name: string) => read(`scenes/${name}.txt`)

test('the records are what the real library does', () => {
  const whole = names.map(script).join('')
  const real = realTranscript(
    `#define DIR ${JSON.stringify(CERTIFICATES)}\n#define SCRIPT ${cString(whole)}\n${read('driver.c')}`,
  )
  if (real === null) return
  const parts = split(real)
  expect(parts).toHaveLength(count(whole))
  for (const name of names) {
    const lines = parts.splice(0, count(script(name))).flat()
    const file = here(`recorded/${name}.txt`)
    if (!existsSync(file)) writeFileSync(file, `${lines.join('\n')}\n`)
    expect(lines).toEqual(read(`recorded/${name}.txt`).trimEnd().split('\n'))
  }
})

describe.each(names)('%s', name => {
  const scenes = split(script(name).split('\n')).map(lines => [lines[0] ?? '', lines.join('\n')])

  test.each(scenes)('%s', (title, commands) => {
    const recorded = split(read(`recorded/${name}.txt`).trimEnd().split('\n'))
    expect(play(commands)).toEqual(recorded.find(([line]) => line === title))
  })
})

/** A scene begins with its title. */
function split(lines: readonly string[]): string[][] {
  const scenes: string[][] = []
  for (const line of lines) {
    if (line.startsWith('== ')) scenes.push([])
    scenes.at(-1)?.push(line)
  }
  return scenes
}

function count(text: string): number {
  return split(text.split('\n')).length
}

function cString(text: string): string {
  return text
    .split('\n')
    .map(line => JSON.stringify(`${line}\n`))
    .join('\\\n')
}

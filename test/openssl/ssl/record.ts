import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'

/**
 * Two tests: what we do is what the real library was recorded to do, and the record is still the real library. A record that
 * is missing is made from the real library: remove the file to make it anew.
 */
export function compare(name: string, ours: () => string[], source: string): void {
  const file = new URL(`recorded/${name}.txt`, import.meta.url)

  test(`the record of ${name} is the real library`, () => {
    const real = realTranscript(source)
    if (real === null) return
    if (!existsSync(file)) writeFileSync(file, `${real.join('\n')}\n`)
    expect(real).toEqual(read(file))
  })

  test(`${name}: every call gives what the real library gives`, () => {
    expect(ours()).toEqual(read(file))
  })
}

function read(file: URL): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n')
}

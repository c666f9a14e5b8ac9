import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'
import { CERTIFICATES } from './configure.ts'
import { play } from './driver.ts'
import { randomScene } from './random-scene.ts'

/** Calls in any order, the real library beside ours: no scene was written with either in mind. The title names the seed. */

const SCENES = 80

test.each(['TLS', 'DTLS'] as const)(
  'random sequences of calls over %s are answered as by the real library',
  kind => {
    const scenes = Array.from({ length: SCENES }, (_, seed) => randomScene(kind, seed))
    const script = scenes.flatMap(scene => scene.split('\n').map(line => JSON.stringify(`${line}\n`))).join('\\\n')
    const driver = readFileSync(new URL('driver.c', import.meta.url), 'utf8')
    const real = realTranscript(`#define DIR ${JSON.stringify(CERTIFICATES)}\n#define SCRIPT ${script}\n${driver}`)
    if (real === null) return
    const ours = scenes.flatMap(scene => play(scene)).map(untilNul)
    expect(apart(ours)).toEqual(apart(real.map(untilNul)))
  },
  120_000,
)

/** What was never written is zeros, which C does not print. */
function untilNul(line: string): string {
  return line.replace(/\0+[^>]*>/, '>')
}

function apart(lines: readonly string[]): string[] {
  return lines.join('\n').split(/^(?=== )/m)
}

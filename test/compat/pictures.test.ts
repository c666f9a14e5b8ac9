import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { PLAYS, sequenceOf } from '../../compat/pictures/list.ts'
import { sequenceFile } from '../../compat/trace/sequence.ts'

/** The pictures are what the code does today. */

test.each(Object.entries(PLAYS))('%s.svg is what `npm run pictures` draws', (name, play) => {
  expect(readFileSync(`compat/pictures/${name}.svg`, 'utf8')).toBe(sequenceFile(sequenceOf(play)))
})

import { writeFileSync } from 'node:fs'
import { sequenceFile } from '../trace/sequence.ts'
import { PLAYS, sequenceOf } from './list.ts'

for (const [name, play] of Object.entries(PLAYS))
  writeFileSync(`compat/pictures/${name}.svg`, sequenceFile(sequenceOf(play)))

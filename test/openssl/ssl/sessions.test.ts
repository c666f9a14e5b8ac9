import { readFileSync } from 'node:fs'
import { certificatePath } from './pair.ts'
import { compare } from './record.ts'
import { played } from './sessions.ts'

const folder = certificatePath('').slice(0, -'.pem'.length)
const source = readFileSync(new URL('sessions.c', import.meta.url), 'latin1')

/** Sessions by every way, through caches, callbacks and ends of connections: as the real library has them. */
compare('sessions', played, `#define DIR "${folder}"\n${source}`)

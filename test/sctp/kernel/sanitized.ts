// The suite with an addon that AddressSanitizer and UndefinedBehaviorSanitizer watch; arguments are Jest's. This file must
// be compiled below a folder of its own, which gets a build of the addon: that is the one its code finds.
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runSuite } from './suite.ts'

const FLAGS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g']

const root = process.cwd()
const folder = join(import.meta.dirname, '../../../..')
cpSync(join(root, 'native'), join(folder, 'native'), { recursive: true })
const { targets } = JSON.parse(readFileSync(join(root, 'binding.gyp'), 'utf8'))
const [target] = targets
const sanitized = { ...target, cflags_cc: [...target.cflags_cc, ...FLAGS], ldflags: FLAGS }
writeFileSync(join(folder, 'binding.gyp'), JSON.stringify({ targets: [sanitized] }))
const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
execFileSync(process.execPath, [gyp, 'rebuild', '--silent', '--directory', folder], { stdio: 'inherit' })
const runtime = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()

// Node itself leaves memory at its end.
const watched = { LD_PRELOAD: runtime, ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:halt_on_error=1' }
process.exitCode = await runSuite(process.argv.slice(2), watched)

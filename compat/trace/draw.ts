import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { dissect } from './dissect.ts'
import { readPcap } from './pcap.ts'
import { type Kind, TITLES, trace } from './run.ts'
import { svg } from './svg.ts'

// `npm run trace`, in the root of the project, writes the pictures of compat/trace; `npm run trace -- FILE.pcap` draws
// the first connection of a capture on the standard output.

const [file] = process.argv.slice(2)
if (file === undefined) {
  for (const kind of ['full', 'resumed', 'cookie'] satisfies Kind[])
    writeFileSync(`compat/trace/${kind}.svg`, svg(TITLES[kind], trace(kind)))
} else {
  const arrows = dissect(readPcap(readFileSync(file)))
  if (arrows.length === 0) {
    process.stderr.write(`${file}: no ClientHello of DTLS in it\n`)
    process.exitCode = 1
  } else process.stdout.write(svg(basename(file), arrows))
}

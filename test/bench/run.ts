import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { argv, stdout, version, versions } from 'node:process'
import { parseArgs } from 'node:util'
import { measureEcho } from './echo.ts'
import { measureHandshakes } from './handshakes.ts'
import { measureMemory } from './memory.ts'
import { measureRecords } from './records.ts'
import type { Figure } from './report.ts'
import { measureSctp } from './sctp.ts'

// Speed and memory, each beside what the bare operations of Node do in the same rounds, in processor time (the echo: in time
// gone by). Trust the ratios: the absolute figures are this machine's of this minute. Nothing here passes or fails.
//
//   npm run bench                             everything, about five minutes
//   npm run bench -- --quick                  the same with short rounds
//   npm run bench -- --only records,echo      some sections
//   npm run bench -- --json FILE              the figures as JSON, too
const SECTIONS: Readonly<Record<string, (rounds: number, budget: number) => Promise<Figure[]> | Figure[]>> = {
  handshakes: measureHandshakes,
  records: measureRecords,
  echo: measureEcho,
  memory: () => measureMemory(),
  sctp: measureSctp,
}

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string', default: Object.keys(SECTIONS).join(',') },
  },
})
const [rounds, budget] = values.quick ? [5, 40] : [9, 250]
const cpu = cpus()[0]?.model.trim() ?? 'unknown processor'
stdout.write(`Node ${version}, OpenSSL ${versions.openssl}, ${cpu}; medians of ${rounds} rounds\n`)
const figures: Figure[] = []
for (const name of values.only.split(',')) {
  const measure = SECTIONS[name]
  if (measure === undefined) throw new Error(`there is no section ${name}: ${Object.keys(SECTIONS).join(', ')}`)
  figures.push(...(await measure(rounds, budget)))
}
if (values.json !== undefined) {
  const report = { node: version, openssl: versions.openssl, cpu, rounds, figures }
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
}

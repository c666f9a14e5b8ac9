// Runs a command in the guest: node run.js [-t SECONDS] [-w FOLDER]... COMMAND [ARGUMENTS]
// -t: the time limit, 300; -w: a folder that keeps what the guest writes. The exit status is the command's; 125: no guest.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runInGuest } from './guest.ts'

const separator = process.argv.findIndex(
  (argument, i) => i > 1 && !argument.startsWith('-') && !/^-[tw]$/.test(process.argv[i - 1] ?? ''),
)
const { values } = parseArgs({
  args: process.argv.slice(2, separator),
  options: {
    t: { type: 'string', short: 't', default: '300' },
    w: { type: 'string', short: 'w', multiple: true, default: [] },
  },
})
const result = await runInGuest(
  join(process.cwd(), '.cache/guest'),
  {
    command: process.argv.slice(separator),
    directory: process.cwd(),
    shares: values.w.map(folder => resolve(folder)),
    limit: Number(values.t),
  },
  process.stdout,
)
if ('reason' in result) console.error(result.reason)
process.exitCode = 'status' in result ? result.status : 125

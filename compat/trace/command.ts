import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { PLAYS, sequenceOf } from '../pictures/list.ts'
import { CaptureError } from './capture/file.ts'
import { readCapture } from './capture/read.ts'
import { type Conversation, conversations, dissect } from './dissect.ts'
import { readKeyLog } from './secrets.ts'
import { sequenceFile } from './sequence.ts'

const HELP = `Draws a handshake as an SVG sequence diagram.

  npm run -s trace -- [options] FILE     of a capture: pcap or pcapng, DTLS or TLS over UDP, TCP, SCTP, SCTP in UDP
  npm run -s trace -- [options] --run NAME     of a run of the code itself, on a network with a seed

  --run NAME         ${Object.keys(PLAYS).join(', ')}
  --keys FILE        a key log (SSLKEYLOGFILE): what is encrypted is shown too; up to version 1.2
  --connection N     of several connections in the capture the Nth, from 1; the first when left out
  --list             says which connections there are
  --out FILE         writes there and not to the standard output
  --help             says this

  SSLKEYLOGFILE=keys dumpcap -i lo -f 'port 4433' -w run.pcapng     # and elsewhere the program, with the same variable
  npm run -s trace -- --keys keys --out run.svg run.pcapng
  npm run -s trace -- --list run.pcapng
  npm run -s trace -- --run loss > loss.svg
`

export interface Outcome {
  readonly status: number
  readonly output: string
  readonly complaint: string
}

/** What the program does with its arguments. */
export function command(args: readonly string[]): Outcome {
  try {
    return { status: 0, output: perform(args), complaint: '' }
  } catch (failure) {
    if (!isComplaint(failure)) throw failure
    return { status: 1, output: '', complaint: `trace: ${failure.message}\n` }
  }
}

/** Something is wrong with the arguments or the files, which its message says: not with the program. */
function isComplaint(failure: unknown): failure is { readonly message: string } {
  if (failure instanceof CaptureError) return true
  // What Node says of arguments and files has a code.
  return typeof failure === 'object' && failure !== null && 'code' in failure && 'message' in failure
}

function perform(args: readonly string[]): string {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const [file, ...others] = positionals
  if (values.help || (file === undefined && values.run === undefined)) return HELP
  if (others.length > 0 || (file !== undefined && values.run !== undefined)) {
    throw new CaptureError('one capture or one run at a time')
  }
  const picture = file === undefined ? ofRun(values.run ?? '') : ofCapture(file, values)
  if (values.out === undefined) return picture
  writeFileSync(values.out, picture)
  return ''
}

const OPTIONS = {
  run: { type: 'string' },
  keys: { type: 'string' },
  connection: { type: 'string' },
  list: { type: 'boolean' },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const

function ofRun(name: string): string {
  const play = Object.entries(PLAYS).find(([key]) => key === name)?.[1]
  if (play === undefined) throw new CaptureError(`there is no run ${name}, but ${Object.keys(PLAYS).join(', ')}`)
  return sequenceFile(sequenceOf(play))
}

interface CaptureOptions {
  readonly keys?: string | undefined
  readonly connection?: string | undefined
  readonly list?: boolean | undefined
}

function ofCapture(file: string, { keys, connection = '1', list = false }: CaptureOptions): string {
  if (statSync(file).size > LARGEST_FILE) throw new CaptureError(`${file}: larger than ${LARGEST_FILE >> 20} MiB`)
  const { packets, secrets } = readCapture(readFileSync(file))
  const found = conversations(packets)
  if (found.length === 0) throw new CaptureError(`${file}: no ClientHello of DTLS or TLS in ${packets.length} packets`)
  if (list) return found.map((one, i) => `${i + 1}  ${describe(one)}\n`).join('')
  const one = /^\d+$/.test(connection) ? found[Number(connection) - 1] : undefined
  if (one === undefined) throw new CaptureError(`connection ${connection} is not among the ${found.length} in ${file}`)
  const log = readKeyLog(`${keys === undefined ? '' : readFileSync(keys, 'latin1')}\n${secrets}`)
  const { client, server } = one
  const title = found.length === 1 ? basename(file) : `${basename(file)}, connection ${connection}`
  return sequenceFile({ title, steps: dissect(one, log), ends: { client, server } })
}

const LARGEST_FILE = 256 << 20

function describe({ protocol, client, server, packets }: Conversation): string {
  return `${protocol}  ${client} > ${server}  ${packets.length} packets`
}

import { getopt } from './getopt.ts'

/** The command line of a sample, with the names that the C programs give their variables. */
export interface Options {
  /** Bytes of a message. */
  length: number
  local_address: string | null
  /** Null: the program is the server. */
  remote_address: string | null
  port: number
  /** Messages to send. */
  messagenumber: number
  /** Seconds to send. */
  timetosend: number
  /** SCTP streams to send on. */
  streams: number
  /** SCTP messages need not stay in order. */
  unordered: boolean
  /** The server asks for a certificate. */
  requestcert: boolean
  verbose: boolean
  veryverbose: boolean
}

export const DEFAULTS: Readonly<Options> = {
  length: 100,
  local_address: null,
  remote_address: null,
  port: 23232,
  messagenumber: 5,
  timetosend: 10,
  streams: 5,
  unordered: false,
  requestcert: false,
  verbose: false,
  veryverbose: false,
}

/** What the usage says about each option letter; a colon after the letter stands for its argument. */
const EXPLAINED = {
  'l:': `message length in bytes (default ${DEFAULTS.length})`,
  'L:': 'local address (default any)',
  'p:': `port (default ${DEFAULTS.port})`,
  'n:': `number of messages to send (default ${DEFAULTS.messagenumber})`,
  't:': `seconds to send (default ${DEFAULTS.timetosend})`,
  's:': `number of streams (default ${DEFAULTS.streams})`,
  u: 'unordered',
  r: 'ask the client for a certificate (server)',
  v: 'verbose',
  V: 'very verbose',
} as const

export type OptionLetter = keyof typeof EXPLAINED

/** The largest message that fits the samples' buffer. */
export const BUFFER_SIZE = 1 << 16

/** What an SCTP association has in each direction when nobody asks for more. */
const MAX_STREAMS = 10

/**
 * Reads a command line.
 * @param shortest - the fewest bytes that a message of this program can have
 * @returns the text for the user instead, complaint and usage, when it does not fit
 */
export function read_options(
  program: string,
  letters: readonly OptionLetter[],
  argv: readonly string[],
  shortest = 1,
): Options | string {
  const line = getopt(argv, letters.join(''))
  if (typeof line === 'string') return `${program}: ${line}\n${usage(program, letters)}`
  if (line.operands.length > 1) return usage(program, letters)
  const options: Options = { ...DEFAULTS, remote_address: line.operands[0] ?? null }
  for (const [letter, argument] of line.options) {
    if (!take(options, letter, argument, shortest)) {
      return `${program}: invalid argument -- '${argument}' of -${letter}\n${usage(program, letters)}`
    }
  }
  return options
}

function take(options: Options, letter: string, argument: string, shortest: number): boolean {
  switch (letter) {
    case 'l':
      return inRange((options.length = Number(argument)), shortest, BUFFER_SIZE)
    case 'L':
      options.local_address = argument
      return true
    case 'p':
      return inRange((options.port = Number(argument)), 1, 0xffff)
    case 'n':
      return inRange((options.messagenumber = Number(argument)), 1, 2 ** 31 - 1)
    case 't':
      return inRange((options.timetosend = Number(argument)), 1, 2 ** 21)
    case 's':
      return inRange((options.streams = Number(argument)), 1, MAX_STREAMS)
    case 'u':
      options.unordered = true
      return true
    case 'r':
      options.requestcert = true
      return true
    case 'V':
      options.veryverbose = true
      options.verbose = true
      return true
    case 'v':
      options.verbose = true
      return true
    default:
      return false
  }
}

function inRange(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}

function usage(program: string, letters: readonly OptionLetter[]): string {
  const lines = letters.map(letter => `        -${letter.charAt(0)}      ${EXPLAINED[letter]}`)
  return [
    `Usage: ${program} [options] [address]`,
    'Without an address it is the server, with one the client.',
    'Options:',
    ...lines,
    '',
  ].join('\n')
}

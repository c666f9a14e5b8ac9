/** What a configuration file says: values by name, by section (config(5)). */
export type Sections = Map<string, Map<string, string>>

/** Why a text is no configuration, with OpenSSL's number; `detail` as it stands in the error queue. */
export class ConfFailure extends Error {
  readonly reason: number
  readonly line: number
  readonly detail: string

  constructor(reason: number, line: number, detail = '') {
    super(`configuration: reason ${reason} in line ${line}`)
    this.reason = reason
    this.line = line
    this.detail = detail
  }
}

export const DEFAULT_SECTION = 'default'
const LONGEST_VALUE = 65_536

const CONF_R_MISSING_CLOSE_SQUARE_BRACKET = 100
const CONF_R_MISSING_EQUAL_SIGN = 101
const CONF_R_NO_CLOSE_BRACE = 102
const CONF_R_VARIABLE_HAS_NO_VALUE = 104
const CONF_R_VARIABLE_EXPANSION_TOO_LONG = 116
const CONF_R_INVALID_PRAGMA = 122
const CONF_R_RELATIVE_PATH = 125

/** Reads a configuration, adding to `sections`. Throws ConfFailure. */
export function parseConfiguration(text: string, sections: Sections): void {
  const state = { sections, section: DEFAULT_SECTION, dollarIsName: false }
  for (const { line, number } of logicalLines(text)) readLine(withoutComment(line).trim(), number, state)
}

/** A value, as `section` sees it: its own, the environment's for ENV, or the default section's. */
export function lookUp(sections: Sections, section: string | null, name: string): string | null {
  const own = section === null ? undefined : sections.get(section)?.get(name)
  if (own !== undefined) return own
  const environment = section === 'ENV' ? process.env[name] : undefined
  return environment ?? sections.get(DEFAULT_SECTION)?.get(name) ?? null
}

interface State {
  readonly sections: Sections
  section: string
  /** `.pragma dollarid`: a dollar without a brace is part of a name. */
  dollarIsName: boolean
}

/** Lines that end in a backslash go on; a number is that of the last. */
function* logicalLines(text: string): Generator<{ line: string; number: number }> {
  let begun = ''
  let number = 0
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const raw of lines) {
    number++
    const line = begun + raw.replace(/\r+$/, '')
    const goesOn = /(?<!\\)\\$/.test(line)
    begun = goesOn ? line.slice(0, -1) : ''
    if (!goesOn) yield { line, number }
  }
  if (begun !== '') yield { line: begun, number }
}

function withoutComment(line: string): string {
  const kept = /^(?:\\.|"(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$)|`(?:\\.|[^`\\])*(?:`|$)|[^#])*/.exec(line)
  return kept?.[0] ?? ''
}

const NAME = String.raw`(?:\\.|[\w!.%&*+,/;?@^~|-])+`
const SECTION_LINE = new RegExp(String.raw`^\[\s*((?:${NAME}(?:\s+${NAME})*)?)\s*\]`)
const VALUE_LINE = new RegExp(String.raw`^(?:((?:${NAME})?)::)?((?:${NAME})?)\s*`)

function readLine(line: string, number: number, state: State): void {
  if (line === '') return
  if (line.startsWith('[')) {
    const section = SECTION_LINE.exec(line)?.[1]
    if (section === undefined) throw new ConfFailure(CONF_R_MISSING_CLOSE_SQUARE_BRACKET, number)
    state.section = section
    if (!state.sections.has(section)) state.sections.set(section, new Map())
    return
  }
  const [head = '', elsewhere, name = ''] = VALUE_LINE.exec(line) ?? []
  const rest = line.slice(head.length)
  if (elsewhere === undefined && isDirective(name, head, rest)) {
    obey(name, rest, number, state)
    return
  }
  if (!rest.startsWith('=')) throw new ConfFailure(CONF_R_MISSING_EQUAL_SIGN, number, `HERE-->${rest}`)
  const section = elsewhere ?? state.section
  const value = expand(rest.slice(1).trim(), section, number, state)
  const values = state.sections.get(section) ?? new Map<string, string>()
  state.sections.set(section, values.set(name, value))
}

/** `.pragma` and `.include`, as libssl knows them: whatever follows, unless it is nothing. */
function isDirective(name: string, head: string, rest: string): boolean {
  const word = /^\.(?:pragma|include)/.exec(name)?.[0]
  return word !== undefined && (head.length > word.length || rest.startsWith('='))
}

function obey(name: string, rest: string, number: number, state: State): void {
  // The file that it names may be anywhere; who calls has not said that it may be read.
  if (name.startsWith('.include')) throw new ConfFailure(CONF_R_RELATIVE_PATH, number, 'files are not included')
  const [, pragma, value = ''] = /^=?\s*([^:]+):(.+)$/.exec(rest) ?? []
  if (pragma === undefined) throw new ConfFailure(CONF_R_INVALID_PRAGMA, number)
  if (pragma !== 'dollarid') return
  if (!/^(?:on|true|off|false)$/.test(value)) throw new ConfFailure(CONF_R_INVALID_PRAGMA, number)
  state.dollarIsName = value === 'on' || value === 'true'
}

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', b: '\b', t: '\t' }
const PIECE = /(["'`])((?:\\.|(?!\1)[^\\])*)(?:\1|\\?$)|\\(.?)|\$([{(]?)(?:(\w*)::)?(\w*)([})]?)|[^\\"'`$]+/gs

/** The value of a line: quotes off, escapes and variables replaced. */
function expand(text: string, section: string, line: number, state: State): string {
  let value = ''
  for (let at = 0; at < text.length; ) {
    PIECE.lastIndex = at
    const [piece = text.slice(at, at + 1), quote, quoted = '', escaped, open, elsewhere, name = '', close = ''] =
      PIECE.exec(text) ?? []
    at += piece.length
    if (quote !== undefined) value += quoted.replace(/\\(.)/gs, '$1')
    else if (escaped !== undefined) value += ESCAPES[escaped] ?? escaped
    else if (open === undefined || (open === '' && state.dollarIsName)) value += piece
    else {
      if (open === '') at -= close.length
      else if (close !== CLOSING[open]) throw new ConfFailure(CONF_R_NO_CLOSE_BRACE, line)
      const found = lookUp(state.sections, elsewhere ?? section, name)
      if (found === null) throw new ConfFailure(CONF_R_VARIABLE_HAS_NO_VALUE, line)
      value += found
    }
    if (value.length > LONGEST_VALUE) throw new ConfFailure(CONF_R_VARIABLE_EXPANSION_TOO_LONG, line)
  }
  return value
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')' }

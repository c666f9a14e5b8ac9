import * as O from '../../../lib/index.ts'
import { Place } from './calls.ts'
import { Side } from './wire.ts'

/** What the scene being played consists of. */
export class Stage {
  readonly lines: string[] = []
  readonly place = new Place()
  client = new Side('c')
  server = new Side('s')
  /** Whose call is running. */
  acting: Side = this.client
  /** Microseconds. */
  now = 1e12
  #shown = ''
  #notes: string[] = []
  cookieFails = false
  cookieRefused = false
  pskKinds = { c: 'k', s: 'k' }
  verifyKind = ''
  timerKind = ''

  constructor() {
    this.place.say = line => this.say(line)
  }

  readonly say = (line: string): void => {
    this.lines.push(line)
  }

  readonly note = (line: string): void => {
    this.#notes.push(line)
  }

  readonly shows = (what: string): boolean => this.#shown.includes(what)

  get sides(): readonly [Side, Side] {
    return [this.client, this.server]
  }

  show(what: string): void {
    this.#shown = what
  }

  other(side: Side): Side {
    return side === this.client ? this.server : this.client
  }

  owner(ssl: O.SSL): Side {
    return this.sides.find(side => side.ssl === ssl) ?? this.acting
  }

  /** Tells what was noted meanwhile. */
  tellNotes(): void {
    for (const note of this.#notes) for (const line of note.split('\n')) this.say(line)
    this.#notes = []
  }

  dropNotes(): void {
    this.#notes = []
  }

  /** Another scene begins. */
  reset(): void {
    for (const side of this.sides) {
      O.SSL_free(side.ssl)
      O.SSL_CTX_free(side.ctx)
    }
    this.client = new Side('c')
    this.server = new Side('s')
    this.acting = this.client
    this.show('')
    this.dropNotes()
    this.place.reset()
    this.cookieFails = false
    this.cookieRefused = false
    this.pskKinds = { c: 'k', s: 'k' }
    this.verifyKind = ''
    this.timerKind = ''
    O.ERR_clear_error()
  }
}

/** The queued errors, first to last, with what they say besides. */
export function takeErrors(): string {
  const data = { value: '' }
  const flags = { value: 0 }
  let text = ''
  for (let code: number; (code = O.ERR_get_error_all(null, null, null, data, flags)) !== 0; ) {
    text += ` ${code.toString(16).toUpperCase().padStart(8, '0')}`
    if (flags.value & O.ERR_TXT_STRING && data.value !== '' && !MORE_SAID.has(O.ERR_GET_REASON(code)))
      text += `<${data.value}>`
  }
  return text
}

/** Where libssl says nothing besides and we do: see compat/differences.md. */
const MORE_SAID: ReadonlySet<number> = new Set([O.SSL_R_UNEXPECTED_MESSAGE])

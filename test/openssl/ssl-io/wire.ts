import { setErrno } from '../../../lib/base/errno.ts'
import * as O from '../../../lib/index.ts'

/** One end of the scene, with the datagrams that wait for it and what is wrong with its BIO. */
export class Side {
  readonly name: 'c' | 's'
  ctx: O.SSL_CTX | null = null
  ssl: O.SSL | null = null
  waiting: Uint8Array[] = []
  /** What the BIO answers to a command. */
  readonly answers = new Map<number, number>()
  eof = 0
  readonly faults: Record<'read' | 'write', Fault> = { read: { ...NO_FAULT }, write: { ...NO_FAULT } }

  constructor(name: 'c' | 's') {
    this.name = name
  }

  get live(): O.SSL {
    if (this.ssl === null) throw new Error(`${this.name} is not open`)
    return this.ssl
  }

  get context(): O.SSL_CTX {
    if (this.ctx === null) throw new Error(`${this.name} has no context`)
    return this.ctx
  }

  datagram(index: number): Uint8Array {
    const datagram = this.waiting[index]
    if (datagram === undefined) throw new Error(`no datagram ${index} waits for ${this.name}`)
    return datagram
  }
}

interface Fault {
  kind: string
  times: number
  errno: number
}

const NO_FAULT: Fault = { kind: '', times: 0, errno: 0 }

/** Who listens to what the BIO is told. */
export interface WireObserver {
  readonly shows: (what: string) => boolean
  readonly now: () => number
  /** A line that belongs to the running call. */
  readonly say: (line: string) => void
  /** A line that is told after the call's callbacks, as the moment of sending within a call means nothing. */
  readonly note: (line: string) => void
}

/** A BIO that keeps the borders of datagrams, made as a program would make it. */
export function wireMethod(peerOf: (side: Side) => Side, observer: WireObserver): O.BIO_METHOD {
  const method = O.BIO_meth_new(O.BIO_get_new_index() | O.BIO_TYPE_SOURCE_SINK, 'wire')
  O.BIO_meth_set_create(method, bio => {
    O.BIO_set_init(bio, 1)
    return 1
  })
  O.BIO_meth_set_write(method, (bio, data, length) => {
    const side = sideOf(bio)
    O.BIO_clear_retry_flags(bio)
    const failed = fault(side, 'write', () => O.BIO_set_retry_write(bio))
    if (failed !== null) {
      observer.note('  refused')
      return failed
    }
    const datagram = data.slice(0, length)
    if (!observer.shows('silence'))
      observer.note(`  ${side.name}>${describe(datagram, observer.shows, `\n  ${side.name}>`)}`)
    peerOf(side).waiting.push(datagram)
    return length
  })
  O.BIO_meth_set_read(method, (bio, out, length) => {
    const side = sideOf(bio)
    O.BIO_clear_retry_flags(bio)
    const failed = fault(side, 'read', () => O.BIO_set_retry_read(bio))
    if (failed !== null) return failed
    const datagram = side.waiting.shift()?.subarray(0, length)
    if (datagram === undefined) {
      if (side.eof !== 0) return 0
      O.BIO_set_retry_read(bio)
      return -1
    }
    out.set(datagram)
    return datagram.length
  })
  O.BIO_meth_set_ctrl(method, (bio, command, _number, pointer) => answer(sideOf(bio), command, pointer, observer))
  return method
}

/**
 * Each record as type, version, epoch and number, and length; handshake messages in the clear by type and fragment. `line`:
 * what each further record begins with where borders of datagrams do not matter.
 */
export function describe(datagram: Uint8Array, shows: (what: string) => boolean, line = ''): string {
  if (shows('lengths')) return ` (${datagram.length})`
  let text = ''
  for (let rest = datagram; rest.length > 0; ) {
    if (rest.length < 13) return `${text} ?${rest.length}`
    const at = (i: number) => rest[i] ?? 0
    const wide = (i: number) => (at(i) << 8) | at(i + 1)
    const [type, epoch, length] = [at(0), wide(3), wide(11)]
    text += ` [${type} ${hex16(wide(1))} ${epoch}${shows('unnumbered') ? '' : `.${wide(9)}`}`
    if (type === 22 && epoch === 0 && length >= 12)
      text += ` m${at(13)}:${wide(17)} ${wide(20)}+${wide(23)}/${wide(15)}`
    else if (type === 21 && epoch === 0 && length === 2) text += ` a${at(13)}/${at(14)}`
    else text += ` (${length})`
    text += ']'
    rest = rest.subarray(13 + length)
    if (shows('apart') && rest.length > 0) text += line
  }
  return text
}

export function hex16(value: number): string {
  return value.toString(16).padStart(4, '0')
}

function sideOf(bio: O.BIO): Side {
  const side = O.BIO_get_data(bio)
  if (side instanceof Side) return side
  throw new Error('a BIO of nobody')
}

function fault({ faults }: Side, direction: 'read' | 'write', retry: () => void): number | null {
  const found = faults[direction]
  if (found.times <= 0) return null
  found.times--
  if (found.kind === 'zero') return 0
  setErrno(found.errno)
  if (found.kind === 'retry') retry()
  return -1
}

function answer(side: Side, command: number, pointer: unknown, { shows, say, now }: WireObserver): number {
  const told = side.answers.get(command) ?? 0
  const result = command === O.BIO_CTRL_FLUSH ? 1 : command === O.BIO_CTRL_EOF ? side.eof : told
  if (command === O.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT && shows('alarm')) {
    const { tv_sec, tv_usec } = pointer as O.timeval
    const time = tv_sec * 1e6 + tv_usec
    say(`  alarm ${time === 0 ? 0 : time - now()}`)
  }
  if (shows(command === O.BIO_CTRL_FLUSH ? 'flush' : 'ctrl') && SHOWN_COMMANDS.includes(command))
    say(`  ctrl ${command} = ${result}`)
  return result
}

const SHOWN_COMMANDS = [11, 40, 42, 44, 46, 47]

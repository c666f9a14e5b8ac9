import { concat } from '../../../lib/base/bytes.ts'
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
  /** 1: the other end answers while this one waits; more: it then writes so many bytes, once. */
  lively = 0
  /** TLS: the wire cuts what is written into records, `made` is what is left of one; `changed`: they are protected. */
  stream = false
  changed = false
  made = new Uint8Array(0)
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
  /** What `errno` is then; of a 'short' write, how many bytes it takes. */
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

/** A BIO that keeps the borders of datagrams, and those of records in a stream, made as a program would make it. */
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
    if (failed !== null && failed.kind !== 'short') {
      observer.note('  refused')
      return failed.answer
    }
    const taken = Math.min(length, failed?.answer ?? length)
    const datagram = data.slice(0, taken)
    if (side.stream) {
      for (const record of tape(side, datagram)) {
        if (!observer.shows('silence')) observer.note(`  ${side.name}>${describeRecord(record, side.changed)}`)
        if (record[0] === 20) side.changed = true
        peerOf(side).waiting.push(record)
      }
      return taken
    }
    if (!observer.shows('silence'))
      observer.note(`  ${side.name}>${describe(datagram, observer.shows, `\n  ${side.name}>`)}`)
    peerOf(side).waiting.push(datagram)
    return length
  })
  O.BIO_meth_set_read(method, (bio, out, length) => {
    const side = sideOf(bio)
    if (side.lively > 0 && side.waiting.length === 0) stir(side, peerOf(side))
    O.BIO_clear_retry_flags(bio)
    const failed = fault(side, 'read', () => O.BIO_set_retry_read(bio))
    if (failed !== null) return failed.answer
    const whole = side.waiting.shift()
    const datagram = whole?.subarray(0, length)
    if (side.stream && whole !== undefined && whole.length > length) side.waiting.unshift(whole.subarray(length))
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

/** As a descriptor that blocks: the other end, where it has something to read, answers while this one waits. */
function stir(side: Side, peer: Side): void {
  const data = side.lively
  side.lively = 0
  if (peer.waiting.length > 0) O.SSL_read(peer.live, new Uint8Array(100))
  side.lively = data
  if (data < 2 || side.waiting.length > 0 || O.SSL_is_init_finished(peer.live) === 0) return
  side.lively = 1
  O.SSL_write(peer.live, new Uint8Array(data).fill(0x2b))
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

/** A record of TLS as type, version and length; a message in the clear by its type. */
export function describeRecord(record: Uint8Array, changed: boolean): string {
  const at = (i: number) => record[i] ?? 0
  const wide = (i: number) => (at(i) << 8) | at(i + 1)
  const length = record.length - 5
  let what = ''
  if (at(0) === 22 && !changed && length >= 4 && ((at(6) << 16) | wide(7)) === length - 4) what = ` m${at(5)}`
  if (at(0) === 21 && !changed && length === 2) return ` [21 ${hex16(wide(1))} a${at(5)}/${at(6)}]`
  return ` [${at(0)} ${hex16(wide(1))}${what} (${length})]`
}

/** The whole records of what a side has written; what is left of one waits for its end. */
function tape(side: Side, written: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = []
  let rest = concat(side.made, written)
  for (;;) {
    const length = 5 + (((rest[3] ?? 0) << 8) | (rest[4] ?? 0))
    if (rest.length < 5 || rest.length < length) break
    records.push(rest.slice(0, length))
    rest = rest.subarray(length)
  }
  side.made = rest.slice()
  return records
}

export function hex16(value: number): string {
  return value.toString(16).padStart(4, '0')
}

function sideOf(bio: O.BIO): Side {
  const side = O.BIO_get_data(bio)
  if (side instanceof Side) return side
  throw new Error('a BIO of nobody')
}

function fault(
  { faults }: Side,
  direction: 'read' | 'write',
  retry: () => void,
): { kind: string; answer: number } | null {
  const found = faults[direction]
  const { kind } = found
  if (found.times <= 0) return null
  found.times--
  if (kind === 'zero') return { kind, answer: 0 }
  if (kind === 'short') return { kind, answer: found.errno }
  setErrno(found.errno)
  if (kind === 'retry') retry()
  return { kind, answer: -1 }
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

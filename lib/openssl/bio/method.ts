import type { Out } from '../boundary.ts'
import { requireCallback, requireInstance } from '../boundary.ts'
import { BIO_TYPE_START } from '../constants/bio.ts'
import { BIO_TYPE_MASK } from '../constants/bio-datagram.ts'
import type { BIO } from './bio.ts'
import type { BIO_ADDR } from './socket/addr.ts'
import type { Recall } from './wait.ts'

/** Puts bytes into the BIO: how many it took, or 0 or less with the retry flags set as needed. */
export type BioWrite = (b: BIO, data: Uint8Array, dlen: number) => number
/** The same with the count in `written` and 1 for success. */
export type BioWriteEx = (b: BIO, data: Uint8Array, dlen: number, written: Out<number>) => number
/** Fills `data` (just `dlen` bytes of it): how many, or 0 or less with the retry flags set as needed. */
export type BioRead = (b: BIO, data: Uint8Array, dlen: number) => number
export type BioReadEx = (b: BIO, data: Uint8Array, dlen: number, readbytes: Out<number>) => number
export type BioPuts = (b: BIO, text: string) => number
/** Reads a line with its `\n` and ends it with a NUL: the number of bytes without the NUL. */
export type BioGets = (b: BIO, buf: Uint8Array, size: number) => number
export type BioCtrl = (b: BIO, cmd: number, larg: number, parg: unknown) => number
export type BioCreate = (b: BIO) => number
export type BIO_info_cb = (b: BIO, state: number, res: number) => number
/** The name of 1.0.2. */
export type bio_info_cb = BIO_info_cb
export type BioCallbackCtrl = (b: BIO, cmd: number, cb: BIO_info_cb | null) => number

/** One datagram of BIO_sendmmsg and BIO_recvmmsg. */
export interface BIO_MSG {
  data: Uint8Array
  /** Bytes of `data` to send; before a receive the room in it, after it the length received. */
  data_len: number
  /** Where to, where from; null when that does not matter. */
  peer: BIO_ADDR | null
  /** The local address; null unless BIO_dgram_set_local_addr_enable was used. */
  local: BIO_ADDR | null
  /** 0; set to 0 for every message that was processed. */
  flags: number
}

/** Sends or receives up to `num` messages: 1 when at least one was processed, with the count in `processed`. */
export type BioMmsg = (b: BIO, msg: BIO_MSG[], num: number, flags: number, processed: Out<number>) => number

/**
 * How `openssl-shim/promises` waits where C blocks: resolves to true when it is worth reading or writing again, to
 * false when `milliseconds` have passed (null: no limit). A wait may end early, never late, and ends when `recall` says
 * so. Memory kinds resolve when the other side reads or writes; a filter has no hook and the next BIO of the chain is asked.
 */
export type BioWait = (b: BIO, want: 'read' | 'write', milliseconds: number | null, recall: Recall) => Promise<boolean>

/**
 * A read that gives the datagram itself, the reader's to keep, where it would fill a buffer: a kind that has it spares the
 * engine a copy. 0 or less as a read.
 */
export type BioTake = (b: BIO) => Uint8Array | number

/** A write of a whole datagram that may be kept without a copy: nobody touches it any more, unless it was refused. */
export type BioGive = (b: BIO, datagram: Uint8Array) => number

/** What a kind of BIO does; what it leaves out it does not support. */
export interface BioHooks {
  write: BioWrite
  writeEx: BioWriteEx
  read: BioRead
  readEx: BioReadEx
  take: BioTake
  give: BioGive
  puts: BioPuts
  gets: BioGets
  ctrl: BioCtrl
  create: BioCreate
  destroy: BioCreate
  callbackCtrl: BioCallbackCtrl
  sendmmsg: BioMmsg
  recvmmsg: BioMmsg
  wait: BioWait
}

/** A kind of BIO. Programs make their own with {@link BIO_meth_new} and the `BIO_meth_set_*` functions. */
export class BIO_METHOD {
  readonly type: number
  readonly name: string
  readonly hooks: Partial<BioHooks>

  constructor(type: number, name: string, hooks: Partial<BioHooks> = {}) {
    this.type = type
    this.name = name
    this.hooks = hooks
  }
}

let lastIndex: number = BIO_TYPE_START

/**
 * A number for a type of the program's own, to be joined with BIO_TYPE_SOURCE_SINK or BIO_TYPE_FILTER
 * (BIO_get_new_index(3)): 129 first.
 * @returns -1 when all 127 are taken
 */
export function BIO_get_new_index(): number {
  return lastIndex >= BIO_TYPE_MASK ? -1 : ++lastIndex
}

/**
 * A kind of BIO without any behaviour yet (BIO_meth_new(3)).
 * @param type - BIO_TYPE_*, or a number of BIO_get_new_index
 */
export function BIO_meth_new(type: number, name: string): BIO_METHOD {
  return new BIO_METHOD(type, name)
}

/** Nothing to do: there for ported programs. BIOs made from the method go on working. */
export function BIO_meth_free(biom: BIO_METHOD | null): void {
  if (biom !== null) requireInstance(biom, BIO_METHOD, 'biom')
}

/** Sets how to write; replaces a BIO_meth_set_write_ex. @returns 1 */
export function BIO_meth_set_write(biom: BIO_METHOD, write: BioWrite | null): number {
  return set(biom, 'write', write) && set(biom, 'writeEx', null)
}

/** Sets how to write, with the count apart from the result; replaces a BIO_meth_set_write. @returns 1 */
export function BIO_meth_set_write_ex(biom: BIO_METHOD, bwrite: BioWriteEx | null): number {
  return set(biom, 'writeEx', bwrite) && set(biom, 'write', null)
}

/** Sets how to read; replaces a BIO_meth_set_read_ex. @returns 1 */
export function BIO_meth_set_read(biom: BIO_METHOD, read: BioRead | null): number {
  return set(biom, 'read', read) && set(biom, 'readEx', null)
}

/** Sets how to read, with the count apart from the result; replaces a BIO_meth_set_read. @returns 1 */
export function BIO_meth_set_read_ex(biom: BIO_METHOD, bread: BioReadEx | null): number {
  return set(biom, 'readEx', bread) && set(biom, 'read', null)
}

/** Sets what BIO_puts does. @returns 1 */
export function BIO_meth_set_puts(biom: BIO_METHOD, puts: BioPuts | null): number {
  return set(biom, 'puts', puts)
}

/** Sets what BIO_gets does. @returns 1 */
export function BIO_meth_set_gets(biom: BIO_METHOD, gets: BioGets | null): number {
  return set(biom, 'gets', gets)
}

/** Sets how BIO_ctrl commands are answered; unknown ones are to give 0. @returns 1 */
export function BIO_meth_set_ctrl(biom: BIO_METHOD, ctrl: BioCtrl | null): number {
  return set(biom, 'ctrl', ctrl)
}

/** Sets what BIO_new calls; it calls BIO_set_init(b, 1) when the BIO is ready. 0 makes BIO_new fail. @returns 1 */
export function BIO_meth_set_create(biom: BIO_METHOD, create: BioCreate | null): number {
  return set(biom, 'create', create)
}

/** Sets what the last BIO_free calls. @returns 1 */
export function BIO_meth_set_destroy(biom: BIO_METHOD, destroy: BioCreate | null): number {
  return set(biom, 'destroy', destroy)
}

/** Sets what BIO_callback_ctrl does. @returns 1 */
export function BIO_meth_set_callback_ctrl(biom: BIO_METHOD, callback_ctrl: BioCallbackCtrl | null): number {
  return set(biom, 'callbackCtrl', callback_ctrl)
}

/** Sets what BIO_sendmmsg does. The stride of C is left out: messages stand in an array. @returns 1 */
export function BIO_meth_set_sendmmsg(biom: BIO_METHOD, f: BioMmsg | null): number {
  return set(biom, 'sendmmsg', f)
}

/** Sets what BIO_recvmmsg does. @returns 1 */
export function BIO_meth_set_recvmmsg(biom: BIO_METHOD, f: BioMmsg | null): number {
  return set(biom, 'recvmmsg', f)
}

/** The function of BIO_meth_set_write; null for none. */
export function BIO_meth_get_write(biom: BIO_METHOD): BioWrite | null {
  return get(biom, 'write')
}

/** The writer in its `_ex` form, made from a plain one if need be. */
export function BIO_meth_get_write_ex(biom: BIO_METHOD): BioWriteEx | null {
  const write = get(biom, 'write')
  return get(biom, 'writeEx') ?? (write && withCount(write))
}

/** The function of BIO_meth_set_read; null for none. */
export function BIO_meth_get_read(biom: BIO_METHOD): BioRead | null {
  return get(biom, 'read')
}

/** The reader in its `_ex` form, made from a plain one if need be. */
export function BIO_meth_get_read_ex(biom: BIO_METHOD): BioReadEx | null {
  const read = get(biom, 'read')
  return get(biom, 'readEx') ?? (read && withCount(read))
}

/** The function of BIO_meth_set_puts; null for none. */
export function BIO_meth_get_puts(biom: BIO_METHOD): BioPuts | null {
  return get(biom, 'puts')
}

/** The function of BIO_meth_set_gets; null for none. */
export function BIO_meth_get_gets(biom: BIO_METHOD): BioGets | null {
  return get(biom, 'gets')
}

/** The function of BIO_meth_set_ctrl; null for none. */
export function BIO_meth_get_ctrl(biom: BIO_METHOD): BioCtrl | null {
  return get(biom, 'ctrl')
}

/** The function of BIO_meth_set_create; null for none. */
export function BIO_meth_get_create(biom: BIO_METHOD): BioCreate | null {
  return get(biom, 'create')
}

/** The function of BIO_meth_set_destroy; null for none. */
export function BIO_meth_get_destroy(biom: BIO_METHOD): BioCreate | null {
  return get(biom, 'destroy')
}

/** The function of BIO_meth_set_callback_ctrl; null for none. */
export function BIO_meth_get_callback_ctrl(biom: BIO_METHOD): BioCallbackCtrl | null {
  return get(biom, 'callbackCtrl')
}

/** The function of BIO_meth_set_sendmmsg; null for none. */
export function BIO_meth_get_sendmmsg(biom: BIO_METHOD): BioMmsg | null {
  return get(biom, 'sendmmsg')
}

/** The function of BIO_meth_set_recvmmsg; null for none. */
export function BIO_meth_get_recvmmsg(biom: BIO_METHOD): BioMmsg | null {
  return get(biom, 'recvmmsg')
}

/** A plain read or write in the form that tells the count apart: 1 for success. */
function withCount(move: BioRead): BioReadEx {
  return (b, data, dlen, count) => {
    const moved = move(b, data, dlen)
    count.value = Math.max(0, moved)
    return Math.min(1, moved)
  }
}

function set<K extends keyof BioHooks>(biom: BIO_METHOD, name: K, hook: BioHooks[K] | null): 1 {
  const { hooks } = requireInstance(biom, BIO_METHOD, 'biom')
  const checked = requireCallback(hook, name)
  if (checked === null) delete hooks[name]
  else hooks[name] = checked
  return 1
}

function get<K extends keyof BioHooks>(biom: BIO_METHOD, name: K): BioHooks[K] | null {
  return requireInstance(biom, BIO_METHOD, 'biom').hooks[name] ?? null
}

import { MODULE } from './module.ts'

/**
 * The record kernels and the memory they work in, one for the process. Every call works in place on the text at `text`;
 * nothing yields in between, so one connection at a time has the memory. Sequence numbers come in halves, as in `Sealer`.
 */
export interface Kernels {
  readonly memory: Uint8Array
  /** Where a record's text lies; the tag follows it, the explicit nonce of GCM and CCM stands before it. */
  readonly text: number
  /** The longest text there is room for, in bytes. */
  readonly maxText: number
  /** Where counter blocks are written, and where a key is passed; as large as the key stream of a slot. */
  readonly counters: number
  readonly slots: number
  readonly slotSize: number
  readonly slotCount: number
  /** A slot holds GHASH tables of this size, then key stream. */
  readonly tablesSize: number
  /** Makes the tables of the hash key at `key`. */
  makeTables(key: number, tables: number): void
  /** Counter blocks for so many consecutive nonces, `blocks` for each; `ccm` 1 for those of CCM, 0 for GCM. */
  writeCounters(ccm: number, salt: number, nonceHigh: number, nonceLow: number, blocks: number, records: number): void
  gcmSeal(
    tables: number,
    stream: number,
    length: number,
    type: number,
    version: number,
    high: number,
    low: number,
  ): void
  /** 1 when the tag is right; if not the text stays sealed. */
  gcmOpen(
    tables: number,
    stream: number,
    length: number,
    type: number,
    version: number,
    high: number,
    low: number,
  ): number
  /** What the MAC covers, from 32 bytes before the text to the end of its last block; the chain's last is at `counters`. */
  ccmFrame(
    tagLength: number,
    salt: number,
    nonceHigh: number,
    nonceLow: number,
    length: number,
    type: number,
    version: number,
    high: number,
    low: number,
  ): void
  /** The MAC is at `counters`. */
  ccmSeal(stream: number, length: number, high: number, low: number): void
  ccmDecipher(stream: number, length: number): void
  /** 1 when the MAC at `counters` fits the tag; if not the text is overwritten. */
  ccmCheck(length: number, tagLength: number): number
  /** Key and IV, 44 bytes, are taken from `counters` and overwritten there. */
  chachaSeal(length: number, type: number, version: number, high: number, low: number): void
  /** As `chachaSeal`; 1 when the tag is right; if not the text stays sealed. */
  chachaOpen(length: number, type: number, version: number, high: number, low: number): number
}

/** The kernels, compiled when they are first asked for; null where WebAssembly or its SIMD is missing. */
export function kernels(): Kernels | null {
  loaded ??= { kernels: load() }
  return loaded.kernels
}

let loaded: { readonly kernels: Kernels | null } | null = null

function load(): Kernels | null {
  const instance = instantiate()
  return instance === null ? null : bind(instance)
}

function instantiate(): Exports | null {
  // Without a JIT there is no such global; an engine without SIMD refuses the module.
  if (typeof WebAssembly === 'undefined') return null
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, 'base64'))).exports
  } catch (thrown) {
    if (thrown instanceof WebAssembly.CompileError || thrown instanceof RangeError) return null
    throw thrown
  }
}

function bind(exports: Exports): Kernels {
  const call = (name: string): Call => {
    const value = exports[name]
    if (typeof value !== 'function') throw new TypeError(`the kernels have no function ${name}`)
    return value as Call
  }
  const number = (name: string): number => {
    const value = exports[name]
    if (!(value instanceof WebAssembly.Global)) throw new TypeError(`the kernels have no constant ${name}`)
    return value.value
  }
  const { memory } = exports
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError('the kernels have no memory')
  return {
    memory: new Uint8Array(memory.buffer),
    text: number('TEXT'),
    maxText: number('MAX_TEXT'),
    counters: number('COUNTERS'),
    slots: number('SLOTS'),
    slotSize: number('SLOT_SIZE'),
    slotCount: number('SLOT_COUNT'),
    tablesSize: number('TABLES_SIZE'),
    makeTables: call('makeTables'),
    writeCounters: call('writeCounters'),
    gcmSeal: call('gcmSeal'),
    gcmOpen: call('gcmOpen'),
    ccmFrame: call('ccmFrame'),
    ccmSeal: call('ccmSeal'),
    ccmDecipher: call('ccmDecipher'),
    ccmCheck: call('ccmCheck'),
    chachaSeal: call('chachaSeal'),
    chachaOpen: call('chachaOpen'),
  }
}

type Call = (...numbers: number[]) => number
type Exports = Readonly<Record<string, unknown>>

/** As much of WebAssembly's API as is used; the types of Node 20 do not have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: Exports }
  readonly Memory: new (shape: { initial: number }) => { readonly buffer: ArrayBuffer }
  readonly Global: new (shape: { value: 'i32' }) => { readonly value: number }
  readonly CompileError: new () => Error
}

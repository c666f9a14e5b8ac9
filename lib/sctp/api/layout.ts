import { endianness } from 'node:os'
import { copy, EMPTY } from '../../base/bytes.ts'

/** How C lays out a value of a fixed size, in the byte order of this machine. */
export interface Layout<Value> {
  /** Bytes. */
  readonly size: number
  /** What its place is a multiple of, in bytes. */
  readonly align: number
  /** Writes over zeros. What is left out stays zero, as after memset; what does not fit is a TypeError with its name. */
  write(view: DataView, at: number, value: unknown, name: string): void
  read(view: DataView, at: number): Value
}

/** How C lays out a struct, which may end in a flexible array. */
export interface Struct<Fields> {
  /** Bytes, without the array. */
  readonly size: number
  /** Of the fields, in order, without the array. */
  readonly names: readonly string[]
  /** Bytes an element of the array; null when there is none. */
  readonly elementWidth: number | null
  pack(value?: Readonly<Partial<Fields>>): Uint8Array
  /** Null when the bytes are too few, or end within an element of the array. */
  unpack(bytes: Uint8Array): Fields | null
}

/** The elements of a flexible array. */
export interface Elements<List> {
  /** Bytes an element. */
  readonly width: number
  pack(list: unknown, name: string): Uint8Array
  unpack(bytes: Uint8Array): List
}

type Layouts<Fields> = { readonly [Name in keyof Fields]-?: Layout<Exclude<Fields[Name], undefined>> }

const LITTLE = endianness() === 'LE'
const ILP32 = ['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'].includes(process.arch)

/** The alignment of C's `long`, in bytes. */
export const LONG = ILP32 ? 4 : 8

export const u8 = integer(1, 'getUint8', 'setUint8')
export const u16 = integer(2, 'getUint16', 'setUint16')
export const u32 = integer(4, 'getUint32', 'setUint32')
export const i32 = integer(4, 'getInt32', 'setInt32')

/** A counter, exact up to 2^53. */
export const u64: Layout<number> = {
  size: 8,
  align: process.arch === 'ia32' ? 4 : 8,
  write(view, at, value = 0, name = '') {
    if (!Number.isSafeInteger(value) || Number(value) < 0) throw new TypeError(`${name}: a count is needed`)
    view.setBigUint64(at, BigInt(Number(value)), LITTLE)
  },
  read: (view, at) => Number(view.getBigUint64(at, LITTLE)),
}

/**
 * A struct of these fields, in this order.
 * @param packed - as by `__attribute__((packed, aligned(4)))`
 */
export function struct<Fields extends object>(
  layouts: Layouts<Fields>,
  packed = false,
): Struct<Fields> & Layout<Fields> {
  const fields: { name: string; offset: number; layout: Layout<unknown> }[] = []
  let end = 0
  let align = packed ? 4 : 1
  for (const [name, layout] of Object.entries<Layout<unknown>>(layouts)) {
    const offset = packed ? end : roundUp(end, layout.align)
    fields.push({ name, offset, layout })
    end = offset + layout.size
    if (!packed) align = Math.max(align, layout.align)
  }
  const size = roundUp(end, align)

  function write(view: DataView, at: number, value: unknown = {}, struct = ''): void {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${struct}: an object is needed`)
    const given: Readonly<Record<string, unknown>> = { ...value }
    for (const { name, offset, layout } of fields) layout.write(view, at + offset, given[name], name)
  }

  function read(view: DataView, at: number): Fields {
    const value: Record<string, unknown> = {}
    for (const { name, offset, layout } of fields) value[name] = layout.read(view, at + offset)
    // The layouts name every field of the type, and give each its type.
    return value as Fields
  }

  return {
    size,
    names: fields.map(({ name }) => name),
    elementWidth: null,
    align,
    write,
    read,
    pack(value) {
      const bytes = new Uint8Array(size)
      write(viewOf(bytes), 0, value)
      return bytes
    },
    unpack: bytes => (bytes.length < size ? null : read(viewOf(bytes), 0)),
  }
}

/**
 * A struct that ends in a flexible array.
 * @param head - the fields before the array
 * @param name - of the array
 * @param count - the field of `head` that counts the elements: derived when it is left out. Null: the array goes on to
 * the end
 */
export function tailed<Fields extends object>(
  head: Struct<object>,
  name: keyof Fields & string,
  elements: Elements<unknown>,
  count: (keyof Fields & string) | null = null,
): Struct<Fields> {
  return {
    size: head.size,
    names: head.names,
    elementWidth: elements.width,
    pack(value) {
      const given: Readonly<Record<string, unknown>> = { ...value }
      const tail = given[name] === undefined ? EMPTY : elements.pack(given[name], name)
      const derived = count === null || given[count] !== undefined ? {} : { [count]: tail.length / elements.width }
      const bytes = new Uint8Array(head.size + tail.length)
      bytes.set(head.pack({ ...value, ...derived }))
      bytes.set(tail, head.size)
      return bytes
    },
    unpack(bytes) {
      const fields = head.unpack(bytes)
      if (fields === null) return null
      const start: Readonly<Record<string, unknown>> = { ...fields }
      const end = count === null ? bytes.length : head.size + Number(start[count]) * elements.width
      if (end > bytes.length || (end - head.size) % elements.width !== 0) return null
      // The head has every other field of the type.
      return { ...start, [name]: elements.unpack(bytes.subarray(head.size, end)) } as Fields
    },
  }
}

export const bytes: Elements<Uint8Array> = {
  width: 1,
  pack(list, name) {
    if (list instanceof Uint8Array) return list
    throw new TypeError(`${name}: a Uint8Array is needed`)
  },
  unpack: copy,
}
export const u16s = integers(u16)
export const i32s = integers(i32)

type Getter = 'getUint8' | 'getUint16' | 'getUint32' | 'getInt32'
type Setter = 'setUint8' | 'setUint16' | 'setUint32' | 'setInt32'

/** As in C a field takes signed and unsigned numbers of its width. */
function integer(size: number, get: Getter, set: Setter): Layout<number> {
  const bound = 2 ** (8 * size)
  return {
    size,
    align: size,
    write(view, at, value = 0, name = '') {
      const number = Number(value)
      if (typeof value !== 'number' || !Number.isInteger(number) || number < -bound / 2 || number >= bound) {
        throw new TypeError(`${name}: a whole number of ${8 * size} bits is needed`)
      }
      view[set](at, number, LITTLE)
    },
    read: (view, at) => view[get](at, LITTLE),
  }
}

function integers(layout: Layout<number>): Elements<number[]> {
  const width = layout.size
  return {
    width,
    pack(list, name) {
      if (!Array.isArray(list)) throw new TypeError(`${name}: an array is needed`)
      const packed = new Uint8Array(list.length * width)
      const view = viewOf(packed)
      for (const [i, element] of list.entries()) layout.write(view, i * width, element, name)
      return packed
    },
    unpack(packed) {
      const view = viewOf(packed)
      return Array.from({ length: packed.length / width }, (_, i) => layout.read(view, i * width))
    },
  }
}

function viewOf(packed: Uint8Array): DataView {
  return new DataView(packed.buffer, packed.byteOffset, packed.length)
}

function roundUp(length: number, multiple: number): number {
  return Math.ceil(length / multiple) * multiple
}

/**
 * What a C parameter becomes: checks that answer a programmer's mistake, where C would crash, with a TypeError that
 * names the argument; and the reference counts behind every `X_up_ref` and `X_free`.
 */

import { Watchers } from '../transport/readiness.ts'

/** A place for a result: C's pointer to a scalar or to a pointer that the callee sets. */
export interface Out<T> {
  value: T
}

/** A class that may be abstract or hide its constructor, as the opaque OpenSSL types do. */
export interface ClassOf<T> {
  readonly prototype: T
  readonly name: string
  [Symbol.hasInstance](value: unknown): boolean
}

/** The bytes of a `Uint8Array` (a `Buffer` is one). */
export function requireBytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrong(name, 'a Uint8Array', value)
  return value
}

/** The `size_t` beside a buffer: left out, it is the whole buffer; one beyond the buffer is the overrun that C would commit. */
export function requireLength(value: number | undefined, buffer: Uint8Array, name: string): number {
  const length = requireSignedLength(value, buffer, name)
  if (length < 0) throw new TypeError(`${name}: ${length} is no length`)
  return length
}

/** The `int` beside a buffer, where OpenSSL has an answer for a negative one: it is passed on. */
export function requireSignedLength(value: number | undefined, buffer: Uint8Array, name: string): number {
  if (value === undefined) return buffer.length
  if (!Number.isInteger(value)) throw wrong(name, 'an integer', value)
  if (value > buffer.length) throw new TypeError(`${name}: ${value} is beyond the ${buffer.length} bytes of the buffer`)
  return value
}

/** A whole number that a double holds exactly (`int`, `long`, option masks). */
export function requireInteger(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(name, 'an integer', value)
  return value
}

export function requireString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw wrong(name, 'a string', value)
  return value
}

/** A callback, or null to take one away. */
export function requireCallback<F>(value: F | null | undefined, name: string): F | null {
  if (value === null || value === undefined) return null
  if (typeof value !== 'function') throw wrong(name, 'a function or null', value)
  return value
}

export function requireOut<T>(value: Out<T> | null | undefined, name: string): Out<T>
export function requireOut<T>(value: unknown, name: string): Out<T>
export function requireOut<T>(value: unknown, name: string): Out<T> {
  if (!isPlace<T>(value)) throw wrong(name, 'an object { value }', value)
  return value
}

/** Puts a result into a place that may be left out. */
export function give<T>(place: Out<T> | null | undefined, value: T, name: string): void {
  if (place !== null && place !== undefined) requireOut(place, name).value = value
}

export function requireList<T>(value: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(value)) throw new TypeError(`${name}: an array is needed`)
  return value
}

export function requireInstance<T>(value: unknown, type: ClassOf<T>, name: string): T {
  if (!isInstance(value, type)) throw wrong(name, article(type.name), value)
  return value
}

/** An object of `type` that still has a reference. */
export function requireLive<T extends Counted>(value: unknown, type: ClassOf<T>, name: string): T {
  const object = requireInstance(value, type, name)
  if (object.freed) throw new TypeError(`${name}: ${type.name} object was freed`)
  return object
}

/** The same, with C's NULL let through. */
export function requireLiveOrNull<T extends Counted>(value: unknown, type: ClassOf<T>, name: string): T | null {
  return value === null || value === undefined ? null : requireLive(value, type, name)
}

/**
 * The base of every object that OpenSSL counts references to. It is born with one.
 * The engine's own references are taken with `addReference` too, so that freeing in any order is safe, as in C.
 */
export abstract class Counted {
  #references = 1
  #closing = false
  #watchers: Watchers | null = null

  /** True when the last reference has gone: the object may not be used again. */
  get freed(): boolean {
    return this.#references === 0
  }

  /** The number of references held. */
  get references(): number {
    return this.#references
  }

  /** `X_up_ref`. */
  addReference(): this {
    if (this.freed) throw new TypeError(`${this.constructor.name} object was freed`)
    this.#references++
    return this
  }

  /**
   * `X_free`: with the last reference `close` runs, which closes and wipes what the object owns; the object can still
   * be used in it, as C's destroy callbacks do, and is freed afterwards.
   * @returns true when this was the last reference
   */
  dropReference(close: () => void): boolean {
    if (this.freed || this.#closing) throw new TypeError(`${this.constructor.name} object was freed`)
    if (this.#references > 1) {
      this.#references--
      return false
    }
    this.#closing = true
    try {
      close()
    } finally {
      this.#references = 0
    }
    this.changed()
    return true
  }

  /** Calls `changed` when the object is freed or set up otherwise, until the function that it returns is called. */
  watch(changed: () => void): () => void {
    this.#watchers ??= new Watchers()
    return this.#watchers.watch(changed)
  }

  /** Has everybody look who waits with this object. */
  changed(): void {
    this.#watchers?.changed()
  }
}

/** What type the place takes is the contract of the call; JavaScript has no way to check it. */
function isPlace<T>(value: unknown): value is Out<T> {
  return typeof value === 'object' && value !== null
}

function isInstance<T>(value: unknown, type: ClassOf<T>): value is T {
  return type[Symbol.hasInstance](value)
}

/** What is needed, and what the mistake most likely is. */
function wrong(name: string, needed: string, value: unknown): TypeError {
  return new TypeError(`${name}: ${needed} is needed${hint(needed, value)}`)
}

function hint(needed: string, value: unknown): string {
  if (value instanceof Promise) return ', this is a promise: an await is missing'
  if (typeof value === 'function') return ', this is a function: is it to be called?'
  if (typeof value === 'string' && needed === 'a Uint8Array') return ', this is a string: Buffer.from gives its bytes'
  return ''
}

function article(name: string): string {
  return `${/^(?:[AEIOU]|[FHLMNRSX](?=[A-Z0-9]))/.test(name) ? 'an' : 'a'} ${name}`
}

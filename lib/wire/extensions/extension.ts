import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

/** An extension as it lies in a hello: its number kept even when unknown, its body unread; a view, when read. */
export interface Extension {
  type: number
  body: Uint8Array
}

/**
 * Reads the extension block that ends a hello, in order; a hello may end without one (RFC 5246 section 7.4.1.2).
 * A type that comes twice is refused (section 7.4.1.4) with OpenSSL's reason and alert, and so is one that is cut off.
 */
export function readExtensions(reader: Reader): Extension[] {
  if (reader.remaining === 0) return []
  const block = new Reader(reader.vector16(), 'bad-extension')
  const list: Extension[] = []
  const seen = new Set<number>()
  while (block.remaining > 0) {
    const type = block.u16()
    if (seen.has(type)) throw new ProtocolFailure('bad-extension', { alert: Alert.illegalParameter })
    seen.add(type)
    list.push({ type, body: block.vector16() })
  }
  return list
}

/** Writes the block; an empty list leaves it out, which peers older than extensions understand. */
export function writeExtensions(writer: Writer, list: readonly Extension[]): void {
  if (list.length === 0) return
  writer.vector16(block => {
    for (const { type, body } of list) block.u16(type).vector16(body)
  })
}

/** The body of the extension of this type, or `undefined` when it is not in the list. */
export function find(list: readonly Extension[], type: number): Uint8Array | undefined {
  return list.find(extension => extension.type === type)?.body
}

/** Reads an extension's body to its end; whatever is wrong with it is `bad-extension`, as in OpenSSL. */
export function readBody<T>(body: Uint8Array, read: (reader: Reader) => T): T {
  const reader = new Reader(body, 'bad-extension', 'bad-extension')
  const value = read(reader)
  reader.expectEnd()
  return value
}

/** The body of an extension that says all by being there. */
export function readEmpty(body: Uint8Array): true {
  return readBody(body, () => true as const)
}

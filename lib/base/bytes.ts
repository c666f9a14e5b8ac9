import { timingSafeEqual } from 'node:crypto'

export const EMPTY = new Uint8Array(0)

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Equality in constant time for equal lengths; the lengths themselves are not secret. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Overwrites key material. JavaScript cannot promise that no copy is left (see the README). */
export function wipe(...secrets: (Uint8Array | null | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0)
}

export function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'))
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** One character a byte, so that nothing the peer sends is lost or refused by a decoder. */
export function latin1(bytes: Uint8Array): string {
  // Not TextDecoder: what it calls latin1 is windows-1252.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** A `Buffer` from node:crypto as the plain view that the engine works with; no copy. */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/** Bytes set aside at once: dozens of short messages, little enough to be kept alive by one of them. */
const SLAB = 16384

let slab = new Uint8Array(SLAB)
let used = 0

/**
 * Zeroed bytes that live for a moment, such as a datagram on its way. Short ones are cut from one larger piece of memory, as
 * asking the system for each takes longer than sealing it; who keeps them for long copies them, or keeps all of the piece.
 */
export function allocate(length: number): Uint8Array {
  if (length > SLAB / 4) return new Uint8Array(length)
  if (used + length > SLAB) {
    slab = new Uint8Array(SLAB)
    used = 0
  }
  return slab.subarray(used, (used += length))
}

/** A copy that lives for a moment. */
export function passingCopy(bytes: Uint8Array): Uint8Array {
  const out = allocate(bytes.length)
  out.set(bytes)
  return out
}

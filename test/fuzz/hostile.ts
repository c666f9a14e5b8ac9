import { concat } from '../../lib/base/bytes.ts'
import type { SeededSource } from '../../lib/sim.ts'
import { encodeFragment, readFragment } from '../../lib/wire/handshake.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { type DtlsRecord, readDtlsRecord, writeDtlsHeader } from '../../lib/wire/record.ts'
import { ContentType } from '../../lib/wire/registry.ts'

/** How a hostile datagram is made out of a seed and of what the wire has shown so far. */
export type Attack = (source: SeededSource, seen: readonly Uint8Array[]) => Uint8Array

/** What no party may take for a message in its turn: a handshake goes on through any amount of it. */
export const NOISE: Readonly<Record<string, Attack>> = {
  garbage: source => source.bytes(source.integer(1500)),
  'garbage behind a header': source => forged(source, source.bytes(source.integer(200))),
  truncated: (source, seen) => {
    const datagram = pick(source, seen)
    return datagram.subarray(0, source.integer(Math.max(1, datagram.length)))
  },
  replayed: pick,
  'cut again': (source, seen) => recut(source, pick(source, seen)),
  'protected record with a bit wrong': (source, seen) => {
    const datagram = pick(source, seen)
    const record = readDtlsRecord(datagram, 0)
    return record === null || record.epoch === 0 ? forged(source, source.bytes(40)) : flipped(source, datagram)
  },
  'two joined': (source, seen) => concat(pick(source, seen), pick(source, seen)),
  'with a tail': (source, seen) => concat(pick(source, seen), source.bytes(source.integer(40))),
  'data in the clear': source => plain(source, ContentType.applicationData, source.bytes(source.integer(100))),
  'heartbeat in the clear': source => plain(source, ContentType.heartbeat, source.bytes(source.integer(40))),
  'malformed alert': source => plain(source, ContentType.alert, source.bytes(source.integer(2))),
  'warning in the clear': source => plain(source, ContentType.alert, Uint8Array.of(1, 90)),
  'ChangeCipherSpec that is none': source => plain(source, ContentType.changeCipherSpec, source.bytes(2)),
  'old or distant message': source => {
    const sequence = source.chance(0.5) ? 20 + source.integer(60_000) : 60_000
    return plain(source, ContentType.handshake, fragmentOf(source, sequence))
  },
}

/** What may be taken for a message in its turn, and then end a handshake; an established connection bears all of it. */
export const LIES: Readonly<Record<string, Attack>> = {
  'a bit wrong': (source, seen) => flipped(source, pick(source, seen)),
  'bytes wrong': (source, seen) => {
    const datagram = pick(source, seen).slice()
    for (let i = source.integer(8); i >= 0; i--) datagram[source.integer(datagram.length)] = source.integer(256)
    return datagram
  },
  'message in its turn': source => plain(source, ContentType.handshake, fragmentOf(source, source.integer(12))),
  'ChangeCipherSpec in the clear': source => plain(source, ContentType.changeCipherSpec, Uint8Array.of(1)),
  'fatal alert in the clear': source => plain(source, ContentType.alert, Uint8Array.of(2, source.integer(120))),
  'close_notify in the clear': source => plain(source, ContentType.alert, Uint8Array.of(1, 0)),
  'message with its length changed': (source, seen) => {
    const datagram = pick(source, seen).slice()
    const at = 14 + source.integer(11)
    if (at < datagram.length) datagram[at] = source.integer(256)
    return datagram
  },
}

export function attack(source: SeededSource, kinds: Readonly<Record<string, Attack>>, seen: readonly Uint8Array[]) {
  const names = Object.keys(kinds)
  const name = names[source.integer(names.length)] ?? ''
  const make = kinds[name]
  if (make === undefined) throw new Error(`no attack ${name}`)
  return { name, datagram: make(source, seen) }
}

function pick(source: SeededSource, seen: readonly Uint8Array[]): Uint8Array {
  return seen.length === 0 ? source.bytes(60) : (seen[source.integer(seen.length)] ?? source.bytes(60))
}

function flipped(source: SeededSource, datagram: Uint8Array): Uint8Array {
  const bit = source.integer(datagram.length * 8)
  return datagram.with(bit >> 3, (datagram[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
}

/** A header that is whole, of an epoch, version and type that may or may not exist. */
function forged(source: SeededSource, payload: Uint8Array): Uint8Array {
  const type = source.chance(0.5) ? ContentType.applicationData : 100 + source.integer(100)
  return record(source, type, source.integer(4), payload)
}

function plain(source: SeededSource, type: number, payload: Uint8Array): Uint8Array {
  return record(source, type, 0, payload)
}

function record(source: SeededSource, type: number, epoch: number, payload: Uint8Array): Uint8Array {
  const sequence = source.chance(0.2) ? 2 ** 48 - 1 - source.integer(9) : source.integer(200)
  const version = source.chance(0.2) ? 0xfeff : 0xfefd
  const out = new Uint8Array(13 + payload.length)
  writeDtlsHeader(out, 0, type, version, epoch, sequence, payload.length)
  out.set(payload, 13)
  return out
}

function fragmentOf(source: SeededSource, sequence: number): Uint8Array {
  const types = [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 22]
  const part = source.bytes(source.integer(60))
  const offset = source.chance(0.5) ? 0 : source.integer(5000)
  const length = source.chance(0.5) ? offset + part.length : offset + part.length + source.integer(100_000)
  return encodeFragment(types[source.integer(types.length)] ?? 0, length, sequence, offset, part)
}

/** The same plaintext handshake messages in other pieces, overlapping and out of order; the rest as it is. */
function recut(source: SeededSource, datagram: Uint8Array): Uint8Array {
  const out: Uint8Array[] = []
  for (let at = 0; ; ) {
    const next = readDtlsRecord(datagram, at)
    if (next === null) break
    at = next.end
    if (next.epoch > 0 || next.type !== ContentType.handshake)
      out.push(datagram.subarray(at - next.fragment.length - 13, at))
    else for (const piece of pieces(source, next)) out.push(record(source, ContentType.handshake, 0, piece))
  }
  return concat(...out)
}

function pieces(source: SeededSource, { fragment: content }: DtlsRecord): Uint8Array[] {
  const out: Uint8Array[] = []
  const reader = new Reader(content)
  while (reader.remaining > 0) {
    const { type, length, messageSequence, offset, fragment } = readFragment(reader)
    const step = 1 + source.integer(Math.max(1, fragment.length))
    for (let at = 0; at < fragment.length || at === 0; at += step) {
      const from = Math.max(0, at - source.integer(5))
      out.push(encodeFragment(type, length, messageSequence, offset + from, fragment.subarray(from, at + step)))
    }
  }
  return source.chance(0.5) ? out : out.reverse()
}

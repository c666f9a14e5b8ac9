import { PkiFailure } from './failure.ts'

/** One block between `-----BEGIN label-----` and `-----END label-----`. */
export interface PemBlock {
  readonly label: string
  /** RFC 1421 headers in order, as `Proc-Type` and `DEK-Info` of an encrypted key. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly data: Uint8Array
  /** The block as it stood in the text, for readers that take PEM. */
  readonly text: string
  /** Where the text after the block begins. */
  readonly end: number
}

/** Largest PEM text that is looked at, in characters: room for the largest CA bundles. */
export const MAX_PEM_LENGTH = 1 << 24

/**
 * The next block at or after `from`; null when there is no start line any more. Text outside the blocks is passed over,
 * as PEM_read_bio does. Throws `PkiFailure` with `bad-end-line` or `bad-base64`.
 */
export function nextPem(text: string, from = 0): PemBlock | null {
  if (text.length > MAX_PEM_LENGTH) throw new PkiFailure('too-large', 'PEM text too large')
  START_LINE.lastIndex = from
  const start = START_LINE.exec(text)
  if (start === null) return null
  const label = start[1] ?? ''
  const bodyFrom = START_LINE.lastIndex
  END_LINE.lastIndex = bodyFrom
  const stop = END_LINE.exec(text)
  if (stop === null || stop[1] !== label) throw new PkiFailure('bad-end-line', `no end line for ${label}`)
  const { headers, body } = splitHeaders(text.slice(bodyFrom, stop.index))
  const end = END_LINE.lastIndex
  return { label, headers, data: decodeBase64(body), text: text.slice(start.index, end), end }
}

/** Every block of the text in order. */
export function* pemBlocks(text: string): Generator<PemBlock> {
  for (let block = nextPem(text); block !== null; block = nextPem(text, block.end)) yield block
}

/** A block with lines of 64 characters (RFC 7468 section 2). */
export function writePem(label: string, data: Uint8Array): string {
  const encoded = Buffer.from(data.buffer, data.byteOffset, data.length)
  const lines = encoded.toString('base64').replace(/.{64}(?!$)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}${lines === '' ? '' : '\n'}-----END ${label}-----\n`
}

const START_LINE = /^-----BEGIN ([\x20-\x7e]{0,96}?)-----[ \t\r]*(?:\n|$)/gm
const END_LINE = /^-----END ([\x20-\x7e]{0,96}?)-----[ \t\r]*(?:\n|$)/gm

/** Headers stand before an empty line; a line with a colon cannot be base64. */
function splitHeaders(inner: string): { headers: [string, string][]; body: string } {
  const headers: [string, string][] = []
  if (!inner.includes(':')) return { headers, body: inner }
  const blank = /\r?\n[ \t]*\r?\n/.exec(inner)
  if (blank === null) throw new PkiFailure('bad-base64', 'PEM headers without an empty line after them')
  for (const line of inner.slice(0, blank.index).split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (/^[A-Za-z0-9-]+:/.test(line)) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
    else if (/^[ \t]/.test(line) && headers.length > 0) extendLast(headers, line.trim())
    else throw new PkiFailure('bad-base64', 'bad PEM header')
    if (headers.length > 32) throw new PkiFailure('bad-base64', 'too many PEM headers')
  }
  return { headers, body: inner.slice(blank.index + blank[0].length) }
}

function extendLast(headers: [string, string][], more: string): void {
  const last = headers.pop()
  if (last !== undefined) headers.push([last[0], last[1] + more])
}

/** Strict: only the alphabet, padding at the end and nowhere else, no stray bits. White space is passed over. */
function decodeBase64(body: string): Uint8Array {
  const characters = body.replace(/[ \t\r\n]+/g, '')
  if (characters.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(characters))
    throw new PkiFailure('bad-base64', 'bad base64 in a PEM block')
  const data = Buffer.from(characters, 'base64')
  if (data.toString('base64') !== characters) throw new PkiFailure('bad-base64', 'stray bits at the end of base64')
  return new Uint8Array(data)
}

import { ProtocolFailure } from '../../base/failure.ts'
import { ExtensionType } from '../registry.ts'
import { Writer } from '../writer.ts'
import { readBody } from './extension.ts'

/** RFC 6066 section 4: smaller records, as a code from 1 to 4. */
export const maxFragmentLength = {
  type: ExtensionType.maxFragmentLength,
  readClient: read,
  writeClient: write,
  /** The server's code must be the client's; the caller compares them. */
  readServer: read,
  writeServer: write,
}

/** The most plaintext in a record, in bytes: 512, 1024, 2048 or 4096 for the codes 1 to 4. */
export function lengthOf(code: number): number {
  if (!isCode(code)) throw new RangeError(`${code} is no maximum fragment length code`)
  return 256 << code
}

function read(body: Uint8Array): number {
  const code = readBody(body, reader => reader.u8())
  if (!isCode(code)) throw new ProtocolFailure('bad-max-fragment-length')
  return code
}

function write(code: number): Uint8Array {
  if (!isCode(code)) throw new RangeError(`${code} is no maximum fragment length code`)
  return new Writer(1).u8(code).finish()
}

function isCode(code: number): boolean {
  return Number.isInteger(code) && code >= 1 && code <= 4
}

import { context, DerReader, readWhole, Tag } from './der.ts'
import { type Extension, readExtensions } from './extensions.ts'
import { Name } from './name.ts'

/** The little of OCSP (RFC 6960) that a ClientHello carries (RFC 6066 section 8). Faults are `PkiFailure`s. */

/** Checks a ResponderID: the responder's name, or a hash of its key. */
export function checkResponderId(der: Uint8Array): void {
  const reader = new DerReader(der)
  if (reader.peek === BY_NAME) Name.parse(reader.next(BY_NAME).contents)
  else readWhole(reader.next(BY_KEY).encoding, BY_KEY, key => key.next(Tag.octetString))
  reader.end()
}

/** The extensions of a request. */
export function parseRequestExtensions(der: Uint8Array): Extension[] {
  return readWhole(der, Tag.sequence, readExtensions)
}

const BY_NAME = context(1, true)
const BY_KEY = context(2, true)

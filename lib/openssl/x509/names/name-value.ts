import { copy } from '../../../base/bytes.ts'
import { malformed, PkiFailure } from '../../../pki/failure.ts'
import { Name, type NameEntry } from '../../../pki/name.ts'
import { attributeValue } from '../../../pki/name-build.ts'
import { requireBytes } from '../../boundary.ts'
import { MBSTRING_UTF8 } from '../../constants/asn1.ts'
import { ERR_LIB_ASN1 } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

/** Sets an attribute: 1, or 0 with an ASN1 error where the value does not fit it. */
export function attempt(set: () => void): number {
  try {
    set()
    return 1
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_ASN1, ASN1_R_ILLEGAL_CHARACTERS, error.message)
    return 0
  }
}

/** The value of an attribute as it stands in the DER. Fails where the characters are none of its kind of string. */
export function entryValue(
  oid: string,
  type: number,
  bytes: Uint8Array | string,
  len: number,
): Pick<NameEntry, 'tag' | 'value'> {
  const given = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : requireBytes(bytes, 'bytes')
  const used = len < 0 ? given : given.subarray(0, len)
  if ((type & MBSTRING_FLAG) === 0) return { tag: type, value: copy(used) }
  const isUtf8 = typeof bytes === 'string' || type === MBSTRING_UTF8
  const text = Buffer.from(used).toString(isUtf8 ? 'utf8' : 'latin1')
  if (isUtf8 && text.includes('\ufffd')) throw malformed('bad UTF-8')
  return attributeValue(oid, text)
}

/** The name with an attribute more; the parts after a new one move up. */
export function insertEntry(name: Name, added: Omit<NameEntry, 'set'>, loc: number, set: number): Name {
  const entries = [...name.entries]
  const at = loc < 0 || loc > entries.length ? entries.length : loc
  const joined = set === -1 ? entries[at - 1] : set === 1 ? entries[at] : undefined
  const own = joined?.set ?? (set === -1 ? 0 : (entries[at]?.set ?? (entries.at(-1)?.set ?? -1) + 1))
  const shift = joined === undefined ? 1 : 0
  const after = entries.slice(at).map(entry => ({ ...entry, set: entry.set + shift }))
  return Name.of([...entries.slice(0, at), { ...added, set: own }, ...after])
}

const MBSTRING_FLAG = 0x1000
const ASN1_R_ILLEGAL_CHARACTERS = 124

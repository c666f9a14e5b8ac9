import { utf8 } from '../../base/bytes.ts'
import { type Out, requireBytes, requireLength, requireLive } from '../boundary.ts'
import { X509 } from './x509.ts'

// What a program or a PKCS #12 file notes beside a certificate; it is not signed, and X509_dup does not copy it.

const aliases = new WeakMap<X509, Uint8Array>()
const keyIds = new WeakMap<X509, Uint8Array>()

/** Notes a name of the owner's choice. @param name - null: takes it away @param len - bytes; -1: all of them @returns 1 */
export function X509_alias_set1(x: X509, name: Uint8Array | string | null, len = -1): number {
  return note(aliases, x, typeof name === 'string' ? utf8(name) : name, len)
}

/** The name, UTF-8; null for none. @param len - takes its bytes, if there is one */
export function X509_alias_get0(x: X509, len: Out<number> | null = null): Uint8Array | null {
  return noted(aliases, x, len)
}

/** Notes what names the key of the certificate; as X509_alias_set1. */
export function X509_keyid_set1(x: X509, id: Uint8Array | null, len = -1): number {
  return note(keyIds, x, id, len)
}

/** What X509_keyid_set1, or the file, has noted; null for nothing. */
export function X509_keyid_get0(x: X509, len: Out<number> | null = null): Uint8Array | null {
  return noted(keyIds, x, len)
}

function note(notes: WeakMap<X509, Uint8Array>, x: X509, value: Uint8Array | null, len: number): number {
  const live = requireLive(x, X509, 'x')
  if (value === null) notes.delete(live)
  else notes.set(live, value.slice(0, len < 0 ? undefined : requireLength(len, requireBytes(value, 'value'), 'len')))
  return 1
}

function noted(notes: WeakMap<X509, Uint8Array>, x: X509, len: Out<number> | null): Uint8Array | null {
  const value = notes.get(requireLive(x, X509, 'x')) ?? null
  if (len !== null && value !== null) len.value = value.length
  return value
}

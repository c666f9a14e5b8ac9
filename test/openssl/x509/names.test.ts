import { expect, test } from '@jest/globals'
import { toHex } from '../../../lib/base/bytes.ts'
import { BIO_free, BIO_new } from '../../../lib/openssl/bio/bio.ts'
import { BIO_read } from '../../../lib/openssl/bio/io.ts'
import { BIO_s_mem } from '../../../lib/openssl/bio/memory/mem.ts'
import { MBSTRING_ASC, MBSTRING_UTF8 } from '../../../lib/openssl/constants/asn1.ts'
import { NID_commonName, NID_countryName } from '../../../lib/openssl/constants/obj-mac.ts'
import { ERR_clear_error } from '../../../lib/openssl/err/put.ts'
import { ASN1_STRING_type } from '../../../lib/openssl/x509/asn1/asn1.ts'
import { OBJ_obj2nid } from '../../../lib/openssl/x509/asn1/objects.ts'
import {
  type X509_NAME,
  X509_NAME_add_entry_by_txt,
  X509_NAME_cmp,
  X509_NAME_ENTRY_get_data,
  X509_NAME_ENTRY_get_object,
  X509_NAME_ENTRY_set,
  X509_NAME_entry_count,
  X509_NAME_get_entry,
  X509_NAME_get_index_by_NID,
  X509_NAME_get_text_by_NID,
  X509_NAME_hash,
  X509_NAME_new,
  X509_NAME_oneline,
  X509_NAME_print_ex,
} from '../../../lib/openssl/x509/names/name.ts'
import { realTranscript } from '../real.ts'

const RFC2253 = 0x1110317
const FLAGS = [
  0,
  RFC2253,
  0x82031f,
  0x2a40006,
  0x220000,
  RFC2253 & ~4,
  0x430000,
  0x610040,
  0x10410,
  0x2040080,
  0x10280,
  0x10024,
]
const [UTF8, PRINTABLE, T61, BMP] = [12, 19, 20, 30]
const EQUAL = ['abc', 'ABC', ' a b  c', 'a b c', 'A\tB  C ', 'aä', 'aÄ', '', ' ', 'abcd']

/** What names.c prints, by our functions. */
function transcript(): string[] {
  const lines: string[] = []
  const name = X509_NAME_new()
  show(name, lines)
  add(name, 'C', MBSTRING_ASC, 'DE', -1, 0)
  add(name, 'O', MBSTRING_UTF8, 'Müller, Sons "x" #<>;+\\ (*)', -1, 0)
  add(name, 'CN', MBSTRING_UTF8, ' lead and trail ', -1, 0)
  add(name, 'emailAddress', MBSTRING_UTF8, 'a@b.c', -1, -1)
  add(name, '1.2.3.4', MBSTRING_UTF8, 'oid', -1, 0)
  add(name, 'organizationalUnitName', MBSTRING_UTF8, '€ 😀', -1, 0)
  add(name, 'CN', PRINTABLE, '#hash', 0, 0)
  add(name, 'DC', MBSTRING_ASC, 'a/CN=b/x', -1, 0)
  add(name, 'OU', MBSTRING_ASC, 'ctl\x01\x7f\n', -1, 0)
  add(name, 'L', T61, Buffer.from('caf\xe9', 'latin1'), 2, 1)
  add(name, 'ST', BMP, 'ab', 1, -1)
  show(name, lines)
  const long = '0123456789'.repeat(6)
  lines.push(
    ...[
      add(name, 'nonsense', MBSTRING_ASC, 'x', -1, 0),
      add(name, 'C', MBSTRING_ASC, 'toolong', -1, 0),
      add(name, 'C', MBSTRING_ASC, 'D_', -1, 0),
      add(name, 'CN', MBSTRING_ASC, '', -1, 0),
      add(name, 'emailAddress', MBSTRING_UTF8, 'ä@b', -1, 0),
      add(name, 'CN', MBSTRING_ASC, `${long}0123`, -1, 0),
      add(name, 'CN', MBSTRING_ASC, `${long}01234`, -1, 0),
    ].map(String),
  )
  for (const first of EQUAL)
    lines.push(
      EQUAL.map(
        (second, index) => `${X509_NAME_cmp(one(UTF8, first), one(index % 2 === 1 ? UTF8 : PRINTABLE, second))} `,
      )
        .join('')
        .trimEnd(),
    )
  return lines
}

function show(name: X509_NAME, lines: string[]): void {
  const small = Buffer.alloc(24)
  lines.push(`oneline ${X509_NAME_oneline(name)}`, `cut ${X509_NAME_oneline(name, small)}`)
  for (const [index, flags] of FLAGS.entries()) {
    const bio = BIO_new(BIO_s_mem())
    if (bio === null) throw new Error('no memory BIO')
    const ret = X509_NAME_print_ex(bio, name, index % 5, flags)
    const buffer = new Uint8Array(2000)
    lines.push(`print ${flags.toString(16)} ${ret} ${toHex(buffer.subarray(0, Math.max(0, BIO_read(bio, buffer))))}`)
    BIO_free(bio)
  }
  for (let i = 0; i < X509_NAME_entry_count(name); i++) {
    const entry = X509_NAME_get_entry(name, i)
    if (entry === null) throw new Error('an entry is missing')
    lines.push(
      `entry ${X509_NAME_ENTRY_set(entry)} ${ASN1_STRING_type(X509_NAME_ENTRY_get_data(entry))} ${OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry))}`,
    )
  }
  lines.push(
    toHex(name.name.der),
    `hash ${X509_NAME_hash(name).toString(16).padStart(8, '0')}`,
    `text ${X509_NAME_get_text_by_NID(name, NID_commonName, small, 5)}`,
    `index ${X509_NAME_get_index_by_NID(name, NID_commonName, 0)} ${X509_NAME_get_index_by_NID(name, NID_countryName, -1)}`,
  )
}

function add(
  name: X509_NAME,
  field: string,
  type: number,
  value: string | Uint8Array,
  loc: number,
  set: number,
): number {
  const result = X509_NAME_add_entry_by_txt(name, field, type, value, -1, loc, set)
  ERR_clear_error()
  return result
}

function one(type: number, value: string): X509_NAME {
  const name = X509_NAME_new()
  add(name, 'CN', type, value, -1, 0)
  return name
}

test('names are built, printed, hashed and compared as in libcrypto', () => {
  const real = realTranscript(new URL('names.c', import.meta.url))
  const ours = transcript()
  expect(ours.filter(line => line.startsWith('entry')).length).toBe(11)
  if (real !== null) expect(ours).toEqual(real)
})

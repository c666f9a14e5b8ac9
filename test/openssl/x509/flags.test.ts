import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const directory = fileURLToPath(new URL('certs', import.meta.url))
const files = readdirSync(directory)
  // Node reads no keys of SM2.
  .filter(name => /\.pem$/.test(name) && !/^key|crls|^sm2/.test(name))
  .map(name => `${directory}/${name}`)

test('the extensions of certificates come to the same flags as in libcrypto', () => {
  const theirs = realTranscript(new URL('flags.c', import.meta.url), { FLAGS_FILES: files.join('\n') })
  if (theirs !== null) expect(files.map(line)).toEqual(theirs)
})

test('a certificate that is being made has none', () => {
  expect(O.X509_get_extension_flags(O.X509_new()) & O.EXFLAG_INVALID).toBe(O.EXFLAG_INVALID)
  expect(O.X509_get_extended_key_usage(O.X509_new())).toBe(0)
})

function line(file: string): string {
  const bio = O.BIO_new_mem_buf(readFileSync(file))
  const x = bio === null ? null : O.PEM_read_bio_X509(bio)
  O.ERR_clear_error()
  if (x === null) return `${basename(file)}: not read`
  const algor: O.Out<O.X509_ALGOR | null> = { value: null }
  const object: O.Out<O.ASN1_OBJECT | null> = { value: null }
  const value: O.Out<O.ASN1_STRING | O.ASN1_OBJECT | null> = { value: null }
  const [type, length] = [{ value: 0 }, { value: 0 }]
  const bits: O.Out<Uint8Array | null> = { value: null }
  O.X509_get0_signature(null, algor, x)
  if (algor.value === null) throw new Error('no algorithm')
  O.X509_ALGOR_get0(object, type, value, algor.value)
  let text = `${basename(file)}: flags ${O.X509_get_extension_flags(x).toString(16)}`
  text += ` usage ${(O.X509_get_key_usage(x) >>> 0).toString(16)} purposes ${O.X509_get_extended_key_usage(x).toString(16)}`
  text += ` signed ${O.OBJ_obj2nid(object.value)} type ${type.value} value ${Number(value.value !== null)}`
  O.X509_PUBKEY_get0_param(object, bits, length, algor, O.X509_get_X509_PUBKEY(x))
  O.X509_ALGOR_get0(null, type, value, algor.value)
  text += ` key ${O.OBJ_obj2nid(object.value)} ${length.value} ${bits.value?.[0]} type ${type.value}`
  return value.value instanceof O.ASN1_OBJECT ? `${text} curve ${O.OBJ_obj2nid(value.value)}` : text
}

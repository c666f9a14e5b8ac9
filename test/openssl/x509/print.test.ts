import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { ASN1_STRING, GENERAL_NAME, Out, X509, X509_ALGOR } from '../../../lib/index.ts'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

/** Certificates of the openssl program with every extension that is printed in words, keys of every kind, and mistakes. */
const CERTIFICATES = new URL('print.pem', import.meta.url)
const NAMES = [O.XN_FLAG_COMPAT, O.XN_FLAG_ONELINE, O.XN_FLAG_MULTILINE, O.XN_FLAG_RFC2253, 0x70000]
const PARTS = [0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x1000, 0x1fff, 0x10000]

function need<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('null where an object was due')
  return value
}

function printed(): string[] {
  const pem = need(O.BIO_new_mem_buf(readFileSync(CERTIFICATES)))
  const out = need(O.BIO_new(O.BIO_s_mem()))
  for (let x = O.PEM_read_bio_X509(pem); x !== null; x = O.PEM_read_bio_X509(pem)) printAll(out, x)
  O.ERR_clear_error()
  const text: Out<Uint8Array> = { value: new Uint8Array() }
  O.BIO_get_mem_data(out, text)
  return Buffer.from(text.value).toString('latin1').trimEnd().split('\n')
}

function printAll(out: O.BIO, x: X509): void {
  const said = (what: string, result: number): number => O.BIO_puts(out, `= ${what} ${result}\n`)
  for (const flags of NAMES) said('names', O.X509_print_ex(out, x, flags, 0x280))
  for (const flags of PARTS) said('parts', O.X509_print_ex(out, x, O.XN_FLAG_ONELINE, flags))
  said('all', O.X509_print(out, x))
  for (let i = 0; i < O.X509_get_ext_count(x); i++)
    for (const j of [0, 1]) said('extension', O.X509V3_EXT_print(out, need(O.X509_get_ext(x, i)), j << 16, j * 3))
  const sig: Out<ASN1_STRING | null> = { value: null }
  const alg: Out<X509_ALGOR | null> = { value: null }
  O.X509_get0_signature(sig, alg, x)
  said('signature', O.X509_signature_print(out, need(alg.value), null))
  said('signature', O.X509_signature_print(out, need(alg.value), sig.value))
  said('dump', O.X509_signature_dump(out, need(sig.value), 3))
  const names = O.X509_get_ext_d2i(x, O.NID_subject_alt_name) as GENERAL_NAME[] | null
  for (let i = 0; i < O.sk_GENERAL_NAME_num(names); i++)
    said('name', O.GENERAL_NAME_print(out, need(O.sk_GENERAL_NAME_value(names, i))))
}

test('certificates, extensions, names and signatures are printed as by the real library', () => {
  const real = realTranscript(
    `#define FILE_NAME ${JSON.stringify(fileURLToPath(CERTIFICATES))}\n${readFileSync(new URL('print.c', import.meta.url), 'utf8')}`,
  )
  const ours = printed()
  expect(ours.length).toBeGreaterThan(3000)
  if (real !== null) expect(ours).toEqual(real)
})

test('what cannot be decoded is not printed, and nothing is thrown', () => {
  const out = need(O.BIO_new(O.BIO_s_mem()))
  const name = O.GENERAL_NAME_new()
  const bytes = new O.ASN1_STRING(O.V_ASN1_OCTET_STRING)
  for (const contents of ['', '06', '060155', '06035504', '0603550403a000', '0603550403a0020c05', '0603550403300c']) {
    O.ASN1_STRING_set(bytes, Buffer.from(contents, 'hex'))
    O.GENERAL_NAME_set0_value(name, 0, bytes)
    expect({ contents, printed: O.GENERAL_NAME_print(out, name) }).toEqual({ contents, printed: 0 })
  }
})

import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { whyNoOpenssl } from '../../interop/openssl.ts'

const folder = mkdtempSync(join(tmpdir(), 'streams-'))
afterAll(() => rmSync(folder, { recursive: true }))

function need<T>(value: T | null): T {
  if (value === null) throw new Error('null where an object was due')
  return value
}

/** Uses a file that is open, as C's FILE. */
function on<T>(name: string, mode: 'r' | 'w', use: (fp: { readonly fd: number }) => T): T {
  const fd = openSync(join(folder, name), mode)
  try {
    return use({ fd })
  } finally {
    closeSync(fd)
  }
}

const pem = need(O.BIO_new_mem_buf(readFileSync(new URL('../x509/print.pem', import.meta.url))))
const x = need(O.PEM_read_bio_X509(pem))
const key = need(O.EVP_EC_gen('P-256'))

test('what is written to a stream is read from it', () => {
  expect(on('x509', 'w', fp => O.PEM_write_X509(fp, x))).toBe(1)
  expect(O.X509_cmp(need(on('x509', 'r', fp => O.PEM_read_X509(fp))), x)).toBe(0)
  expect(on('aux', 'w', fp => O.PEM_write_X509_AUX(fp, x))).toBe(1)
  expect(readFileSync(join(folder, 'aux'), 'latin1')).toMatch(/^-----BEGIN TRUSTED CERTIFICATE-----\n/)
  expect(on('aux', 'r', fp => O.PEM_read_X509(fp))).toBeNull()
  expect(O.X509_cmp(need(on('aux', 'r', fp => O.PEM_read_X509_AUX(fp))), x)).toBe(0)
  expect(on('key', 'w', fp => O.PEM_write_PrivateKey(fp, key))).toBe(1)
  expect(O.EVP_PKEY_eq(need(on('key', 'r', fp => O.PEM_read_PrivateKey(fp))), key)).toBe(1)
  expect(on('pub', 'w', fp => O.PEM_write_PUBKEY(fp, key))).toBe(1)
  expect(O.EVP_PKEY_eq(need(on('pub', 'r', fp => O.PEM_read_PUBKEY(fp))), key)).toBe(1)
  O.ERR_clear_error()
})

test('bundles are read whole', () => {
  const file = new URL('../x509/print.pem', import.meta.url)
  const fd = openSync(file, 'r')
  const infos = need(O.PEM_X509_INFO_read({ fd }))
  closeSync(fd)
  const again = openSync(file, 'r')
  expect(O.sk_X509_INFO_num(O.PEM_X509_INFO_read_ex({ fd: again }, null, null, null, null, null))).toBe(infos.length)
  closeSync(again)
  const bio = need(O.BIO_new_mem_buf(readFileSync(file)))
  expect(O.sk_X509_INFO_num(O.PEM_X509_INFO_read_bio_ex(bio, null, null, null, null, null))).toBe(infos.length)
  expect(infos.length).toBe(13)
})

test('certificates are printed to a stream as the openssl program prints them', () => {
  on('text', 'w', fp => expect(O.X509_print_ex_fp(fp, x, O.XN_FLAG_ONELINE, 0)).toBe(1))
  on('x509', 'w', fp => O.PEM_write_X509(fp, x))
  if (whyNoOpenssl() === null) {
    const real = execFileSync('openssl', ['x509', '-in', join(folder, 'x509'), '-noout', '-text'], {
      encoding: 'latin1',
    })
    expect(readFileSync(join(folder, 'text'), 'latin1')).toBe(real)
  }
  on('plain', 'w', fp => expect(O.X509_print_fp(fp, x)).toBe(1))
  expect(readFileSync(join(folder, 'plain'), 'latin1')).toContain('        Issuer: C=DE, O=')
})

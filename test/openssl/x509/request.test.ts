import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const KINDS = ['ec', 'rsa', 'ed25519', 'bare'] as const
type Kind = (typeof KINDS)[number]
const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-request-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const KEYS: Readonly<Record<Kind, () => O.EVP_PKEY | null>> = {
  ec: () => O.EVP_EC_gen('P-256'),
  rsa: () => O.EVP_RSA_gen(2048),
  ed25519: () => O.EVP_PKEY_Q_keygen(null, null, 'ED25519'),
  bare: () => O.EVP_EC_gen('P-384'),
}

test('requests are read and verified by libcrypto as by us, and libcrypto’s by us', () => {
  for (const kind of KINDS) make(kind)
  const theirs = realTranscript(new URL('request.c', import.meta.url), { REQUEST_DIRECTORY: directory })
  const who = theirs === null ? ['ours'] : ['ours', 'theirs']
  const lines = who.flatMap(side => KINDS.flatMap(kind => show(side, kind)))
  expect(lines.filter(line => line.startsWith('ours')).every(line => / verify 1 /.test(line))).toBe(true)
  if (theirs !== null) expect(lines).toEqual(theirs)
})

test('a request that is not whole, not signed or changed is refused', () => {
  const req = O.X509_REQ_new()
  const key = O.EVP_EC_gen('P-256')
  if (key === null) throw new Error('no key')
  O.ERR_clear_error()
  expect(O.i2d_X509_REQ(req)).toBe(-1)
  expect(O.X509_REQ_sign(req, key, O.EVP_sha256())).toBe(0)
  expect(O.ERR_peek_error()).not.toBe(0)
  expect(O.X509_REQ_verify(req, key)).toBe(-1)
  O.X509_REQ_set_pubkey(req, key)
  expect(O.X509_REQ_check_private_key(req, key)).toBe(1)
  expect(O.X509_REQ_sign(req, key, O.EVP_sha256())).toBeGreaterThan(60)
  const der: O.Out<Uint8Array | null> = { value: null }
  O.i2d_X509_REQ(req, der)
  const bytes = der.value ?? new Uint8Array()
  for (let length = 0; length < bytes.length; length++)
    expect(O.d2i_X509_REQ(null, { value: bytes.subarray(0, length) })).toBeNull()
  // No byte of what is signed, of the algorithm or of the signature may be another.
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    const other = O.d2i_X509_REQ(null, { value: changed })
    if (other !== null) expect(O.X509_REQ_verify(other, key)).toBeLessThan(1)
  }
  O.ERR_clear_error()
  O.X509_REQ_free(req)
})

test('a request like a certificate', () => {
  const key = O.EVP_EC_gen('P-256')
  const x = O.X509_new()
  if (key === null) throw new Error('no key')
  O.X509_NAME_add_entry_by_txt(O.X509_get_subject_name(x), 'CN', O.MBSTRING_ASC, 'like', -1, -1, 0)
  O.X509_set_pubkey(x, key)
  const req = O.X509_to_X509_REQ(x, key, O.EVP_sha256())
  if (req === null) throw new Error('no request')
  expect(O.X509_NAME_oneline(O.X509_REQ_get_subject_name(req))).toBe('/CN=like')
  expect(O.X509_REQ_verify(req, key)).toBe(1)
  const bio = O.BIO_new(O.BIO_s_mem())
  if (bio === null) throw new Error('no BIO')
  expect(O.i2d_X509_REQ_bio(bio, req)).toBe(1)
  const again = O.d2i_X509_REQ_bio(bio)
  expect(again === null ? null : O.X509_REQ_get_pubkey(again)?.type).toBe('ec')
})

function make(kind: Kind): void {
  const key = KEYS[kind]()
  const bio = O.BIO_new(O.BIO_s_mem())
  if (key === null || bio === null) throw new Error(kind)
  const req = O.X509_REQ_new()
  const name = O.X509_NAME_new()
  O.X509_NAME_add_entry_by_txt(name, 'CN', O.MBSTRING_ASC, kind, -1, -1, 0)
  O.X509_REQ_set_version(req, 0)
  O.X509_REQ_set_subject_name(req, name)
  O.X509_REQ_set_pubkey(req, key)
  const asked = [
    O.X509V3_EXT_conf_nid(null, null, O.NID_subject_alt_name, 'DNS:localhost'),
    O.X509V3_EXT_conf_nid(null, null, O.NID_basic_constraints, 'critical,CA:FALSE'),
  ]
  if (kind !== 'bare')
    O.X509_REQ_add_extensions(
      req,
      asked.flatMap(ext => ext ?? []),
    )
  expect(O.X509_REQ_sign(req, key, kind === 'ed25519' ? null : O.EVP_sha256())).toBeGreaterThan(0)
  expect(O.PEM_write_bio_X509_REQ(bio, req)).toBe(1)
  const pem = { value: new Uint8Array() }
  O.BIO_get_mem_data(bio, pem)
  writeFileSync(join(directory, `ours-${kind}.pem`), pem.value)
}

function show(side: string, kind: Kind): string[] {
  const bio = O.BIO_new_mem_buf(readFileSync(join(directory, `${side}-${kind}.pem`)))
  const req = bio === null ? null : O.PEM_read_bio_X509_REQ(bio)
  const key = req === null ? null : O.X509_REQ_get0_pubkey(req)
  if (req === null || key === null) return [`${side} ${kind}: not read`]
  const der: O.Out<Uint8Array | null> = { value: null }
  const length = O.i2d_X509_REQ(req, der)
  const asked = O.X509_REQ_get_extensions(req)
  let line = `${side} ${kind}: version ${O.X509_REQ_get_version(req)} `
  line += `subject ${O.X509_NAME_oneline(O.X509_REQ_get_subject_name(req))} signed ${O.X509_REQ_get_signature_nid(req)} `
  line += `key ${O.EVP_PKEY_get_id(key)} verify ${O.X509_REQ_verify(req, key)} extensions ${asked?.length ?? -1} `
  line += `bytes ${length} ${Buffer.from(der.value ?? []).toString('hex')}`
  const extensions = (asked ?? []).map(e => {
    const nid = O.OBJ_obj2nid(O.X509_EXTENSION_get_object(e))
    return `extension ${nid} ${O.X509_EXTENSION_get_critical(e)} ${O.X509_EXTENSION_get_data(e).data.length}`
  })
  return [line, ...extensions]
}

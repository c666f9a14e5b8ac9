import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'
import { context, encode, encodeOid, sequence, Tag } from '../../../lib/pki/der.ts'
import { PkiFailure } from '../../../lib/pki/failure.ts'
import { encodeNumber, limitedWork, pkcs12Key } from '../../../lib/pki/pbe.ts'
import { macMatches, openPfx, readPfx } from '../../../lib/pki/pkcs12.ts'
import { realTranscript } from '../real.ts'

const NID_aes_128 = 419
const [KEY_EX, KEY_SIG] = [0x10, 0x80]
const UTF8 = 'pé😀'

function errors(lines: string[]): void {
  for (let e = O.ERR_get_error(); e !== 0; e = O.ERR_get_error())
    lines.push(` error ${e.toString(16).padStart(8, '0')} ${O.ERR_reason_error_string(e)}`)
}

function named(what: string, x: O.X509): string {
  const len = { value: 0 }
  const name = O.X509_NAME_oneline(O.X509_get_subject_name(x))
  const alias = O.X509_alias_get0(x, len)
  const text = alias === null ? '-1 ' : `${len.value} ${Buffer.from(alias).toString('latin1')}`
  O.X509_keyid_get0(x, len)
  return ` ${what} ${name} ${text} ${len.value}`
}

const count = ({ value }: O.Out<O.X509[] | null>): number => value?.length ?? -1

function parse(lines: string[], what: string, der: Uint8Array, pass: string | null): void {
  const p12 = O.d2i_PKCS12(null, { value: der })
  lines.push(`${what} read ${Number(p12 !== null)}`)
  errors(lines)
  if (p12 === null) return
  const key: O.Out<O.EVP_PKEY | null> = { value: null }
  const cert: O.Out<O.X509 | null> = { value: null }
  const ca: O.Out<O.X509[] | null> = { value: null }
  const all = O.PKCS12_parse(p12, pass, key, cert, ca)
  lines.push(` all ${all} ${Number(key.value !== null)} ${Number(cert.value !== null)} ${count(ca)}`)
  errors(lines)
  if (cert.value !== null) lines.push(named('cert', cert.value))
  const others: O.X509[] = ca.value ?? []
  for (const x of others) lines.push(named('ca', x))
  lines.push(` key ${O.PKCS12_parse(p12, pass, key, null, null)} ${Number(key.value !== null)}`)
  errors(lines)
  ca.value = null
  const certs = O.PKCS12_parse(p12, pass, null, cert, ca)
  lines.push(` certs ${certs} ${Number(cert.value !== null)} ${count(ca)}`)
  errors(lines)
  const fits = O.PKCS12_verify_mac(p12, pass)
  lines.push(` mac ${O.PKCS12_mac_present(p12)} ${fits}`)
  errors(lines)
  O.PKCS12_free(p12)
}

function issued(key: O.EVP_PKEY, cn: string): O.X509 {
  const x = O.X509_new()
  O.X509_set_version(x, 2)
  O.ASN1_INTEGER_set(O.X509_get_serialNumber(x), 7)
  O.X509_gmtime_adj(O.X509_getm_notBefore(x), 0)
  O.X509_gmtime_adj(O.X509_getm_notAfter(x), 1000)
  O.X509_NAME_add_entry_by_txt(O.X509_get_subject_name(x), 'CN', O.MBSTRING_ASC, cn, -1, -1, 0)
  O.X509_set_issuer_name(x, O.X509_get_subject_name(x))
  O.X509_set_pubkey(x, key)
  O.X509_sign(x, key, O.EVP_sha256())
  return x
}

function made(lines: string[], what: string, p12: O.PKCS12 | null): Uint8Array {
  lines.push(`${what} made ${Number(p12 !== null)}`)
  errors(lines)
  const der: O.Out<Uint8Array | null> = { value: null }
  if (p12 !== null) O.i2d_PKCS12(p12, der)
  if (der.value !== null) lines.push(`file ${what} ${toHex(der.value)}`)
  return der.value ?? new Uint8Array()
}

function key(): O.EVP_PKEY {
  const made = O.EVP_EC_gen('P-256')
  if (made === null) throw new Error('no key')
  return made
}

const source = readFileSync(new URL('pkcs12.c', import.meta.url), 'utf8')

/** A file that stands in the C program. */
function fixed(name: string): Uint8Array {
  const text = new RegExp(`#define ${name} ((?:\\\\\\n *"\\w+" ?)+)`).exec(source)?.[1] ?? ''
  return fromHex(text.replace(/\W/g, ''))
}

function pkcs8(lines: string[], pass: string, len: number): void {
  const bio = O.BIO_new_mem_buf(fixed('ENCRYPTED_KEY'))
  const sig = bio === null ? null : O.d2i_PKCS8_bio(bio)
  const info = sig === null ? null : O.PKCS8_decrypt(sig, pass, len)
  lines.push(`pkcs8 ${Number(sig !== null)} ${Number(info !== null)}`)
  errors(lines)
  const key = info === null ? null : O.EVP_PKCS82PKEY(info)
  if (key !== null) lines.push(` ${O.EVP_PKEY_get_bits(key)}`)
  O.PKCS8_PRIV_KEY_INFO_free(info)
  O.X509_SIG_free(sig)
}

function transcript(): string[] {
  const lines: string[] = []
  const [k, k2] = [key(), key()]
  const [x, a, b] = [issued(k, 'me'), issued(k2, 'ca1'), issued(k2, 'ca2')]
  O.X509_alias_set1(a, 'friend')
  let d = made(lines, 'good', O.PKCS12_create('secret', 'my name', k, x, [a, b]))
  parse(lines, 'good', d, 'secret')
  parse(lines, 'wrong', d, 'other')
  parse(lines, 'null', d, null)
  parse(lines, 'empty', d, '')
  parse(lines, 'short', d.subarray(0, -1), 'secret')
  parse(lines, 'none', d.subarray(0, 0), 'secret')
  parse(lines, 'junk', Buffer.from('hello world'), 'x')
  d[d.length - 1] = (d[d.length - 1] ?? 0) ^ 1
  parse(lines, 'iterations', d, 'secret')
  d = made(lines, 'empty', O.PKCS12_create('', null, k, x, null))
  parse(lines, 'empty null', d, null)
  parse(lines, 'empty empty', d, '')
  parse(lines, 'empty x', d, 'x')
  d = made(lines, 'null', O.PKCS12_create(null, null, k, x, null))
  parse(lines, 'null null', d, null)
  parse(lines, 'null empty', d, '')
  d = made(lines, 'no mac', O.PKCS12_create('p', null, k, x, null, 0, 0, 0, -1))
  parse(lines, 'no mac', d, 'p')
  parse(lines, 'no mac null', fixed('NO_MAC'), null)
  parse(lines, 'no mac wrong', fixed('NO_MAC'), 'q')
  d = made(lines, 'plain', O.PKCS12_create('p', null, k, x, null, -1, -1, 0, 0, KEY_SIG))
  parse(lines, 'plain', d, 'p')
  d = made(lines, '3des', O.PKCS12_create('p', null, k, x, null, 146, 147, 100, 3))
  parse(lines, '3des', d, 'p')
  d = made(lines, 'aes', O.PKCS12_create('p', null, k, x, null, NID_aes_128, 423, 1, 1, KEY_EX))
  parse(lines, 'aes', d, 'p')
  d = made(lines, 'des', O.PKCS12_create('p', null, k, x, null, 44, -1, 10))
  parse(lines, 'des', d, 'p')
  made(lines, 'rc2', O.PKCS12_create('p', null, k, x, null, 0, 149))
  made(lines, 'rc4', O.PKCS12_create('p', null, k, x, null, 144))
  made(lines, 'unknown', O.PKCS12_create('p', null, k, x, null, 12345))
  made(lines, 'mismatch', O.PKCS12_create('p', null, k2, x, null))
  made(lines, 'nothing', O.PKCS12_create('p', null, null, null, null))
  d = made(lines, 'certs', O.PKCS12_create('p', 'nm', null, x, [a, b]))
  parse(lines, 'certs', d, 'p')
  d = made(lines, 'key', O.PKCS12_create('p', null, k, null, null))
  parse(lines, 'key', d, 'p')
  d = made(lines, 'utf8', O.PKCS12_create(UTF8, null, k, x, null))
  parse(lines, 'utf8', d, UTF8)
  pkcs8(lines, 'secret', 6)
  pkcs8(lines, 'secrets', 6)
  pkcs8(lines, 'other', -1)
  pkcs8(lines, '', 0)
  lines.push(`null ${O.PKCS12_parse(null, 'x', { value: k }, null, null)}`)
  errors(lines)
  return lines
}

const PASSWORDS: Readonly<Record<string, string | null>> = { good: 'secret', empty: '', null: null, utf8: UTF8 }
const passwordOf = (what: string): string | null => PASSWORDS[what] ?? (what in PASSWORDS ? null : 'p')

const FILE = /^file ([\w ]+) (\w+)$/
const withoutFiles = (lines: readonly string[]): string[] => lines.filter(line => !FILE.test(line))
function filesIn(lines: readonly string[]): [what: string, der: Uint8Array][] {
  return lines.flatMap(line => {
    const [, what, hex] = FILE.exec(line) ?? []
    return what === undefined || hex === undefined ? [] : [[what, fromHex(hex)]]
  })
}

function opened(files: readonly [string, Uint8Array][]): string[] {
  const lines: string[] = []
  for (const [what, der] of files) parse(lines, what, der, passwordOf(what))
  return lines
}

describe('with the real library', () => {
  const real = realTranscript(source)
  const ours = transcript()

  test('the same calls have the same results', () => {
    if (real !== null) expect(withoutFiles(ours)).toEqual(withoutFiles(real))
    expect(filesIn(ours).map(([what]) => what)).toContain('3des')
  })

  test('each opens the files of the other', () => {
    if (real === null) return
    const theirs = filesIn(real)
    expect(theirs.length).toBe(filesIn(ours).length)
    expect(opened(theirs)).toEqual(opened(filesIn(ours)))
    const literal = (bytes: Uint8Array): string =>
      [...bytes].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    const calls = filesIn(ours).map(([what, der]) => {
      const password = passwordOf(what)
      const c = password === null ? 'NULL' : `"${literal(Buffer.from(password))}"`
      return `parse("${what}", (unsigned char *)"${literal(der)}", ${der.length}, ${c});`
    })
    const main = `int main(void) { puts(OpenSSL_version(OPENSSL_VERSION)); ${calls.join('\n')} return 0; }`
    const program = source.replace(/#ifdef FILES[\s\S]*#endif/, () => main)
    expect(realTranscript(program)).toEqual(opened(filesIn(ours)))
  })
})

describe('input that means harm', () => {
  const [SALT, NO_WORK] = [fromHex('0A58CF64530D823F'), { left: 0 }]
  const own = key()
  const good = O.PKCS12_create('p', 'name', own, null, null, 0, 0, 1, 1)
  const der = good === null ? new Uint8Array() : readPfx(Uint8Array.from(derOf(good))).der

  function derOf(p12: O.PKCS12): Uint8Array {
    const out: O.Out<Uint8Array | null> = { value: null }
    O.i2d_PKCS12(p12, out)
    return out.value ?? new Uint8Array()
  }

  /** A PFX around these safes, without a MAC. */
  const around = (...safes: Uint8Array[]): Uint8Array =>
    sequence(
      encodeNumber(3),
      sequence(
        encodeOid('1.2.840.113549.1.7.1'),
        encode(context(0, true), encode(Tag.octetString, sequence(...safes))),
      ),
    )
  const data = (contents: Uint8Array): Uint8Array =>
    sequence(encodeOid('1.2.840.113549.1.7.1'), encode(context(0, true), encode(Tag.octetString, contents)))

  test('the derivation gives what the vectors of others say', () => {
    const derive = (id: number, length: number) =>
      toHex(pkcs12Key('sha1', id, 'smeg', SALT, 1, length, limitedWork())).toUpperCase()
    expect(derive(1, 24)).toBe('8AAAE6297B6CB04642AB5B077851284EB7128F1A2A7FBCA3')
    expect(derive(2, 8)).toBe('79993DFE048D3B76')
  })

  test('no file decides how long it takes', () => {
    expect(() => pkcs12Key('sha1', 1, 'smeg', SALT, 1, 8, NO_WORK)).toThrow(PkiFailure)
    const pfx = readPfx(der)
    const mac = pfx.mac === null ? null : { ...pfx.mac, iterations: 0x7fffffff }
    expect(() => macMatches({ ...pfx, mac }, 'p')).toThrow(PkiFailure)
    const kdf = sequence(encode(Tag.octetString, SALT), encodeNumber(400_000))
    const algorithm = sequence(encodeOid('1.2.840.113549.1.12.1.3'), kdf)
    const bag = (value: Uint8Array): Uint8Array =>
      sequence(encodeOid('1.2.840.113549.1.12.10.1.2'), encode(context(0, true), value))
    const shrouded = bag(sequence(algorithm, encode(Tag.octetString, new Uint8Array(8))))
    const costly = readPfx(around(data(sequence(shrouded))))
    expect(() => openPfx(costly, 'p', true)).toThrow('too many repetitions')
    expect(openPfx(costly, 'p', false).key).toBeNull()
  })

  test('safes within safes end somewhere', () => {
    let safe = sequence()
    for (let depth = 0; depth < 12; depth++)
      safe = sequence(sequence(encodeOid('1.2.840.113549.1.12.10.1.6'), encode(context(0, true), safe)))
    expect(() => openPfx(readPfx(around(data(safe))), null, true)).toThrow('too deep')
  })

  test('what is cut short or changed is refused, or opens to the same key', () => {
    expect(der.length).toBeGreaterThan(300)
    for (let length = 0; length < der.length; length++)
      expect(O.d2i_PKCS12(null, { value: der.subarray(0, length) })).toBeNull()
    for (let at = 0; at < der.length; at++) {
      const changed = Uint8Array.from(der, (byte, index) => (index === at ? byte ^ 0x11 : byte))
      const p12 = O.d2i_PKCS12(null, { value: changed })
      if (p12 === null) continue
      const opened: O.Out<O.EVP_PKEY | null> = { value: null }
      // Parameters of the MAC's digest are not looked at, in either library.
      if (O.PKCS12_parse(p12, 'p', opened, null, null) === 0) continue
      expect(opened.value === null ? 0 : O.EVP_PKEY_eq(opened.value, own)).toBe(1)
    }
    O.ERR_clear_error()
  })
})

test('files and BIOs take and give it', () => {
  const own = key()
  const p12 = O.PKCS12_create('p', null, own, null, null, 0, 0, 1, 1)
  const bio = O.BIO_new(O.BIO_s_mem())
  if (p12 === null || bio === null) throw new Error('nothing was made')
  const opens = (again: O.PKCS12 | null): number => {
    const opened: O.Out<O.EVP_PKEY | null> = { value: null }
    expect(O.PKCS12_parse(again, 'p', opened, null, null)).toBe(1)
    return opened.value === null ? 0 : O.EVP_PKEY_eq(opened.value, own)
  }
  expect(O.i2d_PKCS12_bio(bio, p12)).toBe(1)
  expect(opens(O.d2i_PKCS12_bio(bio))).toBe(1)
  const directory = mkdtempSync(join(tmpdir(), 'pkcs12-'))
  try {
    const file = join(directory, 'file')
    const written = openSync(file, 'w')
    expect(O.i2d_PKCS12_fp({ fd: written }, p12)).toBe(1)
    closeSync(written)
    const read = openSync(file, 'r')
    expect(opens(O.d2i_PKCS12_fp({ fd: read }))).toBe(1)
    closeSync(read)
    const keyFile = openSync(join(directory, 'key'), 'w+')
    expect(O.i2d_PrivateKey_fp({ fd: keyFile }, own)).toBe(1)
    closeSync(keyFile)
    const keyRead = openSync(join(directory, 'key'), 'r')
    const again = O.d2i_PrivateKey_ex_fp({ fd: keyRead }, null, null, null)
    closeSync(keyRead)
    expect(again === null ? 0 : O.EVP_PKEY_eq(again, own)).toBe(1)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

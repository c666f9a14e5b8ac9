import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const NAMES = ['ca', 'responder', 'plain', 'ee1', 'ee2', 'other'] as const
type Who = (typeof NAMES)[number]
const RESPONSES = [
  ...['good', 'revoked', 'noeku', 'nocerts', 'several', 'later', 'tampered', 'foreign', 'empty', 'mixed', 'extended'],
  ...['old', 'reasonless'],
]
const FLAGS = [
  ...[0, O.OCSP_NOINTERN, O.OCSP_NOSIGS, O.OCSP_NOVERIFY, O.OCSP_NOCHAIN, O.OCSP_NOCHECKS, O.OCSP_NOEXPLICIT],
  ...[O.OCSP_TRUSTOTHER, O.OCSP_PARTIAL_CHAIN],
]
const NID_SHA = [O.EVP_sha256(), O.EVP_sha512()]
const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-ocsp-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let lines: string[] = []
let line = ''
const say = (text: string): void => {
  line += text
  const whole = line.split('\n')
  line = whole.pop() ?? ''
  lines.push(...whole)
}

test('answers and questions are read, shown and verified as in libcrypto', () => {
  const theirs = realTranscript(new URL('ocsp.c', import.meta.url), { OCSP_DIRECTORY: directory })
  if (theirs === null) return
  const mutations = theirs.indexOf('mutations')
  lines = []
  for (const name of RESPONSES) readResponse(name)
  for (const name of RESPONSES) verify(name)
  for (const name of ['request', 'signed']) readRequest(name)
  expect(lines).toEqual(theirs.slice(0, mutations))

  // Who reads strictly refuses more: nothing that libcrypto refuses may be read.
  lines = []
  mutate('revoked')
  const verdicts = (row: string): string[] => row.split(' ').slice(1)
  const read = (list: readonly string[]): number => list.join('').split('1').length
  const lax = theirs.slice(mutations + 1).flatMap((row, i) =>
    verdicts(lines[i] ?? '').flatMap((own, j) => {
      const real = verdicts(row)[j] ?? ''
      return (own[0] ?? '') <= (real[0] ?? '') && (own[1] ?? '') <= (real[1] ?? '') ? [] : [`${i}: ${own} for ${real}`]
    }),
  )
  expect(lax).toEqual([])
  expect(lines.length).toBe(theirs.length - mutations - 1)
  expect(read(lines)).toBeGreaterThan(read(theirs.slice(mutations + 1)) * 0.9)
})

test('an answer of our own is read and verified by ourselves', () => {
  const [ca, key] = [O.X509_new(), O.EVP_EC_gen('P-256')]
  if (key === null) throw new Error('no key')
  O.X509_set_version(ca, O.X509_VERSION_3)
  O.X509_NAME_add_entry_by_txt(O.X509_get_subject_name(ca), 'CN', O.MBSTRING_ASC, 'ca', -1, -1, 0)
  O.X509_set_issuer_name(ca, O.X509_get_subject_name(ca))
  O.X509_gmtime_adj(O.X509_getm_notBefore(ca), -60)
  O.X509_gmtime_adj(O.X509_getm_notAfter(ca), 3600)
  O.X509_set_pubkey(ca, key)
  O.X509_sign(ca, key, O.EVP_sha256())
  const id = O.OCSP_cert_to_id(O.EVP_sha256(), ca, ca)
  const [since, until] = [O.X509_gmtime_adj(null, -60), O.X509_gmtime_adj(null, 60)]
  if (id === null || since === null || until === null) throw new Error('no identifier')

  const req = O.OCSP_REQUEST_new()
  O.OCSP_request_add0_id(req, id)
  O.OCSP_request_add1_nonce(req, null)
  const basic = O.OCSP_BASICRESP_new()
  O.ERR_clear_error()
  expect(O.OCSP_basic_add1_status(basic, id, O.V_OCSP_CERTSTATUS_REVOKED, 0, null, since, until)).toBeNull()
  expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.OCSP_R_NO_REVOKED_TIME)
  expect(O.OCSP_basic_add1_status(basic, id, 9, 0, null, since, until)).toBeNull()
  expect(O.OCSP_basic_add1_status(basic, id, O.V_OCSP_CERTSTATUS_GOOD, 0, null, since, until)).not.toBeNull()
  expect(O.OCSP_copy_nonce(basic, req)).toBe(1)
  expect(O.OCSP_response_create(0, basic)).toBeNull()
  O.ERR_clear_error()
  expect(O.OCSP_basic_sign(basic, ca, key, O.EVP_sha256(), null, O.OCSP_RESPID_KEY)).toBe(1)
  const der: O.Out<Uint8Array | null> = { value: null }
  const response = O.OCSP_response_create(O.OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
  if (response === null) throw new Error('no response')
  expect(O.i2d_OCSP_RESPONSE(response, der)).toBe(der.value?.length)

  const place = { value: Buffer.concat([der.value ?? Buffer.alloc(0), Buffer.from('rest')]) }
  const again = O.d2i_OCSP_RESPONSE(null, place)
  const read = again === null ? null : O.OCSP_response_get1_basic(again)
  expect(Buffer.from(place.value).toString()).toBe('rest')
  if (read === null) throw new Error('not read')
  const store = O.X509_STORE_new()
  O.X509_STORE_add_cert(store, ca)
  expect(O.OCSP_check_nonce(req, read)).toBe(1)
  expect(O.OCSP_basic_verify(read, null, store, 0)).toBe(1)
  // What is added after the signature undoes it.
  O.OCSP_basic_add1_nonce(read, null)
  expect(O.OCSP_basic_verify(read, null, store, 0)).toBe(-1)
  O.ERR_clear_error()
  for (const gone of [O.OCSP_RESPONSE_free, O.OCSP_BASICRESP_free, O.OCSP_REQUEST_free, O.OCSP_CERTID_free]) gone(null)
})

test('what is too large is not looked at', () => {
  const large = new Uint8Array((1 << 20) + 5)
  large.set([0x30, 0x83, 0x10, 0x00, 0x00])
  expect(O.d2i_OCSP_RESPONSE(null, { value: large })).toBeNull()
  expect(O.d2i_OCSP_BASICRESP(null, { value: large })).toBeNull()
  expect(O.d2i_OCSP_REQUEST(null, { value: large })).toBeNull()
  O.ERR_clear_error()
})

function load(name: string): O.OCSP_RESPONSE {
  const bio = O.BIO_new_file(join(directory, `${name}.der`), 'rb')
  const response = bio === null ? null : O.d2i_OCSP_RESPONSE_bio(bio)
  if (bio !== null) O.BIO_free(bio)
  if (response === null) throw new Error(name)
  return response
}

const certificates = new Map<Who, O.X509>()
function cert(who: Who): O.X509 {
  const known = certificates.get(who)
  if (known !== undefined) return known
  const bio = O.BIO_new_mem_buf(readFileSync(join(directory, `${who}.pem`)))
  const x = bio === null ? null : O.PEM_read_bio_X509(bio)
  if (x === null) throw new Error(who)
  certificates.set(who, x)
  return x
}

function errors(): void {
  let any = false
  const [data, flags] = [{ value: '' }, { value: 0 }]
  for (let code = 0; ; any = true) {
    code = O.ERR_get_error_all(null, null, null, data, flags)
    if (code === 0) break
    const text = (flags.value & O.ERR_TXT_STRING) === 0 ? '' : `:${data.value}`
    if ([O.ERR_LIB_OCSP, O.ERR_LIB_X509].includes(O.ERR_GET_LIB(code)))
      say(` ${code.toString(16).toUpperCase().padStart(8, '0')}${text}`)
  }
  say(any ? ' !\n' : '\n')
}

function shown(title: string, print: (bio: O.BIO) => number): void {
  const bio = O.BIO_new(O.BIO_s_mem())
  if (bio === null) throw new Error('no BIO')
  const result = print(bio)
  const data = { value: new Uint8Array() }
  O.BIO_get_mem_data(bio, data)
  say(`${title} ${result}\n${Buffer.from(data.value).toString('latin1')}`)
  O.BIO_free(bio)
}

const characters = (time: O.ASN1_TIME | null): string =>
  time === null ? '' : Buffer.from(time.data).toString('latin1')

function readResponse(name: string): void {
  const response = load(name)
  const status = O.OCSP_response_status(response)
  say(`${name}: ${status} ${O.OCSP_response_status_str(status)}\n`)
  shown('print', bio => O.OCSP_RESPONSE_print(bio, response, 0))
  const basic = O.OCSP_response_get1_basic(response)
  say(`basic ${Number(basic !== null)}`)
  errors()
  if (basic === null) return
  const [id, nm] = [{ value: null as O.ASN1_STRING | null }, { value: null as O.X509_NAME | null }]
  const found = O.OCSP_resp_get0_id(basic, id, nm)
  const certs = O.OCSP_resp_get0_certs(basic)
  const algorithm = O.OCSP_resp_get0_tbs_sigalg(basic)?.algorithm ?? null
  say(`id ${found} ${Number(id.value !== null)} ${Number(nm.value !== null)} `)
  // C has no stack where there is none.
  say(`certs ${certs.length || -1} algorithm ${O.OBJ_obj2nid(algorithm)}\n`)
  const signer = { value: null as O.X509 | null }
  say(`signer ${O.OCSP_resp_get0_signer(basic, signer, null)} ${Number(signer.value !== null)}\n`)
  for (const who of ['ee1', 'ee2', 'other'] as const)
    for (const [d, md] of [null, ...NID_SHA].entries()) find(basic, who, d, md)
}

function find(basic: O.OCSP_BASICRESP, who: Who, d: number, md: O.EVP_MD | null): void {
  const id = O.OCSP_cert_to_id(md, cert(who), cert(who === 'other' ? 'other' : 'ca'))
  if (id === null) throw new Error('no id')
  const [status, reason] = [{ value: 7 }, { value: 7 }]
  const times = [0, 1, 2].map(() => ({ value: null as O.ASN1_TIME | null }))
  const [rev = null, since = null, next = null] = times
  const got = O.OCSP_resp_find_status(basic, id, status, reason, rev, since, next)
  say(`find ${who} ${d}: ${got} at ${O.OCSP_resp_find(basic, id, -1)}`)
  if (got === 1 && since?.value) {
    say(
      ` ${status.value} ${O.OCSP_cert_status_str(status.value)} ${reason.value} ${O.OCSP_crl_reason_str(reason.value)}`,
    )
    say(
      ` rev ${characters(rev?.value ?? null)} this ${characters(since.value)} next ${characters(next?.value ?? null)}`,
    )
    say(` valid ${O.OCSP_check_validity(since.value, next?.value ?? null, 300, -1)}`)
    errors()
    say(`age ${O.OCSP_check_validity(since.value, next?.value ?? null, 0, 30)}`)
    errors()
    say(`future ${O.OCSP_check_validity(since.value, next?.value ?? null, -7200, -1)}`)
  }
  errors()
}

function verify(name: string): void {
  const basic = O.OCSP_response_get1_basic(load(name))
  O.ERR_clear_error()
  if (basic === null) return
  for (const s of [0, 1, 2, 3]) {
    const store = O.X509_STORE_new()
    const trusted = O.X509_dup(cert('ca'))
    const purpose = O.OBJ_nid2obj(s === 1 ? 180 : 129)
    if (trusted === null || purpose === null) throw new Error('no certificate')
    if (s === 1 || s === 2) O.X509_add1_trust_object(trusted, purpose)
    for (const x of s === 3 ? [cert('responder'), cert('other')] : [trusted]) O.X509_STORE_add_cert(store, x)
    for (const [c, given] of [null, 'responder', 'ca', 'other'].entries())
      for (const flags of FLAGS) {
        const sk = NAMES.filter(who => who === given).map(cert)
        const result = O.OCSP_basic_verify(basic, given === null ? null : sk, store, flags)
        say(`verify ${name} store ${s} certs ${c} flags ${flags.toString(16)} = ${result}`)
        errors()
      }
    O.X509_STORE_free(store)
  }
}

function readRequest(name: string): void {
  const bio = O.BIO_new_file(join(directory, `${name}.der`), 'rb')
  const req = bio === null ? null : O.d2i_OCSP_REQUEST_bio(bio)
  if (req === null) throw new Error(name)
  const store = O.X509_STORE_new()
  O.X509_STORE_add_cert(store, cert('ca'))
  shown(name, out => O.OCSP_REQUEST_print(out, req, 0))
  say(`signed ${O.OCSP_request_is_signed(req)} count ${O.OCSP_request_onereq_count(req)}\n`)
  for (let i = 0; i < O.OCSP_request_onereq_count(req); i++) {
    const one = O.OCSP_request_onereq_get0(req, i)
    if (one === null) throw new Error('no question')
    const [nameHash, keyHash] = [0, 1].map(() => ({ value: null as O.ASN1_STRING | null }))
    const md = { value: null as O.ASN1_OBJECT | null }
    const serial = { value: null as O.ASN1_INTEGER | null }
    O.OCSP_id_get0_info(nameHash ?? null, md, keyHash ?? null, serial, O.OCSP_onereq_get0_id(one))
    say(`about ${O.ASN1_INTEGER_get(serial.value)} by ${O.OBJ_obj2nid(md.value)} ${nameHash?.value?.data.length} `)
    say(`${keyHash?.value?.data.length} extensions ${O.OCSP_ONEREQ_get_ext_count(one)}\n`)
  }
  for (const [f, flags] of [0, 0, O.OCSP_NOINTERN, O.OCSP_NOVERIFY].entries()) {
    say(`verify ${O.OCSP_request_verify(req, null, f === 1 ? null : store, flags)}`)
    errors()
  }
  for (const response of RESPONSES) {
    const basic = O.OCSP_response_get1_basic(load(response))
    if (basic !== null) say(`nonce ${response} ${O.OCSP_check_nonce(req, basic)}\n`)
  }
  O.ERR_clear_error()
}

function mutate(name: string): void {
  const out: O.Out<Uint8Array | null> = { value: null }
  O.i2d_OCSP_RESPONSE(load(name), out)
  const der = out.value ?? new Uint8Array()
  for (let i = 0; i < der.length; i++) {
    say(`${i}:`)
    for (const change of [0x01, 0x20, 0x80, 0xff]) {
      const changed = der.map((byte, at) => (at === i ? byte ^ change : byte))
      const response = O.d2i_OCSP_RESPONSE(null, { value: changed })
      const basic = response === null ? null : O.OCSP_response_get1_basic(response)
      say(` ${Number(response !== null)}${Number(basic !== null)}`)
    }
    say('\n')
  }
  O.ERR_clear_error()
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { DH, Out, X509, X509_STORE, X509_STORE_CTX } from '../../../lib/index.ts'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

// Each call as it stands in store.c.

const FILE = fileURLToPath(new URL('../x509/print.pem', import.meta.url))
const lines: string[] = []

function N(what: string, value: number | boolean): void {
  lines.push(`${what} ${Number(value)}`)
}

function S(what: string, value: string | null): void {
  lines.push(`${what} ${value ?? 'null'}`)
}

function E(what: string, value: number | boolean): void {
  const e = O.ERR_peek_last_error()
  lines.push(`${what} ${Number(value)} ${O.ERR_GET_LIB(e)} ${O.ERR_GET_REASON(e)}`)
  O.ERR_clear_error()
}

function need<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('null where an object was due')
  return value
}

function bits(dh: DH): number {
  const p: Out<O.BIGNUM | null> = { value: null }
  const g: Out<O.BIGNUM | null> = { value: null }
  O.DH_get0_pqg(dh, p, null, g)
  return O.BN_num_bits(need(p.value)) * 10 + O.BN_num_bits(need(g.value))
}

const order = (a: string, b: string): number => a.charCodeAt(0) - b.charCodeAt(0)

const calls = { issuers: 0, issued: 0, revocations: 0, policies: 0, signatures: 0, lookups: 0, cleanups: 0 }
let root: X509 | null = null

const get_issuer = (issuer: Out<X509 | null>): number => {
  calls.issuers++
  O.X509_up_ref(need(root))
  issuer.value = root
  return 1
}
const check_issued = (): number => {
  calls.issued++
  return 1
}
const check_revocation = (): number => {
  calls.revocations++
  return 1
}
const no_revocation = (ctx: X509_STORE_CTX): number => {
  O.X509_STORE_CTX_set_error(ctx, O.X509_V_ERR_CERT_REVOKED)
  return 0
}
const check_policy = (): number => {
  calls.policies++
  return 1
}
const verify_ = (ctx: X509_STORE_CTX): number => {
  calls.signatures = O.sk_X509_num(O.X509_STORE_CTX_get0_chain(ctx))
  return 1
}
const lookup_certs = (): X509[] => {
  calls.lookups++
  O.X509_up_ref(need(root))
  return [need(root)]
}
const cleanup = (): number => {
  calls.cleanups++
  return 1
}

function run(store: X509_STORE, x: X509): number {
  const ctx = O.X509_STORE_CTX_new_ex(null, null)
  O.X509_STORE_CTX_init(ctx, store, x, null)
  const result = O.X509_STORE_CTX_verify(ctx) * 1000 + O.X509_STORE_CTX_get_error(ctx)
  O.X509_STORE_CTX_free(ctx)
  O.ERR_clear_error()
  return result
}

function parameters(): void {
  const [a, b] = [O.X509_VERIFY_PARAM_new(), O.X509_VERIFY_PARAM_new()]
  N('flags', O.X509_VERIFY_PARAM_set_flags(a, O.X509_V_FLAG_X509_STRICT | O.X509_V_FLAG_CRL_CHECK))
  N('clear', O.X509_VERIFY_PARAM_clear_flags(a, O.X509_V_FLAG_CRL_CHECK))
  N('flags back', O.X509_VERIFY_PARAM_get_flags(a))
  N('host', O.X509_VERIFY_PARAM_set1_host(a, 'one', 0) + O.X509_VERIFY_PARAM_add1_host(a, 'two', 3))
  S('host back', O.X509_VERIFY_PARAM_get0_host(a, 1))
  S('host none', O.X509_VERIFY_PARAM_get0_host(a, 2))
  O.X509_VERIFY_PARAM_set_hostflags(a, 4)
  N('hostflags', O.X509_VERIFY_PARAM_get_hostflags(a))
  N('email', O.X509_VERIFY_PARAM_set1_email(a, 'me@example.com', 0))
  S('email back', O.X509_VERIFY_PARAM_get0_email(a))
  N('name', O.X509_VERIFY_PARAM_set1_name(a, 'mine'))
  S('name back', O.X509_VERIFY_PARAM_get0_name(a))
  O.X509_VERIFY_PARAM_set_auth_level(a, 2)
  N('level', O.X509_VERIFY_PARAM_get_auth_level(a))
  O.X509_VERIFY_PARAM_set_depth(a, 3)
  N('depth', O.X509_VERIFY_PARAM_get_depth(a))
  O.X509_VERIFY_PARAM_set_time(a, 1000)
  N('time', O.X509_VERIFY_PARAM_get_time(a))
  N('inherit flags', O.X509_VERIFY_PARAM_set_inh_flags(b, 1))
  N('inherit flags back', O.X509_VERIFY_PARAM_get_inh_flags(b))
  N('inherit', O.X509_VERIFY_PARAM_inherit(b, a))
  N('inherited', O.X509_VERIFY_PARAM_get_depth(b))
  S('inherited host', O.X509_VERIFY_PARAM_get0_host(b, 0))
  O.X509_VERIFY_PARAM_set_depth(a, 4)
  N('set1', O.X509_VERIFY_PARAM_set1(b, a))
  N('set', O.X509_VERIFY_PARAM_get_depth(b))
  O.X509_VERIFY_PARAM_move_peername(b, a)
  S('peer', O.X509_VERIFY_PARAM_get0_peername(b))
  N('purpose', O.X509_VERIFY_PARAM_set_purpose(a, O.X509_PURPOSE_SSL_SERVER))
  E('purpose bad', O.X509_VERIFY_PARAM_set_purpose(a, 99))
  N('policy', O.X509_VERIFY_PARAM_add0_policy(a, need(O.OBJ_txt2obj('1.2.3', 1))))
  N('policy flags', O.X509_VERIFY_PARAM_get_flags(a) & O.X509_V_FLAG_POLICY_CHECK)
  N('policies', O.X509_VERIFY_PARAM_set1_policies(a, null))
  N('lookup', O.X509_VERIFY_PARAM_lookup('ssl_server') !== null)
  N('lookup none', O.X509_VERIFY_PARAM_lookup('mine') !== null)
  N('count', O.X509_VERIFY_PARAM_get_count())
  for (let i = 0; i < 6; i++) {
    const known = O.X509_VERIFY_PARAM_get0(i)
    S('known', known === null ? null : O.X509_VERIFY_PARAM_get0_name(known))
  }
  N('add', O.X509_VERIFY_PARAM_add0_table(a))
  N('added', O.X509_VERIFY_PARAM_get_count())
  N('found', O.X509_VERIFY_PARAM_lookup('mine') === a)
  S('last', O.X509_VERIFY_PARAM_get0_name(need(O.X509_VERIFY_PARAM_get0(5))))
  O.X509_VERIFY_PARAM_table_cleanup()
  N('gone', O.X509_VERIFY_PARAM_get_count())
  O.X509_VERIFY_PARAM_free(b)
}

function stores(leaf: O.X509, top: O.X509): void {
  const store = O.X509_STORE_new()
  const ctx = O.X509_STORE_CTX_new()
  const issuer: Out<X509 | null> = { value: null }
  const own = O.sk_X509_new_null()
  const data = {}
  root = top
  N('up ref', O.X509_STORE_up_ref(store))
  O.X509_STORE_free(store)
  N('lock', O.X509_STORE_lock(store) + O.X509_STORE_unlock(store))
  N('flags', O.X509_STORE_set_flags(store, O.X509_V_FLAG_PARTIAL_CHAIN))
  N('flags back', O.X509_VERIFY_PARAM_get_flags(O.X509_STORE_get0_param(store)))
  N('trust', O.X509_STORE_set_trust(store, 1))
  N('data', O.X509_STORE_set_ex_data(store, 0, data))
  N('data back', O.X509_STORE_get_ex_data(store, 0) === data)
  N(
    'hooks',
    Number(O.X509_STORE_get_get_issuer(store) === null) +
      Number(O.X509_STORE_get_check_issued(store) === null) +
      Number(O.X509_STORE_get_check_revocation(store) === null) +
      Number(O.X509_STORE_get_check_policy(store) === null) +
      Number(O.X509_STORE_get_verify(store) === null) +
      Number(O.X509_STORE_get_lookup_certs(store) === null) +
      Number(O.X509_STORE_get_lookup_crls(store) === null) +
      Number(O.X509_STORE_get_cleanup(store) === null) +
      Number(O.X509_STORE_get_verify_cb(store) === null),
  )
  N('empty', run(store, leaf))
  N('add', O.X509_STORE_add_cert(store, top))
  N('good', run(store, leaf))
  O.X509_STORE_set_check_revocation(store, no_revocation)
  N('revoked', run(store, leaf))
  O.X509_STORE_set_check_revocation(store, check_revocation)
  O.X509_STORE_set_check_policy(store, check_policy)
  O.X509_STORE_set_verify(store, verify_)
  O.X509_STORE_set_check_issued(store, check_issued)
  O.X509_STORE_set_lookup_certs(store, lookup_certs)
  O.X509_STORE_set_cleanup(store, cleanup)
  N('hooked', run(store, leaf))
  N('revocations', calls.revocations)
  N('policies', calls.policies)
  N('signatures', calls.signatures)
  N('issued', calls.issued > 0)
  N('lookups', calls.lookups > 0)
  N('cleanups', calls.cleanups)
  O.X509_STORE_set_get_issuer(store, get_issuer)
  N('issuer hook', run(store, leaf))
  N('issuers', calls.issuers > 0)
  N(
    'got',
    Number(O.X509_STORE_get_get_issuer(store) === get_issuer) +
      Number(O.X509_STORE_get_verify(store) === verify_) +
      Number(O.X509_STORE_get_cleanup(store) === cleanup),
  )
  O.X509_STORE_set_get_issuer(store, null)
  O.X509_STORE_set_check_issued(store, null)
  O.X509_STORE_set_check_revocation(store, null)
  O.X509_STORE_set_check_policy(store, null)
  O.X509_STORE_set_verify(store, null)
  O.X509_STORE_set_lookup_certs(store, null)
  O.X509_STORE_set_lookup_crls(store, null)
  O.X509_STORE_set_cleanup(store, null)
  N('unhooked', run(store, leaf))
  O.X509_STORE_CTX_init(ctx, store, leaf, null)
  N('ctx cert', O.X509_STORE_CTX_get0_cert(ctx) === leaf)
  N('ctx store', O.X509_STORE_CTX_get0_store(ctx) === store)
  N('ctx untrusted', O.sk_X509_num(O.X509_STORE_CTX_get0_untrusted(ctx)))
  N('ctx issuer', O.X509_STORE_CTX_get1_issuer(issuer, ctx, leaf))
  N('ctx issuer is', O.X509_cmp(need(issuer.value), top))
  let found: X509[] | null = O.X509_STORE_CTX_get1_certs(ctx, O.X509_get_issuer_name(leaf))
  N('ctx certs', O.sk_X509_num(found))
  O.sk_X509_pop_free(found, O.X509_free)
  N('ctx crls', O.X509_STORE_CTX_get1_crls(ctx, O.X509_get_issuer_name(leaf)) === null)
  const object = O.X509_STORE_CTX_get_obj_by_subject(ctx, 1, O.X509_get_subject_name(top))
  N('ctx object', object !== null)
  N('ctx object is', O.X509_cmp(need(O.X509_OBJECT_get0_X509(object)), top))
  N('ctx object type', O.X509_OBJECT_get_type(need(object)))
  O.X509_OBJECT_free(object)
  N('ctx none', O.X509_STORE_CTX_get_obj_by_subject(ctx, 2, O.X509_get_subject_name(top)) === null)
  N('ctx built in', O.X509_STORE_CTX_get_get_issuer(ctx)(issuer, ctx, leaf))
  N('ctx built in issued', O.X509_STORE_CTX_get_check_issued(ctx)(ctx, leaf, top))
  N('ctx built in not', O.X509_STORE_CTX_get_check_issued(ctx)(ctx, top, leaf))
  N('ctx built in certs', O.sk_X509_num(O.X509_STORE_CTX_get_lookup_certs(ctx)(ctx, O.X509_get_issuer_name(leaf))))
  N(
    'ctx built in rest',
    Number(O.X509_STORE_CTX_get_verify(ctx) !== null) +
      Number(O.X509_STORE_CTX_get_check_revocation(ctx) !== null) +
      Number(O.X509_STORE_CTX_get_check_policy(ctx) !== null) +
      Number(O.X509_STORE_CTX_get_lookup_crls(ctx) !== null),
  )
  N('ctx parent', O.X509_STORE_CTX_get0_parent_ctx(ctx) === null)
  N('ctx policy', Number(O.X509_STORE_CTX_get0_policy_tree(ctx) === null) + O.X509_STORE_CTX_get_explicit_policy(ctx))
  N('ctx purpose', O.X509_STORE_CTX_purpose_inherit(ctx, O.X509_PURPOSE_SSL_SERVER, 0, 0))
  E('ctx purpose bad', O.X509_STORE_CTX_purpose_inherit(ctx, 0, 99, 0))
  E('ctx trust bad', O.X509_STORE_CTX_purpose_inherit(ctx, 0, 0, 99))
  N('ctx trust', O.X509_STORE_CTX_set_trust(ctx, 2))
  N('ctx purpose set', O.X509_STORE_CTX_set_purpose(ctx, O.X509_PURPOSE_ANY))
  O.X509_STORE_CTX_set_depth(ctx, 7)
  N('ctx depth', O.X509_VERIFY_PARAM_get_depth(O.X509_STORE_CTX_get0_param(ctx)))
  N('ctx data', O.X509_STORE_CTX_set_app_data(ctx, data))
  N('ctx data back', O.X509_STORE_CTX_get_app_data(ctx) === data)
  O.X509_STORE_CTX_set_current_cert(ctx, top)
  N('ctx current', O.X509_STORE_CTX_get_current_cert(ctx) === top)
  O.X509_STORE_CTX_set_error_depth(ctx, 5)
  N('ctx error depth', O.X509_STORE_CTX_get_error_depth(ctx))
  O.sk_X509_push(own, top)
  O.X509_STORE_CTX_set0_untrusted(ctx, own)
  N('ctx untrusted set', O.sk_X509_num(O.X509_STORE_CTX_get0_untrusted(ctx)))
  O.X509_STORE_CTX_set0_crls(ctx, null)
  O.X509_STORE_CTX_set_cert(ctx, top)
  N('ctx cert set', O.X509_STORE_CTX_get0_cert(ctx) === top)
  N('ctx verify', O.X509_STORE_CTX_verify(ctx))
  N('ctx untrusted count', O.X509_STORE_CTX_get_num_untrusted(ctx))
  found = O.X509_STORE_CTX_get1_chain(ctx)
  N('ctx chain', O.sk_X509_num(found) + O.sk_X509_num(O.X509_STORE_CTX_get_chain(ctx)))
  O.sk_X509_pop_free(found, O.X509_free)
  O.X509_STORE_CTX_set0_verified_chain(ctx, null)
  N('ctx chain set', O.X509_STORE_CTX_get0_chain(ctx) === null)
  O.X509_STORE_CTX_free(ctx)
  found = O.X509_STORE_get1_all_certs(store)
  N('all', O.sk_X509_num(found))
  O.sk_X509_pop_free(found, O.X509_free)
  E('crl null', O.X509_STORE_add_crl(store, null))
  E('file', O.X509_STORE_load_file_ex(store, '/nowhere', null, null))
  N('locations', O.X509_STORE_load_locations_ex(store, FILE, null, null, null))
  N('store', O.X509_STORE_load_store_ex(store, FILE, null, null))
  O.ERR_clear_error()
  O.X509_STORE_free(store)
}

function stacks(): void {
  const names = O.sk_X509_NAME_new(null)
  const [a, b] = [O.X509_NAME_new(), O.X509_NAME_new()]
  N('push', O.sk_X509_NAME_push(names, a))
  N('find', O.sk_X509_NAME_find(names, a))
  N('find none', O.sk_X509_NAME_find(names, b))
  N('value', O.sk_X509_NAME_value(names, 0) === a)
  N('value none', O.sk_X509_NAME_value(names, 1) === null)
  O.sk_X509_NAME_pop_free(names, O.X509_NAME_free)
  N('null', O.sk_X509_NAME_num(null))
}

function sorted(): void {
  const s = O.OPENSSL_sk_new_reserve(order, 4)
  const n = { value: 0 }
  for (const text of ['d', 'b', 'a', 'b', 'e']) N('sk push', O.OPENSSL_sk_push(s, text))
  N('sk sorted', O.OPENSSL_sk_is_sorted(s))
  N('sk find', O.OPENSSL_sk_find(s, 'b'))
  N('sk sorted', O.OPENSSL_sk_is_sorted(s))
  N('sk find all', O.OPENSSL_sk_find_all(s, 'b', n))
  N('sk equal', n.value)
  N('sk find none', O.OPENSSL_sk_find(s, 'c'))
  N('sk find all none', O.OPENSSL_sk_find_all(s, 'c', n))
  N('sk find ex', O.OPENSSL_sk_find_ex(s, 'd'))
  N('sk insert', O.OPENSSL_sk_insert(s, '0', 2))
  N('sk unshift', O.OPENSSL_sk_unshift(s, 'z'))
  for (let i = 0; i < O.OPENSSL_sk_num(s); i++) S('sk', O.OPENSSL_sk_value(s, i))
  let t = O.OPENSSL_sk_dup(s)
  O.OPENSSL_sk_sort(t)
  for (let i = 0; i < O.OPENSSL_sk_num(t); i++) S('sk', O.OPENSSL_sk_value(t, i))
  S('sk pop', O.OPENSSL_sk_pop(t))
  S('sk shift', O.OPENSSL_sk_shift(t))
  S('sk delete', O.OPENSSL_sk_delete(t, 1))
  S('sk delete none', O.OPENSSL_sk_delete(t, 9))
  S('sk set', O.OPENSSL_sk_set(t, 0, 'q'))
  N('sk set none', O.OPENSSL_sk_set(t, 9, 'q') === null)
  N('sk num', O.OPENSSL_sk_num(t))
  O.OPENSSL_sk_zero(t)
  N('sk zero', O.OPENSSL_sk_num(t))
  N('sk null', O.OPENSSL_sk_num(null))
  O.OPENSSL_sk_free(t)
  t = O.OPENSSL_sk_new_null()
  N('sk new find', O.OPENSSL_sk_find(t, 'a'))
  O.OPENSSL_sk_free(t)
  t = O.OPENSSL_sk_new(order)
  N('sk empty find', O.OPENSSL_sk_find_ex(t, 'a'))
  O.OPENSSL_sk_free(t)
  O.OPENSSL_sk_free(s)
}

function pem(x: O.X509): void {
  const b = need(O.BIO_new(O.BIO_s_mem()))
  const names = O.X509_get_ext_d2i(x, O.NID_subject_alt_name) as O.GENERAL_NAMES | null
  N('names', O.sk_GENERAL_NAME_num(names))
  O.GENERAL_NAMES_free(names)
  N('write', O.PEM_write_bio_X509(b, x))
  N('write aux', O.PEM_write_bio_X509_AUX(b, x))
  N('pending', O.BIO_pending(b))
  const back = O.PEM_read_bio_X509(b, null, null, null)
  N('read', O.X509_cmp(need(back), x))
  const infos = O.PEM_X509_INFO_read_bio(b, null, null, null)
  N('infos', O.sk_X509_INFO_num(infos))
  N('info', O.sk_X509_INFO_value(infos, 0)?.x509 !== null && O.sk_X509_INFO_value(infos, 0)?.crl === null)
  O.sk_X509_INFO_pop_free(infos, O.X509_INFO_free)
  E('read none', O.PEM_read_bio_X509(b, null, null, null) !== null)
  O.BIO_puts(
    b,
    '-----BEGIN DH PARAMETERS-----\nMEYCQQCb/3W9fkDjdSLJE+KWW/n7B2A1QFixLADDnypn6GGVHvU4+j3QUAyQMEkF\nn6H0w7dCbdF/YOltPPICEjU/uF1nAgEC\n-----END DH PARAMETERS-----\n',
  )
  const dh = O.PEM_read_bio_DHparams(b, null, null, null)
  N('dh', dh === null ? 0 : bits(dh))
  E('dh none', O.PEM_read_bio_DHparams(b, null, null, null) !== null)
}

test('stores, parameters, stacks and PEM, as the real library has them', () => {
  const source = readFileSync(new URL('store.c', import.meta.url), 'utf8')
  const real = realTranscript(`#define FILE_NAME ${JSON.stringify(FILE)}\n${source}`)
  lines.length = 0
  O.ERR_clear_error()
  const file = need(O.BIO_new_mem_buf(readFileSync(FILE)))
  const all: X509[] = []
  for (let x = O.PEM_read_bio_X509(file); x !== null; x = O.PEM_read_bio_X509(file)) all.push(x)
  O.ERR_clear_error()
  const leaf = need(all.find(x => O.ASN1_INTEGER_get(O.X509_get_serialNumber(x)) === 7))
  parameters()
  stores(leaf, leaf)
  stacks()
  sorted()
  pem(leaf)
  expect(lines.length).toBeGreaterThan(150)
  if (real !== null) expect(lines).toEqual(real)
})

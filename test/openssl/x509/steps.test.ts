import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as ssl from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

// The steps of a verification that a program does itself, trust settings and policies: steps.c line by line.

const CERTS = 'test/openssl/x509/certs/'
const lines: string[] = []
let line = ''
const print = (text: string): void => {
  line += text
  const parts = line.split('\n')
  line = parts.pop() ?? ''
  lines.push(...parts)
}

function load(file: string): ssl.X509 {
  const bio = ssl.BIO_new_mem_buf(readFileSync(file))
  const x = bio === null ? null : ssl.PEM_read_bio_X509_AUX(bio)
  if (x === null) throw new Error(`cannot read ${file}`)
  return x
}

function loadList(file: string): ssl.X509_CRL {
  const bio = ssl.BIO_new_mem_buf(readFileSync(file))
  const crl = bio === null ? null : ssl.PEM_read_bio_X509_CRL(bio)
  if (crl === null) throw new Error(`cannot read ${file}`)
  return crl
}

const ee = load(`${CERTS}ee-cert.pem`)
const ca = load(`${CERTS}ca-cert.pem`)
const root = load(`${CERTS}root-cert.pem`)
const crl = loadList(`${CERTS}cve-2026-28388-crls.pem`)

const told: ssl.X509_STORE_CTX_verify_cb = (ok, ctx) => {
  const list = ssl.X509_STORE_CTX_get0_current_crl(ctx) === crl ? '+crl' : ''
  const path = ssl.X509_STORE_CTX_get0_parent_ctx(ctx) === null ? '' : '+path'
  print(` ${ok}/${ssl.X509_STORE_CTX_get_error(ctx)}@${ssl.X509_STORE_CTX_get_error_depth(ctx)}${list}${path}`)
  return 1
}
const giveCrl: ssl.X509_STORE_CTX_get_crl_fn = (_ctx, out) => {
  ssl.X509_CRL_up_ref(crl)
  out.value = crl
  return 1
}
const goodCrl: ssl.X509_STORE_CTX_check_crl_fn = (_ctx, list) => {
  print(` check${Number(list === crl)}`)
  return 1
}
const badCrl: ssl.X509_STORE_CTX_check_crl_fn = ctx => {
  ssl.X509_STORE_CTX_set_error(ctx, 50)
  return 0
}
const onCrl: ssl.X509_STORE_CTX_cert_crl_fn = (_ctx, _list, x) => {
  print(` lookup${Number(x === ee)}`)
  return 1
}
const revoked: ssl.X509_STORE_CTX_cert_crl_fn = ctx => {
  ssl.X509_STORE_CTX_set_error(ctx, 23)
  return 0
}
const ownCheck: ssl.X509_STORE_CTX_check_crl_fn = ctx => Number(ssl.X509_STORE_CTX_get_check_crl(ctx) === ownCheck)

function verify(name: string, store: ssl.X509_STORE, target: ssl.X509 | null, flags: number): void {
  const ctx = ssl.X509_STORE_CTX_new()
  print(`${name}:`)
  ssl.X509_STORE_CTX_init(ctx, store, target, [ca])
  ssl.X509_STORE_CTX_set_time(ctx, 0, 1739527200)
  ssl.X509_STORE_CTX_set_flags(ctx, flags)
  ssl.X509_STORE_CTX_set_verify_cb(ctx, told)
  let ret = ssl.X509_verify_cert(ctx)
  print(` = ${ret}/${ssl.X509_STORE_CTX_get_error(ctx)}`)
  ret = ssl.X509_verify_cert(ctx)
  print(` again ${ret}/${ssl.X509_STORE_CTX_get_error(ctx)}\n`)
  ssl.ERR_clear_error()
  ssl.X509_STORE_CTX_free(ctx)
}

function trusting(x: ssl.X509): ssl.X509_STORE {
  const store = ssl.X509_STORE_new()
  ssl.X509_STORE_add_cert(store, x)
  return store
}

function sayTrust(name: string): void {
  const [t, r] = [ssl.X509_get0_trust_objects(root), ssl.X509_get0_reject_objects(root)]
  const notes = ssl.i2d_X509_AUX(root, null) - ssl.i2d_X509(root, null)
  print(`${name}: ${ssl.X509_trusted(root)} ${t?.length ?? -1} ${r?.length ?? -1} ${notes}\n`)
}

function object(nid: number): ssl.ASN1_OBJECT {
  const found = ssl.OBJ_nid2obj(nid)
  if (found === null) throw new Error(`no object ${nid}`)
  return found
}

function settings(): void {
  const [server, client] = [object(129), object(130)]
  const store = trusting(root)
  ssl.X509_STORE_set_trust(store, 3)
  sayTrust('nothing noted')
  ssl.X509_alias_set1(root, null, -1)
  ssl.X509_trust_clear(root)
  sayTrust('nothing taken away')
  verify('trusted', store, ee, 0)
  ssl.X509_add1_trust_object(root, client)
  sayTrust('client')
  verify('trusted for clients', store, ee, 0)
  ssl.X509_add1_trust_object(root, server)
  sayTrust('both')
  verify('trusted for servers', store, ee, 0)
  ssl.X509_add1_reject_object(root, server)
  sayTrust('rejected')
  verify('rejected for servers', store, ee, 0)
  ssl.X509_trust_clear(root)
  ssl.X509_reject_clear(root)
  sayTrust('cleared')
  ssl.X509_add1_trust_object(root, null)
  ssl.X509_alias_set1(root, 'root', 4)
  sayTrust('trusted for nothing')
  verify('trusted for nothing', store, ee, 0)
  const der: ssl.Out<Uint8Array | null> = { value: null }
  const length = ssl.i2d_X509_AUX(root, der)
  const p = { value: der.value ?? new Uint8Array() }
  const copy = ssl.d2i_X509_AUX(null, p, length)
  if (copy === null) throw new Error('not read again')
  print(`read again: ${Number(p.value.length === 0)} ${ssl.X509_cmp(copy, root)} ${ssl.X509_trusted(copy)}`)
  const alias = { value: 0 }
  ssl.X509_alias_get0(copy, alias)
  print(` ${alias.value}\n`)
  const cut = ssl.d2i_X509_AUX(null, { value: der.value ?? new Uint8Array() }, length - 1)
  print(`cut short: ${Number(cut !== null)}\n`)
  ssl.ERR_clear_error()
  ssl.X509_reject_clear(root)
  ssl.X509_trust_clear(root)
}

function policies(leaf: string, flags: number, wanted: string | null): void {
  const chain = [load(leaf), load(`${CERTS}ca-pol-cert.pem`), root]
  const oids = wanted === null ? [] : [ssl.OBJ_txt2obj(wanted, 1) ?? object(0)]
  const tree: ssl.Out<ssl.X509_POLICY_TREE | null> = { value: null }
  const explicit = { value: 7 }
  const ret = ssl.X509_policy_check(tree, explicit, chain, oids, flags)
  print(`policies ${flags.toString(16)}: ${ret} ${explicit.value}`)
  print(` A${ssl.X509_policy_tree_get0_policies(tree.value)?.length ?? -1}`)
  print(` U${ssl.X509_policy_tree_get0_user_policies(tree.value)?.length ?? -1}`)
  for (let i = 0; i <= ssl.X509_policy_tree_level_count(tree.value); i++) {
    const level = ssl.X509_policy_tree_get0_level(tree.value, i)
    const count = ssl.X509_policy_level_node_count(level)
    print(` [${count}`)
    for (let j = 0; j <= count; j++) {
      const node = ssl.X509_policy_level_get0_node(level, j)
      const text = ssl.X509_policy_node_get0_policy(node)?.oid ?? '-'
      const qualifiers = ssl.X509_policy_node_get0_qualifiers(node)?.length ?? -1
      print(` ${text}/${qualifiers}/${Number(ssl.X509_policy_node_get0_parent(node) !== null)}`)
    }
    print(']')
  }
  print('\n')
  ssl.X509_policy_tree_free(tree.value)
}

function run(): void {
  const { X509_V_FLAG_CRL_CHECK: CHECK, X509_V_FLAG_EXPLICIT_POLICY: EXPLICIT } = ssl
  verify('nothing to verify', trusting(root), null, 0)
  verify('good', trusting(root), ee, 0)
  let store = trusting(root)
  ssl.X509_STORE_set_get_issuer(store, () => -1)
  verify('no issuer can be looked for', store, ee, 0)
  store = trusting(root)
  ssl.X509_STORE_set_check_issued(store, () => 0)
  verify('nobody has issued it', store, ee, 0)
  store = trusting(root)
  const set = [ssl.X509_STORE_get_get_crl(store), ssl.X509_STORE_get_check_crl(store)]
  print(`get_crl ${set.map(fn => Number(fn !== null)).join(' ')}\n`)
  verify('no list', store, ee, CHECK)
  ssl.X509_STORE_set_get_crl(store, () => 0)
  verify('no list of the program', store, ee, CHECK)
  ssl.X509_STORE_set_get_crl(store, giveCrl)
  verify('a list of somebody else', store, ee, CHECK)
  ssl.X509_STORE_set_check_crl(store, goodCrl)
  verify('found good', store, ee, CHECK)
  ssl.X509_STORE_set_cert_crl(store, onCrl)
  verify('looked up', store, ee, CHECK)
  ssl.X509_STORE_set_cert_crl(store, revoked)
  verify('found revoked', store, ee, CHECK)
  ssl.X509_STORE_set_check_crl(store, badCrl)
  verify('found bad', store, ee, CHECK)
  ssl.X509_STORE_set_check_crl(store, ownCheck)
  verify('its own', store, ee, CHECK)
  store = trusting(ee)
  ssl.X509_STORE_set_get_crl(store, giveCrl)
  verify('nobody above', store, ee, CHECK | ssl.X509_V_FLAG_PARTIAL_CHAIN)
  settings()
  const own = '1.3.6.1.4.1.16604.998855.1'
  policies(`${CERTS}ee-cert-policies.pem`, 0, null)
  policies(`${CERTS}ee-cert-policies.pem`, EXPLICIT, null)
  policies(`${CERTS}ee-cert-policies.pem`, EXPLICIT, own)
  policies(`${CERTS}ee-cert-policies.pem`, EXPLICIT | ssl.X509_V_FLAG_INHIBIT_ANY, '2.5.29.32.0')
  policies(`${CERTS}ee-cert-policies-bad.pem`, 0, null)
  policies(`${CERTS}ee-cert.pem`, EXPLICIT, null)
}

test('the steps, settings and policies are those of libcrypto', () => {
  run()
  expect(lines).toContain('nothing to verify: = -1/69 again -1/69')
  const real = realTranscript(new URL('steps.c', import.meta.url))
  if (real !== null) expect(lines).toEqual(real)
})

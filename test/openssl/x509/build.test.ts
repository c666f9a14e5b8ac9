import { expect, test } from '@jest/globals'
import { toHex } from '../../../lib/base/bytes.ts'
import { MBSTRING_ASC } from '../../../lib/openssl/constants/asn1.ts'
import { EVP_PKEY_ED25519 } from '../../../lib/openssl/constants/evp.ts'
import { NID_subject_alt_name } from '../../../lib/openssl/constants/obj-mac.ts'
import * as E from '../../../lib/openssl/err/index.ts'
import * as V from '../../../lib/openssl/evp/index.ts'
import * as X from '../../../lib/openssl/x509/index.ts'
import { realTranscript } from '../real.ts'

const PATTERNS = [
  'www.example.com',
  '*.example.com',
  'w*.example.com',
  '*w.example.com',
  'w*w.example.com',
  '*.com',
  '*',
  '*.*.example.com',
  'xn--*.example.com',
  '*.xn--a.com',
  '-*.example.com',
  '*.example.com.',
  '*..com',
  'WWW.EXAMPLE.COM',
  '*.exa_mple.com',
  'a*a.b.c',
  '*a.-b.c',
]
const HOSTS = [
  'www.example.com',
  'WWW.Example.Com',
  'example.com',
  'a.b.example.com',
  'w.example.com',
  '.example.com',
  '.com',
  'xn--www.example.com',
  '*.example.com',
  'www.example.com.',
  '',
  'wxw.example.com',
  'a_b.example.com',
  'aa.b.c',
]
const FLAGS = [0, 2, 4, 8, 0x10, 0x20, 1]
const IPS = [
  '127.0.0.1',
  '127.0.0.2',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:1.2.3.4',
  '1.2.3',
  '1.2.3.256',
  ':::',
  '1::2::3',
  'fe80::1',
  '12345::',
]
const MAILS = ['joe@example.com', 'Joe@example.com', 'joe@EXAMPLE.com', 'joe@example.org', 'example.com', '']

const need = <T>(value: T | null): T => {
  if (value === null) throw new Error('null where an object was due')
  return value
}
const hex = (code: number): string => code.toString(16).toUpperCase()

/** What build.c prints, by our functions. */
function transcript(): string[] {
  const lines: string[] = []
  const make = (
    cn: string | null,
    san: string | null,
    issuer: X.X509 | null,
    issuerKey: V.EVP_PKEY | null,
    key: V.EVP_PKEY,
    ca: boolean,
  ): X.X509 => {
    const x = X.X509_new()
    const ctx = new X.X509V3_CTX()
    X.X509_set_version(x, X.X509_VERSION_3)
    X.ASN1_INTEGER_set(X.X509_get_serialNumber(x), 0x1234)
    X.X509_gmtime_adj(X.X509_getm_notBefore(x), -60)
    X.X509_gmtime_adj(X.X509_getm_notAfter(x), 3600)
    if (cn !== null) X.X509_NAME_add_entry_by_txt(X.X509_get_subject_name(x), 'CN', MBSTRING_ASC, cn, -1, -1, 0)
    X.X509_set_issuer_name(x, X.X509_get_subject_name(issuer ?? x))
    X.X509_set_pubkey(x, key)
    X.X509V3_set_ctx(ctx, issuer ?? x, x)
    const add = (nid: number, text: string): number =>
      X.X509_add_ext(x, need(X.X509V3_EXT_conf_nid(null, ctx, nid, text)), -1)
    add(X.NID_basic_constraints, ca ? 'critical,CA:TRUE,pathlen:300' : 'CA:FALSE')
    if (ca) add(X.NID_key_usage, 'critical,keyCertSign,cRLSign,decipherOnly')
    else add(X.NID_ext_key_usage, 'serverAuth, clientAuth,1.2.3')
    add(X.NID_subject_key_identifier, 'hash')
    if (san !== null) add(NID_subject_alt_name, san)
    const signer = issuerKey ?? key
    lines.push(
      `signed ${Number(X.X509_sign(x, signer, V.EVP_PKEY_get_id(signer) === EVP_PKEY_ED25519 ? null : V.EVP_sha256()) > 0)}`,
    )
    return x
  }
  const extensions = (x: X.X509): void => {
    for (let i = 0; i < X.X509_get_ext_count(x); i++) {
      const extension = need(X.X509_get_ext(x, i))
      const nid = X.OBJ_obj2nid(X.X509_EXTENSION_get_object(extension))
      const data = nid === X.NID_subject_key_identifier ? '' : toHex(X.X509_EXTENSION_get_data(extension).data)
      lines.push(`extension ${nid} ${X.OBJ_nid2sn(nid)} ${X.X509_EXTENSION_get_critical(extension)} ${data}`)
    }
    const crit = { value: 0 }
    const names = X.X509_get_ext_d2i(x, NID_subject_alt_name, crit)
    lines.push(`names ${Array.isArray(names) ? names.length : -1} crit ${crit.value}`)
  }
  const ec = need(V.EVP_EC_gen('P-256'))
  const ed = need(V.EVP_PKEY_Q_keygen(null, null, 'ED25519'))
  const rsa = need(V.EVP_RSA_gen(2048))
  for (const pattern of PATTERNS) {
    const x = make('cn.example.com', `DNS:${pattern}`, null, null, ec, false)
    const named = make(pattern, null, null, null, ec, false)
    for (const flags of FLAGS) {
      const results = HOSTS.map(host => {
        const peer: { value: string | null } = { value: null }
        const first = X.X509_check_host(x, host, host.length, flags, peer)
        return ` ${first}${X.X509_check_host(named, host, host.length, flags)}${peer.value ?? ''}`
      })
      lines.push(`${pattern} ${flags.toString(16)}:${results.join('')}`)
    }
    lines.push(`cn ${X.X509_check_host(x, 'cn.example.com', 0, 1)}`)
  }
  const x = make(
    'n',
    'IP:127.0.0.1,IP:::1,IP:::ffff:1.2.3.4,email:joe@example.com,URI:http://a/b',
    null,
    null,
    ec,
    false,
  )
  extensions(x)
  for (const ip of IPS) lines.push(`ip ${X.X509_check_ip_asc(x, ip)}`)
  for (const mail of MAILS) lines.push(`mail ${X.X509_check_email(x, mail, mail.length)}`)
  const ca = make('ca', null, null, null, ed, true)
  const leaf = make('leaf', 'DNS:leaf', ca, ed, rsa, false)
  extensions(ca)
  extensions(leaf)
  const md = new Uint8Array(64)
  const n = { value: 0 }
  lines.push(
    `issued ${X.X509_check_issued(ca, leaf)} ${X.X509_check_issued(leaf, leaf)} ${X.X509_check_issued(ca, ca)}`,
    `ca ${X.X509_check_ca(ca)} ${X.X509_check_ca(leaf)} purpose ${X.X509_check_purpose(leaf, 1, 0)} ${X.X509_check_purpose(leaf, 4, 0)} ${X.X509_check_purpose(ca, 2, 1)} ${X.X509_check_purpose(ca, 99, 0)}`,
    `usage ${X.X509_get_key_usage(ca).toString(16)} ${X.X509_get_key_usage(leaf).toString(16)} pathlen ${X.X509_get_pathlen(ca)} ${X.X509_get_pathlen(leaf)} self ${X.X509_self_signed(ca, 1)} ${X.X509_self_signed(leaf, 1)}`,
    `verify ${X.X509_verify(leaf, ed)} ${X.X509_verify(leaf, rsa)} ${X.X509_verify(ca, ed)} ${hex(E.ERR_get_error())}`,
    `nid ${X.X509_get_signature_nid(leaf)} ${X.X509_get_signature_nid(x)} version ${X.X509_get_version(leaf)} serial ${X.ASN1_INTEGER_get(X.X509_get_serialNumber(leaf))}`,
  )
  E.ERR_clear_error()
  const unfit = X.X509_check_private_key(leaf, ed)
  lines.push(`key ${X.X509_check_private_key(leaf, rsa)} ${unfit} ${hex(E.ERR_get_error())} ${hex(E.ERR_get_error())}`)
  lines.push(
    `${V.EVP_PKEY_get_id(ec)} ${V.EVP_PKEY_get_bits(ec)} ${V.EVP_PKEY_get_security_bits(ec)} ${V.EVP_PKEY_get_bits(rsa)} ${V.EVP_PKEY_get_security_bits(rsa)} ${V.EVP_PKEY_get_size(rsa)}`,
    `${V.EVP_PKEY_get_id(ed)} ${V.EVP_PKEY_get_bits(ed)} ${V.EVP_PKEY_get_size(ed)} ${V.EVP_PKEY_get_size(ec)} ${V.EVP_PKEY_get0_type_name(ed)}`,
    `eq ${V.EVP_PKEY_eq(ec, need(X.X509_get0_pubkey(x)))} ${V.EVP_PKEY_eq(ec, rsa)} ${V.EVP_PKEY_eq(rsa, need(V.EVP_RSA_gen(2048)))}`,
    `digest ${X.X509_digest(leaf, V.EVP_sha256(), md, n)} ${n.value}`,
  )
  E.ERR_clear_error()
  lines.push(`eq ${V.EVP_PKEY_eq(ec, rsa)} ${hex(E.ERR_get_error())}`)
  lines.push(...verifications(ca, leaf, x))
  E.ERR_clear_error()
  const empty = X.X509_new()
  lines.push(`empty ${X.X509_sign(empty, ec, V.EVP_sha256())} ${hex(E.ERR_get_error())} ${hex(E.ERR_get_error())}`)
  lines.push(`i2d ${X.i2d_X509(empty, null)} ${hex(E.ERR_get_error())}`)
  V.HMAC(V.EVP_sha1(), 'key', 3, Buffer.from('data'), 4, md, n)
  lines.push(
    `${toHex(md.subarray(0, n.value))} ${V.EVP_MD_get_size(V.EVP_sha384())} ${V.EVP_MD_get_block_size(V.EVP_sha512())} ${V.EVP_MD_get0_name(V.EVP_sha256())}`,
  )
  return lines
}

function verifications(ca: X.X509, leaf: X.X509, stranger: X.X509): string[] {
  const lines: string[] = []
  let calls = ''
  const callback = (ok: number, ctx: X.X509_STORE_CTX): number => {
    calls += `${ok}/${X.X509_STORE_CTX_get_error(ctx)}@${X.X509_STORE_CTX_get_error_depth(ctx)} `
    return ok
  }
  const store = X.X509_STORE_new()
  const ctx = X.X509_STORE_CTX_new()
  X.X509_STORE_add_cert(store, ca)
  X.X509_STORE_CTX_init(ctx, store, leaf, null)
  X.X509_STORE_CTX_set_verify_cb(ctx, callback)
  X.X509_STORE_CTX_set_default(ctx, 'ssl_server')
  X.X509_VERIFY_PARAM_set1_host(X.X509_STORE_CTX_get0_param(ctx), 'LEAF', 0)
  const good = X.X509_verify_cert(ctx)
  lines.push(`${calls}= ${good}`)
  lines.push(
    `peername ${X.X509_VERIFY_PARAM_get0_peername(X.X509_STORE_CTX_get0_param(ctx))} chain ${X.sk_X509_num(X.X509_STORE_CTX_get0_chain(ctx))} cert ${Number(X.X509_STORE_CTX_get_current_cert(ctx) === leaf)} issuer ${Number(X.X509_STORE_CTX_get0_current_issuer(ctx) === ca)}`,
  )
  lines.push(`again ${X.X509_verify_cert(ctx)} ${X.X509_STORE_CTX_get_error(ctx)} ${hex(E.ERR_get_error())}`)
  X.X509_STORE_CTX_cleanup(ctx)
  X.X509_STORE_CTX_init(ctx, store, stranger, null)
  X.X509_STORE_CTX_set_verify_cb(ctx, callback)
  calls = ''
  const bad = X.X509_verify_cert(ctx)
  lines.push(
    `${calls}= ${bad} ${X.X509_STORE_CTX_get_error(ctx)} ${X.X509_verify_cert_error_string(X.X509_STORE_CTX_get_error(ctx))}`,
  )
  X.X509_STORE_CTX_cleanup(ctx)
  X.X509_STORE_CTX_init(ctx, store, null, null)
  lines.push(`none ${X.X509_verify_cert(ctx)} ${X.X509_STORE_CTX_get_error(ctx)} ${hex(E.ERR_get_error())}`)
  return lines
}

test('certificates are made, checked and verified as with libcrypto', () => {
  const ours = transcript()
  expect(ours).toContain('1/0@1 1/0@0 = 1')
  const real = realTranscript(new URL('build.c', import.meta.url))
  if (real !== null) expect(ours).toEqual(real)
})

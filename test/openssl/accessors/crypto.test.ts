import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { ASN1_STRING, AUTHORITY_KEYID, BIGNUM, BIO, Out } from '../../../lib/index.ts'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

// Each call as it stands in crypto.c.

const CERTIFICATES = new URL('../x509/print.pem', import.meta.url)
const lines: string[] = []

function N(what: string, value: number | boolean): void {
  lines.push(`${what} ${Number(value)}`)
}

function S(what: string, value: string | null): void {
  lines.push(`${what} ${value ?? 'null'}`)
}

function H(what: string, bytes: Uint8Array, length: number): void {
  lines.push(`${what} ${Buffer.from(bytes.subarray(0, length)).toString('hex')}`)
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

const strings = (): Out<ASN1_STRING | null> => ({ value: null })
const number = (): Out<BIGNUM | null> => ({ value: null })
const text = (): Out<string> => ({ value: '' })

function stringOf(value: unknown): ASN1_STRING {
  if (value instanceof O.ASN1_STRING) return value
  throw new Error('not a string')
}

function akid(x: O.X509): AUTHORITY_KEYID | null {
  return O.X509_get_ext_d2i(x, O.NID_authority_key_identifier) as AUTHORITY_KEYID | null
}

function contents(bio: BIO): string[] {
  const bytes: Out<Uint8Array> = { value: new Uint8Array() }
  O.BIO_get_mem_data(bio, bytes)
  return Buffer.from(bytes.value).toString('latin1').trimEnd().split('\n')
}

const create = (b: BIO): number => {
  O.BIO_set_init(b, 1)
  return 1
}
const destroy = (): number => 1
const puts_ = (_b: BIO, s: string | Uint8Array): number => 40 + s.length
const gets_ = (): number => 50
const write_ = (_b: BIO, _s: Uint8Array, _n: number, w: Out<number>): number => {
  w.value = 3
  return 1
}
const read_ = (_b: BIO, _s: Uint8Array, _n: number, r: Out<number>): number => {
  r.value = 2
  return 1
}
const ctrl = (_b: BIO, cmd: number, n: number): number =>
  cmd === O.BIO_C_DO_STATE_MACHINE || cmd === O.BIO_C_SET_NBIO ? 60 + n : 0
const callback_ctrl = (_b: BIO, cmd: number): number => 70 + cmd
const watch = (_b: BIO, _o: number, _p: unknown, _n: number, _i: number, _l: number, ret: number): number => ret
const told = (_b: BIO, _state: number, res: number): number => res
const line = (data: Uint8Array | string): number => {
  lines.push(Buffer.from(data).toString('latin1').trimEnd())
  return data.length
}

function certificate(x: O.X509, other: O.X509): void {
  const md = new Uint8Array(64)
  const n = { value: 0 }
  const [iuid, suid] = [strings(), strings()]
  const text = new Uint8Array(100)
  const obj = need(O.OBJ_txt2obj('O', 0))
  const unknown = need(O.OBJ_txt2obj('1.2.3.4.5.6', 1))
  const name = O.X509_get_subject_name(x)
  O.X509_check_purpose(x, -1, 0)
  N('cmp', O.X509_cmp(x, x))
  N('issuer cmp', O.X509_issuer_name_cmp(x, x))
  N('subject cmp', O.X509_subject_name_cmp(x, x))
  N('serial cmp', O.X509_issuer_and_serial_cmp(x, x))
  N('issuer hash', O.X509_issuer_name_hash(x))
  N('subject hash', O.X509_subject_name_hash(x))
  N('issuer hash old', O.X509_issuer_name_hash_old(x))
  N('subject hash old', O.X509_subject_name_hash_old(x))
  N('both hash', O.X509_issuer_and_serial_hash(x))
  N('name hash', O.X509_NAME_hash_old(name))
  {
    const ok = { value: 0 }
    N('name hash ex', O.X509_NAME_hash_ex(name, null, null, ok))
    N('name hash ok', ok.value)
  }
  N('pubkey digest', O.X509_pubkey_digest(x, O.EVP_sha256(), md, n))
  H('pubkey digest', md, n.value)
  N('name digest', O.X509_NAME_digest(name, O.EVP_sha224(), md, n))
  H('name digest', md, n.value)
  N('sig type', O.X509_get_signature_type(x))
  N('extensions', O.sk_X509_EXTENSION_num(O.X509_get0_extensions(x)))
  O.X509_get0_uids(x, iuid, suid)
  N('uids', iuid.value === null && suid.value === null)
  N('tbs alg', O.OBJ_obj2nid(need(O.X509_get0_tbs_sigalg(x)).algorithm))
  H(
    'bits',
    O.ASN1_STRING_get0_data(need(O.X509_get0_pubkey_bitstr(x))),
    O.ASN1_STRING_length(need(O.X509_get0_pubkey_bitstr(x))),
  )
  N('pubkey', O.EVP_PKEY_eq(need(O.X509_PUBKEY_get0(O.X509_get_X509_PUBKEY(x))), need(O.X509_get0_pubkey(x))))
  N('pubkey ref', O.EVP_PKEY_eq(need(O.X509_PUBKEY_get(O.X509_get_X509_PUBKEY(x))), need(O.X509_get0_pubkey(x))))
  N('parameters', O.X509_get_pubkey_parameters(O.X509_get0_pubkey(x), null))
  N('critical', O.X509_get_ext_by_critical(x, 1, -1))
  N('not critical', O.X509_get_ext_by_critical(x, 0, 0))
  N('ext nid', O.X509_get_ext_by_NID(x, O.NID_basic_constraints, -1))
  N('ext obj', O.X509_get_ext_by_OBJ(x, unknown, -1))
  N('ext none', O.X509_get_ext_by_NID(x, 99999, -1))
  N('text', O.X509_NAME_get_text_by_OBJ(name, obj, text, 9))
  S('text is', Buffer.from(text).toString('latin1').split('\0')[0] ?? null)
  N('text length', O.X509_NAME_get_text_by_OBJ(name, obj, null, 0))
  N('text none', O.X509_NAME_get_text_by_OBJ(name, unknown, text, 9))
  N('index', O.X509_NAME_get_index_by_OBJ(name, obj, -1))
  N('serial', O.ASN1_STRING_length(O.X509_get0_serialNumber(x)))
  N('before', O.ASN1_STRING_length(O.X509_get0_notBefore(x)) + O.ASN1_STRING_length(O.X509_get_notBefore(x)))
  N('after', O.ASN1_STRING_length(O.X509_get0_notAfter(x)) + O.ASN1_STRING_length(O.X509_get_notAfter(x)))
  H('after is', O.ASN1_STRING_get0_data(O.X509_get0_notAfter(x)), 13)
  N('time', O.X509_cmp_time(O.X509_get0_notBefore(x), null))
  N('current', O.X509_cmp_current_time(O.X509_get0_notAfter(x)))
  N('frame', O.X509_cmp_timeframe(null, O.X509_get0_notBefore(x), O.X509_get0_notAfter(x)))
  N('frame late', O.X509_cmp_timeframe(null, null, O.X509_get0_notBefore(x)))
  N('frame early', O.X509_cmp_timeframe(null, O.X509_get0_notAfter(x), null))
  N('akid', O.X509_check_akid(x, akid(x)))
  N('akid other', O.X509_check_akid(other, akid(x)))
  N('ip', O.X509_check_ip(x, Uint8Array.of(127, 0, 0, 1), 4, 0))
  N('ip other', O.X509_check_ip(x, Uint8Array.of(127, 0, 0, 2), 4, 0))
  {
    const [mails, places] = [O.X509_get1_email(x), O.X509_get1_ocsp(x)]
    N('mails', O.sk_OPENSSL_STRING_num(mails))
    for (let i = 0; i < O.sk_OPENSSL_STRING_num(mails); i++) S('mail', O.sk_OPENSSL_STRING_value(mails, i))
    N('places', O.sk_OPENSSL_STRING_num(places))
    for (let i = 0; i < O.sk_OPENSSL_STRING_num(places); i++) S('place', O.sk_OPENSSL_STRING_value(places, i))
    O.X509_email_free(mails)
    O.X509_email_free(places)
  }
  {
    const copy = need(O.X509_dup(x))
    N('dup', O.X509_cmp(copy, x))
    N('dup issuer', O.X509_NAME_cmp(O.X509_get_issuer_name(copy), O.X509_get_issuer_name(x)))
    O.X509_set0_distinguishing_id(copy, new O.ASN1_STRING(4))
    N('id', O.X509_get0_distinguishing_id(copy) !== null && O.X509_get0_distinguishing_id(x) === null)
    O.X509_free(copy)
  }
}

function names(): void {
  let name = O.X509_NAME_new()
  const ne: Out<O.X509_NAME_ENTRY | null> = { value: null }
  const utf8 = { value: new Uint8Array() }
  const der = { value: new Uint8Array() }
  const n = { value: 0 }
  N('entry', O.X509_NAME_ENTRY_create_by_txt(ne, 'CN', O.MBSTRING_ASC, 'one', -1) === ne.value)
  N('entry add', O.X509_NAME_add_entry(name, need(ne.value), -1, 0))
  N(
    'entry again',
    O.X509_NAME_ENTRY_create_by_NID(ne, O.NID_organizationName, O.MBSTRING_UTF8, Buffer.from('twö'), 4) === ne.value,
  )
  N('entry add again', O.X509_NAME_add_entry(name, need(ne.value), 0, 0))
  N('entry data', O.X509_NAME_ENTRY_set_data(need(ne.value), O.V_ASN1_IA5STRING, 'three', 3))
  N('entry object', O.X509_NAME_ENTRY_set_object(need(ne.value), O.OBJ_nid2obj(48)))
  N('entry joined', O.X509_NAME_add_entry(name, need(ne.value), -1, -1))
  E('entry bad', O.X509_NAME_ENTRY_create_by_txt(null, 'nothing', O.MBSTRING_ASC, 'x', 1) !== null)
  E('entry nid', O.X509_NAME_ENTRY_create_by_NID(null, 99999, O.MBSTRING_ASC, 'x', 1) !== null)
  O.ERR_clear_error()
  N('by obj', O.X509_NAME_add_entry_by_OBJ(name, need(O.OBJ_nid2obj(15)), O.MBSTRING_ASC, 'four', -1, 1, 0))
  N('by nid', O.X509_NAME_add_entry_by_NID(name, O.NID_countryName, O.MBSTRING_ASC, 'DE', -1, -1, 0))
  S('oneline', O.X509_NAME_oneline(name))
  const copy = O.X509_NAME_dup(name)
  let taken = need(O.X509_NAME_delete_entry(name, 1))
  N('taken', O.OBJ_obj2nid(O.X509_NAME_ENTRY_get_object(taken)))
  N('taken utf8', O.ASN1_STRING_to_UTF8(utf8, O.X509_NAME_ENTRY_get_data(taken)))
  H('taken is', utf8.value, 4)
  O.X509_NAME_ENTRY_free(taken)
  taken = O.X509_NAME_ENTRY_dup(need(ne.value))
  N('dup', O.ASN1_STRING_length(O.X509_NAME_ENTRY_get_data(taken)))
  N('left', O.X509_NAME_entry_count(name))
  N('copy', O.X509_NAME_cmp(copy, name) !== 0)
  const place: Out<O.X509_NAME | null> = { value: name }
  N('set', O.X509_NAME_set(place, copy))
  name = need(place.value)
  N('set same', O.X509_NAME_cmp(copy, name))
  N('der', O.X509_NAME_get0_der(name, der, n))
  H('der is', der.value, n.value)
  O.X509_NAME_free(name)
  O.X509_NAME_free(copy)
}

function general(): void {
  const a = O.GENERAL_NAME_new()
  const text = new O.ASN1_STRING(O.V_ASN1_IA5STRING)
  const out = need(O.BIO_new(O.BIO_s_mem()))
  const type = { value: 0 }
  O.ASN1_STRING_set(text, 'host', -1)
  O.GENERAL_NAME_set0_value(a, O.GEN_DNS, text)
  N('general', O.ASN1_STRING_length(stringOf(O.GENERAL_NAME_get0_value(a, type))))
  N('general type', type.value)
  const b = O.GENERAL_NAME_dup(a)
  N('general cmp', O.GENERAL_NAME_cmp(a, b))
  O.GENERAL_NAME_set0_value(b, O.GEN_RID, need(O.OBJ_nid2obj(O.NID_commonName)))
  N('general differ', O.GENERAL_NAME_cmp(a, b))
  N('general other', O.GENERAL_NAME_get0_otherName(a, null, null))
  O.GENERAL_NAME_print(out, b)
  O.BIO_puts(out, '\n')
  O.GENERAL_NAME_print(out, a)
  O.BIO_puts(out, '\n')
  lines.push(...contents(out))
  O.GENERAL_NAME_free(b)
  for (let i = 0; i < 10; i++) {
    const p = O.X509_PURPOSE_get0(i)
    if (p === null) continue
    lines.push(
      `purpose ${O.X509_PURPOSE_get_id(p)} ${O.X509_PURPOSE_get0_name(p)} ${O.X509_PURPOSE_get0_sname(p)} ${O.X509_PURPOSE_get_trust(p)}`,
    )
  }
  N('purpose sname', O.X509_PURPOSE_get_by_sname('smimesign'))
  N('purpose none', O.X509_PURPOSE_get_by_sname('nothing'))
  N('purpose id', O.X509_PURPOSE_get_by_id(O.X509_PURPOSE_ANY))
  N('purposes', O.X509_PURPOSE_get_count())
}

function objects(): void {
  S('ln', O.OBJ_nid2ln(O.NID_commonName))
  N('sn', O.OBJ_sn2nid('CN'))
  N('txt', O.OBJ_txt2nid('2.5.4.3'))
  E('txt none', O.OBJ_txt2nid('nothing at all'))
  for (const text of ['', '3.1', '1', '1x2', '1.2.x', '1.2.', '1.40', '2.40', '1.2.3.4', '0.39.1', '1 2 3'])
    E(text, O.OBJ_txt2obj(text, 1) !== null)
  N('cmp', O.OBJ_cmp(need(O.OBJ_txt2obj('CN', 0)), need(O.OBJ_txt2obj('2.5.4.3', 1))))
  N('default area', O.X509_get_default_cert_area().charCodeAt(0))
  N('default private', O.X509_get_default_private_dir().charCodeAt(0))
  S('dir env', O.X509_get_default_cert_dir_env())
  S('file env', O.X509_get_default_cert_file_env())
  N('dir', O.X509_get_default_cert_dir().charCodeAt(0) + O.X509_get_default_cert_file().charCodeAt(0))
}

function algorithms(): void {
  const c = need(O.EVP_get_cipherbynid(O.NID_aes_192_cbc))
  const cc = O.EVP_CIPHER_CTX_new()
  let mc = O.EVP_MD_CTX_create()
  const dh = O.DH_new()
  const pkey = O.EVP_PKEY_new()
  const [p, q, g] = [number(), number(), number()]
  const [three, big] = [O.BN_new(), O.BN_new()]
  const rsa = O.RSA_new()
  const md = new Uint8Array(64)
  const n = { value: 0 }
  N('block', O.EVP_CIPHER_block_size(c))
  N('iv', O.EVP_CIPHER_iv_length(c))
  N('mode', O.EVP_CIPHER_mode(c))
  N(
    'cipher',
    O.EVP_EncryptInit_ex(cc, c, null, Buffer.from('0123456789abcdef01234567'), Buffer.from('0123456789abcdef')),
  )
  N('cipher back', O.EVP_CIPHER_nid(need(O.EVP_CIPHER_CTX_cipher(cc))))
  N('padding', O.EVP_CIPHER_CTX_set_padding(cc, 0))
  O.EVP_CIPHER_CTX_free(cc)
  N('md', O.EVP_MD_size(need(O.EVP_get_digestbynid(O.NID_sha384))))
  O.EVP_DigestInit_ex(mc, O.EVP_sha224(), null)
  N('md size', O.EVP_MD_CTX_size(mc))
  O.EVP_DigestUpdate(mc, Buffer.from('abc'), 3)
  O.EVP_DigestFinal_ex(mc, md, n)
  H('md is', md, n.value)
  O.EVP_MD_CTX_destroy(mc)
  mc = O.EVP_MD_CTX_new()
  O.EVP_MD_CTX_free(mc)
  N(
    'md sizes',
    O.EVP_MD_size(O.EVP_sha3_224()) +
      O.EVP_MD_size(O.EVP_sha3_256()) * 100 +
      O.EVP_MD_size(O.EVP_sha3_384()) * 10000 +
      O.EVP_MD_size(O.EVP_sha3_512()) * 1000000,
  )
  N(
    'md more',
    O.EVP_MD_size(O.EVP_sha512_224()) +
      O.EVP_MD_size(O.EVP_sha512_256()) * 100 +
      O.EVP_MD_size(O.EVP_md5_sha1()) * 10000,
  )
  O.BN_set_word(three, 3)
  O.BN_set_word(big, 1000003)
  N('pqg', O.DH_set0_pqg(dh, big, null, three))
  O.DH_get0_pqg(dh, p, q, g)
  N('pqg bits', O.BN_num_bits(need(p.value)) * 100 + O.BN_num_bits(need(g.value)) * 10 + Number(q.value === null))
  N('dh set', O.EVP_PKEY_set1_DH(pkey, dh))
  N('dh got', O.EVP_PKEY_get0_DH(pkey) !== null)
  N('dh ref', O.EVP_PKEY_get1_DH(pkey) !== null)
  N('dh id', O.EVP_PKEY_id(pkey) * 1000 + O.EVP_PKEY_base_id(pkey))
  O.DH_free(dh)
  O.RSA_free(rsa)
  O.BN_free(O.BN_new())
  N('random', O.RAND_status() + O.RAND_priv_bytes(md, 8) + O.RAND_bytes(md, 8))
  N('libs', O.CRYPTO_num_locks() + Number(O.SSLeay() === O.OpenSSL_version_num()))
  O.OPENSSL_free(O.OPENSSL_malloc(3))
  O.OpenSSL_add_all_algorithms()
  O.OpenSSL_add_all_digests()
  O.OpenSSL_add_ssl_algorithms()
  O.SSLeay_add_ssl_algorithms()
  O.SSL_load_error_strings()
  O.ERR_load_BIO_strings()
  O.ERR_load_SSL_strings()
  O.ERR_load_crypto_strings()
  O.ERR_free_strings()
  O.ERR_remove_state(0)
  O.ERR_remove_thread_state(null)
  S('build', O.OPENSSL_version_build_metadata())
  S('pre', O.OPENSSL_version_pre_release())
  {
    const init = O.OPENSSL_INIT_new()
    N('init', O.OPENSSL_INIT_set_config_filename(init, 'x') + O.OPENSSL_INIT_set_config_appname(init, 'y'))
    O.OPENSSL_INIT_set_config_file_flags(init, 1)
    O.OPENSSL_INIT_free(init)
  }
  S('dup', O.BUF_strdup('abc'))
  S('ndup', O.BUF_strndup('abc', 2))
  S('osdup', O.OPENSSL_strdup('abc'))
  H('memdup', need(O.BUF_memdup(Buffer.from('abc'), 2)), 2)
  {
    const there = new Uint8Array(4)
    O.BUF_reverse(there, Buffer.from('abcd'), 4)
    H('reverse', there, 4)
  }
}

function errors(): void {
  const [file, func, data] = [text(), text(), text()]
  const [line, flags] = [{ value: 0 }, { value: 0 }]
  O.ERR_put_error(O.ERR_LIB_SSL, 0, 193, 'a.c', 7)
  O.ERR_add_error_data(2, 'one', 'two')
  N('line', O.ERR_GET_REASON(O.ERR_peek_error_line(file, line)))
  S('line file', file.value)
  N('line line', line.value)
  N('func', O.ERR_GET_LIB(O.ERR_peek_error_func(func)))
  N('data', O.ERR_GET_REASON(O.ERR_peek_error_line_data(file, line, data, flags)))
  S('data is', data.value)
  N('data flags', flags.value)
  N('all', O.ERR_GET_REASON(O.ERR_peek_error_all(file, line, func, data, flags)))
  N('last line', O.ERR_GET_REASON(O.ERR_peek_last_error_line_data(file, line, data, flags)))
  N('last data', O.ERR_GET_REASON(O.ERR_peek_last_error_data(data, flags)))
  S('last data is', data.value)
  N('last func', O.ERR_GET_REASON(O.ERR_peek_last_error_func(func)))
  N('get line', O.ERR_GET_REASON(O.ERR_get_error_line(file, line)))
  N('none', O.ERR_peek_error())
  O.SSLerr(0, 5)
  O.X509err(0, 6)
  O.EVPerr(0, 7)
  O.PEMerr(0, 8)
  O.BIOerr(0, 9)
  O.RSAerr(0, 10)
  O.ASN1err(0, 11)
  O.SYSerr(0, 12)
  for (let e = O.ERR_get_error(); e !== 0; e = O.ERR_get_error())
    lines.push(`raised ${O.ERR_GET_LIB(e)} ${O.ERR_GET_REASON(e)} ${O.ERR_SYSTEM_ERROR(e)}`)
}

function bios(): void {
  const m = need(O.BIO_meth_new(O.BIO_get_new_index() | O.BIO_TYPE_FILTER, 'own'))
  const a = need(O.BIO_new(O.BIO_s_mem()))
  const data = {}
  const buf = new Uint8Array(8)
  N('create', O.BIO_meth_set_create(m, create) + O.BIO_meth_set_destroy(m, destroy))
  N('puts', O.BIO_meth_set_puts(m, puts_) + O.BIO_meth_set_gets(m, gets_))
  N('io', O.BIO_meth_set_write_ex(m, write_) + O.BIO_meth_set_read_ex(m, read_))
  N('ctrl', O.BIO_meth_set_ctrl(m, ctrl) + O.BIO_meth_set_callback_ctrl(m, callback_ctrl))
  N(
    'got',
    Number(O.BIO_meth_get_create(m) === create) +
      Number(O.BIO_meth_get_destroy(m) === destroy) +
      Number(O.BIO_meth_get_puts(m) === puts_) +
      Number(O.BIO_meth_get_gets(m) === gets_) +
      Number(O.BIO_meth_get_ctrl(m) === ctrl) +
      Number(O.BIO_meth_get_callback_ctrl(m) === callback_ctrl) +
      Number(O.BIO_meth_get_write_ex(m) === write_) +
      Number(O.BIO_meth_get_read_ex(m) === read_),
  )
  const b = need(O.BIO_new(m))
  N('puts', O.BIO_puts(b, 'abc'))
  N('gets', O.BIO_gets(b, buf, 8))
  N('write', O.BIO_write(b, Buffer.from('abcd'), 4))
  N('read', O.BIO_read(b, buf, 4))
  N('handshake', O.BIO_do_handshake(b))
  N('nbio', O.BIO_set_nbio(b, 1))
  N('int', O.BIO_int_ctrl(b, O.BIO_C_SET_NBIO, 5, 3))
  N('callback', O.BIO_callback_ctrl(b, O.BIO_CTRL_SET_CALLBACK, told))
  O.BIO_set_callback_ex(b, watch)
  O.BIO_set_callback_arg(b, data)
  N('arg', O.BIO_get_callback_arg(b) === data)
  N('cb', O.BIO_get_callback_ex(b) === watch)
  O.BIO_set_callback_ex(b, null)
  O.BIO_set_next(b, a)
  N('next', O.BIO_next(b) === a)
  O.BIO_set_flags(a, O.BIO_FLAGS_SHOULD_RETRY | O.BIO_FLAGS_READ)
  O.BIO_copy_next_retry(b)
  N('retry', O.BIO_should_retry(b) !== 0)
  N('retry read', O.BIO_should_read(b) !== 0)
  N('retry type', O.BIO_retry_type(b))
  N('flags', O.BIO_get_flags(a))
  O.BIO_clear_flags(b, O.BIO_FLAGS_SHOULD_RETRY | O.BIO_FLAGS_READ)
  N('cleared', O.BIO_should_retry(b))
  O.BIO_set_retry_special(b)
  N('special', O.BIO_should_io_special(b) !== 0)
  N('pre', O.BIO_cb_pre(2) + 10 * O.BIO_cb_pre(2 | O.BIO_CB_RETURN))
  N('post', O.BIO_cb_post(2) + Number(O.BIO_CB_return(2) === 130))
  O.BIO_set_next(b, null)
  O.BIO_set_shutdown(a, 0)
  N('shutdown', O.BIO_get_shutdown(a))
  O.BIO_set_shutdown(a, 1)
  N('pending', O.BIO_ctrl_wpending(a))
  N('dump', O.BIO_dump(a, Buffer.from('dumped bytes, more than sixteen'), 31))
  N('dump indent', O.BIO_dump_indent(a, Buffer.from('xy\n'), 3, 4))
  N('dump cb', O.BIO_dump_cb(line, null, Buffer.from('callback'), 8))
  const dumped: Out<Uint8Array> = { value: new Uint8Array() }
  N('dumped length', O.BIO_get_mem_data(a, dumped))
  H('dumped', dumped.value, dumped.value.length)
  O.BIO_vfree(b)
  O.BIO_meth_free(m)
  O.BIO_free(a)
}

test('the smaller calls of libcrypto, as the real library answers them', () => {
  const source = readFileSync(new URL('crypto.c', import.meta.url), 'utf8')
  const real = realTranscript(`#define FILE_NAME ${JSON.stringify(fileURLToPath(CERTIFICATES))}\n${source}`)
  lines.length = 0
  O.ERR_clear_error()
  const pem = need(O.BIO_new_mem_buf(readFileSync(CERTIFICATES)))
  let first: O.X509 | null = null
  for (let x = O.PEM_read_bio_X509(pem); x !== null; x = O.PEM_read_bio_X509(pem)) certificate(x, (first ??= x))
  O.ERR_clear_error()
  names()
  general()
  objects()
  algorithms()
  errors()
  bios()
  expect(lines.length).toBeGreaterThan(600)
  if (real !== null) expect(lines).toEqual(real)
})

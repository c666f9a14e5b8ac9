import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import * as C from '../../../lib/openssl/constants/x509-vfy.ts'
import { ERR_clear_error, ERR_get_error } from '../../../lib/openssl/err/index.ts'
import * as X from '../../../lib/openssl/x509/index.ts'
import { nameHash } from '../../../lib/openssl/x509/names/name.ts'
import { wrapCertificate } from '../../../lib/openssl/x509/x509.ts'
import { writePem } from '../../../lib/pki/pem.ts'
import { caExtensions, ext, issue, issueCrl, NOW, type Party } from '../../pki/authority.ts'

const root = issue('Root', { extensions: caExtensions() })
const leaf = issue('leaf', { by: root, extensions: [ext.names([2, 'leaf'])] })
const x = (party: Party): X.X509 => wrapCertificate(party.certificate)
const folder = mkdtempSync(join(tmpdir(), 'store-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(ERR_clear_error)

const pem = (party: Party): string => writePem('CERTIFICATE', party.certificate.der)
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** Verifies the leaf at the tests' time. @returns the result and the error */
function verify(store: X.X509_STORE, flags = 0): [number, number] {
  const ctx = X.X509_STORE_CTX_new()
  X.X509_STORE_CTX_init(ctx, store, x(leaf), null)
  X.X509_STORE_CTX_set_time(ctx, 0, NOW / 1000)
  X.X509_STORE_CTX_set_flags(ctx, flags)
  const result: [number, number] = [X.X509_verify_cert(ctx), X.X509_STORE_CTX_get_error(ctx)]
  X.X509_STORE_CTX_free(ctx)
  return result
}

describe('where a store finds its certificates', () => {
  test('those that were added, each once', () => {
    const store = X.X509_STORE_new()
    expect(verify(store)).toEqual([0, C.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY])
    expect([X.X509_STORE_add_cert(store, x(root)), X.X509_STORE_add_cert(store, x(root))]).toEqual([1, 1])
    expect(X.X509_STORE_get0_objects(store).length).toBe(1)
    expect(verify(store)).toEqual([1, 0])
  })

  test('a file, a lookup, a path that is a file', () => {
    const path = file('ca.pem', `# comment\n${pem(root)}`)
    for (const load of [
      (store: X.X509_STORE) => X.X509_STORE_load_locations(store, path, null),
      (store: X.X509_STORE) => X.X509_STORE_load_store(store, path),
      (store: X.X509_STORE) => X.X509_load_cert_file(X.X509_STORE_add_lookup(store, X.X509_LOOKUP_file()), path, 1),
    ]) {
      const store = X.X509_STORE_new()
      expect(load(store)).toBe(1)
      expect(verify(store)).toEqual([1, 0])
    }
  })

  test('a hashed directory as openssl rehash names it, past a file that is broken, and as soon as the file is there', () => {
    const store = X.X509_STORE_new()
    expect(X.X509_STORE_load_path(store, folder)).toBe(1)
    expect(verify(store)[0]).toBe(0)
    const name = execFileSync('openssl', ['x509', '-hash', '-noout'], { input: pem(root), encoding: 'utf8' }).trim()
    expect(nameHash(root.certificate.subject).toString(16).padStart(8, '0')).toBe(name)
    file(`${name}.0`, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    file(`${name}.1`, pem(root))
    expect(verify(store)).toEqual([1, 0])
    expect(verify(store, C.X509_V_FLAG_CRL_CHECK)).toEqual([0, C.X509_V_ERR_UNABLE_TO_GET_CRL])
    file(`${name}.r0`, writePem('X509 CRL', issueCrl(root, { revoked: [[leaf, 1]] }).der))
    expect(verify(store, C.X509_V_FLAG_CRL_CHECK)).toEqual([0, C.X509_V_ERR_CERT_REVOKED])
  })

  test('lists from a file', () => {
    const store = X.X509_STORE_new()
    const lookup = X.X509_STORE_add_lookup(store, X.X509_LOOKUP_file())
    const path = file('lists.pem', writePem('X509 CRL', issueCrl(root).der))
    expect(X.X509_load_crl_file(lookup, path, 1)).toBe(1)
    expect(X.X509_load_cert_file(lookup, path, 1)).toBe(0)
    expect(ERR_get_error()).toBe(0x05800087)
    X.X509_STORE_add_cert(store, x(root))
    expect(verify(store, C.X509_V_FLAG_CRL_CHECK)).toEqual([1, 0])
  })
})

describe('the context of a verification', () => {
  test('a callback that waves everything through sees each certificate, and may reset the error', () => {
    const seen: string[] = []
    const store = X.X509_STORE_new()
    X.X509_STORE_set_verify_cb(store, (ok, ctx) => {
      seen.push(`${ok} ${X.X509_STORE_CTX_get_error(ctx)} ${X.X509_STORE_CTX_get_error_depth(ctx)}`)
      expect(X.X509_STORE_CTX_get_current_cert(ctx)?.certificate).toBe(leaf.certificate)
      X.X509_STORE_CTX_set_error(ctx, C.X509_V_OK)
      return 1
    })
    expect(verify(store)).toEqual([1, 0])
    expect(seen).toEqual(['0 20 0', '0 21 0', '1 0 0'])
  })

  test('parameters of the store are inherited, those of the context count first', () => {
    const store = X.X509_STORE_new()
    X.X509_STORE_add_cert(store, x(root))
    X.X509_STORE_set_purpose(store, X.X509_PURPOSE_SSL_CLIENT)
    X.X509_STORE_set_depth(store, 3)
    const ctx = X.X509_STORE_CTX_new()
    X.X509_STORE_CTX_init(ctx, store, x(leaf), null)
    const param = X.X509_STORE_CTX_get0_param(ctx)
    expect([param.purpose, X.X509_VERIFY_PARAM_get_depth(param), X.X509_VERIFY_PARAM_get_flags(param)]).toEqual([
      1, 3, 0x8000,
    ])
    expect(X.X509_VERIFY_PARAM_get_flags(X.X509_STORE_get0_param(store))).toBe(0)
    X.X509_STORE_CTX_set_time(ctx, 0, NOW / 1000)
    expect(X.X509_VERIFY_PARAM_set1_host(param, 'other')).toBe(1)
    expect([X.X509_verify_cert(ctx), X.X509_STORE_CTX_get_error(ctx)]).toEqual([0, C.X509_V_ERR_HOSTNAME_MISMATCH])
  })

  test('a trusted stack replaces the store', () => {
    const ctx = X.X509_STORE_CTX_new()
    X.X509_STORE_CTX_init(ctx, null, x(leaf), null)
    X.X509_STORE_CTX_set_time(ctx, 0, NOW / 1000)
    X.X509_STORE_CTX_set0_trusted_stack(ctx, [x(root)])
    expect(X.X509_verify_cert(ctx)).toBe(1)
    expect(X.X509_STORE_CTX_get0_chain(ctx)?.map(link => link.certificate)).toEqual([
      leaf.certificate,
      root.certificate,
    ])
  })

  test('values by index stay with it', () => {
    const index = X.X509_STORE_CTX_get_ex_new_index(0, null)
    const ctx = X.X509_STORE_CTX_new()
    X.X509_STORE_CTX_init(ctx, null, x(leaf), null)
    expect(X.X509_STORE_CTX_set_ex_data(ctx, index, 'mine')).toBe(1)
    expect(X.X509_STORE_CTX_get_ex_data(ctx, index)).toBe('mine')
  })
})

describe('references', () => {
  test('a certificate lives until its last reference; afterwards its use is a mistake that names it', () => {
    const one = x(leaf)
    X.X509_up_ref(one)
    X.X509_free(one)
    expect(X.X509_get_version(one)).toBe(2)
    X.X509_free(one)
    expect(() => X.X509_get_version(one)).toThrow('x: X509 object was freed')
    expect(() => X.X509_free(one)).toThrow(TypeError)
    X.X509_free(null)
  })

  test('a store keeps what was added, and a key outlives its certificate when it was got with a reference', () => {
    const store = X.X509_STORE_new()
    const one = x(root)
    X.X509_STORE_add_cert(store, one)
    X.X509_free(one)
    expect(verify(store)).toEqual([1, 0])
    const two = x(leaf)
    const key = X.X509_get_pubkey(two)
    X.X509_free(two)
    expect(key?.key).not.toBeNull()
    X.X509_STORE_free(store)
    expect(() => X.X509_STORE_add_cert(store, x(root))).toThrow('X509_STORE object was freed')
  })
})

describe('parameters', () => {
  const param = X.X509_VERIFY_PARAM_new()

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['fe80::AbCd', 'FE80:0:0:0:0:0:0:ABCD'],
  ])('the address %s is %s', (text, shown) => {
    expect(X.X509_VERIFY_PARAM_set1_ip_asc(param, text)).toBe(1)
    expect(X.X509_VERIFY_PARAM_get1_ip_asc(param)).toBe(shown)
  })

  test('what cannot be is refused', () => {
    expect(X.X509_VERIFY_PARAM_set1_ip_asc(param, '1.2.3')).toBe(0)
    expect(X.X509_VERIFY_PARAM_set1_ip(param, new Uint8Array(5))).toBe(0)
    expect(X.X509_VERIFY_PARAM_set1_host(param, 'a\0b')).toBe(0)
    expect(X.X509_VERIFY_PARAM_set_purpose(param, 99)).toBe(0)
    expect(X.X509_VERIFY_PARAM_set_trust(param, 99)).toBe(0)
  })

  test('a policy flag asks for the policy check, and what is not checked is not accepted', () => {
    const store = X.X509_STORE_new()
    X.X509_STORE_add_cert(store, x(root))
    expect(verify(store, C.X509_V_FLAG_EXPLICIT_POLICY)).toEqual([0, C.X509_V_ERR_NO_EXPLICIT_POLICY])
    expect(verify(store, C.X509_V_FLAG_SUITEB_128_LOS)).toEqual([1, 0])
    expect(verify(store, C.X509_V_FLAG_SUITEB_192_LOS)).toEqual([0, C.X509_V_ERR_SUITE_B_LOS_NOT_ALLOWED])
  })

  test('texts of errors', () => {
    expect(X.X509_verify_cert_error_string(20)).toBe('unable to get local issuer certificate')
    expect(X.X509_verify_cert_error_string(12345)).toBe('unknown certificate verification error')
  })
})

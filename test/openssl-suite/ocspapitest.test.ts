// Ported from OpenSSL 3.0's test/ocspapitest.c, Apache-2.0.

import * as O from '../../lib/index.ts'
import { ADD_TEST, readCert, TEST_int_eq, TEST_ptr, TEST_true } from './testutil.ts'

function get_cert_and_key(): { readonly cert: O.X509; readonly key: O.EVP_PKEY } {
  const certbio = TEST_ptr(O.BIO_new_mem_buf(Buffer.from(readCert('servercert.pem'), 'latin1')))
  const cert = TEST_ptr(O.PEM_read_bio_X509(certbio))
  O.BIO_free(certbio)
  const keybio = TEST_ptr(O.BIO_new_mem_buf(Buffer.from(readCert('serverkey.pem'), 'latin1')))
  const key = TEST_ptr(O.PEM_read_bio_PrivateKey(keybio))
  O.BIO_free(keybio)
  return { cert, key }
}

function make_dummy_resp(): O.OCSP_BASICRESP {
  const namestr = 'openssl.example.com'
  const keybytes = new Uint8Array(128)
  keybytes[0] = 7
  const now = Math.floor(Date.now() / 1000)
  const bs = O.OCSP_BASICRESP_new()
  const thisupd = TEST_ptr(O.ASN1_TIME_set(null, now))
  const nextupd = TEST_ptr(O.ASN1_TIME_set(null, now + 200))
  const name = O.X509_NAME_new()
  const key = O.ASN1_BIT_STRING_new()
  const serial = O.ASN1_INTEGER_new()

  TEST_true(O.X509_NAME_add_entry_by_NID(name, O.NID_commonName, O.MBSTRING_ASC, namestr, -1, -1, 1))
  TEST_true(O.ASN1_BIT_STRING_set(key, keybytes, keybytes.length))
  TEST_true(O.ASN1_INTEGER_set_uint64(serial, 1n))
  const cid = TEST_ptr(O.OCSP_cert_id_new(O.EVP_sha256(), name, key, serial))
  TEST_ptr(O.OCSP_basic_add1_status(bs, cid, O.V_OCSP_CERTSTATUS_UNKNOWN, 0, null, thisupd, nextupd))
  return bs
}

function test_resp_signer(): void {
  const { cert: signer, key } = get_cert_and_key()
  const tmp: O.Out<O.X509 | null> = { value: null }

  // Test a response with no certs at all; get the signer from the extra certs given to OCSP_resp_get0_signer().
  let bs = make_dummy_resp()
  TEST_true(O.OCSP_basic_sign(bs, signer, key, O.EVP_sha1(), null, O.OCSP_NOCERTS))
  TEST_true(O.OCSP_resp_get0_signer(bs, tmp, [signer]))
  TEST_int_eq(O.X509_cmp(TEST_ptr(tmp.value), signer), 0)
  O.OCSP_BASICRESP_free(bs)

  // Do it again but include the signer cert
  bs = make_dummy_resp()
  const own: O.Out<O.X509 | null> = { value: null }
  TEST_true(O.OCSP_basic_sign(bs, signer, key, O.EVP_sha1(), null, 0))
  TEST_true(O.OCSP_resp_get0_signer(bs, own, null))
  TEST_int_eq(O.X509_cmp(TEST_ptr(own.value), signer), 0)
  O.OCSP_BASICRESP_free(bs)
}

function test_ocsp_url_svcloc_new(): void {
  const urls = ['www.openssl.org', 'www.openssl.net']
  const { cert: issuer } = get_cert_and_key()

  const ext = TEST_ptr(O.OCSP_url_svcloc_new(O.X509_get_issuer_name(issuer), urls))
  O.X509_EXTENSION_free(ext)
}

ADD_TEST(test_resp_signer)
ADD_TEST(test_ocsp_url_svcloc_new)

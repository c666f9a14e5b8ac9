import { expect, test } from '@jest/globals'
import {
  X509_check_ca,
  X509_check_purpose,
  X509_get_key_usage,
  X509_get_pathlen,
  X509_self_signed,
} from '../../../lib/openssl/x509/check.ts'
import { wrapCertificate } from '../../../lib/openssl/x509/x509.ts'
import { ext, issue } from '../../pki/authority.ts'

test('a certificate with an extension twice is good for nothing, as in v3_purp.c', () => {
  const x = wrapCertificate(
    issue('twice', { extensions: [ext.basic(true, 1), ext.usage(0x86), ext.usage(0x86)] }).certificate,
  )
  expect([X509_check_purpose(x, -1, 0), X509_check_purpose(x, 1, 1), X509_check_ca(x)]).toEqual([-1, -1, 0])
  expect([X509_get_key_usage(x), X509_get_pathlen(x), X509_self_signed(x, 0)]).toEqual([0, -1, -1])
})

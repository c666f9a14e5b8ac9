// Ported from OpenSSL 3.0's test/crltest.c, Apache-2.0.

import {
  type BIO,
  BIO_new_mem_buf,
  ERR_clear_error,
  type Out,
  PEM_read_bio_X509,
  PEM_read_bio_X509_CRL,
  sk_X509_CRL_pop_free,
  sk_X509_new_null,
  sk_X509_pop_free,
  sk_X509_push,
  type X509,
  type X509_CRL,
  X509_CRL_free,
  X509_CRL_up_ref,
  X509_free,
  type X509_STORE,
  X509_STORE_CTX_free,
  X509_STORE_CTX_get_error,
  X509_STORE_CTX_init,
  X509_STORE_CTX_new,
  X509_STORE_CTX_set0_crls,
  X509_STORE_CTX_set0_param,
  X509_STORE_CTX_set0_trusted_stack,
  X509_STORE_free,
  X509_STORE_new,
  X509_STORE_set_get_crl,
  X509_up_ref,
  X509_V_ERR_CERT_REVOKED,
  X509_V_ERR_UNABLE_TO_GET_CRL,
  X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
  X509_V_FLAG_CRL_CHECK,
  X509_V_OK,
  X509_VERIFY_PARAM_get_time,
  X509_VERIFY_PARAM_new,
  X509_VERIFY_PARAM_set_depth,
  X509_VERIFY_PARAM_set_flags,
  X509_VERIFY_PARAM_set_time,
  X509_verify_cert,
} from '../../lib/index.ts'
import { ADD_ALL_TESTS, ADD_TEST, TEST_int_eq, TEST_ptr, TEST_ptr_eq, TEST_ptr_null, TEST_true } from './testutil.ts'

const PARAM_TIME = 1474934400 /* Sep 27th, 2016 */

const kCRLTestRoot = `-----BEGIN CERTIFICATE-----
MIIDbzCCAlegAwIBAgIJAODri7v0dDUFMA0GCSqGSIb3DQEBCwUAME4xCzAJBgNV
BAYTAlVTMRMwEQYDVQQIDApDYWxpZm9ybmlhMRYwFAYDVQQHDA1Nb3VudGFpbiBW
aWV3MRIwEAYDVQQKDAlCb3JpbmdTU0wwHhcNMTYwOTI2MTUwNjI2WhcNMjYwOTI0
MTUwNjI2WjBOMQswCQYDVQQGEwJVUzETMBEGA1UECAwKQ2FsaWZvcm5pYTEWMBQG
A1UEBwwNTW91bnRhaW4gVmlldzESMBAGA1UECgwJQm9yaW5nU1NMMIIBIjANBgkq
hkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo16WiLWZuaymsD8n5SKPmxV1y6jjgr3B
S/dUBpbrzd1aeFzNlI8l2jfAnzUyp+I21RQ+nh/MhqjGElkTtK9xMn1Y+S9GMRh+
5R/Du0iCb1tCZIPY07Tgrb0KMNWe0v2QKVVruuYSgxIWodBfxlKO64Z8AJ5IbnWp
uRqO6rctN9qUoMlTIAB6dL4G0tDJ/PGFWOJYwOMEIX54bly2wgyYJVBKiRRt4f7n
8H922qmvPNA9idmX9G1VAtgV6x97XXi7ULORIQvn9lVQF6nTYDBJhyuPB+mLThbL
P2o9orxGx7aCtnnBZUIxUvHNOI0FaSaZH7Fi0xsZ/GkG2HZe7ImPJwIDAQABo1Aw
TjAdBgNVHQ4EFgQUWPt3N5cZ/CRvubbrkqfBnAqhq94wHwYDVR0jBBgwFoAUWPt3
N5cZ/CRvubbrkqfBnAqhq94wDAYDVR0TBAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC
AQEAORu6M0MOwXy+3VEBwNilfTxyqDfruQsc1jA4PT8Oe8zora1WxE1JB4q2FJOz
EAuM3H/NXvEnBuN+ITvKZAJUfm4NKX97qmjMJwLKWe1gVv+VQTr63aR7mgWJReQN
XdMztlVeZs2dppV6uEg3ia1X0G7LARxGpA9ETbMyCpb39XxlYuTClcbA5ftDN99B
3Xg9KNdd++Ew22O3HWRDvdDpTO/JkzQfzi3sYwUtzMEonENhczJhGf7bQMmvL/w5
24Wxj4Z7KzzWIHsNqE/RIs6RV3fcW61j/mRgW2XyoWnMVeBzvcJr9NXp4VQYmFPw
amd8GKMZQvP0ufGnUn7D7uartA==
-----END CERTIFICATE-----
`

const kCRLTestLeaf = `-----BEGIN CERTIFICATE-----
MIIDkDCCAnigAwIBAgICEAAwDQYJKoZIhvcNAQELBQAwTjELMAkGA1UEBhMCVVMx
EzARBgNVBAgMCkNhbGlmb3JuaWExFjAUBgNVBAcMDU1vdW50YWluIFZpZXcxEjAQ
BgNVBAoMCUJvcmluZ1NTTDAeFw0xNjA5MjYxNTA4MzFaFw0xNzA5MjYxNTA4MzFa
MEsxCzAJBgNVBAYTAlVTMRMwEQYDVQQIDApDYWxpZm9ybmlhMRIwEAYDVQQKDAlC
b3JpbmdTU0wxEzARBgNVBAMMCmJvcmluZy5zc2wwggEiMA0GCSqGSIb3DQEBAQUA
A4IBDwAwggEKAoIBAQDc5v1S1M0W+QWM+raWfO0LH8uvqEwuJQgODqMaGnSlWUx9
8iQcnWfjyPja3lWg9K62hSOFDuSyEkysKHDxijz5R93CfLcfnVXjWQDJe7EJTTDP
ozEvxN6RjAeYv7CF000euYr3QT5iyBjg76+bon1p0jHZBJeNPP1KqGYgyxp+hzpx
e0gZmTlGAXd8JQK4v8kpdYwD6PPifFL/jpmQpqOtQmH/6zcLjY4ojmqpEdBqIKIX
+saA29hMq0+NK3K+wgg31RU+cVWxu3tLOIiesETkeDgArjWRS1Vkzbi4v9SJxtNu
OZuAxWiynRJw3JwH/OFHYZIvQqz68ZBoj96cepjPAgMBAAGjezB5MAkGA1UdEwQC
MAAwLAYJYIZIAYb4QgENBB8WHU9wZW5TU0wgR2VuZXJhdGVkIENlcnRpZmljYXRl
MB0GA1UdDgQWBBTGn0OVVh/aoYt0bvEKG+PIERqnDzAfBgNVHSMEGDAWgBRY+3c3
lxn8JG+5tuuSp8GcCqGr3jANBgkqhkiG9w0BAQsFAAOCAQEAd2nM8gCQN2Dc8QJw
XSZXyuI3DBGGCHcay/3iXu0JvTC3EiQo8J6Djv7WLI0N5KH8mkm40u89fJAB2lLZ
ShuHVtcC182bOKnePgwp9CNwQ21p0rDEu/P3X46ZvFgdxx82E9xLa0tBB8PiPDWh
lV16jbaKTgX5AZqjnsyjR5o9/mbZVupZJXx5Syq+XA8qiJfstSYJs4KyKK9UOjql
ICkJVKpi2ahDBqX4MOH4SLfzVk8pqSpviS6yaA1RXqjpkxiN45WWaXDldVHMSkhC
5CNXsXi4b1nAntu89crwSLA3rEwzCWeYj+BX7e1T9rr3oJdwOU/2KQtW1js1yQUG
tjJMFw==
-----END CERTIFICATE-----
`

const kBasicCRL = `-----BEGIN X509 CRL-----
MIIBpzCBkAIBATANBgkqhkiG9w0BAQsFADBOMQswCQYDVQQGEwJVUzETMBEGA1UE
CAwKQ2FsaWZvcm5pYTEWMBQGA1UEBwwNTW91bnRhaW4gVmlldzESMBAGA1UECgwJ
Qm9yaW5nU1NMFw0xNjA5MjYxNTEwNTVaFw0xNjEwMjYxNTEwNTVaoA4wDDAKBgNV
HRQEAwIBATANBgkqhkiG9w0BAQsFAAOCAQEAnrBKKgvd9x9zwK9rtUvVeFeJ7+LN
ZEAc+a5oxpPNEsJx6hXoApYEbzXMxuWBQoCs5iEBycSGudct21L+MVf27M38KrWo
eOkq0a2siqViQZO2Fb/SUFR0k9zb8xl86Zf65lgPplALun0bV/HT7MJcl04Tc4os
dsAReBs5nqTGNEd5AlC1iKHvQZkM//MD51DspKnDpsDiUVi54h9C1SpfZmX8H2Vv
diyu0fZ/bPAM3VAGawatf/SyWfBMyKpoPXEG39oAzmjjOj8en82psn7m474IGaho
/vBbhl1ms5qQiLYPjm4YELtnXQoFyC72tBjbdFd/ZE9k4CNKDbxFUXFbkw==
-----END X509 CRL-----
`

const kRevokedCRL = `-----BEGIN X509 CRL-----
MIIBvjCBpwIBATANBgkqhkiG9w0BAQsFADBOMQswCQYDVQQGEwJVUzETMBEGA1UE
CAwKQ2FsaWZvcm5pYTEWMBQGA1UEBwwNTW91bnRhaW4gVmlldzESMBAGA1UECgwJ
Qm9yaW5nU1NMFw0xNjA5MjYxNTEyNDRaFw0xNjEwMjYxNTEyNDRaMBUwEwICEAAX
DTE2MDkyNjE1MTIyNlqgDjAMMAoGA1UdFAQDAgECMA0GCSqGSIb3DQEBCwUAA4IB
AQCUGaM4DcWzlQKrcZvI8TMeR8BpsvQeo5BoI/XZu2a8h//PyRyMwYeaOM+3zl0d
sjgCT8b3C1FPgT+P2Lkowv7rJ+FHJRNQkogr+RuqCSPTq65ha4WKlRGWkMFybzVH
NloxC+aU3lgp/NlX9yUtfqYmJek1CDrOOGPrAEAwj1l/BUeYKNGqfBWYJQtPJu+5
OaSvIYGpETCZJscUWODmLEb/O3DM438vLvxonwGqXqS0KX37+CHpUlyhnSovxXxp
Pz4aF+L7OtczxL0GYtD2fR9B7TDMqsNmHXgQrixvvOY7MUdLGbd4RfJL3yA53hyO
xzfKY2TzxLiOmctG0hXFkH5J
-----END X509 CRL-----
`

const kBadIssuerCRL = `-----BEGIN X509 CRL-----
MIIBwjCBqwIBATANBgkqhkiG9w0BAQsFADBSMQswCQYDVQQGEwJVUzETMBEGA1UE
CAwKQ2FsaWZvcm5pYTEWMBQGA1UEBwwNTW91bnRhaW4gVmlldzEWMBQGA1UECgwN
Tm90IEJvcmluZ1NTTBcNMTYwOTI2MTUxMjQ0WhcNMTYxMDI2MTUxMjQ0WjAVMBMC
AhAAFw0xNjA5MjYxNTEyMjZaoA4wDDAKBgNVHRQEAwIBAjANBgkqhkiG9w0BAQsF
AAOCAQEAlBmjOA3Fs5UCq3GbyPEzHkfAabL0HqOQaCP12btmvIf/z8kcjMGHmjjP
t85dHbI4Ak/G9wtRT4E/j9i5KML+6yfhRyUTUJKIK/kbqgkj06uuYWuFipURlpDB
cm81RzZaMQvmlN5YKfzZV/clLX6mJiXpNQg6zjhj6wBAMI9ZfwVHmCjRqnwVmCUL
TybvuTmkryGBqREwmSbHFFjg5ixG/ztwzON/Ly78aJ8Bql6ktCl9+/gh6VJcoZ0q
L8V8aT8+Ghfi+zrXM8S9BmLQ9n0fQe0wzKrDZh14EK4sb7zmOzFHSxm3eEXyS98g
Od4cjsc3ymNk88S4jpnLRtIVxZB+SQ==
-----END X509 CRL-----
`

const kKnownCriticalCRL = `-----BEGIN X509 CRL-----
MIIBujCBowIBATANBgkqhkiG9w0BAQsFADBOMQswCQYDVQQGEwJVUzETMBEGA1UE
CAwKQ2FsaWZvcm5pYTEWMBQGA1UEBwwNTW91bnRhaW4gVmlldzESMBAGA1UECgwJ
Qm9yaW5nU1NMFw0xNjA5MjYxNTEwNTVaFw0xNjEwMjYxNTEwNTVaoCEwHzAKBgNV
HRQEAwIBATARBgNVHRwBAf8EBzAFoQMBAf8wDQYJKoZIhvcNAQELBQADggEBAA+3
i+5e5Ub8sccfgOBs6WVJFI9c8gvJjrJ8/dYfFIAuCyeocs7DFXn1n13CRZ+URR/Q
mVWgU28+xeusuSPYFpd9cyYTcVyNUGNTI3lwgcE/yVjPaOmzSZKdPakApRxtpKKQ
NN/56aQz3bnT/ZSHQNciRB8U6jiD9V30t0w+FDTpGaG+7bzzUH3UVF9xf9Ctp60A
3mfLe0scas7owSt4AEFuj2SPvcE7yvdOXbu+IEv21cEJUVExJAbhvIweHXh6yRW+
7VVeiNzdIjkZjyTmAzoXGha4+wbxXyBRbfH+XWcO/H+8nwyG8Gktdu2QB9S9nnIp
o/1TpfOMSGhMyMoyPrk=
-----END X509 CRL-----
`

const kUnknownCriticalCRL = `-----BEGIN X509 CRL-----
MIIBvDCBpQIBATANBgkqhkiG9w0BAQsFADBOMQswCQYDVQQGEwJVUzETMBEGA1UE
CAwKQ2FsaWZvcm5pYTEWMBQGA1UEBwwNTW91bnRhaW4gVmlldzESMBAGA1UECgwJ
Qm9yaW5nU1NMFw0xNjA5MjYxNTEwNTVaFw0xNjEwMjYxNTEwNTVaoCMwITAKBgNV
HRQEAwIBATATBgwqhkiG9xIEAYS3CQABAf8EADANBgkqhkiG9w0BAQsFAAOCAQEA
GvBP0xqL509InMj/3493YVRV+ldTpBv5uTD6jewzf5XdaxEQ/VjTNe5zKnxbpAib
Kf7cwX0PMSkZjx7k7kKdDlEucwVvDoqC+O9aJcqVmM6GDyNb9xENxd0XCXja6MZC
yVgP4AwLauB2vSiEprYJyI1APph3iAEeDm60lTXX/wBM/tupQDDujKh2GPyvBRfJ
+wEDwGg3ICwvu4gO4zeC5qnFR+bpL9t5tOMAQnVZ0NWv+k7mkd2LbHdD44dxrfXC
nhtfERx99SDmC/jtUAJrGhtCO8acr7exCeYcduN7KKCm91OeCJKK6OzWst0Og1DB
kwzzU2rL3G65CrZ7H0SZsQ==
-----END X509 CRL-----
`

const kUnknownCriticalCRL2 = `-----BEGIN X509 CRL-----
MIIBzzCBuAIBATANBgkqhkiG9w0BAQsFADBOMQswCQYDVQQGEwJVUzETMBEGA1UE
CAwKQ2FsaWZvcm5pYTEWMBQGA1UEBwwNTW91bnRhaW4gVmlldzESMBAGA1UECgwJ
Qm9yaW5nU1NMFw0xNjA5MjYxNTEwNTVaFw0xNjEwMjYxNTEwNTVaoDYwNDAKBgNV
HRQEAwIBATARBgNVHRwBAf8EBzAFoQMBAf8wEwYMKoZIhvcSBAGEtwkAAQH/BAAw
DQYJKoZIhvcNAQELBQADggEBACTcpQC8jXL12JN5YzOcQ64ubQIe0XxRAd30p7qB
BTXGpgqBjrjxRfLms7EBYodEXB2oXMsDq3km0vT1MfYdsDD05S+SQ9CDsq/pUfaC
E2WNI5p8WircRnroYvbN2vkjlRbMd1+yNITohXYXCJwjEOAWOx3XIM10bwPYBv4R
rDobuLHoMgL3yHgMHmAkP7YpkBucNqeBV8cCdeAZLuhXFWi6yfr3r/X18yWbC/r2
2xXdkrSqXLFo7ToyP8YKTgiXpya4x6m53biEYwa2ULlas0igL6DK7wjYZX95Uy7H
GKljn9weIYiMPV/BzGymwfv2EW0preLwtyJNJPaxbdin6Jc=
-----END X509 CRL-----
`

/* valid PEM + invalid DER, invalid PEM: from which of its lines C's glue2bio begins is the index */
const kInvalidCRL = [
  '-----BEGIN X509 CRL-----\n',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n',
  '-----END X509 CRL-----\n',
]

const unknown_critical_crls = [kUnknownCriticalCRL, kUnknownCriticalCRL2]

const bio_of = (pem: string): BIO => TEST_ptr(BIO_new_mem_buf(Buffer.from(pem), pem.length))

const CRL_from_strings = (pem: string): X509_CRL => TEST_ptr(PEM_read_bio_X509_CRL(bio_of(pem), null, null, null))

/*
 * Create an X509 from an array of strings.
 */
const X509_from_strings = (pem: string): X509 => TEST_ptr(PEM_read_bio_X509(bio_of(pem), null, null, null))

const test_root = X509_from_strings(kCRLTestRoot)
const test_leaf = X509_from_strings(kCRLTestLeaf)

/*
 * Verify |leaf| certificate (chained up to |root|).  |crls| if
 * not NULL, is a list of CRLs to include in the verification. It is
 * also free'd before returning, which is kinda yucky but convenient.
 * Returns a value from X509_V_ERR_xxx or X509_V_OK.
 */
function verify(leaf: X509, root: X509, crls: X509_CRL[] | null, flags: number, store: X509_STORE): number {
  const ctx = TEST_ptr(X509_STORE_CTX_new())
  const param = TEST_ptr(X509_VERIFY_PARAM_new())
  const roots = TEST_ptr(sk_X509_new_null())

  /* Create a stack; upref the cert because we free it below. */
  X509_up_ref(root)
  TEST_true(sk_X509_push(roots, root))
  TEST_true(X509_STORE_CTX_init(ctx, store, leaf, null))
  X509_STORE_CTX_set0_trusted_stack(ctx, roots)
  if (crls !== null) X509_STORE_CTX_set0_crls(ctx, crls)
  X509_VERIFY_PARAM_set_time(param, PARAM_TIME)
  TEST_int_eq(X509_VERIFY_PARAM_get_time(param), PARAM_TIME)
  X509_VERIFY_PARAM_set_depth(param, 16)
  if (flags) X509_VERIFY_PARAM_set_flags(param, flags)
  X509_STORE_CTX_set0_param(ctx, param)

  ERR_clear_error()
  const status = X509_verify_cert(ctx) === 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx)
  sk_X509_pop_free(roots, X509_free)
  if (crls !== null) sk_X509_CRL_pop_free(crls, X509_CRL_free)
  X509_STORE_CTX_free(ctx)
  X509_STORE_free(store)
  return status
}

const verify_with = (...crls: X509_CRL[]): number =>
  verify(test_leaf, test_root, crls, X509_V_FLAG_CRL_CHECK, TEST_ptr(X509_STORE_new()))

function test_basic_crl(): void {
  TEST_int_eq(verify_with(CRL_from_strings(kBasicCRL)), X509_V_OK)
  TEST_int_eq(verify_with(CRL_from_strings(kBasicCRL), CRL_from_strings(kRevokedCRL)), X509_V_ERR_CERT_REVOKED)
}

function test_no_crl(): void {
  TEST_int_eq(
    verify(test_leaf, test_root, null, X509_V_FLAG_CRL_CHECK, TEST_ptr(X509_STORE_new())),
    X509_V_ERR_UNABLE_TO_GET_CRL,
  )
}

function test_bad_issuer_crl(): void {
  TEST_int_eq(verify_with(CRL_from_strings(kBadIssuerCRL)), X509_V_ERR_UNABLE_TO_GET_CRL)
}

/* An issuing distribution point whose [1] is tagged explicitly, which libssl passes over: it is no such extension */
const read_malformed = (pem: string): void => TEST_ptr_null(PEM_read_bio_X509_CRL(bio_of(pem), null, null, null))

function test_known_critical_crl(): void {
  read_malformed(kKnownCriticalCRL)
}

function test_unknown_critical_crl(n: number): void {
  const pem = TEST_ptr(unknown_critical_crls[n])
  if (pem === kUnknownCriticalCRL2) read_malformed(pem)
  else TEST_int_eq(verify_with(CRL_from_strings(pem)), X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION)
}

function test_reuse_crl(idx: number): void {
  const first = CRL_from_strings(kBasicCRL)
  const reused_crl: Out<X509_CRL | null> = { value: first }

  if (idx & 1) TEST_true(X509_CRL_up_ref(first))

  const kind = idx >> 1
  const result = PEM_read_bio_X509_CRL(
    bio_of(kind === 2 ? kRevokedCRL : kInvalidCRL.slice(kind).join('')),
    reused_crl,
    null,
    null,
  )

  switch (kind) {
    case 0 /* valid PEM + invalid DER */:
      TEST_ptr_null(result)
      TEST_ptr_null(reused_crl.value)
      break
    case 1 /* invalid PEM */:
      TEST_ptr_null(result)
      TEST_ptr(reused_crl.value)
      break
    case 2:
      TEST_ptr(result)
      TEST_ptr_eq(result, reused_crl.value)
      break
  }
}

/*
 * Test to make sure X509_verify_cert sets the issuer, reasons, and
 * CRL score of the CRLs it gets from X509_STORE_CTX->get_crl
 */
function test_get_crl_fn_score(): void {
  const store = TEST_ptr(X509_STORE_new())
  X509_STORE_set_get_crl(store, (_ctx, crl) => {
    crl.value = CRL_from_strings(kBasicCRL)
    return 1
  })
  TEST_int_eq(verify(test_leaf, test_root, null, X509_V_FLAG_CRL_CHECK, store), X509_V_OK)
}

ADD_TEST(test_no_crl)
ADD_TEST(test_basic_crl)
ADD_TEST(test_bad_issuer_crl)
ADD_TEST(test_known_critical_crl)
ADD_TEST(test_get_crl_fn_score)
ADD_ALL_TESTS(test_unknown_critical_crl, unknown_critical_crls.length)
ADD_ALL_TESTS(test_reuse_crl, 6)

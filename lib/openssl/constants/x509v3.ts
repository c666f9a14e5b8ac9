// Data: the constants of OpenSSL 3.0's <openssl/x509v3.h>, with those of 1.0.2 that ported programs still name.

export const GEN_DIRNAME = 4
export const GEN_DNS = 2
export const GEN_EDIPARTY = 5
export const GEN_EMAIL = 1
export const GEN_IPADD = 7
export const GEN_OTHERNAME = 0
export const GEN_RID = 8
export const GEN_URI = 6
export const GEN_X400 = 3
export const X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT = 1
export const X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS = 8
export const X509_CHECK_FLAG_NEVER_CHECK_SUBJECT = 32
export const X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS = 4
export const X509_CHECK_FLAG_NO_WILDCARDS = 2
export const X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS = 16
export const X509_PURPOSE_ANY = 7

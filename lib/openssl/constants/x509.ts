// Data: the constants of OpenSSL 3.0's <openssl/x509.h>, with those of 1.0.2 that ported programs still name.

export const X509_FILETYPE_PEM = 1
export const XN_FLAG_MULTILINE = 0x2a40006
export const XN_FLAG_RFC2253 = 0x1110317

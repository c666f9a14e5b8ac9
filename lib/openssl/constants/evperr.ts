// Data: the constants of OpenSSL 3.0's <openssl/evperr.h>, with those of 1.0.2 that ported programs still name.

export const EVP_R_BAD_DECRYPT = 100

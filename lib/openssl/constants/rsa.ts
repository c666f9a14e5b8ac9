// Data: the constants of OpenSSL 3.0's <openssl/rsa.h>, with those of 1.0.2 that ported programs still name.

export const RSA_F4 = 0x10001

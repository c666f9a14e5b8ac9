// Data: the constants of OpenSSL 3.0's <openssl/ec.h>, with those of 1.0.2 that ported programs still name.

export const OPENSSL_EC_NAMED_CURVE = 1
export const POINT_CONVERSION_UNCOMPRESSED = 4

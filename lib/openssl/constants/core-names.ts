// Data: the constants of OpenSSL 3.0's <openssl/core_names.h>, with those of 1.0.2 that ported programs still name.

export const OSSL_PKEY_PARAM_GROUP_NAME = 'group'
export const OSSL_MAC_PARAM_DIGEST = 'digest'
export const OSSL_MAC_PARAM_KEY = 'key'
